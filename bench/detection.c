/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How soon a deadlock is found. A ring: party i holds lock i and asks for lock i + 1; the time runs from the last arrival
 * to the return of the one party that gets -EDEADLK. A ring of one is AA.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rqspin/lock.h>

#include "bench.h"

#define PARTIES_MAX 64
#define AA_BATCH    100 /* one clock reading for so many, since one AA is as short as a clock reading */
#define SETTLE_NS   50000

struct party {
	_Alignas(BENCH_LINE) uint64_t began, ended;
	int error;
};

static struct ring {
	struct bench_detection *detection; /* shared with the parent */
	rqspinlock_t locks[PARTIES_MAX];
	struct party parties[PARTIES_MAX];
	_Atomic unsigned int arrived;
	_Atomic unsigned int barrier_count, barrier_turn;
	struct bench_worker samples; /* its waits, in ticks */
	uint64_t longest;
} ring;

static void ring_barrier(void)
{
	unsigned int turn = atomic_load(&ring.barrier_turn);

	if (atomic_fetch_add(&ring.barrier_count, 1) + 1 == ring.detection->parties) {
		atomic_store(&ring.barrier_count, 0);
		atomic_store(&ring.barrier_turn, turn + 1);
	}
	while (atomic_load(&ring.barrier_turn) == turn)
		sched_yield();
}

static void sample(uint64_t ticks)
{
	ring.samples.waits[bench_wait_bucket(ticks)]++;
	if (ticks > ring.longest)
		ring.longest = ticks;
}

/* Who comes last sees all others wait, whatever the scheduler does with 8 threads on 2 cores. */
static void wait_for_others(unsigned int parties)
{
	struct timespec settle = { 0, SETTLE_NS };

	while (atomic_load(&ring.arrived) < parties - 1)
		sched_yield();
	nanosleep(&settle, NULL);
}

static void judge_round(void)
{
	unsigned int victims = 0, parties = ring.detection->parties;
	uint64_t last_arrival = 0, found = 0;

	for (unsigned int i = 0; i < parties; i++) {
		struct party *party = &ring.parties[i];

		if (party->began > last_arrival)
			last_arrival = party->began;
		if (party->error == -EDEADLK) {
			victims++;
			found = party->ended;
		} else if (party->error) {
			victims += parties; /* neither taken nor a deadlock: counts as wrong */
		}
	}
	if (victims != 1)
		ring.detection->victims_not_one++;
	else
		sample(found > last_arrival ? found - last_arrival : 0);
}

static void play_round(unsigned int number)
{
	unsigned int parties = ring.detection->parties;
	struct party *party = &ring.parties[number];
	rqspinlock_t *own = &ring.locks[number], *next = &ring.locks[(number + 1) % parties];
	bool held;

	held = !rqspin_lock(own);
	ring_barrier();
	if (number == parties - 1 && !ring.detection->simultaneous)
		wait_for_others(parties);
	atomic_fetch_add(&ring.arrived, 1);
	party->began = __rdtsc();
	party->error = rqspin_lock(next);
	party->ended = __rdtsc();
	if (!party->error)
		(void)!rqspin_unlock(next);
	if (held)
		(void)!rqspin_unlock(own);
	else
		party->error = -EIO;
	ring_barrier();
	if (!number) {
		judge_round();
		atomic_store(&ring.arrived, 0);
	}
	ring_barrier();
}

static void *party_main(void *argument)
{
	unsigned int number = (struct party *)argument - ring.parties;

	bench_pin(number);
	for (unsigned int i = 0; i < ring.detection->rounds; i++)
		play_round(number);
	return NULL;
}

static void detect_aa(void)
{
	bench_pin(0);
	if (rqspin_lock(&ring.locks[0]))
		return;
	for (unsigned int i = 0; i < ring.detection->rounds; i++) {
		uint64_t began = __rdtsc();

		for (unsigned int k = 0; k < AA_BATCH; k++) {
			if (rqspin_lock(&ring.locks[0]) != -EDEADLK)
				ring.detection->victims_not_one++;
		}
		sample((__rdtsc() - began) / AA_BATCH);
	}
	(void)!rqspin_unlock(&ring.locks[0]);
}

static void detect_cycle(void)
{
	pthread_t threads[PARTIES_MAX];

	for (unsigned int i = 0; i < ring.detection->parties; i++) {
		if (pthread_create(&threads[i], NULL, party_main, &ring.parties[i]))
			return;
	}
	for (unsigned int i = 0; i < ring.detection->parties; i++)
		pthread_join(threads[i], NULL);
}

static void detect(void *shared)
{
	double scale = bench_ticks_per_ns();

	ring.detection = shared;
	if (rqspin_set_order(ring.detection->order))
		_exit(1);
	if (ring.detection->parties == 1)
		detect_aa();
	else
		detect_cycle();
	ring.detection->p50_ns = bench_wait_percentile(ring.samples.waits, 0.50) / scale;
	ring.detection->p99_ns = bench_wait_percentile(ring.samples.waits, 0.99) / scale;
	ring.detection->max_ns = ring.longest / scale;
}

int bench_detect(struct bench_detection *detection)
{
	struct bench_detection *shared;
	int error;

	if (detection->parties < 1 || detection->parties > PARTIES_MAX)
		return -EINVAL;
	shared = bench_shared_alloc(sizeof(*shared));
	if (!shared)
		return -ENOMEM;
	*shared = *detection;
	error = bench_in_child(detect, shared, 120);
	*detection = *shared;
	bench_shared_free(shared, sizeof(*shared));
	return error;
}
