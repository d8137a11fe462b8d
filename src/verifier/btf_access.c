/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads and stores through pointers whose type is known from BTF: kernel objects, objects of bpf_obj_new(), kptr fields of
 * map values. Rules: docs/verifier.md, "typed pointers".
 */
#include <errno.h>
#include <string.h>

#include "prog/hooks.h"
#include "verifier/calls.h"
#include "verifier/memory.h"

/* ---- What lies at an offset of a struct ---- */

enum found { FOUND_SCALAR, FOUND_POINTER, FOUND_MEMORY };

struct member {
	enum found found;
	uint32_t type_id;     /* what a pointer points to */
	uint16_t flags;       /* RQ_PTR_*, from type tags */
	const char *name;
	const char *parent;   /* struct that the member is in */
};

static const struct btf_type *type_at(const struct rq_btf *btf, uint32_t id)
{
	return id && id <= btf->type_count ? btf__type_by_id(btf->types, id) : NULL;
}

static uint16_t pointer_tags(const struct rq_btf *btf, uint32_t id)
{
	const struct btf_type *type;
	uint16_t flags = 0;

	for (type = type_at(btf, id); type && btf_is_mod(type); type = type_at(btf, type->type)) {
		const char *tag = btf_is_type_tag(type) ? btf__name_by_offset(btf->types, type->name_off) : "";

		if (!strcmp(tag, "user"))
			flags |= RQ_PTR_USER;
		else if (!strcmp(tag, "percpu"))
			flags |= RQ_PTR_PERCPU;
		else if (!strcmp(tag, "rcu"))
			flags |= RQ_PTR_RCU;
	}
	return flags;
}

/* A struct whose last member is an array without a length goes on for as long as one likes. */
static bool in_flexible_array(const struct rq_btf *btf, const struct btf_type *type, uint32_t *off)
{
	const struct btf_member *last = btf_members(type) + btf_vlen(type) - 1;
	uint32_t moff, element_size;
	const struct btf_type *member;

	if (!btf_vlen(type))
		return false;
	member = type_at(btf, rq_btf_skip_modifiers(btf, last->type));
	if (!member || !btf_is_array(member) || btf_array(member)->nelems)
		return false;
	moff = btf_member_bit_offset(type, btf_vlen(type) - 1) / 8;
	element_size = (uint32_t)rq_btf_size_of(btf, btf_array(member)->type);
	if (*off < moff || (int32_t)element_size <= 0)
		return false;
	*off = moff + (*off - moff) % element_size;
	return true;
}

/* Find the member of @type_id that [off, off + size) is in. Negative after a rejection. */
static int find_member(struct rq_verifier *v, const struct rq_btf *btf, uint32_t type_id, uint32_t off, uint32_t size,
		       struct member *member)
{
	for (unsigned int depth = 0; depth < 32; depth++) {
		const struct btf_type *type = type_at(btf, type_id), *at = NULL;
		const char *name = rq_btf_name(btf, type_id);
		bool nested = false;

		if (!type || !btf_is_composite(type))
			return rq_reject(v, -EINVAL, "Type '%s' is not a struct", name);
		member->parent = name;
		if (off + size > type->size && !in_flexible_array(btf, type, &off))
			return rq_reject(v, -EACCES, "access beyond struct %s at off %u size %u", name, off, size);
		for (uint32_t i = 0; i < btf_vlen(type); i++) {
			uint32_t bits = btf_member_bitfield_size(type, i), moff = btf_member_bit_offset(type, i) / 8;
			uint32_t id = rq_btf_skip_modifiers(btf, btf_members(type)[i].type), end;
			int64_t member_size = rq_btf_size_of(btf, id);

			if (off + size <= moff)
				break;
			if (bits) {
				end = (btf_member_bit_offset(type, i) + bits + 7) / 8;
				if (off >= end || off < moff)
					continue;
				member->found = FOUND_SCALAR;
				return 0;
			}
			at = type_at(btf, id);
			if (off < moff || !at)
				continue;
			/* An array without a length was mapped onto its first element. */
			if (btf_is_array(at) && !btf_array(at)->nelems)
				member_size = rq_btf_size_of(btf, btf_array(at)->type);
			if (member_size < 0 || off >= moff + member_size)
				continue;
			end = moff + (uint32_t)member_size;
			member->name = btf__name_by_offset(btf->types, btf_members(type)[i].name_off);
			while (btf_is_array(at)) {
				int64_t element = rq_btf_size_of(btf, btf_array(at)->type);

				if (element <= 0)
					return rq_reject(v, -EACCES, "access beyond struct %s at off %u size %u", name,
							 off, size);
				moff += (uint32_t)((off - moff) / element * element);
				id = rq_btf_skip_modifiers(btf, btf_array(at)->type);
				at = type_at(btf, id);
				if (!at)
					return rq_unsupported(v, "an array of an unknown type is");
			}
			if (btf_is_composite(at)) {
				type_id = id;
				off -= moff;
				nested = true;
				break;
			}
			if (btf_is_ptr(at)) {
				uint32_t target = rq_btf_skip_modifiers(btf, at->type);
				const struct btf_type *pointed = type_at(btf, target);

				if (off != moff || size != 8)
					return rq_reject(
						v, -EACCES,
						"cannot access ptr member %s with moff %u in struct %s with off %u size %u",
						member->name, moff, name, off, size);
				member->flags = pointer_tags(btf, at->type);
				member->type_id = target;
				if (pointed && btf_is_struct(pointed))
					member->found = FOUND_POINTER;
				else
					member->found = !target || (pointed && btf_is_int(pointed)) ? FOUND_MEMORY : FOUND_SCALAR;
				return 0;
			}
			if (off + size > end)
				return rq_reject(
					v, -EACCES,
					"access beyond the end of member %s (mend:%u) in struct %s with off %u size %u",
					member->name, end, name, off, size);
			member->found = FOUND_SCALAR;
			return 0;
		}
		if (!nested)
			return rq_reject(v, -EINVAL, "struct %s doesn't have field at offset %u", name, off);
	}
	return rq_unsupported(v, "a struct nested that deep is");
}

/* ---- Trust ---- */

/* Members that are as good as what they were read from; of which kinds pointers to others are. */
enum trust { TRUST_TRUSTED, TRUST_TRUSTED_OR_NULL, TRUST_RCU, TRUST_RCU_OR_NULL };

static const struct {
	const char *type, *member;
	enum trust trust;
} trusted_members[] = {
	{ "bpf_iter_meta", "seq", TRUST_TRUSTED },
	{ "bpf_iter__task", "meta", TRUST_TRUSTED },
	{ "bpf_iter__task", "task", TRUST_TRUSTED },
	{ "linux_binprm", "file", TRUST_TRUSTED },
	{ "file", "f_inode", TRUST_TRUSTED },
	{ "dentry", "d_inode", TRUST_TRUSTED_OR_NULL },
	{ "socket", "sk", TRUST_TRUSTED_OR_NULL },
	{ "task_struct", "cpus_ptr", TRUST_RCU },
	{ "task_struct", "cgroups", TRUST_RCU },
	{ "task_struct", "real_parent", TRUST_RCU },
	{ "task_struct", "group_leader", TRUST_RCU },
	{ "cgroup", "kn", TRUST_RCU },
	{ "css_set", "dfl_cgrp", TRUST_RCU },
	{ "cgroup_subsys_state", "cgroup", TRUST_RCU },
	{ "mm_struct", "exe_file", TRUST_RCU_OR_NULL },
	{ "sk_buff", "sk", TRUST_RCU_OR_NULL },
	{ "request_sock", "sk", TRUST_RCU_OR_NULL },
};

static bool in_rcu_section(const struct rq_verifier *v)
{
	return v->state->active_rcu_locks || v->state->active_locks || !v->state->sleepable;
}

static bool is_trusted(const struct rq_reg *reg)
{
	return reg->ref_id || (reg->flags & (RQ_PTR_TRUSTED | RQ_PTR_ALLOC | RQ_PTR_NON_OWNING) &&
			       !(reg->flags & (RQ_PTR_UNTRUSTED | RQ_PTR_RCU | RQ_PTR_MAYBE_NULL)));
}

/* docs/verifier.md, typed pointers 4: a pointer read through a pointer. */
static uint16_t flags_of_loaded(const struct rq_verifier *v, const struct rq_reg *reg, const struct member *member)
{
	uint16_t tagged = member->flags & (RQ_PTR_USER | RQ_PTR_PERCPU);

	if (reg->flags & RQ_PTR_UNTRUSTED)
		return RQ_PTR_UNTRUSTED;
	if (!is_trusted(reg) && !(reg->flags & RQ_PTR_RCU))
		return tagged;
	for (size_t i = 0; member->name && i < sizeof(trusted_members) / sizeof(trusted_members[0]); i++) {
		if (strcmp(trusted_members[i].type, member->parent) || strcmp(trusted_members[i].member, member->name))
			continue;
		switch (trusted_members[i].trust) {
		case TRUST_TRUSTED: return RQ_PTR_TRUSTED | tagged;
		case TRUST_TRUSTED_OR_NULL: return RQ_PTR_TRUSTED | RQ_PTR_MAYBE_NULL | tagged;
		case TRUST_RCU: return in_rcu_section(v) ? RQ_PTR_RCU | tagged : tagged;
		case TRUST_RCU_OR_NULL: return in_rcu_section(v) ? RQ_PTR_RCU | RQ_PTR_MAYBE_NULL | tagged : tagged;
		}
	}
	if (member->flags & RQ_PTR_RCU && in_rcu_section(v) && !rq_reg_may_be_null(reg))
		return RQ_PTR_RCU | RQ_PTR_MAYBE_NULL | tagged;
	return tagged;
}

/* ---- Accesses ---- */

/* docs/verifier.md, typed pointers 2: special fields of an object have their own functions. */
static int check_object_fields(struct rq_verifier *v, const struct rq_reg *reg, uint32_t off, uint32_t size)
{
	const struct rq_record *record = rq_reg_record(reg);

	for (uint32_t i = 0; record && i < record->count; i++) {
		const struct rq_field *field = &record->fields[i];

		if (off + size > field->offset && off < field->offset + field->size)
			return rq_reject(v, -EACCES, "direct access to %s is disallowed", rq_field_names[field->kind]);
	}
	return 0;
}

struct place {
	uint32_t start, end;
	bool array;
};

/* The member at @off, in whichever nested struct, that programs of this table may write. */
static bool find_writable(const struct rq_btf *btf, uint32_t id, uint32_t off, const struct rq_ops_table *table,
			  unsigned int depth, struct place *place)
{
	const struct btf_type *type = type_at(btf, id);

	for (uint32_t i = 0; depth < 8 && type && btf_is_composite(type) && i < btf_vlen(type); i++) {
		uint32_t start = btf_member_bit_offset(type, i) / 8;
		uint32_t member = rq_btf_skip_modifiers(btf, btf_members(type)[i].type);
		const char *name = btf__name_by_offset(btf->types, btf_members(type)[i].name_off);
		int64_t size = rq_btf_size_of(btf, member);

		if (size <= 0 || off < start || off >= start + size)
			continue;
		for (uint32_t j = 0; j < table->writable_count; j++)
			if (!strcmp(table->writable[j].struct_name, rq_btf_name(btf, id)) &&
			    !strcmp(table->writable[j].member, name)) {
				*place = (struct place){ start, start + (uint32_t)size, btf_is_array(type_at(btf, member)) };
				return true;
			}
		if (find_writable(btf, member, off - start, table, depth + 1, place)) {
			place->start += start;
			place->end += start;
			return true;
		}
	}
	return false;
}

/* docs/verifier.md, typed pointers 6: a member of a table of functions may write some of what its arguments point to. */
static int check_object_store(struct rq_verifier *v, const struct rq_reg *reg, uint32_t off, uint32_t size)
{
	const struct rq_prog *prog = v->prog;
	const char *name = rq_btf_name(reg->btf, reg->btf_id);
	const struct rq_ops_table *table = NULL;
	struct place place;

	if (prog->type->type == BPF_PROG_TYPE_STRUCT_OPS)
		table = rq_ops_table(rq_btf_name(prog->attach_btf, prog->attach_btf_id));
	if (!table || strcmp(table->written, name) || !(reg->flags & RQ_PTR_TRUSTED) || reg->flags & RQ_PTR_UNTRUSTED)
		return rq_reject(v, -EACCES, "only read is supported");
	if (!find_writable(reg->btf, reg->btf_id, off, table, 0, &place) || (off != place.start && !place.array))
		return rq_reject(v, -EACCES, "no write support to %s at off %u", name, off);
	if (off + size > place.end)
		return rq_reject(v, -EACCES, "write access at off %u with size %u beyond the member of %s ended at %u", off,
				 size, name, place.end);
	return 0;
}

int rq_btf_access(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, enum rq_access access,
		  int32_t value_regno)
{
	const struct rq_reg reg = rq_regs(v)[regno];
	const char *name = rq_btf_name(reg.btf, reg.btf_id);
	struct member member = { 0 };
	struct rq_reg *to;
	uint16_t flags;
	char text[64];
	int err;

	if (off < 0)
		return rq_reject(v, -EACCES, "R%u is ptr_%s invalid negative access: off=%d", regno, name, off);
	if (!rq_value_is_zero(&reg.value))
		return rq_reject(v, -EACCES, "R%u is ptr_%s invalid variable offset: off=%d, var_off=%s", regno, name, off,
				 rq_bits_text(reg.value.bits, text, sizeof(text)));
	if (reg.flags & RQ_PTR_USER)
		return rq_reject(v, -EACCES, "R%u is ptr_%s access user memory: off=%d", regno, name, off);
	if (reg.flags & RQ_PTR_PERCPU)
		return rq_reject(v, -EACCES, "R%u is ptr_%s access percpu memory: off=%d", regno, name, off);
	if (access != RQ_READ && !(reg.flags & RQ_PTR_ALLOC))
		return check_object_store(v, &reg, (uint32_t)off, size);
	if (access != RQ_READ && reg.flags & RQ_PTR_UNTRUSTED && !reg.ref_id)
		return rq_reject(v, -EACCES, "only read is supported");
	if (reg.flags & RQ_PTR_ALLOC) {
		err = check_object_fields(v, &reg, (uint32_t)off, size);
		if (err)
			return err;
	}
	err = find_member(v, reg.btf, reg.btf_id, (uint32_t)off, size, &member);
	if (err || access != RQ_READ || value_regno < 0)
		return err;
	to = &rq_regs(v)[value_regno];
	if (member.found == FOUND_SCALAR || reg.flags & RQ_PTR_ALLOC) {
		rq_reg_set_unknown(to);
		return 0;
	}
	/* What such a pointer leads to is of unknown size: loads can't fault, they give zero instead. */
	if (member.found == FOUND_MEMORY) {
		rq_reg_set_pointer(to, RQ_PTR_TO_MEM, RQ_PTR_RDONLY | RQ_PTR_UNTRUSTED);
		return 0;
	}
	flags = flags_of_loaded(v, &reg, &member);
	rq_reg_set_btf(to, flags, reg.btf, member.type_id);
	if (flags & RQ_PTR_MAYBE_NULL)
		to->id = rq_new_id(v);
	return 0;
}

/* ---- kptr fields of map values ---- */

/* Kernel objects that live until the end of an RCU section; a program's own objects all do. */
static const char *const rcu_objects[] = { "task_struct", "cgroup", "bpf_cpumask", "bpf_crypto_ctx" };

static bool is_rcu_object(const struct rq_field *field)
{
	const char *name = rq_btf_name(field->target_btf, field->target_id);

	if (!field->target_btf->kernel)
		return true;
	for (size_t i = 0; i < sizeof(rcu_objects) / sizeof(rcu_objects[0]); i++)
		if (!strcmp(rcu_objects[i], name))
			return true;
	return false;
}

/* docs/verifier.md, typed pointers 5. */
static void load_kptr(struct rq_verifier *v, const struct rq_field *field, struct rq_reg *to)
{
	bool counted = field->kind == RQ_FIELD_KPTR_REF || field->kind == RQ_FIELD_KPTR_PERCPU;
	uint16_t flags = RQ_PTR_MAYBE_NULL;
	const struct rq_struct_meta *meta;

	if (counted && in_rcu_section(v) && (field->kind == RQ_FIELD_KPTR_PERCPU || is_rcu_object(field))) {
		flags |= RQ_PTR_RCU;
		if (field->kind == RQ_FIELD_KPTR_PERCPU)
			flags |= RQ_PTR_PERCPU;
		else if (!field->target_btf->kernel)
			flags |= RQ_PTR_ALLOC;
		meta = field->target_btf->kernel ? NULL : rq_btf_struct_meta(field->target_btf, field->target_id);
		if (meta && meta->record && meta->record->kinds & (1U << RQ_FIELD_LIST_NODE | 1U << RQ_FIELD_RB_NODE))
			flags |= RQ_PTR_NON_OWNING;
	} else {
		flags |= RQ_PTR_UNTRUSTED;
	}
	rq_reg_set_btf(to, flags, field->target_btf, field->target_id);
	to->id = rq_new_id(v);
}

int rq_kptr_access(struct rq_verifier *v, uint32_t regno, const struct rq_field *field, enum rq_access access,
		   int32_t value_regno)
{
	const struct bpf_insn *insn = rq_insn(v);
	bool counted = field->kind == RQ_FIELD_KPTR_REF || field->kind == RQ_FIELD_KPTR_PERCPU;

	if (BPF_MODE(insn->code) != BPF_MEM)
		return rq_reject(v, -EACCES, "kptr in map can only be accessed using BPF_MEM instruction mode");
	if (field->kind == RQ_FIELD_UPTR)
		return rq_unsupported(v, "a uptr field is");
	if (access != RQ_READ && BPF_CLASS(insn->code) == BPF_STX && counted)
		return rq_reject(v, -EACCES, "store to referenced kptr disallowed");
	if (access == RQ_READ) {
		if (value_regno >= 0)
			load_kptr(v, field, &rq_regs(v)[value_regno]);
		return 0;
	}
	if (value_regno < 0) {
		if (insn->imm)
			return rq_reject(v, -EACCES, "BPF_ST imm must be 0 when storing to kptr at off=%u", field->offset);
		return 0;
	}
	if (rq_reg_is_null(&rq_regs(v)[value_regno]))
		return 0;
	return rq_check_kptr_type(v, field, (uint32_t)value_regno);
}

/* ---- Kernel variables ---- */

int rq_btf_wide_load(struct rq_verifier *v, const struct bpf_insn *insn, struct rq_reg *dst)
{
	return rq_unsupported(v, "the address of a kernel variable is");
}
