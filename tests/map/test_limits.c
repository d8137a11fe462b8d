/* SPDX-License-Identifier: BSD-2-Clause */
/* What there is no memory for is refused, for each type of map: nothing is left behind, and nobody is killed. */
#include "fixture.h"

#include "map/arena.h"
#include "map/storage.h"
#include "map/user.h"

struct shape {
	uint32_t type, key, value, max, flags;
	bool typed; /* is never made without BTF */
};

static const struct shape shapes[] = {
	{ BPF_MAP_TYPE_ARRAY, 4, 64, 5, 0, false },
	{ BPF_MAP_TYPE_ARRAY, 4, 64, 5, BPF_F_MMAPABLE, false },
	{ BPF_MAP_TYPE_PERCPU_ARRAY, 4, 64, 5, 0, false },
	{ BPF_MAP_TYPE_HASH, 4, 64, 5, 0, false },
	{ BPF_MAP_TYPE_HASH, 4, 64, 5, BPF_F_NO_PREALLOC, false },
	{ BPF_MAP_TYPE_PERCPU_HASH, 4, 64, 5, 0, false },
	{ BPF_MAP_TYPE_LRU_HASH, 4, 64, 5, 0, false },
	{ BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 64, 5, 0, false },
	{ BPF_MAP_TYPE_LPM_TRIE, 8, 64, 5, BPF_F_NO_PREALLOC, false },
	{ BPF_MAP_TYPE_QUEUE, 0, 64, 5, 0, false },
	{ BPF_MAP_TYPE_STACK, 0, 64, 5, 0, false },
	{ BPF_MAP_TYPE_BLOOM_FILTER, 0, 64, 5, 0, false },
	{ BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 5, 0, false },
	{ BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0, false },
	{ BPF_MAP_TYPE_USER_RINGBUF, 0, 0, 4096, 0, false },
	{ BPF_MAP_TYPE_TASK_STORAGE, 4, 64, 0, BPF_F_NO_PREALLOC, true },
	{ BPF_MAP_TYPE_INODE_STORAGE, 4, 64, 0, BPF_F_NO_PREALLOC, true },
	{ BPF_MAP_TYPE_SK_STORAGE, 4, 64, 0, BPF_F_NO_PREALLOC, true },
	{ RQ_MAP_TYPE_CGRP_STORAGE, 4, 64, 0, BPF_F_NO_PREALLOC, true },
	{ BPF_MAP_TYPE_CGROUP_STORAGE, 8, 64, 0, 0, false },
	{ BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, 8, 64, 0, 0, false },
	{ BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 5, 0, false },
	{ BPF_MAP_TYPE_CGROUP_ARRAY, 4, 4, 5, 0, false },
	{ BPF_MAP_TYPE_STACK_TRACE, 4, 64, 5, 0, false },
	{ BPF_MAP_TYPE_DEVMAP, 4, 4, 5, 0, false },
	{ BPF_MAP_TYPE_DEVMAP_HASH, 4, 4, 5, 0, false },
	{ BPF_MAP_TYPE_CPUMAP, 4, 4, 5, 0, false },
	{ BPF_MAP_TYPE_XSKMAP, 4, 4, 5, 0, false },
	{ BPF_MAP_TYPE_SOCKMAP, 4, 4, 5, 0, false },
	{ BPF_MAP_TYPE_SOCKHASH, 4, 4, 5, 0, false },
	{ BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, 4, 8, 5, 0, false },
	{ RQ_MAP_TYPE_ARENA, 0, 0, 5, BPF_F_MMAPABLE, false },
};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static struct both_btf types;

static int create(const struct shape *shape, struct rq_map **map)
{
	union bpf_attr attr = { .map_type = shape->type, .key_size = shape->key, .value_size = shape->value,
				.max_entries = shape->max, .map_flags = shape->flags };

	if (shape->typed) {
		attr.btf_fd = types.ours;
		attr.btf_key_type_id = 1;
		attr.btf_value_type_id = 3;
	}
	*map = NULL;
	return rq_map_create(&attr, &host, map);
}

/* Each allocation in turn, and all after it, fail. What leaks is found by a sanitizer. */
static void creation_fails_cleanly_wherever_memory_ends(void **state)
{
	for (size_t i = 0; i < SHAPES; i++) {
		struct rq_map *map;
		int err = -ENOMEM, n;

		for (n = 1; err; n++) {
			rq_alloc_fail_after(n);
			err = create(&shapes[i], &map);
			rq_alloc_fail_after(0);
			if (err != -ENOMEM && err)
				fail_msg("type %u, allocation %d: %d", shapes[i].type, n, err);
		}
		assert_true(n > 2); /* there was something to fail */
		end_map(map);
	}
}

/* Programs change maps where nothing can be allocated: all of it was there when the map was made. */
static void changes_need_no_memory(void **state)
{
	uint64_t key[2] = { 1 }, value[8] = { 0 };

	for (size_t i = 0; i < SHAPES; i++) {
		struct rq_map *map;

		assert_int_equal(create(&shapes[i], &map), 0);
		rq_alloc_fail_after(1);
		if (map->ops->update) {
			assert_int_equal(map->ops->update(map, key, value, 0), 0);
			assert_non_null(map->ops->lookup(map, key));
			map->ops->remove(map, key);
		}
		if (map->ops->push)
			assert_int_equal(map->ops->push(map, value, 0), 0);
		if (shapes[i].typed)
			assert_non_null(rq_storage_get(map, key, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE));
		rq_alloc_fail_after(0);
		end_map(map);
	}
}

/* Products of these pass 32 and 64 bits, and what any machine has. */
static void sizes_beyond_all_memory_are_refused(void **state)
{
	static const uint32_t entries[] = { 1u << 27, (1u << 27) + 1, INT32_MAX, UINT32_MAX - 1, UINT32_MAX };
	static const uint32_t values[] = { 1u << 20, 4000000, INT32_MAX, UINT32_MAX - 7, UINT32_MAX };

	for (size_t i = 0; i < SHAPES; i++)
		for (size_t e = 0; e < 5; e++)
			for (size_t v = 0; v < 5; v++) {
				struct shape huge = shapes[i];
				struct rq_map *map;
				int err;

				/* Of these types, which keep nothing for each entry or element, values have one size. */
				if (!shapes[i].max || shapes[i].value < 64 || shapes[i].type == BPF_MAP_TYPE_STACK_TRACE ||
				    shapes[i].type == BPF_MAP_TYPE_BLOOM_FILTER)
					continue;
				huge.max = entries[e];
				huge.value = values[v];
				err = create(&huge, &map);
				if (err != -E2BIG && err != -ENOMEM && err != -EINVAL)
					fail_msg("type %u, %u values of %u: %d", huge.type, huge.max, huge.value, err);
			}
}

static int begin(void **state)
{
	struct btf *made = btf__new_empty();

	host_begin(4);
	btf__add_int(made, "int", 4, BTF_INT_SIGNED);
	btf__add_int(made, "char", 1, BTF_INT_CHAR);
	btf__add_array(made, 1, 2, 64);
	types = load_btf(made);
	return 0;
}

static int end(void **state)
{
	close_btf(types);
	host_end();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creation_fails_cleanly_wherever_memory_ends),
		cmocka_unit_test(changes_need_no_memory),
		cmocka_unit_test(sizes_beyond_all_memory_are_refused),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
