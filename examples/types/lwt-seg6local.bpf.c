// SPDX-License-Identifier: BSD-2-Clause
/*
 * lwt-seg6local (BPF_PROG_TYPE_LWT_SEG6LOCAL): the longest and the shortest packet that reached a
 * segment, as one pair.
 */
#include "rqspin-bpf.h"

GLOBAL_LOCK(segment_lock);

/* Written under the lock. */
__u32 shortest = ~0U, longest;
__u64 packets;
__u64 packets_expected;

SEC("lwt_seg6local")
int on_segment(struct __sk_buff *packet)
{
	__u32 length = packet->len;
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&segment_lock, &flags))
		return BPF_OK;
	if (length < shortest)
		shortest = length;
	if (length > longest)
		longest = length;
	packets++;
	bpf_res_spin_unlock_irqrestore(&segment_lock, &flags);
	EXPECT_ONE_MORE(packets);
	return BPF_OK;
}

char LICENSE[] SEC("license") = "GPL";
