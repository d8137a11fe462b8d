/* SPDX-License-Identifier: BSD-2-Clause */
/* The running kernel is asked the same as we are: what may be created, and what random operations return. Root on 6.15+. */
#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "map/storage.h"
#include "map/user.h"

#define OPERATIONS 4000
#define VALUE_ROOM 4096

struct shape {
	const char *name;
	uint32_t type, key, value, max, flags;
	bool keys_ordered; /* next_key follows an order that programs can rely on */
	bool typed;        /* is never made without BTF: an int for the key, bytes for the value */
	uint32_t keys;     /* how many different keys operations use; fewer than max where the kernel evicts */
};

static const struct shape shapes[] = {
	{ "array", BPF_MAP_TYPE_ARRAY, 4, 12, 5, 0, true, false, 7 },
	{ "hash", BPF_MAP_TYPE_HASH, 4, 12, 5, 0, false, false, 7 },
	{ "hash, long keys", BPF_MAP_TYPE_HASH, 19, 8, 5, 0, false, false, 7 },
	{ "hash, not preallocated", BPF_MAP_TYPE_HASH, 8, 8, 5, BPF_F_NO_PREALLOC, false, false, 7 },
	{ "percpu_hash", BPF_MAP_TYPE_PERCPU_HASH, 4, 12, 5, 0, false, false, 7 },
	{ "lru_hash", BPF_MAP_TYPE_LRU_HASH, 4, 8, 512, 0, false, false, 7 },
	{ "lru_percpu_hash", BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 8, 512, 0, false, false, 7 },
	{ "percpu_array", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 12, 5, 0, true, false, 7 },
	{ "queue", BPF_MAP_TYPE_QUEUE, 0, 12, 5, 0, false, false, 7 },
	{ "stack", BPF_MAP_TYPE_STACK, 0, 12, 5, 0, false, false, 7 },
	{ "bloom_filter", BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 500, 0, false, false, 7 },
	{ "prog_array", BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 5, 0, true, false, 7 },
	{ "ringbuf", BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0, false, false, 7 },
	{ "user_ringbuf", BPF_MAP_TYPE_USER_RINGBUF, 0, 0, 4096, 0, false, false, 7 },
	{ "lpm_trie", BPF_MAP_TYPE_LPM_TRIE, 8, 8, 20, BPF_F_NO_PREALLOC, false, false, 7 },
	{ "lpm_trie, odd size", BPF_MAP_TYPE_LPM_TRIE, 7, 12, 6, BPF_F_NO_PREALLOC, false, false, 7 },
	{ "arena", RQ_MAP_TYPE_ARENA, 0, 0, 5, BPF_F_MMAPABLE, false, false, 7 },
	{ "task_storage", BPF_MAP_TYPE_TASK_STORAGE, 4, 12, 0, BPF_F_NO_PREALLOC, false, true, 7 },
	{ "inode_storage", BPF_MAP_TYPE_INODE_STORAGE, 4, 12, 0, BPF_F_NO_PREALLOC, false, true, 7 },
	{ "sk_storage", BPF_MAP_TYPE_SK_STORAGE, 4, 12, 0, BPF_F_NO_PREALLOC, false, true, 7 },
	{ "cgrp_storage", RQ_MAP_TYPE_CGRP_STORAGE, 4, 12, 0, BPF_F_NO_PREALLOC, false, true, 7 },
	{ "cgroup_storage", BPF_MAP_TYPE_CGROUP_STORAGE, 8, 12, 0, 0, false, false, 7 },
	{ "percpu_cgroup_storage", BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, 16, 12, 0, 0, false, false, 7 },
	{ "perf_event_array", BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 5, 0, true, false, 7 },
	{ "cgroup_array", BPF_MAP_TYPE_CGROUP_ARRAY, 4, 4, 5, 0, true, false, 7 },
	{ "stack_trace", BPF_MAP_TYPE_STACK_TRACE, 4, 16, 5, 0, true, false, 7 },
	{ "devmap", BPF_MAP_TYPE_DEVMAP, 4, 4, 5, 0, true, false, 7 },
	{ "devmap_hash", BPF_MAP_TYPE_DEVMAP_HASH, 4, 8, 5, 0, false, false, 7 },
	{ "cpumap", BPF_MAP_TYPE_CPUMAP, 4, 4, 5, 0, true, false, 7 },
	{ "xskmap", BPF_MAP_TYPE_XSKMAP, 4, 4, 5, 0, true, false, 7 },
	{ "sockmap", BPF_MAP_TYPE_SOCKMAP, 4, 8, 5, 0, true, false, 7 },
	{ "sockhash", BPF_MAP_TYPE_SOCKHASH, 4, 4, 5, 0, true, false, 7 },
	{ "reuseport_sockarray", BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, 4, 8, 5, 0, true, false, 7 },
};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static void skip_without_kernel(void)
{
	struct utsname name;
	int major = 0, minor = 0;

	uname(&name);
	sscanf(name.release, "%d.%d", &major, &minor);
	if (!kernel_answers() || major < 6 || (major == 6 && minor < 15))
		skip();
}

/* An int and @size bytes: types 1 and 3. */
static struct both_btf plain_types(uint32_t size)
{
	struct btf *types = btf__new_empty();

	assert_int_equal(btf__add_int(types, "int", 4, BTF_INT_SIGNED), 1);
	assert_int_equal(btf__add_int(types, "char", 1, BTF_INT_CHAR), 2);
	assert_int_equal(btf__add_array(types, 1, 2, size && size < INT32_MAX ? size : 8), 3);
	return load_btf(types);
}

static void create_both(const struct shape *shape, union bpf_attr attr, long *kernel, int *ours, struct rq_map **map)
{
	struct both_btf types = { -1, -1 };
	union bpf_attr asked;

	if (shape && shape->typed) {
		types = plain_types(attr.value_size);
		attr.btf_key_type_id = 1;
		attr.btf_value_type_id = 3;
	}
	asked = attr;
	asked.btf_fd = types.kernel < 0 ? 0 : types.kernel;
	attr.btf_fd = types.ours < 0 ? 0 : types.ours;
	*kernel = kernel_bpf(BPF_MAP_CREATE, &asked);
	*ours = rq_map_create(&attr, &host, map);
	close_btf(types);
}

static void compare_creation(const struct shape *shape, union bpf_attr attr)
{
	struct rq_map *map = NULL;
	long kernel;
	int ours;

	create_both(shape, attr, &kernel, &ours, &map);
	if (kernel >= 0)
		close(kernel);
	if (!ours)
		end_map(map);
	if (ours != (kernel < 0 ? kernel : 0))
		fail_msg("type %u key %u value %u max %u flags %#x extra %llu: kernel %ld, we %d", attr.map_type, attr.key_size,
			 attr.value_size, attr.max_entries, attr.map_flags, (unsigned long long)attr.map_extra, kernel, ours);
}

static union bpf_attr attr_of(const struct shape *shape)
{
	return (union bpf_attr){ .map_type = shape->type, .key_size = shape->key, .value_size = shape->value,
				 .max_entries = shape->max, .map_flags = shape->flags };
}

/* Sizes stay small where the kernel would say yes: it allocates what it is asked for. */
static void sizes_are_refused_as_the_kernel_does(void **state)
{
	static const uint32_t keys[] = { 0, 1, 3, 4, 5, 8, 255, 256, 260, 261, 512, 4194305, INT32_MAX, UINT32_MAX };
	static const uint32_t values[] = { 0, 1, 4, 8, 13, 32768, 32769, 4194305, UINT32_MAX - 7, UINT32_MAX };
	static const uint32_t entries[] = { 0, 1, 3, 4095, 4096, 8192, 12288 };

	skip_without_kernel();
	for (size_t i = 0; i < SHAPES; i++) {
		for (size_t j = 0; j < sizeof(keys) / 4; j++) {
			union bpf_attr attr = attr_of(&shapes[i]);

			attr.key_size = keys[j];
			compare_creation(&shapes[i], attr);
		}
		for (size_t j = 0; j < sizeof(values) / 4; j++) {
			union bpf_attr attr = attr_of(&shapes[i]);

			attr.value_size = values[j];
			compare_creation(&shapes[i], attr);
		}
		for (size_t j = 0; j < sizeof(entries) / 4; j++) {
			union bpf_attr attr = attr_of(&shapes[i]);

			attr.max_entries = entries[j];
			compare_creation(&shapes[i], attr);
		}
	}
}

static void flags_are_refused_as_the_kernel_does(void **state)
{
	skip_without_kernel();
	for (size_t i = 0; i < SHAPES; i++) {
		union bpf_attr attr = attr_of(&shapes[i]);

		for (int bit = 0; bit < 20; bit++) {
			attr.map_flags = shapes[i].flags ^ (1u << bit);
			compare_creation(&shapes[i], attr);
		}
		attr.map_flags = shapes[i].flags | BPF_F_RDONLY | BPF_F_WRONLY;
		compare_creation(&shapes[i], attr);
		attr.map_flags = shapes[i].flags | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG;
		compare_creation(&shapes[i], attr);
		attr.map_flags = shapes[i].flags | BPF_F_NUMA_NODE;
		attr.numa_node = 99;
		compare_creation(&shapes[i], attr);
		attr = attr_of(&shapes[i]);
		attr.map_extra = 1;
		compare_creation(&shapes[i], attr);
		attr.map_extra = 16;
		compare_creation(&shapes[i], attr);
	}
}

static void types_and_names_are_refused_as_the_kernel_does(void **state)
{
	static const char *const names[] = { "a.b", "a_b", "a-b", "a b", "", "\xff", "\xd7", "abcdefghijklmno",
					     "abcdefghijklmnop" };

	skip_without_kernel();
	for (uint32_t type = 40; type < 50; type++)
		compare_creation(NULL, (union bpf_attr){ .map_type = type, .key_size = 4, .value_size = 4, .max_entries = 1 });
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		union bpf_attr attr = attr_of(&shapes[0]);

		memcpy(attr.map_name, names[i], strnlen(names[i], 16));
		compare_creation(&shapes[0], attr);
	}
}

static uint64_t seed;

static uint32_t below(uint32_t limit)
{
	return rq_random_next(&seed) % limit;
}

/* What users name owners of local storage by: this process, a socket, a file, a cgroup; and what they can't. */
static int descriptors[7] = { -1, -1, -1, -1, -1, 9999, 0 };

static void make_key(const struct shape *shape, uint8_t *key)
{
	uint32_t which = below(shape->keys);

	memset(key, 0x5a, shape->key);
	if (shape->typed) {
		memcpy(key, &descriptors[which], 4);
		return;
	}
	if (shape->type == BPF_MAP_TYPE_LPM_TRIE) {
		uint32_t bits = below(8 * (shape->key - 4) + 2);

		memcpy(key, &bits, 4);
		key[4] = below(4) << 6;
		key[5] = below(4) << 6;
		return;
	}
	memcpy(key, &which, shape->key < 4 ? shape->key : 4);
}

static void compare_operation(const struct shape *shape, struct rq_map *map, int fd, int step)
{
	static const uint64_t flags[] = { 0, 0, 0, BPF_ANY, BPF_NOEXIST, BPF_EXIST, 3, BPF_F_LOCK, 8, 1ull << 32 };
	uint8_t key[256], next_ours[256] = { 0 }, next_kernel[256] = { 0 }, value[VALUE_ROOM], ours_value[VALUE_ROOM];
	union bpf_attr attr = { .map_fd = fd };
	const void *given = NULL;
	long kernel, ours;
	int what = below(10);

	if (shape->key) {
		make_key(shape, key);
		given = key;
	}
	for (uint32_t i = 0; i < VALUE_ROOM; i++)
		value[i] = below(256);
	/* Often a number that may be a device or descriptor. */
	if (below(2))
		memcpy(value, (uint32_t[]){ below(4), 0 }, 8);
	memcpy(ours_value, value, VALUE_ROOM);
	attr.key = (uintptr_t)given;
	attr.value = (uintptr_t)value;
	attr.flags = flags[below(10)];
	if (what < 4) {
		what = BPF_MAP_UPDATE_ELEM;
		kernel = kernel_bpf(what, &attr);
		ours = rq_map_user_update(map, given, ours_value, attr.flags);
	} else if (what < 6) {
		what = BPF_MAP_LOOKUP_ELEM;
		kernel = kernel_bpf(what, &attr);
		ours = rq_map_user_lookup(map, given, ours_value, attr.flags);
	} else if (what < 7) {
		what = BPF_MAP_DELETE_ELEM;
		attr.flags = attr.value = 0;
		kernel = kernel_bpf(what, &attr);
		ours = rq_map_user_remove(map, given);
	} else if (what < 9) {
		what = BPF_MAP_LOOKUP_AND_DELETE_ELEM;
		kernel = kernel_bpf(what, &attr);
		ours = rq_map_user_take(map, given, ours_value, attr.flags);
	} else {
		what = BPF_MAP_GET_NEXT_KEY;
		attr.flags = 0;
		attr.next_key = (uintptr_t)next_kernel;
		if (below(4) == 0 || !shape->keys_ordered)
			attr.key = 0;
		kernel = kernel_bpf(what, &attr);
		ours = rq_map_user_next_key(map, (const void *)(uintptr_t)attr.key, next_ours);
		if (!shape->keys_ordered)
			memcpy(next_ours, next_kernel, sizeof(next_ours));
	}
	if (ours != kernel || memcmp(value, ours_value, VALUE_ROOM) || memcmp(next_ours, next_kernel, sizeof(next_ours)))
		fail_msg("%s: step %d, command %d, key %#x, flags %#llx: kernel %ld, we %ld; values %#lx, %#lx", shape->name, step,
			 what, *(uint32_t *)key, (unsigned long long)attr.flags, kernel, ours, *(uint64_t *)value,
			 *(uint64_t *)ours_value);
}

/* Errors and values, after any history. */
static void random_operations_return_what_the_kernel_returns(void **state)
{
	skip_without_kernel();
	for (size_t i = 0; i < SHAPES; i++) {
		struct rq_map *map;
		long fd;
		int ours;

		create_both(&shapes[i], attr_of(&shapes[i]), &fd, &ours, &map);
		assert_true(fd >= 0);
		assert_int_equal(ours, 0);
		seed = i + 1;
		for (int step = 0; step < OPERATIONS; step++)
			compare_operation(&shapes[i], map, fd, step);
		end_map(map);
		close(fd);
	}
}

static const uint32_t access_flags[] = { 0, BPF_F_RDONLY, BPF_F_WRONLY, BPF_F_RDONLY_PROG, BPF_F_WRONLY_PROG };

/* Who may do what, before and after the map is frozen. */
static void access_is_refused_as_the_kernel_does(void **state)
{
	skip_without_kernel();
	for (size_t i = 0; i < SHAPES; i++)
		for (size_t j = 0; j < sizeof(access_flags) / 4; j++) {
			union bpf_attr attr = attr_of(&shapes[i]);
			struct rq_map *map;
			long fd;
			int ours;

			attr.map_flags |= access_flags[j];
			create_both(&shapes[i], attr, &fd, &ours, &map);
			if (fd < 0)
				continue;
			assert_int_equal(ours, 0);
			for (int step = 0; step < 60; step++)
				compare_operation(&shapes[i], map, fd, step);
			for (int twice = 0; twice < 2; twice++) {
				union bpf_attr freeze = { .map_fd = fd };

				assert_int_equal(rq_map_freeze(map), kernel_bpf(BPF_MAP_FREEZE, &freeze));
			}
			for (int step = 0; step < 60; step++)
				compare_operation(&shapes[i], map, fd, step);
			end_map(map);
			close(fd);
		}
}

/* How many there were, whether there are more, and all that there are; not in which order. */
static void batches_return_what_the_kernel_returns(void **state)
{
	skip_without_kernel();
	for (size_t i = 0; i < SHAPES; i++) {
		static const int commands[] = { BPF_MAP_UPDATE_BATCH, BPF_MAP_LOOKUP_BATCH, BPF_MAP_DELETE_BATCH,
						BPF_MAP_LOOKUP_AND_DELETE_BATCH };
		struct rq_map *map;
		long fd;
		int created;

		create_both(&shapes[i], attr_of(&shapes[i]), &fd, &created, &map);
		assert_true(fd >= 0);
		assert_int_equal(created, 0);
		for (int step = 0; step < 24; step++) {
			static uint8_t keys[2][16 * 256], values[2][16 * VALUE_ROOM], out[2][256];
			union bpf_attr kernel = { .batch = { .map_fd = fd, .count = below(9), .keys = (uintptr_t)keys[0],
							     .values = (uintptr_t)values[0], .out_batch = (uintptr_t)out[0] } };
			struct rq_map_batch ours = { .out = out[1], .keys = keys[1], .values = values[1],
						     .count = kernel.batch.count };
			long result, expected;
			int command = commands[step % 4];

			if (!shapes[i].key)
				continue;
			for (uint32_t at = 0; at < 16; at++)
				make_key(&shapes[i], keys[0] + at * shapes[i].key);
			memcpy(keys[1], keys[0], sizeof(keys[0]));
			memset(values, step, sizeof(values));
			expected = kernel_bpf(command, &kernel);
			result = command == BPF_MAP_UPDATE_BATCH ? rq_map_user_update_batch(map, &ours) :
				 command == BPF_MAP_LOOKUP_BATCH ? rq_map_user_lookup_batch(map, &ours) :
				 command == BPF_MAP_DELETE_BATCH ? rq_map_user_remove_batch(map, &ours) :
								   rq_map_user_take_batch(map, &ours);
			/* Which elements share a bucket is each hash function's business. */
			if ((result == -ENOSPC || expected == -ENOSPC || result == 0 || expected == 0) &&
			    !shapes[i].keys_ordered && (step & 1))
				break;
			if (result != expected || ours.count != kernel.batch.count)
				fail_msg("%s: step %d, command %d: kernel %ld, %u; we %ld, %u", shapes[i].name, step, command,
					 expected, kernel.batch.count, result, ours.count);
		}
		end_map(map);
		close(fd);
	}
}

static unsigned int possible_cpus(void)
{
	FILE *file = fopen("/sys/devices/system/cpu/possible", "r");
	unsigned int last = 0;

	if (file) {
		if (fscanf(file, "0-%u", &last) != 1)
			last = 0;
		fclose(file);
	}
	return last + 1;
}

static int begin(void **state)
{
	static const int task; /* an address that stands for our task */

	host_begin(possible_cpus());
	host.own_task = host.root_cgroup = &task;
	descriptors[0] = syscall(SYS_pidfd_open, getpid(), 0);
	descriptors[1] = socket(AF_UNIX, SOCK_STREAM, 0);
	descriptors[2] = open("/proc/self/exe", O_RDONLY);
	descriptors[3] = open("/sys/fs/cgroup", O_RDONLY);
	return 0;
}

static int end(void **state)
{
	for (int i = 0; i < 4; i++)
		close(descriptors[i]);
	host_end();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_refused_as_the_kernel_does),
		cmocka_unit_test(flags_are_refused_as_the_kernel_does),
		cmocka_unit_test(types_and_names_are_refused_as_the_kernel_does),
		cmocka_unit_test(random_operations_return_what_the_kernel_returns),
		cmocka_unit_test(access_is_refused_as_the_kernel_does),
		cmocka_unit_test(batches_return_what_the_kernel_returns),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
