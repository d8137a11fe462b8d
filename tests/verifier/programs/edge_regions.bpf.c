/* SPDX-License-Identifier: BSD-2-Clause */
/* Callbacks, lists and trees, iterators, dynptrs, functions: what is refused and what just passes. Each program is one case. */
#include "general.h"
#define TC(n) SEC("tc") int n(struct __sk_buff *c)
struct value { u64 a, b; };
struct item { struct bpf_list_node list; u64 x; };
struct tree { struct bpf_rb_node rb; u64 x; };
struct both { struct bpf_refcount ref; struct bpf_rb_node rb; struct bpf_list_node list; u64 x; };
ARRAY_MAP(values, struct value, 4);
HASH_MAP(hashed, u64, struct value, 4);
RINGBUF_MAP(rb);
PRIVATE(A) struct bpf_spin_lock glock;
PRIVATE(A) struct bpf_list_head head CONTAINS(item, list);
PRIVATE(A) struct bpf_rb_root root CONTAINS(tree, rb);
PRIVATE(B) struct bpf_spin_lock rlock;
PRIVATE(B) struct bpf_rb_root rroot CONTAINS(both, rb);
PRIVATE(B) struct bpf_list_head rhead CONTAINS(both, list);
u64 sink;
static bool less(struct bpf_rb_node*a,const struct bpf_rb_node*b){ return holder(a,struct tree,rb)->x<holder(b,struct tree,rb)->x; }
static bool less_unlocks(struct bpf_rb_node*a,const struct bpf_rb_node*b){ bpf_spin_unlock(&glock); return 0; }
static bool less_locks(struct bpf_rb_node*a,const struct bpf_rb_node*b){ bpf_spin_lock(&rlock); bpf_spin_unlock(&rlock); return 0; }
static bool less_rcu(struct bpf_rb_node*a,const struct bpf_rb_node*b){ bpf_rcu_read_lock(); bpf_rcu_read_unlock(); return 0; }
static bool less_writes(struct bpf_rb_node*a,const struct bpf_rb_node*b){ holder(a,struct tree,rb)->x=1; return 0; }
static bool less_helper(struct bpf_rb_node*a,const struct bpf_rb_node*b){ return bpf_get_prandom_u32()&1; }
static bool less_removes(struct bpf_rb_node*a,const struct bpf_rb_node*b){ struct bpf_rb_node*n=bpf_rbtree_first(&root); return n!=0; }
static bool less_adds(struct bpf_rb_node*a,const struct bpf_rb_node*b){ struct tree*t=holder(a,struct tree,rb); bpf_rbtree_add_impl(&root,&t->rb,less,0,0); return 0; }
static bool less_two(struct bpf_rb_node*a,const struct bpf_rb_node*b){ u64 r=holder(a,struct tree,rb)->x; asm volatile("%0 = 7":"=r"(r)); return *(volatile char*)&r; }
#define ADD(fn) struct tree*t=obj_new(struct tree); if(!t) return 0; bpf_spin_lock(&glock); bpf_rbtree_add_impl(&root,&t->rb,fn,0,0); bpf_spin_unlock(&glock); return 0
TC(tr_ok){ ADD(less); }
TC(tr_unlocks){ ADD(less_unlocks); }
TC(tr_locks){ ADD(less_locks); }
TC(tr_rcu){ ADD(less_rcu); }
TC(tr_writes){ ADD(less_writes); }
TC(tr_helper){ ADD(less_helper); }
TC(tr_first_in_cb){ ADD(less_removes); }
TC(tr_add_in_cb){ ADD(less_adds); }
TC(tr_in_rcu){ struct tree*t=obj_new(struct tree); if(!t) return 0; bpf_rcu_read_lock(); bpf_spin_lock(&glock); bpf_rbtree_add_impl(&root,&t->rb,less_rcu,0,0); bpf_spin_unlock(&glock); bpf_rcu_read_unlock(); return 0; }
TC(tr_unlocked){ struct tree*t=obj_new(struct tree); if(!t) return 0; bpf_rbtree_add_impl(&root,&t->rb,less,0,0); return 0; }
TC(tr_wrong_lock){ struct tree*t=obj_new(struct tree); if(!t) return 0; bpf_spin_lock(&rlock); bpf_rbtree_add_impl(&root,&t->rb,less,0,0); bpf_spin_unlock(&rlock); return 0; }
TC(tr_wrong_type){ struct both*t=obj_new(struct both); if(!t) return 0; bpf_spin_lock(&glock); bpf_rbtree_add_impl(&root,&t->rb,less,0,0); bpf_spin_unlock(&glock); return 0; }
TC(tr_wrong_off){ struct tree*t=obj_new(struct tree); if(!t) return 0; bpf_spin_lock(&glock); bpf_rbtree_add_impl(&root,(void*)t+8,less,0,0); bpf_spin_unlock(&glock); return 0; }
TC(tr_var_off){ struct tree*t=obj_new(struct tree); if(!t) return 0; bpf_spin_lock(&glock); bpf_rbtree_add_impl(&root,(void*)t+(c->len&8),less,0,0); bpf_spin_unlock(&glock); return 0; }
TC(tr_add_twice){ struct tree*t=obj_new(struct tree); if(!t) return 0; bpf_spin_lock(&glock); bpf_rbtree_add_impl(&root,&t->rb,less,0,0); bpf_rbtree_add_impl(&root,&t->rb,less,0,0); bpf_spin_unlock(&glock); return 0; }
TC(tr_use_in_lock){ struct tree*t=obj_new(struct tree); if(!t) return 0; bpf_spin_lock(&glock); bpf_rbtree_add_impl(&root,&t->rb,less,0,0); t->x=5; bpf_spin_unlock(&glock); return 0; }
TC(tr_use_after){ struct tree*t=obj_new(struct tree); if(!t) return 0; bpf_spin_lock(&glock); bpf_rbtree_add_impl(&root,&t->rb,less,0,0); bpf_spin_unlock(&glock); return t->x; }
TC(tr_drop_nonown){ struct tree*t=obj_new(struct tree); if(!t) return 0; bpf_spin_lock(&glock); bpf_rbtree_add_impl(&root,&t->rb,less,0,0); obj_drop(t); bpf_spin_unlock(&glock); return 0; }
TC(tr_root_stack){ struct bpf_rb_root r={}; struct tree*t=obj_new(struct tree); if(!t) return 0; bpf_rbtree_add_impl(&r,&t->rb,less,0,0); return 0; }
TC(tr_root_off){ struct tree*t=obj_new(struct tree); if(!t) return 0; bpf_spin_lock(&glock); bpf_rbtree_add_impl((void*)&root+8,&t->rb,less,0,0); bpf_spin_unlock(&glock); return 0; }
TC(tr_root_list){ struct tree*t=obj_new(struct tree); if(!t) return 0; bpf_spin_lock(&glock); bpf_rbtree_add_impl((void*)&head,&t->rb,less,0,0); bpf_spin_unlock(&glock); return 0; }
TC(tr_first){ u64 r=0; bpf_spin_lock(&glock); struct bpf_rb_node*n=bpf_rbtree_first(&root); if(n) r=holder(n,struct tree,rb)->x; bpf_spin_unlock(&glock); return r; }
TC(tr_first_untested){ bpf_spin_lock(&glock); struct bpf_rb_node*n=bpf_rbtree_first(&root); u64 r=holder(n,struct tree,rb)->x; bpf_spin_unlock(&glock); return r; }
TC(tr_remove){ bpf_spin_lock(&glock); struct bpf_rb_node*n=bpf_rbtree_first(&root); if(!n){ bpf_spin_unlock(&glock); return 0; } n=bpf_rbtree_remove(&root,n); bpf_spin_unlock(&glock); if(n) obj_drop(holder(n,struct tree,rb)); return 0; }
TC(tr_remove_leak){ bpf_spin_lock(&glock); struct bpf_rb_node*n=bpf_rbtree_first(&root); if(!n){ bpf_spin_unlock(&glock); return 0; } n=bpf_rbtree_remove(&root,n); bpf_spin_unlock(&glock); return 0; }
TC(tr_remove_untested){ bpf_spin_lock(&glock); struct bpf_rb_node*n=bpf_rbtree_first(&root); n=bpf_rbtree_remove(&root,n); bpf_spin_unlock(&glock); return 0; }
TC(tr_remove_owned){ struct tree*t=obj_new(struct tree); if(!t) return 0; bpf_spin_lock(&glock); struct bpf_rb_node*n=bpf_rbtree_remove(&root,&t->rb); bpf_spin_unlock(&glock); obj_drop(t); return n!=0; }
TC(tr_remove_after_unlock){ bpf_spin_lock(&glock); struct bpf_rb_node*n=bpf_rbtree_first(&root); bpf_spin_unlock(&glock); if(!n) return 0; bpf_spin_lock(&glock); n=bpf_rbtree_remove(&root,n); bpf_spin_unlock(&glock); return 0; }
TC(tr_left){ u64 r=0; bpf_spin_lock(&glock); struct bpf_rb_node*n=bpf_rbtree_root(&root); if(n) n=bpf_rbtree_left(&root,n); if(n) r=holder(n,struct tree,rb)->x; bpf_spin_unlock(&glock); return r; }
TC(tr_left_untested){ bpf_spin_lock(&glock); struct bpf_rb_node*n=bpf_rbtree_root(&root); n=bpf_rbtree_left(&root,n); bpf_spin_unlock(&glock); return n!=0; }
TC(li_ok){ struct item*i=obj_new(struct item); if(!i) return 0; bpf_spin_lock(&glock); bpf_list_push_front_impl(&head,&i->list,0,0); bpf_spin_unlock(&glock); return 0; }
TC(li_unlocked){ struct item*i=obj_new(struct item); if(!i) return 0; bpf_list_push_back_impl(&head,&i->list,0,0); return 0; }
TC(li_wrong_root){ struct item*i=obj_new(struct item); if(!i) return 0; bpf_spin_lock(&glock); bpf_list_push_back_impl((void*)&root,&i->list,0,0); bpf_spin_unlock(&glock); return 0; }
TC(li_wrong_type){ struct both*i=obj_new(struct both); if(!i) return 0; bpf_spin_lock(&glock); bpf_list_push_back_impl(&head,&i->list,0,0); bpf_spin_unlock(&glock); return 0; }
TC(li_pop){ bpf_spin_lock(&glock); struct bpf_list_node*n=bpf_list_pop_front(&head); bpf_spin_unlock(&glock); if(!n) return 0; struct item*i=holder(n,struct item,list); u64 r=i->x; obj_drop(i); return r; }
TC(li_pop_leak){ bpf_spin_lock(&glock); struct bpf_list_node*n=bpf_list_pop_back(&head); bpf_spin_unlock(&glock); return n!=0; }
TC(li_pop_untested){ bpf_spin_lock(&glock); struct bpf_list_node*n=bpf_list_pop_back(&head); bpf_spin_unlock(&glock); obj_drop(holder(n,struct item,list)); return 0; }
TC(li_pop_wrong_drop){ bpf_spin_lock(&glock); struct bpf_list_node*n=bpf_list_pop_front(&head); bpf_spin_unlock(&glock); if(!n) return 0; obj_drop((void*)n+8); return 0; }
TC(li_front){ u64 r=0; bpf_spin_lock(&glock); struct bpf_list_node*n=bpf_list_front(&head); if(n) r=holder(n,struct item,list)->x; bpf_spin_unlock(&glock); return r; }
TC(li_front_drop){ bpf_spin_lock(&glock); struct bpf_list_node*n=bpf_list_front(&head); if(n) obj_drop(holder(n,struct item,list)); bpf_spin_unlock(&glock); return 0; }
TC(li_two_roots){ struct both*b=obj_new(struct both),*d; if(!b) return 0; d=ref_acquire(b); bpf_spin_lock(&rlock); bpf_list_push_back_impl(&rhead,&b->list,0,0); bpf_spin_unlock(&rlock); if(d) obj_drop(d); return 0; }
TC(lk_two){ bpf_spin_lock(&glock); bpf_spin_lock(&rlock); bpf_spin_unlock(&rlock); bpf_spin_unlock(&glock); return 0; }
TC(lk_other){ bpf_spin_lock(&glock); bpf_spin_unlock(&rlock); return 0; }
TC(lk_new_in){ bpf_spin_lock(&glock); struct item*i=obj_new(struct item); bpf_spin_unlock(&glock); if(i) obj_drop(i); return 0; }
TC(lk_stack){ struct bpf_spin_lock l={}; bpf_spin_lock(&l); bpf_spin_unlock(&l); return 0; }
TC(lk_value){ u32 k=0; struct value*v=bpf_map_lookup_elem(&values,&k); if(!v) return 0; bpf_spin_lock((void*)v); bpf_spin_unlock((void*)v); return 0; }
TC(lk_exit){ bpf_spin_lock(&glock); return 0; }
TC(lk_touch){ bpf_spin_lock(&glock); sink=*(volatile u32*)&glock; bpf_spin_unlock(&glock); return 0; }
/* iterators */
TC(it_ok){ struct bpf_iter_num it; u64 s=0; int*v; bpf_iter_num_new(&it,0,5); while((v=bpf_iter_num_next(&it))) s+=*v; bpf_iter_num_destroy(&it); return s; }
TC(it_no_destroy){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,5); return 0; }
TC(it_no_new){ struct bpf_iter_num it; bpf_iter_num_next(&it); return 0; }
TC(it_destroy_no_new){ struct bpf_iter_num it={}; bpf_iter_num_destroy(&it); return 0; }
TC(it_twice){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,5); bpf_iter_num_new(&it,0,5); bpf_iter_num_destroy(&it); return 0; }
TC(it_destroy_twice){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,5); bpf_iter_num_destroy(&it); bpf_iter_num_destroy(&it); return 0; }
TC(it_wrong_kind){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,5); bpf_iter_bits_destroy((void*)&it); return 0; }
TC(it_next_after){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,5); bpf_iter_num_destroy(&it); bpf_iter_num_next(&it); return 0; }
TC(it_untested){ struct bpf_iter_num it; int r; bpf_iter_num_new(&it,0,5); r=*bpf_iter_num_next(&it); bpf_iter_num_destroy(&it); return r; }
TC(it_keep){ struct bpf_iter_num it; int*v; bpf_iter_num_new(&it,0,5); v=bpf_iter_num_next(&it); bpf_iter_num_destroy(&it); return v?*v:0; }
TC(it_write){ struct bpf_iter_num it; int*v; bpf_iter_num_new(&it,0,5); v=bpf_iter_num_next(&it); if(v) *v=1; bpf_iter_num_destroy(&it); return 0; }
TC(it_map){ u32 k=0; struct value*v=bpf_map_lookup_elem(&values,&k); if(!v) return 0; bpf_iter_num_new((void*)v,0,5); bpf_iter_num_destroy((void*)v); return 0; }
TC(it_touch){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,5); sink=*(volatile u64*)&it; bpf_iter_num_destroy(&it); return 0; }
TC(it_over){ struct bpf_iter_num it; bpf_iter_num_new(&it,0,5); *(volatile u64*)&it=0; bpf_iter_num_destroy(&it); return 0; }
TC(it_misaligned){ char b[24]; bpf_iter_num_new((void*)b+4,0,5); bpf_iter_num_destroy((void*)b+4); return 0; }
TC(it_nested){ struct bpf_iter_num a,b; u64 s=0; bpf_iter_num_new(&a,0,3); while(bpf_iter_num_next(&a)){ int*v; bpf_iter_num_new(&b,0,3); while((v=bpf_iter_num_next(&b))) s+=*v; bpf_iter_num_destroy(&b); } bpf_iter_num_destroy(&a); return s; }
TC(it_bits){ u64 m=5,s=0; int*v; struct bpf_iter_bits it; bpf_iter_bits_new(&it,&m,1); while((v=bpf_iter_bits_next(&it))) s+=*v; bpf_iter_bits_destroy(&it); return s; }
TC(it_break){ struct bpf_iter_num it; int*v,r=0; bpf_iter_num_new(&it,0,100); while((v=bpf_iter_num_next(&it))){ if(*v==7){ r=1; break; } } bpf_iter_num_destroy(&it); return r; }
TC(it_leave){ struct bpf_iter_num it; int*v; bpf_iter_num_new(&it,0,100); while((v=bpf_iter_num_next(&it))){ if(*v==7) return 1; } bpf_iter_num_destroy(&it); return 0; }
/* dynptrs */
TC(dy_ok){ struct bpf_dynptr d; u64 x=0; bpf_dynptr_from_skb(c,0,&d); bpf_dynptr_read(&x,8,&d,0,0); return x; }
TC(dy_uninit){ struct bpf_dynptr d; u64 x=0; bpf_dynptr_read(&x,8,&d,0,0); return x; }
TC(dy_zero){ struct bpf_dynptr d={}; u64 x=0; bpf_dynptr_read(&x,8,&d,0,0); return x; }
TC(dy_over){ struct bpf_dynptr d; u64 x=0; bpf_dynptr_from_skb(c,0,&d); *(volatile u64*)&d=1; bpf_dynptr_read(&x,8,&d,0,0); return x; }
TC(dy_touch){ struct bpf_dynptr d; bpf_dynptr_from_skb(c,0,&d); return *(volatile u64*)&d; }
TC(dy_slice){ struct bpf_dynptr d; u64 b; bpf_dynptr_from_skb(c,0,&d); u64*p=bpf_dynptr_slice(&d,0,&b,8); return p?*p:0; }
TC(dy_slice_untested){ struct bpf_dynptr d; u64 b; bpf_dynptr_from_skb(c,0,&d); u64*p=bpf_dynptr_slice(&d,0,&b,8); return *p; }
TC(dy_slice_write){ struct bpf_dynptr d; u64 b; bpf_dynptr_from_skb(c,0,&d); u64*p=bpf_dynptr_slice(&d,0,&b,8); if(p) *p=1; return 0; }
TC(dy_slice_over){ struct bpf_dynptr d; u64 b; bpf_dynptr_from_skb(c,0,&d); u64*p=bpf_dynptr_slice(&d,0,&b,8); return p?p[1]:0; }
TC(dy_slice_var){ struct bpf_dynptr d; char b[16]; bpf_dynptr_from_skb(c,0,&d); u64*p=bpf_dynptr_slice(&d,0,b,c->len&15); return p!=0; }
TC(dy_slice_short_buf){ struct bpf_dynptr d; u64 b; bpf_dynptr_from_skb(c,0,&d); u64*p=bpf_dynptr_slice(&d,0,&b,16); return p!=0; }
TC(dy_slice_null_buf){ struct bpf_dynptr d; bpf_dynptr_from_skb(c,0,&d); u64*p=bpf_dynptr_slice(&d,0,0,8); return p?*p:0; }
TC(dy_slice_probe){ struct bpf_dynptr d; u64 b; bpf_dynptr_from_skb(c,0,&d); void*p=bpf_dynptr_slice(&d,0,&b,8); return p?bpf_skb_load_bytes(c,0,p,8):0; }
TC(dy_slice_stale){ struct bpf_dynptr d; u64 b,x=0; bpf_dynptr_from_skb(c,0,&d); u64*p=bpf_dynptr_slice(&d,0,&b,8); if(!p) return 0; bpf_skb_store_bytes(c,0,&x,8,0); return *p; }
TC(dy_data_skb){ struct bpf_dynptr d; bpf_dynptr_from_skb(c,0,&d); u64*p=bpf_dynptr_data(&d,0,8); return p?*p:0; }
TC(dy_rb_ok){ struct bpf_dynptr d; bpf_ringbuf_reserve_dynptr(&rb,8,0,&d); bpf_ringbuf_submit_dynptr(&d,0); return 0; }
TC(dy_rb_leak){ struct bpf_dynptr d; bpf_ringbuf_reserve_dynptr(&rb,8,0,&d); return 0; }
TC(dy_rb_twice){ struct bpf_dynptr d; bpf_ringbuf_reserve_dynptr(&rb,8,0,&d); bpf_ringbuf_submit_dynptr(&d,0); bpf_ringbuf_submit_dynptr(&d,0); return 0; }
TC(dy_rb_skb){ struct bpf_dynptr d; bpf_dynptr_from_skb(c,0,&d); bpf_ringbuf_submit_dynptr(&d,0); return 0; }
TC(dy_rb_over){ struct bpf_dynptr d; bpf_ringbuf_reserve_dynptr(&rb,8,0,&d); bpf_dynptr_from_skb(c,0,&d); bpf_ringbuf_submit_dynptr(&d,0); return 0; }
TC(dy_rb_data){ struct bpf_dynptr d; u64*p; bpf_ringbuf_reserve_dynptr(&rb,8,0,&d); p=bpf_dynptr_data(&d,0,8); if(p) *p=1; bpf_ringbuf_submit_dynptr(&d,0); return 0; }
TC(dy_rb_data_after){ struct bpf_dynptr d; u64*p; bpf_ringbuf_reserve_dynptr(&rb,8,0,&d); p=bpf_dynptr_data(&d,0,8); bpf_ringbuf_submit_dynptr(&d,0); if(p) *p=1; return 0; }
TC(dy_rb_data_var){ struct bpf_dynptr d; u64*p; bpf_ringbuf_reserve_dynptr(&rb,8,0,&d); p=bpf_dynptr_data(&d,0,c->len); bpf_ringbuf_submit_dynptr(&d,0); return 0; }
TC(dy_reinit){ struct bpf_dynptr d; bpf_dynptr_from_skb(c,0,&d); bpf_dynptr_from_skb(c,0,&d); return 0; }
TC(dy_stack_mem){ struct bpf_dynptr d; u64 x=0; return bpf_dynptr_from_mem(&x,8,0,&d); }
TC(dy_map_mem){ u32 k=0; struct bpf_dynptr d; struct value*v=bpf_map_lookup_elem(&values,&k); return v?bpf_dynptr_from_mem(v,16,0,&d):0; }
TC(dy_map_mem_over){ u32 k=0; struct bpf_dynptr d; struct value*v=bpf_map_lookup_elem(&values,&k); return v?bpf_dynptr_from_mem(v,17,0,&d):0; }
TC(dy_clone){ struct bpf_dynptr d,e; bpf_dynptr_from_skb(c,0,&d); bpf_dynptr_clone(&d,&e); return bpf_dynptr_size(&e); }
TC(dy_clone_uninit){ struct bpf_dynptr d,e; bpf_dynptr_clone(&d,&e); return bpf_dynptr_size(&e); }
TC(dy_clone_rb){ struct bpf_dynptr d,e; bpf_ringbuf_reserve_dynptr(&rb,8,0,&d); bpf_dynptr_clone(&d,&e); bpf_ringbuf_submit_dynptr(&d,0); return bpf_dynptr_size(&e); }
TC(dy_adjust){ struct bpf_dynptr d; bpf_dynptr_from_skb(c,0,&d); return bpf_dynptr_adjust(&d,2,4); }
TC(dy_misaligned){ char b[32]; return bpf_dynptr_from_skb(c,0,(void*)b+4); }
TC(dy_map){ u32 k=0; struct value*v=bpf_map_lookup_elem(&values,&k); return v?bpf_dynptr_from_skb(c,0,(void*)v):0; }
