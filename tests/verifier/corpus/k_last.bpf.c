/* SPDX-License-Identifier: BSD-2-Clause */
#include "common.h"
struct { __uint(type, BPF_MAP_TYPE_SK_STORAGE); __uint(map_flags,1); __type(key,int); __type(value, struct elem);} ss SEC(".maps");
SEC("tc") int leak_lock_irq_order(struct __sk_buff*c){ unsigned long f; bpf_preempt_disable(); bpf_rcu_read_lock(); bpf_local_irq_save(&f); if(bpf_res_spin_lock(&lA)) return 1; return 0; }
SEC("tc") int leak_ref_and_irq(struct __sk_buff*c){ unsigned long f; struct x{int i;}*p=bpf_obj_new(struct x); if(!p) return 1; bpf_local_irq_save(&f); return 0; }