/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When is a path known already? At pruning points a checkpoint of the state stays behind; a later state that is not more
 * than an earlier one, whose every continuation was found safe, needs no walk. equal.c compares; precise.c says which
 * numbers matter to the comparison; here are the search, the checkpoints and which stack slots matter.
 * Rules: docs/verifier.md, "pruning" and "loops".
 */
#include "verifier/prune.h"

#include <errno.h>

#include "base/memory.h"

/* How often a checkpoint may be compared in vain before it is dropped. */
#define MISSES_FORGIVEN	       3
#define MISSES_FORGIVEN_LOOP   64
/* A new checkpoint after so many jumps and instructions; fewer in a loop that is being walked. */
#define JUMPS_BETWEEN	       2
#define INSNS_BETWEEN	       8
#define JUMPS_BETWEEN_IN_LOOP  20
#define INSNS_BETWEEN_IN_LOOP  100
#define STEPS_MAX	       40

/* ---- Steps, for backtracking ---- */

static struct rq_step *push_step(struct rq_state *state)
{
	if (state->step_count == state->step_room) {
		uint32_t room = state->step_room ? state->step_room * 2 : 16;
		struct rq_step *grown = rq_realloc(state->steps, room, sizeof(*grown));

		if (!grown)
			return NULL;
		state->steps = grown;
		state->step_room = room;
	}
	return &state->steps[state->step_count++];
}

/* The step of the instruction being checked, made when it has none yet. */
static struct rq_step *current_step(struct rq_verifier *v)
{
	struct rq_step *step;

	if (v->step_noted)
		return &v->state->steps[v->state->step_count - 1];
	step = push_step(v->state);
	if (!step)
		return NULL;
	*step = (struct rq_step){ .insn = v->insn, .previous = v->previous };
	v->step_noted = true;
	return step;
}

int rq_note_jump(struct rq_verifier *v)
{
	uint32_t previous = v->previous;

	if (previous == RQ_NO_INSN || v->insn == previous + 1 ||
	    (v->insn == previous + 2 && rq_insn_is_wide(&v->prog->insns[previous])))
		return 0;
	return current_step(v) ? 0 : -ENOMEM;
}

int rq_note_stack_access(struct rq_verifier *v, const struct rq_frame *frame, uint32_t slot)
{
	struct rq_step *step = current_step(v);

	if (!step)
		return -ENOMEM;
	step->flags |= RQ_STEP_STACK;
	step->frame = (uint8_t)frame->number;
	step->slot = (uint8_t)slot;
	return 0;
}

int rq_note_linked(struct rq_verifier *v, const struct rq_place *linked, uint32_t count)
{
	struct rq_step *step = current_step(v);

	if (!step)
		return -ENOMEM;
	for (uint32_t i = 0; i < count && step->linked_count < RQ_LINKED_MAX; i++)
		step->linked[step->linked_count++] = linked[i];
	return 0;
}

/* ---- Which stack slots matter ---- */

static uint64_t slot_mask(uint32_t index, uint32_t count)
{
	uint64_t ones = count >= 64 ? UINT64_MAX : (1ULL << count) - 1;

	return ones << index;
}

/*
 * docs/verifier.md, pruning 3: what is read and was not written since a checkpoint was there when the checkpoint was
 * made, so it matters to whoever is compared with it; and so on to the checkpoint before it.
 */
static void mark_slots_read(struct rq_state *state, uint32_t frame, uint64_t slots)
{
	for (;;) {
		struct rq_state *parent = state->parent;

		slots &= ~state->frames[frame]->slots_written;
		if (!parent || frame > parent->current)
			return;
		slots &= ~parent->frames[frame]->slots_read;
		if (!slots)
			return;
		parent->frames[frame]->slots_read |= slots;
		state = parent;
	}
}

/* @index is the slot at the lowest address; the object goes upwards from there, to smaller indices. */
void rq_stack_mark_read(struct rq_verifier *v, struct rq_frame *frame, uint32_t index, uint32_t count)
{
	mark_slots_read(v->state, frame->number, slot_mask(index + 1 - count, count));
}

void rq_stack_mark_written(struct rq_verifier *v, struct rq_frame *frame, uint32_t index, uint32_t count)
{
	frame->slots_written |= slot_mask(index + 1 - count, count);
}

/* The current state continues as @old did: what mattered there matters here. */
static void inherit_reads(struct rq_verifier *v, const struct rq_state *old)
{
	for (uint32_t f = 0; f <= old->current; f++) {
		uint64_t slots = old->in_open_loop ? UINT64_MAX : old->frames[f]->slots_read;

		mark_slots_read(v->state, f, slots);
	}
}

/* ---- Loops ---- */

/* Marks of these checkpoints are not complete, for a path below them ended in a state that is still being explored. */
static void mark_open_loop(struct rq_state *state)
{
	for (struct rq_state *s = state->parent; s; s = s->parent)
		s->in_open_loop = true;
}

static bool same_call_sites(const struct rq_state *a, const struct rq_state *b)
{
	if (a->current != b->current)
		return false;
	for (uint32_t f = 0; f <= a->current; f++)
		if (a->frames[f]->call_site != b->frames[f]->call_site)
			return false;
	return true;
}

const struct rq_state *rq_previous_entry(const struct rq_state *state, uint32_t insn)
{
	for (const struct rq_state *s = state->parent; s; s = s->parent)
		if (s->insn == insn && same_call_sites(s, state))
			return s;
	return NULL;
}

static void widen(const struct rq_reg *old, struct rq_reg *reg)
{
	bool precise = old->precise || reg->precise;

	if (old->type != RQ_SCALAR || reg->type != RQ_SCALAR || precise || rq_same_value(old, reg))
		return;
	rq_reg_set_unknown(reg);
}

/* docs/verifier.md, loops 3: numbers that change from round to round, and decided nothing, may be anything. */
void rq_widen_scalars(struct rq_verifier *v, const struct rq_state *old, struct rq_state *state)
{
	for (uint32_t f = 0; f <= old->current && f <= state->current; f++) {
		const struct rq_frame *was = old->frames[f];
		struct rq_frame *is = state->frames[f];

		for (uint32_t i = 0; i < RQ_REGS; i++)
			widen(&was->regs[i], &is->regs[i]);
		for (uint32_t i = 0; i < was->slot_count && i < is->slot_count; i++)
			if (rq_slot_is_full_spill(&was->slots[i]) && rq_slot_is_full_spill(&is->slots[i]))
				widen(&was->slots[i].spill, &is->slots[i].spill);
	}
}

static bool iterator_depths_differ(const struct rq_state *old, const struct rq_state *state)
{
	for (uint32_t f = 0; f <= old->current; f++) {
		const struct rq_frame *a = old->frames[f], *b = state->frames[f];

		for (uint32_t i = 0; i < a->slot_count && i < b->slot_count; i++)
			if (a->slots[i].bytes[0] == RQ_STACK_ITER && a->slots[i].iter_state == RQ_ITER_ACTIVE &&
			    b->slots[i].iter_depth != a->slots[i].iter_depth)
				return true;
	}
	return false;
}

/* Does R1 point to an iterator that may give more? */
static bool at_active_iterator(const struct rq_verifier *v)
{
	const struct rq_reg *reg = &rq_regs(v)[BPF_REG_1];
	const struct rq_frame *frame;
	uint32_t index;

	if (reg->type != RQ_PTR_TO_STACK || !rq_value_is_const(&reg->value))
		return false;
	frame = v->state->frames[reg->frame];
	index = rq_slot_index(reg->off + (int32_t)reg->value.bits.value);
	return index < frame->slot_count && frame->slots[index].bytes[0] == RQ_STACK_ITER &&
	       frame->slots[index].iter_state == RQ_ITER_ACTIVE;
}

/* Are the running frame's registers the same to the very id? A number that was stored or copied anew has a new one. */
static bool same_registers(const struct rq_state *old, const struct rq_state *state)
{
	const struct rq_reg *was = old->frames[old->current]->regs, *is = state->frames[state->current]->regs;

	for (uint32_t i = 0; i < RQ_REGS; i++)
		if (was[i].type != is[i].type || was[i].flags != is[i].flags || was[i].off != is[i].off ||
		    was[i].map != is[i].map || was[i].btf_id != is[i].btf_id || was[i].ref_id != is[i].ref_id ||
		    was[i].linked_off != is[i].linked_off || !rq_same_value(&was[i], &is[i]))
			return false;
	return true;
}

enum match { NO_MATCH, NO_MATCH_IN_LOOP, MATCH, INFINITE };

/* @old is on the path that is being walked, or on one that waits: a loop. */
static enum match match_open(struct rq_verifier *v, struct rq_state *old)
{
	const struct bpf_insn *insn = rq_insn(v);
	const struct rq_insn_aux *aux = &v->aux[v->insn];

	if (!same_call_sites(old, v->state))
		return NO_MATCH_IN_LOOP;
	if (aux->func && aux->func->flags & RQ_KF_ITER_NEXT && insn->code == (BPF_JMP | BPF_CALL)) {
		/* docs/verifier.md, loops 2. */
		if (rq_states_equal(v, old, v->state, RQ_EQUAL_RANGES) && at_active_iterator(v))
			return MATCH;
		return NO_MATCH_IN_LOOP;
	}
	if (insn->code == (BPF_JMP | BPF_JCOND)) {
		if (old->may_goto_depth != v->state->may_goto_depth &&
		    rq_states_equal(v, old, v->state, RQ_EQUAL_RANGES))
			return MATCH;
		return NO_MATCH_IN_LOOP;
	}
	if (aux->calls_callback)
		return rq_states_equal(v, old, v->state, RQ_EQUAL_RANGES) ? MATCH : NO_MATCH_IN_LOOP;
	/* docs/verifier.md, loops 1: the very same state, ids and all, again on the same path never ends. */
	if (old->may_goto_depth == v->state->may_goto_depth &&
	    old->callback_unroll_depth == v->state->callback_unroll_depth && same_registers(old, v->state) &&
	    rq_states_equal(v, old, v->state, RQ_EQUAL_EXACT) && !iterator_depths_differ(old, v->state))
		return INFINITE;
	return NO_MATCH_IN_LOOP;
}

/* ---- The search ---- */

static bool is_may_goto(const struct rq_verifier *v)
{
	return rq_insn(v)->code == (BPF_JMP | BPF_JCOND);
}

static int prune_against(struct rq_verifier *v, struct rq_state *old)
{
	int err = rq_note_jump(v);

	old->hit_count++;
	if (err)
		return err;
	inherit_reads(v, old);
	if (old->branches || old->in_open_loop) {
		mark_open_loop(v->state);
		return 0;
	}
	return rq_inherit_precision(v, old);
}

/* Checkpoints that are compared in vain only cost time. One that has unfinished paths is still the parent of some. */
static void drop(struct rq_verifier *v, struct rq_state **link)
{
	struct rq_state *state = *link;

	*link = state->next;
	state->next = NULL;
	if (!state->branches) {
		rq_state_free(v, state);
		v->peak_states--;
		return;
	}
	state->next = v->detached;
	v->detached = state;
}

static int add_checkpoint(struct rq_verifier *v)
{
	struct rq_state *state = v->state, *checkpoint = rq_state_new(v), *other;
	uint32_t here = 0;
	int err;

	if (!checkpoint)
		return -ENOMEM;
	rq_forget_precision(state);
	state->last_insn = v->previous;
	err = rq_state_copy(v, checkpoint, state);
	if (err) {
		rq_state_free(v, checkpoint);
		return err;
	}
	checkpoint->insn = v->insn;
	checkpoint->branches = 1;
	checkpoint->next = v->explored[v->insn];
	v->explored[v->insn] = checkpoint;
	state->parent = checkpoint;
	state->first_insn = v->insn;
	state->step_count = 0;
	v->step_noted = false;
	for (uint32_t f = 0; f <= state->current; f++)
		state->frames[f]->slots_read = state->frames[f]->slots_written = 0;
	v->jumps_at_checkpoint = v->jumps_processed;
	v->insns_at_checkpoint = v->processed;
	v->total_states++;
	v->peak_states++;
	for (other = checkpoint; other; other = other->next)
		here++;
	if (here > v->max_states_per_insn)
		v->max_states_per_insn = here;
	return rq_state_account(v, checkpoint);
}

int rq_prune(struct rq_verifier *v, bool *prune)
{
	const struct rq_insn_aux *aux = &v->aux[v->insn];
	uint32_t jumps = v->jumps_processed - v->jumps_at_checkpoint;
	uint32_t insns = v->processed - v->insns_at_checkpoint;
	bool force = v->prog->test_state_freq || aux->force_checkpoint || v->state->step_count > STEPS_MAX;
	bool add = force || (jumps >= JUMPS_BETWEEN && insns >= INSNS_BETWEEN);
	struct rq_state **link = &v->explored[v->insn];

	*prune = false;
	while (*link) {
		struct rq_state *old = *link;
		enum match match;
		uint32_t forgiven;

		if (old->branches)
			match = match_open(v, old);
		else
			match = rq_states_equal(v, old, v->state,
						old->in_open_loop ? RQ_EQUAL_RANGES : RQ_EQUAL_MARKED) ?
					MATCH :
					NO_MATCH;
		if (match == MATCH) {
			*prune = true;
			return prune_against(v, old);
		}
		if (match == INFINITE) {
			rq_say_line(v, v->insn);
			rq_hint(v, "nothing that the loop's condition depends on changes from one round to the next");
			return rq_reject(v, -EINVAL, "infinite loop detected at insn %u", v->insn);
		}
		/* A loop that is unrolled: a state at each round would be compared with all of the others. */
		if (match == NO_MATCH_IN_LOOP && !force && jumps < JUMPS_BETWEEN_IN_LOOP && insns < INSNS_BETWEEN_IN_LOOP)
			add = false;
		if (add)
			old->miss_count++;
		forgiven = aux->force_checkpoint && old->branches && !is_may_goto(v) ? MISSES_FORGIVEN_LOOP :
										       MISSES_FORGIVEN;
		if (old->miss_count > old->hit_count * forgiven + forgiven)
			drop(v, link);
		else
			link = &old->next;
	}
	return add ? add_checkpoint(v) : 0;
}

void rq_path_finished(struct rq_verifier *v, struct rq_state *state)
{
	for (struct rq_state *s = state->parent; s; s = s->parent) {
		if (--s->branches)
			return;
	}
}
