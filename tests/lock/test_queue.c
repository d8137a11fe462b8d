/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue: who comes next, who may leave and when, and that those who stay keep their places. */
#include "team.h"

#define WAITERS 32

/* The order in which the lock was got. */
static _Atomic unsigned int turn;

static uint64_t deadline_of(struct member *member)
{
	const uint64_t *timeouts = member->team->arg;

	return timeouts && timeouts[member->index] ? timeouts[member->index] : LONG_NS;
}

/* Joins the queue when told, so that the places are known; `count` is how many had the lock before. */
static void queue_up(struct member *member)
{
	struct team *team = member->team;

	while (!atomic_load(&member->stage))
		nap();
	member->result = rq_lock_acquire(member->cpu, &team->lock[0], deadline_of(member), HERE, NULL);
	atomic_store(&member->stage, 2);
	if (member->result)
		return;
	member->count = atomic_fetch_add(&turn, 1);
	rq_lock_release(member->cpu, &team->lock[0]);
}

/* The test holds the lock; all members wait for it, in the order of their numbers. */
static struct rq_cpu *queue_of(struct team *team)
{
	struct rq_cpu *cpu = team_enter(team);

	atomic_store(&turn, 0);
	assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL), 0);
	team_start(team, queue_up);
	for (unsigned int i = 0; i < team->size; i++) {
		atomic_store(&team->member[i].stage, 1);
		/* On a slow machine its deadline may have passed already. */
		stage_until(is_queued(team_cpu(team, i), &team->lock[0]) || atomic_load(&team->member[i].stage) == 2);
	}
	return cpu;
}

static void finish(struct team *team, struct rq_cpu *cpu)
{
	rq_lock_release(cpu, &team->lock[0]);
	team_join(team);
	assert_true(is_free_word(&team->lock[0]));
	for (unsigned int i = 0; i < team->size; i++)
		for (int n = 0; n < RQ_NODES; n++)
			assert_int_equal(atomic_load(&team_cpu(team, i)->node[n].state), RQ_NODE_FREE);
	rq_cpu_detach(cpu);
	team_free(team);
}

static void fifo_order_is_strict(void **state)
{
	struct team *team = team_of(8, &fifo);
	struct rq_cpu *cpu = queue_of(team);

	rq_lock_release(cpu, &team->lock[0]);
	team_join(team);
	for (unsigned int i = 0; i < 8; i++) {
		assert_int_equal(team->member[i].result, 0);
		assert_int_equal(team->member[i].count, i);
	}
	assert_int_equal(atomic_load(rq_whole(&team->lock[0])), 0);
	rq_cpu_detach(cpu);
	team_free(team);
}

static void barging_serves_all(void **state)
{
	struct team *team = team_of(8, &barging);
	struct rq_cpu *cpu = queue_of(team);

	rq_lock_release(cpu, &team->lock[0]);
	team_join(team);
	assert_int_equal(team_count(team, 0), 8);
	assert_true(is_free_word(&team->lock[0]));
	rq_cpu_detach(cpu);
	team_free(team);
}

/* One of four leaves at its deadline, whatever its place; the others keep theirs and get the lock. */
static void who_stays_keeps_its_place(void **state)
{
	const struct rq_domain_options *options[] = { &fifo, &barging, &kernel };

	for (int o = 0; o < 3; o++)
		for (unsigned int leaver = 0; leaver < 4; leaver++) {
			uint64_t timeouts[4] = { 0 };
			struct team *team = team_of(4, options[o]);
			struct rq_cpu *cpu;

			timeouts[leaver] = 30 * MS;
			team->arg = timeouts;
			cpu = queue_of(team);
			pthread_join(team->member[leaver].thread, NULL);
			assert_int_equal(team->member[leaver].result, -ETIMEDOUT);

			rq_lock_release(cpu, &team->lock[0]);
			for (unsigned int i = 0; i < 4; i++) {
				if (i == leaver)
					continue;
				pthread_join(team->member[i].thread, NULL);
				assert_int_equal(team->member[i].result, 0);
				if (options[o] != &barging)
					assert_int_equal(team->member[i].count, i - (i > leaver));
			}
			assert_true(is_free_word(&team->lock[0]));
			rq_cpu_detach(cpu);
			team_free(team);
		}
}

/* The holder sleeps; every waiter, at every place, leaves at its deadline and not before. */
static void a_deadline_holds_at_every_place(void **state)
{
	const struct rq_domain_options *options[] = { &fifo, &barging };

	for (int o = 0; o < 2; o++) {
		uint64_t timeouts[WAITERS], start = now_ns();
		struct team *team = team_of(WAITERS, options[o]);
		struct rq_cpu *cpu;

		for (int i = 0; i < WAITERS; i++)
			timeouts[i] = 200 * MS;
		team->arg = timeouts;
		cpu = queue_of(team);
		team_join(team);

		assert_int_equal(team_count(team, -ETIMEDOUT), WAITERS);
		assert_true(now_ns() - start >= 200 * MS); /* bench/ measures how long after */
		rq_lock_release(cpu, &team->lock[0]);
		assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL), 0);
		rq_lock_release(cpu, &team->lock[0]);
		assert_true(is_free_word(&team->lock[0]));
		rq_cpu_detach(cpu);
		team_free(team);
	}
}

/* Half of the queue leaves at the very time of the hand-over: no place and no turn is lost. */
static void release_at_deadlines(const struct rq_domain_options *options)
{
	unsigned int rounds = amount("RQ_LOCK_ROUNDS", 10);

	for (unsigned int round = 0; round < rounds; round++) {
		uint64_t timeouts[8] = { 0 };
		struct team *team = team_of(8, options);
		struct rq_cpu *cpu;

		for (int i = 0; i < 8; i += 2)
			timeouts[i] = 10 * MS;
		team->arg = timeouts;
		cpu = queue_of(team);
		while (now_ns() % (2 * MS) > MS / 10)
			;
		finish(team, cpu);
	}
}

static void deadlines_race_with_hand_over(void **state)
{
	release_at_deadlines(&fifo);
	release_at_deadlines(&barging);
}

/* A waiter that has left may wait again, for the same lock and for others, while its old places still stand in queues. */
static void leave_and_come_back(struct member *member)
{
	struct team *team = member->team;

	for (unsigned int i = 0; i < 3 * RQ_NODES; i++)
		member->count += rq_lock_acquire(member->cpu, &team->lock[i % 2], MS, HERE, NULL) == -ETIMEDOUT;
	atomic_store(&member->stage, 1);
	member->result = rq_lock_acquire(member->cpu, &team->lock[0], 0, HERE, NULL);
	if (!member->result)
		rq_lock_release(member->cpu, &team->lock[0]);
}

static void abandoned_places_do_not_run_out(void **state)
{
	const struct rq_domain_options *options[] = { &fifo, &barging };

	for (int o = 0; o < 2; o++) {
		struct team *team = team_of(6, options[o]);
		struct rq_cpu *cpu = team_enter(team);

		assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL), 0);
		assert_int_equal(rq_lock_acquire(cpu, &team->lock[1], 0, HERE, NULL), 0);
		team_start(team, leave_and_come_back);
		for (int i = 0; i < 6; i++)
			stage_until(atomic_load(&team->member[i].stage) &&
				    is_waiting(team_cpu(team, i), &team->lock[0]));
		rq_lock_release(cpu, &team->lock[1]);
		rq_lock_release(cpu, &team->lock[0]);
		team_join(team);

		assert_int_equal(team_count(team, 0), 6);
		for (int i = 0; i < 6; i++)
			assert_int_equal(team->member[i].count, 3 * RQ_NODES);
		assert_true(is_free_word(&team->lock[0]));
		assert_true(is_free_word(&team->lock[1]));
		rq_cpu_detach(cpu);
		team_free(team);
	}
}

/* Many threads, one counter without atomics, some in a hurry: exact, and everybody gets there. */
static void count_up(struct member *member)
{
	struct team *team = member->team;
	unsigned int rounds = 200 * amount("RQ_LOCK_ROUNDS", 10);

	for (unsigned int i = 0; i < rounds; i++) {
		bool hasty = member->index % 4 == 3;

		member->result = rq_lock_acquire(member->cpu, &team->lock[0], hasty ? MS / 10 : 0, HERE, NULL);
		if (member->result) {
			if (!hasty || member->result != -ETIMEDOUT)
				abort();
			continue;
		}
		++*(uint64_t *)team->arg;
		member->count++;
		rq_lock_release(member->cpu, &team->lock[0]);
	}
}

static void a_counter_stays_exact(void **state)
{
	const struct rq_domain_options *options[] = { &fifo, &barging };

	for (int o = 0; o < 2; o++) {
		struct team *team = team_of(16, options[o]);
		uint64_t counter = 0, sum = 0;

		team->arg = &counter;
		team_run(team, count_up);
		for (int i = 0; i < 16; i++)
			sum += team->member[i].count;
		assert_int_equal(counter, sum);
		assert_true(is_free_word(&team->lock[0]));
		team_free(team);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fifo_order_is_strict),
		cmocka_unit_test(barging_serves_all),
		cmocka_unit_test(who_stays_keeps_its_place),
		cmocka_unit_test(a_deadline_holds_at_every_place),
		cmocka_unit_test(deadlines_race_with_hand_over),
		cmocka_unit_test(abandoned_places_do_not_run_out),
		cmocka_unit_test(a_counter_stays_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
