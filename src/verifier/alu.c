/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arithmetic: on numbers (scalar_op) and on pointers (pointer_op). Rules: docs/verifier.md, "arithmetic".
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "verifier/memory.h"

/* ---- Numbers ---- */

/* Both views of one number of 32 or 64 bits, held in 64. */
struct range {
	int64_t smin, smax;
	uint64_t umin, umax;
};

static int64_t signed_min(unsigned int width)
{
	return width == 32 ? INT32_MIN : INT64_MIN;
}

static int64_t signed_max(unsigned int width)
{
	return width == 32 ? INT32_MAX : INT64_MAX;
}

static uint64_t unsigned_max(unsigned int width)
{
	return width == 32 ? UINT32_MAX : UINT64_MAX;
}

static void any_signed(struct range *r, unsigned int width)
{
	r->smin = signed_min(width);
	r->smax = signed_max(width);
}

static void any_unsigned(struct range *r, unsigned int width)
{
	r->umin = 0;
	r->umax = unsigned_max(width);
}

static struct range range_of(const struct rq_value *v, unsigned int width)
{
	if (width == 32)
		return (struct range){ v->s32_min, v->s32_max, v->u32_min, v->u32_max };
	return (struct range){ v->smin, v->smax, v->umin, v->umax };
}

static void set_range(struct rq_value *v, unsigned int width, const struct range *r)
{
	if (width == 32) {
		v->s32_min = (int32_t)r->smin;
		v->s32_max = (int32_t)r->smax;
		v->u32_min = (uint32_t)r->umin;
		v->u32_max = (uint32_t)r->umax;
	} else {
		v->smin = r->smin;
		v->smax = r->smax;
		v->umin = r->umin;
		v->umax = r->umax;
	}
}

static __int128 wide(int64_t a)
{
	return a;
}

static unsigned __int128 uwide(uint64_t a)
{
	return a;
}

/*
 * A sum or difference whose exact ends are known: when neither end wraps, or both wrap by the same amount, the interval
 * is still one.
 */
static void settle_signed(struct range *r, __int128 low, __int128 high, unsigned int width)
{
	__int128 min = signed_min(width), max = signed_max(width), span = max - min + 1;

	if (low > max && high > max) {
		low -= span;
		high -= span;
	} else if (low < min && high < min) {
		low += span;
		high += span;
	}
	if (low < min || high > max) {
		any_signed(r, width);
		return;
	}
	r->smin = (int64_t)low;
	r->smax = (int64_t)high;
}

static void settle_unsigned(struct range *r, __int128 low, __int128 high, unsigned int width)
{
	__int128 max = unsigned_max(width), span = max + 1;

	if (low > max && high > max) {
		low -= span;
		high -= span;
	} else if (low < 0 && high < 0) {
		low += span;
		high += span;
	}
	if (low < 0 || high > max) {
		any_unsigned(r, width);
		return;
	}
	r->umin = (uint64_t)low;
	r->umax = (uint64_t)high;
}

static void multiply_ranges(struct range *a, const struct range *b, unsigned int width)
{
	unsigned __int128 top = uwide(a->umax) * b->umax;
	__int128 product[4] = {
		wide(a->smin) * b->smin,
		wide(a->smin) * b->smax,
		wide(a->smax) * b->smin,
		wide(a->smax) * b->smax,
	};
	__int128 low = product[0], high = product[0];

	if (top > unsigned_max(width)) {
		any_unsigned(a, width);
	} else {
		a->umin *= b->umin;
		a->umax = (uint64_t)top;
	}
	for (int i = 1; i < 4; i++) {
		low = product[i] < low ? product[i] : low;
		high = product[i] > high ? product[i] : high;
	}
	if (low < signed_min(width) || high > signed_max(width)) {
		any_signed(a, width);
	} else {
		a->smin = (int64_t)low;
		a->smax = (int64_t)high;
	}
}

/* After AND, OR, XOR: the signed view is the unsigned one where that does not cross the sign. */
static void signed_from_unsigned(struct range *r, unsigned int width)
{
	int64_t min = width == 32 ? (int32_t)r->umin : (int64_t)r->umin;
	int64_t max = width == 32 ? (int32_t)r->umax : (int64_t)r->umax;

	if (min <= max) {
		r->smin = min;
		r->smax = max;
	} else {
		any_signed(r, width);
	}
}

static int64_t sign_extend(uint64_t value, unsigned int width)
{
	return width == 32 ? (int32_t)value : (int64_t)value;
}

/*
 * The signed view is that of unsigned numbers, but for a shift by 32 of a sign-extended int: that, and a shift back, is
 * how compilers extend signs (range_op's caller knows the low half).
 */
static void shift_left_range(struct range *r, unsigned int shift, unsigned int width)
{
	any_signed(r, width);
	if (r->umax > 1ULL << (width - 1 - shift)) {
		any_unsigned(r, width);
	} else {
		r->umin <<= shift;
		r->umax <<= shift;
	}
}

/* One operation on the @width low bits. @bits is the result's, from the same operation on known bits. */
static struct range range_op(uint8_t op, struct range a, struct range b, struct rq_bits bits, unsigned int width)
{
	uint64_t possible = (bits.value | bits.mask) & unsigned_max(width);
	uint64_t known = bits.value & unsigned_max(width);
	unsigned int shift = (unsigned int)b.umin;

	switch (op) {
	case BPF_ADD:
		settle_signed(&a, wide(a.smin) + b.smin, wide(a.smax) + b.smax, width);
		settle_unsigned(&a, (__int128)a.umin + b.umin, (__int128)a.umax + b.umax, width);
		break;
	case BPF_SUB:
		settle_signed(&a, wide(a.smin) - b.smax, wide(a.smax) - b.smin, width);
		settle_unsigned(&a, (__int128)a.umin - b.umax, (__int128)a.umax - b.umin, width);
		break;
	case BPF_MUL:
		multiply_ranges(&a, &b, width);
		break;
	case BPF_AND:
		a.umin = known;
		a.umax = a.umax < b.umax ? a.umax : b.umax;
		signed_from_unsigned(&a, width);
		break;
	case BPF_OR:
		a.umin = a.umin > b.umin ? a.umin : b.umin;
		a.umax = possible;
		signed_from_unsigned(&a, width);
		break;
	case BPF_XOR:
		a.umin = known;
		a.umax = possible;
		signed_from_unsigned(&a, width);
		break;
	case BPF_LSH:
		shift_left_range(&a, shift, width);
		break;
	case BPF_RSH:
		a.umin >>= shift;
		a.umax >>= shift;
		any_signed(&a, width);
		break;
	case BPF_ARSH:
		a.smin >>= shift;
		a.smax >>= shift;
		any_unsigned(&a, width);
		break;
	}
	return a;
}

static struct rq_bits bits_op(uint8_t op, struct rq_bits a, struct rq_bits b, unsigned int width)
{
	switch (op) {
	case BPF_ADD: return rq_bits_add(a, b);
	case BPF_SUB: return rq_bits_sub(a, b);
	case BPF_MUL: return rq_bits_mul(a, b);
	case BPF_AND: return rq_bits_and(a, b);
	case BPF_OR: return rq_bits_or(a, b);
	case BPF_XOR: return rq_bits_xor(a, b);
	case BPF_LSH: return rq_bits_shl(a, (unsigned int)b.value);
	case BPF_RSH: return rq_bits_shr(a, (unsigned int)b.value);
	case BPF_ARSH: return rq_bits_sar(a, (unsigned int)b.value, width);
	default: return rq_bits_unknown();
	}
}

/* The number whose low 32 bits are @v's, and whose high bits are zero. */
static void zero_extend(struct rq_value *v)
{
	v->bits = rq_bits_cast(v->bits, 4);
	v->umin = v->u32_min;
	v->umax = v->u32_max;
	v->smin = v->u32_min;
	v->smax = v->u32_max;
}

/* A constant in either width is a constant in all views. */
static struct rq_value constant_op(uint8_t op, uint64_t a, uint64_t b, unsigned int width)
{
	if (width == 32) {
		a = (uint32_t)a;
		b = (uint32_t)b;
	}
	switch (op) {
	case BPF_ADD: a += b; break;
	case BPF_SUB: a -= b; break;
	case BPF_MUL: a *= b; break;
	case BPF_AND: a &= b; break;
	case BPF_OR: a |= b; break;
	case BPF_XOR: a ^= b; break;
	case BPF_LSH: a <<= b; break;
	case BPF_RSH: a >>= b; break;
	case BPF_ARSH: a = (uint64_t)(sign_extend(a, width) >> b); break;
	}
	return rq_value_const(width == 32 ? (uint32_t)a : a);
}

/* docs/verifier.md, arithmetic 1 and 2: what the result of @a op @b may be. */
struct rq_value rq_value_op(uint8_t op, struct rq_value a, struct rq_value b, unsigned int width)
{
	bool shift = op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH;
	struct rq_bits low_a, low_b;
	struct range whole, half;

	if (width == 32) {
		a.bits = rq_bits_cast(a.bits, 4);
		b.bits = rq_bits_cast(b.bits, 4);
	}
	/*
	 * As in the kernel nothing is known of these, not even of 32 bits that the high ones are zero. A shift looks at all 64
	 * bits of the amount.
	 */
	if (op == BPF_DIV || op == BPF_MOD || (shift && (!rq_value_is_const(&b) || b.umax >= width)))
		return rq_value_unknown();
	if (rq_value_is_const(&a) && rq_value_is_const(&b))
		return constant_op(op, a.bits.value, b.bits.value, width);

	low_a = rq_bits_cast(a.bits, 4);
	low_b = rq_bits_cast(b.bits, 4);
	half = range_of(&a, 32);
	if (width == 64 && (op == BPF_RSH || op == BPF_ARSH || (op == BPF_LSH && b.bits.value >= 32))) {
		/* What moves into the low half comes from above: the sync below finds what there is to know. */
		any_signed(&half, 32);
		any_unsigned(&half, 32);
	} else {
		half = range_op(op, half, range_of(&b, 32), bits_op(op, low_a, low_b, 32), 32);
	}
	whole = range_of(&a, 64);
	a.bits = bits_op(op, a.bits, b.bits, width);
	if (width == 64)
		whole = range_op(op, whole, range_of(&b, 64), a.bits, 64);
	if (width == 64 && op == BPF_LSH && b.bits.value == 32) {
		whole.smin = (int64_t)((uint64_t)(int64_t)a.s32_min << 32);
		whole.smax = (int64_t)((uint64_t)(int64_t)a.s32_max << 32);
	}
	set_range(&a, 32, &half);
	set_range(&a, 64, &whole);
	if (width == 32)
		zero_extend(&a);
	rq_value_sync(&a);
	return a;
}

static struct rq_value negate(const struct rq_value *a, unsigned int width)
{
	return rq_value_op(BPF_SUB, rq_value_const(0), *a, width);
}

/* Keep the low bytes; the rest is zero. */
struct rq_value rq_value_truncate(struct rq_value a, unsigned int bytes)
{
	uint64_t top = bytes >= 8 ? UINT64_MAX : (1ULL << (bytes * 8)) - 1;
	struct rq_bits bits = rq_bits_cast(a.bits, bytes);

	if (bytes >= 8)
		return a;
	if ((a.umin & ~top) == (a.umax & ~top)) {
		a.umin &= top;
		a.umax &= top;
	} else {
		a.umin = 0;
		a.umax = top;
	}
	a.smin = (int64_t)a.umin;
	a.smax = (int64_t)a.umax;
	a.bits = bits;
	if (bytes < 4) {
		a.s32_min = (int32_t)a.umin;
		a.s32_max = (int32_t)a.umax;
		a.u32_min = (uint32_t)a.umin;
		a.u32_max = (uint32_t)a.umax;
	}
	rq_value_sync(&a);
	return a;
}

/* The low bytes as a signed number of 32 or 64 bits. */
struct rq_value rq_value_sign_extend(struct rq_value a, unsigned int bytes, unsigned int width)
{
	unsigned int bits = bytes * 8;
	int64_t low = -(1LL << (bits - 1)), high = (1LL << (bits - 1)) - 1;
	struct rq_value v = rq_value_unknown();

	if (rq_value_is_const(&a)) {
		int64_t value = (int64_t)(a.bits.value << (64 - bits)) >> (64 - bits);

		return rq_value_const(width == 32 ? (uint64_t)(uint32_t)value : (uint64_t)value);
	}
	/* The number already fits, or its ends have the same high part and the low parts keep their order. */
	if (width == 64) {
		int64_t first = (int64_t)((uint64_t)a.smin << (64 - bits)) >> (64 - bits);
		int64_t last = (int64_t)((uint64_t)a.smax << (64 - bits)) >> (64 - bits);

		if (a.smin >> bits == a.smax >> bits && (first < 0) == (last < 0) && first <= last) {
			low = first;
			high = last;
		} else if (a.smin >= low && a.smax <= high) {
			low = a.smin;
			high = a.smax;
		}
		v.smin = low;
		v.smax = high;
	} else {
		int32_t first = (int32_t)((uint32_t)a.s32_min << (32 - bits)) >> (32 - bits);
		int32_t last = (int32_t)((uint32_t)a.s32_max << (32 - bits)) >> (32 - bits);

		if (a.s32_min >> bits == a.s32_max >> bits && (first < 0) == (last < 0) && first <= last) {
			low = first;
			high = last;
		} else if (a.s32_min >= low && a.s32_max <= high) {
			low = a.s32_min;
			high = a.s32_max;
		}
		v.s32_min = (int32_t)low;
		v.s32_max = (int32_t)high;
		rq_value_sync(&v);
		zero_extend(&v);
	}
	rq_value_sync(&v);
	return v;
}

static struct rq_value swap_bytes(const struct rq_value *a, uint32_t bits, bool swap)
{
	struct rq_value v = rq_value_unknown();
	struct rq_bits b = a->bits;

	if (!swap)
		return rq_value_truncate(*a, bits / 8);
	b.value = __builtin_bswap64(b.value) >> (64 - bits);
	b.mask = __builtin_bswap64(b.mask) >> (64 - bits);
	v.bits = rq_bits_cast(b, bits / 8);
	rq_value_sync(&v);
	return v;
}

/* ---- Pointers ---- */

/* What the operator is called when it is refused: whether a division is signed makes no difference. */
static const char *operator_text(const struct bpf_insn *insn)
{
	struct bpf_insn plain = *insn;

	plain.off = 0;
	return rq_isa_alu_operator(&plain);
}

/* docs/verifier.md, arithmetic 6: offsets stay far from where an address could wrap. */
static int check_sane_offset(struct rq_verifier *v, const struct rq_reg *reg, enum rq_reg_type type)
{
	int64_t smin = reg->value.smin;
	const char *name = rq_type_name(v, type, 0);

	if (rq_value_is_const(&reg->value) && (smin >= RQ_OFFSET_MAX || smin <= -RQ_OFFSET_MAX))
		return rq_reject(v, -EINVAL, "math between %s pointer and %" PRId64 " is not allowed", name, smin);
	/* The distance of a tied number counts as an offset too: so does the kernel. */
	if (reg->off >= RQ_OFFSET_MAX || reg->off <= -RQ_OFFSET_MAX || reg->linked_off >= RQ_OFFSET_MAX ||
	    reg->linked_off <= -RQ_OFFSET_MAX)
		return rq_reject(v, -EINVAL, "%s pointer offset %d is not allowed", name,
				 reg->off ? reg->off : reg->linked_off);
	if (smin == INT64_MIN)
		return rq_reject(v, -EINVAL,
				 "math between %s pointer and register with unbounded min value is not allowed", name);
	if (smin >= RQ_OFFSET_MAX || smin <= -RQ_OFFSET_MAX)
		return rq_reject(v, -EINVAL, "value %" PRId64 " makes %s pointer be out of bounds", smin, name);
	return 0;
}

/* docs/verifier.md, arithmetic 5: which pointers may be moved at all. */
static int check_movable(struct rq_verifier *v, const struct rq_reg *ptr, const struct rq_value *by, uint8_t op,
			 uint32_t regno)
{
	bool known = rq_value_is_const(by);

	if (rq_reg_may_be_null(ptr))
		return rq_reject(v, -EACCES, "R%u pointer arithmetic on %s prohibited, null-check it first", regno,
				 rq_reg_name(v, ptr));
	switch (ptr->type) {
	case RQ_PTR_TO_FLOW_KEYS:
		if (known)
			return 0;
		break;
	case RQ_CONST_PTR_TO_MAP:
		if (known && by->smin == 0 && op == BPF_ADD)
			return 0;
		break;
	case RQ_PTR_TO_PACKET_END:
	case RQ_PTR_TO_SOCKET:
	case RQ_PTR_TO_SOCK_COMMON:
	case RQ_PTR_TO_TCP_SOCK:
	case RQ_PTR_TO_XDP_SOCK:
	case RQ_PTR_TO_FUNC:
		break;
	default:
		return 0;
	}
	return rq_reject(v, -EACCES, "R%u pointer arithmetic on %s prohibited", regno, rq_reg_name(v, ptr));
}

/* @dst = @ptr op @by. */
static int pointer_op(struct rq_verifier *v, const struct bpf_insn *insn, struct rq_reg *dst, struct rq_reg ptr,
		      struct rq_reg by, bool ptr_is_dst)
{
	uint8_t op = BPF_OP(insn->code);
	uint32_t regno = insn->dst_reg;
	int64_t known = by.value.smin;
	bool is_known = rq_value_is_const(&by.value);
	int err;

	/* A number that contradicts itself: no run comes here. */
	if (rq_value_is_empty(&by.value) || (is_known && by.value.smin != by.value.smax)) {
		rq_reg_set_unknown(dst);
		return 0;
	}
	if (BPF_CLASS(insn->code) != BPF_ALU64) {
		if (op == BPF_SUB) {
			rq_reg_set_unknown(dst);
			return 0;
		}
		return rq_reject(v, -EACCES, "R%u 32-bit pointer arithmetic prohibited", regno);
	}
	err = check_movable(v, &ptr, &by.value, op, regno);
	if (err)
		return err;
	err = check_sane_offset(v, &by, ptr.type);
	if (!err)
		err = check_sane_offset(v, &ptr, ptr.type);
	if (err)
		return err;
	*dst = ptr;
	switch (op) {
	case BPF_ADD:
		if (is_known && (int32_t)(ptr.off + known) == ptr.off + known) {
			dst->off = (int32_t)(ptr.off + known);
			break;
		}
		dst->value = rq_value_op(BPF_ADD, ptr.value, by.value, 64);
		if (rq_reg_is_packet(&ptr)) {
			dst->id = rq_new_id(v);
			dst->range = 0;
		}
		break;
	case BPF_SUB:
		if (!ptr_is_dst)
			return rq_reject(v, -EACCES, "R%u tried to subtract pointer from scalar", regno);
		if (ptr.type == RQ_PTR_TO_STACK)
			return rq_reject(v, -EACCES, "R%u subtraction from stack pointer prohibited", regno);
		if (is_known && (int32_t)(ptr.off - known) == ptr.off - known) {
			dst->off = (int32_t)(ptr.off - known);
			break;
		}
		dst->value = rq_value_op(BPF_SUB, ptr.value, by.value, 64);
		if (rq_reg_is_packet(&ptr)) {
			dst->id = rq_new_id(v);
			if (by.value.smin < 0)
				dst->range = 0;
		}
		break;
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		return rq_reject(v, -EACCES, "R%u bitwise operator %s on pointer prohibited", regno, operator_text(insn));
	default:
		return rq_reject(v, -EACCES, "R%u pointer arithmetic with %s operator prohibited", regno,
				 operator_text(insn));
	}
	return check_sane_offset(v, dst, ptr.type);
}

/* ---- Instructions ---- */

/* 0 or all ones: the whole number, or (@half) its low half. */
static void settle_mask(struct rq_reg *reg, bool half, bool ones)
{
	uint64_t low = ones ? UINT32_MAX : 0;

	reg->id = 0;
	reg->linked = 0;
	reg->linked_off = 0;
	if (!half) {
		reg->value = rq_value_const(ones ? UINT64_MAX : 0);
		return;
	}
	reg->value.bits.value = (reg->value.bits.value & ~0xffffffffULL) | low;
	reg->value.bits.mask &= ~0xffffffffULL;
	reg->value.u32_min = reg->value.u32_max = (uint32_t)low;
	reg->value.s32_min = reg->value.s32_max = ones ? -1 : 0;
	rq_value_sync(&reg->value);
}

/*
 * docs/verifier.md, arithmetic 7: a mask made of a sign (0 or -1) stands for a branch, so an AND or OR of it with a constant is
 * walked as one: first with -1.
 */
static int fork_mask(struct rq_verifier *v, const struct bpf_insn *insn, struct rq_reg *dst)
{
	const struct rq_value *value = &dst->value;
	bool whole = value->smin == -1 && value->smax == 0, half = value->s32_min == -1 && value->s32_max == 0;
	struct rq_state *zero;
	int err;

	if (!whole && !half)
		return 0;
	err = rq_push_branch(v, v->insn, &zero);
	if (err)
		return err;
	settle_mask(&zero->frames[zero->current]->regs[insn->dst_reg], !whole, false);
	settle_mask(dst, !whole, true);
	return 0;
}

/* Two operands, one of which may be a pointer. */
static int check_binary(struct rq_verifier *v, const struct bpf_insn *insn)
{
	struct rq_reg *dst = &rq_regs(v)[insn->dst_reg], source, *src = &source;
	unsigned int width = BPF_CLASS(insn->code) == BPF_ALU64 ? 64 : 32;
	uint8_t op = BPF_OP(insn->code);
	bool by_register = BPF_SRC(insn->code) == BPF_X;
	int64_t distance;
	uint32_t id;
	int err;

	if (by_register)
		source = rq_regs(v)[insn->src_reg];
	else
		rq_reg_set_const(src, (uint64_t)(int64_t)insn->imm);

	/* arithmetic 8 */
	if (dst->type == RQ_PTR_TO_ARENA || src->type == RQ_PTR_TO_ARENA) {
		v->aux[v->insn].arena_operand = true;
		rq_reg_set_pointer(dst, RQ_PTR_TO_ARENA, 0);
		return 0;
	}
	v->aux[v->insn].other_operand = true;
	if (by_register && rq_reg_is_pointer(src)) {
		if (rq_reg_is_pointer(dst)) {
			if (op == BPF_SUB) {
				rq_reg_set_unknown(dst);
				return 0;
			}
			return rq_reject(v, -EACCES, "R%u pointer %s pointer prohibited", insn->dst_reg,
					 operator_text(insn));
		}
		err = rq_mark_precise(v, insn->dst_reg);
		return err ? err : pointer_op(v, insn, dst, *src, *dst, false);
	}
	if (rq_reg_is_pointer(dst)) {
		if (by_register) {
			err = rq_mark_precise(v, insn->src_reg);
			if (err)
				return err;
		}
		return pointer_op(v, insn, dst, *dst, *src, true);
	}
	if (dst->precise && by_register) {
		err = rq_mark_precise(v, insn->src_reg);
		if (err)
			return err;
	}
	if ((op == BPF_AND || op == BPF_OR) && rq_value_is_const(&src->value)) {
		err = fork_mask(v, insn, dst);
		if (err)
			return err;
	}
	/* In 32 bits, of a number that has no more: then the way back is known too. */
	id = width == 64 || dst->value.umax <= UINT32_MAX ? dst->id : 0;
	dst->value = rq_value_op(op, dst->value, src->value, width);
	/*
	 * docs/verifier.md, arithmetic 4: a number plus a constant stays tied to the number that it was, so that a test of
	 * one bounds the other.
	 */
	distance = width == 32 ? (int32_t)src->value.smin : src->value.smin;
	distance = op == BPF_ADD ? distance : (int64_t)(0 - (uint64_t)distance);
	if ((op == BPF_ADD || op == BPF_SUB) && id && rq_value_is_const(&src->value) && !dst->linked &&
	    distance >= INT32_MIN && distance <= INT32_MAX) {
		dst->linked = (uint8_t)width;
		dst->linked_off = (int32_t)distance;
	} else {
		dst->id = 0;
		dst->linked = 0;
		dst->linked_off = 0;
	}
	return 0;
}

/* docs/verifier.md, arithmetic 4: a copy and its original are tied by an id. */
void rq_tie_copy(struct rq_verifier *v, struct rq_reg *src)
{
	if (src->type != RQ_SCALAR || rq_value_is_const(&src->value))
		return;
	if (src->linked) {
		src->linked = 0;
		src->linked_off = 0;
		src->id = 0;
	}
	if (!src->id)
		src->id = rq_new_id(v);
}

static void forget_tie(struct rq_reg *reg)
{
	reg->id = 0;
	reg->linked = 0;
	reg->linked_off = 0;
}

static void move_64(struct rq_verifier *v, const struct bpf_insn *insn, struct rq_reg *dst, struct rq_reg *src)
{
	unsigned int bytes = (unsigned int)insn->off / 8;
	bool fits;

	if (!insn->off) {
		rq_tie_copy(v, src);
		*dst = *src;
		return;
	}
	if (rq_reg_is_pointer(src)) {
		rq_reg_set_unknown(dst);
		return;
	}
	fits = src->value.umax < 1ULL << (insn->off - 1);
	if (fits)
		rq_tie_copy(v, src);
	*dst = *src;
	if (!fits)
		forget_tie(dst);
	dst->value = rq_value_sign_extend(dst->value, bytes, 64);
}

static void move_32(struct rq_verifier *v, const struct bpf_insn *insn, struct rq_reg *dst, struct rq_reg *src)
{
	unsigned int bytes = insn->off ? (unsigned int)insn->off / 8 : 4;
	bool fits;

	if (rq_reg_is_pointer(src)) {
		rq_reg_set_unknown(dst);
		zero_extend(&dst->value);
		return;
	}
	fits = insn->off ? src->value.umax < 1ULL << (insn->off - 1) : src->value.umax <= UINT32_MAX;
	if (fits)
		rq_tie_copy(v, src);
	*dst = *src;
	if (!fits)
		forget_tie(dst);
	if (insn->off) {
		dst->value = rq_value_sign_extend(dst->value, bytes, 32);
	} else {
		zero_extend(&dst->value);
		rq_value_sync(&dst->value);
	}
}

/* docs/verifier.md, arithmetic 8: from the user's address space (1) to the program's, or back to a number. */
static int cast_address(struct rq_verifier *v, const struct bpf_insn *insn, struct rq_reg *dst)
{
	if (!rq_prog_arena(v->prog))
		return rq_reject(v, -EINVAL, "addr_space_cast insn can only be used in a program that has an associated arena");
	if (insn->imm == 1)
		rq_reg_set_pointer(dst, RQ_PTR_TO_ARENA, 0);
	else
		rq_reg_set_unknown(dst);
	return 0;
}

static int check_move(struct rq_verifier *v, const struct bpf_insn *insn)
{
	struct rq_reg *dst = &rq_regs(v)[insn->dst_reg], *src = &rq_regs(v)[insn->src_reg];
	bool whole = BPF_CLASS(insn->code) == BPF_ALU64;

	if (BPF_SRC(insn->code) == BPF_K) {
		rq_reg_set_const(dst, whole ? (uint64_t)(int64_t)insn->imm : (uint64_t)(uint32_t)insn->imm);
		return 0;
	}
	if (whole && insn->off == RQ_BPF_ADDR_SPACE_CAST)
		return cast_address(v, insn, dst);
	if (whole)
		move_64(v, insn, dst, src);
	else
		move_32(v, insn, dst, src);
	return 0;
}

static int check_unary(struct rq_verifier *v, const struct bpf_insn *insn)
{
	struct rq_reg *dst = &rq_regs(v)[insn->dst_reg];
	unsigned int width = BPF_CLASS(insn->code) == BPF_ALU64 ? 64 : 32;
	struct rq_value value = dst->value;
	bool scalar = rq_reg_is_scalar(dst);

	rq_reg_set_unknown(dst);
	if (!scalar)
		return 0;
	if (BPF_OP(insn->code) == BPF_NEG)
		dst->value = negate(&value, width);
	else
		/* A 64-bit class always swaps; else the host is little-endian, so only "to big" does. */
		dst->value = swap_bytes(&value, (uint32_t)insn->imm,
					width == 64 || BPF_SRC(insn->code) == BPF_TO_BE);
	return 0;
}

int rq_check_alu(struct rq_verifier *v, const struct bpf_insn *insn)
{
	char message[128];
	uint8_t op = BPF_OP(insn->code);
	bool by_register = BPF_SRC(insn->code) == BPF_X && op != BPF_END;
	int err;

	if (by_register && op != BPF_NEG) {
		err = rq_check_reg_read(v, insn->src_reg);
		if (err)
			return err;
	}
	if (op != BPF_MOV) {
		err = rq_check_reg_read(v, insn->dst_reg);
		if (err)
			return err;
	}
	/* docs/verifier.md, arithmetic 3: constants that can never be meant. */
	err = rq_isa_check_constant(insn, message, sizeof(message));
	if (err)
		return rq_reject(v, err, "%s", message);
	err = rq_check_reg_write(v, insn->dst_reg);
	if (err)
		return err;
	switch (op) {
	case BPF_MOV:
		return check_move(v, insn);
	case BPF_NEG:
	case BPF_END:
		return check_unary(v, insn);
	default:
		return check_binary(v, insn);
	}
}
