/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists and trees of allocated objects, guarded by the lock beside their root: docs/verifier.md, "Graphs". */
#include <errno.h>

#include "verifier/calls.h"

static const char *field_name(enum rq_field_kind kind)
{
	switch (kind) {
	case RQ_FIELD_LIST_HEAD:
		return "bpf_list_head";
	case RQ_FIELD_LIST_NODE:
		return "bpf_list_node";
	case RQ_FIELD_RB_ROOT:
		return "bpf_rb_root";
	default:
		return "bpf_rb_node";
	}
}

bool rq_in_graph_callback(const struct rq_verifier *v)
{
	const struct rq_frame *frame = rq_frame(v);
	const struct rq_func *func;

	if (!v->state->current || !frame->in_callback)
		return false;
	func = v->aux[frame->call_site].func;
	return func && func->duty == RQ_DUTY_RBTREE_ADD;
}

void rq_reg_set_non_owning(struct rq_reg *reg)
{
	const struct rq_record *record = rq_reg_record(reg);

	reg->flags |= RQ_PTR_NON_OWNING;
	/* A counted object stays readable under RCU, whoever drops it. */
	if (record && record->refcount_offset >= 0)
		reg->flags |= RQ_PTR_RCU;
}

void rq_reg_set_graph_node(struct rq_reg *reg, const struct rq_field *root)
{
	rq_reg_set_btf(reg, RQ_PTR_ALLOC, root->target_btf, root->target_id);
	reg->off = root->node_offset;
}

static int constant_offset(struct rq_verifier *v, uint32_t regno, enum rq_field_kind kind, uint32_t *offset)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];

	if (!rq_value_is_const(&reg->value))
		return rq_reject(v, -EINVAL, "R%u doesn't have constant offset. %s has to be at the constant offset",
				 regno, field_name(kind));
	*offset = reg->off + (uint32_t)reg->value.bits.value;
	return 0;
}

/* graphs 1: the root's lock is held, and it is the one of the same allocation. */
static int check_locked(struct rq_verifier *v, const struct rq_reg *reg)
{
	const void *owner = reg->type == RQ_PTR_TO_MAP_VALUE ? (const void *)reg->map : (const void *)reg->btf;

	if (!v->state->active_locks)
		return -EINVAL;
	if (!rq_state_lock_held(v->state, RQ_REF_ANY_LOCK, reg->id, owner)) {
		rq_say(v, "held lock and object are not in the same allocation");
		return -EINVAL;
	}
	return 0;
}

int rq_check_graph_root(struct rq_verifier *v, struct rq_call *call, uint32_t regno, enum rq_field_kind kind)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	const struct rq_record *record = rq_reg_record(reg);
	const struct rq_field *field;
	uint32_t offset;
	int error;

	if (reg->type != RQ_PTR_TO_MAP_VALUE && !(reg->type == RQ_PTR_TO_BTF_ID && reg->flags == RQ_PTR_ALLOC))
		return rq_reject(v, -EINVAL, "arg#%u expected pointer to map value or allocated object", regno - 1);
	if (reg->type == RQ_PTR_TO_BTF_ID && !reg->ref_id)
		return rq_reject(v, -EINVAL, "allocated object must be referenced");
	error = constant_offset(v, regno, kind, &offset);
	if (error)
		return error;
	field = record ? rq_record_find(record, offset, 1u << kind) : NULL;
	if (!field)
		return rq_reject(v, -EINVAL, "%s not found at offset=%u", field_name(kind), offset);
	if (check_locked(v, reg))
		/* The kernel names the offset of a bpf_spin_lock also where a bpf_res_spin_lock guards: then it is unset, -22. */
		return rq_reject(v, -EINVAL, "bpf_spin_lock at off=%d must be held for %s",
				 record->spin_lock_offset < 0 ? -EINVAL : record->spin_lock_offset, field_name(kind));
	call->root = field;
	return 0;
}

/* graphs 2 */
static int check_ownership(struct rq_verifier *v, const struct rq_call *call, uint32_t regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	bool borrowed = call->func->duty == RQ_DUTY_RBTREE_REMOVE || call->func->duty == RQ_DUTY_RBTREE_CHILD;

	if (!borrowed) {
		if (reg->type != RQ_PTR_TO_BTF_ID || reg->flags != RQ_PTR_ALLOC)
			return rq_reject(v, -EINVAL, "arg#%u expected pointer to allocated object", regno - 1);
		if (!reg->ref_id)
			return rq_reject(v, -EINVAL, "allocated object must be referenced");
		return 0;
	}
	if (!(rq_reg_is_pointer(reg) && (reg->flags & RQ_PTR_NON_OWNING)) && !reg->ref_id)
		return rq_reject(v, -EINVAL, "%s can only take non-owning or refcounted bpf_rb_node pointer",
				 call->func->name);
	if (rq_in_graph_callback(v))
		return rq_reject(v, -EINVAL, "%s not allowed in rbtree cb", call->func->name);
	return 0;
}

int rq_check_graph_node(struct rq_verifier *v, struct rq_call *call, uint32_t regno, enum rq_field_kind kind)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	const struct rq_record *record;
	const struct rq_field *root = call->root;
	const char *element;
	uint32_t offset;
	int error = check_ownership(v, call, regno);

	if (error)
		return error;
	error = constant_offset(v, regno, kind, &offset);
	if (error)
		return error;
	record = rq_reg_record(reg);
	if (!record || !rq_record_find(record, offset, 1u << kind))
		return rq_reject(v, -EINVAL, "%s not found at offset=%u", field_name(kind), offset);
	element = rq_btf_name(root->target_btf, root->target_id);
	if (!rq_btf_same_struct(reg->btf, reg->btf_id, root->target_btf, root->target_id, true))
		return rq_reject(v, -EINVAL,
				 "operation on %s expects arg#1 %s at offset=%u in struct %s, but arg is at offset=%u in struct %s",
				 field_name(root->kind), field_name(kind), root->node_offset, element, offset,
				 rq_btf_name(reg->btf, reg->btf_id));
	if (offset != root->node_offset)
		return rq_reject(v, -EINVAL, "arg#1 offset=%u, but expected %s at offset=%u in struct %s", offset,
				 field_name(kind), root->node_offset, element);
	call->object_btf = reg->btf;
	call->object_id = reg->btf_id;
	return 0;
}
