/* SPDX-License-Identifier: BSD-2-Clause */
/* What each kind of program may read and write of its context: each program is one case. */
#include "general.h"
struct plain { u64 a,b; };
NI int g_mem(struct plain*p){ return p?p->a:0; }
SEC("syscall") int gm_ctx(void*c){ return g_mem(c); }
SEC("tc") int gm_ctx_tc(struct __sk_buff*c){ return g_mem((void*)c); }
SEC("syscall") int kf_ctx(void*c){ return bpf_strlen(c); }
SEC("syscall") int kf_iter_ctx(void*c){ struct bpf_iter_bits it; bpf_iter_bits_new(&it,c,1); bpf_iter_bits_destroy(&it); return 0; }
SEC("syscall") int sy_read(u64*c){ return c[3]; }
SEC("syscall") int sy_write(u64*c){ c[3]=1; return 0; }
SEC("syscall") int sy_huge(u64*c){ return c[9000]; }
SEC("syscall") int sy_var(u64*c){ return *(u8*)((char*)c+(bpf_get_prandom_u32()&7)); }
SEC("syscall") int sy_misaligned(u64*c){ return *(u32*)((char*)c+3); }
SEC("syscall") int sy_ret(void*c){ return 12345; }
SEC("syscall") int sy_copy(void*c){ char b[8]; return bpf_copy_from_user(b,8,(void*)5); }
SEC("syscall") int sy_ptr_ret(void*c){ return (long)c; }
SEC("kprobe/x") int kp_ctx(struct pt_regs*c){ return c->di; }
SEC("kprobe/x") int kp_ctx_half(struct pt_regs*c){ return *(u16*)&c->di; }
SEC("kprobe/x") int kp_end(struct pt_regs*c){ return ((u64*)c)[21]; }
SEC("kprobe/x") int kp_write(struct pt_regs*c){ c->di=1; return 0; }
SEC("tracepoint/sched/sched_switch") int tp_ctx(u64*c){ return c[1]; }
SEC("tracepoint/sched/sched_switch") int tp_far(u64*c){ return c[300]; }
SEC("tracepoint/sched/sched_switch") int tp_write(u64*c){ c[1]=1; return 0; }
SEC("raw_tp/sched_switch") int rt_ctx(u64*c){ return c[1]; }
SEC("raw_tp/sched_switch") int rt_far(u64*c){ return c[12]; }
SEC("raw_tp/sched_switch") int rt_write(u64*c){ c[1]=1; return 0; }
SEC("perf_event") int pe_ctx(struct bpf_perf_event_data*c){ return c->sample_period+c->regs.ip; }
SEC("perf_event") int pe_half(struct bpf_perf_event_data*c){ return *(u32*)&c->sample_period; }
SEC("perf_event") int pe_write(struct bpf_perf_event_data*c){ c->sample_period=1; return 0; }
SEC("perf_event") int pe_addr(struct bpf_perf_event_data*c){ return c->addr; }
SEC("sk_msg") int sm_ctx(struct sk_msg_md*c){ u8*d=c->data,*e=c->data_end; return d+1<=e?d[0]&1:1; }
SEC("sk_reuseport") int sr_ctx(struct sk_reuseport_md*c){ return c->hash&1; }
SEC("sk_skb/stream_parser") int ss_ctx(struct __sk_buff*c){ return c->len; }
SEC("sockops") int so_ctx(struct bpf_sock_ops*c){ return c->op==1; }
SEC("sockops") int so_write(struct bpf_sock_ops*c){ c->reply=1; return 1; }
SEC("sockops") int so_txhash(struct bpf_sock_ops*c){ c->sk_txhash=1; return 1; }
SEC("cgroup/getsockopt") int gs_ctx(struct bpf_sockopt*c){ c->retval=0; return 1; }
SEC("cgroup/setsockopt") int st_ctx(struct bpf_sockopt*c){ c->retval=0; return 1; }
SEC("cgroup/setsockopt") int st_level(struct bpf_sockopt*c){ c->level=0; return 1; }
SEC("cgroup/bind4") int sa_ip(struct bpf_sock_addr*c){ c->user_ip4=1; return 1; }
SEC("cgroup/bind4") int sa_ip6(struct bpf_sock_addr*c){ c->user_ip6[0]=1; return 1; }
SEC("cgroup/bind6") int sa_ip6_ok(struct bpf_sock_addr*c){ c->user_ip6[0]=1; return 1; }
SEC("cgroup/bind6") int sa_ip6_long(struct bpf_sock_addr*c){ *(u64*)&c->user_ip6[0]=1; return 1; }
SEC("cgroup/bind6") int sa_ip6_odd(struct bpf_sock_addr*c){ *(u64*)&c->user_ip6[1]=1; return 1; }
SEC("cgroup/sendmsg4") int sa_src(struct bpf_sock_addr*c){ c->msg_src_ip4=1; return 1; }
SEC("cgroup/bind4") int sa_src_bind(struct bpf_sock_addr*c){ c->msg_src_ip4=1; return 1; }
SEC("cgroup/post_bind4") int ck_post(struct bpf_sock*c){ return c->src_ip4&1; }
SEC("cgroup/sock_create") int ck_create(struct bpf_sock*c){ return c->src_ip4&1; }
SEC("cgroup/sock_create") int ck_mark(struct bpf_sock*c){ c->mark=1; return 1; }
SEC("cgroup/sock_release") int ck_rel(struct bpf_sock*c){ c->mark=1; return 1; }
SEC("lwt_xmit") int lx_write(struct __sk_buff*c){ u8*d=(void*)BEGIN(c); if(d+1<=(u8*)END(c)) d[0]=1; return 0; }
SEC("lwt_in") int li_write(struct __sk_buff*c){ u8*d=(void*)BEGIN(c); if(d+1<=(u8*)END(c)) d[0]=1; return 0; }
SEC("flow_dissector") int fd_ctx(struct __sk_buff*c){ struct bpf_flow_keys*k=c->flow_keys; k->nhoff=1; return k->thoff; }
SEC("flow_dissector") int fd_over(struct __sk_buff*c){ return ((u64*)c->flow_keys)[7]; }
SEC("flow_dissector") int fd_len(struct __sk_buff*c){ return c->len; }
SEC("sk_lookup") int sl_ctx(struct bpf_sk_lookup*c){ return c->local_port==80; }
SEC("sk_lookup") int sl_half(struct bpf_sk_lookup*c){ return *(u16*)&c->local_port&1; }
SEC("sk_lookup") int sl_write(struct bpf_sk_lookup*c){ c->local_port=1; return 1; }
SEC("tracepoint/sched/sched_switch") int tp_1023(u64*c){ return c[1023]; }
SEC("tracepoint/sched/sched_switch") int tp_1024(u64*c){ return c[1024]; }
SEC("tracepoint/sched/sched_switch") int tp_0(u64*c){ return c[0]; }
SEC("tracepoint/sched/sched_switch") int tp_half(u64*c){ return *(u32*)((char*)c+12); }
SEC("tracepoint/sched/sched_switch") int tp_odd(u64*c){ return *(u32*)((char*)c+14); }
SEC("syscall") int sy_half(u64*c){ return *(u16*)((char*)c+6); }
SEC("syscall") int sy_odd1(u64*c){ return *(u16*)((char*)c+7); }
SEC("syscall") int sy_wodd(u64*c){ *(u32*)((char*)c+2)=1; return 0; }
SEC("syscall") int sy_varodd(u64*c){ return *(u16*)((char*)c+(bpf_get_prandom_u32()&7)); }
SEC("syscall") int sy_varodd8(u64*c){ return *(u64*)((char*)c+(bpf_get_prandom_u32()&15)); }
SEC("syscall") int sy_last(u64*c){ return c[8191]; }
SEC("syscall") int sy_beyond(u64*c){ return c[8192]; }
