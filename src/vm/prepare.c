// SPDX-License-Identifier: BSD-2-Clause
/* From instructions and the verifier's notes to operations; and runs of them. */
#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "func/runtime.h"
#include "func/timer.h"
#include "map/arena.h"
#include "vm/code.h"
#include "vm/prepare.h"

static const uint8_t alu_operations[16] = {
	[BPF_ADD >> 4] = RQ_OP_ADD64_K,	  [BPF_SUB >> 4] = RQ_OP_SUB64_K, [BPF_MUL >> 4] = RQ_OP_MUL64_K,
	[BPF_DIV >> 4] = RQ_OP_DIV64_K,	  [BPF_OR >> 4] = RQ_OP_OR64_K,	  [BPF_AND >> 4] = RQ_OP_AND64_K,
	[BPF_LSH >> 4] = RQ_OP_LSH64_K,	  [BPF_RSH >> 4] = RQ_OP_RSH64_K, [BPF_MOD >> 4] = RQ_OP_MOD64_K,
	[BPF_XOR >> 4] = RQ_OP_XOR64_K,	  [BPF_MOV >> 4] = RQ_OP_MOV64_K, [BPF_ARSH >> 4] = RQ_OP_ARSH64_K,
};
static const uint8_t jump_operations[16] = {
	[BPF_JEQ >> 4] = RQ_OP_JEQ64_K,	  [BPF_JGT >> 4] = RQ_OP_JGT64_K,   [BPF_JGE >> 4] = RQ_OP_JGE64_K,
	[BPF_JSET >> 4] = RQ_OP_JSET64_K, [BPF_JNE >> 4] = RQ_OP_JNE64_K,   [BPF_JSGT >> 4] = RQ_OP_JSGT64_K,
	[BPF_JSGE >> 4] = RQ_OP_JSGE64_K, [BPF_JLT >> 4] = RQ_OP_JLT64_K,   [BPF_JLE >> 4] = RQ_OP_JLE64_K,
	[BPF_JSLT >> 4] = RQ_OP_JSLT64_K, [BPF_JSLE >> 4] = RQ_OP_JSLE64_K,
};

/* The operations of one family stand 64-bit before 32-bit, constant before register. */
static unsigned int variant(const struct bpf_insn *insn, bool is_64)
{
	return (is_64 ? 0 : 2) + (BPF_SRC(insn->code) == BPF_X);
}

static unsigned int log2_of(unsigned int bytes)
{
	return bytes == 1 ? 0 : bytes == 2 ? 1 : bytes == 4 ? 2 : 3;
}

/* Of LOAD, STORE and so on for 8, 16, 32, 64 bits, which stand together by size. */
static unsigned int sized(unsigned int operation_of_8, unsigned int bytes)
{
	return operation_of_8 + log2_of(bytes) * (RQ_OP_LOAD16 - RQ_OP_LOAD8);
}

static unsigned int byte_swap(const struct bpf_insn *insn, bool is_64)
{
	/* The machine is little-endian: to little is cutting. */
	if (!is_64 && BPF_SRC(insn->code) == BPF_TO_LE)
		return insn->imm == 16 ? RQ_OP_ZERO16 : insn->imm == 32 ? RQ_OP_ZERO32 : RQ_OP_NOTHING;
	return insn->imm == 16 ? RQ_OP_SWAP16 : insn->imm == 32 ? RQ_OP_SWAP32 : RQ_OP_SWAP64;
}

static unsigned int alu(const struct bpf_insn *insn)
{
	bool is_64 = BPF_CLASS(insn->code) == BPF_ALU64, by_register = BPF_SRC(insn->code) == BPF_X;

	switch (BPF_OP(insn->code)) {
	case BPF_NEG:
		return is_64 ? RQ_OP_NEG64 : RQ_OP_NEG32;
	case BPF_END:
		return byte_swap(insn, is_64);
	case BPF_DIV:
		return (insn->off == 1 ? RQ_OP_SDIV64_K : RQ_OP_DIV64_K) + variant(insn, is_64);
	case BPF_MOD:
		return (insn->off == 1 ? RQ_OP_SMOD64_K : RQ_OP_MOD64_K) + variant(insn, is_64);
	case BPF_MOV:
		if (by_register && insn->off == 8)
			return is_64 ? RQ_OP_SIGN8_64 : RQ_OP_SIGN8_32;
		if (by_register && insn->off == 16)
			return is_64 ? RQ_OP_SIGN16_64 : RQ_OP_SIGN16_32;
		if (by_register && insn->off == 32)
			return RQ_OP_SIGN32_64;
		break;
	}
	return alu_operations[BPF_OP(insn->code) >> 4] + variant(insn, is_64);
}

static unsigned int atomic(const struct bpf_insn *insn)
{
	bool is_64 = BPF_SIZE(insn->code) == BPF_DW;

	switch (insn->imm) {
	case BPF_ADD:
	case BPF_ADD | BPF_FETCH:
		return RQ_OP_ATOMIC_ADD32 + is_64;
	case BPF_AND:
	case BPF_AND | BPF_FETCH:
		return RQ_OP_ATOMIC_AND32 + is_64;
	case BPF_OR:
	case BPF_OR | BPF_FETCH:
		return RQ_OP_ATOMIC_OR32 + is_64;
	case BPF_XOR:
	case BPF_XOR | BPF_FETCH:
		return RQ_OP_ATOMIC_XOR32 + is_64;
	case BPF_XCHG:
		return RQ_OP_ATOMIC_XCHG32 + is_64;
	case BPF_CMPXCHG:
		return RQ_OP_CMPXCHG32 + is_64;
	case BPF_LOAD_ACQ:
		return sized(RQ_OP_LOAD_ACQUIRE8, rq_insn_size(insn));
	default:
		return sized(RQ_OP_STORE_RELEASE8, rq_insn_size(insn));
	}
}

static unsigned int jump(const struct bpf_insn *insn, struct rq_op *op)
{
	bool is_64 = BPF_CLASS(insn->code) == BPF_JMP;

	op->offset = insn->off + 1;
	switch (BPF_OP(insn->code)) {
	case BPF_JA:
		op->offset = (is_64 ? insn->off : insn->imm) + 1;
		return RQ_OP_JUMP_ALWAYS;
	case BPF_JCOND:
		return RQ_OP_MAY_GOTO;
	case BPF_EXIT:
		return RQ_OP_EXIT;
	case BPF_CALL:
		op->offset = insn->imm + 1; /* a local call; others are the caller's business */
		return RQ_OP_CALL_LOCAL;
	default:
		return jump_operations[BPF_OP(insn->code) >> 4] + variant(insn, is_64);
	}
}

unsigned int rq_prepare_insn(const struct bpf_insn *insn, struct rq_op *op)
{
	unsigned int size = rq_insn_size(insn);

	*op = (struct rq_op){ .value = (int64_t)insn->imm, .offset = insn->off, .dst = insn->dst_reg, .src = insn->src_reg };
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return alu(insn);
	case BPF_JMP:
	case BPF_JMP32:
		return jump(insn, op);
	case BPF_LD:
		if (rq_insn_is_wide(insn)) {
			op->value = (uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn->imm;
			return RQ_OP_WIDE;
		}
		op->size = size;
		op->flags = BPF_MODE(insn->code) == BPF_IND;
		return RQ_OP_PACKET_LOAD;
	case BPF_LDX:
		if (BPF_MODE(insn->code) == BPF_MEMSX)
			return RQ_OP_LOAD_SIGNED8 + log2_of(size);
		return sized(RQ_OP_LOAD8, size);
	case BPF_ST:
		return sized(RQ_OP_STORE_K8, size);
	default: /* BPF_STX */
		if (BPF_MODE(insn->code) != BPF_ATOMIC)
			return sized(RQ_OP_STORE8, size);
		op->flags = insn->imm & BPF_FETCH;
		return atomic(insn);
	}
}

/* What the verifier found out about an instruction, on top of the instruction by itself. */
static int apply_note(const struct rq_prog *prog, uint32_t i, unsigned int *operation, struct rq_op *op)
{
	const struct bpf_insn *insn = &prog->insns[i];
	const struct rq_insn_note *note = &prog->notes[i];

	switch (note->kind) {
	case RQ_NOTE_DEAD:
		*operation = RQ_OP_TRAP;
		return 0;
	case RQ_NOTE_PLAIN:
		return 0;
	case RQ_NOTE_ADDRESS:
		/* A callback is named by its first instruction; no callback starts at 0. */
		op->value = insn->src_reg == BPF_PSEUDO_FUNC ? (uint64_t)i + 1 + insn->imm : note->address;
		return 0;
	case RQ_NOTE_CONTEXT: /* a field of another width at another place */
		op->offset = note->context_offset;
		if (BPF_CLASS(insn->code) == BPF_ST)
			*operation = sized(RQ_OP_STORE_K8, note->context_size);
		else if (BPF_CLASS(insn->code) == BPF_STX)
			*operation = sized(RQ_OP_STORE8, note->context_size);
		else if (note->sign_extend)
			*operation = RQ_OP_LOAD_SIGNED8 + log2_of(note->context_size);
		else
			*operation = sized(RQ_OP_LOAD8, note->context_size);
		return 0;
	case RQ_NOTE_ARENA:
		op->value = (uintptr_t)insn;
		*operation = RQ_OP_ARENA;
		return 0;
	case RQ_NOTE_NARROW: {
		struct bpf_insn narrow = *insn;

		narrow.code = (insn->code & ~BPF_CLASS(0xff)) | BPF_ALU;
		*operation = rq_prepare_insn(&narrow, op);
		return 0;
	}
	case RQ_NOTE_PROBE:
		op->size = rq_insn_size(insn);
		op->flags = BPF_MODE(insn->code) == BPF_MEMSX;
		*operation = RQ_OP_PROBE;
		return 0;
	case RQ_NOTE_HELPER:
	case RQ_NOTE_KFUNC:
		if (note->func->duty == RQ_DUTY_TAIL_CALL) {
			*operation = RQ_OP_TAIL_CALL;
			return 0;
		}
		if (!note->func->call)
			return -EOPNOTSUPP;
		op->call = note->func->call;
		op->offset = (int32_t)i;
		*operation = rq_func_calls_back(note->func) ? RQ_OP_CALL_BACK : RQ_OP_CALL;
		return 0;
	case RQ_NOTE_LOCAL_CALL:
		op->offset = (int32_t)note->target - (int32_t)i;
		*operation = RQ_OP_CALL_LOCAL;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static bool is_mov_then_shift(const struct bpf_insn *mov, const struct bpf_insn *shift)
{
	return mov->code == (BPF_ALU64 | BPF_MOV | BPF_X) && !mov->off && mov->dst_reg != mov->src_reg &&
	       (shift->code == (BPF_ALU64 | BPF_LSH | BPF_K) || shift->code == (BPF_ALU64 | BPF_RSH | BPF_K)) &&
	       shift->dst_reg == mov->dst_reg;
}

/*
 * Join what compilers put together: t = x; t <<= k; and t = x; t <<= k; x ^= t. The joined instructions keep their own
 * operations, so that a jump into their midst finds them.
 */
void rq_prepare_joins(const struct bpf_insn *insns, uint32_t count, struct rq_op *ops, const void *const *handlers)
{
	const void *trap = handlers[RQ_OP_TRAP];

	for (uint32_t i = 0; i + 1 < count; i++) {
		const struct bpf_insn *shift = &insns[i + 1], *xor = &insns[i + 2];
		bool left = BPF_OP(shift->code) == BPF_LSH;

		if (!is_mov_then_shift(&insns[i], shift) || ops[i].handler == trap ||
		    ops[i + 1].handler != handlers[left ? RQ_OP_LSH64_K : RQ_OP_RSH64_K])
			continue;
		ops[i].size = shift->imm & 63;
		if (i + 2 < count && xor->code == (BPF_ALU64 | BPF_XOR | BPF_X) && xor->dst_reg == insns[i].src_reg &&
		    xor->src_reg == insns[i].dst_reg && ops[i + 2].handler == handlers[RQ_OP_XOR64_X])
			ops[i].handler = handlers[left ? RQ_OP_SHIFT_LEFT_XOR : RQ_OP_SHIFT_RIGHT_XOR];
		else
			ops[i].handler = handlers[left ? RQ_OP_MOV_LSH_K : RQ_OP_MOV_RSH_K];
	}
}

struct rq_code *rq_code_alloc(uint32_t count)
{
	size_t ops = (count + 1ull) * sizeof(((struct rq_code *)NULL)->ops[0]);
	struct rq_code *code = rq_alloc(1, sizeof(*code) + ops + (count + 1ull) * sizeof(code->stack_bytes[0]));

	if (!code)
		return NULL;
	code->count = count;
	code->stack_bytes = (uint16_t *)((unsigned char *)code->ops + ops);
	return code;
}

/* From a program's address space to the user's; the other way is a move of 32 bits. */
static bool is_user_cast(const struct bpf_insn *insn)
{
	return insn->code == (BPF_ALU64 | BPF_MOV | BPF_X) && insn->off == RQ_BPF_ADDR_SPACE_CAST && insn->imm != 1;
}

static unsigned int prepare_user_cast(const struct rq_map *arena, struct rq_op *op)
{
	if (arena->map_flags & RQ_MAP_F_NO_USER_CONV)
		return RQ_OP_MOV32_X;
	op->value = rq_arena_start(arena) & ~0xffffffffull;
	return RQ_OP_CAST_USER;
}

int rq_vm_prepare(struct rq_prog *prog)
{
	const void *const *handlers = rq_interpreter_handlers();
	struct rq_code *code;

	if (!prog->verified || !prog->notes)
		return -EINVAL;
	code = rq_code_alloc(prog->insn_count);
	if (!code)
		return -ENOMEM;
	code->prog = prog;
	code->arena = rq_prog_arena(prog);
	for (uint32_t i = 0; i < prog->subprog_count; i++)
		code->stack_bytes[prog->subprogs[i].start] = prog->subprogs[i].stack_depth;
	for (uint32_t i = 0; i < prog->insn_count; i++) {
		unsigned int operation = RQ_OP_TRAP;
		int err;

		if (prog->notes[i].kind != RQ_NOTE_DEAD)
			operation = rq_prepare_insn(&prog->insns[i], &code->ops[i]);
		err = apply_note(prog, i, &operation, &code->ops[i]);
		if (err) {
			rq_free(code);
			return err;
		}
		if (is_user_cast(&prog->insns[i]) && operation != RQ_OP_TRAP)
			operation = prepare_user_cast(code->arena, &code->ops[i]);
		code->ops[i].handler = handlers[operation];
		if (operation == RQ_OP_WIDE && i + 1 < prog->insn_count)
			code->ops[++i].handler = handlers[RQ_OP_TRAP];
	}
	code->ops[prog->insn_count].handler = handlers[RQ_OP_TRAP];
	rq_prepare_joins(prog->insns, prog->insn_count, code->ops, handlers);
	prog->code = code;
	return 0;
}

void rq_vm_discard(struct rq_prog *prog)
{
	rq_free(prog->code);
	prog->code = NULL;
}

const struct rq_func *rq_vm_missing(const struct rq_prog *prog, uint32_t *insn)
{
	for (uint32_t i = 0; i < prog->insn_count; i++) {
		const struct rq_insn_note *note = &prog->notes[i];

		if ((note->kind == RQ_NOTE_HELPER || note->kind == RQ_NOTE_KFUNC) && !note->func->call) {
			*insn = i;
			return note->func;
		}
	}
	return NULL;
}

bool rq_vm_calls(const struct rq_prog *prog, uint32_t helper)
{
	for (uint32_t i = 0; i < prog->insn_count; i++)
		if (prog->notes[i].kind == RQ_NOTE_HELPER && prog->notes[i].func->helper == helper)
			return true;
	return false;
}

/* What a run leaves as it found it. */
struct balance {
	unsigned int locks, preempt;
	bool irqs_off;
};

static struct balance balance_of(const struct rq_cpu *cpu)
{
	return (struct balance){ rq_lock_held_count(cpu), rq_cpu_preempt_count(cpu), rq_cpu_irqs_disabled(cpu) };
}

static void assert_balanced(struct rq_exec *exec, struct balance before)
{
	struct balance after = balance_of(exec->cpu);

	exec->unbalanced = after.locks != before.locks || after.preempt != before.preempt || after.irqs_off != before.irqs_off;
	if (!exec->unbalanced)
		return;
	/* Nobody knows which lock it was; the CPU, at least, goes on. */
	for (; after.preempt > before.preempt; after.preempt--)
		rq_preempt_enable(exec->cpu);
	for (; after.preempt < before.preempt; after.preempt++)
		rq_preempt_disable(exec->cpu);
	if (before.irqs_off)
		rq_local_irq_save(exec->cpu);
	else
		rq_local_irq_restore(exec->cpu, 1);
}

uint64_t rq_vm_run(struct rq_exec *exec)
{
	struct balance before = balance_of(exec->cpu);
	const struct rq_timer_call *timer = exec->timer;
	uint64_t args[5] = { (uintptr_t)exec->ctx }, result;

	exec->insn = 0;
	exec->tail_calls = 0;
	exec->left = false;
	exec->thrown = false;
	exec->trapped = false;
	exec->kernel_ctx = NULL;
	if (timer) {
		args[0] = (uintptr_t)timer->map;
		args[1] = (uintptr_t)timer->key;
		args[2] = (uintptr_t)timer->value;
	}
	result = rq_interpret(exec, exec->prog->code, timer ? timer->insn : 0, args);
	if (exec->kernel_ctx)
		rq_runtime_free(exec->runtime, exec->kernel_ctx);
	assert_balanced(exec, before);
	return exec->thrown ? exec->cookie : result;
}

uint64_t rq_vm_callback(struct rq_exec *exec, uint32_t insn, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4,
			uint64_t r5)
{
	const uint64_t args[5] = { r1, r2, r3, r4, r5 };
	uint32_t calling_insn = exec->insn;
	uint64_t result = rq_interpret(exec, exec->prog->code, insn, args);

	exec->insn = calling_insn; /* the helper that called back may still ask for its own note */
	return result;
}
