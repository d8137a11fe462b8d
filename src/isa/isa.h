/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instructions: RFC 9669 and what Linux has on top (cpu v4, load-acquire, store-release, may_goto, arena casts).
 * struct bpf_insn and most opcodes are linux/bpf.h's; what Debian 12's headers lack is defined here.
 */
#ifndef RQ_ISA_ISA_H
#define RQ_ISA_ISA_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef BPF_MEMSX
#define BPF_MEMSX 0x80
#endif
#ifndef BPF_JCOND
#define BPF_JCOND 0xe0
#endif
#ifndef BPF_LOAD_ACQ
#define BPF_LOAD_ACQ 0x100
#endif
#ifndef BPF_STORE_REL
#define BPF_STORE_REL 0x110
#endif
#ifndef BPF_PSEUDO_KFUNC_CALL
#define BPF_PSEUDO_KFUNC_CALL 2
#endif
#define RQ_BPF_ADDR_SPACE_CAST 1 /* off of a 64-bit register mov */

#define RQ_MAX_INSNS	   1000000
#define RQ_REGS		   11	/* r0 .. r10 */
#define RQ_STACK_BYTES	   512	/* of one frame */
#define RQ_FRAMES_MAX	   8

/* Size in bytes of a BPF_LD/LDX/ST/STX/atomic instruction: 1, 2, 4, 8. */
unsigned int rq_insn_size(const struct bpf_insn *insn);
static inline bool rq_insn_is_wide(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

/* Names for src_reg values of calls and wide loads, by linux/bpf.h: BPF_PSEUDO_MAP_FD, BPF_PSEUDO_CALL, ... */

bool rq_isa_opcode_is_known(uint8_t code);
static inline bool rq_isa_opcode_mode_is_load(uint8_t code)
{
	return BPF_MODE(code) == BPF_MEM || (BPF_MODE(code) == BPF_MEMSX && BPF_SIZE(code) != BPF_DW);
}

/*
 * The kernel judges instructions by themselves in two parts, and so do we, with its words and its order.
 *
 * rq_isa_check() is about the whole program, dead code too: known opcodes, wide loads whole, loads without an immediate.
 * The kernel does this after it has found the subprograms ("jump out of range", "last insn is not an exit or jmp") and
 * before it looks for unreachable code.
 */
int rq_isa_check(const struct bpf_insn *insns, uint32_t count, uint32_t *bad_index, char *message, size_t message_size);
/*
 * For an instruction that is reached: reserved fields zero, known atomic operation, registers 0..10. It comes before its
 * operands are looked at. Code that no path reaches is not asked; the VM traps there. 0 or -EINVAL.
 */
int rq_isa_check_fields(const struct bpf_insn *insn, char *message, size_t message_size);
/* After the operands were found readable: "div by zero", "invalid shift 64". 0 or -EINVAL. */
int rq_isa_check_constant(const struct bpf_insn *insn, char *message, size_t message_size);

/* The operator of an ALU or jump instruction as the log prints it: "+=", "s>>=", "s>"; "" when it has none. */
const char *rq_isa_alu_operator(const struct bpf_insn *insn);
const char *rq_isa_jump_operator(const struct bpf_insn *insn);

/* What a disassembly prints for the operand of a call or wide load; NULL functions print numbers. */
struct rq_disasm_names {
	const char *(*call)(void *arg, const struct bpf_insn *insn);
	const char *(*wide)(void *arg, const struct bpf_insn *insn, uint64_t value);
	void *arg;
};

/* One instruction in the kernel's words: "(61) r2 = *(u32 *)(r1 +76)". Returns the length, as snprintf. */
int rq_isa_disassemble(const struct bpf_insn *insn, const struct rq_disasm_names *names, char *text, size_t size);

/* -EINVAL, with the words in @message: how everything that judges instructions says no. */
int rq_isa_refuse(char *message, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
