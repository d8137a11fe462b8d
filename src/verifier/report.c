/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a person wants to know of a rejection and the log alone does not say: which way the path
 * went at each branch and each lock, what the registers hold there, in words, and what is held.
 * Nothing here decides anything.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "verifier/calls.h"

#define HOPS_MAX 512 /* steps of the path that did not go to the next instruction, the last ones   \
		      */
#define REPLAY_MAX 65536 /* instructions */

/* ---- The path ---- */

/* From one instruction to another that is not the next. */
struct hop {
	uint32_t from, to;
};

struct replay {
	struct rq_verifier *v;
	struct hop *hops; /* oldest first */
	uint32_t count;
	bool cut; /* there were more */
	/* Where a register's value came from, "" when it is not simply a call's result. */
	char origin[RQ_REGS][40];
};

static uint32_t next_insn(const struct rq_verifier *v, uint32_t insn)
{
	return insn + 1 + rq_insn_is_wide(&v->prog->insns[insn]);
}

static bool is_hop(const struct rq_verifier *v, uint32_t from, uint32_t to)
{
	return from < v->prog->insn_count && to != next_insn(v, from);
}

static bool add_hop(struct replay *replay, uint32_t from, uint32_t to)
{
	if (!is_hop(replay->v, from, to))
		return true;
	if (replay->count == HOPS_MAX) {
		replay->cut = true;
		return false;
	}
	replay->hops[replay->count++] = (struct hop){from, to};
	return true;
}

/* From the newest state to the oldest, then turned round. */
static void collect_hops(struct replay *replay)
{
	const struct rq_verifier *v = replay->v;

	if (!v->step_noted)
		add_hop(replay, v->previous, v->insn);
	for (const struct rq_state *s = v->state; s && !replay->cut; s = s->parent)
		for (uint32_t i = s->step_count; i-- > 0;)
			if (!add_hop(replay, s->steps[i].previous, s->steps[i].insn))
				break;
	for (uint32_t i = 0; i < replay->count / 2; i++) {
		struct hop hop = replay->hops[i];

		replay->hops[i] = replay->hops[replay->count - 1 - i];
		replay->hops[replay->count - 1 - i] = hop;
	}
}

static struct rq_path_step *add_step(struct replay *replay, enum rq_path_kind kind, uint32_t insn,
				     uint32_t next)
{
	struct rq_rejection *r = replay->v->rejection;
	struct rq_path_step *step;

	if (r->path_length == RQ_PATH_STEPS) {
		memmove(r->path, r->path + 1, (RQ_PATH_STEPS - 1) * sizeof(r->path[0]));
		r->path_length--;
		r->path_cut = true;
	}
	step = &r->path[r->path_length++];
	*step = (struct rq_path_step){.kind = kind, .insn = insn, .next = next};
	return step;
}

static const char *register_origin(const struct replay *replay, uint8_t reg, char *text,
				   size_t size)
{
	if (reg < RQ_REGS && replay->origin[reg][0])
		snprintf(text, size, "%s", replay->origin[reg]);
	else
		snprintf(text, size, "R%u", reg);
	return text;
}

/* What holds when the conditional jump @insn is @taken, or is not. */
static void describe_condition(const struct replay *replay, const struct bpf_insn *insn, bool taken,
			       char *text, size_t size)
{
	static const struct {
		uint8_t op;
		const char *holds, *not ;
		bool is_signed;
	} ops[] = {
		{BPF_JEQ, "==", "!=", false}, {BPF_JNE, "!=", "==", false},
		{BPF_JGT, ">", "<=", false},  {BPF_JGE, ">=", "<", false},
		{BPF_JLT, "<", ">=", false},  {BPF_JLE, "<=", ">", false},
		{BPF_JSGT, ">", "<=", true},  {BPF_JSGE, ">=", "<", true},
		{BPF_JSLT, "<", ">=", true},  {BPF_JSLE, "<=", ">", true},
	};
	char left[48], right[48];

	register_origin(replay, insn->dst_reg, left, sizeof(left));
	if (BPF_SRC(insn->code) == BPF_X)
		register_origin(replay, insn->src_reg, right, sizeof(right));
	else
		snprintf(right, sizeof(right), "%d", insn->imm);
	if (BPF_OP(insn->code) == BPF_JSET) {
		snprintf(text, size, "(%.24s & %.24s) %s 0", left, right, taken ? "!=" : "==");
		return;
	}
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (ops[i].op == BPF_OP(insn->code))
			snprintf(text, size, "%.28s %s %.28s", left,
				 taken ? ops[i].holds : ops[i].not, right);
}

static bool is_conditional(const struct bpf_insn *insn)
{
	uint8_t class = BPF_CLASS(insn->code), op = BPF_OP(insn->code);

	return (class == BPF_JMP || class == BPF_JMP32) && op != BPF_JA && op != BPF_CALL &&
	       op != BPF_EXIT && op != BPF_JCOND;
}

static bool takes_lock(const struct rq_func *func)
{
	return func && (func->duty == RQ_DUTY_RES_LOCK || func->duty == RQ_DUTY_RES_LOCK_IRQSAVE);
}

static const struct rq_func *called(const struct rq_verifier *v, const struct bpf_insn *insn,
				    uint32_t at)
{
	if (insn->code != (BPF_JMP | BPF_CALL) || insn->src_reg == BPF_PSEUDO_CALL)
		return NULL;
	return v->aux[at].func ? v->aux[at].func
	       : insn->src_reg ? NULL
			       : rq_func_helper((uint32_t)insn->imm);
}

/* Follow where values come from, as far as copies go. */
static void track(struct replay *replay, const struct bpf_insn *insn, uint32_t at)
{
	const struct rq_func *func = called(replay->v, insn, at);
	uint8_t class = BPF_CLASS(insn->code);

	if ((class == BPF_ALU64 || class == BPF_ALU) && BPF_OP(insn->code) == BPF_MOV &&
	    BPF_SRC(insn->code) == BPF_X && !insn->off) {
		memcpy(replay->origin[insn->dst_reg], replay->origin[insn->src_reg],
		       sizeof(replay->origin[0]));
	} else if (class == BPF_ALU || class == BPF_ALU64 || class == BPF_LDX || class == BPF_LD) {
		replay->origin[class == BPF_LD && !rq_insn_is_wide(insn) ? 0 : insn->dst_reg][0] =
			'\0';
	} else if (class == BPF_JMP && BPF_OP(insn->code) == BPF_CALL) {
		memset(replay->origin, 0, 6 * sizeof(replay->origin[0]));
		if (func)
			snprintf(replay->origin[0], sizeof(replay->origin[0]), "%.36s()",
				 func->name);
	} else if (class == BPF_STX && BPF_MODE(insn->code) == BPF_ATOMIC) {
		replay->origin[insn->src_reg][0] = replay->origin[0][0] = '\0';
	}
}

/* One instruction, which went on at @to. */
static void replay_insn(struct replay *replay, uint32_t at, uint32_t to, bool hop)
{
	const struct rq_verifier *v = replay->v;
	const struct bpf_insn *insn = &v->prog->insns[at];

	if (is_conditional(insn)) {
		struct rq_path_step *step = add_step(replay, RQ_PATH_BRANCH, at, to);

		describe_condition(replay, insn, hop, step->text, sizeof(step->text));
	} else if (takes_lock(called(v, insn, at))) {
		add_step(replay, RQ_PATH_LOCK_TAKEN, at, to);
	} else if (hop && BPF_CLASS(insn->code) == BPF_JMP && BPF_OP(insn->code) == BPF_CALL) {
		add_step(replay, RQ_PATH_CALL, at, to);
	} else if (hop && insn->code == (BPF_JMP | BPF_EXIT)) {
		add_step(replay, RQ_PATH_RETURN, at, to);
		memset(replay->origin, 0, sizeof(replay->origin));
	}
	track(replay, insn, at);
}

/* The newest call of a lock function came out as bit 0 says, the one before it as bit 1, ... */
static void mark_failed_locks(struct replay *replay)
{
	struct rq_rejection *r = replay->v->rejection;
	uint64_t failures = replay->v->state->lock_failures;

	for (uint32_t i = r->path_length; i-- > 0;) {
		if (r->path[i].kind != RQ_PATH_LOCK_TAKEN)
			continue;
		if (failures & 1)
			r->path[i].kind = RQ_PATH_LOCK_FAILED;
		failures >>= 1;
	}
}

/* Instructions went one after another but where a hop is known: walk that again up to where v is.
 */
static void report_path(struct rq_verifier *v)
{
	struct replay replay = {.v = v};
	uint32_t at, next_hop = 0;

	replay.hops = rq_alloc(HOPS_MAX, sizeof(replay.hops[0]));
	if (!replay.hops)
		return; /* a rejection without a path */
	collect_hops(&replay);
	v->rejection->path_cut = replay.cut;
	if (replay.cut)
		at = replay.hops[next_hop++].to;
	else
		at = v->prog->subprogs[v->state->frames[0]->subprog].start;
	for (uint32_t i = 0; i < REPLAY_MAX && at < v->prog->insn_count; i++) {
		bool hop = next_hop < replay.count && replay.hops[next_hop].from == at;
		uint32_t to;

		if (at == v->insn && next_hop == replay.count)
			break;
		to = hop ? replay.hops[next_hop++].to : next_insn(v, at);
		replay_insn(&replay, at, to, hop);
		at = to;
	}
	mark_failed_locks(&replay);
	rq_free(replay.hops);
}

/* ---- Registers ---- */

struct words {
	char *text;
	size_t size, length;
};

static void __attribute__((format(printf, 2, 3))) say(struct words *words, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(words->text + words->length, words->size - words->length, format, args);
	va_end(args);
	if (length > 0)
		words->length += (size_t)length < words->size - words->length
					 ? (size_t)length
					 : words->size - words->length - 1;
}

/* "5", "0 to 63", "any number" */
static void say_number(struct words *words, const struct rq_value *value)
{
	if (rq_value_is_const(value))
		say(words, "%" PRId64, (int64_t)value->bits.value);
	else if (value->smin == INT64_MIN && value->smax == INT64_MAX &&
		 value->umax == UINT64_MAX && !value->umin)
		say(words, "any number");
	else if (value->smin < 0)
		say(words, "a number, %" PRId64 " to %" PRId64, value->smin, value->smax);
	else
		say(words, "a number, %" PRIu64 " to %" PRIu64, value->umin, value->umax);
}

static void say_offset(struct words *words, const struct rq_reg *reg)
{
	const struct rq_value *value = &reg->value;

	if (rq_value_is_const(value)) {
		int64_t offset = reg->off + (int64_t)value->bits.value;

		if (offset)
			say(words, ", at offset %" PRId64, offset);
	} else if (value->smin == INT64_MIN || value->smax == INT64_MAX) {
		say(words, ", at an unbounded offset");
	} else {
		say(words, ", at an offset from %" PRId64 " to %" PRId64, reg->off + value->smin,
		    reg->off + value->smax);
	}
}

static void say_pointer(const struct rq_verifier *v, struct words *words, const struct rq_reg *reg)
{
	switch (reg->type) {
	case RQ_PTR_TO_CTX: say(words, "the context"); break;
	case RQ_CONST_PTR_TO_MAP: say(words, "map '%s'", reg->map->name); return;
	case RQ_PTR_TO_MAP_VALUE:
		say(words, "a value of map '%s' (%u bytes)", reg->map->name, reg->map->value_size);
		break;
	case RQ_PTR_TO_STACK:
		if (rq_value_is_const(&reg->value)) {
			say(words, "the address of local variable fp%d",
			    reg->off + (int32_t)reg->value.bits.value);
			return;
		}
		say(words, "an address on the stack");
		break;
	case RQ_PTR_TO_PACKET:
		say(words, "the packet");
		say_offset(words, reg);
		say(words, "; %u bytes from its start are known to be there", reg->range);
		return;
	case RQ_PTR_TO_PACKET_END: say(words, "the packet's end"); return;
	case RQ_PTR_TO_BTF_ID:
		say(words, "%s%s %s",
		    reg->flags & RQ_PTR_NON_OWNING  ? "a borrowed "
		    : reg->flags & RQ_PTR_UNTRUSTED ? "an untrusted "
						    : "a ",
		    reg->flags & RQ_PTR_ALLOC ? "struct of the program," : "kernel struct",
		    reg->btf ? rq_btf_name(reg->btf, reg->btf_id) : "?");
		break;
	case RQ_PTR_TO_MEM:
		say(words, "%smemory of %u bytes", reg->flags & RQ_PTR_RDONLY ? "read-only " : "",
		    reg->mem_size);
		break;
	default: say(words, "a %s pointer", rq_type_name(v, (enum rq_reg_type)reg->type, 0));
	}
	say_offset(words, reg);
	if (reg->flags & RQ_PTR_MAYBE_NULL)
		say(words, ", or NULL");
}

static void report_register(struct rq_verifier *v, uint32_t number)
{
	struct rq_rejection *r = v->rejection;
	const struct rq_reg *reg = &rq_regs(v)[number];
	struct words words = {.text = r->regs[r->reg_count].holds,
			      .size = sizeof(r->regs[0].holds)};

	if (r->reg_count == RQ_REPORTED_REGS)
		return;
	snprintf(r->regs[r->reg_count].name, sizeof(r->regs[0].name), "R%u", number);
	if (reg->type == RQ_NOT_INIT)
		say(&words, "nothing: never written, or lost in a call");
	else if (reg->type == RQ_SCALAR)
		say_number(&words, &reg->value);
	else
		say_pointer(v, &words, reg);
	r->reg_count++;
}

/* "R3" and "arg#2" in the reason. */
static uint32_t named_registers(const char *reason)
{
	uint32_t regs = 0;

	for (const char *at = reason; *at; at++) {
		bool starts = at == reason || at[-1] == ' ' || at[-1] == '(';
		unsigned int number;

		if (starts && sscanf(at, "R%2u", &number) == 1 && number < RQ_REGS)
			regs |= 1u << number;
		else if (starts &&
			 (sscanf(at, "arg#%1u", &number) == 1 ||
			  sscanf(at, "arg %1u", &number) == 1) &&
			 number < 5)
			regs |= 1u << (number + 1);
	}
	return regs;
}

/* Registers that the instruction works on, besides calls. */
static uint32_t used_registers(const struct bpf_insn *insn)
{
	uint32_t dst = 1u << insn->dst_reg, src = 1u << insn->src_reg;

	switch (BPF_CLASS(insn->code)) {
	case BPF_LDX: return src;
	case BPF_ST: return dst;
	case BPF_STX: return dst | src;
	case BPF_ALU:
	case BPF_ALU64: return BPF_SRC(insn->code) == BPF_X ? dst | src : dst;
	case BPF_JMP:
	case BPF_JMP32:
		return !is_conditional(insn) ? 0 : BPF_SRC(insn->code) == BPF_X ? dst | src : dst;
	default: return 0;
	}
}

static void report_registers(struct rq_verifier *v)
{
	const struct bpf_insn *insn = rq_insn(v);
	const struct rq_func *func = called(v, insn, v->insn);
	uint32_t regs = named_registers(v->rejection->reason) | used_registers(insn);

	/* A lock function that complains is about its lock, whatever its words name. */
	if (func && (takes_lock(func) || func->duty == RQ_DUTY_RES_UNLOCK ||
		     func->duty == RQ_DUTY_RES_UNLOCK_IRQRESTORE || func->duty == RQ_DUTY_LOCK ||
		     func->duty == RQ_DUTY_UNLOCK))
		regs |= 1u << BPF_REG_1;
	for (uint32_t i = 0; i < RQ_REGS; i++)
		if (regs >> i & 1)
			report_register(v, i);
}

/* ---- What is held ---- */

static void report_one_held(struct rq_verifier *v, const char *what, uint32_t insn)
{
	struct rq_rejection *r = v->rejection;

	if (r->held_count == RQ_REPORTED_HELD)
		return;
	r->held[r->held_count].what = what;
	r->held[r->held_count++].insn = insn;
}

static void report_held(struct rq_verifier *v)
{
	static const struct {
		enum rq_reference_kind kind;
		const char *what;
	} kinds[] = {
		{RQ_REF_POINTER, "a reference"},
		{RQ_REF_IRQ, "saved irq flags"},
		{RQ_REF_LOCK, "bpf_spin_lock"},
		{RQ_REF_RES_LOCK, "bpf_res_spin_lock"},
		{RQ_REF_RES_LOCK_IRQ, "bpf_res_spin_lock"},
	};
	const struct rq_state *state = v->state;

	for (uint32_t i = 0; i < state->ref_count; i++)
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
			if (state->refs[i].kind == kinds[k].kind)
				report_one_held(v, kinds[k].what, state->refs[i].insn);
	if (state->active_rcu_locks)
		report_one_held(v, "an RCU read section", RQ_NO_INSN);
	if (state->active_preempt_locks)
		report_one_held(v, "preemption off", RQ_NO_INSN);
}

void rq_report_rejection(struct rq_verifier *v)
{
	v->rejection->path_length = v->rejection->reg_count = v->rejection->held_count = 0;
	if (!v->state || v->insn >= v->prog->insn_count)
		return; /* not on a path: about the program as a whole */
	report_path(v);
	report_registers(v);
	report_held(v);
}
