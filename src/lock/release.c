/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Giving a lock back. In barging order a running thread may take the lock again and again past a queue whose head does not
 * run: the head can't prevent that, it runs only at the end of somebody's time slice. So who overtakes limits itself: it
 * leaves the lock RESERVED, for the head only, after OVERTAKE_NS, or when the head has asked (`hurry`).
 */
#include <errno.h>

#include "lock/internal.h"
#include "lock/platform.h"

#define OVERTAKE_NS    30000u
#define OVERTAKE_LOOKS 32 /* the clock is looked at once in so many releases over a queue: it costs as much as the lock */

/* What the owner half becomes. Both answers are right at any time: RESERVED with nobody left to take it is free for all. */
static uint16_t leave_for(struct rq_cpu *cpu, rqspinlock_t *lock)
{
	uint64_t now;

	if (!rq_word_tail(lock, false, memory_order_relaxed))
		return RQ_OWNER_NONE;
	if (atomic_load_explicit(&cpu->hurry, memory_order_relaxed)) {
		atomic_store_explicit(&cpu->hurry, 0, memory_order_relaxed);
		return RQ_OWNER_RESERVED;
	}
	if (++cpu->overtakes % OVERTAKE_LOOKS)
		return RQ_OWNER_NONE;
	now = rq_ticks();
	if (now - cpu->overtaking_since < rq_ticks_from_ns(OVERTAKE_NS))
		return RQ_OWNER_NONE;
	cpu->overtaking_since = now;
	return RQ_OWNER_RESERVED;
}

/* A word can't name a thread without a slot: then the table must say that it is this one. */
static bool is_holder(const struct rq_cpu *cpu, const rqspinlock_t *lock, uint16_t owner)
{
	if (owner != cpu->self.code)
		return false;
	return owner != RQ_OWNER_UNKNOWN || rq_table_find(cpu, lock, RQSPIN_HELD_MAX + 1) ||
	       atomic_load_explicit(&cpu->unrecorded, memory_order_relaxed);
}

int rq_release(struct rq_cpu *cpu, rqspinlock_t *lock, uintptr_t site)
{
	bool fifo = rq_is_fifo(cpu);
	uint32_t row;

	if (!is_holder(cpu, lock, rq_word_owner(lock, fifo, memory_order_relaxed))) {
		rq_report_mistake(cpu, RQSPIN_REPORT_NOT_HELD, lock, site, -EPERM);
		return -EPERM;
	}
	/* The word first, then the table: a handler that lands between finds the lock in the table still. */
	row = rq_table_releasing(cpu, lock);
	rq_word_release(lock, fifo, fifo ? RQ_OWNER_NONE : leave_for(cpu, lock));
	rq_table_remove(cpu, row);
	return 0;
}

int rq_lock_release(struct rq_cpu *cpu, rqspinlock_t *lock)
{
	return rq_release(cpu, lock, 0);
}
