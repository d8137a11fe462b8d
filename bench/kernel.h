/* SPDX-License-Identifier: BSD-2-Clause */
/* What kernel.c and the BPF program kernel.bpf.c share. */
#ifndef BENCH_KERNEL_H
#define BENCH_KERNEL_H

#define KERNEL_WORKERS      256
#define KERNEL_WAIT_BUCKETS (64 * 8) /* as BENCH_WAIT_BUCKETS */

struct kernel_worker {
	unsigned long long operations, failures, wait_max_ns;
	unsigned long long waits[KERNEL_WAIT_BUCKETS]; /* by nanoseconds */
};

struct kernel_request {
	unsigned int worker;
	unsigned int count;
};

#endif
