// SPDX-License-Identifier: BSD-2-Clause
/*
 * sched-cls (BPF_PROG_TYPE_SCHED_CLS): traffic by mark in a hash map. A value's lock, packets and
 * bytes are one element, so CPUs with different marks do not wait for each other.
 */
#include <linux/pkt_cls.h>
#include "rqspin-bpf.h"

struct flow {
	struct bpf_res_spin_lock lock;
	__u64 packets, bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, struct flow);
} flows SEC(".maps");

/* Written under the lock of the flow with mark 0. */
__u64 packets;
__u64 packets_expected;

SEC("tc")
int on_packet(struct __sk_buff *packet)
{
	__u32 key = packet->mark, length = packet->len;
	static const struct flow empty;
	unsigned long flags;
	struct flow *flow;

	bpf_map_update_elem(&flows, &key, &empty, BPF_NOEXIST);
	flow = bpf_map_lookup_elem(&flows, &key);
	if (!flow || bpf_res_spin_lock_irqsave(&flow->lock, &flags))
		return TC_ACT_OK;
	flow->packets++;
	flow->bytes += length;
	if (!key)
		packets++;
	bpf_res_spin_unlock_irqrestore(&flow->lock, &flags);
	EXPECT_MORE(packets, !key);
	return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "GPL";
