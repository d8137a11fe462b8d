/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Local storage: values that belong to a task, inode, socket or cgroup. A program names the owner by its kernel object, a user
 * by a descriptor. In a machine these meet in the task that stands for this process and in the one cgroup; what else users name
 * has values that users alone see.
 */
#ifndef RQ_MAP_STORAGE_H
#define RQ_MAP_STORAGE_H

#include "map/map.h"

/* What Debian 12's linux/bpf.h lacks. */
#define RQ_MAP_TYPE_CGRP_STORAGE 32

/*
 * The value of @owner in @map, or NULL. Where there is none, BPF_LOCAL_STORAGE_GET_F_CREATE makes one of @initial, or of zeros
 * when that is NULL. In any context.
 */
void *rq_storage_get(struct rq_map *map, const void *owner, const void *initial, uint64_t flags);
/* 0, -ENOENT, -EDEADLK, -ETIMEDOUT. In any context. */
int rq_storage_delete(struct rq_map *map, const void *owner);

/* The storage of the machine's cgroup in a CGROUP_STORAGE map, or the calling CPU's in a PERCPU_CGROUP_STORAGE map. */
void *rq_cgroup_storage(struct rq_map *map);

#endif
