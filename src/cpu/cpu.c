/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual CPUs and the threads that run them: attach, detach, and what a CPU says about itself. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "cpu/state.h"
#include "cpu/interrupt.h"

__thread struct rq_cpu *rq_attached __attribute__((tls_model("initial-exec")));

/* A thread may end with interrupts or preemption off, or in a handler: the next one in its slot starts without that. */
static void clear_contexts(struct rq_cpu *cpu)
{
	cpu->preempt_count = 0;
	cpu->context = RQ_CONTEXT_TASK;
	cpu->irqs_off = 0;
	cpu->irq_saves = 0;
	cpu->irqs_were_on = 0;
	for (int kind = 0; kind < RQ_INTERRUPTS; kind++) {
		cpu->running[kind] = 0;
		atomic_store_explicit(&cpu->pending[kind], 0, memory_order_relaxed);
	}
	for (int line = 0; line < 2; line++)
		atomic_store_explicit(&cpu->signalled[line], 0, memory_order_relaxed);
	for (int signo = 0; signo < _NSIG; signo++)
		atomic_store_explicit(&cpu->deferred[signo], 0, memory_order_relaxed);
	atomic_store_explicit(&cpu->deferred_any, 0, memory_order_relaxed);
}

void rq_cpu_init(struct rq_cpu *cpu, struct rq_domain *domain, uint32_t number)
{
	bool fifo = domain->options.order == RQSPIN_ORDER_FIFO;
	uint32_t last_row = RQSPIN_HELD_MAX * sizeof(struct rqspin_held);

	clear_contexts(cpu);
	cpu->domain = domain;
	cpu->number = number;
	cpu->self.code = number + 1;
	cpu->self.barging_top = fifo ? 0 : last_row;
	cpu->self.fifo_top = fifo ? last_row : 0;
}

void rq_cpu_adopt_thread(struct rq_cpu *cpu)
{
	clockid_t clock;

	if (pthread_getcpuclockid(pthread_self(), &clock))
		clock = CLOCK_MONOTONIC;
	atomic_store_explicit(&cpu->clock, clock, memory_order_relaxed);
	/* Release: pairs with the acquire in rq_cpu_raise() and the deadlock search: the fields above are set. */
	atomic_store_explicit(&cpu->thread, gettid(), memory_order_release);
}

void rq_cpu_release_thread(struct rq_cpu *cpu)
{
	/*
	 * Full fence pair with rq_cpu_raise(): either it sees that the thread is gone, or we see it raising and wait until
	 * its signal is sent, so that no signal goes to a thread id that somebody else has got.
	 */
	atomic_store_explicit(&cpu->thread, 0, memory_order_seq_cst);
	while (atomic_load_explicit(&cpu->raisers, memory_order_seq_cst))
		sched_yield();
}

int rq_cpu_attach(struct rq_domain *domain, unsigned int number, struct rq_cpu **result)
{
	uint32_t vacant = RQ_SLOT_FREE;
	struct rq_cpu *cpu;
	int err;

	if (rq_attached || number >= domain->options.cpus)
		return -EINVAL;
	err = rq_interrupt_signals_install();
	if (err)
		return err;
	cpu = &domain->cpu[number];
	/* Acquire: pairs with the release in rq_cpu_detach(): this CPU is as its last thread left it. */
	if (!atomic_compare_exchange_strong_explicit(&cpu->slot_state, &vacant, RQ_SLOT_USED,
						     memory_order_acquire, memory_order_relaxed))
		return -EBUSY;
	rq_cpu_adopt_thread(cpu);
	rq_attached = cpu;
	*result = cpu;
	return 0;
}

void rq_cpu_detach(struct rq_cpu *cpu)
{
	rq_cpu_release_thread(cpu);
	rq_cpu_run_pending(cpu);
	rq_attached = NULL;
	atomic_store_explicit(&cpu->slot_state, RQ_SLOT_FREE, memory_order_release);
}

struct rq_cpu *rq_cpu_current(void)
{
	struct rqspin_self *self = rqspin_self;

	if (rq_attached)
		return rq_attached;
	return self->code ? rq_cpu_of_self(self) : NULL;
}

struct rq_cpu *rq_domain_cpu(struct rq_domain *domain, unsigned int number)
{
	return number < domain->options.cpus ? &domain->cpu[number] : NULL;
}

struct rq_domain *rq_cpu_domain(const struct rq_cpu *cpu)
{
	return cpu->domain;
}

unsigned int rq_cpu_number(const struct rq_cpu *cpu)
{
	return cpu->number;
}

enum rq_context rq_cpu_context(const struct rq_cpu *cpu)
{
	return (enum rq_context)cpu->context;
}

bool rq_cpu_irqs_disabled(const struct rq_cpu *cpu)
{
	return cpu->irqs_off;
}

unsigned int rq_cpu_preempt_count(const struct rq_cpu *cpu)
{
	return cpu->preempt_count;
}

unsigned long rq_local_irq_save(struct rq_cpu *cpu)
{
	unsigned long were_on = !cpu->irqs_off;

	cpu->irqs_off = 1;
	atomic_signal_fence(memory_order_seq_cst);
	return were_on;
}

void rq_local_irq_restore(struct rq_cpu *cpu, unsigned long flags)
{
	if (!flags)
		return;
	atomic_signal_fence(memory_order_seq_cst);
	cpu->irqs_off = 0;
	atomic_signal_fence(memory_order_seq_cst);
	if (rq_cpu_may_have_pending(cpu))
		rq_cpu_run_pending(cpu);
}

void rq_preempt_disable(struct rq_cpu *cpu)
{
	cpu->preempt_count++;
	atomic_signal_fence(memory_order_seq_cst);
}

void rq_preempt_enable(struct rq_cpu *cpu)
{
	atomic_signal_fence(memory_order_seq_cst);
	if (--cpu->preempt_count == 0 && rq_cpu_may_have_pending(cpu))
		rq_cpu_run_pending(cpu);
}
