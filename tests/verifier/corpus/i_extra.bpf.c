/* SPDX-License-Identifier: BSD-2-Clause */
#include "common.h"
RL t1 __hidden SEC(".data.TWO");
RL t2 __hidden SEC(".data.TWO");
struct ln { struct bpf_rb_node node; RL lock; int v; };
private(RR) RL rl; 
private(RR) struct bpf_rb_root root __contains(ln, node);
static bool less(struct bpf_rb_node*a,const struct bpf_rb_node*b){ return 0; }
struct lobj { RL lock; struct bpf_refcount r; int v; };
struct kv { struct lobj __kptr_ *p; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key,int); __type(value, struct kv);} kvm_ SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 8); __type(key,int); __type(value, struct elem);} hm SEC(".maps");
struct inn { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key,int); __type(value, struct elem);} in1 SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 1); __type(key,int); __array(values, struct inn);} om SEC(".maps") = {.values={&in1}};
#define cofx(p,T,m) ((T*)((void*)(p)-offsetof(T,m)))
SEC("tc") int lock_nonowning_node(struct __sk_buff*c){ struct bpf_rb_node*n; if(bpf_res_spin_lock(&rl)) return 1; n=bpf_rbtree_first(&root); if(n){ struct ln*l=cofx(n,struct ln,node); if(!bpf_res_spin_lock(&l->lock)) bpf_res_spin_unlock(&l->lock);} bpf_res_spin_unlock(&rl); return 0; }
SEC("tc") int lock_kptr_loaded_rcu(struct __sk_buff*c){ int k=0; struct kv*v=bpf_map_lookup_elem(&kvm_,&k); struct lobj*o; if(!v) return 1; bpf_rcu_read_lock(); o=v->p; if(o){ if(!bpf_res_spin_lock(&o->lock)) bpf_res_spin_unlock(&o->lock);} bpf_rcu_read_unlock(); return 0; }
SEC("tc") int lock_kptr_xchged(struct __sk_buff*c){ int k=0; struct kv*v=bpf_map_lookup_elem(&kvm_,&k); struct lobj*o; if(!v) return 1; o=bpf_kptr_xchg(&v->p,0); if(!o) return 2; if(!bpf_res_spin_lock(&o->lock)) bpf_res_spin_unlock(&o->lock); o=bpf_kptr_xchg(&v->p,o); if(o) bpf_obj_drop(o); return 0; }
SEC("tc") int lock_hash_elem(struct __sk_buff*c){ int k=0; struct elem*e=bpf_map_lookup_elem(&hm,&k); if(!e) return 1; if(bpf_res_spin_lock(&e->lock)) return 1; bpf_res_spin_unlock(&e->lock); return 0; }
SEC("tc") int lock_inner_map_elem(struct __sk_buff*c){ int k=0; void*m=bpf_map_lookup_elem(&om,&k); if(!m) return 1; struct elem*e=bpf_map_lookup_elem(m,&k); if(!e) return 1; if(bpf_res_spin_lock(&e->lock)) return 1; bpf_res_spin_unlock(&e->lock); return 0; }
static NI int s_lock_localflag(void){ unsigned long f; return bpf_res_spin_lock_irqsave(&lA,&f); }
SEC("tc") int irqflag_in_dead_frame(struct __sk_buff*c){ unsigned long f; if(s_lock_localflag()) return 1; bpf_res_spin_unlock_irqrestore(&lA,&f); return 0; }
SEC("tc") int ref_held_across_lock(struct __sk_buff*c){ struct lobj*o=bpf_obj_new(struct lobj); if(!o) return 1; if(bpf_res_spin_lock(&lA)){ bpf_obj_drop(o); return 1; } bpf_res_spin_unlock(&lA); bpf_obj_drop(o); return 0; }
SEC("tc") int bss_two_via_static(struct __sk_buff*c){ return 0; }
