// SPDX-License-Identifier: BSD-2-Clause
/*
 * sk-lookup (BPF_PROG_TYPE_SK_LOOKUP): which socket gets a connection? Counts the lookups, and
 * keeps the last one's ports as a pair.
 */
#include "rqspin-bpf.h"

GLOBAL_LOCK(lookup_lock);

/* Written under the lock. */
__u32 last_local_port, last_remote_port;
__u64 lookups;
__u64 lookups_expected;

SEC("sk_lookup")
int on_lookup(struct bpf_sk_lookup *lookup)
{
	__u32 local_port = lookup->local_port, remote_port = lookup->remote_port;
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&lookup_lock, &flags))
		return SK_PASS;
	last_local_port = local_port;
	last_remote_port = remote_port;
	lookups++;
	bpf_res_spin_unlock_irqrestore(&lookup_lock, &flags);
	EXPECT_ONE_MORE(lookups);
	return SK_PASS; /* the usual lookup goes on */
}

char LICENSE[] SEC("license") = "GPL";
