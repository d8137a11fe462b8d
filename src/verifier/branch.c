/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Jumps: which way a comparison must go, and what each way tells about its operands. Rules: docs/verifier.md, "branches".
 */
#include <errno.h>

#include "verifier/internal.h"

#define MAX_PACKET_OFFSET 0xffff

/* ---- Which way ---- */

enum outcome { NEVER, ALWAYS, EITHER };

static enum outcome when(bool always, bool never)
{
	return always ? ALWAYS : never ? NEVER : EITHER;
}

static enum outcome opposite(enum outcome o)
{
	return o == ALWAYS ? NEVER : o == NEVER ? ALWAYS : EITHER;
}

static struct rq_bits bits_of(const struct rq_value *v, bool half)
{
	return half ? rq_bits_cast(v->bits, 4) : v->bits;
}

static bool can_be_equal(const struct rq_value *a, const struct rq_value *b, bool half)
{
	struct rq_bits x = bits_of(a, half), y = bits_of(b, half);

	if ((x.value ^ y.value) & ~x.mask & ~y.mask)
		return false;
	if (a->u32_min > b->u32_max || b->u32_min > a->u32_max || a->s32_min > b->s32_max || b->s32_min > a->s32_max)
		return false;
	if (half)
		return true;
	return a->umin <= b->umax && b->umin <= a->umax && a->smin <= b->smax && b->smin <= a->smax;
}

/* docs/verifier.md, branches 1. */
static enum outcome predict(uint8_t op, const struct rq_value *a, const struct rq_value *b, bool half)
{
	struct rq_bits x = bits_of(a, half), y = bits_of(b, half);
	uint64_t a_umin = half ? a->u32_min : a->umin, a_umax = half ? a->u32_max : a->umax;
	uint64_t b_umin = half ? b->u32_min : b->umin, b_umax = half ? b->u32_max : b->umax;
	int64_t a_smin = half ? a->s32_min : a->smin, a_smax = half ? a->s32_max : a->smax;
	int64_t b_smin = half ? b->s32_min : b->smin, b_smax = half ? b->s32_max : b->smax;

	switch (op) {
	case BPF_JEQ:
		if (!x.mask && !y.mask)
			return x.value == y.value ? ALWAYS : NEVER;
		return can_be_equal(a, b, half) ? EITHER : NEVER;
	case BPF_JNE:
		return opposite(predict(BPF_JEQ, a, b, half));
	case BPF_JSET:
		if (y.mask) {
			const struct rq_bits keep = x;

			if (x.mask)
				return EITHER;
			x = y;
			y = keep;
		}
		return when(x.value & y.value, !((x.value | x.mask) & y.value));
	case BPF_JGT: return when(a_umin > b_umax, a_umax <= b_umin);
	case BPF_JGE: return when(a_umin >= b_umax, a_umax < b_umin);
	case BPF_JLT: return when(a_umax < b_umin, a_umin >= b_umax);
	case BPF_JLE: return when(a_umax <= b_umin, a_umin > b_umax);
	case BPF_JSGT: return when(a_smin > b_smax, a_smax <= b_smin);
	case BPF_JSGE: return when(a_smin >= b_smax, a_smax < b_smin);
	case BPF_JSLT: return when(a_smax < b_smin, a_smin >= b_smax);
	case BPF_JSLE: return when(a_smax <= b_smin, a_smin > b_smax);
	default: return EITHER;
	}
}

/* docs/verifier.md, branches 2: kinds of pointer that are known not to be NULL (others just have an unknown value). */
static bool is_never_null(const struct rq_reg *reg)
{
	if (rq_reg_may_be_null(reg))
		return false;
	switch (reg->type) {
	case RQ_PTR_TO_SOCKET:
	case RQ_PTR_TO_TCP_SOCK:
	case RQ_PTR_TO_MAP_VALUE:
	case RQ_PTR_TO_MAP_KEY:
	case RQ_PTR_TO_SOCK_COMMON:
	case RQ_CONST_PTR_TO_MAP:
		return true;
	case RQ_PTR_TO_MEM:
		return !(reg->flags & RQ_PTR_UNTRUSTED);
	case RQ_PTR_TO_BTF_ID:
		return (reg->flags & (RQ_PTR_TRUSTED | RQ_PTR_ALLOC)) || reg->ref_id;
	default:
		return false;
	}
}

static enum outcome predict_jump(const struct bpf_insn *insn, const struct rq_reg *dst, const struct rq_reg *src)
{
	uint8_t op = BPF_OP(insn->code);
	bool half = BPF_CLASS(insn->code) == BPF_JMP32;

	if (rq_reg_is_scalar(dst) && rq_reg_is_scalar(src))
		return predict(op, &dst->value, &src->value, half);
	if (half || (op != BPF_JEQ && op != BPF_JNE))
		return EITHER;
	if ((is_never_null(dst) && rq_reg_is_null(src)) || (is_never_null(src) && rq_reg_is_null(dst)))
		return op == BPF_JEQ ? NEVER : ALWAYS;
	return EITHER;
}

/* ---- What each way tells ---- */

static uint8_t inverse(uint8_t op)
{
	switch (op) {
	case BPF_JEQ: return BPF_JNE;
	case BPF_JNE: return BPF_JEQ;
	case BPF_JGT: return BPF_JLE;
	case BPF_JGE: return BPF_JLT;
	case BPF_JLT: return BPF_JGE;
	case BPF_JLE: return BPF_JGT;
	case BPF_JSGT: return BPF_JSLE;
	case BPF_JSGE: return BPF_JSLT;
	case BPF_JSLT: return BPF_JSGE;
	default: return BPF_JSGT;
	}
}

static void make_equal(struct rq_value *a, struct rq_value *b, bool half)
{
	struct rq_bits bits = rq_bits_intersect(bits_of(a, half), bits_of(b, half));

#define MEET(min_, max_)                                                 \
	do {                                                             \
		a->min_ = b->min_ = a->min_ > b->min_ ? a->min_ : b->min_; \
		a->max_ = b->max_ = a->max_ < b->max_ ? a->max_ : b->max_; \
	} while (0)
	MEET(u32_min, u32_max);
	MEET(s32_min, s32_max);
	if (half) {
		a->bits.value = (a->bits.value & ~0xffffffffULL) | bits.value;
		a->bits.mask = (a->bits.mask & ~0xffffffffULL) | bits.mask;
		b->bits.value = (b->bits.value & ~0xffffffffULL) | bits.value;
		b->bits.mask = (b->bits.mask & ~0xffffffffULL) | bits.mask;
		return;
	}
	MEET(umin, umax);
	MEET(smin, smax);
#undef MEET
	a->bits = b->bits = bits;
}

/* Only an end of an interval can be cut off. */
static void make_different(struct rq_value *a, const struct rq_value *b, bool half)
{
	uint64_t c = bits_of(b, half).value;

	if (bits_of(b, half).mask)
		return;
	if (half) {
		uint32_t u = (uint32_t)c;
		int32_t s = (int32_t)c;

		if (a->u32_min == u && u != UINT32_MAX)
			a->u32_min++;
		if (a->u32_max == u && u)
			a->u32_max--;
		if (a->s32_min == s && s != INT32_MAX)
			a->s32_min++;
		if (a->s32_max == s && s != INT32_MIN)
			a->s32_max--;
		return;
	}
	if (a->umin == c && c != UINT64_MAX)
		a->umin++;
	if (a->umax == c && c)
		a->umax--;
	if (a->smin == (int64_t)c && (int64_t)c != INT64_MAX)
		a->smin++;
	if (a->smax == (int64_t)c && (int64_t)c != INT64_MIN)
		a->smax--;
}

/* @a < @b, or @a <= @b. The caller knows that this is possible, so the ends don't wrap. */
static void make_less(struct rq_value *a, struct rq_value *b, bool is_signed, bool half, bool or_equal)
{
	int less = !or_equal;

#define LESS(min_, max_)                                                             \
	do {                                                                         \
		if (a->max_ > b->max_ - less)                                        \
			a->max_ = b->max_ - less;                                    \
		if (b->min_ < a->min_ + less)                                        \
			b->min_ = a->min_ + less;                                    \
	} while (0)
	if (is_signed && half)
		LESS(s32_min, s32_max);
	else if (is_signed)
		LESS(smin, smax);
	else if (half)
		LESS(u32_min, u32_max);
	else
		LESS(umin, umax);
#undef LESS
}

/* docs/verifier.md, branches 3: on the way on which @a op @b holds. */
static void refine(uint8_t op, struct rq_value *a, struct rq_value *b, bool half)
{
	switch (op) {
	case BPF_JEQ:
		make_equal(a, b, half);
		break;
	case BPF_JNE:
		make_different(a, b, half);
		make_different(b, a, half);
		break;
	case BPF_JLT: make_less(a, b, false, half, false); break;
	case BPF_JLE: make_less(a, b, false, half, true); break;
	case BPF_JGT: make_less(b, a, false, half, false); break;
	case BPF_JGE: make_less(b, a, false, half, true); break;
	case BPF_JSLT: make_less(a, b, true, half, false); break;
	case BPF_JSLE: make_less(a, b, true, half, true); break;
	case BPF_JSGT: make_less(b, a, true, half, false); break;
	case BPF_JSGE: make_less(b, a, true, half, true); break;
	}
}

/* @a & @b is not zero (@holds), or is. */
static void refine_set(struct rq_value *a, const struct rq_value *b, bool half, bool holds)
{
	uint64_t mask = bits_of(b, half).value;
	struct rq_bits bits;

	if (bits_of(b, half).mask)
		return;
	if (holds) {
		if (!mask || (mask & (mask - 1)))
			return;
		a->bits.value |= mask;
		a->bits.mask &= ~mask;
		return;
	}
	/* As in the kernel, what remains is what the bits say. */
	bits = (struct rq_bits){ a->bits.value & ~mask, a->bits.mask & ~mask };
	*a = rq_value_unknown();
	a->bits = bits;
}

static void settle(struct rq_value *value)
{
	struct rq_bits bits;

	rq_value_sync(value);
	/* The parts contradict each other, so no run comes here; the walk goes on, as the kernel's, with the bits alone. */
	if (rq_value_is_empty(value)) {
		bits = value->bits;
		*value = rq_value_unknown();
		value->bits = bits;
	}
}

static void refine_regs(uint8_t op, struct rq_reg *a, struct rq_reg *b, bool half, bool holds)
{
	if (op == BPF_JSET) {
		const struct rq_value before = a->value;

		refine_set(&a->value, &b->value, half, holds);
		refine_set(&b->value, &before, half, holds);
	} else {
		refine(holds ? op : inverse(op), &a->value, &b->value, half);
	}
	settle(&a->value);
	settle(&b->value);
}

/* ---- Scalars that are tied together ---- */

/* Add where the numbers are that have @id, or that plus a constant; where no more fit, the rest lose their tie. */
static uint32_t collect_linked(struct rq_verifier *v, uint32_t id, struct rq_place *places, uint32_t count)
{
	struct rq_state *state = v->state;

	for (uint32_t f = 0; f <= state->current; f++) {
		struct rq_frame *frame = state->frames[f];
		uint32_t at = f == state->current ? v->insn : state->frames[f + 1]->call_site;

		for (uint32_t i = 0; i < RQ_REGS + frame->slot_count; i++) {
			bool slot = i >= RQ_REGS;
			struct rq_reg *reg = slot ? &frame->slots[i - RQ_REGS].spill : &frame->regs[i];

			if (slot && !rq_slot_is_spill(&frame->slots[i - RQ_REGS]))
				continue;
			if (reg->type != RQ_SCALAR || reg->id != id || (!slot && !(v->aux[at].live_regs >> i & 1)))
				continue;
			if (count == RQ_LINKED_MAX) {
				reg->id = 0;
				reg->linked = 0;
				reg->linked_off = 0;
				continue;
			}
			places[count++] = (struct rq_place){
				.frame = (uint8_t)f,
				.index = (uint8_t)(slot ? i - RQ_REGS : i),
				.slot = slot,
			};
		}
	}
	return count;
}

static int note_linked(struct rq_verifier *v, struct rq_reg *dst, struct rq_reg *src)
{
	struct rq_place places[RQ_LINKED_MAX];
	struct rq_reg *regs[2] = { src, dst };
	uint32_t count = 0;

	/* docs/verifier.md, arithmetic 4: the operands share the places, also when they are tied to each other. */
	for (int i = 0; i < 2; i++)
		if (regs[i] && regs[i]->type == RQ_SCALAR && regs[i]->id)
			count = collect_linked(v, regs[i]->id, places, count);
	return count > 1 ? rq_note_linked(v, places, count) : 0;
}

static struct rq_value add_constant(struct rq_value value, int64_t constant, unsigned int width)
{
	return constant ? rq_value_op(BPF_ADD, value, rq_value_const((uint64_t)constant), width) : value;
}

/* docs/verifier.md, arithmetic 4: what was learned about @known holds for the numbers tied to it. */
static void spread(struct rq_state *state, const struct rq_reg *known)
{
	struct rq_reg from = *known, *reg;

	if (from.type != RQ_SCALAR || !from.id)
		return;
	RQ_EACH_REG (state, reg) {
		int64_t distance;

		if (reg->type != RQ_SCALAR || reg->id != from.id || reg == known)
			continue;
		distance = (int64_t)reg->linked_off - from.linked_off;
		if (!reg->linked || !from.linked || reg->linked == from.linked) {
			unsigned int width = reg->linked == 32 || from.linked == 32 ? 32 : 64;

			reg->value = add_constant(from.value, distance, width);
		} else {
			/* By way of the number that both were added to. */
			reg->value = add_constant(from.value, -(int64_t)from.linked_off, from.linked);
			reg->value = add_constant(reg->value, reg->linked_off, reg->linked);
		}
	}
}

/* ---- Pointers ---- */

const struct rq_record *rq_reg_record(const struct rq_reg *reg)
{
	const struct rq_struct_meta *meta;

	if (reg->type == RQ_PTR_TO_MAP_VALUE)
		return reg->map ? reg->map->record : NULL;
	if (reg->type != RQ_PTR_TO_BTF_ID || !(reg->flags & RQ_PTR_ALLOC) || !reg->btf)
		return NULL;
	meta = rq_btf_struct_meta(reg->btf, reg->btf_id);
	return meta ? meta->record : NULL;
}

static bool may_hold_lock(const struct rq_reg *reg)
{
	const struct rq_record *record = rq_reg_record(reg);

	return record && record->kinds & (1U << RQ_FIELD_SPIN_LOCK | 1U << RQ_FIELD_RES_SPIN_LOCK);
}

void rq_resolve_null(struct rq_verifier *v, struct rq_state *state, uint32_t id, bool null)
{
	struct rq_reg *reg;
	uint32_t ref_id = 0;

	RQ_EACH_REG (state, reg) {
		if (!rq_reg_is_pointer(reg) || !rq_reg_may_be_null(reg) || reg->id != id)
			continue;
		if (reg->ref_id == id)
			ref_id = id;
		if (null) {
			rq_reg_set_const(reg, 0);
			continue;
		}
		rq_reg_mark_not_null(reg);
		/* The id goes on to say which lock is meant; elsewhere it would only keep equal states apart. */
		if (!may_hold_lock(reg))
			reg->id = 0;
	}
	if (null && ref_id)
		rq_reference_forget(state, ref_id);
}

/* In @state the bytes from the packet's start (or metadata's) up to @reg are there; @open: and one more. */
static void extend_packet_range(struct rq_state *state, const struct rq_reg *reg, bool open)
{
	uint32_t id = reg->id, range;
	enum rq_reg_type type = reg->type;
	struct rq_reg *other;

	if (reg->off < 0 || (!reg->off && open))
		return;
	if (reg->value.umax > MAX_PACKET_OFFSET || reg->value.umax + (uint64_t)reg->off > MAX_PACKET_OFFSET)
		return;
	range = (uint32_t)reg->off + open;
	RQ_EACH_REG (state, other) {
		if (other->type == type && other->id == id && other->range < range)
			other->range = range;
	}
}

static bool is_packet_start(const struct rq_reg *reg)
{
	return reg->type == RQ_PTR_TO_PACKET && !reg->off && rq_value_is_zero(&reg->value);
}

/* Does comparing @data with @end bound it: packet data with its end, or metadata with the start of the data? */
static bool bounds_packet(const struct rq_reg *data, const struct rq_reg *end)
{
	return (data->type == RQ_PTR_TO_PACKET && end->type == RQ_PTR_TO_PACKET_END) ||
	       (data->type == RQ_PTR_TO_PACKET_META && is_packet_start(end));
}

/* docs/verifier.md, memory 7: a test against the end of the packet says how much of it is there. */
static bool refine_packet(uint8_t op, const struct rq_reg *dst, const struct rq_reg *src, struct rq_state *taken,
			  struct rq_state *not_taken)
{
	const struct rq_reg *data = dst;

	if (bounds_packet(src, dst)) {
		data = src;
		/* end op data is data op' end. */
		switch (op) {
		case BPF_JGT: op = BPF_JLT; break;
		case BPF_JLT: op = BPF_JGT; break;
		case BPF_JGE: op = BPF_JLE; break;
		case BPF_JLE: op = BPF_JGE; break;
		}
	} else if (!bounds_packet(dst, src)) {
		return false;
	}
	switch (op) {
	case BPF_JGT: extend_packet_range(not_taken, data, false); return true;
	case BPF_JLT: extend_packet_range(taken, data, true); return true;
	case BPF_JGE: extend_packet_range(not_taken, data, true); return true;
	case BPF_JLE: extend_packet_range(taken, data, false); return true;
	default: return false;
	}
}

/* ---- Instructions ---- */

/* docs/verifier.md, loops 4: the budget of may_goto may be used up here, and then the loop is left. */
static int check_may_goto(struct rq_verifier *v, const struct bpf_insn *insn)
{
	const struct rq_state *before = v->state->parent ? rq_previous_entry(v->state->parent, v->insn) : NULL;
	struct rq_state *stay;
	int err = rq_push_branch(v, v->insn + 1, &stay);

	if (err)
		return err;
	stay->may_goto_depth++;
	if (before)
		rq_widen_scalars(v, before, stay);
	v->next = v->insn + 1 + insn->off;
	return 0;
}

static int mark_operands_precise(struct rq_verifier *v, const struct bpf_insn *insn, const struct rq_reg *dst,
				 const struct rq_reg *src)
{
	int err = 0;

	if (rq_reg_is_scalar(dst))
		err = rq_mark_precise(v, insn->dst_reg);
	if (!err && BPF_SRC(insn->code) == BPF_X && rq_reg_is_scalar(src))
		err = rq_mark_precise(v, insn->src_reg);
	return err;
}

/* A pointer that may be NULL was compared for (in)equality: with 0, or with one that is not NULL. */
static void refine_nullness(struct rq_verifier *v, uint8_t op, const struct rq_reg *dst, const struct rq_reg *src,
			    bool constant, struct rq_state *taken)
{
	struct rq_state *equal = op == BPF_JEQ ? taken : v->state;
	struct rq_state *different = op == BPF_JEQ ? v->state : taken;
	uint32_t dst_id = dst->id, src_id = src->id;

	if (rq_reg_is_pointer(dst) && rq_reg_is_pointer(src)) {
		/* What equals a pointer that is not NULL is not NULL. BTF pointers may be NULL whatever they say. */
		if (dst->type == RQ_PTR_TO_BTF_ID || src->type == RQ_PTR_TO_BTF_ID)
			return;
		if (rq_reg_may_be_null(dst) && !rq_reg_may_be_null(src))
			rq_resolve_null(v, equal, dst_id, false);
		else if (rq_reg_may_be_null(src) && !rq_reg_may_be_null(dst))
			rq_resolve_null(v, equal, src_id, false);
		return;
	}
	if (constant && rq_reg_is_null(src) && rq_reg_is_pointer(dst) && rq_reg_may_be_null(dst)) {
		rq_resolve_null(v, equal, dst_id, true);
		rq_resolve_null(v, different, dst_id, false);
	}
}

static int check_conditional(struct rq_verifier *v, const struct bpf_insn *insn)
{
	uint8_t op = BPF_OP(insn->code);
	bool half = BPF_CLASS(insn->code) == BPF_JMP32, by_register = BPF_SRC(insn->code) == BPF_X;
	uint32_t target = v->insn + 1 + insn->off;
	struct rq_reg *dst = &rq_regs(v)[insn->dst_reg], *src, constant, *other_dst, *other_src, other_constant;
	struct rq_state *taken;
	enum outcome outcome;
	int err;

	if (by_register) {
		err = rq_check_reg_read(v, insn->src_reg);
		if (err)
			return err;
		src = &rq_regs(v)[insn->src_reg];
	} else {
		rq_reg_set_const(&constant, (uint64_t)(int64_t)insn->imm);
		src = &constant;
	}
	err = rq_check_reg_read(v, insn->dst_reg);
	if (err)
		return err;

	outcome = predict_jump(insn, dst, src);
	if (outcome != EITHER) {
		if (outcome == ALWAYS)
			v->next = target;
		return mark_operands_precise(v, insn, dst, src);
	}

	err = note_linked(v, dst, by_register ? src : NULL);
	if (!err)
		err = rq_push_branch(v, target, &taken);
	if (err)
		return err;
	other_dst = &taken->frames[taken->current]->regs[insn->dst_reg];
	if (by_register) {
		other_src = &taken->frames[taken->current]->regs[insn->src_reg];
	} else {
		other_constant = constant;
		other_src = &other_constant;
	}

	if (rq_reg_is_scalar(dst) && rq_reg_is_scalar(src)) {
		refine_regs(op, other_dst, other_src, half, true);
		refine_regs(op, dst, src, half, false);
		/* docs/verifier.md, arithmetic 4: of two that are tied the first operand has the last word. */
		if (by_register) {
			spread(taken, other_src);
			spread(v->state, src);
		}
		spread(taken, other_dst);
		spread(v->state, dst);
		return 0;
	}
	if (half)
		return 0;
	if (op == BPF_JEQ || op == BPF_JNE)
		refine_nullness(v, op, dst, src, !by_register, taken);
	else
		refine_packet(op, dst, src, taken, v->state);
	return 0;
}

int rq_check_jump(struct rq_verifier *v, const struct bpf_insn *insn)
{
	switch (BPF_OP(insn->code)) {
	case BPF_JA:
		v->next = v->insn + 1 + (BPF_CLASS(insn->code) == BPF_JMP32 ? insn->imm : insn->off);
		return 0;
	case BPF_JCOND:
		return check_may_goto(v, insn);
	default:
		return check_conditional(v, insn);
	}
}
