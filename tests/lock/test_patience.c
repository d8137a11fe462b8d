/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which time counts towards a limit where only running time does, as on the virtual CPUs of a machine. A thread that the host
 * does not let run is one that a signal handler keeps away. What may be left out is bounded by 64 limits, so each wait ends.
 */
#include <signal.h>

#include "team.h"

static _Atomic int away; /* 1: signalled threads stay away, 2: one does */
static struct rq_domain_options running_time_only;
static pthread_t tester;

static void stay_away(int signal)
{
	atomic_store(&away, 2);
	while (atomic_load(&away))
		nap();
}

static int begin(void **state)
{
	struct sigaction action = { .sa_handler = stay_away };

	running_time_only = fifo;
	running_time_only.charge_running_time_only = true;
	tester = pthread_self();
	return sigaction(SIGUSR1, &action, NULL);
}

static void send_away(pthread_t thread)
{
	atomic_store(&away, 1);
	pthread_kill(thread, SIGUSR1);
}

static void take_first(struct member *member)
{
	member->result = rq_lock_acquire(member->cpu, &member->team->lock[0], LONG_NS, HERE, NULL);
	if (!member->result)
		rq_lock_release(member->cpu, &member->team->lock[0]);
}

/* Nobody holds the lock: it is kept for the head of the queue, which does not run. */
static void a_head_that_does_not_run_is_not_charged(void **state)
{
	struct team *team = team_of(1, &running_time_only);
	struct rq_cpu *cpu = team_enter(team);
	struct rq_lock_cost cost;

	assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL), 0);
	team_start(team, take_first);
	stage_until(is_queued(team->member[0].cpu, &team->lock[0]));
	send_away(team->member[0].thread);
	stage_until(atomic_load(&away) == 2);
	rq_lock_release(cpu, &team->lock[0]);

	assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 2 * MS, HERE, &cost), -ETIMEDOUT);
	assert_true(cost.left_out_ns > 2 * MS);

	atomic_store(&away, 0);
	team_join(team);
	assert_int_equal(team->member[0].result, 0);
	rq_cpu_detach(cpu);
	team_free(team);
}

/* Member 0 holds lock 0 and waits for lock 1, which member 1 holds and sleeps. */
static void hold_in_a_chain(struct member *member)
{
	struct team *team = member->team;

	if (member->index) {
		member->result = rq_lock_acquire(member->cpu, &team->lock[1], 0, HERE, NULL);
		atomic_store(&member->stage, 1);
		while (atomic_load(&member->stage) == 1)
			nap();
		rq_lock_release(member->cpu, &team->lock[1]);
		return;
	}
	while (!atomic_load(&team->member[1].stage))
		nap();
	member->result = rq_lock_acquire(member->cpu, &team->lock[0], 0, HERE, NULL);
	member->result |= rq_lock_acquire(member->cpu, &team->lock[1], LONG_NS, HERE, NULL);
	rq_lock_release(member->cpu, &team->lock[1]);
	rq_lock_release(member->cpu, &team->lock[0]);
}

static void a_holder_that_waits_for_one_that_does_not_run_is_not_charged(void **state)
{
	struct team *team = team_of(2, &running_time_only);
	struct rq_cpu *cpu = team_enter(team);
	struct rq_lock_cost cost;

	team_start(team, hold_in_a_chain);
	stage_until(is_queued(team->member[0].cpu, &team->lock[1]));

	assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 2 * MS, HERE, &cost), -ETIMEDOUT);
	assert_true(cost.left_out_ns > 2 * MS);

	atomic_store(&team->member[1].stage, 2);
	team_join(team);
	assert_int_equal(team_count(team, 0), 2);
	rq_cpu_detach(cpu);
	team_free(team);
}

/* Holds lock 0 without ever sleeping; when the test waits for it, keeps the test's thread away for 100 ms. */
static void hold_and_run(struct member *member)
{
	struct team *team = member->team;
	struct rq_cpu *waiter = team_cpu(team, 1);
	uint64_t end;

	member->result = rq_lock_acquire(member->cpu, &team->lock[0], 0, HERE, NULL);
	atomic_store(&member->stage, 1);
	while (!is_waiting(waiter, &team->lock[0]))
		;
	send_away(tester);
	while (atomic_load(&away) != 2)
		;
	for (end = now_ns() + 100 * MS; now_ns() < end;)
		;
	atomic_store(&away, 0);
	while (atomic_load(&member->stage) == 1)
		;
	rq_lock_release(member->cpu, &team->lock[0]);
}

static void a_waiter_that_does_not_run_is_not_charged(void **state)
{
	struct team *team = team_of(1, &running_time_only);
	struct rq_cpu *cpu = team_enter(team);
	struct rq_lock_cost cost;

	team_start(team, hold_and_run);
	stage_until(atomic_load(&team->member[0].stage) == 1);

	assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 40 * MS, HERE, &cost), -ETIMEDOUT);
	assert_true(cost.left_out_ns > 50 * MS);
	assert_true(cost.wait_ns >= cost.left_out_ns + 40 * MS);

	atomic_store(&team->member[0].stage, 2);
	team_join(team);
	rq_cpu_detach(cpu);
	team_free(team);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_head_that_does_not_run_is_not_charged, begin),
		cmocka_unit_test_setup(a_holder_that_waits_for_one_that_does_not_run_is_not_charged, begin),
		cmocka_unit_test_setup(a_waiter_that_does_not_run_is_not_charged, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
