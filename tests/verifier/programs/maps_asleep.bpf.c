/* SPDX-License-Identifier: BSD-2-Clause */
/* Which types of maps a program that may sleep can name. */
#include "general.h"
#define CALL(n) SEC("syscall") int n(void *c)
#define R(n, kind, K, V, ...) struct { __uint(type, BPF_MAP_TYPE_##kind); __uint(max_entries, 4096); __uint(key_size, K); __uint(value_size, V); __VA_ARGS__ } n SEC(".maps"); \
 CALL(use_##n){ u64 x=0; asm volatile(""::"r"(&n)); return 0; }
R(hash,HASH,4,4) R(array,ARRAY,4,4) R(lru,LRU_HASH,4,4) R(ph,PERCPU_HASH,4,4) R(pa,PERCPU_ARRAY,4,4) R(lph,LRU_PERCPU_HASH,4,4)
R(lpm,LPM_TRIE,8,4,__uint(map_flags,1);) R(q,QUEUE,0,4) R(st,STACK,0,4) R(bl,BLOOM_FILTER,0,4) R(pra,PROG_ARRAY,4,4) R(rb,RINGBUF,0,0)
R(stk,STACK_TRACE,4,64) R(cga,CGROUP_ARRAY,4,4) R(dv,DEVMAP,4,4) R(dvh,DEVMAP_HASH,4,4) R(xs,XSKMAP,4,4) R(so,SOCKMAP,4,8) R(soh,SOCKHASH,4,8) R(re,REUSEPORT_SOCKARRAY,4,8)
struct { __uint(type, BPF_MAP_TYPE_CPUMAP); __uint(max_entries, 2); __uint(key_size, 4); __uint(value_size, 4); } cpum SEC(".maps"); CALL(use_cpum){ asm volatile(""::"r"(&cpum)); return 0; }
#define S(n, kind) struct { __uint(type, BPF_MAP_TYPE_##kind); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, int); __type(value, u64); } n SEC(".maps"); CALL(use_##n){ asm volatile(""::"r"(&n)); return 0; }
S(task,TASK_STORAGE) S(sk,SK_STORAGE) S(ino,INODE_STORAGE) S(cgr,CGRP_STORAGE)
struct { __uint(type, BPF_MAP_TYPE_CGROUP_STORAGE); __uint(key_size,8); __uint(value_size,8);} cgo SEC(".maps"); CALL(use_cgo){ asm volatile(""::"r"(&cgo)); return 0; }
struct { __uint(type, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE); __uint(key_size,8); __uint(value_size,8);} cgp SEC(".maps"); CALL(use_cgp){ asm volatile(""::"r"(&cgp)); return 0; }
struct inner { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries,1); __uint(key_size,4); __uint(value_size,4);} in SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries,4); __uint(key_size,4); __array(values, struct inner);} aom SEC(".maps") = {.values={&in}}; CALL(use_aom){ asm volatile(""::"r"(&aom)); return 0; }
struct { __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS); __uint(max_entries,4); __uint(key_size,4); __array(values, struct inner);} hom SEC(".maps") = {.values={&in}}; CALL(use_hom){ asm volatile(""::"r"(&hom)); return 0; }
