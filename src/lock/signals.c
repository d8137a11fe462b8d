/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals as interrupts of C programs. Ours is the handler that the kernel calls; it runs the program's in its context, now,
 * or counts the signal up in the thread's CPU for when interrupts go on. While ours runs, the same signal is masked: the kernel
 * would stack up a frame for each one that is queued before it runs the first.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "cpu/interrupt.h"
#include "lock/domain.h"
#include "lock/internal.h"

struct registration {
	_Atomic(void (*)(int)) handler; /* NULL: not registered */
	enum rq_context context;
	struct sigaction before;
};

static struct registration registered[_NSIG];
static pthread_mutex_t registering = PTHREAD_MUTEX_INITIALIZER;

/* An interrupt runs with interrupts on, in a context below its own; an NMI in any context but NMI. */
static bool possible(const struct rq_cpu *cpu, enum rq_context context)
{
	return cpu->context < context && (context == RQ_CONTEXT_NMI || !cpu->irqs_off);
}

static void run(struct rq_cpu *cpu, int signo)
{
	/* Acquire: pairs with the release in register_signal(): context is seen. */
	void (*handler)(int) = atomic_load_explicit(&registered[signo].handler, memory_order_acquire);
	struct rq_context_saved saved;

	if (!handler)
		return; /* unregistered meanwhile */
	saved = rq_context_enter(cpu, registered[signo].context);
	handler(signo);
	rq_context_leave(cpu, saved);
}

/* One less, for who runs it: a signal that lands in between runs what it finds, and only that. */
static bool take_deferred(struct rq_cpu *cpu, int signo)
{
	uint32_t count = atomic_load_explicit(&cpu->deferred[signo], memory_order_relaxed);

	while (count)
		if (atomic_compare_exchange_weak_explicit(&cpu->deferred[signo], &count, count - 1, memory_order_relaxed,
							  memory_order_relaxed))
			return true;
	return false;
}

void rq_signals_run_deferred(struct rq_cpu *cpu)
{
	/* A handler that defers while we look sets it again. */
	while (atomic_exchange_explicit(&cpu->deferred_any, 0, memory_order_relaxed)) {
		bool left = false;

		for (int signo = 1; signo < _NSIG; signo++) {
			while (possible(cpu, registered[signo].context) && take_deferred(cpu, signo))
				run(cpu, signo);
			left |= atomic_load_explicit(&cpu->deferred[signo], memory_order_relaxed) != 0;
		}
		if (left) {
			atomic_store_explicit(&cpu->deferred_any, 1, memory_order_relaxed);
			return;
		}
	}
}

static void on_signal(int signo)
{
	int error = errno;
	struct rq_cpu *cpu = rq_thread_cpu();

	if (cpu) {
		/* Always by way of the counter: what came before runs before. */
		atomic_fetch_add_explicit(&cpu->deferred[signo], 1, memory_order_relaxed);
		atomic_store_explicit(&cpu->deferred_any, 1, memory_order_relaxed);
		rq_signals_run_deferred(cpu);
	}
	errno = error;
}

static int register_signal(int signo, void (*handler)(int), enum rq_context context)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART | SA_ONSTACK };
	int err = 0;

	if (signo < 1 || signo > SIGRTMAX || !handler)
		return -EINVAL;
	sigemptyset(&action.sa_mask);
	pthread_mutex_lock(&registering);
	if (atomic_load_explicit(&registered[signo].handler, memory_order_relaxed)) {
		err = -EBUSY;
	} else {
		registered[signo].context = context;
		atomic_store_explicit(&registered[signo].handler, handler, memory_order_release);
		if (sigaction(signo, &action, &registered[signo].before)) {
			err = -errno;
			atomic_store_explicit(&registered[signo].handler, NULL, memory_order_relaxed);
		}
	}
	pthread_mutex_unlock(&registering);
	return err;
}

int rqspin_irq_register(int signo, void (*handler)(int))
{
	return register_signal(signo, handler, RQ_CONTEXT_HARDIRQ);
}

int rqspin_nmi_register(int signo, void (*handler)(int))
{
	return register_signal(signo, handler, RQ_CONTEXT_NMI);
}

int rqspin_signal_unregister(int signo)
{
	int err = 0;

	if (signo < 1 || signo > SIGRTMAX)
		return -EINVAL;
	pthread_mutex_lock(&registering);
	if (!atomic_load_explicit(&registered[signo].handler, memory_order_relaxed)) {
		err = -EINVAL;
	} else {
		sigaction(signo, &registered[signo].before, NULL);
		atomic_store_explicit(&registered[signo].handler, NULL, memory_order_relaxed);
	}
	pthread_mutex_unlock(&registering);
	return err;
}
