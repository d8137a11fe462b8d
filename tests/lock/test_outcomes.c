/* SPDX-License-Identifier: BSD-2-Clause */
/* What each call returns, and what is reported. The table in facts/rqspinlock.md, section 4, column 6.19+, is the measure. */
#include "rqspin/kfunc.h"
#include "team.h"

static struct rqspin_report last;
static struct rqspin_party last_party[RQSPIN_PARTIES_MAX];
static unsigned int reports;

static void remember(const struct rqspin_report *report, void *arg)
{
	last = *report;
	if (report->parties)
		memcpy(last_party, report->party, report->parties * sizeof(last_party[0]));
	reports++;
}

static int forget_reports(void **state)
{
	reports = 0;
	rqspin_set_report(remember, NULL);
	return 0;
}

static void zeroed_memory_is_an_unlocked_lock(void **state)
{
	rqspinlock_t zeroed, initialised = RQSPINLOCK_INIT;

	memset(&zeroed, 0, sizeof(zeroed));

	assert_int_equal(sizeof(zeroed), 4);
	assert_int_equal(rqspin_lock(&zeroed), 0);
	assert_int_equal(rqspin_lock(&initialised), 0);
	assert_int_equal(rqspin_unlock(&initialised), 0);
	assert_int_equal(rqspin_unlock(&zeroed), 0);
	assert_int_equal(zeroed.word, 0);
	assert_int_equal(reports, 0);
}

static void a_lock_taken_twice_is_an_aa_deadlock(void **state)
{
	rqspinlock_t lock = RQSPINLOCK_INIT;

	assert_int_equal(rqspin_lock(&lock), 0);

	assert_int_equal(rqspin_lock(&lock), -EDEADLK);

	assert_int_equal(reports, 1);
	assert_int_equal(last.kind, RQSPIN_REPORT_AA);
	assert_int_equal(last.error, -EDEADLK);
	assert_ptr_equal(last.lock, &lock);
	assert_int_equal(last.parties, 1);
	assert_int_equal(last_party[0].held_count, 1);
	assert_ptr_equal(last_party[0].held[0].lock, &lock);
	assert_int_equal(rqspin_unlock(&lock), 0);
	assert_int_equal(rqspin_lock(&lock), 0);
	assert_int_equal(rqspin_unlock(&lock), 0);
}

static void trylock_says_busy_also_to_the_holder(void **state)
{
	rqspinlock_t lock = RQSPINLOCK_INIT;

	assert_int_equal(rqspin_trylock(&lock), 0);
	assert_int_equal(rqspin_trylock(&lock), -EBUSY);
	assert_int_equal(rqspin_unlock(&lock), 0);
	assert_int_equal(rqspin_trylock(&lock), 0);
	assert_int_equal(rqspin_unlock(&lock), 0);
	assert_int_equal(reports, 0);
}

static void locks_are_released_in_any_order(void **state)
{
	rqspinlock_t lock[5] = { 0 };

	for (int i = 0; i < 5; i++)
		assert_int_equal(rqspin_lock(&lock[i]), 0);
	assert_int_equal(rqspin_unlock(&lock[1]), 0);
	assert_int_equal(rqspin_unlock(&lock[4]), 0);
	assert_int_equal(rqspin_unlock(&lock[0]), 0);

	assert_int_equal(rqspin_lock(&lock[3]), -EDEADLK);
	assert_int_equal(last_party[0].held_count, 2);
	assert_ptr_equal(last_party[0].held[0].lock, &lock[2]);
	assert_ptr_equal(last_party[0].held[1].lock, &lock[3]);

	assert_int_equal(rqspin_unlock(&lock[2]), 0);
	assert_int_equal(rqspin_unlock(&lock[3]), 0);
}

static void hold_first_until_told(struct member *member)
{
	member->result = rq_lock_acquire(member->cpu, &member->team->lock[0], 0, HERE, NULL);
	atomic_store(&member->stage, 1);
	while (atomic_load(&member->stage) == 1)
		nap();
	rq_lock_release(member->cpu, &member->team->lock[0]);
}

/* The team's argument is the limit. */
static void wait_within_limit(struct member *member)
{
	rqspinlock_t *lock = &member->team->lock[0];

	member->result = rq_lock_acquire(member->cpu, lock, *(const uint64_t *)member->team->arg, HERE, NULL);
	if (!member->result)
		rq_lock_release(member->cpu, lock);
}

static void a_held_lock_times_out(void **state)
{
	struct rq_domain_options options = barging;
	struct rq_lock_cost cost;
	struct rq_cpu *cpu;
	struct team *team;
	uint64_t start;

	options.report = remember;
	team = team_of(1, &options);
	team_start(team, hold_first_until_told);
	cpu = team_enter(team);
	stage_until(atomic_load(&team->member[0].stage) == 1);

	start = now_ns();
	assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 20 * MS, HERE, &cost), -ETIMEDOUT);

	assert_true(now_ns() - start >= 20 * MS);
	assert_true(cost.contended);
	assert_true(cost.wait_ns >= 20 * MS);
	assert_int_equal(last.kind, RQSPIN_REPORT_TIMEOUT);
	assert_int_equal(last.error, -ETIMEDOUT);
	assert_int_equal(last.parties, 2);
	assert_int_equal(last_party[0].cpu, 1);
	assert_int_equal(last_party[0].thread, gettid());
	assert_int_equal(last_party[1].cpu, 0);
	assert_ptr_equal(last_party[1].held[0].lock, &team->lock[0]);
	assert_int_equal(rq_lock_held_count(cpu), 0);

	atomic_store(&team->member[0].stage, 2);
	assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL), 0);
	assert_int_equal(rq_lock_release(cpu, &team->lock[0]), 0);
	rq_cpu_detach(cpu);
	team_join(team);
	assert_true(is_free_word(&team->lock[0]));
	team_free(team);
}

/* A time limit past the end of time is none. */
static void the_longest_time_limit_is_none(void **state)
{
	const uint64_t limits[] = { UINT64_MAX, UINT64_MAX - 1 };

	for (int i = 0; i < 2; i++) {
		struct team *team = team_of(1, &barging);
		struct rq_cpu *cpu = team_enter(team);

		assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL), 0);
		team->arg = (void *)&limits[i];
		team_start(team, wait_within_limit);
		stage_until(is_queued(team_cpu(team, 0), &team->lock[0]));
		assert_int_equal(rq_lock_release(cpu, &team->lock[0]), 0);
		team_join(team);
		assert_int_equal(team->member[0].result, 0);
		rq_cpu_detach(cpu);
		team_free(team);
	}
}

/* The default, in every order and policy: a quarter of a second. */
static void a_held_lock_times_out_after_250_ms(void **state)
{
	const struct rq_domain_options *all[] = { &barging, &fifo, &kernel };

	for (int o = 0; o < 3; o++) {
		struct rq_domain_options options = *all[o];
		struct rq_lock_cost cost;
		struct rq_cpu *cpu;
		struct team *team;

		options.timeout_ns = 0; /* as it comes */
		team = team_of(1, &options);
		team_start(team, hold_first_until_told);
		cpu = team_enter(team);
		stage_until(atomic_load(&team->member[0].stage) == 1);

		assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, &cost), -ETIMEDOUT);
		assert_true(cost.wait_ns >= 250 * MS);

		atomic_store(&team->member[0].stage, 2);
		rq_cpu_detach(cpu);
		team_join(team);
		team_free(team);
	}
}

/* AA with others in the queue: the holder itself does not join it. */
static void a_holder_that_comes_to_its_own_queue_is_told_at_once(void **state)
{
	static const uint64_t no_limit = UINT64_MAX;
	const struct rq_domain_options *all[] = { &barging, &fifo, &kernel };

	for (int o = 0; o < 3; o++) {
		struct rq_domain_options options = *all[o];
		struct rq_cpu *cpu;
		struct team *team;

		options.report = remember;
		team = team_of(2, &options);
		cpu = team_enter(team);
		assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL), 0);
		team->arg = (void *)&no_limit;
		team_start(team, wait_within_limit);
		stage_until(is_queued(team_cpu(team, 0), &team->lock[0]) && is_queued(team_cpu(team, 1), &team->lock[0]));

		assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL), -EDEADLK);
		assert_int_equal(last.kind, RQSPIN_REPORT_AA);
		assert_int_equal(last.waited_ns, 0);

		assert_int_equal(rq_lock_release(cpu, &team->lock[0]), 0);
		team_join(team);
		assert_int_equal(team_count(team, 0), 2);
		assert_int_equal(reports, 1 + (unsigned int)o);
		rq_cpu_detach(cpu);
		team_free(team);
	}
}

/* Free at once, whatever the deadline; held, at the deadline. */
static void a_deadline_in_the_past_fails_only_where_there_is_a_wait(void **state)
{
	rqspinlock_t lock = RQSPINLOCK_INIT, own = RQSPINLOCK_INIT;

	assert_int_equal(rqspin_lock_until(&lock, 0), 0);
	assert_int_equal(rqspin_lock_until(&own, RQSPIN_NO_DEADLINE), 0);
	assert_int_equal(rqspin_lock_until(&own, RQSPIN_NO_DEADLINE), -EDEADLK);
	assert_int_equal(rqspin_unlock(&own), 0);
	assert_int_equal(rqspin_unlock(&lock), 0);
}

/* The last of a queue left a lock reserved for a head that was gone by then. */
static void a_lock_reserved_for_nobody_can_be_taken(void **state)
{
	rqspinlock_t lock = RQSPINLOCK_INIT;

	lock.half.owner = RQ_OWNER_RESERVED;
	assert_int_equal(rqspin_lock(&lock), 0);
	assert_int_equal(rqspin_unlock(&lock), 0);
	lock.half.owner = RQ_OWNER_RESERVED;
	assert_int_equal(rqspin_trylock(&lock), 0);
	assert_int_equal(rqspin_unlock(&lock), 0);
}

/* Beyond the table locks can be taken and released; in our way the word itself still knows the owner. */
static void more_locks_are_held_than_are_recorded(void **state)
{
	rqspinlock_t lock[40] = { 0 };
	struct rq_cpu *cpu;

	for (int i = 0; i < 40; i++)
		assert_int_equal(rqspin_lock(&lock[i]), 0);
	cpu = rq_cpu_current();

	assert_int_equal(rq_lock_held_count(cpu), 40);
	assert_int_equal(rqspin_lock(&lock[39]), -EDEADLK);
	assert_int_equal(rqspin_lock(&lock[3]), -EDEADLK);
	assert_int_equal(last_party[0].held_count, RQSPIN_HELD_MAX);
	assert_int_equal(last_party[0].held_unrecorded, 9);

	for (int i = 0; i < 40; i += 2)
		assert_int_equal(rqspin_unlock(&lock[i]), 0);
	for (int i = 39; i > 0; i -= 2)
		assert_int_equal(rqspin_unlock(&lock[i]), 0);
	assert_int_equal(rq_lock_held_count(cpu), 0);
}

/* A pair, where the lock that the other party wants is the last of many: found as long as that one is recorded. */
static void want_last_of_many(struct member *member)
{
	struct team *team = member->team;

	if (rq_lock_acquire(member->cpu, &team->lock[63], 0, HERE, NULL))
		abort();
	atomic_store(&member->stage, 1);
	member->result = rq_lock_acquire(member->cpu, team->arg, 0, HERE, NULL);
	if (!member->result)
		rq_lock_release(member->cpu, team->arg);
	rq_lock_release(member->cpu, &team->lock[63]);
}

static void deadlocks_are_found_through_the_recorded_locks(void **state)
{
	static const struct {
		unsigned int held;
		const struct rq_domain_options *options;
		int expected;
	} rows[] = {
		{ 30, &barging, -EDEADLK }, { 31, &barging, -EDEADLK }, { 32, &barging, -ETIMEDOUT },
		{ 33, &barging, -ETIMEDOUT }, { 30, &fifo, -EDEADLK }, { 31, &fifo, -EDEADLK },
		{ 32, &fifo, -ETIMEDOUT }, { 33, &fifo, -ETIMEDOUT },
	};

	for (unsigned int r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		struct team *team = team_of(1, rows[r].options);
		struct rq_cpu *cpu = team_enter(team);
		unsigned int held = rows[r].held;

		for (unsigned int i = 0; i < held; i++)
			assert_int_equal(rq_lock_acquire(cpu, &team->lock[i], 0, HERE, NULL), 0);
		assert_int_equal(rq_lock_held_count(cpu), held);
		assert_int_equal(rq_lock_acquire(cpu, &team->lock[held - 1], 0, HERE, NULL), -EDEADLK);
		team->arg = &team->lock[held - 1];
		team_start(team, want_last_of_many);
		stage_until(is_queued(team_cpu(team, 0), &team->lock[held - 1]));

		/* If it is found, either may find it first. */
		if (rows[r].expected == -EDEADLK) {
			int err = rq_lock_acquire(cpu, &team->lock[63], 0, HERE, NULL);

			assert_true(err == 0 || err == -EDEADLK);
			if (!err)
				rq_lock_release(cpu, &team->lock[63]);
		} else {
			assert_int_equal(rq_lock_acquire(cpu, &team->lock[63], 5 * MS, HERE, NULL), -ETIMEDOUT);
		}
		for (unsigned int i = 0; i < held; i++)
			assert_int_equal(rq_lock_release(cpu, &team->lock[i]), 0);
		team_join(team);
		assert_int_equal(rq_lock_held_count(cpu), 0);
		rq_cpu_detach(cpu);
		team_free(team);
	}
}

/* The holder sleeps: what the host does not let it run is left out of the limit, and the report says how much that was. */
static void a_holder_that_does_not_run_is_not_charged(void **state)
{
	struct rq_domain_options options = barging;
	struct rq_lock_cost cost;
	struct rq_cpu *cpu;
	struct team *team;

	options.report = remember;
	options.charge_running_time_only = true;
	team = team_of(1, &options);
	team_start(team, hold_first_until_told);
	cpu = team_enter(team);
	stage_until(atomic_load(&team->member[0].stage) == 1);

	/* In wall time 64 limits may be left out, and must then be over. */
	assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 2 * MS, HERE, &cost), -ETIMEDOUT);
	assert_true(cost.left_out_ns > 2 * MS);
	assert_true(cost.wait_ns >= cost.left_out_ns + 2 * MS);
	assert_int_equal(last.left_out_ns, cost.left_out_ns);

	atomic_store(&team->member[0].stage, 2);
	rq_cpu_detach(cpu);
	team_join(team);
	team_free(team);
}

/* The kernel's selftest: hold 34, take one of the unrecorded again: -ETIMEDOUT; one of the recorded: -EDEADLK. */
static void in_the_kernels_way_only_the_table_knows(void **state)
{
	struct team *team = team_of(0, &kernel);
	struct rq_cpu *cpu = team_enter(team);
	uint64_t start;

	for (int i = 0; i < 34; i++)
		assert_int_equal(rq_lock_acquire(cpu, &team->lock[i], 0, HERE, NULL), 0);

	start = now_ns();
	assert_int_equal(rq_lock_acquire(cpu, &team->lock[32], 10 * MS, HERE, NULL), -ETIMEDOUT);
	assert_true(now_ns() - start >= 10 * MS);
	assert_int_equal(rq_lock_acquire(cpu, &team->lock[30], 10 * MS, HERE, NULL), -EDEADLK);

	for (int i = 33; i >= 0; i--)
		assert_int_equal(rq_lock_release(cpu, &team->lock[i]), 0);
	rq_cpu_detach(cpu);
	team_free(team);
}

static void the_kernels_names_keep_preemption_off(void **state)
{
	struct bpf_res_spin_lock lock = { 0 };
	unsigned long flags = 4711, inner = 4712;
	struct rq_cpu *cpu;

	assert_int_equal(bpf_res_spin_lock_irqsave(&lock, &flags), 0);
	cpu = rq_cpu_current();
	assert_int_not_equal(flags, 4711);
	assert_int_equal(rq_cpu_preempt_count(cpu), 1);
	assert_true(rq_cpu_irqs_disabled(cpu));

	assert_int_equal(bpf_res_spin_lock_irqsave(&lock, &inner), -EDEADLK);
	assert_int_equal(inner, 4712);
	assert_int_equal(bpf_res_spin_lock(&lock), -EDEADLK);
	assert_int_equal(rq_cpu_preempt_count(cpu), 1);
	assert_true(rq_cpu_irqs_disabled(cpu));

	bpf_res_spin_unlock_irqrestore(&lock, &flags);
	assert_int_equal(rq_cpu_preempt_count(cpu), 0);
	assert_false(rq_cpu_irqs_disabled(cpu));

	assert_int_equal(bpf_res_spin_lock(&lock), 0);
	assert_int_equal(rq_cpu_preempt_count(cpu), 1);
	bpf_preempt_disable();
	bpf_res_spin_unlock(&lock);
	bpf_preempt_enable();
	assert_int_equal(rq_cpu_preempt_count(cpu), 0);
	bpf_local_irq_save(&flags);
	assert_true(rq_cpu_irqs_disabled(cpu));
	bpf_local_irq_restore(&flags);
	assert_false(rq_cpu_irqs_disabled(cpu));
	assert_int_equal(lock.val, 0);
}

static void options_are_fixed_by_the_first_lock(void **state)
{
	rqspinlock_t lock = RQSPINLOCK_INIT;

	assert_int_equal(rqspin_lock(&lock), 0);
	assert_int_equal(rqspin_unlock(&lock), 0);

	assert_int_equal(rqspin_set_default_timeout(1), -EBUSY);
	assert_int_equal(rqspin_set_policy(RQSPIN_POLICY_KERNEL), -EBUSY);
	assert_int_equal(rqspin_set_order(RQSPIN_ORDER_FIFO), -EBUSY);
	assert_int_equal(rqspin_set_default_timeout(0), -EINVAL);
	assert_int_equal(rqspin_set_policy((enum rqspin_policy)2), -EINVAL);
	assert_int_equal(rqspin_set_order((enum rqspin_order)2), -EINVAL);
}

static void a_domain_has_limits(void **state)
{
	struct rq_domain_options options = { .cpus = 0 };
	struct rq_domain *domain;
	struct rq_cpu *cpu, *other;

	assert_int_equal(rq_domain_create(&options, &domain), -EINVAL);
	options.cpus = RQ_SLOTS + 1;
	assert_int_equal(rq_domain_create(&options, &domain), -EINVAL);
	options.cpus = 1;
	options.policy = RQSPIN_POLICY_KERNEL;
	assert_int_equal(rq_domain_create(&options, &domain), 0);
	assert_null(rq_domain_cpu(domain, 1));
	assert_int_equal(rq_cpu_attach(domain, 1, &cpu), -EINVAL);
	assert_int_equal(rq_cpu_attach(domain, 0, &cpu), 0);
	assert_int_equal(rq_cpu_attach(domain, 0, &other), -EINVAL);
	assert_ptr_equal(rq_cpu_current(), cpu);
	rq_cpu_detach(cpu);
	rq_domain_destroy(domain);
}

/* What a person reads: what happened, where, and who holds what. */
static void a_report_is_printed_with_places(void **state)
{
	rqspinlock_t lock = RQSPINLOCK_INIT;
	char text[2000] = "";
	int ends[2];

	assert_int_equal(rqspin_lock(&lock), 0);
	assert_int_equal(rqspin_lock(&lock), -EDEADLK);
	assert_int_equal(rqspin_unlock(&lock), 0);
	last.party = last_party;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(rqspin_report_print(&last, ends[1]), 0);
	assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
	close(ends[0]);
	close(ends[1]);

	assert_non_null(strstr(text, "AA deadlock: lock 0x"));
	assert_non_null(strstr(text, "lock-outcomes+0x"));
	assert_non_null(strstr(text, "holds 0x"));
	assert_int_equal(rqspin_report_print(&last, ends[1]), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(zeroed_memory_is_an_unlocked_lock, forget_reports),
		cmocka_unit_test_setup(a_lock_taken_twice_is_an_aa_deadlock, forget_reports),
		cmocka_unit_test_setup(trylock_says_busy_also_to_the_holder, forget_reports),
		cmocka_unit_test_setup(locks_are_released_in_any_order, forget_reports),
		cmocka_unit_test_setup(a_held_lock_times_out, forget_reports),
		cmocka_unit_test_setup(a_held_lock_times_out_after_250_ms, forget_reports),
		cmocka_unit_test_setup(the_longest_time_limit_is_none, forget_reports),
		cmocka_unit_test_setup(a_holder_that_comes_to_its_own_queue_is_told_at_once, forget_reports),
		cmocka_unit_test_setup(a_deadline_in_the_past_fails_only_where_there_is_a_wait, forget_reports),
		cmocka_unit_test_setup(a_lock_reserved_for_nobody_can_be_taken, forget_reports),
		cmocka_unit_test_setup(more_locks_are_held_than_are_recorded, forget_reports),
		cmocka_unit_test_setup(deadlocks_are_found_through_the_recorded_locks, forget_reports),
		cmocka_unit_test_setup(a_holder_that_does_not_run_is_not_charged, forget_reports),
		cmocka_unit_test_setup(in_the_kernels_way_only_the_table_knows, forget_reports),
		cmocka_unit_test_setup(the_kernels_names_keep_preemption_off, forget_reports),
		cmocka_unit_test_setup(options_are_fixed_by_the_first_lock, forget_reports),
		cmocka_unit_test_setup(a_domain_has_limits, forget_reports),
		cmocka_unit_test_setup(a_report_is_printed_with_places, forget_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
