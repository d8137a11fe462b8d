/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lock that is left RESERVED for the head of the queue, while the head gives up: whoever comes next takes it, and nobody
 * waits for ever for a lock that nobody holds. Party 1 is the head; the others come meanwhile.
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
	patience[1] = WAITS;
	stage(1, &lock);
	/* As the head asks after a while: the owner leaves the lock for it. */
	atomic_store_explicit(&machine.cpus[0].hurry, 1, memory_order_relaxed);
}

static void party(int number)
{
	int error = 0;

	if (number)
		error = number == 1 ? acquire_staged(number) : acquire(number, &lock);

	if (error) {
		assert(error == -ETIMEDOUT && number == 1);
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
