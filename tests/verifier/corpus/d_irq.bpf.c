/* SPDX-License-Identifier: BSD-2-Clause */
#include "common.h"
unsigned long gflags;
NI int g_lock(int x){ if(x==77) return 3; if(bpf_res_spin_lock(&lA)) return 1; return 0; }
NI int g_balanced(int x){ if(x==77) return 3; if(bpf_res_spin_lock(&lA)) return 1; bpf_res_spin_unlock(&lA); return 0; }
NI int g_unlock(int x){ if(x==77) return 3; bpf_res_spin_unlock(&lA); return 0; }
NI int g_irqleak(int x){ unsigned long f; if(x==77) return 3; bpf_local_irq_save(&f); return 0; }
NI int g_irqbal(int x){ unsigned long f; if(x==77) return 3; bpf_local_irq_save(&f); bpf_local_irq_restore(&f); return 0; }
NI int g_preleak(int x){ if(x==77) return 3; bpf_preempt_disable(); return 0; }
NI int g_rculeak(int x){ if(x==77) return 3; bpf_rcu_read_lock(); return 0; }
NI int g_throw(int x){ if(x==77) bpf_throw(0); return 0; }
SEC("tc") int glob_leaks_lock(struct __sk_buff *c){ return g_lock(c->len);}
SEC("tc") int glob_balanced(struct __sk_buff *c){ return g_balanced(c->len);}
SEC("tc") int glob_irqbal_in_irq(struct __sk_buff *c){ unsigned long f; bpf_local_irq_save(&f); int r=g_irqbal(c->len); bpf_local_irq_restore(&f); return r;}
SEC("tc") int glob_throw_in_irq(struct __sk_buff *c){ unsigned long f; bpf_local_irq_save(&f); int r=g_throw(c->len); bpf_local_irq_restore(&f); return r;}
/* irq slots */
static NI void s_save(unsigned long*f){ bpf_local_irq_save(f); }
static NI void s_rest(unsigned long*f){ bpf_local_irq_restore(f); }
static NI int s_rlock(RL*l,unsigned long*f){ return bpf_res_spin_lock_irqsave(&lA,f); }
static NI void s_runlock(unsigned long*f){ bpf_res_spin_unlock_irqrestore(&lA,f); }
static NI void s_bal(void){ unsigned long f; bpf_local_irq_save(&f); bpf_local_irq_restore(&f);}
static NI void s_leak_local(void){ unsigned long f; bpf_local_irq_save(&f); }
SEC("tc") int irq_ok(struct __sk_buff *c){ unsigned long f; bpf_local_irq_save(&f); bpf_local_irq_restore(&f); return 0;}
SEC("tc") int irq_global_flag_restore(struct __sk_buff *c){ bpf_local_irq_restore(&gflags); return 0;}
SEC("tc") int irq_null_flag(struct __sk_buff *c){ bpf_local_irq_save(0); return 0;}
SEC("tc") int irq_res_global_flag(struct __sk_buff *c){ bpf_res_spin_lock_irqsave(&lA,&gflags); return 0;}
SEC("tc") int irq_slot_below(struct __sk_buff *c){ asm volatile("r1=r10; r1+=-512; call bpf_local_irq_save; r1=r10; r1+=-512; call bpf_local_irq_restore":::"r0","r1","r2","r3","r4","r5","memory"); return 0;}
SEC("tc") int irq_slot_fp0(struct __sk_buff *c){ asm volatile("r1=r10; call bpf_local_irq_save":::"r0","r1","r2","r3","r4","r5","memory"); return 0;}
SEC("tc") int irq_slot_plus8(struct __sk_buff *c){ asm volatile("r1=r10; r1+=8; call bpf_local_irq_save":::"r0","r1","r2","r3","r4","r5","memory"); return 0;}
SEC("tc") int irq_preinit_ok(struct __sk_buff *c){ volatile unsigned long f=5; bpf_local_irq_save((void*)&f); bpf_local_irq_restore((void*)&f); return 0;}
SEC("tc") int irq_save_over_spilled_ptr(struct __sk_buff *c){ void*volatile p=c; bpf_local_irq_save((void*)&p); bpf_local_irq_restore((void*)&p); return 0;}
SEC("tc") int irq_missing_sub(struct __sk_buff *c){ unsigned long f; s_save(&f); return 0;}
SEC("tc") int irq_restore_twice(struct __sk_buff *c){ unsigned long f; bpf_local_irq_save(&f); bpf_local_irq_restore(&f); bpf_local_irq_restore(&f); return 0;}
SEC("tc") int irq_overwrite_byte(struct __sk_buff *c){ unsigned long f; bpf_local_irq_save(&f); *((volatile char*)&f+1)=1; bpf_local_irq_restore(&f); return 0;}
SEC("tc") int irq_overwrite_by_helper(struct __sk_buff *c){ unsigned long f; bpf_local_irq_save(&f); bpf_probe_read_kernel(&f,8,0); bpf_local_irq_restore(&f); return 0;}
SEC("tc") int irq_read_flag_after(struct __sk_buff *c){ unsigned long f; bpf_local_irq_save(&f); bpf_local_irq_restore(&f); long x=*(volatile long*)&f; return x;}
SEC("tc") int irq_helper_read_flag(struct __sk_buff *c){ unsigned long f; int k=0; bpf_local_irq_save(&f); bpf_trace_printk((void*)&f,8); bpf_local_irq_restore(&f); return 0;}
SEC("tc") int irq_ooo(struct __sk_buff *c){ unsigned long f,g; bpf_local_irq_save(&f); bpf_local_irq_save(&g); bpf_local_irq_restore(&f); bpf_local_irq_restore(&g); return 0;}
SEC("tc") int irq_nested3(struct __sk_buff *c){ unsigned long f,g,h; bpf_local_irq_save(&f); bpf_local_irq_save(&g); bpf_local_irq_save(&h); bpf_local_irq_restore(&h); bpf_local_irq_restore(&g); bpf_local_irq_restore(&f); return 0;}
SEC("tc") int irq_sub_save_main_restore(struct __sk_buff *c){ unsigned long f; s_save(&f); bpf_local_irq_restore(&f); return 0;}
SEC("tc") int irq_reslock_sub(struct __sk_buff *c){ unsigned long f; if(s_rlock(&lA,&f)) return 1; s_runlock(&f); return 0;}
SEC("tc") int irq_reuse_slot_after(struct __sk_buff *c){ unsigned long f; bpf_local_irq_save(&f); bpf_local_irq_restore(&f); if(bpf_res_spin_lock_irqsave(&lA,&f)) return 1; bpf_res_spin_unlock_irqrestore(&lA,&f); return 0;}
SEC("tc") int irq_res_flag_init_in_fail(struct __sk_buff *c){ unsigned long f; if(bpf_res_spin_lock_irqsave(&lA,&f)){ bpf_local_irq_restore(&f); return 1;} bpf_res_spin_unlock_irqrestore(&lA,&f); return 0;}
SEC("tc") int irq_class_lock_flag_native_restore(struct __sk_buff *c){ unsigned long f; if(bpf_res_spin_lock_irqsave(&lA,&f)) return 1; bpf_res_spin_unlock_irqrestore(&lA,&f); bpf_local_irq_restore(&f); return 0;}
SEC("tc") int irq_class_native_flag_to_lock(struct __sk_buff *c){ unsigned long f,g; bpf_local_irq_save(&g); if(bpf_res_spin_lock_irqsave(&lA,&f)){ bpf_local_irq_restore(&g); return 1;} bpf_res_spin_unlock_irqrestore(&lA,&g); return 0;}
SEC("tc") int irq_native_around_plain_res(struct __sk_buff *c){ unsigned long g; bpf_local_irq_save(&g); if(!bpf_res_spin_lock(&lA)) bpf_res_spin_unlock(&lA); bpf_local_irq_restore(&g); return 0;}
SEC("tc") int irq_iter_slot_save(struct __sk_buff *c){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,4); bpf_local_irq_save((void*)&it); bpf_local_irq_restore((void*)&it); return 0;}
SEC("tc") int irq_refs_order_objdrop(struct __sk_buff *c){ unsigned long f[4]; struct x{int i;}*p; bpf_local_irq_save(&f[0]); p=bpf_obj_new(struct x); if(!p){ bpf_local_irq_restore(&f[0]); return 0;} bpf_local_irq_save(&f[1]); bpf_local_irq_save(&f[2]); bpf_obj_drop(p); bpf_local_irq_save(&f[3]); bpf_local_irq_restore(&f[3]); bpf_local_irq_restore(&f[1]); bpf_local_irq_restore(&f[2]); bpf_local_irq_restore(&f[0]); return 0;}
SEC("tc") int irq_cond_flag_join(struct __sk_buff *c){ unsigned long f=0; if(c->len&1) bpf_local_irq_save(&f); if(*(volatile int*)&c->len&1) bpf_local_irq_restore(&f); return 0;}
SEC("tc") int irq_cond_consistent(struct __sk_buff *c){ unsigned long f; int d=c->len&1; if(d) bpf_local_irq_save(&f); if(d) bpf_local_irq_restore(&f); return 0;}
