/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_ARRAY: all values side by side, 8-byte aligned. A mmapable one lies in a memfd, which is also its descriptor,
 * so that mmap() of the descriptor shows the values; the kernel's layout.
 */
#include <errno.h>
#include <limits.h>

#include "base/memory.h"
#include "map/internal.h"
#include "map/types.h"

struct array {
	struct rq_map map;
	uint32_t stride;
	uint8_t *values;
	size_t shared_bytes; /* 0: of rq_alloc() */
};

static int check(const union bpf_attr *attr)
{
	if (!attr->max_entries || attr->key_size != 4 || !attr->value_size)
		return -EINVAL;
	if (attr->value_size > INT_MAX)
		return -E2BIG;
	return 0;
}

/* A section of data: no key type, one value. */
static bool is_data_section(const union bpf_attr *attr, const struct rq_btf *btf)
{
	return attr->max_entries == 1 &&
	       btf_is_datasec(btf__type_by_id(btf->types, attr->btf_value_type_id));
}

int rq_array_check_btf(const union bpf_attr *attr, const struct rq_btf *btf)
{
	const struct btf_type *key =
		btf__type_by_id(btf->types, rq_btf_skip_modifiers(btf, attr->btf_key_type_id));

	if (!attr->btf_key_type_id)
		return attr->map_type == BPF_MAP_TYPE_ARRAY && is_data_section(attr, btf) ? 0 : -EINVAL;
	if (!btf_is_int(key) || btf_int_bits(key) != 32 || btf_int_offset(key))
		return -EINVAL;
	return 0;
}

static int create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	struct array *array = rq_alloc(1, sizeof(*array));

	if (!array)
		return -ENOMEM;
	array->stride = rq_round_up_8(attr->value_size);
	array->map.memory_fd = -1;
	if (attr->map_flags & BPF_F_MMAPABLE) {
		array->shared_bytes = (size_t)array->stride * attr->max_entries;
		array->values = rq_alloc_shared(array->shared_bytes, &array->map.memory_fd);
	} else {
		array->values = rq_alloc(attr->max_entries, array->stride);
	}
	if (!array->values) {
		rq_free(array);
		return -ENOMEM;
	}
	*map = &array->map;
	return 0;
}

static void *value_at(const struct array *array, uint32_t index)
{
	return array->values + (size_t)index * array->stride;
}

static void destroy(struct rq_map *map)
{
	struct array *array = (struct array *)map;

	if (map->record)
		for (uint32_t i = 0; i < map->max_entries; i++)
			rq_map_release_fields(map, value_at(array, i));
	if (array->shared_bytes)
		rq_free_shared(array->values, array->shared_bytes, map->memory_fd);
	else
		rq_free(array->values);
	rq_free(array);
}

static void *lookup(struct rq_map *map, const void *key)
{
	uint32_t index = rq_map_index(key);

	return index < map->max_entries ? value_at((struct array *)map, index) : NULL;
}

static int update(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	uint32_t index = rq_map_index(key);
	void *target;

	if (!rq_map_update_flags_ok(map, flags))
		return -EINVAL;
	if (index >= map->max_entries)
		return -E2BIG;
	if (flags & BPF_NOEXIST)
		return -EEXIST;
	target = value_at((struct array *)map, index);
	if (flags & BPF_F_LOCK)
		return rq_map_copy_value_locked(map, target, value);
	rq_map_copy_value(map, target, value);
	rq_map_release_fields(map, target);
	return 0;
}

int rq_array_remove(struct rq_map *map, const void *key)
{
	return -EINVAL;
}

int rq_array_next_key(struct rq_map *map, const void *key, void *next)
{
	uint32_t index = key ? rq_map_index(key) : UINT32_MAX, following;

	if (index == map->max_entries - 1)
		return -ENOENT;
	following = index < map->max_entries ? index + 1 : 0;
	memcpy(next, &following, sizeof(following));
	return 0;
}

static int direct_value(struct rq_map *map, uint32_t offset, uint64_t *address)
{
	struct array *array = (struct array *)map;

	if (map->max_entries != 1)
		return -RQ_ENOTSUPP;
	if (offset >= map->value_size)
		return -EINVAL;
	*address = (uintptr_t)array->values + offset;
	return 0;
}

static int for_each(struct rq_map *map, int (*visit)(void *arg, const void *key, void *value), void *arg)
{
	for (uint32_t i = 0; i < map->max_entries; i++) {
		uint32_t key = i;

		if (visit(arg, &key, value_at((struct array *)map, i)))
			break;
	}
	return 0;
}

static int key_of(struct rq_map *map, const void *address, void *key, uint32_t *value_offset)
{
	struct array *array = (struct array *)map;
	uintptr_t offset = (uintptr_t)address - (uintptr_t)array->values;
	uint32_t index;

	if (offset >= (size_t)array->stride * map->max_entries || offset % array->stride >= map->value_size)
		return -ENOENT;
	index = offset / array->stride;
	memcpy(key, &index, sizeof(index));
	*value_offset = offset % array->stride;
	return 0;
}

const struct rq_map_ops rq_array_ops = {
	.type = BPF_MAP_TYPE_ARRAY,
	.name = "array",
	.flags_allowed = BPF_F_NUMA_NODE | BPF_F_MMAPABLE | BPF_F_INNER_MAP | RQ_FLAGS_ACCESS,
	.field_kinds = RQ_FIELDS_LOCKS | RQ_FIELDS_CALLBACKS | RQ_FIELDS_KPTRS | RQ_FIELDS_ROOTS,
	.check = check,
	.check_btf = rq_array_check_btf,
	.create = create,
	.destroy = destroy,
	.lookup = lookup,
	.update = update,
	.remove = rq_array_remove,
	.next_key = rq_array_next_key,
	.direct_value = direct_value,
	.for_each = for_each,
	.key_of = key_of,
	.batches = RQ_BATCH_LOOKUP | RQ_BATCH_UPDATE,
};
