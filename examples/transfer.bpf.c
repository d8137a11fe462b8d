// SPDX-License-Identifier: BSD-2-Clause
/*
 * transfer: money moves between two accounts, each with its own lock. One program locks A then B, the other B then A.
 *
 * What it shows: when two CPUs each hold the lock that the other one wants, one of them gets -EDEADLK. It lets go of
 * what it holds and gives up; the other one proceeds. No money is made or lost, and both programs go on.
 *
 * What goes wrong with a plain spin lock: both CPUs spin for ever, each waiting for the other. The verifier can't see
 * it, since either program is correct alone; bpf_spin_lock() therefore forbids holding two locks at all.
 *
 *	rqspin stress transfer.bpf.o
 */
#include "rqspin-bpf.h"

struct account {
	struct bpf_res_spin_lock lock;
	__s64 balance;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct account);
} accounts SEC(".maps");

/* Seen and written with both locks held. All accounts start empty, so what they hold together is 0 for ever. */
__s64 total;
__s64 total_expected;
__u64 transfers;
__u64 transfers_expected;

static __always_inline int transfer(__u32 from_key, __u32 to_key, __s64 amount)
{
	struct account *from = bpf_map_lookup_elem(&accounts, &from_key);
	struct account *to = bpf_map_lookup_elem(&accounts, &to_key);
	int err;

	if (!from || !to)
		return -1;

	err = bpf_res_spin_lock(&from->lock);
	if (err)
		return err;
	err = bpf_res_spin_lock(&to->lock);
	if (err) {
		bpf_res_spin_unlock(&from->lock);
		return err;
	}
	from->balance -= amount;
	to->balance += amount;
	total = from->balance + to->balance;
	transfers++;
	bpf_res_spin_unlock(&to->lock);
	bpf_res_spin_unlock(&from->lock);
	EXPECT_ONE_MORE(transfers);
	return 0;
}

SEC("tc")
int transfer_a_to_b(struct __sk_buff *packet)
{
	return transfer(0, 1, 7);
}

SEC("tc")
int transfer_b_to_a(struct __sk_buff *packet)
{
	return transfer(1, 0, 3);
}

char LICENSE[] SEC("license") = "GPL";
