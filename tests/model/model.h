/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each model test starts from: the very sources of the lock, in the order that RQ_MODEL_FIFO says, and a machine of
 * PARTIES CPUs. A test is a plain C11 program with pthreads.
 *
 * Under the model checker (RQ_GENMC) main() plays one round, and the checker goes through every way it can run, on a weak
 * memory model. Natively it plays many rounds with real threads.
 *
 * There is no time here. Where the lock would let time pass, a waiter blocks until what it waits for has changed; one with
 * `patience` n gives up at its n-th such wait instead, so that the checker puts that moment everywhere. A waiter that nobody
 * wakes is then a liveness error, a lost hand-over never mere slowness.
 *
 * A checker's work grows faster than exponentially with the length of what runs at the same time. So a party may be staged: main()
 * puts it into the queue, by the same functions, before any thread starts, and its thread goes on from there.
 */
#ifndef MODEL_H
#define MODEL_H

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "lock/table.c"
#ifdef MODEL_DEADLOCKS
#include "lock/deadlock.c"
#else
/* Where no deadlock can arise the search is left out: it only reads, but a checker has to try every order of reads. */
#include "lock/internal.h"

void rq_wait_publish(struct rq_wait *wait)
{
	(void)wait;
}

void rq_wait_move_down(struct rq_cpu *cpu, uint32_t row)
{
	(void)cpu;
	(void)row;
}

void rq_wait_withdraw(struct rq_wait *wait)
{
	(void)wait;
}

bool rq_deadlock_victim(struct rq_wait *wait)
{
	(void)wait;
	return false;
}
#endif
#include "lock/queue.c"
#include "lock/acquire.c"
#include "lock/release.c"

#ifndef ROUNDS
#define ROUNDS 2000
#endif

#define FOR_EVER (-1)

static struct {
	struct rq_domain domain;
	struct rq_cpu cpus[PARTIES];
} machine;

static int patience[PARTIES];
static bool asleep[PARTIES]; /* it searches for no deadlock while it waits */

static struct rq_wait staged[PARTIES];

/* Block until @changed: for the checker an annotated spin loop, which it takes for an error when it can't end. */
#ifdef RQ_GENMC
#include <genmc.h>
#define BLOCK_UNTIL(changed)                                                                       \
	do {                                                                                       \
		bool again_;                                                                       \
		for (__VERIFIER_loop_begin(); __VERIFIER_spin_start(), again_ = !(changed),        \
				__VERIFIER_spin_end(!again_), again_;)                              \
			;                                                                          \
	} while (0)
#else
#define BLOCK_UNTIL(changed)                                                                       \
	do {                                                                                       \
		while (!(changed))                                                                 \
			sched_yield();                                                             \
	} while (0)
#endif

void rq_patience_start(struct rq_wait *wait)
{
	(void)wait;
}

int rq_wait_more(struct rq_wait *wait, enum rq_place place, uint16_t owner)
{
	int *left = &patience[wait->cpu->number];

	if (!asleep[wait->cpu->number] && rq_deadlock_victim(wait))
		return -EDEADLK;
	if (*left == 0)
		return -ETIMEDOUT;
	if (*left > 0)
		--*left;
	if (place == RQ_PLACE_QUEUE)
		BLOCK_UNTIL(atomic_load_explicit(&wait->node->state, memory_order_acquire) != RQ_NODE_WAITING);
	else if (owner & RQ_OWNER_CODE) /* else somebody was faster: look again */
		BLOCK_UNTIL(rq_word_owner(wait->lock, wait->fifo, memory_order_relaxed) != owner);
	return 0;
}

void rq_report_failure(const struct rq_wait *wait, int error, uint64_t waited_ns)
{
	(void)wait;
	(void)error;
	(void)waited_ns;
}

void rq_report_mistake(struct rq_cpu *cpu, enum rqspin_report_kind kind, rqspinlock_t *lock, uintptr_t site, int error)
{
	(void)cpu;
	(void)kind;
	(void)lock;
	(void)site;
	(void)error;
	assert(0);
}

static void machine_start(void)
{
	machine.domain.options.cpus = PARTIES;
	machine.domain.options.order = RQ_MODEL_FIFO ? RQSPIN_ORDER_FIFO : RQSPIN_ORDER_BARGING;
	machine.domain.options.timeout_ns = 1;
	for (int i = 0; i < PARTIES; i++) {
		machine.cpus[i].domain = &machine.domain;
		machine.cpus[i].number = i;
		machine.cpus[i].self.code = i + 1;
		patience[i] = FOR_EVER;
	}
}

static int acquire(int party, rqspinlock_t *lock)
{
	return rq_lock_acquire(&machine.cpus[party], lock, 0, 0, NULL);
}

/* Put @party into the queue of @lock, as rq_acquire_slow() does. Before the threads start: what it finds is what there is. */
static void stage(int party, rqspinlock_t *lock)
{
	struct rq_cpu *cpu = &machine.cpus[party];
	struct rq_wait *wait = &staged[party];
	bool joined;

	wait->cpu = cpu;
	wait->lock = lock;
	wait->row = rq_table_push(cpu, lock);
	wait->fifo = RQ_MODEL_FIFO;
	wait->yields = 0;
	enter(wait);
	rq_wait_publish(wait);
	joined = rq_queue_join(wait);
	assert(joined);
}

/* ... and the rest of rq_acquire_slow(). */
static int end_staged(struct rq_wait *wait, int error)
{
	rq_wait_withdraw(wait);
	leave(wait);
	if (error)
		rq_table_drop(wait->cpu, wait->row);
	else
		rq_table_won(wait->cpu, wait->row, 0);
	return error;
}

static int acquire_staged(int party)
{
	struct rq_wait *wait = &staged[party];
	int error = wait_in_queue(wait);

	assert(error <= 0); /* nobody is interrupted here: no place is lost */
	return end_staged(wait, error);
}

/* It gives up. */
static void unstage(int party)
{
	rq_queue_leave(&staged[party]);
	end_staged(&staged[party], -ETIMEDOUT);
}

static void release(int party, rqspinlock_t *lock)
{
	int error = rq_lock_release(&machine.cpus[party], lock);

	assert(!error);
}

/* Nobody holds it, nobody queues; RESERVED for nobody is free. */
static void assert_free(rqspinlock_t *lock)
{
	uint16_t owner = rq_word_owner(lock, RQ_MODEL_FIFO, memory_order_relaxed);

	assert(owner == RQ_OWNER_NONE || owner == RQ_OWNER_RESERVED);
	assert(rq_word_tail(lock, RQ_MODEL_FIFO, memory_order_relaxed) == RQ_TAIL_NONE);
}

/* All nodes came back: none is left in a queue. */
static void assert_nodes_free(void)
{
	for (int i = 0; i < PARTIES; i++) {
		for (int k = 0; k < RQ_NODES; k++)
			assert(atomic_load_explicit(&machine.cpus[i].node[k].state, memory_order_relaxed) ==
			       RQ_NODE_FREE);
		assert(machine.cpus[i].self.top == 0);
	}
}

/* The test's own: what each party does, what is set before and what must hold after a round. */
static void prepare(void);
static void party(int number);
static void finish(void);

static void *party_main(void *argument)
{
	party((int)((struct rq_cpu *)argument - machine.cpus));
	return NULL;
}

int main(void)
{
	pthread_t threads[PARTIES];

	machine_start();
#ifndef RQ_GENMC
	for (int round = 0; round < ROUNDS; round++)
#endif
	{
		prepare();
		for (int i = 0; i < PARTIES; i++)
			pthread_create(&threads[i], NULL, party_main, &machine.cpus[i]);
		for (int i = 0; i < PARTIES; i++)
			pthread_join(threads[i], NULL);
		finish();
		assert_nodes_free();
	}
	return 0;
}

#endif
