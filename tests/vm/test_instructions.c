// SPDX-License-Identifier: BSD-2-Clause
/* Each class of instruction gives what RFC 9669 says, and arithmetic on random numbers what a plain C model says. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "program.h"
#include "vm/vm.h"

static uint64_t run_on(const struct bpf_insn *insns, uint32_t count, void *memory, size_t size)
{
	char message[128] = "";
	uint64_t result = 0;
	int err = rq_vm_run_raw(insns, count, memory, size, &result, message, sizeof(message));

	assert_string_equal(message, "");
	assert_int_equal(err, 0);
	return result;
}

#define RUN(...) run_on((const struct bpf_insn[]){ __VA_ARGS__ }, \
			sizeof((const struct bpf_insn[]){ __VA_ARGS__ }) / sizeof(struct bpf_insn), NULL, 0)
#define RUN_ON(memory, ...) run_on((const struct bpf_insn[]){ __VA_ARGS__ }, \
				   sizeof((const struct bpf_insn[]){ __VA_ARGS__ }) / sizeof(struct bpf_insn), memory, \
				   sizeof(memory))

static void assert_result(uint64_t got, uint64_t wanted)
{
	if (got != wanted)
		fail_msg("0x%llx, not 0x%llx", (unsigned long long)got, (unsigned long long)wanted);
}

static void constants_and_moves(void **state)
{
	assert_result(RUN(MOV(0, -1), EXIT), UINT64_MAX);
	assert_result(RUN(ALU32(BPF_MOV, 0, -1), EXIT), 0xffffffff);
	assert_result(RUN(WIDE(0, 0x123456789abcdef0), EXIT), 0x123456789abcdef0);
	assert_result(RUN(WIDE(1, 0x1122334455667788), ALU32_X(BPF_MOV, 0, 1), EXIT), 0x55667788);
}

static void sign_extending_moves(void **state)
{
	const uint64_t value = 0x80818283848586f7;

	assert_result(RUN(WIDE(1, value), INSN(0xbf, 0, 1, 8, 0), EXIT), 0xfffffffffffffff7);
	assert_result(RUN(WIDE(1, value), INSN(0xbf, 0, 1, 16, 0), EXIT), 0xffffffffffff86f7);
	assert_result(RUN(WIDE(1, value), INSN(0xbf, 0, 1, 32, 0), EXIT), 0xffffffff848586f7);
	assert_result(RUN(WIDE(1, value), INSN(0xbc, 0, 1, 8, 0), EXIT), 0xfffffff7);
	assert_result(RUN(WIDE(1, value), INSN(0xbc, 0, 1, 16, 0), EXIT), 0xffff86f7);
}

static void division_by_zero_and_overflow(void **state)
{
	assert_result(RUN(MOV(0, 7), MOV(1, 0), ALU_X(BPF_DIV, 0, 1), EXIT), 0);
	assert_result(RUN(MOV(0, 7), MOV(1, 0), ALU_X(BPF_MOD, 0, 1), EXIT), 7);
	assert_result(RUN(MOV(0, -1), MOV(1, 0), ALU32_X(BPF_DIV, 0, 1), EXIT), 0);
	assert_result(RUN(MOV(0, -1), MOV(1, 0), ALU32_X(BPF_MOD, 0, 1), EXIT), 0xffffffff);
	/* an offset of 1: signed */
	assert_result(RUN(MOV(0, -7), MOV(1, 0), INSN(0x3f, 0, 1, 1, 0), EXIT), 0);
	assert_result(RUN(MOV(0, -7), MOV(1, 0), INSN(0x9f, 0, 1, 1, 0), EXIT), -7);
	assert_result(RUN(WIDE(0, 1ULL << 63), MOV(1, -1), INSN(0x3f, 0, 1, 1, 0), EXIT), 1ULL << 63);
	assert_result(RUN(WIDE(0, 1ULL << 63), MOV(1, -1), INSN(0x9f, 0, 1, 1, 0), EXIT), 0);
	assert_result(RUN(WIDE(0, 1ULL << 31), MOV(1, -1), INSN(0x3c, 0, 1, 1, 0), EXIT), 1ULL << 31);
	assert_result(RUN(WIDE(0, 1ULL << 31), MOV(1, -1), INSN(0x9c, 0, 1, 1, 0), EXIT), 0);
	assert_result(RUN(MOV(0, -7), INSN(0x37, 0, 0, 1, 2), EXIT), -3);
	assert_result(RUN(MOV(0, -7), INSN(0x97, 0, 0, 1, 2), EXIT), -1);
}

static void byte_order(void **state)
{
	const uint64_t value = 0x1122334455667788;

	assert_result(RUN(WIDE(0, value), INSN(0xd4, 0, 0, 0, 16), EXIT), 0x7788);
	assert_result(RUN(WIDE(0, value), INSN(0xd4, 0, 0, 0, 32), EXIT), 0x55667788);
	assert_result(RUN(WIDE(0, value), INSN(0xd4, 0, 0, 0, 64), EXIT), value);
	assert_result(RUN(WIDE(0, value), INSN(0xdc, 0, 0, 0, 16), EXIT), 0x8877);
	assert_result(RUN(WIDE(0, value), INSN(0xdc, 0, 0, 0, 32), EXIT), 0x88776655);
	assert_result(RUN(WIDE(0, value), INSN(0xdc, 0, 0, 0, 64), EXIT), 0x8877665544332211);
	assert_result(RUN(WIDE(0, value), INSN(0xd7, 0, 0, 0, 16), EXIT), 0x8877);
	assert_result(RUN(WIDE(0, value), INSN(0xd7, 0, 0, 0, 32), EXIT), 0x88776655);
	assert_result(RUN(WIDE(0, value), INSN(0xd7, 0, 0, 0, 64), EXIT), 0x8877665544332211);
}

static void loads_of_all_sizes(void **state)
{
	unsigned char bytes[16] = { 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0x9a };

	assert_result(RUN_ON(bytes, LOAD(BPF_B, 0, 1, 8), EXIT), 0x9a);
	assert_result(RUN_ON(bytes, LOAD(BPF_H, 0, 1, 0), EXIT), 0xf2f1);
	assert_result(RUN_ON(bytes, LOAD(BPF_W, 0, 1, 0), EXIT), 0xf4f3f2f1);
	assert_result(RUN_ON(bytes, LOAD(BPF_DW, 0, 1, 0), EXIT), 0xf8f7f6f5f4f3f2f1);
	assert_result(RUN_ON(bytes, LOAD(BPF_DW, 0, 1, 1), EXIT), 0x9af8f7f6f5f4f3f2); /* unaligned */
	assert_result(RUN_ON(bytes, INSN(0x91, 0, 1, 0, 0), EXIT), 0xfffffffffffffff1);
	assert_result(RUN_ON(bytes, INSN(0x89, 0, 1, 0, 0), EXIT), 0xfffffffffffff2f1);
	assert_result(RUN_ON(bytes, INSN(0x81, 0, 1, 0, 0), EXIT), 0xfffffffff4f3f2f1);
}

static void stores_touch_their_bytes_alone(void **state)
{
	static const struct {
		uint8_t size;
		unsigned int bytes;
	} rows[] = { { BPF_B, 1 }, { BPF_H, 2 }, { BPF_W, 4 }, { BPF_DW, 8 } };

	for (size_t i = 0; i < 4; i++) {
		unsigned char memory[24], wanted[24];
		const uint64_t value = 0x0102030405060708;

		memset(memory, 0xee, sizeof(memory));
		memset(wanted, 0xee, sizeof(wanted));
		memcpy(wanted + 8, &value, rows[i].bytes);
		RUN_ON(memory, WIDE(2, value), STORE(rows[i].size, 1, 2, 8), MOV(0, 0), EXIT);
		assert_memory_equal(memory, wanted, sizeof(memory));

		memset(wanted + 8, 0xff, rows[i].bytes);
		RUN_ON(memory, STORE_K(rows[i].size, 1, 8, -1), MOV(0, 0), EXIT);
		assert_memory_equal(memory, wanted, sizeof(memory));
	}
}

static void atomic_operations(void **state)
{
	static const struct {
		int32_t operation;
		uint64_t memory64, memory32; /* of 0x1122334455667788 with 0x00000000ffff0001 */
	} rows[] = {
		{ BPF_ADD, 0x1122334555657789, 0x1122334455657789 },
		{ BPF_OR, 0x11223344ffff7789, 0x11223344ffff7789 },
		{ BPF_AND, 0x0000000055660000, 0x1122334455660000 },
		{ BPF_XOR, 0x11223344aa997789, 0x11223344aa997789 },
		{ BPF_XCHG, 0x00000000ffff0001, 0x11223344ffff0001 },
	};
	const uint64_t before = 0x1122334455667788, operand = 0xffff0001;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int32_t fetch = rows[i].operation | BPF_FETCH;
		uint64_t memory[1] = { before };

		assert_result(RUN_ON(memory, WIDE(2, operand), ATOMIC(BPF_DW, fetch, 1, 2, 0), MOV_X(0, 2), EXIT), before);
		assert_result(memory[0], rows[i].memory64);
		memory[0] = before;
		assert_result(RUN_ON(memory, WIDE(2, operand), ATOMIC(BPF_W, fetch, 1, 2, 0), MOV_X(0, 2), EXIT),
			      (uint32_t)before);
		assert_result(memory[0], rows[i].memory32);
		if (rows[i].operation == BPF_XCHG)
			continue;
		/* without BPF_FETCH the register stays */
		memory[0] = before;
		assert_result(RUN_ON(memory, WIDE(2, operand), ATOMIC(BPF_DW, rows[i].operation, 1, 2, 0), MOV_X(0, 2), EXIT),
			      operand);
		assert_result(memory[0], rows[i].memory64);
	}
}

static void compare_and_exchange(void **state)
{
	uint64_t memory[1] = { 5 };

	assert_result(RUN_ON(memory, MOV(0, 5), MOV(2, 9), ATOMIC(BPF_DW, BPF_CMPXCHG, 1, 2, 0), EXIT), 5);
	assert_result(memory[0], 9);
	assert_result(RUN_ON(memory, MOV(0, 5), MOV(2, 7), ATOMIC(BPF_DW, BPF_CMPXCHG, 1, 2, 0), EXIT), 9);
	assert_result(memory[0], 9);
	/* 32 bits: the upper half of r0 is no part of the comparison, and is cleared */
	memory[0] = 0xaaaaaaaa00000005;
	assert_result(RUN_ON(memory, WIDE(0, 0x100000005), MOV(2, 9), ATOMIC(BPF_W, BPF_CMPXCHG, 1, 2, 0), EXIT), 5);
	assert_result(memory[0], 0xaaaaaaaa00000009);
}

static void load_acquire_and_store_release(void **state)
{
	uint64_t memory[2] = { 0xf1f2f3f4f5f6f7f8, 0 };

	assert_result(RUN_ON(memory, ATOMIC(BPF_B, BPF_LOAD_ACQ, 0, 1, 0), EXIT), 0xf8);
	assert_result(RUN_ON(memory, ATOMIC(BPF_H, BPF_LOAD_ACQ, 0, 1, 0), EXIT), 0xf7f8);
	assert_result(RUN_ON(memory, ATOMIC(BPF_W, BPF_LOAD_ACQ, 0, 1, 4), EXIT), 0xf1f2f3f4);
	assert_result(RUN_ON(memory, ATOMIC(BPF_DW, BPF_LOAD_ACQ, 0, 1, 0), EXIT), memory[0]);
	RUN_ON(memory, MOV(2, -1), ATOMIC(BPF_H, BPF_STORE_REL, 1, 2, 10), MOV(0, 0), EXIT);
	assert_result(memory[1], 0xffff0000);
	RUN_ON(memory, MOV(2, 7), ATOMIC(BPF_DW, BPF_STORE_REL, 1, 2, 8), MOV(0, 0), EXIT);
	assert_result(memory[1], 7);
}

static void jumps(void **state)
{
	/* Which of the conditions hold, of 32 and 64 bits, for -1 against 1. */
	static const struct {
		uint8_t op;
		bool holds;
	} rows[] = {
		{ BPF_JEQ, false }, { BPF_JNE, true },	 { BPF_JGT, true },  { BPF_JGE, true }, { BPF_JLT, false },
		{ BPF_JLE, false }, { BPF_JSGT, false }, { BPF_JSGE, false }, { BPF_JSLT, true }, { BPF_JSLE, true },
		{ BPF_JSET, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t op = rows[i].op;

		assert_result(RUN(MOV(1, -1), MOV(0, 1), JUMP(op, 1, 1, 1), MOV(0, 0), EXIT), rows[i].holds);
		assert_result(RUN(MOV(1, -1), MOV(2, 1), MOV(0, 1), JUMP_X(op, 1, 2, 1), MOV(0, 0), EXIT), rows[i].holds);
		assert_result(RUN(WIDE(1, 0x5ffffffff), MOV(0, 1), JUMP32(op, 1, 1, 1), MOV(0, 0), EXIT), rows[i].holds);
	}
	assert_result(RUN(MOV(0, 1), GOTO(1), MOV(0, 2), EXIT), 1);
	assert_result(RUN(MOV(0, 1), INSN(BPF_JMP32 | BPF_JA, 0, 0, 0, 1), MOV(0, 2), EXIT), 1);
}

static void may_goto_ends_every_loop(void **state)
{
	/* for (;;) r0++; */
	assert_result(RUN(MOV(0, 0), MAY_GOTO(2), ALU(BPF_ADD, 0, 1), GOTO(-3), EXIT), 8 << 20);
}

static void local_calls_keep_the_callers_registers(void **state)
{
	assert_result(RUN(MOV(6, 40), MOV(1, 2), CALL_LOCAL(2), ALU_X(BPF_ADD, 0, 6), EXIT,
			  MOV(6, 99), MOV_X(0, 1), EXIT), 42);
}

static void each_frame_has_its_own_stack(void **state)
{
	assert_result(RUN(STORE_K(BPF_DW, 10, -8, 1), STORE_K(BPF_DW, 10, -512, 2), CALL_LOCAL(4), LOAD(BPF_DW, 0, 10, -8),
			  LOAD(BPF_DW, 1, 10, -512), ALU_X(BPF_ADD, 0, 1), EXIT,
			  STORE_K(BPF_DW, 10, -8, 77), STORE_K(BPF_DW, 10, -512, 77), EXIT), 3);
}

static void calls_nest_eight_deep(void **state)
{
	/* f(n) = n ? f(n - 1) + 1 : 0; */
#define RECURSE(depth) { MOV(1, depth), CALL_LOCAL(1), EXIT, MOV(0, 0), JUMP(BPF_JEQ, 1, 0, 3), ALU(BPF_SUB, 1, 1), \
			 CALL_LOCAL(-4), ALU(BPF_ADD, 0, 1), EXIT }
	const struct bpf_insn deep[] = RECURSE(6), deeper[] = RECURSE(7);
	char message[128] = "";
	uint64_t result = 0;

	assert_result(run_on(deep, 9, NULL, 0), 6);
	assert_int_equal(rq_vm_run_raw(deeper, 9, NULL, 0, &result, message, sizeof(message)), -EINVAL);
	assert_string_equal(message, "ran off the program's end, or calls nest too deep");
}

static void joined_instructions_can_be_jumped_into(void **state)
{
	/* r3 = r0; r3 <<= 4; r0 ^= r3, entered at its second instruction with r3 = 1 */
	assert_result(RUN(MOV(0, 0x100), MOV(3, 1), GOTO(1), MOV_X(3, 0), ALU(BPF_LSH, 3, 4), ALU_X(BPF_XOR, 0, 3), EXIT), 0x110);
	assert_result(RUN(MOV(0, 0x100), MOV(3, 1), MOV_X(3, 0), ALU(BPF_LSH, 3, 4), ALU_X(BPF_XOR, 0, 3), EXIT), 0x1100);
	assert_result(RUN(MOV(0, 0x100), MOV_X(3, 0), ALU(BPF_RSH, 3, 4), ALU_X(BPF_ADD, 0, 3), EXIT), 0x110);
}

static void bad_bytecode_is_refused(void **state)
{
	static const struct {
		struct bpf_insn insns[2];
		uint32_t count;
		const char *message;
	} rows[] = {
		{ { INSN(0x8f, 0, 0, 0, 0), EXIT }, 2, "unknown opcode 8f" },
		{ { GOTO(1), EXIT }, 2, "jump out of range from insn 0 to 2" },
		{ { GOTO(-2), EXIT }, 2, "jump out of range from insn 0 to -1" },
		{ { CALL(77), EXIT }, 2, "insn 0: there is no function 77" },
		{ { MOV(0, 0) }, 1, "ran off the program's end, or calls nest too deep" },
		{ { INSN(0x18, 0, 1, 0, 0), INSN(0, 0, 0, 0, 0) }, 2, "insn 0: there are no maps" },
		{ { INSN(0x30, 0, 0, 0, 0), EXIT }, 2, "insn 0: there is no packet" },
		{ { INSN(0xb7, 12, 0, 0, 0), EXIT }, 2, "R12 is invalid" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char message[128] = "";
		uint64_t result;

		assert_int_equal(rq_vm_run_raw(rows[i].insns, rows[i].count, NULL, 0, &result, message, sizeof(message)), -EINVAL);
		assert_string_equal(message, rows[i].message);
	}
}

/* ---- Random arithmetic against plain C ---- */

static uint64_t random_state = 0x9e3779b97f4a7c15;

static uint64_t random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	switch (random_state >> 60) { /* numbers at the edges are more telling */
	case 0:
		return 0;
	case 1:
		return UINT64_MAX;
	case 2:
		return 1ULL << 63;
	case 3:
		return 0x7fffffff;
	case 4:
		return 0x80000000;
	case 5:
		return (random_state >> 8) & 63;
	default:
		return random_state * 0x2545f4914f6cdd1d;
	}
}

static uint64_t model64(uint8_t op, bool is_signed, uint64_t a, uint64_t b)
{
	switch (op) {
	case BPF_ADD: return a + b;
	case BPF_SUB: return a - b;
	case BPF_MUL: return a * b;
	case BPF_DIV:
		if (!b)
			return 0;
		if (is_signed)
			return b == UINT64_MAX ? 0 - a : (uint64_t)((int64_t)a / (int64_t)b);
		return a / b;
	case BPF_MOD:
		if (!b)
			return a;
		if (is_signed)
			return b == UINT64_MAX ? 0 : (uint64_t)((int64_t)a % (int64_t)b);
		return a % b;
	case BPF_OR: return a | b;
	case BPF_AND: return a & b;
	case BPF_XOR: return a ^ b;
	case BPF_LSH: return a << (b % 64);
	case BPF_RSH: return a >> (b % 64);
	case BPF_ARSH: return (a >> (b % 64)) | (b % 64 && a >> 63 ? UINT64_MAX << (64 - b % 64) : 0);
	default: return b;
	}
}

static uint32_t model32(uint8_t op, bool is_signed, uint32_t a, uint32_t b)
{
	switch (op) {
	case BPF_DIV:
		if (is_signed && b)
			return b == UINT32_MAX ? 0 - a : (uint32_t)((int32_t)a / (int32_t)b);
		break;
	case BPF_MOD:
		if (is_signed && b)
			return b == UINT32_MAX ? 0 : (uint32_t)((int32_t)a % (int32_t)b);
		break;
	case BPF_LSH: return a << (b % 32);
	case BPF_RSH: return a >> (b % 32);
	case BPF_ARSH: return (a >> (b % 32)) | (b % 32 && a >> 31 ? UINT32_MAX << (32 - b % 32) : 0);
	}
	return (uint32_t)model64(op, false, a, b);
}

static void random_arithmetic_agrees_with_c(void **state)
{
	static const uint8_t ops[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR, BPF_AND,
				       BPF_LSH, BPF_RSH, BPF_MOD, BPF_XOR, BPF_MOV, BPF_ARSH };

	for (int i = 0; i < 100000; i++) {
		uint64_t a = random_number(), b = random_number(), wanted;
		uint8_t op = ops[random_number() % sizeof(ops)];
		bool is_64 = random_number() & 1, constant = random_number() & 1;
		int16_t is_signed = (op == BPF_DIV || op == BPF_MOD) && random_number() % 2;
		uint8_t code = (is_64 ? BPF_ALU64 : BPF_ALU) | op | (constant ? BPF_K : BPF_X);

		if (constant) {
			if (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH)
				b &= is_64 ? 63 : 31;
			b = (uint64_t)(int64_t)(int32_t)b;
			wanted = is_64 ? model64(op, is_signed, a, b) : model32(op, is_signed, a, b);
			assert_result(RUN(WIDE(0, a), INSN(code, 0, 0, is_signed, (int32_t)b), EXIT), wanted);
		} else {
			wanted = is_64 ? model64(op, is_signed, a, b) : model32(op, is_signed, a, b);
			assert_result(RUN(WIDE(0, a), WIDE(1, b), INSN(code, 0, 1, is_signed, 0), EXIT), wanted);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constants_and_moves),
		cmocka_unit_test(sign_extending_moves),
		cmocka_unit_test(division_by_zero_and_overflow),
		cmocka_unit_test(byte_order),
		cmocka_unit_test(loads_of_all_sizes),
		cmocka_unit_test(stores_touch_their_bytes_alone),
		cmocka_unit_test(atomic_operations),
		cmocka_unit_test(compare_and_exchange),
		cmocka_unit_test(load_acquire_and_store_release),
		cmocka_unit_test(jumps),
		cmocka_unit_test(may_goto_ends_every_loop),
		cmocka_unit_test(local_calls_keep_the_callers_registers),
		cmocka_unit_test(each_frame_has_its_own_stack),
		cmocka_unit_test(calls_nest_eight_deep),
		cmocka_unit_test(joined_instructions_can_be_jumped_into),
		cmocka_unit_test(bad_bytecode_is_refused),
		cmocka_unit_test(random_arithmetic_agrees_with_c),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
