// SPDX-License-Identifier: BSD-2-Clause
/* Control that leaves: subprograms, callbacks, tail calls, loops, and instructions at their edges. */
#include "common.h"

int target_again(struct __sk_buff *ctx);
int target_leaf(struct __sk_buff *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, 4);
	__array(values, int(struct __sk_buff *));
} programs SEC(".maps") = {
	.values = { [0] = (void *)&target_again, [2] = (void *)&target_leaf },
};

int count;

SEC("tc") int target_again(struct __sk_buff *ctx)
{
	count++;
	bpf_tail_call(ctx, &programs, 0);
	return count;
}

SEC("tc") int target_leaf(struct __sk_buff *ctx)
{
	return 40;
}

SEC("tc") int tail_calls_end(struct __sk_buff *ctx)
{
	count = 0;
	bpf_tail_call(ctx, &programs, 0);
	return -1;
}

SEC("tc") int tail_call_empty(struct __sk_buff *ctx)
{
	bpf_tail_call(ctx, &programs, 1);
	bpf_tail_call(ctx, &programs, 4);
	bpf_tail_call(ctx, &programs, 0xffffffff);
	return 5;
}

static __noinline int in_between(struct __sk_buff *ctx)
{
	volatile int before = 3;

	bpf_tail_call(ctx, &programs, 2);
	return before;
}

SEC("tc") int tail_call_in_subprogram(struct __sk_buff *ctx)
{
	return in_between(ctx) + 2;
}

static __noinline int again_in_between(struct __sk_buff *ctx)
{
	volatile int before = 3;

	bpf_tail_call(ctx, &programs, 0);
	return before;
}

SEC("tc") int tail_calls_of_subprograms_add_up(struct __sk_buff *ctx)
{
	int first;

	count = 0;
	first = again_in_between(ctx);
	return first * 1000 + again_in_between(ctx);
}

#define DIVISION(name, type, operator, a, b)                                                                           \
	SEC("tc") int name(struct __sk_buff *ctx)                                                                      \
	{                                                                                                              \
		volatile type left = a, right = b;                                                                     \
		type result = left operator right;                                                                     \
                                                                                                                       \
		return mix(mix(7, (__u64)result), (__u64)result >> 32);                                                \
	}

DIVISION(div64_by_0, __u64, /, 77, 0)
DIVISION(mod64_by_0, __u64, %, 77, 0)
DIVISION(div32_by_0, __u32, /, 77, 0)
DIVISION(mod32_by_0, __u32, %, 77, 0)
DIVISION(div64_large, __u64, /, 1ull << 63, 3)
DIVISION(mod64_large, __u64, %, -1ull, 10)
DIVISION(div32_large, __u32, /, -1u, 10)

/* Signed ones as instructions: the compiler would test for the edges. */
#define SIGNED(name, instruction, a, b)                                                                                \
	SEC("tc") int name(struct __sk_buff *ctx)                                                                      \
	{                                                                                                              \
		register __s64 left asm("r1") = a;                                                                     \
		register __s64 right asm("r2") = b;                                                                    \
                                                                                                                       \
		asm volatile(instruction : "+r"(left) : "r"(right));                                                   \
		return mix(mix(7, left), left >> 32);                                                                  \
	}

SIGNED(sdiv64, "r1 s/= r2", -7, 2)
SIGNED(smod64, "r1 s%%= r2", -7, 2)
SIGNED(sdiv64_by_0, "r1 s/= r2", -7, 0)
SIGNED(smod64_by_0, "r1 s%%= r2", -7, 0)
SIGNED(sdiv64_least, "r1 s/= r2", -0x7fffffffffffffff - 1, -1)
SIGNED(smod64_least, "r1 s%%= r2", -0x7fffffffffffffff - 1, -1)
SIGNED(sdiv32, "w1 s/= w2", -7, 2)
SIGNED(smod32, "w1 s%%= w2", -7, 2)
SIGNED(sdiv32_by_0, "w1 s/= w2", -7, 0)
SIGNED(smod32_by_0, "w1 s%%= w2", -7, 0)
SIGNED(sdiv32_least, "w1 s/= w2", -2147483648ll, -1)
SIGNED(smod32_least, "w1 s%%= w2", -2147483648ll, -1)
SIGNED(shift_too_far, "r1 <<= r2", 5, 67)
SIGNED(shift_right_too_far, "r1 >>= r2", -5, 67)
SIGNED(shift_signed_too_far, "r1 s>>= r2", -5000, 67)
SIGNED(shift32_too_far, "w1 <<= w2", 5, 35)
SIGNED(shift32_right_too_far, "w1 >>= w2", -5, 35)
SIGNED(shift32_signed_too_far, "w1 s>>= w2", -5000, 35)

#define LEVEL(number, next)                                                                                            \
	static __noinline int level_##number(__u32 seed)                                                               \
	{                                                                                                              \
		volatile __u32 kept = mix(seed, number);                                                               \
                                                                                                                       \
		return next ^ kept;                                                                                    \
	}

LEVEL(7, mix(seed, 99))
LEVEL(6, level_7(kept))
LEVEL(5, level_6(kept))
LEVEL(4, level_5(kept))
LEVEL(3, level_4(kept))
LEVEL(2, level_3(kept))
LEVEL(1, level_2(kept))

RETURNS(calls_eight_deep, level_1(ctx->len))

static long inner(__u32 index, __u32 *sum)
{
	*sum += index + 1;
	return index == 3;
}

static long outer(__u32 index, __u32 *sum)
{
	*sum = mix(*sum, bpf_loop(10, inner, sum, 0));
	return index == 5;
}

SEC("tc") int loops_in_loops(struct __sk_buff *ctx)
{
	__u32 sum = 1;

	return mix(bpf_loop(100, outer, &sum, 0), sum);
}
