/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutual exclusion and hand-over: each party takes the lock once. What it protects is plain memory, so that two at the same
 * time, or a hand-over that does not pass on what was written, are a data race.
 */
#include "model.h"

static rqspinlock_t lock;
static int counter;

static void prepare(void)
{
	counter = 0;
}

static void party(int number)
{
	int error = acquire(number, &lock);

	assert(!error);
	counter++;
	release(number, &lock);
}

static void finish(void)
{
	assert(counter == PARTIES);
	assert_free(&lock);
}
