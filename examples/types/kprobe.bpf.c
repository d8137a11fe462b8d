// SPDX-License-Identifier: BSD-2-Clause
/*
 * kprobe (BPF_PROG_TYPE_KPROBE): calls of a kernel function and their first argument: smallest and
 * largest, as one pair. It may land while its own CPU is in the critical section, and then gets
 * -EDEADLK in place of a hang.
 */
#include <linux/ptrace.h>
#include "rqspin-bpf.h"

GLOBAL_LOCK(calls_lock);

/* Written under the lock. */
__u64 smallest = ~0ULL, largest;
__u64 calls;
__u64 calls_expected;
/* Written by atomic instructions. */
__u64 missed;

SEC("kprobe/do_nanosleep")
int on_call(struct pt_regs *registers)
{
	__u64 argument = registers->rdi;
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&calls_lock, &flags)) {
		__sync_fetch_and_add(&missed, 1);
		return 0;
	}
	if (argument < smallest)
		smallest = argument;
	if (argument > largest)
		largest = argument;
	calls++;
	bpf_res_spin_unlock_irqrestore(&calls_lock, &flags);
	EXPECT_ONE_MORE(calls);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
