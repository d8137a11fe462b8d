/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is known of a number. Known bits follow "Sound, Precise, and Fast Abstract Interpretation with Tristate Numbers"
 * (Vishwanathan et al., CGO 2022); ranges are four intervals over the same number, and rq_value_sync() lets each learn from
 * the others. Rules: docs/verifier.md, "numbers".
 */
#include "verifier/internal.h"

struct rq_bits rq_bits_const(uint64_t value)
{
	return (struct rq_bits){ value, 0 };
}

struct rq_bits rq_bits_unknown(void)
{
	return (struct rq_bits){ 0, UINT64_MAX };
}

/* All bits below the highest one in which the ends differ are unknown. */
struct rq_bits rq_bits_range(uint64_t min, uint64_t max)
{
	uint64_t differ = min ^ max, mask;

	if (!differ)
		return rq_bits_const(min);
	mask = UINT64_MAX >> __builtin_clzll(differ);
	return (struct rq_bits){ min & ~mask, mask };
}

struct rq_bits rq_bits_add(struct rq_bits a, struct rq_bits b)
{
	uint64_t lowest = a.value + b.value;
	uint64_t carries = (lowest + a.mask + b.mask) ^ lowest;
	uint64_t mask = carries | a.mask | b.mask;

	return (struct rq_bits){ lowest & ~mask, mask };
}

struct rq_bits rq_bits_sub(struct rq_bits a, struct rq_bits b)
{
	uint64_t difference = a.value - b.value;
	uint64_t borrows = (difference + a.mask) ^ (difference - b.mask);
	uint64_t mask = borrows | a.mask | b.mask;

	return (struct rq_bits){ difference & ~mask, mask };
}

struct rq_bits rq_bits_and(struct rq_bits a, struct rq_bits b)
{
	uint64_t ones = a.value & b.value;
	uint64_t possible = (a.value | a.mask) & (b.value | b.mask);

	return (struct rq_bits){ ones, possible & ~ones };
}

struct rq_bits rq_bits_or(struct rq_bits a, struct rq_bits b)
{
	uint64_t ones = a.value | b.value;

	return (struct rq_bits){ ones, (a.mask | b.mask) & ~ones };
}

struct rq_bits rq_bits_xor(struct rq_bits a, struct rq_bits b)
{
	uint64_t mask = a.mask | b.mask;

	return (struct rq_bits){ (a.value ^ b.value) & ~mask, mask };
}

/* Long multiplication: an unknown bit of @a adds the shifted @b or does not, so both sums are joined. */
struct rq_bits rq_bits_mul(struct rq_bits a, struct rq_bits b)
{
	struct rq_bits sum = rq_bits_const(0);

	for (; a.value | a.mask; a = rq_bits_shr(a, 1), b = rq_bits_shl(b, 1)) {
		if (a.value & 1)
			sum = rq_bits_add(sum, b);
		else if (a.mask & 1)
			sum = rq_bits_union(sum, rq_bits_add(sum, b));
	}
	return sum;
}

struct rq_bits rq_bits_shl(struct rq_bits a, unsigned int shift)
{
	return (struct rq_bits){ a.value << shift, a.mask << shift };
}

struct rq_bits rq_bits_shr(struct rq_bits a, unsigned int shift)
{
	return (struct rq_bits){ a.value >> shift, a.mask >> shift };
}

struct rq_bits rq_bits_sar(struct rq_bits a, unsigned int shift, unsigned int width)
{
	if (width == 32)
		return (struct rq_bits){ (uint32_t)((int32_t)a.value >> shift), (uint32_t)((int32_t)a.mask >> shift) };
	return (struct rq_bits){ (uint64_t)((int64_t)a.value >> shift), (uint64_t)((int64_t)a.mask >> shift) };
}

/* Both describe the same number. When they contradict each other the result is of no number; ranges then show it. */
struct rq_bits rq_bits_intersect(struct rq_bits a, struct rq_bits b)
{
	uint64_t mask = a.mask & b.mask;

	return (struct rq_bits){ (a.value | b.value) & ~mask, mask };
}

struct rq_bits rq_bits_union(struct rq_bits a, struct rq_bits b)
{
	uint64_t mask = a.mask | b.mask | (a.value ^ b.value);

	return (struct rq_bits){ a.value & ~mask, mask };
}

struct rq_bits rq_bits_cast(struct rq_bits a, unsigned int bytes)
{
	uint64_t keep = bytes >= 8 ? UINT64_MAX : (1ULL << (bytes * 8)) - 1;

	return (struct rq_bits){ a.value & keep, a.mask & keep };
}

bool rq_bits_contains(struct rq_bits a, struct rq_bits b)
{
	return !(b.mask & ~a.mask) && a.value == (b.value & ~a.mask);
}

bool rq_bits_is_aligned(struct rq_bits a, uint64_t size)
{
	return !((a.value | a.mask) & (size - 1));
}

struct rq_value rq_value_const(uint64_t value)
{
	return (struct rq_value){
		.bits = rq_bits_const(value),
		.smin = (int64_t)value,
		.smax = (int64_t)value,
		.umin = value,
		.umax = value,
		.s32_min = (int32_t)value,
		.s32_max = (int32_t)value,
		.u32_min = (uint32_t)value,
		.u32_max = (uint32_t)value,
	};
}

struct rq_value rq_value_unknown(void)
{
	return (struct rq_value){
		.bits = rq_bits_unknown(),
		.smin = INT64_MIN,
		.smax = INT64_MAX,
		.umin = 0,
		.umax = UINT64_MAX,
		.s32_min = INT32_MIN,
		.s32_max = INT32_MAX,
		.u32_min = 0,
		.u32_max = UINT32_MAX,
	};
}

struct rq_value rq_value_urange(uint64_t min, uint64_t max)
{
	struct rq_value value = rq_value_unknown();

	value.umin = min;
	value.umax = max;
	rq_value_sync(&value);
	return value;
}

struct rq_value rq_value_srange(int64_t min, int64_t max)
{
	struct rq_value value = rq_value_unknown();

	value.smin = min;
	value.smax = max;
	rq_value_sync(&value);
	return value;
}

#define RAISE(field_, min_) ((field_) = (min_) > (field_) ? (min_) : (field_))
#define LOWER(field_, max_) ((field_) = (max_) < (field_) ? (max_) : (field_))

/* The smallest and largest numbers that known bits allow. */
static void ranges_from_bits(struct rq_value *v)
{
	uint64_t sign = 1ULL << 63, low = v->bits.value, high = v->bits.value | v->bits.mask;
	uint32_t sign32 = 1U << 31, low32 = (uint32_t)low, high32 = (uint32_t)high;

	RAISE(v->umin, low);
	LOWER(v->umax, high);
	RAISE(v->smin, (int64_t)(low | (v->bits.mask & sign)));
	LOWER(v->smax, (int64_t)(low | (v->bits.mask & ~sign)));
	RAISE(v->u32_min, low32);
	LOWER(v->u32_max, high32);
	RAISE(v->s32_min, (int32_t)(low32 | ((uint32_t)v->bits.mask & sign32)));
	LOWER(v->s32_max, (int32_t)(low32 | ((uint32_t)v->bits.mask & ~sign32)));
}

/* What the 64-bit ranges say about the low half. */
static void halves_from_wholes(struct rq_value *v)
{
	/* The high half is the same at both ends, so the low half runs from one end to the other. */
	if (v->umin >> 32 == v->umax >> 32) {
		RAISE(v->u32_min, (uint32_t)v->umin);
		LOWER(v->u32_max, (uint32_t)v->umax);
		if ((int32_t)v->umin <= (int32_t)v->umax) {
			RAISE(v->s32_min, (int32_t)v->umin);
			LOWER(v->s32_max, (int32_t)v->umax);
		}
	}
	if (v->smin >> 32 == v->smax >> 32) {
		if ((uint32_t)v->smin <= (uint32_t)v->smax) {
			RAISE(v->u32_min, (uint32_t)v->smin);
			LOWER(v->u32_max, (uint32_t)v->smax);
		}
		if ((int32_t)v->smin <= (int32_t)v->smax) {
			RAISE(v->s32_min, (int32_t)v->smin);
			LOWER(v->s32_max, (int32_t)v->smax);
		}
	}
	/* The range passes through one border of the high half, from a negative low half to one that is not. */
	if ((uint32_t)(v->umin >> 32) + 1 == (uint32_t)(v->umax >> 32) && (int32_t)v->umin < 0 && (int32_t)v->umax >= 0) {
		RAISE(v->s32_min, (int32_t)v->umin);
		LOWER(v->s32_max, (int32_t)v->umax);
	}
	if ((uint32_t)((uint64_t)v->smin >> 32) + 1 == (uint32_t)((uint64_t)v->smax >> 32) && (int32_t)v->smin < 0 &&
	    (int32_t)v->smax >= 0) {
		RAISE(v->s32_min, (int32_t)v->smin);
		LOWER(v->s32_max, (int32_t)v->smax);
	}
}

/* One interval, seen as signed and as unsigned, learns from the other where it does not wrap. */
static void signs_agree_32(struct rq_value *v)
{
	if ((int32_t)v->u32_min <= (int32_t)v->u32_max) {
		RAISE(v->s32_min, (int32_t)v->u32_min);
		LOWER(v->s32_max, (int32_t)v->u32_max);
	}
	if ((uint32_t)v->s32_min <= (uint32_t)v->s32_max) {
		RAISE(v->u32_min, (uint32_t)v->s32_min);
		LOWER(v->u32_max, (uint32_t)v->s32_max);
		return;
	}
	/*
	 * The signed interval holds both signs: as unsigned it is [0, smax] and [smin, max]. When the unsigned one meets
	 * only one of the two, that part is all there is.
	 */
	if (v->u32_max < (uint32_t)v->s32_min) {
		v->s32_min = (int32_t)v->u32_min;
		LOWER(v->u32_max, (uint32_t)v->s32_max);
	} else if (v->u32_min > (uint32_t)v->s32_max) {
		v->s32_max = (int32_t)v->u32_max;
		RAISE(v->u32_min, (uint32_t)v->s32_min);
	}
}

static void signs_agree_64(struct rq_value *v)
{
	if ((int64_t)v->umin <= (int64_t)v->umax) {
		RAISE(v->smin, (int64_t)v->umin);
		LOWER(v->smax, (int64_t)v->umax);
	}
	if ((uint64_t)v->smin <= (uint64_t)v->smax) {
		RAISE(v->umin, (uint64_t)v->smin);
		LOWER(v->umax, (uint64_t)v->smax);
		return;
	}
	/* Both signs again. */
	if (v->umax < (uint64_t)v->smin) {
		v->smin = (int64_t)v->umin;
		LOWER(v->umax, (uint64_t)v->smax);
	} else if (v->umin > (uint64_t)v->smax) {
		v->smax = (int64_t)v->umax;
		RAISE(v->umin, (uint64_t)v->smin);
	}
}

/* What the low half's ranges say about the whole number. */
static void wholes_from_halves(struct rq_value *v)
{
	RAISE(v->umin, (v->umin & ~0xffffffffULL) | v->u32_min);
	LOWER(v->umax, (v->umax & ~0xffffffffULL) | v->u32_max);
	RAISE(v->smin, (int64_t)(((uint64_t)v->smin & ~0xffffffffULL) | v->u32_min));
	LOWER(v->smax, (int64_t)(((uint64_t)v->smax & ~0xffffffffULL) | v->u32_max));
	/* docs/verifier.md, numbers 2. */
	if (v->s32_min >= 0 && v->smin >= INT32_MIN && v->smax <= INT32_MAX) {
		v->smin = v->s32_min;
		v->smax = v->s32_max;
		v->umin = (uint64_t)v->s32_min;
		v->umax = (uint64_t)v->s32_max;
	}
}

/* The smallest number with these bits that is above @floor; the largest of all when there is none. */
static uint64_t next_above(struct rq_bits bits, uint64_t floor)
{
	uint64_t largest = bits.value | bits.mask, differ, below, raise;
	unsigned int top;

	if (floor >= largest)
		return largest;
	floor++;
	differ = (floor ^ bits.value) & ~bits.mask;
	if (!differ)
		return floor;
	top = 63 - (unsigned int)__builtin_clzll(differ);
	below = UINT64_MAX >> (63 - top);
	if (bits.value >> top & 1)
		return (floor & ~below) | (bits.value & below);
	/* A known zero where the floor has a one: an unknown bit above it has to be raised. */
	raise = bits.mask & ~floor & ~below;
	raise &= -raise;
	return (floor & ~(raise | (raise - 1))) | raise | (bits.value & (raise - 1));
}

/*
 * When only one number of the range has the known bits, that is it. Where none has, no run comes here; as in the kernel
 * the number is then one end of the range, or the largest with these bits.
 */
static void settle_on_only_number(struct rq_value *v)
{
	uint64_t largest = v->bits.value | v->bits.mask, next = next_above(v->bits, v->umin);

	if (rq_bits_contains(v->bits, rq_bits_const(v->umin))) {
		if (next > v->umax)
			*v = rq_value_const(v->umin);
	} else if (next == largest) {
		*v = rq_value_const(largest);
	} else if (next <= v->umax && next_above(v->bits, next) > v->umax) {
		*v = rq_value_const(next);
	}
}

static void bits_from_ranges(struct rq_value *v)
{
	struct rq_bits whole = rq_bits_intersect(v->bits, rq_bits_range(v->umin, v->umax));
	struct rq_bits half = rq_bits_intersect(rq_bits_cast(whole, 4), rq_bits_range(v->u32_min, v->u32_max));

	v->bits.value = (whole.value & ~0xffffffffULL) | (half.value & 0xffffffffULL);
	v->bits.mask = (whole.mask & ~0xffffffffULL) | (half.mask & 0xffffffffULL);
}

void rq_value_sync(struct rq_value *v)
{
	if (rq_value_is_const(v) && v->umin == v->umax && v->smin == v->smax && v->u32_min == v->u32_max &&
	    v->s32_min == v->s32_max)
		return;
	ranges_from_bits(v);
	settle_on_only_number(v);
	/* What is learned at the end of one round may help at the start of the next; a third would gain little. */
	for (int round = 0; round < 3; round++) {
		signs_agree_32(v);
		halves_from_wholes(v);
		signs_agree_32(v);
		signs_agree_64(v);
		wholes_from_halves(v);
	}
	bits_from_ranges(v);
	ranges_from_bits(v);
	settle_on_only_number(v);
}

bool rq_value_is_empty(const struct rq_value *v)
{
	return v->umin > v->umax || v->smin > v->smax || v->u32_min > v->u32_max || v->s32_min > v->s32_max ||
	       (v->bits.value & v->bits.mask);
}

bool rq_value_contains(const struct rq_value *outer, const struct rq_value *inner)
{
	return outer->umin <= inner->umin && outer->umax >= inner->umax && outer->smin <= inner->smin &&
	       outer->smax >= inner->smax && outer->u32_min <= inner->u32_min && outer->u32_max >= inner->u32_max &&
	       outer->s32_min <= inner->s32_min && outer->s32_max >= inner->s32_max &&
	       rq_bits_contains(outer->bits, inner->bits);
}
