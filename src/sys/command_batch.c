// SPDX-License-Identifier: BSD-2-Clause
/* Many elements at once: attributes for map/user.h. */
#include <errno.h>

#include "map/user.h"
#include "sys/command.h"

#define CURSOR_BYTES 4 /* of maps that are walked by bucket */

/* Which way elements go. */
enum direction { KEYS_IN, ELEMENTS_IN, ELEMENTS_OUT };

/* All that a batch may touch; where elements come out, there are no more than the map can hold. */
static bool check_memory(const struct rq_map *map, const union bpf_attr *attr, enum direction direction)
{
	uint64_t count = attr->batch.count;
	size_t cursor = map->key_size > CURSOR_BYTES ? map->key_size : CURSOR_BYTES;
	size_t key_bytes, value_bytes;

	if (direction == ELEMENTS_OUT && count > map->max_entries)
		count = map->max_entries;
	if (__builtin_mul_overflow(count, map->key_size, &key_bytes) ||
	    __builtin_mul_overflow(count, rq_map_user_value_size(map), &value_bytes))
		return false;
	if (direction == KEYS_IN)
		return rq_user_in(attr->batch.keys, key_bytes);
	if (direction == ELEMENTS_IN)
		return rq_user_in(attr->batch.keys, key_bytes) && rq_user_in(attr->batch.values, value_bytes);
	if (attr->batch.in_batch && !rq_user_in(attr->batch.in_batch, cursor))
		return false;
	return rq_user_out(attr->batch.out_batch, cursor) && rq_user_out(attr->batch.keys, key_bytes) &&
	       rq_user_out(attr->batch.values, value_bytes);
}

static int run_batch(struct rq_call *call, int (*run)(struct rq_map *, struct rq_map_batch *), enum direction direction,
		     uint32_t needs)
{
	const union bpf_attr *attr = &call->attr.bpf;
	struct rq_map_batch batch = {
		.in = (const void *)(uintptr_t)attr->batch.in_batch,
		.out = (void *)(uintptr_t)attr->batch.out_batch,
		.keys = (void *)(uintptr_t)attr->batch.keys,
		.values = (void *)(uintptr_t)attr->batch.values,
		.count = attr->batch.count,
		.elem_flags = attr->batch.elem_flags,
	};
	uint32_t denied;
	struct rq_map *map;
	int error;

	if (attr->batch.flags)
		return -EINVAL;
	error = rq_registry_lookup_access(&call->machine->registry, attr->batch.map_fd, RQ_OBJECT_MAP,
					  (struct rq_object **)&map, &denied);
	if (error)
		return error;
	if (denied & needs) {
		rq_object_put(&map->object);
		return -EPERM;
	}
	if (batch.count && !check_memory(map, attr, direction)) {
		batch.count = 0; /* what comes before the elements is checked first */
		error = run(map, &batch);
		error = error ? error : -EFAULT;
	} else {
		error = run(map, &batch);
	}
	rq_call_write(call, offsetof(union bpf_attr, batch.count), &batch.count, sizeof(batch.count));
	rq_object_put(&map->object);
	return error;
}

int rq_map_lookup_batch_command(struct rq_call *call)
{
	return run_batch(call, rq_map_user_lookup_batch, ELEMENTS_OUT, BPF_F_WRONLY);
}

int rq_map_take_batch_command(struct rq_call *call)
{
	return run_batch(call, rq_map_user_take_batch, ELEMENTS_OUT, BPF_F_RDONLY | BPF_F_WRONLY);
}

int rq_map_update_batch_command(struct rq_call *call)
{
	return run_batch(call, rq_map_user_update_batch, ELEMENTS_IN, BPF_F_RDONLY);
}

int rq_map_delete_batch_command(struct rq_call *call)
{
	return run_batch(call, rq_map_user_remove_batch, KEYS_IN, BPF_F_RDONLY);
}
