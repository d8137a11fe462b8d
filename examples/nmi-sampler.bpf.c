// SPDX-License-Identifier: BSD-2-Clause
/*
 * nmi-sampler: a task keeps two numbers equal under a lock; a profiler's NMI wants to read both.
 *
 * What it shows: no flag holds an NMI back, so some samples land while their own CPU holds the lock. They get -EDEADLK
 * at once, are counted as missed, and the task goes on. Samples that get the lock never see the numbers differ.
 *
 * What goes wrong with a plain spin lock: the NMI spins for a lock that is held by what it interrupted. With
 * interrupts off as well, nothing can end that but the hard-lockup watchdog. Reading without the lock doesn't hang, but
 * then samples see one number already changed and the other not yet.
 *
 * A perf_event program with a lock needs a kernel later than 6.18, or this runtime.
 *
 *	rqspin stress nmi-sampler.bpf.o
 */
#include "rqspin-bpf.h"

struct traffic {
	struct bpf_res_spin_lock lock;
	__u64 packets;
	__u64 packets_again;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct traffic);
} traffic SEC(".maps");

/* Written under the lock. */
__u64 packets;
__u64 packets_expected;
__u64 samples;
__u64 samples_expected;
__u64 torn;
__u64 torn_expected;
/* Written by atomic instructions. */
__u64 samples_missed;
__u64 packets_missed;

SEC("tc")
int count_packet(struct __sk_buff *packet)
{
	__u32 key = 0;
	struct traffic *seen = bpf_map_lookup_elem(&traffic, &key);
	unsigned long flags;

	if (!seen)
		return 0;
	if (bpf_res_spin_lock_irqsave(&seen->lock, &flags)) {
		__sync_fetch_and_add(&packets_missed, 1);
		return 0;
	}
	seen->packets++;
	seen->packets_again++;
	packets = seen->packets;
	bpf_res_spin_unlock_irqrestore(&seen->lock, &flags);
	EXPECT_ONE_MORE(packets);
	return 0;
}

SEC("perf_event")
int sample(void *event)
{
	__u32 key = 0;
	struct traffic *seen = bpf_map_lookup_elem(&traffic, &key);

	if (!seen)
		return 0;
	if (bpf_res_spin_lock(&seen->lock)) {
		__sync_fetch_and_add(&samples_missed, 1);
		return 0;
	}
	if (seen->packets != seen->packets_again)
		torn++;
	samples++;
	bpf_res_spin_unlock(&seen->lock);
	EXPECT_ONE_MORE(samples);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
