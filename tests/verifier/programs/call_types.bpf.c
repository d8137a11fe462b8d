/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets, map types, arguments of global functions, iterators and loops: each program is one case. */
#include "general.h"
#define TC(n) SEC("tc") int n(struct __sk_buff *c)
RINGBUF_MAP(rb);
struct g_pair { u32 a, b; };
ARRAY_MAP(pairs, struct g_pair, 4);
HASH_MAP(hm, u32, struct g_pair, 8);
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 2); __type(key, u32); __array(values, struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key, u32); __type(value, struct g_pair); }); } outer SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 2); __type(key, u32); __type(value, u64); } pca SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_LRU_HASH); __uint(max_entries, 2); __type(key, u32); __type(value, u64); } lru SEC(".maps");
u64 sink; u8 table[32];
#define TUPLE struct bpf_sock_tuple t = {}
#define LOOKUP(c) bpf_sk_lookup_tcp(c, &t, sizeof(t.ipv4), BPF_F_CURRENT_NETNS, 0)
TC(sk_ok){ TUPLE; struct bpf_sock*s=LOOKUP(c); if(!s) return 0; int r=s->family; bpf_sk_release(s); return r; }
TC(sk_leak){ TUPLE; struct bpf_sock*s=LOOKUP(c); if(!s) return 0; return s->family; }
TC(sk_ignored){ TUPLE; LOOKUP(c); return 0; }
TC(sk_twice){ TUPLE; struct bpf_sock*s=LOOKUP(c); if(!s) return 0; bpf_sk_release(s); bpf_sk_release(s); return 0; }
TC(sk_use_after){ TUPLE; struct bpf_sock*s=LOOKUP(c); if(!s) return 0; bpf_sk_release(s); return s->family; }
TC(sk_fullsock_release_wrong){ TUPLE; struct bpf_sock*s=LOOKUP(c),*f; if(!s) return 0; f=bpf_sk_fullsock(s); if(!f){ bpf_sk_release(s); return 0;} bpf_sk_release(f); return s->family; }
TC(sk_ctx_fullsock){ struct bpf_sock*s=c->sk,*f; if(!s) return 0; f=bpf_sk_fullsock(s); return f?f->mark:0; }
TC(sk_ctx_mark){ struct bpf_sock*s=c->sk; if(!s) return 0; return s->mark; }
TC(sk_tcp){ struct bpf_sock*s=c->sk; struct bpf_tcp_sock*t; if(!s) return 0; t=bpf_tcp_sock(s); return t?t->snd_cwnd:0; }
TC(sk_listener){ struct bpf_sock*s=c->sk,*l; if(!s) return 0; l=bpf_get_listener_sock(s); return l?l->family:0; }
TC(sk_off){ struct bpf_sock*s=c->sk; if(!s) return 0; return bpf_tcp_sock((void*)s+4)!=0; }
TC(sk_skc){ TUPLE; struct bpf_sock*s=bpf_skc_lookup_tcp(c,&t,sizeof(t.ipv4),BPF_F_CURRENT_NETNS,0); if(!s) return 0; int r=s->family; bpf_sk_release(s); return r; }
TC(sk_skc_mark){ TUPLE; struct bpf_sock*s=bpf_skc_lookup_tcp(c,&t,sizeof(t.ipv4),BPF_F_CURRENT_NETNS,0); if(!s) return 0; int r=s->mark; bpf_sk_release(s); return r; }
/* maps */
TC(m_outer){ u32 k=0; void*i=bpf_map_lookup_elem(&outer,&k); if(!i) return 0; struct g_pair*p=bpf_map_lookup_elem(i,&k); return p?p->a:0; }
TC(m_outer_const_key){ u32 k=0; void*i=bpf_map_lookup_elem(&outer,&k); if(!i) return 0; struct g_pair*p=bpf_map_lookup_elem(i,&k); return p->a; }
TC(m_percpu_const){ u32 k=1; u64*p=bpf_map_lookup_elem(&pca,&k); return *p; }
TC(m_const_oob){ u32 k=9; struct g_pair*p=bpf_map_lookup_elem(&pairs,&k); return p->a; }
TC(m_const_key64){ u64 k=1; struct g_pair*p=bpf_map_lookup_elem(&pairs,&k); return p->a; }
TC(m_key_upper){ u32 a[2]={0,1}; struct g_pair*p=bpf_map_lookup_elem(&pairs,&a[1]); return p->a; }
TC(m_key_zero_upper){ u32 a[2]={5,0}; struct g_pair*p=bpf_map_lookup_elem(&pairs,&a[1]); return p->a; }
TC(m_lru){ u32 k=0; u64*p=bpf_map_lookup_elem(&lru,&k); if(!p) return 0; *p=1; return bpf_map_delete_elem(&lru,&k); }
TC(m_update_short){ u32 k=0; u64 x=0; return bpf_map_update_elem(&pairs,&k,&x,0); }
TC(m_update_uninit_map){ u32 k=0; u64 x=0; return bpf_map_update_elem((void*)table,&k,&x,0); }
TC(m_pcl){ u32 k=0; u64*p=bpf_map_lookup_percpu_elem(&pca,&k,0); return p?*p:0; }
TC(m_pcl_wrong){ u32 k=0; u64*p=bpf_map_lookup_percpu_elem(&pairs,&k,0); return p?*p:0; }
static long eachcb(struct bpf_map*m,u32*k,u64*v,void*x){ return 0; }
static long eachcb2(struct bpf_map*m,u32*k,u64*v,void*x){ bpf_map_delete_elem(m,k); return 0; }
static long eachret(struct bpf_map*m,u32*k,u64*v,void*x){ return 3; }
static long eachread(struct bpf_map*m,u32*k,u64*v,u64*x){ *x+=*v; return 0; }
TC(e_lru){ return bpf_for_each_map_elem(&lru,eachcb,0,0); }
TC(e_del){ return bpf_for_each_map_elem(&hm,eachcb2,0,0); }
TC(e_ret){ return bpf_for_each_map_elem(&hm,eachret,0,0); }
TC(e_pca){ u64 s=0; bpf_for_each_map_elem(&pca,eachread,&s,0); return s; }
TC(e_outer){ return bpf_for_each_map_elem(&outer,eachcb,0,0); }
TC(e_ringbuf){ return bpf_for_each_map_elem(&rb,eachcb,0,0); }
TC(e_ctx_null_used){ return bpf_for_each_map_elem(&pca,eachread,0,0); }
TC(e_ctx_mapval){ return bpf_for_each_map_elem(&pca,eachread,(void*)&sink,0); }
/* global functions */
NI int g_pair(struct g_pair*p){ return p?p->a:0; }
NI int g_pair_nn(struct g_pair*p ARG_TAG("nonnull")){ return p->b; }
NI int g_write(u64*p){ if(p) *p=1; return 0; }
NI int g_ctx(struct __sk_buff*c){ return c->len; }
NI int g_ctx_tag(void*c ARG_TAG("ctx")){ return ((struct __sk_buff*)c)->mark; }
NI int g_dyn(struct bpf_dynptr*d){ return bpf_dynptr_size(d); }
NI int g_num(u64 x){ return x*2; }
NI int g_ptr_ret(void){ return (long)&sink; }
NI void g_void(int x){ sink=x; }
NI u64 g_use_ret(u64 x){ return x&15; }
TC(gf_stack){ struct g_pair p={1,2}; return g_pair(&p); }
TC(gf_stack_short){ u32 x=1; return g_pair((void*)&x); }
TC(gf_mapval){ u32 k=c->len; return g_pair(bpf_map_lookup_elem(&hm,&k)); }
TC(gf_mapval_nn){ u32 k=c->len; return g_pair_nn(bpf_map_lookup_elem(&hm,&k)); }
TC(gf_null_nn){ return g_pair_nn(0); }
TC(gf_scalar_as_ptr){ return g_pair((void*)(long)c->len); }
TC(gf_ptr_as_num){ return g_num((u64)c); }
TC(gf_ctx){ return g_ctx(c)+g_ctx_tag(c); }
TC(gf_ctx_off){ return g_ctx((void*)c+4); }
TC(gf_ctx_stack){ u64 x=0; return g_ctx((void*)&x); }
TC(gf_write_rdonly){ static const u64 ro=5; return g_write((u64*)&ro); }
TC(gf_write_ok){ u64 x=0; g_write(&x); return x; }
TC(gf_pkt){ u64*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; if(d+1>e) return 0; return g_write(d); }
TC(gf_pkt_after){ u64*d=(void*)(long)c->data,*e=(void*)(long)c->data_end; if(d+1>e) return 0; g_num(1); return *d; }
TC(gf_dyn_local){ struct bpf_dynptr d; bpf_dynptr_from_skb(c,0,&d); return g_dyn(&d); }
TC(gf_void){ g_void(1); return 0; }
TC(gf_ret_index){ u8*t=table; HIDE(t); return t[g_use_ret(c->len)]; }
TC(gf_ringmem){ struct g_pair*p=bpf_ringbuf_reserve(&rb,8,0); if(!p) return 0; int r=g_pair(p); bpf_ringbuf_discard(p,0); return r; }
static NI int s_ret_stack(u64**o){ u64 x; HIDE(x); *o=&x; return 0; }
static NI u64*s_get_stack(void){ u64 x=1; u64*p=&x; HIDE(p); return p; }
TC(st_ret_stack){ u64*p=s_get_stack(); return *p; }
TC(st_spill_callee_ptr){ u64*p=0; s_ret_stack(&p); return p!=0; }
/* iterators */
TC(it_bits){ struct bpf_iter_bits it; u64 w=5; int*p,n=0; bpf_iter_bits_new(&it,&w,1); while((p=bpf_iter_bits_next(&it))) n+=*p; bpf_iter_bits_destroy(&it); return n; }
TC(it_bits_as_num){ struct bpf_iter_bits it; u64 w=5; bpf_iter_bits_new(&it,&w,1); bpf_iter_num_next((void*)&it); bpf_iter_bits_destroy(&it); return 0; }
TC(it_nested){ struct bpf_iter_num a,b; int*p,*q,n=0; bpf_iter_num_new(&a,0,5); while((p=bpf_iter_num_next(&a))){ bpf_iter_num_new(&b,0,*p); while((q=bpf_iter_num_next(&b))) n+=*q; bpf_iter_num_destroy(&b);} bpf_iter_num_destroy(&a); return n; }
TC(it_index){ struct bpf_iter_num a; int*p; u8*t=table; HIDE(t); u32 n=0; bpf_iter_num_new(&a,0,32); while((p=bpf_iter_num_next(&a))) { u32 i=*p; if(i<32) n+=t[i]; } bpf_iter_num_destroy(&a); return n; }
TC(it_index_unchecked){ struct bpf_iter_num a; int*p; u8*t=table; HIDE(t); u32 n=0; bpf_iter_num_new(&a,0,32); while((p=bpf_iter_num_next(&a))) n+=t[*p]; bpf_iter_num_destroy(&a); return n; }
TC(it_counter_bound){ struct bpf_iter_num a; u8*t=table; HIDE(t); u32 i=0,n=0; bpf_iter_num_new(&a,0,20); while(bpf_iter_num_next(&a)) { n+=t[i]; i++; } bpf_iter_num_destroy(&a); return n; }
TC(it_task_norcu){ struct bpf_iter_task it; struct task_struct*t; bpf_iter_task_new(&it,0,0); while((t=bpf_iter_task_next(&it))) sink+=t->pid; bpf_iter_task_destroy(&it); return 0; }
static NI int it_sub(struct bpf_iter_num*it){ int*p=bpf_iter_num_next(it); return p?*p:-1; }
TC(it_sub_ok){ struct bpf_iter_num a; bpf_iter_num_new(&a,0,3); int r=it_sub(&a); bpf_iter_num_destroy(&a); return r; }
/* loops */
static int cbx(u32 i,u64*x){ *x=i; return 0; }
static int cbstop(u32 i,void*x){ return 1; }
static int cbptr(u32 i,u64**x){ **x=1; return 0; }
TC(lp_null_ctx_used){ return bpf_loop(3,cbx,0,0); }
TC(lp_zero){ u64 x=7; bpf_loop(0,cbx,&x,0); return x; }
TC(lp_unknown_init){ u64 x; bpf_loop(3,cbx,&x,0); return x; }
TC(lp_ptr_ctx){ u64 y=0,*p=&y; bpf_loop(3,cbptr,&p,0); return y; }
TC(lp_ctx_mapval){ bpf_loop(3,cbx,&sink,0); return 0; }
TC(lp_big){ return bpf_loop(1<<24,cbstop,0,0); }
TC(lp_flags){ return bpf_loop(3,cbstop,0,5); }
static int cbnest(u32 i,void*x){ u64 y; bpf_loop(i,cbx,&y,0); return 0; }
TC(lp_nest){ bpf_loop(10,cbnest,0,0); return 0; }
static int cbidx(u32 i,void*x){ u8*t=table; HIDE(t); if(i<32) sink+=t[i]; return 0; }
TC(lp_idx){ bpf_loop(100,cbidx,0,0); return 0; }
static int cbref(u32 i,void*x){ u64*s=bpf_ringbuf_reserve(&rb,8,0); if(s) bpf_ringbuf_discard(s,0); return 0; }
static int cbrefleak(u32 i,void*x){ u64*s=bpf_ringbuf_reserve(&rb,8,0); return 0; }
TC(lp_ref){ bpf_loop(10,cbref,0,0); return 0; }
TC(lp_refleak){ bpf_loop(10,cbrefleak,0,0); return 0; }
static int cbrel(u32 i,u64**s){ bpf_ringbuf_discard(*s,0); return 0; }
TC(lp_release_outer){ u64*s=bpf_ringbuf_reserve(&rb,8,0); if(!s) return 0; bpf_loop(1,cbrel,&s,0); return 0; }
