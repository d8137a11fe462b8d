// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* A lock that only tasks take. Nothing else may want it on the same CPU, or it gets -EDEADLK. */
struct counter {
	struct bpf_res_spin_lock lock;
	__u64 value;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counter);
} counters SEC(".maps");

SEC("tc")
int count(struct __sk_buff *packet)
{
	__u32 key = 0;
	struct counter *counter = bpf_map_lookup_elem(&counters, &key);
	int err;

	if (!counter)
		return 1;
	err = bpf_res_spin_lock(&counter->lock);
	if (err) /* -EDEADLK, -ETIMEDOUT: the lock is not held, nothing to undo */
		return err;
	counter->value++;
	bpf_res_spin_unlock(&counter->lock);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
