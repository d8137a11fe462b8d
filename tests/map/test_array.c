/* SPDX-License-Identifier: BSD-2-Clause */
#include "fixture.h"

#include <fcntl.h>
#include <sys/mman.h>

static int update(struct rq_map *map, uint32_t key, uint64_t value, uint64_t flags)
{
	return map->ops->update(map, &key, &value, flags);
}

static uint64_t *lookup(struct rq_map *map, uint32_t key)
{
	return map->ops->lookup(map, &key);
}

static void values_begin_as_zero_and_keep_what_is_put_in(void **state)
{
	struct rq_map *map = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 3);

	assert_int_equal(*lookup(map, 2), 0);
	assert_int_equal(update(map, 2, 7, BPF_ANY), 0);
	assert_int_equal(update(map, 1, 6, BPF_EXIST), 0);
	assert_int_equal(*lookup(map, 2), 7);
	assert_int_equal(*lookup(map, 1), 6);
	assert_int_equal(*lookup(map, 0), 0);
	end_map(map);
}

static void errors_are_the_kernels(void **state)
{
	struct rq_map *map = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 3);
	uint32_t key = 3;

	assert_null(lookup(map, 3));
	assert_null(lookup(map, UINT32_MAX));
	assert_int_equal(update(map, 3, 0, BPF_ANY), -E2BIG);
	assert_int_equal(update(map, 0, 0, BPF_NOEXIST), -EEXIST);
	assert_int_equal(update(map, 3, 0, 3), -EINVAL);
	assert_int_equal(update(map, 0, 0, BPF_F_LOCK), -EINVAL);
	key = 0;
	assert_int_equal(map->ops->remove(map, &key), -EINVAL);
	end_map(map);
}

static void keys_are_walked_in_order(void **state)
{
	struct rq_map *map = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 3);
	uint32_t key = 99, next;

	assert_int_equal(map->ops->next_key(map, NULL, &next), 0);
	assert_int_equal(next, 0);
	assert_int_equal(map->ops->next_key(map, &next, &next), 0);
	assert_int_equal(next, 1);
	assert_int_equal(map->ops->next_key(map, &key, &next), 0);
	assert_int_equal(next, 0);
	key = 2;
	assert_int_equal(map->ops->next_key(map, &key, &next), -ENOENT);
	end_map(map);
}

/* Values of any size lie 8 bytes aligned. */
static void values_are_aligned(void **state)
{
	struct rq_map *map = make_map(BPF_MAP_TYPE_ARRAY, 4, 13, 4);
	uint32_t offset;
	uint8_t bytes[13] = "thirteen byte", *value;
	uint32_t key = 3;

	assert_int_equal(map->ops->update(map, &key, bytes, 0), 0);
	value = (uint8_t *)lookup(map, 3);
	assert_int_equal((uintptr_t)value % 8, 0);
	assert_memory_equal(value, bytes, 13);
	assert_int_equal(map->ops->key_of(map, value + 5, &key, &offset), 0);
	assert_int_equal(key, 3);
	assert_int_equal(offset, 5);
	assert_int_equal(map->ops->key_of(map, value + 13, &key, &offset), -ENOENT);
	end_map(map);
}

/* libbpf shows global data to a user by mapping the descriptor. */
static void mapping_of_the_descriptor_shows_the_values(void **state)
{
	struct rq_map *map = make_map_flags(BPF_MAP_TYPE_ARRAY, 4, 5000, 1, BPF_F_MMAPABLE, NULL);
	uint64_t address;
	uint32_t key = 0;
	uint8_t *seen = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, map->memory_fd, 0);

	assert_ptr_not_equal(seen, MAP_FAILED);
	seen[4999] = 42;
	assert_int_equal(((uint8_t *)map->ops->lookup(map, &key))[4999], 42);
	assert_int_equal(map->ops->direct_value(map, 4999, &address), 0);
	assert_int_equal(*(uint8_t *)(uintptr_t)address, 42);
	assert_int_equal(map->ops->direct_value(map, 5000, &address), -EINVAL);
	assert_true(ftruncate(map->memory_fd, 0) < 0);
	munmap(seen, 8192);
	end_map(map);
}

static void only_a_single_value_has_an_address_in_programs(void **state)
{
	struct rq_map *map = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 2);
	uint64_t address;

	assert_int_equal(map->ops->direct_value(map, 0, &address), -RQ_ENOTSUPP);
	end_map(map);
}

static int visit_until_second(void *arg, const void *key, void *value)
{
	*(uint64_t *)value = *(const uint32_t *)key + 10;
	return ++*(int *)arg == 2;
}

static void walk_stops_when_asked(void **state)
{
	struct rq_map *map = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 3);
	int visited = 0;

	map->ops->for_each(map, visit_until_second, &visited);
	assert_int_equal(visited, 2);
	assert_int_equal(*lookup(map, 1), 11);
	assert_int_equal(*lookup(map, 2), 0);
	end_map(map);
}

static void memory_that_there_is_not_leaves_nothing(void **state)
{
	int err, descriptors = dup(0);

	close(descriptors);
	for (int n = 1; n <= 2; n++) {
		rq_alloc_fail_after(n);
		assert_null(make_map_flags(BPF_MAP_TYPE_ARRAY, 4, 8, 4, n == 2 ? BPF_F_MMAPABLE : 0, &err));
		rq_alloc_fail_after(0);
		assert_int_equal(err, -ENOMEM);
	}
	err = dup(0);
	assert_int_equal(err, descriptors);
	close(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_begin_as_zero_and_keep_what_is_put_in),
		cmocka_unit_test(errors_are_the_kernels),
		cmocka_unit_test(keys_are_walked_in_order),
		cmocka_unit_test(values_are_aligned),
		cmocka_unit_test(mapping_of_the_descriptor_shows_the_values),
		cmocka_unit_test(only_a_single_value_has_an_address_in_programs),
		cmocka_unit_test(walk_stops_when_asked),
		cmocka_unit_test(memory_that_there_is_not_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, begin_two_cpus, end_cpus);
}
