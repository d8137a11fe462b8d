/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of all hash maps. A bucket is a lock and the number of its first element; elements are numbered from 1, lie in one
 * piece of memory, and are used again at once when they are removed, as in Linux, but never given back before the map ends:
 * a program that still holds a removed value reads and writes memory of the same type.
 *
 *   link of a bucket    0 empty | number
 *   link of an element  number of the next | END + number of the bucket
 *   generation          odd while the element is in a chain, even else; counts up at each change
 *
 * Lookups take no lock. The end of a chain names its bucket: who finds another name has followed an element that was removed
 * and put elsewhere, and starts again; so does who sees a generation change under him. What is reachable from a bucket is
 * complete at every instant, so a lookup in an NMI that interrupts a change finds its way.
 */
#ifndef RQ_MAP_HASH_H
#define RQ_MAP_HASH_H

#include "map/internal.h"
#include "map/lock.h"
#include "map/pool.h"

#define RQ_HASH_END (1u << 31)

struct rq_bucket {
	rqspinlock_t lock;
	_Atomic uint32_t first;
};

struct rq_element {
	_Atomic uint32_t next;
	_Atomic uint32_t generation;
	uint64_t key[]; /* whole words, the last one filled up with zero; then the value */
};

struct rq_hash {
	struct rq_map map;
	uint32_t key_size, key_words, value_offset, stride;
	uint32_t entries; /* as many as there may be */
	uint32_t bucket_mask;
	uint32_t elements_count;
	struct rq_bucket *buckets;
	uint8_t *elements;
	struct rq_pool free;  /* for new keys: as many as the map may hold */
	struct rq_pool spare; /* for values that replace others */
	/* Per-CPU maps: values of CPU n begin at per_cpu + n * per_cpu_bytes. */
	uint32_t per_cpu_stride;
	size_t per_cpu_bytes;
	uint8_t *per_cpu;
	/* LRU maps: was an element looked up since the hand came by? */
	_Atomic uint8_t *referenced;
	_Atomic uint32_t hand;
	/* Maps of maps: what is done with a value that is no longer in the map. NULL: its special fields are released. */
	void (*discard)(struct rq_hash *hash, void *value);
	void (*read)(struct rq_hash *hash, void *value, void *to); /* what a user sees of it */
	pthread_mutex_t users; /* maps of maps: held while a reference may go */
};

enum rq_hash_fill {
	RQ_HASH_THIS_CPU, /* the value of this CPU; a new element's others are zero */
	RQ_HASH_ALL_CPUS, /* values of all CPUs side by side, each 8-byte aligned */
	RQ_HASH_WORD,     /* 8 bytes, whatever the map's value size */
	RQ_HASH_ZERO,     /* no value is given: all of it is zero */
};

struct rq_hash_shape {
	uint32_t key_bytes, entries; /* 0: the map's key_size, max_entries */
	uint32_t value_bytes;  /* 0: per CPU */
	uint32_t struct_bytes; /* of the map's own struct, which begins with struct rq_hash; 0: no more than that */
	bool per_cpu, lru;
};

int rq_hash_check_sizes(const union bpf_attr *attr, bool per_cpu);
int rq_hash_create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_hash_shape shape, struct rq_map **map);
void rq_hash_destroy(struct rq_map *map);
/* Its memory alone, of a map that rq_hash_create() gave and nobody has used. */
void rq_hash_free(struct rq_hash *hash, unsigned int cpus);

/* NULL: no such key. */
struct rq_element *rq_hash_find(struct rq_hash *hash, const void *key);
int rq_hash_put(struct rq_hash *hash, const void *key, const void *value, uint64_t flags, enum rq_hash_fill fill);
/* The same; *@added: the key is new. */
int rq_hash_put_new(struct rq_hash *hash, const void *key, const void *value, uint64_t flags, enum rq_hash_fill fill,
		    bool *added);
int rq_hash_remove(struct rq_map *map, const void *key);
int rq_hash_next_key(struct rq_map *map, const void *key, void *next);
int rq_hash_take(struct rq_map *map, const void *key, void *value, uint64_t flags);
int rq_hash_walk_batch(struct rq_map *map, struct rq_map_batch *batch, bool take);
int rq_hash_for_each(struct rq_map *map, int (*visit)(void *arg, const void *key, void *value), void *arg);
int rq_hash_key_of(struct rq_map *map, const void *address, void *key, uint32_t *value_offset);

static inline void *rq_element_value(const struct rq_hash *hash, struct rq_element *element)
{
	return (uint8_t *)element + hash->value_offset;
}
static inline uint32_t rq_element_number(const struct rq_hash *hash, const struct rq_element *element)
{
	return ((const uint8_t *)element - hash->elements) / hash->stride + 1;
}
static inline void *rq_element_cpu_value(const struct rq_hash *hash, const struct rq_element *element, unsigned int cpu)
{
	return hash->per_cpu + cpu * hash->per_cpu_bytes +
	       (size_t)(rq_element_number(hash, element) - 1) * hash->per_cpu_stride;
}

/* Copy an element's value towards a user: of all CPUs of per-CPU maps. */
int rq_hash_copy_out(struct rq_hash *hash, struct rq_element *element, void *value, uint64_t flags);

#endif
