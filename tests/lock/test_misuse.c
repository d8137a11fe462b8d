/* SPDX-License-Identifier: BSD-2-Clause */
/* Mistakes of a program are survived and reported. */
#define RQSPIN_NO_INLINE /* ThreadSanitizer would report the mistakes itself */
#include <sys/mman.h>
#include <sys/wait.h>

#include "rqspin/kfunc.h"
#include "team.h"

static _Atomic unsigned int reported[RQSPIN_REPORT_PREEMPT_ON + 1];
static _Atomic unsigned int last_held;

static void count_kind(const struct rqspin_report *report, void *arg)
{
	atomic_fetch_add(&reported[report->kind], 1);
	atomic_store(&last_held, report->parties ? report->party[0].held_count : 0);
}

static int listen(void **state)
{
	memset(reported, 0, sizeof(reported));
	rqspin_set_report(count_kind, NULL);
	return 0;
}

static void unlock_of_a_free_lock_is_refused(void **state)
{
	rqspinlock_t lock = RQSPINLOCK_INIT;

	assert_int_equal(rqspin_unlock(&lock), -EPERM);
	assert_int_equal(lock.word, 0);
	assert_int_equal(reported[RQSPIN_REPORT_NOT_HELD], 1);
	assert_int_equal(rqspin_lock(&lock), 0);
	assert_int_equal(rqspin_unlock(&lock), 0);
	assert_int_equal(rqspin_unlock(&lock), -EPERM);
}

static void *unlock_of_another(void *lock)
{
	return (void *)(intptr_t)rqspin_unlock(lock);
}

static void unlock_by_another_is_refused(void **state)
{
	rqspinlock_t lock = RQSPINLOCK_INIT;
	pthread_t thread;
	void *result;

	assert_int_equal(rqspin_lock(&lock), 0);
	assert_int_equal(pthread_create(&thread, NULL, unlock_of_another, &lock), 0);
	pthread_join(thread, &result);

	assert_int_equal((intptr_t)result, -EPERM);
	assert_int_equal(reported[RQSPIN_REPORT_NOT_HELD], 1);
	assert_int_equal(rqspin_trylock(&lock), -EBUSY);
	assert_int_equal(rqspin_unlock(&lock), 0);
}

static void *lock_and_end(void *lock)
{
	return (void *)(intptr_t)rqspin_lock(lock);
}

/* Its slot is nobody else's from then on: else the next thread would own the lock. */
static void a_thread_that_ends_holding_is_reported(void **state)
{
	static rqspinlock_t lock, other;
	pthread_t thread;
	void *result;

	assert_int_equal(pthread_create(&thread, NULL, lock_and_end, &lock), 0);
	pthread_join(thread, &result);
	assert_null(result);
	assert_int_equal(reported[RQSPIN_REPORT_EXIT_HOLDING], 1);
	assert_int_equal(last_held, 1);

	assert_int_equal(pthread_create(&thread, NULL, unlock_of_another, &lock), 0);
	pthread_join(thread, &result);
	assert_int_equal((intptr_t)result, -EPERM);
	assert_int_equal(rqspin_lock_until(&lock, now_ns() + 5 * MS), -ETIMEDOUT);
	assert_int_equal(rqspin_lock(&other), 0);
	assert_int_equal(rqspin_unlock(&other), 0);
}

static void *use_and_end(void *lock)
{
	int err = rqspin_lock(lock);

	return (void *)(intptr_t)(err ? err : rqspin_unlock(lock));
}

static void slots_of_ended_threads_are_used_again(void **state)
{
	static rqspinlock_t lock;
	struct rq_domain *domain;
	uint32_t slots;
	pthread_t thread;
	void *result;

	assert_int_equal(rqspin_lock(&lock), 0);
	assert_int_equal(rqspin_unlock(&lock), 0);
	domain = rq_cpu_domain(rq_cpu_current());
	for (int i = 0; i < 50; i++) {
		assert_int_equal(pthread_create(&thread, NULL, use_and_end, &lock), 0);
		pthread_join(thread, &result);
		assert_null(result);
		if (i == 0)
			slots = atomic_load(&domain->slots_ever);
	}
	assert_int_equal(atomic_load(&domain->slots_ever), slots);
}

/* In the child: 0 as expected, else which expectation failed. */
static int child_after_fork(rqspinlock_t *held, rqspinlock_t *shared)
{
	rqspinlock_t fresh = RQSPINLOCK_INIT;

	if (reported[RQSPIN_REPORT_FORK_HOLDING] != 1 || last_held != 2)
		return 1;
	if (rqspin_unlock(held) != -EPERM || rqspin_unlock(shared) != -EPERM)
		return 2;
	if (rqspin_lock_until(held, now_ns() + 2 * MS) != -ETIMEDOUT)
		return 3;
	if (rqspin_lock(&fresh) || rq_lock_held_count(rq_cpu_current()) != 1 || rqspin_unlock(&fresh))
		return 4;
	return 0;
}

static void a_child_starts_with_nothing_held(void **state)
{
	static rqspinlock_t held;
	rqspinlock_t *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t child;

	assert_int_equal(rqspin_lock(&held), 0);
	assert_int_equal(rqspin_lock(shared), 0);
	child = fork();
	if (!child)
		_exit(child_after_fork(&held, shared));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);

	assert_int_equal(reported[RQSPIN_REPORT_FORK_HOLDING], 0);
	assert_int_equal(rqspin_unlock(shared), 0);
	assert_int_equal(rqspin_unlock(&held), 0);
	munmap(shared, sizeof(*shared));
}

static void *wait_and_unlock(void *lock)
{
	int err = rqspin_lock_until(lock, RQSPIN_NO_DEADLINE);

	return (void *)(intptr_t)(err ? err : rqspin_unlock(lock));
}

/* A lock that was on its way to a waiter when the process forked: in the child, that waiter is no more. */
static void waiters_of_the_parent_are_passed_over_in_the_child(void **state)
{
	static rqspinlock_t lock;
	pthread_t thread;
	void *result;
	int status;
	pid_t child;

	assert_int_equal(rqspin_lock(&lock), 0);
	assert_int_equal(pthread_create(&thread, NULL, wait_and_unlock, &lock), 0);
	stage_until(rq_word_tail(&lock, false, memory_order_relaxed));
	child = fork();
	if (!child) {
		lock.half.owner = RQ_OWNER_RESERVED;
		_exit(rqspin_lock_until(&lock, now_ns() + LONG_NS) || rqspin_unlock(&lock));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(rqspin_unlock(&lock), 0);
	pthread_join(thread, &result);
	assert_null(result);
}

static void flags_out_of_order_are_reported(void **state)
{
	rqspinlock_t a = RQSPINLOCK_INIT, b = RQSPINLOCK_INIT;
	unsigned long flags_a, flags_b;
	struct rq_cpu *cpu;

	assert_int_equal(rqspin_lock_irqsave(&a, &flags_a), 0);
	assert_int_equal(rqspin_lock_irqsave(&b, &flags_b), 0);
	cpu = rq_cpu_current();

	assert_int_equal(rqspin_unlock_irqrestore(&a, &flags_a), 0);
	assert_int_equal(reported[RQSPIN_REPORT_FLAGS_ORDER], 1);
	assert_true(rq_cpu_irqs_disabled(cpu));
	assert_int_equal(rqspin_unlock_irqrestore(&b, &flags_b), 0);
	assert_false(rq_cpu_irqs_disabled(cpu));

	assert_int_equal(rqspin_lock_irqsave(&a, &flags_a), 0);
	assert_int_equal(rqspin_unlock_irqrestore(&a, &flags_a), 0);
	assert_false(rq_cpu_irqs_disabled(cpu));
}

static void flags_that_nobody_saved_are_reported(void **state)
{
	unsigned long flags = 1;

	bpf_local_irq_restore(&flags);
	assert_int_equal(reported[RQSPIN_REPORT_FLAGS_ORDER], 1);
	assert_false(rq_cpu_irqs_disabled(rq_cpu_current()));
	bpf_local_irq_save(&flags);
	bpf_local_irq_restore(&flags);
	bpf_local_irq_restore(&flags);
	assert_int_equal(reported[RQSPIN_REPORT_FLAGS_ORDER], 2);
	assert_false(rq_cpu_irqs_disabled(rq_cpu_current()));
}

/* By the kernel's names, which return nothing: preemption and interrupts stay as they were. */
static void the_kernels_unlock_of_a_lock_not_held_is_reported(void **state)
{
	struct bpf_res_spin_lock held = { 0 }, other = { 0 };
	unsigned long flags;

	assert_int_equal(bpf_res_spin_lock_irqsave(&held, &flags), 0);
	bpf_res_spin_unlock(&other);
	bpf_res_spin_unlock_irqrestore(&other, &flags);
	assert_int_equal(reported[RQSPIN_REPORT_NOT_HELD], 2);
	assert_int_equal(rq_cpu_preempt_count(rq_cpu_current()), 1);
	assert_true(rq_cpu_irqs_disabled(rq_cpu_current()));
	bpf_res_spin_unlock_irqrestore(&held, &flags);
	assert_int_equal(rq_cpu_preempt_count(rq_cpu_current()), 0);
	assert_false(rq_cpu_irqs_disabled(rq_cpu_current()));
}

/* Also one inside a locked region, which takes what the lock's own enable needs. */
static void preemption_that_nobody_disabled_is_reported(void **state)
{
	struct bpf_res_spin_lock lock = { 0 };
	unsigned long flags;

	bpf_preempt_enable();
	assert_int_equal(reported[RQSPIN_REPORT_PREEMPT_ON], 1);
	assert_int_equal(rq_cpu_preempt_count(rq_cpu_current()), 0);

	assert_int_equal(bpf_res_spin_lock(&lock), 0);
	bpf_preempt_enable();
	assert_int_equal(reported[RQSPIN_REPORT_PREEMPT_ON], 1);
	bpf_res_spin_unlock(&lock);
	assert_int_equal(reported[RQSPIN_REPORT_PREEMPT_ON], 2);
	assert_int_equal(rq_cpu_preempt_count(rq_cpu_current()), 0);

	assert_int_equal(bpf_res_spin_lock_irqsave(&lock, &flags), 0);
	bpf_preempt_enable();
	bpf_res_spin_unlock_irqrestore(&lock, &flags);
	assert_int_equal(reported[RQSPIN_REPORT_PREEMPT_ON], 3);
	assert_int_equal(rq_cpu_preempt_count(rq_cpu_current()), 0);
	assert_false(rq_cpu_irqs_disabled(rq_cpu_current()));
	assert_int_equal(lock.val, 0);
}

static void failed_unlock_leaves_interrupts_as_they_are(void **state)
{
	rqspinlock_t lock = RQSPINLOCK_INIT, other = RQSPINLOCK_INIT;
	unsigned long flags;

	assert_int_equal(rqspin_lock_irqsave(&lock, &flags), 0);
	assert_int_equal(rqspin_unlock_irqrestore(&other, &flags), -EPERM);
	assert_true(rq_cpu_irqs_disabled(rq_cpu_current()));
	assert_int_equal(rqspin_unlock_irqrestore(&lock, &flags), 0);
	assert_false(rq_cpu_irqs_disabled(rq_cpu_current()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(unlock_of_a_free_lock_is_refused, listen),
		cmocka_unit_test_setup(unlock_by_another_is_refused, listen),
		cmocka_unit_test_setup(a_thread_that_ends_holding_is_reported, listen),
		cmocka_unit_test_setup(slots_of_ended_threads_are_used_again, listen),
		cmocka_unit_test_setup(a_child_starts_with_nothing_held, listen),
		cmocka_unit_test_setup(waiters_of_the_parent_are_passed_over_in_the_child, listen),
		cmocka_unit_test_setup(flags_out_of_order_are_reported, listen),
		cmocka_unit_test_setup(flags_that_nobody_saved_are_reported, listen),
		cmocka_unit_test_setup(the_kernels_unlock_of_a_lock_not_held_is_reported, listen),
		cmocka_unit_test_setup(preemption_that_nobody_disabled_is_reported, listen),
		cmocka_unit_test_setup(failed_unlock_leaves_interrupts_as_they_are, listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
