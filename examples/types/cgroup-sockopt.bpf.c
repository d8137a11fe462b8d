// SPDX-License-Identifier: BSD-2-Clause
/*
 * cgroup-sockopt (BPF_PROG_TYPE_CGROUP_SOCKOPT): the socket options that a cgroup sets: how many,
 * and the last one's level and name together.
 */
#include "rqspin-bpf.h"

GLOBAL_LOCK(option_lock);

/* Written under the lock. */
__s32 last_level, last_name;
__u64 options;
__u64 options_expected;

SEC("cgroup/setsockopt")
int on_setsockopt(struct bpf_sockopt *option)
{
	__s32 level = option->level, name = option->optname;
	unsigned long flags;

	if (!bpf_res_spin_lock_irqsave(&option_lock, &flags)) {
		last_level = level;
		last_name = name;
		options++;
		bpf_res_spin_unlock_irqrestore(&option_lock, &flags);
		EXPECT_ONE_MORE(options);
	}
	option->optlen = -1; /* the kernel does the work, with the user's own bytes */
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
