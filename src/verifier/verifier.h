/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdict on a program. Path-sensitive depth-first exploration with pruning, as in the kernel, because only that
 * accepts what the kernel accepts. The rules are docs/verifier.md; each check names its rule there.
 *
 *   value.c      what is known of a number: known bits and ranges
 *   alu.c        arithmetic on registers            branch.c   comparisons, both outcomes
 *   stack.c      stack slots, spills                memory.c   loads, stores, atomics through each kind of pointer
 *   call.c       helpers, subprograms, callbacks    kfunc.c    kfunc arguments from BTF
 *   lock.c       locks, irq flags, preempt, RCU     reference.c  what must be released
 *   iter.c       open-coded iterators, dynptrs      state.c    copies, frames
 *   prune.c      equal states, precision            cfg.c      subprograms, jumps, unreachable code
 *   print.c      states and instructions in the log verify.c   the walk
 *   subprog.c    what a global function's arguments are
 *
 * This header is what others use; internal.h is what these files share.
 */
#ifndef RQ_VERIFIER_VERIFIER_H
#define RQ_VERIFIER_VERIFIER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "prog/prog.h"

/* A lock as the verifier knows it: in a value of @map at @offset, or (NULL) in an allocated object; taken by @insn. */
struct rq_verify_lock {
	const struct rq_map *map;
	int32_t offset;
	uint32_t insn;
};

/* "lock L taken here with H held": for lock-order analysis. @held is oldest first. NULL members are not called. */
struct rq_verify_listener {
	void (*lock_taken)(void *arg, const struct rq_prog *prog, const struct rq_verify_lock *lock,
			   const struct rq_verify_lock *held, uint32_t held_count);
	void *arg;
};

struct rq_verify_options {
	enum rq_kernel kernel;
	uint32_t cpus; /* of the machine: what bpf_get_smp_processor_id() stays below; 0: as many as a machine may have */
	const struct rq_verify_listener *listener;
	uint64_t memory_max; /* bytes that states may take; 0: RQ_VERIFY_MEMORY_MAX */
};

#define RQ_VERIFY_MEMORY_MAX (1ULL << 30)

/* What one step of a path was. */
enum rq_path_kind {
	RQ_PATH_BRANCH,	     /* a condition: .text says what holds from here on */
	RQ_PATH_LOCK_TAKEN,  /* the call returned 0 */
	RQ_PATH_LOCK_FAILED, /* the call returned -4095 .. -1: nothing is held */
	RQ_PATH_CALL,	     /* of a function of the program, or a callback */
	RQ_PATH_RETURN,
};

struct rq_path_step {
	enum rq_path_kind kind;
	uint32_t insn, next; /* next: where the path goes on */
	char text[64];	     /* RQ_PATH_BRANCH: "R0 == 0" */
};

#define RQ_PATH_STEPS	 64
#define RQ_REPORTED_REGS 5
#define RQ_REPORTED_HELD 16

/* Why a program was rejected, for tools that show more than the log. */
struct rq_rejection {
	uint32_t insn;          /* UINT32_MAX: about the program as a whole */
	char reason[512];       /* the last line, as the kernel says it */
	const char *rule;       /* a short constant name for the kind of mistake: "unlock-without-lock" */
	char hint[256];         /* what to do; "" when there is nothing better than the reason */
	/* What led there, oldest first; the last ones when there were more. */
	struct rq_path_step path[RQ_PATH_STEPS];
	uint32_t path_length;
	bool path_cut;
	/* What the registers that it is about hold there. */
	struct {
		char name[4];	/* "R1" */
		char holds[124]; /* "a value of map 'counters', at offset 8" */
	} regs[RQ_REPORTED_REGS];
	uint32_t reg_count;
	/* What is held there, oldest first: locks, irq flags, references, regions. */
	struct {
		const char *what; /* "bpf_res_spin_lock" */
		uint32_t insn;	  /* where it was acquired; UINT32_MAX: not known */
	} held[RQ_REPORTED_HELD];
	uint32_t held_count;
	bool unmeasured; /* as in struct rq_prog */
};

/* One kind of mistake; several rows may name the same one. */
struct rq_hint_row {
	const char *pattern, *rule, *where, *hint;
	bool after_failed_lock; /* only where a lock on the path was not taken */
};
#define RQ_RULE_OTHER "rejected" /* the rule of reasons that no row is for */
const struct rq_hint_row *rq_hint_row(uint32_t index); /* NULL behind the last */

/*
 * Verify @prog and fill its subprogs and notes. 0; -EINVAL, -EACCES, -E2BIG, -EPERM, ... with the kernel's words in @log
 * and, when not NULL, in @rejection; -ENOMEM.
 */
int rq_verify(struct rq_prog *prog, const struct rq_verify_options *options, struct rq_log *log,
	      struct rq_rejection *rejection);

#endif
