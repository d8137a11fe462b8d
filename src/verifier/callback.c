/* SPDX-License-Identifier: BSD-2-Clause */
/* Functions of the program that a helper or kfunc calls back: docs/verifier.md, "Callbacks". */
#include <errno.h>

#include "verifier/calls.h"

/* Who calls back: with which arguments, when, and what the callback may return. */
struct callback_kind {
	enum rq_duty duty;
	bool async;           /* later, as a program of its own */
	int64_t return_max;   /* of 0 .. */
	int (*arguments)(struct rq_verifier *v, const struct rq_call *call, const struct rq_frame *caller,
			 struct rq_frame *callee);
};

/* (u32 index, void *ctx) */
static int loop_arguments(struct rq_verifier *v, const struct rq_call *call, const struct rq_frame *caller,
			  struct rq_frame *callee)
{
	rq_reg_set_unknown(&callee->regs[1]);
	callee->regs[2] = caller->regs[3];
	return 0;
}

static void set_element(const struct rq_map *map, uint32_t map_uid, struct rq_reg *regs)
{
	rq_reg_set_pointer(&regs[1], RQ_CONST_PTR_TO_MAP, 0);
	rq_reg_set_pointer(&regs[2], RQ_PTR_TO_MAP_KEY, 0);
	rq_reg_set_pointer(&regs[3], RQ_PTR_TO_MAP_VALUE, 0);
	for (unsigned int i = 1; i <= 3; i++) {
		regs[i].map = map;
		regs[i].map_uid = map_uid;
	}
}

/* (struct bpf_map *map, void *key, void *value, void *ctx) */
static int each_arguments(struct rq_verifier *v, const struct rq_call *call, const struct rq_frame *caller,
			  struct rq_frame *callee)
{
	if (!call->map->ops->for_each)
		return rq_reject(v, -ENOTSUP, "callback function not allowed for map");
	set_element(call->map, 0, callee->regs);
	callee->regs[4] = caller->regs[3];
	return 0;
}

/* (struct bpf_map *map, void *key, void *value), of the map that holds the timer */
static int timer_arguments(struct rq_verifier *v, const struct rq_call *call, const struct rq_frame *caller,
			   struct rq_frame *callee)
{
	set_element(caller->regs[1].map, caller->regs[1].map_uid, callee->regs);
	return 0;
}

/* (struct task_struct *task, struct vm_area_struct *vma, void *ctx) */
static int vma_arguments(struct rq_verifier *v, const struct rq_call *call, const struct rq_frame *caller,
			 struct rq_frame *callee)
{
	int32_t vma = rq_kernel_struct(v, "vm_area_struct");

	if (vma < 0)
		return rq_unsupported(v, "bpf_find_vma() without struct vm_area_struct in the kernel BTF");
	callee->regs[1] = caller->regs[1];
	rq_reg_set_btf(&callee->regs[2], 0, v->prog->kernel_btf, vma);
	callee->regs[3] = caller->regs[4];
	return 0;
}

/* (struct bpf_rb_node *a, const struct bpf_rb_node *b): graphs 4 */
static int less_arguments(struct rq_verifier *v, const struct rq_call *call, const struct rq_frame *caller,
			  struct rq_frame *callee)
{
	for (unsigned int i = 1; i <= 2; i++) {
		rq_reg_set_graph_node(&callee->regs[i], call->root);
		rq_reg_set_non_owning(&callee->regs[i]);
	}
	return 0;
}

/* (struct bpf_dynptr *sample, void *ctx) */
static int drain_arguments(struct rq_verifier *v, const struct rq_call *call, const struct rq_frame *caller,
			   struct rq_frame *callee)
{
	rq_reg_set_const_dynptr(v, &callee->regs[1]);
	callee->regs[2] = caller->regs[3];
	return 0;
}

static const struct callback_kind kinds[] = {
	{ RQ_DUTY_LOOP, false, 1, loop_arguments },
	{ RQ_DUTY_FOR_EACH_MAP_ELEM, false, 1, each_arguments },
	{ RQ_DUTY_FIND_VMA, false, 1, vma_arguments },
	{ RQ_DUTY_USER_RINGBUF_DRAIN, false, 1, drain_arguments },
	{ RQ_DUTY_RBTREE_ADD, false, 1, less_arguments },
	{ RQ_DUTY_TIMER_SET_CALLBACK, true, 0, timer_arguments },
	{ RQ_DUTY_WQ_SET_CALLBACK, true, INT64_MAX, timer_arguments },
};

static const struct callback_kind *kind_of(enum rq_duty duty)
{
	for (unsigned int i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].duty == duty)
			return &kinds[i];
	return NULL;
}

bool rq_calls_back(const struct rq_func *func)
{
	const struct callback_kind *kind = kind_of(func->duty);

	return kind && !kind->async;
}

static void set_range(const struct callback_kind *kind, struct rq_frame *callee)
{
	callee->return_min = kind->return_max == INT64_MAX ? INT64_MIN : 0;
	callee->return_max = kind->return_max;
}

/* callbacks 3 */
static int walk_later(struct rq_verifier *v, const struct rq_call *call, const struct callback_kind *kind)
{
	bool sleepable = call->func->duty == RQ_DUTY_WQ_SET_CALLBACK;
	const struct rq_frame *caller = rq_frame(v);
	struct rq_state *branch;
	struct rq_frame *callee;
	int error;

	error = rq_push_async(v, call->subprog, sleepable, &branch);
	if (error)
		return error;
	callee = branch->frames[0];
	callee->async_entry_count = caller->async_entry_count + 1;
	callee->in_async_callback = true;
	set_range(kind, callee);
	v->subprogs[call->subprog].async_callback = true;
	v->prog->subprogs[call->subprog].async_callback = true;
	return kind->arguments(v, call, caller, callee);
}

/*
 * callbacks 1: the callback is entered on a path of its own, which comes back to the calling instruction; going on behind
 * it is the case that the callback does not run (again). So any number of calls is covered once states repeat.
 */
static int walk_now(struct rq_verifier *v, const struct rq_call *call, const struct callback_kind *kind)
{
	struct rq_frame *caller = rq_frame(v), *callee;
	struct rq_state *branch;
	int error;

	error = rq_push_branch(v, v->prog->subprogs[call->subprog].start, &branch);
	if (error)
		return error;
	error = rq_frame_push(v, branch, v->insn, call->subprog);
	if (error)
		return error;
	callee = branch->frames[branch->current];
	callee->in_callback = true;
	set_range(kind, callee);
	error = kind->arguments(v, call, branch->frames[branch->current - 1], callee);
	if (error)
		return error;
	/* The caller's arguments stay: the callback comes back to the call. */
	branch->callback_unroll_depth++;
	branch->frames[branch->current - 1]->callback_depth++;
	caller->callback_depth = 0;
	return 0;
}

int rq_check_callback(struct rq_verifier *v, const struct rq_call *call)
{
	const struct callback_kind *kind = kind_of(call->func->duty);
	const struct rq_reg *count = &rq_regs(v)[1];
	int error;

	if (!kind || !call->has_subprog)
		return rq_unsupported(v, "callback of this function");
	v->subprogs[call->subprog].callback = true;
	if (kind->async)
		return walk_later(v, call, kind);
	if (call->func->duty == RQ_DUTY_LOOP) {
		/* callbacks 2: bpf_loop() with a known count calls no more than that often. */
		error = rq_mark_precise(v, 1);
		if (error)
			return error;
		if (rq_frame(v)->callback_depth >= count->value.umax) {
			rq_frame(v)->callback_depth = 0;
			if (v->log && (v->log->level & 2))
				rq_say(v, "frame%u bpf_loop iteration limit reached", v->state->current);
			return 0;
		}
	}
	return walk_now(v, call, kind);
}

static bool throws(const struct rq_verifier *v, uint32_t insn)
{
	return v->aux[insn].func && v->aux[insn].func->duty == RQ_DUTY_THROW;
}

/* callbacks 4: whoever calls back can't be unwound, so nothing that a callback reaches may throw. */
int rq_check_throws(struct rq_verifier *v)
{
	const struct rq_prog *prog = v->prog;
	bool changed = true, within[RQ_SUBPROGS_MAX] = { false };

	for (uint32_t i = 0; i < prog->subprog_count && i < RQ_SUBPROGS_MAX; i++)
		within[i] = v->subprogs[i].callback;
	while (changed) {
		changed = false;
		for (uint32_t at = 0; at < prog->insn_count; at++) {
			const struct bpf_insn *insn = &prog->insns[at];
			int callee;

			if (insn->code != (BPF_JMP | BPF_CALL) || insn->src_reg != BPF_PSEUDO_CALL ||
			    !within[rq_subprog_of(v, at)])
				continue;
			callee = rq_subprog_starting_at(v, at + (uint32_t)insn->imm + 1);
			if (callee >= 0 && !within[callee])
				changed = within[callee] = true;
		}
	}
	for (uint32_t at = 0; at < prog->insn_count; at++) {
		v->insn = at;
		if (throws(v, at) && within[rq_subprog_of(v, at)])
			return rq_reject(v, -EINVAL, "bpf_throw kfunc (insn %u) cannot be called from callback subprog %u",
					 at, rq_subprog_of(v, at));
	}
	return 0;
}
