// SPDX-License-Identifier: BSD-2-Clause
/*
 * Field records: where a value or an allocated object holds special fields (docs/verifier.md, locks 3). A
 * member counts when its type is directly the struct of that name and size, no typedef or qualifier between; of a lock, a
 * timer and a reference count each struct level may have one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "btf/btf.h"
#include "btf/check.h"
#include "btf/internal.h"

#define BIT(kind) (1u << (kind))
#define KPTRS	  (BIT(RQ_FIELD_KPTR_UNTRUSTED) | BIT(RQ_FIELD_KPTR_REF) | BIT(RQ_FIELD_KPTR_PERCPU) | BIT(RQ_FIELD_UPTR))
#define ROOTS	  (BIT(RQ_FIELD_LIST_HEAD) | BIT(RQ_FIELD_RB_ROOT))
#define NODES	  (BIT(RQ_FIELD_LIST_NODE) | BIT(RQ_FIELD_RB_NODE))
#define LOCKS	  (BIT(RQ_FIELD_SPIN_LOCK) | BIT(RQ_FIELD_RES_SPIN_LOCK))

/* Structs by name. */
static const struct special {
	const char *name;
	enum rq_field_kind kind;
	uint32_t size, align;
	bool unique;  /* at most one a struct level */
	bool has_meta; /* makes a struct one that bpf_obj_new() has a record of; Linux left out the resilient lock */
} specials[] = {
	{ "bpf_spin_lock", RQ_FIELD_SPIN_LOCK, 4, 4, true, true },
	{ "bpf_res_spin_lock", RQ_FIELD_RES_SPIN_LOCK, 4, 4, true, false },
	{ "bpf_timer", RQ_FIELD_TIMER, 16, 8, true, false },
	{ "bpf_wq", RQ_FIELD_WORKQUEUE, 16, 8, true, false },
	{ "bpf_task_work", RQ_FIELD_TASK_WORK, 8, 8, true, false },
	{ "bpf_list_head", RQ_FIELD_LIST_HEAD, 16, 8, false, true },
	{ "bpf_list_node", RQ_FIELD_LIST_NODE, 24, 8, false, true },
	{ "bpf_rb_root", RQ_FIELD_RB_ROOT, 16, 8, false, true },
	{ "bpf_rb_node", RQ_FIELD_RB_NODE, 32, 8, false, true },
	{ "bpf_refcount", RQ_FIELD_REFCOUNT, 4, 4, true, true },
};

static const struct pointer_tag {
	const char *name;
	enum rq_field_kind kind;
} pointer_tags[] = {
	{ "kptr_untrusted", RQ_FIELD_KPTR_UNTRUSTED },
	{ "kptr", RQ_FIELD_KPTR_REF },
	{ "percpu_kptr", RQ_FIELD_KPTR_PERCPU },
	{ "uptr", RQ_FIELD_UPTR },
};

/* Kernel structs that a map may own: the kernel knows how to give them back. */
static const char *const owned_kernel_types[] = { "task_struct", "cgroup", "bpf_cpumask", "nf_conn", "bpf_crypto_ctx" };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct scan {
	const struct rq_btf *btf, *kernel;
	uint32_t allowed, value_size;
	struct rq_field fields[RQ_RECORD_FIELDS_MAX];
	uint32_t count;
};

static const struct special *special_struct(const struct rq_btf *btf, const struct btf_type *type)
{
	const char *name;

	if (!btf_is_struct(type))
		return NULL;
	name = btf__name_by_offset(btf->types, type->name_off);
	for (size_t i = 0; i < COUNT(specials); i++)
		if (type->size == specials[i].size && !strcmp(name, specials[i].name))
			return &specials[i];
	return NULL;
}

/* What a pointer member with a type tag is: -ENOENT: nothing special. *target is the struct it points to. */
static int special_pointer(const struct rq_btf *btf, const struct btf_type *type, uint32_t *target)
{
	const struct btf_type *tag;
	const char *name;

	if (!btf_is_ptr(type))
		return -ENOENT;
	tag = btf__type_by_id(btf->types, type->type);
	if (!btf_is_type_tag(tag) || btf_kflag(tag))
		return -ENOENT;
	name = btf__name_by_offset(btf->types, tag->name_off);
	for (size_t i = 0; i < COUNT(pointer_tags); i++) {
		if (strcmp(name, pointer_tags[i].name))
			continue;
		if (btf_is_type_tag(btf__type_by_id(btf->types, tag->type)))
			return -EINVAL; /* a second tag */
		*target = rq_btf_skip_modifiers(btf, tag->type);
		return btf_is_struct(btf__type_by_id(btf->types, *target)) ? (int)pointer_tags[i].kind : -EINVAL;
	}
	return -ENOENT;
}

/* Where a pointer's struct is described: the kernel's wins over one of the same name in the program. */
static int resolve_pointer(const struct scan *scan, struct rq_field *field, uint32_t local)
{
	const char *name = rq_btf_name(scan->btf, local);
	int32_t id = scan->kernel && field->kind != RQ_FIELD_UPTR ? rq_btf_find(scan->kernel, name, BTF_KIND_STRUCT) : -ENOENT;

	if (id < 0) {
		field->target_btf = scan->btf;
		field->target_id = local;
		return 0;
	}
	field->target_btf = scan->kernel;
	field->target_id = id;
	if (field->kind != RQ_FIELD_KPTR_REF)
		return 0;
	for (size_t i = 0; i < COUNT(owned_kernel_types); i++)
		if (!strcmp(name, owned_kernel_types[i]))
			return 0;
	return -ENOENT;
}

/* "contains:STRUCT:MEMBER" on member @component of @owner: what a list or tree is of. */
static int resolve_root(const struct scan *scan, struct rq_field *field, uint32_t owner, int component)
{
	const struct rq_btf *btf = scan->btf;
	const char *node_name = field->kind == RQ_FIELD_LIST_HEAD ? "bpf_list_node" : "bpf_rb_node";

	for (uint32_t id = 1; id <= btf->type_count; id++) {
		const struct btf_type *tag = btf__type_by_id(btf->types, id), *element;
		const char *text, *colon;
		char name[128];
		int32_t element_id;

		if (!btf_is_decl_tag(tag) || tag->type != owner || btf_decl_tag(tag)->component_idx != component)
			continue;
		text = btf__name_by_offset(btf->types, tag->name_off);
		if (strncmp(text, "contains:", 9))
			continue;
		text += 9;
		colon = strchr(text, ':');
		if (!colon || (size_t)(colon - text) >= sizeof(name))
			return -EINVAL;
		memcpy(name, text, colon - text);
		name[colon - text] = '\0';
		element_id = rq_btf_find(btf, name, BTF_KIND_STRUCT);
		if (element_id < 0)
			return -EINVAL;
		element = btf__type_by_id(btf->types, element_id);
		for (uint32_t i = 0; i < btf_vlen(element); i++) {
			const struct btf_member *member = btf_members(element) + i;

			if (strcmp(btf__name_by_offset(btf->types, member->name_off), colon + 1))
				continue;
			if (strcmp(rq_btf_name(btf, member->type), node_name))
				return -EINVAL;
			field->target_btf = btf;
			field->target_id = element_id;
			field->node_offset = btf_member_bit_offset(element, i) / 8;
			return 0;
		}
		return -EINVAL;
	}
	return -EINVAL;
}

static int add_field(struct scan *scan, const struct rq_field *field)
{
	if (scan->count == RQ_RECORD_FIELDS_MAX)
		return -E2BIG;
	scan->fields[scan->count++] = *field;
	return 0;
}

static int scan_struct(struct scan *scan, uint32_t id, uint32_t offset, int depth);

/* The same fields again for each further element of an array; only pointers and roots can be many. */
static int repeat_fields(struct scan *scan, uint32_t first, uint32_t elements, uint32_t element_size)
{
	uint32_t end = scan->count;

	for (uint32_t i = first; i < end; i++)
		if (!(BIT(scan->fields[i].kind) & (KPTRS | ROOTS)))
			return -EINVAL;
	for (uint32_t n = 1; n < elements && end > first; n++) {
		for (uint32_t i = first; i < end; i++) {
			struct rq_field again = scan->fields[i];

			again.offset += n * element_size;
			if (add_field(scan, &again))
				return -E2BIG;
		}
	}
	return 0;
}

/* One member, or one variable of a section: of type @id, at @offset; @owner and @component name it for tags. */
static int scan_member(struct scan *scan, uint32_t id, uint32_t offset, uint32_t owner, int component, uint32_t *seen,
		       int depth)
{
	const struct btf_type *type = btf__type_by_id(scan->btf->types, id);
	const struct special *special;
	struct rq_field field = { .offset = offset };
	uint32_t elements = 1, target, first = scan->count;
	int kind, error;

	while (btf_is_array(type)) {
		if (__builtin_mul_overflow(elements, btf_array(type)->nelems, &elements))
			return -E2BIG;
		id = btf_array(type)->type;
		type = btf__type_by_id(scan->btf->types, id);
	}
	if (!elements)
		return 0;
	special = special_struct(scan->btf, type);
	kind = special ? (int)special->kind : special_pointer(scan->btf, type, &target);
	if (kind == -ENOENT) {
		if (!btf_is_struct(type))
			return 0;
		if (depth >= RQ_BTF_DEPTH_MAX)
			return -E2BIG;
		error = scan_struct(scan, id, offset, depth + 1);
		return error ? error : elements > 1 ? repeat_fields(scan, first, elements, type->size) : 0;
	}
	if (kind < 0)
		return kind;
	if (!(scan->allowed & BIT(kind)))
		return 0;
	field.kind = kind;
	field.size = special ? special->size : 8;
	if (offset % (special ? special->align : 8))
		return -EINVAL;
	if ((uint64_t)offset + (uint64_t)field.size * elements > scan->value_size)
		return -EINVAL;
	if (special && special->unique) {
		if (elements > 1 || (*seen & BIT(kind)))
			return -E2BIG;
		*seen |= BIT(kind);
	}
	error = 0;
	if (!special)
		error = resolve_pointer(scan, &field, target);
	else if (BIT(kind) & ROOTS)
		error = resolve_root(scan, &field, owner, component);
	if (!error)
		error = add_field(scan, &field);
	return error ? error : elements > 1 ? repeat_fields(scan, first, elements, field.size) : 0;
}

static int scan_struct(struct scan *scan, uint32_t id, uint32_t offset, int depth)
{
	const struct btf_type *type = btf__type_by_id(scan->btf->types, id);
	uint32_t seen = 0;

	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		uint32_t bit = btf_member_bit_offset(type, i);
		int error;

		if (bit % 8)
			continue; /* bit fields are integers */
		error = scan_member(scan, btf_members(type)[i].type, offset + bit / 8, id, i, &seen, depth);
		if (error)
			return error;
	}
	return 0;
}

static int scan_section(struct scan *scan, uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(scan->btf->types, id);
	uint32_t seen = 0;

	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		const struct btf_var_secinfo *info = btf_var_secinfos(type) + i;
		int error = scan_member(scan, btf__type_by_id(scan->btf->types, info->type)->type, info->offset,
					info->type, -1, &seen, 0);

		if (error)
			return error;
	}
	return 0;
}

static int by_offset(const void *a, const void *b)
{
	const struct rq_field *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int32_t *single_offset(struct rq_record *record, enum rq_field_kind kind)
{
	switch (kind) {
	case RQ_FIELD_SPIN_LOCK:
		return &record->spin_lock_offset;
	case RQ_FIELD_RES_SPIN_LOCK:
		return &record->res_spin_lock_offset;
	case RQ_FIELD_TIMER:
		return &record->timer_offset;
	case RQ_FIELD_REFCOUNT:
		return &record->refcount_offset;
	default:
		return NULL;
	}
}

int rq_btf_parse_record(const struct rq_btf *btf, const struct rq_btf *kernel, uint32_t type_id, uint32_t value_size,
			uint32_t allowed_kinds, struct rq_record **result)
{
	struct scan scan = { .btf = btf, .kernel = kernel, .allowed = allowed_kinds, .value_size = value_size };
	const struct btf_type *type = btf__type_by_id(btf->types, type_id);
	struct rq_record *record;
	int error = 0;

	*result = NULL;
	if (type && btf_is_struct(type))
		error = scan_struct(&scan, type_id, 0, 0);
	else if (type && btf_is_datasec(type))
		error = scan_section(&scan, type_id);
	if (error || !scan.count)
		return error;

	record = rq_alloc(1, sizeof(*record) + scan.count * sizeof(scan.fields[0]));
	if (!record)
		return -ENOMEM;
	record->count = scan.count;
	record->spin_lock_offset = record->res_spin_lock_offset = record->timer_offset = record->refcount_offset = -1;
	for (uint32_t i = 0; i < scan.count; i++) {
		int32_t *single = single_offset(record, scan.fields[i].kind);

		record->kinds |= BIT(scan.fields[i].kind);
		if (single)
			*single = scan.fields[i].offset; /* of two in different nested structs the last one works */
	}
	qsort(scan.fields, scan.count, sizeof(scan.fields[0]), by_offset);
	memcpy(record->fields, scan.fields, scan.count * sizeof(scan.fields[0]));
	for (uint32_t i = 1; i < scan.count; i++)
		if (record->fields[i - 1].offset + record->fields[i - 1].size > record->fields[i].offset)
			error = -EEXIST;
	/* Both kinds of lock in one value; a list or tree without a lock that protects it. */
	if ((record->kinds & LOCKS) == LOCKS || ((record->kinds & ROOTS) && !(record->kinds & LOCKS)))
		error = -EINVAL;
	if (error)
		rq_free(record);
	else
		*result = record;
	return error;
}

const struct rq_field *rq_record_find(const struct rq_record *record, uint32_t offset, uint32_t kinds)
{
	for (uint32_t i = 0; record && i < record->count; i++)
		if (record->fields[i].offset == offset && (kinds & BIT(record->fields[i].kind)))
			return &record->fields[i];
	return NULL;
}

const struct rq_struct_meta *rq_btf_struct_meta(const struct rq_btf *btf, uint32_t type_id)
{
	uint32_t low = 0, high = btf->meta_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (btf->metas[middle].type_id == type_id)
			return &btf->metas[middle];
		if (btf->metas[middle].type_id < type_id)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static bool wants_meta(const struct rq_btf *btf, const struct btf_type *type)
{
	if (!btf_is_struct(type) || special_struct(btf, type))
		return false;
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		const struct btf_type *member = btf__type_by_id(btf->types, btf_members(type)[i].type);
		const struct special *special = special_struct(btf, member);
		uint32_t target;

		if (special ? special->has_meta : special_pointer(btf, member, &target) != -ENOENT)
			return true;
	}
	return false;
}

/* What a list or tree holds must be allocatable, and owning must not go on and on: an owned owner owns only leaves. */
static int check_owners(const struct rq_btf *btf, const struct rq_struct_meta *meta)
{
	for (uint32_t i = 0; i < meta->record->count; i++) {
		const struct rq_field *field = &meta->record->fields[i];
		const struct rq_struct_meta *element;

		if (!(BIT(field->kind) & ROOTS))
			continue;
		element = rq_btf_struct_meta(btf, field->target_id);
		if (!element)
			return -ENOENT;
		if ((meta->record->kinds & NODES) && (element->record->kinds & ROOTS))
			return -ELOOP;
	}
	return 0;
}

int rq_btf_find_metas(struct rq_btf *btf, const struct rq_btf *kernel)
{
	uint32_t allowed = LOCKS | ROOTS | NODES | KPTRS | BIT(RQ_FIELD_REFCOUNT);
	int error = 0;

	for (uint32_t id = 1; id <= btf->type_count && !error; id++) {
		const struct btf_type *type = btf__type_by_id(btf->types, id);
		struct rq_struct_meta *grown;
		struct rq_record *record;

		if (!wants_meta(btf, type))
			continue;
		error = rq_btf_parse_record(btf, kernel, id, type->size, allowed, &record);
		if (error || !record)
			continue;
		grown = rq_realloc(btf->metas, btf->meta_count + 1, sizeof(*grown));
		if (!grown) {
			rq_free(record);
			return -ENOMEM;
		}
		btf->metas = grown;
		btf->metas[btf->meta_count++] = (struct rq_struct_meta){ id, type->size, record };
	}
	for (uint32_t i = 0; i < btf->meta_count && !error; i++)
		error = check_owners(btf, &btf->metas[i]);
	return error;
}
