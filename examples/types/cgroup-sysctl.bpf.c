// SPDX-License-Identifier: BSD-2-Clause
/*
 * cgroup-sysctl (BPF_PROG_TYPE_CGROUP_SYSCTL): reads and writes of a cgroup's sysctls; a write
 * while another one is counted is refused.
 */
#include "rqspin-bpf.h"

GLOBAL_LOCK(sysctl_lock);

/* Written under the lock. */
__u64 reads, writes;
__u64 reads_expected, writes_expected;

SEC("cgroup/sysctl")
int on_sysctl(struct bpf_sysctl *access)
{
	__u32 is_write = !!access->write;
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&sysctl_lock, &flags))
		return !is_write;
	if (is_write)
		writes++;
	else
		reads++;
	bpf_res_spin_unlock_irqrestore(&sysctl_lock, &flags);
	EXPECT_MORE(writes, is_write);
	EXPECT_MORE(reads, !is_write);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
