/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running verified programs. rq_vm_prepare() turns instructions and the verifier's notes into direct-threaded code;
 * rq_vm_run() runs it on the calling thread's virtual CPU. It allocates nothing and is safe in every context, an NMI
 * included: frames are on the thread's stack.
 */
#ifndef RQ_VM_VM_H
#define RQ_VM_VM_H

#include "cpu/cpu.h"
#include "func/func.h"
#include "lock/lock.h"
#include "prog/prog.h"

struct rq_machine;
struct rq_timer_call;

struct rq_exec;

/*
 * Who watches the locks of a run, for statistics and, later, timelines. Called by the kfuncs, on the run's CPU, in its
 * context, so also in an NMI that landed inside another call of the same function: allocates nothing, takes no lock.
 */
struct rq_exec_observer {
	/* An attempt ended with @result: 0, -EDEADLK, -ETIMEDOUT. */
	void (*lock_attempted)(struct rq_exec *exec, const rqspinlock_t *lock, int result,
			       const struct rq_lock_cost *cost);
	/* @lock is about to be released; called before it is. */
	void (*lock_releasing)(struct rq_exec *exec, const rqspinlock_t *lock);
	/* bpf_trace_printk() and its like: @length bytes without a NUL. */
	void (*printed)(struct rq_exec *exec, const char *text, uint32_t length);
};

/* One run of one program. Helpers and kfuncs get it as their first argument. */
struct rq_exec {
	struct rq_machine *machine;
	struct rq_cpu *cpu;
	const struct rq_prog *prog; /* changes at a tail call */
	void *ctx;
	uint32_t insn;             /* index of the instruction that called a helper or kfunc: its source line, its note */
	const rqspinlock_t *lock;  /* what a lock kfunc takes or releases right now; NULL: none does. Read by what interrupts it */
	uint32_t tail_calls;
	bool left;                 /* the run ends here: every frame, and every helper that calls back, returns at once */
	bool thrown;               /* by bpf_throw */
	uint64_t cookie;           /* what was thrown */
	const struct rq_exec_observer *observer; /* NULL: nobody watches */
	struct rq_runtime *runtime; /* of the machine: func/runtime.h */
	const struct rq_timer_call *timer; /* func/timer.h: what runs is this callback of the program; NULL: the program */
	void *kernel_ctx;           /* made by bpf_cast_to_kern_ctx(), of the runtime */
	/* bpf_spin_lock() holds one lock at a time, and its flags are not the program's. */
	unsigned long spin_lock_irqs;
	bool trapped;              /* an instruction that no path reaches was reached: a defect of the verifier. R0 is 0 */
	struct rq_exec *outer;     /* the run that this one interrupted on the same CPU, or NULL */
	bool unbalanced; /* it ended with other locks, interrupts or preemption than it began with: a defect of the verifier */
};

/* The note of the calling instruction. */
static inline const struct rq_insn_note *rq_exec_note(const struct rq_exec *exec)
{
	return &exec->prog->notes[exec->insn];
}

/* The call site that rq_lock_acquire() gets, and that reports name: which program, which instruction. Never 0. */
static inline uintptr_t rq_exec_site(const struct rq_exec *exec)
{
	return (uintptr_t)exec->prog->object.id << 32 | exec->insn;
}
static inline uint32_t rq_site_prog_id(uintptr_t site)
{
	return site >> 32;
}
static inline uint32_t rq_site_insn(uintptr_t site)
{
	return (uint32_t)site;
}

/* -ENOMEM; -EINVAL: not verified; -EOPNOTSUPP: it reaches a function that is checked, but not run here. */
int rq_vm_prepare(struct rq_prog *prog);
/* That function and the instruction that calls it, for the error a person reads; NULL: there is none. */
const struct rq_func *rq_vm_missing(const struct rq_prog *prog, uint32_t *insn);
/* Does some path of a verified program call this helper? */
bool rq_vm_calls(const struct rq_prog *prog, uint32_t helper);
void rq_vm_discard(struct rq_prog *prog);

/*
 * R0 of the program. Interrupts and preemption are as before in any case. @exec's machine, cpu, prog, ctx, observer, runtime, timer and outer are set by
 * the caller; the rest by this.
 */
uint64_t rq_vm_run(struct rq_exec *exec);
/* Run subprogram that starts at @insn with r1..r5, from inside a helper (bpf_loop, timers, for_each). */
uint64_t rq_vm_callback(struct rq_exec *exec, uint32_t insn, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
			uint64_t r5);

/* Unverified bytecode over one memory block, for instruction tests only (`rqspin vm`). -EINVAL with words in @message. */
int rq_vm_run_raw(const struct bpf_insn *insns, uint32_t count, void *memory, size_t size, uint64_t *result,
		  char *message, size_t message_size);

#endif
