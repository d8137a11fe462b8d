/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/hash.h"

#include <errno.h>

#include "base/memory.h"
#include "map/user.h"

#define ELEMENT_MAX    4194256u /* key and value together: what the kernel allocates in one piece, less its own header */
#define PER_CPU_MAX    32768u
#define BUCKETS_MAX    (1u << 27)
#define CONTEXTS       5 /* that can be inside an update at once on one CPU: task, preempting task, softirq, irq, NMI */
#define REFERENCED_MAX 256 /* how many recently used elements an eviction passes by before it takes one nevertheless */

int rq_hash_check_sizes(const union bpf_attr *attr, bool per_cpu)
{
	if (!attr->max_entries || !attr->key_size || !attr->value_size)
		return -EINVAL;
	if ((uint64_t)attr->key_size + attr->value_size >= ELEMENT_MAX)
		return -E2BIG;
	if (per_cpu && rq_round_up_8(attr->value_size) > PER_CPU_MAX)
		return -E2BIG;
	return attr->max_entries > BUCKETS_MAX ? -E2BIG : 0;
}

static uint32_t power_of_two_from(uint32_t count)
{
	return count > 1 ? 1u << (32 - __builtin_clz(count - 1)) : 1;
}

static struct rq_element *element_at(const struct rq_hash *hash, uint32_t number)
{
	return (struct rq_element *)(hash->elements + (size_t)(number - 1) * hash->stride);
}

static _Atomic uint32_t *link_of(void *elements, uint32_t number)
{
	return &element_at(elements, number)->next;
}

static size_t bytes_of_buckets(const struct rq_hash *hash)
{
	return ((size_t)hash->bucket_mask + 1) * sizeof(struct rq_bucket);
}

static size_t bytes_of_elements(const struct rq_hash *hash)
{
	return (size_t)hash->elements_count * hash->stride;
}

void rq_hash_free(struct rq_hash *hash, unsigned int cpus)
{
	rq_pool_end(&hash->free);
	rq_pool_end(&hash->spare);
	rq_free_pages(hash->buckets, bytes_of_buckets(hash));
	rq_free_pages(hash->elements, bytes_of_elements(hash));
	rq_free_pages(hash->per_cpu, hash->per_cpu_bytes * cpus);
	rq_free_pages((void *)hash->referenced, hash->elements_count);
	rq_free(hash);
}

int rq_hash_create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_hash_shape shape, struct rq_map **map)
{
	bool populate = !(attr->map_flags & BPF_F_NO_PREALLOC);
	uint32_t spares = (host->cpus + 1) * CONTEXTS, entries = shape.entries ? shape.entries : attr->max_entries;
	struct rq_hash *hash = rq_alloc(1, shape.struct_bytes ? shape.struct_bytes : sizeof(*hash));
	bool complete;

	if (!hash)
		return -ENOMEM;
	hash->map.memory_fd = -1;
	hash->key_size = shape.key_bytes ? shape.key_bytes : attr->key_size;
	hash->key_words = rq_round_up_8(hash->key_size) / 8;
	hash->entries = entries;
	hash->value_offset = sizeof(struct rq_element) + hash->key_words * 8;
	hash->stride = hash->value_offset + rq_round_up_8(shape.value_bytes);
	hash->bucket_mask = power_of_two_from(entries) - 1;
	hash->elements_count = entries + spares;
	/* The larger pieces first: who asks for far too much is told so before memory is filled. */
	hash->elements = rq_alloc_pages(bytes_of_elements(hash), populate);
	complete = hash->elements != NULL;
	if (complete && shape.per_cpu) {
		hash->per_cpu_stride = rq_round_up_8(attr->value_size);
		hash->per_cpu_bytes = (size_t)hash->elements_count * hash->per_cpu_stride;
		hash->per_cpu = rq_alloc_pages(hash->per_cpu_bytes * host->cpus, populate);
		complete &= hash->per_cpu != NULL;
	}
	if (complete)
		hash->buckets = rq_alloc_pages(bytes_of_buckets(hash), populate);
	complete &= hash->buckets != NULL;
	if (complete && shape.lru) {
		hash->referenced = rq_alloc_pages(hash->elements_count, true);
		complete &= hash->referenced != NULL;
	}
	complete = complete && !rq_pool_init(&hash->free, host->cpus, 1, entries);
	complete = complete && !rq_pool_init(&hash->spare, host->cpus, entries + 1, hash->elements_count);
	if (!complete) {
		rq_hash_free(hash, host->cpus);
		return -ENOMEM;
	}
	hash->free.link = hash->spare.link = link_of;
	hash->free.elements = hash->spare.elements = hash;
	*map = &hash->map;
	return 0;
}

/* Values. */

static void discard(struct rq_hash *hash, struct rq_element *element)
{
	if (hash->discard)
		hash->discard(hash, rq_element_value(hash, element));
	else if (!hash->per_cpu)
		rq_map_release_fields(&hash->map, rq_element_value(hash, element));
	else if (hash->map.record)
		for (unsigned int cpu = 0; cpu < hash->map.host->cpus; cpu++)
			rq_map_release_fields(&hash->map, rq_element_cpu_value(hash, element, cpu));
}

static void fill_per_cpu(struct rq_hash *hash, struct rq_element *element, const uint8_t *value, enum rq_hash_fill fill,
			 bool fresh)
{
	static const uint64_t zero[64];
	unsigned int own = rq_map_value_cpu(&hash->map);

	for (unsigned int cpu = 0; cpu < hash->map.host->cpus; cpu++) {
		uint8_t *target = rq_element_cpu_value(hash, element, cpu);

		if (fill == RQ_HASH_ALL_CPUS)
			rq_map_copy_cpu_value(&hash->map, target, value + (size_t)cpu * hash->per_cpu_stride);
		else if (cpu == own)
			rq_map_copy_value(&hash->map, target, value);
		else
			for (uint32_t at = 0; fresh && at < hash->per_cpu_stride; at += sizeof(zero))
				rq_copy_into_value(target + at, zero,
						   hash->per_cpu_stride - at < sizeof(zero) ?
							   hash->per_cpu_stride - at : sizeof(zero));
	}
}

static void fill_element(struct rq_hash *hash, struct rq_element *element, const void *value, enum rq_hash_fill fill)
{
	if (hash->per_cpu)
		fill_per_cpu(hash, element, value, fill, true);
	else if (fill == RQ_HASH_WORD)
		rq_copy_into_value(rq_element_value(hash, element), value, 8);
	else if (fill == RQ_HASH_ZERO)
		rq_map_zero_value(&hash->map, rq_element_value(hash, element));
	else
		rq_map_copy_value(&hash->map, rq_element_value(hash, element), value);
}

int rq_hash_copy_out(struct rq_hash *hash, struct rq_element *element, void *value, uint64_t flags)
{
	if (flags & BPF_F_LOCK)
		return rq_map_copy_value_to_user_locked(&hash->map, value, rq_element_value(hash, element));
	if (hash->read) {
		hash->read(hash, rq_element_value(hash, element), value);
		return 0;
	}
	if (!hash->per_cpu) {
		rq_map_copy_value_to_user(&hash->map, value, rq_element_value(hash, element));
		return 0;
	}
	rq_map_copy_cpu_values_to_user(&hash->map, value, rq_element_cpu_value(hash, element, 0), hash->per_cpu_bytes);
	return 0;
}

/* Keys. */

static uint64_t word_of(const uint8_t *key, uint32_t size, uint32_t at)
{
	uint64_t word = 0;

	memcpy(&word, key + at, size - at < 8 ? size - at : 8);
	return word;
}

static uint64_t mix(uint64_t mixed, uint64_t word)
{
	return (mixed ^ (mixed >> 32) ^ word) * 0x9e3779b97f4a7c15u;
}

static uint32_t bucket_of(const struct rq_hash *hash, uint64_t mixed)
{
	return ((mixed * 0xd6e8feb86659fd93u) >> 32) & hash->bucket_mask;
}

/* Keys come from anywhere on a program's stack. */
static uint32_t short_key(const void *key)
{
	uint32_t word;

	memcpy(&word, key, sizeof(word));
	return word;
}

static uint32_t hash_of(const struct rq_hash *hash, const void *key)
{
	uint32_t size = hash->key_size;
	uint64_t mixed = 0;

	if (size == 4)
		return bucket_of(hash, mix(0, short_key(key)));
	for (uint32_t at = 0; at < size; at += 8)
		mixed = mix(mixed, word_of(key, size, at));
	return bucket_of(hash, mixed);
}

static uint32_t hash_of_element(const struct rq_hash *hash, const struct rq_element *element)
{
	uint64_t mixed = 0;

	for (uint32_t i = 0; i < hash->key_words; i++)
		mixed = mix(mixed, __atomic_load_n(&element->key[i], __ATOMIC_RELAXED));
	return bucket_of(hash, mixed);
}

/* Acquire: the loads of a key come before the next look at the generation; pairs with the release in store_key(). */
static inline __attribute__((always_inline)) bool key_is(const struct rq_hash *hash, const struct rq_element *element, const void *key)
{
	uint32_t size = hash->key_size;

	if (size == 4)
		return __atomic_load_n(&element->key[0], __ATOMIC_ACQUIRE) == short_key(key);
	for (uint32_t i = 0; i < hash->key_words; i++)
		if (__atomic_load_n(&element->key[i], __ATOMIC_ACQUIRE) != word_of(key, size, i * 8))
			return false;
	return true;
}

/* Release: who sees a word of the new key sees the even generation before it. */
static void store_key(struct rq_hash *hash, struct rq_element *element, const void *key)
{
	for (uint32_t i = 0; i < hash->key_words; i++)
		__atomic_store_n(&element->key[i], word_of(key, hash->key_size, i * 8), __ATOMIC_RELEASE);
}

static void load_key(const struct rq_hash *hash, const struct rq_element *element, void *key)
{
	rq_copy_from_value(key, element->key, hash->key_size);
}

/* Chains. */

static bool is_end(uint32_t link)
{
	return !link || (link & RQ_HASH_END);
}

struct rq_element *rq_hash_find(struct rq_hash *hash, const void *key)
{
	uint32_t number = hash_of(hash, key), link, generation;
	struct rq_bucket *bucket = &hash->buckets[number];
	struct rq_element *element;
	bool same;

again:
	/* Acquire: pairs with the release in insert(): a linked element is seen complete. */
	link = atomic_load_explicit(&bucket->first, memory_order_acquire);
	if (!link)
		return NULL;
	while (!(link & RQ_HASH_END)) {
		element = element_at(hash, link);
		generation = atomic_load_explicit(&element->generation, memory_order_acquire);
		same = key_is(hash, element, key);
		link = atomic_load_explicit(&element->next, memory_order_acquire);
		if (!(generation & 1) ||
		    atomic_load_explicit(&element->generation, memory_order_relaxed) != generation)
			goto again;
		if (same)
			return element;
	}
	if (link != (RQ_HASH_END | number))
		goto again;
	return NULL;
}

/* The rest is for who holds the bucket's lock. */

static _Atomic uint32_t *find_link(struct rq_hash *hash, struct rq_bucket *bucket, const void *key)
{
	_Atomic uint32_t *link = &bucket->first;

	for (;;) {
		uint32_t number = atomic_load_explicit(link, memory_order_relaxed);

		if (is_end(number))
			return NULL;
		if (key_is(hash, element_at(hash, number), key))
			return link;
		link = &element_at(hash, number)->next;
	}
}

static struct rq_element *element_behind(struct rq_hash *hash, _Atomic uint32_t *link)
{
	return element_at(hash, atomic_load_explicit(link, memory_order_relaxed));
}

static void step_generation(struct rq_element *element)
{
	uint32_t generation = atomic_load_explicit(&element->generation, memory_order_relaxed);

	/* Release: pairs with the acquire in rq_hash_find(). */
	atomic_store_explicit(&element->generation, generation + 1, memory_order_release);
}

static void insert(struct rq_hash *hash, struct rq_bucket *bucket, uint32_t number)
{
	struct rq_element *element = element_at(hash, number);
	uint32_t first = atomic_load_explicit(&bucket->first, memory_order_relaxed);

	if (!first)
		first = RQ_HASH_END | (uint32_t)(bucket - hash->buckets);
	atomic_store_explicit(&element->next, first, memory_order_release);
	step_generation(element);
	atomic_store_explicit(&bucket->first, number, memory_order_release);
}

static uint32_t unlink_element(struct rq_hash *hash, _Atomic uint32_t *link)
{
	uint32_t number = atomic_load_explicit(link, memory_order_relaxed);
	struct rq_element *element = element_at(hash, number);

	atomic_store_explicit(link, atomic_load_explicit(&element->next, memory_order_relaxed), memory_order_release);
	step_generation(element);
	return number;
}

/* The element @number of this bucket, wherever it is in the chain. */
static _Atomic uint32_t *link_to(struct rq_hash *hash, struct rq_bucket *bucket, uint32_t wanted)
{
	_Atomic uint32_t *link = &bucket->first;
	uint32_t number;

	while (!is_end(number = atomic_load_explicit(link, memory_order_relaxed)) && number != wanted)
		link = &element_at(hash, number)->next;
	return number == wanted ? link : NULL;
}

/* Eviction: a hand goes round the elements and takes the first that was not looked up since it came by. */

static bool evict(struct rq_hash *hash, uint32_t number)
{
	struct rq_element *element = element_at(hash, number);
	uint32_t generation = atomic_load_explicit(&element->generation, memory_order_acquire);
	struct rq_map_locked locked;
	struct rq_bucket *bucket;
	_Atomic uint32_t *link;

	if (!(generation & 1))
		return false;
	/* The key may change under us; then the element is not in the bucket that we look in. */
	bucket = &hash->buckets[hash_of_element(hash, element)];
	if (rq_map_lock(hash->map.host, &bucket->lock, &locked))
		return false;
	link = link_to(hash, bucket, number);
	if (link)
		unlink_element(hash, link);
	rq_map_unlock(hash->map.host, &locked);
	if (link)
		discard(hash, element);
	return link != NULL;
}

static uint32_t take_or_evict(struct rq_hash *hash, unsigned int cpu)
{
	uint32_t number = rq_pool_take(&hash->free, cpu), entries = hash->entries, passed = 0;

	for (uint32_t tries = 0; !number && tries < entries + 4 * REFERENCED_MAX; tries++) {
		uint32_t candidate = atomic_fetch_add_explicit(&hash->hand, 1, memory_order_relaxed) % entries + 1;

		if (atomic_load_explicit(&hash->referenced[candidate], memory_order_relaxed) &&
		    passed++ < REFERENCED_MAX)
			atomic_store_explicit(&hash->referenced[candidate], 0, memory_order_relaxed);
		else if (evict(hash, candidate))
			number = candidate;
	}
	return number;
}

/* Changes. */

static int check_presence(bool present, uint64_t flags)
{
	if (present && (flags & BPF_NOEXIST))
		return -EEXIST;
	return !present && (flags & BPF_EXIST) ? -ENOENT : 0;
}

/* BPF_F_LOCK: a value that there is changes in place, under its own lock. -EAGAIN: there is none. */
static int put_locked(struct rq_hash *hash, const void *key, const void *value, uint64_t flags)
{
	struct rq_element *element = rq_hash_find(hash, key);
	int err = check_presence(element != NULL, flags);

	if (err)
		return err;
	return element ? rq_map_copy_value_locked(&hash->map, rq_element_value(hash, element), value) : -EAGAIN;
}

/* With the bucket locked. *@removed: the number of an element that is out of the chain now, or of one that is not needed. */
static int put_in_bucket(struct rq_hash *hash, struct rq_bucket *bucket, const void *key, const void *value, uint64_t flags,
			 enum rq_hash_fill fill, uint32_t number, unsigned int cpu, uint32_t *removed)
{
	_Atomic uint32_t *old = find_link(hash, bucket, key);
	int err = check_presence(old != NULL, flags);

	*removed = number;
	if (err)
		return err;
	if (old && (flags & BPF_F_LOCK))
		return -EAGAIN;
	if (old && hash->per_cpu) {
		fill_per_cpu(hash, element_behind(hash, old), value, fill, false);
		return 0;
	}
	if (!number)
		number = rq_pool_take(old ? &hash->spare : &hash->free, cpu);
	if (!number)
		return old ? -ENOMEM : -E2BIG;
	store_key(hash, element_at(hash, number), key);
	fill_element(hash, element_at(hash, number), value, fill);
	insert(hash, bucket, number);
	/* The old value goes last: at every instant the key is there. */
	*removed = 0;
	if (old == &bucket->first)
		old = &element_at(hash, number)->next;
	if (old)
		*removed = unlink_element(hash, old);
	return 0;
}

int rq_hash_put_new(struct rq_hash *hash, const void *key, const void *value, uint64_t flags, enum rq_hash_fill fill,
		    bool *added)
{
	struct rq_map_host *host = hash->map.host;
	struct rq_bucket *bucket = &hash->buckets[hash_of(hash, key)];
	unsigned int cpu = rq_map_cpu(host);
	struct rq_map_locked locked;
	uint32_t number, removed;
	int err;

	*added = false;
again:
	if (flags & BPF_F_LOCK) {
		err = put_locked(hash, key, value, flags);
		if (err != -EAGAIN)
			return err;
	}
	number = 0;
	if (hash->referenced) {
		number = take_or_evict(hash, cpu);
		if (!number)
			return -ENOMEM;
	}
	err = rq_map_lock(host, &bucket->lock, &locked);
	if (err) {
		removed = number;
	} else {
		err = put_in_bucket(hash, bucket, key, value, flags, fill, number, cpu, &removed);
		rq_map_unlock(host, &locked);
	}
	*added = !err && !removed;
	if (removed) {
		if (removed != number)
			discard(hash, element_at(hash, removed));
		rq_pool_give(hash->referenced ? &hash->free : &hash->spare, cpu, removed);
	}
	if (err == -EAGAIN)
		goto again;
	return err;
}

int rq_hash_put(struct rq_hash *hash, const void *key, const void *value, uint64_t flags, enum rq_hash_fill fill)
{
	bool added;

	return rq_hash_put_new(hash, key, value, flags, fill, &added);
}

/* Out of the chain, and the caller's. 0: no such key; negative errno. */
static int64_t detach(struct rq_hash *hash, const void *key)
{
	struct rq_bucket *bucket = &hash->buckets[hash_of(hash, key)];
	struct rq_map_locked locked;
	_Atomic uint32_t *link;
	uint32_t number = 0;
	int err = rq_map_lock(hash->map.host, &bucket->lock, &locked);

	if (err)
		return err;
	link = find_link(hash, bucket, key);
	if (link)
		number = unlink_element(hash, link);
	rq_map_unlock(hash->map.host, &locked);
	return number;
}

static void give_back(struct rq_hash *hash, uint32_t number)
{
	discard(hash, element_at(hash, number));
	rq_pool_give(&hash->free, rq_map_cpu(hash->map.host), number);
}

int rq_hash_remove(struct rq_map *map, const void *key)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	int64_t number = detach(hash, key);

	if (number <= 0)
		return number ? number : -ENOENT;
	give_back(hash, number);
	return 0;
}

int rq_hash_take(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	int64_t number = detach(hash, key);
	int err;

	if (number <= 0)
		return number ? number : -ENOENT;
	err = rq_hash_copy_out(hash, element_at(hash, number), value, flags);
	give_back(hash, number);
	return err;
}

/* Walks. */

static int first_key_from(struct rq_hash *hash, uint32_t bucket_number, void *next)
{
	struct rq_map_locked locked;

	for (; bucket_number <= hash->bucket_mask; bucket_number++) {
		struct rq_bucket *bucket = &hash->buckets[bucket_number];
		uint32_t first;
		int err;

		if (is_end(atomic_load_explicit(&bucket->first, memory_order_relaxed)))
			continue;
		err = rq_map_lock(hash->map.host, &bucket->lock, &locked);
		if (err)
			return err;
		first = atomic_load_explicit(&bucket->first, memory_order_relaxed);
		if (!is_end(first))
			load_key(hash, element_at(hash, first), next);
		rq_map_unlock(hash->map.host, &locked);
		if (!is_end(first))
			return 0;
	}
	return -ENOENT;
}

int rq_hash_next_key(struct rq_map *map, const void *key, void *next)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	uint32_t number = key ? hash_of(hash, key) : 0, following = 0;
	struct rq_bucket *bucket = &hash->buckets[number];
	struct rq_map_locked locked;
	_Atomic uint32_t *link;
	int err;

	if (!key)
		return first_key_from(hash, 0, next);
	err = rq_map_lock(map->host, &bucket->lock, &locked);
	if (err)
		return err;
	link = find_link(hash, bucket, key);
	if (link)
		following = atomic_load_explicit(&element_behind(hash, link)->next, memory_order_relaxed);
	if (!is_end(following))
		load_key(hash, element_at(hash, following), next);
	rq_map_unlock(map->host, &locked);
	if (!is_end(following))
		return 0;
	return first_key_from(hash, link ? number + 1 : 0, next);
}

static uint32_t chain_length(struct rq_hash *hash, struct rq_bucket *bucket)
{
	uint32_t length = 0, link = atomic_load_explicit(&bucket->first, memory_order_relaxed);

	for (; !is_end(link); length++)
		link = atomic_load_explicit(&element_at(hash, link)->next, memory_order_relaxed);
	return length;
}

/* All of a locked bucket, linked among themselves, the caller's. */
static uint32_t detach_all(struct rq_hash *hash, struct rq_bucket *bucket)
{
	uint32_t taken = 0;

	while (!is_end(atomic_load_explicit(&bucket->first, memory_order_relaxed))) {
		uint32_t number = unlink_element(hash, &bucket->first);

		atomic_store_explicit(&element_at(hash, number)->next, taken, memory_order_release);
		taken = number;
	}
	return taken;
}

struct cursor {
	uint8_t *key, *value;
	uint32_t key_size, value_size;
	uint32_t count;
};

static void advance(struct cursor *cursor)
{
	cursor->key += cursor->key_size;
	cursor->value += cursor->value_size;
	cursor->count++;
}

static int copy_taken(struct rq_hash *hash, struct cursor *cursor, uint32_t number, uint64_t flags)
{
	int err = 0;

	while (number) {
		struct rq_element *element = element_at(hash, number);
		uint32_t next = atomic_load_explicit(&element->next, memory_order_relaxed);

		if (!err)
			err = rq_hash_copy_out(hash, element, cursor->value, flags);
		if (!err) {
			load_key(hash, element, cursor->key);
			advance(cursor);
		}
		give_back(hash, number);
		number = next;
	}
	return err;
}

/* With BPF_F_LOCK values come later, without the bucket's lock: copy_locked(). */
static void copy_chain(struct rq_hash *hash, struct rq_bucket *bucket, struct cursor cursor, bool values)
{
	uint32_t link = atomic_load_explicit(&bucket->first, memory_order_relaxed);

	while (!is_end(link)) {
		struct rq_element *element = element_at(hash, link);

		load_key(hash, element, cursor.key);
		if (values)
			rq_hash_copy_out(hash, element, cursor.value, 0);
		advance(&cursor);
		link = atomic_load_explicit(&element->next, memory_order_relaxed);
	}
}

static int copy_locked(struct rq_hash *hash, struct cursor *cursor, uint32_t keys)
{
	const uint8_t *key = cursor->key;

	for (; keys; keys--, key += cursor->key_size) {
		struct rq_element *element = rq_hash_find(hash, key);
		int err;

		if (!element)
			continue; /* removed since */
		err = rq_hash_copy_out(hash, element, cursor->value, BPF_F_LOCK);
		if (err)
			return err;
		memmove(cursor->key, key, cursor->key_size);
		advance(cursor);
	}
	return 0;
}

/* One bucket, or none of it: -ENOSPC. */
static int walk_bucket(struct rq_hash *hash, struct rq_bucket *bucket, struct cursor *cursor, uint32_t room, uint64_t flags,
		       bool take)
{
	struct rq_map_locked locked;
	uint32_t length, taken = 0;
	int err;

	if (is_end(atomic_load_explicit(&bucket->first, memory_order_relaxed)))
		return 0;
	err = rq_map_lock(hash->map.host, &bucket->lock, &locked);
	if (err)
		return err;
	length = chain_length(hash, bucket);
	if (length > room - cursor->count)
		err = -ENOSPC;
	else if (take)
		taken = detach_all(hash, bucket);
	else
		copy_chain(hash, bucket, *cursor, !(flags & BPF_F_LOCK));
	rq_map_unlock(hash->map.host, &locked);
	if (err)
		return err;
	if (take)
		return copy_taken(hash, cursor, taken, flags);
	if (flags & BPF_F_LOCK)
		return copy_locked(hash, cursor, length);
	while (length--)
		advance(cursor);
	return 0;
}

int rq_hash_walk_batch(struct rq_map *map, struct rq_map_batch *batch, bool take)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	struct cursor cursor = {
		.key = batch->keys,
		.value = batch->values,
		.key_size = map->key_size,
		.value_size = rq_map_user_value_size(map),
	};
	uint32_t number = 0, room = batch->count;
	int err = 0;

	batch->count = 0;
	if (batch->in)
		memcpy(&number, batch->in, sizeof(number));
	if (number > hash->bucket_mask)
		return -ENOENT;
	for (; number <= hash->bucket_mask && !err; number += !err)
		err = walk_bucket(hash, &hash->buckets[number], &cursor, room, batch->elem_flags, take);
	if (!err)
		err = -ENOENT;
	else if (err == -ENOSPC && cursor.count)
		err = 0;
	memcpy(batch->out, &number, sizeof(number));
	batch->count = cursor.count;
	return err;
}

int rq_hash_for_each(struct rq_map *map, int (*visit)(void *arg, const void *key, void *value), void *arg)
{
	struct rq_hash *hash = (struct rq_hash *)map;

	for (uint32_t i = 0; i <= hash->bucket_mask; i++) {
		uint32_t link = atomic_load_explicit(&hash->buckets[i].first, memory_order_acquire);

		while (!is_end(link)) {
			struct rq_element *element = element_at(hash, link);
			void *value = hash->per_cpu ? rq_element_cpu_value(hash, element, rq_map_value_cpu(&hash->map)) :
						      rq_element_value(hash, element);

			link = atomic_load_explicit(&element->next, memory_order_acquire);
			/* Removed under us: what comes after it is elsewhere now. */
			if (!(atomic_load_explicit(&element->generation, memory_order_acquire) & 1))
				break;
			if (visit(arg, element->key, value))
				return 0;
		}
	}
	return 0;
}

int rq_hash_key_of(struct rq_map *map, const void *address, void *key, uint32_t *value_offset)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	uintptr_t offset = (uintptr_t)address - (uintptr_t)hash->elements;
	struct rq_element *element;

	if (hash->per_cpu || offset >= bytes_of_elements(hash) || offset % hash->stride < hash->value_offset)
		return -ENOENT;
	element = element_at(hash, offset / hash->stride + 1);
	*value_offset = offset % hash->stride - hash->value_offset;
	if (!(atomic_load_explicit(&element->generation, memory_order_acquire) & 1))
		return -ENOENT;
	load_key(hash, element, key);
	return 0;
}

void rq_hash_destroy(struct rq_map *map)
{
	struct rq_hash *hash = (struct rq_hash *)map;

	if (map->record || hash->discard)
		for (uint32_t number = 1; number <= hash->elements_count; number++)
			if (atomic_load_explicit(&element_at(hash, number)->generation, memory_order_relaxed) & 1)
				discard(hash, element_at(hash, number));
	rq_hash_free(hash, map->host->cpus);
}
