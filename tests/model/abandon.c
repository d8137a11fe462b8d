/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Leaving the queue at any position and moment. Party 0 holds the lock from the start; the party LEAVER gives up after
 * WAITS waits: with 0 before anything has changed, with 1 when its turn has come or the lock has changed hands. It may
 * also be in time. Nobody else fails, every node comes back, and the lock ends free.
 */
#include "model.h"

static rqspinlock_t lock;
static int counter, left;

static void prepare(void)
{
	int error = acquire(0, &lock);

	assert(!error);
	counter = 0;
	left = 0;
	patience[LEAVER] = WAITS;
}

static void party(int number)
{
	int error = number ? acquire(number, &lock) : 0;

	if (error) {
		assert(error == -ETIMEDOUT && number == LEAVER);
		left = 1;
		return;
	}
	counter++;
	release(number, &lock);
}

static void finish(void)
{
	assert(counter + left == PARTIES);
	assert_free(&lock);
}
