/* SPDX-License-Identifier: BSD-2-Clause */
/* Dynptrs: two stack slots that a call fills and other calls use: docs/verifier.md, "Dynptrs". */
#include <errno.h>

#include "verifier/calls.h"

static bool counted(enum rq_dynptr_type type)
{
	return type == RQ_DYNPTR_RINGBUF || type == RQ_DYNPTR_FILE;
}

static const char *type_name(enum rq_dynptr_type type)
{
	static const char *const names[] = {
		[RQ_DYNPTR_NONE] = "invalid", [RQ_DYNPTR_LOCAL] = "local", [RQ_DYNPTR_RINGBUF] = "ringbuf",
		[RQ_DYNPTR_SKB] = "skb",      [RQ_DYNPTR_XDP] = "xdp",	   [RQ_DYNPTR_SKB_META] = "skb_meta",
		[RQ_DYNPTR_FILE] = "file",
	};

	return names[type];
}

static void clear_slots(struct rq_frame *frame, uint32_t lowest)
{
	for (uint32_t i = 0; i < 2; i++) {
		rq_slot_fill(&frame->slots[lowest - i], RQ_STACK_INVALID);
		rq_reg_set_not_init(&frame->slots[lowest - i].spill);
	}
}

static bool is_dynptr(const struct rq_slot *slot)
{
	return slot->bytes[0] == RQ_STACK_DYNPTR;
}

/* dynptrs 4: writing over one ends it and its slices; one that must be given back can't be overwritten. */
int rq_stack_object_overwritten(struct rq_verifier *v, struct rq_frame *frame, uint32_t slot)
{
	uint32_t lowest, id;
	struct rq_reg *reg;

	if (slot >= frame->slot_count || !is_dynptr(&frame->slots[slot]))
		return 0;
	lowest = frame->slots[slot].spill.dynptr_first ? slot : slot + 1;
	if (counted(frame->slots[lowest].spill.dynptr_type))
		return rq_reject(v, -EINVAL, "cannot overwrite referenced dynptr");
	id = frame->slots[lowest].spill.id;
	RQ_EACH_REG(v->state, reg)
		if (reg->type == RQ_PTR_TO_MEM && reg->dynptr_id == id)
			rq_reg_invalidate(v, reg);
	clear_slots(frame, lowest);
	rq_stack_mark_written(v, frame, lowest, 2);
	return 0;
}

/* dynptrs 1 */
static int make(struct rq_verifier *v, struct rq_call *call, uint32_t regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	struct rq_frame *frame;
	uint32_t lowest, id, ref_id = 0;
	int error = -EINVAL;

	if (reg->type == RQ_PTR_TO_STACK)
		error = rq_stack_object_slots(v, reg, "dynptr", 2, &frame, &lowest);
	if (error && error != -ERANGE)
		return rq_reject(v, -EINVAL, "Dynptr has to be an uninitialized dynptr");
	for (int32_t i = 0; i < 16; i += 8) {
		error = rq_check_mem_access(v, regno, i, 8, RQ_WRITE, -1, false);
		if (error)
			return error;
	}
	error = rq_stack_object_slots(v, reg, "dynptr", 2, &frame, &lowest);
	for (uint32_t i = 0; !error && i < 2; i++)
		error = rq_stack_object_overwritten(v, frame, lowest - i);
	if (error)
		return error;
	id = rq_new_id(v);
	if (counted(call->dynptr_type)) {
		ref_id = call->dynptr_initialised ? call->dynptr_ref_id : rq_new_id(v);
		if (!call->dynptr_initialised)
			error = rq_reference_acquire(v, RQ_REF_POINTER, ref_id, NULL);
		if (error)
			return error;
	}
	for (uint32_t i = 0; i < 2; i++) {
		struct rq_slot *slot = &frame->slots[lowest - i];

		rq_slot_fill(slot, RQ_STACK_DYNPTR);
		rq_reg_set_const(&slot->spill, 0);
		slot->spill.type = RQ_CONST_PTR_TO_DYNPTR;
		slot->spill.id = id;
		slot->spill.ref_id = ref_id;
		slot->spill.dynptr_type = call->dynptr_type;
		slot->spill.dynptr_first = !i;
	}
	rq_stack_mark_written(v, frame, lowest, 2);
	return 0;
}

void rq_reg_set_const_dynptr(struct rq_verifier *v, struct rq_reg *reg)
{
	rq_reg_set_pointer(reg, RQ_CONST_PTR_TO_DYNPTR, 0);
	reg->dynptr_type = RQ_DYNPTR_LOCAL;
	reg->dynptr_first = true;
	reg->id = rq_new_id(v);
}

/* The dynptr's identity, or NULL when there is no initialised one. */
static const struct rq_reg *find(struct rq_verifier *v, uint32_t regno, struct rq_frame **frame, uint32_t *lowest)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];

	if (reg->type == RQ_CONST_PTR_TO_DYNPTR)
		return reg;
	if (rq_stack_object_slots(v, reg, "dynptr", 2, frame, lowest))
		return NULL;
	for (uint32_t i = 0; i < 2; i++) {
		const struct rq_slot *slot = &(*frame)->slots[*lowest - i];

		if (slot->spill.dynptr_first != !i)
			return NULL;
		for (unsigned int byte = 0; byte < 8; byte++)
			if (slot->bytes[byte] != RQ_STACK_DYNPTR)
				return NULL;
	}
	return &(*frame)->slots[*lowest].spill;
}

const struct rq_reg *rq_dynptr_of(struct rq_verifier *v, uint32_t regno)
{
	struct rq_frame *frame;
	uint32_t lowest;

	return find(v, regno, &frame, &lowest);
}

int rq_check_dynptr_argument(struct rq_verifier *v, struct rq_call *call, uint32_t regno, unsigned int flags)
{
	const struct rq_reg *reg = &rq_regs(v)[regno], *dynptr;
	struct rq_frame *frame = NULL;
	uint32_t lowest = 0;

	if (reg->type != RQ_PTR_TO_STACK && reg->type != RQ_CONST_PTR_TO_DYNPTR)
		return rq_reject(v, -EINVAL, "arg#%u expected pointer to stack or const struct bpf_dynptr", regno - 1);
	if (flags & RQ_DYNPTR_ARG_UNINIT)
		return make(v, call, regno);
	/* dynptrs 3: only what is on the stack, and must be given back, can be. */
	if (flags & RQ_DYNPTR_ARG_RELEASE) {
		if (reg->type == RQ_CONST_PTR_TO_DYNPTR)
			return rq_reject(v, -EINVAL, "cannot release unowned const bpf_dynptr");
		if (rq_stack_object_slots(v, reg, "dynptr", 2, &frame, &lowest) || !is_dynptr(&frame->slots[lowest]) ||
		    !frame->slots[lowest].spill.ref_id)
			return rq_reject(v, -EINVAL, "arg %u is an unacquired reference", regno);
	}
	if (reg->type == RQ_CONST_PTR_TO_DYNPTR && !(flags & RQ_DYNPTR_ARG_RDONLY))
		return rq_reject(v, -EINVAL, "cannot pass pointer to const bpf_dynptr, the helper mutates it");
	dynptr = find(v, regno, &frame, &lowest);
	if (!dynptr)
		return rq_reject(v, -EINVAL, "Expected an initialized dynptr as arg #%u", regno - 1);
	if ((flags & RQ_DYNPTR_ARG_RINGBUF) && dynptr->dynptr_type != RQ_DYNPTR_RINGBUF)
		return rq_reject(v, -EINVAL, "Expected a dynptr of type %s as arg #%u", type_name(RQ_DYNPTR_RINGBUF),
				 regno - 1);
	if (frame)
		rq_stack_mark_read(v, frame, lowest, 2);
	call->dynptr_initialised = true;
	call->dynptr_type = dynptr->dynptr_type;
	call->dynptr_id = dynptr->id;
	call->dynptr_ref_id = dynptr->ref_id;
	return 0;
}

/* dynptrs 3: with a dynptr its clones and slices go. */
int rq_release_dynptr(struct rq_verifier *v, uint32_t regno)
{
	struct rq_frame *frame;
	uint32_t lowest, ref_id;
	const struct rq_reg *dynptr = find(v, regno, &frame, &lowest);
	int error;

	if (!dynptr)
		return rq_reject(v, -EINVAL, "Expected an initialized dynptr as arg #%u", regno - 1);
	ref_id = dynptr->ref_id;
	error = rq_reference_release(v, ref_id);
	if (error)
		return error;
	for (uint32_t f = 0; f <= v->state->current; f++) {
		struct rq_frame *each = v->state->frames[f];

		for (uint32_t i = 1; i < each->slot_count; i++) {
			const struct rq_slot *slot = &each->slots[i];

			if (is_dynptr(slot) && slot->spill.dynptr_first && slot->spill.ref_id == ref_id) {
				clear_slots(each, i);
				rq_stack_mark_written(v, each, i, 2);
			}
		}
	}
	return 0;
}
