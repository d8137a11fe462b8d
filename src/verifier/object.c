/* SPDX-License-Identifier: BSD-2-Clause */
/* Allocated objects and kptrs: docs/verifier.md, "Objects". */
#include <errno.h>

#include "verifier/calls.h"

#define KPTR_KINDS (1u << RQ_FIELD_KPTR_UNTRUSTED | 1u << RQ_FIELD_KPTR_REF | 1u << RQ_FIELD_KPTR_PERCPU)

static const struct btf_type *struct_of(const struct rq_btf *btf, uint32_t *id)
{
	const struct btf_type *type;

	*id = rq_btf_skip_modifiers(btf, *id);
	type = btf__type_by_id(btf->types, *id);
	while (type && btf_is_array(type)) {
		*id = rq_btf_skip_modifiers(btf, btf_array(type)->type);
		type = btf__type_by_id(btf->types, *id);
	}
	return type && btf_is_composite(type) ? type : NULL;
}

/* The struct within struct @id that @offset lies in, and how far; false: none. */
static bool step_into(const struct rq_btf *btf, uint32_t *id, int64_t *offset)
{
	const struct btf_type *type = struct_of(btf, id);

	for (int i = 0; type && i < btf_vlen(type); i++) {
		const struct btf_member *member = &btf_members(type)[i];
		int64_t start = btf_member_bit_offset(type, i) / 8;
		uint32_t inner = member->type;
		int64_t size, each;

		if (btf_member_bitfield_size(type, i))
			continue;
		size = rq_btf_size_of(btf, inner);
		if (*offset < start || *offset >= start + size || !struct_of(btf, &inner))
			continue;
		each = rq_btf_size_of(btf, inner);
		if (each <= 0)
			return false;
		*offset = (*offset - start) % each;
		*id = inner;
		return true;
	}
	return false;
}

bool rq_struct_at(const struct rq_btf *have, uint32_t have_id, int64_t offset, const struct rq_btf *want,
		  uint32_t want_id, bool exact)
{
	if (have != want)
		return false;
	want_id = rq_btf_skip_modifiers(want, want_id);
	have_id = rq_btf_skip_modifiers(have, have_id);
	if (!offset && have_id == want_id)
		return true;
	/* The walk goes down one level at a time, and BTF has no struct within itself. */
	while (!exact && step_into(have, &have_id, &offset))
		if (!offset && have_id == want_id)
			return true;
	return false;
}

/* objects 3 */
int rq_check_kptr_slot(struct rq_verifier *v, struct rq_call *call, uint32_t regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	const struct rq_record *record = rq_reg_record(reg);
	const struct rq_field *field;
	uint32_t offset;

	if (!rq_value_is_const(&reg->value))
		return rq_reject(v, -EINVAL, "R%u doesn't have constant offset. kptr has to be at the constant offset",
				 regno);
	if (reg->type == RQ_PTR_TO_MAP_VALUE && !reg->map->btf)
		return rq_reject(v, -EINVAL, "map '%s' has to have BTF in order to use kptr", reg->map->name);
	if (!record || !(record->kinds & KPTR_KINDS))
		return rq_reject(v, -EINVAL, "R%u has no valid kptr", regno);
	offset = reg->off + (uint32_t)reg->value.bits.value;
	field = rq_record_find(record, offset, KPTR_KINDS);
	if (!field)
		return rq_reject(v, -EACCES, "off=%u doesn't point to kptr", offset);
	if (field->kind == RQ_FIELD_KPTR_UNTRUSTED)
		return rq_reject(v, -EACCES, "off=%u kptr isn't referenced kptr", offset);
	call->kptr = field;
	return 0;
}

/* objects 4 */
int rq_check_kptr_type(struct rq_verifier *v, const struct rq_field *field, uint32_t regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	bool untrusted = field->kind == RQ_FIELD_KPTR_UNTRUSTED;
	const char *target = rq_btf_name(field->target_btf, field->target_id), *name = "";
	uint16_t allowed;
	int error;

	if (reg->type == RQ_PTR_TO_BTF_ID) {
		name = rq_btf_name(reg->btf, reg->btf_id);
		if (reg->btf->kernel)
			allowed = RQ_PTR_MAYBE_NULL | RQ_PTR_TRUSTED | RQ_PTR_RCU | (untrusted ? RQ_PTR_UNTRUSTED : 0);
		else
			allowed = RQ_PTR_MAYBE_NULL | RQ_PTR_ALLOC |
				  (field->kind == RQ_FIELD_KPTR_PERCPU ? RQ_PTR_PERCPU : 0);
		if (!(reg->flags & ~allowed)) {
			error = rq_check_ptr_offset(v, reg, regno, true);
			if (error)
				return error;
			if (rq_struct_at(reg->btf, reg->btf_id, reg->off, field->target_btf, field->target_id, !untrusted))
				return 0;
		}
	}
	return rq_reject(v, -EACCES, "invalid kptr access, R%u type=%s%s expected=%s%s%s%s", regno,
			 rq_reg_name(v, reg), name, rq_type_name(v, RQ_PTR_TO_BTF_ID, 0), target,
			 untrusted ? " or untrusted_ptr_" : "", untrusted ? target : "");
}
