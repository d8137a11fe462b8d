/* SPDX-License-Identifier: BSD-2-Clause */
/* Small programs for tests of the VM. */
#ifndef RQ_TESTS_VM_PROGRAM_H
#define RQ_TESTS_VM_PROGRAM_H

#include "isa/isa.h"

#define INSN(c, d, s, o, i) { .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) }
#define MOV(d, i)	    INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define MOV_X(d, s)	    INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define ALU(op, d, i)	    INSN(BPF_ALU64 | (op) | BPF_K, d, 0, 0, i)
#define ALU_X(op, d, s)	    INSN(BPF_ALU64 | (op) | BPF_X, d, s, 0, 0)
#define ALU32(op, d, i)	    INSN(BPF_ALU | (op) | BPF_K, d, 0, 0, i)
#define ALU32_X(op, d, s)   INSN(BPF_ALU | (op) | BPF_X, d, s, 0, 0)
#define WIDE(d, v)	    INSN(BPF_LD | BPF_IMM | BPF_DW, d, 0, 0, (int32_t)(uint32_t)(v)), \
			    INSN(0, 0, 0, 0, (int32_t)(uint32_t)((uint64_t)(v) >> 32))
#define LOAD(size, d, s, o) INSN(BPF_LDX | BPF_MEM | (size), d, s, o, 0)
#define STORE(size, d, s, o) INSN(BPF_STX | BPF_MEM | (size), d, s, o, 0)
#define STORE_K(size, d, o, i) INSN(BPF_ST | BPF_MEM | (size), d, 0, o, i)
#define ATOMIC(size, op, d, s, o) INSN(BPF_STX | BPF_ATOMIC | (size), d, s, o, op)
#define JUMP(op, d, i, o)   INSN(BPF_JMP | (op) | BPF_K, d, 0, o, i)
#define JUMP_X(op, d, s, o) INSN(BPF_JMP | (op) | BPF_X, d, s, o, 0)
#define JUMP32(op, d, i, o) INSN(BPF_JMP32 | (op) | BPF_K, d, 0, o, i)
#define GOTO(o)		    INSN(BPF_JMP | BPF_JA, 0, 0, o, 0)
#define MAY_GOTO(o)	    INSN(BPF_JMP | BPF_JCOND, 0, 0, o, 0)
#define CALL(i)		    INSN(BPF_JMP | BPF_CALL, 0, 0, 0, i)
#define CALL_LOCAL(o)	    INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, o)
#define EXIT		    INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#endif
