// SPDX-License-Identifier: BSD-2-Clause
/*
 * cgroup-skb (BPF_PROG_TYPE_CGROUP_SKB): a cgroup's traffic, packets and bytes that agree with
 * each other whenever they are read.
 */
#include "rqspin-bpf.h"

GLOBAL_LOCK(traffic_lock);

/* Written under the lock. */
__u64 packets, bytes;
__u64 packets_expected, bytes_expected;
__u64 dropped;

SEC("cgroup_skb/egress")
int on_egress(struct __sk_buff *packet)
{
	__u32 length = packet->len;
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&traffic_lock, &flags)) {
		__sync_fetch_and_add(&dropped, 1);
		return 0;
	}
	packets++;
	bytes += length;
	bpf_res_spin_unlock_irqrestore(&traffic_lock, &flags);
	EXPECT_ONE_MORE(packets);
	EXPECT_MORE(bytes, length);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
