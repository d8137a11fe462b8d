/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_CGROUP_STORAGE and PERCPU_CGROUP_STORAGE: a value for each cgroup that a program is attached to. A machine has
 * one cgroup, whose id is 1. Users find its value, under any attach type, as soon as a program has asked for it.
 */
#include <errno.h>

#include "base/memory.h"
#include "map/internal.h"
#include "map/lock.h"
#include "map/storage.h"
#include "map/types.h"

#define CGROUP_ID  1
#define VALUE_MAX  65407u /* as of other local storage */
#define STRIDE_MAX 32768u /* what the kernel allocates for a CPU in one piece */

struct cgroup_storage {
	struct rq_map map;
	uint32_t stride; /* between values of CPUs; 0: they share one */
	_Atomic bool attached;
	uint64_t values[];
};

static int check_sizes(const union bpf_attr *attr, uint32_t value_max)
{
	const uint32_t whole = sizeof(struct bpf_cgroup_storage_key);

	if ((attr->key_size != whole && attr->key_size != sizeof(uint64_t)) || !attr->value_size)
		return -EINVAL;
	if (attr->value_size > value_max)
		return -E2BIG;
	return attr->max_entries ? -EINVAL : 0;
}

static int check(const union bpf_attr *attr)
{
	return check_sizes(attr, VALUE_MAX);
}

static int check_percpu(const union bpf_attr *attr)
{
	return check_sizes(attr, STRIDE_MAX);
}

static bool is_int(const struct rq_btf *btf, uint32_t type_id, uint32_t bits)
{
	const struct btf_type *type = btf__type_by_id(btf->types, rq_btf_skip_modifiers(btf, type_id));

	return btf_is_int(type) && btf_int_bits(type) == bits && !btf_int_offset(type);
}

/* A cgroup's id, or struct bpf_cgroup_storage_key: the id, then the attach type. */
static int check_btf(const union bpf_attr *attr, const struct rq_btf *btf)
{
	uint32_t id = rq_btf_skip_modifiers(btf, attr->btf_key_type_id);
	const struct btf_type *key = btf__type_by_id(btf->types, id);

	if (attr->key_size == sizeof(uint64_t))
		return is_int(btf, id, 64) ? 0 : -EINVAL;
	if (!btf_is_struct(key) || btf_vlen(key) < 2)
		return -EINVAL;
	return is_int(btf, btf_members(key)[0].type, 64) && !btf_member_bit_offset(key, 0) &&
		       is_int(btf, btf_members(key)[1].type, 32) && btf_member_bit_offset(key, 1) == 64 ? 0 : -EINVAL;
}

static int create_of(uint32_t values, uint32_t stride, struct rq_map **map)
{
	struct cgroup_storage *storage = rq_alloc(1, sizeof(*storage) + (size_t)values * stride);

	if (!storage)
		return -ENOMEM;
	storage->map.memory_fd = -1;
	storage->stride = values == 1 ? 0 : stride;
	*map = &storage->map;
	return 0;
}

static int create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	return create_of(1, rq_round_up_8(attr->value_size), map);
}

static int create_percpu(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	return create_of(host->cpus, rq_round_up_8(attr->value_size), map);
}

static void destroy(struct rq_map *map)
{
	rq_free(map);
}

static uint8_t *value_of(struct rq_map *map, unsigned int cpu)
{
	struct cgroup_storage *storage = (struct cgroup_storage *)map;

	return (uint8_t *)storage->values + (size_t)cpu * storage->stride;
}

void *rq_cgroup_storage(struct rq_map *map)
{
	struct cgroup_storage *storage = (struct cgroup_storage *)map;

	if (!atomic_load_explicit(&storage->attached, memory_order_relaxed))
		atomic_store_explicit(&storage->attached, true, memory_order_relaxed);
	return value_of(map, rq_map_value_cpu(map));
}

static bool is_there(struct rq_map *map, const void *key)
{
	uint64_t id;

	memcpy(&id, key, sizeof(id));
	return id == CGROUP_ID && atomic_load_explicit(&((struct cgroup_storage *)map)->attached, memory_order_relaxed);
}

static bool per_cpu(const struct rq_map *map)
{
	return map->ops->type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

static int user_lookup(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	if (!is_there(map, key))
		return -ENOENT;
	if (per_cpu(map))
		rq_map_copy_cpu_values_to_user(map, value, value_of(map, 0), ((struct cgroup_storage *)map)->stride);
	else if (flags & BPF_F_LOCK)
		return rq_map_copy_value_to_user_locked(map, value, value_of(map, 0));
	else
		rq_map_copy_value_to_user(map, value, value_of(map, 0));
	return 0;
}

static int user_update(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	if (!rq_map_update_flags_ok(map, flags) || (flags & BPF_NOEXIST))
		return -EINVAL;
	if (!is_there(map, key))
		return -ENOENT;
	if (per_cpu(map))
		rq_map_copy_cpu_values(map, value_of(map, 0), ((struct cgroup_storage *)map)->stride, value);
	else if (flags & BPF_F_LOCK)
		return rq_map_copy_value_locked(map, value_of(map, 0), value);
	else
		rq_map_copy_value(map, value_of(map, 0), value);
	return 0;
}

static int user_remove(struct rq_map *map, const void *key)
{
	return -EINVAL;
}

static int next_key(struct rq_map *map, const void *key, void *next)
{
	const uint64_t id = CGROUP_ID;

	if (key || !is_there(map, &id))
		return -ENOENT;
	memset(next, 0, map->key_size);
	memcpy(next, &id, sizeof(id));
	return 0;
}

#define COMMON                                                                                     \
	.flags_allowed = BPF_F_NUMA_NODE | RQ_FLAGS_ACCESS, .check_btf = check_btf,                \
	.destroy = destroy, .next_key = next_key, .user_lookup = user_lookup,                      \
	.user_update = user_update, .user_remove = user_remove

const struct rq_map_ops rq_cgroup_storage_ops = {
	.type = BPF_MAP_TYPE_CGROUP_STORAGE,
	.name = "cgroup_storage",
	.field_kinds = RQ_FIELDS_LOCKS,
	.check = check,
	.create = create,
	COMMON,
};

const struct rq_map_ops rq_percpu_cgroup_storage_ops = {
	.type = BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE,
	.name = "percpu_cgroup_storage",
	.check = check_percpu,
	.create = create_percpu,
	.user_value_size = rq_map_cpu_values_size,
	COMMON,
};
