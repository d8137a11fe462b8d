// SPDX-License-Identifier: BSD-2-Clause
/*
 * sk-reuseport (BPF_PROG_TYPE_SK_REUSEPORT): sockets that share a port get connections in turn;
 * here the turn is kept, and the usual choice stands.
 */
#include "rqspin-bpf.h"

#define SOCKETS 4

GLOBAL_LOCK(turn_lock);

/* Written under the lock. */
__u32 turn;
__u64 connections;
__u64 connections_expected;

SEC("sk_reuseport")
int on_connection(struct sk_reuseport_md *connection)
{
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&turn_lock, &flags))
		return SK_DROP;
	turn = turn + 1 < SOCKETS ? turn + 1 : 0;
	connections++;
	bpf_res_spin_unlock_irqrestore(&turn_lock, &flags);
	EXPECT_ONE_MORE(connections);
	return SK_PASS;
}

char LICENSE[] SEC("license") = "GPL";
