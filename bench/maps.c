/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench-maps: a hash map of a million entries beside a plain hash in C with the same locking: lookups take no lock, updates that
 * of the bucket. Random keys that are there, one virtual CPU; rounds of both are interleaved. Prints medians and their ratio.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "lock/lock.h"
#include "map/lock.h"
#include "map/map.h"

#define ENTRIES	   1000000u
#define BUCKETS	   (1u << 20)
#define OPERATIONS ENTRIES
#define ROUNDS	   5

struct node {
	struct node *next;
	uint64_t key, value;
};

struct bucket {
	struct node *first;
	rqspinlock_t lock;
};

static struct rq_map_host host = { .cpus = 1, .system_call = PTHREAD_MUTEX_INITIALIZER };
static struct rq_map *map;
static struct bucket *buckets;
static uint32_t *keys; /* in random order */
static volatile uint64_t sink;

static struct bucket *bucket_of(uint32_t key)
{
	return &buckets[(key * 0x9e3779b97f4a7c15u >> 32) & (BUCKETS - 1)];
}

static struct node *find(const struct bucket *bucket, uint32_t key)
{
	struct node *node = bucket->first;

	while (node && node->key != key)
		node = node->next;
	return node;
}

static void plain_lookups(void)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < OPERATIONS; i++) {
		const struct node *node = find(bucket_of(keys[i % ENTRIES]), keys[i % ENTRIES]);

		sum += node ? node->value : 0;
	}
	sink = sum;
}

static void our_lookups(void)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < OPERATIONS; i++) {
		const uint64_t *value = map->ops->lookup(map, &keys[i % ENTRIES]);

		sum += value ? *value : 0;
	}
	sink = sum;
}

static void plain_updates(void)
{
	for (uint64_t i = 0; i < OPERATIONS; i++) {
		struct bucket *bucket = bucket_of(keys[i % ENTRIES]);
		struct rq_map_locked locked;
		struct node *node;

		if (rq_map_lock(&host, &bucket->lock, &locked))
			abort();
		node = find(bucket, keys[i % ENTRIES]);
		if (node)
			__atomic_store_n(&node->value, i, __ATOMIC_RELAXED);
		rq_map_unlock(&host, &locked);
	}
}

static void our_updates(void)
{
	for (uint64_t i = 0; i < OPERATIONS; i++)
		if (map->ops->update(map, &keys[i % ENTRIES], &i, 0))
			abort();
}

static void fill(void)
{
	struct node *nodes = rq_alloc_pages((size_t)ENTRIES * sizeof(*nodes), true);
	uint64_t seed = 1;

	buckets = rq_alloc_pages(BUCKETS * sizeof(*buckets), true);
	keys = malloc(ENTRIES * sizeof(*keys));
	if (!nodes || !buckets || !keys)
		abort();
	for (uint32_t i = 0; i < ENTRIES; i++)
		keys[i] = i;
	for (uint32_t i = ENTRIES - 1; i; i--) {
		uint32_t other = rq_random_next(&seed) % (i + 1), key = keys[i];

		keys[i] = keys[other];
		keys[other] = key;
	}
	for (uint32_t i = 0; i < ENTRIES; i++) {
		struct bucket *bucket = bucket_of(keys[i]);
		uint64_t value = i;

		nodes[i] = (struct node){ bucket->first, keys[i], value };
		bucket->first = &nodes[i];
		if (map->ops->update(map, &keys[i], &value, 0))
			abort();
	}
	/* Asked for in another order than they were put in. */
	for (uint32_t i = ENTRIES - 1; i; i--) {
		uint32_t other = rq_random_next(&seed) % (i + 1), key = keys[i];

		keys[i] = keys[other];
		keys[other] = key;
	}
}

static double ns_per_operation(void (*run)(void))
{
	uint64_t begin = rq_clock_ns();

	run();
	return (double)(rq_clock_ns() - begin) / OPERATIONS;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void compare(const char *name, void (*ours)(void), void (*plain)(void))
{
	double mine[ROUNDS], theirs[ROUNDS];

	for (int round = 0; round < ROUNDS; round++) {
		mine[round] = ns_per_operation(ours);
		theirs[round] = ns_per_operation(plain);
	}
	qsort(mine, ROUNDS, sizeof(mine[0]), by_size);
	qsort(theirs, ROUNDS, sizeof(theirs[0]), by_size);
	printf("%-8s %8.1f ns (%.1f to %.1f)  plain %8.1f ns (%.1f to %.1f)  ratio %.2f\n", name, mine[ROUNDS / 2], mine[0],
	       mine[ROUNDS - 1], theirs[ROUNDS / 2], theirs[0], theirs[ROUNDS - 1], mine[ROUNDS / 2] / theirs[ROUNDS / 2]);
}

int main(void)
{
	struct rq_domain_options options = { .cpus = 2, .policy = RQSPIN_POLICY_KERNEL };
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = ENTRIES };
	struct rq_cpu *cpu;

	if (rq_domain_create(&options, &host.domain) || rq_cpu_attach(host.domain, 0, &cpu) || rq_map_create(&attr, &host, &map)) {
		fputs("bench-maps: no memory\n", stderr);
		return 1;
	}
	fill();
	compare("lookup", our_lookups, plain_lookups);
	compare("update", our_updates, plain_updates);
	rq_cpu_detach(cpu);
	return 0;
}
