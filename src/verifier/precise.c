/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which numbers matter. Most numbers in a state decide nothing, and states that differ in them are equal all the same.
 * When one does decide something (a branch, an offset, a size), it and all that it was computed from are marked precise in
 * the checkpoints that the path came through: the path is walked backwards, by the steps that each state kept, with the set
 * of registers and stack slots that the number came from. Rules: docs/verifier.md, "pruning" 2.
 */
#include <errno.h>
#include <string.h>

#include "verifier/prune.h"

/* The registers and slots that are looked for, in each frame. */
struct trace {
	struct rq_verifier *v;
	uint16_t regs[RQ_FRAMES_MAX];
	uint64_t slots[RQ_FRAMES_MAX];
	uint32_t frame; /* that the instruction walked over ran in */
};

static bool is_empty(const struct trace *t)
{
	for (uint32_t f = 0; f < RQ_FRAMES_MAX; f++)
		if (t->regs[f] || t->slots[f])
			return false;
	return true;
}

static bool wants(const struct trace *t, uint32_t regno)
{
	return t->regs[t->frame] >> regno & 1;
}

static void want(struct trace *t, uint32_t regno)
{
	if (regno != BPF_REG_10)
		t->regs[t->frame] |= (uint16_t)(1U << regno);
}

static void forget(struct trace *t, uint32_t regno)
{
	t->regs[t->frame] &= (uint16_t)~(1U << regno);
}

/* ---- One instruction, backwards ---- */

static void back_over_alu(struct trace *t, const struct bpf_insn *insn)
{
	uint8_t op = BPF_OP(insn->code);
	bool by_register = BPF_SRC(insn->code) == BPF_X;

	if (!wants(t, insn->dst_reg) || op == BPF_END || op == BPF_NEG)
		return;
	if (op == BPF_MOV)
		forget(t, insn->dst_reg);
	if (by_register)
		want(t, insn->src_reg);
}

static void back_over_load(struct trace *t, uint32_t dst, const struct rq_step *step)
{
	if (!wants(t, dst))
		return;
	forget(t, dst);
	/* What comes from elsewhere than the stack is not known to depend on anything. */
	if (step && step->flags & RQ_STEP_STACK)
		t->slots[step->frame] |= 1ULL << step->slot;
}

static void back_over_store(struct trace *t, const struct bpf_insn *insn, const struct rq_step *step)
{
	uint64_t slot;

	if (!step || !(step->flags & RQ_STEP_STACK))
		return;
	slot = 1ULL << step->slot;
	if (!(t->slots[step->frame] & slot))
		return;
	t->slots[step->frame] &= ~slot;
	if (BPF_CLASS(insn->code) == BPF_STX)
		want(t, insn->src_reg);
}

static void back_over_atomic(struct trace *t, const struct bpf_insn *insn, const struct rq_step *step)
{
	if (insn->imm == BPF_LOAD_ACQ) {
		back_over_load(t, insn->dst_reg, step);
	} else if (insn->imm == BPF_STORE_REL) {
		back_over_store(t, insn, step);
	} else {
		/* What is stored is not known; what is loaded was there before. */
		if (step && step->flags & RQ_STEP_STACK)
			t->slots[step->frame] &= ~(1ULL << step->slot);
		if (insn->imm == BPF_CMPXCHG)
			back_over_load(t, BPF_REG_0, step);
		else if (insn->imm & BPF_FETCH)
			back_over_load(t, insn->src_reg, step);
	}
}

/*
 * @insn calls; @later is the instruction that ran after it. When that is the first of a callee, the trace leaves the
 * callee here, and what it wants of r1 to r5 is the caller's; else what the call did is not walked.
 */
static int back_over_call(struct trace *t, const struct bpf_insn *insn, uint32_t at, uint32_t later)
{
	const uint16_t args = 0x3e;
	bool local = insn->src_reg == BPF_PSEUDO_CALL;
	bool from_callee = t->frame && later != at + 1 && rq_subprog_starting_at(t->v, later) >= 0 &&
			   (local || t->v->aux[at].calls_callback);

	if (from_callee) {
		uint16_t wanted = t->regs[t->frame] & args;

		/* What a callback gets is what its caller makes up. */
		if (!local)
			wanted = 0;
		if (t->regs[t->frame] & ~args || t->slots[t->frame])
			return -ENOTSUP;
		t->regs[t->frame] = 0;
		t->frame--;
		t->regs[t->frame] |= wanted;
		return 0;
	}
	forget(t, BPF_REG_0);
	return t->regs[t->frame] & args ? -ENOTSUP : 0;
}

/* A callee ended here, and @later is what its caller did next: the trace goes into the callee. */
static int back_over_exit(struct trace *t, uint32_t at, uint32_t later)
{
	const struct bpf_insn *call = later ? &t->v->prog->insns[later - 1] : NULL;
	bool local_call = call && call->code == (BPF_JMP | BPF_CALL) && call->src_reg == BPF_PSEUDO_CALL &&
			  rq_subprog_starting_at(t->v, later + (uint32_t)call->imm) == (int)rq_subprog_of(t->v, at);
	bool result;

	if (t->regs[t->frame] & 0x3e || t->frame + 1 >= RQ_FRAMES_MAX)
		return -ENOTSUP;
	/* What a callback returns goes to whoever called it back. */
	result = local_call && wants(t, BPF_REG_0);
	forget(t, BPF_REG_0);
	t->frame++;
	if (result)
		want(t, BPF_REG_0);
	return 0;
}

/* When one of several tied numbers is wanted, all are: each got its range from the others. */
static void want_linked(struct trace *t, const struct rq_step *step)
{
	bool any = false;

	for (uint32_t i = 0; step && i < step->linked_count; i++) {
		const struct rq_place *p = &step->linked[i];

		any = any || (p->slot ? t->slots[p->frame] >> p->index & 1 : t->regs[p->frame] >> p->index & 1);
	}
	for (uint32_t i = 0; any && i < step->linked_count; i++) {
		const struct rq_place *p = &step->linked[i];

		if (p->slot)
			t->slots[p->frame] |= 1ULL << p->index;
		else
			t->regs[p->frame] |= (uint16_t)(1U << p->index);
	}
}

static int back_over_jump(struct trace *t, const struct bpf_insn *insn, uint32_t at, uint32_t later)
{
	switch (BPF_OP(insn->code)) {
	case BPF_JA:
	case BPF_JCOND:
		return 0;
	case BPF_CALL:
		return back_over_call(t, insn, at, later);
	case BPF_EXIT:
		return back_over_exit(t, at, later);
	default:
		break;
	}
	if (BPF_SRC(insn->code) == BPF_X && (wants(t, insn->dst_reg) || wants(t, insn->src_reg))) {
		want(t, insn->dst_reg);
		want(t, insn->src_reg);
	}
	return 0;
}

/* What must be known before instruction @at for what is wanted after it. */
static int back_over(struct trace *t, uint32_t at, uint32_t later, const struct rq_step *step)
{
	const struct bpf_insn *insn = &t->v->prog->insns[at];
	int err = 0;

	want_linked(t, step);
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		back_over_alu(t, insn);
		break;
	case BPF_LDX:
		back_over_load(t, insn->dst_reg, step);
		break;
	case BPF_STX:
		if (BPF_MODE(insn->code) == BPF_ATOMIC)
			back_over_atomic(t, insn, step);
		else
			back_over_store(t, insn, step);
		break;
	case BPF_ST:
		back_over_store(t, insn, step);
		break;
	case BPF_LD:
		/* A packet load's result is in r0, which is what the field of such an instruction says too. */
		if (insn->code)
			forget(t, insn->dst_reg);
		break;
	default:
		err = back_over_jump(t, insn, at, later);
	}
	want_linked(t, step);
	return err;
}

/* ---- The path, backwards ---- */

/* Everything in these checkpoints matters: what to do when the walk can't tell. */
static void mark_all(struct rq_state *state)
{
	for (; state; state = state->parent) {
		struct rq_reg *reg;

		RQ_EACH_REG (state, reg)
			if (reg->type == RQ_SCALAR)
				reg->precise = true;
	}
}

/* Mark what is wanted in checkpoint @state; what is not a number, or is marked already, needs no more looking for. */
static void mark_in(struct trace *t, struct rq_state *state)
{
	for (uint32_t f = 0; f <= t->frame; f++) {
		struct rq_frame *frame = f <= state->current ? state->frames[f] : NULL;

		if (!frame) {
			t->regs[f] = 0;
			t->slots[f] = 0;
			continue;
		}
		for (uint16_t wanted = t->regs[f]; wanted; wanted &= (uint16_t)(wanted - 1)) {
			uint32_t i = (uint32_t)__builtin_ctz(wanted);
			struct rq_reg *reg = &frame->regs[i];

			if (reg->type != RQ_SCALAR || reg->precise)
				t->regs[f] &= (uint16_t)~(1U << i);
			else
				reg->precise = true;
		}
		for (uint64_t wanted = t->slots[f]; wanted; wanted &= wanted - 1) {
			uint32_t i = (uint32_t)__builtin_ctzll(wanted);
			struct rq_slot *slot = i < frame->slot_count ? &frame->slots[i] : NULL;

			if (!slot || !rq_slot_is_spill(slot) || slot->spill.type != RQ_SCALAR || slot->spill.precise)
				t->slots[f] &= ~(1ULL << i);
			else
				slot->spill.precise = true;
		}
	}
}

/* Walk back over the instructions of one state, from @at (not walked over itself when @skip). */
static int walk_state(struct trace *t, const struct rq_state *state, uint32_t at, uint32_t *later, bool skip)
{
	uint32_t left = state->step_count;

	for (;;) {
		const struct rq_step *step = left && state->steps[left - 1].insn == at ? &state->steps[left - 1] : NULL;
		uint32_t previous;
		int err;

		if (!skip) {
			err = back_over(t, at, *later, step);
			if (err || is_empty(t))
				return err;
		}
		skip = false;
		*later = at;
		/* The first instruction: the state began here, unless a loop led back to it. */
		if (at == state->first_insn && (!left || (left == 1 && step)))
			return 0;
		previous = step ? step->previous : at - 1;
		if (!step && at >= 2 && rq_insn_is_wide(&t->v->prog->insns[at - 2]))
			previous = at - 2;
		left -= step != NULL;
		if (previous >= t->v->prog->insn_count)
			return -ENOTSUP;
		at = previous;
	}
}

static int trace_back(struct trace *t)
{
	struct rq_verifier *v = t->v;
	struct rq_state *state = v->state;
	uint32_t at = v->insn, later = RQ_NO_INSN;
	bool skip = true;

	while (!is_empty(t)) {
		int err = walk_state(t, state, at, &later, skip);

		if (err == -ENOTSUP) {
			mark_all(v->state->parent);
			return 0;
		}
		if (err)
			return err;
		state = state->parent;
		if (!state || is_empty(t))
			return 0;
		mark_in(t, state);
		at = state->last_insn;
		skip = false;
		if (at >= v->prog->insn_count)
			return 0;
	}
	return 0;
}

/* ---- What others call ---- */

int rq_mark_precise(struct rq_verifier *v, uint32_t regno)
{
	struct trace t = { .v = v, .frame = v->state->current };

	if (rq_regs(v)[regno].type != RQ_SCALAR)
		return 0;
	want(&t, regno);
	return trace_back(&t);
}

int rq_mark_slot_precise(struct rq_verifier *v, const struct rq_frame *frame, uint32_t slot)
{
	struct trace t = { .v = v, .frame = v->state->current };

	t.slots[frame->number] = 1ULL << slot;
	return trace_back(&t);
}

int rq_inherit_precision(struct rq_verifier *v, const struct rq_state *old)
{
	struct trace t = { .v = v, .frame = v->state->current };

	for (uint32_t f = 0; f <= old->current; f++) {
		const struct rq_frame *frame = old->frames[f];

		for (uint32_t i = 0; i < BPF_REG_10; i++)
			if (frame->regs[i].type == RQ_SCALAR && frame->regs[i].precise)
				t.regs[f] |= (uint16_t)(1U << i);
		for (uint32_t i = 0; i < frame->slot_count; i++)
			if (rq_slot_is_spill(&frame->slots[i]) && frame->slots[i].spill.type == RQ_SCALAR &&
			    frame->slots[i].spill.precise)
				t.slots[f] |= 1ULL << i;
	}
	return trace_back(&t);
}

void rq_forget_precision(struct rq_state *state)
{
	struct rq_reg *reg;

	RQ_EACH_REG (state, reg)
		reg->precise = false;
}
