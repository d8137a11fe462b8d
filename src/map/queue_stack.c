/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_MAP_TYPE_QUEUE and STACK: a ring of values under one lock. Without keys, and without BTF. */
#include <errno.h>

#include "base/memory.h"
#include "map/internal.h"
#include "map/lock.h"
#include "map/types.h"

#define VALUE_MAX (4u << 20)

struct ring {
	struct rq_map map;
	rqspinlock_t lock;
	uint32_t slots, stride; /* one slot more than values: full and empty differ */
	uint32_t head, tail;    /* next to write, oldest */
	uint8_t *values;
};

static int check(const union bpf_attr *attr)
{
	if (!attr->max_entries || attr->key_size || !attr->value_size)
		return -EINVAL;
	return attr->value_size > VALUE_MAX ? -E2BIG : 0;
}

static int create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	struct ring *ring = attr->max_entries < UINT32_MAX ? rq_alloc(1, sizeof(*ring)) : NULL;

	if (!ring)
		return -ENOMEM;
	ring->map.memory_fd = -1;
	ring->slots = attr->max_entries + 1;
	ring->stride = rq_round_up_8(attr->value_size);
	ring->values = rq_alloc(ring->slots, ring->stride);
	if (!ring->values) {
		rq_free(ring);
		return -ENOMEM;
	}
	*map = &ring->map;
	return 0;
}

static void destroy(struct rq_map *map)
{
	struct ring *ring = (struct ring *)map;

	rq_free(ring->values);
	rq_free(ring);
}

static uint32_t after(const struct ring *ring, uint32_t slot)
{
	return slot + 1 == ring->slots ? 0 : slot + 1;
}

static uint32_t before(const struct ring *ring, uint32_t slot)
{
	return slot ? slot - 1 : ring->slots - 1;
}

static void *value_at(const struct ring *ring, uint32_t slot)
{
	return ring->values + (size_t)slot * ring->stride;
}

/* BPF_EXIST: the oldest makes room. */
static int push(struct rq_map *map, const void *value, uint64_t flags)
{
	struct ring *ring = (struct ring *)map;
	struct rq_map_locked locked;
	int err = 0;

	if ((flags & BPF_NOEXIST) || flags > BPF_EXIST)
		return -EINVAL;
	if (rq_map_lock(map->host, &ring->lock, &locked))
		return -EBUSY;
	if (after(ring, ring->head) == ring->tail) {
		if (flags & BPF_EXIST)
			ring->tail = after(ring, ring->tail);
		else
			err = -E2BIG;
	}
	if (!err) {
		rq_copy_into_value(value_at(ring, ring->head), value, map->value_size);
		ring->head = after(ring, ring->head);
	}
	rq_map_unlock(map->host, &locked);
	return err;
}

static int read_value(struct rq_map *map, void *value, bool newest, bool take)
{
	struct ring *ring = (struct ring *)map;
	struct rq_map_locked locked;
	int err = -ENOENT;

	if (rq_map_lock(map->host, &ring->lock, &locked))
		return -EBUSY;
	if (ring->head != ring->tail) {
		uint32_t slot = newest ? before(ring, ring->head) : ring->tail;

		rq_copy_from_value(value, value_at(ring, slot), map->value_size);
		if (take && newest)
			ring->head = slot;
		else if (take)
			ring->tail = after(ring, slot);
		err = 0;
	}
	rq_map_unlock(map->host, &locked);
	return err;
}

/* A program finds zeroes where there was no value. */
static int for_program(struct rq_map *map, void *value, int err)
{
	if (err)
		memset(value, 0, map->value_size);
	return err;
}

static int queue_pop(struct rq_map *map, void *value)
{
	return for_program(map, value, read_value(map, value, false, true));
}

static int queue_peek(struct rq_map *map, void *value)
{
	return for_program(map, value, read_value(map, value, false, false));
}

static int stack_pop(struct rq_map *map, void *value)
{
	return for_program(map, value, read_value(map, value, true, true));
}

static int stack_peek(struct rq_map *map, void *value)
{
	return for_program(map, value, read_value(map, value, true, false));
}

static int user_update(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	return push(map, value, flags);
}

static int queue_user_lookup(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	return read_value(map, value, false, false);
}

static int stack_user_lookup(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	return read_value(map, value, true, false);
}

static int queue_user_take(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	return flags ? -EINVAL : read_value(map, value, false, true);
}

static int stack_user_take(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	return flags ? -EINVAL : read_value(map, value, true, true);
}

static int user_remove(struct rq_map *map, const void *key)
{
	return -EINVAL;
}

static int next_key(struct rq_map *map, const void *key, void *next)
{
	return -EINVAL;
}

#define COMMON                                                                                     \
	.flags_allowed = BPF_F_NUMA_NODE | RQ_FLAGS_ACCESS, .check = check, .create = create,      \
	.destroy = destroy, .push = push, .user_update = user_update, .user_remove = user_remove,  \
	.next_key = next_key

const struct rq_map_ops rq_queue_ops = {
	.type = BPF_MAP_TYPE_QUEUE,
	.name = "queue",
	.pop = queue_pop,
	.peek = queue_peek,
	.user_lookup = queue_user_lookup,
	.user_take = queue_user_take,
	COMMON,
};

const struct rq_map_ops rq_stack_ops = {
	.type = BPF_MAP_TYPE_STACK,
	.name = "stack",
	.pop = stack_pop,
	.peek = stack_peek,
	.user_lookup = stack_user_lookup,
	.user_take = stack_user_take,
	COMMON,
};
