/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/types.h"

#include <errno.h>
#include <stddef.h>

static const struct rq_map_ops *const types[] = {
	&rq_array_ops,
	&rq_hash_ops,
	&rq_percpu_hash_ops,
	&rq_lru_hash_ops,
	&rq_lru_percpu_hash_ops,
	&rq_percpu_array_ops,
	&rq_queue_ops,
	&rq_stack_ops,
	&rq_bloom_filter_ops,
	&rq_prog_array_ops,
	&rq_array_of_maps_ops,
	&rq_hash_of_maps_ops,
	&rq_ringbuf_ops,
	&rq_user_ringbuf_ops,
	&rq_lpm_trie_ops,
	&rq_struct_ops_ops,
	&rq_task_storage_ops,
	&rq_inode_storage_ops,
	&rq_sk_storage_ops,
	&rq_cgrp_storage_ops,
	&rq_cgroup_storage_ops,
	&rq_percpu_cgroup_storage_ops,
	&rq_perf_event_array_ops,
	&rq_cgroup_array_ops,
	&rq_stack_trace_ops,
	&rq_xskmap_ops,
	&rq_sockmap_ops,
	&rq_sockhash_ops,
	&rq_reuseport_sockarray_ops,
	&rq_devmap_ops,
	&rq_devmap_hash_ops,
	&rq_cpumap_ops,
	&rq_arena_ops,
};

const struct rq_map_ops *rq_map_type(enum bpf_map_type type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i]->type == type)
			return types[i];
	return NULL;
}

int rq_map_no_btf(const union bpf_attr *attr, const struct rq_btf *btf)
{
	return -RQ_ENOTSUPP;
}
