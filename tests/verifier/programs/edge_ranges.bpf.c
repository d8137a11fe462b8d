/* SPDX-License-Identifier: BSD-2-Clause */
/* What comparisons tell about numbers, and about those tied to them: each program is one case, an access that the bounds decide. */
#include "general.h"
#define RAW(n) SEC("tc") NAKED int n(void)
struct value { u64 a, b; u8 text[16]; };
HASH_MAP(hashed, u64, struct value, 4);
#define VALUE "r2 = r10; r2 += -8; r1 = 0; *(u64 *)(r10 - 8) = r1; r1 = %[map] ll; call 1; if r0 != 0 goto +1; exit; r6 = r0;"
#define CASE(...) asm volatile(VALUE __VA_ARGS__ :: [map] "i"(&hashed) : ALLREGS)
#define USE_R4(n) "r6 += r4; r0 = *(u8 *)(r6 " #n "); r0 = 0; exit;"
/* the 64-bit bounds of an int that is not negative are its low half's */
RAW(n_neg){ CASE("r4 = *(u32 *)(r6 + 0); r4 = -r4; if r4 > 16 goto +2;" USE_R4(+ 16)); }
RAW(n_neg_fits){ CASE("r4 = *(u32 *)(r6 + 0); r4 = -r4; if r4 > 15 goto +2;" USE_R4(+ 16)); }
RAW(n_neg_byte){ CASE("r4 = *(u8 *)(r6 + 0); r4 = -r4; if r4 > 16 goto +2;" USE_R4(+ 31)); }
RAW(n_neg32){ CASE("r4 = *(u8 *)(r6 + 0); w4 = -w4; if r4 > 16 goto +2;" USE_R4(+ 31)); }
RAW(n_neg32_wide){ CASE("r4 = *(u32 *)(r6 + 0); w4 = -w4; if r4 > 16 goto +2;" USE_R4(+ 31)); }
RAW(n_signed_max){ CASE("r4 = *(u64 *)(r6 + 0); if r4 s> 3 goto +3; if r4 > 40 goto +2;" USE_R4(+ 0)); }
RAW(n_signed_int){ CASE("r4 = *(u64 *)(r6 + 0); if r4 s< -50 goto +4; if r4 s> 3 goto +3; if r4 > 40 goto +2;" USE_R4(+ 0)); }
RAW(n_unsigned_min){ CASE("r4 = *(s16 *)(r6 + 0); if r4 < 8 goto +3; if w4 > 24 goto +2;" USE_R4(- 8)); }
RAW(n_unsigned_min_64){ CASE("r4 = *(s16 *)(r6 + 0); if r4 < 8 goto +3; if r4 > 24 goto +2;" USE_R4(- 8)); }
RAW(n_signed_min){ CASE("r4 = *(s32 *)(r6 + 0); if r4 <= 8 goto +4; if r4 s<= 3 goto +3; if r4 > 24 goto +2;" USE_R4(- 8)); }
/* two operands that are tied to each other */
RAW(t_less){ CASE("r4 = *(u32 *)(r6 + 0); r3 = r4; if r3 >= r4 goto +3; if r4 > 24 goto +2;" USE_R4(- 1)); }
RAW(t_more){ CASE("r4 = *(u32 *)(r6 + 0); r3 = r4; if r3 <= r4 goto +3; if r4 > 24 goto +2;" USE_R4(- 1)); }
RAW(t_more_half){ CASE("r4 = *(u32 *)(r6 + 0); r3 = r4; if w3 <= w4 goto +3; if r4 > 24 goto +2;" USE_R4(- 1)); }
/* three live ones fit into six places twice, four do not; the dead do not count */
RAW(t_three){ CASE("r8 = *(u32 *)(r6 + 0); r3 = r8; r4 = r8; if r4 >= r8 goto +4; if r3 > 9 goto +3; r0 = r8;" USE_R4(+ 0)); }
RAW(t_four){ CASE("r3 = *(u32 *)(r6 + 0); r4 = r3; r5 = r3; r8 = r3; if r8 >= r4 goto +5; if r3 > 9 goto +4; r0 = r4; r0 = r5; r6 += r8; r0 = *(u8 *)(r6 + 0); r0 = 0; exit;"); }
RAW(t_four_first){ CASE("r3 = *(u32 *)(r6 + 0); r4 = r3; r5 = r3; r8 = r3; if r8 >= r4 goto +5; if r3 > 9 goto +4; r0 = r5; r0 = r8;" USE_R4(+ 0)); }
RAW(t_four_one_dead){ CASE("r3 = *(u32 *)(r6 + 0); r4 = r3; r5 = r3; r8 = r3; if r8 >= r4 goto +4; if r3 > 9 goto +3; r0 = r4; r6 += r8; r0 = *(u8 *)(r6 + 0); r0 = 0; exit;"); }
/* the distance of a tied number is an offset */
RAW(t_distance_big){ CASE("r4 = *(u32 *)(r6 + 0); r3 = r4; w4 += -1682756449; if r4 > 8 goto +3; r0 = r3;" USE_R4(+ 0)); }
RAW(t_distance_least){ CASE("r4 = *(u64 *)(r6 + 0); r3 = r4; r4 += -2147483648; if r4 > 8 goto +3; r0 = r3;" USE_R4(+ 0)); }
RAW(t_distance_none){ CASE("r4 = *(u64 *)(r6 + 0); r3 = r4; r4 -= -2147483648; if r4 > 8 goto +3; r0 = r3;" USE_R4(+ 0)); }
RAW(t_distance_small){ CASE("call 7; r7 = r0; r4 = *(u32 *)(r6 + 0); r3 = r4; if r7 == 0 goto +2; r4 = *(u32 *)(r6 + 8); goto +1; w4 += -16827; if r4 > 8 goto +3; r0 = r3;" USE_R4(+ 0)); }
/* parts that contradict each other: no run gets there, the walk does */
RAW(c_half_below){ CASE("r4 = *(u64 *)(r6 + 0); if r4 > 12 goto +4; if w4 s<= 9 goto +0; if r4 > 20 goto +2;" USE_R4(+ 0)); }
RAW(c_half_above){ CASE("r4 = *(s32 *)(r6 + 0); if w4 s>= 24 goto +3; if r4 s<= 5 goto +2;" USE_R4(+ 0)); }
RAW(c_half_apart){ CASE("r4 = *(s32 *)(r6 + 0); if w4 s>= 5 goto +4; if r4 s<= 9 goto +3; if r4 > 24 goto +2;" USE_R4(+ 0)); }
