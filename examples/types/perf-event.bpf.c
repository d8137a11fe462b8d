// SPDX-License-Identifier: BSD-2-Clause
/*
 * perf-event (BPF_PROG_TYPE_PERF_EVENT): a profiler's histogram of sampled addresses. The program
 * runs in an NMI, which lands anywhere, so also on a CPU that holds this very lock: then it gets
 * -EDEADLK at once, and the sample is counted as missed.
 */
#include <linux/ptrace.h>
#include <linux/bpf_perf_event.h>
#include "rqspin-bpf.h"

#define BUCKETS 16

GLOBAL_LOCK(histogram_lock);

/* Written under the lock. */
__u64 samples;
__u64 samples_expected;
__u64 histogram[BUCKETS];
/* Written by atomic instructions. */
__u64 missed;

SEC("perf_event")
int on_sample(struct bpf_perf_event_data *event)
{
	__u64 bucket = event->sample_period % BUCKETS;
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&histogram_lock, &flags)) {
		__sync_fetch_and_add(&missed, 1);
		return 0;
	}
	histogram[bucket]++;
	samples++;
	bpf_res_spin_unlock_irqrestore(&histogram_lock, &flags);
	EXPECT_ONE_MORE(samples);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
