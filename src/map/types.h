/* SPDX-License-Identifier: BSD-2-Clause */
/* One file a map type; map_types.c lists them. */
#ifndef RQ_MAP_TYPES_H
#define RQ_MAP_TYPES_H

#include "map/map.h"

extern const struct rq_map_ops rq_array_ops; /* array.c */
extern const struct rq_map_ops rq_hash_ops, rq_percpu_hash_ops, rq_lru_hash_ops, rq_lru_percpu_hash_ops; /* hash_types.c */

extern const struct rq_map_ops rq_percpu_array_ops; /* percpu_array.c */
extern const struct rq_map_ops rq_queue_ops, rq_stack_ops; /* queue_stack.c */
extern const struct rq_map_ops rq_bloom_filter_ops; /* bloom_filter.c */
extern const struct rq_map_ops rq_prog_array_ops, rq_array_of_maps_ops; /* object_array.c */
extern const struct rq_map_ops rq_hash_of_maps_ops; /* hash_of_maps.c */
extern const struct rq_map_ops rq_ringbuf_ops, rq_user_ringbuf_ops; /* ringbuf.c */
extern const struct rq_map_ops rq_struct_ops_ops; /* struct_ops.c */
extern const struct rq_map_ops rq_lpm_trie_ops; /* lpm_trie.c */


extern const struct rq_map_ops rq_task_storage_ops, rq_inode_storage_ops, rq_sk_storage_ops, rq_cgrp_storage_ops; /* storage.c */
extern const struct rq_map_ops rq_cgroup_storage_ops, rq_percpu_cgroup_storage_ops; /* cgroup_storage.c */
extern const struct rq_map_ops rq_devmap_ops, rq_devmap_hash_ops, rq_cpumap_ops; /* redirect.c */
extern const struct rq_map_ops rq_perf_event_array_ops, rq_cgroup_array_ops, rq_stack_trace_ops, rq_xskmap_ops,
	rq_sockmap_ops, rq_sockhash_ops, rq_reuseport_sockarray_ops; /* host_objects.c */

extern const struct rq_map_ops rq_arena_ops; /* arena.c */

/* Of types that refuse BTF: -RQ_ENOTSUPP (map_types.c). */
int rq_map_no_btf(const union bpf_attr *attr, const struct rq_btf *btf);

/* What maps with keys 0 .. max_entries - 1 have in common (array.c). */
int rq_array_check_btf(const union bpf_attr *attr, const struct rq_btf *btf);
int rq_array_remove(struct rq_map *map, const void *key);
int rq_array_next_key(struct rq_map *map, const void *key, void *next);

#endif
