// SPDX-License-Identifier: BSD-2-Clause
/* Instructions by themselves. The words and verdicts here were asked of Linux 6.18. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "isa/isa.h"

#define INSN(c, d, s, o, i) { .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) }

/* What is refused wherever it stands in a program, also where no path leads. */
static void whole_program(void **state)
{
	static const struct {
		struct bpf_insn insns[2];
		uint32_t count;
		const char *message; /* NULL: accepted */
	} rows[] = {
		{ { INSN(0x8f, 0, 0, 0, 0) }, 1, "unknown opcode 8f" },
		{ { INSN(0x00, 0, 0, 0, 0) }, 1, "unknown opcode 00" },
		{ { INSN(0x8d, 0, 0, 0, 0) }, 1, "unknown opcode 8d" },
		{ { INSN(0x38, 0, 0, 0, 0) }, 1, "unknown opcode 38" },
		{ { INSN(0x96, 0, 0, 0, 0) }, 1, "unknown opcode 96" },
		{ { INSN(0xdf, 0, 0, 0, 0) }, 1, "unknown opcode df" },
		{ { INSN(0x99, 0, 0, 0, 0) }, 1, "BPF_LDX uses reserved fields" },
		{ { INSN(0x61, 0, 1, 0, 1) }, 1, "BPF_LDX uses reserved fields" },
		{ { INSN(0x01, 0, 0, 0, 0) }, 1, "BPF_LDX uses reserved fields" },
		{ { INSN(0x18, 0, 0, 0, 0) }, 1, "invalid bpf_ld_imm64 insn" },
		{ { INSN(0x18, 0, 0, 0, 0), INSN(0, 0, 0, 1, 0) }, 2, "invalid bpf_ld_imm64 insn" },
		{ { INSN(0x18, 0, 7, 0, 0), INSN(0, 0, 0, 0, 0) }, 2, "unrecognized bpf_ld_imm64 insn" },
		{ { INSN(0x18, 0, 1, 0, 0), INSN(0, 0, 0, 0, 1) }, 2, "unrecognized bpf_ld_imm64 insn" },
		{ { INSN(0x18, 0, 2, 0, 0), INSN(0, 0, 0, 0, 1) }, 2, NULL },
		{ { INSN(0x18, 0, 0, 0, -1), INSN(0, 0, 0, 0, -1) }, 2, NULL },
		{ { INSN(0xb7, 0, 1, 0, 0) }, 1, NULL }, /* reserved fields of code that may be dead */
		{ { INSN(0x91, 0, 0, 0, 0) }, 1, NULL },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char message[128] = "";
		uint32_t bad = 99;
		int err = rq_isa_check(rows[i].insns, rows[i].count, &bad, message, sizeof(message));

		if (!rows[i].message) {
			assert_int_equal(err, 0);
			continue;
		}
		assert_int_equal(err, -EINVAL);
		assert_int_equal(bad, 0);
		assert_string_equal(message, rows[i].message);
	}
}

/* What is refused when a path reaches it. */
static void fields_of_one_instruction(void **state)
{
	static const struct {
		struct bpf_insn insn;
		const char *message;
	} rows[] = {
		{ INSN(0x07, 0, 1, 0, 0), "BPF_ALU uses reserved fields" },
		{ INSN(0x0f, 0, 1, 0, 1), "BPF_ALU uses reserved fields" },
		{ INSN(0x0f, 0, 1, 1, 0), "BPF_ALU uses reserved fields" },
		{ INSN(0x3f, 0, 1, 1, 0), NULL }, /* signed division */
		{ INSN(0x3f, 0, 1, 2, 0), "BPF_ALU uses reserved fields" },
		{ INSN(0x87, 0, 0, 0, 1), "BPF_NEG uses reserved fields" },
		{ INSN(0xd4, 0, 0, 0, 16), NULL },
		{ INSN(0xd4, 0, 0, 0, 8), "BPF_END uses reserved fields" },
		{ INSN(0xd7, 0, 0, 1, 16), "BPF_END uses reserved fields" },
		{ INSN(0xb7, 0, 1, 0, 0), "BPF_MOV uses reserved fields" },
		{ INSN(0xbf, 0, 1, 8, 0), NULL },
		{ INSN(0xbf, 0, 1, 32, 0), NULL },
		{ INSN(0xbc, 0, 1, 32, 0), "BPF_MOV uses reserved fields" },
		{ INSN(0xbf, 0, 1, 64, 0), "BPF_MOV uses reserved fields" },
		{ INSN(0xbf, 0, 1, 1, 1), NULL }, /* arena cast */
		{ INSN(0xbf, 0, 1, 1, 2), "addr_space_cast insn can only convert between address space 1 and 0" },
		{ INSN(0x05, 1, 0, 0, 0), "BPF_JA uses reserved fields" },
		{ INSN(0x05, 0, 0, 0, 1), "BPF_JA uses reserved fields" },
		{ INSN(0x06, 0, 0, 1, 0), "BPF_JA uses reserved fields" },
		{ INSN(0x95, 0, 0, 0, 1), "BPF_EXIT uses reserved fields" },
		{ INSN(0x95, 0, 0, 1, 0), NULL },
		{ INSN(0xe5, 0, 0, 1, 7), "invalid may_goto imm 7" },
		{ INSN(0xe5, 1, 0, 1, 0), "invalid may_goto imm 0" },
		{ INSN(0x15, 0, 1, 0, 0), "BPF_JMP/JMP32 uses reserved fields" },
		{ INSN(0x1d, 0, 1, 0, 1), "BPF_JMP/JMP32 uses reserved fields" },
		{ INSN(0x85, 0, 3, 0, 0), "BPF_CALL uses reserved fields" },
		{ INSN(0x85, 1, 0, 0, 5), "BPF_CALL uses reserved fields" },
		{ INSN(0x85, 0, 0, 1, 5), "BPF_CALL uses reserved fields" },
		{ INSN(0x85, 0, 2, 1, 5), NULL }, /* a kfunc of a module */
		{ INSN(0x18, 0, 0, 1, 0), "BPF_LD_IMM64 uses reserved fields" },
		{ INSN(0x18, 11, 0, 0, 0), "R11 is invalid" },
		{ INSN(0x30, 0, 1, 0, 0), "BPF_LD_[ABS|IND] uses reserved fields" },
		{ INSN(0x50, 0, 1, 0, 0), NULL },
		{ INSN(0x62, 10, 1, -8, 0), "BPF_ST uses reserved fields" },
		{ INSN(0x63, 10, 1, -8, 1), "BPF_STX uses reserved fields" },
		{ INSN(0xdb, 10, 1, -8, 0x10), "BPF_ATOMIC uses invalid atomic opcode 10" },
		{ INSN(0xcb, 10, 1, -8, 0), "invalid atomic operand size" },
		{ INSN(0xcb, 10, 1, -8, BPF_STORE_REL), NULL },
		{ INSN(0x0f, 11, 1, 0, 0), "R11 is invalid" },
		{ INSN(0x79, 1, 12, 0, 0), "R12 is invalid" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char message[128] = "";
		int err = rq_isa_check_fields(&rows[i].insn, message, sizeof(message));

		assert_string_equal(message, rows[i].message ? rows[i].message : "");
		assert_int_equal(err, rows[i].message ? -EINVAL : 0);
	}
}

static void constants_of_one_instruction(void **state)
{
	static const struct {
		struct bpf_insn insn;
		const char *message;
	} rows[] = {
		{ INSN(0x37, 0, 0, 0, 0), "div by zero" },
		{ INSN(0x94, 0, 0, 0, 0), "div by zero" },
		{ INSN(0x3f, 0, 0, 0, 0), NULL }, /* by a register: the result is 0 */
		{ INSN(0x64, 0, 0, 0, 31), NULL },
		{ INSN(0x64, 0, 0, 0, 32), "invalid shift 32" },
		{ INSN(0x67, 0, 0, 0, 63), NULL },
		{ INSN(0xc7, 0, 0, 0, -1), "invalid shift -1" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char message[128] = "";
		int err = rq_isa_check_constant(&rows[i].insn, message, sizeof(message));

		assert_string_equal(message, rows[i].message ? rows[i].message : "");
		assert_int_equal(err, rows[i].message ? -EINVAL : 0);
	}
}

static const char *name_of_call(void *arg, const struct bpf_insn *insn)
{
	return insn->imm == 5 ? "bpf_ktime_get_ns" : NULL;
}

static void disassembly_reads_as_the_kernels_log(void **state)
{
	static const struct {
		struct bpf_insn insn[2];
		const char *text;
	} rows[] = {
		{ { INSN(0x07, 3, 0, 0, -8) }, "(07) r3 += -8" },
		{ { INSN(0xcc, 1, 2, 0, 0) }, "(cc) w1 s>>= w2" },
		{ { INSN(0x3c, 1, 2, 1, 0) }, "(3c) w1 s/= w2" },
		{ { INSN(0x84, 1, 0, 0, 0) }, "(84) w1 = -w1" },
		{ { INSN(0xbf, 1, 2, 8, 0) }, "(bf) r1 = (s8)r2" },
		{ { INSN(0xbc, 1, 2, 16, 0) }, "(bc) w1 = (s16)w2" },
		{ { INSN(0xbf, 1, 2, 1, 1 << 16) }, "(bf) r1 = addr_space_cast(r2, 1, 0)" },
		{ { INSN(0xd7, 1, 0, 0, 16) }, "(d7) r1 = bswap16 r1" },
		{ { INSN(0xdc, 1, 0, 0, 32) }, "(dc) r1 = be32 r1" },
		{ { INSN(0x79, 2, 1, 76, 0) }, "(79) r2 = *(u64 *)(r1 +76)" },
		{ { INSN(0x91, 2, 1, 0, 0) }, "(91) r2 = *(s8 *)(r1 +0)" },
		{ { INSN(0x62, 10, 0, -4, 7) }, "(62) *(u32 *)(r10 -4) = 7" },
		{ { INSN(0x73, 10, 3, -1, 0) }, "(73) *(u8 *)(r10 -1) = r3" },
		{ { INSN(0xc3, 10, 1, -8, 0) }, "(c3) lock *(u32 *)(r10 -8) += r1" },
		{ { INSN(0xdb, 10, 1, -8, BPF_AND | BPF_FETCH) }, "(db) r1 = atomic64_fetch_and((u64 *)(r10 -8), r1)" },
		{ { INSN(0xdb, 10, 1, -8, BPF_CMPXCHG) }, "(db) r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r1)" },
		{ { INSN(0xc3, 10, 1, -8, BPF_XCHG) }, "(c3) r1 = atomic_xchg((u32 *)(r10 -8), r1)" },
		{ { INSN(0xdb, 1, 10, -8, BPF_LOAD_ACQ) }, "(db) r1 = load_acquire((u64 *)(r10 -8))" },
		{ { INSN(0xd3, 10, 1, -8, BPF_STORE_REL) }, "(d3) store_release((u8 *)(r10 -8), r1)" },
		{ { INSN(0x30, 0, 0, 0, 23) }, "(30) r0 = *(u8 *)skb[23]" },
		{ { INSN(0x48, 0, 7, 0, 4) }, "(48) r0 = *(u16 *)skb[r7 + 4]" },
		{ { INSN(0x18, 1, 0, 0, 5), INSN(0, 0, 0, 0, -1) }, "(18) r1 = 0xffffffff00000005" },
		{ { INSN(0x15, 1, 0, 3, -1) }, "(15) if r1 == 0xffffffff goto pc+3" },
		{ { INSN(0xde, 1, 2, -3, 0) }, "(de) if w1 s<= w2 goto pc-3" },
		{ { INSN(0x05, 0, 0, -1, 0) }, "(05) goto pc-1" },
		{ { INSN(0x06, 0, 0, 0, 70000) }, "(06) gotol pc+70000" },
		{ { INSN(0xe5, 0, 0, 2, 0) }, "(e5) may_goto pc+2" },
		{ { INSN(0x85, 0, 0, 0, 5) }, "(85) call bpf_ktime_get_ns#5" },
		{ { INSN(0x85, 0, 0, 0, 9999) }, "(85) call unknown#9999" },
		{ { INSN(0x85, 0, 1, 0, 7) }, "(85) call pc+7" },
		{ { INSN(0x95, 0, 0, 0, 0) }, "(95) exit" },
	};
	const struct rq_disasm_names names = { .call = name_of_call };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[128];
		int length = rq_isa_disassemble(rows[i].insn, &names, text, sizeof(text));

		assert_string_equal(text, rows[i].text);
		assert_int_equal(length, strlen(text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_program),
		cmocka_unit_test(fields_of_one_instruction),
		cmocka_unit_test(constants_of_one_instruction),
		cmocka_unit_test(disassembly_reads_as_the_kernels_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
