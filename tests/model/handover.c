/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hand-over through a queue that stands: party 0 holds the lock, the others wait in the order of their numbers. LEAVERS (bit i:
 * party i) give up after WAITS waits: with 0 whatever has happened by then, with 1 when their turn has come or the lock
 * has changed hands; they may also be in time. Who stays gets the lock, in the order of the queue; what one writes under it
 * the next one reads; every place comes back, and the lock ends free. Parties in LIVE are not in the queue yet: they come while
 * all this happens, join it, or overtake it.
 */
#include "model.h"

#ifndef LEAVERS
#define LEAVERS 0
#define WAITS 0
#endif
#ifndef LIVE
#define LIVE 0
#endif
#define LEAVES(party) (LEAVERS >> (party) & 1)
#define IS_LIVE(party) (LIVE >> (party) & 1)

static rqspinlock_t lock;
static int counter, last, left[PARTIES];

static void prepare(void)
{
	int error = acquire(0, &lock);

	assert(!error);
	counter = 0;
	last = 0;
	for (int i = 1; i < PARTIES; i++) {
		left[i] = 0;
		if (LEAVES(i))
			patience[i] = WAITS;
		if (!IS_LIVE(i))
			stage(i, &lock);
	}
}

static void party(int number)
{
	int error = 0;

	if (number)
		error = IS_LIVE(number) ? acquire(number, &lock) : acquire_staged(number);
	if (error) {
		assert(error == -ETIMEDOUT && LEAVES(number));
		left[number] = 1;
		return;
	}
	if (!IS_LIVE(number)) {
		assert(last <= number); /* all queued before anybody could overtake */
		last = number;
	}
	counter++;
	release(number, &lock);
}

static void finish(void)
{
	for (int i = 1; i < PARTIES; i++)
		counter += left[i];
	assert(counter == PARTIES);
	assert_free(&lock);
}
