// SPDX-License-Identifier: BSD-2-Clause
/*
 * syscall (BPF_PROG_TYPE_SYSCALL): user space runs it to change settings that belong together: a
 * limit and its version. Whoever reads them under the lock never sees one without the other.
 */
#include "rqspin-bpf.h"

struct settings {
	__u64 limit;   /* in: the new one; out: the old one */
	__u64 version; /* out */
};

GLOBAL_LOCK(settings_lock);

/* Written under the lock. */
__u64 limit, version;
__u64 version_expected;

SEC("syscall")
int change(struct settings *settings)
{
	__u64 new_limit = settings->limit, old_limit, old_version;
	unsigned long flags;
	int err;

	err = bpf_res_spin_lock_irqsave(&settings_lock, &flags);
	if (err)
		return err;
	old_limit = limit;
	old_version = version;
	limit = new_limit;
	version = old_version + 1;
	bpf_res_spin_unlock_irqrestore(&settings_lock, &flags);
	EXPECT_ONE_MORE(version);
	settings->limit = old_limit;
	settings->version = old_version;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
