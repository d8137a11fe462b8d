// SPDX-License-Identifier: BSD-2-Clause
/* Instructions that access an arena: any load, store or atomic operation, at an address that may have no page. */
#include "isa/isa.h"
#include "map/arena.h"
#include "vm/code.h"

#include <string.h>

static uint64_t load(const void *memory, unsigned int size, bool sign_extend)
{
	uint64_t value = 0;

	memcpy(&value, memory, size);
	return sign_extend && size < 8 ? (uint64_t)((int64_t)(value << (64 - 8 * size)) >> (64 - 8 * size)) : value;
}

/* What an atomic operation leaves; cmpxchg is by itself. */
static uint64_t combine(int32_t operation, uint64_t old, uint64_t operand)
{
	switch (operation & ~BPF_FETCH) {
	case BPF_ADD: return old + operand;
	case BPF_OR: return old | operand;
	case BPF_AND: return old & operand;
	case BPF_XOR: return old ^ operand;
	default: return operand; /* BPF_XCHG */
	}
}

/* The bytes of @size at @memory, aligned or not: one that crosses its size is not atomic. */
static bool exchange_if(void *memory, unsigned int size, uint64_t *expected, uint64_t desired)
{
	uint32_t expected32 = (uint32_t)*expected;
	bool done;

	if ((uintptr_t)memory % size) {
		done = load(memory, size, false) == *expected;
		if (done)
			memcpy(memory, &desired, size);
		else
			*expected = load(memory, size, false);
		return done;
	}
	if (size == 8)
		return __atomic_compare_exchange_n((uint64_t *)memory, expected, desired, false, __ATOMIC_SEQ_CST,
						   __ATOMIC_SEQ_CST);
	done = __atomic_compare_exchange_n((uint32_t *)memory, &expected32, (uint32_t)desired, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
	*expected = expected32;
	return done;
}

static void atomic(const struct bpf_insn *insn, void *memory, unsigned int size, uint64_t *regs)
{
	const uint64_t mask = size == 8 ? UINT64_MAX : UINT32_MAX;
	uint64_t operand = regs[insn->src_reg] & mask, old;

	if (insn->imm == BPF_CMPXCHG) {
		old = regs[0] & mask;
		exchange_if(memory, size, &old, operand);
		regs[0] = old;
		return;
	}
	old = load(memory, size, false);
	while (!exchange_if(memory, size, &old, combine(insn->imm, old, operand) & mask))
		;
	if (insn->imm & BPF_FETCH)
		regs[insn->src_reg] = old;
}

void rq_arena_access(struct rq_map *arena, const struct bpf_insn *insn, uint64_t *regs)
{
	const unsigned int size = rq_insn_size(insn);
	const bool loads = BPF_CLASS(insn->code) == BPF_LDX;
	const bool is_atomic = BPF_CLASS(insn->code) == BPF_STX && BPF_MODE(insn->code) == BPF_ATOMIC;
	const bool acquires = is_atomic && insn->imm == BPF_LOAD_ACQ, releases = is_atomic && insn->imm == BPF_STORE_REL;
	const uint8_t pointer = loads || acquires ? insn->src_reg : insn->dst_reg;
	void *memory = rq_arena_memory(arena, (uint32_t)(regs[pointer] + (uint64_t)(int64_t)insn->off), size);
	uint64_t value;

	if (!memory) {
		if (loads || acquires)
			regs[insn->dst_reg] = 0;
		return;
	}
	if (loads || acquires) {
		regs[insn->dst_reg] = load(memory, size, loads && BPF_MODE(insn->code) == BPF_MEMSX);
		if (acquires)
			__atomic_thread_fence(__ATOMIC_ACQUIRE);
		return;
	}
	if (is_atomic && !releases) {
		atomic(insn, memory, size, regs);
		return;
	}
	if (releases)
		__atomic_thread_fence(__ATOMIC_RELEASE);
	value = BPF_CLASS(insn->code) == BPF_ST ? (uint64_t)(int64_t)insn->imm : regs[insn->src_reg];
	memcpy(memory, &value, size);
}
