/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verifier believes of a number is true: abstract operations against concrete ones, on random numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verifier/internal.h"

#define ROUNDS 40000

static uint64_t random_state = 88172645463325252ULL;

static uint64_t random_bits(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Numbers near the places where things go wrong are as likely as any. */
static uint64_t random_number(void)
{
	static const uint64_t corners[] = { 0, 1, 2, 31, 63, 64, 0x7f, 0xff, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000,
					    INT64_MAX, 1ULL << 63, UINT64_MAX, UINT64_MAX - 1 };

	switch (random_bits() % 4) {
	case 0: return corners[random_bits() % (sizeof(corners) / sizeof(corners[0]))];
	case 1: return random_bits() >> random_bits() % 64;
	case 2: return (uint64_t)((int64_t)random_bits() >> random_bits() % 64);
	default: return random_bits();
	}
}

static bool holds(const struct rq_value *v, uint64_t n)
{
	return n >= v->umin && n <= v->umax && (int64_t)n >= v->smin && (int64_t)n <= v->smax &&
	       (uint32_t)n >= v->u32_min && (uint32_t)n <= v->u32_max && (int32_t)n >= v->s32_min &&
	       (int32_t)n <= v->s32_max && !((n ^ v->bits.value) & ~v->bits.mask);
}

/* Something true about @n: a constant, unknown bits, an interval of one of the four kinds. */
static struct rq_value true_of(uint64_t n)
{
	uint64_t a = random_number();
	struct rq_value v = rq_value_unknown();

	switch (random_bits() % 6) {
	case 0:
		return rq_value_const(n);
	case 1:
		v.bits = (struct rq_bits){ n & ~a, a };
		break;
	case 2:
		v.umin = a < n ? a : n;
		v.umax = a < n ? n : a;
		break;
	case 3:
		v.smin = (int64_t)a < (int64_t)n ? (int64_t)a : (int64_t)n;
		v.smax = (int64_t)a < (int64_t)n ? (int64_t)n : (int64_t)a;
		break;
	case 4:
		v.u32_min = (uint32_t)a < (uint32_t)n ? (uint32_t)a : (uint32_t)n;
		v.u32_max = (uint32_t)a < (uint32_t)n ? (uint32_t)n : (uint32_t)a;
		break;
	default:
		v.s32_min = (int32_t)a < (int32_t)n ? (int32_t)a : (int32_t)n;
		v.s32_max = (int32_t)a < (int32_t)n ? (int32_t)n : (int32_t)a;
	}
	rq_value_sync(&v);
	return v;
}

static uint64_t compute(uint8_t op, uint64_t a, uint64_t b, unsigned int width)
{
	if (width == 32) {
		uint32_t x = (uint32_t)a, y = (uint32_t)b;

		switch (op) {
		case BPF_ADD: return (uint32_t)(x + y);
		case BPF_SUB: return (uint32_t)(x - y);
		case BPF_MUL: return (uint32_t)(x * y);
		case BPF_AND: return x & y;
		case BPF_OR: return x | y;
		case BPF_XOR: return x ^ y;
		case BPF_LSH: return (uint32_t)(x << (y & 31));
		case BPF_RSH: return x >> (y & 31);
		default: return (uint32_t)((int32_t)x >> (y & 31));
		}
	}
	switch (op) {
	case BPF_ADD: return a + b;
	case BPF_SUB: return a - b;
	case BPF_MUL: return a * b;
	case BPF_AND: return a & b;
	case BPF_OR: return a | b;
	case BPF_XOR: return a ^ b;
	case BPF_LSH: return a << (b & 63);
	case BPF_RSH: return a >> (b & 63);
	default: return (uint64_t)((int64_t)a >> (b & 63));
	}
}

/* Whatever is said of two numbers, what is then said of their sum, product, ... is true of theirs. */
static void every_operation_is_sound(void **state)
{
	static const uint8_t ops[] = { BPF_ADD, BPF_SUB, BPF_MUL, BPF_AND, BPF_OR, BPF_XOR, BPF_LSH, BPF_RSH, BPF_ARSH };

	for (int i = 0; i < ROUNDS; i++) {
		uint8_t op = ops[random_bits() % sizeof(ops)];
		unsigned int width = random_bits() % 2 ? 64 : 32;
		bool shift = op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH;
		uint64_t a = random_number(), b = shift ? random_bits() % width : random_number();
		struct rq_value said = rq_value_op(op, true_of(a), shift ? rq_value_const(b) : true_of(b), width);

		assert_true(holds(&said, compute(op, a, b, width)));
	}
}

static void narrowing_is_sound(void **state)
{
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t n = random_number();
		unsigned int bytes = 1U << random_bits() % 4, bits = bytes * 8;
		struct rq_value v = true_of(n), zero = rq_value_truncate(v, bytes);
		int64_t extended = (int64_t)(n << (64 - bits)) >> (64 - bits);
		struct rq_value sign;

		assert_true(holds(&zero, (uint64_t)extended & (UINT64_MAX >> (64 - bits))));
		if (bytes == 8)
			continue;
		sign = rq_value_sign_extend(v, bytes, 64);
		assert_true(holds(&sign, (uint64_t)extended));
		if (bytes == 4)
			continue;
		sign = rq_value_sign_extend(v, bytes, 32);
		assert_true(holds(&sign, (uint32_t)extended));
	}
}

/* Parts that are true stay true, and never contradict each other, when they learn from each other. */
static void learning_is_sound(void **state)
{
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t n = random_number();
		struct rq_value a = true_of(n), b = true_of(n);

		a.bits = rq_bits_intersect(a.bits, b.bits);
		a.umin = a.umin > b.umin ? a.umin : b.umin;
		a.umax = a.umax < b.umax ? a.umax : b.umax;
		a.smin = a.smin > b.smin ? a.smin : b.smin;
		a.smax = a.smax < b.smax ? a.smax : b.smax;
		rq_value_sync(&a);
		assert_true(holds(&a, n));
		assert_false(rq_value_is_empty(&a));
	}
}

static void a_value_contains_itself_and_its_constants(void **state)
{
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t n = random_number();
		struct rq_value v = true_of(n), constant = rq_value_const(n);

		assert_true(rq_value_contains(&v, &v));
		assert_true(rq_value_contains(&v, &constant));
	}
}

/* Of 0, 0x100 only the second lies in [1, 0x180]. */
static void the_only_number_left_is_known(void **state)
{
	struct rq_value v = rq_value_urange(1, 0x180);

	v.bits = (struct rq_bits){ 0, 0x100 };
	rq_value_sync(&v);

	assert_true(rq_value_is_const(&v));
	assert_int_equal(v.bits.value, 0x100);
}

static void known_bits_follow_ranges(void **state)
{
	struct rq_value v = rq_value_urange(0, 15);

	assert_int_equal(v.bits.mask, 15);
	assert_int_equal(v.s32_max, 15);
	assert_int_equal(v.smin, 0);
}

static void a_sign_extended_int_keeps_its_range_through_two_shifts(void **state)
{
	struct rq_value v = rq_value_srange(-3, 12);

	v = rq_value_op(BPF_LSH, v, rq_value_const(32), 64);
	v = rq_value_op(BPF_ARSH, v, rq_value_const(32), 64);

	assert_int_equal(v.smin, -3);
	assert_int_equal(v.smax, 12);
}

/* No number of 9 .. 18 has the known bits, so no run has it; the kernel goes on with what the bits alone leave, and so do we. */
static void numbers_that_contradict_themselves_settle(void **state)
{
	struct rq_value v = rq_value_unknown();

	v.bits = (struct rq_bits){ 0, 0xffffffe000000000ULL };
	v.umin = 9;
	v.umax = 18;
	rq_value_sync(&v);
	assert_true(rq_value_is_const(&v));
	assert_int_equal(v.umin, 0);
	assert_int_equal(v.umax, 0);
}

/* A 32-bit shift looks at all 64 bits of its amount: of one that may be large nothing is known, not even that the rest is 0. */
static void shifts_by_what_may_be_large_are_unknown(void **state)
{
	struct rq_value amount = rq_value_unknown(), v;

	amount.bits = (struct rq_bits){ 0, 0xffffffff00000000ULL };
	rq_value_sync(&amount);
	v = rq_value_op(BPF_LSH, rq_value_const(0), amount, 32);
	assert_int_equal(v.umax, UINT64_MAX);
	v = rq_value_op(BPF_LSH, rq_value_const(1), rq_value_const(3), 32);
	assert_int_equal(v.umin, 8);
	assert_int_equal(v.umax, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_that_contradict_themselves_settle),
		cmocka_unit_test(shifts_by_what_may_be_large_are_unknown),
		cmocka_unit_test(every_operation_is_sound),
		cmocka_unit_test(narrowing_is_sound),
		cmocka_unit_test(learning_is_sound),
		cmocka_unit_test(a_value_contains_itself_and_its_constants),
		cmocka_unit_test(the_only_number_left_is_known),
		cmocka_unit_test(known_bits_follow_ranges),
		cmocka_unit_test(a_sign_extended_int_keeps_its_range_through_two_shifts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
