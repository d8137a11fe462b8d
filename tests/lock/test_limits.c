/* SPDX-License-Identifier: BSD-2-Clause */
/* Beyond the limits, on a library that was built with 8 slots and 2 nodes: slower, never wrong. */
#define RQSPIN_NO_INLINE /* ThreadSanitizer would report the mistakes itself */
#include "team.h"

#define THREADS 24

static rqspinlock_t lock, pair[2];
static uint64_t counter;
static pthread_barrier_t all_here;
static _Atomic unsigned int nameless;

static void *count_up(void *arg)
{
	uint64_t *done = arg;

	for (int i = 0; i < 500; i++) {
		if (rqspin_lock(&lock))
			abort();
		counter++;
		++*done;
		if (rqspin_unlock(&lock))
			abort();
		/* All threads have a slot, or none, by now. */
		if (i == 0)
			pthread_barrier_wait(&all_here);
	}
	if (rq_cpu_current()->self.code == RQ_OWNER_UNKNOWN)
		atomic_fetch_add(&nameless, 1);
	return NULL;
}

static void more_threads_than_slots_count_exactly(void **state)
{
	uint64_t done[THREADS] = { 0 }, sum = 0;
	pthread_t thread[THREADS];

	pthread_barrier_init(&all_here, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, count_up, &done[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(thread[i], NULL);
		sum += done[i];
	}
	pthread_barrier_destroy(&all_here);

	assert_true(nameless >= THREADS - RQ_SLOTS);
	assert_int_equal(sum, THREADS * 500);
	assert_int_equal(counter, sum);
	assert_true(is_free_word(&lock));
}

/* All slots are taken when this one comes. */
static void *use_without_slot(void *arg)
{
	rqspinlock_t own = RQSPINLOCK_INIT, held_by_slot = RQSPINLOCK_INIT;

	pthread_barrier_wait(&all_here);
	if (rqspin_lock(&own) || rq_cpu_current()->self.code != RQ_OWNER_UNKNOWN)
		return "no slot expected";
	if (rqspin_lock(&own) != -EDEADLK)
		return "AA expected, from the table";
	if (rqspin_trylock(&own) != -EBUSY)
		return "busy expected";
	held_by_slot.half.owner = 1;
	if (rqspin_unlock(&held_by_slot) != -EPERM)
		return "refusal expected";
	held_by_slot.half.owner = RQ_OWNER_UNKNOWN; /* another thread without slot */
	if (rqspin_unlock(&held_by_slot) != -EPERM)
		return "refusal expected, from the table";
	if (rqspin_unlock(&own))
		return "unlock expected";
	pthread_barrier_wait(&all_here);
	return NULL;
}

static void *occupy_slot(void *arg)
{
	rqspinlock_t own = RQSPINLOCK_INIT;

	if (rqspin_lock(&own) || rqspin_unlock(&own))
		abort();
	pthread_barrier_wait(&all_here);
	pthread_barrier_wait(&all_here);
	return NULL;
}

static void a_thread_without_slot_locks_and_unlocks(void **state)
{
	pthread_t thread[RQ_SLOTS + 1];
	void *complaint;

	pthread_barrier_init(&all_here, NULL, RQ_SLOTS + 1);
	for (int i = 0; i < RQ_SLOTS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, occupy_slot, NULL), 0);
	assert_int_equal(pthread_create(&thread[RQ_SLOTS], NULL, use_without_slot, NULL), 0);
	for (int i = 0; i < RQ_SLOTS; i++)
		pthread_join(thread[i], NULL);
	pthread_join(thread[RQ_SLOTS], &complaint);
	pthread_barrier_destroy(&all_here);
	if (complaint)
		fail_msg("%s", (const char *)complaint);
}

/* A deadlock of threads that have no name is not seen; it ends, by time-out. */
static void *take_pair_without_slot(void *arg)
{
	intptr_t mine = (intptr_t)arg;
	int err;

	pthread_barrier_wait(&all_here); /* the slots are taken */
	if (rqspin_lock(&pair[mine]))
		abort();
	pthread_barrier_wait(&all_here);
	err = rqspin_lock_until(&pair[1 - mine], now_ns() + (20 + 400 * mine) * MS);
	if (!err)
		rqspin_unlock(&pair[1 - mine]);
	rqspin_unlock(&pair[mine]);
	pthread_barrier_wait(&all_here);
	return (void *)(intptr_t)err;
}

static void *occupy_slot_longer(void *arg)
{
	rqspinlock_t own = RQSPINLOCK_INIT;

	if (rqspin_lock(&own) || rqspin_unlock(&own))
		abort();
	for (int i = 0; i < 3; i++)
		pthread_barrier_wait(&all_here);
	return NULL;
}

static void a_deadlock_without_names_ends_by_timeout(void **state)
{
	pthread_t thread[RQ_SLOTS + 2];
	void *result[2];

	pthread_barrier_init(&all_here, NULL, RQ_SLOTS + 2);
	for (int i = 0; i < RQ_SLOTS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, occupy_slot_longer, NULL), 0);
	for (intptr_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[RQ_SLOTS + i], NULL, take_pair_without_slot, (void *)i), 0);
	for (int i = 0; i < RQ_SLOTS; i++)
		pthread_join(thread[i], NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[RQ_SLOTS + i], &result[i]);
	pthread_barrier_destroy(&all_here);
	assert_int_equal((intptr_t)result[0], -ETIMEDOUT);
	assert_int_equal((intptr_t)result[1], 0);
}

static pthread_key_t late;

/* Runs after the library's destructor, in each round of them: after the last, nothing tells the library that the thread ends. */
static void lock_late(void *arg)
{
	rqspinlock_t own = RQSPINLOCK_INIT;

	if (rqspin_lock(&own) || rqspin_unlock(&own))
		abort();
	pthread_setspecific(late, arg);
}

static void *end_with_late_lock(void *arg)
{
	pthread_setspecific(late, &late);
	return NULL;
}

static void *has_slot(void *arg)
{
	rqspinlock_t own = RQSPINLOCK_INIT;

	if (rqspin_lock(&own) || rqspin_unlock(&own))
		abort();
	return (void *)(intptr_t)(rq_cpu_current()->self.code != RQ_OWNER_UNKNOWN);
}

static void slots_of_threads_that_locked_at_their_very_end_come_back(void **state)
{
	pthread_t thread;
	void *result;

	if (UNDER_TSAN) /* whose own state of a thread is gone by then: it stops at the first call that it watches */
		skip();
	assert_int_equal(pthread_key_create(&late, lock_late), 0);
	for (int i = 0; i < 2 * RQ_SLOTS; i++) {
		assert_int_equal(pthread_create(&thread, NULL, end_with_late_lock, NULL), 0);
		pthread_join(thread, NULL);
	}
	assert_int_equal(pthread_create(&thread, NULL, has_slot, NULL), 0);
	pthread_join(thread, &result);
	assert_int_equal((intptr_t)result, 1);
	pthread_key_delete(late);
}

int main(void)
{
	/* The main thread must not take a slot: it never locks. */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_threads_than_slots_count_exactly),
		cmocka_unit_test(a_thread_without_slot_locks_and_unlocks),
		cmocka_unit_test(a_deadlock_without_names_ends_by_timeout),
		cmocka_unit_test(slots_of_threads_that_locked_at_their_very_end_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
