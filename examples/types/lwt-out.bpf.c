// SPDX-License-Identifier: BSD-2-Clause
/*
 * lwt-out (BPF_PROG_TYPE_LWT_OUT): what a route sends, packets and bytes that agree with each
 * other.
 */
#include "rqspin-bpf.h"

GLOBAL_LOCK(route_lock);

/* Written under the lock. */
__u64 packets, bytes;
__u64 packets_expected, bytes_expected;

SEC("lwt_out")
int on_route(struct __sk_buff *packet)
{
	__u32 length = packet->len;
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&route_lock, &flags))
		return BPF_OK; /* uncounted, but not lost */
	packets++;
	bytes += length;
	bpf_res_spin_unlock_irqrestore(&route_lock, &flags);
	EXPECT_ONE_MORE(packets);
	EXPECT_MORE(bytes, length);
	return BPF_OK;
}

char LICENSE[] SEC("license") = "GPL";
