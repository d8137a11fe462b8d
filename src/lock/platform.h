/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the lock's algorithm needs from outside: time, a way to let others run, sleep and wake-up. Two implementations:
 *
 * native       here, in platform.c and patience.c
 * RQ_MODEL     for a model checker: there is no time and no sleep. Whoever includes the sources defines RQ_MODEL_FIFO (0 or
 *              1, the order of all locks) and the functions of patience.c and report.c: rq_wait_more() is where a checker
 *              decides that a deadline has passed, that the waiter parks (rq_queue_park()), or searches for a deadlock
 *              (rq_deadlock_victim()).
 *
 * Everything else in lock/queue.c, acquire.c, release.c, deadlock.c and table.c is C11 atomics.
 */
#ifndef RQ_LOCK_PLATFORM_H
#define RQ_LOCK_PLATFORM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "cpu/cpu.h"
#include "lock/word.h"

#ifdef RQ_MODEL

static inline void rq_relax(void)
{
}

static inline void rq_park(_Atomic uint32_t *word, uint32_t expected, uint64_t ns)
{
}

static inline void rq_wake(_Atomic uint32_t *word)
{
}

static inline uint64_t rq_now_ns(void)
{
	return 0;
}

static inline uint64_t rq_ticks(void)
{
	return 0;
}

/* No time at all: each bounded spin looks once. */
static inline uint64_t rq_ticks_from_ns(uint64_t ns)
{
	return 0;
}

static inline int rq_read_word(rqspinlock_t *lock, uint32_t *word)
{
	*word = rq_word_owner(lock, RQ_MODEL_FIFO, memory_order_relaxed);
	return 0;
}

#else

#include "cpu/clock.h"

void rq_yield(void);
void rq_sleep_ns(uint64_t ns);

/* Sleep while *word is @expected, @ns at most. May return early. */
void rq_park(_Atomic uint32_t *word, uint32_t expected, uint64_t ns);
/* Wake who sleeps on @word. A syscall: call it only where somebody may sleep. */
void rq_wake(_Atomic uint32_t *word);

/* Read the word of a lock that may be gone by now: a negative errno then, never a crash. Only the owner half counts. */
int rq_read_word(rqspinlock_t *lock, uint32_t *word);

static inline void rq_relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("isb" ::: "memory");
#endif
}

static inline uint64_t rq_now_ns(void)
{
	return rq_clock_ns();
}

static inline uint64_t rq_ticks(void)
{
	return rq_clock_ticks();
}

static inline uint64_t rq_ticks_from_ns(uint64_t ns)
{
	return rq_clock_ns_to_ticks(ns);
}

#endif

#endif
