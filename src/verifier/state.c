/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * States: registers, frames, copies, pending branches. Memory is bounded: branches that wait and checkpoints are accounted
 * for. Rules: docs/verifier.md, "the walk" and "registers".
 */
#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "verifier/internal.h"

struct rq_state *rq_state_new(struct rq_verifier *v)
{
	struct rq_state *state = v->free_list;

	if (!state)
		return rq_alloc(1, sizeof(*state));
	v->free_list = state->next;
	memset(state, 0, sizeof(*state));
	return state;
}

static void frame_free(struct rq_frame *frame)
{
	if (!frame)
		return;
	rq_free(frame->slots);
	rq_free(frame);
}

static void state_clear(struct rq_state *state)
{
	for (uint32_t i = 0; i < RQ_FRAMES_MAX; i++) {
		frame_free(state->frames[i]);
		state->frames[i] = NULL;
	}
	rq_free(state->refs);
	rq_free(state->steps);
	state->refs = NULL;
	state->steps = NULL;
	state->ref_room = state->step_room = 0;
}

void rq_state_free(struct rq_verifier *v, struct rq_state *state)
{
	if (!state)
		return;
	state_clear(state);
	v->state_bytes -= state->bytes;
	state->bytes = 0;
	state->next = v->free_list;
	v->free_list = state;
}

/* docs/verifier.md, the walk 1. */
int rq_state_account(struct rq_verifier *v, struct rq_state *state)
{
	uint64_t max = v->options->memory_max ? v->options->memory_max : RQ_VERIFY_MEMORY_MAX;
	uint64_t bytes = sizeof(*state) + state->ref_room * sizeof(*state->refs) + state->step_room * sizeof(*state->steps);

	for (uint32_t i = 0; i <= state->current; i++)
		bytes += sizeof(struct rq_frame) + state->frames[i]->slot_room * sizeof(struct rq_slot);
	v->state_bytes += bytes - state->bytes;
	state->bytes = bytes;
	if (v->state_bytes > max)
		return rq_reject(v, -ENOMEM, "the states of this program take more than %llu MiB of memory",
				 (unsigned long long)(max >> 20));
	return 0;
}

int rq_frame_grow(struct rq_frame *frame, uint32_t slots)
{
	struct rq_slot *grown;
	uint32_t room = frame->slot_room ? frame->slot_room : 4;

	if (slots <= frame->slot_count)
		return 0;
	if (slots > RQ_SLOTS_MAX)
		return -EINVAL;
	if (slots > frame->slot_room) {
		while (room < slots)
			room *= 2;
		grown = rq_realloc(frame->slots, room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		frame->slots = grown;
		frame->slot_room = room;
	}
	memset(frame->slots + frame->slot_count, 0, (slots - frame->slot_count) * sizeof(*frame->slots));
	frame->slot_count = slots;
	return 0;
}

/* Into @to, which is empty or holds an older copy whose memory serves again. */
static int frame_copy(struct rq_frame **to, const struct rq_frame *from)
{
	struct rq_frame *copy = *to;
	struct rq_slot *slots;
	uint32_t room;

	if (!copy) {
		copy = rq_alloc(1, sizeof(*copy));
		if (!copy)
			return -ENOMEM;
		*to = copy;
	}
	slots = copy->slots;
	room = copy->slot_room;
	if (from->slot_count > room) {
		slots = rq_realloc(slots, from->slot_count, sizeof(*slots));
		if (!slots)
			return -ENOMEM;
		room = from->slot_count;
	}
	*copy = *from;
	copy->slots = slots;
	copy->slot_room = room;
	if (from->slot_count)
		memcpy(slots, from->slots, from->slot_count * sizeof(*slots));
	return 0;
}

int rq_state_copy(struct rq_verifier *v, struct rq_state *to, const struct rq_state *from)
{
	struct rq_reference *refs = to->refs;
	struct rq_step *steps = to->steps;
	uint32_t ref_room = to->ref_room, step_room = to->step_room;
	struct rq_frame *frames[RQ_FRAMES_MAX];
	uint64_t bytes = to->bytes;
	int err;

	if (from->ref_count > ref_room) {
		refs = rq_realloc(refs, from->ref_count, sizeof(*refs));
		if (!refs)
			return -ENOMEM;
		to->refs = refs;
		to->ref_room = ref_room = from->ref_count;
	}
	if (from->step_count > step_room) {
		steps = rq_realloc(steps, from->step_count, sizeof(*steps));
		if (!steps)
			return -ENOMEM;
		to->steps = steps;
		to->step_room = step_room = from->step_count;
	}
	for (uint32_t i = 0; i < RQ_FRAMES_MAX; i++) {
		if (i > from->current) {
			frame_free(to->frames[i]);
			to->frames[i] = NULL;
			continue;
		}
		err = frame_copy(&to->frames[i], from->frames[i]);
		if (err)
			return err;
	}
	memcpy(frames, to->frames, sizeof(frames));
	*to = *from;
	memcpy(to->frames, frames, sizeof(frames));
	to->refs = refs;
	to->ref_room = ref_room;
	to->steps = steps;
	to->step_room = step_room;
	if (from->ref_count)
		memcpy(refs, from->refs, from->ref_count * sizeof(*refs));
	if (from->step_count)
		memcpy(steps, from->steps, from->step_count * sizeof(*steps));
	to->bytes = bytes;
	to->next = NULL;
	to->miss_count = to->hit_count = 0;
	to->in_open_loop = false;
	return 0;
}

int rq_frame_push(struct rq_verifier *v, struct rq_state *state, uint32_t call_site, uint32_t subprog)
{
	uint32_t number = state->frames[0] ? state->current + 1 : 0;
	struct rq_frame *frame;

	if (number >= RQ_FRAMES_MAX) {
		rq_reject(v, -E2BIG, "the call stack of %u frames is too deep", number + 1);
		return -E2BIG;
	}
	frame = rq_alloc(1, sizeof(*frame));
	if (!frame)
		return -ENOMEM;
	for (uint32_t i = 0; i < RQ_REGS; i++)
		rq_reg_set_not_init(&frame->regs[i]);
	rq_reg_set_pointer(&frame->regs[BPF_REG_10], RQ_PTR_TO_STACK, 0);
	frame->regs[BPF_REG_10].frame = number;
	frame->call_site = call_site;
	frame->subprog = subprog;
	frame->number = number;
	/* Nothing that is read here was there when an earlier checkpoint was made. */
	frame->slots_written = UINT64_MAX;
	frame->return_min = INT64_MIN;
	frame->return_max = INT64_MAX;
	state->frames[number] = frame;
	state->current = number;
	return 0;
}

void rq_frame_pop(struct rq_verifier *v, struct rq_state *state)
{
	frame_free(state->frames[state->current]);
	state->frames[state->current] = NULL;
	if (state->current)
		state->current--;
}

static int push_pending(struct rq_verifier *v, struct rq_state *branch, uint32_t insn)
{
	branch->insn = insn;
	branch->last_insn = v->insn;
	branch->log_position = v->log ? v->log->end : 0;
	branch->log_line_open = v->line_open;
	branch->next = v->pending;
	v->pending = branch;
	v->pending_count++;
	if (v->pending_count > RQ_STATE_BRANCHES_MAX)
		return rq_reject(v, -E2BIG, "The sequence of %u jumps is too complex.", v->pending_count);
	return rq_state_account(v, branch);
}

int rq_push_branch(struct rq_verifier *v, uint32_t insn, struct rq_state **branch)
{
	struct rq_state *copy = rq_state_new(v);
	int err;

	if (!copy)
		return -ENOMEM;
	err = rq_state_copy(v, copy, v->state);
	if (err) {
		rq_state_free(v, copy);
		return err;
	}
	if (copy->parent)
		copy->parent->branches++;
	if (branch)
		*branch = copy;
	return push_pending(v, copy, insn);
}

int rq_push_async(struct rq_verifier *v, uint32_t subprog, bool sleepable, struct rq_state **branch)
{
	struct rq_state *state = rq_state_new(v);
	int err;

	if (!state)
		return -ENOMEM;
	err = rq_frame_push(v, state, RQ_NO_INSN, subprog);
	if (err) {
		rq_state_free(v, state);
		return err;
	}
	state->branches = 1;
	state->sleepable = sleepable;
	state->first_insn = v->prog->subprogs[subprog].start;
	*branch = state;
	return push_pending(v, state, v->prog->subprogs[subprog].start);
}

/* ---- Registers ---- */

void rq_reg_set_not_init(struct rq_reg *reg)
{
	*reg = (struct rq_reg){ .type = RQ_NOT_INIT, .value = rq_value_unknown() };
}

void rq_reg_set_unknown(struct rq_reg *reg)
{
	*reg = (struct rq_reg){ .type = RQ_SCALAR, .value = rq_value_unknown() };
}

void rq_reg_set_const(struct rq_reg *reg, uint64_t value)
{
	*reg = (struct rq_reg){ .type = RQ_SCALAR, .value = rq_value_const(value) };
}

void rq_reg_set_pointer(struct rq_reg *reg, enum rq_reg_type type, uint16_t flags)
{
	*reg = (struct rq_reg){ .type = type, .flags = flags, .value = rq_value_const(0) };
}

void rq_reg_set_btf(struct rq_reg *reg, uint16_t flags, const struct rq_btf *btf, uint32_t btf_id)
{
	rq_reg_set_pointer(reg, RQ_PTR_TO_BTF_ID, flags);
	reg->btf = btf;
	reg->btf_id = btf_id;
}

void rq_reg_mark_not_null(struct rq_reg *reg)
{
	const struct rq_map *map = reg->map;

	reg->flags &= ~RQ_PTR_MAYBE_NULL;
	if (reg->type != RQ_PTR_TO_MAP_VALUE || !map)
		return;
	switch (map->ops->type) {
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		/* Each lookup may give another map: what is found in it is told apart by the id of this lookup. */
		reg->type = RQ_CONST_PTR_TO_MAP;
		reg->map = map->inner;
		reg->map_uid = reg->id;
		break;
	case BPF_MAP_TYPE_XSKMAP:
		reg->type = RQ_PTR_TO_XDP_SOCK;
		break;
	case BPF_MAP_TYPE_SOCKMAP:
	case BPF_MAP_TYPE_SOCKHASH:
		reg->type = RQ_PTR_TO_SOCKET;
		break;
	default:
		break;
	}
}

void rq_clobber_args(struct rq_verifier *v)
{
	struct rq_reg *regs = rq_regs(v);

	for (int i = BPF_REG_1; i <= BPF_REG_5; i++)
		rq_reg_set_not_init(&regs[i]);
}

/* docs/verifier.md, registers 1: a register is written before it is read. */
int rq_check_reg_read(struct rq_verifier *v, uint32_t regno)
{
	if (regno >= RQ_REGS)
		return rq_reject(v, -EINVAL, "R%u is invalid", regno);
	if (rq_regs(v)[regno].type == RQ_NOT_INIT)
		return rq_reject(v, -EACCES, "R%u !read_ok", regno);
	return 0;
}

/* docs/verifier.md, registers 2: r10 is never written. */
int rq_check_reg_write(struct rq_verifier *v, uint32_t regno)
{
	if (regno >= RQ_REGS)
		return rq_reject(v, -EINVAL, "R%u is invalid", regno);
	if (regno == BPF_REG_10)
		return rq_reject(v, -EACCES, "frame pointer is read only");
	return 0;
}

struct rq_reg *rq_reg_walk_next(struct rq_reg_walk *walk)
{
	for (; walk->frame <= walk->state->current; walk->frame++, walk->index = 0) {
		struct rq_frame *frame = walk->state->frames[walk->frame];

		if (walk->index < RQ_REGS)
			return &frame->regs[walk->index++];
		while (walk->index - RQ_REGS < frame->slot_count) {
			struct rq_slot *slot = &frame->slots[walk->index++ - RQ_REGS];

			if (rq_slot_is_spill(slot))
				return &slot->spill;
		}
	}
	return NULL;
}
