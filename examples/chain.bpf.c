// SPDX-License-Identifier: BSD-2-Clause
/*
 * chain: three locks, and three programs that each take two of them: A then B, B then C, C then A.
 *
 * What it shows: three CPUs can each hold one lock and wait for the next one's. Linux looks for cycles of two only, so
 * there nobody notices until the wait has lasted 250 ms: one of them gets -ETIMEDOUT, lets go, and all go on.
 * `--policy full` finds a cycle of any length when it closes: one of the three gets -EDEADLK at once.
 *
 * What goes wrong with a plain spin lock: all three CPUs spin for ever.
 *
 *	rqspin stress chain.bpf.o                   # -ETIMEDOUT, after 250 ms
 *	rqspin stress --policy full chain.bpf.o     # -EDEADLK, "longer cycle"
 */
#include "rqspin-bpf.h"

GLOBAL_LOCK(a);
GLOBAL_LOCK(b);
GLOBAL_LOCK(c);

/* Each is written under the lock of its name. */
__u64 visits_a, visits_b, visits_c;
__u64 visits_a_expected, visits_b_expected, visits_c_expected;
/* Written by atomic instructions. */
__u64 failures;

/* One more visit to each of two places; all or nothing. */
static __always_inline int visit(struct bpf_res_spin_lock *first, __u64 *first_visits, struct bpf_res_spin_lock *second,
				 __u64 *second_visits)
{
	int err;

	err = bpf_res_spin_lock(first);
	if (err)
		return err;
	err = bpf_res_spin_lock(second);
	if (err) {
		bpf_res_spin_unlock(first);
		__sync_fetch_and_add(&failures, 1);
		return err;
	}
	++*first_visits;
	++*second_visits;
	bpf_res_spin_unlock(second);
	bpf_res_spin_unlock(first);
	return 0;
}

SEC("tc")
int a_then_b(struct __sk_buff *packet)
{
	int err = visit(&a, &visits_a, &b, &visits_b);

	if (err)
		return err;
	EXPECT_ONE_MORE(visits_a);
	EXPECT_ONE_MORE(visits_b);
	return 0;
}

SEC("tc")
int b_then_c(struct __sk_buff *packet)
{
	int err = visit(&b, &visits_b, &c, &visits_c);

	if (err)
		return err;
	EXPECT_ONE_MORE(visits_b);
	EXPECT_ONE_MORE(visits_c);
	return 0;
}

SEC("tc")
int c_then_a(struct __sk_buff *packet)
{
	int err = visit(&c, &visits_c, &a, &visits_a);

	if (err)
		return err;
	EXPECT_ONE_MORE(visits_c);
	EXPECT_ONE_MORE(visits_a);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
