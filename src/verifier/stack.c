/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads and stores in stack frames: spills and fills keep what is known of a register, other bytes are unknown or zero.
 * Rules: docs/verifier.md, "stack".
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "verifier/internal.h"
#include "verifier/memory.h"

#define VARIABLE_OFFSET_MAX (1 << 29)

/* Bytes of @slot by their distance from its lowest address. */
static uint32_t byte_index(int32_t off)
{
	return (uint32_t)(off + RQ_STACK_BYTES) % 8;
}

static struct rq_frame *frame_of(struct rq_verifier *v, const struct rq_reg *reg)
{
	return v->state->frames[reg->frame];
}

static uint32_t spill_size(const struct rq_slot *slot)
{
	uint32_t size = 0;

	while (size < 8 && slot->bytes[size] == RQ_STACK_SPILL)
		size++;
	return size;
}

static bool is_special(const struct rq_slot *slot)
{
	for (int i = 0; i < 8; i++)
		if (slot->bytes[i] == RQ_STACK_SPILL || slot->bytes[i] == RQ_STACK_DYNPTR ||
		    slot->bytes[i] == RQ_STACK_ITER || slot->bytes[i] == RQ_STACK_IRQ_FLAG)
			return true;
	return false;
}

/* What was spilled, or lived, here is gone; its bytes are unknown. */
static void scrub(struct rq_slot *slot)
{
	if (is_special(slot))
		for (int i = 0; i < 8; i++)
			if (slot->bytes[i] != RQ_STACK_INVALID)
				slot->bytes[i] = RQ_STACK_MISC;
	rq_reg_set_not_init(&slot->spill);
}

void rq_slot_fill(struct rq_slot *slot, enum rq_stack_byte kind)
{
	memset(slot->bytes, kind, sizeof(slot->bytes));
	rq_reg_set_not_init(&slot->spill);
	slot->irq_class = 0;
	slot->iter_state = RQ_ITER_NONE;
	slot->iter_depth = 0;
}

/* docs/verifier.md, stack 1: an access lies in [fp-512, fp). What it reaches is the size of the frame (control flow 6). */
static int check_bounds(struct rq_verifier *v, uint32_t regno, const struct rq_reg *reg, int32_t off, uint32_t size,
			bool write, int32_t *low, int32_t *high)
{
	const char *what = write ? " write to" : " read from";
	bool is_const = rq_value_is_const(&reg->value);
	struct rq_frame *frame = frame_of(v, reg);
	struct rq_subprog_info *subprog;
	uint32_t slots;
	int64_t min, max;

	if (is_const) {
		min = (int64_t)off + (int64_t)reg->value.bits.value;
		max = min;
	} else {
		if (reg->value.smax >= VARIABLE_OFFSET_MAX || reg->value.smin <= -VARIABLE_OFFSET_MAX)
			return rq_reject(v, -EACCES, "invalid unbounded variable-offset%s stack R%u", what, regno);
		min = reg->value.smin + off;
		max = reg->value.smax + off;
	}
	/* Nobody may touch memory above the frame pointer, not even no bytes of it. */
	if (min < -RQ_STACK_BYTES || max + (int64_t)size > 0 || max >= 0) {
		char text[64];

		if (is_const)
			return rq_reject(v, -EACCES, "invalid%s stack R%u off=%" PRId64 " size=%u", what, regno, min,
					 size);
		return rq_reject(v, -EACCES, "invalid variable-offset%s stack R%u var_off=%s off=%d size=%u", what, regno,
				 rq_bits_text(reg->value.bits, text, sizeof(text)), off, size);
	}
	*low = (int32_t)min;
	*high = (int32_t)max;
	slots = rq_slot_index(*low) + 1;
	subprog = &v->subprogs[frame->subprog];
	if (subprog->stack_depth < slots * 8)
		subprog->stack_depth = (uint16_t)(slots * 8);
	return rq_frame_grow(frame, slots);
}

/* ---- Stores ---- */

/* How many low bits of the number may be set. */
static uint32_t width_of(const struct rq_reg *reg)
{
	return reg->value.umax ? 64 - (uint32_t)__builtin_clzll(reg->value.umax) : 0;
}

static void spill(struct rq_slot *slot, const struct rq_reg *reg, uint32_t size)
{
	rq_slot_fill(slot, RQ_STACK_INVALID);
	slot->spill = *reg;
	memset(slot->bytes, RQ_STACK_SPILL, size);
}

/* A narrow spill keeps what the other bytes are, but not what a former spill said of them. */
static void spill_narrow(struct rq_slot *slot, const struct rq_reg *reg, uint32_t size)
{
	uint8_t rest[8];

	for (int i = 0; i < 8; i++) {
		rest[i] = slot->bytes[i];
		if (rest[i] != RQ_STACK_ZERO && rest[i] != RQ_STACK_INVALID)
			rest[i] = RQ_STACK_MISC;
	}
	spill(slot, reg, size);
	memcpy(slot->bytes + size, rest + size, 8 - size);
}

static bool is_spillable(const struct rq_reg *reg)
{
	return rq_reg_is_pointer(reg) && reg->type != RQ_CONST_PTR_TO_DYNPTR;
}

/* docs/verifier.md, stack 2 to 4. @reg is what is stored; NULL: something unknown (atomics, helpers). */
static int write_fixed(struct rq_verifier *v, struct rq_frame *frame, int32_t off, uint32_t size, struct rq_reg *reg,
		       int32_t value_regno)
{
	uint32_t index = rq_slot_index(off), first = byte_index(off);
	struct rq_slot *slot = &frame->slots[index];
	bool aligned = !first;
	int err;

	err = rq_stack_object_overwritten(v, frame, index);
	if (err)
		return err;
	if (size == 8 && aligned)
		rq_stack_mark_written(v, frame, index, 1);
	err = rq_note_stack_access(v, frame, index);
	if (err)
		return err;
	if (reg && reg->type == RQ_SCALAR && aligned) {
		bool fits = width_of(reg) <= size * 8;

		if (fits)
			rq_tie_copy(v, reg);
		if (size == 8)
			spill(slot, reg, 8);
		else
			spill_narrow(slot, reg, size);
		if (!fits) {
			slot->spill.id = 0;
			slot->spill.linked = 0;
			slot->spill.linked_off = 0;
		}
		return 0;
	}
	if (reg && is_spillable(reg)) {
		if (size != 8 || !aligned)
			return rq_reject(v, -EACCES, "invalid size of register spill");
		if (frame != rq_frame(v) && reg->type == RQ_PTR_TO_STACK)
			return rq_reject(v, -EINVAL, "cannot spill pointers to stack into stack frame of the caller");
		spill(slot, reg, 8);
		return 0;
	}
	scrub(slot);
	if (reg && rq_reg_is_null(reg)) {
		if (value_regno >= 0) {
			err = rq_mark_precise(v, (uint32_t)value_regno);
			if (err)
				return err;
		}
		memset(slot->bytes + first, RQ_STACK_ZERO, size);
	} else {
		memset(slot->bytes + first, RQ_STACK_MISC, size);
	}
	return 0;
}

/* Any of several places may be written: each keeps only what is true either way. */
static int write_variable(struct rq_verifier *v, struct rq_frame *frame, int32_t low, int32_t high, uint32_t size,
			  const struct rq_reg *reg, int32_t value_regno)
{
	bool zero = reg && rq_reg_is_null(reg), zero_used = false;
	int err;

	for (int32_t off = low & ~7; off < high + (int32_t)size; off += 8) {
		err = rq_stack_object_overwritten(v, frame, rq_slot_index(off));
		if (err)
			return err;
	}
	for (int32_t off = low; off < high + (int32_t)size; off++) {
		struct rq_slot *slot = &frame->slots[rq_slot_index(off)];
		uint8_t *byte = &slot->bytes[byte_index(off)];

		if (zero && *byte == RQ_STACK_SPILL && rq_reg_is_null(&slot->spill)) {
			zero_used = true;
			continue;
		}
		scrub(slot);
		if (zero && *byte == RQ_STACK_ZERO)
			zero_used = true;
		else
			*byte = RQ_STACK_MISC;
	}
	return zero_used && value_regno >= 0 ? rq_mark_precise(v, (uint32_t)value_regno) : 0;
}

int rq_stack_write(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, int32_t value_regno)
{
	const struct rq_reg *ptr = &rq_regs(v)[regno];
	struct rq_frame *frame = frame_of(v, ptr);
	const struct bpf_insn *insn = rq_insn(v);
	struct rq_reg constant, *reg = NULL;
	int32_t low, high;
	int err;

	err = check_bounds(v, regno, ptr, off, size, true, &low, &high);
	if (err)
		return err;
	if (value_regno >= 0) {
		reg = &rq_regs(v)[value_regno];
	} else if (BPF_CLASS(insn->code) == BPF_ST && BPF_MODE(insn->code) == BPF_MEM) {
		rq_reg_set_const(&constant, (uint64_t)(int64_t)insn->imm);
		reg = &constant;
	}
	if (rq_value_is_const(&ptr->value))
		return write_fixed(v, frame, low, size, reg, value_regno);
	return write_variable(v, frame, low, high, size, reg, value_regno);
}

/* ---- Loads ---- */

static int bad_read(struct rq_verifier *v, int32_t off, uint32_t at, uint32_t size)
{
	return rq_reject(v, -EACCES, "invalid read from stack off %d+%u size %u", off, at, size);
}

/* Bytes that are no whole spill: zero when all are, else unknown. */
static int read_bytes(struct rq_verifier *v, const struct rq_frame *frame, int32_t off, uint32_t size, int32_t value_regno)
{
	const struct rq_slot *slot = &frame->slots[rq_slot_index(off)];
	uint32_t first = byte_index(off), zeros = 0, spilled = 0;
	struct rq_reg *to;

	for (uint32_t i = 0; i < size; i++) {
		switch (slot->bytes[first + i]) {
		case RQ_STACK_ZERO:
			zeros++;
			break;
		case RQ_STACK_SPILL:
			spilled++;
			break;
		case RQ_STACK_MISC:
		case RQ_STACK_INVALID:
			break;
		default:
			return bad_read(v, off, i, size);
		}
	}
	if (value_regno < 0)
		return 0;
	to = &rq_regs(v)[value_regno];
	if (zeros == size || (spilled == size && rq_reg_is_null(&slot->spill)))
		rq_reg_set_const(to, 0);
	else
		rq_reg_set_unknown(to);
	return 0;
}

static int read_fixed(struct rq_verifier *v, struct rq_frame *frame, int32_t off, uint32_t size, int32_t value_regno)
{
	uint32_t index = rq_slot_index(off);
	struct rq_slot *slot = &frame->slots[index];
	uint32_t spilled = spill_size(slot);
	struct rq_reg *to;
	int err;

	rq_stack_mark_read(v, frame, index, 1);
	err = rq_note_stack_access(v, frame, index);
	if (err)
		return err;
	if (!rq_slot_is_spill(slot))
		return read_bytes(v, frame, off, size, value_regno);
	if ((size != 8 || spilled != 8) && slot->spill.type != RQ_SCALAR)
		return rq_reject(v, -EACCES, "invalid size of register fill");
	if (byte_index(off) || size > spilled)
		return read_bytes(v, frame, off, size, value_regno);
	if (value_regno < 0)
		return 0;
	to = &rq_regs(v)[value_regno];
	*to = slot->spill;
	if (to->type == RQ_SCALAR && width_of(to) > size * 8) {
		to->id = 0;
		to->linked = 0;
		to->linked_off = 0;
	}
	return 0;
}

/* The bytes [low, high) are readable, as what they are or as plain bytes. */
static int check_readable(struct rq_verifier *v, struct rq_frame *frame, int32_t low, int32_t high, uint32_t regno,
			  const struct rq_reg *ptr, int32_t off, uint32_t size, bool written)
{
	char text[64];

	for (int32_t at = low; at < high; at++) {
		struct rq_slot *slot = &frame->slots[rq_slot_index(at)];
		uint8_t *byte = &slot->bytes[byte_index(at)];

		switch (*byte) {
		case RQ_STACK_SPILL:
			if (written)
				scrub(slot);
			break;
		case RQ_STACK_ZERO:
			if (written)
				*byte = RQ_STACK_MISC;
			break;
		case RQ_STACK_MISC:
		case RQ_STACK_INVALID:
			break;
		default:
			if (rq_value_is_const(&ptr->value))
				return rq_reject(v, -EACCES, "invalid read from stack R%u off %d+%d size %u", regno,
						 low, at - low, size);
			return rq_reject(v, -EACCES, "invalid read from stack R%u var_off %s+%d size %u", regno,
					 rq_bits_text(ptr->value.bits, text, sizeof(text)), at - low, size);
		}
		if (at == low || !byte_index(at))
			rq_stack_mark_read(v, frame, rq_slot_index(at), 1);
	}
	return 0;
}

int rq_stack_read(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, int32_t value_regno)
{
	const struct rq_reg *ptr = &rq_regs(v)[regno];
	struct rq_frame *frame = frame_of(v, ptr);
	int32_t low, high;
	bool zero = true;
	int err;

	err = check_bounds(v, regno, ptr, off, size, false, &low, &high);
	if (err)
		return err;
	if (rq_value_is_const(&ptr->value))
		return read_fixed(v, frame, low, size, value_regno);
	err = check_readable(v, frame, low, high + (int32_t)size, regno, ptr, off, size, false);
	if (err || value_regno < 0)
		return err;
	for (int32_t at = low; at < high + (int32_t)size; at++)
		zero = zero && frame->slots[rq_slot_index(at)].bytes[byte_index(at)] == RQ_STACK_ZERO;
	if (zero)
		rq_reg_set_const(&rq_regs(v)[value_regno], 0);
	else
		rq_reg_set_unknown(&rq_regs(v)[value_regno]);
	return 0;
}

/* docs/verifier.md, stack 6: memory of a helper, kfunc or global function on the stack. */
int rq_stack_call_range(struct rq_verifier *v, uint32_t regno, uint32_t size, int access, bool zero_allowed)
{
	const struct rq_reg *ptr = &rq_regs(v)[regno];
	struct rq_frame *frame = frame_of(v, ptr);
	bool fixed = rq_value_is_const(&ptr->value);
	int32_t low, high;
	int err;

	if (!size && !zero_allowed)
		return rq_reject(v, -EACCES, "invalid zero-sized read");
	err = check_bounds(v, regno, ptr, ptr->off, size, !(access & RQ_READ), &low, &high);
	if (err)
		return err;
	if (!size)
		return 0;
	if (!(access & RQ_WRITE_UNINIT) || !fixed) {
		err = check_readable(v, frame, low, high + (int32_t)size, regno, ptr, ptr->off, size, access != RQ_READ);
		if (err || !(access & (RQ_WRITE | RQ_WRITE_UNINIT)))
			return err;
	}
	/* What is there may have been overwritten. */
	for (int32_t at = low; at < high + (int32_t)size; at++) {
		struct rq_slot *slot = &frame->slots[rq_slot_index(at)];

		if (at == low || !byte_index(at)) {
			for (int i = 0; i < 8; i++)
				if (slot->bytes[i] == RQ_STACK_DYNPTR && (access & RQ_WRITE_UNINIT))
					return rq_reject(v, -EACCES,
							 "potential write to dynptr at off=%d disallowed", at);
			err = rq_stack_object_overwritten(v, frame, rq_slot_index(at));
			if (err)
				return err;
			if (fixed && !byte_index(at) && at + 8 <= low + (int32_t)size && access & RQ_WRITE_UNINIT)
				rq_stack_mark_written(v, frame, rq_slot_index(at), 1);
			scrub(slot);
		}
		slot->bytes[byte_index(at)] = RQ_STACK_MISC;
	}
	return 0;
}

int rq_stack_object_slots(struct rq_verifier *v, const struct rq_reg *reg, const char *what, uint32_t count,
			  struct rq_frame **frame, uint32_t *index)
{
	int32_t off;

	/* docs/verifier.md, stack 7: an object on the stack is at a constant, 8-aligned offset, whole. */
	if (!rq_value_is_const(&reg->value)) {
		rq_say(v, "%s has to be at a constant offset", what);
		return -EINVAL;
	}
	off = (int32_t)((uint32_t)reg->off + (uint32_t)reg->value.bits.value);
	if (!off)
		return -ERANGE;
	if (off % 8 || off > 0) {
		rq_say(v, "cannot pass in %s at an offset=%d", what, off);
		return -EINVAL;
	}
	*frame = frame_of(v, reg);
	*index = rq_slot_index(off);
	if (*index + 1 < count) {
		rq_say(v, "cannot pass in %s at an offset=%d", what, off);
		return -EINVAL;
	}
	return *index < (*frame)->slot_count ? 0 : -ERANGE;
}
