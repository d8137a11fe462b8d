/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One victim: a cycle of all parties stands, each holds a lock and waits for the next one's, and those in SEARCHERS look for it at
 * the same time, once. Each finds it; exactly one is the one that lets go.
 */
#define MODEL_DEADLOCKS
#include "model.h"

static rqspinlock_t locks[PARTIES];
static _Atomic int victims;

static void prepare(void)
{
	atomic_store(&victims, 0);
	for (int i = 0; i < PARTIES; i++) {
		int error = acquire(i, &locks[i]);

		assert(!error);
	}
	for (int i = 0; i < PARTIES; i++)
		stage(i, &locks[(i + 1) % PARTIES]);
}

static void party(int number)
{
	if (SEARCHERS >> number & 1 && rq_deadlock_victim(&staged[number]))
		atomic_fetch_add(&victims, 1);
}

/* All let go, for the next round. */
static void finish(void)
{
	assert(atomic_load(&victims) == 1);
	for (int i = 0; i < PARTIES; i++)
		unstage(i);
	for (int i = 0; i < PARTIES; i++)
		release(i, &locks[i]);
}
