/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_HASH, PERCPU_HASH, LRU_HASH and LRU_PERCPU_HASH: one table (hash.c), values in it or one for each CPU, and
 * eviction where a new key finds no room. BPF_F_NO_PREALLOC only means that memory is used when it is needed;
 * BPF_F_NO_COMMON_LRU, that the kernel keeps an order of use for each CPU, changes nothing here.
 */
#include <errno.h>

#include "map/hash.h"
#include "map/types.h"

#define HASH_FLAGS (BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | BPF_F_ZERO_SEED | RQ_FLAGS_ACCESS)
#define LRU_FLAGS  (HASH_FLAGS | BPF_F_NO_COMMON_LRU)
#define BATCHES	   (RQ_BATCH_LOOKUP | RQ_BATCH_TAKE | RQ_BATCH_UPDATE | RQ_BATCH_REMOVE)

static int check(const union bpf_attr *attr)
{
	return rq_hash_check_sizes(attr, false);
}

static int check_percpu(const union bpf_attr *attr)
{
	/* Values of CPUs have nodes of their own. */
	if (attr->map_flags & BPF_F_NUMA_NODE)
		return -EINVAL;
	return rq_hash_check_sizes(attr, true);
}

static int check_lru(const union bpf_attr *attr)
{
	return attr->map_flags & BPF_F_NO_PREALLOC ? -RQ_ENOTSUPP : check(attr);
}

static int check_lru_percpu(const union bpf_attr *attr)
{
	return attr->map_flags & BPF_F_NO_PREALLOC ? -RQ_ENOTSUPP : check_percpu(attr);
}

static int create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	return rq_hash_create(attr, host, (struct rq_hash_shape){ .value_bytes = attr->value_size }, map);
}

static int create_percpu(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	return rq_hash_create(attr, host, (struct rq_hash_shape){ .per_cpu = true }, map);
}

static int create_lru(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	return rq_hash_create(attr, host, (struct rq_hash_shape){ .value_bytes = attr->value_size, .lru = true }, map);
}

static int create_lru_percpu(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	return rq_hash_create(attr, host, (struct rq_hash_shape){ .per_cpu = true, .lru = true }, map);
}

static void *lookup(struct rq_map *map, const void *key)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	struct rq_element *element = rq_hash_find(hash, key);

	return element ? rq_element_value(hash, element) : NULL;
}

static struct rq_element *find_and_mark(struct rq_hash *hash, const void *key)
{
	struct rq_element *element = rq_hash_find(hash, key);
	_Atomic uint8_t *mark;

	if (!element || !hash->referenced)
		return element;
	mark = &hash->referenced[rq_element_number(hash, element)];
	if (!atomic_load_explicit(mark, memory_order_relaxed))
		atomic_store_explicit(mark, 1, memory_order_relaxed);
	return element;
}

static void *lookup_and_mark(struct rq_map *map, const void *key)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	struct rq_element *element = find_and_mark(hash, key);

	return element ? rq_element_value(hash, element) : NULL;
}

static void *lookup_cpu(struct rq_map *map, const void *key, uint32_t cpu)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	struct rq_element *element = cpu < map->host->cpus ? find_and_mark(hash, key) : NULL;

	return element ? rq_element_cpu_value(hash, element, cpu) : NULL;
}

static void *lookup_this_cpu(struct rq_map *map, const void *key)
{
	return lookup_cpu(map, key, rq_map_value_cpu(map));
}

static int update(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	if (!rq_map_update_flags_ok(map, flags))
		return -EINVAL;
	return rq_hash_put((struct rq_hash *)map, key, value, flags, RQ_HASH_THIS_CPU);
}

static int user_update_percpu(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	if (!rq_map_update_flags_ok(map, flags))
		return -EINVAL;
	return rq_hash_put((struct rq_hash *)map, key, value, flags, RQ_HASH_ALL_CPUS);
}

/* Does not count as use: who watches a map from outside should not keep elements in it. */
static int user_lookup(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	struct rq_element *element = rq_hash_find(hash, key);

	return element ? rq_hash_copy_out(hash, element, value, flags) : -ENOENT;
}

#define COMMON                                                                                     \
	.destroy = rq_hash_destroy, .update = update, .remove = rq_hash_remove,                    \
	.next_key = rq_hash_next_key, .for_each = rq_hash_for_each, .key_of = rq_hash_key_of,      \
	.user_lookup = user_lookup, .user_take = rq_hash_take, .batches = BATCHES,                 \
	.walk_batch = rq_hash_walk_batch

#define PERCPU                                                                                     \
	.lookup = lookup_this_cpu, .lookup_cpu = lookup_cpu, .user_update = user_update_percpu,    \
	.user_value_size = rq_map_cpu_values_size

const struct rq_map_ops rq_hash_ops = {
	.type = BPF_MAP_TYPE_HASH,
	.name = "hash",
	.flags_allowed = HASH_FLAGS,
	.field_kinds = RQ_FIELDS_LOCKS | RQ_FIELDS_CALLBACKS | RQ_FIELDS_KPTRS | RQ_FIELDS_ROOTS,
	.check = check,
	.create = create,
	.lookup = lookup,
	COMMON,
};

const struct rq_map_ops rq_percpu_hash_ops = {
	.type = BPF_MAP_TYPE_PERCPU_HASH,
	.name = "percpu_hash",
	.flags_allowed = HASH_FLAGS,
	.field_kinds = RQ_FIELDS_KPTRS,
	.check = check_percpu,
	.create = create_percpu,
	PERCPU,
	COMMON,
};

const struct rq_map_ops rq_lru_hash_ops = {
	.type = BPF_MAP_TYPE_LRU_HASH,
	.name = "lru_hash",
	.flags_allowed = LRU_FLAGS,
	.field_kinds = RQ_FIELDS_CALLBACKS | RQ_FIELDS_KPTRS | RQ_FIELDS_ROOTS,
	.check = check_lru,
	.create = create_lru,
	.lookup = lookup_and_mark,
	COMMON,
};

const struct rq_map_ops rq_lru_percpu_hash_ops = {
	.type = BPF_MAP_TYPE_LRU_PERCPU_HASH,
	.name = "lru_percpu_hash",
	.flags_allowed = LRU_FLAGS,
	.field_kinds = RQ_FIELDS_KPTRS,
	.check = check_lru_percpu,
	.create = create_lru_percpu,
	PERCPU,
	COMMON,
};
