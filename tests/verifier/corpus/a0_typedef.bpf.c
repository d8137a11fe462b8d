/* SPDX-License-Identifier: BSD-2-Clause */
#include "common.h"
typedef struct bpf_res_spin_lock TRL;
struct te { TRL lock; int x; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key,int); __type(value, struct te);} tm_ SEC(".maps");
struct ce { const struct bpf_res_spin_lock lock; int x; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key,int); __type(value, struct ce);} cm_ SEC(".maps");
SEC("tc") int typedef_lock(struct __sk_buff *c){ int k=0; struct te*e=bpf_map_lookup_elem(&tm_,&k); if(!e) return 1; if(bpf_res_spin_lock(&e->lock)) return 2; bpf_res_spin_unlock(&e->lock); return 0;}