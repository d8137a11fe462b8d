// SPDX-License-Identifier: BSD-2-Clause
/*
 * struct-ops (BPF_PROG_TYPE_STRUCT_OPS): a TCP congestion control that halves the window at a loss,
 * and keeps for all connections how many losses there were, and the smallest window, as one pair.
 */
#include "rqspin-bpf.h"
#include <bpf/bpf_tracing.h>

struct sock {
} __attribute__((preserve_access_index));

struct tcp_sock {
	__u32 snd_cwnd;
} __attribute__((preserve_access_index));

struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 ack, __u32 acked);
	__u32 (*undo_cwnd)(struct sock *sk);
	char name[16];
} __attribute__((preserve_access_index));

GLOBAL_LOCK(losses_lock);

/* Written under the lock. */
__u32 smallest_window = ~0U;
__u64 losses;
__u64 losses_expected;

SEC("struct_ops/on_loss")
__u32 BPF_PROG(on_loss, struct sock *sk)
{
	__u32 window = ((struct tcp_sock *)sk)->snd_cwnd;
	unsigned long flags;

	if (!bpf_res_spin_lock_irqsave(&losses_lock, &flags)) {
		losses++;
		if (window < smallest_window)
			smallest_window = window;
		bpf_res_spin_unlock_irqrestore(&losses_lock, &flags);
		EXPECT_ONE_MORE(losses);
	}
	return window / 2 > 2 ? window / 2 : 2;
}

SEC("struct_ops/on_ack")
void BPF_PROG(on_ack, struct sock *sk, __u32 ack, __u32 acked)
{
}

SEC("struct_ops/window_before")
__u32 BPF_PROG(window_before, struct sock *sk)
{
	return ((struct tcp_sock *)sk)->snd_cwnd;
}

SEC(".struct_ops")
struct tcp_congestion_ops halving = {
	.ssthresh = (void *)on_loss,
	.cong_avoid = (void *)on_ack,
	.undo_cwnd = (void *)window_before,
	.name = "rqspin_halving",
};

char LICENSE[] SEC("license") = "GPL";
