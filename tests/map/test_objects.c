/* SPDX-License-Identifier: BSD-2-Clause */
/* Maps that hold references: prog arrays, arrays and hashes of maps. Errors are those that Linux 6.18 gave. */
#include "fixture.h"

#include "map/user.h"

static struct rq_object program, other_program;
static int released;

static void count_release(struct rq_object *object)
{
	released++;
}

static struct rq_map *make_outer(uint32_t type, int inner_fd, int *err)
{
	union bpf_attr attr = { .map_type = type, .key_size = 4, .value_size = 4, .max_entries = 3,
				.inner_map_fd = inner_fd };
	struct rq_map *map = NULL;

	*err = rq_map_create(&attr, &host, &map);
	return map;
}

static int put(struct rq_map *map, uint32_t key, int fd, uint64_t flags)
{
	return rq_map_user_update(map, &key, &fd, flags);
}

static const uint32_t outer_types[] = { BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_MAP_TYPE_HASH_OF_MAPS };

static void map_in_a_map_is_found_and_kept_alive(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct rq_map *inner = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4), *outer;
		int fd = publish(&inner->object), err;
		uint32_t key = 1, id;

		outer = make_outer(outer_types[i], fd, &err);
		assert_int_equal(err, 0);
		assert_int_equal(outer->inner->value_size, 8);
		assert_null(outer->ops->lookup(outer, &key));
		assert_int_equal(put(outer, 1, fd, 0), 0);
		assert_ptr_equal(outer->ops->lookup(outer, &key), inner);
		assert_int_equal(rq_map_user_lookup(outer, &key, &id, 0), 0);
		assert_int_equal(id, inner->object.id);
		unpublish(fd);
		assert_int_equal(inner->ops->update(inner, &key, &(uint64_t){ 5 }, 0), 0);
		assert_int_equal(rq_map_user_remove(outer, &key), 0);
		assert_int_equal(rq_map_user_remove(outer, &key), -ENOENT);
		end_map(outer);
	}
}

static void only_maps_like_the_first_go_in(void **state)
{
	struct rq_map *same = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4), *longer = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 5),
		      *wider = make_map(BPF_MAP_TYPE_ARRAY, 4, 16, 4), *hash = make_map(BPF_MAP_TYPE_HASH, 4, 8, 4);
	int fd = publish(&same->object), err;

	for (int i = 0; i < 2; i++) {
		struct rq_map *outer = make_outer(outer_types[i], fd, &err);
		int longer_fd = publish(&longer->object), wider_fd = publish(&wider->object), hash_fd = publish(&hash->object);

		assert_int_equal(put(outer, 0, longer_fd, 0), -EINVAL);
		assert_int_equal(put(outer, 0, wider_fd, 0), -EINVAL);
		assert_int_equal(put(outer, 0, hash_fd, 0), -EINVAL);
		assert_int_equal(put(outer, 0, 999, 0), -EBADF);
		assert_int_equal(put(outer, 0, fd, 0), 0);
		objects[longer_fd - FIRST_FD] = objects[wider_fd - FIRST_FD] = objects[hash_fd - FIRST_FD] = NULL;
		end_map(outer);
	}
	unpublish(fd);
	end_map(longer);
	end_map(wider);
	end_map(hash);
}

/* A hash has no bounds that programs know; an array none when its flag says so. */
static void sizes_may_differ_where_programs_do_not_know_them(void **state)
{
	struct rq_map *first = make_map_flags(BPF_MAP_TYPE_ARRAY, 4, 8, 4, BPF_F_INNER_MAP, NULL),
		      *second = make_map_flags(BPF_MAP_TYPE_ARRAY, 4, 8, 9, BPF_F_INNER_MAP, NULL), *outer;
	int fd = publish(&first->object), second_fd = publish(&second->object), err;

	outer = make_outer(BPF_MAP_TYPE_ARRAY_OF_MAPS, fd, &err);
	assert_int_equal(put(outer, 0, second_fd, 0), 0);
	end_map(outer);
	unpublish(fd);
	unpublish(second_fd);
}

static void outer_maps_need_an_inner_one(void **state)
{
	struct rq_map *array = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4), *programs = make_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4);
	int fd = publish(&array->object), programs_fd = publish(&programs->object), outer_fd, err;
	struct rq_map *outer;

	for (int i = 0; i < 2; i++) {
		make_outer(outer_types[i], 999, &err);
		assert_int_equal(err, -EBADF);
		make_outer(outer_types[i], programs_fd, &err);
		assert_int_equal(err, -RQ_ENOTSUPP);
		outer = make_outer(outer_types[i], fd, &err);
		outer_fd = publish(&outer->object);
		make_outer(outer_types[i], outer_fd, &err);
		assert_int_equal(err, -EINVAL);
		unpublish(outer_fd);
	}
	unpublish(fd);
	unpublish(programs_fd);
}

static void programs_go_in_and_come_out(void **state)
{
	struct rq_map *map = make_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 3), *array = make_map(BPF_MAP_TYPE_ARRAY, 4, 4, 3);
	int fd, other, array_fd = publish(&array->object);
	uint32_t key = 2, id;

	released = 0;
	rq_object_init(&program, RQ_OBJECT_PROG, count_release);
	rq_object_init(&other_program, RQ_OBJECT_PROG, count_release);
	fd = publish(&program);
	other = publish(&other_program);
	assert_int_equal(put(map, 2, fd, BPF_EXIST), -EINVAL);
	assert_int_equal(put(map, 3, 999, 0), -E2BIG);
	assert_int_equal(put(map, 2, 999, 0), -EBADF);
	assert_int_equal(put(map, 2, array_fd, 0), -EINVAL);
	assert_null(map->ops->program(map, 2));
	assert_int_equal(put(map, 2, fd, 0), 0);
	assert_ptr_equal(map->ops->program(map, 2), &program);
	assert_null(map->ops->program(map, 3));
	assert_int_equal(rq_map_user_lookup(map, &key, &id, 0), 0);
	assert_int_equal(id, program.id);
	assert_int_equal(put(map, 2, other, 0), 0);
	unpublish(fd);
	assert_int_equal(released, 1);
	unpublish(other);
	assert_int_equal(released, 1);
	map->ops->last_descriptor(map);
	assert_int_equal(released, 2);
	end_map(map);
	unpublish(array_fd);
}

static int synchronized;

static void count_synchronize(struct rq_machine *machine)
{
	synchronized++;
}

/* A program that looked it up before may still use it: it is kept until each run has ended. */
static void object_goes_only_after_running_programs_end(void **state)
{
	struct rq_map *inner = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4), *outer;
	int fd = publish(&inner->object), err;
	uint32_t key = 0;

	host.synchronize = count_synchronize;
	for (int i = 0; i < 2; i++) {
		synchronized = 0;
		outer = make_outer(outer_types[i], fd, &err);
		put(outer, 0, fd, 0);
		assert_int_equal(synchronized, 0);
		put(outer, 0, fd, 0);
		assert_int_equal(synchronized, 1);
		rq_map_user_remove(outer, &key);
		assert_int_equal(synchronized, 2);
		end_map(outer);
	}
	host.synchronize = NULL;
	unpublish(fd);
}

static void memory_that_there_is_not_leaves_nothing(void **state)
{
	struct rq_map *inner = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4);
	int fd = publish(&inner->object);

	for (int i = 0; i < 2; i++) {
		struct rq_map *outer = NULL;
		int err = -ENOMEM;

		for (int n = 1; err; n++) {
			rq_alloc_fail_after(n);
			outer = make_outer(outer_types[i], fd, &err);
			rq_alloc_fail_after(0);
			assert_true(!err || err == -ENOMEM);
		}
		end_map(outer);
	}
	unpublish(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_in_a_map_is_found_and_kept_alive),
		cmocka_unit_test(only_maps_like_the_first_go_in),
		cmocka_unit_test(sizes_may_differ_where_programs_do_not_know_them),
		cmocka_unit_test(outer_maps_need_an_inner_one),
		cmocka_unit_test(programs_go_in_and_come_out),
		cmocka_unit_test(object_goes_only_after_running_programs_end),
		cmocka_unit_test(memory_that_there_is_not_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, begin_two_cpus, end_cpus);
}
