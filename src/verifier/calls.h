/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files on calls and obligations share: call.c, helper.c, argument.c, callback.c, kfunc.c, kfunc_arg.c, lock.c,
 * reference.c, iter.c, dynptr.c, graph.c.
 */
#ifndef RQ_VERIFIER_CALLS_H
#define RQ_VERIFIER_CALLS_H

#include "verifier/internal.h"

/* What is known of the call being checked; its arguments fill this in, left to right. */
struct rq_call {
	const struct rq_func *func;
	/* Kfuncs: the prototype in the kernel BTF. */
	const struct rq_btf *btf;
	const struct btf_type *prototype;
	/* The map argument. */
	const struct rq_map *map;
	uint32_t map_uid;
	bool key_constant;           /* the key is known, and */
	int64_t key;
	/* References: what an argument owns or borrows, and which argument gives it up (0: none). */
	uint32_t ref_id;
	uint32_t release_regno;
	bool release_irrelevant;     /* a NULL was given up: nothing to do */
	/* Sizes. */
	uint64_t length_max;         /* the size argument is at most this */
	uint32_t mem_size;           /* of memory that the call returns: a constant argument */
	bool mem_size_known;
	bool result_rdonly;
	/* Callbacks. */
	uint32_t subprog;
	bool has_subprog;
	/* Dynptrs. */
	enum rq_dynptr_type dynptr_type;
	uint32_t dynptr_id, dynptr_ref_id;
	bool dynptr_initialised;
	/* Objects: type of the allocated or borrowed object argument. */
	const struct rq_btf *object_btf;
	uint32_t object_id;
	uint32_t object_regno;
	bool object_owning;
	/* Graphs: the list head or tree root. */
	const struct rq_field *root;
	const struct rq_field *kptr; /* bpf_kptr_xchg */
	/* Iterators. */
	struct rq_frame *iter_frame;
	uint32_t iter_slot, iter_count;
	/* Constant argument (__k), and how far a cast's btf id reaches. */
	bool constant_found;
	uint64_t constant;
	bool per_cpu_any;            /* bpf_this_cpu_ptr of allocated memory */
	bool arg_percpu_alloc;
};

/* ---- call.c ---- */

/* May the program call @subprog with the arguments that are in the registers? */
int rq_check_subprog_arguments(struct rq_verifier *v, uint32_t subprog);

/* ---- attach.c ---- */

int rq_check_attach_target(struct rq_verifier *v);

/* ---- exit.c ---- */

/* Is regs[@regno] what the program type may return? "At program exit the register R0 has ..." */
int rq_check_return_value(struct rq_verifier *v, uint32_t regno);
/* "@where the register @name has smin=... should have been in [...]" */
int rq_reject_range(struct rq_verifier *v, const struct rq_reg *reg, int64_t min, int64_t max, const char *where,
		    const char *name);

/* ---- helper.c, argument.c ---- */

int rq_check_helper_call(struct rq_verifier *v, const struct bpf_insn *insn);
int rq_check_helper_argument(struct rq_verifier *v, struct rq_call *call, uint32_t arg);
/* The offset of a pointer argument of any function: fixed, zero where a reference is given up. */
int rq_check_argument_offset(struct rq_verifier *v, const struct rq_reg *reg, uint32_t regno, bool releases, bool dynptr);
/* regs[@regno] points to the start of a kernel struct @btf_id, trusted (@trusted) or not. */
int rq_check_btf_argument(struct rq_verifier *v, uint32_t regno, uint32_t btf_id, bool nullable, bool trusted);
int rq_check_const_string(struct rq_verifier *v, uint32_t regno);
/* May a map of this type be given to this helper? */
int rq_check_map_suits(struct rq_verifier *v, const struct rq_call *call);

/* ---- kfunc_arg.c ---- */

int rq_check_kfunc_arguments(struct rq_verifier *v, struct rq_call *call);
/* A struct of numbers only, down to the last member. */
bool rq_is_plain_struct(const struct rq_btf *btf, uint32_t id);

/* ---- callback.c ---- */

bool rq_calls_back(const struct rq_func *func); /* while it runs */
/* Walk the callback of @call, and go on after the call too. */
int rq_check_callback(struct rq_verifier *v, const struct rq_call *call);

/* ---- object.c: structs, allocated objects, kptrs ---- */

/* Does @have have a @want at byte @offset? @exact: it must be one itself. */
bool rq_struct_at(const struct rq_btf *have, uint32_t have_id, int64_t offset, const struct rq_btf *want,
		  uint32_t want_id, bool exact);

int rq_check_kptr_slot(struct rq_verifier *v, struct rq_call *call, uint32_t regno);
/* May regs[@regno] be stored in a kptr @field? */
int rq_check_kptr_type(struct rq_verifier *v, const struct rq_field *field, uint32_t regno);

/* Rules that came with a later kernel than 6.15: docs/verifier.md, "Profiles". */
enum rq_rule {
	RQ_RULE_RCU_NESTS,         /* bpf_rcu_read_lock() counts */
	RQ_RULES,
};
bool rq_rule_holds(struct rq_verifier *v, enum rq_rule rule);

/* ---- reference.c ---- */

/* A pointer lost what made it usable: it is a number from now on. */
void rq_reg_invalidate(struct rq_verifier *v, struct rq_reg *reg);
/* After an unlock, borrowed (non-owning) pointers are gone. */
void rq_invalidate_non_owning(struct rq_verifier *v);
/* The owner of @id became a borrower: the reference is the graph's now. */
int rq_reference_lend(struct rq_verifier *v, uint32_t id);
/* A lock of one of @kinds, taken through a register of this @id, on this map or BTF. */
bool rq_state_lock_held(const struct rq_state *state, unsigned int kinds, uint32_t id, const void *ptr);
int rq_state_lock_release(struct rq_state *state, enum rq_reference_kind kind, uint32_t id, const void *ptr); /* -EINVAL: not held */
int rq_state_irq_release(struct rq_state *state, uint32_t id); /* -EACCES: not the newest irq flag */
/* Packet data may have moved. */
void rq_invalidate_packet_pointers(struct rq_verifier *v);

/* ---- maps.c ---- */

/* Those that the program names, before the walk. */
int rq_check_maps(struct rq_verifier *v);

/* ---- lock.c ---- */

/* The lock argument in regs[@regno] of @duty. */
int rq_check_lock_argument(struct rq_verifier *v, uint32_t regno, enum rq_duty duty);
/* The irq flags argument. */
int rq_check_irq_flag(struct rq_verifier *v, uint32_t regno, enum rq_duty duty);
/* Regions around a kfunc call: RCU and preemption counts, sleepable calls in them. */
int rq_check_kfunc_regions(struct rq_verifier *v, const struct rq_func *func);
/* The same for a helper. */
int rq_check_helper_regions(struct rq_verifier *v, const struct rq_func *func);
/* Walk the failure of a bpf_res_spin_lock() later. */
int rq_fork_lock_failure(struct rq_verifier *v);


/* ---- iter.c ---- */

/* The iterator argument of a new, next or destroy kfunc, and what next does to the paths once R0 is known. */
int rq_check_iter_argument(struct rq_verifier *v, struct rq_call *call, uint32_t regno);
int rq_fork_iter_next(struct rq_verifier *v, const struct rq_call *call);
/* After bpf_rcu_read_unlock(): iterators that RCU protected are unusable. */
void rq_distrust_iterators(struct rq_verifier *v);

/* ---- dynptr.c ---- */

#define RQ_HELPERS_LAST 211 /* the last one that Linux 6.18 has */

#define RQ_DYNPTR_ARG_UNINIT	 1u /* the call makes one, of call->dynptr_type */
#define RQ_DYNPTR_ARG_RDONLY	 2u /* the call does not change it */
#define RQ_DYNPTR_ARG_RINGBUF	 4u /* must be of this type */
#define RQ_DYNPTR_ARG_RELEASE	 8u
int rq_check_dynptr_argument(struct rq_verifier *v, struct rq_call *call, uint32_t regno, unsigned int flags);
/* Of a function that is passed a dynptr which it can't end: subprograms, callbacks. */
void rq_reg_set_const_dynptr(struct rq_verifier *v, struct rq_reg *reg);
/* The dynptr in @regno (initialised, and checked to be). */
const struct rq_reg *rq_dynptr_of(struct rq_verifier *v, uint32_t regno);
/* After the arguments: give the dynptr in @regno back. */
int rq_release_dynptr(struct rq_verifier *v, uint32_t regno);

/* ---- graph.c ---- */

int rq_check_graph_root(struct rq_verifier *v, struct rq_call *call, uint32_t regno, enum rq_field_kind kind);
int rq_check_graph_node(struct rq_verifier *v, struct rq_call *call, uint32_t regno, enum rq_field_kind kind);
/* A pointer to the node in an element of @root. */
void rq_reg_set_graph_node(struct rq_reg *reg, const struct rq_field *root);
void rq_reg_set_non_owning(struct rq_reg *reg);
/* In the comparison function of bpf_rbtree_add()? */
bool rq_in_graph_callback(const struct rq_verifier *v);

#endif
