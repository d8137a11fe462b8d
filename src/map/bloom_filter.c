/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_MAP_TYPE_BLOOM_FILTER: values are put in and asked for, never read. Bits are set atomically; no lock. */
#include <errno.h>

#include "base/memory.h"
#include "map/internal.h"
#include "map/types.h"

#define HASHES_DEFAULT 5
#define HASHES_MAX     15
#define VALUE_MAX      (4u << 20)
#define BITS_MAX       (1ull << 32)

struct bloom_filter {
	struct rq_map map;
	uint32_t hashes, bit_mask;
	_Atomic uint64_t *bits;
};

static int check(const union bpf_attr *attr)
{
	if (attr->key_size || !attr->value_size || !attr->max_entries || attr->map_extra & ~(uint64_t)HASHES_MAX)
		return -EINVAL;
	return attr->value_size > VALUE_MAX ? -E2BIG : 0;
}

static int check_btf(const union bpf_attr *attr, const struct rq_btf *btf)
{
	return attr->btf_key_type_id ? -EINVAL : 0;
}

/* n entries and k functions want n * k / ln 2 bits; 7 / 5 is 1 / ln 2, nearly. */
static uint64_t bit_count(uint32_t entries, uint32_t hashes)
{
	uint64_t wanted = (uint64_t)entries * hashes / 5 * 7, bits = 64;

	while (bits < wanted && bits < BITS_MAX)
		bits *= 2;
	return bits;
}

static int create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	struct bloom_filter *filter = rq_alloc(1, sizeof(*filter));
	uint64_t bits;

	if (!filter)
		return -ENOMEM;
	filter->map.memory_fd = -1;
	filter->hashes = attr->map_extra ? attr->map_extra : HASHES_DEFAULT;
	bits = bit_count(attr->max_entries, filter->hashes);
	filter->bit_mask = bits - 1;
	filter->bits = rq_alloc(bits / 64, sizeof(filter->bits[0]));
	if (!filter->bits) {
		rq_free(filter);
		return -ENOMEM;
	}
	*map = &filter->map;
	return 0;
}

static void destroy(struct rq_map *map)
{
	struct bloom_filter *filter = (struct bloom_filter *)map;

	rq_free((void *)filter->bits);
	rq_free(filter);
}

static uint64_t hash_of(const uint8_t *value, uint32_t size)
{
	uint64_t mixed = size;

	for (uint32_t at = 0; at < size; at += 8) {
		uint64_t word = 0;

		memcpy(&word, value + at, size - at < 8 ? size - at : 8);
		mixed = (mixed ^ (mixed >> 29) ^ word) * 0x9e3779b97f4a7c15u;
	}
	return (mixed ^ (mixed >> 32)) * 0xd6e8feb86659fd93u;
}

/* The i-th function: two halves of one hash make all of them. */
static uint32_t bit_of(const struct bloom_filter *filter, uint64_t hash, uint32_t i)
{
	return ((uint32_t)hash + i * ((uint32_t)(hash >> 32) | 1)) & filter->bit_mask;
}

static int push(struct rq_map *map, const void *value, uint64_t flags)
{
	struct bloom_filter *filter = (struct bloom_filter *)map;
	uint64_t hash = hash_of(value, map->value_size);

	if (flags != BPF_ANY)
		return -EINVAL;
	for (uint32_t i = 0; i < filter->hashes; i++) {
		uint32_t bit = bit_of(filter, hash, i);

		atomic_fetch_or_explicit(&filter->bits[bit / 64], 1ull << bit % 64, memory_order_relaxed);
	}
	return 0;
}

static int peek(struct rq_map *map, void *value)
{
	struct bloom_filter *filter = (struct bloom_filter *)map;
	uint64_t hash = hash_of(value, map->value_size);

	for (uint32_t i = 0; i < filter->hashes; i++) {
		uint32_t bit = bit_of(filter, hash, i);

		if (!(atomic_load_explicit(&filter->bits[bit / 64], memory_order_relaxed) >> bit % 64 & 1))
			return -ENOENT;
	}
	return 0;
}

static int pop(struct rq_map *map, void *value)
{
	return -EOPNOTSUPP;
}

static int user_lookup(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	return peek(map, value);
}

static int user_update(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	return push(map, value, flags);
}

static int user_remove(struct rq_map *map, const void *key)
{
	return -EOPNOTSUPP;
}

static int next_key(struct rq_map *map, const void *key, void *next)
{
	return -EOPNOTSUPP;
}

const struct rq_map_ops rq_bloom_filter_ops = {
	.type = BPF_MAP_TYPE_BLOOM_FILTER,
	.name = "bloom_filter",
	.flags_allowed = BPF_F_NUMA_NODE | BPF_F_ZERO_SEED | RQ_FLAGS_ACCESS,
	.check = check,
	.check_btf = check_btf,
	.create = create,
	.destroy = destroy,
	.push = push,
	.pop = pop,
	.peek = peek,
	.next_key = next_key,
	.user_lookup = user_lookup,
	.user_update = user_update,
	.user_remove = user_remove,
};
