/* SPDX-License-Identifier: BSD-2-Clause */
#include "common.h"
struct ln2 { struct bpf_rb_node node; struct bpf_res_spin_lock lock; int v; };
private(QQ) struct bpf_res_spin_lock ql;
private(QQ) struct bpf_rb_root qroot __contains(ln2, node);
static bool less(struct bpf_rb_node*a,const struct bpf_rb_node*b){ return 0; }
#define cofx(p,T,m) ((T*)((void*)(p)-offsetof(T,m)))
SEC("tc") int qnonown(struct __sk_buff*c){ struct bpf_rb_node*n; if(bpf_res_spin_lock(&ql)) return 1; n=bpf_rbtree_first(&qroot); if(n){ struct ln2*l=cofx(n,struct ln2,node); if(!bpf_res_spin_lock(&l->lock)) bpf_res_spin_unlock(&l->lock);} bpf_res_spin_unlock(&ql); return 0; }
SEC("tc") int qremoved_lock(struct __sk_buff*c){ struct bpf_rb_node*n; if(bpf_res_spin_lock(&ql)) return 1; n=bpf_rbtree_first(&qroot); if(!n){ bpf_res_spin_unlock(&ql); return 1;} n=bpf_rbtree_remove(&qroot,n); bpf_res_spin_unlock(&ql); if(!n) return 3; struct ln2*l=cofx(n,struct ln2,node); if(!bpf_res_spin_lock(&l->lock)) bpf_res_spin_unlock(&l->lock); bpf_obj_drop(l); return 0; }
/* keeps the type that __contains names in BTF */
SEC("tc") int keep_types(struct __sk_buff *c){ return bpf_core_type_id_local(struct ln2) != 0; }
