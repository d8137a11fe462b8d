/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_LPM_TRIE. A key is a number of bits and data of up to 256 bytes; a lookup finds the entry whose bits, as many as
 * it has, begin the data, and which has the most. Entries lie in the hash table under their length and the bits that count;
 * a lookup asks for each length that is present, the longest first. So it takes no lock and is as safe as the table is.
 */
#include <errno.h>

#include "base/memory.h"
#include "map/hash.h"
#include "map/types.h"

#define DATA_MAX  256u
#define KEY_MAX	  (4 + DATA_MAX)
#define VALUE_MAX ((4u << 20) - DATA_MAX - 24) /* what the kernel allocates in one piece, less its own node */

struct lpm_trie {
	struct rq_hash hash; /* first: the map */
	uint32_t longest;    /* bits of data */
	/* How many entries have each length: raised before an entry is in the table, lowered when it is out. */
	_Atomic uint32_t *present;
};

static int check(const union bpf_attr *attr)
{
	if (!attr->max_entries || !(attr->map_flags & BPF_F_NO_PREALLOC) || attr->key_size < 5 ||
	    attr->key_size > KEY_MAX || !attr->value_size || attr->value_size > VALUE_MAX)
		return -EINVAL;
	return rq_hash_check_sizes(attr, false);
}

static int check_btf(const union bpf_attr *attr, const struct rq_btf *btf)
{
	return btf_is_struct(btf__type_by_id(btf->types, attr->btf_key_type_id)) ? 0 : -EINVAL;
}

static int create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	struct rq_hash_shape shape = { .value_bytes = attr->value_size, .struct_bytes = sizeof(struct lpm_trie) };
	struct lpm_trie *trie;
	int err = rq_hash_create(attr, host, shape, map);

	if (err)
		return err;
	trie = (struct lpm_trie *)*map;
	trie->longest = 8 * (attr->key_size - 4);
	trie->present = rq_alloc(trie->longest + 1, sizeof(trie->present[0]));
	if (trie->present)
		return 0;
	rq_hash_free(&trie->hash, host->cpus);
	return -ENOMEM;
}

static void destroy(struct rq_map *map)
{
	rq_free((void *)((struct lpm_trie *)map)->present);
	rq_hash_destroy(map);
}

static uint32_t length_of(const void *key)
{
	uint32_t length;

	memcpy(&length, key, sizeof(length));
	return length;
}

/* The first @length bits of @key's data, under that length. */
static void make_prefix(const struct rq_map *map, uint8_t prefix[KEY_MAX], const void *key, uint32_t length)
{
	uint32_t whole = length / 8;

	memset(prefix, 0, map->key_size);
	memcpy(prefix, &length, sizeof(length));
	memcpy(prefix + 4, (const uint8_t *)key + 4, whole);
	if (length % 8)
		prefix[4 + whole] = ((const uint8_t *)key)[4 + whole] & (0xff00u >> length % 8);
}

static void *lookup(struct rq_map *map, const void *key)
{
	struct lpm_trie *trie = (struct lpm_trie *)map;
	uint8_t prefix[KEY_MAX];
	uint32_t length = length_of(key);

	if (length > trie->longest)
		return NULL;
	for (;; length--) {
		/* Acquire: pairs with the release in update(): an entry that a lookup has seen is looked for again. */
		if (atomic_load_explicit(&trie->present[length], memory_order_acquire)) {
			struct rq_element *element;

			make_prefix(map, prefix, key, length);
			element = rq_hash_find(&trie->hash, prefix);
			if (element)
				return rq_element_value(&trie->hash, element);
		}
		if (!length)
			return NULL;
	}
}

static int update(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	struct lpm_trie *trie = (struct lpm_trie *)map;
	uint32_t length = length_of(key);
	uint8_t prefix[KEY_MAX];
	bool added;
	int err;

	if (flags > BPF_EXIST || length > trie->longest)
		return -EINVAL;
	make_prefix(map, prefix, key, length);
	atomic_fetch_add_explicit(&trie->present[length], 1, memory_order_release);
	err = rq_hash_put_new(&trie->hash, prefix, value, flags, RQ_HASH_THIS_CPU, &added);
	if (err || !added)
		atomic_fetch_sub_explicit(&trie->present[length], 1, memory_order_release);
	return err == -E2BIG ? -ENOSPC : err;
}

static int remove_prefix(struct rq_map *map, const void *key)
{
	struct lpm_trie *trie = (struct lpm_trie *)map;
	uint32_t length = length_of(key);
	uint8_t prefix[KEY_MAX];
	int err;

	if (length > trie->longest)
		return -EINVAL;
	make_prefix(map, prefix, key, length);
	err = rq_hash_remove(map, prefix);
	if (!err)
		atomic_fetch_sub_explicit(&trie->present[length], 1, memory_order_release);
	return err;
}

static int next_key(struct rq_map *map, const void *key, void *next)
{
	uint8_t prefix[KEY_MAX];

	if (!key || length_of(key) > ((struct lpm_trie *)map)->longest)
		return rq_hash_next_key(map, NULL, next);
	make_prefix(map, prefix, key, length_of(key));
	return rq_hash_next_key(map, prefix, next);
}

const struct rq_map_ops rq_lpm_trie_ops = {
	.type = BPF_MAP_TYPE_LPM_TRIE,
	.name = "lpm_trie",
	.flags_allowed = BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | RQ_FLAGS_ACCESS,
	.check = check,
	.check_btf = check_btf,
	.create = create,
	.destroy = destroy,
	.lookup = lookup,
	.update = update,
	.remove = remove_prefix,
	.next_key = next_key,
	.batches = RQ_BATCH_LOOKUP | RQ_BATCH_UPDATE | RQ_BATCH_REMOVE,
};
