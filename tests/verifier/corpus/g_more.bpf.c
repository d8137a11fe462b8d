/* SPDX-License-Identifier: BSD-2-Clause */
#include "common.h"
struct tv { struct bpf_timer t; int x; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key,int); __type(value, struct tv);} tmap SEC(".maps");
static int tcb_bal(void*m,int*k,struct tv*v){ unsigned long f; if(bpf_res_spin_lock_irqsave(&lA,&f)) return 0; v->x++; bpf_res_spin_unlock_irqrestore(&lA,&f); return 0; }
static int tcb_leak(void*m,int*k,struct tv*v){ if(bpf_res_spin_lock(&lA)) return 0; return 0; }
static int tcb_irqleak(void*m,int*k,struct tv*v){ unsigned long f; bpf_local_irq_save(&f); return 0; }
SEC("tc") int timer_bal(struct __sk_buff*c){ int k=0; struct tv*v=bpf_map_lookup_elem(&tmap,&k); if(!v) return 1; bpf_timer_init(&v->t,&tmap,1); bpf_timer_set_callback(&v->t,tcb_bal); return 0;}
SEC("tc") int timer_leak(struct __sk_buff*c){ int k=0; struct tv*v=bpf_map_lookup_elem(&tmap,&k); if(!v) return 1; bpf_timer_init(&v->t,&tmap,1); bpf_timer_set_callback(&v->t,tcb_leak); return 0;}
/* pruning: reg id must be compared */
SEC("tc") int prune_diff_ids(struct __sk_buff*c){ struct elem*a=E(0),*b=E(0),*u; int x=c->mark; if(!a||!b) return 1; if(bpf_res_spin_lock(&a->lock)) return 1; u=a; if(x) u=b; barrier_varx(u); bpf_res_spin_unlock(&u->lock); return 0;}
SEC("tc") int prune_which_lock(struct __sk_buff*c){ int x=c->mark, r; if(x) r=bpf_res_spin_lock(&lA); else r=bpf_res_spin_lock(&lB); if(r) return 1; if(x) bpf_res_spin_unlock(&lA); else bpf_res_spin_unlock(&lB); return 0;}
SEC("tc") int prune_ptr_select(struct __sk_buff*c){ struct elem*a=E(0),*b=E(1),*u; if(!a||!b) return 1; u=c->mark?a:b; barrier_varx(u); if(bpf_res_spin_lock(&u->lock)) return 1; bpf_res_spin_unlock(&u->lock); return 0;}
SEC("tc") int prune_two_then_cond(struct __sk_buff*c){ int x=c->mark, two=0; if(bpf_res_spin_lock(&lA)) return 1; if(x && !bpf_res_spin_lock(&lB)) two=1; if(two) bpf_res_spin_unlock(&lB); bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int prune_irq_vs_plain_bad(struct __sk_buff*c){ unsigned long f; int x=c->mark; if(x){ if(bpf_res_spin_lock_irqsave(&lA,&f)) return 1; } else { if(bpf_res_spin_lock(&lA)) return 1; } bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int prune_preempt_join(struct __sk_buff*c){ int x=c->mark; if(x) bpf_preempt_disable(); if(x) bpf_preempt_enable(); return 0;}
/* same lock through two ids of map value but const key lookups (non-null elision) */
SEC("tc") int two_elems_same_map(struct __sk_buff*c){ struct elem*a=E(0),*b=E(1); if(!a||!b) return 1; if(bpf_res_spin_lock(&a->lock)) return 1; if(!bpf_res_spin_lock(&b->lock)) bpf_res_spin_unlock(&b->lock); bpf_res_spin_unlock(&a->lock); return 0;}
SEC("tc") int const_key_noelim_two(struct __sk_buff*c){ int k=0,k1=1; struct elem*a=bpf_map_lookup_elem(&am,&k),*b=bpf_map_lookup_elem(&am,&k1); if(bpf_res_spin_lock(&a->lock)) return 1; if(!bpf_res_spin_lock(&b->lock)) bpf_res_spin_unlock(&b->lock); bpf_res_spin_unlock(&a->lock); return 0;}
/* preempt counted across locks */
SEC("tc") int rcu_around_res(struct __sk_buff*c){ bpf_rcu_read_lock(); if(!bpf_res_spin_lock(&lA)) bpf_res_spin_unlock(&lA); bpf_rcu_read_unlock(); return 0;}
SEC("tc") int jmp_retry_until_ok(struct __sk_buff*c){ while(bpf_res_spin_lock(&lA)); bpf_res_spin_unlock(&lA); return 0;}