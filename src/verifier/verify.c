/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The walk: each instruction on each path, depth first. A branch is walked to its end before the other one is taken up.
 * Rules: docs/verifier.md, "the walk".
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "verifier/calls.h"

#define LOG_DETAIL 2 /* BPF_LOG_LEVEL2: all paths stay in the log */
#define LOG_STATS  4

/* ---- What is said ---- */

/* The next text starts on a line of its own, after an instruction that has no result printed. */
void rq_end_open_line(struct rq_verifier *v)
{
	if (v->line_open)
		rq_log_print(v->log, "\n");
	v->line_open = false;
}

void rq_say(struct rq_verifier *v, const char *format, ...)
{
	va_list args;

	rq_end_open_line(v);
	va_start(args, format);
	rq_log_vprint(v->log, format, args);
	va_end(args);
	rq_log_print(v->log, "\n");
}

int rq_reject(struct rq_verifier *v, int error, const char *format, ...)
{
	char reason[sizeof(v->rejection->reason)];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	rq_say(v, "%s", reason);
	memcpy(v->rejection->reason, reason, sizeof(reason));
	if (!v->rejected) {
		v->rejection->insn = v->insn;
		rq_report_rejection(v);
	}
	v->rejected = true;
	return error;
}

void rq_hint(struct rq_verifier *v, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(v->rejection->hint, sizeof(v->rejection->hint), format, args);
	va_end(args);
}

int rq_unsupported(struct rq_verifier *v, const char *what)
{
	return rq_reject(v, -EINVAL, "insn %u: %s not supported by this verifier", v->insn, what);
}

/* ---- Branches that wait ---- */

static void free_list(struct rq_verifier *v, struct rq_state *state)
{
	while (state) {
		struct rq_state *next = state->next;

		rq_state_free(v, state);
		state = next;
	}
}

/* The path is over: take up the newest branch. False when there is none. */
static bool next_branch(struct rq_verifier *v)
{
	struct rq_state *state = v->pending;

	rq_path_finished(v, v->state);
	rq_state_free(v, v->state);
	v->state = state;
	if (!state)
		return false;
	v->pending = state->next;
	state->next = NULL;
	v->pending_count--;
	v->insn = state->insn;
	v->previous = state->last_insn;
	if (v->log && !(v->log->level & LOG_DETAIL)) {
		rq_log_reset(v->log, state->log_position);
		if (state->log_line_open)
			rq_log_print(v->log, " ");
		v->line_open = false;
	}
	return true;
}

/* ---- The walk ---- */

static int check_insn(struct rq_verifier *v, const struct bpf_insn *insn)
{
	char message[128];
	int err = rq_isa_check_fields(insn, message, sizeof(message));

	if (err)
		return rq_reject(v, err, "%s", message);
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return rq_check_alu(v, insn);
	case BPF_LD:
		return rq_insn_is_wide(insn) ? rq_check_wide_load(v, insn) : rq_check_memory_insn(v, insn);
	case BPF_LDX:
	case BPF_ST:
	case BPF_STX:
		return rq_check_memory_insn(v, insn);
	default:
		break;
	}
	v->jumps_processed++;
	switch (BPF_OP(insn->code)) {
	case BPF_CALL:
		return rq_check_call(v, insn);
	case BPF_EXIT:
		return rq_check_exit(v);
	default:
		return rq_check_jump(v, insn);
	}
}

static int walk(struct rq_verifier *v)
{
	uint32_t count = v->prog->insn_count;
	bool new_path = true;

	v->previous = RQ_NO_INSN;
	do {
		bool prune = false;
		int err;

		if (v->insn >= count)
			return rq_reject(v, -EFAULT, "invalid insn idx %u insn_cnt %u", v->insn, count);
		if (++v->processed > RQ_MAX_INSNS)
			return rq_reject(v, -E2BIG, "BPF program is too large. Processed %u insn", v->processed);
		v->state->last_insn = v->previous;
		v->state->insn = v->insn;
		v->step_noted = false;
		v->path = RQ_PATH_GOES_ON;
		if (v->aux[v->insn].prune_point) {
			err = rq_prune(v, &prune);
			if (err)
				return err;
			if (prune) {
				rq_print_pruned(v, new_path);
				new_path = true;
				continue;
			}
		}
		err = rq_note_jump(v);
		if (err)
			return err;
		rq_print_before(v, new_path);
		new_path = false;
		v->aux[v->insn].seen = true;
		v->next = v->insn + 1;
		err = check_insn(v, &v->prog->insns[v->insn]);
		if (err)
			return err;
		if (v->path == RQ_PATH_DONE) {
			new_path = true;
			continue;
		}
		rq_print_after(v);
		v->previous = v->insn;
		v->insn = v->next;
	} while (!new_path || next_branch(v));
	return 0;
}

/* Walk one function from its start: the program, or a global function by itself. */
static int walk_function(struct rq_verifier *v, uint32_t subprog)
{
	struct rq_state *state = rq_state_new(v);
	uint64_t log_start = v->log ? v->log->end : 0;
	int err;

	if (!state)
		return -ENOMEM;
	v->state = state;
	v->entry_subprog = subprog;
	v->insn = v->prog->subprogs[subprog].start;
	state->branches = 1;
	state->sleepable = v->prog->sleepable;
	state->first_insn = v->insn;
	err = rq_frame_push(v, state, RQ_NO_INSN, subprog);
	if (!err)
		err = rq_subprog_enter(v, subprog);
	if (!err)
		err = walk(v);
	/* Of what is fine the log keeps the statistics, but at the level that keeps all. */
	if (!err && v->log && !(v->log->level & LOG_DETAIL)) {
		rq_log_reset(v->log, log_start);
		v->line_open = false;
	}
	/* Nothing of one function's walk says anything about another's. */
	rq_state_free(v, v->state);
	v->state = NULL;
	free_list(v, v->pending);
	v->pending = NULL;
	v->pending_count = 0;
	for (uint32_t i = 0; i < v->prog->insn_count; i++) {
		free_list(v, v->explored[i]);
		v->explored[i] = NULL;
	}
	free_list(v, v->detached);
	v->detached = NULL;
	return err;
}

/* docs/verifier.md, the walk 3: global functions that something verified calls are verified once, for any arguments. */
static int walk_global_functions(struct rq_verifier *v)
{
	bool found = true;

	while (found) {
		found = false;
		for (uint32_t i = 1; i < v->prog->subprog_count; i++) {
			struct rq_subprog_info *info = &v->subprogs[i];
			int err;

			if (!info->global || !info->reachable_global || info->verified)
				continue;
			rq_say(v, "Validating %s() func#%u...", v->prog->subprogs[i].name, i);
			err = walk_function(v, i);
			if (err)
				return err;
			rq_say(v, "Func#%u ('%s') is safe for any args that match its prototype", i,
			       v->prog->subprogs[i].name);
			info->verified = found = true;
		}
	}
	return 0;
}

/* ---- Before and after ---- */

static int check_instructions(struct rq_verifier *v)
{
	struct rq_prog *prog = v->prog;
	char message[128];
	uint32_t bad = 0;
	int err = rq_isa_check(prog->insns, prog->insn_count, &bad, message, sizeof(message));

	if (!err)
		return 0;
	v->insn = bad;
	return rq_reject(v, err, "%s", message);
}

static int prepare(struct rq_verifier *v)
{
	struct rq_prog *prog = v->prog;
	int err;

	if (!prog->insn_count || prog->insn_count > RQ_MAX_INSNS)
		return rq_reject(v, -E2BIG, "a program has 1 to %d instructions", RQ_MAX_INSNS);
	v->aux = rq_alloc(prog->insn_count, sizeof(*v->aux));
	v->explored = rq_alloc(prog->insn_count, sizeof(*v->explored));
	prog->notes = rq_alloc(prog->insn_count, sizeof(*prog->notes));
	if (!v->aux || !v->explored || !prog->notes)
		return -ENOMEM;
	err = rq_find_subprogs(v);
	if (!err)
		err = rq_check_debug_info(v);
	if (!err)
		err = check_instructions(v);
	if (!err)
		err = rq_resolve_calls(v);
	if (!err)
		err = rq_check_early_returns(v);
	if (!err)
		err = rq_check_cfg(v);
	if (!err)
		err = rq_check_attach_target(v);
	return err;
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static void print_statistics(struct rq_verifier *v, int64_t started_us)
{
	if (!v->log || !v->log->level)
		return;
	rq_end_open_line(v);
	if (v->log->level & LOG_STATS) {
		rq_log_print(v->log, "verification time %lld usec\n", (long long)(now_us() - started_us));
		rq_log_print(v->log, "stack depth ");
		for (uint32_t i = 0; i < v->prog->subprog_count; i++)
			rq_log_print(v->log, "%s%u", i ? "+" : "", v->subprogs[i].stack_depth);
		rq_log_print(v->log, "\n");
	}
	rq_log_print(v->log,
		     "processed %u insns (limit %d) max_states_per_insn %u total_states %u peak_states %u mark_read %u\n",
		     v->processed, RQ_MAX_INSNS, v->max_states_per_insn, v->total_states, v->peak_states, 0);
}

/* What the verifier filled in goes again when it refuses the program. */
static void undo(struct rq_prog *prog)
{
	rq_free(prog->subprogs);
	rq_free(prog->notes);
	prog->subprogs = NULL;
	prog->notes = NULL;
	prog->subprog_count = 0;
}

int rq_verify(struct rq_prog *prog, const struct rq_verify_options *options, struct rq_log *log,
	      struct rq_rejection *rejection)
{
	struct rq_rejection unwanted;
	struct rq_verifier verifier = {
		.prog = prog,
		.options = options,
		.kernel = options->kernel,
		.log = log,
		.rejection = rejection ? rejection : &unwanted,
	};
	struct rq_verifier *v = &verifier;
	int64_t started_us = now_us();
	int err;

	memset(v->rejection, 0, sizeof(*v->rejection));
	v->insn = v->rejection->insn = RQ_NO_INSN;
	prog->subprogs = NULL;
	prog->notes = NULL;
	prog->subprog_count = 0;
	prog->verified = false;
	prog->unmeasured = v->kernel != RQ_KERNEL_RELAXED &&
			   rq_prog_type_unmeasured(prog->type->type, prog->expected_attach_type);
	err = prepare(v);
	if (!err)
		err = walk_function(v, 0);
	if (!err)
		err = walk_global_functions(v);
	v->insn = RQ_NO_INSN;
	if (!err)
		err = rq_check_throws(v);
	if (!err)
		err = rq_check_stack_depth(v);
	if (!err)
		err = rq_fill_notes(v);
	if (err)
		rq_find_hint(v->rejection);
	if (err == -ENOMEM && !v->rejected)
		rq_reject(v, -ENOMEM, "out of memory");
	if (v->subprogs && prog->subprogs)
		print_statistics(v, started_us);
	prog->verified_insns = v->processed;
	prog->verified = !err;
	v->rejection->unmeasured = prog->unmeasured;
	if (err)
		undo(prog);
	while (v->free_list) {
		struct rq_state *state = v->free_list;

		v->free_list = state->next;
		rq_free(state);
	}
	rq_free(v->aux);
	rq_free(v->explored);
	rq_free(v->subprogs);
	return err;
}
