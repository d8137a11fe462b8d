// SPDX-License-Identifier: BSD-2-Clause
/*
 * Memory for objects: a region cut by size class from its low end, and a free list a class. A list is a stack whose head
 * is one 64-bit word, so that an NMI inside a push or pop is just another CPU:
 *
 * bits  0-31  the first free block, in units of UNIT bytes from the region's start; 0: none
 * bits 32-63  how often the head was changed: a block that left and came back is told from one that stayed
 *
 * A block's first word links it while it is free. Reading the link of a block that another took meanwhile gives a wrong
 * link, but then the head has changed and the exchange fails.
 *
 * What others may still use waits first: freed blocks gather on one more list; now and then all of it becomes the batch that
 * waits for a grace period, and what waited before is free.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "base/memory.h"
#include "cpu/cpu.h"
#include "func/runtime.h"
#include "func/timer.h"

#define UNIT	     16
#define REGION_BYTES (256UL << 20) /* address space; a page costs memory once it is used */
#define CLASSES	     17		   /* 32 bytes << class; up to 2 MiB */
#define SMALLEST     32

struct block {
	_Atomic uint32_t next; /* free: see above */
	uint32_t class;
	uint64_t stride; /* of a per-CPU object; 0: an ordinary one */
	unsigned char object[];
};

_Static_assert(sizeof(struct block) == UNIT, "objects are aligned to 16 bytes");

struct rq_runtime {
	unsigned int cpus;
	unsigned char *region;
	unsigned char *tasks; /* of the CPUs: zeroes */
	struct rq_timers *timers;
	_Atomic uint64_t used; /* bytes from the region's start that were cut */
	_Atomic uint64_t free_lists[CLASSES];
	_Atomic uint64_t freed; /* a list like those, of all classes */
	struct rq_grace grace;	/* .over NULL: there is none to wait for */
	_Atomic bool reclaiming;
	_Atomic uint32_t waiting; /* the first block of the batch; changed by who set reclaiming */
	uint64_t *marks;	  /* when the batch began to wait, one a CPU: behind the random numbers */
	uint64_t random[];
};

static size_t task_bytes(unsigned int cpus)
{
	return (size_t)cpus * RQ_ZERO_OBJECT_BYTES;
}

int rq_runtime_create(unsigned int cpus, uint64_t seed, struct rq_runtime **runtime)
{
	struct rq_runtime *made = rq_alloc(1, sizeof(*made) + cpus * 2 * sizeof(made->random[0]));

	if (!made)
		return -ENOMEM;
	made->region = mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (made->region == MAP_FAILED) {
		rq_free(made);
		return -ENOMEM;
	}
	/* Never written, so that it costs address space alone. */
	made->tasks = mmap(NULL, task_bytes(cpus), PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	made->timers = made->tasks == MAP_FAILED ? NULL : rq_timers_create();
	if (!made->timers) {
		if (made->tasks != MAP_FAILED)
			munmap(made->tasks, task_bytes(cpus));
		munmap(made->region, REGION_BYTES);
		rq_free(made);
		return -ENOMEM;
	}
	made->cpus = cpus;
	made->marks = &made->random[cpus];
	atomic_store_explicit(&made->used, UNIT, memory_order_relaxed); /* so that no block is number 0 */
	for (unsigned int cpu = 0; cpu < cpus; cpu++)
		made->random[cpu] = rq_random_next(&seed);
	*runtime = made;
	return 0;
}

void rq_runtime_destroy(struct rq_runtime *runtime)
{
	if (!runtime)
		return;
	rq_timers_destroy(runtime->timers);
	munmap(runtime->tasks, task_bytes(runtime->cpus));
	munmap(runtime->region, REGION_BYTES);
	rq_free(runtime);
}

unsigned int rq_runtime_cpus(const struct rq_runtime *runtime)
{
	return runtime->cpus;
}

struct rq_timers *rq_runtime_timers(const struct rq_runtime *runtime)
{
	return runtime->timers;
}

uint64_t *rq_runtime_random(struct rq_runtime *runtime, unsigned int cpu)
{
	return &runtime->random[cpu];
}

static struct block *block_at(const struct rq_runtime *runtime, uint32_t number)
{
	return (struct block *)(runtime->region + (uint64_t)number * UNIT);
}

static struct block *take_free(struct rq_runtime *runtime, unsigned int class)
{
	/* Acquire pairs with the release in rq_runtime_free(): the link was written before the block was pushed. */
	uint64_t head = atomic_load_explicit(&runtime->free_lists[class], memory_order_acquire);
	struct block *block;
	uint64_t next;

	do {
		if (!(uint32_t)head)
			return NULL;
		block = block_at(runtime, (uint32_t)head);
		next = ((head >> 32) + 1) << 32 | atomic_load_explicit(&block->next, memory_order_relaxed);
	} while (!atomic_compare_exchange_weak_explicit(&runtime->free_lists[class], &head, next, memory_order_acquire,
							memory_order_acquire));
	return block;
}

static struct block *cut_new(struct rq_runtime *runtime, unsigned int class)
{
	uint64_t bytes = (uint64_t)SMALLEST << class;
	uint64_t start = atomic_load_explicit(&runtime->used, memory_order_relaxed);

	do {
		if (start + bytes > REGION_BYTES)
			return NULL;
	} while (!atomic_compare_exchange_weak_explicit(&runtime->used, &start, start + bytes, memory_order_relaxed,
							memory_order_relaxed));
	return (struct block *)(runtime->region + start);
}

static void *alloc(struct rq_runtime *runtime, size_t size, uint64_t stride)
{
	struct block *block;
	unsigned int class = 0;

	while (class < CLASSES && ((size_t)SMALLEST << class) - UNIT < size)
		class++;
	if (class == CLASSES)
		return NULL;
	block = take_free(runtime, class);
	if (!block)
		block = cut_new(runtime, class);
	if (!block) {
		rq_runtime_reclaim(runtime);
		block = take_free(runtime, class);
	}
	if (!block)
		return NULL;
	block->class = class;
	block->stride = stride;
	memset(block->object, 0, size);
	return block->object;
}

void *rq_runtime_alloc(struct rq_runtime *runtime, size_t size)
{
	return alloc(runtime, size, 0);
}

void *rq_runtime_alloc_percpu(struct rq_runtime *runtime, size_t size)
{
	uint64_t stride = (size + UNIT - 1) / UNIT * UNIT;

	return alloc(runtime, stride * runtime->cpus, stride);
}

static struct block *block_of(void *object)
{
	return (struct block *)((unsigned char *)object - sizeof(struct block));
}

void *rq_runtime_on_cpu(const struct rq_runtime *runtime, void *percpu, unsigned int cpu)
{
	struct block *block = block_of(percpu);

	if ((unsigned char *)percpu < runtime->region || (unsigned char *)percpu >= runtime->region + REGION_BYTES)
		return rq_runtime_zero_object(); /* a per-CPU variable of the kernel */
	return (unsigned char *)percpu + block->stride * cpu;
}

static void push(struct rq_runtime *runtime, _Atomic uint64_t *list, struct block *block)
{
	uint64_t head = atomic_load_explicit(list, memory_order_relaxed);
	uint64_t number = ((unsigned char *)block - runtime->region) / UNIT;

	do
		atomic_store_explicit(&block->next, (uint32_t)head, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(list, &head, ((head >> 32) + 1) << 32 | number,
						      memory_order_release, memory_order_relaxed));
}

void rq_runtime_free(struct rq_runtime *runtime, void *object)
{
	if (object)
		push(runtime, &runtime->free_lists[block_of(object)->class], block_of(object));
}

void rq_runtime_free_later(struct rq_runtime *runtime, void *object)
{
	if (!runtime->grace.over)
		rq_runtime_free(runtime, object);
	else if (object)
		push(runtime, &runtime->freed, block_of(object));
}

void rq_runtime_set_grace(struct rq_runtime *runtime, const struct rq_grace *grace)
{
	runtime->grace = *grace;
}

/* The batch is free; the blocks that were freed since are the next one. */
static void turn_over(struct rq_runtime *runtime)
{
	uint32_t number = atomic_load_explicit(&runtime->waiting, memory_order_relaxed);
	uint64_t head = atomic_load_explicit(&runtime->freed, memory_order_relaxed);

	while (number) {
		struct block *block = block_at(runtime, number);

		number = atomic_load_explicit(&block->next, memory_order_relaxed);
		push(runtime, &runtime->free_lists[block->class], block);
	}
	/* Acquire pairs with the release in push(). The blocks are ours before the grace period begins. */
	while (!atomic_compare_exchange_weak_explicit(&runtime->freed, &head, ((head >> 32) + 1) << 32,
						      memory_order_acquire, memory_order_relaxed))
		;
	if ((uint32_t)head)
		runtime->grace.begin(runtime->grace.arg, runtime->marks);
	atomic_store_explicit(&runtime->waiting, (uint32_t)head, memory_order_relaxed);
}

void rq_runtime_reclaim(struct rq_runtime *runtime)
{
	if (!(uint32_t)atomic_load_explicit(&runtime->freed, memory_order_relaxed) &&
	    !atomic_load_explicit(&runtime->waiting, memory_order_relaxed))
		return;
	/* Another CPU is at it, or the run that this one interrupted. Acquire and release: one after another sees the batch. */
	if (atomic_exchange_explicit(&runtime->reclaiming, true, memory_order_acquire))
		return;
	if (!atomic_load_explicit(&runtime->waiting, memory_order_relaxed) ||
	    runtime->grace.over(runtime->grace.arg, runtime->marks))
		turn_over(runtime);
	atomic_store_explicit(&runtime->reclaiming, false, memory_order_release);
}

void *rq_runtime_zero_object(void)
{
	static unsigned char zeroes[RQ_ZERO_OBJECT_BYTES] __attribute__((aligned(64)));

	return zeroes;
}

void *rq_runtime_task(const struct rq_runtime *runtime, unsigned int cpu)
{
	return runtime->tasks + (size_t)cpu * RQ_ZERO_OBJECT_BYTES;
}
