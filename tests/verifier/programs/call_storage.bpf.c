/* SPDX-License-Identifier: BSD-2-Clause */
/* Local storage, and maps of what a host has: perf events, sockets, devices, stacks. Each program is one case. */
#include "general.h"
#define TC(n) SEC("tc") int n(struct __sk_buff *c)
#define CALL(n) SEC("syscall") int n(void *c)
#define CGROUP(n) SEC("cgroup_skb/egress") int n(struct __sk_buff *c)
#define XDP(n) SEC("xdp") int n(struct xdp_md *c)
struct v { struct bpf_res_spin_lock lock; u32 n; };
struct plain { u64 a, b; };
struct target { u32 ifindex, prog; };
#define STORAGE(n, kind, V) struct { __uint(type, BPF_MAP_TYPE_##kind); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, V); } n SEC(".maps")
STORAGE(ts, TASK_STORAGE, struct v);
STORAGE(tp, TASK_STORAGE, struct plain);
STORAGE(ss, SK_STORAGE, struct v);
STORAGE(cs, CGRP_STORAGE, struct v);
#define OLD(n, kind, V) struct { __uint(type, BPF_MAP_TYPE_##kind); __type(key, struct bpf_cgroup_storage_key); __type(value, V); } n SEC(".maps")
OLD(old, CGROUP_STORAGE, struct v);
OLD(old2, CGROUP_STORAGE, struct plain);
OLD(each, PERCPU_CGROUP_STORAGE, struct plain);
ARRAY_MAP(array, struct v, 2);
#define FDS(n, kind, K, V) struct { __uint(type, BPF_MAP_TYPE_##kind); __uint(max_entries, 4); __uint(key_size, K); __uint(value_size, V); } n SEC(".maps")
FDS(events, PERF_EVENT_ARRAY, 4, 4);
FDS(blocks, ARRAY, 4, 64);
FDS(cgroups, CGROUP_ARRAY, 4, 4);
FDS(stacks, STACK_TRACE, 4, 64);
FDS(dev, DEVMAP, 4, 8);
FDS(devhash, DEVMAP_HASH, 4, 4);
FDS(cpu, CPUMAP, 4, 4);
FDS(xsk, XSKMAP, 4, 4);
FDS(socks, SOCKMAP, 4, 8);
FDS(sockhash, SOCKHASH, 4, 8);
FDS(listeners, REUSEPORT_SOCKARRAY, 4, 8);
#define TASK struct task_struct *t = bpf_get_current_task_btf()
#define CREATE BPF_LOCAL_STORAGE_GET_F_CREATE
KFUN int bpf_res_spin_lock(struct bpf_res_spin_lock *lock);
KFUN void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock);
KFUN struct cgroup *bpf_cgroup_from_id(u64 id);
KFUN void bpf_cgroup_release(struct cgroup *p);

TC(perf_out){ u64 x=1; return bpf_perf_event_output(c,&events,0,&x,8); }
TC(perf_out_wrong){ u64 x=1; return bpf_perf_event_output(c,&blocks,0,&x,8); }
TC(perf_lookup){ u32 k=0; return !!bpf_map_lookup_elem(&events,&k); }
#define PROBE(n) SEC("kprobe/do_nothing") int n(struct pt_regs *c)
CALL(perf_read_asleep){ return bpf_perf_event_read(&events,0); }
PROBE(perf_read_value){ struct bpf_perf_event_value x; return bpf_perf_event_read_value(&events,0,&x,sizeof(x)); }
PROBE(perf_read){ return bpf_perf_event_read(&events,0); }
PROBE(perf_read_wrong){ return bpf_perf_event_read(&blocks,0); }

TC(task_get){ TASK; struct plain *p=bpf_task_storage_get(&tp,t,0,CREATE); if(!p) return 1; p->a++; return 0; }
TC(task_unchecked){ TASK; struct plain *p=bpf_task_storage_get(&tp,t,0,CREATE); p->a++; return 0; }
TC(task_past){ TASK; struct plain *p=bpf_task_storage_get(&tp,t,0,CREATE); if(!p) return 1; return ((u64*)p)[2]; }
TC(task_initial){ TASK; struct plain x={1,2}; return !!bpf_task_storage_get(&tp,t,&x,CREATE); }
TC(task_initial_short){ TASK; u64 x=1; return !!bpf_task_storage_get(&tp,t,&x,CREATE); }
TC(task_null){ return !!bpf_task_storage_get(&tp,0,0,CREATE); }
TC(task_number){ return !!bpf_task_storage_get(&tp,(void*)(long)c->len,0,CREATE); }
TC(task_delete){ TASK; return bpf_task_storage_delete(&tp,t); }
TC(task_wrong_map){ TASK; return !!bpf_task_storage_get(&ss,t,0,CREATE); }
TC(task_wrong_map2){ TASK; return !!bpf_task_storage_get(&array,t,0,CREATE); }
TC(task_lookup){ int k=0; return !!bpf_map_lookup_elem(&tp,&k); }
TC(task_update){ int k=0; struct plain x={}; return bpf_map_update_elem(&tp,&k,&x,0); }
TC(task_untrusted){ TASK; t=bpf_rdonly_cast(t,bpf_core_type_id_kernel(struct task_struct)); return !!bpf_task_storage_get(&tp,t,0,CREATE); }
TC(task_walked){ TASK; struct task_struct *p=t->real_parent; return !!bpf_task_storage_get(&tp,p,0,CREATE); }
TC(task_lock){ TASK; struct v *v=bpf_task_storage_get(&ts,t,0,CREATE); if(!v) return 1; if(bpf_res_spin_lock(&v->lock)) return 2; v->n++; bpf_res_spin_unlock(&v->lock); return 0; }
TC(task_lock_leak){ TASK; struct v *v=bpf_task_storage_get(&ts,t,0,CREATE); if(!v) return 1; if(bpf_res_spin_lock(&v->lock)) return 2; v->n++; return 0; }
TC(task_lock_two){ TASK; struct v *v=bpf_task_storage_get(&ts,t,0,CREATE), *w=bpf_task_storage_get(&ts,t,0,CREATE); if(!v||!w) return 1; if(bpf_res_spin_lock(&v->lock)) return 2; if(bpf_res_spin_lock(&w->lock)) { bpf_res_spin_unlock(&v->lock); return 3; } bpf_res_spin_unlock(&w->lock); bpf_res_spin_unlock(&v->lock); return 0; }
TC(task_lock_in_lock){ TASK; struct v *v=bpf_task_storage_get(&ts,t,0,CREATE); if(!v) return 1; if(bpf_res_spin_lock(&v->lock)) return 2; bpf_task_storage_get(&ts,t,0,0); bpf_res_spin_unlock(&v->lock); return 0; }
TC(task_touch_lock){ TASK; struct v *v=bpf_task_storage_get(&ts,t,0,CREATE); if(!v) return 1; *(volatile u32*)&v->lock=0; return 0; }

TC(sk_storage){ struct bpf_sock *s=c->sk; struct v *v; if(!s) return 1; s=bpf_sk_fullsock(s); if(!s) return 2; v=bpf_sk_storage_get(&ss,s,0,CREATE); if(!v) return 3; if(bpf_res_spin_lock(&v->lock)) return 4; v->n++; bpf_res_spin_unlock(&v->lock); return 0; }
TC(sk_storage_maybe){ struct bpf_sock *s=c->sk; return !!bpf_sk_storage_get(&ss,s,0,CREATE); }
TC(sk_storage_common){ struct bpf_sock *s=c->sk; if(!s) return 1; return !!bpf_sk_storage_get(&ss,s,0,CREATE); }
TC(sk_storage_delete){ struct bpf_sock *s=c->sk; if(!s) return 1; return bpf_sk_storage_delete(&ss,s); }
TC(sk_storage_null){ return !!bpf_sk_storage_get(&ss,0,0,CREATE); }
TC(sk_storage_task){ TASK; return !!bpf_sk_storage_get(&ss,(void*)t,0,CREATE); }
XDP(sk_storage_xdp){ return !!bpf_sk_storage_get(&ss,(void*)c,0,CREATE); }
TC(inode_storage_tc){ TASK; return !!bpf_inode_storage_get(&tp,t,0,CREATE); }

CALL(cgroup_get){ struct cgroup *g=bpf_cgroup_from_id(1); struct v *v; if(!g) return 1; v=bpf_cgrp_storage_get(&cs,g,0,CREATE); if(v&&!bpf_res_spin_lock(&v->lock)) { v->n++; bpf_res_spin_unlock(&v->lock); } bpf_cgroup_release(g); return 0; }
CALL(cgroup_maybe){ struct cgroup *g=bpf_cgroup_from_id(1); bpf_cgrp_storage_get(&cs,g,0,CREATE); if(g) bpf_cgroup_release(g); return 0; }
CALL(cgroup_leak){ struct cgroup *g=bpf_cgroup_from_id(1); if(!g) return 1; return !!bpf_cgrp_storage_get(&cs,g,0,CREATE); }
CALL(cgroup_delete){ struct cgroup *g=bpf_cgroup_from_id(1); if(!g) return 1; bpf_cgrp_storage_delete(&cs,g); bpf_cgroup_release(g); return 0; }
CALL(cgroup_task){ TASK; return !!bpf_cgrp_storage_get(&cs,(void*)t,0,CREATE); }

CGROUP(local){ struct v *v=bpf_get_local_storage(&old,0); if(bpf_res_spin_lock(&v->lock)) return 1; v->n++; bpf_res_spin_unlock(&v->lock); return 1; }
CGROUP(local_percpu){ struct plain *p=bpf_get_local_storage(&each,0); p->a++; return 1; }
CGROUP(local_both){ struct plain *p=bpf_get_local_storage(&each,0), *q=bpf_get_local_storage(&old2,0); p->a+=q->b; return 1; }
CGROUP(local_two){ struct plain *p=bpf_get_local_storage(&old2,0); struct v *v=bpf_get_local_storage(&old,0); p->a+=v->n; return 1; }
CGROUP(local_flags){ struct plain *p=bpf_get_local_storage(&each,1); p->a++; return 1; }
CGROUP(local_wrong){ struct plain *p=bpf_get_local_storage(&array,0); p->a++; return 1; }
CGROUP(local_past){ u64 *p=bpf_get_local_storage(&each,0); return p[2]&1; }
TC(local_tc){ struct plain *p=bpf_get_local_storage(&each,0); p->a++; return 1; }
CGROUP(local_lookup){ struct bpf_cgroup_storage_key k={}; return !!bpf_map_lookup_elem(&old,&k); }

XDP(redirect_dev){ return bpf_redirect_map(&dev,0,0); }
XDP(redirect_hash){ return bpf_redirect_map(&devhash,0,2); }
XDP(redirect_cpu){ return bpf_redirect_map(&cpu,0,0); }
XDP(redirect_xsk){ return bpf_redirect_map(&xsk,0,2); }
XDP(redirect_array){ return bpf_redirect_map(&array,0,0); }
XDP(lookup_dev){ u32 k=0; struct target *v=bpf_map_lookup_elem(&dev,&k); return v?v->ifindex&1:0; }
XDP(write_dev){ u32 k=0; struct target *v=bpf_map_lookup_elem(&dev,&k); if(v) v->ifindex=1; return 0; }
XDP(update_dev){ u32 k=0; struct target v={}; return bpf_map_update_elem(&dev,&k,&v,0); }
XDP(lookup_cpu){ u32 k=0; return !!bpf_map_lookup_elem(&cpu,&k); }
XDP(lookup_xsk){ u32 k=0; return !!bpf_map_lookup_elem(&xsk,&k); }
TC(sock_lookup){ u32 k=0; struct bpf_sock *s=bpf_map_lookup_elem(&socks,&k); if(!s) return 1; bpf_sk_release(s); return 0; }
TC(sock_lookup_leak){ u32 k=0; struct bpf_sock *s=bpf_map_lookup_elem(&socks,&k); return !!s; }
TC(sock_delete){ u32 k=0; return bpf_map_delete_elem(&socks,&k); }
TC(sockhash_lookup){ u32 k=0; struct bpf_sock *s=bpf_map_lookup_elem(&sockhash,&k); if(!s) return 1; bpf_sk_release(s); return 0; }
TC(listener_lookup){ u32 k=0; return !!bpf_map_lookup_elem(&listeners,&k); }
PROBE(stack_id){ return bpf_get_stackid(c,&stacks,0); }
PROBE(stack_id_wrong){ return bpf_get_stackid(c,&array,0); }
PROBE(stack_lookup){ u32 k=0; return !!bpf_map_lookup_elem(&stacks,&k); }
PROBE(under_cgroup){ return bpf_current_task_under_cgroup(&cgroups,0); }
PROBE(under_wrong){ return bpf_current_task_under_cgroup(&stacks,0); }
