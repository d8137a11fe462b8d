/* SPDX-License-Identifier: BSD-2-Clause */
/* Arenas: pages that programs and users share, and pointers into them. Each program is one case. */
#include "general.h"
#define __arena __attribute__((address_space(1)))
#define ARENA 33
struct { __uint(type, ARENA); __uint(map_flags, 1024); __uint(max_entries, 100); __uint(map_extra, 0x10000000); } arena SEC(".maps");
#define CALL(n) SEC("syscall") int n(void *c)
#define TC(n) SEC("tc") int n(struct __sk_buff *c)
KFUN void __arena *bpf_arena_alloc_pages(void *map, void __arena *addr, u32 cnt, int node, u64 flags);
KFUN void bpf_arena_free_pages(void *map, void __arena *ptr, u32 cnt);
#define ASM(n, body) SEC("syscall") NAKED int n(void *c){ asm volatile(body ::"i"(&arena)); }
#define CAST ".byte 0xBF,0x11,1,0,1,0,0,0; "
#define ALLOC ({ (void __arena *)bpf_arena_alloc_pages(&arena,0,1,-1,0); })
#define cast_kern(p) asm volatile(".byte 0xBF; .ifc %[r], r0; .byte 0x00; .endif; .ifc %[r], r1; .byte 0x11; .endif; .ifc %[r], r2; .byte 0x22; .endif; .ifc %[r], r3; .byte 0x33; .endif; .ifc %[r], r6; .byte 0x66; .endif; .short 1; .long 1" : [r]"+r"(p))
struct node { struct node __arena *next; u64 n; u32 w; u8 b[4]; s32 s; };
typedef struct node __arena node_t;
ARRAY_MAP(arr, u64, 2);
CALL(alloc){ volatile int __arena *p=ALLOC; if(!p) return 1; *p=5; int x=*p; bpf_arena_free_pages(&arena,(void __arena*)p,1); return x; }
CALL(unchecked){ volatile int __arena *p=ALLOC; *p=5; return *p; }
CALL(far){ volatile int __arena *p=ALLOC; return p[1<<20]; }
CALL(number){ volatile int __arena *p=(void __arena*)(long)0x1000; asm volatile(""::"r"(&arena)); return *p; }
CALL(nouse){ volatile int __arena *p=(void __arena*)(long)0x1000; return *p; }
CALL(list){ node_t *a=ALLOC, *b=ALLOC; if(!a||!b) return 1; a->next=b; b->n=7; b->next=0; return a->next->n; }
CALL(sizes){ node_t *a=ALLOC; a->b[1]=3; a->w=9; a->n=1; return a->b[1]+a->w+a->n+*(u16 __arena*)&a->w; }
CALL(ldsx){ node_t *a=ALLOC; asm volatile(""::"r"(&arena)); return (long)a->s; }
CALL(atomic_add){ node_t *a=ALLOC; __sync_fetch_and_add(&a->n,1); return __sync_fetch_and_add(&a->w,2); }
CALL(atomic_cmp){ node_t *a=ALLOC; return __sync_val_compare_and_swap(&a->n,0,5); }
CALL(arith){ node_t *a=ALLOC; a+=c?3:2; return a->n; }
CALL(raw_load){ u64 *p=(u64*)(long)ALLOC; return *p; }
CALL(into_map){ u32 k=0; u64 *v=bpf_map_lookup_elem(&arr,&k); node_t *a=ALLOC; if(v) *v=(u64)a; return 0; }
CALL(helper_mem){ char __arena *p=ALLOC; asm volatile("":"+r"(p)); return bpf_probe_read_kernel((void*)p,8,0); }
CALL(tag_no_map){ return (long)bpf_arena_alloc_pages(&arr,0,1,-1,0); }
TC(alloc_tc){ return (long)bpf_arena_alloc_pages(&arena,0,1,-1,0); }
TC(use_tc){ volatile int __arena *p=(void __arena*)(long)0x1000; asm volatile(""::"r"(&arena)); return *p; }
static __attribute__((noinline)) int st(node_t *p){ return p->w; }
__attribute__((noinline)) int glob(node_t *p __attribute__((btf_decl_tag("arg:arena")))){ return p->w; }
CALL(sub){ node_t *a=ALLOC; return st(a); }
CALL(global){ node_t *a=ALLOC; return glob(a); }
CALL(global_num){ asm volatile(""::"r"(&arena)); return glob((node_t*)(long)5); }
TC(map_lookup){ u32 k=0; return !!bpf_map_lookup_elem(&arena,&k); }
ASM(alu, "r1 = %0 ll; r1=1; " CAST "r2=4; r1*=r2; r1 &= 0xff; r1 <<= 3; r1 = -r1; r0=*(u32*)(r1+0); exit")
ASM(alu_end, "r1 = %0 ll; r1=1; " CAST "r1=be16 r1; r0=*(u32*)(r1+0); r0=0; exit")
ASM(alu_scalar_dst, "r1 = %0 ll; r1=1; " CAST "r2=4; r2+=r1; r0=*(u32*)(r2+0); r0=0; exit")
ASM(alu_two, "r1 = %0 ll; r1=1; " CAST "r2=r1; r2+=r1; r0=*(u32*)(r2+0); r0=0; exit")
ASM(alu_sub, "r1 = %0 ll; r1=1; " CAST "r2=r1; r2-=r1; r0=r2; r0&=1; exit")
ASM(alu_32, "r1 = %0 ll; r1=1; " CAST "w1+=4; r0=*(u32*)(r1+0); r0=0; exit")
ASM(mov32, "r1 = %0 ll; r1=1; " CAST "w1=w1; r0=*(u32*)(r1+0); r0=0; exit")
ASM(cast_user_load, "r1 = %0 ll; r1=1; " CAST ".byte 0xBF,0x11,1,0,0,0,1,0; r0=*(u32*)(r1+0); r0=0; exit")
ASM(cast_fp, "r1 = %0 ll; r1=r10; " CAST "r0=*(u32*)(r1-8); r0=0; exit")
ASM(ret_arena, "r1 = %0 ll; r1=1; " CAST "r0=r1; exit")
ASM(mixed, "r1 = %0 ll; r6=r10; if r1==0 goto 1f; .byte 0xBF,0x16,1,0,1,0,0,0; 1: r0=*(u32*)(r6-8); r0=0; exit")
ASM(size_reg, "r1 = %0 ll; r1=1; " CAST "*(u64*)(r10-8)=r1; r2=*(u64*)(r10-8); r0=*(u32*)(r2+0); r0=0; exit")
ASM(store_imm, "r1 = %0 ll; r1=1; " CAST "*(u64*)(r1+3)=7; *(u8*)(r1+5)=7; r0=0; exit")
ASM(store_ptr, "r1 = %0 ll; r1=1; " CAST "*(u64*)(r1+0)=r10; *(u64*)(r1+0)=r1; r0=0; exit")
ASM(alu_mul_neg, "r1 = %0 ll; r1=1; " CAST "r1*=3; r1/=2; r1 %%= 5; r1 s/= 1; r1>>=1; r1 s>>=1; r1|=3; r1^=1; r0=*(u32*)(r1+0); r0=0; exit")
ASM(scalar_sub, "r1 = %0 ll; r1=1; " CAST "r2=4; r2-=r1; r0=*(u32*)(r2+0); r0=0; exit")
ASM(scalar_sub2, "r1 = %0 ll; r1=1; " CAST "r2=4; r2-=r1; r0=r2; exit")
ASM(fp_add, "r1 = %0 ll; r1=1; " CAST "r2=r10; r2+=r1; r0=0; exit")
ASM(arena_sub_fp, "r1 = %0 ll; r1=1; " CAST "r1-=r10; r0=*(u32*)(r1+0); r0=0; exit")
ASM(xor_self, "r1 = %0 ll; r1=1; " CAST "r1^=r1; r0=*(u32*)(r1+0); r0=0; exit")
ASM(unread_op, "r1 = %0 ll; r1=1; " CAST "r1+=r7; r0=*(u32*)(r1+0); r0=0; exit")
ASM(cmp_null, "r1 = %0 ll; r1=1; " CAST "if r1==0 goto 1f; r0=*(u32*)(r1+0); 1: r0=0; exit")
ASM(cmp_num, "r1 = %0 ll; r1=1; " CAST "if r1>5 goto 1f; r0=*(u32*)(r1+0); 1: r0=0; exit")
ASM(cmp_two, "r1 = %0 ll; r1=1; " CAST "r2=r1; if r1>r2 goto 1f; r0=*(u32*)(r1+0); 1: r0=0; exit")
ASM(neg, "r1 = %0 ll; r1=1; " CAST "r1=-r1; r0=*(u32*)(r1+0); r0=0; exit")
ASM(merge_alu, "r1 = %0 ll; r6=5; if r1==0 goto 1f; r1=1; " CAST "r6=r1; 1: r6+=8; r0=0; exit")
ASM(merge_alu2, "r2=r1; r1 = %0 ll; r6=5; if r2!=0 goto 1f; r1=1; " CAST "r6=r1; 1: r6+=8; r0=0; exit")
ASM(xadd, "r1 = %0 ll; r1=1; " CAST "r2=1; lock *(u64*)(r1+0)+=r2; lock *(u32*)(r1+4)|=w2; r0=0; exit")
ASM(user_of_scalar, "r1 = %0 ll; r1=1; .byte 0xBF,0x11,1,0,0,0,1,0; r0=r1; exit")
ASM(movsx, "r1 = %0 ll; r1=1; " CAST "r1=(s32)r1; r0=*(u32*)(r1+0); r0=0; exit")
ASM(copy, "r1 = %0 ll; r1=1; " CAST "r2=r1; r0=*(u32*)(r2+0); r0=0; exit")
ASM(far_off, "r1 = %0 ll; r1=1; " CAST "r1+=0x7fffffff; r0=*(u32*)(r1+32000); r0=0; exit")
struct { __uint(type, ARENA); __uint(map_flags, 1024); __uint(max_entries, 100); __uint(map_extra, 0x20000000); } arena2 SEC(".maps");
struct { __uint(type, ARENA); __uint(map_flags, 1024); __uint(max_entries, 100);} unplaced SEC(".maps");
CALL(two_arenas){ asm volatile(""::"r"(&arena),"r"(&arena2)); return 0; }
CALL(unplaced_arena){ asm volatile(""::"r"(&unplaced)); return 0; }
TC(map_update){ u32 k=0; return bpf_map_update_elem(&arena,&k,&k,0); }
ASM(fp_add_load, "r1 = %0 ll; r1=1; " CAST "r2=r10; r2+=r1; r0=*(u32*)(r2+0); r0=0; exit")
ASM(fp_add_load8, "r1 = %0 ll; r1=1; " CAST "r2=r10; r2+=r1; r0=*(u64*)(r2-1000); r0=0; exit")
ASM(fp_add32, "r1 = %0 ll; r1=1; " CAST "r2=r10; w2+=w1; r0=*(u64*)(r2-1000); r0=0; exit")
ASM(fp_mul, "r1 = %0 ll; r1=1; " CAST "r2=r10; r2*=r1; r0=*(u64*)(r2-1000); r0=0; exit")
ASM(ctx_add, "r2=r1; r1 = %0 ll; r1=1; " CAST "r2+=r1; r0=*(u64*)(r2-1000); r0=0; exit")
ASM(arena_add_ctx, "r2=r1; r1 = %0 ll; r1=1; " CAST "r1+=r2; r0=*(u64*)(r1-1000); r0=0; exit")
ASM(unaligned, "r1 = %0 ll; r1=1; " CAST "r0=*(u64*)(r1+3); r0=0; exit")
ASM(atomic_unaligned, "r1 = %0 ll; r1=1; " CAST "r2=1; lock *(u64*)(r1+3)+=r2; r0=0; exit")
ASM(stack_slot_arena, "r1 = %0 ll; r1=1; " CAST "*(u64*)(r10-8)=r1; r0=*(u64*)(r10-8); exit")
ASM(arg_helper, "r1 = %0 ll; r1=1; " CAST "call 5; r0=0; exit")
ASM(write_ro, "r1 = %0 ll; call 5; " "r1=r0;" CAST "*(u64*)(r1+0)=r0; r0=0; exit")
ASM(loop, "r1 = %0 ll; r1=1; " CAST "r2=0; 1: r1+=8; r2+=1; if r2<1000 goto 1b; r0=*(u64*)(r1+0); exit")
