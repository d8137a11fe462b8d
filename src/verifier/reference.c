/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must be given back: docs/verifier.md, references. One ordered list a state holds pointers, irq flags and locks; the
 * newest lock and the newest irq flag are known, since both are given back in the reverse order.
 */
#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "verifier/calls.h"

/* docs/verifier.md, references 1 */
int rq_reference_acquire(struct rq_verifier *v, enum rq_reference_kind kind, uint32_t id, const void *ptr)
{
	struct rq_state *state = v->state;

	if (state->ref_count == state->ref_room) {
		uint32_t room = state->ref_room ? state->ref_room * 2 : 4;
		struct rq_reference *refs = rq_realloc(state->refs, room, sizeof(*refs));

		if (!refs)
			return -ENOMEM;
		state->refs = refs;
		state->ref_room = room;
	}
	state->refs[state->ref_count++] = (struct rq_reference){ .kind = kind, .id = id, .insn = v->insn, .ptr = ptr };
	if (kind == RQ_REF_IRQ)
		state->active_irq_id = id;
	if (kind & RQ_REF_ANY_LOCK) {
		state->active_locks++;
		state->active_lock_id = id;
		state->active_lock_ptr = ptr;
	}
	return 0;
}

/* The list keeps its order: the newest irq flag and lock are found by it. */
static void remove_at(struct rq_state *state, uint32_t index)
{
	state->ref_count--;
	memmove(&state->refs[index], &state->refs[index + 1], (state->ref_count - index) * sizeof(*state->refs));
}

static int find(const struct rq_state *state, unsigned int kinds, uint32_t id, const void *ptr)
{
	for (int i = (int)state->ref_count - 1; i >= 0; i--) {
		const struct rq_reference *ref = &state->refs[i];

		if ((ref->kind & kinds) && ref->id == id && ref->ptr == ptr)
			return i;
	}
	return -ENOENT;
}

bool rq_state_lock_held(const struct rq_state *state, unsigned int kinds, uint32_t id, const void *ptr)
{
	return find(state, kinds, id, ptr) >= 0;
}

int rq_state_lock_release(struct rq_state *state, enum rq_reference_kind kind, uint32_t id, const void *ptr)
{
	int at = find(state, kind, id, ptr);

	if (at < 0)
		return -EINVAL;
	remove_at(state, at);
	state->active_locks--;
	state->active_lock_id = 0;
	state->active_lock_ptr = NULL;
	for (uint32_t i = 0; i < state->ref_count; i++) {
		if (state->refs[i].kind & RQ_REF_ANY_LOCK) {
			state->active_lock_id = state->refs[i].id;
			state->active_lock_ptr = state->refs[i].ptr;
		}
	}
	return 0;
}

int rq_state_irq_release(struct rq_state *state, uint32_t id)
{
	int at = find(state, RQ_REF_IRQ, id, NULL);

	if (id != state->active_irq_id || at < 0)
		return -EACCES;
	remove_at(state, at);
	state->active_irq_id = 0;
	for (uint32_t i = 0; i < state->ref_count; i++)
		if (state->refs[i].kind == RQ_REF_IRQ)
			state->active_irq_id = state->refs[i].id;
	return 0;
}

bool rq_reference_exists(const struct rq_state *state, uint32_t id)
{
	return find(state, RQ_REF_POINTER, id, NULL) >= 0;
}

void rq_reference_forget(struct rq_state *state, uint32_t id)
{
	int at = find(state, RQ_REF_POINTER, id, NULL);

	if (at >= 0)
		remove_at(state, at);
}

void rq_reg_invalidate(struct rq_verifier *v, struct rq_reg *reg)
{
	rq_reg_set_unknown(reg);
}

/* docs/verifier.md, references 2: with the reference, all pointers that own or borrow from it are gone. */
int rq_reference_release(struct rq_verifier *v, uint32_t id)
{
	struct rq_reg *reg;

	if (!rq_reference_exists(v->state, id))
		return -EINVAL;
	rq_reference_forget(v->state, id);
	RQ_EACH_REG(v->state, reg)
		if (reg->ref_id == id)
			rq_reg_invalidate(v, reg);
	return 0;
}

/* docs/verifier.md, graphs 3 */
void rq_invalidate_non_owning(struct rq_verifier *v)
{
	struct rq_reg *reg;

	RQ_EACH_REG(v->state, reg)
		if (rq_reg_is_pointer(reg) && (reg->flags & RQ_PTR_NON_OWNING))
			rq_reg_invalidate(v, reg);
}

/* docs/verifier.md, graphs 2: what was put into a list or tree is only borrowed, until the unlock. */
int rq_reference_lend(struct rq_verifier *v, uint32_t id)
{
	struct rq_reg *reg;

	if (!rq_reference_exists(v->state, id))
		return -EINVAL;
	rq_reference_forget(v->state, id);
	RQ_EACH_REG(v->state, reg) {
		if (reg->ref_id == id) {
			reg->ref_id = 0;
			rq_reg_set_non_owning(reg);
		}
	}
	return 0;
}

/* docs/verifier.md, calls 7 */
void rq_invalidate_packet_pointers(struct rq_verifier *v)
{
	struct rq_reg *reg;

	RQ_EACH_REG(v->state, reg) {
		bool packet = rq_reg_is_packet(reg) || reg->type == RQ_PTR_TO_PACKET_END;
		bool slice = reg->type == RQ_PTR_TO_MEM && (reg->flags & RQ_PTR_DYNPTR_SLICE) &&
			     (reg->dynptr_type == RQ_DYNPTR_SKB || reg->dynptr_type == RQ_DYNPTR_XDP);

		if (packet || slice)
			rq_reg_invalidate(v, reg);
	}
}
