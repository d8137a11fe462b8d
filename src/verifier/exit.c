/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways out of a frame: docs/verifier.md, "Exits". */
#include <errno.h>
#include <stdio.h>

#include "verifier/calls.h"

int rq_reject_range(struct rq_verifier *v, const struct rq_reg *reg, int64_t min, int64_t max, const char *where,
		    const char *name)
{
	char known[96] = " unknown scalar value";
	int length = 0;

	if (reg->value.smin > INT64_MIN)
		length += snprintf(known, sizeof(known), " smin=%lld", (long long)reg->value.smin);
	if (reg->value.smax < INT64_MAX)
		snprintf(known + length, sizeof(known) - length, " smax=%lld", (long long)reg->value.smax);
	return rq_reject(v, -EINVAL, "%s the register %s has%s should have been in [%lld, %lld]", where, name, known,
			 (long long)min, (long long)max);
}

static bool in_range(const struct rq_reg *reg, int64_t min, int64_t max)
{
	return reg->value.smin >= min && reg->value.smax <= max;
}

/* exits 5: of a hook's result only the low half counts, since hooks return an int. */
static bool low_half_in_range(const struct rq_reg *reg, int64_t min, int64_t max)
{
	return reg->value.s32_min >= min && reg->value.s32_max <= max;
}

/* exits 5: such programs need not set r0. */
static bool returns_nothing(const struct rq_prog *prog)
{
	bool is_hook = prog->type->type == BPF_PROG_TYPE_LSM && prog->expected_attach_type == BPF_LSM_MAC;

	return (is_hook || prog->type->type == BPF_PROG_TYPE_STRUCT_OPS) && rq_prog_returns_nothing(prog);
}

/* exits 3 */
int rq_check_return_value(struct rq_verifier *v, uint32_t regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	const struct rq_frame *frame = rq_frame(v);
	const char *where = "At program exit";
	char name[8];
	bool of_program = !frame->in_async_callback && !frame->subprog, fits;
	int64_t min, max;
	int error;

	if (of_program && returns_nothing(v->prog))
		return 0;
	error = rq_check_reg_read(v, regno);
	if (error)
		return error;
	snprintf(name, sizeof(name), "R%u", regno);
	if (frame->in_async_callback) {
		where = "At async callback return";
		min = frame->return_min;
		max = frame->return_max;
	} else if (frame->subprog) {
		if (reg->type != RQ_SCALAR)
			return rq_reject(v, -EINVAL, "At subprogram exit the register %s is not a scalar value (%s)",
					 name, rq_reg_name(v, reg));
		return 0;
	} else {
		rq_prog_return_range(v->prog, &min, &max);
	}
	if (min == INT64_MIN && max == INT64_MAX)
		return 0;
	if (reg->type != RQ_SCALAR)
		return rq_reject(v, -EINVAL, "%s the register %s is not a known value (%s)", where, name,
				 rq_reg_name(v, reg));
	error = rq_mark_precise(v, regno);
	if (error)
		return error;
	fits = of_program && v->prog->type->type == BPF_PROG_TYPE_LSM ? low_half_in_range(reg, min, max) :
									in_range(reg, min, max);
	return fits ? 0 : rq_reject_range(v, reg, min, max, where, name);
}

/* exits 2 */
static int leave_frame(struct rq_verifier *v)
{
	struct rq_frame *callee = rq_frame(v), *caller = v->state->frames[v->state->current - 1];
	struct rq_reg result = callee->regs[0];
	uint32_t call_site = callee->call_site;
	bool callback = callee->in_callback;
	int error;

	if (result.type == RQ_PTR_TO_STACK)
		return rq_reject(v, -EINVAL, "cannot return stack pointer to the caller");
	if (callback) {
		if (result.type != RQ_SCALAR)
			return rq_reject(v, -EACCES, "R0 not a scalar value");
		error = rq_mark_precise(v, 0);
		if (error)
			return error;
		if (!in_range(&result, callee->return_min, callee->return_max))
			return rq_reject_range(v, &result, callee->return_min, callee->return_max, "At callback return",
					       "R0");
	} else {
		caller->regs[0] = result;
	}
	rq_frame_pop(v, v->state);
	/* A callback returns to the call itself, which then ends or calls it again: two paths, until nothing new happens. */
	v->next = callback ? call_site : call_site + 1;
	if (v->log && (v->log->level & 3)) {
		rq_say(v, "returning from callee:");
		rq_print_state(v, v->state, caller->number, true);
		rq_say(v, "to caller at %u:", v->next);
	}
	if (callback) {
		const struct rq_state *before = rq_previous_entry(v->state, call_site);

		if (before)
			rq_widen_scalars(v, before, v->state);
	}
	return 0;
}

/* exits 1 */
int rq_check_exit(struct rq_verifier *v)
{
	int error = rq_check_leaving(v, "BPF_EXIT instruction in main prog", false, !v->state->current);

	if (error)
		return error;
	if (v->state->current)
		return leave_frame(v);
	error = rq_check_return_value(v, 0);
	if (!error)
		v->path = RQ_PATH_DONE;
	return error;
}
