/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The deadlock exit of a waiter that stands in a queue with others. Parties 0 and 1 hold a lock each and wait for the other's;
 * party 2 holds nothing and waits for the first one too, before or BEHIND party 1. Party 1 searches while it is in the queue, and
 * leaves it, as its last or not, with -EDEADLK; party 2, which is part of no cycle, never fails (Linux hung here: facts,
 * 7bd6e5ce5be6).
 */
#define MODEL_DEADLOCKS
#include "model.h"

static rqspinlock_t first, second;
static void prepare(void)
{
	int error = acquire(0, &first) || acquire(1, &second);

	assert(!error);
	asleep[0] = asleep[2] = true;
	stage(0, &second);
	stage(BEHIND ? 1 : 2, &first);
	stage(BEHIND ? 2 : 1, &first);
}

static void party(int number)
{
	int error = acquire_staged(number);

	assert(error == (number == 1 ? -EDEADLK : 0));
	if (number == 0)
		release(0, &second);
	release(number, number == 1 ? &second : &first);
}

static void finish(void)
{
	assert_free(&first);
	assert_free(&second);
}
