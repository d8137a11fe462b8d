/* SPDX-License-Identifier: BSD-2-Clause */
/* One lock's loops: compiled once for each header of bench/locks/, with LOCK_HEADER and LOCK_SYMBOL defined. */
#include "bench.h"

#include LOCK_HEADER

#ifndef LOCK_THREAD
#define LOCK_THREAD
#endif

_Alignas(BENCH_LINE) LOCK_DEFINE;

/* What the lock protects: two lines, as in lists and counters of real critical sections. */
static struct {
	_Alignas(BENCH_LINE) volatile uint64_t first;
	_Alignas(BENCH_LINE) volatile uint64_t second;
} protected;

static void init(void)
{
	LOCK_INIT;
}

static uint64_t pairs(uint64_t warmup, uint64_t count)
{
	LOCK_THREAD;
	uint64_t began;

	for (uint64_t i = 0; i < warmup; i++) {
		if (!(LOCK))
			UNLOCK;
	}
	began = bench_ns();
	for (uint64_t i = 0; i < count; i++) {
		if (!(LOCK))
			UNLOCK;
	}
	return bench_ns() - began;
}

static void outside(void)
{
	for (unsigned int i = 0; i < BENCH_OUTSIDE; i++)
		atomic_signal_fence(memory_order_seq_cst);
}

static void loop_plain(struct bench_worker *worker)
{
	LOCK_THREAD;
	uint64_t operations = 0;

	for (;;) {
		if (LOCK) {
			atomic_fetch_add_explicit(&worker->failures, 1, memory_order_relaxed);
			continue;
		}
		protected.first++;
		protected.second++;
		UNLOCK;
		atomic_store_explicit(&worker->operations, ++operations, memory_order_relaxed);
		outside();
	}
}

static void loop_timed(struct bench_worker *worker)
{
	LOCK_THREAD;
	uint64_t operations = 0, wait_max = 0;

	for (;;) {
		uint64_t began = __rdtsc(), wait;
		int error;

		atomic_store_explicit(&worker->wait_began, began, memory_order_relaxed);
		error = LOCK;
		wait = __rdtsc() - began;
		atomic_store_explicit(&worker->wait_began, 0, memory_order_relaxed);
		if (!error) {
			protected.first++;
			protected.second++;
			UNLOCK;
			atomic_store_explicit(&worker->operations, ++operations, memory_order_relaxed);
		} else {
			atomic_fetch_add_explicit(&worker->failures, 1, memory_order_relaxed);
		}
		worker->waits[bench_wait_bucket(wait)]++;
		if (wait > wait_max) {
			wait_max = wait;
			atomic_store_explicit(&worker->wait_max, wait_max, memory_order_relaxed);
		}
		outside();
	}
}

static void loop(struct bench_worker *worker)
{
	if (worker->timed)
		loop_timed(worker);
	else
		loop_plain(worker);
}

const struct bench_lock LOCK_SYMBOL = {
	.name = LOCK_NAME,
	.init = init,
	.pairs = pairs,
	.loop = loop,
};
