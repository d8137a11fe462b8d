/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs of a few instructions, and what the verifier says of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "verifier/verifier.h"

#define R(op_, dst_, src_)	{ .code = BPF_ALU64 | (op_) | BPF_X, .dst_reg = (dst_), .src_reg = (src_) }
#define K(op_, dst_, imm_)	{ .code = BPF_ALU64 | (op_) | BPF_K, .dst_reg = (dst_), .imm = (imm_) }
#define LOAD(size_, dst_, src_, off_) \
	{ .code = BPF_LDX | BPF_MEM | (size_), .dst_reg = (dst_), .src_reg = (src_), .off = (off_) }
#define STORE(size_, dst_, off_, src_) \
	{ .code = BPF_STX | BPF_MEM | (size_), .dst_reg = (dst_), .src_reg = (src_), .off = (off_) }
#define JUMP(op_, dst_, imm_, off_) { .code = BPF_JMP | (op_) | BPF_K, .dst_reg = (dst_), .imm = (imm_), .off = (off_) }
#define GOTO(off_)		{ .code = BPF_JMP | BPF_JA, .off = (off_) }
#define CALL(target_)		{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = (target_) }
#define EXIT			{ .code = BPF_JMP | BPF_EXIT }

static int verify(const struct bpf_insn *insns, uint32_t count, struct rq_rejection *rejection)
{
	struct bpf_insn copy[64];
	uint32_t insn_map[64];
	struct rq_prog prog = { .type = rq_prog_type(BPF_PROG_TYPE_SCHED_CLS), .gpl = true };
	const struct rq_verify_options options = { .kernel = RQ_KERNEL_6_18 };
	int err;

	memcpy(copy, insns, count * sizeof(*insns));
	memset(insn_map, 0xff, sizeof(insn_map));
	prog.insns = copy;
	prog.insn_count = count;
	prog.insn_map = insn_map;
	err = rq_verify(&prog, &options, NULL, rejection);
	rq_free(prog.subprogs);
	rq_free(prog.notes);
	return err;
}

#define accepts(...)                                                                               \
	do {                                                                                       \
		const struct bpf_insn insns_[] = { __VA_ARGS__ };                                  \
		struct rq_rejection r_;                                                            \
		int err_ = verify(insns_, sizeof(insns_) / sizeof(insns_[0]), &r_);                \
		assert_string_equal(r_.reason, "");                                                \
		assert_int_equal(err_, 0);                                                         \
	} while (0)

#define rejects(error_, at_, reason_, ...)                                                         \
	do {                                                                                       \
		const struct bpf_insn insns_[] = { __VA_ARGS__ };                                  \
		struct rq_rejection r_;                                                            \
		int err_ = verify(insns_, sizeof(insns_) / sizeof(insns_[0]), &r_);                \
		assert_string_equal(r_.reason, reason_);                                           \
		assert_int_equal(err_, error_);                                                    \
		assert_int_equal(r_.insn, at_);                                                    \
	} while (0)

static void a_register_is_written_before_it_is_read(void **state)
{
	accepts(K(BPF_MOV, 0, 0), EXIT);
	rejects(-EACCES, 0, "R0 !read_ok", EXIT);
	rejects(-EACCES, 0, "R2 !read_ok", R(BPF_MOV, 0, 2), EXIT);
	rejects(-EACCES, 0, "frame pointer is read only", K(BPF_MOV, 10, 0), EXIT);
}

static void control_flow_is_whole(void **state)
{
	rejects(-EINVAL, 0, "last insn is not an exit or jmp", K(BPF_MOV, 0, 0));
	rejects(-EINVAL, 1, "jump out of range from insn 1 to 7", K(BPF_MOV, 0, 0), GOTO(5), EXIT);
	rejects(-EINVAL, 2, "unreachable insn 2", K(BPF_MOV, 0, 0), GOTO(1), K(BPF_MOV, 0, 1), EXIT);
	rejects(-EINVAL, 0, "call to invalid destination", CALL(20), EXIT);
}

static void the_stack_has_512_bytes(void **state)
{
	accepts(K(BPF_MOV, 0, 0), STORE(BPF_DW, 10, -512, 0), LOAD(BPF_DW, 0, 10, -512), EXIT);
	rejects(-EACCES, 1, "invalid write to stack R10 off=-520 size=8", K(BPF_MOV, 0, 0), STORE(BPF_DW, 10, -520, 0), EXIT);
	rejects(-EACCES, 1, "invalid write to stack R10 off=0 size=8", K(BPF_MOV, 0, 0), STORE(BPF_DW, 10, 0, 0), EXIT);
	rejects(-EACCES, 1, "misaligned stack access off 0+0+-12 size 8", K(BPF_MOV, 0, 0), STORE(BPF_DW, 10, -12, 0), EXIT);
}

/* A pointer that was spilled is a pointer again; a part of it is nothing. */
static void spills_keep_pointers(void **state)
{
	accepts(STORE(BPF_DW, 10, -8, 1), LOAD(BPF_DW, 2, 10, -8), LOAD(BPF_W, 0, 2, 0), EXIT);
	rejects(-EACCES, 0, "invalid size of register spill", STORE(BPF_W, 10, -8, 1), K(BPF_MOV, 0, 0), EXIT);
	rejects(-EACCES, 1, "invalid size of register fill", STORE(BPF_DW, 10, -8, 1), LOAD(BPF_W, 0, 10, -8), EXIT);
}

static void the_context_has_fields(void **state)
{
	accepts(LOAD(BPF_W, 0, 1, 0), EXIT);
	rejects(-EACCES, 0, "invalid bpf_context access off=1 size=4", LOAD(BPF_W, 0, 1, 1), EXIT);
	rejects(-EACCES, 1, "dereference of modified ctx ptr R1 off=4 disallowed", K(BPF_ADD, 1, 4), LOAD(BPF_W, 0, 1, 0), EXIT);
}

static void packet_bytes_are_there_once_they_were_tested(void **state)
{
	accepts(LOAD(BPF_W, 2, 1, 76), LOAD(BPF_W, 3, 1, 80), R(BPF_MOV, 4, 2), K(BPF_ADD, 4, 14), K(BPF_MOV, 0, 0),
		{ .code = BPF_JMP | BPF_JGT | BPF_X, .dst_reg = 4, .src_reg = 3, .off = 1 }, LOAD(BPF_B, 0, 2, 13), EXIT);
	rejects(-EACCES, 6, "R2 offset is outside of the packet", LOAD(BPF_W, 2, 1, 76), LOAD(BPF_W, 3, 1, 80),
		R(BPF_MOV, 4, 2), K(BPF_ADD, 4, 14), K(BPF_MOV, 0, 0),
		{ .code = BPF_JMP | BPF_JGT | BPF_X, .dst_reg = 4, .src_reg = 3, .off = 1 }, LOAD(BPF_B, 0, 2, 14), EXIT);
}

static void loops_end(void **state)
{
	accepts(K(BPF_MOV, 0, 0), K(BPF_ADD, 0, 1), JUMP(BPF_JLT, 0, 1000, -2), EXIT);
	rejects(-EINVAL, 1, "infinite loop detected at insn 1", K(BPF_MOV, 0, 0), JUMP(BPF_JEQ, 0, 0, -1), EXIT);
	/* A round that reads the same again is the same; one that made a copy knows a new number, as in the kernel. */
	rejects(-EINVAL, 1, "infinite loop detected at insn 1", K(BPF_MOV, 0, 0), LOAD(BPF_W, 2, 1, 8),
		JUMP(BPF_JEQ, 2, 5, -2), EXIT);
	rejects(-E2BIG, 4, "BPF program is too large. Processed 1000001 insn", K(BPF_MOV, 0, 0), LOAD(BPF_W, 2, 1, 8),
		R(BPF_MOV, 3, 2), JUMP(BPF_JEQ, 2, 5, -3), EXIT);
	rejects(-E2BIG, 2, "BPF program is too large. Processed 1000001 insn", K(BPF_MOV, 0, 0), K(BPF_ADD, 0, 1),
		JUMP(BPF_JLT, 0, 100000000, -2), EXIT);
}

static void frames_are_eight(void **state)
{
	accepts(CALL(1), EXIT, K(BPF_MOV, 0, 0), EXIT);
	rejects(-E2BIG, 2, "the call stack of 9 frames is too deep", CALL(1), EXIT, CALL(-1), EXIT);
}

static void pointers_move_by_sane_amounts(void **state)
{
	rejects(-EACCES, 1, "R1 pointer *= pointer prohibited", R(BPF_MOV, 2, 1), R(BPF_MUL, 1, 2), K(BPF_MOV, 0, 0), EXIT);
	rejects(-EACCES, 0, "R1 bitwise operator &= on pointer prohibited", K(BPF_AND, 1, 8), K(BPF_MOV, 0, 0), EXIT);
	rejects(-EINVAL, 0, "math between ctx pointer and 1073741824 is not allowed", K(BPF_ADD, 1, 1 << 30),
		K(BPF_MOV, 0, 0), EXIT);
}

static void malformed_programs_are_refused(void **state)
{
	rejects(-EINVAL, 0, "unknown opcode ff", { .code = 0xff }, EXIT);
	rejects(-EINVAL, 0, "R12 is invalid", { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 12 }, EXIT);
}

/* Each allocation in turn fails: -ENOMEM, and nothing is lost (under ASan). */
static void every_allocation_may_fail(void **state)
{
	const struct bpf_insn insns[] = { K(BPF_MOV, 0, 0), LOAD(BPF_W, 6, 1, 0), STORE(BPF_DW, 10, -8, 6),
					  JUMP(BPF_JGT, 6, 4, 1), CALL(3), K(BPF_ADD, 6, 1), JUMP(BPF_JLT, 6, 5, -4), EXIT,
					  K(BPF_MOV, 0, 1), EXIT };
	int err = -ENOMEM;

	for (uint64_t n = 1; err && n < 1000; n++) {
		struct rq_rejection rejection;

		rq_alloc_fail_after(n);
		err = verify(insns, sizeof(insns) / sizeof(insns[0]), &rejection);
		rq_alloc_fail_after(0);
		assert_true(!err || err == -ENOMEM);
	}
	assert_int_equal(err, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_register_is_written_before_it_is_read),
		cmocka_unit_test(control_flow_is_whole),
		cmocka_unit_test(the_stack_has_512_bytes),
		cmocka_unit_test(spills_keep_pointers),
		cmocka_unit_test(the_context_has_fields),
		cmocka_unit_test(packet_bytes_are_there_once_they_were_tested),
		cmocka_unit_test(loops_end),
		cmocka_unit_test(frames_are_eight),
		cmocka_unit_test(pointers_move_by_sane_amounts),
		cmocka_unit_test(malformed_programs_are_refused),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
