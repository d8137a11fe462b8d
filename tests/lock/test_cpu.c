/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Virtual CPUs: which interrupt runs when, and in which context. Not for ThreadSanitizer, which puts signals off until the
 * next blocking call; test_storm.c is.
 */
#include "team.h"

struct seen {
	enum rq_interrupt kind;
	enum rq_context context;
	bool irqs_off;
};

static struct seen seen[32];
static volatile unsigned int seen_count;
static enum rq_interrupt raise_inside = RQ_INTERRUPTS; /* by the next handler, on itself */

static void note(struct rq_cpu *cpu, enum rq_interrupt kind, void *arg)
{
	enum rq_interrupt inside = raise_inside;

	seen[seen_count++] = (struct seen){ kind, rq_cpu_context(cpu), rq_cpu_irqs_disabled(cpu) };
	errno = EDOM;
	if (inside != RQ_INTERRUPTS) {
		raise_inside = RQ_INTERRUPTS;
		rq_cpu_raise(cpu, inside);
		seen[seen_count++] = (struct seen){ RQ_INTERRUPTS, rq_cpu_context(cpu), false };
	}
}

static struct rq_cpu *cpu_of_test(struct team **team)
{
	struct rq_cpu *cpu;

	*team = team_of(0, &barging);
	cpu = team_enter(*team);
	for (int kind = 0; kind < RQ_INTERRUPTS; kind++)
		rq_cpu_set_handler(cpu, kind, note, NULL);
	seen_count = 0;
	return cpu;
}

static void done(struct team *team, struct rq_cpu *cpu)
{
	rq_cpu_detach(cpu);
	team_free(team);
}

static void expect(unsigned int index, enum rq_interrupt kind, enum rq_context context, bool irqs_off)
{
	assert_int_equal(seen[index].kind, kind);
	assert_int_equal(seen[index].context, context);
	assert_int_equal(seen[index].irqs_off, irqs_off);
}

static void each_kind_runs_in_its_context(void **state)
{
	struct team *team;
	struct rq_cpu *cpu = cpu_of_test(&team);

	errno = ERANGE;
	for (int kind = 0; kind < RQ_INTERRUPTS; kind++)
		assert_int_equal(rq_cpu_raise(cpu, kind), 0);

	assert_int_equal(errno, ERANGE);
	assert_int_equal(seen_count, 4);
	expect(0, RQ_INTERRUPT_PREEMPT, RQ_CONTEXT_TASK, false);
	expect(1, RQ_INTERRUPT_SOFTIRQ, RQ_CONTEXT_SOFTIRQ, false);
	expect(2, RQ_INTERRUPT_IRQ, RQ_CONTEXT_HARDIRQ, true);
	expect(3, RQ_INTERRUPT_NMI, RQ_CONTEXT_NMI, true);
	assert_int_equal(rq_cpu_context(cpu), RQ_CONTEXT_TASK);
	assert_false(rq_cpu_irqs_disabled(cpu));
	done(team, cpu);
}

static void interrupts_off_keeps_all_but_nmis_pending(void **state)
{
	struct team *team;
	struct rq_cpu *cpu = cpu_of_test(&team);
	unsigned long outer = rq_local_irq_save(cpu), inner = rq_local_irq_save(cpu);

	assert_int_not_equal(outer, 0);
	assert_int_equal(inner, 0);
	for (int kind = 0; kind < RQ_INTERRUPTS; kind++)
		assert_int_equal(rq_cpu_raise(cpu, kind), 0);
	assert_int_equal(rq_cpu_raise(cpu, RQ_INTERRUPT_IRQ), 0);
	assert_int_equal(seen_count, 1);
	expect(0, RQ_INTERRUPT_NMI, RQ_CONTEXT_NMI, true);
	rq_local_irq_restore(cpu, inner);
	assert_int_equal(seen_count, 1);

	rq_local_irq_restore(cpu, outer);

	/* Highest first. */
	assert_int_equal(seen_count, 5);
	expect(1, RQ_INTERRUPT_IRQ, RQ_CONTEXT_HARDIRQ, true);
	expect(2, RQ_INTERRUPT_IRQ, RQ_CONTEXT_HARDIRQ, true);
	expect(3, RQ_INTERRUPT_SOFTIRQ, RQ_CONTEXT_SOFTIRQ, false);
	expect(4, RQ_INTERRUPT_PREEMPT, RQ_CONTEXT_TASK, false);
	done(team, cpu);
}

static void preemption_off_keeps_only_the_preempting_task_pending(void **state)
{
	struct team *team;
	struct rq_cpu *cpu = cpu_of_test(&team);

	rq_preempt_disable(cpu);
	rq_preempt_disable(cpu);
	rq_cpu_raise(cpu, RQ_INTERRUPT_PREEMPT);
	rq_cpu_raise(cpu, RQ_INTERRUPT_SOFTIRQ);
	assert_int_equal(seen_count, 1);
	rq_preempt_enable(cpu);
	assert_int_equal(seen_count, 1);
	rq_preempt_enable(cpu);

	assert_int_equal(seen_count, 2);
	expect(0, RQ_INTERRUPT_SOFTIRQ, RQ_CONTEXT_SOFTIRQ, false);
	expect(1, RQ_INTERRUPT_PREEMPT, RQ_CONTEXT_TASK, false);
	done(team, cpu);
}

/* What may interrupt what, and what has to wait for its end. */
static void higher_nests_and_equal_waits(void **state)
{
	static const struct {
		enum rq_interrupt outer, inner;
		bool nests;
	} cases[] = {
		{ RQ_INTERRUPT_PREEMPT, RQ_INTERRUPT_SOFTIRQ, true }, { RQ_INTERRUPT_PREEMPT, RQ_INTERRUPT_IRQ, true },
		{ RQ_INTERRUPT_PREEMPT, RQ_INTERRUPT_PREEMPT, false }, { RQ_INTERRUPT_SOFTIRQ, RQ_INTERRUPT_PREEMPT, false },
		{ RQ_INTERRUPT_SOFTIRQ, RQ_INTERRUPT_SOFTIRQ, false }, { RQ_INTERRUPT_SOFTIRQ, RQ_INTERRUPT_IRQ, true },
		{ RQ_INTERRUPT_SOFTIRQ, RQ_INTERRUPT_NMI, true }, { RQ_INTERRUPT_IRQ, RQ_INTERRUPT_SOFTIRQ, false },
		{ RQ_INTERRUPT_IRQ, RQ_INTERRUPT_IRQ, false }, { RQ_INTERRUPT_IRQ, RQ_INTERRUPT_NMI, true },
		{ RQ_INTERRUPT_NMI, RQ_INTERRUPT_IRQ, false }, { RQ_INTERRUPT_NMI, RQ_INTERRUPT_NMI, false },
	};

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct team *team;
		struct rq_cpu *cpu = cpu_of_test(&team);

		raise_inside = cases[i].inner;
		rq_cpu_raise(cpu, cases[i].outer);

		assert_int_equal(seen_count, 3);
		assert_int_equal(seen[0].kind, cases[i].outer);
		assert_int_equal(seen[cases[i].nests ? 1 : 2].kind, cases[i].inner);
		assert_int_equal(seen[cases[i].nests ? 2 : 1].kind, RQ_INTERRUPTS);
		done(team, cpu);
	}
}

static void pending_nmis_merge_and_are_counted(void **state)
{
	struct rq_interrupt_counts counts;
	struct team *team;
	struct rq_cpu *cpu = cpu_of_test(&team);

	atomic_fetch_add(&cpu->pending[RQ_INTERRUPT_NMI], 2); /* as if two more had come while the signal was blocked */
	rq_cpu_raise(cpu, RQ_INTERRUPT_NMI);

	rq_cpu_interrupt_counts(cpu, RQ_INTERRUPT_NMI, &counts);
	assert_int_equal(counts.raised, 1);
	assert_int_equal(counts.run, 1);
	assert_int_equal(counts.merged, 2);
	done(team, cpu);
}

static void a_cpu_without_thread_takes_no_interrupt(void **state)
{
	struct team *team;
	struct rq_cpu *cpu = cpu_of_test(&team);

	rq_cpu_detach(cpu);
	assert_int_equal(rq_cpu_raise(cpu, RQ_INTERRUPT_IRQ), -ESRCH);
	assert_null(rq_cpu_current() == cpu ? cpu : NULL);
	assert_int_equal(seen_count, 0);
	team_free(team);
}

/* Each pair of readings has another around it: whatever happens in between, the time of the ticks is between these two. */
static void ticks_are_as_long_as_the_clock_says(void **state)
{
	uint64_t outer_start = rq_clock_ns(), start = rq_clock_ticks(), inner_start = rq_clock_ns();
	uint64_t inner, outer, ticks;

	while (rq_clock_ns() - inner_start < 2 * MS)
		;
	inner = rq_clock_ns() - inner_start;
	ticks = rq_clock_ticks() - start;
	outer = rq_clock_ns() - outer_start;

	assert_true(rq_clock_ticks_to_ns(ticks) >= inner - inner / 10);
	assert_true(rq_clock_ticks_to_ns(ticks) <= outer + outer / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_runs_in_its_context),
		cmocka_unit_test(interrupts_off_keeps_all_but_nmis_pending),
		cmocka_unit_test(preemption_off_keeps_only_the_preempting_task_pending),
		cmocka_unit_test(higher_nests_and_equal_waits),
		cmocka_unit_test(pending_nmis_merge_and_are_counted),
		cmocka_unit_test(a_cpu_without_thread_takes_no_interrupt),
		cmocka_unit_test(ticks_are_as_long_as_the_clock_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
