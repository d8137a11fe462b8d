/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What bpf(2) does with the elements of a map, access rights included; in the kernel's order of checks, with its errno. For
 * src/sys, which finds the map and refuses unknown attributes. Task context only, any thread; an unsupported operation is
 * -RQ_ENOTSUPP. A key is NULL for maps without keys (else -EINVAL), and else only where "first" is asked for (-EFAULT). A
 * value that is NULL, of an update, is -EFAULT.
 */
#ifndef RQ_MAP_USER_H
#define RQ_MAP_USER_H

#include "map/map.h"

/* Bytes of a value towards users: all CPUs' values of per-CPU maps, a descriptor or id of maps of objects. */
uint32_t rq_map_user_value_size(const struct rq_map *map);

int rq_map_user_lookup(struct rq_map *map, const void *key, void *value, uint64_t flags);
int rq_map_user_update(struct rq_map *map, const void *key, const void *value, uint64_t flags);
int rq_map_user_remove(struct rq_map *map, const void *key);
int rq_map_user_next_key(struct rq_map *map, const void *key, void *next);
int rq_map_user_take(struct rq_map *map, const void *key, void *value, uint64_t flags); /* lookup and delete */

/* BPF_MAP_FREEZE. Also seals the memory against new writable mappings. -EPERM, -EBUSY, -RQ_ENOTSUPP (special fields). */
int rq_map_freeze(struct rq_map *map);

/*
 * The batch commands. @in, @out: where to go on, 4 bytes or a key, whichever is more; @in NULL: from the start. @count: how
 * many there is room for, and then how many were done; also when an error is returned.
 */
struct rq_map_batch {
	const void *in;
	void *out;
	void *keys, *values;
	uint32_t count;
	uint64_t elem_flags;
};

int rq_map_user_lookup_batch(struct rq_map *map, struct rq_map_batch *batch);
int rq_map_user_take_batch(struct rq_map *map, struct rq_map_batch *batch);
int rq_map_user_update_batch(struct rq_map *map, struct rq_map_batch *batch);
int rq_map_user_remove_batch(struct rq_map *map, struct rq_map_batch *batch);

#endif
