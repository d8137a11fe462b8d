/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log, in the form that readers and tools of the kernel's know: instructions with their source lines, and what is known
 * of the registers and slots that each one touched. Rules: docs/verifier.md, "the log".
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "verifier/prune.h"

#define LOG_PATHS     3 /* BPF_LOG_LEVEL1 | BPF_LOG_LEVEL2 */
#define RESULT_COLUMN 40

/* ---- Names ---- */

/* Several names may be part of one message. */
#define NAMES 8
static _Thread_local char name_texts[NAMES][64];
static _Thread_local unsigned int name_next;

const char *rq_type_name(const struct rq_verifier *v, enum rq_reg_type type, uint16_t flags)
{
	static const char *const names[RQ_REG_TYPES] = {
		[RQ_NOT_INIT] = "?",
		[RQ_SCALAR] = "scalar",
		[RQ_PTR_TO_CTX] = "ctx",
		[RQ_CONST_PTR_TO_MAP] = "map_ptr",
		[RQ_PTR_TO_MAP_VALUE] = "map_value",
		[RQ_PTR_TO_MAP_KEY] = "map_key",
		[RQ_PTR_TO_STACK] = "fp",
		[RQ_PTR_TO_PACKET] = "pkt",
		[RQ_PTR_TO_PACKET_META] = "pkt_meta",
		[RQ_PTR_TO_PACKET_END] = "pkt_end",
		[RQ_PTR_TO_FLOW_KEYS] = "flow_keys",
		[RQ_PTR_TO_SOCKET] = "sock",
		[RQ_PTR_TO_SOCK_COMMON] = "sock_common",
		[RQ_PTR_TO_TCP_SOCK] = "tcp_sock",
		[RQ_PTR_TO_XDP_SOCK] = "xdp_sock",
		[RQ_PTR_TO_BTF_ID] = "ptr_",
		[RQ_PTR_TO_MEM] = "mem",
		[RQ_PTR_TO_BUF] = "buf",
		[RQ_PTR_TO_TP_BUFFER] = "tp_buffer",
		[RQ_PTR_TO_ARENA] = "arena",
		[RQ_PTR_TO_FUNC] = "func",
		[RQ_CONST_PTR_TO_DYNPTR] = "dynptr_ptr",
	};
	static const struct {
		uint16_t flag;
		const char *text;
	} prefixes[] = {
		{ RQ_PTR_RDONLY, "rdonly_" },	    { RQ_PTR_RINGBUF, "ringbuf_" }, { RQ_PTR_USER, "user_" },
		{ RQ_PTR_PERCPU, "percpu_" },	    { RQ_PTR_UNTRUSTED, "untrusted_" }, { RQ_PTR_TRUSTED, "trusted_" },
		{ RQ_PTR_RCU, "rcu_" },
	};
	char *text = name_texts[name_next++ % NAMES];
	char prefix[48] = "";
	const char *suffix = "";

	if (flags & RQ_PTR_MAYBE_NULL)
		suffix = type == RQ_PTR_TO_BTF_ID ? "or_null_" : "_or_null";
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (flags & prefixes[i].flag && strlen(prefix) + strlen(prefixes[i].text) < sizeof(prefix))
			strcat(prefix, prefixes[i].text);
	snprintf(text, sizeof(name_texts[0]), "%s%s%s", prefix, names[type], suffix);
	return text;
}

const char *rq_bits_text(struct rq_bits bits, char *text, size_t size)
{
	snprintf(text, size, "(%#" PRIx64 "; %#" PRIx64 ")", bits.value, bits.mask);
	/* printf leaves the prefix off a zero. */
	if (!bits.value || !bits.mask)
		snprintf(text, size, "(0x%" PRIx64 "; 0x%" PRIx64 ")", bits.value, bits.mask);
	return text;
}

/* ---- Registers ---- */

struct line {
	char text[1024];
	size_t length;
};

static void add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct line *line, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line->text + line->length, sizeof(line->text) - line->length, format, args);
	va_end(args);
	if (n > 0)
		line->length += (size_t)n;
	if (line->length >= sizeof(line->text))
		line->length = sizeof(line->text) - 1;
}

static void add_signed(struct line *line, int64_t n)
{
	if (n >= INT16_MIN && n <= INT16_MAX)
		add(line, "%" PRId64, n);
	else
		add(line, "%#" PRIx64, (uint64_t)n);
}

static void add_unsigned(struct line *line, uint64_t n)
{
	add(line, n <= UINT16_MAX ? "%" PRIu64 : "%#" PRIx64, n);
}

/* Printed as a decimal a half is like the whole; as hexadecimal it has half the digits. */
static int64_t short_signed(int32_t n)
{
	return n >= INT16_MIN && n <= INT16_MAX ? (int64_t)n : (int64_t)(uint32_t)n;
}

/* "smin=smin32=0,smax=umax=15": what says something, equal numbers together. */
static void add_ranges(struct line *line, const struct rq_value *v, const char **separator)
{
	struct {
		const char *name;
		int64_t number;
		bool is_signed, shown;
	} ends[] = {
		{ "smin", v->smin, true, v->smin == INT64_MIN },
		{ "smax", v->smax, true, v->smax == INT64_MAX },
		{ "umin", (int64_t)v->umin, false, v->umin == 0 },
		{ "umax", (int64_t)v->umax, false, v->umax == UINT64_MAX },
		{ "smin32", short_signed(v->s32_min), true, v->s32_min == INT32_MIN },
		{ "smax32", short_signed(v->s32_max), true, v->s32_max == INT32_MAX },
		{ "umin32", v->u32_min, false, v->u32_min == 0 },
		{ "umax32", v->u32_max, false, v->u32_max == UINT32_MAX },
	};

	for (size_t i = 0; i < 8; i++) {
		if (ends[i].shown)
			continue;
		add(line, "%s%s=", *separator, ends[i].name);
		for (size_t j = i + 2; j < 8; j += 2) {
			if (ends[j].shown || ends[j].number != ends[i].number ||
			    (ends[i].number < 0 && ends[j].is_signed != ends[i].is_signed))
				continue;
			ends[j].shown = true;
			add(line, "%s=", ends[j].name);
		}
		if (ends[i].is_signed)
			add_signed(line, ends[i].number);
		else
			add_unsigned(line, (uint64_t)ends[i].number);
		*separator = ",";
	}
	if (v->bits.mask != UINT64_MAX) {
		char text[64];

		add(line, "%svar_off=%s", *separator, rq_bits_text(v->bits, text, sizeof(text)));
		*separator = ",";
	}
}

static void add_pointer(const struct rq_verifier *v, struct line *line, const struct rq_reg *reg)
{
	const char *separator = "";

	if (reg->type == RQ_PTR_TO_STACK && rq_value_is_const(&reg->value)) {
		if (reg->frame != v->state->current)
			add(line, "fp[%u]%d", reg->frame, reg->off + (int32_t)reg->value.bits.value);
		else
			add(line, "fp%d", reg->off + (int32_t)reg->value.bits.value);
		return;
	}
	add(line, "%s", rq_reg_name(v, reg));
	if (reg->type == RQ_PTR_TO_BTF_ID && reg->btf)
		add(line, "%s", rq_btf_name(reg->btf, reg->btf_id));
	add(line, "(");
#define FIELD(...)                       \
	do {                             \
		add(line, "%s", separator); \
		add(line, __VA_ARGS__);  \
		separator = ",";         \
	} while (0)
	if (reg->id)
		FIELD("id=%u", reg->id);
	if (reg->ref_id)
		FIELD("ref_obj_id=%u", reg->ref_id);
	if (reg->type == RQ_PTR_TO_MAP_VALUE || reg->type == RQ_CONST_PTR_TO_MAP || reg->type == RQ_PTR_TO_MAP_KEY)
		FIELD("map=%s,ks=%u,vs=%u", reg->map->name, reg->map->key_size, reg->map->value_size);
	if (reg->off)
		FIELD("off=%d", reg->off);
	if (rq_reg_is_packet(reg))
		FIELD("r=%u", reg->range);
	if (reg->type == RQ_PTR_TO_MEM)
		FIELD("sz=%u", reg->mem_size);
	if (!rq_value_is_const(&reg->value))
		add_ranges(line, &reg->value, &separator);
	else if (reg->value.bits.value)
		FIELD("imm=%#" PRIx64, reg->value.bits.value);
#undef FIELD
	add(line, ")");
}

static void add_reg(const struct rq_verifier *v, struct line *line, const struct rq_reg *reg)
{
	const char *separator = "";

	if (reg->type != RQ_SCALAR) {
		add_pointer(v, line, reg);
		return;
	}
	if (reg->precise)
		add(line, "P");
	if (rq_value_is_const(&reg->value)) {
		add_signed(line, (int64_t)reg->value.bits.value);
		return;
	}
	add(line, "scalar(");
	if (reg->id) {
		add(line, "id=%u", reg->id);
		if (reg->linked)
			add(line, "%+d", reg->linked_off);
		separator = ",";
	}
	add_ranges(line, &reg->value, &separator);
	add(line, ")");
}

static void add_slot(const struct rq_verifier *v, struct line *line, const struct rq_frame *frame, uint32_t index)
{
	static const char letters[] = "?rm0dif";
	const struct rq_slot *slot = &frame->slots[index];
	bool unwritten = true;

	for (int i = 0; i < 8; i++)
		unwritten = unwritten && slot->bytes[i] == RQ_STACK_INVALID;
	if (unwritten)
		return;
	add(line, " fp%d=", -8 * (int)(index + 1));
	switch (slot->bytes[0]) {
	case RQ_STACK_SPILL:
		for (int i = 7; i >= 0 && slot->bytes[i] != RQ_STACK_SPILL; i--)
			add(line, "%c", letters[slot->bytes[i]]);
		add_reg(v, line, &slot->spill);
		return;
	case RQ_STACK_ITER:
		add(line, "iter_%s(ref_id=%u,state=%s,depth=%u)", rq_btf_name(slot->spill.btf, slot->spill.btf_id),
		    slot->spill.ref_id, slot->iter_state == RQ_ITER_ACTIVE ? "active" : "drained", slot->iter_depth);
		return;
	case RQ_STACK_DYNPTR:
		add(line, "dynptr(id=%u,ref_id=%u)", slot->spill.id, slot->spill.ref_id);
		return;
	case RQ_STACK_IRQ_FLAG:
		add(line, "irq_flag(ref_id=%u)", slot->spill.ref_id);
		return;
	default:
		/* From the highest address downwards, like the slots. */
		for (int i = 7; i >= 0; i--)
			add(line, "%c", letters[slot->bytes[i]]);
	}
}

static void add_frame(const struct rq_verifier *v, struct line *line, const struct rq_frame *frame, uint16_t regs,
		      uint64_t slots)
{
	for (uint32_t i = 0; i < RQ_REGS; i++) {
		if (!(regs >> i & 1) || frame->regs[i].type == RQ_NOT_INIT)
			continue;
		add(line, " R%u=", i);
		add_reg(v, line, &frame->regs[i]);
	}
	for (uint32_t i = 0; i < frame->slot_count; i++)
		if (slots >> i & 1)
			add_slot(v, line, frame, i);
}

void rq_print_state(struct rq_verifier *v, const struct rq_state *state, uint32_t frame, bool all)
{
	struct line line = { .length = 0 };

	if (!v->log || !(v->log->level & LOG_PATHS))
		return;
	line.text[0] = '\0';
	if (frame)
		add(&line, " frame%u:", frame);
	add_frame(v, &line, state->frames[frame], 0x7ff, all ? UINT64_MAX : 0);
	rq_say(v, "%s", line.text);
}

/* ---- Instructions ---- */

void rq_say_line(struct rq_verifier *v, uint32_t insn)
{
	const struct bpf_line_info *row;
	const char *file, *text;
	uint32_t number;

	if (!v->log || !v->log->level || !v->prog->line_info_count)
		return;
	row = rq_prog_line(v->prog, insn);
	/* Several rows may name one line. */
	if (!row || (v->last_line && v->last_line->line_col >> 10 == row->line_col >> 10 &&
		     v->last_line->file_name_off == row->file_name_off))
		return;
	if (!rq_prog_source(v->prog, insn, &file, &text, &number))
		return;
	v->last_line = row;
	while (*text == ' ' || *text == '\t')
		text++;
	rq_say(v, "; %s @ %s:%u", text, strrchr(file, '/') ? strrchr(file, '/') + 1 : file, number);
}

static const char *call_name(void *arg, const struct bpf_insn *insn)
{
	const struct rq_verifier *v = arg;
	const struct rq_func *func;

	if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL)
		return rq_kfunc_name(v, insn);
	func = rq_func_helper((uint32_t)insn->imm);
	return func ? func->name : NULL;
}

static void print_insn(struct rq_verifier *v)
{
	const struct rq_disasm_names names = { .call = call_name, .arg = v };
	char text[256];
	int length, head;

	rq_isa_disassemble(rq_insn(v), &names, text, sizeof(text));
	rq_say_line(v, v->insn);
	rq_end_open_line(v);
	head = snprintf(NULL, 0, "%u: ", v->insn);
	rq_log_print(v->log, "%u: %s", v->insn, text);
	length = head + (int)strlen(text);
	v->line_open = true;
	v->line_length = (uint32_t)length;
}

void rq_print_before(struct rq_verifier *v, bool new_path)
{
	struct line line = { .length = 0 };
	const struct rq_frame *frame = rq_frame(v);

	if (!v->log || !(v->log->level & LOG_PATHS))
		return;
	if (new_path) {
		line.text[0] = '\0';
		if (frame->number)
			add(&line, " frame%u:", frame->number);
		add_frame(v, &line, frame, 0x7ff, UINT64_MAX);
		if (v->previous != RQ_NO_INSN)
			rq_say(v, "\nfrom %u to %u:%s", v->previous, v->insn, line.text);
		rq_say(v, "%u:%s", v->insn, line.text);
	}
	print_insn(v);
}

/* Registers that the instruction names or, a call, changes. */
static uint16_t touched(const struct bpf_insn *insn)
{
	uint16_t dst = (uint16_t)(1U << insn->dst_reg), src = (uint16_t)(1U << insn->src_reg);

	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
		return rq_insn_is_wide(insn) ? dst : 1;
	case BPF_LDX:
		return dst | src;
	case BPF_ST:
		return dst;
	case BPF_STX:
		return dst | src;
	case BPF_ALU:
	case BPF_ALU64:
		return BPF_SRC(insn->code) == BPF_X && BPF_OP(insn->code) != BPF_END ? dst | src : dst;
	default:
		break;
	}
	switch (BPF_OP(insn->code)) {
	case BPF_CALL:
		return 1;
	case BPF_JA:
	case BPF_EXIT:
	case BPF_JCOND:
		return 0;
	default:
		return BPF_SRC(insn->code) == BPF_X ? dst | src : dst;
	}
}

void rq_print_after(struct rq_verifier *v)
{
	const struct rq_step *step = v->step_noted ? &v->state->steps[v->state->step_count - 1] : NULL;
	struct line line = { .length = 0 };
	uint64_t slots = 0;

	if (!v->log || !(v->log->level & LOG_PATHS))
		return;
	line.text[0] = '\0';
	if (step && step->flags & RQ_STEP_STACK && step->frame == rq_frame(v)->number)
		slots = 1ULL << step->slot;
	add_frame(v, &line, rq_frame(v), touched(rq_insn(v)), slots);
	/* Behind other words the state stands on a line of its own. */
	if (line.length && !v->line_open)
		rq_log_print(v->log, "%u:%s\n", v->next, line.text);
	else if (line.length)
		rq_log_print(v->log, "%*s;%s", v->line_length < RESULT_COLUMN ? RESULT_COLUMN - (int)v->line_length : 1, "",
			     line.text);
	rq_end_open_line(v);
}

void rq_print_pruned(struct rq_verifier *v, bool new_path)
{
	if (!v->log || !(v->log->level & LOG_PATHS))
		return;
	if (new_path && v->previous != RQ_NO_INSN)
		rq_say(v, "\nfrom %u to %u: safe", v->previous, v->insn);
	else
		rq_say(v, "%u: safe", v->insn);
}
