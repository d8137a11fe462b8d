/* SPDX-License-Identifier: BSD-2-Clause */
/* Signal handlers that lock: over a holder, over a waiter, over each other; and signals as interrupts of C programs. */
#include <signal.h>

#include "rqspin/kfunc.h"
#include "team.h"

#define SIGNAL (SIGRTMIN + 3)

static rqspinlock_t lock, other;
static volatile int results[8];
static volatile unsigned int runs;

static void want_lock(int signo)
{
	int err = rqspin_lock(&lock);

	results[runs++ % 8] = err;
	if (!err)
		rqspin_unlock(&lock);
}

static int reset(void **state)
{
	runs = 0;
	memset((void *)results, 0, sizeof(results));
	return 0;
}

/* Also with plain sigaction(2): the library does not know that it is a handler. */
static void a_handler_over_the_holder_gets_an_error_at_once(void **state)
{
	struct sigaction action = { .sa_handler = want_lock }, before;

	sigaction(SIGNAL, &action, &before);
	raise(SIGNAL);
	assert_int_equal(rqspin_lock(&lock), 0);
	raise(SIGNAL);
	assert_int_equal(rqspin_unlock(&lock), 0);
	raise(SIGNAL);
	sigaction(SIGNAL, &before, NULL);

	assert_int_equal(runs, 3);
	assert_int_equal(results[0], 0);
	assert_int_equal(results[1], -EDEADLK);
	assert_int_equal(results[2], 0);
}

static void an_interrupt_waits_until_interrupts_go_on(void **state)
{
	unsigned long flags, inner;

	assert_int_equal(rqspin_irq_register(SIGNAL, want_lock), 0);
	assert_int_equal(rqspin_irq_register(SIGNAL, want_lock), -EBUSY);
	assert_int_equal(rqspin_lock_irqsave(&lock, &flags), 0);
	assert_int_equal(rqspin_trylock_irqsave(&other, &inner), 0);
	for (int i = 0; i < 5; i++)
		raise(SIGNAL);
	assert_int_equal(runs, 0);
	assert_int_equal(rqspin_unlock_irqrestore(&other, &inner), 0);
	assert_int_equal(runs, 0);

	assert_int_equal(rqspin_unlock_irqrestore(&lock, &flags), 0);

	assert_int_equal(runs, 5);
	for (int i = 0; i < 5; i++)
		assert_int_equal(results[i], 0);
	assert_int_equal(rqspin_signal_unregister(SIGNAL), 0);
	assert_int_equal(rqspin_signal_unregister(SIGNAL), -EINVAL);
}

static void an_nmi_does_not_wait(void **state)
{
	unsigned long flags;

	assert_int_equal(rqspin_nmi_register(SIGNAL, want_lock), 0);
	assert_int_equal(rqspin_lock_until_irqsave(&lock, RQSPIN_NO_DEADLINE, &flags), 0);
	raise(SIGNAL);
	assert_int_equal(runs, 1);
	assert_int_equal(results[0], -EDEADLK);
	assert_int_equal(rqspin_unlock_irqrestore(&lock, &flags), 0);
	assert_int_equal(rqspin_signal_unregister(SIGNAL), 0);
}

static void signals_that_make_no_sense_are_refused(void **state)
{
	assert_int_equal(rqspin_irq_register(0, want_lock), -EINVAL);
	assert_int_equal(rqspin_irq_register(SIGRTMAX + 1, want_lock), -EINVAL);
	assert_int_equal(rqspin_irq_register(SIGKILL, want_lock), -EINVAL);
	assert_int_equal(rqspin_irq_register(SIGNAL, NULL), -EINVAL);
}

static void set_errno(int signo)
{
	errno = EDOM;
	runs++;
}

static void an_interrupt_keeps_errno(void **state)
{
	assert_int_equal(rqspin_irq_register(SIGNAL, set_errno), 0);
	errno = ERANGE;
	raise(SIGNAL);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(runs, 1);
	assert_int_equal(rqspin_signal_unregister(SIGNAL), 0);
}

static void *end_with_everything_off(void *arg)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	bpf_preempt_disable();
	raise(SIGNAL);
	return rq_cpu_current();
}

static void *raise_at_once(void *arg)
{
	rqspinlock_t own = RQSPINLOCK_INIT;

	if (rqspin_lock(&own) || rqspin_unlock(&own) || rq_cpu_preempt_count(rq_cpu_current()))
		return NULL;
	raise(SIGNAL);
	return rq_cpu_current();
}

static void a_thread_starts_with_interrupts_on_in_a_used_slot(void **state)
{
	void *first, *second;
	pthread_t thread;

	assert_int_equal(rqspin_irq_register(SIGNAL, want_lock), 0);
	assert_int_equal(pthread_create(&thread, NULL, end_with_everything_off, NULL), 0);
	pthread_join(thread, &first);
	assert_int_equal(runs, 0);
	assert_int_equal(pthread_create(&thread, NULL, raise_at_once, NULL), 0);
	pthread_join(thread, &second);

	assert_ptr_equal(first, second);
	assert_int_equal(runs, 1);
	assert_int_equal(rqspin_signal_unregister(SIGNAL), 0);
}

static _Atomic unsigned int reported_held;

static void count_held(const struct rqspin_report *report, void *arg)
{
	atomic_store(&reported_held, report->party[0].held_count);
}

/* Over a waiter. The team's CPUs get their interrupts by rq_cpu_raise(). */
static _Atomic int nested_result;
static _Atomic int nested_done;

static void want_what_the_waiter_wants(struct rq_cpu *cpu, enum rq_interrupt kind, void *arg)
{
	atomic_store(&nested_result, rq_lock_acquire(cpu, arg, 0, HERE, NULL));
	if (!atomic_load(&nested_result))
		rq_lock_release(cpu, arg);
	atomic_store(&nested_done, 1);
}

static void wait_for_first(struct member *member)
{
	member->result = rq_lock_acquire(member->cpu, &member->team->lock[0], 0, HERE, NULL);
	if (!member->result)
		rq_lock_release(member->cpu, &member->team->lock[0]);
}

static const struct rq_domain_options *const all_options[] = { &barging, &fifo, &kernel };

static void a_handler_over_a_waiter_for_the_same_lock_gets_an_error(void **state)
{
	for (int o = 0; o < 3; o++) {
		struct team *team = team_of(1, all_options[o]);
		struct rq_cpu *cpu = team_enter(team), *waiter = team_cpu(team, 0);

		assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL), 0);
		rq_cpu_set_handler(waiter, RQ_INTERRUPT_IRQ, want_what_the_waiter_wants, &team->lock[0]);
		team_start(team, wait_for_first);
		stage_until(is_queued(waiter, &team->lock[0]));
		atomic_store(&nested_done, 0);
		rq_cpu_raise(waiter, RQ_INTERRUPT_IRQ);
		stage_until(atomic_load(&nested_done));
		assert_int_equal(nested_result, -EDEADLK);
		rq_lock_release(cpu, &team->lock[0]);
		team_join(team);
		assert_int_equal(team->member[0].result, 0);
		rq_cpu_detach(cpu);
		team_free(team);
	}
}

/* A free lock can be taken over a waiter; a taken one is waited for, but by an NMI in the kernel's way. */
static void a_handler_over_a_waiter_may_take_another_lock(void **state)
{
	for (int o = 0; o < 3; o++)
		for (int taken = 0; taken < 2; taken++) {
			struct team *team = team_of(1, all_options[o]);
			struct rq_cpu *cpu = team_enter(team), *waiter = team_cpu(team, 0);

			assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL), 0);
			if (taken)
				assert_int_equal(rq_lock_acquire(cpu, &team->lock[1], 0, HERE, NULL), 0);
			rq_cpu_set_handler(waiter, RQ_INTERRUPT_NMI, want_what_the_waiter_wants, &team->lock[1]);
			team_start(team, wait_for_first);
			stage_until(is_queued(waiter, &team->lock[0]));
			atomic_store(&nested_done, 0);
			rq_cpu_raise(waiter, RQ_INTERRUPT_NMI);
			if (taken && all_options[o] != &kernel) {
				stage_until(is_waiting(waiter, &team->lock[1]));
				rq_lock_release(cpu, &team->lock[1]);
			}
			stage_until(atomic_load(&nested_done));
			assert_int_equal(nested_result, taken && all_options[o] == &kernel ? -EDEADLK : 0);
			rq_lock_release(cpu, &team->lock[0]);
			if (taken && all_options[o] == &kernel)
				rq_lock_release(cpu, &team->lock[1]);
			team_join(team);
			assert_int_equal(team->member[0].result, 0);
			rq_cpu_detach(cpu);
			team_free(team);
		}
}

/*
 * Crossing: member 0 is the head of the queue for lock 0 when an interrupt makes it wait for lock 1; member 1 holds lock 1
 * and stands behind it in the queue for lock 0. Nobody holds lock 0: there is no deadlock, and there must be no error.
 */
static void cross(struct member *member)
{
	struct team *team = member->team;

	if (member->index == 1 && rq_lock_acquire(member->cpu, &team->lock[1], 0, HERE, NULL))
		abort();
	while (!atomic_load(&member->stage))
		nap();
	/* Places that it has left stand between it and the head. */
	for (int i = 1; member->index == 1 && i < RQ_NODES; i++)
		if (!rq_lock_acquire(member->cpu, &team->lock[0], MS, HERE, NULL))
			rq_lock_release(member->cpu, &team->lock[0]);
	wait_for_first(member);
	if (member->index == 1)
		rq_lock_release(member->cpu, &team->lock[1]);
}

static void nested_waiters_that_cross_get_on(void **state)
{
	for (int o = 0; o < 2; o++)
		for (int head_interrupted_first = 0; head_interrupted_first < 2; head_interrupted_first++) {
			struct team *team = team_of(2, all_options[o]);
			struct rq_cpu *cpu = team_enter(team), *head = team_cpu(team, 0), *behind = team_cpu(team, 1);

			assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL), 0);
			rq_cpu_set_handler(head, RQ_INTERRUPT_IRQ, want_what_the_waiter_wants, &team->lock[1]);
			atomic_store(&nested_done, 0);
			team_start(team, cross);
			stage_until(rq_word_owner(&team->lock[1], o == 1, memory_order_relaxed));
			atomic_store(&team->member[0].stage, 1);
			stage_until(is_queued(head, &team->lock[0]));
			if (head_interrupted_first) {
				rq_cpu_raise(head, RQ_INTERRUPT_IRQ);
				stage_until(is_waiting(head, &team->lock[1]));
			}
			atomic_store(&team->member[1].stage, 1);
			stage_until(is_queued(behind, &team->lock[0]));
			if (!head_interrupted_first) {
				rq_cpu_raise(head, RQ_INTERRUPT_IRQ);
				stage_until(is_waiting(head, &team->lock[1]));
			}
			rq_lock_release(cpu, &team->lock[0]);
			team_join(team);

			assert_int_equal(nested_result, 0);
			assert_int_equal(team_count(team, 0), 2);
			assert_true(is_free_word(&team->lock[0]));
			assert_true(is_free_word(&team->lock[1]));
			rq_cpu_detach(cpu);
			team_free(team);
		}
}

/* The interrupted one stands in the middle of the queue: hand-over goes past it, and it gets the lock all the same. */
static void hand_over_goes_past_an_interrupted_waiter(void **state)
{
	for (int o = 0; o < 2; o++) {
		struct team *team = team_of(3, all_options[o]);
		struct rq_cpu *cpu = team_enter(team), *middle = team_cpu(team, 1);

		assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL), 0);
		assert_int_equal(rq_lock_acquire(cpu, &team->lock[1], 0, HERE, NULL), 0);
		rq_cpu_set_handler(middle, RQ_INTERRUPT_IRQ, want_what_the_waiter_wants, &team->lock[1]);
		atomic_store(&nested_done, 0);
		for (int i = 0; i < 3; i++)
			atomic_store(&team->member[i].stage, 0);
		team_start(team, cross);
		/* Member 1 of cross() takes lock 1 first, which the test holds: it waits for that one. */
		stage_until(is_waiting(middle, &team->lock[1]));
		rq_lock_release(cpu, &team->lock[1]);
		for (int i = 0; i < 3; i++) {
			atomic_store(&team->member[i].stage, 1);
			stage_until(is_queued(team_cpu(team, i), &team->lock[0]));
		}
		rq_cpu_set_handler(middle, RQ_INTERRUPT_IRQ, want_what_the_waiter_wants, &team->lock[2]);
		assert_int_equal(rq_lock_acquire(cpu, &team->lock[2], 0, HERE, NULL), 0);
		rq_cpu_raise(middle, RQ_INTERRUPT_IRQ);
		stage_until(is_waiting(middle, &team->lock[2]));
		rq_lock_release(cpu, &team->lock[0]);
		pthread_join(team->member[0].thread, NULL);
		pthread_join(team->member[2].thread, NULL);
		assert_int_equal(team->member[2].result, 0);
		rq_lock_release(cpu, &team->lock[2]);
		pthread_join(team->member[1].thread, NULL);
		assert_int_equal(team->member[1].result, 0);
		assert_int_equal(nested_result, 0);
		rq_cpu_detach(cpu);
		team_free(team);
	}
}

/* Takes one, and fails on the lock that the context below waits for. */
static void take_second_then_first(struct rq_cpu *cpu, enum rq_interrupt kind, void *arg)
{
	struct team *team = arg;

	if (rq_lock_acquire(cpu, &team->lock[1], 0, HERE, NULL))
		abort();
	atomic_store(&nested_result, rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL));
	rq_lock_release(cpu, &team->lock[1]);
	atomic_store(&nested_done, 1);
}

static void a_report_over_a_waiter_has_what_the_handler_holds(void **state)
{
	struct rq_domain_options options = barging;
	struct rq_cpu *cpu, *waiter;
	struct team *team;

	options.report = count_held;
	team = team_of(1, &options);
	cpu = team_enter(team);
	waiter = team_cpu(team, 0);
	assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL), 0);
	rq_cpu_set_handler(waiter, RQ_INTERRUPT_IRQ, take_second_then_first, team);
	team_start(team, wait_for_first);
	stage_until(is_queued(waiter, &team->lock[0]));
	atomic_store(&nested_done, 0);
	rq_cpu_raise(waiter, RQ_INTERRUPT_IRQ);
	stage_until(atomic_load(&nested_done));

	assert_int_equal(nested_result, -EDEADLK);
	assert_int_equal(reported_held, 1);
	rq_lock_release(cpu, &team->lock[0]);
	team_join(team);
	rq_cpu_detach(cpu);
	team_free(team);
}

/*
 * A handler over a waiter holds a lock that a third party wants, while that party holds what the waiter waits for: it looks
 * like a cycle, but the handler comes to its end.
 */
static _Atomic int handler_holds;

static void hold_second_for_a_while(struct rq_cpu *cpu, enum rq_interrupt kind, void *arg)
{
	struct team *team = arg;

	if (rq_lock_acquire(cpu, &team->lock[1], 0, HERE, NULL))
		abort();
	atomic_store(&handler_holds, 1);
	while (atomic_load(&handler_holds) == 1)
		nap();
	rq_lock_release(cpu, &team->lock[1]);
}

static void what_a_handler_holds_is_no_cycle(void **state)
{
	for (int o = 0; o < 3; o++) {
		struct team *team = team_of(1, all_options[o]);
		struct rq_cpu *cpu = team_enter(team), *waiter = team_cpu(team, 0);

		assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL), 0);
		rq_cpu_set_handler(waiter, RQ_INTERRUPT_IRQ, hold_second_for_a_while, team);
		atomic_store(&handler_holds, 0);
		team_start(team, wait_for_first);
		stage_until(is_queued(waiter, &team->lock[0]));
		rq_cpu_raise(waiter, RQ_INTERRUPT_IRQ);
		stage_until(atomic_load(&handler_holds) == 1);

		assert_int_equal(rq_lock_acquire(cpu, &team->lock[1], 5 * MS, HERE, NULL), -ETIMEDOUT);

		atomic_store(&handler_holds, 2);
		assert_int_equal(rq_lock_acquire(cpu, &team->lock[1], 0, HERE, NULL), 0);
		rq_lock_release(cpu, &team->lock[1]);
		rq_lock_release(cpu, &team->lock[0]);
		team_join(team);
		assert_int_equal(team->member[0].result, 0);
		rq_cpu_detach(cpu);
		team_free(team);
	}
}

/* The same with a handler that first releases what the waiter below it took: its own lock moves down in the table. */
static void release_below_and_hold_second(struct rq_cpu *cpu, enum rq_interrupt kind, void *arg)
{
	struct team *team = arg;

	if (rq_lock_acquire(cpu, &team->lock[1], 0, HERE, NULL) || rq_lock_release(cpu, &team->lock[2]) ||
	    rq_lock_release(cpu, &team->lock[3]))
		abort();
	atomic_store(&handler_holds, 1);
	while (atomic_load(&handler_holds) == 1)
		nap();
	rq_lock_release(cpu, &team->lock[1]);
}

static void wait_for_first_with_two(struct member *member)
{
	if (rq_lock_acquire(member->cpu, &member->team->lock[2], 0, HERE, NULL) ||
	    rq_lock_acquire(member->cpu, &member->team->lock[3], 0, HERE, NULL))
		abort();
	wait_for_first(member);
}

static void what_moved_down_under_a_handler_is_no_cycle(void **state)
{
	for (int o = 0; o < 3; o++) {
		struct team *team = team_of(1, all_options[o]);
		struct rq_cpu *cpu = team_enter(team), *waiter = team_cpu(team, 0);

		assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL), 0);
		rq_cpu_set_handler(waiter, RQ_INTERRUPT_IRQ, release_below_and_hold_second, team);
		atomic_store(&handler_holds, 0);
		team_start(team, wait_for_first_with_two);
		stage_until(is_queued(waiter, &team->lock[0]));
		rq_cpu_raise(waiter, RQ_INTERRUPT_IRQ);
		stage_until(atomic_load(&handler_holds) == 1);

		assert_int_equal(rq_lock_acquire(cpu, &team->lock[1], 5 * MS, HERE, NULL), -ETIMEDOUT);

		atomic_store(&handler_holds, 2);
		rq_lock_release(cpu, &team->lock[0]);
		team_join(team);
		assert_int_equal(team->member[0].result, 0);
		rq_cpu_detach(cpu);
		team_free(team);
	}
}

/*
 * The waiter holds 1 and waits for 0, its handler waits for 2. Who then closes the cycle of 0 and 1 sees only the handler's wait;
 * when that is over, the waiter's own is there again.
 */
static void wait_for_first_with_second(struct member *member)
{
	if (rq_lock_acquire(member->cpu, &member->team->lock[1], 0, HERE, NULL))
		abort();
	wait_for_first(member);
	rq_lock_release(member->cpu, &member->team->lock[1]);
}

static void hold_third_until_both_wait(struct member *member)
{
	struct team *team = member->team;

	if (member->index == 0) {
		wait_for_first_with_second(member);
		return;
	}
	if (rq_lock_acquire(member->cpu, &team->lock[2], 0, HERE, NULL))
		abort();
	atomic_store(&member->stage, 1);
	stage_until(is_queued(team_cpu(team, 2), &team->lock[1]));
	rq_lock_release(member->cpu, &team->lock[2]);
}

static void a_cycle_that_closed_during_a_nested_wait_is_found(void **state)
{
	for (int o = 0; o < 3; o++) {
		struct team *team = team_of(2, all_options[o]);
		struct rq_cpu *cpu = team_enter(team), *waiter = team_cpu(team, 0);
		int err;

		assert_int_equal(rq_lock_acquire(cpu, &team->lock[0], 0, HERE, NULL), 0);
		rq_cpu_set_handler(waiter, RQ_INTERRUPT_IRQ, want_what_the_waiter_wants, &team->lock[2]);
		team_start(team, hold_third_until_both_wait);
		stage_until(atomic_load(&team->member[1].stage) && is_queued(waiter, &team->lock[0]));
		rq_cpu_raise(waiter, RQ_INTERRUPT_IRQ);
		stage_until(is_waiting(waiter, &team->lock[2]));

		err = rq_lock_acquire(cpu, &team->lock[1], 0, HERE, NULL);
		if (!err)
			rq_lock_release(cpu, &team->lock[1]);
		rq_lock_release(cpu, &team->lock[0]);
		team_join(team);
		assert_int_equal(nested_result, 0);
		assert_true((err == -EDEADLK && !team->member[0].result) ||
			    (!err && team->member[0].result == -EDEADLK));
		rq_cpu_detach(cpu);
		team_free(team);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_handler_over_the_holder_gets_an_error_at_once, reset),
		cmocka_unit_test_setup(an_interrupt_waits_until_interrupts_go_on, reset),
		cmocka_unit_test_setup(an_nmi_does_not_wait, reset),
		cmocka_unit_test_setup(signals_that_make_no_sense_are_refused, reset),
		cmocka_unit_test_setup(an_interrupt_keeps_errno, reset),
		cmocka_unit_test_setup(a_thread_starts_with_interrupts_on_in_a_used_slot, reset),
		cmocka_unit_test(a_handler_over_a_waiter_for_the_same_lock_gets_an_error),
		cmocka_unit_test(a_handler_over_a_waiter_may_take_another_lock),
		cmocka_unit_test(nested_waiters_that_cross_get_on),
		cmocka_unit_test(hand_over_goes_past_an_interrupted_waiter),
		cmocka_unit_test(what_a_handler_holds_is_no_cycle),
		cmocka_unit_test(what_moved_down_under_a_handler_is_no_cycle),
		cmocka_unit_test(a_cycle_that_closed_during_a_nested_wait_is_found),
		cmocka_unit_test(a_report_over_a_waiter_has_what_the_handler_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
