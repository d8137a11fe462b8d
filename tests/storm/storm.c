/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Storms: 64 threads that lock and unlock while interrupts and NMIs, as signals, land on them wherever they are and take the
 * same locks. What the locks protect must be exact, nothing may hang, and the locks end free.
 *
 * Seconds a storm: 0.5, or RQSPIN_STORM_SECONDS (scripts/campaign runs them long).
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <rqspin/lock.h>

#define THREADS	   64
#define LOCKS	   4
#define HANG_S	   120 /* a storm that has not ended by then hangs */
#define SIGNAL_IRQ SIGUSR1
#define SIGNAL_NMI SIGUSR2

static struct {
	_Alignas(128) rqspinlock_t lock;
	uint64_t counter; /* under the lock */
} places[LOCKS];

static struct victim {
	_Alignas(128) pthread_t thread;
	_Atomic uint64_t taken[LOCKS]; /* acquisitions of this thread in any context */
	_Atomic uint64_t task_errors, irqs, nmis;
	uint64_t seed;
} victims[THREADS];

static _Atomic bool stop;
static unsigned int locks_in_play;
static __thread struct victim *self;

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * UINT64_C(1000000000) + now.tv_nsec;
}

static uint64_t storm_ns(void)
{
	const char *seconds = getenv("RQSPIN_STORM_SECONDS");
	double value = seconds ? strtod(seconds, NULL) : 0.5;

	return value > 0 ? value * 1e9 : 500000000;
}

static void count(unsigned int place)
{
	places[place].counter++;
	atomic_fetch_add_explicit(&self->taken[place], 1, memory_order_relaxed);
}

/* A handler runs on top of anything: it may get the lock, or be told that it can't. */
static void take_in_handler(void)
{
	unsigned int place = atomic_load_explicit(&self->taken[0], memory_order_relaxed) % locks_in_play;

	if (rqspin_lock(&places[place].lock))
		return;
	count(place);
	if (rqspin_unlock(&places[place].lock))
		abort();
}

static void on_irq(int signo)
{
	(void)signo;
	if (!self)
		return;
	atomic_fetch_add_explicit(&self->irqs, 1, memory_order_relaxed);
	take_in_handler();
}

static void on_nmi(int signo)
{
	(void)signo;
	if (!self)
		return;
	atomic_fetch_add_explicit(&self->nmis, 1, memory_order_relaxed);
	take_in_handler();
}

/* One lock and no limit: a task holds nothing while it waits, so it is part of no cycle and may never fail. */
static void one_lock(void)
{
	unsigned long flags;

	if (rqspin_lock_until_irqsave(&places[0].lock, RQSPIN_NO_DEADLINE, &flags)) {
		atomic_fetch_add(&self->task_errors, 1);
		return;
	}
	count(0);
	if (rqspin_unlock_irqrestore(&places[0].lock, &flags))
		abort();
}

/* Two locks in any order, interrupts on: deadlocks arise all the time, and each ends in -EDEADLK for somebody. */
static void two_locks(void)
{
	unsigned int first = random_next(&self->seed) % LOCKS, second = random_next(&self->seed) % LOCKS;

	if (rqspin_lock(&places[first].lock))
		return;
	count(first);
	if (!rqspin_lock(&places[second].lock)) {
		count(second);
		if (rqspin_unlock(&places[second].lock))
			abort();
	}
	if (rqspin_unlock(&places[first].lock))
		abort();
}

static void (*body)(void);

static void *victim_main(void *argument)
{
	struct victim *victim = argument;

	self = victim;
	while (!atomic_load_explicit(&stop, memory_order_relaxed))
		body();
	return NULL;
}

static void let_it_rage(void)
{
	uint64_t seed = UINT64_C(0x9e3779b97f4a7c15), end = monotonic_ns() + storm_ns();

	while (monotonic_ns() < end) {
		for (unsigned int i = 0; i < 32; i++) {
			struct victim *victim = &victims[random_next(&seed) % THREADS];

			pthread_kill(victim->thread, random_next(&seed) % 2 ? SIGNAL_IRQ : SIGNAL_NMI);
		}
		sched_yield();
	}
}

static void storm(void (*what)(void), unsigned int locks)
{
	uint64_t taken[LOCKS] = { 0 }, handled = 0;

	memset(places, 0, sizeof(places));
	memset(victims, 0, sizeof(victims));
	body = what;
	locks_in_play = locks;
	atomic_store(&stop, false);
	alarm(HANG_S + storm_ns() / 1000000000);
	for (unsigned int i = 0; i < THREADS; i++) {
		victims[i].seed = i * UINT64_C(0x2545f4914f6cdd1d) + 1;
		assert_int_equal(pthread_create(&victims[i].thread, NULL, victim_main, &victims[i]), 0);
	}
	let_it_rage();
	atomic_store(&stop, true);
	for (unsigned int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(victims[i].thread, NULL), 0);
	alarm(0);

	for (unsigned int i = 0; i < THREADS; i++) {
		for (unsigned int k = 0; k < LOCKS; k++)
			taken[k] += victims[i].taken[k];
		handled += victims[i].irqs + victims[i].nmis;
	}
	assert_true(handled > 0);
	for (unsigned int k = 0; k < LOCKS; k++) {
		assert_int_equal(places[k].counter, taken[k]);
		assert_int_equal(rqspin_trylock(&places[k].lock), 0);
		assert_int_equal(rqspin_unlock(&places[k].lock), 0);
		assert_int_equal(places[k].lock.word, 0);
	}
}

/* The counter is exact, and no task that only waits its turn ever gets an error. */
static void one_lock_under_irq_and_nmi_storm(void **state)
{
	(void)state;
	storm(one_lock, 1);
	for (unsigned int i = 0; i < THREADS; i++)
		assert_int_equal(victims[i].task_errors, 0);
}

/* Deadlocks in every order with handlers on top: all counters exact, and every thread comes through. */
static void locks_in_any_order_under_irq_and_nmi_storm(void **state)
{
	(void)state;
	storm(two_locks, LOCKS);
}

static int choose_order(void **state)
{
	const char *order = getenv("RQSPIN_STORM_ORDER");

	(void)state;
	if (order && !strcmp(order, "fifo") && rqspin_set_order(RQSPIN_ORDER_FIFO))
		return -1;
	return rqspin_irq_register(SIGNAL_IRQ, on_irq) || rqspin_nmi_register(SIGNAL_NMI, on_nmi);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_lock_under_irq_and_nmi_storm),
		cmocka_unit_test(locks_in_any_order_under_irq_and_nmi_storm),
	};

	return cmocka_run_group_tests(tests, choose_order, NULL);
}
