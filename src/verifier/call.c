/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls: which function, may it be called here, local calls. docs/verifier.md, "Calls". Helpers are in helper.c, kfuncs in
 * kfunc.c, callbacks in callback.c, the way back in exit.c.
 */
#include <errno.h>

#include "verifier/calls.h"

static bool is_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL);
}

static uint32_t local_target(uint32_t at, const struct bpf_insn *insn)
{
	return at + (uint32_t)insn->imm + 1;
}

/* ---- Before the walk ---- */

static int resolve_kfunc(struct rq_verifier *v, uint32_t at, const struct bpf_insn *insn)
{
	const struct btf_type *type;
	const char *name;

	/* calls 3 */
	if (!v->prog->gpl)
		return rq_reject(v, -EINVAL, "cannot call kernel function from non-GPL compatible program");
	if (!v->prog->kernel_btf)
		return rq_reject(v, -EINVAL, "calling kernel function is not supported without CONFIG_DEBUG_INFO_BTF");
	if (!insn->imm && !insn->off)
		return 0; /* a weak kfunc that is not there: only reaching it is wrong */
	type = insn->off ? NULL : btf__type_by_id(v->prog->kernel_btf->types, insn->imm);
	if (!type || !btf_is_func(type))
		return rq_reject(v, -EINVAL, "kernel btf_id %d is not a function", insn->imm);
	name = rq_btf_name(v->prog->kernel_btf, insn->imm);
	v->aux[at].func = rq_func_kfunc(name);
	if (v->aux[at].func && !rq_since(v, v->aux[at].func->since))
		v->aux[at].func = NULL;
	return 0;
}

static void note_summary(struct rq_verifier *v, uint32_t at, const struct rq_func *func)
{
	struct rq_subprog_info *info = &v->subprogs[rq_subprog_of(v, at)];

	if (func->flags & RQ_KF_SLEEPABLE)
		info->might_sleep = true;
	if (func->flags & RQ_FUNC_CHANGES_PACKET)
		info->changes_packet = true;
	if (func->flags & RQ_FUNC_NO_RETURN)
		info->may_throw = true;
	if (func->duty == RQ_DUTY_TAIL_CALL)
		info->has_tail_call = true;
	v->aux[at].calls_callback = rq_calls_back(func);
	if (func->flags & RQ_KF_ITER_NEXT)
		v->aux[at].force_checkpoint = v->aux[at].prune_point = true;
}

/* What a callee does, its caller does: until nothing changes. */
static void spread_summaries(struct rq_verifier *v)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (uint32_t at = 0; at < v->prog->insn_count; at++) {
			const struct bpf_insn *insn = &v->prog->insns[at];
			struct rq_subprog_info *caller, *callee;
			int target;

			if (rq_insn_is_wide(insn)) {
				at++;
				continue;
			}
			if (!is_call(insn) || insn->src_reg != BPF_PSEUDO_CALL)
				continue;
			target = rq_subprog_starting_at(v, local_target(at, insn));
			if (target < 0)
				continue;
			caller = &v->subprogs[rq_subprog_of(v, at)];
			callee = &v->subprogs[target];
			if ((callee->might_sleep && !caller->might_sleep) ||
			    (callee->changes_packet && !caller->changes_packet) ||
			    (callee->may_throw && !caller->may_throw)) {
				caller->might_sleep |= callee->might_sleep;
				caller->changes_packet |= callee->changes_packet;
				caller->may_throw |= callee->may_throw;
				changed = true;
			}
		}
	}
}

int rq_resolve_calls(struct rq_verifier *v)
{
	int error;

	for (uint32_t at = 0; at < v->prog->insn_count; at++) {
		const struct bpf_insn *insn = &v->prog->insns[at];

		if (rq_insn_is_wide(insn)) {
			at++;
			continue;
		}
		if (!is_call(insn))
			continue;
		v->insn = at;
		if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL) {
			error = resolve_kfunc(v, at, insn);
			if (error)
				return error;
		} else if (!insn->src_reg) {
			v->aux[at].func = rq_func_helper(insn->imm);
		}
		if (v->aux[at].func)
			note_summary(v, at, v->aux[at].func);
	}
	spread_summaries(v);
	for (uint32_t i = 0; i < v->prog->subprog_count; i++)
		v->prog->subprogs[i].might_sleep = v->subprogs[i].might_sleep;
	return rq_check_maps(v);
}

/* ---- After it ---- */

int rq_note_calls(struct rq_verifier *v)
{
	for (uint32_t at = 0; at < v->prog->insn_count; at++) {
		const struct bpf_insn *insn = &v->prog->insns[at];
		const struct rq_insn_aux *aux = &v->aux[at];
		struct rq_insn_note *note = &v->prog->notes[at];

		if (rq_insn_is_wide(insn)) {
			at++;
			continue;
		}
		if (!is_call(insn) || !aux->seen)
			continue;
		if (insn->src_reg == BPF_PSEUDO_CALL) {
			note->kind = RQ_NOTE_LOCAL_CALL;
			note->target = local_target(at, insn);
			continue;
		}
		note->kind = insn->src_reg == BPF_PSEUDO_KFUNC_CALL ? RQ_NOTE_KFUNC : RQ_NOTE_HELPER;
		note->func = aux->func;
		note->meta = aux->meta;
		note->extra2 = aux->extra;
	}
	return 0;
}

/* ---- Local calls ---- */

static int check_argument(struct rq_verifier *v, const struct rq_subprog_arg *arg, uint32_t regno)
{
	struct rq_reg *reg = &rq_regs(v)[regno];
	struct rq_call call = { 0 };
	int error;

	switch (arg->kind) {
	case RQ_SUBPROG_ARG_SCALAR:
		if (reg->type != RQ_SCALAR)
			return rq_reject(v, -EINVAL, "R%u is not a scalar", regno);
		return 0;
	case RQ_SUBPROG_ARG_CTX:
		error = rq_check_argument_offset(v, reg, regno, false, false);
		if (error)
			return error;
		if (reg->type != RQ_PTR_TO_CTX)
			return rq_reject(v, -EINVAL, "arg#%u expected pointer to ctx", regno - 1);
		return 0;
	case RQ_SUBPROG_ARG_MEM:
		if (arg->untrusted)
			return 0; /* read with care, whatever it is */
		error = rq_check_argument_offset(v, reg, regno, false, false);
		if (!error && !rq_reg_is_null(reg)) {
			bool maybe_null = rq_reg_is_pointer(reg) && (reg->flags & RQ_PTR_MAYBE_NULL);

			if (maybe_null)
				reg->flags &= ~RQ_PTR_MAYBE_NULL;
			error = rq_check_call_mem(v, regno, arg->mem_size, RQ_READ | RQ_WRITE, true);
			if (maybe_null)
				reg->flags |= RQ_PTR_MAYBE_NULL;
		}
		if (error)
			return error;
		if (!arg->nullable &&
		    (rq_reg_is_null(reg) || (rq_reg_is_pointer(reg) && (reg->flags & RQ_PTR_MAYBE_NULL))))
			return rq_reject(v, -EINVAL, "arg#%u is expected to be non-NULL", regno - 1);
		return 0;
	case RQ_SUBPROG_ARG_ARENA:
		if (reg->type != RQ_PTR_TO_ARENA && reg->type != RQ_SCALAR)
			return rq_reject(v, -EINVAL, "R%u is not a pointer to arena or scalar.", regno);
		return 0;
	case RQ_SUBPROG_ARG_DYNPTR:
		error = rq_check_argument_offset(v, reg, regno, false, true);
		return error ? error : rq_check_dynptr_argument(v, &call, regno, RQ_DYNPTR_ARG_RDONLY);
	case RQ_SUBPROG_ARG_BTF_ID:
		if (arg->untrusted || (rq_reg_is_null(reg) && arg->nullable))
			return 0;
		return rq_check_btf_argument(v, regno, arg->btf_id, arg->nullable, arg->trusted);
	}
	return rq_unsupported(v, "argument of a global function");
}

/* calls 6 */
int rq_check_subprog_arguments(struct rq_verifier *v, uint32_t subprog)
{
	const struct rq_subprog_info *info = &v->subprogs[subprog];
	int error = rq_subprog_prepare_args(v, subprog);

	if (error)
		return error;
	for (uint32_t i = 0; i < info->arg_count; i++) {
		error = check_argument(v, &info->args[i], i + 1);
		if (error)
			return error;
	}
	return 0;
}

static void clobber_caller_saved(struct rq_verifier *v)
{
	rq_reg_set_not_init(&rq_regs(v)[0]);
	rq_clobber_args(v);
}

/* calls 5: a global function is judged by its prototype here and on its own later, so nothing of the caller's reaches it. */
static int call_global(struct rq_verifier *v, uint32_t subprog)
{
	const struct rq_state *state = v->state;
	const char *name = v->prog->subprogs[subprog].name;
	int error;

	if (state->active_locks) {
		rq_say(v, "global function calls are not allowed while holding a lock,");
		return rq_reject(v, -EINVAL, "use static function instead");
	}
	if (v->subprogs[subprog].might_sleep && (state->active_rcu_locks || state->active_preempt_locks ||
						 state->active_irq_id || !state->sleepable)) {
		rq_say(v, "global functions that may sleep are not allowed in non-sleepable context,");
		rq_say(v, "i.e., in a RCU/IRQ/preempt-disabled section, or in");
		return rq_reject(v, -EINVAL, "a non-sleepable BPF program context");
	}
	error = rq_check_subprog_arguments(v, subprog);
	if (error == -ENOMEM)
		return error;
	if (error)
		return rq_reject(v, error, "Caller passes invalid args into func#%u ('%s')", subprog, name);
	if (v->log && (v->log->level & 3))
		rq_say(v, "Func#%u ('%s') is global and assumed valid.", subprog, name);
	if (v->subprogs[subprog].changes_packet)
		rq_invalidate_packet_pointers(v);
	v->subprogs[subprog].reachable_global = true;
	clobber_caller_saved(v);
	rq_reg_set_unknown(&rq_regs(v)[0]);
	return 0;
}

static int check_local_call(struct rq_verifier *v, const struct bpf_insn *insn)
{
	uint32_t target = local_target(v->insn, insn);
	int subprog = rq_subprog_starting_at(v, target);
	struct rq_frame *caller = rq_frame(v);
	int error;

	if (subprog < 0)
		return rq_reject(v, -EFAULT, "verifier bug: no subprogram starts at insn %u", target);
	if (v->subprogs[subprog].global)
		return call_global(v, subprog);
	error = rq_frame_push(v, v->state, v->insn, subprog);
	if (error)
		return error;
	for (unsigned int i = 1; i <= 5; i++)
		rq_regs(v)[i] = caller->regs[i];
	for (unsigned int i = 0; i <= 5; i++)
		rq_reg_set_not_init(&caller->regs[i]);
	v->next = target;
	if (v->log && (v->log->level & 3)) {
		rq_say(v, "caller:");
		rq_print_state(v, v->state, caller->number, true);
		rq_say(v, "callee:");
		rq_print_state(v, v->state, caller->number + 1, true);
	}
	return 0;
}

/* ---- One call ---- */

int rq_check_call(struct rq_verifier *v, const struct bpf_insn *insn)
{
	const struct rq_func *func = v->aux[v->insn].func;

	/* calls 1 */
	if (v->state->active_locks && insn->src_reg != BPF_PSEUDO_CALL && !(func && (func->flags & RQ_FUNC_UNDER_LOCK)))
		return rq_reject(v, -EINVAL, "function calls are not allowed while holding a lock");
	if (insn->src_reg == BPF_PSEUDO_CALL)
		return check_local_call(v, insn);
	if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL)
		return rq_check_kfunc_call(v, insn);
	return rq_check_helper_call(v, insn);
}
