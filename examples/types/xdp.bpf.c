// SPDX-License-Identifier: BSD-2-Clause
/*
 * xdp (BPF_PROG_TYPE_XDP): drops what comes faster than a token bucket fills. All CPUs that
 * receive draw from one bucket; tokens and the time of the last filling belong together.
 */
#include "rqspin-bpf.h"

#define TOKENS_MAX    1000
#define NS_PER_TOKEN  1000

GLOBAL_LOCK(bucket_lock);

/* Written under the lock. */
__u64 tokens = TOKENS_MAX, filled_at;
__u64 passed, refused;
__u64 passed_expected, refused_expected;

SEC("xdp")
int on_packet(struct xdp_md *packet)
{
	__u64 now = bpf_ktime_get_ns(), fresh;
	unsigned long flags;
	int pass;

	if (bpf_res_spin_lock_irqsave(&bucket_lock, &flags))
		return XDP_DROP;
	fresh = now > filled_at ? (now - filled_at) / NS_PER_TOKEN : 0;
	if (fresh) {
		tokens = fresh > TOKENS_MAX - tokens ? TOKENS_MAX : tokens + fresh;
		filled_at = now;
	}
	pass = tokens > 0;
	if (pass) {
		tokens--;
		passed++;
	} else {
		refused++;
	}
	bpf_res_spin_unlock_irqrestore(&bucket_lock, &flags);
	EXPECT_MORE(passed, pass);
	EXPECT_MORE(refused, !pass);
	return pass ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "GPL";
