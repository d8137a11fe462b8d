/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of a CPU: the locks it holds and the one it tries to get, oldest first. Written by the CPU's own thread, also by
 * signal handlers that interrupt that thread here: a row is counted first and filled then, cleared first and discounted
 * then, so a handler works above what it interrupts and leaves everything as it was. Other threads read it; they make sure
 * by other means (lock/deadlock.c) that what they read still holds.
 */
#include "lock/internal.h"

uint32_t rq_table_push(struct rq_cpu *cpu, rqspinlock_t *lock, uintptr_t site)
{
	uint32_t row = cpu->self.held_count + 1;

	if (row > RQSPIN_HELD_MAX) {
		uint32_t unrecorded = atomic_load_explicit(&cpu->unrecorded, memory_order_relaxed);

		atomic_store_explicit(&cpu->unrecorded, unrecorded + 1, memory_order_relaxed);
		return 0;
	}
	__atomic_store_n(&cpu->self.held_count, row, __ATOMIC_RELAXED);
	atomic_signal_fence(memory_order_seq_cst);
	__atomic_store_n(&cpu->self.held[row].site, site, __ATOMIC_RELAXED);
	__atomic_store_n(&cpu->self.held[row].lock, lock, __ATOMIC_RELAXED);
	atomic_signal_fence(memory_order_seq_cst);
	return row;
}

void rq_table_drop(struct rq_cpu *cpu, uint32_t row)
{
	atomic_signal_fence(memory_order_seq_cst);
	if (!row) {
		uint32_t unrecorded = atomic_load_explicit(&cpu->unrecorded, memory_order_relaxed);

		atomic_store_explicit(&cpu->unrecorded, unrecorded - 1, memory_order_relaxed);
		return;
	}
	__atomic_store_n(&cpu->self.held[row].lock, NULL, __ATOMIC_RELAXED);
	atomic_signal_fence(memory_order_seq_cst);
	__atomic_store_n(&cpu->self.held_count, row - 1, __ATOMIC_RELAXED);
}

uint32_t rq_table_find(const struct rq_cpu *cpu, const rqspinlock_t *lock, uint32_t below)
{
	uint32_t row = __atomic_load_n(&cpu->self.held_count, __ATOMIC_RELAXED);

	if (row >= below)
		row = below - 1;
	for (; row; row--)
		if (__atomic_load_n(&cpu->self.held[row].lock, __ATOMIC_RELAXED) == lock)
			return row;
	return 0;
}

/* Locks may be released in any order: the rows above close up. Each lock stays in the table at every instant. */
void rq_table_remove(struct rq_cpu *cpu, const rqspinlock_t *lock)
{
	uint32_t last = cpu->self.held_count, row = rq_table_find(cpu, lock, last + 1);

	if (!row) {
		rq_table_drop(cpu, 0);
		return;
	}
	for (uint32_t i = row; i < last; i++) {
		__atomic_store_n(&cpu->self.held[i].site, cpu->self.held[i + 1].site, __ATOMIC_RELAXED);
		__atomic_store_n(&cpu->self.held[i].lock, cpu->self.held[i + 1].lock, __ATOMIC_RELAXED);
		atomic_signal_fence(memory_order_seq_cst);
	}
	/* A handler that releases what the context below took: the attempts of that context move down as well. */
	if (row < last)
		for (struct rq_wait *wait = cpu->waits; wait; wait = wait->outer)
			if (wait->row > row)
				wait->row--;
	rq_table_drop(cpu, last);
}
