/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers, work queues, lists, trees and locks in the maps of each kind of program: naming such a map is enough. */
#include "general.h"
struct node { struct bpf_list_node l; int x; };
struct rnode { struct bpf_rb_node l; int x; };
struct { struct node n; struct rnode r; } emitted;
struct vt { struct bpf_timer t; int n; }; struct vw { struct bpf_wq t; int n; };
struct vl { struct bpf_spin_lock lock; struct bpf_list_head h CONTAINS(node,l); };
struct vr { struct bpf_spin_lock lock; struct bpf_rb_root h CONTAINS(rnode,l); };
struct vlt { struct bpf_spin_lock lock; struct bpf_timer t; };
struct vtw { struct bpf_timer t; struct bpf_wq w; };

ARRAY_MAP(mt,struct vt,2); ARRAY_MAP(mw,struct vw,2); ARRAY_MAP(ml,struct vl,2); ARRAY_MAP(mr,struct vr,2); ARRAY_MAP(mlt,struct vlt,2); ARRAY_MAP(mtw,struct vtw,2); struct rl { struct bpf_res_spin_lock lock; struct bpf_list_head h CONTAINS(node,l); }; ARRAY_MAP(mrl,struct rl,2); 
#define U(n) SEC("kprobe/do_nothing") int k_##n(void *c){ asm volatile(""::"r"(&n)); return 0; } SEC("tp/syscalls/sys_enter_read") int t_##n(void *c){ asm volatile(""::"r"(&n)); return 0; } SEC("socket") int s_##n(struct __sk_buff *c){ asm volatile(""::"r"(&n)); return 0; } SEC("tc") int c_##n(struct __sk_buff *c){ asm volatile(""::"r"(&n)); return 0; }
U(mt) U(mw) U(ml) U(mr) U(mlt) U(mtw) U(mrl) 

