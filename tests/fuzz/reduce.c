/* SPDX-License-Identifier: BSD-2-Clause */
/* Smaller programs that still fail: instructions are taken away one by one, jumps and calls go where they went. */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

#include "isa/isa.h"
#include "program.h"

static bool is_wide(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

/* Does it name another instruction, by its offset (or its imm)? */
static bool has_target(const struct bpf_insn *insn, bool *in_imm)
{
	uint8_t class = BPF_CLASS(insn->code), op = BPF_OP(insn->code);

	*in_imm = true;
	if (is_wide(insn))
		return insn->src_reg == BPF_PSEUDO_FUNC;
	if (class != BPF_JMP && class != BPF_JMP32)
		return false;
	if (op == BPF_CALL)
		return insn->src_reg == BPF_PSEUDO_CALL;
	*in_imm = class == BPF_JMP32 && op == BPF_JA;
	return op != BPF_EXIT;
}

static int64_t moved(int64_t target, uint32_t from, uint32_t count)
{
	return target > from ? target - count : target;
}

/* Remove [@at, @at + @count). A jump into the gap goes to what follows it. */
static bool remove_insns(struct program *p, uint32_t at, uint32_t count)
{
	for (uint32_t f = 0; f < p->function_count; f++)
		if (p->functions[f].start > at && p->functions[f].start < at + count)
			return false;
	for (uint32_t i = 0; i < p->count; i++) {
		struct bpf_insn *insn = &p->insns[i];
		bool in_imm;
		int64_t target, distance;

		if (!has_target(insn, &in_imm) || (i >= at && i < at + count))
			continue;
		target = (int64_t)i + 1 + (in_imm ? insn->imm : insn->off);
		if (target > at && target < at + count)
			target = at + count;
		distance = moved(target, at, count) - moved(i, at, count) - 1;
		if (in_imm)
			insn->imm = (int32_t)distance;
		else
			insn->off = (int16_t)distance;
	}
	for (uint32_t f = 0; f < p->function_count; f++)
		p->functions[f].start = (uint32_t)moved(p->functions[f].start, at, count);
	p->count -= count;
	memmove(p->insns + at, p->insns + at + count, (p->count - at) * sizeof(p->insns[0]));
	memmove(p->map + at, p->map + at + count, p->count - at);
	memmove(p->kfunc + at, p->kfunc + at + count, p->count - at);
	return true;
}

static bool remove_function(struct program *p, uint32_t f)
{
	uint32_t start = p->functions[f].start, end = f + 1 < p->function_count ? p->functions[f + 1].start : p->count;

	memmove(p->functions + f, p->functions + f + 1, (p->function_count - f - 1) * sizeof(p->functions[0]));
	p->function_count--;
	return remove_insns(p, start, end - start);
}

void reduce(struct program *program, bool (*still_fails)(const struct program *program, void *arg), void *arg)
{
	bool smaller = true;

	for (uint32_t f = program->function_count; f-- > 1;) {
		struct program less = *program;

		if (remove_function(&less, f) && still_fails(&less, arg))
			*program = less;
	}
	while (smaller) {
		smaller = false;
		for (uint32_t chunk = 32; chunk; chunk /= 2)
			for (uint32_t at = 0; at + chunk <= program->count;) {
				struct program less = *program;
				uint32_t count = chunk;

				if (is_wide(&less.insns[at + count - 1]))
					count++;
				if (less.insns[at].code && at + count < less.count && remove_insns(&less, at, count) &&
				    still_fails(&less, arg)) {
					*program = less;
					smaller = true;
				} else {
					at += chunk;
				}
			}
	}
}

void print_program(const struct program *p)
{
	static const char *const kinds[] = { "program", "static function", "global function", "callback" };
	char text[256];

	for (uint32_t i = 0; i < p->count; i++) {
		for (uint32_t f = 0; f < p->function_count; f++)
			if (p->functions[f].start == i)
				printf("\t%s:\n", kinds[p->functions[f].kind]);
		if (!p->insns[i].code)
			continue;
		rq_isa_disassemble(&p->insns[i], NULL, text, sizeof(text));
		printf("\t%3u: %s", i, text);
		if (p->map[i])
			printf("\t; map %u", p->map[i] - 1);
		if (p->kfunc[i])
			printf("\t; kfunc %u", p->kfunc[i] - 1);
		putchar('\n');
	}
}
