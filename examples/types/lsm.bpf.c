// SPDX-License-Identifier: BSD-2-Clause
/*
 * lsm (BPF_PROG_TYPE_LSM): at most so many files are opened in a second. The count and the second
 * that it belongs to are one pair; without the lock two CPUs could start the same second twice.
 */
#include "rqspin-bpf.h"
#include <bpf/bpf_tracing.h>

#define OPENS_PER_SECOND 1000000000
#define SECOND_NS	 1000000000ULL
#define EPERM		 1

struct file;

GLOBAL_LOCK(second_lock);

/* Written under the lock. */
__u64 second, opens_in_second;
__u64 opens;
__u64 opens_expected;

SEC("lsm/file_open")
int BPF_PROG(on_open, struct file *file, int result)
{
	__u64 now = bpf_ktime_get_ns() / SECOND_NS;
	unsigned long flags;
	int allowed;

	if (result) /* another program has refused it */
		return -EPERM;
	if (bpf_res_spin_lock_irqsave(&second_lock, &flags))
		return 0;
	if (now != second) {
		second = now;
		opens_in_second = 0;
	}
	opens++;
	allowed = ++opens_in_second <= OPENS_PER_SECOND;
	bpf_res_spin_unlock_irqrestore(&second_lock, &flags);
	EXPECT_ONE_MORE(opens);
	return allowed ? 0 : -EPERM;
}

char LICENSE[] SEC("license") = "GPL";
