/* SPDX-License-Identifier: BSD-2-Clause */
/* Open-coded iterators: docs/verifier.md, "Iterators". */
#include <errno.h>
#include <string.h>

#include "verifier/calls.h"

/* What a slot must look like to belong to an iterator of @type_id: 0, -EINVAL, -EPROTO (its RCU section has ended). */
static int check_slot(const struct rq_slot *slot, bool lowest, const struct rq_btf *btf, uint32_t type_id)
{
	if (slot->spill.flags & RQ_PTR_UNTRUSTED && slot->bytes[0] == RQ_STACK_ITER)
		return -EPROTO;
	if (lowest != !!slot->spill.ref_id)
		return -EINVAL;
	if (slot->spill.btf != btf || slot->spill.btf_id != type_id)
		return -EINVAL;
	for (unsigned int i = 0; i < 8; i++)
		if (slot->bytes[i] != RQ_STACK_ITER)
			return -EINVAL;
	return 0;
}

static bool holds_iterator(const struct rq_frame *frame, uint32_t index, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		for (unsigned int byte = 0; byte < 8; byte++)
			if (frame->slots[index - i].bytes[byte] == RQ_STACK_ITER)
				return true;
	return false;
}

/* "iter_num" of "bpf_iter_num". */
static const char *short_name(const struct rq_btf *btf, uint32_t type_id)
{
	const char *name = rq_btf_name(btf, type_id);

	return strncmp(name, "bpf_", 4) ? name : name + 4;
}

/* iterators 1 */
static int make(struct rq_verifier *v, struct rq_call *call, uint32_t regno, uint32_t type_id, uint32_t count)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	struct rq_frame *frame;
	uint32_t index, id;
	int error;

	error = rq_stack_object_slots(v, reg, "iter", count, &frame, &index);
	if ((error && error != -ERANGE) || (!error && holds_iterator(frame, index, count)))
		return rq_reject(v, -EINVAL, "expected uninitialized %s as arg #%u", short_name(call->btf, type_id),
				 regno - 1);
	for (uint32_t i = 0; i < count; i++) {
		error = rq_check_mem_access(v, regno, (int32_t)i * 8, 8, RQ_WRITE, -1, false);
		if (error)
			return error;
	}
	error = rq_stack_object_slots(v, reg, "iter", count, &frame, &index);
	if (error)
		return error;
	id = rq_new_id(v);
	error = rq_reference_acquire(v, RQ_REF_POINTER, id, NULL);
	if (error)
		return error;
	for (uint32_t i = 0; i < count; i++) {
		struct rq_slot *slot = &frame->slots[index - i];

		rq_slot_fill(slot, RQ_STACK_ITER);
		rq_reg_set_const(&slot->spill, 0);
		slot->spill.type = RQ_PTR_TO_STACK;
		if (call->func->flags & RQ_KF_RCU_PROTECTED)
			slot->spill.flags = v->state->active_rcu_locks || !v->state->sleepable ? RQ_PTR_RCU :
												  RQ_PTR_UNTRUSTED;
		slot->spill.ref_id = i ? 0 : id;
		slot->spill.btf = call->btf;
		slot->spill.btf_id = type_id;
		slot->iter_state = RQ_ITER_ACTIVE;
		slot->iter_depth = 0;
	}
	rq_stack_mark_written(v, frame, index, count);
	return 0;
}

/* iterators 2 */
static int use(struct rq_verifier *v, struct rq_call *call, uint32_t regno, uint32_t type_id, uint32_t count)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	struct rq_frame *frame;
	uint32_t index;
	int error;

	error = rq_stack_object_slots(v, reg, "iter", count, &frame, &index);
	for (uint32_t i = 0; !error && i < count; i++)
		error = check_slot(&frame->slots[index - i], !i, call->btf, type_id);
	if (error == -EPROTO)
		return rq_reject(v, error, "expected an RCU CS when using %s", call->func->name);
	if (error)
		return rq_reject(v, -EINVAL, "expected an initialized %s as arg #%u", short_name(call->btf, type_id),
				 regno - 1);
	rq_stack_mark_read(v, frame, index, count);
	call->iter_frame = frame;
	call->iter_slot = index;
	call->iter_count = count;
	call->ref_id = frame->slots[index].spill.ref_id;
	return 0;
}

static int destroy(struct rq_verifier *v, const struct rq_call *call)
{
	int error = rq_reference_release(v, call->ref_id);

	if (error)
		return rq_reject(v, error, "iterator reference has not been acquired before");
	for (uint32_t i = 0; i < call->iter_count; i++) {
		struct rq_slot *slot = &call->iter_frame->slots[call->iter_slot - i];

		rq_slot_fill(slot, RQ_STACK_INVALID);
		rq_reg_set_not_init(&slot->spill);
		slot->iter_state = RQ_ITER_NONE;
	}
	rq_stack_mark_written(v, call->iter_frame, call->iter_slot, call->iter_count);
	return 0;
}

int rq_check_iter_argument(struct rq_verifier *v, struct rq_call *call, uint32_t regno)
{
	const struct btf_type *pointer;
	uint32_t type_id, count;
	int error;

	if (rq_regs(v)[regno].type != RQ_PTR_TO_STACK)
		return rq_reject(v, -EINVAL, "arg#%u expected pointer to an iterator on stack", regno - 1);
	pointer = btf__type_by_id(call->btf->types,
				  rq_btf_skip_modifiers(call->btf, btf_params(call->prototype)[regno - 1].type));
	type_id = rq_btf_skip_modifiers(call->btf, pointer->type);
	count = ((uint32_t)rq_btf_size_of(call->btf, type_id) + 7) / 8;
	if (call->func->flags & RQ_KF_ITER_NEW)
		return make(v, call, regno, type_id, count);
	error = use(v, call, regno, type_id, count);
	if (!error && (call->func->flags & RQ_KF_ITER_DESTROY))
		error = destroy(v, call);
	return error;
}

/*
 * docs/verifier.md, iterators 3: next has two outcomes. The end (R0 = NULL, drained) is walked first; one more element is
 * a path of its own, in which what a loop changes without looking at it is forgotten, so that loops converge.
 */
int rq_fork_iter_next(struct rq_verifier *v, const struct rq_call *call)
{
	struct rq_slot *slot = &call->iter_frame->slots[call->iter_slot];
	const struct rq_state *before;
	struct rq_state *branch;
	struct rq_slot *other;
	int error;

	if (slot->iter_state == RQ_ITER_ACTIVE) {
		/* The state's parent is the checkpoint of this very visit. */
		before = v->state->parent ? rq_previous_entry(v->state->parent, v->insn) : NULL;
		error = rq_push_branch(v, v->insn + 1, &branch);
		if (error)
			return error;
		other = &branch->frames[call->iter_frame->number]->slots[call->iter_slot];
		other->iter_state = RQ_ITER_ACTIVE;
		other->iter_depth++;
		if (before)
			rq_widen_scalars(v, before, branch);
		rq_reg_mark_not_null(&branch->frames[branch->current]->regs[0]);
	}
	slot->iter_state = RQ_ITER_DRAINED;
	rq_reg_set_const(&rq_regs(v)[0], 0);
	return 0;
}

void rq_distrust_iterators(struct rq_verifier *v)
{
	for (uint32_t f = 0; f <= v->state->current; f++) {
		struct rq_frame *frame = v->state->frames[f];

		for (uint32_t i = 0; i < frame->slot_count; i++) {
			struct rq_slot *slot = &frame->slots[i];

			if (slot->bytes[0] == RQ_STACK_ITER && (slot->spill.flags & RQ_PTR_RCU))
				slot->spill.flags = RQ_PTR_UNTRUSTED;
		}
	}
}
