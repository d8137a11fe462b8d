// SPDX-License-Identifier: BSD-2-Clause
/*
 * socket-filter (BPF_PROG_TYPE_SOCKET_FILTER): keeps every tenth packet, counted over all CPUs. No
 * kernel gives a socket filter a map with a lock; this runtime does (--kernel relaxed).
 */
#include "rqspin-bpf.h"

#define ONE_IN 10

GLOBAL_LOCK(sampling_lock);

/* Written under the lock. */
__u64 seen, kept;
__u64 seen_expected, kept_expected;

SEC("socket")
int on_packet(struct __sk_buff *packet)
{
	unsigned long flags;
	int keep;

	if (bpf_res_spin_lock_irqsave(&sampling_lock, &flags))
		return 0;
	keep = ++seen % ONE_IN == 0;
	kept += keep;
	bpf_res_spin_unlock_irqrestore(&sampling_lock, &flags);
	EXPECT_ONE_MORE(seen);
	EXPECT_MORE(kept, keep);
	return keep ? -1 : 0; /* bytes to keep: all, none */
}

char LICENSE[] SEC("license") = "GPL";
