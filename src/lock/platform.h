/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the lock's algorithm needs from outside: time, a way to let others run, sleep and wake-up. Two implementations:
 *
 * native       here and in platform.c
 * RQ_MODEL     for a model checker, and for tests that want to choose: no time, no sleep. The test defines the four
 *              rq_model_ functions; a checker then explores every answer that they can give. RQ_MODEL_FIFO (0 or 1) is
 *              the order of its locks.
 *
 * Everything else in lock/queue.c, lock/acquire.c, lock/release.c and lock/deadlock.c is C11 atomics.
 */
#ifndef RQ_LOCK_PLATFORM_H
#define RQ_LOCK_PLATFORM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "cpu/cpu.h"
#include "lock/word.h"

#define RQ_READ_WORDS_MAX 32

#ifdef RQ_MODEL

uint64_t rq_model_now_ns(void);	   /* the clock: two answers are enough, before and after a deadline */
uint64_t rq_model_ticks(void);	   /* the spin clock */
void rq_model_pause(void);	   /* somebody else may run; may be empty */
void rq_model_before_wait(void);   /* called once before each look at what is waited for; may be empty */

static inline void rq_relax(void)
{
	rq_model_pause();
}

static inline void rq_yield(void)
{
	rq_model_pause();
}

static inline void rq_sleep_ns(uint64_t ns)
{
	rq_model_pause();
}

static inline void rq_park(_Atomic uint32_t *word, uint32_t expected, uint64_t ns)
{
	rq_model_pause();
}

static inline void rq_wake(_Atomic uint32_t *word)
{
}

static inline uint64_t rq_now_ns(void)
{
	return rq_model_now_ns();
}

static inline uint64_t rq_ticks(void)
{
	return rq_model_ticks();
}

static inline uint64_t rq_ticks_from_ns(uint64_t ns)
{
	return ns;
}

static inline uint64_t rq_ticks_to_ns(uint64_t ticks)
{
	return ticks;
}

static inline void rq_before_wait(void)
{
	rq_model_before_wait();
}

static inline int rq_read_words(rqspinlock_t *const *locks, uint32_t *words, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		words[i] = rq_word_owner(locks[i], RQ_MODEL_FIFO, memory_order_relaxed);
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

/*
 * Read the words of locks that may be gone by now: -EFAULT then, never a crash; -ENOSYS where a sandbox forbids the call.
 * RQ_READ_WORDS_MAX at most. Only the owner half counts.
 */
int rq_read_words(rqspinlock_t *const *locks, uint32_t *words, unsigned int count);

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

static inline uint64_t rq_ticks_to_ns(uint64_t ticks)
{
	return rq_clock_ticks_to_ns(ticks);
}

static inline void rq_before_wait(void)
{
}

#endif

#endif
