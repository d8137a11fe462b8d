/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts of virtual CPUs. Raising one counts it up in the CPU, then sends a signal to the CPU's thread; the signal's
 * handler runs what is pending and possible in the context that it landed in. What is not possible stays pending, and runs
 * when interrupts go on, preemption goes on, or the context ends: see the callers of rq_cpu_run_pending().
 *
 * At most one signal of each of the two numbers is under way to a thread (`signalled`): more would only pile up frames on
 * its stack. It counts as under way until the handler starts something that may itself be interrupted, or is done.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "cpu/interrupt.h"

enum { LINE_IRQ, LINE_NMI };

/* From the far end of the real-time signals, where programs look last. */
#define SIGNAL_IRQ (SIGRTMAX - 1)
#define SIGNAL_NMI (SIGRTMAX - 2)

static int line_of(enum rq_interrupt kind)
{
	return kind == RQ_INTERRUPT_NMI ? LINE_NMI : LINE_IRQ;
}

struct rq_context_saved rq_context_enter(struct rq_cpu *cpu, enum rq_context context)
{
	struct rq_context_saved saved = { cpu->context, cpu->irqs_off, errno };

	cpu->context = context;
	if (context >= RQ_CONTEXT_HARDIRQ)
		cpu->irqs_off = 1;
	atomic_signal_fence(memory_order_seq_cst);
	return saved;
}

void rq_context_leave(struct rq_cpu *cpu, struct rq_context_saved saved)
{
	atomic_signal_fence(memory_order_seq_cst);
	cpu->irqs_off = saved.irqs_off;
	cpu->context = saved.context;
	errno = saved.error;
	atomic_signal_fence(memory_order_seq_cst);
}

/* What each kind needs, and the context that it runs in; the table of enum rq_interrupt in code. */
static bool possible(const struct rq_cpu *cpu, enum rq_interrupt kind)
{
	if (cpu->running[kind])
		return false;
	switch (kind) {
	case RQ_INTERRUPT_PREEMPT:
		return cpu->context == RQ_CONTEXT_TASK && !cpu->irqs_off && !cpu->preempt_count;
	case RQ_INTERRUPT_SOFTIRQ: return cpu->context == RQ_CONTEXT_TASK && !cpu->irqs_off;
	case RQ_INTERRUPT_IRQ: return cpu->context < RQ_CONTEXT_HARDIRQ && !cpu->irqs_off;
	default: return cpu->context < RQ_CONTEXT_NMI;
	}
}

static enum rq_context context_of(enum rq_interrupt kind)
{
	static const enum rq_context contexts[RQ_INTERRUPTS] = {
		[RQ_INTERRUPT_PREEMPT] = RQ_CONTEXT_TASK,
		[RQ_INTERRUPT_SOFTIRQ] = RQ_CONTEXT_SOFTIRQ,
		[RQ_INTERRUPT_IRQ] = RQ_CONTEXT_HARDIRQ,
		[RQ_INTERRUPT_NMI] = RQ_CONTEXT_NMI,
	};

	return contexts[kind];
}

/* One interrupt less pending. An NMI takes all of them: they merge. */
static bool take_pending(struct rq_cpu *cpu, enum rq_interrupt kind)
{
	uint64_t count = atomic_load_explicit(&cpu->pending[kind], memory_order_relaxed);

	/* Acquire: pairs with the release in rq_cpu_raise(): the handler sees what was written before raising. */
	if (kind == RQ_INTERRUPT_NMI) {
		if (!count)
			return false;
		count = atomic_exchange_explicit(&cpu->pending[kind], 0, memory_order_acquire);
		if (!count)
			return false;
		atomic_fetch_add_explicit(&cpu->merged[kind], count - 1, memory_order_relaxed);
		return true;
	}
	while (count)
		if (atomic_compare_exchange_weak_explicit(&cpu->pending[kind], &count, count - 1, memory_order_acquire,
							  memory_order_relaxed))
			return true;
	return false;
}

static void run_one(struct rq_cpu *cpu, enum rq_interrupt kind)
{
	struct rq_context_saved saved;

	cpu->running[kind] = 1;
	saved = rq_context_enter(cpu, context_of(kind));
	/* An interrupt that this one lets in needs a signal of its own. */
	if (kind == RQ_INTERRUPT_PREEMPT || kind == RQ_INTERRUPT_SOFTIRQ)
		atomic_store_explicit(&cpu->signalled[LINE_IRQ], 0, memory_order_seq_cst);
	atomic_fetch_add_explicit(&cpu->run[kind], 1, memory_order_relaxed);
	if (cpu->handler[kind])
		cpu->handler[kind](cpu, kind, cpu->handler_arg[kind]);
	rq_context_leave(cpu, saved);
	cpu->running[kind] = 0;
	atomic_signal_fence(memory_order_seq_cst);
}

/* Of what is pending, the highest in rank that may run now; -1: nothing. */
static int next_possible(const struct rq_cpu *cpu)
{
	static const enum rq_interrupt rank[] = { RQ_INTERRUPT_NMI, RQ_INTERRUPT_IRQ, RQ_INTERRUPT_SOFTIRQ,
						  RQ_INTERRUPT_PREEMPT };

	for (unsigned int i = 0; i < sizeof(rank) / sizeof(rank[0]); i++)
		if (atomic_load_explicit(&cpu->pending[rank[i]], memory_order_relaxed) && possible(cpu, rank[i]))
			return rank[i];
	return -1;
}

void rq_cpu_run_pending(struct rq_cpu *cpu)
{
	int kind;

	do {
		while ((kind = next_possible(cpu)) >= 0)
			if (take_pending(cpu, kind))
				run_one(cpu, kind);
		/*
		 * Full fence pair with rq_cpu_raise(): it counts up, then looks at `signalled`; we clear that, then look at
		 * the count. One of us sees the other. What can't run now needs no more signals: whoever makes it possible
		 * comes here.
		 */
		if (cpu->context < RQ_CONTEXT_NMI)
			atomic_store_explicit(&cpu->signalled[LINE_NMI], 0, memory_order_relaxed);
		if (!cpu->irqs_off)
			atomic_store_explicit(&cpu->signalled[LINE_IRQ], 0, memory_order_relaxed);
		atomic_thread_fence(memory_order_seq_cst);
	} while (next_possible(cpu) >= 0);
	if (atomic_load_explicit(&cpu->deferred_any, memory_order_relaxed) && !cpu->irqs_off)
		rq_signals_run_deferred(cpu);
}

static void on_signal(int signo)
{
	struct rq_cpu *cpu = rq_attached;
	int error = errno;

	if (cpu) /* a thread that has just stopped being a CPU may get a late one */
		rq_cpu_run_pending(cpu);
	errno = error;
}

static int installed;

static void install_once(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART | SA_NODEFER | SA_ONSTACK };
	struct sigaction old;
	const int numbers[] = { SIGNAL_IRQ, SIGNAL_NMI };

	/* NODEFER: an interrupt may land in a softirq that itself runs in the handler of the same signal. */
	sigemptyset(&action.sa_mask);
	for (int i = 0; i < 2; i++) {
		if (sigaction(numbers[i], NULL, &old) || old.sa_handler != SIG_DFL) {
			installed = -EBUSY;
			return;
		}
	}
	for (int i = 0; i < 2; i++)
		sigaction(numbers[i], &action, NULL);
}

int rq_interrupt_signals_install(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, install_once);
	return installed;
}

void rq_cpu_set_handler(struct rq_cpu *cpu, enum rq_interrupt kind, rq_interrupt_handler handler, void *arg)
{
	cpu->handler_arg[kind] = arg;
	atomic_signal_fence(memory_order_seq_cst);
	cpu->handler[kind] = handler;
}

int rq_cpu_raise(struct rq_cpu *cpu, enum rq_interrupt kind)
{
	int line = line_of(kind), thread, err = 0;

	/* Full fence pair with rq_cpu_release_thread(). */
	atomic_fetch_add_explicit(&cpu->raisers, 1, memory_order_seq_cst);
	thread = atomic_load_explicit(&cpu->thread, memory_order_seq_cst);
	if (!thread) {
		err = -ESRCH;
	} else {
		atomic_fetch_add_explicit(&cpu->raised[kind], 1, memory_order_relaxed);
		atomic_fetch_add_explicit(&cpu->pending[kind], 1, memory_order_seq_cst);
		/* Full fence pair with rq_cpu_run_pending(). */
		if (!atomic_exchange_explicit(&cpu->signalled[line], 1, memory_order_seq_cst)) {
			int error = errno;

			/* A full signal queue: it stays pending, and the next raise sends the signal. */
			if (syscall(SYS_tgkill, getpid(), thread, line == LINE_NMI ? SIGNAL_NMI : SIGNAL_IRQ))
				atomic_store_explicit(&cpu->signalled[line], 0, memory_order_seq_cst);
			errno = error;
		}
	}
	atomic_fetch_sub_explicit(&cpu->raisers, 1, memory_order_seq_cst);
	return err;
}

void rq_cpu_interrupt_counts(const struct rq_cpu *cpu, enum rq_interrupt kind, struct rq_interrupt_counts *counts)
{
	counts->raised = atomic_load_explicit(&cpu->raised[kind], memory_order_relaxed);
	counts->run = atomic_load_explicit(&cpu->run[kind], memory_order_relaxed);
	counts->merged = atomic_load_explicit(&cpu->merged[kind], memory_order_relaxed);
}
