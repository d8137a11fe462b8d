// SPDX-License-Identifier: BSD-2-Clause
/*
 * The interpreter: direct-threaded, each operation jumps to the next one's code. Registers and all frames are on the
 * thread's stack; nothing is allocated and nothing is locked, so a run may land on another at any instruction.
 */
#include <string.h>

#include "func/memory.h"
#include "map/map.h"
#include "vm/code.h"

#define MAY_GOTO_LOOPS (8 << 20)
#define TAIL_CALLS_MAX 33

/* What a local call keeps for its caller. r10 follows from the frame's number. */
struct frame {
	uint64_t saved[4]; /* r6 .. r9 */
	const struct rq_op *back;
	const struct rq_code *code;
	uint64_t may_goto_left;
};

/* Programs share memory without telling the compiler's thread checker: races there are theirs. */
#if defined(__has_feature)
#define CLANG_THREAD_SANITIZER __has_feature(thread_sanitizer)
#else
#define CLANG_THREAD_SANITIZER 0
#endif
#if defined(__SANITIZE_THREAD__) || CLANG_THREAD_SANITIZER
#define NOT_WATCHED __attribute__((no_sanitize("thread")))
#else
#define NOT_WATCHED
#endif

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

/* Division as RFC 9669 has it: by zero gives 0, the remainder is the dividend; the one overflow wraps. */
static inline u64 div64(u64 a, u64 b)
{
	return b ? a / b : 0;
}

static inline u64 mod64(u64 a, u64 b)
{
	return b ? a % b : a;
}

static inline u32 div32(u32 a, u32 b)
{
	return b ? a / b : 0;
}

static inline u32 mod32(u32 a, u32 b)
{
	return b ? a % b : a;
}

static inline u64 sdiv64(u64 a, u64 b)
{
	return b == (u64)-1 ? -a : b ? (u64)((s64)a / (s64)b) : 0;
}

static inline u64 smod64(u64 a, u64 b)
{
	return b == (u64)-1 ? 0 : b ? (u64)((s64)a % (s64)b) : a;
}

static inline u32 sdiv32(u32 a, u32 b)
{
	return b == (u32)-1 ? -a : b ? (u32)((s32)a / (s32)b) : 0;
}

static inline u32 smod32(u32 a, u32 b)
{
	return b == (u32)-1 ? 0 : b ? (u32)((s32)a % (s32)b) : a;
}

static u64 probe(u64 address, unsigned int size, bool sign_extend)
{
	u64 value = 0;

	if (rq_probe_read(&value, address, size))
		return 0;
	if (sign_extend)
		value = (u64)((s64)(value << (64 - size * 8)) >> (64 - size * 8));
	return value;
}

/* The program that a tail call goes to, or NULL: then it is no call at all. */
static const struct rq_prog *tail_call_target(struct rq_exec *exec, u64 map_address, u64 index)
{
	struct rq_map *map = (struct rq_map *)(uintptr_t)map_address;
	const struct rq_prog *target;

	if ((u32)index >= map->max_entries || exec->tail_calls >= TAIL_CALLS_MAX || !map->ops->program)
		return NULL;
	target = map->ops->program(map, (u32)index);
	if (!target || !target->code)
		return NULL;
	exec->tail_calls++;
	return target;
}

/* Bytes of the packet as a number in network order. */
static bool load_packet(struct rq_exec *exec, u64 ctx, u32 offset, u32 size, u64 *value)
{
	const struct rq_host_ctx *host = (const struct rq_host_ctx *)(uintptr_t)ctx;
	size_t length = host->data_end - host->data;

	if (offset > length || length - offset < size)
		return false;
	*value = 0;
	for (u32 i = 0; i < size; i++)
		*value = *value << 8 | host->data[offset + i];
	return true;
}

#define ALU_VALUES(name, op64, op32)                                                                                   \
	name##64_K : { u64 a = DST, b = pc->value; DST = (op64); NEXT; }                                               \
	name##64_X : { u64 a = DST, b = SRC; DST = (op64); NEXT; }                                                     \
	name##32_K : { u32 a = (u32)DST, b = (u32)pc->value; DST = (u32)(op32); NEXT; }                                \
	name##32_X : { u32 a = (u32)DST, b = (u32)SRC; DST = (u32)(op32); NEXT; }

#define JUMP_IF(name, type64, type32, relation)                                                                        \
	name##64_K : { if ((type64)DST relation (type64)pc->value) GO(pc->offset); NEXT; }                             \
	name##64_X : { if ((type64)DST relation (type64)SRC) GO(pc->offset); NEXT; }                                   \
	name##32_K : { if ((type32)DST relation (type32)pc->value) GO(pc->offset); NEXT; }                             \
	name##32_X : { if ((type32)DST relation (type32)SRC) GO(pc->offset); NEXT; }

#define MEMORY(base) ((void *)(uintptr_t)((base) + (s64)pc->offset))

/* Plain accesses are of any alignment; atomic ones are aligned, the verifier saw to that. */
#define SIZED(bits)                                                                                                    \
	LOAD##bits : { u##bits value; memcpy(&value, MEMORY(SRC), sizeof(value)); DST = value; NEXT; }                 \
	STORE##bits : { u##bits value = (u##bits)SRC; memcpy(MEMORY(DST), &value, sizeof(value)); NEXT; }              \
	STORE_K##bits : { u##bits value = (u##bits)pc->value; memcpy(MEMORY(DST), &value, sizeof(value)); NEXT; }      \
	LOAD_ACQUIRE##bits : { DST = __atomic_load_n((u##bits *)MEMORY(SRC), __ATOMIC_ACQUIRE); NEXT; }                \
	STORE_RELEASE##bits : { __atomic_store_n((u##bits *)MEMORY(DST), (u##bits)SRC, __ATOMIC_RELEASE); NEXT; }

#define LOAD_SIGNED(bits)                                                                                              \
	LOAD_SIGNED##bits : { s##bits value; memcpy(&value, MEMORY(SRC), sizeof(value)); DST = (u64)(s64)value; NEXT; }

/* flags: the old value goes to the source register. */
#define ATOMIC(name, function)                                                                                         \
	ATOMIC_##name##32 : {                                                                                          \
		u32 old = function((u32 *)MEMORY(DST), (u32)SRC, __ATOMIC_SEQ_CST);                                    \
		if (pc->flags)                                                                                         \
			SRC = old;                                                                                     \
		NEXT;                                                                                                  \
	}                                                                                                              \
	ATOMIC_##name##64 : {                                                                                          \
		u64 old = function((u64 *)MEMORY(DST), SRC, __ATOMIC_SEQ_CST);                                         \
		if (pc->flags)                                                                                         \
			SRC = old;                                                                                     \
		NEXT;                                                                                                  \
	}

#define DST regs[pc->dst]
#define SRC regs[pc->src]
#define NEXT                                                                                                           \
	do {                                                                                                           \
		pc++;                                                                                                  \
		goto *pc->handler;                                                                                     \
	} while (0)
#define GO(distance)                                                                                                   \
	do {                                                                                                           \
		pc += (distance);                                                                                      \
		goto *pc->handler;                                                                                     \
	} while (0)

/* A new frame: what a program may read before it writes it is zero. */
#define ENTER(entry)                                                                                                   \
	do {                                                                                                           \
		unsigned char *top = stack[frame] + RQ_STACK_BYTES;                                                    \
		u32 used = code->stack_bytes[entry];                                                                   \
                                                                                                                       \
		regs[10] = (uintptr_t)top;                                                                             \
		for (u32 cleared = 0; cleared < used; cleared += 16)                                                   \
			memset(top - cleared - 16, 0, 16);                                                             \
	} while (0)

#define LABELS_OF_FOUR(name) &&name##64_K, &&name##64_X, &&name##32_K, &&name##32_X,
#define LABELS_OF_SIZED(bits) &&LOAD##bits, &&STORE##bits, &&STORE_K##bits, &&LOAD_ACQUIRE##bits, &&STORE_RELEASE##bits,
#define LABELS_OF_FETCH(name) &&ATOMIC_##name##32, &&ATOMIC_##name##64,

/* @exec NULL: only give the handlers' addresses, which no other function can name. */
NOT_WATCHED static u64 interpret(struct rq_exec *exec, const struct rq_code *code, u32 start, const u64 args[5],
				 const void *const **handlers)
{
	static const void *const labels[RQ_OPS_COUNT] = {
		RQ_OPS_ALU(LABELS_OF_FOUR)
		&&NEG64, &&NEG32,
		&&SIGN8_64, &&SIGN16_64, &&SIGN32_64, &&SIGN8_32, &&SIGN16_32,
		&&ZERO16, &&ZERO32, &&SWAP16, &&SWAP32, &&SWAP64, &&NOTHING,
		&&WIDE,
		RQ_OPS_SIZED(LABELS_OF_SIZED)
		&&LOAD_SIGNED8, &&LOAD_SIGNED16, &&LOAD_SIGNED32,
		&&PROBE,
		&&ARENA, &&CAST_USER,
		RQ_OPS_FETCH(LABELS_OF_FETCH)
		&&CMPXCHG32, &&CMPXCHG64,
		&&PACKET_LOAD,
		RQ_OPS_JUMP(LABELS_OF_FOUR)
		&&JUMP_ALWAYS, &&MAY_GOTO,
		&&CALL, &&CALL_BACK, &&CALL_LOCAL, &&TAIL_CALL, &&EXIT,
		&&TRAP,
		&&MOV_LSH_K, &&MOV_RSH_K, &&SHIFT_LEFT_XOR, &&SHIFT_RIGHT_XOR,
	};
	u64 regs[RQ_REGS];
	struct frame frames[RQ_FRAMES_MAX];
	unsigned char stack[RQ_FRAMES_MAX][RQ_STACK_BYTES] __attribute__((aligned(16)));
	const struct rq_op *pc;
	unsigned int frame = 0;
	u64 may_goto_left = MAY_GOTO_LOOPS;

	if (!exec) {
		*handlers = labels;
		return 0;
	}
	memcpy(&regs[1], args, 5 * sizeof(regs[0]));
	regs[0] = regs[6] = regs[7] = regs[8] = regs[9] = 0;
	ENTER(start);
	pc = &code->ops[start];
	goto *pc->handler;

	ALU_VALUES(ADD, a + b, a + b)
	ALU_VALUES(SUB, a - b, a - b)
	ALU_VALUES(MUL, a * b, a * b)
	ALU_VALUES(DIV, div64(a, b), div32(a, b))
	ALU_VALUES(OR, a | b, a | b)
	ALU_VALUES(AND, a & b, a & b)
	ALU_VALUES(LSH, a << (b & 63), a << (b & 31))
	ALU_VALUES(RSH, a >> (b & 63), a >> (b & 31))
	ALU_VALUES(MOD, mod64(a, b), mod32(a, b))
	ALU_VALUES(XOR, a ^ b, a ^ b)
	ALU_VALUES(ARSH, (u64)((s64)a >> (b & 63)), (u32)((s32)a >> (b & 31)))
	ALU_VALUES(SDIV, sdiv64(a, b), sdiv32(a, b))
	ALU_VALUES(SMOD, smod64(a, b), smod32(a, b))
MOV64_K:
	DST = pc->value;
	NEXT;
MOV64_X:
	DST = SRC;
	NEXT;
MOV32_K:
	DST = (u32)pc->value;
	NEXT;
MOV32_X:
	DST = (u32)SRC;
	NEXT;
NEG64:
	DST = -DST;
	NEXT;
NEG32:
	DST = -(u32)DST;
	NEXT;
SIGN8_64:
	DST = (u64)(s64)(s8)SRC;
	NEXT;
SIGN16_64:
	DST = (u64)(s64)(s16)SRC;
	NEXT;
SIGN32_64:
	DST = (u64)(s64)(s32)SRC;
	NEXT;
SIGN8_32:
	DST = (u32)(s32)(s8)SRC;
	NEXT;
SIGN16_32:
	DST = (u32)(s32)(s16)SRC;
	NEXT;
ZERO16:
	DST = (u16)DST;
	NEXT;
ZERO32:
	DST = (u32)DST;
	NEXT;
SWAP16:
	DST = __builtin_bswap16((u16)DST);
	NEXT;
SWAP32:
	DST = __builtin_bswap32((u32)DST);
	NEXT;
SWAP64:
	DST = __builtin_bswap64(DST);
	NEXT;
NOTHING:
	NEXT;
WIDE:
	DST = pc->value;
	GO(2);

	SIZED(8)
	SIZED(16)
	SIZED(32)
	SIZED(64)
	LOAD_SIGNED(8)
	LOAD_SIGNED(16)
	LOAD_SIGNED(32)
PROBE:
	DST = probe(SRC + (s64)pc->offset, pc->size, pc->flags);
	NEXT;

ARENA:
	rq_arena_access(code->arena, (const struct bpf_insn *)(uintptr_t)pc->value, regs);
	NEXT;
CAST_USER: /* the low half of a pointer gets its upper half, but not NULL */
	DST = (u32)SRC ? pc->value | (u32)SRC : 0;
	NEXT;
	ATOMIC(ADD, __atomic_fetch_add)
	ATOMIC(AND, __atomic_fetch_and)
	ATOMIC(OR, __atomic_fetch_or)
	ATOMIC(XOR, __atomic_fetch_xor)
	ATOMIC(XCHG, __atomic_exchange_n)
CMPXCHG32: {
	u32 old = (u32)regs[0];

	__atomic_compare_exchange_n((u32 *)MEMORY(DST), &old, (u32)SRC, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	regs[0] = old;
	NEXT;
}
CMPXCHG64: {
	u64 old = regs[0];

	__atomic_compare_exchange_n((u64 *)MEMORY(DST), &old, SRC, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	regs[0] = old;
	NEXT;
}
PACKET_LOAD: /* r6 is the context; what is not there ends the program with 0 */
	if (!load_packet(exec, regs[6], (u32)pc->value + (pc->flags ? (u32)SRC : 0), pc->size, &regs[0])) {
		exec->left = true;
		return 0;
	}
	NEXT;

	JUMP_IF(JEQ, u64, u32, ==)
	JUMP_IF(JGT, u64, u32, >)
	JUMP_IF(JGE, u64, u32, >=)
	JUMP_IF(JNE, u64, u32, !=)
	JUMP_IF(JSGT, s64, s32, >)
	JUMP_IF(JSGE, s64, s32, >=)
	JUMP_IF(JLT, u64, u32, <)
	JUMP_IF(JLE, u64, u32, <=)
	JUMP_IF(JSLT, s64, s32, <)
	JUMP_IF(JSLE, s64, s32, <=)
JSET64_K:
	if (DST & pc->value)
		GO(pc->offset);
	NEXT;
JSET64_X:
	if (DST & SRC)
		GO(pc->offset);
	NEXT;
JSET32_K:
	if ((u32)DST & (u32)pc->value)
		GO(pc->offset);
	NEXT;
JSET32_X:
	if ((u32)DST & (u32)SRC)
		GO(pc->offset);
	NEXT;
JUMP_ALWAYS:
	GO(pc->offset);
MAY_GOTO:
	if (!may_goto_left)
		GO(pc->offset);
	may_goto_left--;
	NEXT;

CALL:
	exec->insn = pc->offset;
	regs[0] = pc->call(exec, regs[1], regs[2], regs[3], regs[4], regs[5]);
	NEXT;
CALL_BACK: /* it may throw, or run code of the program that does */
	exec->insn = pc->offset;
	regs[0] = pc->call(exec, regs[1], regs[2], regs[3], regs[4], regs[5]);
	if (exec->left)
		return 0;
	NEXT;
CALL_LOCAL: {
	struct frame *caller = &frames[frame];

	if (frame + 1 == RQ_FRAMES_MAX)
		goto TRAP;
	memcpy(caller->saved, &regs[6], sizeof(caller->saved));
	caller->back = pc + 1;
	caller->code = code;
	caller->may_goto_left = may_goto_left;
	may_goto_left = MAY_GOTO_LOOPS;
	frame++;
	ENTER(pc - code->ops + pc->offset);
	GO(pc->offset);
}
TAIL_CALL: {
	const struct rq_prog *target = tail_call_target(exec, regs[2], regs[3]);

	if (!target)
		NEXT;
	exec->prog = target;
	code = target->code;
	may_goto_left = MAY_GOTO_LOOPS;
	pc = code->ops;
	goto *pc->handler;
}
EXIT: {
	const struct frame *caller;

	if (!frame)
		return regs[0];
	caller = &frames[--frame];
	memcpy(&regs[6], caller->saved, sizeof(caller->saved));
	regs[10] = (uintptr_t)stack[frame] + RQ_STACK_BYTES;
	may_goto_left = caller->may_goto_left;
	if (code != caller->code) {
		code = caller->code;
		exec->prog = code->prog;
	}
	pc = caller->back;
	goto *pc->handler;
}
TRAP:
	exec->insn = pc - code->ops;
	exec->trapped = true;
	exec->left = true;
	return 0;

MOV_LSH_K:
	DST = SRC << pc->size;
	GO(2);
MOV_RSH_K:
	DST = SRC >> pc->size;
	GO(2);
SHIFT_LEFT_XOR: /* t = x; t <<= k; x ^= t */
	DST = SRC << pc->size;
	SRC ^= DST;
	GO(3);
SHIFT_RIGHT_XOR:
	DST = SRC >> pc->size;
	SRC ^= DST;
	GO(3);
}

const void *const *rq_interpreter_handlers(void)
{
	const void *const *handlers;

	interpret(NULL, NULL, 0, NULL, &handlers);
	return handlers;
}

u64 rq_interpret(struct rq_exec *exec, const struct rq_code *code, u32 start, const u64 args[5])
{
	return interpret(exec, code, start, args, NULL);
}
