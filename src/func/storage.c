// SPDX-License-Identifier: BSD-2-Clause
/* Local storage: values that belong to tasks, inodes, sockets, cgroups (map/storage.h). */
#include <errno.h>

#include "func/args.h"
#include "func/tables.h"
#include "map/storage.h"
#include "vm/vm.h"

static uint64_t storage_get(struct rq_exec *exec, uint64_t map, uint64_t owner, uint64_t initial, uint64_t flags, uint64_t r5)
{
	return (uintptr_t)rq_storage_get((struct rq_map *)(uintptr_t)map, (const void *)(uintptr_t)owner,
					 (const void *)(uintptr_t)initial, flags);
}

static uint64_t storage_delete(struct rq_exec *exec, uint64_t map, uint64_t owner, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return (int64_t)rq_storage_delete((struct rq_map *)(uintptr_t)map, (const void *)(uintptr_t)owner);
}

static uint64_t local_storage(struct rq_exec *exec, uint64_t map, uint64_t flags, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return (uintptr_t)rq_cgroup_storage((struct rq_map *)(uintptr_t)map);
}

#define STORAGE(kind, number_get, number_delete, group, owner)                                                         \
	{ "bpf_" kind "_storage_get", number_get, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15, group, RQ_RET_MAP_VALUE_OR_NULL,    \
	  NULL, { MAP, owner, VALUE_OR_NULL, ANY }, storage_get },                                                     \
	{ "bpf_" kind "_storage_delete", number_delete, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15, group, RQ_RET_INTEGER, NULL,  \
	  { MAP, owner }, storage_delete }
#define OWNER(type) { RQ_ARG_BTF_ID_OR_NULL, .type_name = (type) }

static const struct rq_func rows[] = {
	STORAGE("task", BPF_FUNC_task_storage_get, BPF_FUNC_task_storage_delete, RQ_GROUP_BASE, OWNER("task_struct")),
	STORAGE("cgrp", RQ_FUNC_cgrp_storage_get, RQ_FUNC_cgrp_storage_delete, RQ_GROUP_BASE, OWNER("cgroup")),
	STORAGE("inode", BPF_FUNC_inode_storage_get, BPF_FUNC_inode_storage_delete, RQ_GROUP_LSM, OWNER("inode")),
	STORAGE("sk", BPF_FUNC_sk_storage_get, BPF_FUNC_sk_storage_delete, RQ_GROUP_SK_STORAGE, SK_COMMON_BTF),
	{ "bpf_get_local_storage", BPF_FUNC_get_local_storage, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_CGROUP,
	  RQ_RET_MAP_VALUE, NULL, { MAP, ANY }, local_storage },
};

RQ_FUNC_TABLE(rq_storage_funcs, rows);
