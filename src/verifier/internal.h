/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of src/verifier share: values, registers, stack slots, states, the verifier itself, and which file offers
 * which check. A check returns 0, or a negative errno after it has said why (rq_reject()); a caller passes that on as it is.
 */
#ifndef RQ_VERIFIER_INTERNAL_H
#define RQ_VERIFIER_INTERNAL_H

#include "func/func.h"
#include "verifier/verifier.h"

#define RQ_STATE_BRANCHES_MAX	8192	/* pending branches: "The sequence of ... jumps is too complex." */
#define RQ_OFFSET_MAX		(1 << 29) /* of a pointer */
#define RQ_SUBPROGS_MAX		256
#define RQ_NO_INSN		UINT32_MAX

/* ---- Values (value.c) ---- */

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

struct rq_bits rq_bits_const(uint64_t value);
struct rq_bits rq_bits_unknown(void);
struct rq_bits rq_bits_range(uint64_t min, uint64_t max);
struct rq_bits rq_bits_add(struct rq_bits a, struct rq_bits b);
struct rq_bits rq_bits_sub(struct rq_bits a, struct rq_bits b);
struct rq_bits rq_bits_and(struct rq_bits a, struct rq_bits b);
struct rq_bits rq_bits_or(struct rq_bits a, struct rq_bits b);
struct rq_bits rq_bits_xor(struct rq_bits a, struct rq_bits b);
struct rq_bits rq_bits_mul(struct rq_bits a, struct rq_bits b);
struct rq_bits rq_bits_shl(struct rq_bits a, unsigned int shift);
struct rq_bits rq_bits_shr(struct rq_bits a, unsigned int shift);
struct rq_bits rq_bits_sar(struct rq_bits a, unsigned int shift, unsigned int width);
struct rq_bits rq_bits_intersect(struct rq_bits a, struct rq_bits b);
struct rq_bits rq_bits_union(struct rq_bits a, struct rq_bits b);
struct rq_bits rq_bits_cast(struct rq_bits a, unsigned int bytes); /* keep the low bytes, zero the rest */
static inline bool rq_bits_is_const(struct rq_bits a)
{
	return !a.mask;
}
/* Is everything that @b may be something that @a may be? */
bool rq_bits_contains(struct rq_bits a, struct rq_bits b);
bool rq_bits_is_aligned(struct rq_bits a, uint64_t size);

struct rq_value rq_value_const(uint64_t value);
struct rq_value rq_value_unknown(void);
struct rq_value rq_value_urange(uint64_t min, uint64_t max);
struct rq_value rq_value_srange(int64_t min, int64_t max);
/* Learn from each part about the others. */
void rq_value_sync(struct rq_value *value);
/* True when the parts contradict each other: no such number exists (the path is impossible). */
bool rq_value_is_empty(const struct rq_value *value);
bool rq_value_contains(const struct rq_value *outer, const struct rq_value *inner);
static inline bool rq_value_is_const(const struct rq_value *value)
{
	return !value->bits.mask;
}
static inline bool rq_value_is_zero(const struct rq_value *value)
{
	return !value->bits.mask && !value->bits.value;
}

/* ---- Registers ---- */

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
	RQ_PTR_TO_XDP_SOCK,
	RQ_PTR_TO_BTF_ID,
	RQ_PTR_TO_MEM,
	RQ_PTR_TO_BUF,
	RQ_PTR_TO_TP_BUFFER,
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
	RQ_PTR_USER = 1 << 11,
};

enum rq_dynptr_type {
	RQ_DYNPTR_NONE,
	RQ_DYNPTR_LOCAL,
	RQ_DYNPTR_RINGBUF,
	RQ_DYNPTR_SKB,
	RQ_DYNPTR_XDP,
	RQ_DYNPTR_SKB_META,
	RQ_DYNPTR_FILE,
};

struct rq_reg {
	uint8_t type;           /* enum rq_reg_type */
	bool precise;           /* this scalar decided something: an equal state must agree on it */
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
		uint32_t map_uid;       /* map pointers and values: which lookup in an outer map gave the map; else 0 */
		uint32_t range;         /* PTR_TO_PACKET*: bytes proven to be there */
		uint32_t subprog;       /* PTR_TO_FUNC */
	};
	uint32_t id;            /* equal ids: the same value, or the same pointer but for a fixed offset */
	uint32_t ref_id;        /* the reference that this pointer owns or borrows from; 0 none */
	uint32_t dynptr_id;     /* the dynptr that a slice was taken from */
	uint8_t frame;          /* PTR_TO_STACK: whose stack */
	uint8_t dynptr_type;    /* enum rq_dynptr_type */
	bool dynptr_first;      /* of the two slots of a dynptr, the lower one */
	uint8_t linked;         /* 32 or 64: a scalar that is another of the same id plus linked_off, added in that width */
	int32_t linked_off;
};

static inline bool rq_reg_is_scalar(const struct rq_reg *reg)
{
	return reg->type == RQ_SCALAR;
}
static inline bool rq_reg_is_pointer(const struct rq_reg *reg)
{
	return reg->type != RQ_NOT_INIT && reg->type != RQ_SCALAR;
}
static inline bool rq_reg_is_const(const struct rq_reg *reg)
{
	return reg->type == RQ_SCALAR && rq_value_is_const(&reg->value);
}
static inline bool rq_reg_is_null(const struct rq_reg *reg)
{
	return reg->type == RQ_SCALAR && rq_value_is_zero(&reg->value);
}
static inline bool rq_reg_may_be_null(const struct rq_reg *reg)
{
	return reg->flags & RQ_PTR_MAYBE_NULL;
}
static inline bool rq_reg_is_packet(const struct rq_reg *reg)
{
	return reg->type == RQ_PTR_TO_PACKET || reg->type == RQ_PTR_TO_PACKET_META;
}

/* ---- Stack, frames, states ---- */

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
enum rq_iter_state { RQ_ITER_NONE, RQ_ITER_ACTIVE, RQ_ITER_DRAINED };

struct rq_slot {
	uint8_t bytes[8];       /* enum rq_stack_byte; [0] is the lowest address */
	uint8_t irq_class;      /* enum rq_irq_class */
	uint8_t iter_state;     /* enum rq_iter_state, in the first (lowest) slot of an iterator */
	uint32_t iter_depth;
	/*
	 * A spilled register; or the identity of a dynptr (type, first, id, ref_id), an iterator (btf, btf_id, ref_id in
	 * the lowest slot; ref_id 0 in the others) or an irq flag (ref_id).
	 */
	struct rq_reg spill;
};

#define RQ_SLOTS_MAX (RQ_STACK_BYTES / 8)

struct rq_frame {
	struct rq_reg regs[RQ_REGS];
	uint32_t call_site;     /* instruction that called; RQ_NO_INSN in the outermost frame */
	uint32_t subprog;
	uint32_t number;
	uint32_t async_entry_count;
	bool in_callback, in_async_callback, in_exception_callback;
	int64_t return_min, return_max; /* of R0 of a callback */
	uint32_t callback_depth;
	/* For pruning: slots that later code reads, and slots written before such a read (since the last checkpoint). */
	uint64_t slots_read, slots_written;
	uint32_t slot_count;    /* slots in use, from the frame pointer downwards: slot 0 is fp-8, slot 1 fp-16 */
	uint32_t slot_room;
	struct rq_slot *slots;
};

enum rq_reference_kind {
	RQ_REF_POINTER = 1 << 0,
	RQ_REF_IRQ = 1 << 1,
	RQ_REF_LOCK = 1 << 2,
	RQ_REF_RES_LOCK = 1 << 3,
	RQ_REF_RES_LOCK_IRQ = 1 << 4,
	RQ_REF_ANY_LOCK = RQ_REF_LOCK | RQ_REF_RES_LOCK | RQ_REF_RES_LOCK_IRQ,
};

struct rq_reference {
	enum rq_reference_kind kind;
	uint32_t id;            /* of the reference; of a lock: the id of the register it was taken through */
	uint32_t insn;
	const void *ptr;        /* a lock's map or BTF */
	struct rq_verify_lock lock; /* of a lock, for listeners */
};

/* A register or stack slot of some frame. */
struct rq_place {
	uint8_t frame, index;
	bool slot;
};

#define RQ_LINKED_MAX 6

/* One step that was not simply the next instruction, or that touched the stack: what backtracking needs to walk back. */
struct rq_step {
	uint32_t insn, previous;
	uint8_t flags;          /* prune.c */
	uint8_t frame, slot;    /* a stack slot that the instruction read or wrote */
	uint8_t linked_count;   /* scalars that were bounded together with the one compared */
	struct rq_place linked[RQ_LINKED_MAX];
};

struct rq_state {
	struct rq_frame *frames[RQ_FRAMES_MAX];
	uint32_t current;       /* index of the running frame */
	/* What must be given back, oldest first. */
	struct rq_reference *refs;
	uint32_t ref_count, ref_room;
	uint32_t active_locks;  /* of all kinds */
	uint32_t active_lock_id;
	const void *active_lock_ptr;
	uint32_t active_irq_id;
	uint32_t active_preempt_locks, active_rcu_locks;
	bool sleepable;         /* this context may sleep: a sleepable program, not in a callback that may not */
	uint32_t may_goto_depth;
	uint32_t callback_unroll_depth;
	/* Exploration tree, for pruning. */
	struct rq_state *parent; /* the checkpoint that this one continues */
	struct rq_state *next;   /* in a list of checkpoints, or of pending branches */
	uint32_t branches;       /* paths from here that are not finished */
	uint32_t insn, first_insn, last_insn;
	struct rq_step *steps;
	uint32_t step_count, step_room;
	uint32_t miss_count, hit_count;
	uint64_t bytes;          /* that it is accounted with */
	uint64_t log_position;
	bool log_line_open;
	/* How the last 64 calls of lock kfuncs on this path came out, the newest in bit 0: 1 where the lock was not taken. */
	uint64_t lock_failures;
	bool in_open_loop;       /* something below was pruned against a state still being explored: compare all ranges */
};

/* ---- The verifier ---- */

/* What is known of one subprogram before and while it is walked. */
struct rq_subprog_arg {
	enum {
		RQ_SUBPROG_ARG_SCALAR,
		RQ_SUBPROG_ARG_CTX,
		RQ_SUBPROG_ARG_MEM,
		RQ_SUBPROG_ARG_DYNPTR,
		RQ_SUBPROG_ARG_ARENA,
		RQ_SUBPROG_ARG_BTF_ID,
	} kind;
	bool nullable, trusted, untrusted;
	uint32_t mem_size;
	uint32_t btf_id;        /* kernel BTF */
};

struct rq_subprog_info {
	bool global;
	bool reachable_global;  /* called by something that was verified: must itself be verified */
	bool verified;
	bool async_callback, exception_callback, callback;
	bool might_sleep, changes_packet, may_throw;
	bool has_tail_call, has_ld_abs;
	bool args_parsed, args_bad;
	bool returns_void;
	uint8_t arg_count;
	struct rq_subprog_arg args[5];
	uint16_t stack_depth;
};

struct rq_insn_aux {
	bool seen;              /* some path reaches it */
	bool prune_point;       /* look for an equal state, and leave one */
	bool jump_point;        /* a step ends here: note it */
	bool force_checkpoint;  /* always leave a state: iterator and callback loops, may_goto */
	bool calls_callback;
	uint8_t pointer_type;   /* enum rq_reg_type of the access; RQ_NOT_INIT: none yet */
	bool pointer_untrusted;
	bool arena_operand, other_operand; /* of arithmetic: on some path a pointer to an arena takes part; on some none does */
	uint64_t wide_address;  /* what a wide load of a kernel variable gives */
	uint16_t live_regs;     /* registers that are read before they are written, from here on */
	/* Calls. */
	const struct rq_func *func;
	const struct rq_map *call_map;
	bool call_map_varies;
	uint32_t call_map_uid;
	const struct rq_struct_meta *meta; /* of what is allocated, dropped or linked */
	uint64_t extra;                    /* the object's size, or the node's offset in it */
	bool extra_set;
	bool loop_flag_zero, loop_inline_ok;
};

/* Why the walk of the current path ended, or goes on. */
enum rq_path { RQ_PATH_GOES_ON, RQ_PATH_DONE };

struct rq_verifier {
	struct rq_prog *prog;
	const struct rq_verify_options *options;
	enum rq_kernel kernel;
	struct rq_log *log;
	struct rq_rejection *rejection; /* never NULL */
	bool rejected;

	struct rq_insn_aux *aux;        /* one an instruction */
	struct rq_subprog_info *subprogs; /* beside prog->subprogs, same index */

	struct rq_state *state;         /* the path being walked */
	struct rq_state *pending;       /* branches to walk later, newest first */
	uint32_t pending_count;
	struct rq_state **explored;     /* checkpoints, a list for each instruction */
	struct rq_state *detached;      /* checkpoints that are no longer compared with, but still have open paths */
	struct rq_state *free_list;
	uint64_t state_bytes;           /* of branches that wait and checkpoints */
	bool step_noted;                /* the state's last step is the current instruction's */

	uint32_t insn, previous;        /* being checked, and the one before it on this path */
	uint32_t next;                  /* where the path goes on; a check that jumps sets it */
	enum rq_path path;              /* RQ_PATH_DONE: the last check ended the path (exit, bpf_throw, tail) */
	uint32_t last_id;               /* ids given so far */
	uint32_t entry_subprog;         /* being verified: 0, or a global function */

	uint32_t processed, jumps_processed, jumps_at_checkpoint, insns_at_checkpoint;
	uint32_t total_states, peak_states, max_states_per_insn;
	const struct bpf_line_info *last_line; /* printed with an instruction, so that a line appears once */
	bool line_open;                 /* the log's last line is an instruction without its result */
	uint32_t line_length;
};

static inline struct rq_frame *rq_frame(const struct rq_verifier *v)
{
	return v->state->frames[v->state->current];
}
static inline struct rq_reg *rq_regs(const struct rq_verifier *v)
{
	return rq_frame(v)->regs;
}
static inline const struct bpf_insn *rq_insn(const struct rq_verifier *v)
{
	return &v->prog->insns[v->insn];
}

/* ---- verify.c ---- */

/* A line of the log; a newline is added. */
void rq_say(struct rq_verifier *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
/*
 * The reason of a rejection: say it, with a newline, keep it for the report, return @error (negative). Of several lines the
 * last is the reason; the earlier ones are rq_say(). Once something was rejected, later reasons are only logged.
 */
int rq_reject(struct rq_verifier *v, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* What a user may do about it; before or after rq_reject(). */
void rq_hint(struct rq_verifier *v, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "... not supported by this verifier": what we do not know is refused, with the instruction's number. -EINVAL. */
int rq_unsupported(struct rq_verifier *v, const char *what);
/* Kernel BTF id of a struct or func by name; negative when absent. */
static inline int32_t rq_kernel_struct(const struct rq_verifier *v, const char *name)
{
	return v->prog->kernel_btf ? rq_btf_find(v->prog->kernel_btf, name, BTF_KIND_STRUCT) : -2;
}
/*
 * Has the kernel in question what came with kernel @since? Where that differs from 6.18, the kernel that was asked, the verdict
 * rests on documentation: "unmeasured".
 */
static inline bool rq_since(struct rq_verifier *v, enum rq_kernel since)
{
	bool has = v->kernel >= since;

	if (has != (RQ_KERNEL_6_18 >= since) && v->kernel != RQ_KERNEL_RELAXED)
		v->prog->unmeasured = true;
	return has;
}
static inline uint32_t rq_new_id(struct rq_verifier *v)
{
	return ++v->last_id;
}

/* ---- state.c ---- */

struct rq_state *rq_state_new(struct rq_verifier *v);
/* A copy with everything but the exploration tree's fields; NULL without memory. */
int rq_state_copy(struct rq_verifier *v, struct rq_state *to, const struct rq_state *from);
void rq_state_free(struct rq_verifier *v, struct rq_state *state);
/* @state stays for later: all that do stay within the memory that a verification may take. -ENOMEM with words. */
int rq_state_account(struct rq_verifier *v, struct rq_state *state);
/* A fresh frame with nothing known, r10 set; the caller sets arguments. -ENOMEM. */
int rq_frame_push(struct rq_verifier *v, struct rq_state *state, uint32_t call_site, uint32_t subprog);
/* Drop the running frame. */
void rq_frame_pop(struct rq_verifier *v, struct rq_state *state);
int rq_frame_grow(struct rq_frame *frame, uint32_t slots);
/* Walk also @insn with a copy of the current state, later; *branch is the copy, to be adjusted. Also counts complexity. */
int rq_push_branch(struct rq_verifier *v, uint32_t insn, struct rq_state **branch);
/* A state with one empty frame that starts @subprog later (timer and workqueue callbacks). */
int rq_push_async(struct rq_verifier *v, uint32_t subprog, bool sleepable, struct rq_state **branch);

/* Registers. @reg may be in the current state, or in a branch. */
void rq_reg_set_not_init(struct rq_reg *reg);
void rq_reg_set_unknown(struct rq_reg *reg); /* a scalar that may be anything */
void rq_reg_set_const(struct rq_reg *reg, uint64_t value);
/* A pointer with offset 0, nothing else set but type and flags. */
void rq_reg_set_pointer(struct rq_reg *reg, enum rq_reg_type type, uint16_t flags);
void rq_reg_set_btf(struct rq_reg *reg, uint16_t flags, const struct rq_btf *btf, uint32_t btf_id);
/* A MAYBE_NULL pointer is not NULL: drop the flag, resolve what a map value becomes (inner map, socket). */
void rq_reg_mark_not_null(struct rq_reg *reg);
/* R1..R5 after a call. */
void rq_clobber_args(struct rq_verifier *v);
/* Read or write of register @regno by the current instruction: "R%d !read_ok", "frame pointer is read only". */
int rq_check_reg_read(struct rq_verifier *v, uint32_t regno);
int rq_check_reg_write(struct rq_verifier *v, uint32_t regno);

/*
 * Visit each register and spilled register of every frame:
 *	RQ_EACH_REG(state, frame, reg) { ... }
 */
struct rq_reg_walk {
	struct rq_state *state;
	uint32_t frame, index;
};
struct rq_reg *rq_reg_walk_next(struct rq_reg_walk *walk); /* NULL at the end */
#define RQ_EACH_REG(state_, reg_)                                                                   \
	for (struct rq_reg_walk walk_ = { (state_), 0, 0 }; ((reg_) = rq_reg_walk_next(&walk_)) != NULL;)

/* ---- alu.c, branch.c ---- */

/* What @a op @b (BPF_ADD ... BPF_ARSH) may be, in 32 or 64 bits. */
struct rq_value rq_value_op(uint8_t op, struct rq_value a, struct rq_value b, unsigned int width);
/* The low bytes, zero-extended; or sign-extended to 32 or 64 bits. */
struct rq_value rq_value_truncate(struct rq_value value, unsigned int bytes);
struct rq_value rq_value_sign_extend(struct rq_value value, unsigned int bytes, unsigned int width);

int rq_check_alu(struct rq_verifier *v, const struct bpf_insn *insn);
int rq_check_jump(struct rq_verifier *v, const struct bpf_insn *insn);
/* Where special fields of what @reg points to lie (map value, allocated object), or NULL. */
const struct rq_record *rq_reg_record(const struct rq_reg *reg);
/* In @state, each pointer of this id is (@null) NULL, or is not; its references go when it is NULL. */
void rq_resolve_null(struct rq_verifier *v, struct rq_state *state, uint32_t id, bool null);

/* ---- memory.c, stack.c ---- */

enum rq_access { RQ_READ = 1, RQ_WRITE = 2, RQ_WRITE_UNINIT = 4 /* a helper fills it: bytes need not be initialised */ };

/* The load, store or atomic instruction @insn (all of BPF_LDX, BPF_ST, BPF_STX; BPF_LD_ABS and _IND too). */
int rq_check_memory_insn(struct rq_verifier *v, const struct bpf_insn *insn);
/* Wide loads: constants, maps, values, functions, type data. */
int rq_check_wide_load(struct rq_verifier *v, const struct bpf_insn *insn);
/* An access of @size bytes at regs[@regno] + @off; a load puts what it finds into @value_regno (-1: nowhere). */
int rq_check_mem_access(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, enum rq_access access,
			int32_t value_regno, bool sign_extend);
/*
 * Memory that a helper, kfunc or global function touches: @size bytes at regs[@regno], any pointer kind that such
 * memory may have. RQ_WRITE_UNINIT also does the write (the stack becomes unknown bytes).
 */
int rq_check_call_mem(struct rq_verifier *v, uint32_t regno, uint32_t size, int access, bool zero_allowed);
/* The same with its size in regs[@size_regno]; marks that one precise. "R%d min value is negative", ... */
int rq_check_call_mem_size(struct rq_verifier *v, uint32_t mem_regno, uint32_t size_regno, int access, bool zero_allowed);
/* The pointer's fixed offset and variable offset are as an argument needs them: "dereference of modified ..." */
int rq_check_ptr_offset(struct rq_verifier *v, const struct rq_reg *reg, uint32_t regno, bool fixed_offset_allowed);
/* May packet data be written by this program (or helper, when @by_helper)? */
bool rq_may_access_packet(const struct rq_verifier *v, enum rq_access access);
/* Is any byte of [off, off + size) of the value special (lock, timer, kptr ...)? Says what the kernel says. */
int rq_check_special_fields(struct rq_verifier *v, const struct rq_record *record, const struct rq_reg *reg, int32_t off,
			    uint32_t size, enum rq_access access, bool by_helper);

/* Slot index of fp+@off (negative): 0 for -8..-1. */
static inline uint32_t rq_slot_index(int32_t off)
{
	return (uint32_t)(-off - 1) / 8;
}
/*
 * The @count whole slots at the constant stack offset that @reg points to: frame and index of the slot at the lowest
 * address ([index], [index - 1], ... go upwards). @what names the object in messages ("irq_flag", "dynptr", "iter").
 * -ERANGE: not there (unallocated so far), nothing said.
 */
int rq_stack_object_slots(struct rq_verifier *v, const struct rq_reg *reg, const char *what, uint32_t count,
			  struct rq_frame **frame, uint32_t *index);
/* Notes for pruning that slots [index, index + count) are read or overwritten. */
void rq_stack_mark_read(struct rq_verifier *v, struct rq_frame *frame, uint32_t index, uint32_t count);
void rq_stack_mark_written(struct rq_verifier *v, struct rq_frame *frame, uint32_t index, uint32_t count);
/* Bytes of one slot become unknown or (@kind) something else; spill information goes. */
void rq_slot_fill(struct rq_slot *slot, enum rq_stack_byte kind);
/* Does the slot hold a spilled register (its low bytes, at the lowest address, if not all)? */
static inline bool rq_slot_is_spill(const struct rq_slot *slot)
{
	return slot->bytes[0] == RQ_STACK_SPILL;
}
static inline bool rq_slot_is_full_spill(const struct rq_slot *slot)
{
	return slot->bytes[7] == RQ_STACK_SPILL;
}

/* ---- prune.c ---- */

/* The value of regs[@regno] (or of a spill) decides something: states that differ in it are not equal. */
int rq_mark_precise(struct rq_verifier *v, uint32_t regno);
int rq_mark_slot_precise(struct rq_verifier *v, const struct rq_frame *frame, uint32_t slot);
/* The last checkpoint before @state at @insn in the same frames on its path, or NULL; and forget imprecise scalars that changed. */
const struct rq_state *rq_previous_entry(const struct rq_state *state, uint32_t insn);
void rq_widen_scalars(struct rq_verifier *v, const struct rq_state *old, struct rq_state *state);
/* Called by verify.c before each instruction: *prune when an equal state was verified. */
int rq_prune(struct rq_verifier *v, bool *prune);
/* Remember for backtracking that the current instruction accessed this slot, or bounded these places together. */
int rq_note_stack_access(struct rq_verifier *v, const struct rq_frame *frame, uint32_t slot);
int rq_note_linked(struct rq_verifier *v, const struct rq_place *linked, uint32_t count);
/* Before each instruction: a jump led here. */
int rq_note_jump(struct rq_verifier *v);
void rq_path_finished(struct rq_verifier *v, struct rq_state *state);

/* ---- cfg.c ---- */

int rq_find_subprogs(struct rq_verifier *v);    /* fills prog->subprogs; jumps stay in theirs */
int rq_check_cfg(struct rq_verifier *v);        /* after calls are resolved: reachability, pruning points, live registers */
int rq_check_stack_depth(struct rq_verifier *v); /* after the walk: frames of call chains fit into 512 bytes */
/* The subprogram that starts at @insn, or -ENOENT. */
int rq_subprog_starting_at(const struct rq_verifier *v, uint32_t insn);
uint32_t rq_subprog_of(const struct rq_verifier *v, uint32_t insn);

/* ---- notes.c ---- */

int rq_fill_notes(struct rq_verifier *v);

/* ---- subprog.c ---- */

/* Function and line info agree with the instructions; names and linkage of subprograms. */
int rq_check_debug_info(struct rq_verifier *v);
/* After calls are resolved: subprograms that packet loads or tail calls may leave. */
int rq_check_early_returns(struct rq_verifier *v);

/* Parse the BTF prototype of @subprog into subprogs[].args; -EINVAL with words, or args_bad when it can't be used. */
int rq_subprog_prepare_args(struct rq_verifier *v, uint32_t subprog);
/* Registers with which a global function is verified on its own. */
int rq_subprog_enter(struct rq_verifier *v, uint32_t subprog);

/* ---- print.c ---- */

const char *rq_type_name(const struct rq_verifier *v, enum rq_reg_type type, uint16_t flags); /* "map_value_or_null" */
static inline const char *rq_reg_name(const struct rq_verifier *v, const struct rq_reg *reg)
{
	return rq_type_name(v, reg->type, reg->flags);
}
/* "(0x0; 0x3)" into @text. */
const char *rq_bits_text(struct rq_bits bits, char *text, size_t size);
/* Around each instruction, at log levels 1 and 2; a path that ends because an equal state is known. */
void rq_print_before(struct rq_verifier *v, bool new_path);
void rq_print_after(struct rq_verifier *v);
void rq_print_pruned(struct rq_verifier *v, bool new_path);
void rq_end_open_line(struct rq_verifier *v);
void rq_print_state(struct rq_verifier *v, const struct rq_state *state, uint32_t frame, bool all);
/* "; text @ file.c:12" before an instruction of another source line. */
void rq_say_line(struct rq_verifier *v, uint32_t insn);

/* ---- call.c: helpers, local calls, callbacks, exits ---- */

/* BPF_CALL in all its kinds. A local call pushes a frame and sets v->next. */
int rq_check_call(struct rq_verifier *v, const struct bpf_insn *insn);
/* BPF_EXIT: obligations and return value; pops a frame and sets v->next, or sets v->path = RQ_PATH_DONE. */
int rq_check_exit(struct rq_verifier *v);
/*
 * Before the walk: resolve each call to its row, fill aux[].func, note which subprograms might sleep, change packets or
 * throw, and which instructions call back (aux[].calls_callback). Needs subprograms. Refuses functions we don't have.
 */
int rq_resolve_calls(struct rq_verifier *v);
/* After the walk: fill notes of call instructions. */
int rq_note_calls(struct rq_verifier *v);

/* ---- callback.c ---- */

/* After the walk: no callback throws. */
int rq_check_throws(struct rq_verifier *v);

/* ---- kfunc.c ---- */

int rq_check_kfunc_call(struct rq_verifier *v, const struct bpf_insn *insn);
/* "bpf_res_spin_lock" for a kfunc call, for the log. */
const char *rq_kfunc_name(const struct rq_verifier *v, const struct bpf_insn *insn);

/* ---- lock.c ---- */

/* May the current path leave by @how ("BPF_EXIT instruction in main prog", "tail_call", ...) here? */
int rq_check_leaving(struct rq_verifier *v, const char *how, bool exception, bool check_locks);

/* ---- reference.c ---- */

/* A new reference of the current instruction; *id. */
int rq_reference_acquire(struct rq_verifier *v, enum rq_reference_kind kind, uint32_t id, const void *ptr);
int rq_reference_release(struct rq_verifier *v, uint32_t id); /* -EINVAL: there is none; also invalidates registers */
void rq_reference_forget(struct rq_state *state, uint32_t id); /* drop the entry alone (pointer proved NULL) */
bool rq_reference_exists(const struct rq_state *state, uint32_t id);

/* ---- hint.c ---- */

/* When nobody gave a hint: what is known to help against this reason. */
void rq_find_hint(struct rq_rejection *rejection);

/* ---- report.c ---- */

/* Fill in v->rejection what is known where v is: path, registers, what is held. Its reason is there. */
void rq_report_rejection(struct rq_verifier *v);

/* ---- iter.c: iterators, dynptrs, irq flags on the stack ---- */

/* A store or a helper's write hits a slot that holds such an object: it is destroyed, or refused (dynptrs with references). */
int rq_stack_object_overwritten(struct rq_verifier *v, struct rq_frame *frame, uint32_t slot);

#endif
