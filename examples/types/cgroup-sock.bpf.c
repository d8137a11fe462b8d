// SPDX-License-Identifier: BSD-2-Clause
/*
 * cgroup-sock (BPF_PROG_TYPE_CGROUP_SOCK): sockets that a cgroup makes, by address family, in a
 * hash map whose values hold their lock.
 */
#include "rqspin-bpf.h"

struct family {
	struct bpf_res_spin_lock lock;
	__u32 last_type;
	__u64 sockets;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct family);
} families SEC(".maps");

GLOBAL_LOCK(total_lock);

/* Written under total_lock, which nests inside a family's. */
__u64 sockets;
__u64 sockets_expected;

SEC("cgroup/sock_create")
int on_create(struct bpf_sock *socket)
{
	__u32 key = socket->family, type = socket->type;
	static const struct family empty;
	struct family *family;
	unsigned long flags;
	int counted = 0;

	bpf_map_update_elem(&families, &key, &empty, BPF_NOEXIST);
	family = bpf_map_lookup_elem(&families, &key);
	if (!family || bpf_res_spin_lock_irqsave(&family->lock, &flags))
		return 1;
	family->last_type = type;
	family->sockets++;
	if (!bpf_res_spin_lock(&total_lock)) {
		sockets++;
		counted = 1;
		bpf_res_spin_unlock(&total_lock);
	}
	bpf_res_spin_unlock_irqrestore(&family->lock, &flags);
	EXPECT_MORE(sockets, counted);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
