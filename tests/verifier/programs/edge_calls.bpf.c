/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments of helpers and kfuncs that do not fit, or just do: each program is one case. */
#include "general.h"
#define TC(n) SEC("tc") int n(struct __sk_buff *c)
struct value { u64 a, b; char text[16]; };
struct timed { struct bpf_timer timer; u64 x; };
struct locked { struct bpf_spin_lock lock; u64 x; };
struct item { struct bpf_list_node list; u64 x; };
struct tree { struct bpf_rb_node rb; u64 x; };
struct refd { struct bpf_refcount ref; struct bpf_rb_node rb; struct bpf_list_node list; u64 x; };
struct plain { u64 a, b; };
struct big { u64 a[100]; };
struct kept { struct plain KPTR *p; struct task_struct KPTR *t; struct task_struct KPTR_UNTRUSTED *u; u64 x; };
ARRAY_MAP(values, struct value, 4);
ARRAY_MAP(timers, struct timed, 4);
ARRAY_MAP(locks, struct locked, 4);
ARRAY_MAP(kepts, struct kept, 4);
HASH_MAP(hashed, u64, struct value, 4);
RINGBUF_MAP(rb);
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, u32); __type(value, struct value); __uint(map_flags, BPF_F_RDONLY_PROG); } readable SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 2); __type(key, u32); __type(value, struct value); __uint(map_flags, BPF_F_WRONLY_PROG); } writable SEC(".maps");
PRIVATE(A) struct bpf_spin_lock glock;
PRIVATE(A) struct bpf_list_head head CONTAINS(item, list);
PRIVATE(A) struct bpf_rb_root root CONTAINS(tree, rb);
PRIVATE(B) struct bpf_spin_lock rlock;
PRIVATE(B) struct bpf_rb_root rroot CONTAINS(refd, rb);
const char text[] = "hello"; const char text_end[4] = {'a','b','c','d'}; char writable_text[] = "hello";
u64 sink; u32 number;
/* texts */
TC(t_const){ char b[6]="hello"; return bpf_strncmp(b,5,text); }
TC(t_stack){ char b[6]="hello"; return bpf_strncmp(b,5,b); }
TC(t_data){ char b[6]="hello"; return bpf_strncmp(b,5,writable_text); }
TC(t_no_end){ char b[6]="hello"; return bpf_strncmp(b,5,text_end); }
TC(t_variable){ char b[6]="hello"; return bpf_strncmp(b,5,text+(c->len&3)); }
TC(t_offset){ char b[6]="hello"; return bpf_strncmp(b,5,text+2); }
TC(t_hash){ u64 k=0; struct value*v=bpf_map_lookup_elem(&hashed,&k); char b[6]="hello"; return v?bpf_strncmp(b,5,v->text):0; }
TC(t_snprintf){ char b[16]; u64 a[1]={3}; return bpf_snprintf(b,sizeof(b),text,a,8); }
TC(t_snprintf_stack){ char b[16]; u64 a[1]={3}; return bpf_snprintf(b,sizeof(b),b,a,8); }
TC(t_snprintf_args){ char b[16]; static const char f[]="%d %d"; u64 a[1]={3}; return bpf_snprintf(b,sizeof(b),f,a,8); }
TC(t_snprintf_bad){ char b[16]; static const char f[]="%y"; u64 a[1]={3}; return bpf_snprintf(b,sizeof(b),f,a,8); }
/* timers */
static int on_timer(void*m,u32*k,struct timed*v){ return 0; }
static int on_timer_one(void*m,u32*k,struct timed*v){ return 1; }
TC(tm_ok){ u32 k=0; struct timed*t=bpf_map_lookup_elem(&timers,&k); if(!t) return 0; bpf_timer_init(&t->timer,&timers,1); bpf_timer_set_callback(&t->timer,on_timer); return bpf_timer_start(&t->timer,0,0); }
TC(tm_ret_one){ u32 k=0; struct timed*t=bpf_map_lookup_elem(&timers,&k); if(!t) return 0; bpf_timer_init(&t->timer,&timers,1); return bpf_timer_set_callback(&t->timer,on_timer_one); }
TC(tm_no_timer){ u32 k=0; struct value*t=bpf_map_lookup_elem(&values,&k); return t?bpf_timer_cancel((void*)t):0; }
TC(tm_wrong_off){ u32 k=0; struct timed*t=bpf_map_lookup_elem(&timers,&k); return t?bpf_timer_cancel((void*)&t->x):0; }
TC(tm_var_off){ u32 k=0; struct timed*t=bpf_map_lookup_elem(&timers,&k); return t?bpf_timer_cancel((void*)t+(c->len&8)):0; }
TC(tm_other_map){ u32 k=0; struct timed*t=bpf_map_lookup_elem(&timers,&k); return t?bpf_timer_init(&t->timer,&values,1):0; }
TC(tm_stack){ struct bpf_timer t={}; return bpf_timer_cancel(&t); }
TC(tm_touch){ u32 k=0; struct timed*t=bpf_map_lookup_elem(&timers,&k); return t?*(u64*)t:0; }
TC(tm_helper_touch){ u32 k=0; struct timed*t=bpf_map_lookup_elem(&timers,&k); return t?bpf_skb_load_bytes(c,0,t,8):0; }
/* flags of maps */
TC(mf_write){ u32 k=0; struct value*v=bpf_map_lookup_elem(&readable,&k); if(v) v->a=1; return 0; }
TC(mf_read_ro){ u32 k=0; struct value*v=bpf_map_lookup_elem(&readable,&k); return v?v->a:0; }
TC(mf_read){ u32 k=0; struct value*v=bpf_map_lookup_elem(&writable,&k); return v?v->a:0; }
TC(mf_write_wo){ u32 k=0; struct value*v=bpf_map_lookup_elem(&writable,&k); if(v) v->a=1; return 0; }
TC(mf_update_ro){ u32 k=0; struct value v={}; return bpf_map_update_elem(&readable,&k,&v,0); }
TC(mf_helper_write){ u32 k=0; struct value*v=bpf_map_lookup_elem(&readable,&k); return v?bpf_skb_load_bytes(c,0,v,8):0; }
TC(mf_atomic_ro){ u32 k=0; struct value*v=bpf_map_lookup_elem(&readable,&k); if(v) __sync_fetch_and_add(&v->a,1); return 0; }
TC(mf_helper_read_wo){ u32 k=0; struct value*v=bpf_map_lookup_elem(&writable,&k); return v?bpf_skb_store_bytes(c,0,v,8,0):0; }
/* packets and helpers */
TC(pk_helper){ void*d=BEGIN(c),*e=END(c); if(d+8>e) return 0; return bpf_map_update_elem(&values,d,d,0); }
TC(pk_lookup){ void*d=BEGIN(c),*e=END(c); if(d+4>e) return 0; return bpf_map_lookup_elem(&values,d)!=0; }
TC(pk_lookup_short){ void*d=BEGIN(c),*e=END(c); if(d+3>e) return 0; return bpf_map_lookup_elem(&values,d)!=0; }
TC(pk_output){ void*d=BEGIN(c),*e=END(c); if(d+8>e) return 0; return bpf_ringbuf_output(&rb,d,8,0); }
TC(pk_load_into){ void*d=BEGIN(c),*e=END(c); if(d+8>e) return 0; return bpf_skb_load_bytes(c,0,d,8); }
TC(pk_trace){ void*d=BEGIN(c),*e=END(c); if(d+8>e) return 0; return bpf_trace_printk(d,8); }
TC(pk_csum){ void*d=BEGIN(c),*e=END(c); if(d+8>e) return 0; return bpf_csum_diff(d,4,d+4,4,0); }
TC(pk_dynptr){ void*d=BEGIN(c),*e=END(c); struct bpf_dynptr p; if(d+8>e) return 0; return bpf_dynptr_from_mem(d,8,0,&p); }
/* NULL that may be */
TC(n_kptr){ u32 k=0; struct kept*v=bpf_map_lookup_elem(&kepts,&k); if(!v) return 0; struct plain*p=bpf_kptr_xchg(&v->p,0); if(p) obj_drop(p); return 0; }
TC(n_kptr_untested){ u32 k=0; struct kept*v=bpf_map_lookup_elem(&kepts,&k); if(!v) return 0; struct plain*p=bpf_kptr_xchg(&v->p,0); obj_drop(p); return 0; }
TC(n_kptr_store_null){ u32 k=0; struct kept*v=bpf_map_lookup_elem(&kepts,&k); if(!v) return 0; v->p=0; return 0; }
TC(n_kptr_store_one){ u32 k=0; struct kept*v=bpf_map_lookup_elem(&kepts,&k); if(!v) return 0; *(u64*)&v->u=1; return 0; }
TC(n_kptr_u_null){ u32 k=0; struct kept*v=bpf_map_lookup_elem(&kepts,&k); if(!v) return 0; v->u=0; return 0; }
TC(n_kptr_var){ u32 k=0; struct kept*v=bpf_map_lookup_elem(&kepts,&k); if(!v) return 0; struct plain*p=bpf_kptr_xchg((void*)v+(c->len&8),0); return p!=0; }
TC(n_kptr_no){ u32 k=0; struct value*v=bpf_map_lookup_elem(&values,&k); if(!v) return 0; struct plain*p=bpf_kptr_xchg((void*)v,0); return p!=0; }
TC(n_kptr_off){ u32 k=0; struct kept*v=bpf_map_lookup_elem(&kepts,&k); if(!v) return 0; struct plain*p=bpf_kptr_xchg((void*)&v->x,0); return p!=0; }
TC(n_kptr_short){ u32 k=0; struct kept*v=bpf_map_lookup_elem(&kepts,&k); return v?*(u32*)&v->p:0; }
TC(n_kptr_misaligned){ u32 k=0; struct kept*v=bpf_map_lookup_elem(&kepts,&k); return v?*(u32*)((char*)&v->p+4):0; }
TC(n_kptr_read){ u32 k=0; struct kept*v=bpf_map_lookup_elem(&kepts,&k); if(!v) return 0; struct task_struct*t=v->u; return t?t->pid:0; }
TC(n_kptr_helper){ u32 k=0; struct kept*v=bpf_map_lookup_elem(&kepts,&k); return v?bpf_skb_load_bytes(c,0,v,8):0; }
TC(n_kptr_xchg_wrong){ u32 k=0; struct kept*v=bpf_map_lookup_elem(&kepts,&k); if(!v) return 0; struct item*n=obj_new(struct item); if(!n) return 0; void*o=bpf_kptr_xchg(&v->p,(void*)n); if(o) obj_drop(o); return 0; }
/* objects */
TC(ob_ok){ struct plain*p=obj_new(struct plain); if(!p) return 0; p->a=1; obj_drop(p); return 0; }
TC(ob_untested){ struct plain*p=obj_new(struct plain); p->a=1; return 0; }
TC(ob_untested_drop){ struct plain*p=obj_new(struct plain); obj_drop(p); return 0; }
TC(ob_after){ struct plain*p=obj_new(struct plain); if(!p) return 0; obj_drop(p); return p->a; }
TC(ob_twice){ struct plain*p=obj_new(struct plain); if(!p) return 0; obj_drop(p); obj_drop(p); return 0; }
TC(ob_off){ struct plain*p=obj_new(struct plain); if(!p) return 0; obj_drop((void*)p+8); return 0; }
TC(ob_beyond){ struct plain*p=obj_new(struct plain); if(!p) return 0; u64 r=((u64*)p)[2]; obj_drop(p); return r; }
TC(ob_stack_drop){ struct plain p={}; obj_drop(&p); return 0; }
TC(ob_ctx_drop){ obj_drop(c); return 0; }
TC(ob_map_drop){ u32 k=0; struct value*v=bpf_map_lookup_elem(&values,&k); if(v) obj_drop(v); return 0; }
TC(ob_bad_id){ void*p=bpf_obj_new_impl(0xffffff,0); if(p) obj_drop(p); return 0; }
TC(ob_huge_id){ void*p=bpf_obj_new_impl(0x1ffffffffull,0); if(p) obj_drop(p); return 0; }
TC(ob_unknown_id){ void*p=bpf_obj_new_impl(c->len,0); if(p) obj_drop(p); return 0; }
TC(ob_int_id){ void*p=bpf_obj_new_impl(bpf_core_type_id_local(int),0); if(p) obj_drop(p); return 0; }
TC(pc_ok){ struct plain*p=percpu_obj_new(struct plain); if(!p) return 0; percpu_obj_drop(p); return 0; }
TC(pc_big){ struct big*p=percpu_obj_new(struct big); if(!p) return 0; percpu_obj_drop(p); return 0; }
TC(pc_special){ struct item*p=percpu_obj_new(struct item); if(!p) return 0; percpu_obj_drop(p); return 0; }
TC(pc_kptr){ struct kept*p=percpu_obj_new(struct kept); if(!p) return 0; percpu_obj_drop(p); return 0; }
TC(pc_cross){ struct plain*p=percpu_obj_new(struct plain); if(!p) return 0; obj_drop(p); return 0; }
TC(pc_cross_back){ struct plain*p=obj_new(struct plain); if(!p) return 0; percpu_obj_drop(p); return 0; }
TC(pc_deref){ struct plain*p=percpu_obj_new(struct plain); if(!p) return 0; u64 r=p->a; percpu_obj_drop(p); return r; }
TC(rf_none){ struct item*p=obj_new(struct item); if(!p) return 0; struct item*q=ref_acquire(p); obj_drop(p); if(q) obj_drop(q); return 0; }
TC(rf_ok){ struct refd*p=obj_new(struct refd); if(!p) return 0; struct refd*q=ref_acquire(p); obj_drop(p); if(q) obj_drop(q); return 0; }
TC(rf_untested){ struct refd*p=obj_new(struct refd); if(!p) return 0; struct refd*q=ref_acquire(p); q->x=1; obj_drop(p); obj_drop(q); return 0; }
TC(rf_leak){ struct refd*p=obj_new(struct refd); if(!p) return 0; struct refd*q=ref_acquire(p); obj_drop(p); return 0; }
TC(rf_stack){ struct refd p={}; struct refd*q=ref_acquire(&p); if(q) obj_drop(q); return 0; }
TC(rf_map){ u32 k=0; struct value*v=bpf_map_lookup_elem(&values,&k); if(!v) return 0; struct refd*q=ref_acquire(v); if(q) obj_drop(q); return 0; }
/* casts */
TC(rc_ok){ struct sk_buff*s=bpf_rdonly_cast(c,bpf_core_type_id_kernel(struct sk_buff)); return s->len; }
TC(rc_int){ u32*s=bpf_rdonly_cast(c,bpf_core_type_id_kernel(int)); return *s; }
TC(rc_void){ u32*s=bpf_rdonly_cast(c,0); return *s; }
TC(rc_unknown){ u32*s=bpf_rdonly_cast(c,0xffffff); return *s; }
TC(rc_write){ struct sk_buff*s=bpf_rdonly_cast(c,bpf_core_type_id_kernel(struct sk_buff)); s->len=1; return 0; }
TC(rc_void_write){ u32*s=bpf_rdonly_cast(c,0); *s=1; return 0; }
TC(kc_ok){ struct sk_buff*s=bpf_cast_to_kern_ctx(c); return s->len; }
TC(kc_wrong){ u64 x=0; struct sk_buff*s=bpf_cast_to_kern_ctx(&x); return s->len; }
TC(kc_scalar){ struct sk_buff*s=bpf_cast_to_kern_ctx((void*)7); return s->len; }
/* the context is no memory */
TC(cx_memory){ return bpf_ringbuf_output(&rb,c,8,0); }
TC(cx_memory_written){ return bpf_probe_read_kernel(c,8,0); }
SEC("syscall") int cx_syscall_memory(void*c){ return bpf_ringbuf_output(&rb,c,8,0); }
SEC("syscall") int cx_syscall_written(void*c){ return bpf_probe_read_kernel(c,8,0); }
TC(cx_number){ return bpf_ringbuf_output(&rb,(void*)(long)c->len,8,0); }
