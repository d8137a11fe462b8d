/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs and program types. A type is one row (or one small file): context layout and access rules, what may be
 * called, return value range, what a test run takes. Programs of it are struct rq_prog: as loaded, plus what the
 * verifier found out about each instruction (struct rq_insn_note), which is all that the VM relies on.
 */
#ifndef RQ_PROG_PROG_H
#define RQ_PROG_PROG_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/object.h"
#include "btf/btf.h"
#include "isa/isa.h"
#include "map/map.h"

/* What Debian 12's linux/bpf.h lacks. */
#define RQ_PROG_TYPE_NETFILTER 32
#define RQ_ATTACH_LSM_CGROUP   43
#define RQ_ATTACH_NETFILTER    45

#define RQ_ARGUMENTS_MAX 12 /* of a context that is an array of u64 */

/* Kernel versions whose rules we know, oldest first; relaxed is what this runtime can safely do. */
enum rq_kernel { RQ_KERNEL_6_15, RQ_KERNEL_6_18, RQ_KERNEL_7_3, RQ_KERNEL_RELAXED, RQ_KERNELS };
/* "6.18" and so on; -EINVAL for others. */
int rq_kernel_parse(const char *name, enum rq_kernel *kernel);
const char *rq_kernel_name(enum rq_kernel kernel);

/* What a load from a context field gives. */
enum rq_ctx_kind {
	RQ_CTX_SCALAR,
	RQ_CTX_PACKET,      /* start of packet data; the 4-byte UAPI field is a 64-bit pointer in the host context */
	RQ_CTX_PACKET_META,
	RQ_CTX_PACKET_END,
	RQ_CTX_SOCK_COMMON_OR_NULL,
	RQ_CTX_SOCKET_OR_NULL,
	RQ_CTX_SOCKET,
	RQ_CTX_BTF_POINTER, /* type named in .type_name, of the kernel BTF */
	RQ_CTX_FLOW_KEYS,
};

/* Sizes of accesses, as bits: the size itself. */
#define RQ_SIZES_1_2_4	 (1 | 2 | 4)
#define RQ_SIZES_1_2_4_8 (1 | 2 | 4 | 8)

/*
 * A part of a UAPI context with one rule: accesses of these sizes, aligned to their own size and inside
 * [offset, offset + size). Measured on Linux 6.18 for every offset and size (tests/prog asks the running kernel again).
 * A program sees UAPI offsets; at run time the context is a struct rq_host_ctx: a scalar is at the same offset, a pointer
 * is 8 bytes at host_offset.
 */
struct rq_ctx_field {
	uint16_t offset, size;
	uint8_t loads, stores; /* sizes, 0: none */
	uint8_t kind;          /* enum rq_ctx_kind, of loads */
	bool at_start;         /* accesses begin at .offset alone */
	uint16_t host_offset;  /* of pointers */
	const char *type_name; /* RQ_CTX_BTF_POINTER */
	uint64_t attach_types; /* bits of enum bpf_attach_type that have this field; 0: all */
};

struct rq_ctx_fields {
	const struct rq_ctx_field *rows;
	uint32_t count;
};

/* Return values where they depend on the attach type. */
struct rq_return_range {
	uint64_t attach_types;
	int64_t min, max;
};

/* The context of a run: UAPI scalars at their UAPI offsets, then what pointers in it point to. */
struct rq_host_ctx {
	uint8_t uapi[256];
	uint8_t *data_meta, *data, *data_end;
	void *socket;
	struct bpf_flow_keys *flow_keys;
	void *btf_pointers[2];
	uint32_t pieces;                /* bytes of the packet behind data_end, where it is not in one piece */
	uint8_t *room_begin, *room_end; /* memory that the packet may grow into */
	uint8_t *mac, *network;         /* where headers begin; for some types before the data */
	uint8_t checksums;              /* func/skb.c */
	bool tunnelled;
	struct bpf_flow_keys keys;
};

enum rq_role { RQ_ROLE_TASK, RQ_ROLE_PREEMPT, RQ_ROLE_SOFTIRQ, RQ_ROLE_IRQ, RQ_ROLE_NMI, RQ_ROLES };

/* What a test run gives a program and takes from it. */
struct rq_test_run {
	const void *data_in;
	uint32_t data_size_in;
	void *data_out;
	uint32_t data_size_out; /* in: room; out: bytes that there were */
	const void *ctx_in;
	uint32_t ctx_size_in;
	void *ctx_out;
	uint32_t ctx_size_out;
	uint32_t retval;
};

struct rq_prog;
/* Memory for a host context with its packet; how much: rq_prog_space_size(). */
struct rq_ctx_space;
#define RQ_PACKET_SLACK 1024 /* what a program may put before and behind its packet */

struct rq_prog_type {
	enum bpf_prog_type type;
	const char *name;      /* "SCHED_CLS" */
	const char *libbpf_name; /* "sched_cls" */
	uint64_t helper_groups;  /* bits of enum rq_func_group */
	const struct rq_ctx_fields *fields; /* fields_*.c; NULL: see any_context */
	bool any_context;        /* every byte of the context may be read and written */
	uint32_t ctx_size;       /* UAPI size */
	const char *ctx_struct;  /* "__sk_buff": what a global function's ctx argument points to */
	bool raw_args;           /* the context is an array of u64, typed by what the program is attached to */
	bool packet;             /* has packet data; direct packet access */
	bool may_write_packet;
	bool may_sleep;          /* BPF_F_SLEEPABLE, or always (SYSCALL) */
	bool always_sleepable;
	int64_t return_min, return_max; /* of R0 at exit; INT64_MIN, INT64_MAX: any. See rq_prog_return_range() */
	const struct rq_return_range *returns; /* attach types that differ from that */
	uint32_t return_count;
	enum rq_role default_role;
	/* First kernel that lets this type use a map with a lock; RQ_KERNEL_RELAXED: only we do. And what it says before. */
	enum rq_kernel locks_since;
	const char *locks_refused; /* "tracing progs cannot use bpf_spin_lock yet" */
	bool private_stacks;       /* frames do not share 512 bytes: see rq_prog_has_private_stacks() */
	bool probe;                /* nor may its maps have timers, lists and trees */
	/* Fill @space from @run's input, and read back. Negative errno as BPF_PROG_TEST_RUN, which takes fewer types (sys/test_run.c). */
	int (*begin)(const struct rq_prog *prog, const struct rq_test_run *run, struct rq_ctx_space *space, void **ctx);
	int (*end)(const struct rq_prog *prog, struct rq_test_run *run, struct rq_ctx_space *space);
};

/* Its context lies behind the struct rq_host_ctx, and is made ready as far as the program reaches. */
static inline bool rq_prog_context_is_large(const struct rq_prog_type *type)
{
	return type->ctx_size > sizeof(((struct rq_host_ctx *)0)->uapi);
}

const struct rq_prog_type *rq_prog_type(enum bpf_prog_type type); /* NULL: unknown */
/* Rows in order of their number, for listings; NULL at the end. */
const struct rq_prog_type *rq_prog_type_at(uint32_t index);
/* Bytes of struct rq_ctx_space that begin() needs for packets of up to @packet_size bytes. */
size_t rq_prog_space_size(const struct rq_prog *prog, uint32_t packet_size);
/* The rule for an access of @size bytes at @offset of a context, or NULL: "invalid bpf_context access". */
const struct rq_ctx_field *rq_prog_ctx_field(const struct rq_prog_type *type, uint32_t attach_type, uint32_t offset,
					     uint32_t size, bool store);
/* No verdict of Linux on such programs could be had: the kernel that was asked refused every one for want of a permission. */
bool rq_prog_type_unmeasured(enum bpf_prog_type type, uint32_t attach_type);
void rq_prog_return_range(const struct rq_prog *prog, int64_t *min, int64_t *max);
/* Programs that never run twice at once on a CPU get a stack for each frame; iterators are TRACING, but may. */
bool rq_prog_has_private_stacks(const struct rq_prog *prog);

/* ---- target.c: programs with typed arguments ---- */

/* What such a program is attached to: a function, a hook, a tracepoint, an iterator, a member of a struct of functions. */
struct rq_prog_target {
	const char *name;                 /* as messages have it */
	const struct btf_type *prototype; /* in prog->attach_btf */
	uint32_t first;                   /* the parameter that is the program's first argument */
};

bool rq_prog_target(const struct rq_prog *prog, struct rq_prog_target *target); /* false: unknown */
/*
 * Which parameter lies at place @place of the u64 array, and its type: an index into the prototype; as many as it has
 * parameters for the function's result; -ENOENT: nothing lies there. A struct that is passed by value takes several places.
 */
int rq_prog_argument(const struct rq_prog *prog, const struct rq_prog_target *target, uint32_t place, uint32_t *type_id);
/* The struct that an argument of this type points to; 0: it is no pointer to one. */
uint32_t rq_prog_object(const struct rq_prog *prog, uint32_t type_id);
/* What the program is attached to returns nothing. */
bool rq_prog_returns_nothing(const struct rq_prog *prog);
/* Fill prog->objects: before rq_prog_space_size(). */
void rq_prog_find_objects(struct rq_prog *prog);
/* What an LSM hook that returns a number may return. */
void rq_prog_hook_range(const char *hook, int64_t *min, int64_t *max);

/* What the verifier found out about one instruction: the VM runs by these notes. */
enum rq_note_kind {
	RQ_NOTE_DEAD,        /* never reached on any path: traps */
	RQ_NOTE_PLAIN,
	RQ_NOTE_ADDRESS,     /* wide load: .address is what the register gets (map, value, function index, type data) */
	RQ_NOTE_CONTEXT,     /* context access: use .context_offset and .context_size */
	RQ_NOTE_PROBE,       /* load through a pointer that may be bad: 0 instead of a fault */
	RQ_NOTE_HELPER,      /* call of .func */
	RQ_NOTE_KFUNC,
	RQ_NOTE_LOCAL_CALL,  /* .target is the callee's first instruction */
	RQ_NOTE_ARENA,       /* access to the program's arena */
	RQ_NOTE_NARROW,      /* 64-bit arithmetic on a pointer to the arena: only the low half counts */
};

struct rq_func;

struct rq_insn_note {
	uint8_t kind; /* enum rq_note_kind */
	uint8_t context_size;
	bool sign_extend;
	uint16_t context_offset;
	uint32_t target;
	union {
		uint64_t address;
		const struct rq_func *func;
	};
	/* A kfunc's hidden argument: the struct meta of obj_new/drop/refcount_acquire, the offset of a graph node, the map. */
	union {
		const struct rq_struct_meta *meta;
		const struct rq_map *map;
		uint64_t extra;
	};
	uint64_t extra2;
};

struct rq_prog;
struct rq_map *rq_prog_arena(const struct rq_prog *prog); /* NULL: it uses none */

struct rq_subprog {
	uint32_t start, end;    /* instructions [start, end) */
	uint32_t btf_func_id;   /* 0 without BTF */
	const char *name;       /* from BTF, or "" */
	bool global;
	bool might_sleep;
	bool async_callback;
	uint16_t stack_depth;
};

struct rq_prog {
	struct rq_object object;
	const struct rq_prog_type *type;
	uint32_t expected_attach_type;
	char name[16];
	bool gpl, sleepable;
	bool strict_alignment, any_alignment; /* BPF_F_STRICT_ALIGNMENT, BPF_F_ANY_ALIGNMENT */
	bool test_state_freq;
	uint32_t max_ctx_offset; /* set by the verifier: how far the program reaches into a large context */
	uint32_t attach_btf_id;
	const struct rq_btf *attach_btf;
	/* Structs that its context points to, by place; of numbers size 0. Set by rq_prog_find_objects(). */
	struct {
		uint32_t type_id, size;
	} objects[RQ_ARGUMENTS_MAX];
	uint32_t object_count;
	uint8_t tag[8];

	struct bpf_insn *insns; /* as loaded, map descriptors still in wide loads' imm as given by the loader */
	uint32_t insn_count;
	struct rq_btf *btf;     /* the program's types, or NULL */
	const struct rq_btf *kernel_btf;
	struct bpf_func_info *func_info;
	uint32_t func_info_count;
	struct bpf_line_info *line_info;
	uint32_t line_info_count;

	struct rq_map **maps;   /* used maps, each once, referenced */
	uint32_t map_count;
	/* For each instruction that loads a map (BPF_PSEUDO_MAP_*): index into maps, else UINT32_MAX. Set before verification. */
	uint32_t *insn_map;

	/* Set by rq_verify(). */
	struct rq_subprog *subprogs;
	uint32_t subprog_count;
	struct rq_insn_note *notes;
	uint32_t verified_insns; /* the "processed N insns" */
	bool verified;
	bool unmeasured; /* the verdict rests on a rule that no kernel was asked about */

	struct rq_code *code;    /* set by rq_vm_prepare() */
	struct rq_streams *streams; /* func/stream.h; NULL: it writes to none */
	struct rq_machine *machine;
	uint64_t load_time_ns;   /* CLOCK_MONOTONIC */
	uint32_t created_by_uid;
	_Atomic uint64_t run_count, run_ns; /* while somebody counts: BPF_ENABLE_STATS */
};

/* The line_info row that covers @insn, or NULL. */
const struct bpf_line_info *rq_prog_line(const struct rq_prog *prog, uint32_t insn);
/* "file.bpf.c", its text and number, for reports; false without line info. */
bool rq_prog_source(const struct rq_prog *prog, uint32_t insn, const char **file, const char **text, uint32_t *line);

#endif
