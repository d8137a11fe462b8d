// SPDX-License-Identifier: BSD-2-Clause
/* The kernel's own lock under the same loops as bench/loop.c, run by the host's kernel. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "kernel.h"

struct bpf_res_spin_lock {
	__u32 val;
};

extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;

struct shared_value {
	struct bpf_res_spin_lock lock;
	__u8 pad_lock[124];
	__u64 first;
	__u8 pad_first[120];
	__u64 second;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct shared_value);
} shared SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, KERNEL_WORKERS);
	__type(key, __u32);
	__type(value, struct kernel_worker);
} workers SEC(".maps");

struct loop_context {
	struct shared_value *shared;
	struct kernel_worker *worker;
};

static long one_pair(__u32 index, struct loop_context *context)
{
	if (!bpf_res_spin_lock(&context->shared->lock))
		bpf_res_spin_unlock(&context->shared->lock);
	return 0;
}

static long one_plain(__u32 index, struct loop_context *context)
{
	if (bpf_res_spin_lock(&context->shared->lock)) {
		context->worker->failures++;
		return 0;
	}
	context->shared->first++;
	context->shared->second++;
	bpf_res_spin_unlock(&context->shared->lock);
	context->worker->operations++;
	for (int i = 0; i < 50; i++)
		asm volatile("" ::: "memory");
	return 0;
}

/* As bench_wait_bucket(), without an instruction to count zeros. */
static __always_inline __u32 wait_bucket(__u64 ns)
{
	__u32 power = 0;
	__u64 rest = ns;

	if (ns < 8)
		return ns;
	for (int step = 32; step; step /= 2) {
		if (rest >> step) {
			rest >>= step;
			power += step;
		}
	}
	return (power - 2) * 8 + ((ns >> (power - 3)) & 7);
}

static long one_timed(__u32 index, struct loop_context *context)
{
	__u64 began = bpf_ktime_get_ns(), wait;
	__u32 bucket;

	if (bpf_res_spin_lock(&context->shared->lock)) {
		wait = bpf_ktime_get_ns() - began;
		context->worker->failures++;
	} else {
		context->shared->first++;
		context->shared->second++;
		bpf_res_spin_unlock(&context->shared->lock);
		/* The clock may not be read under the lock, so the hold time is in here: tens of nanoseconds. */
		wait = bpf_ktime_get_ns() - began;
		context->worker->operations++;
	}
	bucket = wait_bucket(wait);
	if (bucket < KERNEL_WAIT_BUCKETS)
		context->worker->waits[bucket]++;
	if (wait > context->worker->wait_max_ns)
		context->worker->wait_max_ns = wait;
	return 0;
}

static __always_inline int repeat(struct kernel_request *request, void *one)
{
	__u32 zero = 0, number = request->worker;
	struct loop_context context = {
		.shared = bpf_map_lookup_elem(&shared, &zero),
		.worker = bpf_map_lookup_elem(&workers, &number),
	};

	if (!context.shared || !context.worker)
		return 1;
	bpf_loop(request->count, one, &context, 0);
	return 0;
}

SEC("syscall") int pairs(struct kernel_request *request)
{
	return repeat(request, one_pair);
}

SEC("syscall") int plain(struct kernel_request *request)
{
	return repeat(request, one_plain);
}

SEC("syscall") int timed(struct kernel_request *request)
{
	return repeat(request, one_timed);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
