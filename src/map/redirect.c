/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where XDP programs redirect packets to: BPF_MAP_TYPE_DEVMAP, DEVMAP_HASH and CPUMAP. A machine sends nothing; programs see
 * which entries there are and what is in them: a device's or a queue's number, and in 8-byte values the id of a program.
 */
#include <errno.h>
#include <limits.h>
#include <net/if.h>

#include "base/memory.h"
#include "map/hash.h"
#include "map/types.h"

#define CPUS_MAX  1024u /* of a machine: bpf.h */
#define QUEUE_MAX 16384u

struct target {
	uint32_t number; /* 0: no entry */
	int32_t program; /* from users a descriptor, towards them an id */
};

struct target_array {
	struct rq_map map;
	_Atomic uint64_t targets[]; /* struct target in one piece */
};

static int check_value(const union bpf_attr *attr)
{
	return !attr->max_entries || attr->key_size != 4 || (attr->value_size != 4 && attr->value_size != 8) ? -EINVAL : 0;
}

static int check_cpus(const union bpf_attr *attr)
{
	if (check_value(attr))
		return -EINVAL;
	return attr->max_entries > CPUS_MAX ? -E2BIG : 0;
}

static int check_devices(const union bpf_attr *attr)
{
	if (check_value(attr))
		return -EINVAL;
	return attr->max_entries > 1u << 31 ? -EINVAL : 0;
}

static int create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	struct target_array *array =
		rq_alloc(1, sizeof(*array) + (size_t)attr->max_entries * sizeof(array->targets[0]));

	if (!array)
		return -ENOMEM;
	array->map.memory_fd = -1;
	*map = &array->map;
	return 0;
}

static void destroy(struct rq_map *map)
{
	rq_free(map);
}

static void *lookup(struct rq_map *map, const void *key)
{
	struct target_array *array = (struct target_array *)map;
	uint32_t index = rq_map_index(key);

	if (index >= map->max_entries || !(uint32_t)atomic_load_explicit(&array->targets[index], memory_order_relaxed))
		return NULL;
	return (void *)&array->targets[index];
}

static int user_lookup(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	const void *found = lookup(map, key);

	if (!found)
		return -ENOENT;
	rq_copy_from_value(value, found, map->value_size);
	return 0;
}

static struct target target_in(const struct rq_map *map, const void *value)
{
	struct target target = { 0 };

	memcpy(&target, value, map->value_size);
	return target;
}

/* The descriptor of a program becomes its id. */
static int take_program(struct rq_map *map, struct target *target)
{
	struct rq_object *object;
	int err;

	if (target->program <= 0) {
		target->program = 0;
		return 0;
	}
	err = map->host->object_by_fd(map->machine, target->program, RQ_OBJECT_PROG, &object);
	if (err)
		return err;
	target->program = object->id;
	rq_object_put(object);
	return 0;
}

static int check_device(struct rq_map *map, struct target *target)
{
	char name[IF_NAMESIZE];

	if (!if_indextoname(target->number, name))
		return -EINVAL;
	return take_program(map, target);
}

static uint64_t word_of(struct target target)
{
	uint64_t word;

	memcpy(&word, &target, sizeof(word));
	return word;
}

static int put(struct rq_map *map, const void *key, struct target target)
{
	atomic_store_explicit(&((struct target_array *)map)->targets[rq_map_index(key)], word_of(target),
			      memory_order_relaxed);
	return 0;
}

static int check_index(const struct rq_map *map, const void *key, uint64_t flags)
{
	if (flags > BPF_EXIST)
		return -EINVAL;
	if (rq_map_index(key) >= map->max_entries)
		return -E2BIG;
	return flags == BPF_NOEXIST ? -EEXIST : 0;
}

static int update_device(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	struct target target = target_in(map, value);
	int err = check_index(map, key, flags);

	if (!err && !target.number)
		err = target.program > 0 ? -EINVAL : 0;
	else if (!err)
		err = check_device(map, &target);
	return err ? err : put(map, key, target);
}

static int update_cpu(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	struct target target = target_in(map, value);
	int err = check_index(map, key, flags);

	if (!err && target.number > QUEUE_MAX)
		err = -EOVERFLOW;
	if (!err && rq_map_index(key) >= map->host->cpus)
		err = -ENODEV;
	if (!err)
		err = take_program(map, &target);
	return err ? err : put(map, key, target);
}

static int remove_target(struct rq_map *map, const void *key)
{
	return rq_map_index(key) >= map->max_entries ? -EINVAL : put(map, key, (struct target){ 0 });
}

static int create_hash(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	return rq_hash_create(attr, host, (struct rq_hash_shape){ .value_bytes = sizeof(struct target) }, map);
}

static void *lookup_hash(struct rq_map *map, const void *key)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	struct rq_element *element = rq_hash_find(hash, key);

	return element ? rq_element_value(hash, element) : NULL;
}

static int update_hash(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	struct target target = target_in(map, value);
	uint64_t word;
	int err = flags > BPF_EXIST || !target.number ? -EINVAL : 0;

	if (!err && flags == BPF_NOEXIST && rq_hash_find(hash, key))
		err = -EEXIST;
	if (!err)
		err = check_device(map, &target);
	word = word_of(target);
	return err ? err : rq_hash_put(hash, key, &word, flags, RQ_HASH_WORD);
}

#define COMMON                                                                                     \
	.flags_allowed = BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY, .check_btf = rq_map_no_btf

const struct rq_map_ops rq_devmap_ops = {
	.type = BPF_MAP_TYPE_DEVMAP,
	.name = "devmap",
	.flags_added = BPF_F_RDONLY_PROG,
	.check = check_value,
	.create = create,
	.destroy = destroy,
	.lookup = lookup,
	.next_key = rq_array_next_key,
	.user_lookup = user_lookup,
	.user_update = update_device,
	.user_remove = remove_target,
	COMMON,
};

const struct rq_map_ops rq_cpumap_ops = {
	.type = BPF_MAP_TYPE_CPUMAP,
	.name = "cpumap",
	.check = check_cpus,
	.create = create,
	.destroy = destroy,
	.lookup = lookup,
	.next_key = rq_array_next_key,
	.user_lookup = user_lookup,
	.user_update = update_cpu,
	.user_remove = remove_target,
	.flags_allowed = BPF_F_NUMA_NODE,
	.check_btf = rq_map_no_btf,
};

const struct rq_map_ops rq_devmap_hash_ops = {
	.type = BPF_MAP_TYPE_DEVMAP_HASH,
	.name = "devmap_hash",
	.flags_added = BPF_F_RDONLY_PROG,
	.check = check_devices,
	.create = create_hash,
	.destroy = rq_hash_destroy,
	.lookup = lookup_hash,
	.next_key = rq_hash_next_key,
	.user_update = update_hash,
	.user_remove = rq_hash_remove,
	COMMON,
};
