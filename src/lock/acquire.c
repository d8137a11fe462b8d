/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Taking a lock that is not free: wait for it, or say why not.
 *
 * A signal handler may interrupt this anywhere and lock as well ("nested"). While a context of the CPU waits, nested
 * contexts never queue: the queue would wait for a thread that waits in the queue. They take the lock when they find it free.
 */
#include <errno.h>

#include "lock/internal.h"
#include "lock/platform.h"

#define EARLY_SPIN_NS	  1000u	   /* before it is worth telling others that we wait */
#define LATE_SPIN_NS	  2000u	   /* before it is worth queueing */
#define SPIN_RELAXES	  2
#define RESERVED_STEAL_NS 1000000u /* one who can't queue takes even a reserved lock, after so long */

/* In the kernel's way a context that interrupted a waiter may not wait when it is an NMI, nor one beyond four. */
#define KERNEL_NESTING 4

static bool holds_already(struct rq_wait *wait, uint16_t owner)
{
	const struct rq_cpu *cpu = wait->cpu;

	/* Held below, wanted below, or just being released below. */
	if (rq_table_find(cpu, wait->lock, wait->row ? wait->row : RQSPIN_HELD_MAX + 1))
		return true;
	/* Beyond the table the word still knows; Linux has only the table. */
	return owner == cpu->self.code && owner != RQ_OWNER_UNKNOWN &&
	       cpu->domain->options.policy == RQSPIN_POLICY_FULL;
}

static bool may_not_wait(const struct rq_wait *wait)
{
	return wait->cpu->domain->options.policy == RQSPIN_POLICY_KERNEL &&
	       ((wait->depth > 1 && wait->cpu->context == RQ_CONTEXT_NMI) || wait->depth > KERNEL_NESTING);
}

static int deadlock(struct rq_wait *wait, enum rqspin_report_kind kind)
{
	wait->kind = kind;
	wait->cycle = kind == RQSPIN_REPORT_AA;
	return -EDEADLK;
}

/* The owner, once looked at for all who go by it. */
static uint16_t look(struct rq_wait *wait)
{
	uint16_t owner = rq_word_owner(wait->lock, wait->fifo, memory_order_relaxed);

	rq_wait_saw_owner(wait, owner);
	return owner;
}

static bool take(struct rq_wait *wait, uint16_t owner)
{
	return rq_word_take(wait->lock, wait->fifo, owner, wait->cpu->self.code);
}

static bool is_free(uint16_t owner)
{
	return !(owner & RQ_OWNER_CODE);
}

/* RESERVED without a tail: the head that it was for has left. */
static bool free_for_all(rqspinlock_t *lock, bool fifo, uint16_t owner)
{
	return owner == RQ_OWNER_NONE ||
	       (owner == RQ_OWNER_RESERVED && !rq_word_tail(lock, fifo, memory_order_relaxed));
}

/* Barging order: a thread that runs tries its luck for a moment before it queues. */
static bool spin(struct rq_wait *wait, uint64_t ns)
{
	uint64_t end = rq_ticks() + rq_ticks_from_ns(ns);

	do {
		uint16_t owner = look(wait);

		if (free_for_all(wait->lock, wait->fifo, owner) && take(wait, owner))
			return true;
		for (int i = 0; i < SPIN_RELAXES; i++)
			rq_relax();
	} while (rq_ticks() < end);
	return false;
}

/* With no node to queue with: in an interrupted waiter's handler, in a thread without slot, with all nodes abandoned. */
static int wait_outside(struct rq_wait *wait)
{
	int err;

	rq_patience_start(wait);
	do {
		uint16_t owner = look(wait);
		bool patient = !wait->front_since_ns || rq_now_ns() - wait->front_since_ns < RESERVED_STEAL_NS;

		if (is_free(owner) && (!patient || free_for_all(wait->lock, wait->fifo, owner)) && take(wait, owner))
			return 0;
		err = rq_wait_more(wait, RQ_PLACE_FRONT, owner);
	} while (!err);
	return err;
}

/* 1: the place was lost while this thread was busy in a handler. */
static int wait_in_queue(struct rq_wait *wait)
{
	enum rq_node_state state = RQ_NODE_FREE, before;
	enum rq_place place;
	int err;

	rq_patience_start(wait);
	do {
		uint16_t owner = look(wait);

		before = state;
		/* Acquire: pairs with promote(). */
		state = atomic_load_explicit(&wait->node->state, memory_order_acquire);
		if (state == RQ_NODE_FREE || state == RQ_NODE_ABANDONED) {
			wait->node = NULL;
			return 1;
		}
		if (state == RQ_NODE_HEAD && before != RQ_NODE_HEAD)
			rq_patience_start(wait);
		/* Nobody hands the lock to one behind a stuck waiter; that is worth a look when we have rested once. */
		place = state == RQ_NODE_HEAD || (wait->yields && rq_queue_blocked(wait)) ? RQ_PLACE_FRONT :
											    RQ_PLACE_QUEUE;
		if (is_free(owner) && place == RQ_PLACE_FRONT && take(wait, owner)) {
			rq_queue_leave(wait);
			wait->cpu->overtaking_since = rq_ticks();
			return 0;
		}
		err = rq_wait_more(wait, place, owner);
	} while (!err);
	rq_queue_leave(wait);
	return err;
}

static int wait_published(struct rq_wait *wait)
{
	int result;

	if (rq_deadlock_victim(wait))
		return -EDEADLK;
	if (!wait->fifo && spin(wait, LATE_SPIN_NS))
		return 0;
	while (wait->depth == 1 && wait->cpu->self.code != RQ_OWNER_UNKNOWN && rq_queue_join(wait)) {
		result = wait_in_queue(wait);
		if (result <= 0)
			return result;
	}
	return wait_outside(wait);
}

/* Only who really waits looks at a clock: that costs as much as a whole lock. */
static void start_clock(struct rq_wait *wait, struct rq_limit limit)
{
	uint64_t timeout_ns = limit.timeout_ns ? limit.timeout_ns : wait->cpu->domain->options.timeout_ns;

	wait->start_ns = rq_now_ns();
	wait->deadline_ns = limit.deadline_ns ? limit.deadline_ns : wait->start_ns + timeout_ns;
	if (!limit.deadline_ns && wait->deadline_ns < timeout_ns)
		wait->deadline_ns = RQSPIN_NO_DEADLINE; /* past the end of time */
}

static int wait_for_lock(struct rq_wait *wait, struct rq_limit limit)
{
	uint16_t owner = rq_word_owner(wait->lock, wait->fifo, memory_order_relaxed);
	int err;

	if (holds_already(wait, owner))
		return deadlock(wait, RQSPIN_REPORT_AA);
	if (may_not_wait(wait))
		return is_free(owner) && take(wait, owner) ? 0 : deadlock(wait, RQSPIN_REPORT_BUSY);
	start_clock(wait, limit);
	if (!wait->fifo && spin(wait, EARLY_SPIN_NS))
		return 0;
	rq_wait_publish(wait);
	err = wait_published(wait);
	rq_wait_withdraw(wait);
	if (err == -ETIMEDOUT) {
		wait->kind = RQSPIN_REPORT_TIMEOUT;
		wait->path[0] = rq_word_owner(wait->lock, wait->fifo, memory_order_relaxed) & RQ_OWNER_CODE;
	}
	return err;
}

/* The order of steps is for handlers: from `waits` on they know that a context waits, and until then they may queue. */
static void enter(struct rq_wait *wait)
{
	struct rq_cpu *cpu = wait->cpu;

	wait->outer = cpu->waits;
	wait->depth = wait->outer ? wait->outer->depth + 1 : 1;
	atomic_signal_fence(memory_order_seq_cst);
	cpu->waits = wait;
	atomic_signal_fence(memory_order_seq_cst);
	atomic_store_explicit(&cpu->wait_depth, wait->depth, memory_order_relaxed);
}

static void leave(struct rq_wait *wait)
{
	struct rq_cpu *cpu = wait->cpu;

	atomic_store_explicit(&cpu->wait_depth, wait->depth - 1, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
	cpu->waits = wait->outer;
	atomic_signal_fence(memory_order_seq_cst);
}

int rq_acquire_slow(struct rq_cpu *cpu, rqspinlock_t *lock, struct rq_limit limit, uint32_t row, uintptr_t site,
		    struct rq_lock_cost *cost)
{
	struct rq_wait wait = {
		.cpu = cpu,
		.lock = lock,
		.site = site,
		.row = row,
		.fifo = rq_is_fifo(cpu),
	};
	uint64_t waited = 0;
	int err;

	enter(&wait);
	err = wait_for_lock(&wait, limit);
	leave(&wait);
	if ((cost || err) && wait.start_ns)
		waited = rq_now_ns() - wait.start_ns;
	if (cost)
		*cost = (struct rq_lock_cost){ true, waited, wait.left_out_ns };
	if (err) {
		rq_table_drop(cpu, wait.row);
		rq_report_failure(&wait, err, waited);
	} else {
		rq_table_won(cpu, wait.row, site);
	}
	return err;
}

static bool take_fresh(struct rq_cpu *cpu, rqspinlock_t *lock)
{
	return rq_word_take_fresh(lock, rq_is_fifo(cpu), cpu->self.code);
}

int rq_acquire(struct rq_cpu *cpu, rqspinlock_t *lock, struct rq_limit limit, uintptr_t site,
	       struct rq_lock_cost *cost)
{
	uint32_t row = rq_table_push(cpu, lock);

	if (cost)
		*cost = (struct rq_lock_cost){ 0 };
	if (take_fresh(cpu, lock)) {
		rq_table_won(cpu, row, site);
		return 0;
	}
	return rq_acquire_slow(cpu, lock, limit, row, site, cost);
}

int rq_lock_acquire(struct rq_cpu *cpu, rqspinlock_t *lock, uint64_t timeout_ns, uintptr_t site,
		    struct rq_lock_cost *cost)
{
	return rq_acquire(cpu, lock, (struct rq_limit){ .timeout_ns = timeout_ns }, site, cost);
}

int rq_lock_try(struct rq_cpu *cpu, rqspinlock_t *lock, uintptr_t site)
{
	uint32_t row = rq_table_push(cpu, lock);
	bool fifo = rq_is_fifo(cpu), taken = take_fresh(cpu, lock);
	uint16_t owner;

	if (!taken) {
		owner = rq_word_owner(lock, fifo, memory_order_relaxed);
		taken = owner == RQ_OWNER_RESERVED && free_for_all(lock, fifo, owner) &&
			rq_word_take(lock, fifo, owner, cpu->self.code);
	}
	if (taken)
		rq_table_won(cpu, row, site);
	else
		rq_table_drop(cpu, row);
	return taken ? 0 : -EBUSY;
}
