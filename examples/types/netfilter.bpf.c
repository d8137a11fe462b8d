// SPDX-License-Identifier: BSD-2-Clause
/*
 * netfilter (BPF_PROG_TYPE_NETFILTER): what goes through a hook, packets and bytes that agree with
 * each other.
 */
#include "rqspin-bpf.h"

/* What this program reads of the kernel's structs. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct sk_buff {
	unsigned int len;
};
struct bpf_nf_ctx {
	const void *state;
	struct sk_buff *skb;
};
#pragma clang attribute pop

GLOBAL_LOCK(hook_lock);

/* Written under the lock. */
__u64 packets, bytes;
__u64 packets_expected, bytes_expected;

SEC("netfilter")
int on_packet(struct bpf_nf_ctx *hook)
{
	__u32 length = hook->skb->len;
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&hook_lock, &flags))
		return 1; /* NF_ACCEPT: uncounted, but not lost */
	packets++;
	bytes += length;
	bpf_res_spin_unlock_irqrestore(&hook_lock, &flags);
	EXPECT_ONE_MORE(packets);
	EXPECT_MORE(bytes, length);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
