// SPDX-License-Identifier: BSD-2-Clause
/*
 * Instructions by themselves. As the kernel does, in two parts: rq_isa_check() goes over the whole
 * program, dead code included; rq_isa_check_fields() is asked when an instruction is reached, so
 * that dead code may hold what it likes.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "isa/isa.h"

int rq_isa_refuse(char *message, size_t size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(message, size, format, args);
	va_end(args);
	return -EINVAL;
}

unsigned int rq_insn_size(const struct bpf_insn *insn)
{
	switch (BPF_SIZE(insn->code)) {
	case BPF_B: return 1;
	case BPF_H: return 2;
	case BPF_W: return 4;
	default: return 8;
	}
}

static bool alu_is_known(uint8_t code)
{
	bool is_64 = BPF_CLASS(code) == BPF_ALU64, by_register = BPF_SRC(code) == BPF_X;

	switch (BPF_OP(code)) {
	case BPF_NEG: return !by_register;
	case BPF_END: /* 64-bit: the unconditional bswap, which has one form */
		return !is_64 || !by_register;
	case 0xe0:
	case 0xf0: return false;
	default: return true;
	}
}

static bool jump_is_known(uint8_t code)
{
	bool is_64 = BPF_CLASS(code) == BPF_JMP, by_register = BPF_SRC(code) == BPF_X;

	switch (BPF_OP(code)) {
	case BPF_JA: return !by_register;
	case BPF_CALL:
	case BPF_EXIT:
	case BPF_JCOND: return is_64 && !by_register;
	case 0xf0: return false;
	default: return true;
	}
}

bool rq_isa_opcode_is_known(uint8_t code)
{
	switch (BPF_CLASS(code)) {
	case BPF_ALU:
	case BPF_ALU64: return alu_is_known(code);
	case BPF_JMP:
	case BPF_JMP32: return jump_is_known(code);
	case BPF_LD:
		if (code == (BPF_LD | BPF_IMM | BPF_DW))
			return true;
		return (BPF_MODE(code) == BPF_ABS || BPF_MODE(code) == BPF_IND) &&
		       BPF_SIZE(code) != BPF_DW;
	case BPF_LDX:
		if (BPF_MODE(code) == BPF_MEMSX)
			return BPF_SIZE(code) != BPF_DW;
		return BPF_MODE(code) == BPF_MEM;
	case BPF_ST: return BPF_MODE(code) == BPF_MEM;
	default: /* BPF_STX */ return BPF_MODE(code) == BPF_MEM || BPF_MODE(code) == BPF_ATOMIC;
	}
}

static int check_wide(const struct bpf_insn *insn, bool last, char *message, size_t size)
{
	const struct bpf_insn *second = insn + 1;

	if (last || second->code || second->dst_reg || second->src_reg || second->off)
		return rq_isa_refuse(message, size, "invalid bpf_ld_imm64 insn");
	switch (insn->src_reg) {
	case 0:
	case BPF_PSEUDO_BTF_ID:
	case BPF_PSEUDO_FUNC:
	case BPF_PSEUDO_MAP_VALUE:
	case BPF_PSEUDO_MAP_IDX_VALUE: return 0;
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_IDX:
		if (!second->imm) /* the upper half has no meaning there */
			return 0;
		break;
	}
	return rq_isa_refuse(message, size, "unrecognized bpf_ld_imm64 insn");
}

int rq_isa_check(const struct bpf_insn *insns, uint32_t count, uint32_t *bad_index, char *message,
		 size_t message_size)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct bpf_insn *insn = &insns[i];
		int err;

		*bad_index = i;
		if (BPF_CLASS(insn->code) == BPF_LDX &&
		    (!rq_isa_opcode_mode_is_load(insn->code) || insn->imm))
			return rq_isa_refuse(message, message_size, "BPF_LDX uses reserved fields");
		if (!rq_isa_opcode_is_known(insn->code))
			return rq_isa_refuse(message, message_size, "unknown opcode %02x",
					     insn->code);
		if (rq_insn_is_wide(insn)) {
			err = check_wide(insn, i + 1 == count, message, message_size);
			if (err)
				return err;
			i++;
		}
	}
	return 0;
}

/* Which bits a mov sign-extends from; 0: an ordinary one. */
static bool mov_offset_is_known(const struct bpf_insn *insn)
{
	if (BPF_SRC(insn->code) == BPF_K)
		return insn->off == 0;
	return insn->off == 0 || insn->off == 8 || insn->off == 16 ||
	       (insn->off == 32 && BPF_CLASS(insn->code) == BPF_ALU64);
}

static int check_alu_fields(const struct bpf_insn *insn, char *message, size_t size)
{
	bool is_64 = BPF_CLASS(insn->code) == BPF_ALU64, by_register = BPF_SRC(insn->code) == BPF_X;
	bool unused_set = by_register ? insn->imm != 0 : insn->src_reg != 0;

	switch (BPF_OP(insn->code)) {
	case BPF_NEG:
		if (insn->src_reg || insn->off || insn->imm)
			return rq_isa_refuse(message, size, "BPF_NEG uses reserved fields");
		return 0;
	case BPF_END:
		if (insn->src_reg || insn->off ||
		    (insn->imm != 16 && insn->imm != 32 && insn->imm != 64))
			return rq_isa_refuse(message, size, "BPF_END uses reserved fields");
		return 0;
	case BPF_MOV:
		if (by_register && is_64 && insn->off == RQ_BPF_ADDR_SPACE_CAST) {
			if (insn->imm != 1 && insn->imm != 1 << 16)
				return rq_isa_refuse(
					message, size,
					"addr_space_cast insn can only convert between address space 1 and 0");
			return 0;
		}
		if (unused_set || !mov_offset_is_known(insn))
			return rq_isa_refuse(message, size, "BPF_MOV uses reserved fields");
		return 0;
	case BPF_DIV:
	case BPF_MOD: /* an offset of 1 is the signed form */
		if (unused_set || (insn->off != 0 && insn->off != 1))
			return rq_isa_refuse(message, size, "BPF_ALU uses reserved fields");
		return 0;
	default:
		if (unused_set || insn->off)
			return rq_isa_refuse(message, size, "BPF_ALU uses reserved fields");
		return 0;
	}
}

static int check_jump_fields(const struct bpf_insn *insn, char *message, size_t size)
{
	bool is_32 = BPF_CLASS(insn->code) == BPF_JMP32, by_register = BPF_SRC(insn->code) == BPF_X;

	switch (BPF_OP(insn->code)) {
	case BPF_CALL:
		if (insn->src_reg > BPF_PSEUDO_KFUNC_CALL || insn->dst_reg ||
		    (insn->src_reg != BPF_PSEUDO_KFUNC_CALL &&
		     insn->off)) /* a kfunc's: whose BTF */
			return rq_isa_refuse(message, size, "BPF_CALL uses reserved fields");
		return 0;
	case BPF_EXIT:
		if (insn->src_reg || insn->dst_reg || insn->imm)
			return rq_isa_refuse(message, size, "BPF_EXIT uses reserved fields");
		return 0;
	case BPF_JA:
		if (insn->src_reg || insn->dst_reg || (is_32 ? insn->off : insn->imm))
			return rq_isa_refuse(message, size, "BPF_JA uses reserved fields");
		return 0;
	case BPF_JCOND:
		if (insn->src_reg || insn->dst_reg || insn->imm)
			return rq_isa_refuse(message, size, "invalid may_goto imm %d", insn->imm);
		return 0;
	default:
		if (by_register ? insn->imm : insn->src_reg)
			return rq_isa_refuse(message, size, "BPF_JMP/JMP32 uses reserved fields");
		return 0;
	}
}

static int check_atomic_fields(const struct bpf_insn *insn, char *message, size_t size)
{
	switch (insn->imm) {
	case BPF_ADD:
	case BPF_ADD | BPF_FETCH:
	case BPF_AND:
	case BPF_AND | BPF_FETCH:
	case BPF_OR:
	case BPF_OR | BPF_FETCH:
	case BPF_XOR:
	case BPF_XOR | BPF_FETCH:
	case BPF_XCHG:
	case BPF_CMPXCHG:
		if (rq_insn_size(insn) < 4)
			return rq_isa_refuse(message, size, "invalid atomic operand size");
		return 0;
	case BPF_LOAD_ACQ:
	case BPF_STORE_REL: return 0;
	default:
		return rq_isa_refuse(message, size, "BPF_ATOMIC uses invalid atomic opcode %02x",
				     insn->imm);
	}
}

static int check_fields(const struct bpf_insn *insn, char *message, size_t size)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64: return check_alu_fields(insn, message, size);
	case BPF_JMP:
	case BPF_JMP32: return check_jump_fields(insn, message, size);
	case BPF_LD:
		if (rq_insn_is_wide(insn)) {
			if (insn->off)
				return rq_isa_refuse(message, size,
						     "BPF_LD_IMM64 uses reserved fields");
		} else if (insn->dst_reg || insn->off ||
			   (BPF_MODE(insn->code) == BPF_ABS && insn->src_reg)) {
			return rq_isa_refuse(message, size,
					     "BPF_LD_[ABS|IND] uses reserved fields");
		}
		return 0;
	case BPF_ST:
		if (insn->src_reg)
			return rq_isa_refuse(message, size, "BPF_ST uses reserved fields");
		return 0;
	case BPF_STX:
		if (BPF_MODE(insn->code) == BPF_ATOMIC)
			return check_atomic_fields(insn, message, size);
		if (insn->imm)
			return rq_isa_refuse(message, size, "BPF_STX uses reserved fields");
		return 0;
	default: return 0;
	}
}

int rq_isa_check_fields(const struct bpf_insn *insn, char *message, size_t message_size)
{
	int err = check_fields(insn, message, message_size);

	if (err)
		return err;
	if (insn->src_reg >= RQ_REGS && !rq_insn_is_wide(insn))
		return rq_isa_refuse(message, message_size, "R%d is invalid", insn->src_reg);
	if (insn->dst_reg >= RQ_REGS)
		return rq_isa_refuse(message, message_size, "R%d is invalid", insn->dst_reg);
	return 0;
}

int rq_isa_check_constant(const struct bpf_insn *insn, char *message, size_t message_size)
{
	bool is_64 = BPF_CLASS(insn->code) == BPF_ALU64;

	if ((!is_64 && BPF_CLASS(insn->code) != BPF_ALU) || BPF_SRC(insn->code) != BPF_K)
		return 0;
	switch (BPF_OP(insn->code)) {
	case BPF_DIV:
	case BPF_MOD:
		if (!insn->imm)
			return rq_isa_refuse(message, message_size, "div by zero");
		return 0;
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		if (insn->imm < 0 || insn->imm >= (is_64 ? 64 : 32))
			return rq_isa_refuse(message, message_size, "invalid shift %d", insn->imm);
		return 0;
	default: return 0;
	}
}
