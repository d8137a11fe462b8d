// SPDX-License-Identifier: BSD-2-Clause
/*
 * CPU masks, of as many bits as the machine has CPUs. Functions that take one mask read a bit at a time or a word at a time, as
 * the kernel's: others may change them meanwhile.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "cpu/cpu.h"
#include "func/args.h"
#include "func/object.h"
#include "func/runtime.h"
#include "func/tables.h"
#include "vm/vm.h"

#define MASK_BITS 1024 /* as many as a machine may have CPUs */

struct mask {
	_Atomic uint64_t words[MASK_BITS / 64];
	_Atomic int32_t users;
};

static struct mask *mask_of(uint64_t address)
{
	return (struct mask *)(uintptr_t)address;
}

static uint32_t cpus_of(const struct rq_exec *exec)
{
	return rq_runtime_cpus(exec->runtime);
}

/* The bits of word @i that stand for CPUs. */
static uint64_t valid_bits(const struct rq_exec *exec, uint32_t i)
{
	uint32_t cpus = cpus_of(exec);

	return cpus >= (i + 1) * 64 ? UINT64_MAX : cpus <= i * 64 ? 0 : (1ULL << cpus % 64) - 1;
}

static uint64_t word_of(const struct rq_exec *exec, uint64_t mask, uint32_t i)
{
	return atomic_load_explicit(&mask_of(mask)->words[i], memory_order_relaxed) & valid_bits(exec, i);
}

static uint32_t words_of(const struct rq_exec *exec)
{
	return (cpus_of(exec) + 63) / 64;
}

static uint64_t create(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	struct mask *mask = rq_runtime_alloc(exec->runtime, sizeof(*mask));

	if (mask)
		atomic_store_explicit(&mask->users, 1, memory_order_relaxed);
	return (uintptr_t)mask;
}

static uint64_t acquire(struct rq_exec *exec, uint64_t mask, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	atomic_fetch_add_explicit(&mask_of(mask)->users, 1, memory_order_relaxed);
	return mask;
}

void rq_cpumask_drop(struct rq_runtime *runtime, void *mask)
{
	/* The last user frees it after all others are through with it. */
	if (atomic_fetch_sub_explicit(&((struct mask *)mask)->users, 1, memory_order_acq_rel) == 1)
		rq_runtime_free_later(runtime, mask);
}

static uint64_t release(struct rq_exec *exec, uint64_t mask, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	rq_cpumask_drop(exec->runtime, mask_of(mask));
	return 0;
}

/* ---- One bit ---- */

static bool test(const struct rq_exec *exec, uint32_t cpu, uint64_t mask)
{
	return cpu < cpus_of(exec) && word_of(exec, mask, cpu / 64) >> cpu % 64 & 1;
}

static uint64_t test_cpu(struct rq_exec *exec, uint64_t cpu, uint64_t mask, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return test(exec, (uint32_t)cpu, mask);
}

/* The bit as it was. */
static uint64_t test_and_set_cpu(struct rq_exec *exec, uint64_t cpu, uint64_t mask, uint64_t r3, uint64_t r4, uint64_t r5)
{
	if ((uint32_t)cpu >= cpus_of(exec))
		return 0;
	return atomic_fetch_or(&mask_of(mask)->words[(uint32_t)cpu / 64], 1ULL << cpu % 64) >> cpu % 64 & 1;
}

static uint64_t test_and_clear_cpu(struct rq_exec *exec, uint64_t cpu, uint64_t mask, uint64_t r3, uint64_t r4, uint64_t r5)
{
	if ((uint32_t)cpu >= cpus_of(exec))
		return 0;
	return atomic_fetch_and(&mask_of(mask)->words[(uint32_t)cpu / 64], ~(1ULL << cpu % 64)) >> cpu % 64 & 1;
}

/* ---- All bits ---- */

static void set_word(uint64_t mask, uint32_t i, uint64_t word)
{
	atomic_store_explicit(&mask_of(mask)->words[i], word, memory_order_relaxed);
}

static uint64_t set_all(struct rq_exec *exec, uint64_t mask, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	for (uint32_t i = 0; i < words_of(exec); i++)
		set_word(mask, i, valid_bits(exec, i));
	return 0;
}

static uint64_t clear(struct rq_exec *exec, uint64_t mask, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	for (uint32_t i = 0; i < MASK_BITS / 64; i++)
		set_word(mask, i, 0);
	return 0;
}

static uint64_t weight(struct rq_exec *exec, uint64_t mask, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	uint64_t bits = 0;

	for (uint32_t i = 0; i < words_of(exec); i++)
		bits += __builtin_popcountll(word_of(exec, mask, i));
	return bits;
}

static uint64_t empty(struct rq_exec *exec, uint64_t mask, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return weight(exec, mask, 0, 0, 0, 0) == 0;
}

static uint64_t full(struct rq_exec *exec, uint64_t mask, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return weight(exec, mask, 0, 0, 0, 0) == cpus_of(exec);
}

/* The lowest bit that is in both masks, or, with @invert, in none of them; the number of CPUs: there is none. */
static uint32_t first_of(const struct rq_exec *exec, uint64_t a, uint64_t b, bool invert)
{
	for (uint32_t i = 0; i < words_of(exec); i++) {
		uint64_t both = word_of(exec, a, i) & word_of(exec, b, i), word = (invert ? ~both : both) & valid_bits(exec, i);

		if (word)
			return i * 64 + __builtin_ctzll(word);
	}
	return cpus_of(exec);
}

static uint64_t first(struct rq_exec *exec, uint64_t mask, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return first_of(exec, mask, mask, false);
}

static uint64_t first_zero(struct rq_exec *exec, uint64_t mask, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return first_of(exec, mask, mask, true);
}

static uint64_t first_and(struct rq_exec *exec, uint64_t a, uint64_t b, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return first_of(exec, a, b, false);
}

static uint64_t copy(struct rq_exec *exec, uint64_t to, uint64_t from, uint64_t r3, uint64_t r4, uint64_t r5)
{
	for (uint32_t i = 0; i < words_of(exec); i++)
		set_word(to, i, word_of(exec, from, i));
	return 0;
}

static uint64_t and(struct rq_exec *exec, uint64_t to, uint64_t a, uint64_t b, uint64_t r4, uint64_t r5)
{
	uint64_t any = 0;

	for (uint32_t i = 0; i < words_of(exec); i++) {
		uint64_t word = word_of(exec, a, i) & word_of(exec, b, i);

		set_word(to, i, word);
		any |= word;
	}
	return any != 0;
}

static uint64_t or(struct rq_exec *exec, uint64_t to, uint64_t a, uint64_t b, uint64_t r4, uint64_t r5)
{
	for (uint32_t i = 0; i < words_of(exec); i++)
		set_word(to, i, word_of(exec, a, i) | word_of(exec, b, i));
	return 0;
}

static uint64_t xor(struct rq_exec *exec, uint64_t to, uint64_t a, uint64_t b, uint64_t r4, uint64_t r5)
{
	for (uint32_t i = 0; i < words_of(exec); i++)
		set_word(to, i, word_of(exec, a, i) ^ word_of(exec, b, i));
	return 0;
}

static uint64_t equal(struct rq_exec *exec, uint64_t a, uint64_t b, uint64_t r3, uint64_t r4, uint64_t r5)
{
	for (uint32_t i = 0; i < words_of(exec); i++)
		if (word_of(exec, a, i) != word_of(exec, b, i))
			return false;
	return true;
}

static uint64_t intersects(struct rq_exec *exec, uint64_t a, uint64_t b, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return first_of(exec, a, b, false) < cpus_of(exec);
}

static uint64_t subset(struct rq_exec *exec, uint64_t a, uint64_t b, uint64_t r3, uint64_t r4, uint64_t r5)
{
	for (uint32_t i = 0; i < words_of(exec); i++)
		if (word_of(exec, a, i) & ~word_of(exec, b, i))
			return false;
	return true;
}

/* Any bit of both, another each time. */
static uint64_t any_and(struct rq_exec *exec, uint64_t a, uint64_t b, uint64_t r3, uint64_t r4, uint64_t r5)
{
	uint32_t cpus = cpus_of(exec), start = (uint32_t)rq_random_next(rq_runtime_random(exec->runtime,
										      rq_cpu_number(exec->cpu)));

	for (uint32_t i = 0; i < cpus; i++) {
		uint32_t cpu = (start % cpus + i) % cpus;

		if (test(exec, cpu, a) && test(exec, cpu, b))
			return cpu;
	}
	return cpus;
}

static uint64_t any(struct rq_exec *exec, uint64_t mask, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return any_and(exec, mask, mask, 0, 0, 0);
}

static uint64_t populate(struct rq_exec *exec, uint64_t mask, uint64_t from, uint64_t size, uint64_t r4, uint64_t r5)
{
	uint64_t words[MASK_BITS / 64] = { 0 };

	if (size < words_of(exec) * 8)
		return -EACCES;
	memcpy(words, (const void *)(uintptr_t)from, size < sizeof(words) ? size : sizeof(words));
	for (uint32_t i = 0; i < words_of(exec); i++)
		set_word(mask, i, words[i]);
	return 0;
}

#define KFUNC(kfunc, kf_flags, function)                                                                               \
	{ .name = "bpf_cpumask_" kfunc, .flags = (kf_flags), .since = RQ_KERNEL_6_15, .groups = RQ_GROUP_CPUMASK,       \
	  .call = (function) }

static const struct rq_func rows[] = {
	KFUNC("create", RQ_KF_ACQUIRE | RQ_KF_RET_NULL, create),
	KFUNC("acquire", RQ_KF_ACQUIRE | RQ_KF_TRUSTED_ARGS, acquire),
	KFUNC("release", RQ_KF_RELEASE, release),
	KFUNC("first", RQ_KF_RCU, first),
	KFUNC("first_zero", RQ_KF_RCU, first_zero),
	KFUNC("first_and", RQ_KF_RCU, first_and),
	KFUNC("set_cpu", RQ_KF_RCU, test_and_set_cpu),
	KFUNC("clear_cpu", RQ_KF_RCU, test_and_clear_cpu),
	KFUNC("test_cpu", RQ_KF_RCU, test_cpu),
	KFUNC("test_and_set_cpu", RQ_KF_RCU, test_and_set_cpu),
	KFUNC("test_and_clear_cpu", RQ_KF_RCU, test_and_clear_cpu),
	KFUNC("setall", RQ_KF_RCU, set_all),
	KFUNC("clear", RQ_KF_RCU, clear),
	KFUNC("and", RQ_KF_RCU, and),
	KFUNC("or", RQ_KF_RCU, or),
	KFUNC("xor", RQ_KF_RCU, xor),
	KFUNC("equal", RQ_KF_RCU, equal),
	KFUNC("intersects", RQ_KF_RCU, intersects),
	KFUNC("subset", RQ_KF_RCU, subset),
	KFUNC("empty", RQ_KF_RCU, empty),
	KFUNC("full", RQ_KF_RCU, full),
	KFUNC("copy", RQ_KF_RCU, copy),
	KFUNC("any_distribute", RQ_KF_RCU, any),
	KFUNC("any_and_distribute", RQ_KF_RCU, any_and),
	KFUNC("weight", RQ_KF_RCU, weight),
	KFUNC("populate", RQ_KF_RCU, populate),
};

RQ_FUNC_TABLE(rq_cpumask_funcs, rows);
