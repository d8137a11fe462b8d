/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A virtual CPU: what a kernel CPU has that matters to locks. A stack of contexts, an interrupt flag with pending
 * interrupts, a preemption count, a number. One thread runs one virtual CPU.
 *
 * CPUs belong to a domain: the set that shares owner slots, lock policy, order and clock. A process has one default
 * domain for its own threads (slots are handed out on first use); every machine (rqspin/bpf.h) has its own.
 *
 * Nothing outside src/cpu reads a clock, a random source, a thread id or a signal mask: a deterministic scheduler can
 * take the place of threads and signals behind this interface.
 */
#ifndef RQ_CPU_CPU_H
#define RQ_CPU_CPU_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum rq_context { RQ_CONTEXT_TASK, RQ_CONTEXT_SOFTIRQ, RQ_CONTEXT_HARDIRQ, RQ_CONTEXT_NMI, RQ_CONTEXTS };

/*
 * What may be raised on a CPU. PREEMPT is another task that runs nested when preemption is possible; the others are
 * as in Linux. Each runs to completion on the CPU that it was raised on, and nests at most once per kind.
 */
enum rq_interrupt {
	RQ_INTERRUPT_PREEMPT, /* needs: context task, interrupts on, preemption count 0 */
	RQ_INTERRUPT_SOFTIRQ, /* needs: context task, interrupts on */
	RQ_INTERRUPT_IRQ,     /* needs: context below hardirq, interrupts on */
	RQ_INTERRUPT_NMI,     /* needs: context below NMI */
	RQ_INTERRUPTS,
};

struct rq_cpu;
struct rq_domain;

/* Runs one interrupt of @kind on @cpu, in its context. errno is saved around it. */
typedef void (*rq_interrupt_handler)(struct rq_cpu *cpu, enum rq_interrupt kind, void *arg);

struct rq_interrupt_counts {
	uint64_t raised; /* by rq_cpu_raise() */
	uint64_t run;    /* handler calls */
	uint64_t merged; /* NMIs that found one already pending, or arrived during one and were folded into one more */
};

/* Attach the calling thread to CPU @number of @domain. -EBUSY: that CPU has a thread; -EINVAL: this thread has a CPU. */
int rq_cpu_attach(struct rq_domain *domain, unsigned int number, struct rq_cpu **cpu);
/* The thread stops being a CPU. Pending interrupts that were raised before are run first. */
void rq_cpu_detach(struct rq_cpu *cpu);

/* The CPU that the calling thread runs, or NULL. Async-signal-safe. */
struct rq_cpu *rq_cpu_current(void);

struct rq_cpu *rq_domain_cpu(struct rq_domain *domain, unsigned int number);
struct rq_domain *rq_cpu_domain(const struct rq_cpu *cpu);
unsigned int rq_cpu_number(const struct rq_cpu *cpu);
enum rq_context rq_cpu_context(const struct rq_cpu *cpu);
bool rq_cpu_irqs_disabled(const struct rq_cpu *cpu);
unsigned int rq_cpu_preempt_count(const struct rq_cpu *cpu);

/* On the CPU's own thread only. The result is nonzero when interrupts were on; it goes to rq_local_irq_restore(). */
unsigned long rq_local_irq_save(struct rq_cpu *cpu);
void rq_local_irq_restore(struct rq_cpu *cpu, unsigned long flags); /* runs what is pending when they go on */
void rq_preempt_disable(struct rq_cpu *cpu);
void rq_preempt_enable(struct rq_cpu *cpu); /* runs a pending preempting task when the count reaches 0 */

void rq_cpu_set_handler(struct rq_cpu *cpu, enum rq_interrupt kind, rq_interrupt_handler handler, void *arg);

/*
 * Raise @kind on @cpu, from any thread or signal handler: counts it up in the CPU, then sends the signal. -ESRCH when
 * no thread runs that CPU. An IRQ or SOFTIRQ is never lost; an NMI may merge with one that is pending.
 */
int rq_cpu_raise(struct rq_cpu *cpu, enum rq_interrupt kind);
void rq_cpu_interrupt_counts(const struct rq_cpu *cpu, enum rq_interrupt kind, struct rq_interrupt_counts *counts);

/* The clock of waiting and reports: CLOCK_MONOTONIC in nanoseconds. Async-signal-safe. */
uint64_t rq_clock_ns(void);
/* Another clock of the host, for programs that ask for it: CLOCK_REALTIME, CLOCK_BOOTTIME, CLOCK_TAI. Async-signal-safe. */
uint64_t rq_clock_other_ns(clockid_t clock);
/* Cheap ticks for bounded spinning, and how many nanoseconds they are. */
uint64_t rq_clock_ticks(void);
uint64_t rq_clock_ticks_to_ns(uint64_t ticks);
/* A seeded generator for choices that are not the program's (when an interrupt comes); one state a caller. */
uint64_t rq_random_next(uint64_t *state);

#endif
