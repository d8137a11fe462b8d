/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine as maps see it, of @cpus virtual CPUs, with descriptors that are numbers from 1000 on; and the running kernel. */
#ifndef RQ_TESTS_MAP_FIXTURE_H
#define RQ_TESTS_MAP_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include <bpf/btf.h>

#include "base/memory.h"
#include "btf/btf.h"
#include "lock/lock.h"
#include "map/map.h"

#define FIRST_FD 1000
#define FDS	 16

static struct rq_map_host host;
static struct rq_object *objects[FDS];

static int object_by_fd(struct rq_machine *machine, int fd, enum rq_object_kind kind, struct rq_object **object)
{
	if (fd < FIRST_FD || fd >= FIRST_FD + FDS || !objects[fd - FIRST_FD])
		return fcntl(fd, F_GETFD) < 0 ? -EBADF : -EINVAL;
	*object = objects[fd - FIRST_FD];
	if ((*object)->kind != kind)
		return -EINVAL;
	rq_object_get(*object);
	return 0;
}

static inline void host_begin(unsigned int cpus)
{
	struct rq_domain_options options = { .cpus = cpus + 1, .policy = RQSPIN_POLICY_KERNEL };

	memset(&host, 0, sizeof(host));
	pthread_mutex_init(&host.system_call, NULL);
	host.cpus = cpus;
	host.object_by_fd = object_by_fd;
	assert_int_equal(rq_domain_create(&options, &host.domain), 0);
}

static inline void host_end(void)
{
	rq_domain_destroy(host.domain);
	pthread_mutex_destroy(&host.system_call);
}

/* For cmocka_run_group_tests. */
static inline int begin_two_cpus(void **state)
{
	host_begin(2);
	return 0;
}

static inline int begin_four_cpus(void **state)
{
	host_begin(4);
	return 0;
}

static inline int end_cpus(void **state)
{
	host_end();
	return 0;
}

/* A descriptor for @object, whose reference goes along; unpublish() closes it. */
static inline int publish(struct rq_object *object)
{
	for (int i = 0; i < FDS; i++)
		if (!objects[i]) {
			objects[i] = object;
			object->id = 500 + i;
			return FIRST_FD + i;
		}
	return -1;
}

static inline void unpublish(int fd)
{
	struct rq_object *object = objects[fd - FIRST_FD];

	objects[fd - FIRST_FD] = NULL;
	rq_object_put(object);
}

/* The same types for us and, where it answers, for the running kernel; -1: it refuses them. Takes @types. */
struct both_btf {
	int ours, kernel;
};

static inline struct both_btf load_btf(struct btf *types)
{
	struct both_btf both = { -1, -1 };
	struct rq_btf *btf;
	uint32_t size;
	const void *bytes = btf__raw_data(types, &size);
	union bpf_attr attr = { .btf = (uintptr_t)bytes, .btf_size = size };
	long fd = syscall(__NR_bpf, BPF_BTF_LOAD, &attr, sizeof(attr));

	assert_non_null(bytes);
	if (fd >= 0)
		both.kernel = fd;
	if (!rq_btf_load(bytes, size, host.kernel_btf, NULL, &btf))
		both.ours = publish(&btf->object);
	btf__free(types);
	return both;
}

static inline void close_btf(struct both_btf both)
{
	if (both.ours >= 0)
		unpublish(both.ours);
	if (both.kernel >= 0)
		close(both.kernel);
}

/* A map without BTF; NULL and *err when refused. */
static inline struct rq_map *make_map_flags(uint32_t type, uint32_t key, uint32_t value, uint32_t max, uint32_t flags, int *err)
{
	union bpf_attr attr = { .map_type = type, .key_size = key, .value_size = value, .max_entries = max,
				.map_flags = flags, .map_name = "m" };
	struct rq_map *map = NULL;
	int result = rq_map_create(&attr, &host, &map);

	if (err)
		*err = result;
	else
		assert_int_equal(result, 0);
	return map;
}

static inline struct rq_map *make_map(uint32_t type, uint32_t key, uint32_t value, uint32_t max)
{
	return make_map_flags(type, key, value, max, 0, NULL);
}

static inline void end_map(struct rq_map *map)
{
	rq_object_put(&map->object);
}

/* What the running kernel says to bpf(2): 0 or a descriptor, or a negative errno. */
static inline long kernel_bpf(int cmd, union bpf_attr *attr)
{
	long result = syscall(__NR_bpf, cmd, attr, sizeof(*attr));

	return result < 0 ? -errno : result;
}

/* Is the kernel one to compare with? 6.18 is what we promise, and root must be let in. */
static inline int kernel_answers(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
	long fd = kernel_bpf(BPF_MAP_CREATE, &attr);

	if (fd < 0)
		return 0;
	close(fd);
	return 1;
}

#endif
