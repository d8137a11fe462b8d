// SPDX-License-Identifier: BSD-2-Clause
/* Open-coded iterators. Their state is on the program's stack, as opaque as in the kernel. */
#include <errno.h>
#include <string.h>

#include "func/args.h"
#include "func/memory.h"
#include "func/runtime.h"
#include "func/tables.h"
#include "vm/vm.h"

#define LOOPS_MAX (8 << 20)

/* struct bpf_iter_num: the number given last, and the first that is not given. */
struct numbers {
	int32_t current, end;
};

static uint64_t num_new(struct rq_exec *exec, uint64_t iterator, uint64_t start, uint64_t end, uint64_t r4, uint64_t r5)
{
	struct numbers *numbers = (struct numbers *)(uintptr_t)iterator;

	*numbers = (struct numbers){ 0, 0 };
	if ((int32_t)start > (int32_t)end)
		return -EINVAL;
	if ((int64_t)(int32_t)end - (int32_t)start > LOOPS_MAX)
		return -E2BIG;
	/* One before the start, which wraps for the smallest number: next() does the same. */
	*numbers = (struct numbers){ (int32_t)((uint32_t)start - 1), (int32_t)end };
	return 0;
}

static uint64_t num_next(struct rq_exec *exec, uint64_t iterator, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	struct numbers *numbers = (struct numbers *)(uintptr_t)iterator;

	int32_t next = (int32_t)((uint32_t)numbers->current + 1);

	if (next >= numbers->end) {
		*numbers = (struct numbers){ 0, 0 };
		return 0;
	}
	numbers->current = next;
	return (uintptr_t)&numbers->current;
}

static uint64_t num_destroy(struct rq_exec *exec, uint64_t iterator, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	*(struct numbers *)(uintptr_t)iterator = (struct numbers){ 0, 0 };
	return 0;
}

/* struct bpf_iter_bits, 16 bytes: the words (at most 64 bits kept in place; more: a copy), and where it is. */
#define BITS_WORDS_MAX 511

struct bits {
	uint64_t words; /* the word itself, or the address of its copy */
	int32_t bit;    /* given last */
	uint32_t count; /* of bits; 0: at the end */
};

static const uint64_t *bits_words(const struct bits *bits)
{
	return bits->count > 64 ? (const uint64_t *)(uintptr_t)bits->words : &bits->words;
}

static uint64_t bits_new(struct rq_exec *exec, uint64_t iterator, uint64_t from, uint64_t words, uint64_t r4, uint64_t r5)
{
	struct bits *bits = (struct bits *)(uintptr_t)iterator;
	uint32_t count = (uint32_t)words;
	void *to = &bits->words;
	int err;

	*bits = (struct bits){ 0, -1, 0 };
	if (!from || !count)
		return -EINVAL;
	if (count > BITS_WORDS_MAX)
		return -E2BIG;
	if (count > 1) {
		to = rq_runtime_alloc(exec->runtime, count * 8);
		if (!to)
			return -ENOMEM;
	}
	err = rq_probe_read(to, from, count * 8);
	if (err) {
		if (count > 1)
			rq_runtime_free(exec->runtime, to);
		bits->words = 0;
		return (int64_t)(count > 1 ? err : -EFAULT);
	}
	if (count > 1)
		bits->words = (uintptr_t)to;
	bits->count = count * 64;
	return 0;
}

static uint64_t bits_next(struct rq_exec *exec, uint64_t iterator, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	struct bits *bits = (struct bits *)(uintptr_t)iterator;
	const uint64_t *words = bits_words(bits);

	while (bits->bit + 1 < (int64_t)bits->count) {
		bits->bit++;
		if (words[bits->bit / 64] >> bits->bit % 64 & 1)
			return (uintptr_t)&bits->bit;
	}
	return 0;
}

static uint64_t bits_destroy(struct rq_exec *exec, uint64_t iterator, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	struct bits *bits = (struct bits *)(uintptr_t)iterator;

	if (bits->count > 64)
		rq_runtime_free(exec->runtime, (void *)(uintptr_t)bits->words);
	return 0;
}

/* struct bpf_iter_task, 24 bytes. A virtual CPU runs one task, a process of one thread. */
struct tasks {
	uint32_t next, end;
	uint64_t task; /* the only one; 0: those of all CPUs */
	uint64_t unused;
};

enum { ALL_PROCESSES, ALL_THREADS, THREADS_OF_ONE };

static uint64_t task_new(struct rq_exec *exec, uint64_t iterator, uint64_t task, uint64_t flags, uint64_t r4, uint64_t r5)
{
	struct tasks *tasks = (struct tasks *)(uintptr_t)iterator;

	*tasks = (struct tasks){ 0 };
	switch ((uint32_t)flags) {
	case ALL_PROCESSES:
	case ALL_THREADS:
		tasks->end = rq_runtime_cpus(exec->runtime);
		return 0;
	case THREADS_OF_ONE:
		tasks->task = task;
		tasks->end = task != 0;
		return task ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

static uint64_t task_next(struct rq_exec *exec, uint64_t iterator, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	struct tasks *tasks = (struct tasks *)(uintptr_t)iterator;

	if (tasks->next >= tasks->end)
		return 0;
	tasks->next++;
	return tasks->task ? tasks->task : (uintptr_t)rq_runtime_task(exec->runtime, tasks->next - 1);
}

/* Nothing is held between calls. */
static uint64_t nothing_left(struct rq_exec *exec, uint64_t iterator, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return 0;
}

/* Like kernel threads, the tasks here have no memory of their own. */
static uint64_t vma_new(struct rq_exec *exec, uint64_t iterator, uint64_t task, uint64_t address, uint64_t r4, uint64_t r5)
{
	return -ENOENT;
}

static uint64_t vma_next(struct rq_exec *exec, uint64_t iterator, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return 0;
}

#define KFUNC(kfunc, kf_flags, function)                                                                                \
	{ .name = kfunc, .flags = (kf_flags), .since = RQ_KERNEL_6_15, .call = (function) }

static const struct rq_func rows[] = {
	KFUNC("bpf_iter_num_new", RQ_KF_ITER_NEW | RQ_FUNC_UNDER_LOCK, num_new),
	KFUNC("bpf_iter_num_next", RQ_KF_ITER_NEXT | RQ_KF_RET_NULL | RQ_FUNC_UNDER_LOCK, num_next),
	KFUNC("bpf_iter_num_destroy", RQ_KF_ITER_DESTROY | RQ_FUNC_UNDER_LOCK, num_destroy),
	KFUNC("bpf_iter_bits_new", RQ_KF_ITER_NEW, bits_new),
	KFUNC("bpf_iter_bits_next", RQ_KF_ITER_NEXT | RQ_KF_RET_NULL, bits_next),
	KFUNC("bpf_iter_bits_destroy", RQ_KF_ITER_DESTROY, bits_destroy),
	KFUNC("bpf_iter_task_new", RQ_KF_ITER_NEW | RQ_KF_TRUSTED_ARGS | RQ_KF_RCU_PROTECTED, task_new),
	KFUNC("bpf_iter_task_next", RQ_KF_ITER_NEXT | RQ_KF_RET_NULL, task_next),
	KFUNC("bpf_iter_task_destroy", RQ_KF_ITER_DESTROY, nothing_left),
	KFUNC("bpf_iter_task_vma_new", RQ_KF_ITER_NEW | RQ_KF_RCU, vma_new),
	KFUNC("bpf_iter_task_vma_next", RQ_KF_ITER_NEXT | RQ_KF_RET_NULL, vma_next),
	KFUNC("bpf_iter_task_vma_destroy", RQ_KF_ITER_DESTROY, nothing_left),
};

RQ_FUNC_TABLE(rq_iterator_funcs, rows);
