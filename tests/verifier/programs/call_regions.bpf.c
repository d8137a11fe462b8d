/* SPDX-License-Identifier: BSD-2-Clause */
/* Irq flags, preemption, RCU, exits, callbacks and iterators: each program is one case. */
#include "../corpus/common.h"
#define TC(n) SEC("tc") int n(struct __sk_buff *c)
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 4); __uint(key_size, 4); __uint(value_size, 4); } progs SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key,int); __type(value, long);} plain SEC(".maps");
unsigned long gflag;
TC(irq_save_twice_same){ unsigned long f; bpf_local_irq_save(&f); bpf_local_irq_save(&f); bpf_local_irq_restore(&f); return 0; }
TC(irq_ooo){ unsigned long f,g; bpf_local_irq_save(&f); bpf_local_irq_save(&g); bpf_local_irq_restore(&f); bpf_local_irq_restore(&g); return 0; }
TC(irq_nest){ unsigned long f,g; bpf_local_irq_save(&f); bpf_local_irq_save(&g); bpf_local_irq_restore(&g); bpf_local_irq_restore(&f); return 0; }
TC(irq_missing_two){ unsigned long f,g; bpf_local_irq_save(&f); bpf_local_irq_save(&g); bpf_local_irq_restore(&g); return 0; }
TC(irq_restore_uninit){ unsigned long f; bpf_local_irq_restore(&f); return 0; }
TC(irq_restore_const){ unsigned long f=5; barrier_varx(f); volatile unsigned long g=f; bpf_local_irq_restore((void*)&g); return 0; }
TC(irq_restore_twice){ unsigned long f; bpf_local_irq_save(&f); bpf_local_irq_restore(&f); bpf_local_irq_restore(&f); return 0; }
TC(irq_global_flag){ bpf_local_irq_save(&gflag); return 0; }
TC(irq_mapval_flag){ int k=0; long*v=bpf_map_lookup_elem(&plain,&k); if(!v) return 0; bpf_local_irq_save((void*)v); return 0; }
TC(irq_null_flag){ bpf_local_irq_save(0); return 0; }
TC(irq_ctx_flag){ bpf_local_irq_save((void*)c); return 0; }
TC(irq_unaligned){ char b[24]={}; bpf_local_irq_save((void*)(b+4)); return b[0]; }
TC(irq_var){ unsigned long b[4]={}; bpf_local_irq_save(&b[c->len&3]); return 0; }
TC(irq_overwrite){ unsigned long f; bpf_local_irq_save(&f); *(volatile unsigned long*)&f=1; bpf_local_irq_restore(&f); return 0; }
TC(irq_overwrite_byte){ unsigned long f; bpf_local_irq_save(&f); *((volatile char*)&f+3)=1; bpf_local_irq_restore(&f); return 0; }
TC(irq_overwrite_helper){ unsigned long f; bpf_local_irq_save(&f); bpf_skb_load_bytes(c,0,&f,4); bpf_local_irq_restore(&f); return 0; }
TC(irq_read){ unsigned long f; bpf_local_irq_save(&f); int r=*(volatile unsigned long*)&f; bpf_local_irq_restore(&f); return r; }
TC(irq_read_after){ unsigned long f; bpf_local_irq_save(&f); bpf_local_irq_restore(&f); return *(volatile unsigned long*)&f; }
TC(irq_helper_reads){ unsigned long f; int k=0; bpf_local_irq_save(&f); bpf_map_update_elem(&plain,&k,&f,0); bpf_local_irq_restore(&f); return 0; }
TC(irq_copy){ unsigned long f; bpf_local_irq_save(&f); unsigned long g=*(volatile unsigned long*)&f; bpf_local_irq_restore(&g); return 0; }
TC(irq_iter_slot_save){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,3); bpf_local_irq_save((void*)&it); bpf_local_irq_restore((void*)&it); return 0; }
TC(irq_iter_slot_restore){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,3); bpf_local_irq_restore((void*)&it); bpf_iter_num_destroy(&it); return 0; }
TC(irq_reuse){ unsigned long f; bpf_local_irq_save(&f); bpf_local_irq_restore(&f); bpf_local_irq_save(&f); bpf_local_irq_restore(&f); return 0; }
TC(irq_res_used_slot){ unsigned long f; bpf_local_irq_save(&f); if(!bpf_res_spin_lock_irqsave(&lA,&f)) bpf_res_spin_unlock_irqrestore(&lA,&f); bpf_local_irq_restore(&f); return 0; }
TC(irq_res_same_flag_twice){ unsigned long f; if(bpf_res_spin_lock_irqsave(&lA,&f)) return 1; if(!bpf_res_spin_lock_irqsave(&lB,&f)) bpf_res_spin_unlock_irqrestore(&lB,&f); bpf_res_spin_unlock_irqrestore(&lA,&f); return 0; }
TC(irq_res_in_native){ unsigned long f,g; bpf_local_irq_save(&g); if(!bpf_res_spin_lock_irqsave(&lA,&f)) bpf_res_spin_unlock_irqrestore(&lA,&f); bpf_local_irq_restore(&g); return 0; }
TC(irq_res_native_flag){ unsigned long f,g; bpf_local_irq_save(&g); if(bpf_res_spin_lock_irqsave(&lA,&f)){ bpf_local_irq_restore(&g); return 1;} bpf_res_spin_unlock_irqrestore(&lA,&g); return 0; }
TC(irq_fail_flag_used){ unsigned long f; if(bpf_res_spin_lock_irqsave(&lA,&f)){ bpf_local_irq_restore(&f); return 1;} bpf_res_spin_unlock_irqrestore(&lA,&f); return 0; }
TC(irq_cond){ unsigned long f; int x=c->len&1; if(x) bpf_local_irq_save(&f); c->mark=1; if(x) bpf_local_irq_restore(&f); return 0; }
TC(irq_cond_leak){ unsigned long f; if(c->len&1) bpf_local_irq_save(&f); return 0; }
static NI int sub_save(unsigned long*f){ bpf_local_irq_save(f); return 0; }
static NI int sub_restore(unsigned long*f){ bpf_local_irq_restore(f); return 0; }
static NI int sub_both(void){ unsigned long f; bpf_local_irq_save(&f); bpf_local_irq_restore(&f); return 0; }
static NI int sub_leak(void){ unsigned long f; bpf_local_irq_save(&f); return 0; }
TC(irq_sub_save){ unsigned long f; sub_save(&f); bpf_local_irq_restore(&f); return 0; }
TC(irq_sub_restore){ unsigned long f; bpf_local_irq_save(&f); sub_restore(&f); return 0; }
TC(irq_sub_both){ unsigned long f; bpf_local_irq_save(&f); sub_both(); bpf_local_irq_restore(&f); return 0; }
TC(irq_sub_leak){ sub_leak(); return 0; }
TC(irq_sub_leak_then_save){ unsigned long f; sub_leak(); bpf_local_irq_save(&f); bpf_local_irq_restore(&f); return 0; }
NI int g_irq_leak(void){ unsigned long f; bpf_local_irq_save(&f); return 0; }
NI int g_pre_leak(void){ bpf_preempt_disable(); return 0; }
NI int g_rcu_leak(void){ bpf_rcu_read_lock(); return 0; }
NI int g_lock_leak(void){ bpf_res_spin_lock(&lA); return 0; }
NI int g_unlock(void){ bpf_res_spin_unlock(&lA); return 0; }
NI int g_plain(int x){ return x+1; }
NI int g_balanced(int x){ if(!bpf_res_spin_lock(&lA)) bpf_res_spin_unlock(&lA); return x; }
TC(call_g_irq_leak){ return g_irq_leak(); }
TC(call_g_pre_leak){ return g_pre_leak(); }
TC(call_g_rcu_leak){ return g_rcu_leak(); }
TC(call_g_lock_leak){ return g_lock_leak(); }
TC(call_g_unlock){ if(bpf_res_spin_lock(&lA)) return 0; return g_unlock(); }
TC(call_g_plain_locked){ if(bpf_res_spin_lock(&lA)) return 0; g_plain(1); bpf_res_spin_unlock(&lA); return 0; }
TC(call_g_plain_spin){ bpf_spin_lock(&sA); g_plain(1); bpf_spin_unlock(&sA); return 0; }
TC(call_g_in_irq){ unsigned long f; bpf_local_irq_save(&f); int r=g_balanced(c->len); bpf_local_irq_restore(&f); return r; }
TC(call_g_in_pre){ bpf_preempt_disable(); int r=g_balanced(c->len); bpf_preempt_enable(); return r; }
TC(call_g_in_rcu){ bpf_rcu_read_lock(); int r=g_balanced(c->len); bpf_rcu_read_unlock(); return r; }
TC(exit_all_regions){ unsigned long f; bpf_preempt_disable(); bpf_rcu_read_lock(); bpf_local_irq_save(&f); return 0; }
TC(exit_pre_rcu){ bpf_preempt_disable(); bpf_rcu_read_lock(); return 0; }
TC(exit_ref_irq){ unsigned long f; struct bpf_iter_num it; bpf_local_irq_save(&f); bpf_iter_num_new(&it,0,2); return 0; }
TC(tail_lock){ if(bpf_res_spin_lock(&lA)) return 0; bpf_tail_call(c,&progs,0); bpf_res_spin_unlock(&lA); return 0; }
TC(tail_irq){ unsigned long f; bpf_local_irq_save(&f); bpf_tail_call(c,&progs,0); bpf_local_irq_restore(&f); return 0; }
TC(throw_pre){ bpf_preempt_disable(); if(c->len>5) bpf_throw(1); bpf_preempt_enable(); return 0; }
TC(throw_ok){ if(c->len>5) bpf_throw(1); return 0; }
static NI int sub_throw(u32 x){ if(x>5) bpf_throw(3); return 1; }
TC(throw_sub_ok){ return sub_throw(c->len); }
TC(throw_sub_irq){ unsigned long f; bpf_local_irq_save(&f); sub_throw(c->len); bpf_local_irq_restore(&f); return 0; }
TC(throw_sub_ref){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,2); sub_throw(c->len); bpf_iter_num_destroy(&it); return 0; }
TC(pre_nest){ bpf_preempt_disable(); bpf_preempt_disable(); bpf_preempt_enable(); bpf_preempt_enable(); return 0; }
TC(pre_one_missing){ bpf_preempt_disable(); bpf_preempt_disable(); bpf_preempt_enable(); return 0; }
TC(pre_unmatched){ bpf_preempt_enable(); return 0; }
TC(pre_rcu_cross){ bpf_preempt_disable(); bpf_rcu_read_lock(); bpf_preempt_enable(); bpf_rcu_read_unlock(); return 0; }
TC(rcu_nest){ bpf_rcu_read_lock(); bpf_rcu_read_lock(); bpf_rcu_read_unlock(); bpf_rcu_read_unlock(); return 0; }
TC(rcu_unmatched){ bpf_rcu_read_unlock(); return 0; }
static int cb_lock(u32 i, void*x){ if(!bpf_res_spin_lock(&lA)) bpf_res_spin_unlock(&lA); return 0; }
static int cb_leak(u32 i, void*x){ if(bpf_res_spin_lock(&lA)) return 1; return 0; }
static int cb_unlock(u32 i, void*x){ bpf_res_spin_unlock(&lA); return 0; }
static int cb_pre(u32 i, void*x){ bpf_preempt_disable(); return 0; }
static int cb_pre_en(u32 i, void*x){ bpf_preempt_enable(); return 0; }
static int cb_rcu(u32 i, void*x){ bpf_rcu_read_lock(); return 0; }
static int cb_throw(u32 i, void*x){ bpf_throw(1); return 0; }
static int cb_irqx(u32 i, unsigned long*f){ bpf_local_irq_restore(f); return 0; }
static int cb_none(u32 i, void*x){ return 0; }
TC(loop_lock){ bpf_loop(c->len,cb_lock,0,0); return 0; }
TC(loop_leak){ bpf_loop(4,cb_leak,0,0); return 0; }
TC(loop_unlock){ if(bpf_res_spin_lock(&lA)) return 0; bpf_res_spin_unlock(&lA); bpf_loop(4,cb_unlock,0,0); return 0; }
TC(loop_pre){ bpf_loop(4,cb_pre,0,0); return 0; }
TC(loop_pre_en){ bpf_preempt_disable(); bpf_loop(1,cb_pre_en,0,0); return 0; }
TC(loop_rcu){ bpf_loop(4,cb_rcu,0,0); return 0; }
TC(loop_throw){ bpf_loop(4,cb_throw,0,0); return 0; }
TC(loop_throw_irq){ unsigned long f; bpf_local_irq_save(&f); bpf_loop(4,cb_throw,0,0); bpf_local_irq_restore(&f); return 0; }
TC(loop_irq_restore){ unsigned long f; bpf_local_irq_save(&f); bpf_loop(1,cb_irqx,&f,0); return 0; }
TC(loop_held){ if(bpf_res_spin_lock(&lA)) return 0; bpf_loop(4,cb_none,0,0); bpf_res_spin_unlock(&lA); return 0; }
TC(iter_in_lock){ struct bpf_iter_num it; int*p; if(bpf_res_spin_lock(&lA)) return 0; bpf_iter_num_new(&it,0,9); while((p=bpf_iter_num_next(&it))) c->mark=*p; bpf_iter_num_destroy(&it); bpf_res_spin_unlock(&lA); return 0; }
TC(iter_lock_inside){ struct bpf_iter_num it; int*p; bpf_iter_num_new(&it,0,9); while((p=bpf_iter_num_next(&it))) if(!bpf_res_spin_lock(&lA)) bpf_res_spin_unlock(&lA); bpf_iter_num_destroy(&it); return 0; }
TC(iter_lock_leak){ struct bpf_iter_num it; int*p; bpf_iter_num_new(&it,0,9); while((p=bpf_iter_num_next(&it))) if(bpf_res_spin_lock(&lA)) break; bpf_iter_num_destroy(&it); return 0; }
TC(iter_no_destroy){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,9); while(bpf_iter_num_next(&it)); return 0; }
TC(iter_no_new){ struct bpf_iter_num it; bpf_iter_num_next(&it); return 0; }
TC(iter_new_twice){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,9); bpf_iter_num_new(&it,0,9); bpf_iter_num_destroy(&it); return 0; }
TC(iter_destroy_twice){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,9); bpf_iter_num_destroy(&it); bpf_iter_num_destroy(&it); return 0; }
TC(iter_next_after_destroy){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,9); bpf_iter_num_destroy(&it); return bpf_iter_num_next(&it)!=0; }
TC(iter_not_stack){ bpf_iter_num_new((void*)&gflag,0,9); return 0; }
TC(iter_overwrite){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,9); *(volatile long*)&it=0; bpf_iter_num_destroy(&it); return 0; }
TC(iter_deref_unchecked){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,9); int*p=bpf_iter_num_next(&it); int v=*p; bpf_iter_num_destroy(&it); return v; }
TC(iter_write_elem){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,9); int*p=bpf_iter_num_next(&it); if(p) *p=3; bpf_iter_num_destroy(&it); return 0; }
TC(iter_use_after_destroy){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,9); int*p=bpf_iter_num_next(&it); if(!p){ bpf_iter_num_destroy(&it); return 0;} bpf_iter_num_destroy(&it); return *p; }
TC(iter_unaligned){ char b[32]; bpf_iter_num_new((void*)(b+3),0,3); return 0; }
