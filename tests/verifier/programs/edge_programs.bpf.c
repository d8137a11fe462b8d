/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets, contexts, functions, ends of programs, old packet loads, tail calls, atomics: each program is one case. */
#include "general.h"
#define TC(n) SEC("tc") int n(struct __sk_buff *c)
#define XDP(n) SEC("xdp") int n(struct xdp_md *c)
#define RAW(n) SEC("tc") NAKED int n(void)
#define RAWX(n) SEC("xdp") NAKED int n(void)
#define ASM(...) asm volatile(__VA_ARGS__ ::: ALLREGS)
struct value { u64 a, b; };
struct pair { u32 a, b; };
ARRAY_MAP(values, struct value, 4);
ARRAY_MAP(pairs, struct pair, 4);
RINGBUF_MAP(rb);
struct { __uint(type, BPF_MAP_TYPE_PROG_ARRAY); __uint(max_entries, 4); __type(key, u32); __type(value, u32); } progs SEC(".maps");
KFUN void bpf_local_irq_save(unsigned long *flags__irq_flag);
KFUN void bpf_local_irq_restore(unsigned long *flags__irq_flag);
KFUN void *bpf_dynptr_slice(const struct bpf_dynptr *d, u32 off, void *buf, u32 buf__szk);
u64 sink; u32 choice;
/* packets */
TC(pk_unchecked){ u8*d=(void*)BEGIN(c); return d[0]; }
TC(pk_ok){ u8*d=(void*)BEGIN(c); return d+4<=(u8*)END(c)?d[3]:0; }
TC(pk_one_over){ u8*d=(void*)BEGIN(c); return d+4<=(u8*)END(c)?d[4]:0; }
TC(pk_less){ u8*d=(void*)BEGIN(c); return d+4<(u8*)END(c)?d[4]:0; }
TC(pk_reverse){ u8*d=(void*)BEGIN(c),*e=(void*)END(c); return e>=d+4?d[3]:0; }
TC(pk_reverse_strict){ u8*d=(void*)BEGIN(c),*e=(void*)END(c); return e>d+4?d[4]:0; }
TC(pk_wrong_way){ u8*d=(void*)BEGIN(c),*e=(void*)END(c); return d+4>e?d[3]:0; }
TC(pk_negative){ u8*d=(void*)BEGIN(c),*e=(void*)END(c); return d+4<=e?d[-1]:0; }
TC(pk_var){ u8*d=(void*)BEGIN(c),*e=(void*)END(c); d+=c->len&15; return d+1<=e?*d:0; }
TC(pk_var_two){ u8*d=(void*)BEGIN(c),*e=(void*)END(c); u32 o=c->mark&15; u8*p=d+o,*q=d+o; HIDE(q); if(p+1>e) return 0; return *q; }
TC(pk_var_big){ u8*d=(void*)BEGIN(c),*e=(void*)END(c); d+=c->mark&0xfffff; return d+1<=e?*d:0; }
TC(pk_var_64k){ u8*d=(void*)BEGIN(c),*e=(void*)END(c); d+=c->mark&0xffff; return d+1<=e?*d:0; }
TC(pk_var_32k){ u8*d=(void*)BEGIN(c),*e=(void*)END(c); d+=c->mark&0x7fff; return d+1<=e?*d:0; }
TC(pk_end_arith){ u8*e=(void*)END(c); e-=4; return *e; }
TC(pk_end_read){ u8*e=(void*)END(c); return *e; }
TC(pk_after_store){ u8*d=(void*)BEGIN(c),*e=(void*)END(c),x=0; if(d+4>e) return 0; bpf_skb_store_bytes(c,0,&x,1,0); return d[0]; }
TC(pk_reloaded){ u8*d=(void*)BEGIN(c),*e=(void*)END(c),x=0; if(d+4>e) return 0; bpf_skb_store_bytes(c,0,&x,1,0); d=(void*)BEGIN(c); e=(void*)END(c); return d+1<=e?d[0]:0; }
TC(pk_pull){ u8*d=(void*)BEGIN(c),*e=(void*)END(c); if(d+4>e) return 0; bpf_skb_pull_data(c,0); return d[0]; }
TC(pk_word){ u32*d=(void*)BEGIN(c); return d+1<=(u32*)END(c)?*d:0; }
TC(pk_word_at_3){ u8*d=(void*)BEGIN(c); return d+7<=(u8*)END(c)?*(u32*)(d+3):0; }
TC(pk_write){ u8*d=(void*)BEGIN(c); if(d+4<=(u8*)END(c)) d[0]=1; return 0; }
TC(pk_meta){ u8*m=(void*)(long)c->data_meta,*d=(void*)BEGIN(c); return m+4<=d?m[3]:0; }
TC(pk_meta_end){ u8*m=(void*)(long)c->data_meta,*e=(void*)END(c); return m+4<=e?m[3]:0; }
TC(pk_spill){ u8*d=(void*)BEGIN(c),*e=(void*)END(c); volatile u64 keep; if(d+4>e) return 0; u64 k=(u64)d; asm volatile("*(u64*)(r10-256)=%1; %0=*(u64*)(r10-256)":"=r"(k):"r"(k):"memory"); return *(u8*)k; }
TC(pk_or){ u8*d=(void*)BEGIN(c),*e=(void*)END(c); u64 x=(u64)d; x|=1; return *(u8*)x; }
XDP(px_adjust){ u8*d=(void*)BEGIN(c),*e=(void*)END(c); if(d+4>e) return 1; bpf_xdp_adjust_head(c,4); return d[0]; }
XDP(px_ok){ u8*d=(void*)BEGIN(c),*e=(void*)END(c); if(d+14>e) return 1; return d[13]?2:1; }
XDP(px_loop){ u8*d=(void*)BEGIN(c),*e=(void*)END(c); u32 s=0; for(int i=0;i<64;i++){ if(d+i+1>e) break; s+=d[i]; } return s&1?1:2; }
SEC("cgroup_skb/ingress") int pg_write(struct __sk_buff*c){ u8*d=(void*)BEGIN(c); if(d+4<=(u8*)END(c)) d[0]=1; return 1; }
SEC("socket") int ps_direct(struct __sk_buff*c){ return c->data; }
/* contexts */
TC(cx_len_byte){ return *(u8*)&c->len; }
TC(cx_mark_half){ return *(u16*)((char*)&c->mark+2); }
TC(cx_mark_write){ c->mark=1; return 0; }
TC(cx_mark_write_half){ *(u16*)&c->mark=1; return 0; }
TC(cx_len_write){ c->len=1; return 0; }
TC(cx_cb){ c->cb[4]=c->cb[0]; return 0; }
TC(cx_cb_u64){ return *(u64*)&c->cb[0]; }
TC(cx_cb_across){ return *(u64*)&c->cb[4]; }
TC(cx_u64_len){ return *(u64*)&c->len; }
TC(cx_misaligned){ return *(u32*)((char*)c+2); }
TC(cx_data_half){ return *(u16*)&c->data; }
TC(cx_data_u64){ return *(u64*)&c->data; }
TC(cx_end){ return *(u32*)((char*)c+sizeof(*c)); }
TC(cx_tstamp){ c->tstamp=5; return c->tstamp; }
TC(cx_tstamp_half){ return *(u32*)&c->tstamp; }
TC(cx_wire){ return c->wire_len; }
TC(cx_gso){ return c->gso_segs+c->gso_size; }
TC(cx_family){ return c->family; }
TC(cx_remote){ return c->remote_ip4; }
TC(cx_atomic){ __sync_fetch_and_add(&c->mark,1); return 0; }
XDP(cx_xdp_ifindex){ return c->ingress_ifindex?1:2; }
XDP(cx_xdp_write){ c->ingress_ifindex=1; return 1; }
XDP(cx_xdp_rx){ return c->rx_queue_index&1; }
XDP(cx_xdp_egress){ return c->egress_ifindex; }
XDP(cx_xdp_byte){ return *(u8*)&c->rx_queue_index&1; }
/* functions */
static NI int f_add(int a,int b){ return a+b; }
static NI u64*f_ptr(u64*p){ HIDE(p); return p; }
static NI int f_void_use(struct __sk_buff*c){ return c->len; }
NI int g_num(int a){ return a?5:3; }
NI u64 g_big(u64 a){ return a; }
NI int g_pair(struct pair*p){ return p?p->a:0; }
NI int g_bad(struct pair*p){ return p->a; }
NI int g_loop(int n){ int s=0; for(int i=0;i<10;i++) s+=n; return s; }
NI int g_read_stack(u64*p){ return p?*p:0; }
TC(fn_static){ return f_add(c->len,1); }
TC(fn_ptr){ u64 x=1; return *f_ptr(&x); }
TC(fn_global){ return g_num(c->len); }
TC(fn_global_range){ u32 k=0; struct value*v=bpf_map_lookup_elem(&values,&k); int i=g_num(c->len); return v?((u8*)v)[i]:0; }
TC(fn_global_pair){ u32 k=0; struct pair*v=bpf_map_lookup_elem(&pairs,&k); return g_pair(v); }
TC(fn_global_stack){ struct pair p={1,2}; return g_pair(&p); }
TC(fn_global_uninit){ struct pair p; asm volatile("":"=m"(p)); return g_pair(&p); }
TC(fn_global_null){ return g_pair(0); }
TC(fn_global_ctx){ return g_pair((void*)c); }
TC(fn_global_scalar){ return g_pair((void*)(long)c->len); }
TC(fn_global_bad){ return g_bad(0); }
TC(fn_global_short){ u32 x=1; return g_pair((void*)&x); }
TC(fn_global_loop){ return g_loop(c->len); }
TC(fn_global_pkt){ u8*d=(void*)BEGIN(c),*e=(void*)END(c); return d+8<=e?g_pair((void*)d):0; }
TC(fn_global_ptr_as_num){ u64 x=1; return g_big((u64)&x); }
/* ends */
XDP(ex_range){ return 7; }
SEC("cgroup_skb/ingress") int ex_cg_two(struct __sk_buff*c){ return 2; }
SEC("cgroup_skb/ingress") int ex_cg_unknown(struct __sk_buff*c){ return c->len; }
SEC("cgroup_skb/ingress") int ex_cg_masked(struct __sk_buff*c){ return c->len&1; }
SEC("cgroup_skb/egress") int ex_cg_egress(struct __sk_buff*c){ return 3; }
SEC("cgroup/sock_create") int ex_sock(struct bpf_sock*c){ return 2; }
SEC("cgroup/dev") int ex_dev(struct bpf_cgroup_dev_ctx*c){ return 1; }
SEC("cgroup/connect4") int ex_conn(struct bpf_sock_addr*c){ return 4; }
SEC("sk_lookup") int ex_lookup(struct bpf_sk_lookup*c){ return 2; }
SEC("cgroup/sysctl") int ex_sysctl(struct bpf_sysctl*c){ return c->write; }
static long cb_two(u32 i,void*x){ return 2; }
static long cb_unknown(u32 i,void*x){ return bpf_get_prandom_u32(); }
static long cb_ok(u32 i,u64*x){ *x+=i; return *x>100; }
static long cb_stack_ptr(u32 i,u64*x){ x[1]=i; return 0; }
static long cb_deep(u32 i,void*x){ u64 s=0; bpf_loop(2,cb_ok,&s,0); return 0; }
TC(cb_return_two){ return bpf_loop(4,cb_two,0,0); }
TC(cb_return_unknown){ return bpf_loop(4,cb_unknown,0,0); }
TC(cb_sum){ u64 s=0; bpf_loop(4,cb_ok,&s,0); return s; }
TC(cb_flags){ u64 s=0; return bpf_loop(4,cb_ok,&s,1); }
TC(cb_over_stack){ u64 s=0; bpf_loop(4,cb_stack_ptr,&s,0); return s; }
TC(cb_nested){ return bpf_loop(4,cb_deep,0,0); }
TC(cb_many){ u64 s=0; bpf_loop(1<<24,cb_ok,&s,0); return s; }
TC(cb_scalar){ return bpf_loop(4,(void*)(long)c->len,0,0); }
TC(cb_locked){ u64 s=0; unsigned long f; bpf_local_irq_save(&f); bpf_loop(4,cb_ok,&s,0); bpf_local_irq_restore(&f); return s; }
/* old loads */
RAW(ld_abs){ ASM("r6 = r1; r0 = *(u8 *)skb[0]; exit;"); }
RAW(ld_ind){ ASM("r6 = r1; r7 = 3; r0 = *(u16 *)skb[r7]; exit;"); }
RAW(ld_no_r6){ ASM("r0 = *(u8 *)skb[0]; exit;"); }
RAW(ld_wrong_r6){ ASM("r6 = r10; r0 = *(u8 *)skb[0]; exit;"); }
RAW(ld_clobbers){ ASM("r6 = r1; r2 = 5; r0 = *(u8 *)skb[0]; r0 = r2; exit;"); }
RAWX(ld_xdp){ ASM("r6 = r1; r0 = *(u8 *)skb[0]; r0 = 1; exit;"); }
/* tail calls */
TC(tl_ok){ bpf_tail_call(c,&progs,1); return 0; }
TC(tl_unknown){ bpf_tail_call(c,&progs,c->len); return 0; }
TC(tl_lookup){ u32 k=0; return bpf_map_lookup_elem(&progs,&k)!=0; }
TC(tl_irq){ unsigned long f; bpf_local_irq_save(&f); bpf_tail_call(c,&progs,1); bpf_local_irq_restore(&f); return 0; }
TC(tl_ref){ u64*p=bpf_ringbuf_reserve(&rb,8,0); if(!p) return 0; bpf_tail_call(c,&progs,1); bpf_ringbuf_discard(p,0); return 0; }
TC(tl_not_ctx){ u64 x=0; bpf_tail_call(&x,&progs,1); return 0; }
/* atomics */
TC(at_map){ u32 k=0; struct value*v=bpf_map_lookup_elem(&values,&k); if(v) __sync_fetch_and_add(&v->a,1); return 0; }
TC(at_fetch){ u32 k=0; struct value*v=bpf_map_lookup_elem(&values,&k); return v?__sync_fetch_and_or(&v->a,1):0; }
TC(at_stack){ u64 x=0; __sync_fetch_and_add(&x,1); return x; }
TC(at_pkt){ u64*d=(void*)BEGIN(c); if(d+1>(u64*)END(c)) return 0; __sync_fetch_and_add(d,1); return 0; }
TC(at_beyond){ u32 k=0; struct value*v=bpf_map_lookup_elem(&values,&k); if(v) __sync_fetch_and_add(&v->a+2,1); return 0; }
RAW(at_misaligned){ ASM("r1 = 0; *(u64 *)(r10 - 8) = r1; *(u64 *)(r10 - 16) = r1; r2 = 1; lock *(u64 *)(r10 - 12) += r2; r0 = 0; exit;"); }
RAW(at_ptr_value){ ASM("r1 = 0; *(u64 *)(r10 - 8) = r1; lock *(u64 *)(r10 - 8) += r10; r0 = 0; exit;"); }
RAW(at_cmpxchg){ ASM("r1 = 0; *(u64 *)(r10 - 8) = r1; r0 = 0; r2 = 1; r0 = cmpxchg_64(r10 - 8, r0, r2); exit;"); }
RAW(at_cmpxchg_uninit){ ASM("r1 = 0; *(u64 *)(r10 - 8) = r1; r2 = 1; r0 = cmpxchg_64(r10 - 8, r0, r2); exit;"); }
RAW(at_cmpxchg_over_spill){ ASM("*(u64 *)(r10 - 8) = r10; r0 = 0; r2 = 1; r0 = cmpxchg_64(r10 - 8, r0, r2); r0 = 0; exit;"); }
/* ring buffer */
TC(rg_ok){ u64*p=bpf_ringbuf_reserve(&rb,8,0); if(!p) return 0; *p=1; bpf_ringbuf_submit(p,0); return 0; }
TC(rg_leak){ u64*p=bpf_ringbuf_reserve(&rb,8,0); if(!p) return 0; *p=1; return 0; }
TC(rg_untested){ u64*p=bpf_ringbuf_reserve(&rb,8,0); *p=1; bpf_ringbuf_submit(p,0); return 0; }
TC(rg_over){ u64*p=bpf_ringbuf_reserve(&rb,8,0); if(!p) return 0; p[1]=1; bpf_ringbuf_submit(p,0); return 0; }
TC(rg_off){ u64*p=bpf_ringbuf_reserve(&rb,16,0); if(!p) return 0; bpf_ringbuf_submit(p+1,0); return 0; }
TC(rg_var_size){ u64*p=bpf_ringbuf_reserve(&rb,c->len,0); if(!p) return 0; bpf_ringbuf_submit(p,0); return 0; }
TC(rg_big){ u64*p=bpf_ringbuf_reserve(&rb,1<<20,0); if(!p) return 0; bpf_ringbuf_submit(p,0); return 0; }
TC(rg_after){ u64*p=bpf_ringbuf_reserve(&rb,8,0); if(!p) return 0; bpf_ringbuf_discard(p,0); return *p; }
TC(rg_twice){ u64*p=bpf_ringbuf_reserve(&rb,8,0); if(!p) return 0; bpf_ringbuf_discard(p,0); bpf_ringbuf_discard(p,0); return 0; }
TC(rg_value_submit){ u32 k=0; struct value*v=bpf_map_lookup_elem(&values,&k); if(v) bpf_ringbuf_submit(v,0); return 0; }
TC(rg_wrong_map){ u64*p=bpf_ringbuf_reserve(&values,8,0); if(!p) return 0; bpf_ringbuf_submit(p,0); return 0; }
TC(rg_query){ return bpf_ringbuf_query(&rb,0); }
