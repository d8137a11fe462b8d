// SPDX-License-Identifier: BSD-2-Clause
/*
 * flow-dissector (BPF_PROG_TYPE_FLOW_DISSECTOR): packets that it leaves to the kernel's own
 * dissector, counted with the last one's length.
 */
#include "rqspin-bpf.h"

GLOBAL_LOCK(dissector_lock);

/* Written under the lock. */
__u64 last_length;
__u64 packets;
__u64 packets_expected;

SEC("flow_dissector")
int on_packet(struct __sk_buff *packet)
{
	__u64 length = packet->data_end - packet->data;
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&dissector_lock, &flags))
		return BPF_DROP;
	last_length = length;
	packets++;
	bpf_res_spin_unlock_irqrestore(&dissector_lock, &flags);
	EXPECT_ONE_MORE(packets);
	return BPF_OK;
}

char LICENSE[] SEC("license") = "GPL";
