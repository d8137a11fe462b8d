// SPDX-License-Identifier: BSD-2-Clause
/*
 * cgroup-sock-addr (BPF_PROG_TYPE_CGROUP_SOCK_ADDR): a load balancer: connections to one address
 * go to three servers in turn. Whose turn it is must not be read by two CPUs before one of them
 * has written it: hence the lock.
 */
#include <bpf/bpf_endian.h>
#include "rqspin-bpf.h"

#define SERVERS 3

GLOBAL_LOCK(turn_lock);

/* Written under the lock. */
__u32 turn;
__u64 connections;
__u64 connections_expected;

SEC("cgroup/connect4")
int on_connect(struct bpf_sock_addr *address)
{
	unsigned long flags;
	__u32 server;

	if (bpf_res_spin_lock_irqsave(&turn_lock, &flags))
		return 1; /* as if there were no balancer */
	server = turn;
	turn = server + 1 < SERVERS ? server + 1 : 0;
	connections++;
	bpf_res_spin_unlock_irqrestore(&turn_lock, &flags);
	EXPECT_ONE_MORE(connections);
	address->user_ip4 = bpf_htonl(0x0a000001 + server); /* 10.0.0.1 and up */
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
