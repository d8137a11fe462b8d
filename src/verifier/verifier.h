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
 */
#ifndef RQ_VERIFIER_VERIFIER_H
#define RQ_VERIFIER_VERIFIER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/log.h"
#include "func/func.h"
#include "prog/prog.h"

/* ---- What others use ---- */

/* "lock L taken here with H held": for lock-order analysis. NULL members are not called. */
struct rq_verify_listener {
	void (*lock_taken)(void *arg, const struct rq_prog *prog, uint32_t insn, const struct rq_map *map, int32_t offset);
	void *arg;
};

struct rq_verify_options {
	enum rq_kernel kernel;
	const struct rq_verify_listener *listener;
};

/* Why a program was rejected, for tools that show more than the log. */
struct rq_rejection {
	uint32_t insn;          /* UINT32_MAX: about the program as a whole */
	char reason[512];       /* the last line, as the kernel says it */
	char hint[256];         /* what to do; "" when there is nothing better than the reason */
	uint32_t path[64];      /* branch instructions that lead there, oldest first; the last ones when there are more */
	bool path_taken[64];
	uint32_t path_length;
};

/*
 * Verify @prog and fill its subprogs and notes. 0; -EINVAL, -EACCES, -E2BIG, -EPERM, ... with the kernel's words in @log
 * and, when not NULL, in @rejection; -ENOMEM.
 */
int rq_verify(struct rq_prog *prog, const struct rq_verify_options *options, struct rq_log *log,
	      struct rq_rejection *rejection);

/* ---- Within src/verifier ---- */

/* Known bits: a bit is unknown where mask is 1, else it has value's. */
struct rq_bits {
	uint64_t value, mask;
};

/* A number: known bits, and signed and unsigned ranges of all 64 and of the low 32 bits. */
struct rq_value {
	struct rq_bits bits;
	int64_t smin, smax;
	uint64_t umin, umax;
	int32_t s32_min, s32_max;
	uint32_t u32_min, u32_max;
};

enum rq_reg_type {
	RQ_NOT_INIT,
	RQ_SCALAR,
	RQ_PTR_TO_CTX,
	RQ_CONST_PTR_TO_MAP,
	RQ_PTR_TO_MAP_VALUE,
	RQ_PTR_TO_MAP_KEY,
	RQ_PTR_TO_STACK,
	RQ_PTR_TO_PACKET,
	RQ_PTR_TO_PACKET_META,
	RQ_PTR_TO_PACKET_END,
	RQ_PTR_TO_FLOW_KEYS,
	RQ_PTR_TO_SOCKET,
	RQ_PTR_TO_SOCK_COMMON,
	RQ_PTR_TO_TCP_SOCK,
	RQ_PTR_TO_BTF_ID,
	RQ_PTR_TO_MEM,
	RQ_PTR_TO_BUF,
	RQ_PTR_TO_ARENA,
	RQ_PTR_TO_FUNC,
	RQ_CONST_PTR_TO_DYNPTR,
	RQ_REG_TYPES,
};

enum rq_ptr_flag {
	RQ_PTR_MAYBE_NULL = 1 << 0,
	RQ_PTR_ALLOC = 1 << 1,      /* memory of bpf_obj_new() */
	RQ_PTR_NON_OWNING = 1 << 2,
	RQ_PTR_TRUSTED = 1 << 3,
	RQ_PTR_RCU = 1 << 4,
	RQ_PTR_UNTRUSTED = 1 << 5,
	RQ_PTR_RDONLY = 1 << 6,
	RQ_PTR_PERCPU = 1 << 7,
	RQ_PTR_RINGBUF = 1 << 8,
	RQ_PTR_DYNPTR_SLICE = 1 << 9,
	RQ_PTR_UNINIT = 1 << 10,
};

struct rq_reg {
	uint8_t type;           /* enum rq_reg_type */
	bool precise;
	uint16_t flags;         /* enum rq_ptr_flag */
	int32_t off;            /* fixed part of a pointer's offset; the variable part is .value */
	struct rq_value value;
	union {
		const struct rq_map *map;
		const struct rq_btf *btf;
	};
	union {
		uint32_t btf_id;        /* PTR_TO_BTF_ID */
		uint32_t mem_size;      /* PTR_TO_MEM, PTR_TO_BUF */
		uint32_t map_uid;       /* of an inner map */
		uint32_t range;         /* PTR_TO_PACKET: bytes proven to be there */
		uint32_t subprog;       /* PTR_TO_FUNC */
	};
	uint32_t id;            /* equal ids: the same value, or the same pointer but for a fixed offset */
	uint32_t ref_id;        /* the reference that this pointer owns or borrows from; 0 none */
	uint8_t frame;          /* PTR_TO_STACK: whose stack */
	int32_t linked_off;     /* a scalar that is another of the same id plus this */
};

/* What one byte of the stack holds. */
enum rq_stack_byte {
	RQ_STACK_INVALID, /* never written */
	RQ_STACK_SPILL,
	RQ_STACK_MISC,
	RQ_STACK_ZERO,
	RQ_STACK_DYNPTR,
	RQ_STACK_ITER,
	RQ_STACK_IRQ_FLAG,
};

enum rq_irq_class { RQ_IRQ_NATIVE, RQ_IRQ_LOCK };
enum rq_iter_state { RQ_ITER_ACTIVE, RQ_ITER_DRAINED };

struct rq_slot {
	uint8_t bytes[8];       /* enum rq_stack_byte; [0] is the lowest address */
	uint8_t irq_class;
	uint8_t iter_state;
	uint8_t dynptr_type, dynptr_first;
	uint32_t iter_depth;
	struct rq_reg spill;    /* a spilled register, or the identity (ref_id, btf_id) of a dynptr, iterator or irq flag */
};

struct rq_frame {
	struct rq_reg regs[RQ_REGS];
	uint32_t call_site;     /* instruction that called; UINT32_MAX in frame 0 */
	uint32_t subprog;
	uint32_t number;
	bool in_callback, in_async_callback, in_exception_callback;
	int64_t return_min, return_max; /* of a callback */
	uint32_t callback_depth;
	uint32_t slot_count;    /* slots in use, from the frame pointer downwards: slot 0 is fp-8 */
	struct rq_slot *slots;
};

enum rq_reference_kind { RQ_REF_POINTER, RQ_REF_IRQ, RQ_REF_LOCK, RQ_REF_RES_LOCK, RQ_REF_RES_LOCK_IRQ };

struct rq_reference {
	enum rq_reference_kind kind;
	uint32_t id;
	uint32_t insn;
	const void *ptr;        /* a lock's map or BTF */
};

struct rq_jump_history {
	uint32_t insn, previous;
	uint32_t flags;         /* what the instruction did to the stack; see prune.c */
	uint64_t linked_regs;
};

struct rq_state {
	struct rq_frame *frames[RQ_FRAMES_MAX];
	uint32_t current;       /* index of the running frame */
	uint32_t insn;
	bool speculative;
	/* What must be given back, oldest first. */
	struct rq_reference *refs;
	uint32_t ref_count;
	uint32_t active_locks, active_lock_id, active_irq_id, active_preempt_locks, active_rcu_locks;
	const void *active_lock_ptr;
	bool sleepable;
	uint32_t may_goto_depth;
	uint32_t callback_unroll_depth;
	/* Exploration tree, for pruning. */
	struct rq_state *parent;
	uint32_t branches;      /* paths from here that are not finished */
	uint32_t first_insn, last_insn;
	struct rq_jump_history *history;
	uint32_t history_count;
	uint32_t dfs_depth;
};

#endif
