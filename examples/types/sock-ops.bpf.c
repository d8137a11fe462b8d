// SPDX-License-Identifier: BSD-2-Clause
/*
 * sock-ops (BPF_PROG_TYPE_SOCK_OPS): TCP connections: how many were opened by us, how many by
 * others, and the last one's ports together.
 */
#include "rqspin-bpf.h"

GLOBAL_LOCK(connections_lock);

/* Written under the lock. */
__u32 last_local_port, last_remote_port;
__u64 active, passive, others;
__u64 active_expected, passive_expected, others_expected;

SEC("sockops")
int on_event(struct bpf_sock_ops *event)
{
	__u32 op = event->op, local_port = event->local_port, remote_port = event->remote_port;
	int is_active = op == BPF_SOCK_OPS_ACTIVE_ESTABLISHED_CB;
	int is_passive = op == BPF_SOCK_OPS_PASSIVE_ESTABLISHED_CB;
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&connections_lock, &flags))
		return 1;
	last_local_port = local_port;
	last_remote_port = remote_port;
	active += is_active;
	passive += is_passive;
	others += !is_active && !is_passive;
	bpf_res_spin_unlock_irqrestore(&connections_lock, &flags);
	EXPECT_MORE(active, is_active);
	EXPECT_MORE(passive, is_passive);
	EXPECT_MORE(others, !is_active && !is_passive);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
