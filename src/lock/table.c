/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of a CPU: the locks it holds and the one it tries to get, oldest first. Written by the CPU's own thread, also by
 * signal handlers that interrupt that thread here: a row is counted first and filled then, cleared first and discounted
 * then, so a handler works above what it interrupts and leaves everything as it was.
 *
 * A row with a lock but no site is an attempt, or a release that is not quite done. With a site, the lock is held for as
 * long as its context does not go on: that is what the deadlock search of others builds on. While the CPU waits, what is
 * below the row of its wait does not change.
 */
#include "lock/internal.h"

uint32_t rq_table_push(struct rq_cpu *cpu, rqspinlock_t *lock)
{
	uint32_t row = rq_table_rows(cpu) + 1;

	if (row > RQSPIN_HELD_MAX) {
		uint32_t unrecorded = atomic_load_explicit(&cpu->unrecorded, memory_order_relaxed);

		atomic_store_explicit(&cpu->unrecorded, unrecorded + 1, memory_order_relaxed);
		return 0;
	}
	rqspin_table_push(&cpu->self, RQ_TABLE_AT(row), lock);
	return row;
}

void rq_table_won(struct rq_cpu *cpu, uint32_t row, uintptr_t site)
{
	if (row)
		rqspin_table_mark(&cpu->self, RQ_TABLE_AT(row), site ? site : 1);
}

void rq_table_drop(struct rq_cpu *cpu, uint32_t row)
{
	if (!row) {
		uint32_t unrecorded = atomic_load_explicit(&cpu->unrecorded, memory_order_relaxed);

		atomic_store_explicit(&cpu->unrecorded, unrecorded - 1, memory_order_relaxed);
		return;
	}
	rqspin_table_pop(&cpu->self, RQ_TABLE_AT(row));
}

uint32_t rq_table_find(const struct rq_cpu *cpu, const rqspinlock_t *lock, uint32_t below)
{
	uint32_t row = rq_table_rows(cpu);

	if (row >= below)
		row = below - 1;
	for (; row; row--)
		if (__atomic_load_n(&rq_table_row(cpu, row)->lock, __ATOMIC_RELAXED) == lock)
			return row;
	return 0;
}

bool rq_table_holds(const struct rq_cpu *cpu, const rqspinlock_t *lock, uint32_t below)
{
	uint32_t row = rq_table_find(cpu, lock, below);

	return row && __atomic_load_n(&rq_table_row(cpu, row)->site, __ATOMIC_RELAXED);
}

unsigned int rq_lock_held(const struct rq_cpu *cpu, const rqspinlock_t *locks[RQ_HELD_MAX])
{
	uint32_t rows = rq_table_rows(cpu);
	unsigned int held = 0;

	/* A row without site is an attempt, also of a context that was interrupted. */
	for (uint32_t row = 1; row <= rows && row <= RQ_HELD_MAX; row++) {
		const rqspinlock_t *lock = __atomic_load_n(&rq_table_row(cpu, row)->lock, __ATOMIC_RELAXED);

		if (lock && __atomic_load_n(&rq_table_row(cpu, row)->site, __ATOMIC_RELAXED))
			locks[held++] = lock;
	}
	return held + atomic_load_explicit(&cpu->unrecorded, memory_order_relaxed);
}

/* About to be released: no longer certain. */
uint32_t rq_table_releasing(struct rq_cpu *cpu, const rqspinlock_t *lock)
{
	uint32_t row = rq_table_find(cpu, lock, RQSPIN_HELD_MAX + 1);

	if (row)
		rqspin_table_mark(&cpu->self, RQ_TABLE_AT(row), 0);
	return row;
}

/* Locks may be released in any order: the rows above close up. Each lock stays in the table at every instant. */
void rq_table_remove(struct rq_cpu *cpu, uint32_t row)
{
	uint32_t last = rq_table_rows(cpu);

	if (!row) {
		rq_table_drop(cpu, 0);
		return;
	}
	/* A handler that releases what the context below took: the attempts of that context move down as well. */
	if (row < last && cpu->waits)
		rq_wait_move_down(cpu, row);
	for (uint32_t i = row; i < last; i++) {
		uintptr_t site = rq_table_row(cpu, i + 1)->site;

		__atomic_store_n(&rqspin_row(&cpu->self, RQ_TABLE_AT(i))->lock, rq_table_row(cpu, i + 1)->lock, __ATOMIC_RELAXED);
		rqspin_table_mark(&cpu->self, RQ_TABLE_AT(i), site);
		rqspin_table_mark(&cpu->self, RQ_TABLE_AT(i + 1), 0);
	}
	rq_table_drop(cpu, last);
}
