/* SPDX-License-Identifier: BSD-2-Clause */
#include "fixture.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "map/hash.h"
#include "map/user.h"

static int update(struct rq_map *map, uint32_t key, uint64_t value, uint64_t flags)
{
	return map->ops->update(map, &key, &value, flags);
}

static uint64_t *lookup(struct rq_map *map, uint32_t key)
{
	return map->ops->lookup(map, &key);
}

static int remove_key(struct rq_map *map, uint32_t key)
{
	return map->ops->remove(map, &key);
}

static void keys_come_and_go(void **state)
{
	struct rq_map *map = make_map(BPF_MAP_TYPE_HASH, 4, 8, 3);

	assert_null(lookup(map, 7));
	assert_int_equal(update(map, 7, 70, BPF_EXIST), -ENOENT);
	assert_int_equal(update(map, 7, 70, BPF_NOEXIST), 0);
	assert_int_equal(update(map, 7, 71, BPF_NOEXIST), -EEXIST);
	assert_int_equal(*lookup(map, 7), 70);
	assert_int_equal(update(map, 7, 71, BPF_EXIST), 0);
	assert_int_equal(*lookup(map, 7), 71);
	assert_int_equal(remove_key(map, 7), 0);
	assert_int_equal(remove_key(map, 7), -ENOENT);
	assert_null(lookup(map, 7));
	end_map(map);
}

/* A full map still takes new values of its keys, and a new key when one has gone. */
static void room_is_exactly_max_entries(void **state)
{
	static const uint32_t flags[] = { 0, BPF_F_NO_PREALLOC };

	for (int i = 0; i < 2; i++) {
		struct rq_map *map = make_map_flags(BPF_MAP_TYPE_HASH, 4, 8, 100, flags[i], NULL);

		for (uint32_t key = 0; key < 100; key++)
			assert_int_equal(update(map, key, key, 0), 0);
		assert_int_equal(update(map, 100, 0, 0), -E2BIG);
		for (uint32_t round = 0; round < 50; round++)
			for (uint32_t key = 0; key < 100; key++)
				assert_int_equal(update(map, key, key + round, 0), 0);
		assert_int_equal(remove_key(map, 50), 0);
		assert_int_equal(update(map, 100, 0, 0), 0);
		assert_int_equal(update(map, 50, 0, 0), -E2BIG);
		for (uint32_t key = 51; key < 100; key++)
			assert_int_equal(*lookup(map, key), key + 49);
		end_map(map);
	}
}

/* Keys that differ in any byte are different keys. */
static void every_byte_of_a_key_counts(void **state)
{
	struct rq_map *map = make_map(BPF_MAP_TYPE_HASH, 21, 8, 32);
	uint8_t key[21] = { 0 };

	for (uint64_t i = 0; i < 21; i++) {
		key[i] = 1;
		assert_int_equal(map->ops->update(map, key, &i, BPF_NOEXIST), 0);
		key[i] = 0;
	}
	for (uint64_t i = 0; i < 21; i++) {
		key[i] = 1;
		assert_int_equal(*(uint64_t *)map->ops->lookup(map, key), i);
		key[i] = 0;
	}
	assert_null(map->ops->lookup(map, key));
	end_map(map);
}

static void walk_by_keys_meets_each_key_once(void **state)
{
	struct rq_map *map = make_map(BPF_MAP_TYPE_HASH, 4, 8, 1000);
	uint8_t seen[1000] = { 0 };
	uint32_t key, *previous = NULL, count = 0;

	for (uint32_t i = 0; i < 1000; i++)
		update(map, i, i, 0);
	while (!map->ops->next_key(map, previous, &key)) {
		assert_int_equal(seen[key]++, 0);
		previous = &key;
		count++;
	}
	assert_int_equal(count, 1000);
	end_map(map);
}

static int sum_and_remove(void *arg, const void *key, void *value)
{
	*(uint64_t *)arg += *(uint64_t *)value;
	return 0;
}

static void visit_meets_each_value(void **state)
{
	struct rq_map *map = make_map(BPF_MAP_TYPE_HASH, 4, 8, 100);
	uint64_t sum = 0;

	for (uint32_t i = 1; i <= 100; i++)
		update(map, i, i, 0);
	map->ops->for_each(map, sum_and_remove, &sum);
	assert_int_equal(sum, 5050);
	end_map(map);
}

static void reports_find_the_key_of_an_address(void **state)
{
	struct rq_map *map = make_map(BPF_MAP_TYPE_HASH, 4, 16, 3);
	uint64_t value[2] = { 1, 2 };
	uint32_t key = 9, offset, found = 0;

	assert_int_equal(map->ops->update(map, &key, value, 0), 0);
	assert_int_equal(map->ops->key_of(map, lookup(map, 9) + 1, &found, &offset), 0);
	assert_int_equal(found, 9);
	assert_int_equal(offset, 8);
	assert_int_equal(map->ops->key_of(map, &found, &found, &offset), -ENOENT);
	end_map(map);
}

static void per_cpu_values_are_one_for_each_cpu(void **state)
{
	struct rq_map *map = make_map(BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 3);
	uint64_t values[4] = { 10, 11, 12, 13 }, read[4];
	uint32_t key = 5;
	struct rq_cpu *cpu;

	assert_int_equal(rq_map_user_value_size(map), 32);
	assert_int_equal(rq_map_user_update(map, &key, values, 0), 0);
	assert_int_equal(rq_cpu_attach(host.domain, 2, &cpu), 0);
	assert_int_equal(*lookup(map, 5), 12);
	*lookup(map, 5) = 22;
	assert_int_equal(update(map, 6, 66, 0), 0);
	rq_cpu_detach(cpu);
	assert_int_equal(*(uint64_t *)map->ops->lookup_cpu(map, &key, 1), 11);
	assert_null(map->ops->lookup_cpu(map, &key, 4));
	assert_int_equal(rq_map_user_lookup(map, &key, read, 0), 0);
	values[2] = 22;
	assert_memory_equal(read, values, 32);
	key = 6;
	assert_int_equal(rq_map_user_lookup(map, &key, read, 0), 0);
	assert_memory_equal(read, ((uint64_t[]){ 0, 0, 66, 0 }), 32);
	end_map(map);
}

/* What is looked up between insertions stays; what is not goes. */
static void least_recently_used_goes_first(void **state)
{
	struct rq_map *map = make_map(BPF_MAP_TYPE_LRU_HASH, 4, 8, 100);

	for (uint32_t key = 0; key < 100; key++)
		assert_int_equal(update(map, key, key, 0), 0);
	for (uint32_t key = 1000; key < 5000; key++) {
		assert_non_null(lookup(map, 42));
		assert_int_equal(update(map, key, key, 0), 0);
		assert_non_null(lookup(map, key));
	}
	assert_int_equal(*lookup(map, 42), 42);
	assert_null(lookup(map, 0));
	end_map(map);
}

static void lru_map_is_never_full(void **state)
{
	struct rq_map *map = make_map(BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 8, 7);
	uint32_t key, *previous = NULL, count = 0;

	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(update(map, i, i, 0), 0);
	while (!map->ops->next_key(map, previous, &key)) {
		previous = &key;
		count++;
	}
	assert_int_equal(count, 7);
	end_map(map);
}

/* Each allocation in turn fails: -ENOMEM, and the sanitizer finds nothing left. */
static void memory_that_there_is_not_leaves_nothing(void **state)
{
	static const uint32_t types[] = { BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_LRU_HASH,
					  BPF_MAP_TYPE_LRU_PERCPU_HASH };

	for (int i = 0; i < 4; i++) {
		struct rq_map *map = NULL;
		int err = -ENOMEM, n;

		for (n = 1; err; n++) {
			rq_alloc_fail_after(n);
			map = make_map_flags(types[i], 4, 8, 4, 0, &err);
			rq_alloc_fail_after(0);
			assert_true(!err || err == -ENOMEM);
		}
		assert_true(n > 4);
		end_map(map);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_come_and_go),
		cmocka_unit_test(room_is_exactly_max_entries),
		cmocka_unit_test(every_byte_of_a_key_counts),
		cmocka_unit_test(walk_by_keys_meets_each_key_once),
		cmocka_unit_test(visit_meets_each_value),
		cmocka_unit_test(reports_find_the_key_of_an_address),
		cmocka_unit_test(per_cpu_values_are_one_for_each_cpu),
		cmocka_unit_test(least_recently_used_goes_first),
		cmocka_unit_test(lru_map_is_never_full),
		cmocka_unit_test(memory_that_there_is_not_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, begin_four_cpus, end_cpus);
}
