/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cycle of all parties: each holds a lock and wants the next one's. Exactly one gets -EDEADLK, whoever sees it first; when it
 * has let go, all others come through. Parties in LIVE arrive while the others search; those that are not are in the queues
 * already, and search at the same time, but for those in ASLEEP.
 */
#define MODEL_DEADLOCKS
#include "model.h"

#ifndef ASLEEP
#define ASLEEP 0
#endif
#define IS_LIVE(party) (LIVE >> (party) & 1)

static rqspinlock_t locks[PARTIES];
static _Atomic int victims;

static rqspinlock_t *next_of(int party)
{
	return &locks[(party + 1) % PARTIES];
}

static void prepare(void)
{
	atomic_store(&victims, 0);
	for (int i = 0; i < PARTIES; i++) {
		int error = acquire(i, &locks[i]);

		assert(!error);
	}
	for (int i = 0; i < PARTIES; i++) {
		asleep[i] = ASLEEP >> i & 1;
		if (!IS_LIVE(i))
			stage(i, next_of(i));
	}
}

static void party(int number)
{
	int error = IS_LIVE(number) ? acquire(number, next_of(number)) : acquire_staged(number);

	assert(!error || error == -EDEADLK);
	if (error)
		atomic_fetch_add(&victims, 1);
	else
		release(number, next_of(number));
	release(number, &locks[number]);
}

static void finish(void)
{
	assert(atomic_load(&victims) == 1);
	for (int i = 0; i < PARTIES; i++)
		assert_free(&locks[i]);
}
