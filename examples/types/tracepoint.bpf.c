// SPDX-License-Identifier: BSD-2-Clause
/*
 * tracepoint (BPF_PROG_TYPE_TRACEPOINT): times between context switches: their number, sum and
 * maximum, which belong together.
 */
#include "rqspin-bpf.h"

GLOBAL_LOCK(switch_lock);

/* Written under the lock. */
__u64 last_ns, longest_ns, total_ns;
__u64 switches;
__u64 switches_expected;
/* Written by atomic instructions. */
__u64 missed;

SEC("tracepoint/sched/sched_switch")
int on_switch(void *context)
{
	__u64 now = bpf_ktime_get_ns(), between;
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&switch_lock, &flags)) {
		__sync_fetch_and_add(&missed, 1);
		return 0;
	}
	between = last_ns && now > last_ns ? now - last_ns : 0;
	last_ns = now;
	total_ns += between;
	if (between > longest_ns)
		longest_ns = between;
	switches++;
	bpf_res_spin_unlock_irqrestore(&switch_lock, &flags);
	EXPECT_ONE_MORE(switches);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
