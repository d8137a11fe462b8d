/* SPDX-License-Identifier: BSD-2-Clause */
/* Dynptrs, ring buffers, allocated objects, kptrs, lists, timers, helper arguments: each program is one case. */
#include "general.h"
#define TC(n) SEC("tc") int n(struct __sk_buff *c)
RINGBUF_MAP(rb);
struct g_block { u8 b[64]; };
ARRAY_MAP(blocks, struct g_block, 2);
HASH_MAP(hm, u32, struct g_block, 8);
struct g_thing { u64 a; u32 b; };
struct g_cnt { u32 v; struct bpf_refcount r; };
struct g_lnode { u32 v; struct bpf_list_node link; };
struct g_slot { u64 n; struct g_thing KPTR *kept; struct g_cnt KPTR *cnt; struct g_thing PERCPU_KPTR *pc; };
ARRAY_MAP(slots, struct g_slot, 2);
struct g_tslot { struct task_struct KPTR *task; struct task_struct KPTR_UNTRUSTED *loose; };
ARRAY_MAP(tslots, struct g_tslot, 2);
PRIVATE(A) struct bpf_spin_lock la; PRIVATE(A) struct bpf_list_head lh CONTAINS(g_lnode, link);
struct g_timer { struct bpf_timer t; u64 n; };
ARRAY_MAP(timers, struct g_timer, 2);
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 4); __uint(key_size, 4); __uint(value_size, 4); } progs SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_QUEUE); __uint(max_entries, 4); __uint(value_size, 8); } queue SEC(".maps");
u64 sink; u8 table[32];
#define BLOCK u32 k = 0; struct bpf_dynptr d; struct g_block *v = bpf_map_lookup_elem(&blocks, &k); if (!v) return -9
#define LOCAL(n) bpf_dynptr_from_mem(v, n, 0, &d)
TC(dp_stack_mem){ u64 x[2]={}; struct bpf_dynptr d; return bpf_dynptr_from_mem(x,16,0,&d); }
TC(dp_uninit_read){ struct bpf_dynptr d; u32 y; return bpf_dynptr_read(&y,4,&d,0,0); }
TC(dp_overwrite){ BLOCK; LOCAL(8); *(volatile u64*)&d=0; u32 y; return bpf_dynptr_read(&y,4,&d,0,0); }
TC(dp_overwrite_second){ BLOCK; LOCAL(8); *((volatile u64*)&d+1)=0; u32 y; return bpf_dynptr_read(&y,4,&d,0,0); }
TC(dp_rb_overwrite){ struct bpf_dynptr d; bpf_ringbuf_reserve_dynptr(&rb,8,0,&d); *(volatile u64*)&d=0; bpf_ringbuf_discard_dynptr(&d,0); return 0; }
TC(dp_rb_reserve_twice){ struct bpf_dynptr d; bpf_ringbuf_reserve_dynptr(&rb,8,0,&d); bpf_ringbuf_reserve_dynptr(&rb,8,0,&d); bpf_ringbuf_discard_dynptr(&d,0); return 0; }
TC(dp_rb_leak){ struct bpf_dynptr d; bpf_ringbuf_reserve_dynptr(&rb,8,0,&d); return 0; }
TC(dp_local_submit){ BLOCK; LOCAL(8); bpf_ringbuf_submit_dynptr(&d,0); return 0; }
TC(dp_data_after_submit){ struct bpf_dynptr d; u8*p; bpf_ringbuf_reserve_dynptr(&rb,8,0,&d); p=bpf_dynptr_data(&d,0,4); if(!p){ bpf_ringbuf_discard_dynptr(&d,0); return 0;} bpf_ringbuf_submit_dynptr(&d,0); return *p; }
TC(dp_data_past){ BLOCK; LOCAL(32); u8*p=bpf_dynptr_data(&d,0,4); if(!p) return 0; return p[4]; }
TC(dp_read_raw){ BLOCK; LOCAL(32); return *(volatile u64*)&d; }
TC(dp_helper_over){ BLOCK; LOCAL(32); bpf_skb_load_bytes(c,0,&d,8); return 0; }
TC(dp_misaligned){ BLOCK; char buf[32]; return bpf_dynptr_from_mem(v,8,0,(void*)(buf+4)); }
TC(dp_not_stack){ BLOCK; return bpf_dynptr_from_mem(v,8,0,(void*)table); }
TC(dp_clone_local){ BLOCK; struct bpf_dynptr e; u32 y=0; LOCAL(32); bpf_dynptr_clone(&d,&e); bpf_dynptr_read(&y,4,&e,0,0); return y; }
TC(dp_clone_rb_release_clone){ struct bpf_dynptr d,e; bpf_ringbuf_reserve_dynptr(&rb,24,0,&d); bpf_dynptr_clone(&d,&e); bpf_ringbuf_submit_dynptr(&e,0); return 0; }
TC(dp_clone_uninit){ struct bpf_dynptr d,e; return bpf_dynptr_clone(&d,&e); }
TC(dp_slice_rdwr){ struct bpf_dynptr d; u8 b[8],*p; if(bpf_dynptr_from_skb(c,0,&d)) return 0; p=bpf_dynptr_slice_rdwr(&d,0,b,8); if(p) p[0]=1; return 0; }
TC(dp_slice_nobuf){ struct bpf_dynptr d; u8 *p; if(bpf_dynptr_from_skb(c,0,&d)) return 0; p=bpf_dynptr_slice(&d,0,0,8); return p?p[7]:1; }
TC(dp_slice_past){ struct bpf_dynptr d; u8 *p; if(bpf_dynptr_from_skb(c,0,&d)) return 0; p=bpf_dynptr_slice(&d,0,0,8); return p?p[8]:1; }
TC(dp_slice_varsize){ struct bpf_dynptr d; u8 b[8],*p; if(bpf_dynptr_from_skb(c,0,&d)) return 0; p=bpf_dynptr_slice(&d,0,b,c->len&7); return p?p[0]:1; }
TC(dp_slice_unchecked){ struct bpf_dynptr d; u8 b[8],*p; if(bpf_dynptr_from_skb(c,0,&d)) return 0; p=bpf_dynptr_slice(&d,0,b,8); return p[0]; }
SEC("cgroup_skb/ingress") int dp_cg_rdwr(struct __sk_buff*c){ struct bpf_dynptr d; u8 b[8],*p; if(bpf_dynptr_from_skb(c,0,&d)) return 0; p=bpf_dynptr_slice_rdwr(&d,0,b,8); return p!=0; }
SEC("xdp") int dp_xdp(struct xdp_md*c){ struct bpf_dynptr d; u8 b[8],*p; if(bpf_dynptr_from_xdp(c,0,&d)) return 0; p=bpf_dynptr_slice_rdwr(&d,0,b,8); if(!p) return 0; p[1]=2; return 1; }
SEC("xdp") int dp_xdp_from_skb(struct xdp_md*c){ struct bpf_dynptr d; return bpf_dynptr_from_skb((void*)c,0,&d); }
TC(dp_size_null){ BLOCK; LOCAL(100000); return bpf_dynptr_size(&d); }
TC(dp_loop_slices){ struct bpf_dynptr d; u8 b[8],*p; u32 s=0; if(bpf_dynptr_from_skb(c,0,&d)) return 0; for(u32 i=0;i<5;i++){ p=bpf_dynptr_slice(&d,i,b,4); if(!p) break; s+=p[0]; } return s; }
/* ring buffer */
TC(rb_discard_twice){ u64*s=bpf_ringbuf_reserve(&rb,8,0); if(!s) return 0; bpf_ringbuf_discard(s,0); bpf_ringbuf_discard(s,0); return 0; }
TC(rb_write_past){ u64*s=bpf_ringbuf_reserve(&rb,8,0); if(!s) return 0; s[1]=1; bpf_ringbuf_submit(s,0); return 0; }
TC(rb_submit_stack){ u64 x=0; bpf_ringbuf_submit(&x,0); return 0; }
TC(rb_output_uninit_size){ u64 x=0; return bpf_ringbuf_output(&rb,&x,c->len,0); }
TC(rb_query){ return bpf_ringbuf_query(&rb,0); }
TC(rb_lookup){ u32 k=0; return bpf_map_lookup_elem(&rb,&k)!=0; }
TC(rb_wrong_map){ u64*s=bpf_ringbuf_reserve(&blocks,8,0); if(s) bpf_ringbuf_discard(s,0); return 0; }
TC(queue_lookup){ u32 k=0; return bpf_map_lookup_elem(&queue,&k)!=0; }
TC(queue_push){ u64 x=1; return bpf_map_push_elem(&queue,&x,0); }
TC(queue_pop){ u64 x; if(bpf_map_pop_elem(&queue,&x)) return 0; return x; }
TC(array_push){ u64 x[8]={}; return bpf_map_push_elem(&blocks,&x,0); }
TC(tail_wrong_map){ bpf_tail_call(c,&blocks,0); return 0; }
TC(prog_lookup){ u32 k=0; return bpf_map_lookup_elem(&progs,&k)!=0; }
/* objects, kptrs */
TC(obj_use_after_drop){ struct g_thing*t=obj_new(struct g_thing); if(!t) return 0; obj_drop(t); return t->a; }
TC(obj_drop_twice){ struct g_thing*t=obj_new(struct g_thing); if(!t) return 0; obj_drop(t); obj_drop(t); return 0; }
TC(obj_drop_field){ struct g_thing*t=obj_new(struct g_thing); if(!t) return 0; obj_drop(&t->b); return 0; }
TC(obj_drop_stack){ u64 x=0; obj_drop(&x); return 0; }
TC(obj_read_past){ struct g_thing*t=obj_new(struct g_thing); if(!t) return 0; int r=*((volatile u32*)t+4); obj_drop(t); return r; }
TC(obj_write_past){ struct g_thing*t=obj_new(struct g_thing); if(!t) return 0; *((volatile u32*)t+4)=1; obj_drop(t); return 0; }
TC(refacq_plain){ struct g_thing*t=obj_new(struct g_thing); if(!t) return 0; struct g_thing*u=ref_acquire(t); obj_drop(t); return 0; }
TC(refacq_ok){ struct g_cnt*t=obj_new(struct g_cnt),*u; if(!t) return 0; u=ref_acquire(t); u->v=3; obj_drop(t); int r=u->v; obj_drop(u); return r; }
TC(refcount_write){ struct g_cnt*t=obj_new(struct g_cnt); if(!t) return 0; *(volatile u32*)&t->r=1; obj_drop(t); return 0; }
TC(node_write){ struct g_lnode*t=obj_new(struct g_lnode); if(!t) return 0; *(volatile u64*)&t->link=1; obj_drop(t); return 0; }
#define SLOT u32 k = 0; struct g_slot *s = bpf_map_lookup_elem(&slots, &k); if (!s) return -2
TC(kp_wrong_type){ SLOT; struct g_cnt*t=obj_new(struct g_cnt); if(!t) return 0; void*o=bpf_kptr_xchg(&s->kept,t); if(o) obj_drop(o); return 0; }
TC(kp_wrong_off){ SLOT; struct g_thing*t=obj_new(struct g_thing); if(!t) return 0; void*o=bpf_kptr_xchg(&s->n,t); if(o) obj_drop(o); return 0; }
TC(kp_unowned){ SLOT; bpf_rcu_read_lock(); struct g_thing*t=s->kept; void*o=bpf_kptr_xchg(&s->kept,t); bpf_rcu_read_unlock(); if(o) obj_drop(o); return 0; }
TC(kp_store){ SLOT; struct g_thing*t=obj_new(struct g_thing); if(!t) return 0; s->kept=t; return 0; }
TC(kp_store_null){ SLOT; s->kept=0; return 0; }
TC(kp_read_norcu_unchecked){ SLOT; return s->kept->b; }
TC(kp_percpu){ SLOT; struct g_thing*t=percpu_obj_new(struct g_thing),*o; if(!t) return 0; o=bpf_kptr_xchg(&s->pc,t); if(o) percpu_obj_drop(o); return 0; }
TC(kp_percpu_read){ SLOT; struct g_thing*p,*q; int r=0; bpf_rcu_read_lock(); p=s->pc; if(p){ q=bpf_this_cpu_ptr(p); q->a++; r=q->a; q=bpf_per_cpu_ptr(p,0); if(q) r+=q->b; } bpf_rcu_read_unlock(); return r; }
TC(kp_task_untrusted_xchg){ u32 k=0; struct g_tslot*s=bpf_map_lookup_elem(&tslots,&k); if(!s) return 0; struct task_struct*o=bpf_kptr_xchg(&s->loose,0); if(o) bpf_task_release(o); return 0; }
TC(kp_task_rcu){ u32 k=0; struct g_tslot*s=bpf_map_lookup_elem(&tslots,&k); struct task_struct*t; int r=0; if(!s) return 0; bpf_rcu_read_lock(); t=s->task; if(t) r=t->pid; bpf_rcu_read_unlock(); return r; }
TC(kp_task_acquire){ u32 k=0; struct g_tslot*s=bpf_map_lookup_elem(&tslots,&k); struct task_struct*t,*a; if(!s) return 0; bpf_rcu_read_lock(); t=s->task; if(!t){ bpf_rcu_read_unlock(); return 0;} a=bpf_task_acquire(t); bpf_rcu_read_unlock(); if(a) bpf_task_release(a); return 0; }
TC(kp_task_wrong_kind){ u32 k=0; struct g_tslot*s=bpf_map_lookup_elem(&tslots,&k); if(!s) return 0; struct cgroup*g=bpf_cgroup_from_id(1); if(!g) return 0; void*o=bpf_kptr_xchg(&s->task,(void*)g); if(o) bpf_task_release(o); return 0; }
TC(task_unchecked){ struct task_struct*t=bpf_task_from_pid(1); sink=t->pid; bpf_task_release(t); return 0; }
TC(task_release_unchecked){ struct task_struct*t=bpf_task_from_pid(1); bpf_task_release(t); return 0; }
TC(task_released_read){ struct task_struct*t=bpf_task_from_pid(1); if(!t) return 0; bpf_task_release(t); return t->pid; }
TC(task_write){ struct task_struct*t=bpf_task_from_pid(1); if(!t) return 0; t->pid=1; bpf_task_release(t); return 0; }
TC(task_acquire_ref){ struct task_struct*t=bpf_task_from_pid(1),*u; if(!t) return 0; u=bpf_task_acquire(t); bpf_task_release(t); if(u) bpf_task_release(u); return 0; }
TC(cpumask_in_tc){ struct bpf_cpumask*m=bpf_cpumask_create(); if(!m) return 0; bpf_cpumask_release(m); return 0; }
/* lists */
TC(list_push_leak_front){ struct bpf_list_node*n; bpf_spin_lock(&la); n=bpf_list_front(&lh); bpf_spin_unlock(&la); return n!=0; }
TC(list_pop_leak){ struct bpf_list_node*n; bpf_spin_lock(&la); n=bpf_list_pop_front(&lh); bpf_spin_unlock(&la); return 0; }
TC(list_push_null){ struct g_lnode*n=obj_new(struct g_lnode); bpf_spin_lock(&la); bpf_list_push_front_impl(&lh,&n->link,0,0); bpf_spin_unlock(&la); return 0; }
TC(list_push_twice){ struct g_lnode*n=obj_new(struct g_lnode); if(!n) return 0; bpf_spin_lock(&la); bpf_list_push_front_impl(&lh,&n->link,0,0); bpf_list_push_front_impl(&lh,&n->link,0,0); bpf_spin_unlock(&la); return 0; }
TC(list_front_read){ struct bpf_list_node*n; int r=0; bpf_spin_lock(&la); n=bpf_list_front(&lh); if(n) r=holder(n,struct g_lnode,link)->v; bpf_spin_unlock(&la); return r; }
TC(list_head_direct){ return *(volatile u32*)&lh; }
/* timers */
static int tcb(void *m, u32 *k, struct g_timer *t){ t->n++; return 0; }
static int tcb_lock(void *m, u32 *k, struct g_timer *t){ bpf_spin_lock(&la); return 0; }
static int tcb_ref(void *m, u32 *k, struct g_timer *t){ void*p=bpf_ringbuf_reserve(&rb,8,0); return 0; }
#define TMR u32 k=0; struct g_timer*t=bpf_map_lookup_elem(&timers,&k); if(!t) return 0
TC(timer_full){ TMR; bpf_timer_init(&t->t,&timers,1); bpf_timer_set_callback(&t->t,tcb); bpf_timer_start(&t->t,1000,0); return bpf_timer_cancel(&t->t); }
TC(timer_leaks_lock){ TMR; bpf_timer_set_callback(&t->t,tcb_lock); return 0; }
TC(timer_leaks_ref){ TMR; bpf_timer_set_callback(&t->t,tcb_ref); return 0; }
TC(timer_off){ TMR; return bpf_timer_init((void*)t+4,&timers,1); }
TC(timer_var){ TMR; return bpf_timer_start((void*)t+(c->len&8),1,0); }
/* misc helpers */
TC(snprintf_ok){ char b[32]; u64 a[2]={1,2}; static const char f[]="%d %d"; return bpf_snprintf(b,32,f,a,16); }
TC(snprintf_few){ char b[32]; u64 a[1]={1}; static const char f[]="%d %d"; return bpf_snprintf(b,32,f,a,8); }
TC(snprintf_badfmt){ char b[32]; u64 a[1]={1}; static const char f[]="%y"; return bpf_snprintf(b,32,f,a,8); }
TC(snprintf_stackfmt){ char b[32]; u64 a[1]={1}; char f[4]="%d"; return bpf_snprintf(b,32,f,a,8); }
TC(snprintf_size){ char b[32]; u64 a[1]={1}; static const char f[]="%d"; return bpf_snprintf(b,32,f,a,7); }
TC(strncmp_ok){ char b[4]="ab"; static const char f[]="abc"; return bpf_strncmp(b,4,f); }
TC(strncmp_stack){ char b[4]="ab",f[4]="x"; return bpf_strncmp(b,4,f); }
TC(strtol){ char b[4]="12"; long r=0; return bpf_strtol(b,4,0,&r)+r; }
TC(cpu_index){ u32 i=bpf_get_smp_processor_id(); u8*t=table; HIDE(t); return t[i]; }
TC(helper_null_mem){ return bpf_csum_diff(0,0,0,0,0); }
TC(helper_neg_size){ u8 b[8]; int n=c->len; if(n>8) return 0; return bpf_skb_load_bytes(c,0,b,n); }
TC(helper_zero_size){ u8 b[8]; u32 n=c->len&7; return bpf_skb_load_bytes(c,0,b,n); }
TC(helper_big){ u8 b[8]; u32 n=c->len&15; if(!n) return 0; return bpf_skb_load_bytes(c,0,b,n); }
TC(helper_ctx_off){ u8 b[8]; return bpf_skb_load_bytes((void*)c+4,0,b,8); }
TC(helper_pkt_mem){ u32*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; if(d+1>e) return 0; return bpf_map_lookup_elem(&hm,d)!=0; }
TC(helper_pkt_short){ u8*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; if(d+2>e) return 0; return bpf_map_lookup_elem(&hm,d)!=0; }
TC(pkt_after_helper){ u8*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; if(d+2>e) return 0; bpf_skb_pull_data(c,20); return d[0]; }
static NI int pulls(struct __sk_buff*c){ return bpf_skb_pull_data(c,20); }
NI int gpulls(struct __sk_buff*c){ return bpf_skb_pull_data(c,20); }
TC(pkt_after_sub){ u8*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; if(d+2>e) return 0; pulls(c); return d[0]; }
TC(pkt_after_global){ u8*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; if(d+2>e) return 0; gpulls(c); return d[0]; }
