/* SPDX-License-Identifier: BSD-2-Clause */
/* After a program was found safe: what the VM must know of each instruction. It runs by these notes alone. */
#include "verifier/internal.h"

static void note_context(const struct rq_verifier *v, const struct bpf_insn *insn, struct rq_insn_note *note)
{
	bool store = BPF_CLASS(insn->code) != BPF_LDX;
	const struct rq_ctx_field *field = rq_prog_ctx_field(v->prog->type, v->prog->expected_attach_type,
							     (uint32_t)(int32_t)insn->off, rq_insn_size(insn), store);

	if (!field) /* an array of u64 */
		return;
	note->kind = RQ_NOTE_CONTEXT;
	note->context_offset = field->kind == RQ_CTX_SCALAR ? (uint16_t)insn->off : field->host_offset;
	note->context_size = field->kind == RQ_CTX_SCALAR ? (uint8_t)rq_insn_size(insn) : 8;
	note->sign_extend = BPF_CLASS(insn->code) == BPF_LDX && BPF_MODE(insn->code) == BPF_MEMSX;
}

static int note_wide_load(struct rq_verifier *v, uint32_t at, struct rq_insn_note *note)
{
	const struct bpf_insn *insn = &v->prog->insns[at];
	struct rq_map *map;
	int subprog;

	note->kind = RQ_NOTE_ADDRESS;
	switch (insn->src_reg) {
	case 0:
		note->address = (uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn[0].imm;
		return 0;
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_IDX:
		note->address = (uint64_t)(uintptr_t)v->prog->maps[v->prog->insn_map[at]];
		return 0;
	case BPF_PSEUDO_MAP_VALUE:
	case BPF_PSEUDO_MAP_IDX_VALUE:
		map = v->prog->maps[v->prog->insn_map[at]];
		return map->ops->direct_value(map, (uint32_t)insn[1].imm, &note->address);
	case BPF_PSEUDO_FUNC:
		/* What a helper that calls back gets: the callee's first instruction. */
		subprog = rq_subprog_starting_at(v, at + 1 + (uint32_t)insn->imm);
		note->address = subprog < 0 ? 0 : v->prog->subprogs[subprog].start;
		return 0;
	default:
		note->address = v->aux[at].wide_address;
		return 0;
	}
}

static void note_access(struct rq_verifier *v, uint32_t at, struct rq_insn_note *note)
{
	const struct rq_insn_aux *aux = &v->aux[at];
	const struct bpf_insn *insn = &v->prog->insns[at];

	switch (aux->pointer_type) {
	case RQ_PTR_TO_CTX:
		note_context(v, insn, note);
		break;
	case RQ_PTR_TO_ARENA:
		note->kind = RQ_NOTE_ARENA;
		break;
	default:
		if (BPF_CLASS(insn->code) == BPF_LDX && aux->pointer_untrusted)
			note->kind = RQ_NOTE_PROBE;
	}
}

int rq_fill_notes(struct rq_verifier *v)
{
	int err = 0;

	for (uint32_t at = 0; at < v->prog->insn_count && !err; at++) {
		const struct bpf_insn *insn = &v->prog->insns[at];
		struct rq_insn_note *note = &v->prog->notes[at];

		if (!v->aux[at].seen) {
			note->kind = RQ_NOTE_DEAD;
			at += rq_insn_is_wide(insn);
			continue;
		}
		note->kind = RQ_NOTE_PLAIN;
		switch (BPF_CLASS(insn->code)) {
		case BPF_LD:
			if (rq_insn_is_wide(insn)) {
				err = note_wide_load(v, at, note);
				at++;
			}
			break;
		case BPF_LDX:
		case BPF_ST:
		case BPF_STX:
			note_access(v, at, note);
			break;
		case BPF_ALU64:
			/* Where numbers come here too, all bits count; an access looks at the low half alone. */
			if (v->aux[at].arena_operand && !v->aux[at].other_operand)
				note->kind = RQ_NOTE_NARROW;
			break;
		default:
			break;
		}
	}
	for (uint32_t i = 0; i < v->prog->subprog_count; i++) {
		v->prog->subprogs[i].stack_depth = v->subprogs[i].stack_depth;
		v->prog->subprogs[i].might_sleep = v->subprogs[i].might_sleep;
		v->prog->subprogs[i].async_callback = v->subprogs[i].async_callback;
	}
	return err ? err : rq_note_calls(v);
}
