// SPDX-License-Identifier: BSD-2-Clause
/* Instructions as the kernel's log prints them: tools read that text, and so do people who know it. */
#include <stdio.h>

#include "isa/isa.h"

static const char *const alu_operators[16] = {
	"+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "", "%=", "^=", "=", "s>>=", "", "", "",
};
static const char *const jump_operators[16] = {
	"", "==", ">", ">=", "&", "!=", "s>", "s>=", "", "", "<", "<=", "s<", "s<=", "", "",
};
static const char *const memory_types[4] = { "u32", "u16", "u8", "u64" };
static const char *const signed_memory_types[4] = { "s32", "s16", "s8", "s64" };

const char *rq_isa_alu_operator(const struct bpf_insn *insn)
{
	if (insn->off == 1 && BPF_OP(insn->code) == BPF_DIV)
		return "s/=";
	if (insn->off == 1 && BPF_OP(insn->code) == BPF_MOD)
		return "s%=";
	return alu_operators[BPF_OP(insn->code) >> 4];
}

const char *rq_isa_jump_operator(const struct bpf_insn *insn)
{
	return jump_operators[BPF_OP(insn->code) >> 4];
}

static const char *memory_type(const struct bpf_insn *insn)
{
	return memory_types[BPF_SIZE(insn->code) >> 3];
}

static int print_alu(const struct bpf_insn *insn, char *text, size_t size)
{
	char letter = BPF_CLASS(insn->code) == BPF_ALU64 ? 'r' : 'w';
	unsigned int code = insn->code, dst = insn->dst_reg, src = insn->src_reg;

	switch (BPF_OP(insn->code)) {
	case BPF_NEG:
		return snprintf(text, size, "(%02x) %c%u = -%c%u", code, letter, dst, letter, dst);
	case BPF_END:
		return snprintf(text, size, "(%02x) r%u = %s%d r%u", code, dst,
				letter == 'r' ? "bswap" : BPF_SRC(insn->code) == BPF_TO_BE ? "be" : "le", insn->imm, dst);
	case BPF_MOV:
		if (BPF_SRC(insn->code) == BPF_K)
			break;
		if (letter == 'r' && insn->off == RQ_BPF_ADDR_SPACE_CAST)
			return snprintf(text, size, "(%02x) r%u = addr_space_cast(r%u, %u, %u)", code, dst, src,
					(uint32_t)insn->imm >> 16, (uint32_t)insn->imm & 0xffff);
		if (insn->off == 8 || insn->off == 16 || insn->off == 32)
			return snprintf(text, size, "(%02x) %c%u = (s%d)%c%u", code, letter, dst, insn->off, letter, src);
		break;
	}
	if (BPF_SRC(insn->code) == BPF_X)
		return snprintf(text, size, "(%02x) %c%u %s %c%u", code, letter, dst, rq_isa_alu_operator(insn), letter, src);
	return snprintf(text, size, "(%02x) %c%u %s %d", code, letter, dst, rq_isa_alu_operator(insn), insn->imm);
}

static int print_call(const struct bpf_insn *insn, const struct rq_disasm_names *names, char *text, size_t size)
{
	const char *name = names && names->call ? names->call(names->arg, insn) : NULL;

	if (insn->src_reg == BPF_PSEUDO_CALL)
		return snprintf(text, size, "(%02x) call pc%+d", insn->code, insn->imm);
	return snprintf(text, size, "(%02x) call %s#%d", insn->code, name ? name : "unknown", insn->imm);
}

static int print_jump(const struct bpf_insn *insn, const struct rq_disasm_names *names, char *text, size_t size)
{
	bool is_64 = BPF_CLASS(insn->code) == BPF_JMP;
	unsigned int code = insn->code;
	char letter = is_64 ? 'r' : 'w';

	switch (BPF_OP(insn->code)) {
	case BPF_CALL:
		return print_call(insn, names, text, size);
	case BPF_EXIT:
		return snprintf(text, size, "(%02x) exit", code);
	case BPF_JA:
		if (is_64)
			return snprintf(text, size, "(%02x) goto pc%+d", code, insn->off);
		return snprintf(text, size, "(%02x) gotol pc%+d", code, insn->imm);
	case BPF_JCOND:
		return snprintf(text, size, "(%02x) may_goto pc%+d", code, insn->off);
	}
	if (BPF_SRC(insn->code) == BPF_X)
		return snprintf(text, size, "(%02x) if %c%u %s %c%u goto pc%+d", code, letter, insn->dst_reg,
				rq_isa_jump_operator(insn), letter, insn->src_reg, insn->off);
	return snprintf(text, size, "(%02x) if %c%u %s 0x%x goto pc%+d", code, letter, insn->dst_reg,
			rq_isa_jump_operator(insn), (uint32_t)insn->imm, insn->off);
}

static int print_atomic(const struct bpf_insn *insn, char *text, size_t size)
{
	static const char *const fetch_names[16] = {
		[BPF_ADD >> 4] = "add", [BPF_AND >> 4] = "and", [BPF_OR >> 4] = "or", [BPF_XOR >> 4] = "xor",
	};
	const char *width = BPF_SIZE(insn->code) == BPF_DW ? "64" : "", *type = memory_type(insn);
	unsigned int code = insn->code, dst = insn->dst_reg, src = insn->src_reg;

	switch (insn->imm) {
	case BPF_ADD:
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		return snprintf(text, size, "(%02x) lock *(%s *)(r%u %+d) %s r%u", code, type, dst, insn->off,
				alu_operators[insn->imm >> 4], src);
	case BPF_ADD | BPF_FETCH:
	case BPF_AND | BPF_FETCH:
	case BPF_OR | BPF_FETCH:
	case BPF_XOR | BPF_FETCH:
		return snprintf(text, size, "(%02x) r%u = atomic%s_fetch_%s((%s *)(r%u %+d), r%u)", code, src, width,
				fetch_names[insn->imm >> 4], type, dst, insn->off, src);
	case BPF_CMPXCHG:
		return snprintf(text, size, "(%02x) r0 = atomic%s_cmpxchg((%s *)(r%u %+d), r0, r%u)", code, width, type, dst,
				insn->off, src);
	case BPF_XCHG:
		return snprintf(text, size, "(%02x) r%u = atomic%s_xchg((%s *)(r%u %+d), r%u)", code, src, width, type, dst,
				insn->off, src);
	case BPF_LOAD_ACQ:
		return snprintf(text, size, "(%02x) r%u = load_acquire((%s *)(r%u %+d))", code, dst, type, src, insn->off);
	case BPF_STORE_REL:
		return snprintf(text, size, "(%02x) store_release((%s *)(r%u %+d), r%u)", code, type, dst, insn->off, src);
	default:
		return snprintf(text, size, "BUG_%02x", code);
	}
}

static int print_load(const struct bpf_insn *insn, const struct rq_disasm_names *names, char *text, size_t size)
{
	unsigned int code = insn->code;
	const char *name = NULL;
	uint64_t value;

	switch (BPF_MODE(insn->code)) {
	case BPF_ABS:
		return snprintf(text, size, "(%02x) r0 = *(%s *)skb[%d]", code, memory_type(insn), insn->imm);
	case BPF_IND:
		return snprintf(text, size, "(%02x) r0 = *(%s *)skb[r%u + %d]", code, memory_type(insn), insn->src_reg,
				insn->imm);
	}
	value = (uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn[0].imm;
	if (names && names->wide)
		name = names->wide(names->arg, insn, value);
	if (name)
		return snprintf(text, size, "(%02x) r%u = %s", code, insn->dst_reg, name);
	return snprintf(text, size, "(%02x) r%u = 0x%llx", code, insn->dst_reg, (unsigned long long)value);
}

int rq_isa_disassemble(const struct bpf_insn *insn, const struct rq_disasm_names *names, char *text, size_t size)
{
	unsigned int code = insn->code;

	if (!rq_isa_opcode_is_known(insn->code))
		return snprintf(text, size, "BUG_%02x", code);
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return print_alu(insn, text, size);
	case BPF_JMP:
	case BPF_JMP32:
		return print_jump(insn, names, text, size);
	case BPF_LD:
		return print_load(insn, names, text, size);
	case BPF_LDX:
		return snprintf(text, size, "(%02x) r%u = *(%s *)(r%u %+d)", code, insn->dst_reg,
				BPF_MODE(insn->code) == BPF_MEMSX ? signed_memory_types[BPF_SIZE(insn->code) >> 3] :
								    memory_type(insn),
				insn->src_reg, insn->off);
	case BPF_ST:
		return snprintf(text, size, "(%02x) *(%s *)(r%u %+d) = %d", code, memory_type(insn), insn->dst_reg, insn->off,
				insn->imm);
	default: /* BPF_STX */
		if (BPF_MODE(insn->code) == BPF_ATOMIC)
			return print_atomic(insn, text, size);
		return snprintf(text, size, "(%02x) *(%s *)(r%u %+d) = r%u", code, memory_type(insn), insn->dst_reg, insn->off,
				insn->src_reg);
	}
}
