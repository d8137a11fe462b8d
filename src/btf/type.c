// SPDX-License-Identifier: BSD-2-Clause
/* Questions about checked types. */
#include <errno.h>
#include <string.h>

#include "btf/btf.h"

const char *rq_btf_name(const struct rq_btf *btf, uint32_t type_id)
{
	const struct btf_type *type = btf__type_by_id(btf->types, type_id);

	return type ? btf__name_by_offset(btf->types, type->name_off) : "";
}

uint32_t rq_btf_skip_modifiers(const struct rq_btf *btf, uint32_t type_id)
{
	const struct btf_type *type = btf__type_by_id(btf->types, type_id);

	while (type && type_id && (btf_is_mod(type) || btf_is_typedef(type))) {
		type_id = type->type;
		type = btf__type_by_id(btf->types, type_id);
	}
	return type_id;
}

int64_t rq_btf_size_of(const struct rq_btf *btf, uint32_t type_id)
{
	int64_t size = 1;

	/* Arrays of arrays are no deeper than RQ_BTF_DEPTH_MAX, and their product fits (check.c). */
	for (;;) {
		const struct btf_type *type;

		type_id = rq_btf_skip_modifiers(btf, type_id);
		type = btf__type_by_id(btf->types, type_id);
		if (!type || !type_id)
			return -EINVAL;
		switch (btf_kind(type)) {
		case BTF_KIND_ARRAY:
			size *= btf_array(type)->nelems;
			type_id = btf_array(type)->type;
			continue;
		case BTF_KIND_VAR:
			type_id = type->type;
			continue;
		case BTF_KIND_PTR:
			return size * 8;
		case BTF_KIND_INT:
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
		case BTF_KIND_FLOAT:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
		case BTF_KIND_DATASEC:
			return size * type->size;
		default:
			return -EINVAL;
		}
	}
}

int32_t rq_btf_find(const struct rq_btf *btf, const char *name, uint32_t kind)
{
	for (uint32_t id = 1; id <= btf->type_count; id++) {
		const struct btf_type *type = btf__type_by_id(btf->types, id);

		if (btf_kind(type) == kind && !strcmp(btf__name_by_offset(btf->types, type->name_off), name))
			return id;
	}
	return -ENOENT;
}

bool rq_btf_has_decl_tag(const struct rq_btf *btf, uint32_t type_id, int component, const char *tag)
{
	for (uint32_t id = 1; id <= btf->type_count; id++) {
		const struct btf_type *type = btf__type_by_id(btf->types, id);

		if (btf_is_decl_tag(type) && type->type == type_id && btf_decl_tag(type)->component_idx == component &&
		    !strcmp(btf__name_by_offset(btf->types, type->name_off), tag))
			return true;
	}
	return false;
}

bool rq_btf_same_struct(const struct rq_btf *a, uint32_t a_id, const struct rq_btf *b, uint32_t b_id, bool strict)
{
	const struct btf_type *a_type = btf__type_by_id(a->types, a_id), *b_type = btf__type_by_id(b->types, b_id);

	if (!a_type || !b_type)
		return false;
	if (a == b && a_id == b_id)
		return true;
	if (btf_kind(a_type) != btf_kind(b_type) || strcmp(rq_btf_name(a, a_id), rq_btf_name(b, b_id)))
		return false;
	if (!strict || !btf_is_composite(a_type))
		return true;
	if (a_type->size != b_type->size || btf_vlen(a_type) != btf_vlen(b_type))
		return false;
	for (uint32_t i = 0; i < btf_vlen(a_type); i++) {
		const struct btf_member *am = btf_members(a_type) + i, *bm = btf_members(b_type) + i;

		if (btf_member_bit_offset(a_type, i) != btf_member_bit_offset(b_type, i) ||
		    btf_member_bitfield_size(a_type, i) != btf_member_bitfield_size(b_type, i) ||
		    rq_btf_size_of(a, am->type) != rq_btf_size_of(b, bm->type) ||
		    strcmp(btf__name_by_offset(a->types, am->name_off), btf__name_by_offset(b->types, bm->name_off)))
			return false;
	}
	return true;
}

#define NESTING_MAX 8

static void set_member(const struct rq_btf *btf, uint32_t type_id, uint8_t *object, const char *name, uint64_t value,
		       unsigned int depth)
{
	const struct btf_type *type = btf__type_by_id(btf->types, rq_btf_skip_modifiers(btf, type_id));

	for (uint32_t i = 0; type && btf_is_composite(type) && depth < NESTING_MAX && i < btf_vlen(type); i++) {
		const struct btf_member *member = &btf_members(type)[i];
		const char *own = btf__name_by_offset(btf->types, member->name_off);
		uint8_t *place = object + btf_member_bit_offset(type, i) / 8;
		int64_t size = rq_btf_size_of(btf, member->type);

		if (!*own)
			set_member(btf, member->type, place, name, value, depth + 1);
		else if (!strcmp(own, name) && size > 0 && size <= 8)
			memcpy(place, &value, (size_t)size); /* little-endian */
	}
}

void rq_btf_set_member(const struct rq_btf *btf, uint32_t type_id, void *object, const char *name, uint64_t value)
{
	set_member(btf, type_id, object, name, value, 0);
}
