/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_MAP_TYPE_HASH_OF_MAPS: a hash map whose values are references to maps. Users change it under a mutex; programs read. */
#include <errno.h>

#include "map/hash.h"
#include "map/inner.h"
#include "map/types.h"
#include "map/user.h"

static int check(const union bpf_attr *attr)
{
	return attr->value_size != 4 ? -EINVAL : rq_hash_check_sizes(attr, false);
}

static struct rq_map *map_in(void *value)
{
	return (struct rq_map *)(uintptr_t)__atomic_load_n((uint64_t *)value, __ATOMIC_ACQUIRE);
}

static void discard(struct rq_hash *hash, void *value)
{
	/* When the map itself ends, nobody reads it. */
	if (!atomic_load_explicit(&hash->map.object.references, memory_order_relaxed))
		rq_object_put(&map_in(value)->object);
	else
		rq_map_retire(hash->map.host, &map_in(value)->object);
}

static void read_id(struct rq_hash *hash, void *value, void *to)
{
	memcpy(to, &map_in(value)->object.id, sizeof(uint32_t));
}

static int create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	const struct rq_map *inner;
	int err = rq_inner_describe(host, attr->inner_map_fd, &inner);

	if (err)
		return err;
	err = rq_hash_create(attr, host, (struct rq_hash_shape){ .value_bytes = 8 }, map);
	if (err) {
		rq_inner_free(inner);
		return err;
	}
	(*map)->inner = inner;
	((struct rq_hash *)*map)->discard = discard;
	((struct rq_hash *)*map)->read = read_id;
	pthread_mutex_init(&((struct rq_hash *)*map)->users, NULL);
	return 0;
}

static void destroy(struct rq_map *map)
{
	pthread_mutex_destroy(&((struct rq_hash *)map)->users);
	rq_inner_free(map->inner);
	rq_hash_destroy(map);
}

static void *lookup(struct rq_map *map, const void *key)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	struct rq_element *element = rq_hash_find(hash, key);

	return element ? map_in(rq_element_value(hash, element)) : NULL;
}

static int user_lookup(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	struct rq_element *element;

	pthread_mutex_lock(&hash->users);
	element = rq_hash_find(hash, key);
	if (element)
		rq_hash_copy_out(hash, element, value, flags);
	pthread_mutex_unlock(&hash->users);
	return element ? 0 : -ENOENT;
}

static int user_update(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	struct rq_map *inner;
	uint64_t word;
	int32_t fd;
	int err;

	memcpy(&fd, value, sizeof(fd));
	err = rq_inner_by_fd(map->host, map->inner, fd, &inner);
	if (err)
		return err;
	word = (uintptr_t)inner;
	pthread_mutex_lock(&hash->users);
	err = rq_map_update_flags_ok(map, flags) ? rq_hash_put(hash, key, &word, flags, RQ_HASH_WORD) : -EINVAL;
	pthread_mutex_unlock(&hash->users);
	if (err)
		rq_object_put(&inner->object);
	return err;
}

static int user_remove(struct rq_map *map, const void *key)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	int err;

	pthread_mutex_lock(&hash->users);
	err = rq_hash_remove(map, key);
	pthread_mutex_unlock(&hash->users);
	return err;
}

static int walk_batch(struct rq_map *map, struct rq_map_batch *batch, bool take)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	int err;

	pthread_mutex_lock(&hash->users);
	err = rq_hash_walk_batch(map, batch, take);
	pthread_mutex_unlock(&hash->users);
	return err;
}

const struct rq_map_ops rq_hash_of_maps_ops = {
	.type = BPF_MAP_TYPE_HASH_OF_MAPS,
	.name = "hash_of_maps",
	.flags_allowed = BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | BPF_F_ZERO_SEED | RQ_FLAGS_ACCESS,
	.check = check,
	.check_btf = rq_map_no_btf,
	.create = create,
	.destroy = destroy,
	.lookup = lookup,
	.next_key = rq_hash_next_key,
	.user_lookup = user_lookup,
	.user_update = user_update,
	.user_remove = user_remove,
	.batches = RQ_BATCH_LOOKUP | RQ_BATCH_TAKE | RQ_BATCH_UPDATE | RQ_BATCH_REMOVE,
	.walk_batch = walk_batch,
};
