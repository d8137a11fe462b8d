/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Storms of interrupts and NMIs over threads that share a counter: exact, nothing lost, nothing left locked.
 * For long runs: RQ_LOCK_STORM_MS (milliseconds of each storm, 300 by default), RQ_LOCK_STORM_CPUS (up to 64, 4 by default).
 */
#include <signal.h>

#include "team.h"

/* Storm: every IRQ and softirq runs once, every NMI runs or is merged; the handlers share a counter with their task. */
struct storm {
	struct team *team;
	_Atomic int stop;
	_Atomic uint64_t refused;
	uint64_t counter;
	uint64_t added[TEAM_MAX];
};

static void add(struct rq_cpu *cpu, struct storm *storm)
{
	int err = rq_lock_acquire(cpu, &storm->team->lock[0], 0, HERE, NULL);

	if (err == -EDEADLK) {
		atomic_fetch_add(&storm->refused, 1);
		return;
	}
	if (err)
		abort();
	storm->counter++;
	storm->added[rq_cpu_number(cpu)]++; /* under the lock: contexts of a CPU do not mix */
	if (rq_lock_release(cpu, &storm->team->lock[0]))
		abort();
}

static void add_in_handler(struct rq_cpu *cpu, enum rq_interrupt kind, void *arg)
{
	add(cpu, arg);
}

static void work(struct member *member)
{
	struct storm *storm = member->team->arg;
	struct rq_cpu *cpu = member->cpu;

	while (!atomic_load(&storm->stop)) {
		unsigned long flags = member->count++ % 2 ? rq_local_irq_save(cpu) : 0;

		add(cpu, storm);
		rq_local_irq_restore(cpu, flags);
	}
	rq_cpu_run_pending(cpu);
}

static void storm_of(const struct rq_domain_options *options, unsigned int cpus, unsigned int ms)
{
	static const enum rq_interrupt kinds[] = { RQ_INTERRUPT_IRQ, RQ_INTERRUPT_NMI, RQ_INTERRUPT_SOFTIRQ };
	struct storm storm = { 0 };
	struct rq_interrupt_counts counts;
	uint64_t end, sum = 0, random = 1;

	storm.team = team_of(cpus, options);
	storm.team->arg = &storm;
	for (unsigned int i = 0; i < cpus; i++)
		for (int k = 0; k < RQ_INTERRUPTS; k++)
			rq_cpu_set_handler(team_cpu(storm.team, i), k, add_in_handler, &storm);
	team_start(storm.team, work);
	end = now_ns() + ms * MS;
	while (now_ns() < end) {
		uint64_t choice = rq_random_next(&random);

		rq_cpu_raise(team_cpu(storm.team, choice % cpus), kinds[(choice >> 32) % 3]);
		if (choice >> 60 == 0)
			nap();
	}
	atomic_store(&storm.stop, 1);
	team_join(storm.team);

	for (unsigned int i = 0; i < cpus; i++) {
		struct rq_cpu *cpu = team_cpu(storm.team, i);

		for (int k = 0; k < 3; k++) {
			rq_cpu_interrupt_counts(cpu, kinds[k], &counts);
			assert_int_equal(counts.raised, counts.run + counts.merged);
			if (kinds[k] != RQ_INTERRUPT_NMI)
				assert_int_equal(counts.merged, 0);
		}
		assert_int_equal(rq_lock_held_count(cpu), 0);
		sum += storm.added[i];
	}
	assert_int_equal(storm.counter, sum);
	assert_true(is_free_word(&storm.team->lock[0]));
	team_free(storm.team);
}

static void a_storm_of_interrupts_loses_nothing(void **state)
{
	unsigned int ms = amount("RQ_LOCK_STORM_MS", 300), cpus = amount("RQ_LOCK_STORM_CPUS", 4);

	storm_of(&barging, cpus, ms);
	storm_of(&fifo, cpus, ms);
	storm_of(&kernel, cpus, ms);
}

/* Storm over C threads: plain signals at random instructions, one counter under the lock. */
static rqspinlock_t lock;
static uint64_t counter, added[TEAM_MAX];
static __thread uint64_t *own_added;
static _Atomic int stop;

#define SIGNAL (SIGRTMIN + 3)

static void add_in_signal(int signo)
{
	if (!own_added || rqspin_lock(&lock))
		return;
	counter++;
	++*own_added;
	if (rqspin_unlock(&lock))
		abort();
}

static void *keep_adding(void *arg)
{
	unsigned long flags;

	own_added = arg;
	while (!atomic_load(&stop)) {
		add_in_signal(0);
		if (rqspin_lock_irqsave(&lock, &flags))
			continue;
		counter++;
		++*own_added;
		if (rqspin_unlock_irqrestore(&lock, &flags))
			abort();
	}
	return NULL;
}

static void a_storm_of_signals_keeps_the_counter_exact(void **state)
{
	unsigned int threads = amount("RQ_LOCK_STORM_CPUS", 4);
	uint64_t end = now_ns() + amount("RQ_LOCK_STORM_MS", 300) * MS, random = 7, sum = 0;
	pthread_t thread[TEAM_MAX];

	assert_int_equal(rqspin_irq_register(SIGNAL, add_in_signal), 0);
	assert_int_equal(rqspin_nmi_register(SIGNAL + 1, add_in_signal), 0);
	for (unsigned int i = 0; i < threads; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, keep_adding, &added[i]), 0);
	while (now_ns() < end) {
		uint64_t choice = rq_random_next(&random);

		pthread_kill(thread[choice % threads], SIGNAL + (choice >> 40) % 2);
		if (choice >> 61 == 0)
			nap();
	}
	atomic_store(&stop, 1);
	for (unsigned int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(rqspin_signal_unregister(SIGNAL), 0);
	assert_int_equal(rqspin_signal_unregister(SIGNAL + 1), 0);

	for (unsigned int i = 0; i < threads; i++)
		sum += added[i];
	assert_int_equal(counter, sum);
	assert_true(is_free_word(&lock));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_storm_of_interrupts_loses_nothing),
		cmocka_unit_test(a_storm_of_signals_keeps_the_counter_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
