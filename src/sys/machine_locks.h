/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What locks and programs did. Each level of each CPU (RQ_LEVELS) has tables of its own with one writer, so recording needs
 * no lock and is never interrupted by itself, also in an NMI; their memory is reserved before the CPU starts. Readers add
 * the tables up at any time; failures and the worst wait only when no run is going on.
 */
#ifndef RQ_SYS_MACHINE_LOCKS_H
#define RQ_SYS_MACHINE_LOCKS_H

#include "sys/machine_cpus.h"

/* ---- Recording: called by machine_cpus.c and, through the observer, by the lock kfuncs ---- */

extern const struct rq_exec_observer rq_machine_observer;

int rq_machine_stats_create(struct rq_machine_cpu *cpu); /* -ENOMEM */
void rq_machine_stats_destroy(struct rq_machine_cpu *cpu);
void rq_machine_count_run(struct rq_frame *frame);
/* The lock domain's report callback; @machine is its argument. */
void rq_machine_count_failure(const struct rqspin_report *report, void *machine);

/* ---- Reading ---- */

/* What one program did, on all CPUs. */
struct rq_prog_stats {
	uint32_t prog_id;
	uint64_t runs, acquisitions, contended, aa, abba, longer, busy, timeouts;
};

/* Fills at most @room rows, in order of prog_id; returns how many programs ran. */
uint32_t rq_machine_prog_stats(struct rq_machine *machine, struct rq_prog_stats *rows, uint32_t room);

#define RQ_FAILURE_PARTIES 8

/* Failures of the same kind at the same instructions of all parties. */
struct rq_failure {
	uint64_t count, waited_max_ns, left_out_max_ns;
	uintptr_t interrupted; /* call site of a lock kfunc that it landed in and that worked on this lock; 0: none */
	/* The first one. report.party points to the parties here. */
	struct rqspin_report report;
	struct rqspin_party party[RQ_FAILURE_PARTIES];
};

/* The different failures, most frequent first, at most @room; returns how many there are. @lost: not in any table. */
uint32_t rq_machine_failures(struct rq_machine *machine, struct rq_failure *rows, uint32_t room, uint64_t *lost);

/* The wait that came nearest to the time limit, of those that ended with the lock. lock NULL: there was none. */
struct rq_worst_wait {
	const rqspinlock_t *lock;
	uint64_t wait_ns, left_out_ns; /* left out: host time that doesn't count towards the limit */
};

void rq_machine_worst_wait(struct rq_machine *machine, struct rq_worst_wait *worst);

/* Locks and waits that found no room in a table, so that a report can say so. */
uint64_t rq_machine_stats_lost(struct rq_machine *machine);

/* "accounts[3].lock", "counter_lock", "0x7f..." into @name; machine_names.c. */
void rq_machine_lock_name(struct rq_machine *machine, const rqspinlock_t *lock, char *name, size_t size);

#endif
