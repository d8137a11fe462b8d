/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Types. A program's BTF as BPF_BTF_LOAD takes it, checked (ids, offsets, names, sizes, no endless chains) so that no
 * later user has to; the built-in kernel BTF; and field records: where a value or an allocated object holds special
 * fields (locks, timers, kptrs, list and tree nodes), by the rules of docs/verifier.md, locks 3.
 * Reading types (btf__type_by_id and so on) is libbpf's; it is used on checked data only.
 */
#ifndef RQ_BTF_BTF_H
#define RQ_BTF_BTF_H

#include <bpf/btf.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/object.h"

enum rq_field_kind {
	RQ_FIELD_SPIN_LOCK,
	RQ_FIELD_RES_SPIN_LOCK,
	RQ_FIELD_TIMER,
	RQ_FIELD_WORKQUEUE,
	RQ_FIELD_TASK_WORK,
	RQ_FIELD_KPTR_UNTRUSTED,
	RQ_FIELD_KPTR_REF,
	RQ_FIELD_KPTR_PERCPU,
	RQ_FIELD_UPTR,
	RQ_FIELD_LIST_HEAD,
	RQ_FIELD_LIST_NODE,
	RQ_FIELD_RB_ROOT,
	RQ_FIELD_RB_NODE,
	RQ_FIELD_REFCOUNT,
	RQ_FIELD_KINDS,
};

struct rq_field {
	enum rq_field_kind kind;
	uint32_t offset, size;
	/* kptr: the pointed-to type; list_head, rb_root: the element type that "contains:" names */
	const struct rq_btf *target_btf; /* the program's or the kernel's */
	uint32_t target_id;
	uint32_t node_offset; /* list_head, rb_root: where the node lies in the element */
};

#define RQ_RECORD_FIELDS_MAX 11 /* as in Linux: more is -E2BIG */

struct rq_record {
	uint32_t count;
	uint32_t kinds; /* bit 1 << enum rq_field_kind */
	int32_t spin_lock_offset, res_spin_lock_offset, timer_offset, refcount_offset; /* -1: none; never offset -22 */
	struct rq_field fields[];
};

/* One struct of the program's BTF that bpf_obj_new() may allocate and that has special fields. */
struct rq_struct_meta {
	uint32_t type_id, size;
	struct rq_record *record;
};

struct rq_btf {
	struct rq_object object;
	struct btf *types;         /* libbpf's, over checked bytes */
	bool kernel;
	const void *bytes;         /* as loaded, for BPF_OBJ_GET_INFO_BY_FD */
	uint32_t size;
	uint32_t type_count;       /* ids are 1 .. type_count */
	struct rq_struct_meta *metas; /* sorted by type_id */
	uint32_t meta_count;
};

/*
 * Check and take over a copy of @bytes. Errors: -EINVAL (malformed; @log says what and where), -E2BIG (two locks in one
 * struct, too many fields, larger than 16 MiB), -ENOMEM. @log may be NULL.
 */
struct rq_log;
int rq_btf_load(const void *bytes, uint32_t size, const struct rq_btf *kernel, struct rq_log *log, struct rq_btf **btf);

/* The built-in kernel BTF (one for the process, made on first use), or one from a file ("raw" or ELF with .BTF) with our
 * kfuncs added. The caller gets a reference. */
int rq_btf_kernel_builtin(struct rq_btf **btf);
int rq_btf_kernel_from_file(const char *path, struct rq_btf **btf);

/*
 * The record of a map value or struct. *record is NULL when there are no special fields.
 * -E2BIG, -EINVAL as the facts, 1b; the caller decides whether that fails the map or is swallowed.
 */
int rq_btf_parse_record(const struct rq_btf *btf, const struct rq_btf *kernel, uint32_t type_id, uint32_t value_size,
			uint32_t allowed_kinds, struct rq_record **record);
const struct rq_field *rq_record_find(const struct rq_record *record, uint32_t offset, uint32_t kinds);
const struct rq_struct_meta *rq_btf_struct_meta(const struct rq_btf *btf, uint32_t type_id);

/* Helpers over checked BTF. */
const char *rq_btf_name(const struct rq_btf *btf, uint32_t type_id); /* "" when it has none */
uint32_t rq_btf_skip_modifiers(const struct rq_btf *btf, uint32_t type_id); /* typedef, const, volatile, type tag... */
int64_t rq_btf_size_of(const struct rq_btf *btf, uint32_t type_id);
int32_t rq_btf_find(const struct rq_btf *btf, const char *name, uint32_t kind);
bool rq_btf_has_decl_tag(const struct rq_btf *btf, uint32_t type_id, int component, const char *tag);
/* Write a number into the member @name of an object of this struct, also where it lies in a nameless part. */
void rq_btf_set_member(const struct rq_btf *btf, uint32_t type_id, void *object, const char *name, uint64_t value);
/* Same name, kind and shape in two BTFs (an object's struct against the kernel's). */
bool rq_btf_same_struct(const struct rq_btf *a, uint32_t a_id, const struct rq_btf *b, uint32_t b_id, bool strict);

#endif
