// SPDX-License-Identifier: BSD-2-Clause
/*
 * raw-tracepoint (BPF_PROG_TYPE_RAW_TRACEPOINT): context switches that were wanted and that were
 * not, by the first of the raw arguments.
 */
#include "rqspin-bpf.h"

GLOBAL_LOCK(switch_lock);

/* Written under the lock. */
__u64 preempted, voluntary;
__u64 preempted_expected, voluntary_expected;
/* Written by atomic instructions. */
__u64 missed;

SEC("raw_tp/sched_switch")
int on_switch(struct bpf_raw_tracepoint_args *context)
{
	int was_preempted = !!context->args[0];
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&switch_lock, &flags)) {
		__sync_fetch_and_add(&missed, 1);
		return 0;
	}
	preempted += was_preempted;
	voluntary += !was_preempted;
	bpf_res_spin_unlock_irqrestore(&switch_lock, &flags);
	EXPECT_MORE(preempted, was_preempted);
	EXPECT_MORE(voluntary, !was_preempted);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
