/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The deadlock exit of a waiter that stands in a queue with others. Parties 0 and 1 hold a lock each and want the other's;
 * party 2 holds nothing and queues for the first one too, before or behind. One of 0 and 1 gets -EDEADLK; party 2, which is
 * part of no cycle, never fails; the queue stays in order behind who left (Linux hung here: facts, 7bd6e5ce5be6).
 */
#define MODEL_DEADLOCKS
#include "model.h"

static rqspinlock_t first, second;
static _Atomic int victims;

static void prepare(void)
{
	int error = acquire(0, &first) || acquire(1, &second);

	assert(!error);
	atomic_store(&victims, 0);
}

static void cross(int number, rqspinlock_t *own, rqspinlock_t *other)
{
	int error = acquire(number, other);

	assert(!error || error == -EDEADLK);
	if (error)
		atomic_fetch_add(&victims, 1);
	else
		release(number, other);
	release(number, own);
}

static void party(int number)
{
	int error;

	if (number == 0) {
		cross(0, &first, &second);
	} else if (number == 1) {
		cross(1, &second, &first);
	} else {
		error = acquire(number, &first);
		assert(!error);
		release(number, &first);
	}
}

static void finish(void)
{
	assert(atomic_load(&victims) == 1);
	assert_free(&first);
	assert_free(&second);
}
