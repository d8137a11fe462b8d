/* SPDX-License-Identifier: BSD-2-Clause */
/* Local storage: values that belong to an owner. */
#include "fixture.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "map/storage.h"
#include "map/user.h"

#define CREATE BPF_LOCAL_STORAGE_GET_F_CREATE

static const int own_task, other_task, root_cgroup;

/* A value of a lock and a number. */
static struct rq_map *make_storage(uint32_t type)
{
	struct btf *types = btf__new_empty();
	union bpf_attr attr = { .map_type = type, .key_size = 4, .value_size = 8, .map_flags = BPF_F_NO_PREALLOC,
				.btf_key_type_id = 1, .btf_value_type_id = 3 };
	struct rq_map *map = NULL;
	struct both_btf both;

	btf__add_int(types, "int", 4, BTF_INT_SIGNED);
	btf__add_struct(types, "bpf_res_spin_lock", 4);
	btf__add_field(types, "val", 1, 0, 0);
	btf__add_struct(types, "value", 8);
	btf__add_field(types, "lock", 2, 0, 0);
	btf__add_field(types, "number", 1, 32, 0);
	both = load_btf(types);
	attr.btf_fd = both.ours;
	assert_int_equal(rq_map_create(&attr, &host, &map), 0);
	close_btf(both);
	return map;
}

static const uint32_t types[] = { BPF_MAP_TYPE_TASK_STORAGE, BPF_MAP_TYPE_SK_STORAGE, BPF_MAP_TYPE_INODE_STORAGE,
				  RQ_MAP_TYPE_CGRP_STORAGE };

static void each_owner_has_a_value_of_its_own(void **state)
{
	for (int i = 0; i < 4; i++) {
		struct rq_map *map = make_storage(types[i]);
		uint32_t *one, *two;

		assert_null(rq_storage_get(map, &own_task, NULL, 0));
		one = rq_storage_get(map, &own_task, NULL, CREATE);
		two = rq_storage_get(map, &other_task, NULL, CREATE);
		assert_non_null(one);
		assert_non_null(two);
		assert_ptr_not_equal(one, two);
		one[1] = 11;
		two[1] = 22;
		assert_ptr_equal(rq_storage_get(map, &own_task, NULL, CREATE), one);
		assert_int_equal(one[1], 11);
		assert_int_equal(rq_storage_delete(map, &own_task), 0);
		assert_int_equal(rq_storage_delete(map, &own_task), -ENOENT);
		assert_null(rq_storage_get(map, &own_task, NULL, 0));
		assert_int_equal(two[1], 22);
		end_map(map);
	}
}

static void a_new_value_is_what_was_given_or_zero(void **state)
{
	struct rq_map *map = make_storage(BPF_MAP_TYPE_TASK_STORAGE);
	const uint32_t initial[2] = { 7, 33 };
	uint32_t *value = rq_storage_get(map, &own_task, initial, CREATE);

	assert_int_equal(value[0], 0); /* a lock is never copied */
	assert_int_equal(value[1], 33);
	rq_storage_delete(map, &own_task);
	for (int i = 0; i < 100; i++) {
		value = rq_storage_get(map, &own_task, NULL, CREATE);
		assert_int_equal(value[1], 0);
		value[1] = 55;
		rq_storage_delete(map, &own_task);
	}
	end_map(map);
}

static void nobody_and_unknown_flags_get_nothing(void **state)
{
	struct rq_map *map = make_storage(BPF_MAP_TYPE_TASK_STORAGE);

	assert_null(rq_storage_get(map, NULL, NULL, CREATE));
	assert_null(rq_storage_get(map, &own_task, NULL, CREATE | 2));
	assert_int_equal(rq_storage_delete(map, NULL), -EINVAL);
	end_map(map);
}

/* The process itself is the machine's task; the root of the cgroups its cgroup. */
static void users_and_programs_meet_in_one_task(void **state)
{
	struct rq_map *map = make_storage(BPF_MAP_TYPE_TASK_STORAGE);
	int pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	uint32_t value[2] = { 1, 44 }, *seen;

	assert_int_equal(rq_map_user_lookup(map, &pidfd, value, 0), -ENOENT);
	assert_int_equal(rq_map_user_update(map, &pidfd, value, BPF_NOEXIST), 0);
	seen = rq_storage_get(map, &own_task, NULL, 0);
	assert_non_null(seen);
	assert_int_equal(seen[1], 44);
	seen[0] = 0x12345678; /* held, say */
	assert_int_equal(rq_map_user_lookup(map, &pidfd, value, 0), 0);
	assert_int_equal(value[0], 0);
	assert_int_equal(value[1], 44);
	seen[0] = 0;
	assert_int_equal(rq_map_user_remove(map, &pidfd), 0);
	assert_null(rq_storage_get(map, &own_task, NULL, 0));
	close(pidfd);
	end_map(map);
}

static void descriptors_that_name_no_owner_are_refused(void **state)
{
	static const int errors[4] = { -EBADF, -ENOTSOCK, 0, -EBADF };
	int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), none = -1;
	uint32_t value[2] = { 0, 1 };

	for (int i = 0; i < 4; i++) {
		struct rq_map *map = make_storage(types[i]);

		assert_int_equal(rq_map_user_update(map, &none, value, 0), -EBADF);
		assert_int_equal(rq_map_user_update(map, &file, value, 0), errors[i]);
		end_map(map);
	}
	close(file);
}

static void a_socket_is_the_same_under_all_its_descriptors(void **state)
{
	struct rq_map *map = make_storage(BPF_MAP_TYPE_SK_STORAGE);
	int sockets[2], copy;
	uint32_t value[2] = { 0, 66 };

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	copy = dup(sockets[0]);
	assert_int_equal(rq_map_user_update(map, &sockets[0], value, 0), 0);
	assert_int_equal(rq_map_user_lookup(map, &copy, value, 0), 0);
	assert_int_equal(value[1], 66);
	assert_int_equal(rq_map_user_lookup(map, &sockets[1], value, 0), -ENOENT);
	for (int i = 0; i < 2; i++)
		close(sockets[i]);
	close(copy);
	end_map(map);
}

static void cgroup_storage_is_there_once_a_program_asked(void **state)
{
	static const uint32_t old_types[] = { BPF_MAP_TYPE_CGROUP_STORAGE, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE };

	for (int i = 0; i < 2; i++) {
		struct rq_map *map = make_map(old_types[i], sizeof(struct bpf_cgroup_storage_key), 8, 0);
		struct bpf_cgroup_storage_key key = { .cgroup_inode_id = 1 }, next;
		uint64_t values[2] = { 0 }, *mine;

		assert_int_equal(rq_map_user_lookup(map, &key, values, 0), -ENOENT);
		assert_int_equal(rq_map_user_next_key(map, NULL, &next), -ENOENT);
		mine = rq_cgroup_storage(map);
		*mine = 77;
		assert_ptr_equal(rq_cgroup_storage(map), mine);
		assert_int_equal(rq_map_user_lookup(map, &key, values, 0), 0);
		assert_int_equal(values[0], 77);
		values[0] = 88;
		assert_int_equal(rq_map_user_update(map, &key, values, BPF_NOEXIST), -EINVAL);
		assert_int_equal(rq_map_user_update(map, &key, values, BPF_EXIST), 0);
		assert_int_equal(*mine, 88);
		assert_int_equal(rq_map_user_next_key(map, NULL, &next), 0);
		assert_int_equal(next.cgroup_inode_id, 1);
		assert_int_equal(rq_map_user_next_key(map, &next, &next), -ENOENT);
		end_map(map);
	}
}

static int begin(void **state)
{
	host_begin(2);
	host.own_task = &own_task;
	host.root_cgroup = &root_cgroup;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_owner_has_a_value_of_its_own),
		cmocka_unit_test(a_new_value_is_what_was_given_or_zero),
		cmocka_unit_test(nobody_and_unknown_flags_get_nothing),
		cmocka_unit_test(users_and_programs_meet_in_one_task),
		cmocka_unit_test(descriptors_that_name_no_owner_are_refused),
		cmocka_unit_test(a_socket_is_the_same_under_all_its_descriptors),
		cmocka_unit_test(cgroup_storage_is_there_once_a_program_asked),
	};

	return cmocka_run_group_tests(tests, begin, end_cpus);
}
