/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a lock may live, what is done with it and with what it guards: each program is one case. */
#include "../corpus/common.h"
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } rbuf SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 16); __type(key,int); __type(value, struct elem);} hm SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key,int); __type(value, long);} nolock SEC(".maps");
struct objr { RL lock; int y; struct bpf_refcount ref; };
struct onode { int k; struct bpf_rb_node n; struct bpf_refcount r; };
struct lk2 { int pad; RL lock; int z; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key,int); __type(value, struct lk2);} m2 SEC(".maps");
private(T) RL tlock; private(T) struct bpf_rb_root troot __contains(onode, n);
private(U) RL ulock; private(U) struct bpf_rb_root uroot __contains(onode, n);
struct kv { struct objr __kptr_ *p; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key,int); __type(value, struct kv);} kvm_ SEC(".maps");
static bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b){ return (long)a < (long)b; }
#define TC(n) SEC("tc") int n(struct __sk_buff *c)
TC(loc_stack){ RL l={}; bpf_res_spin_lock(&l); return 0; }
TC(loc_pkt){ void*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; if(d+4>e) return 0; bpf_res_spin_lock(d); return 0; }
TC(loc_ringbuf){ struct elem*e=bpf_ringbuf_reserve(&rbuf,sizeof(*e),0); if(!e) return 0; bpf_res_spin_lock(&e->lock); bpf_ringbuf_discard(e,0); return 0; }
TC(loc_scalar){ bpf_res_spin_lock((void*)c->len); return 0; }
TC(loc_null){ bpf_res_spin_lock(0); return 0; }
TC(loc_map_nolock){ int k=0; long*v=bpf_map_lookup_elem(&nolock,&k); if(!v) return 0; bpf_res_spin_lock((void*)v); return 0; }
TC(loc_spin_given_res){ struct selem*s=S(0); if(!s) return 0; bpf_res_spin_lock((void*)&s->lock); return 0; }
TC(off_plus1){ struct elem*e=E(0); if(!e) return 0; bpf_res_spin_lock((void*)e+1); return 0; }
TC(off_neg4){ struct elem*e=E(0); if(!e) return 0; bpf_res_spin_lock((void*)e-4); return 0; }
TC(off_neg){ int k=0; struct lk2*e=bpf_map_lookup_elem(&m2,&k); if(!e) return 0; bpf_res_spin_lock((void*)e); return 0; }
TC(off_var){ struct elem*e=E(0); if(!e) return 0; u64 v=c->len&3; bpf_res_spin_lock((void*)e+v); return 0; }
TC(off_var_global){ u64 v=c->len&3; bpf_res_spin_lock((void*)&lA+v); return 0; }
TC(off_var_spin){ struct selem*e=S(0); if(!e) return 0; u64 v=c->len&3; bpf_spin_lock((void*)e+v); return 0; }
TC(lock_hash){ int k=c->len; struct elem*e=bpf_map_lookup_elem(&hm,&k); if(!e) return 1; if(bpf_res_spin_lock(&e->lock)) return 2; e->cnt++; bpf_res_spin_unlock(&e->lock); return 0; }
TC(hash_const_key_nocheck){ int k=1; struct elem*e=bpf_map_lookup_elem(&hm,&k); if(bpf_res_spin_lock(&e->lock)) return 2; bpf_res_spin_unlock(&e->lock); return 0; }
TC(refacq){ struct objr*p=bpf_obj_new(struct objr),*q; if(!p) return 1; q=bpf_refcount_acquire_impl(p,0); if(!bpf_res_spin_lock(&q->lock)) bpf_res_spin_unlock(&q->lock); bpf_obj_drop(q); bpf_obj_drop(p); return 0; }
TC(refacq_same_lock_twice){ struct objr*p=bpf_obj_new(struct objr),*q; if(!p) return 1; q=bpf_refcount_acquire_impl(p,0); if(!bpf_res_spin_lock(&q->lock)){ if(!bpf_res_spin_lock(&p->lock)) bpf_res_spin_unlock(&p->lock); bpf_res_spin_unlock(&q->lock);} bpf_obj_drop(q); bpf_obj_drop(p); return 0; }
TC(kptr_rcu_lock){ int k=0; struct kv*v=bpf_map_lookup_elem(&kvm_,&k); if(!v) return 0; bpf_rcu_read_lock(); struct objr*o=v->p; if(!o){ bpf_rcu_read_unlock(); return 0;} bpf_res_spin_lock(&o->lock); bpf_rcu_read_unlock(); return 0; }
TC(obj_maybe_null){ struct objr*p=bpf_obj_new(struct objr); bpf_res_spin_lock(&p->lock); return 0; }
TC(rw_write_global){ *(volatile int*)&lA=1; return 0; }
TC(rw_read_global){ return *(volatile int*)&lA; }
TC(rw_atomic){ struct elem*e=E(0); if(!e) return 0; __sync_fetch_and_add((int*)&e->lock,1); return 0; }
TC(rw_memcpy_helper){ struct elem*e=E(0); if(!e) return 0; return bpf_skb_load_bytes(c,0,e,8); }
TC(rw_helper_src){ struct elem*e=E(0); int k=1; if(!e) return 0; return bpf_map_update_elem(&am,&k,e,0); }
TC(rw_helper_after){ struct elem*e=E(0); if(!e) return 0; return bpf_skb_load_bytes(c,0,&e->cnt,4); }
TC(aa_mixed){ unsigned long f; if(bpf_res_spin_lock(&lA)) return 1; if(!bpf_res_spin_lock_irqsave(&lA,&f)) bpf_res_spin_unlock_irqrestore(&lA,&f); bpf_res_spin_unlock(&lA); return 0; }
TC(aa_two_lookups){ struct elem*e=E(0),*f=E(0); if(!e||!f) return 0; if(bpf_res_spin_lock(&e->lock)) return 1; if(!bpf_res_spin_lock(&f->lock)) bpf_res_spin_unlock(&f->lock); bpf_res_spin_unlock(&e->lock); return 0; }
TC(aa_failure_retry){ if(bpf_res_spin_lock(&lA)){ if(bpf_res_spin_lock(&lA)) return 1; } bpf_res_spin_unlock(&lA); return 0; }
TC(ord_AB_BA){ if(!bpf_res_spin_lock(&lA)){ if(!bpf_res_spin_lock(&lB)) bpf_res_spin_unlock(&lB); bpf_res_spin_unlock(&lA);} if(!bpf_res_spin_lock(&lB)){ if(!bpf_res_spin_lock(&lA)) bpf_res_spin_unlock(&lA); bpf_res_spin_unlock(&lB);} return 0; }
TC(ord_mixed_nest){ unsigned long f,g; if(bpf_res_spin_lock_irqsave(&lA,&f)) return 1; if(!bpf_res_spin_lock(&lB)){ if(!bpf_res_spin_lock_irqsave(&lC,&g)) bpf_res_spin_unlock_irqrestore(&lC,&g); bpf_res_spin_unlock(&lB);} bpf_res_spin_unlock_irqrestore(&lA,&f); return 0; }
TC(ret_gt0_dead){ int r=bpf_res_spin_lock(&lA); if(r>0){ bpf_res_spin_unlock(&lB); return 1;} if(r) return 2; bpf_res_spin_unlock(&lA); return 0; }
TC(ret_eq_edeadlk){ int r=bpf_res_spin_lock(&lA); if(r==-35) return 1; bpf_res_spin_unlock(&lA); return 0; }
TC(ret_ge0){ int r=bpf_res_spin_lock(&lA); if(r>=0) bpf_res_spin_unlock(&lA); return 0; }
TC(ret_ternary){ long r=bpf_res_spin_lock(&lA); int ok = r==0 ? 1:0; barrier_varx(ok); if(ok) bpf_res_spin_unlock(&lA); return 0; }
TC(ret_spill32){ volatile int r=bpf_res_spin_lock(&lA); if(r) return 1; bpf_res_spin_unlock(&lA); return 0; }
TC(ret_via_map){ struct elem*e=E(0); if(!e) return 0; int r=bpf_res_spin_lock(&lA); *(volatile int*)&e->cnt=r; if(*(volatile int*)&e->cnt) return 1; bpf_res_spin_unlock(&lA); return 0; }
TC(retry8){ for(int i=0;i<8;i++){ if(!bpf_res_spin_lock(&lA)){ bpf_res_spin_unlock(&lA); return 1;} } return 0; }
TC(ring_ref_across_lock){ long*r=bpf_ringbuf_reserve(&rbuf,8,0); if(!r) return 0; if(!bpf_res_spin_lock(&lA)){ *r=1; bpf_res_spin_unlock(&lA);} bpf_ringbuf_submit(r,0); return 0; }
TC(submit_in_lock){ long*r=bpf_ringbuf_reserve(&rbuf,8,0); if(!r) return 0; if(!bpf_res_spin_lock(&lA)){ bpf_ringbuf_submit(r,0); bpf_res_spin_unlock(&lA); return 0;} bpf_ringbuf_submit(r,0); return 0; }
TC(rb_two_locks){ struct onode*n=bpf_obj_new(struct onode); if(!n) return 0; if(bpf_res_spin_lock(&tlock)){ bpf_obj_drop(n); return 1;} if(bpf_res_spin_lock(&ulock)){ bpf_res_spin_unlock(&tlock); bpf_obj_drop(n); return 1;} bpf_rbtree_add_impl(&troot,&n->n,less,0,0); bpf_res_spin_unlock(&ulock); bpf_res_spin_unlock(&tlock); return 0; }
TC(rb_wrong_lock){ struct onode*n=bpf_obj_new(struct onode); if(!n) return 0; if(bpf_res_spin_lock(&ulock)){ bpf_obj_drop(n); return 1;} bpf_rbtree_add_impl(&troot,&n->n,less,0,0); bpf_res_spin_unlock(&ulock); return 0; }
TC(rb_first_nolock){ struct bpf_rb_node*n=bpf_rbtree_first(&troot); return n!=0; }
TC(rb_remove_use_after){ struct bpf_rb_node*n; if(bpf_res_spin_lock(&tlock)) return 0; n=bpf_rbtree_first(&troot); if(!n){ bpf_res_spin_unlock(&tlock); return 0;} int k=((struct onode*)((char*)n-__builtin_offsetof(struct onode,n)))->k; n=bpf_rbtree_remove(&troot,n); bpf_res_spin_unlock(&tlock); if(n) bpf_obj_drop(((char*)n-__builtin_offsetof(struct onode,n))); return k; }
TC(rb_acquire_first){ struct bpf_rb_node*n; struct onode*o; if(bpf_res_spin_lock(&tlock)) return 0; n=bpf_rbtree_first(&troot); if(!n){ bpf_res_spin_unlock(&tlock); return 0;} o=bpf_refcount_acquire_impl((char*)n-__builtin_offsetof(struct onode,n),0); bpf_res_spin_unlock(&tlock); if(o) bpf_obj_drop(o); return 0; }
TC(rb_acquire_first_nocheck){ struct bpf_rb_node*n; struct onode*o; if(bpf_res_spin_lock(&tlock)) return 0; n=bpf_rbtree_first(&troot); if(!n){ bpf_res_spin_unlock(&tlock); return 0;} o=bpf_refcount_acquire_impl((char*)n-__builtin_offsetof(struct onode,n),0); bpf_res_spin_unlock(&tlock); bpf_obj_drop(o); return 0; }
TC(rb_remove_twice){ struct bpf_rb_node*n,*m; if(bpf_res_spin_lock(&tlock)) return 0; n=bpf_rbtree_first(&troot); if(!n){ bpf_res_spin_unlock(&tlock); return 0;} m=bpf_rbtree_remove(&troot,n); n=bpf_rbtree_remove(&troot,n); bpf_res_spin_unlock(&tlock); if(m) bpf_obj_drop(((char*)m-__builtin_offsetof(struct onode,n))); if(n) bpf_obj_drop(((char*)n-__builtin_offsetof(struct onode,n))); return 0; }
TC(rb_add_twice){ struct onode*n=bpf_obj_new(struct onode); if(!n) return 0; if(bpf_res_spin_lock(&tlock)){ bpf_obj_drop(n); return 1;} bpf_rbtree_add_impl(&troot,&n->n,less,0,0); bpf_rbtree_add_impl(&troot,&n->n,less,0,0); bpf_res_spin_unlock(&tlock); return 0; }
TC(rb_drop_nonowning){ struct onode*n=bpf_obj_new(struct onode); if(!n) return 0; if(bpf_res_spin_lock(&tlock)){ bpf_obj_drop(n); return 1;} bpf_rbtree_add_impl(&troot,&n->n,less,0,0); bpf_res_spin_unlock(&tlock); bpf_obj_drop(n); return 0; }
TC(rb_add_node_addr){ struct onode*n=bpf_obj_new(struct onode); if(!n) return 0; if(bpf_res_spin_lock(&tlock)){ bpf_obj_drop(n); return 1;} bpf_rbtree_add_impl(&troot,(void*)n,less,0,0); bpf_res_spin_unlock(&tlock); return 0; }
TC(rb_root_off){ struct onode*n=bpf_obj_new(struct onode); if(!n) return 0; if(bpf_res_spin_lock(&tlock)){ bpf_obj_drop(n); return 1;} bpf_rbtree_add_impl((void*)&troot+8,&n->n,less,0,0); bpf_res_spin_unlock(&tlock); return 0; }
TC(rb_root_var){ struct onode*n=bpf_obj_new(struct onode); if(!n) return 0; if(bpf_res_spin_lock(&tlock)){ bpf_obj_drop(n); return 1;} bpf_rbtree_add_impl((void*)&troot+(c->len&8),&n->n,less,0,0); bpf_res_spin_unlock(&tlock); return 0; }
TC(rb_root_is_stack){ long x=0; if(bpf_res_spin_lock(&tlock)) return 1; bpf_rbtree_first((void*)&x); bpf_res_spin_unlock(&tlock); return 0; }
static bool less_lock(struct bpf_rb_node *a, const struct bpf_rb_node *b){ if(!bpf_res_spin_lock(&ulock)) bpf_res_spin_unlock(&ulock); return 0; }
static bool less_leak(struct bpf_rb_node *a, const struct bpf_rb_node *b){ bpf_res_spin_lock(&ulock); return 0; }
static bool less_help(struct bpf_rb_node *a, const struct bpf_rb_node *b){ return bpf_ktime_get_ns()&1; }
static bool less_rcu(struct bpf_rb_node *a, const struct bpf_rb_node *b){ bpf_rcu_read_lock(); bpf_rcu_read_unlock(); return 0; }
static bool less_remove(struct bpf_rb_node *a, const struct bpf_rb_node *b){ struct bpf_rb_node*x=bpf_rbtree_remove(&troot,a); if(x) return 1; return 0; }
static bool less_first(struct bpf_rb_node *a, const struct bpf_rb_node *b){ return bpf_rbtree_first(&troot)!=0; }
#define ADDWITH(N_,f) TC(N_){ struct onode*o=bpf_obj_new(struct onode); if(!o) return 0; if(bpf_res_spin_lock(&tlock)){ bpf_obj_drop(o); return 1;} bpf_rbtree_add_impl(&troot,&o->n,f,0,0); bpf_res_spin_unlock(&tlock); return 0; }
ADDWITH(rb_less_lock,less_lock) ADDWITH(rb_less_leak,less_leak) ADDWITH(rb_less_help,less_help) ADDWITH(rb_less_rcu,less_rcu) ADDWITH(rb_less_remove,less_remove) ADDWITH(rb_less_first,less_first)
