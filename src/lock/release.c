/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving a lock back. */
#include <errno.h>

#include "lock/internal.h"
#include "lock/platform.h"

int rq_release(struct rq_cpu *cpu, rqspinlock_t *lock, uintptr_t site)
{
	bool fifo = rq_is_fifo(cpu);
	uint16_t code = cpu->self.code, owner = rq_word_owner(lock, fifo, memory_order_relaxed);

	/* Without a slot the word can't say that it is us: then the table must. */
	if (owner != code ||
	    (code == RQ_OWNER_UNKNOWN && !rq_table_find(cpu, lock, RQSPIN_HELD_MAX + 1) &&
	     !atomic_load_explicit(&cpu->unrecorded, memory_order_relaxed))) {
		rq_report_mistake(cpu, RQSPIN_REPORT_NOT_HELD, lock, site, -EPERM);
		return -EPERM;
	}
	rq_word_release(lock, fifo, RQ_OWNER_NONE);
	rq_table_remove(cpu, lock);
	return 0;
}

int rq_lock_release(struct rq_cpu *cpu, rqspinlock_t *lock)
{
	return rq_release(cpu, lock, 0);
}
