/* SPDX-License-Identifier: BSD-2-Clause */
/* Is what a state stands for contained in what an earlier one stood for? Rules: docs/verifier.md, "pruning". */
#include <string.h>

#include "verifier/prune.h"

/* Ids are names: two states agree when one's ids can be renamed, one to one, into the other's. */
#define NAMES_MAX 128

struct comparison {
	const struct rq_verifier *v;
	enum rq_equality equality;
	uint32_t old_names[NAMES_MAX], names[NAMES_MAX];
	uint32_t count;
	struct rq_reg unknown;
	uint32_t fresh; /* stands for "no id", each time another one */
};

static bool same_id(struct comparison *c, uint32_t old, uint32_t id)
{
	if (!old != !id)
		return false;
	if (!old)
		return true;
	for (uint32_t i = 0; i < c->count; i++) {
		if (c->old_names[i] == old)
			return c->names[i] == id;
		if (c->names[i] == id)
			return false;
	}
	if (c->count == NAMES_MAX)
		return false;
	c->old_names[c->count] = old;
	c->names[c->count++] = id;
	return true;
}

/*
 * A tie that the old state had must be there; one that it had not may be, but for a distance that is no offset
 * (docs/verifier.md, arithmetic 6).
 */
static bool same_tie(struct comparison *c, const struct rq_reg *old, const struct rq_reg *reg)
{
	if (old->id && (old->linked != reg->linked || old->linked_off != reg->linked_off))
		return false;
	if (!old->id && (reg->linked_off >= RQ_OFFSET_MAX || reg->linked_off <= -RQ_OFFSET_MAX))
		return false;
	/* Two names that nothing else has. */
	if (!old->id && !reg->id)
		return true;
	c->fresh -= 2;
	return same_id(c, old->id ? old->id : c->fresh, reg->id ? reg->id : c->fresh + 1);
}

bool rq_same_value(const struct rq_reg *a, const struct rq_reg *b)
{
	return !memcmp(&a->value, &b->value, sizeof(a->value)) && a->id == b->id && a->linked == b->linked;
}

static bool same_exactly(struct comparison *c, const struct rq_reg *old, const struct rq_reg *reg)
{
	return old->type == reg->type && old->flags == reg->flags && old->off == reg->off && old->map == reg->map &&
	       old->btf_id == reg->btf_id && old->frame == reg->frame && old->dynptr_type == reg->dynptr_type &&
	       old->dynptr_first == reg->dynptr_first && old->linked == reg->linked &&
	       old->linked_off == reg->linked_off && !memcmp(&old->value, &reg->value, sizeof(old->value)) &&
	       same_id(c, old->id, reg->id) && same_id(c, old->ref_id, reg->ref_id) &&
	       same_id(c, old->dynptr_id, reg->dynptr_id);
}

static bool number_fits(struct comparison *c, const struct rq_reg *old, const struct rq_reg *reg)
{
	switch (c->equality) {
	case RQ_EQUAL_EXACT:
		return same_exactly(c, old, reg);
	case RQ_EQUAL_MARKED:
		if (!old->precise)
			return true;
		break;
	case RQ_EQUAL_RANGES:
		break;
	}
	return rq_value_contains(&old->value, &reg->value) && same_tie(c, old, reg);
}

static bool reg_fits(struct comparison *c, const struct rq_reg *old, const struct rq_reg *reg)
{
	if (c->equality == RQ_EQUAL_EXACT)
		return same_exactly(c, old, reg);
	/* Nothing was known, so nothing was used. */
	if (old->type == RQ_NOT_INIT)
		return true;
	if (old->type != reg->type || old->flags != reg->flags)
		return false;
	switch (old->type) {
	case RQ_SCALAR:
		return number_fits(c, old, reg);
	case RQ_PTR_TO_MAP_KEY:
	case RQ_PTR_TO_MAP_VALUE:
	case RQ_PTR_TO_MEM:
	case RQ_PTR_TO_BUF:
	case RQ_PTR_TO_TP_BUFFER:
		return old->off == reg->off && old->map == reg->map && old->mem_size == reg->mem_size &&
		       rq_value_contains(&old->value, &reg->value) && same_id(c, old->id, reg->id) &&
		       same_id(c, old->ref_id, reg->ref_id) && same_id(c, old->dynptr_id, reg->dynptr_id);
	case RQ_PTR_TO_PACKET:
	case RQ_PTR_TO_PACKET_META:
		return old->range <= reg->range && old->off == reg->off && same_id(c, old->id, reg->id) &&
		       rq_value_contains(&old->value, &reg->value);
	case RQ_PTR_TO_ARENA:
		return true;
	default:
		return same_exactly(c, old, reg);
	}
}

/* ---- Stack ---- */

static bool all_bytes(const struct rq_slot *slot, enum rq_stack_byte first, enum rq_stack_byte second)
{
	for (int i = 0; i < 8; i++)
		if (slot->bytes[i] != first && slot->bytes[i] != second)
			return false;
	return true;
}

/* The slot as a number, or NULL. Unknown bytes, written or not, are a number that may be anything. */
static const struct rq_reg *slot_as_number(const struct comparison *c, const struct rq_slot *slot)
{
	if (rq_slot_is_full_spill(slot))
		return slot->spill.type == RQ_SCALAR ? &slot->spill : NULL;
	if (!all_bytes(slot, RQ_STACK_MISC, RQ_STACK_INVALID))
		return NULL;
	return &c->unknown;
}

static bool bytes_fit(const struct rq_slot *old, const struct rq_slot *slot, bool exact)
{
	for (int i = 0; i < 8; i++) {
		uint8_t was = old->bytes[i], is = slot->bytes[i];

		if (was == is)
			continue;
		if (exact)
			return false;
		/* Read as unknown, so any plain byte will do; what was never written can be read as unknown too. */
		if ((was == RQ_STACK_MISC || was == RQ_STACK_INVALID) &&
		    (is == RQ_STACK_MISC || is == RQ_STACK_INVALID || is == RQ_STACK_ZERO || is == RQ_STACK_SPILL))
			continue;
		return false;
	}
	return true;
}

static bool slot_fits(struct comparison *c, const struct rq_slot *old, const struct rq_slot *slot)
{
	bool exact = c->equality == RQ_EQUAL_EXACT;
	const struct rq_reg *old_number = slot_as_number(c, old), *number = slot_as_number(c, slot);

	if (!exact && old_number && number)
		return reg_fits(c, old_number, number);
	if (!bytes_fit(old, slot, exact))
		return false;
	switch (old->bytes[0]) {
	case RQ_STACK_SPILL:
		return reg_fits(c, &old->spill, &slot->spill);
	case RQ_STACK_DYNPTR:
		return old->spill.dynptr_type == slot->spill.dynptr_type &&
		       old->spill.dynptr_first == slot->spill.dynptr_first && old->spill.flags == slot->spill.flags &&
		       same_id(c, old->spill.id, slot->spill.id) && same_id(c, old->spill.ref_id, slot->spill.ref_id);
	case RQ_STACK_ITER:
		/* How often it gave something does not matter: that is what a loop is. */
		return old->spill.btf == slot->spill.btf && old->spill.btf_id == slot->spill.btf_id &&
		       old->spill.flags == slot->spill.flags && old->iter_state == slot->iter_state &&
		       same_id(c, old->spill.ref_id, slot->spill.ref_id);
	case RQ_STACK_IRQ_FLAG:
		return old->irq_class == slot->irq_class && same_id(c, old->spill.ref_id, slot->spill.ref_id);
	default:
		return true;
	}
}

static bool is_unwritten(const struct rq_slot *slot)
{
	return all_bytes(slot, RQ_STACK_INVALID, RQ_STACK_INVALID);
}

static bool stack_fits(struct comparison *c, const struct rq_frame *old, const struct rq_frame *frame, bool all_slots)
{
	static const struct rq_slot unwritten;
	uint32_t count = old->slot_count;

	if (c->equality == RQ_EQUAL_EXACT && frame->slot_count > count)
		count = frame->slot_count;
	for (uint32_t i = 0; i < count; i++) {
		const struct rq_slot *was = i < old->slot_count ? &old->slots[i] : &unwritten;
		const struct rq_slot *is = i < frame->slot_count ? &frame->slots[i] : &unwritten;

		if (!all_slots && !(old->slots_read >> i & 1))
			continue;
		if (is_unwritten(was) && c->equality != RQ_EQUAL_EXACT && !(old->slots_read >> i & 1))
			continue;
		if (!slot_fits(c, was, is))
			return false;
	}
	return true;
}

/* ---- Frames and obligations ---- */

static bool frame_fits(struct comparison *c, const struct rq_state *old_state, const struct rq_state *state, uint32_t f)
{
	const struct rq_frame *old = old_state->frames[f], *frame = state->frames[f];
	uint32_t at = f == state->current ? c->v->insn : state->frames[f + 1]->call_site;
	uint16_t live = c->equality == RQ_EQUAL_EXACT ? 0x3ff : c->v->aux[at].live_regs;

	if (old->call_site != frame->call_site || old->subprog != frame->subprog ||
	    old->in_callback != frame->in_callback || old->in_async_callback != frame->in_async_callback ||
	    old->in_exception_callback != frame->in_exception_callback)
		return false;
	if (old->return_min != frame->return_min || old->return_max != frame->return_max)
		return false;
	for (uint32_t i = 0; i < BPF_REG_10; i++)
		if (live >> i & 1 && !reg_fits(c, &old->regs[i], &frame->regs[i]))
			return false;
	return stack_fits(c, old, frame, c->equality != RQ_EQUAL_MARKED);
}

/* docs/verifier.md, pruning 4: obligations agree one by one, in order; a lock never merges away. */
static bool references_fit(struct comparison *c, const struct rq_state *old, const struct rq_state *state)
{
	if (old->ref_count != state->ref_count || old->active_locks != state->active_locks ||
	    old->active_preempt_locks != state->active_preempt_locks ||
	    old->active_rcu_locks != state->active_rcu_locks || old->active_lock_ptr != state->active_lock_ptr)
		return false;
	if (!same_id(c, old->active_irq_id, state->active_irq_id) ||
	    !same_id(c, old->active_lock_id, state->active_lock_id))
		return false;
	for (uint32_t i = 0; i < old->ref_count; i++) {
		const struct rq_reference *was = &old->refs[i], *is = &state->refs[i];

		if (was->kind != is->kind || !same_id(c, was->id, is->id))
			return false;
		if (was->kind & RQ_REF_ANY_LOCK && was->ptr != is->ptr)
			return false;
	}
	return true;
}

bool rq_states_equal(struct rq_verifier *v, const struct rq_state *old, const struct rq_state *state,
		     enum rq_equality equality)
{
	struct comparison c;

	if (old->current != state->current || old->sleepable != state->sleepable)
		return false;
	c.v = v;
	c.equality = equality;
	c.count = 0;
	c.fresh = 0;
	rq_reg_set_unknown(&c.unknown);
	if (!references_fit(&c, old, state))
		return false;
	for (uint32_t f = 0; f <= old->current; f++)
		if (!frame_fits(&c, old, state, f))
			return false;
	return true;
}
