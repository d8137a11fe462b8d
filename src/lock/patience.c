/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a waiter passes its time: spin for a bounded time, then yield, then sleep; and when it gives up. The numbers were
 * measured, see docs/performance.md. Everything here is about time; what is right does not depend on it.
 */
#include <errno.h>
#include <time.h>

#include "lock/internal.h"
#include "lock/platform.h"

#define SPIN_NS		 3000u	   /* a lock is rarely held for longer by a thread that runs */
#define POLL_RELAXES	 20	   /* between two looks at the owner: half a microsecond */
#define TURN_RELAXES	 4	   /* between two looks at the own node, which nobody else looks at */
#define QUEUE_YIELDS	 4	   /* of one in the queue, before it sleeps */
#define PARK_NS		 500000u   /* the first time, then ever longer: to look whether the one before is stuck */
#define PARK_DOUBLINGS	 5
#define PARK_MAX_NS	 ((uint64_t)PARK_NS << PARK_DOUBLINGS)
#define HURRY_NS	 100000u   /* the head has waited long: ask the owner to leave the lock for it */
#define FRONT_YIELD_NS	 1000000u  /* so long the head only yields */
#define FRONT_SLEEP_NS	 50000u	   /* then it sleeps between two looks */
#define SLEEP_SLACK_NS	 150000u   /* a sleep may last longer by so much: no sleep that close before a deadline */
#define SEARCH_NS	 100000u   /* between two searches for a deadlock */
#define SAMPLE_NS	 1000000u  /* between two looks at running times */
#define CHAIN_MAX	 16	   /* of holders that wait in their turn */
#define LEFT_OUT_FACTOR	 64	   /* no more than so many limits are left out: an end there must be */

void rq_patience_start(struct rq_wait *wait)
{
	wait->spin_end = rq_ticks() + rq_ticks_from_ns(SPIN_NS);
	wait->yields = 0;
	wait->front_since_ns = 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static struct rq_cpu *holder_of(struct rq_wait *wait, uint32_t owner)
{
	struct rq_domain *domain = wait->cpu->domain;
	uint32_t code = owner & RQ_OWNER_CODE;

	return code && code <= domain->options.cpus ? &domain->cpu[code - 1] : NULL;
}

/* How long the thread of @cpu has run so far. */
static uint64_t running_time(struct rq_cpu *cpu)
{
	struct timespec ran = { 0 };

	clock_gettime(atomic_load_explicit(&cpu->clock, memory_order_relaxed), &ran);
	return (uint64_t)ran.tv_sec * 1000000000u + ran.tv_nsec;
}

/*
 * Whose thread has to run so that this wait goes on: the holder's, or who that one waits for in its turn; of a lock that is
 * free, the head's, or ours. What others wait for is a hint (see lock/deadlock.c). NULL: not known, or they wait in a circle.
 */
static struct rq_cpu *who_must_run(struct rq_wait *wait, enum rq_place place, uint16_t owner)
{
	struct rq_cpu *cpu = holder_of(wait, owner), *next;

	if (!(owner & RQ_OWNER_CODE))
		return place == RQ_PLACE_FRONT && wait->node ? wait->cpu : rq_queue_head(wait);
	for (int steps = 0; cpu && steps < CHAIN_MAX; steps++) {
		rqspinlock_t *lock = atomic_load_explicit(&cpu->wait_lock, memory_order_relaxed);

		if (!lock)
			return cpu;
		next = holder_of(wait, atomic_load_explicit(&cpu->owner_seen, memory_order_relaxed));
		/* The lock that it waits for has been given back since it looked: it sleeps, or does not run. */
		if (!next || !rq_table_holds(next, lock, RQSPIN_HELD_MAX + 1))
			return next == cpu ? NULL : cpu;
		cpu = next;
	}
	return NULL;
}

/*
 * Leave out of the waiting time what the host let the thread that it depends on not run, and this thread neither run nor
 * sleep. Time counts that depends on nobody we know.
 */
static void leave_out(struct rq_wait *wait, uint64_t now, enum rq_place place, uint16_t owner)
{
	uint64_t passed = now - wait->sample_ns, counts = passed, limit = wait->deadline_ns - wait->start_ns, self_ran;

	if (wait->sample_ns && passed < SAMPLE_NS)
		return;
	self_ran = running_time(wait->cpu);
	if (wait->sample_ns) {
		if (wait->sample_cpu)
			counts = least(counts, running_time(wait->sample_cpu) - wait->sample_ran);
		counts = least(counts, self_ran - wait->sample_self_ran + PARK_MAX_NS);
		if (wait->left_out_ns / LEFT_OUT_FACTOR < limit)
			wait->left_out_ns += passed - counts;
	} else if (now - wait->start_ns > SAMPLE_NS) {
		/* Until here it has only spun, for microseconds. */
		wait->left_out_ns = now - wait->start_ns - SAMPLE_NS;
	}
	wait->sample_ns = now;
	wait->sample_self_ran = self_ran;
	wait->sample_cpu = who_must_run(wait, place, owner);
	wait->sample_ran = wait->sample_cpu ? running_time(wait->sample_cpu) : 0;
}

static uint64_t time_left(struct rq_wait *wait, uint64_t now, enum rq_place place, uint16_t owner)
{
	uint64_t end = wait->deadline_ns;

	if (end == RQSPIN_NO_DEADLINE)
		return end;
	if (wait->cpu->domain->options.charge_running_time_only) {
		leave_out(wait, now, place, owner);
		end += wait->left_out_ns;
	}
	return now < end ? end - now : 0;
}

static void rest_in_queue(struct rq_wait *wait, uint64_t left)
{
	unsigned int parks;

	if (wait->yields++ < QUEUE_YIELDS || left <= SLEEP_SLACK_NS) {
		rq_yield();
		return;
	}
	parks = wait->yields - QUEUE_YIELDS - 1;
	rq_queue_park(wait, least(left - SLEEP_SLACK_NS,
				  (uint64_t)PARK_NS << (parks < PARK_DOUBLINGS ? parks : PARK_DOUBLINGS)));
}

static void rest_in_front(struct rq_wait *wait, uint64_t now, uint64_t left, uint16_t owner)
{
	uint64_t waited;
	struct rq_cpu *holder;

	if (!wait->front_since_ns)
		wait->front_since_ns = now;
	waited = now - wait->front_since_ns;
	if (waited > HURRY_NS && wait->node) {
		holder = holder_of(wait, owner);
		if (holder)
			atomic_store_explicit(&holder->hurry, 1, memory_order_relaxed);
	}
	if (waited > FRONT_YIELD_NS && left > FRONT_SLEEP_NS + SLEEP_SLACK_NS)
		rq_sleep_ns(FRONT_SLEEP_NS);
	else
		rq_yield();
}

int rq_wait_more(struct rq_wait *wait, enum rq_place place, uint16_t owner)
{
	uint64_t now, left;

	if (rq_ticks() < wait->spin_end) {
		for (int i = place == RQ_PLACE_QUEUE ? TURN_RELAXES : POLL_RELAXES; i; i--)
			rq_relax();
		return 0;
	}
	now = rq_now_ns();
	if (now >= wait->next_search_ns) {
		/* Before the search: a handler that waits during it asks for one more. */
		wait->next_search_ns = now + SEARCH_NS;
		atomic_signal_fence(memory_order_seq_cst);
		if (rq_deadlock_victim(wait))
			return -EDEADLK;
	}
	left = time_left(wait, now, place, owner);
	if (!left)
		return -ETIMEDOUT;
	if (place == RQ_PLACE_QUEUE)
		rest_in_queue(wait, left);
	else
		rest_in_front(wait, now, left, owner);
	return 0;
}
