/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How late a waiter returns after its deadline, at a chosen position in the queue: the holder sleeps, position - 1 waiters
 * queue before it one after the other, and nothing else runs. The queue is built anew for each round.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rqspin/lock.h>

#include "bench.h"

#define POSITIONS_MAX 64
#define SETTLE_NS     300000
#define PATIENCE_NS   UINT64_C(10000000)

static struct queue {
	struct bench_deadline *deadline; /* shared with the parent */
	rqspinlock_t lock;
	sem_t release, begin[POSITIONS_MAX], done;
	struct bench_series late;
	_Atomic unsigned int wrong;
	_Atomic bool held;
} queue;

static void settle(void)
{
	struct timespec span = { 0, SETTLE_NS };

	nanosleep(&span, NULL);
}

static void take_and_release(unsigned int number)
{
	if (rqspin_lock_until(&queue.lock, RQSPIN_NO_DEADLINE)) {
		atomic_fetch_add(&queue.wrong, 1);
		return;
	}
	if (!number) {
		atomic_store(&queue.held, true);
		sem_wait(&queue.release);
	}
	(void)!rqspin_unlock(&queue.lock);
}

/* Number 0 holds; the others wait before the one that is measured. */
static void *party_main(void *argument)
{
	unsigned int number = (sem_t *)argument - queue.begin;

	for (unsigned int i = 0; i < queue.deadline->rounds; i++) {
		sem_wait(&queue.begin[number]);
		take_and_release(number);
		sem_post(&queue.done);
	}
	return NULL;
}

static void measure_round(void)
{
	uint64_t deadline;
	int error;

	for (unsigned int i = 0; i < queue.deadline->position; i++) {
		sem_post(&queue.begin[i]);
		while (!i && !atomic_load(&queue.held))
			sched_yield();
		settle();
	}
	atomic_store(&queue.held, false);
	deadline = bench_ns() + PATIENCE_NS;
	error = rqspin_lock_until(&queue.lock, deadline);
	bench_add(&queue.late, (double)bench_ns() - (double)deadline);
	if (error != -ETIMEDOUT)
		atomic_fetch_add(&queue.wrong, 1);
	if (!error)
		(void)!rqspin_unlock(&queue.lock);
	sem_post(&queue.release);
	for (unsigned int i = 0; i < queue.deadline->position; i++)
		sem_wait(&queue.done);
}

static void measure(void *shared)
{
	pthread_t thread;

	queue.deadline = shared;
	if (rqspin_set_order(queue.deadline->order))
		_exit(1);
	sem_init(&queue.release, 0, 0);
	sem_init(&queue.done, 0, 0);
	for (unsigned int i = 0; i < queue.deadline->position; i++) {
		sem_init(&queue.begin[i], 0, 0);
		if (pthread_create(&thread, NULL, party_main, &queue.begin[i])) {
			queue.deadline->wrong = queue.deadline->rounds;
			return;
		}
	}
	for (unsigned int i = 0; i < queue.deadline->rounds; i++)
		measure_round();
	queue.deadline->p50_ns = bench_median(&queue.late);
	queue.deadline->max_ns = bench_max(&queue.late);
	queue.deadline->wrong = atomic_load(&queue.wrong);
}

int bench_deadline(struct bench_deadline *deadline)
{
	struct bench_deadline *shared;
	int error;

	if (deadline->position < 1 || deadline->position > POSITIONS_MAX)
		return -EINVAL;
	shared = bench_shared_alloc(sizeof(*shared));
	if (!shared)
		return -ENOMEM;
	*shared = *deadline;
	error = bench_in_child(measure, shared, 120);
	*deadline = *shared;
	bench_shared_free(shared, sizeof(*shared));
	return error;
}
