/* SPDX-License-Identifier: BSD-2-Clause */
#include "common.h"
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 4); __type(key,int); __type(value, int);} pa SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096);} rb SEC(".maps");
/* exits */
SEC("tc") int exit_held(struct __sk_buff *c){ bpf_res_spin_lock(&lA); return 0;}
SEC("tc") int exit_held_checked(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 1; return 0;}
SEC("tc") int exit_held_elem(struct __sk_buff *c){ struct elem*e=E(0); if(!e) return 1; if(bpf_res_spin_lock(&e->lock)) return 1; return 0;}
SEC("tc") int ret_ignored_irq(struct __sk_buff *c){ unsigned long f; bpf_res_spin_lock_irqsave(&lA,&f); bpf_res_spin_unlock_irqrestore(&lA,&f); return 0;}
SEC("tc") int ret_check_lt0(struct __sk_buff *c){ int r=bpf_res_spin_lock(&lA); if(r<0) return 1; bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int ret_check_both_errnos(struct __sk_buff *c){ int r=bpf_res_spin_lock(&lA); if(r==-35||r==-110) return 1; bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int ret_spilled64(struct __sk_buff *c){ volatile long r=bpf_res_spin_lock(&lA); if(r) return 1; bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int cond_lock_cond_unlock(struct __sk_buff *c){ int h=0; if(c->len&1){ if(bpf_res_spin_lock(&lA)==0) h=1; } if(h) bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int cond_lock_recheck_unrelated(struct __sk_buff *c){ if(c->len&1){ if(bpf_res_spin_lock(&lA)) return 1; } if(*(volatile int*)&c->len&1) bpf_res_spin_unlock(&lA); return 0;}
/* tail call / throw / ld_abs */
SEC("tc") int tail_held(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 1; bpf_tail_call(c,&pa,0); bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int tail_preempt(struct __sk_buff *c){ bpf_preempt_disable(); bpf_tail_call(c,&pa,0); bpf_preempt_enable(); return 0;}
SEC("tc") int tail_rcu(struct __sk_buff *c){ bpf_rcu_read_lock(); bpf_tail_call(c,&pa,0); bpf_rcu_read_unlock(); return 0;}
SEC("tc") int throw_held(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 1; if(c->len) bpf_throw(0); bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int throw_irq(struct __sk_buff *c){ unsigned long f; bpf_local_irq_save(&f); if(c->len) bpf_throw(0); bpf_local_irq_restore(&f); return 0;}
SEC("tc") int throw_rcu(struct __sk_buff *c){ bpf_rcu_read_lock(); if(c->len) bpf_throw(0); bpf_rcu_read_unlock(); return 0;}
unsigned long long load_byte(void *skb, unsigned long long off) asm("llvm.bpf.load.byte");
SEC("tc") int ldabs_irq(struct __sk_buff *c){ unsigned long f; bpf_local_irq_save(&f); int x=load_byte(c,0); bpf_local_irq_restore(&f); return x;}
SEC("tc") int ldabs_preempt(struct __sk_buff *c){ bpf_preempt_disable(); int x=load_byte(c,0); bpf_preempt_enable(); return x;}
/* calls */
static NI int s_nop(int x){ barrier_varx(x); return x+1; }
static NI int s_lockA(void){ return bpf_res_spin_lock(&lA); }
static NI void s_unlockA(void){ bpf_res_spin_unlock(&lA); }
static NI void s_spinlock(void){ bpf_spin_lock(&sA); }
static NI void s_spinunlock(void){ bpf_spin_unlock(&sA); }
static NI int s_helper(void){ return bpf_ktime_get_ns(); }
static NI int s_lock_elem(struct elem*e){ return bpf_res_spin_lock(&e->lock); }
static NI void s_unlock_elem(struct elem*e){ bpf_res_spin_unlock(&e->lock); }
NI int g_nop(int x){ barrier_varx(x); return x+1; }
NI int g_lock(int x){ if(bpf_res_spin_lock(&lA)) return 1; return 0; }
NI int g_balanced(int x){ if(bpf_res_spin_lock(&lA)) return 1; bpf_res_spin_unlock(&lA); return 0; }
NI int g_unlock(int x){ bpf_res_spin_unlock(&lA); return 0; }
NI int g_throw(int x){ if(x) bpf_throw(0); return 0; }
SEC("tc") int call_static_held(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 1; int r=s_nop(c->len); bpf_res_spin_unlock(&lA); return r;}
SEC("tc") int call_lock_in_callee(struct __sk_buff *c){ if(s_lockA()) return 1; bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int call_lock_elem_callees(struct __sk_buff *c){ struct elem*e=E(0); if(!e) return 1; if(s_lock_elem(e)) return 1; s_unlock_elem(e); return 0;}
SEC("tc") int call_spin_lock_unlock_callees(struct __sk_buff *c){ s_spinlock(); s_spinunlock(); return 0;}
SEC("tc") int call_lock_callee_leak(struct __sk_buff *c){ s_lockA(); return 0;}
SEC("tc") int call_global_held(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 1; int r=g_nop(c->len); bpf_res_spin_unlock(&lA); return r;}
SEC("tc") int call_global_preempt(struct __sk_buff *c){ bpf_preempt_disable(); int r=g_nop(c->len); bpf_preempt_enable(); return r;}
SEC("tc") int call_global_rcu(struct __sk_buff *c){ bpf_rcu_read_lock(); int r=g_nop(c->len); bpf_rcu_read_unlock(); return r;}
SEC("tc") int call_global_balanced(struct __sk_buff *c){ return g_balanced(1);}
/* callbacks */
static long cb_nop(u64 i, void*x){ return 0; }
static long cb_bal(u64 i, void*x){ if(bpf_res_spin_lock(&lA)) return 1; bpf_res_spin_unlock(&lA); return 0; }
static long cb_leak(u64 i, void*x){ if(bpf_res_spin_lock(&lA)) return 1; return 0; }
static long cb_unl(u64 i, void*x){ bpf_res_spin_unlock(&lA); return 1; }
static long cb_irq(u64 i, void*x){ unsigned long f; bpf_local_irq_save(&f); bpf_local_irq_restore(&f); return 0; }
static long cb_irqleak(u64 i, void*x){ unsigned long f; bpf_local_irq_save(&f); return 0; }
static long cb_irqleak_outer(u64 i, void*x){ bpf_local_irq_save(x); return 1; }
static long cb_irqrestore_outer(u64 i, void*x){ bpf_local_irq_restore(x); return 1; }
static long cb_preleak(u64 i, void*x){ bpf_preempt_disable(); return 0; }
static long cb_rculeak(u64 i, void*x){ bpf_rcu_read_lock(); return 0; }
static long cb_preen(u64 i, void*x){ bpf_preempt_enable(); return 1; }
static long cb_spinleak(u64 i, void*x){ bpf_spin_lock(&sA); return 0; }
static long cb_throw(u64 i, void*x){ bpf_throw(0); return 0; }
static long cb_each(void*m, int*k, struct elem*v, void*x){ if(bpf_res_spin_lock(&v->lock)) return 1; v->cnt++; bpf_res_spin_unlock(&v->lock); return 0; }
static long cb_each_leak(void*m, int*k, struct elem*v, void*x){ if(bpf_res_spin_lock(&v->lock)) return 1; return 0; }
SEC("tc") int cb_loop_held(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 1; bpf_loop(4,cb_nop,0,0); bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int cb_loop_leak_then_unlock(struct __sk_buff *c){ bpf_loop(1,cb_leak,0,0); bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int cb_loop_irq_balanced(struct __sk_buff *c){ bpf_loop(4,cb_irq,0,0); return 0;}
SEC("tc") int cb_loop_irq_restore_outer(struct __sk_buff *c){ unsigned long f; bpf_local_irq_save(&f); bpf_loop(1,cb_irqrestore_outer,&f,0); return 0;}
SEC("tc") int cb_loop_in_preempt(struct __sk_buff *c){ bpf_preempt_disable(); bpf_loop(4,cb_nop,0,0); bpf_preempt_enable(); return 0;}
SEC("tc") int cb_loop_preempt_enable_outer(struct __sk_buff *c){ bpf_preempt_disable(); bpf_loop(1,cb_preen,0,0); return 0;}
SEC("tc") int cb_loop_spin_leak(struct __sk_buff *c){ bpf_loop(4,cb_spinleak,0,0); return 0;}
SEC("tc") int cb_foreach_leak(struct __sk_buff *c){ bpf_for_each_map_elem(&am,cb_each_leak,0,0); return 0;}
SEC("tc") int cb_foreach_held(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 1; bpf_for_each_map_elem(&am,cb_each,0,0); bpf_res_spin_unlock(&lA); return 0;}
/* loops & iterators */
SEC("tc") int iter_while_held(struct __sk_buff *c){ struct bpf_iter_num it; int*v; if(bpf_res_spin_lock(&lA)) return 1; bpf_iter_num_new(&it,0,100); while((v=bpf_iter_num_next(&it))){ barrier_varx(v);} bpf_iter_num_destroy(&it); bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int iter_lock_leak_each(struct __sk_buff *c){ struct bpf_iter_num it; int*v; bpf_iter_num_new(&it,0,100); while((v=bpf_iter_num_next(&it))){ if(bpf_res_spin_lock(&lA)) break; } bpf_iter_num_destroy(&it); return 0;}
SEC("tc") int iter_irq_leak_each(struct __sk_buff *c){ struct bpf_iter_num it; int*v; unsigned long f; bpf_iter_num_new(&it,0,100); while((v=bpf_iter_num_next(&it))){ bpf_local_irq_save(&f);} bpf_iter_num_destroy(&it); return 0;}
SEC("tc") int iter_preempt_leak_each(struct __sk_buff *c){ struct bpf_iter_num it; int*v; bpf_iter_num_new(&it,0,100); while((v=bpf_iter_num_next(&it))){ bpf_preempt_disable();} bpf_iter_num_destroy(&it); return 0;}
/* nesting depth */
#define L(i) struct elem*e##i=E(i); if(!e##i) return 1;
SEC("tc") int nest_40_lock_loop(struct __sk_buff *c){ RL *l[40]; int i,n=0; for(i=0;i<40;i++){ int k=i; struct elem*e=bpf_map_lookup_elem(&am,&k); if(!e) return 1; l[i]=&e->lock;} for(i=0;i<40;i++){ if(bpf_res_spin_lock(l[i])) break; } n=i; for(i=i-1;i>=0;i--) bpf_res_spin_unlock(l[i]); return n;}
SEC("tc") int nest_preempt_40(struct __sk_buff *c){
#pragma unroll
 for(int i=0;i<40;i++) bpf_preempt_disable();
#pragma unroll
 for(int i=0;i<40;i++) bpf_preempt_enable(); return 0;}
SEC("tc") int nest_preempt_300(struct __sk_buff *c){ for(int i=0;i<300;i++) bpf_preempt_disable(); for(int i=0;i<300;i++) bpf_preempt_enable(); return 0;}
SEC("tc") int nest_rcu_2(struct __sk_buff *c){ bpf_rcu_read_lock(); bpf_rcu_read_lock(); bpf_rcu_read_unlock(); bpf_rcu_read_unlock(); return 0;}
SEC("tc") int rcu_exit(struct __sk_buff *c){ bpf_rcu_read_lock(); return 0;}
SEC("tc") int rcu_unmatched(struct __sk_buff *c){ bpf_rcu_read_unlock(); return 0;}
SEC("tc") int preempt_unmatched(struct __sk_buff *c){ bpf_preempt_enable(); return 0;}
SEC("tc") int preempt_irq_interleave(struct __sk_buff *c){ unsigned long f; bpf_preempt_disable(); bpf_local_irq_save(&f); bpf_preempt_enable(); bpf_local_irq_restore(&f); return 0;}
/* helpers under locks */
SEC("tc") int hlp_ktime(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 1; bpf_ktime_get_ns(); bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int hlp_objnew(struct __sk_buff *c){ struct x{int i;}*p; if(bpf_res_spin_lock(&lA)) return 1; p=bpf_obj_new(struct x); bpf_res_spin_unlock(&lA); if(p) bpf_obj_drop(p); return 0;}
SEC("tc") int hlp_in_failed_branch(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)){ bpf_ktime_get_ns(); return 1;} bpf_res_spin_unlock(&lA); return 0;}