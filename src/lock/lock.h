/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lock, as the rooms below use it: with an explicit CPU, an explicit call site, and a domain that says which policy,
 * order and time limit apply. rqspin/lock.h is the same for C programs, on the default domain.
 */
#ifndef RQ_LOCK_LOCK_H
#define RQ_LOCK_LOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/cpu.h"
#include "rqspin/lock.h"

#define RQ_HELD_MAX 31 /* locks that a CPU's table records, as in Linux (RES_NR_HELD) */

struct rq_domain_options {
	unsigned int cpus;            /* 1 .. number of slots */
	enum rqspin_policy policy;
	enum rqspin_order order;
	uint64_t timeout_ns;          /* 0: 250 ms */
	/* A failed acquisition, told once by the one that failed, in its context (also NMI), before it returns. */
	void (*report)(const struct rqspin_report *report, void *arg);
	void *report_arg;
	/* Leave out of waiting time what the host let the threads that it depends on not run (lock/patience.c). */
	bool charge_running_time_only;
};

/* -ENOMEM, -EINVAL (a field out of range). */
int rq_domain_create(const struct rq_domain_options *options, struct rq_domain **domain);
/* No CPU may be attached. */
void rq_domain_destroy(struct rq_domain *domain);

/* What an acquisition cost, for statistics. */
struct rq_lock_cost {
	bool contended;
	uint64_t wait_ns;    /* 0 when not contended */
	uint64_t left_out_ns; /* wall time that did not count towards the limit */
};

/*
 * Take @lock on @cpu, which the calling thread runs. @site names the caller in reports: a return address, or whatever
 * the domain's report callback understands. @timeout_ns 0 is the domain's. @cost may be NULL.
 * Returns 0, -EDEADLK, -ETIMEDOUT. Preemption and interrupts are the caller's business. Async-signal-safe.
 */
int rq_lock_acquire(struct rq_cpu *cpu, rqspinlock_t *lock, uint64_t timeout_ns, uintptr_t site,
		    struct rq_lock_cost *cost);
/* 0, -EBUSY. */
int rq_lock_try(struct rq_cpu *cpu, rqspinlock_t *lock, uintptr_t site);
/* 0; -EPERM: @cpu does not hold it, nothing changed. */
int rq_lock_release(struct rq_cpu *cpu, rqspinlock_t *lock);
/* How many locks @cpu holds now (also those past the table). */
unsigned int rq_lock_held_count(const struct rq_cpu *cpu);
/* The same, and those of the table, oldest first. By the thread of @cpu. */
unsigned int rq_lock_held(const struct rq_cpu *cpu, const rqspinlock_t *locks[RQ_HELD_MAX]);

#endif
