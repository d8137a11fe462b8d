/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shape of a program before it is walked: subprograms, where jumps go, what no path reaches, where equal states are
 * looked for, which registers are live; and after it, how deep its stack is. Rules: docs/verifier.md, "control flow".
 */
#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "verifier/internal.h"

#define JIT_STACK_ALIGNMENT  16
#define TAIL_CALL_STACK_MAX  256

static bool is_local_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL;
}

static bool is_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL);
}

static bool is_exit(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_EXIT);
}

static bool is_function_load(const struct bpf_insn *insn)
{
	return rq_insn_is_wide(insn) && insn->src_reg == BPF_PSEUDO_FUNC;
}

/* Jumps but calls and exits; may_goto counts. */
static bool is_jump(const struct bpf_insn *insn)
{
	uint8_t class = BPF_CLASS(insn->code), op = BPF_OP(insn->code);

	return (class == BPF_JMP || class == BPF_JMP32) && op != BPF_CALL && op != BPF_EXIT;
}

static bool is_unconditional(const struct bpf_insn *insn)
{
	return is_jump(insn) && BPF_OP(insn->code) == BPF_JA;
}

static int64_t jump_target(const struct bpf_insn *insn, uint32_t at)
{
	bool far = insn->code == (BPF_JMP32 | BPF_JA);

	return (int64_t)at + 1 + (far ? insn->imm : insn->off);
}

/* ---- Subprograms ---- */

static int compare_starts(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int rq_subprog_starting_at(const struct rq_verifier *v, uint32_t insn)
{
	uint32_t low = 0, high = v->prog->subprog_count;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (v->prog->subprogs[middle].start == insn)
			return (int)middle;
		if (v->prog->subprogs[middle].start < insn)
			low = middle + 1;
		else
			high = middle;
	}
	return -ENOENT;
}

uint32_t rq_subprog_of(const struct rq_verifier *v, uint32_t insn)
{
	uint32_t low = 0, high = v->prog->subprog_count;

	while (high - low > 1) {
		uint32_t middle = (low + high) / 2;

		if (v->prog->subprogs[middle].start <= insn)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* docs/verifier.md, control flow 1: a program is split where something is called or its address taken. */
static int find_subprogs(struct rq_verifier *v)
{
	struct rq_prog *prog = v->prog;
	uint32_t *starts = rq_alloc(RQ_SUBPROGS_MAX + 1, sizeof(*starts)), count = 0, distinct = 0;
	int err = 0;

	if (!starts)
		return -ENOMEM;
	starts[count++] = 0;
	for (uint32_t i = 0; i < prog->insn_count && !err; i++) {
		const struct bpf_insn *insn = &prog->insns[i];
		int64_t target = (int64_t)i + 1 + insn->imm;

		if (!is_local_call(insn) && !is_function_load(insn)) {
			i += rq_insn_is_wide(insn);
			continue;
		}
		i += rq_insn_is_wide(insn);
		if (target < 0 || target >= prog->insn_count) {
			v->insn = i;
			err = rq_reject(v, -EINVAL, "call to invalid destination");
			break;
		}
		starts[count++] = (uint32_t)target;
		if (count <= RQ_SUBPROGS_MAX)
			continue;
		/* Many calls of few functions: squeeze the list before it counts as too long. */
		qsort(starts, count, sizeof(*starts), compare_starts);
		distinct = 0;
		for (uint32_t j = 0; j < count; j++)
			if (!j || starts[j] != starts[j - 1])
				starts[distinct++] = starts[j];
		count = distinct;
		if (count > RQ_SUBPROGS_MAX - 1)
			err = rq_reject(v, -E2BIG, "too many subprograms");
	}
	if (err) {
		rq_free(starts);
		return err;
	}
	qsort(starts, count, sizeof(*starts), compare_starts);
	prog->subprogs = rq_alloc(count, sizeof(*prog->subprogs));
	v->subprogs = rq_alloc(count, sizeof(*v->subprogs));
	if (!prog->subprogs || !v->subprogs) {
		rq_free(starts);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (i && starts[i] == starts[i - 1])
			continue;
		prog->subprogs[prog->subprog_count].start = starts[i];
		prog->subprogs[prog->subprog_count].name = "";
		prog->subprog_count++;
	}
	rq_free(starts);
	for (uint32_t i = 0; i < prog->subprog_count; i++)
		prog->subprogs[i].end =
			i + 1 < prog->subprog_count ? prog->subprogs[i + 1].start : prog->insn_count;
	return 0;
}

/* docs/verifier.md, control flow 2: jumps stay in their subprogram, and its last instruction leaves it. */
static int check_jumps(struct rq_verifier *v)
{
	const struct rq_prog *prog = v->prog;

	for (uint32_t s = 0; s < prog->subprog_count; s++) {
		const struct rq_subprog *subprog = &prog->subprogs[s];
		const struct bpf_insn *last = &prog->insns[subprog->end - 1];

		for (uint32_t i = subprog->start; i < subprog->end; i++) {
			const struct bpf_insn *insn = &prog->insns[i];
			int64_t target;

			if (!is_jump(insn))
				continue;
			target = jump_target(insn, i);
			if (target < subprog->start || target >= subprog->end) {
				v->insn = i;
				return rq_reject(v, -EINVAL, "jump out of range from insn %u to %lld", i,
						 (long long)target);
			}
		}
		if (!is_exit(last) && !is_unconditional(last)) {
			v->insn = subprog->end - 1;
			return rq_reject(v, -EINVAL, "last insn is not an exit or jmp");
		}
	}
	return 0;
}

/* ---- Reachability and pruning points ---- */

/* At most two instructions may follow @at; a call is followed by what comes after it, its callee is another's. */
static uint32_t followers(const struct bpf_insn *insn, uint32_t at, uint32_t next[2])
{
	uint32_t count = 0;

	if (is_exit(insn))
		return 0;
	if (!is_unconditional(insn))
		next[count++] = at + 1 + rq_insn_is_wide(insn);
	if (is_jump(insn))
		next[count++] = (uint32_t)jump_target(insn, at);
	return count;
}

/* docs/verifier.md, control flow 4: where an equal state is worth looking for. */
static void mark_points(struct rq_verifier *v, uint32_t at)
{
	const struct bpf_insn *insn = &v->prog->insns[at];
	struct rq_insn_aux *aux = &v->aux[at];

	if (is_jump(insn)) {
		aux->prune_point = true;
		v->aux[jump_target(insn, at)].prune_point = true;
		/* may_goto: this is where rounds of the loop are compared. */
		if (BPF_OP(insn->code) == BPF_JCOND)
			aux->force_checkpoint = true;
	} else if (is_call(insn)) {
		if (at + 1 < v->prog->insn_count)
			v->aux[at + 1].prune_point = true;
		if (is_local_call(insn))
			aux->prune_point = true;
		if (aux->calls_callback || (aux->func && aux->func->flags & RQ_KF_ITER_NEXT))
			aux->prune_point = aux->force_checkpoint = true;
	}
}

/* docs/verifier.md, control flow 3: every instruction can be reached, by jumps that hit whole instructions. */
static int check_reachable(struct rq_verifier *v)
{
	const struct rq_prog *prog = v->prog;
	uint32_t *stack = rq_alloc(prog->insn_count + 1, sizeof(*stack)), depth = 0;
	uint8_t *reached = rq_alloc(prog->insn_count, 1);
	int err = 0;

	if (!stack || !reached) {
		err = -ENOMEM;
		goto out;
	}
	for (uint32_t s = 0; s < prog->subprog_count; s++) {
		/* What is only called from unreached code is unreached too, but that code is then found. */
		stack[depth++] = prog->subprogs[s].start;
		reached[prog->subprogs[s].start] = 1;
		v->aux[prog->subprogs[s].start].prune_point = true;
	}
	while (depth) {
		uint32_t at = stack[--depth], next[2], count = followers(&prog->insns[at], at, next);

		mark_points(v, at);
		for (uint32_t i = 0; i < count; i++) {
			if (next[i] >= prog->insn_count) {
				v->insn = at;
				err = rq_reject(v, -EINVAL, "jump out of range from insn %u to %u", at, next[i]);
				goto out;
			}
			if (reached[next[i]])
				continue;
			reached[next[i]] = 1;
			stack[depth++] = next[i];
		}
	}
	for (uint32_t i = 0; i < prog->insn_count; i++) {
		v->insn = i;
		if (!reached[i]) {
			err = rq_reject(v, -EINVAL, "unreachable insn %u", i);
			goto out;
		}
		if (!rq_insn_is_wide(&prog->insns[i]))
			continue;
		i++;
		if (i < prog->insn_count && reached[i]) {
			err = rq_reject(v, -EINVAL, "jump into the middle of ldimm64 insn %u", i - 1);
			goto out;
		}
	}
	v->insn = 0;
out:
	rq_free(stack);
	rq_free(reached);
	return err;
}

/* ---- Live registers ---- */

static uint16_t bit(uint32_t regno)
{
	return (uint16_t)(1U << regno);
}

static uint16_t call_arguments(const struct rq_verifier *v, uint32_t at)
{
	const struct rq_func *func = v->aux[at].func;
	uint16_t used = 0;

	if (!func || !func->helper)
		return 0x3e;
	for (uint32_t i = 0; i < 5 && func->args[i].kind != RQ_ARG_NONE; i++)
		used |= bit(i + 1);
	return used;
}

/* Registers that the instruction reads, and those that it overwrites. */
static void uses_of(const struct rq_verifier *v, uint32_t at, uint16_t *read, uint16_t *written)
{
	const struct bpf_insn *insn = &v->prog->insns[at];
	uint16_t dst = bit(insn->dst_reg), src = bit(insn->src_reg);
	bool by_register = BPF_SRC(insn->code) == BPF_X;

	*read = *written = 0;
	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
		if (rq_insn_is_wide(insn)) {
			*written = dst;
		} else {
			*read = bit(BPF_REG_6) | (BPF_MODE(insn->code) == BPF_IND ? src : 0);
			*written = 0x3f;
		}
		return;
	case BPF_LDX:
		*read = src;
		*written = dst;
		return;
	case BPF_ST:
		*read = dst;
		return;
	case BPF_STX:
		*read = dst | src;
		if (BPF_MODE(insn->code) != BPF_ATOMIC)
			return;
		if (insn->imm == BPF_LOAD_ACQ) {
			*read = src;
			*written = dst;
		} else if (insn->imm == BPF_CMPXCHG) {
			*read |= bit(BPF_REG_0);
			*written = bit(BPF_REG_0);
		} else if (insn->imm != BPF_STORE_REL && insn->imm & BPF_FETCH) {
			*written = src;
		}
		return;
	case BPF_ALU:
	case BPF_ALU64:
		*written = dst;
		if (BPF_OP(insn->code) == BPF_MOV)
			*read = by_register ? src : 0;
		else if (BPF_OP(insn->code) == BPF_END || BPF_OP(insn->code) == BPF_NEG)
			*read = dst;
		else
			*read = dst | (by_register ? src : 0);
		return;
	default:
		break;
	}
	switch (BPF_OP(insn->code)) {
	case BPF_CALL:
		*read = call_arguments(v, at);
		*written = 0x3f;
		return;
	case BPF_EXIT:
		*read = bit(BPF_REG_0);
		return;
	case BPF_JA:
	case BPF_JCOND:
		return;
	default:
		*read = dst | (by_register ? src : 0);
	}
}

static void find_live_registers(struct rq_verifier *v)
{
	const struct rq_prog *prog = v->prog;
	bool changed = true;

	while (changed) {
		changed = false;
		for (uint32_t i = prog->insn_count; i-- > 0;) {
			const struct bpf_insn *insn = &prog->insns[i];
			uint32_t next[2], count;
			uint16_t read, written, live = 0;

			if (i && rq_insn_is_wide(&prog->insns[i - 1]))
				continue;
			count = followers(insn, i, next);
			for (uint32_t n = 0; n < count; n++)
				live |= v->aux[next[n]].live_regs;
			uses_of(v, i, &read, &written);
			live = (uint16_t)((live & ~written) | read);
			if (live == v->aux[i].live_regs)
				continue;
			v->aux[i].live_regs = live;
			changed = true;
		}
	}
}

int rq_check_cfg(struct rq_verifier *v)
{
	int err = check_reachable(v);

	if (!err)
		find_live_registers(v);
	return err;
}

int rq_find_subprogs(struct rq_verifier *v)
{
	int err = find_subprogs(v);

	return err ? err : check_jumps(v);
}

/* ---- Stack depth ---- */

struct depth_frame {
	uint32_t subprog, insn; /* where to go on in it */
};

static uint32_t rounded_depth(const struct rq_verifier *v, uint32_t subprog)
{
	uint32_t depth = v->subprogs[subprog].stack_depth;

	if (!depth)
		depth = 1;
	return (depth + JIT_STACK_ALIGNMENT - 1) / JIT_STACK_ALIGNMENT * JIT_STACK_ALIGNMENT;
}

/*
 * docs/verifier.md, control flow 7: each frame has a stack of its own, which no other frame of the chain takes from.
 * A tail call would have to take it along.
 */
static bool has_private_stacks(const struct rq_verifier *v)
{
	if (!rq_prog_has_private_stacks(v->prog))
		return false;
	for (uint32_t i = 0; i < v->prog->subprog_count; i++)
		if (v->subprogs[i].has_tail_call)
			return false;
	return true;
}

/*
 * docs/verifier.md, control flow 6: the frames of any chain of calls fit into 512 bytes, and are at most eight. Every
 * chain is followed; @budget bounds the work on programs that call much.
 */
static int check_chains(struct rq_verifier *v, uint32_t root, uint64_t *budget)
{
	struct depth_frame frames[RQ_FRAMES_MAX];
	const struct rq_prog *prog = v->prog;
	bool private = has_private_stacks(v);
	uint32_t depth = 0, total;

	frames[0] = (struct depth_frame){ root, prog->subprogs[root].start };
	total = rounded_depth(v, root);
	for (;;) {
		struct depth_frame *frame = &frames[depth];
		uint32_t at = frame->insn;
		const struct bpf_insn *insn;
		int callee;

		if (!--*budget)
			return rq_reject(v, -E2BIG, "chains of calls are too many for this verifier");
		if (total > RQ_STACK_BYTES && !private) {
			v->insn = RQ_NO_INSN;
			return rq_reject(v, -EACCES, "combined stack size of %u calls is %u. Too large", depth + 1,
					 total);
		}
		while (at < prog->subprogs[frame->subprog].end && !is_local_call(&prog->insns[at]) &&
		       !is_function_load(&prog->insns[at]))
			at++;
		if (at >= prog->subprogs[frame->subprog].end) {
			total -= rounded_depth(v, frame->subprog);
			if (!depth--)
				return 0;
			continue;
		}
		insn = &prog->insns[at];
		frame->insn = at + 1;
		callee = rq_subprog_starting_at(v, (uint32_t)(at + 1 + insn->imm));
		if (callee < 0 || !v->aux[at].seen || v->subprogs[callee].async_callback)
			continue;
		if (v->subprogs[callee].has_tail_call && total >= TAIL_CALL_STACK_MAX)
			return rq_reject(v, -EACCES,
					 "tail_calls are not allowed when call stack of previous frames is %u bytes. Too large",
					 total);
		if (depth + 1 >= RQ_FRAMES_MAX)
			return rq_reject(v, -E2BIG, "the call stack of %u frames is too deep !", depth + 1);
		depth++;
		frames[depth] = (struct depth_frame){ (uint32_t)callee, prog->subprogs[callee].start };
		total += rounded_depth(v, (uint32_t)callee);
	}
}

int rq_check_stack_depth(struct rq_verifier *v)
{
	uint64_t budget = 64 * (uint64_t)RQ_MAX_INSNS;
	int err = 0;

	for (uint32_t i = 0; i < v->prog->subprog_count && !err; i++)
		if (!i || v->subprogs[i].async_callback)
			err = check_chains(v, i, &budget);
	return err;
}
