/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scenario's time, and what the lock is linked with (ld --wrap) instead of its way to yield, sleep and wake up: only
 * time that passes.
 */
#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "cpu/clock.h"
#include "lock/platform.h"
#include "step.h"

void __wrap_rq_yield(void);
void __wrap_rq_sleep_ns(uint64_t ns);
void __wrap_rq_park(_Atomic uint32_t *word, uint32_t expected, uint64_t ns);
void __wrap_rq_wake(_Atomic uint32_t *word);

#define READING_NS 500	  /* how much time one reading of the clock takes */
#define PARK_NS	   50000  /* the longest sleep, so that the scenario can act in between */
#define POLL_NS	   20000  /* real time between two looks of a party that is not frozen but has nothing to do */

static _Atomic uint64_t now_ns = 1000000000;
static _Atomic uint64_t own_calls;
static void (*passing_time)(unsigned int calls);

static __thread bool own_thread, in_script;
static __thread bool (*freeze_when)(void);
static __thread unsigned int party_number;

static _Atomic uint32_t thawed[STEP_PARTIES];
static _Atomic unsigned int frozen_count;

/* Until thawed; placed once, a party is never frozen again. */
static void freeze_if_placed(void)
{
	if (!freeze_when || !freeze_when())
		return;
	freeze_when = NULL;
	atomic_fetch_add(&frozen_count, 1);
	while (!atomic_load(&thawed[party_number]))
		syscall(SYS_futex, &thawed[party_number], FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void pass(uint64_t ns)
{
	atomic_fetch_add(&now_ns, ns);
	if (!own_thread) {
		freeze_if_placed();
		return;
	}
	atomic_fetch_add(&own_calls, 1);
	if (passing_time && !in_script) {
		in_script = true;
		passing_time(atomic_load(&own_calls));
		in_script = false;
	}
}

static uint64_t read_clock(void)
{
	pass(READING_NS);
	return atomic_load(&now_ns);
}

static struct rq_clock_source source = { read_clock };

void step_clock_install(void (*passing)(unsigned int calls))
{
	passing_time = passing;
	rq_clock_mock = &source;
}

void step_clock_own(void)
{
	own_thread = true;
}

uint64_t step_clock_now(void)
{
	return atomic_load(&now_ns);
}

uint64_t step_clock_calls(void)
{
	return atomic_load(&own_calls);
}

void step_clock_party(unsigned int party)
{
	party_number = party;
}

void step_freeze_when(bool (*placed)(void))
{
	freeze_when = placed;
}

unsigned int step_frozen(void)
{
	return atomic_load(&frozen_count);
}

void step_thaw(unsigned int party)
{
	atomic_store(&thawed[party], 1);
	syscall(SYS_futex, &thawed[party], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void let_others_run(void)
{
	struct timespec span = { 0, POLL_NS };

	nanosleep(&span, NULL);
}

void __wrap_rq_yield(void)
{
	pass(READING_NS);
	if (!own_thread)
		sched_yield();
}

void __wrap_rq_sleep_ns(uint64_t ns)
{
	pass(ns < PARK_NS ? ns : PARK_NS);
	if (!own_thread)
		let_others_run();
}

void __wrap_rq_park(_Atomic uint32_t *word, uint32_t expected, uint64_t ns)
{
	if (atomic_load(word) != expected)
		return;
	pass(ns < PARK_NS ? ns : PARK_NS);
	if (!own_thread)
		let_others_run();
}

void __wrap_rq_wake(_Atomic uint32_t *word)
{
	(void)word; /* who is parked looks again by itself */
}
