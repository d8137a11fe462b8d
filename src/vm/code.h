/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prepared code: one operation for each instruction, at the same index, so that an operation's position is the
 * instruction that reports name. An operation holds the address of the interpreter's code for it.
 */
#ifndef RQ_VM_CODE_H
#define RQ_VM_CODE_H

#include <stdint.h>

#include "vm/vm.h"

/* Operations: RQ_OP(name). The families are macros over the operators, in the interpreter's order. */
#define RQ_OPS_ALU(F)                                                                                                  \
	F(ADD) F(SUB) F(MUL) F(DIV) F(OR) F(AND) F(LSH) F(RSH) F(MOD) F(XOR) F(MOV) F(ARSH) F(SDIV) F(SMOD)
#define RQ_OPS_JUMP(F)                                                                                                 \
	F(JEQ) F(JGT) F(JGE) F(JSET) F(JNE) F(JSGT) F(JSGE) F(JLT) F(JLE) F(JSLT) F(JSLE)
#define RQ_OPS_SIZED(F) F(8) F(16) F(32) F(64)
#define RQ_OPS_FETCH(F) F(ADD) F(AND) F(OR) F(XOR) F(XCHG)

#define RQ_OP_ALU(name) RQ_OP_##name##64_K, RQ_OP_##name##64_X, RQ_OP_##name##32_K, RQ_OP_##name##32_X,
#define RQ_OP_JUMP(name) RQ_OP_##name##64_K, RQ_OP_##name##64_X, RQ_OP_##name##32_K, RQ_OP_##name##32_X,
#define RQ_OP_SIZED(bits) RQ_OP_LOAD##bits, RQ_OP_STORE##bits, RQ_OP_STORE_K##bits, RQ_OP_LOAD_ACQUIRE##bits, \
			  RQ_OP_STORE_RELEASE##bits,
#define RQ_OP_FETCH(name) RQ_OP_ATOMIC_##name##32, RQ_OP_ATOMIC_##name##64,

enum rq_op_kind {
	RQ_OPS_ALU(RQ_OP_ALU)
	RQ_OP_NEG64, RQ_OP_NEG32,
	RQ_OP_SIGN8_64, RQ_OP_SIGN16_64, RQ_OP_SIGN32_64, RQ_OP_SIGN8_32, RQ_OP_SIGN16_32,
	RQ_OP_ZERO16, RQ_OP_ZERO32, RQ_OP_SWAP16, RQ_OP_SWAP32, RQ_OP_SWAP64, RQ_OP_NOTHING,
	RQ_OP_WIDE,
	RQ_OPS_SIZED(RQ_OP_SIZED)
	RQ_OP_LOAD_SIGNED8, RQ_OP_LOAD_SIGNED16, RQ_OP_LOAD_SIGNED32,
	RQ_OP_PROBE,
	RQ_OP_ARENA, RQ_OP_CAST_USER,
	RQ_OPS_FETCH(RQ_OP_FETCH)
	RQ_OP_CMPXCHG32, RQ_OP_CMPXCHG64,
	RQ_OP_PACKET_LOAD,
	RQ_OPS_JUMP(RQ_OP_JUMP)
	RQ_OP_JUMP_ALWAYS, RQ_OP_MAY_GOTO,
	RQ_OP_CALL, RQ_OP_CALL_BACK, RQ_OP_CALL_LOCAL, RQ_OP_TAIL_CALL, RQ_OP_EXIT,
	RQ_OP_TRAP,
	/* Pairs and triples of instructions that compilers put together. */
	RQ_OP_MOV_LSH_K, RQ_OP_MOV_RSH_K, RQ_OP_SHIFT_LEFT_XOR, RQ_OP_SHIFT_RIGHT_XOR,
	RQ_OPS_COUNT,
};

struct rq_op {
	const void *handler;
	union {
		uint64_t value;        /* an immediate, sign-extended */
		rq_func_call call;
	};
	int32_t offset;                /* of a memory access; of a jump: operations from here; of a call: its own index */
	uint8_t dst, src;
	uint8_t size;                  /* RQ_OP_PROBE, RQ_OP_PACKET_LOAD: bytes */
	uint8_t flags;                 /* RQ_OP_PROBE: 1: sign-extended. RQ_OP_PACKET_LOAD: 1: plus a register */
};

struct rq_code {
	const struct rq_prog *prog;
	struct rq_map *arena; /* of the program; NULL: it has none */
	uint32_t count;
	uint16_t *stack_bytes; /* at a subprogram's first instruction: how much of its frame it uses */
	struct rq_op ops[];
};

/* Room for @count operations and one more, so that nothing can run off the end. Zeroed; NULL: no memory. rq_free(). */
struct rq_code *rq_code_alloc(uint32_t count);

/* arena.c: do what @insn says in the program's arena. In any context. */
void rq_arena_access(struct rq_map *arena, const struct bpf_insn *insn, uint64_t *regs);

/* The interpreter's code for each operation: RQ_OPS_COUNT addresses. */
const void *const *rq_interpreter_handlers(void);

/*
 * Run from operation @start with r1..r5 = @args until the frame that this starts in returns. @frames_left: how many
 * nested local calls there may be. exec->thrown and exec->trapped say whether it ended by itself.
 */
uint64_t rq_interpret(struct rq_exec *exec, const struct rq_code *code, uint32_t start, const uint64_t args[5]);

#endif
