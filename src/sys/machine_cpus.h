/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine's virtual CPUs. Each is a thread, started when it first has something to do, that runs jobs one after
 * another; interrupts land on it as signals and run what is attached to their kind.
 *
 *   machine_cpus.c    threads, jobs, attached programs, nesting
 *   machine_run.c     one run with input and output
 *   machine_locks.c   what locks and programs did: counts, waits, holds, failures
 *   machine_names.c   what a lock is called
 *   machine_timers.c  bpf_timer
 *   machine_stress.c  tasks in loops, interrupts at random
 */
#ifndef RQ_SYS_MACHINE_CPUS_H
#define RQ_SYS_MACHINE_CPUS_H

#include <pthread.h>

#include "cpu/cpu.h"
#include "sys/machine.h"
#include "vm/vm.h"

/* The lock domain and the CPUs of a machine whose options are set; no thread yet. -ENOMEM, -EINVAL. */
int rq_machine_cpus_create(struct rq_machine *machine);
/* Ends the threads; detaches programs. -EBUSY, and nothing is ended, while a program runs as a job. NULL cpus are fine. */
int rq_machine_cpus_stop(struct rq_machine *machine);
/* Frees what objects may use until the last of them is gone: lock domain, memory of functions. After the stop. */
void rq_machine_cpus_destroy(struct rq_machine *machine);

/* From now on timers that programs arm expire. Task context. -ENOMEM, -EAGAIN. */
int rq_machine_timers_start(struct rq_machine *machine);

/* rq_machine_run() for a program that is already looked up. */
int rq_machine_run_prog(struct rq_machine *machine, struct rq_prog *prog, struct rq_run *run);

/*
 * @prog runs from now on when @kind is raised on @cpu (RQ_ALL_CPUS: on any), in the name of @owner, until that is detached.
 * Detaching allocates nothing, and has taken effect when it returns. Task context. -EOPNOTSUPP (not runnable), -ENOMEM.
 */
int rq_machine_attach_prog(struct rq_machine *machine, unsigned int cpu, enum rq_machine_interrupt kind,
			   struct rq_prog *prog, const void *owner);
void rq_machine_detach_prog(struct rq_machine *machine, const void *owner, const struct rq_prog *prog);

/* Returns when every run that had begun before is over: what it may have seen can be freed then. Task context only. */
void rq_machine_synchronize(struct rq_machine *machine);

/* ---- Within machine_*.c ---- */

/*
 * How deep a run lies on its CPU: level 0 is the task, 1 + kind an interrupt of that kind. A level never nests in itself,
 * so what belongs to one level of one CPU has one writer.
 */
#define RQ_LEVELS (1 + RQ_INTERRUPTS)

struct rq_machine_cpu;
struct rq_frame;
struct rq_level_stats; /* machine_locks.c */
struct rq_prog_stats;

/* Programs attached to one kind of interrupt; replaced as a whole, freed after rq_machine_synchronize(). */
struct rq_attached {
	uint32_t count;
	struct rq_attached_entry {
		struct rq_prog *_Atomic prog; /* a reference; NULL: detached, nothing but a gap */
		struct rq_ctx_space *space;
		const void *owner;            /* the link; NULL: rq_machine_attach() */
	} entries[];
};

typedef void (*rq_machine_job)(struct rq_machine_cpu *cpu, void *arg);

struct rq_machine_cpu {
	struct rq_machine *machine;
	unsigned int number;
	pthread_mutex_t mutex; /* of the job; interrupt handlers never take it */
	pthread_cond_t changed;
	pthread_t thread;
	bool started, stop;
	int start_error;
	rq_machine_job job; /* NULL: idle */
	void *job_arg;
	struct rq_cpu *cpu;
	/* Of the CPU's own thread. */
	struct rq_frame *current;   /* the innermost run */
	volatile unsigned int depth; /* of read sections, for rq_machine_synchronize() */
	_Atomic bool reading;
	_Atomic uint64_t sections; /* that ended */
	volatile unsigned int interrupts;  /* nested ones that run now */
	_Atomic uint64_t interrupt_ticks;  /* spent in interrupts */
	struct rq_attached *_Atomic attached[RQ_INTERRUPTS];
	struct rq_level_stats *stats[RQ_LEVELS];
};

/* One run, on the stack of the CPU's thread. */
struct rq_frame {
	struct rq_exec exec; /* first: an observer gets its address */
	struct rq_machine_cpu *cpu;
	unsigned int level;
	struct rq_prog_stats *counts; /* machine_locks.c: of the program that ran last in it; NULL: no room */
};

struct rq_machine_cpus {
	unsigned int count;
	bool pinned;
	struct rq_machine_timers *timers; /* machine_timers.c; NULL: no program arms any */
	struct rq_runtime *runtime; /* what the functions that programs call have in common */
	pthread_mutex_t attach_mutex;
	struct rq_machine_cpu cpu[];
};

/* A thread that leaves the process's signals (Ctrl-C, timers) to those that were there before. Negative errno. */
int rq_machine_thread(pthread_t *thread, void *(*start)(void *), void *arg);

/* Run @job on @number's thread, which is started if need be, and come back at once. -EBUSY, -EINVAL, -ENOMEM, -EAGAIN, -ESRCH. */
int rq_machine_start_job(struct rq_machine *machine, unsigned int number, rq_machine_job job, void *arg);
/* Wait until it is idle. */
void rq_machine_wait_job(struct rq_machine *machine, unsigned int number);

/* One run of @prog at @level of the CPU whose thread calls. */
uint64_t rq_machine_run_once(struct rq_machine_cpu *cpu, unsigned int level, const struct rq_prog *prog, void *ctx);

/* A callback of bpf_timer, in softirq context of the calling CPU. */
void rq_machine_run_timer(struct rq_machine_cpu *cpu, const struct rq_timer_call *timer);
/* Run what is due on @cpu, whose thread calls. */
void rq_machine_timers_run(struct rq_machine_cpu *cpu);
/* Ends the thread, if there is one. */
void rq_machine_timers_stop(struct rq_machine *machine);

/* Room for a program's context and a packet of @packet_bytes. NULL: no memory. */
struct rq_ctx_space *rq_machine_space(const struct rq_prog *prog, uint32_t packet_bytes);

/* The packet and context that programs get in stress and interrupts: zeros. */
extern const struct rq_test_run rq_machine_empty_input;

#endif
