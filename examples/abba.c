/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * abba: two threads take two locks in opposite order, a million times each. With a mutex or a plain spin lock this program
 * hangs; here one of the two gets -EDEADLK, lets go and tries again.
 *
 *	cc abba.c -lrqspinlock
 */
#include <pthread.h>
#include <rqspin/lock.h>
#include <stdio.h>

static rqspinlock_t a, b; /* all-zero is unlocked */
static long both_held, deadlocks[2];

static void *take_both(void *backwards)
{
	rqspinlock_t *first = backwards ? &b : &a, *second = backwards ? &a : &b;

	for (int done = 0; done < 1000000;) {
		if (rqspin_lock(first))
			continue;
		if (rqspin_lock(second) == 0) {
			both_held++;
			done++;
			rqspin_unlock(second);
		} else { /* -EDEADLK: the other thread holds it, and waits for the one that we hold */
			deadlocks[backwards != NULL]++;
		}
		rqspin_unlock(first);
	}
	return NULL;
}

int main(void)
{
	pthread_t other;

	if (pthread_create(&other, NULL, take_both, &b))
		return 1;
	take_both(NULL);
	pthread_join(other, NULL);
	printf("both held %ld times, %ld deadlocks resolved\n", both_held, deadlocks[0] + deadlocks[1]);
	return 0;
}
