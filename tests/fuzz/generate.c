/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random programs that are mostly right: numbers with bounds, stack, maps, locks and irq flags, loops, functions. In each
 * function r6 points to a map value, r7 to the context (or is a number), r0 to r5 and r9 are numbers, r8 is for the moment.
 * One program in four is damaged afterwards.
 */
#include <linux/bpf.h>
#include <stddef.h>
#include <string.h>

#include "isa/isa.h"
#include "program.h"

#define SLOT_POINTER (-48)
#define SLOT_KEY     (-52)
#define SLOT_FLAGS   (-64)
#define SLOT_FLAGS_2 (-72)
#define SLOT_ITER    (-80)
#define NESTING_MAX  3

struct generator {
	struct program *p;
	uint64_t state;
	uint32_t nesting, loops, regions;
	uint32_t owed;           /* regions and iterators that are open: the program can't end here */
	bool has_context;
	enum fuzz_function kind;  /* of the function being made */
	uint32_t calls[16], call_count; /* instructions that call a function that is made later */
	enum fuzz_function callees[16];
	const uint8_t *weights;
};

static uint32_t pick(struct generator *g, uint32_t below)
{
	g->state ^= g->state << 13;
	g->state ^= g->state >> 7;
	g->state ^= g->state << 17;
	return (uint32_t)(g->state >> 16) % below;
}

static bool one_in(struct generator *g, uint32_t n)
{
	return !pick(g, n);
}

#define PICK(g_, ...) (((const int[]){ __VA_ARGS__ })[pick((g_), sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int))])

/* ---- Instructions ---- */

static uint32_t emit(struct generator *g, int code, int dst, int src, int off, int imm)
{
	struct program *p = g->p;

	/* The functions' ends always fit: their makers stop long before. */
	p->map[p->count] = p->kfunc[p->count] = 0;
	p->insns[p->count] = (struct bpf_insn){ .code = (uint8_t)code, .dst_reg = (uint8_t)(dst & 15),
						.src_reg = (uint8_t)(src & 15), .off = (int16_t)off, .imm = imm };
	return p->count++;
}

static bool is_full(const struct generator *g)
{
	return g->p->count > INSNS_MAX - 260;
}

static void copy(struct generator *g, int dst, int src)
{
	emit(g, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}

static void set(struct generator *g, int dst, int imm)
{
	emit(g, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm);
}

static void load_map(struct generator *g, int dst, enum fuzz_map map)
{
	uint32_t at = emit(g, BPF_LD | BPF_IMM | BPF_DW, dst, BPF_PSEUDO_MAP_FD, 0, 0);

	g->p->map[at] = (uint8_t)(map + 1);
	emit(g, 0, 0, 0, 0, 0);
}

static void call_helper(struct generator *g, int helper)
{
	emit(g, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

static void call_kfunc(struct generator *g, enum fuzz_kfunc kfunc)
{
	uint32_t at = emit(g, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, 0);

	g->p->kfunc[at] = (uint8_t)(kfunc + 1);
}

/* A jump whose target is where land() is called. */
static uint32_t jump(struct generator *g, int code, int dst, int src, int imm)
{
	return emit(g, code, dst, src, 0, imm);
}

static void land(struct generator *g, uint32_t at)
{
	g->p->insns[at].off = (int16_t)(g->p->count - at - 1);
}

static void leave(struct generator *g, int result)
{
	set(g, BPF_REG_0, result);
	emit(g, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* ---- Numbers ---- */

static int number(struct generator *g)
{
	if (one_in(g, 3))
		return (int)pick(g, UINT32_MAX);
	return PICK(g, 0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 100, 127, 128, 255, 256, -1, -2, -8, -64, -128,
		    INT32_MAX, INT32_MIN, 0xffff, 0x10000, 1 << 20, 1 << 29, -4095, -4096, INT32_MAX - 1);
}

static int scalar(struct generator *g)
{
	return (int)pick(g, 6);
}

static int size(struct generator *g)
{
	return PICK(g, BPF_DW, BPF_W, BPF_H, BPF_B);
}

static uint32_t bytes(int bpf_size)
{
	return bpf_size == BPF_DW ? 8 : bpf_size == BPF_W ? 4 : bpf_size == BPF_H ? 2 : 1;
}

static void swap_or_negate(struct generator *g, int class)
{
	int dst = scalar(g);

	if (!one_in(g, 3))
		emit(g, class | BPF_NEG, dst, 0, 0, 0);
	else if (one_in(g, 2))
		emit(g, BPF_ALU | BPF_END | PICK(g, BPF_TO_BE, BPF_TO_LE), dst, 0, 0, PICK(g, 16, 32, 64));
	else
		emit(g, BPF_ALU64 | BPF_END, dst, 0, 0, PICK(g, 16, 32, 64));
}

static void arithmetic(struct generator *g)
{
	int op = PICK(g, BPF_ADD, BPF_SUB, BPF_MUL, BPF_AND, BPF_OR, BPF_XOR, BPF_LSH, BPF_RSH, BPF_ARSH, BPF_MOV, BPF_DIV, BPF_MOD,
		      BPF_NEG, BPF_ADD, BPF_AND, BPF_MOV, BPF_SUB);
	int class = one_in(g, 3) ? BPF_ALU : BPF_ALU64, off = 0, imm = number(g);
	int width = class == BPF_ALU ? 32 : 64;
	bool divides = op == BPF_DIV || op == BPF_MOD, shifts = op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH;

	if (op == BPF_NEG) {
		swap_or_negate(g, class);
		return;
	}
	if (divides && one_in(g, 3))
		off = 1;
	if (one_in(g, 2)) {
		if (op == BPF_MOV && one_in(g, 4))
			off = width == 32 ? PICK(g, 8, 16) : PICK(g, 8, 16, 32);
		emit(g, class | op | BPF_X, scalar(g), one_in(g, 12) ? BPF_REG_9 : scalar(g), off, 0);
		return;
	}
	if (shifts)
		imm = (int)pick(g, (uint32_t)width);
	if (divides && !imm)
		imm = 3;
	if (op == BPF_AND && one_in(g, 2))
		imm = (1 << pick(g, 12)) - 1;
	emit(g, class | op | BPF_K, scalar(g), 0, off, imm);
}

/* A number that comes from elsewhere. */
static void fresh(struct generator *g, int reg)
{
	switch (pick(g, g->has_context ? 5 : 4)) {
	case 0:
		set(g, reg, number(g));
		break;
	case 1:
		emit(g, BPF_LDX | BPF_MEM | size(g), reg, BPF_REG_6, 8 * (int)pick(g, 7), 0);
		break;
	case 2:
		emit(g, BPF_LDX | BPF_MEMSX | PICK(g, BPF_W, BPF_H, BPF_B), reg, BPF_REG_6, 8 * (int)pick(g, 7), 0);
		break;
	case 3:
		copy(g, reg, BPF_REG_9);
		break;
	default:
		if (g->p->type == BPF_PROG_TYPE_SCHED_CLS)
			emit(g, BPF_LDX | BPF_MEM | BPF_W, reg, BPF_REG_7,
			     PICK(g, offsetof(struct __sk_buff, len), offsetof(struct __sk_buff, mark),
				  offsetof(struct __sk_buff, priority), offsetof(struct __sk_buff, cb)), 0);
		else
			emit(g, BPF_LDX | BPF_MEM | BPF_W, reg, BPF_REG_7, offsetof(struct xdp_md, rx_queue_index), 0);
	}
}

static void fresh_scalars(struct generator *g, int first)
{
	for (int reg = first; reg <= BPF_REG_5; reg++)
		fresh(g, reg);
}

/* ---- Blocks ---- */

static void block(struct generator *g, uint32_t length);

static uint32_t condition(struct generator *g)
{
	int code = (one_in(g, 3) ? BPF_JMP32 : BPF_JMP) | PICK(g, BPF_JEQ, BPF_JNE, BPF_JGT, BPF_JGE, BPF_JLT, BPF_JLE, BPF_JSGT,
							       BPF_JSGE, BPF_JSLT, BPF_JSLE, BPF_JSET);

	if (one_in(g, 2))
		return jump(g, code | BPF_X, scalar(g), scalar(g), 0);
	return jump(g, code | BPF_K, scalar(g), 0, number(g));
}

static void conditional(struct generator *g)
{
	uint32_t other = condition(g), end;

	block(g, 1 + pick(g, 4));
	if (one_in(g, 2)) {
		land(g, other);
		return;
	}
	end = jump(g, BPF_JMP | BPF_JA, 0, 0, 0);
	land(g, other);
	block(g, 1 + pick(g, 4));
	land(g, end);
}

/* ---- Stack ---- */

static int slot(struct generator *g, int bpf_size)
{
	int off = PICK(g, -8, -16, -24, -32, -40, -8, -16);

	if (bpf_size != BPF_DW && one_in(g, 2))
		off += (int)(bytes(bpf_size) * pick(g, 8 / bytes(bpf_size)));
	return one_in(g, 200) ? off + 1 : off;
}

static void stack_store(struct generator *g)
{
	int width = size(g);

	if (one_in(g, 3))
		emit(g, BPF_ST | BPF_MEM | width, BPF_REG_10, 0, slot(g, width), one_in(g, 2) ? 0 : number(g));
	else
		emit(g, BPF_STX | BPF_MEM | width, BPF_REG_10, scalar(g), slot(g, width), 0);
}

static void stack_load(struct generator *g)
{
	int width = size(g), mode = width != BPF_DW && one_in(g, 4) ? BPF_MEMSX : BPF_MEM;

	emit(g, BPF_LDX | mode | width, scalar(g), BPF_REG_10, slot(g, width), 0);
}

/* A place in the five slots that a number chooses. */
static void stack_variable(struct generator *g)
{
	bool whole = one_in(g, 2);
	int reg = scalar(g), width = whole ? BPF_DW : BPF_B;

	copy(g, BPF_REG_8, BPF_REG_10);
	if (!one_in(g, 25))
		emit(g, BPF_ALU64 | BPF_AND | BPF_K, reg, 0, 0, whole ? 24 : 31);
	emit(g, BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_8, reg, 0, 0);
	if (one_in(g, 2))
		emit(g, BPF_STX | BPF_MEM | width, BPF_REG_8, scalar(g), -40, 0);
	else
		emit(g, BPF_LDX | BPF_MEM | width, scalar(g), BPF_REG_8, -40, 0);
}

static void spill_pointer(struct generator *g)
{
	emit(g, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_10, BPF_REG_6, SLOT_POINTER, 0);
	block(g, 1 + pick(g, 3));
	emit(g, BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_8, BPF_REG_10, SLOT_POINTER, 0);
	emit(g, BPF_LDX | BPF_MEM | BPF_B, scalar(g), BPF_REG_8, (int)pick(g, 64), 0);
}

/* ---- Map values ---- */

static void value_access(struct generator *g, int off)
{
	int width = size(g);

	if (off + (int)bytes(width) > VALUE_BYTES && !one_in(g, 20))
		width = BPF_B;
	switch (pick(g, 3)) {
	case 0:
		emit(g, BPF_LDX | BPF_MEM | width, scalar(g), BPF_REG_8, off, 0);
		break;
	case 1:
		emit(g, BPF_STX | BPF_MEM | width, BPF_REG_8, scalar(g), off, 0);
		break;
	default:
		emit(g, BPF_ST | BPF_MEM | width, BPF_REG_8, 0, off, number(g));
	}
}

static void value_masked(struct generator *g)
{
	int reg = scalar(g);

	copy(g, BPF_REG_8, BPF_REG_6);
	if (!one_in(g, 30))
		emit(g, (one_in(g, 4) ? BPF_ALU : BPF_ALU64) | BPF_AND | BPF_K, reg, 0, 0, one_in(g, 30) ? 63 : 31);
	emit(g, BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_8, reg, 0, 0);
	value_access(g, one_in(g, 30) ? (int)pick(g, 70) - 3 : (int)pick(g, 24));
}

static void value_compared(struct generator *g)
{
	int reg = scalar(g), limit = (int)pick(g, 60);
	uint32_t over, under = 0;
	bool is_signed = one_in(g, 6), half = one_in(g, 5);

	if (half && !one_in(g, 10))
		emit(g, BPF_ALU | BPF_MOV | BPF_X, reg, reg, 0, 0);
	over = jump(g, (half && !is_signed ? BPF_JMP32 : BPF_JMP) | (is_signed ? BPF_JSGT : BPF_JGT) | BPF_K, reg, 0, limit);
	if (is_signed)
		under = jump(g, BPF_JMP | BPF_JSLT | BPF_K, reg, 0, 0);
	copy(g, BPF_REG_8, BPF_REG_6);
	emit(g, BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_8, reg, 0, 0);
	value_access(g, one_in(g, 30) ? 63 - limit + 1 : 0);
	land(g, over);
	if (is_signed)
		land(g, under);
}

static void atomic(struct generator *g)
{
	int op = PICK(g, BPF_ADD, BPF_ADD | BPF_FETCH, BPF_AND, BPF_OR | BPF_FETCH, BPF_XOR, BPF_XOR | BPF_FETCH, BPF_XCHG,
		      BPF_CMPXCHG, BPF_AND | BPF_FETCH);
	bool stack = one_in(g, 3);

	emit(g, BPF_STX | BPF_ATOMIC | PICK(g, BPF_DW, BPF_W), stack ? BPF_REG_10 : BPF_REG_6, scalar(g),
	     stack ? -8 * (1 + (int)pick(g, 5)) : 8 * (int)pick(g, 7), op);
}

/* r0 = the element, or the program ends; where it can't, an element that is always there. */
static void look_up(struct generator *g, enum fuzz_map map, bool constant_key)
{
	uint32_t found;

	if (g->owed && map == MAP_HASH)
		map = MAP_ARRAY;
	if (constant_key || !g->has_context || g->owed) {
		emit(g, BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, SLOT_KEY, (int)pick(g, map == MAP_HASH ? 4 : 2));
	} else {
		int key = scalar(g);

		if (!one_in(g, 3))
			emit(g, BPF_ALU64 | BPF_AND | BPF_K, key, 0, 0, 1);
		emit(g, BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, key, SLOT_KEY, 0);
	}
	copy(g, BPF_REG_2, BPF_REG_10);
	emit(g, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, SLOT_KEY);
	load_map(g, BPF_REG_1, map);
	call_helper(g, BPF_FUNC_map_lookup_elem);
	if (g->owed || one_in(g, 60))
		return; /* untested */
	found = jump(g, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 0);
	leave(g, (int)pick(g, 2));
	land(g, found);
}

static void use_map(struct generator *g)
{
	look_up(g, PICK(g, MAP_ARRAY, MAP_HASH), one_in(g, 2));
	copy(g, BPF_REG_8, BPF_REG_0);
	fresh_scalars(g, BPF_REG_0);
	value_access(g, (int)pick(g, 56));
	value_access(g, (int)pick(g, 64));
}

static void change_map(struct generator *g)
{
	emit(g, BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, scalar(g), SLOT_KEY, 0);
	if (one_in(g, 2))
		emit(g, BPF_ST | BPF_MEM | BPF_W, BPF_REG_10, 0, SLOT_KEY, (int)pick(g, 8));
	load_map(g, BPF_REG_1, one_in(g, 3) ? MAP_ARRAY : MAP_HASH);
	copy(g, BPF_REG_2, BPF_REG_10);
	emit(g, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, SLOT_KEY);
	if (one_in(g, 3)) {
		call_helper(g, BPF_FUNC_map_delete_elem);
	} else {
		copy(g, BPF_REG_3, BPF_REG_6);
		set(g, BPF_REG_4, (int)pick(g, 4));
		call_helper(g, BPF_FUNC_map_update_elem);
	}
	fresh_scalars(g, BPF_REG_1);
}

/* A record is reserved, written, and given back one way or the other. */
static void use_ringbuf(struct generator *g)
{
	uint32_t none;

	load_map(g, BPF_REG_1, MAP_RINGBUF);
	set(g, BPF_REG_2, 16);
	set(g, BPF_REG_3, 0);
	call_helper(g, BPF_FUNC_ringbuf_reserve);
	none = jump(g, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 0);
	copy(g, BPF_REG_8, BPF_REG_0);
	fresh_scalars(g, BPF_REG_0);
	emit(g, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_8, scalar(g), one_in(g, 15) ? 16 : 8 * (int)pick(g, 2), 0);
	copy(g, BPF_REG_1, BPF_REG_8);
	set(g, BPF_REG_2, 0);
	if (!one_in(g, 12))
		call_helper(g, PICK(g, BPF_FUNC_ringbuf_submit, BPF_FUNC_ringbuf_discard));
	land(g, none);
	fresh_scalars(g, BPF_REG_0);
}

/* ---- Packets ---- */

static void packet(struct generator *g)
{
	bool skb = g->p->type == BPF_PROG_TYPE_SCHED_CLS;
	int data = skb ? offsetof(struct __sk_buff, data) : offsetof(struct xdp_md, data);
	int end = skb ? offsetof(struct __sk_buff, data_end) : offsetof(struct xdp_md, data_end);
	int room = PICK(g, 1, 8, 14, 34, 63, 64, 65), width = size(g), reg = BPF_REG_2 + (int)pick(g, 3);
	bool reverse = one_in(g, 3), variable = one_in(g, 3);
	uint32_t out;

	if (!g->has_context)
		return;
	if (variable)
		emit(g, BPF_ALU64 | BPF_AND | BPF_K, reg, 0, 0, PICK(g, 1, 7, 31));
	emit(g, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_8, BPF_REG_7, data, 0);
	emit(g, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_1, BPF_REG_7, end, 0);
	if (variable)
		emit(g, BPF_ALU64 | BPF_ADD | BPF_X, BPF_REG_8, reg, 0, 0);
	copy(g, BPF_REG_0, BPF_REG_8);
	emit(g, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_0, 0, 0, room);
	if (reverse)
		out = jump(g, BPF_JMP | PICK(g, BPF_JLT, BPF_JLE) | BPF_X, BPF_REG_1, BPF_REG_0, 0);
	else
		out = jump(g, BPF_JMP | PICK(g, BPF_JGT, BPF_JGE) | BPF_X, BPF_REG_0, BPF_REG_1, 0);
	fresh_scalars(g, BPF_REG_0);
	if ((int)bytes(width) > room)
		width = BPF_B;
	room -= (int)bytes(width);
	if (one_in(g, 12))
		room++;
	else if (one_in(g, 2))
		room = (int)pick(g, (uint32_t)room + 1);
	if (one_in(g, 2))
		emit(g, BPF_LDX | BPF_MEM | width, scalar(g), BPF_REG_8, room, 0);
	else
		emit(g, BPF_STX | BPF_MEM | width, BPF_REG_8, scalar(g), room, 0);
	land(g, out);
	fresh_scalars(g, BPF_REG_0);
}

/* ---- Locks, irq flags, regions ---- */

static void at_slot(struct generator *g, int reg, int off)
{
	copy(g, reg, BPF_REG_10);
	emit(g, BPF_ALU64 | BPF_ADD | BPF_K, reg, 0, 0, off);
}

/* What may be done with a lock held: numbers and values, no calls; now and then a call all the same. */
static void critical_section(struct generator *g)
{
	fresh_scalars(g, BPF_REG_0);
	emit(g, BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_0, BPF_REG_8, 8, 0);
	arithmetic(g);
	emit(g, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_8, scalar(g), one_in(g, 25) ? 0 : 16, 0);
	if (one_in(g, 20)) {
		call_helper(g, BPF_FUNC_get_smp_processor_id);
		fresh_scalars(g, BPF_REG_0);
	}
}

static void res_lock(struct generator *g)
{
	bool irqsave = one_in(g, 2), nested = one_in(g, 15), tested = !one_in(g, 15);
	uint32_t failed = 0, end;

	look_up(g, MAP_RES_LOCK, one_in(g, 2));
	copy(g, BPF_REG_8, BPF_REG_0);
	copy(g, BPF_REG_1, BPF_REG_8);
	if (one_in(g, 40))
		emit(g, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, 4);
	if (irqsave)
		at_slot(g, BPF_REG_2, SLOT_FLAGS);
	call_kfunc(g, irqsave ? KFUNC_RES_LOCK_IRQSAVE : KFUNC_RES_LOCK);
	if (tested)
		failed = jump(g, BPF_JMP | PICK(g, BPF_JNE, BPF_JNE, BPF_JSLT) | BPF_K, BPF_REG_0, 0, 0);
	critical_section(g);
	if (nested) {
		uint32_t inner;

		copy(g, BPF_REG_1, BPF_REG_8);
		at_slot(g, BPF_REG_2, SLOT_FLAGS_2);
		call_kfunc(g, KFUNC_RES_LOCK_IRQSAVE); /* the same one: refused */
		inner = jump(g, BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 0);
		land(g, inner);
	}
	copy(g, BPF_REG_1, BPF_REG_8);
	if (irqsave)
		at_slot(g, BPF_REG_2, one_in(g, 25) ? SLOT_FLAGS_2 : SLOT_FLAGS);
	if (!one_in(g, 25))
		call_kfunc(g, irqsave != one_in(g, 30) ? KFUNC_RES_UNLOCK_IRQRESTORE : KFUNC_RES_UNLOCK);
	end = jump(g, BPF_JMP | BPF_JA, 0, 0, 0);
	if (tested)
		land(g, failed);
	emit(g, BPF_STX | BPF_MEM | BPF_DW, BPF_REG_8, BPF_REG_0, 24, 0);
	land(g, end);
	fresh_scalars(g, BPF_REG_0);
}

static void spin_lock(struct generator *g)
{
	look_up(g, MAP_SPIN_LOCK, one_in(g, 2));
	copy(g, BPF_REG_8, BPF_REG_0);
	copy(g, BPF_REG_1, BPF_REG_8);
	call_helper(g, BPF_FUNC_spin_lock);
	critical_section(g);
	if (one_in(g, 3))
		conditional(g);
	copy(g, BPF_REG_1, BPF_REG_8);
	if (!one_in(g, 25))
		call_helper(g, BPF_FUNC_spin_unlock);
	fresh_scalars(g, BPF_REG_0);
}

/* Something is switched off around a block, and on again. */
static void region(struct generator *g)
{
	static const struct {
		enum fuzz_kfunc enter, leave;
		int flags;
	} kinds[] = {
		{ KFUNC_IRQ_SAVE, KFUNC_IRQ_RESTORE, SLOT_FLAGS_2 },
		{ KFUNC_PREEMPT_DISABLE, KFUNC_PREEMPT_ENABLE, 0 },
		{ KFUNC_RCU_LOCK, KFUNC_RCU_UNLOCK, 0 },
	};
	uint32_t kind = pick(g, 3);

	if (g->regions & 1U << kind && !one_in(g, 10))
		return;
	g->regions |= 1U << kind;
	if (kinds[kind].flags)
		at_slot(g, BPF_REG_1, kinds[kind].flags);
	call_kfunc(g, kinds[kind].enter);
	fresh_scalars(g, BPF_REG_0);
	g->owed++;
	block(g, 1 + pick(g, 4));
	g->owed--;
	if (kinds[kind].flags)
		at_slot(g, BPF_REG_1, kinds[kind].flags);
	if (!one_in(g, 30))
		call_kfunc(g, kinds[kind].leave);
	g->regions &= ~(1U << kind);
	fresh_scalars(g, BPF_REG_0);
}

/* ---- Loops ---- */

static void counted_loop(struct generator *g)
{
	uint32_t start, rounds = one_in(g, 6) ? 40 : pick(g, 9);

	if (g->loops)
		return; /* r9 counts */
	g->loops++;
	set(g, BPF_REG_9, (int)pick(g, 4));
	start = g->p->count;
	block(g, 1 + pick(g, 3));
	emit(g, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_9, 0, 0, 1);
	emit(g, BPF_JMP | PICK(g, BPF_JLT, BPF_JLE, BPF_JSLT) | BPF_K, BPF_REG_9, 0, (int)start - (int)g->p->count - 1, (int)rounds);
	g->loops--;
}

/* Ends by its own count, long before the budget of may_goto does. */
static void may_goto_loop(struct generator *g)
{
	uint32_t start, out, done;

	if (g->loops)
		return;
	g->loops++;
	set(g, BPF_REG_9, 0);
	start = g->p->count;
	out = emit(g, BPF_JMP | BPF_JCOND, 0, 0, 0, 0);
	done = jump(g, BPF_JMP | BPF_JGT | BPF_K, BPF_REG_9, 0, (int)pick(g, 30));
	block(g, 1 + pick(g, 3));
	emit(g, BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_9, 0, 0, 1);
	emit(g, BPF_JMP | BPF_JA, 0, 0, (int)start - (int)g->p->count - 1, 0);
	land(g, out);
	land(g, done);
	g->loops--;
}

static void iterator_loop(struct generator *g)
{
	uint32_t start, end;

	if (g->loops)
		return;
	g->loops++;
	at_slot(g, BPF_REG_1, SLOT_ITER);
	set(g, BPF_REG_2, (int)pick(g, 4));
	set(g, BPF_REG_3, (int)pick(g, 20));
	call_kfunc(g, KFUNC_ITER_NEW);
	start = g->p->count;
	at_slot(g, BPF_REG_1, SLOT_ITER);
	call_kfunc(g, KFUNC_ITER_NEXT);
	end = jump(g, BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 0);
	emit(g, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_9, BPF_REG_0, 0, 0);
	fresh_scalars(g, BPF_REG_0);
	g->owed++;
	block(g, 1 + pick(g, 3));
	g->owed--;
	emit(g, BPF_JMP | BPF_JA, 0, 0, (int)start - (int)g->p->count - 1, 0);
	land(g, end);
	at_slot(g, BPF_REG_1, SLOT_ITER);
	if (!one_in(g, 20))
		call_kfunc(g, KFUNC_ITER_DESTROY);
	fresh_scalars(g, BPF_REG_0);
	g->loops--;
}

/* ---- Functions ---- */

static bool call_later(struct generator *g, enum fuzz_function kind, uint32_t at)
{
	if (g->call_count == sizeof(g->calls) / sizeof(g->calls[0]))
		return false;
	g->calls[g->call_count] = at;
	g->callees[g->call_count++] = kind;
	return true;
}

static void call_function(struct generator *g)
{
	bool global = one_in(g, 3);

	if (g->kind != FUNCTION_MAIN || g->call_count >= 6)
		return;
	if (global) {
		copy(g, BPF_REG_1, scalar(g));
		copy(g, BPF_REG_2, scalar(g));
	} else {
		copy(g, BPF_REG_3, scalar(g));
		copy(g, BPF_REG_4, scalar(g));
		copy(g, BPF_REG_5, scalar(g));
		copy(g, BPF_REG_1, BPF_REG_6);
		copy(g, BPF_REG_2, BPF_REG_7);
	}
	call_later(g, global ? FUNCTION_GLOBAL : FUNCTION_STATIC, emit(g, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0));
	fresh_scalars(g, BPF_REG_1);
}

static void call_back(struct generator *g)
{
	if (g->kind != FUNCTION_MAIN || g->call_count >= 6)
		return;
	set(g, BPF_REG_1, 1 + (int)pick(g, 12)); /* of none the kernel loses the function and warns of a bug of its own */
	call_later(g, FUNCTION_CALLBACK, emit(g, BPF_LD | BPF_IMM | BPF_DW, BPF_REG_2, BPF_PSEUDO_FUNC, 0, 0));
	emit(g, 0, 0, 0, 0, 0);
	set(g, BPF_REG_3, 0);
	set(g, BPF_REG_4, 0);
	call_helper(g, BPF_FUNC_loop);
	fresh_scalars(g, BPF_REG_1);
}

/* ---- What a program is made of ---- */

static void to_counter(struct generator *g)
{
	if (!g->loops)
		copy(g, BPF_REG_9, scalar(g));
}

static void from_counter(struct generator *g)
{
	copy(g, scalar(g), BPF_REG_9);
}

static void renew(struct generator *g)
{
	fresh(g, scalar(g));
}

/* In columns, how often each is chosen in programs about: numbers, stack, maps, locks, loops, functions. */
enum { THEMES = 6 };
static const struct {
	void (*make)(struct generator *g);
	uint8_t weight[THEMES];
} parts[] = {
	{ arithmetic, { 30, 12, 10, 6, 10, 12 } },
	{ conditional, { 16, 8, 6, 5, 6, 8 } },
	{ renew, { 4, 3, 3, 2, 3, 3 } },
	{ to_counter, { 2, 2, 1, 1, 1, 1 } },
	{ from_counter, { 3, 2, 1, 1, 4, 1 } },
	{ stack_store, { 3, 14, 2, 1, 3, 3 } },
	{ stack_load, { 3, 14, 2, 1, 3, 3 } },
	{ stack_variable, { 1, 6, 1, 0, 1, 1 } },
	{ spill_pointer, { 0, 3, 1, 0, 1, 1 } },
	{ value_masked, { 3, 1, 4, 1, 2, 2 } },
	{ value_compared, { 5, 2, 4, 1, 3, 2 } },
	{ atomic, { 2, 2, 3, 0, 1, 1 } },
	{ use_map, { 0, 0, 4, 1, 1, 1 } },
	{ change_map, { 0, 0, 3, 0, 1, 0 } },
	{ use_ringbuf, { 0, 0, 2, 0, 0, 0 } },
	{ packet, { 1, 0, 4, 0, 1, 1 } },
	{ res_lock, { 0, 0, 0, 8, 1, 1 } },
	{ spin_lock, { 0, 0, 0, 3, 0, 0 } },
	{ region, { 0, 0, 0, 7, 1, 1 } },
	{ counted_loop, { 1, 1, 1, 1, 6, 1 } },
	{ may_goto_loop, { 0, 0, 0, 0, 4, 0 } },
	{ iterator_loop, { 0, 0, 0, 1, 5, 0 } },
	{ call_function, { 0, 1, 0, 1, 1, 8 } },
	{ call_back, { 0, 0, 0, 0, 2, 4 } },
};

static void part(struct generator *g, uint32_t theme)
{
	uint32_t total = 0, at;

	for (uint32_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		total += parts[i].weight[theme];
	at = pick(g, total);
	for (uint32_t i = 0;; i++) {
		if (at < parts[i].weight[theme]) {
			parts[i].make(g);
			return;
		}
		at -= parts[i].weight[theme];
	}
}

static void block(struct generator *g, uint32_t length)
{
	uint32_t theme = (uint32_t)(g->p->seed % THEMES);

	if (g->nesting >= NESTING_MAX)
		length = 0;
	g->nesting++;
	for (uint32_t i = 0; i < length && !is_full(g); i++)
		part(g, theme);
	/* A block is never empty, so that jumps have something to jump over. */
	arithmetic(g);
	g->nesting--;
}

static void start_function(struct generator *g, enum fuzz_function kind)
{
	struct program *p = g->p;

	p->functions[p->function_count].start = p->count;
	p->functions[p->function_count++].kind = kind;
	g->kind = kind;
	g->nesting = g->loops = g->regions = g->owed = 0;
	g->has_context = kind == FUNCTION_MAIN || kind == FUNCTION_STATIC;
	if (kind == FUNCTION_MAIN)
		copy(g, BPF_REG_7, BPF_REG_1);
	else if (kind != FUNCTION_GLOBAL)
		copy(g, BPF_REG_7, BPF_REG_2);
	if (kind == FUNCTION_GLOBAL || kind == FUNCTION_CALLBACK)
		copy(g, BPF_REG_9, BPF_REG_1);
	if (kind == FUNCTION_STATIC) {
		copy(g, BPF_REG_6, BPF_REG_1);
	} else {
		look_up(g, MAP_ARRAY, true);
		copy(g, BPF_REG_6, BPF_REG_0);
	}
	if (p->comparable || one_in(g, 2))
		for (int off = -8; off >= -40; off -= 8)
			emit(g, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, off, one_in(g, 2) ? 0 : number(g));
	if (kind == FUNCTION_STATIC) {
		copy(g, BPF_REG_0, BPF_REG_3);
		copy(g, BPF_REG_9, BPF_REG_4);
		fresh_scalars(g, BPF_REG_1);
	} else {
		if (kind == FUNCTION_MAIN)
			emit(g, BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_9, BPF_REG_6, 16, 0);
		fresh_scalars(g, BPF_REG_0);
	}
}

static void make_function(struct generator *g, enum fuzz_function kind, uint32_t length)
{
	start_function(g, kind);
	block(g, length);
	if (kind == FUNCTION_CALLBACK)
		emit(g, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_0, 0, 0, one_in(g, 20) ? 3 : 1);
	emit(g, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* A callback's address or a call: from @at to function @to. */
static void connect(struct program *p, uint32_t at, uint32_t to)
{
	p->insns[at].imm = (int32_t)(p->functions[to].start - at - 1);
}

static void make_callees(struct generator *g)
{
	struct program *p = g->p;

	for (uint32_t i = 0; i < g->call_count; i++) {
		uint32_t to = 0;

		for (uint32_t f = 1; f < p->function_count && !to; f++)
			if (p->functions[f].kind == g->callees[i] && !one_in(g, 3))
				to = f;
		if (!to && p->function_count == FUNCTIONS_MAX)
			for (uint32_t f = 1; f < p->function_count; f++)
				to = p->functions[f].kind == g->callees[i] ? f : to;
		if (!to && p->function_count < FUNCTIONS_MAX) {
			to = p->function_count;
			make_function(g, g->callees[i], 1 + pick(g, 8));
		}
		/* No room for one of this kind: a call to the instruction behind it is refused, in both worlds. */
		connect(p, g->calls[i], to ? to : 0);
	}
}

/* Up to three instructions become something else. */
static void damage(struct generator *g)
{
	struct program *p = g->p;

	for (uint32_t n = 1 + pick(g, 3); n; n--) {
		uint32_t at = pick(g, p->count);
		struct bpf_insn *insn = &p->insns[at];

		if (insn->code == (BPF_LD | BPF_IMM | BPF_DW) || !insn->code || p->kfunc[at] || insn->src_reg == BPF_PSEUDO_CALL)
			continue;
		switch (pick(g, 7)) {
		case 0: insn->code ^= (uint8_t)(1U << pick(g, 8)); break;
		case 1: insn->dst_reg = pick(g, 12) & 15; break;
		case 2: insn->src_reg = pick(g, 12) & 15; break;
		case 3: insn->off = (int16_t)(insn->off + (int)pick(g, 17) - 8); break;
		case 4: insn->off = (int16_t)pick(g, 65536); break;
		case 5: insn->imm = number(g); break;
		default: *insn = (struct bpf_insn){ .code = BPF_JMP | BPF_JA };
		}
		/* What would name a map or function by a number of nobody's. */
		if (insn->code == (BPF_LD | BPF_IMM | BPF_DW) || (insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg))
			*insn = (struct bpf_insn){ .code = BPF_JMP | BPF_JA };
	}
}

void generate(struct program *program, uint64_t seed)
{
	struct generator g = { .p = program, .state = (seed + 1) * 0x9E3779B97F4A7C15ULL };

	if (!g.state)
		g.state = 1;
	for (int i = 0; i < 8; i++)
		pick(&g, 2);
	memset(program, 0, sizeof(*program));
	program->seed = seed;
	program->type = one_in(&g, 5) ? BPF_PROG_TYPE_XDP : BPF_PROG_TYPE_SCHED_CLS;
	program->comparable = !one_in(&g, 4);
	make_function(&g, FUNCTION_MAIN, 4 + pick(&g, 30));
	make_callees(&g);
	if (!program->comparable)
		damage(&g);
}
