/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lock benchmark. A lock joins with a header in bench/locks/ and its name in bench/meson.build:
 *
 *   LOCK_NAME    what tables call it
 *   LOCK_DEFINE  one static definition: the lock
 *   LOCK_INIT    makes it ready, before any thread exists
 *   LOCK         an expression: 0 once the lock is held, else the attempt failed
 *   UNLOCK       an expression
 *   LOCK_THREAD  (optional) definitions that each thread needs, at the top of its loop: a queue node
 *
 * bench/loop.c is compiled once for each header, so that inline locks stay inline and no lock pays for another's
 * indirect call.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

#define BENCH_LINE    128 /* two cache lines: the neighbour is prefetched along */
#define BENCH_THREADS 256
#define BENCH_ROUNDS  1000
#define BENCH_OUTSIDE 50 /* empty iterations between two acquisitions */

/* Waits in ticks, by magnitude: 8 buckets for each power of two, so that a percentile is within 13 %. */
#define BENCH_WAIT_BUCKETS (64 * 8)

/* One thread's account, in memory that the parent process shares. Written by that thread alone. */
struct bench_worker {
	_Alignas(BENCH_LINE) _Atomic uint64_t operations;
	_Atomic uint64_t failures;
	_Atomic uint64_t wait_began; /* ticks; 0 when not waiting */
	_Atomic uint64_t wait_max;
	uint64_t waits[BENCH_WAIT_BUCKETS];
	unsigned int number;
	bool timed;
};

struct bench_lock {
	const char *name;
	/* NULL, or why it can't run here. */
	const char *(*unavailable)(void);
	void (*init)(void);
	/* Nanoseconds that @count pairs of lock and unlock took, after @warmup unmeasured ones. */
	uint64_t (*pairs)(uint64_t warmup, uint64_t count);
	/* Until the process ends: lock, count, unlock, a little work. */
	void (*loop)(struct bench_worker *worker);
};

extern const struct bench_lock *const bench_locks[]; /* ends with NULL */

/* Median and range of one quantity over the rounds. */
struct bench_series {
	unsigned int count;
	double values[BENCH_ROUNDS];
};

void bench_add(struct bench_series *series, double value);
double bench_median(struct bench_series *series); /* sorts */
double bench_min(const struct bench_series *series);
double bench_max(const struct bench_series *series);
double bench_jain(const uint64_t *counts, unsigned int number);

static inline uint64_t bench_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

double bench_ticks_per_ns(void);
void bench_pin(unsigned int number); /* the calling thread, to CPU number modulo CPUs */

static inline unsigned int bench_wait_bucket(uint64_t ticks)
{
	unsigned int power;

	if (ticks < 8)
		return ticks;
	power = 63 - __builtin_clzll(ticks);
	return (power - 2) * 8 + ((ticks >> (power - 3)) & 7);
}

double bench_wait_percentile(const uint64_t *waits, double share); /* ticks */

/* One measured run in a process of its own. */
struct bench_load {
	const struct bench_lock *lock;
	unsigned int threads;
	bool timed; /* take the time of each wait; costs throughput */
	uint64_t warmup_ns, measure_ns;
};

struct bench_result {
	double per_second;
	double jain;
	double failures;
	double wait_p50_ns, wait_p99_ns, wait_max_ns; /* timed runs only */
};

/* 0; -errno: the run could not be made; -EIO: its process died. */
int bench_run(const struct bench_load *load, struct bench_result *result);
int bench_uncontended(const struct bench_lock *lock, double *ns_per_pair);

/* Runs @work(@shared) in a child process that ends after @limit_s at the latest. Results go through @shared. */
int bench_in_child(void (*work)(void *shared), void *shared, unsigned int limit_s);
void *bench_shared_alloc(size_t size); /* zeroed; NULL when out of memory */
void bench_shared_free(void *memory, size_t size);

/* Only for this project's lock: what others do not have. @order is enum rqspin_order. */
struct bench_detection {
	int order;
	unsigned int parties; /* 1: AA */
	bool simultaneous;    /* all arrive at once; else the last one after all others wait */
	unsigned int rounds;
	double p50_ns, p99_ns, max_ns;
	unsigned int victims_not_one; /* rounds in which not exactly one party got -EDEADLK */
};

int bench_detect(struct bench_detection *detection);

struct bench_deadline {
	int order;
	unsigned int position; /* in the queue, from 1 */
	unsigned int rounds;
	double p50_ns, max_ns; /* how late; negative is early */
	unsigned int wrong;    /* returned something else than -ETIMEDOUT */
};

int bench_deadline(struct bench_deadline *deadline);

/* Where rows go: the table on stdout, and a CSV file. */
struct bench_report {
	FILE *csv; /* or NULL */
};

void bench_row(struct bench_report *report, const char *lock, unsigned int threads, const char *metric,
	       const char *unit, struct bench_series *series);

/* What one lock at one number of threads gave, round by round. */
struct bench_contended {
	struct bench_series per_second, jain, failures, p50, p99, max;
};

void bench_contended_head(unsigned int threads);
void bench_contended_row(struct bench_report *report, const char *lock, unsigned int threads,
			 struct bench_contended *all);

#endif
