/* SPDX-License-Identifier: BSD-2-Clause */
#include "common.h"
struct obj { int x; RL lock; int y; };
struct objs { int x; struct bpf_spin_lock lock; };
RL in_bss; 
RL in_data_plain SEC(".data.plain");
long value;
struct elem16 { long a,b; RL lock; int z; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key,int); __type(value, struct elem16);} m16 SEC(".maps");
struct inner { int q; RL lock; };
struct nest { long a; struct inner in; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key,int); __type(value, struct nest);} mnest SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096);} rb SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 4); __type(key,int); __type(value, long);} mnolock SEC(".maps");
SEC("tc") int loc_map_or_null(struct __sk_buff *c){ struct elem*e=E(0); if(bpf_res_spin_lock(&e->lock)) return 2; bpf_res_spin_unlock(&e->lock); return 0;}
SEC("tc") int loc_global_hidden(struct __sk_buff *c){ if(bpf_res_spin_lock(&lA)) return 2; bpf_res_spin_unlock(&lA); return 0;}
SEC("tc") int loc_obj_new_drop_while_locked(struct __sk_buff *c){ struct obj*p=bpf_obj_new(struct obj); if(!p) return 1; if(bpf_res_spin_lock(&p->lock)){ bpf_obj_drop(p); return 2;} bpf_obj_drop(p); return 0;}
SEC("tc") int loc_obj_new_nolock(struct __sk_buff *c){ struct x{int i;} *p=bpf_obj_new(struct x); if(!p) return 1; bpf_res_spin_lock((void*)p); return 0;}
SEC("tc") int loc_obj_new_maybe_null(struct __sk_buff *c){ struct obj*p=bpf_obj_new(struct obj); bpf_res_spin_lock(&p->lock); return 0;}
SEC("tc") int loc_percpu_obj(struct __sk_buff *c){ struct obj *p=bpf_percpu_obj_new_impl(bpf_core_type_id_local(struct obj),0); if(!p) return 1; bpf_percpu_obj_drop_impl(p,0); return 0;}
SEC("tc") int loc_ctx(struct __sk_buff *c){ if(bpf_res_spin_lock((void*)c)) return 2; bpf_res_spin_unlock((void*)c); return 0;}
SEC("tc") int loc_rdonly_cast(struct __sk_buff *c){ struct elem*e=E(0); if(!e) return 1; if(bpf_res_spin_lock((RL*)bpf_core_castx(&e->lock, struct __sk_buff))) return 0; return 0;}
SEC("tc") int loc_bss_nolock(struct __sk_buff *c){ bpf_res_spin_lock((void*)&value+1); return 0;}
SEC("tc") int loc_reslock_map_given_to_spin(struct __sk_buff *c){ struct elem*e=E(0); if(!e) return 1; bpf_spin_lock((void*)&e->lock); bpf_spin_unlock((void*)&e->lock); return 0;}
SEC("tc") int loc_fmodify_stale(struct __sk_buff *c){ int k=0; struct elem*e=E(0); if(!e) return 1; if(bpf_res_spin_lock(&e->lock)) return 2; bpf_map_delete_elem(&am,&k); bpf_res_spin_unlock(&e->lock); return 0;}
SEC("tc") int off_16_wrong0(struct __sk_buff *c){ int k=0; struct elem16*e=bpf_map_lookup_elem(&m16,&k); if(!e) return 1; if(bpf_res_spin_lock((void*)e)) return 2; bpf_res_spin_unlock((void*)e); return 0;}
SEC("tc") int off_obj_wrong(struct __sk_buff *c){ struct obj*p=bpf_obj_new(struct obj); if(!p) return 1; bpf_res_spin_lock((void*)p); bpf_obj_drop(p); return 0;}
SEC("tc") int off_const_scalar_added(struct __sk_buff *c){ struct elem16*e; int k=0; e=bpf_map_lookup_elem(&m16,&k); if(!e) return 1; u64 v=c->len; if(v!=16) return 0; barrier_varx(v); RL*l=(void*)e+v; if(bpf_res_spin_lock(l)) return 2; bpf_res_spin_unlock(l); return 0;}
/* direct access */
SEC("tc") int rw_write_lock(struct __sk_buff *c){ struct elem*e=E(0); if(!e) return 1; *(volatile int*)&e->lock=0; return 0; }
SEC("tc") int rw_read_overlap8(struct __sk_buff *c){ struct elem*e=E(0); if(!e) return 1; return *(volatile long*)&e->lock; }
SEC("tc") int rw_read_byte3(struct __sk_buff *c){ struct elem*e=E(0); if(!e) return 1; return *((volatile char*)&e->lock+3); }
SEC("tc") int rw_atomic(struct __sk_buff *c){ struct elem*e=E(0); if(!e) return 1; __sync_fetch_and_add((int*)&e->lock,1); return 0; }
SEC("tc") int rw_helper_write(struct __sk_buff *c){ struct elem*e=E(0); if(!e) return 1; bpf_probe_read_kernel(e,8,0); return 0; }
SEC("tc") int rw_read_obj_lock(struct __sk_buff *c){ struct obj*p=bpf_obj_new(struct obj); if(!p) return 1; int r=*(volatile int*)&p->lock; bpf_obj_drop(p); return r;}
SEC("tc") int rw_read_spin_lock(struct __sk_buff *c){ struct selem*e=S(0); if(!e) return 1; return *(volatile int*)&e->lock; }
SEC("tc") int rw_write_spin_lock(struct __sk_buff *c){ struct selem*e=S(0); if(!e) return 1; *(volatile int*)&e->lock=1; return 0; }
/* reading value fields outside critical section */
SEC("tc") int rw_value_unlocked(struct __sk_buff *c){ struct elem*e=E(0); if(!e) return 1; e->cnt++; return 0; }
