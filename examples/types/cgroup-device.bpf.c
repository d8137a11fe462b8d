// SPDX-License-Identifier: BSD-2-Clause
/*
 * cgroup-device (BPF_PROG_TYPE_CGROUP_DEVICE): which devices does a cgroup open? Kind and number
 * of the last one belong together, so they are written under one lock; a program without it could
 * pair one access's major with another one's minor.
 */
#include "rqspin-bpf.h"

GLOBAL_LOCK(last_lock);

/* Written under the lock. */
__u32 last_major, last_minor;
__u64 accesses;
__u64 accesses_expected;

SEC("cgroup/dev")
int on_device(struct bpf_cgroup_dev_ctx *access)
{
	__u32 major = access->major, minor = access->minor;
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&last_lock, &flags))
		return 0; /* not allowed: an access that can't be recorded */
	last_major = major;
	last_minor = minor;
	accesses++;
	bpf_res_spin_unlock_irqrestore(&last_lock, &flags);
	EXPECT_ONE_MORE(accesses);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
