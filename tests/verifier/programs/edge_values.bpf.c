/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic on pointers and accesses that are refused, or just allowed: each program is one case. */
#include "general.h"
#define TC(n) SEC("tc") int n(struct __sk_buff *c)
#define RAW(n) SEC("tc") NAKED int n(void)
#define ASM(...) asm volatile(__VA_ARGS__ ::: ALLREGS)
struct value { u64 a, b; u8 text[16]; };
ARRAY_MAP(values, struct value, 4);
HASH_MAP(hashed, u64, struct value, 4);
#define VALUE "r2 = r10; r2 += -8; r1 = 0; *(u64 *)(r10 - 8) = r1; r1 = %[map] ll; call 1;"
#define WITH_MAP :: [map] "i"(&hashed) : ALLREGS
/* 32-bit and odd operators on pointers */
RAW(p32_ctx){ ASM("w1 += 1; r0 = 0; exit;"); }
RAW(p32_stack){ ASM("r2 = r10; w2 -= 8; r0 = 0; exit;"); }
RAW(p32_used){ ASM("r2 = r10; w2 += -8; r0 = *(u64 *)(r2 + 0); exit;"); }
RAW(p_mul){ ASM("r1 *= 2; r0 = 0; exit;"); }
RAW(p_and){ ASM("r1 &= 7; r0 = 0; exit;"); }
RAW(p_or){ ASM("r2 = r10; r2 |= 7; r0 = 0; exit;"); }
RAW(p_lsh){ ASM("r2 = r10; r2 <<= 1; r0 = 0; exit;"); }
RAW(p_rsh){ ASM("r2 = r10; r2 >>= 1; r0 = 0; exit;"); }
RAW(p_arsh){ ASM("r2 = r10; r2 s>>= 1; r0 = 0; exit;"); }
RAW(p_div){ ASM("r2 = r10; r2 /= 3; r0 = 0; exit;"); }
RAW(p_mod){ ASM("r2 = r10; r2 %%= 3; r0 = 0; exit;"); }
RAW(p_xor){ ASM("r2 = r10; r2 ^= 3; r0 = 0; exit;"); }
RAW(p_neg){ ASM("r2 = r10; r2 = -r2; r0 = 0; exit;"); }
RAW(p_swap){ ASM("r2 = r10; r2 = be64 r2; r0 = 0; exit;"); }
RAW(p_xor_reg){ ASM("r2 = r10; r3 = 5; r2 ^= r3; r0 = 0; exit;"); }
RAW(p_mul_ptr){ ASM("r2 = 5; r2 *= r10; r0 = 0; exit;"); }
RAW(p_sub_from_scalar){ ASM("r2 = 5; r2 -= r10; r0 = 0; exit;"); }
RAW(p_sub_from_unknown){ ASM("r6 = r1; call 7; r0 -= r6; r0 = 0; exit;"); }
RAW(p_stack_sub_const){ ASM("r2 = r10; r2 -= 8; r1 = 1; *(u64 *)(r2 + 0) = r1; r0 = *(u64 *)(r2 + 0); exit;"); }
RAW(p_stack_sub_unknown){ ASM("call 7; r0 &= 7; r2 = r10; r2 -= r0; r0 = 0; exit;"); }
RAW(p_stack_sub_reg_const){ ASM("r3 = 8; r2 = r10; r2 -= r3; r0 = 0; exit;"); }
RAW(p_sub_ptrs_same){ ASM("r2 = r10; r3 = r10; r3 -= r2; r0 = r3; exit;"); }
RAW(p_sub_ptrs_other){ ASM("r2 = r10; r2 -= r1; r0 = 0; exit;"); }
RAW(p_add_ptrs){ ASM("r2 = r10; r2 += r1; r0 = 0; exit;"); }
RAW(p_add_same){ ASM("r1 += r1; r0 = 0; exit;"); }
RAW(p_fp_write){ ASM("r10 += 8; r0 = 0; exit;"); }
RAW(p_fp_move){ ASM("r10 = 0; r0 = 0; exit;"); }
RAW(p_movsx){ ASM("r2 = (s8)r10; r0 = 0; exit;"); }
RAW(p_mov32){ ASM("w2 = w10; r0 = r2; exit;"); }
/* offsets of pointers */
RAW(o_ctx_huge){ ASM("r2 = 1073741824; r1 += r2; r0 = 0; exit;"); }
RAW(o_ctx_negative_huge){ ASM("r2 = -1073741824; r1 += r2; r0 = 0; exit;"); }
RAW(o_value_huge){ asm volatile(VALUE "if r0 == 0 goto +2; r2 = 536870912; r0 += r2; r0 = 0; exit;" WITH_MAP); }
RAW(o_value_near){ asm volatile(VALUE "if r0 == 0 goto +2; r2 = 536870911; r0 += r2; r0 = 0; exit;" WITH_MAP); }
RAW(o_value_twice){ asm volatile(VALUE "if r0 == 0 goto +4; r2 = 536870911; r0 += r2; r2 = 536870911; r0 += r2; r0 = 0; exit;" WITH_MAP); }
RAW(o_value_unknown){ asm volatile(VALUE "if r0 == 0 goto +4; r6 = r0; call 7; r6 += r0; r0 = 0; r0 = *(u8 *)(r6 + 0); exit;" WITH_MAP); }
RAW(o_value_unbounded_below){ asm volatile(VALUE "if r0 == 0 goto +6; r6 = r0; call 7; r0 <<= 32; r0 s>>= 32; if r0 s> 8 goto +1; r6 += r0; r0 = 0; exit;" WITH_MAP); }
RAW(o_value_negative){ asm volatile(VALUE "if r0 == 0 goto +1; r0 = *(u64 *)(r0 - 8); r0 = 0; exit;" WITH_MAP); }
RAW(o_value_end){ asm volatile(VALUE "if r0 == 0 goto +1; r0 = *(u64 *)(r0 + 25); r0 = 0; exit;" WITH_MAP); }
RAW(o_value_last){ asm volatile(VALUE "if r0 == 0 goto +1; r0 = *(u64 *)(r0 + 24); r0 = 0; exit;" WITH_MAP); }
RAW(o_value_sub_then_back){ asm volatile(VALUE "if r0 == 0 goto +3; r0 -= 8; r0 += 8; r0 = *(u64 *)(r0 + 0); r0 = 0; exit;" WITH_MAP); }
RAW(o_value_or_null_plus){ asm volatile(VALUE "r0 += 8; if r0 == 0 goto +1; r0 = *(u64 *)(r0 + 0); r0 = 0; exit;" WITH_MAP); }
RAW(o_value_or_null_zero){ asm volatile(VALUE "r0 += 0; if r0 == 0 goto +1; r0 = *(u64 *)(r0 + 0); r0 = 0; exit;" WITH_MAP); }
RAW(o_value_masked){ asm volatile(VALUE "if r0 == 0 goto +5; r6 = r0; call 7; r0 &= 24; r6 += r0; r0 = *(u64 *)(r6 + 0); r0 = 0; exit;" WITH_MAP); }
RAW(o_value_masked_over){ asm volatile(VALUE "if r0 == 0 goto +5; r6 = r0; call 7; r0 &= 31; r6 += r0; r0 = *(u64 *)(r6 + 0); r0 = 0; exit;" WITH_MAP); }
RAW(o_map_ptr_plus){ asm volatile("r1 = %[map] ll; r1 += 8; r0 = 0; exit;" WITH_MAP); }
RAW(o_map_ptr_unknown){ asm volatile("call 7; r1 = %[map] ll; r1 += r0; r0 = 0; exit;" WITH_MAP); }
RAW(o_ctx_unknown){ ASM("r6 = r1; call 7; r0 &= 4; r6 += r0; r0 = *(u32 *)(r6 + 0); exit;"); }
RAW(o_ctx_plus_const){ ASM("r1 += 4; r0 = *(u32 *)(r1 + 0); exit;"); }
RAW(o_ctx_negative){ ASM("r0 = *(u32 *)(r1 - 4); exit;"); }
RAW(o_ctx_call_offset){ ASM("r1 += 4; r2 = 0; call 34; r0 = 0; exit;"); }
/* pointers that leak or are stored */
RAW(l_return_ptr){ ASM("r0 = r10; exit;"); }
RAW(l_return_ctx){ ASM("r0 = r1; exit;"); }
RAW(l_store_in_map){ asm volatile(VALUE "if r0 == 0 goto +1; *(u64 *)(r0 + 0) = r10; r0 = 0; exit;" WITH_MAP); }
RAW(l_store_in_ctx){ ASM("*(u64 *)(r1 + 48) = r10; r0 = 0; exit;"); }
RAW(l_compare_const){ ASM("r0 = 0; if r10 == 5 goto +0; exit;"); }
RAW(l_compare_ptrs){ ASM("r0 = 0; if r10 == r1 goto +1; r0 = 1; exit;"); }
RAW(l_compare_order){ ASM("r0 = 0; if r10 > r1 goto +1; r0 = 1; exit;"); }
RAW(l_atomic_ptr){ asm volatile(VALUE "if r0 == 0 goto +2; r1 = r10; lock *(u64 *)(r0 + 0) += r1; r0 = 0; exit;" WITH_MAP); }
RAW(l_xchg_stack_ptr){ ASM("r1 = 0; *(u64 *)(r10 - 8) = r1; r2 = r10; r2 = xchg_64(r10 - 8, r2); r0 = 0; exit;"); }
/* uninitialised */
RAW(u_reg){ ASM("r0 = r3; exit;"); }
RAW(u_r0){ ASM("exit;"); }
RAW(u_after_call){ ASM("call 7; r0 = r1; exit;"); }
RAW(u_arg){ ASM("r6 = r1; call 7; r1 = r6; call 26; r0 = 0; exit;"); }
RAW(u_branch){ ASM("r2 = *(u32 *)(r1 + 0); if r2 == 0 goto +1; r3 = 1; r0 = r3; exit;"); }
RAW(u_stack_helper){ asm volatile("r1 = %[map] ll; r2 = r10; r2 += -8; call 1; r0 = 0; exit;" WITH_MAP); }
/* the stack */
RAW(s_above){ ASM("r0 = 0; *(u64 *)(r10 + 0) = r0; exit;"); }
RAW(s_below){ ASM("r0 = 0; *(u64 *)(r10 - 520) = r0; exit;"); }
RAW(s_lowest){ ASM("r0 = 0; *(u64 *)(r10 - 512) = r0; exit;"); }
RAW(s_misaligned_spill){ ASM("r0 = 0; *(u64 *)(r10 - 12) = r10; exit;"); }
RAW(s_misaligned){ ASM("r0 = 0; *(u64 *)(r10 - 12) = r0; exit;"); }
RAW(s_partial_ptr){ ASM("*(u64 *)(r10 - 8) = r10; r0 = *(u32 *)(r10 - 8); exit;"); }
RAW(s_partial_over){ ASM("r0 = 0; *(u64 *)(r10 - 8) = r1; *(u8 *)(r10 - 8) = r0; r2 = *(u64 *)(r10 - 8); r0 = *(u32 *)(r2 + 0); exit;"); }
RAW(s_32_spill_ptr){ ASM("r0 = 0; *(u32 *)(r10 - 8) = r1; exit;"); }
RAW(s_variable_read){ ASM("r1 = 0; *(u64 *)(r10 - 8) = r1; *(u64 *)(r10 - 16) = r1; call 7; r0 &= 8; r2 = r10; r2 += -16; r2 += r0; r0 = *(u64 *)(r2 + 0); exit;"); }
RAW(s_variable_read_spill){ ASM("r0 = 0; *(u64 *)(r10 - 8) = r10; *(u64 *)(r10 - 16) = r0; call 7; r0 &= 8; r2 = r10; r2 += -16; r2 += r0; r0 = *(u64 *)(r2 + 0); exit;"); }
RAW(s_variable_write){ ASM("call 7; r0 &= 8; r2 = r10; r2 += -16; r2 += r0; r0 = 0; *(u64 *)(r2 + 0) = r0; exit;"); }
RAW(s_variable_write_spill){ ASM("*(u64 *)(r10 - 8) = r1; call 7; r0 &= 8; r2 = r10; r2 += -16; r2 += r0; r0 = 0; *(u64 *)(r2 + 0) = r0; r3 = *(u64 *)(r10 - 8); r0 = *(u32 *)(r3 + 0); exit;"); }
RAW(s_variable_over){ ASM("call 7; r0 &= 15; r2 = r10; r2 += -16; r2 += r0; r0 = 0; *(u64 *)(r2 + 0) = r0; exit;"); }
RAW(s_variable_helper){ asm volatile("call 7; r0 &= 8; r2 = r10; r2 += -16; r2 += r0; r1 = %[map] ll; call 1; r0 = 0; exit;" WITH_MAP); }
RAW(s_variable_helper_spill){ asm volatile("*(u64 *)(r10 - 8) = r10; r6 = 0; *(u64 *)(r10 - 16) = r6; call 7; r0 &= 8; r2 = r10; r2 += -16; r2 += r0; r1 = %[map] ll; call 1; r0 = 0; exit;" WITH_MAP); }
RAW(s_helper_reads_ptr){ asm volatile("*(u64 *)(r10 - 8) = r10; r2 = r10; r2 += -8; r1 = %[map] ll; call 1; r0 = 0; exit;" WITH_MAP); }
RAW(s_unbounded){ ASM("call 7; r2 = r10; r2 += r0; r0 = *(u8 *)(r2 - 8); exit;"); }
RAW(s_helper_too_long){ ASM("r6 = r1; r1 = r6; r2 = 0; r3 = r10; r3 += -8; r4 = 16; call 26; r0 = 0; exit;"); }
RAW(s_helper_zero_len){ ASM("r2 = 0; r3 = r10; r3 += -8; r4 = 0; call 26; r0 = 0; exit;"); }
RAW(s_helper_negative_len){ ASM("r2 = 0; r3 = r10; r3 += -8; r4 = -1; call 26; r0 = 0; exit;"); }
RAW(s_helper_unbounded_len){ ASM("r6 = r1; call 7; r1 = r6; r2 = 0; r3 = r10; r3 += -8; r4 = r0; call 26; r0 = 0; exit;"); }
RAW(s_helper_signed_len){ ASM("r6 = r1; call 7; r4 = r0; r4 <<= 32; r4 s>>= 32; r0 = 0; if r4 s> 8 goto +4; r1 = r6; r2 = 0; r3 = r10; r3 += -8; call 26; r0 = 0; exit;"); }
RAW(s_helper_bounded_len){ ASM("r6 = r1; call 7; r4 = r0; r4 &= 7; r4 += 1; r1 = r6; r2 = 0; r3 = r10; r3 += -8; call 26; r0 = 0; exit;"); }
