/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel says of single places that programs with typed arguments attach to, beyond their prototypes: iterators,
 * tracepoints, LSM hooks, tables of functions. Rows are what Linux 6.18 answered, asked for each of them, but for functions,
 * LSM hooks and sched_ext, which could not be asked; those follow public documentation.
 */
#ifndef RQ_PROG_HOOKS_H
#define RQ_PROG_HOOKS_H

#include "prog/prog.h"

enum rq_argument_flag {
	RQ_ARGUMENT_TRUSTED = 1 << 0,
	RQ_ARGUMENT_MAYBE_NULL = 1 << 1,
	RQ_ARGUMENT_BUFFER = 1 << 2, /* an element of a map, of unknown size */
	RQ_ARGUMENT_RDONLY = 1 << 3,
	RQ_ARGUMENT_QUIET = 1 << 4,  /* the log says nothing of it */
};

/* Flags of parameter @index of what @prog is attached to. */
uint32_t rq_hook_argument(const struct rq_prog *prog, const struct rq_prog_target *target, uint32_t index);
bool rq_hook_is_iterator(const char *function);

/* LSM hooks, by the name of their function, "bpf_lsm_...". */
bool rq_hook_may_sleep(const char *hook);
bool rq_hook_is_disabled(const char *hook);

/* May the program walk paths (bpf_d_path) where it is attached? */
bool rq_hook_has_paths(const struct rq_prog *prog);

/* Kernel functions: may a program of theirs change what they return; may one of theirs sleep? */
bool rq_function_is_modifiable(const char *function);
bool rq_function_may_sleep(const char *function);

/* Tables of functions that programs may implement. */
struct rq_ops_member {
	const char *struct_name, *member;
};
struct rq_ops_table {
	const char *name;
	const char *const *unsupported; /* members; NULL at the end */
	const char *const *sleepable;   /* the only members that may sleep; NULL: any */
	const char *from, *to;          /* arguments of the one type are in fact of the other */
	const char *written;            /* struct that its programs may write, in some members */
	const struct rq_ops_member *writable;
	uint32_t writable_count;
	/* Arguments that may be NULL; the last row has no member. */
	const struct rq_ops_nullable {
		const char *member;
		uint32_t index;
	} *nullable;
};
/* NULL: this struct is no such table. */
const struct rq_ops_table *rq_ops_table(const char *struct_name);
bool rq_ops_may_sleep(const struct rq_ops_table *table, const char *member);
bool rq_ops_is_supported(const struct rq_ops_table *table, const char *member);

#endif
