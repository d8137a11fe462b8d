/* SPDX-License-Identifier: BSD-2-Clause */
#include "common.h"
/* sleepable: SEC syscall is always sleepable */
char ub[16];
struct foo { struct bpf_rb_node node; int key; struct task_struct __kptr_ *t; };
struct foo2 { struct bpf_list_node node; int key; };
struct objk { int q; };
struct mk { RL lock; struct task_struct __kptr_ *t; struct objk __kptr_ *o; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key,int); __type(value, struct mk);} mkm SEC(".maps");
private(RB) RL rlock; 
private(RB) struct bpf_rb_root rroot __contains(foo, node);
private(LI) RL llock;
private(LI) struct bpf_list_head lhead __contains(foo2, node);
private(OTHER) RL olock;
private(SRB) struct bpf_spin_lock srlock;
private(SRB) struct bpf_rb_root srroot __contains(foo, node);
struct mrb { RL lock; struct bpf_rb_root root __contains(foo, node); };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key,int); __type(value, struct mrb);} mrbm SEC(".maps");
static bool less(struct bpf_rb_node*a,const struct bpf_rb_node*b){ struct foo*x=container_of(a,struct foo,node),*y=container_of(b,struct foo,node); return x->key<y->key; }
static bool less_lock(struct bpf_rb_node*a,const struct bpf_rb_node*b){ if(!bpf_res_spin_lock(&olock)) bpf_res_spin_unlock(&olock); return 0; }
static bool less_unlock(struct bpf_rb_node*a,const struct bpf_rb_node*b){ bpf_res_spin_unlock(&rlock); return 0; }
static bool less_helper(struct bpf_rb_node*a,const struct bpf_rb_node*b){ return bpf_ktime_get_ns()&1; }
#define container_ofx(p,T,m) ((T*)((void*)(p)-offsetof(T,m)))
SEC("tc") int rb_add(struct __sk_buff *c){ struct foo*n=bpf_obj_new(struct foo); if(!n) return 1; n->key=3; if(bpf_res_spin_lock(&rlock)){ bpf_obj_drop(n); return 2;} bpf_rbtree_add_impl(&rroot,&n->node,less,0,0); bpf_res_spin_unlock(&rlock); return 0;}
SEC("tc") int rb_add_irqsave(struct __sk_buff *c){ unsigned long f; struct foo*n=bpf_obj_new(struct foo); if(!n) return 1; n->key=3; if(bpf_res_spin_lock_irqsave(&rlock,&f)){ bpf_obj_drop(n); return 2;} bpf_rbtree_add_impl(&rroot,&n->node,less,0,0); bpf_res_spin_unlock_irqrestore(&rlock,&f); return 0;}
SEC("tc") int rb_add_two_locks(struct __sk_buff *c){ struct foo*n=bpf_obj_new(struct foo); if(!n) return 1; if(bpf_res_spin_lock(&rlock)){ bpf_obj_drop(n); return 2;} if(bpf_res_spin_lock(&olock)){ bpf_res_spin_unlock(&rlock); bpf_obj_drop(n); return 3;} bpf_rbtree_add_impl(&rroot,&n->node,less,0,0); bpf_res_spin_unlock(&olock); bpf_res_spin_unlock(&rlock); return 0;}
SEC("tc") int rb_first_remove(struct __sk_buff *c){ struct bpf_rb_node*r; if(bpf_res_spin_lock(&rlock)) return 2; r=bpf_rbtree_first(&rroot); if(!r){ bpf_res_spin_unlock(&rlock); return 1;} r=bpf_rbtree_remove(&rroot,r); bpf_res_spin_unlock(&rlock); if(r) bpf_obj_drop(container_ofx(r,struct foo,node)); return 0;}
SEC("tc") int rb_nonown_after_unlock(struct __sk_buff *c){ struct bpf_rb_node*r; if(bpf_res_spin_lock(&rlock)) return 2; r=bpf_rbtree_first(&rroot); bpf_res_spin_unlock(&rlock); if(!r) return 1; return container_ofx(r,struct foo,node)->key;}
SEC("tc") int rb_nonown_after_inner_unlock(struct __sk_buff *c){ struct bpf_rb_node*r; int k=0; if(bpf_res_spin_lock(&rlock)) return 2; r=bpf_rbtree_first(&rroot); if(!r){ bpf_res_spin_unlock(&rlock); return 1;} if(!bpf_res_spin_lock(&olock)) bpf_res_spin_unlock(&olock); k=*(volatile int*)&container_ofx(r,struct foo,node)->key; bpf_res_spin_unlock(&rlock); return k;}
SEC("tc") int rb_less_unlocks(struct __sk_buff *c){ struct foo*n=bpf_obj_new(struct foo); if(!n) return 1; if(bpf_res_spin_lock(&rlock)){ bpf_obj_drop(n); return 2;} bpf_rbtree_add_impl(&rroot,&n->node,less_unlock,0,0); bpf_res_spin_unlock(&rlock); return 0;}
SEC("tc") int rb_less_helper(struct __sk_buff *c){ struct foo*n=bpf_obj_new(struct foo); if(!n) return 1; if(bpf_res_spin_lock(&rlock)){ bpf_obj_drop(n); return 2;} bpf_rbtree_add_impl(&rroot,&n->node,less_helper,0,0); bpf_res_spin_unlock(&rlock); return 0;}
SEC("tc") int rb_in_map_value(struct __sk_buff *c){ int k=0; struct mrb*m=bpf_map_lookup_elem(&mrbm,&k); if(!m) return 1; struct foo*n=bpf_obj_new(struct foo); if(!n) return 1; if(bpf_res_spin_lock(&m->lock)){ bpf_obj_drop(n); return 2;} bpf_rbtree_add_impl(&m->root,&n->node,less,0,0); bpf_res_spin_unlock(&m->lock); return 0;}
SEC("tc") int list_push(struct __sk_buff *c){ struct foo2*n=bpf_obj_new(struct foo2); if(!n) return 1; if(bpf_res_spin_lock(&llock)){ bpf_obj_drop(n); return 2;} bpf_list_push_front_impl(&lhead,&n->node,0,0); bpf_res_spin_unlock(&llock); return 0;}
SEC("tc") int list_push_nolock(struct __sk_buff *c){ struct foo2*n=bpf_obj_new(struct foo2); if(!n) return 1; bpf_list_push_front_impl(&lhead,&n->node,0,0); return 0;}
SEC("tc") int list_wronglock(struct __sk_buff *c){ struct bpf_list_node*n; if(bpf_res_spin_lock(&olock)) return 2; n=bpf_list_pop_front(&lhead); bpf_res_spin_unlock(&olock); if(n) bpf_obj_drop(container_ofx(n,struct foo2,node)); return 0;}
SEC("tc") int kptr_xchg_in_cs(struct __sk_buff *c){ int k=0; struct mk*m=bpf_map_lookup_elem(&mkm,&k); struct task_struct*o; if(!m) return 1; if(bpf_res_spin_lock(&m->lock)) return 2; o=bpf_kptr_xchg(&m->t,0); bpf_res_spin_unlock(&m->lock); if(o) bpf_task_release(o); return 0;}
SEC("tc") int kptr_release_in_cs(struct __sk_buff *c){ int k=0; struct mk*m=bpf_map_lookup_elem(&mkm,&k); struct task_struct*o; if(!m) return 1; if(bpf_res_spin_lock(&m->lock)) return 2; o=bpf_kptr_xchg(&m->t,0); if(o) bpf_task_release(o); bpf_res_spin_unlock(&m->lock); return 0;}
/* sleepable */
NI int g_sleep(int x){ bpf_copy_from_user(ub,8,(void*)(long)x); return x; }
NI int g_nosleep(int x){ barrier_varx(x); return x; }
SEC("syscall") int sl_res_irq_ok(void*c){ unsigned long f; if(bpf_res_spin_lock_irqsave(&lA,&f)) return 1; bpf_res_spin_unlock_irqrestore(&lA,&f); return 0;}
SEC("syscall") int sl_spin_ok(void*c){ bpf_spin_lock(&sA); bpf_spin_unlock(&sA); return 0;}
SEC("syscall") int sl_helper_in_res(void*c){ if(bpf_res_spin_lock(&lA)) return 1; bpf_copy_from_user(ub,8,0); bpf_res_spin_unlock(&lA); return 0;}
SEC("syscall") int sl_helper_in_preempt(void*c){ bpf_preempt_disable(); bpf_copy_from_user(ub,8,0); bpf_preempt_enable(); return 0;}
SEC("syscall") int sl_helper_in_rcu(void*c){ bpf_rcu_read_lock(); bpf_copy_from_user(ub,8,0); bpf_rcu_read_unlock(); return 0;}
SEC("syscall") int sl_helper_plain(void*c){ bpf_copy_from_user(ub,8,0); return 0;}
SEC("syscall") int sl_kfunc_in_irq(void*c){ unsigned long f; bpf_local_irq_save(&f); bpf_copy_from_user_str(ub,8,0,0); bpf_local_irq_restore(&f); return 0;}
SEC("syscall") int sl_kfunc_in_preempt(void*c){ bpf_preempt_disable(); bpf_copy_from_user_str(ub,8,0,0); bpf_preempt_enable(); return 0;}
SEC("syscall") int sl_global_in_preempt(void*c){ bpf_preempt_disable(); int r=g_sleep(*(int*)c); bpf_preempt_enable(); return r;}
SEC("syscall") int sl_global_in_rcu(void*c){ bpf_rcu_read_lock(); int r=g_sleep(*(int*)c); bpf_rcu_read_unlock(); return r;}
SEC("syscall") int sl_gnosleep_in_irq(void*c){ unsigned long f; bpf_local_irq_save(&f); int r=g_nosleep(*(int*)c); bpf_local_irq_restore(&f); return r;}/* keeps the types that __contains and __kptr_ name in BTF, whatever else is in this file */
SEC("tc") int keep_types(struct __sk_buff *c){ int k=0; struct mk*m=bpf_map_lookup_elem(&mkm,&k); long ids=bpf_core_type_id_local(struct foo)+bpf_core_type_id_local(struct foo2)+bpf_core_type_id_local(struct objk)+bpf_core_type_id_local(struct task_struct); if(!m) return 1; return ids!=0 && (m->t || m->o); }
