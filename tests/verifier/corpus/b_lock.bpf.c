/* SPDX-License-Identifier: BSD-2-Clause */
#include "common.h"
struct objr { RL lock; int y; struct bpf_refcount ref; };
struct objn { int q; RL lock; struct bpf_list_node node; };
SEC("tc") int loc2_or_null_varkey(struct __sk_buff *c){ int k=c->len&3; struct elem*e=bpf_map_lookup_elem(&am,&k); if(bpf_res_spin_lock(&e->lock)) return 2; bpf_res_spin_unlock(&e->lock); return 0;}
SEC("tc") int loc2_obj_refcount(struct __sk_buff *c){ struct objr*p=bpf_obj_new(struct objr); if(!p) return 1; if(bpf_res_spin_lock(&p->lock)){ bpf_obj_drop(p); return 2;} p->y=1; bpf_res_spin_unlock(&p->lock); bpf_obj_drop(p); return 0;}
SEC("tc") int loc2_obj_refcount_drop_locked(struct __sk_buff *c){ struct objr*p=bpf_obj_new(struct objr); if(!p) return 1; if(bpf_res_spin_lock(&p->lock)){ bpf_obj_drop(p); return 2;} bpf_obj_drop(p); return 0;}
SEC("tc") int loc2_obj_node(struct __sk_buff *c){ struct objn*p=bpf_obj_new(struct objn); if(!p) return 1; if(bpf_res_spin_lock(&p->lock)){ bpf_obj_drop(p); return 2;} bpf_res_spin_unlock(&p->lock); bpf_obj_drop(p); return 0;}
SEC("tc") int loc2_obj_write_lock(struct __sk_buff *c){ struct objr*p=bpf_obj_new(struct objr); if(!p) return 1; *(volatile int*)&p->lock=0; bpf_obj_drop(p); return 0;}
SEC("tc") int loc2_obj_varoff(struct __sk_buff *c){ struct objr*p=bpf_obj_new(struct objr); if(!p) return 1; u64 v=c->len; v&=3; bpf_res_spin_lock((void*)&p->lock+v); bpf_obj_drop(p); return 0;}
/* AA */
SEC("tc") int aa_uncond(struct __sk_buff *c){ struct elem*e=E(0); if(!e) return 1; bpf_res_spin_lock(&e->lock); bpf_res_spin_lock(&e->lock); return 0;}
SEC("tc") int aa_cond(struct __sk_buff *c){ struct elem*e=E(0); if(!e) return 1; if(bpf_res_spin_lock(&e->lock)) return 0; bpf_res_spin_lock(&e->lock); return 0;}
SEC("tc") int aa_global(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 0; if(!bpf_res_spin_lock(&lA)) bpf_res_spin_unlock(&lA); bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int aa_relock_after_unlock(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 1; bpf_res_spin_unlock(&lA); if(bpf_res_spin_lock(&lA)) return 1; bpf_res_spin_unlock(&lA); return 0;}
/* ordering */
SEC("tc") int ord_AB(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 1; if(!bpf_res_spin_lock(&lB)) bpf_res_spin_unlock(&lB); bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int ord_unlock_ooo(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 1; if(bpf_res_spin_lock(&lB)){ bpf_res_spin_unlock(&lA); return 1;} bpf_res_spin_unlock(&lA); bpf_res_spin_unlock(&lB); return 0;}
SEC("tc") int ord_unlock_ooo_mapelems(struct __sk_buff *c){ struct elem*e=E(0),*f=E(1); if(!e||!f) return 1; if(bpf_res_spin_lock(&e->lock)) return 1; if(bpf_res_spin_lock(&f->lock)){ bpf_res_spin_unlock(&e->lock); return 1;} bpf_res_spin_unlock(&e->lock); bpf_res_spin_unlock(&f->lock); return 0;}
SEC("tc") int ord_unlock_ooo_irq(struct __sk_buff *c){ unsigned long a,b; if(bpf_res_spin_lock_irqsave(&lA,&a)) return 1; if(bpf_res_spin_lock_irqsave(&lB,&b)){ bpf_res_spin_unlock_irqrestore(&lA,&a); return 1;} bpf_res_spin_unlock_irqrestore(&lA,&a); bpf_res_spin_unlock_irqrestore(&lB,&b); return 0;}
SEC("tc") int ord_swap_flags_irq(struct __sk_buff *c){ unsigned long a,b; if(bpf_res_spin_lock_irqsave(&lA,&a)) return 1; if(bpf_res_spin_lock_irqsave(&lB,&b)){ bpf_res_spin_unlock_irqrestore(&lA,&a); return 1;} bpf_res_spin_unlock_irqrestore(&lB,&a); bpf_res_spin_unlock_irqrestore(&lA,&b); return 0;}
SEC("tc") int ord_three_ok(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 1; if(!bpf_res_spin_lock(&lB)){ if(!bpf_res_spin_lock(&lC)) bpf_res_spin_unlock(&lC); bpf_res_spin_unlock(&lB);} bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int ord_unlock_only_irq(struct __sk_buff *c){ unsigned long f; bpf_res_spin_unlock_irqrestore(&lA,&f); return 0;}
SEC("tc") int ord_double_unlock(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 1; bpf_res_spin_unlock(&lA); bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int ord_mismatch_2(struct __sk_buff *c){ struct elem*e=E(0); if(!e) return 1; if(bpf_res_spin_lock(&lA)) return 1; bpf_res_spin_unlock(&e->lock); return 0;}
SEC("tc") int ord_relookup_unlock(struct __sk_buff *c){ struct elem*e=E(0); if(!e) return 1; if(bpf_res_spin_lock(&e->lock)) return 1; e=E(0); if(e) bpf_res_spin_unlock(&e->lock); return 0;}
SEC("tc") int ord_irq_mismatch_1(struct __sk_buff *c){ unsigned long f; bpf_local_irq_save(&f); if(bpf_res_spin_lock(&lA)) {bpf_local_irq_restore(&f); return 1;} bpf_res_spin_unlock_irqrestore(&lA,&f); return 0;}
SEC("tc") int ord_irq_mismatch_2(struct __sk_buff *c){ unsigned long f; if(bpf_res_spin_lock_irqsave(&lA,&f)) return 1; bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int ord_irq_mismatch_class2(struct __sk_buff *c){ unsigned long f; if(bpf_res_spin_lock_irqsave(&lA,&f)) return 1; bpf_local_irq_restore(&f); return 0;}
SEC("tc") int ord_native_irq_inside_lock(struct __sk_buff *c){ unsigned long f,g; if(bpf_res_spin_lock_irqsave(&lA,&f)) return 1; bpf_local_irq_save(&g); bpf_local_irq_restore(&g); bpf_res_spin_unlock_irqrestore(&lA,&f); return 0;}
SEC("tc") int ord_native_irq_cross_plain(struct __sk_buff *c){ unsigned long g; bpf_local_irq_save(&g); if(bpf_res_spin_lock(&lA)){ bpf_local_irq_restore(&g); return 1;} bpf_local_irq_restore(&g); bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int ord_rcu_cross(struct __sk_buff *c){ bpf_rcu_read_lock(); if(bpf_res_spin_lock(&lA)){ bpf_rcu_read_unlock(); return 1;} bpf_rcu_read_unlock(); bpf_res_spin_unlock(&lA); return 0;}
/* spin + res */
SEC("tc") int mix_res_in_spin(struct __sk_buff *c){ bpf_spin_lock(&sA); if(!bpf_res_spin_lock(&lA)) bpf_res_spin_unlock(&lA); bpf_spin_unlock(&sA); return 0;}
SEC("tc") int mix_spin_in_res_irqsave(struct __sk_buff *c){ unsigned long f; if(bpf_res_spin_lock_irqsave(&lA,&f)) return 1; bpf_spin_lock(&sA); bpf_spin_unlock(&sA); bpf_res_spin_unlock_irqrestore(&lA,&f); return 0;}
SEC("tc") int mix_irqsave_in_spin(struct __sk_buff *c){ unsigned long f; bpf_spin_lock(&sA); bpf_local_irq_save(&f); bpf_local_irq_restore(&f); bpf_spin_unlock(&sA); return 0;}
SEC("tc") int mix_preempt_in_spin(struct __sk_buff *c){ bpf_spin_lock(&sA); bpf_preempt_disable(); bpf_preempt_enable(); bpf_spin_unlock(&sA); return 0;}
SEC("tc") int mix_spin_in_preempt(struct __sk_buff *c){ bpf_preempt_disable(); bpf_spin_lock(&sA); bpf_spin_unlock(&sA); bpf_preempt_enable(); return 0;}
SEC("tc") int mix_spin_in_rcu(struct __sk_buff *c){ bpf_rcu_read_lock(); bpf_spin_lock(&sA); bpf_spin_unlock(&sA); bpf_rcu_read_unlock(); return 0;}
SEC("tc") int mix_preempt_in_res(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 1; bpf_preempt_disable(); bpf_preempt_enable(); bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int mix_rcu_in_res(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 1; bpf_rcu_read_lock(); bpf_rcu_read_unlock(); bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int mix_irq_in_res(struct __sk_buff *c){ unsigned long f; if(bpf_res_spin_lock(&lA)) return 1; bpf_local_irq_save(&f); bpf_local_irq_restore(&f); bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int mix_res_spinunlock(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 1; bpf_spin_unlock(&sA); return 0;}
/* plain spin lock */
SEC("tc") int spin_ok(struct __sk_buff *c){ struct selem*e=S(0); if(!e) return 1; bpf_spin_lock(&e->lock); e->cnt++; bpf_spin_unlock(&e->lock); return 0;}
SEC("tc") int spin_nested_other(struct __sk_buff *c){ struct selem*e=S(0); if(!e) return 1; bpf_spin_lock(&sA); bpf_spin_lock(&e->lock); bpf_spin_unlock(&e->lock); bpf_spin_unlock(&sA); return 0;}
SEC("tc") int spin_exit_held(struct __sk_buff *c){ bpf_spin_lock(&sA); return 0;}
SEC("tc") int spin_badoff(struct __sk_buff *c){ struct selem*e=S(0); if(!e) return 1; bpf_spin_lock((void*)e+1); return 0;}
SEC("tc") int spin_stack(struct __sk_buff *c){ struct bpf_spin_lock l={}; bpf_spin_lock(&l); bpf_spin_unlock(&l); return 0;}
