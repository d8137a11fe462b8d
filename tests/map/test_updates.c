/* SPDX-License-Identifier: BSD-2-Clause */
/* Four virtual CPUs change the same map: no change is lost, and each finds what it put in. */
#include "fixture.h"

#include <stdatomic.h>

#include "map/storage.h"
#include "map/user.h"

#define CPUS   4
#define KEYS   8
#define ROUNDS 300
#define SHARED 1000 /* a key of all CPUs */

static struct rq_map *map;
static _Atomic uint64_t wrong, pushed, popped;

static void make_key(uint8_t key[8], uint32_t number)
{
	const uint32_t bits = 32;

	if (map->ops->type != BPF_MAP_TYPE_LPM_TRIE) {
		memcpy(key, &number, 4);
		return;
	}
	memcpy(key, &bits, 4);
	memcpy(key + 4, &number, 4);
}

static uint64_t *find(uint32_t number)
{
	uint8_t key[8];

	make_key(key, number);
	return map->ops->lookup(map, key);
}

static int put(uint32_t number, uint64_t value)
{
	uint8_t key[8];

	make_key(key, number);
	return map->ops->update(map, key, &value, BPF_ANY);
}

/* Keys of its own, in buckets and lists that all share; and one value of all, counted up by each. */
static void change_elements(unsigned int cpu)
{
	for (uint64_t round = 1; round <= ROUNDS; round++) {
		uint64_t *shared = find(SHARED);

		if (shared)
			__atomic_fetch_add(shared, 1, __ATOMIC_RELAXED);
		else
			atomic_fetch_add(&wrong, 1);
		for (uint32_t i = 0; i < KEYS; i++) {
			uint32_t number = cpu * KEYS + i;
			uint64_t *found;
			uint8_t key[8];

			if (put(number, round * 100 + number))
				atomic_fetch_add(&wrong, 1);
			found = find(number);
			if (!found || __atomic_load_n(found, __ATOMIC_RELAXED) != round * 100 + number)
				atomic_fetch_add(&wrong, 1);
			make_key(key, number);
			if (round % 3 == 0 && map->ops->remove(map, key) && map->ops->type != BPF_MAP_TYPE_ARRAY &&
			    map->ops->type != BPF_MAP_TYPE_PERCPU_ARRAY)
				atomic_fetch_add(&wrong, 1);
		}
	}
}

static void push_and_pop(unsigned int cpu)
{
	for (uint64_t round = 1; round <= ROUNDS * KEYS; round++) {
		uint64_t value = round * CPUS + cpu, out;

		if (!map->ops->push(map, &value, 0))
			atomic_fetch_add(&pushed, value);
		if (round % 2 && !map->ops->pop(map, &out))
			atomic_fetch_add(&popped, out);
	}
}

/* Values of owners: each CPU has one of its own, and all have one together. */
static void change_storage(unsigned int cpu)
{
	static const char owners[CPUS + 1];

	for (uint64_t round = 1; round <= ROUNDS * KEYS; round++) {
		uint64_t *own = rq_storage_get(map, &owners[cpu], NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
		uint64_t *shared = rq_storage_get(map, &owners[CPUS], NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

		if (!own || !shared || ++*own != (round - 1) % 10 + 1)
			atomic_fetch_add(&wrong, 1);
		else
			atomic_fetch_add(&pushed, __atomic_fetch_add(shared, 1, __ATOMIC_RELAXED) ? 0 : 1);
		if (round % 10 == 0 && rq_storage_delete(map, &owners[cpu]))
			atomic_fetch_add(&wrong, 1);
	}
}

static void (*work)(unsigned int cpu);

static void *be_a_cpu(void *arg)
{
	struct rq_cpu *cpu;

	if (rq_cpu_attach(host.domain, (uintptr_t)arg, &cpu)) {
		atomic_fetch_add(&wrong, 1);
		return NULL;
	}
	work((uintptr_t)arg);
	rq_cpu_detach(cpu);
	return NULL;
}

static void run_cpus(void (*what)(unsigned int cpu))
{
	pthread_t threads[CPUS];

	work = what;
	atomic_store(&wrong, 0);
	for (uintptr_t i = 0; i < CPUS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, be_a_cpu, (void *)i), 0);
	for (int i = 0; i < CPUS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&wrong), 0);
}

static uint64_t sum_of_values(uint32_t number)
{
	uint64_t values[CPUS] = { 0 }, sum = 0;
	uint8_t key[8];

	make_key(key, number);
	assert_int_equal(rq_map_user_lookup(map, key, values, 0), 0);
	for (uint32_t i = 0; i < rq_map_user_value_size(map) / 8; i++)
		sum += values[i];
	return sum;
}

static void elements_of_all_types_keep_every_change(void **state)
{
	static const struct {
		uint32_t type, key, max, flags;
	} shapes[] = {
		{ BPF_MAP_TYPE_ARRAY, 4, SHARED + 1, 0 },
		{ BPF_MAP_TYPE_ARRAY, 4, SHARED + 1, BPF_F_MMAPABLE },
		{ BPF_MAP_TYPE_PERCPU_ARRAY, 4, SHARED + 1, 0 },
		{ BPF_MAP_TYPE_HASH, 4, CPUS * KEYS + 1, 0 },
		{ BPF_MAP_TYPE_HASH, 4, CPUS * KEYS + 1, BPF_F_NO_PREALLOC },
		{ BPF_MAP_TYPE_PERCPU_HASH, 4, CPUS * KEYS + 1, 0 },
		{ BPF_MAP_TYPE_LRU_HASH, 4, 4096, 0 },
		{ BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 4096, 0 },
		{ BPF_MAP_TYPE_LPM_TRIE, 8, CPUS * KEYS + 1, BPF_F_NO_PREALLOC },
	};

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		map = make_map_flags(shapes[i].type, shapes[i].key, 8, shapes[i].max, shapes[i].flags, NULL);
		assert_int_equal(put(SHARED, 0), 0);
		run_cpus(change_elements);
		assert_int_equal(sum_of_values(SHARED), CPUS * ROUNDS);
		end_map(map);
	}
}

static void queues_and_stacks_lose_nothing(void **state)
{
	static const uint32_t types[] = { BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK };

	for (int i = 0; i < 2; i++) {
		uint64_t value;

		map = make_map(types[i], 0, 8, 1000); /* becomes full */
		atomic_store(&pushed, 0);
		atomic_store(&popped, 0);
		run_cpus(push_and_pop);
		while (!map->ops->pop(map, &value))
			atomic_fetch_add(&popped, value);
		assert_int_equal(atomic_load(&pushed), atomic_load(&popped));
		end_map(map);
	}
}

static void storage_of_owners_keeps_every_change(void **state)
{
	struct btf *types = btf__new_empty();
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_TASK_STORAGE, .key_size = 4, .value_size = 8,
				.map_flags = BPF_F_NO_PREALLOC, .btf_key_type_id = 1, .btf_value_type_id = 2 };
	struct both_btf both;

	btf__add_int(types, "int", 4, BTF_INT_SIGNED);
	btf__add_int(types, "long", 8, BTF_INT_SIGNED);
	both = load_btf(types);
	attr.btf_fd = both.ours;
	assert_int_equal(rq_map_create(&attr, &host, &map), 0);
	atomic_store(&pushed, 0);
	run_cpus(change_storage);
	assert_int_equal(atomic_load(&pushed), 1); /* one was the first, so there was one value */
	close_btf(both);
	end_map(map);
}

static int begin(void **state)
{
	host_begin(CPUS);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_of_all_types_keep_every_change),
		cmocka_unit_test(queues_and_stacks_lose_nothing),
		cmocka_unit_test(storage_of_owners_keeps_every_change),
	};

	return cmocka_run_group_tests(tests, begin, end_cpus);
}
