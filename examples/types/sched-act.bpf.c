// SPDX-License-Identifier: BSD-2-Clause
/*
 * sched-act (BPF_PROG_TYPE_SCHED_ACT): a policer: a token bucket that all CPUs draw from. Tokens
 * and the time of the last filling belong together.
 */
#include <linux/pkt_cls.h>
#include "rqspin-bpf.h"

#define TOKENS_MAX    1000
#define NS_PER_TOKEN  1000

GLOBAL_LOCK(bucket_lock);

/* Written under the lock. */
__u64 tokens = TOKENS_MAX, filled_at;
__u64 passed, refused;
__u64 passed_expected, refused_expected;

SEC("action")
int on_packet(struct __sk_buff *packet)
{
	__u64 now = bpf_ktime_get_ns(), fresh;
	unsigned long flags;
	int pass;

	if (bpf_res_spin_lock_irqsave(&bucket_lock, &flags))
		return TC_ACT_SHOT;
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
	return pass ? TC_ACT_OK : TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "GPL";
