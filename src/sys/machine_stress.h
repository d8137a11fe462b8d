/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every CPU runs programs as tasks, one after another at random, while interrupts of the kinds that have something attached
 * land at random times. The seed fixes the sequence of choices, not where a signal lands.
 */
#ifndef RQ_SYS_MACHINE_STRESS_H
#define RQ_SYS_MACHINE_STRESS_H

#include "cpu/cpu.h"
#include "sys/machine.h"

#define RQ_STRESS_RATE_MAX 1000000

struct rq_stress_options {
	const int *task_fds;
	uint32_t task_count; /* 0: the CPUs idle, and only interrupts run */
	uint32_t rate;       /* interrupts a second, per CPU and kind; 1 .. RQ_STRESS_RATE_MAX */
	uint64_t seed;
};

/* Of all CPUs. */
struct rq_stress_counts {
	struct rq_interrupt_counts kinds[RQ_INTERRUPTS];
	uint64_t due[RQ_INTERRUPTS]; /* what the rate asked for: raised, and not raised because the CPU was behind */
	uint64_t tasks;              /* runs of task programs */
};

struct rq_stress;

/* -EBADF, -EINVAL (a descriptor is no program), -ENOMEM, -EAGAIN. */
int rq_machine_stress_start(struct rq_machine *machine, const struct rq_stress_options *options,
			    struct rq_stress **stress);
void rq_machine_stress_counts(struct rq_stress *stress, struct rq_stress_counts *counts);
/* Lets every run finish, then frees @stress. @counts may be NULL. */
void rq_machine_stress_stop(struct rq_stress *stress, struct rq_stress_counts *counts);

#endif
