/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_MAP_TYPE_PERCPU_ARRAY: an array for each virtual CPU. */
#include <errno.h>

#include "base/memory.h"
#include "map/internal.h"
#include "map/lock.h"
#include "map/types.h"

#define STRIDE_MAX 32768u /* what the kernel allocates for a CPU in one piece */

struct percpu_array {
	struct rq_map map;
	uint32_t stride;
	size_t cpu_bytes;
	uint8_t *values;
};

static int check(const union bpf_attr *attr)
{
	if (!attr->max_entries || attr->key_size != 4 || !attr->value_size || (attr->map_flags & BPF_F_NUMA_NODE))
		return -EINVAL;
	return rq_round_up_8(attr->value_size) > STRIDE_MAX || attr->value_size > STRIDE_MAX ? -E2BIG : 0;
}

static int create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	struct percpu_array *array = rq_alloc(1, sizeof(*array));

	if (!array)
		return -ENOMEM;
	array->map.memory_fd = -1;
	array->stride = rq_round_up_8(attr->value_size);
	array->cpu_bytes = (size_t)array->stride * attr->max_entries;
	array->values = rq_alloc(host->cpus, array->cpu_bytes);
	if (!array->values) {
		rq_free(array);
		return -ENOMEM;
	}
	*map = &array->map;
	return 0;
}

static uint8_t *value_at(const struct rq_map *map, unsigned int cpu, uint32_t index)
{
	const struct percpu_array *array = (const struct percpu_array *)map;

	return array->values + cpu * array->cpu_bytes + (size_t)index * array->stride;
}

static void destroy(struct rq_map *map)
{
	struct percpu_array *array = (struct percpu_array *)map;

	if (map->record)
		for (unsigned int cpu = 0; cpu < map->host->cpus; cpu++)
			for (uint32_t i = 0; i < map->max_entries; i++)
				rq_map_release_fields(map, value_at(map, cpu, i));
	rq_free(array->values);
	rq_free(array);
}

static void *lookup_cpu(struct rq_map *map, const void *key, uint32_t cpu)
{
	uint32_t index = rq_map_index(key);

	return index < map->max_entries && cpu < map->host->cpus ? value_at(map, cpu, index) : NULL;
}

static void *lookup(struct rq_map *map, const void *key)
{
	return lookup_cpu(map, key, rq_map_value_cpu(map));
}

static int check_update(const struct rq_map *map, const void *key, uint64_t flags)
{
	if (flags > BPF_EXIST)
		return -EINVAL;
	if (rq_map_index(key) >= map->max_entries)
		return -E2BIG;
	return flags & BPF_NOEXIST ? -EEXIST : 0;
}

static int update(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	int err = check_update(map, key, flags);
	void *target;

	if (err)
		return err;
	target = lookup(map, key);
	rq_map_copy_value(map, target, value);
	rq_map_release_fields(map, target);
	return 0;
}

static int user_update(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	int err = check_update(map, key, flags);

	if (err)
		return err;
	rq_map_copy_cpu_values(map, value_at(map, 0, rq_map_index(key)), ((struct percpu_array *)map)->cpu_bytes, value);
	for (unsigned int cpu = 0; cpu < map->host->cpus; cpu++)
		rq_map_release_fields(map, value_at(map, cpu, rq_map_index(key)));
	return 0;
}

static int user_lookup(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	uint32_t index = rq_map_index(key);

	if (index >= map->max_entries)
		return -ENOENT;
	rq_map_copy_cpu_values_to_user(map, value, value_at(map, 0, index), ((struct percpu_array *)map)->cpu_bytes);
	return 0;
}

static int for_each(struct rq_map *map, int (*visit)(void *arg, const void *key, void *value), void *arg)
{
	unsigned int cpu = rq_map_value_cpu(map);

	for (uint32_t i = 0; i < map->max_entries; i++) {
		uint32_t key = i;

		if (visit(arg, &key, value_at(map, cpu, i)))
			break;
	}
	return 0;
}

const struct rq_map_ops rq_percpu_array_ops = {
	.type = BPF_MAP_TYPE_PERCPU_ARRAY,
	.name = "percpu_array",
	.flags_allowed = BPF_F_NUMA_NODE | RQ_FLAGS_ACCESS,
	.field_kinds = RQ_FIELDS_KPTRS,
	.check = check,
	.check_btf = rq_array_check_btf,
	.create = create,
	.destroy = destroy,
	.lookup = lookup,
	.lookup_cpu = lookup_cpu,
	.update = update,
	.remove = rq_array_remove,
	.next_key = rq_array_next_key,
	.for_each = for_each,
	.user_value_size = rq_map_cpu_values_size,
	.user_lookup = user_lookup,
	.user_update = user_update,
	.batches = RQ_BATCH_LOOKUP | RQ_BATCH_UPDATE,
};
