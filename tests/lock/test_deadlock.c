/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Cycles of owners and waiters: found when the last party arrives, one victim, everybody else goes on.
 * RQ_LOCK_ROUNDS (rounds of each ring, 1,000 by default, 200 in FIFO order) is for long runs.
 */
#include "team.h"

static struct rqspin_report last;
static struct rqspin_party last_party[RQSPIN_PARTIES_MAX];

static void remember(const struct rqspin_report *report, void *arg)
{
	last = *report;
	memcpy(last_party, report->party, report->parties * sizeof(last_party[0]));
}

static unsigned int next_of(struct member *member)
{
	return (member->index + 1) % member->team->size;
}

struct rings {
	pthread_barrier_t barrier;
	unsigned int rounds;
};

static void check_ring(struct team *team)
{
	unsigned int size = team->size;

	assert_int_equal(team_count(team, -EDEADLK), 1);
	assert_int_equal(team_count(team, 0), size - 1);
	assert_int_equal(last.kind, size == 2 ? RQSPIN_REPORT_ABBA : RQSPIN_REPORT_CYCLE);
	assert_int_equal(last.cycle, size);
	assert_int_equal(last.parties, size);
	for (unsigned int i = 0; i < size; i++) {
		assert_int_equal(last_party[i].held_count, 1);
		assert_ptr_equal(last_party[i].held[0].lock, &team->lock[last_party[i].cpu]);
		assert_ptr_equal(last_party[i].waits_for, &team->lock[(last_party[i].cpu + 1) % size]);
		assert_true(is_free_word(&team->lock[i]));
	}
}

/* Each holds its own lock and then wants the next one's. The barriers: all hold before anyone wants; all are done. */
static void close_ring(struct member *member)
{
	struct team *team = member->team;
	struct rings *rings = team->arg;

	for (unsigned int round = 0; round < rings->rounds; round++) {
		if (rq_lock_acquire(member->cpu, &team->lock[member->index], 0, HERE, NULL))
			abort();
		pthread_barrier_wait(&rings->barrier);
		member->result = rq_lock_acquire(member->cpu, &team->lock[next_of(member)], 0, HERE, NULL);
		if (!member->result)
			rq_lock_release(member->cpu, &team->lock[next_of(member)]);
		rq_lock_release(member->cpu, &team->lock[member->index]);
		pthread_barrier_wait(&rings->barrier);
		/* Rounds that ended as they should. */
		if (member->index == 0)
			member->count += team_count(team, -EDEADLK) == 1 && team_count(team, 0) == team->size - 1;
		pthread_barrier_wait(&rings->barrier);
	}
}

static void run_rings(struct team *team, unsigned int rounds)
{
	struct rings rings = { .rounds = rounds };

	pthread_barrier_init(&rings.barrier, NULL, team->size);
	team->arg = &rings;
	team_run(team, close_ring);
	pthread_barrier_destroy(&rings.barrier);
}

static void check_rings(const struct rq_domain_options *options, unsigned int smallest, unsigned int largest,
			unsigned int usual)
{
	unsigned int rounds = amount("RQ_LOCK_ROUNDS", UNDER_TSAN ? 20 : usual);
	struct rq_domain_options mine = *options;

	mine.report = remember;
	for (unsigned int size = smallest; size <= largest; size++) {
		struct team *team = team_of(size, &mine);

		run_rings(team, rounds);

		assert_int_equal(team->member[0].count, rounds);
		check_ring(team);
		team_free(team);
	}
}

static void a_ring_of_any_size_has_one_victim(void **state)
{
	check_rings(&barging, 2, 16, 1000);
}

static void a_ring_of_any_size_has_one_victim_in_fifo_order(void **state)
{
	check_rings(&fifo, 2, 16, 200);
}

static void a_pair_has_one_victim_in_the_kernels_way(void **state)
{
	check_rings(&kernel, 2, 2, 1000);
}

static void a_ring_of_three_times_out_in_the_kernels_way(void **state)
{
	struct rq_domain_options options = kernel;
	struct team *team;

	options.timeout_ns = 30 * MS;
	team = team_of(3, &options);
	run_rings(team, 1);
	assert_int_equal(team_count(team, -EDEADLK), 0);
	assert_true(team_count(team, -ETIMEDOUT) >= 1);
	team_free(team);
}

/* Staged: all but the last wait already; when it arrives the cycle is found, at once. */
static void wait_in_turn(struct member *member)
{
	struct team *team = member->team;

	if (rq_lock_acquire(member->cpu, &team->lock[member->index], 0, HERE, NULL))
		abort();
	atomic_store(&member->stage, 1);
	while (atomic_load(&member->stage) == 1)
		sched_yield();
	member->count = now_ns();
	member->result = rq_lock_acquire(member->cpu, &team->lock[next_of(member)], 0, HERE, NULL);
	member->count = now_ns() - member->count;
	if (!member->result)
		rq_lock_release(member->cpu, &team->lock[next_of(member)]);
	rq_lock_release(member->cpu, &team->lock[member->index]);
}

static void a_cycle_is_found_when_the_last_arrives(void **state)
{
	for (unsigned int size = 2; size <= 16; size += 2) {
		struct team *team = team_of(size, size % 4 ? &barging : &fifo);

		team_start(team, wait_in_turn);
		for (unsigned int i = 0; i < size; i++)
			stage_until(atomic_load(&team->member[i].stage) == 1);
		for (unsigned int i = 0; i < size - 1; i++) {
			atomic_store(&team->member[i].stage, 2);
			stage_until(is_waiting(team_cpu(team, i), &team->lock[(i + 1) % size]));
		}
		atomic_store(&team->member[size - 1].stage, 2);
		team_join(team);

		/* Most often the last one itself; one that looks again at that very moment may be faster. */
		assert_int_equal(team_count(team, -EDEADLK), 1);
		assert_int_equal(team_count(team, 0), size - 1);
		assert_true(team->member[size - 1].count < 200 * MS); /* sanity; bench/ measures it */
		team_free(team);
	}
}

/* Member 0 holds lock 0, 1 holds 1 and they deadlock; member 2 holds nothing, waits for lock 0 all the time, and gets it. */
static void bystander_or_pair(struct member *member)
{
	struct team *team = member->team;
	unsigned int other = 1 - member->index;

	if (member->index == 2) {
		while (atomic_load(&team->member[0].stage) < 1)
			sched_yield();
		member->result = rq_lock_acquire(member->cpu, &team->lock[0], 0, HERE, NULL);
		if (!member->result)
			rq_lock_release(member->cpu, &team->lock[0]);
		return;
	}
	if (rq_lock_acquire(member->cpu, &team->lock[member->index], 0, HERE, NULL))
		abort();
	atomic_store(&member->stage, 1);
	while (atomic_load(&member->stage) == 1)
		sched_yield();
	member->result = rq_lock_acquire(member->cpu, &team->lock[other], 0, HERE, NULL);
	if (!member->result)
		rq_lock_release(member->cpu, &team->lock[other]);
	rq_lock_release(member->cpu, &team->lock[member->index]);
}

static void who_only_hangs_on_a_cycle_gets_no_error(void **state)
{
	const struct rq_domain_options *options[] = { &barging, &fifo, &kernel };

	for (int i = 0; i < 3; i++) {
		struct team *team = team_of(3, options[i]);

		team_start(team, bystander_or_pair);
		stage_until(is_queued(team_cpu(team, 2), &team->lock[0]) && atomic_load(&team->member[1].stage));
		atomic_store(&team->member[0].stage, 2);
		stage_until(is_waiting(team_cpu(team, 0), &team->lock[1]));
		atomic_store(&team->member[1].stage, 2);
		team_join(team);

		assert_int_equal(team->member[2].result, 0);
		assert_int_equal(team_count(team, -EDEADLK), 1);
		assert_int_equal(team_count(team, 0), 2);
		team_free(team);
	}
}

/* Whoever lets go and tries again while the others still wait has closed a new cycle: it must be seen again. */
static void insist(struct member *member)
{
	struct team *team = member->team;

	if (rq_lock_acquire(member->cpu, &team->lock[member->index], 0, HERE, NULL))
		abort();
	atomic_store(&member->stage, 1);
	while (!atomic_load(&team->member[1 - member->index].stage))
		sched_yield();
	if (member->index == 1) {
		stage_until(is_waiting(team_cpu(team, 0), &team->lock[1]));
		while (atomic_load(&team->member[0].stage) == 1 && member->count < 100)
			member->count += rq_lock_acquire(member->cpu, &team->lock[0], 0, HERE, NULL) == -EDEADLK;
	} else {
		/* It may be its turn to be the victim: then it tries again too. */
		while (rq_lock_acquire(member->cpu, &team->lock[1], 0, HERE, NULL) == -EDEADLK)
			member->count++;
		atomic_store(&member->stage, 2);
		rq_lock_release(member->cpu, &team->lock[1]);
	}
	rq_lock_release(member->cpu, &team->lock[member->index]);
}

static void a_cycle_that_is_closed_again_is_found_again(void **state)
{
	struct team *team = team_of(2, &barging);

	team_run(team, insist);
	assert_int_equal(team->member[1].count, 100);
	team_free(team);
}

/* Two take two locks in opposite order all the time, and back off: both get on, and the count is exact. */
static void transfer(struct member *member)
{
	struct team *team = member->team;
	rqspinlock_t *first = &team->lock[member->index], *second = &team->lock[1 - member->index];
	unsigned int rounds = 300 * amount("RQ_LOCK_ROUNDS", 10);

	for (unsigned int done = 0; done < rounds;) {
		if (rq_lock_acquire(member->cpu, first, 0, HERE, NULL))
			abort();
		member->result = rq_lock_acquire(member->cpu, second, 0, HERE, NULL);
		if (!member->result) {
			++*(uint64_t *)team->arg;
			done++;
			rq_lock_release(member->cpu, second);
		} else if (member->result != -EDEADLK) {
			abort();
		}
		rq_lock_release(member->cpu, first);
	}
}

static void opposite_orders_recover(void **state)
{
	const struct rq_domain_options *options[] = { &barging, &fifo, &kernel };

	for (int i = 0; i < 3; i++) {
		struct team *team = team_of(2, options[i]);
		uint64_t count = 0;

		team->arg = &count;
		team_run(team, transfer);
		assert_int_equal(count, 600 * amount("RQ_LOCK_ROUNDS", 10));
		team_free(team);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ring_of_any_size_has_one_victim),
		cmocka_unit_test(a_ring_of_any_size_has_one_victim_in_fifo_order),
		cmocka_unit_test(a_pair_has_one_victim_in_the_kernels_way),
		cmocka_unit_test(a_ring_of_three_times_out_in_the_kernels_way),
		cmocka_unit_test(a_cycle_is_found_when_the_last_arrives),
		cmocka_unit_test(who_only_hangs_on_a_cycle_gets_no_error),
		cmocka_unit_test(a_cycle_that_is_closed_again_is_found_again),
		cmocka_unit_test(opposite_orders_recover),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
