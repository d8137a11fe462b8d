/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine's virtual CPUs. Each is a thread, started when it first has something to do, that runs jobs one after
 * another; interrupts land on it as signals and run what is attached to their kind. Every run of a program, nested ones
 * too, goes through rq_machine_enter() and rq_machine_leave(): they give it its context space and count it.
 *
 *   machine_cpus.c    threads, jobs, attached programs, nesting
 *   machine_run.c     one run with input and output
 *   machine_locks.c   what locks and programs did: counts, waits, holds, failures
 *   machine_names.c   what a lock is called
 *   machine_stress.c  tasks in loops, interrupts at random
 */
#ifndef RQ_SYS_MACHINE_CPUS_H
#define RQ_SYS_MACHINE_CPUS_H

#include "sys/machine.h"

/* The lock domain and the CPUs of a machine whose options are set; no thread yet. -ENOMEM, -EINVAL. */
int rq_machine_cpus_create(struct rq_machine *machine);
/* Ends the threads; detaches programs. -EBUSY, and nothing is ended, while a program runs as a job. NULL cpus are fine. */
int rq_machine_cpus_destroy(struct rq_machine *machine);

/* rq_machine_run() for a program that is already looked up. */
int rq_machine_run_prog(struct rq_machine *machine, struct rq_prog *prog, struct rq_run *run);

/* Returns when every run that had begun before is over: what it may have seen can be freed then. Task context only. */
void rq_machine_synchronize(struct rq_machine *machine);

#endif
