/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ring of PARTIES: each holds a lock and wants the next one's. Exactly one gets -EDEADLK, whoever arrives last, also when
 * all arrive at once; when it has let go, all others come through.
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
}

static void party(int number)
{
	rqspinlock_t *next = &locks[(number + 1) % PARTIES];
	int error = acquire(number, next);

	assert(!error || error == -EDEADLK);
	if (error)
		atomic_fetch_add(&victims, 1);
	else
		release(number, next);
	release(number, &locks[number]);
}

static void finish(void)
{
	assert(atomic_load(&victims) == 1);
	for (int i = 0; i < PARTIES; i++)
		assert_free(&locks[i]);
}
