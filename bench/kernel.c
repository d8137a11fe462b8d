/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's kfunc pair as one more lock: a BPF program loops, and its accounts are copied out between calls. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"
#include "kernel.h"

#define LOOP_COUNT 256 /* iterations a system call; its own cost is below 1 % of theirs under contention */

static struct bpf_object *object;
static struct kernel_worker *workers;
static int pairs_fd, plain_fd, timed_fd;

static int program_fd(const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, name);

	return program ? bpf_program__fd(program) : -1;
}

/* Once, in the parent: children inherit the descriptors and the mapping. */
static const char *load(void)
{
	size_t size = sizeof(struct kernel_worker) * KERNEL_WORKERS;

	if (workers)
		return NULL;
	libbpf_set_print(NULL);
	object = bpf_object__open_file(BENCH_KERNEL_OBJECT, NULL);
	if (!object)
		return "its BPF object is missing";
	if (bpf_object__load(object))
		return "this kernel or user may not load it (needs Linux >= 6.15 and bpf(2))";
	pairs_fd = program_fd("pairs");
	plain_fd = program_fd("plain");
	timed_fd = program_fd("timed");
	workers = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
		       bpf_object__find_map_fd_by_name(object, "workers"), 0);
	if (workers == MAP_FAILED) {
		workers = NULL;
		return "its accounts can't be mapped";
	}
	return NULL;
}

static void init(void)
{
	memset(workers, 0, sizeof(*workers) * KERNEL_WORKERS);
}

static void call(int fd, unsigned int worker, unsigned int count)
{
	struct kernel_request request = { worker, count };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &request, .ctx_size_in = sizeof(request));

	bpf_prog_test_run_opts(fd, &options);
}

static uint64_t pairs(uint64_t warmup, uint64_t count)
{
	uint64_t began;

	call(pairs_fd, 0, warmup);
	began = bench_ns();
	call(pairs_fd, 0, count);
	return bench_ns() - began;
}

static void copy_waits(struct bench_worker *worker, const struct kernel_worker *account, double scale)
{
	uint64_t waits[BENCH_WAIT_BUCKETS] = { 0 };

	for (unsigned int i = 0; i < KERNEL_WAIT_BUCKETS; i++) {
		double ns = i < 8 ? i : (double)(UINT64_C(1) << (i / 8 - 1)) * (8.5 + i % 8);

		if (account->waits[i])
			waits[bench_wait_bucket(ns * scale)] += account->waits[i];
	}
	memcpy(worker->waits, waits, sizeof(waits));
	atomic_store_explicit(&worker->wait_max, account->wait_max_ns * scale, memory_order_relaxed);
}

static void loop(struct bench_worker *worker)
{
	const struct kernel_worker *account = &workers[worker->number];
	double scale = bench_ticks_per_ns();

	for (;;) {
		call(worker->timed ? timed_fd : plain_fd, worker->number, LOOP_COUNT);
		atomic_store_explicit(&worker->operations, account->operations, memory_order_relaxed);
		atomic_store_explicit(&worker->failures, account->failures, memory_order_relaxed);
		if (worker->timed)
			copy_waits(worker, account, scale);
	}
}

const struct bench_lock bench_lock_kernel = {
	.name = "kernel kfunc",
	.unavailable = load,
	.init = init,
	.pairs = pairs,
	.loop = loop,
};
