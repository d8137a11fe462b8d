// SPDX-License-Identifier: BSD-2-Clause
/*
 * tracing (BPF_PROG_TYPE_TRACING): reads of files: how many, and how many bytes were asked for, as
 * one pair. The arguments have the types of the kernel function's.
 */
#include "rqspin-bpf.h"
#include <bpf/bpf_tracing.h>

struct file;

GLOBAL_LOCK(reads_lock);

/* Written under the lock. */
__u64 reads, bytes;
__u64 reads_expected, bytes_expected;
/* Written by atomic instructions. */
__u64 missed;

SEC("fentry/vfs_read")
int BPF_PROG(on_read, struct file *file, char *buffer, __u64 count)
{
	unsigned long flags;

	if (bpf_res_spin_lock_irqsave(&reads_lock, &flags)) {
		__sync_fetch_and_add(&missed, 1);
		return 0;
	}
	reads++;
	bytes += count;
	bpf_res_spin_unlock_irqrestore(&reads_lock, &flags);
	EXPECT_ONE_MORE(reads);
	EXPECT_MORE(bytes, count);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
