/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_PROG_ARRAY and ARRAY_OF_MAPS: arrays of references. Users put descriptors in and get ids out, under a mutex;
 * programs only read.
 */
#include <errno.h>

#include "base/memory.h"
#include "map/inner.h"
#include "map/internal.h"
#include "map/types.h"

struct object_array {
	struct rq_map map;
	pthread_mutex_t mutex; /* of who changes objects; programs read without */
	_Atomic(struct rq_object *) objects[];
};

static int check(const union bpf_attr *attr)
{
	return !attr->max_entries || attr->key_size != 4 || attr->value_size != 4 ? -EINVAL : 0;
}

static int create_programs(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	struct object_array *array;
	size_t bytes = sizeof(*array) + (size_t)attr->max_entries * sizeof(array->objects[0]);

	array = rq_alloc(1, bytes);
	if (!array)
		return -ENOMEM;
	array->map.memory_fd = -1;
	pthread_mutex_init(&array->mutex, NULL);
	*map = &array->map;
	return 0;
}

static void free_array(struct rq_map *map)
{
	struct object_array *array = (struct object_array *)map;

	rq_inner_free(map->inner);
	pthread_mutex_destroy(&array->mutex);
	rq_free(array);
}

static int create_maps(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	int err = create_programs(attr, host, map);

	if (err)
		return err;
	err = rq_inner_describe(host, attr->inner_map_fd, &(*map)->inner);
	if (err)
		free_array(*map);
	return err;
}

/* Acquire: pairs with the release in exchange(): the object is seen complete. */
static struct rq_object *object_at(struct rq_map *map, uint32_t index)
{
	if (index >= map->max_entries)
		return NULL;
	return atomic_load_explicit(&((struct object_array *)map)->objects[index], memory_order_acquire);
}

static struct rq_object *exchange(struct rq_map *map, uint32_t index, struct rq_object *object)
{
	return atomic_exchange_explicit(&((struct object_array *)map)->objects[index], object, memory_order_acq_rel);
}

/* Nobody reads any more when a map ends. */
static void destroy(struct rq_map *map)
{
	for (uint32_t i = 0; i < map->max_entries; i++)
		rq_object_put(exchange(map, i, NULL));
	free_array(map);
}

static void last_descriptor(struct rq_map *map)
{
	for (uint32_t i = 0; i < map->max_entries; i++)
		rq_map_retire(map->host, exchange(map, i, NULL));
}

static int user_lookup(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	struct object_array *array = (struct object_array *)map;
	struct rq_object *object;

	pthread_mutex_lock(&array->mutex);
	object = object_at(map, rq_map_index(key));
	if (object)
		memcpy(value, &object->id, sizeof(object->id));
	pthread_mutex_unlock(&array->mutex);
	return object ? 0 : -ENOENT;
}

/* A program must be of the kind of those that are there: a tail call keeps its context. */
static bool fits(struct rq_map *map, const struct rq_object *object)
{
	if (map->inner || !map->host->same_kind)
		return true;
	for (uint32_t i = 0; i < map->max_entries; i++)
		if (object_at(map, i))
			return map->host->same_kind(object_at(map, i), object);
	return true;
}

static int object_of(struct rq_map *map, const void *value, struct rq_object **object)
{
	int32_t fd;

	memcpy(&fd, value, sizeof(fd));
	if (!map->inner)
		return map->host->object_by_fd(map->machine, fd, RQ_OBJECT_PROG, object);
	return rq_inner_by_fd(map->host, map->inner, fd, (struct rq_map **)object);
}

static int user_update(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	struct object_array *array = (struct object_array *)map;
	struct rq_object *object, *old = NULL;
	int err;

	if (flags != BPF_ANY)
		return -EINVAL;
	if (rq_map_index(key) >= map->max_entries)
		return -E2BIG;
	err = object_of(map, value, &object);
	if (err)
		return err;
	pthread_mutex_lock(&array->mutex);
	if (fits(map, object))
		old = exchange(map, rq_map_index(key), object);
	else
		err = -EINVAL;
	pthread_mutex_unlock(&array->mutex);
	if (err)
		rq_object_put(object);
	else
		rq_map_retire(map->host, old);
	return err;
}

static int user_remove(struct rq_map *map, const void *key)
{
	struct object_array *array = (struct object_array *)map;
	struct rq_object *old;

	if (rq_map_index(key) >= map->max_entries)
		return -E2BIG;
	pthread_mutex_lock(&array->mutex);
	old = exchange(map, rq_map_index(key), NULL);
	pthread_mutex_unlock(&array->mutex);
	rq_map_retire(map->host, old);
	return old ? 0 : -ENOENT;
}

static void *lookup_map(struct rq_map *map, const void *key)
{
	return object_at(map, rq_map_index(key));
}

static const struct rq_prog *program(struct rq_map *map, uint32_t index)
{
	return (const struct rq_prog *)object_at(map, index);
}

#define COMMON                                                                                     \
	.flags_allowed = BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY, .check = check,            \
	.destroy = destroy, .next_key = rq_array_next_key, .user_lookup = user_lookup,             \
	.user_update = user_update, .user_remove = user_remove

const struct rq_map_ops rq_prog_array_ops = {
	.type = BPF_MAP_TYPE_PROG_ARRAY,
	.name = "prog_array",
	.check_btf = rq_array_check_btf,
	.create = create_programs,
	.program = program,
	.last_descriptor = last_descriptor,
	COMMON,
};

const struct rq_map_ops rq_array_of_maps_ops = {
	.type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
	.name = "array_of_maps",
	.check_btf = rq_map_no_btf,
	.create = create_maps,
	.lookup = lookup_map,
	.batches = RQ_BATCH_LOOKUP | RQ_BATCH_UPDATE,
	COMMON,
};
