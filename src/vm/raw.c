// SPDX-License-Identifier: BSD-2-Clause
/*
 * Unverified bytecode over one memory block, for tests of instructions (`rqspin vm`). Opcodes, fields, jumps and calls
 * are checked, so that control stays inside; loads and stores go wherever the program says.
 */
#include <errno.h>
#include <stdio.h>

#include "base/memory.h"
#include "vm/code.h"
#include "vm/prepare.h"

#define HELPER_UNWIND 5 /* of the conformance suite: a program may call it and goes on */

static uint64_t helper_unwind(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return r1;
}

static bool is_second_half(const struct bpf_insn *insns, uint32_t i)
{
	return i > 0 && rq_insn_is_wide(&insns[i - 1]) && !(i > 1 && is_second_half(insns, i - 1));
}

static bool is_jump(const struct bpf_insn *insn)
{
	uint8_t class = BPF_CLASS(insn->code), op = BPF_OP(insn->code);

	return (class == BPF_JMP || class == BPF_JMP32) && op != BPF_EXIT &&
	       (op != BPF_CALL || insn->src_reg == BPF_PSEUDO_CALL);
}

static int prepare(const struct bpf_insn *insns, uint32_t i, uint32_t count, struct rq_op *op, unsigned int *operation,
		   char *message, size_t size)
{
	const struct bpf_insn *insn = &insns[i];
	int64_t target;

	if (rq_isa_check_fields(insn, message, size))
		return -EINVAL;
	*operation = rq_prepare_insn(insn, op);
	if (is_jump(insn)) {
		target = (int64_t)i + op->offset;
		if (target < 0 || target >= count || is_second_half(insns, target))
			return rq_isa_refuse(message, size, "jump out of range from insn %u to %lld", i, (long long)target);
	}
	if (insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg != BPF_PSEUDO_CALL) {
		if (insn->src_reg || insn->imm != HELPER_UNWIND)
			return rq_isa_refuse(message, size, "insn %u: there is no function %d", i, insn->imm);
		op->call = helper_unwind;
		*operation = RQ_OP_CALL;
	}
	if (*operation == RQ_OP_PACKET_LOAD)
		return rq_isa_refuse(message, size, "insn %u: there is no packet", i);
	if (rq_insn_is_wide(insn) && insn->src_reg)
		return rq_isa_refuse(message, size, "insn %u: there are no maps", i);
	return 0;
}

int rq_vm_run_raw(const struct bpf_insn *insns, uint32_t count, void *memory, size_t size, uint64_t *result,
		  char *message, size_t message_size)
{
	const void *const *handlers = rq_interpreter_handlers();
	const uint64_t args[5] = { (uintptr_t)memory, size };
	struct rq_exec exec = { 0 };
	struct rq_code *code;
	uint32_t bad;
	int err;

	if (!count || count > RQ_MAX_INSNS)
		return rq_isa_refuse(message, message_size, "a program has 1 to %d instructions", RQ_MAX_INSNS);
	if (rq_isa_check(insns, count, &bad, message, message_size))
		return -EINVAL;
	code = rq_code_alloc(count);
	if (!code)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		unsigned int operation;

		code->stack_bytes[i] = RQ_STACK_BYTES; /* nobody has looked how much it uses, nor where it is called */

		err = prepare(insns, i, count, &code->ops[i], &operation, message, message_size);
		if (err)
			goto out;
		code->ops[i].handler = handlers[operation];
		if (operation == RQ_OP_WIDE)
			code->ops[++i].handler = handlers[RQ_OP_TRAP];
	}
	code->ops[count].handler = handlers[RQ_OP_TRAP];
	rq_prepare_joins(insns, count, code->ops, handlers);
	*result = rq_interpret(&exec, code, 0, args);
	err = exec.trapped ? rq_isa_refuse(message, message_size, "ran off the program's end, or calls nest too deep") : 0;
out:
	rq_free(code);
	return err;
}
