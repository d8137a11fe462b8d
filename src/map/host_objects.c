/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps of objects that a machine has none of: sockets, stack traces, cgroups below the root. Programs that use them are judged
 * and run as on a kernel where nobody put anything in; a user who does gets the kernel's errno for what does not fit.
 */
#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "map/internal.h"
#include "map/types.h"

#define SOCKHASH_KEY_MAX 512u
#define STACK_MAX	 127u /* addresses in a stack trace: the kernel's default */
#define STACK_BUILD_ID	 32u  /* sizeof(struct bpf_stack_build_id) */

static int create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	struct rq_map *made = rq_alloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->memory_fd = -1;
	*map = made;
	return 0;
}

static void destroy(struct rq_map *map)
{
	rq_free(map);
}

static int check_index(const union bpf_attr *attr)
{
	return !attr->max_entries || attr->key_size != 4 ? -EINVAL : 0;
}

static int check_descriptors(const union bpf_attr *attr)
{
	return attr->value_size != 4 ? -EINVAL : check_index(attr);
}

/* Socket cookies are read as 8 bytes. */
static int check_sockets(const union bpf_attr *attr)
{
	return attr->value_size != 4 && attr->value_size != 8 ? -EINVAL : check_index(attr);
}

static int check_socket_hash(const union bpf_attr *attr)
{
	if (!attr->max_entries || !attr->key_size || (attr->value_size != 4 && attr->value_size != 8))
		return -EINVAL;
	if (attr->key_size > SOCKHASH_KEY_MAX)
		return -E2BIG;
	return attr->max_entries > INT_MAX ? -EINVAL : 0;
}

static int check_stacks(const union bpf_attr *attr)
{
	uint32_t each = attr->map_flags & BPF_F_STACK_BUILD_ID ? STACK_BUILD_ID : 8;

	if (check_index(attr) || !attr->value_size || attr->value_size % each || attr->value_size / each > STACK_MAX)
		return -EINVAL;
	return attr->max_entries > 1u << 31 ? -E2BIG : 0;
}

static void *lookup(struct rq_map *map, const void *key)
{
	return NULL;
}

static int not_there(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	return -ENOENT;
}

/* A cookie does not fit into 4 bytes. */
static int no_socket(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	return map->value_size == 4 ? -ENOSPC : -ENOENT;
}

static int not_read(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	return -EOPNOTSUPP;
}

static int no_next_key(struct rq_map *map, const void *key, void *next)
{
	return -ENOENT;
}

static int check_socket(uint64_t fd)
{
	struct stat status;

	if (fd > INT_MAX)
		return -EINVAL;
	if (fstat((int)fd, &status))
		return -EBADF;
	return S_ISSOCK(status.st_mode) ? 0 : -ENOTSOCK;
}

static uint64_t descriptor(const struct rq_map *map, const void *value)
{
	uint64_t fd = 0;

	memcpy(&fd, value, map->value_size);
	return fd;
}

static int put_descriptor(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	if (flags != BPF_ANY)
		return -EINVAL;
	return rq_map_index(key) >= map->max_entries ? -E2BIG : -EBADF;
}

static int put_socket(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	int err = check_socket(descriptor(map, value));

	return err ? err : -EOPNOTSUPP;
}

static int put_xdp_socket(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	uint64_t fd = descriptor(map, value);
	int err;

	if (flags > BPF_EXIST)
		return -EINVAL;
	if (rq_map_index(key) >= map->max_entries)
		return -E2BIG;
	err = fd > INT_MAX ? -EBADF : check_socket(fd);
	return err ? err : -EOPNOTSUPP;
}

static int put_listener(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	uint64_t fd = descriptor(map, value);
	int err;

	if (flags > BPF_EXIST)
		return -EINVAL;
	if (rq_map_index(key) >= map->max_entries)
		return -E2BIG;
	err = fd > INT_MAX && map->value_size == 4 ? -EBADF : check_socket(fd);
	if (err)
		return err;
	return flags == BPF_EXIST ? -ENOENT : -EINVAL;
}

static int never_put(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	return -EINVAL;
}

static int remove_index(struct rq_map *map, const void *key)
{
	return rq_map_index(key) >= map->max_entries ? -E2BIG : -ENOENT;
}

static int remove_hashed(struct rq_map *map, const void *key)
{
	return -ENOENT;
}

static int remove_socket(struct rq_map *map, const void *key)
{
	return -EINVAL;
}

static int remove_xdp_socket(struct rq_map *map, const void *key)
{
	return rq_map_index(key) >= map->max_entries ? -EINVAL : 0;
}

#define ROW(type_, name_, flags, check_)                                                           \
	.type = (type_), .name = (name_), .flags_allowed = BPF_F_NUMA_NODE | (flags),              \
	.check = (check_), .create = create, .destroy = destroy
#define USER_ACCESS (BPF_F_RDONLY | BPF_F_WRONLY)

const struct rq_map_ops rq_cgroup_array_ops = {
	ROW(BPF_MAP_TYPE_CGROUP_ARRAY, "cgroup_array", USER_ACCESS, check_descriptors),
	.check_btf = rq_map_no_btf,
	.next_key = rq_array_next_key,
	.user_update = put_descriptor,
	.user_remove = remove_index,
};

const struct rq_map_ops rq_perf_event_array_ops = {
	ROW(BPF_MAP_TYPE_PERF_EVENT_ARRAY, "perf_event_array", USER_ACCESS | BPF_F_PRESERVE_ELEMS, check_descriptors),
	.check_btf = rq_map_no_btf,
	.next_key = rq_array_next_key,
	.user_update = put_descriptor,
	.user_remove = remove_index,
};

const struct rq_map_ops rq_stack_trace_ops = {
	ROW(BPF_MAP_TYPE_STACK_TRACE, "stack_trace", USER_ACCESS | BPF_F_STACK_BUILD_ID, check_stacks),
	.check_btf = rq_map_no_btf,
	.lookup = lookup,
	.next_key = no_next_key,
	.user_lookup = not_there,
	.user_update = never_put,
	.user_remove = remove_index,
	.user_take = not_there,
};

const struct rq_map_ops rq_xskmap_ops = {
	ROW(BPF_MAP_TYPE_XSKMAP, "xskmap", USER_ACCESS, check_descriptors),
	.check_btf = rq_map_no_btf,
	.lookup = lookup,
	.next_key = rq_array_next_key,
	.user_lookup = not_read,
	.user_update = put_xdp_socket,
	.user_remove = remove_xdp_socket,
};

const struct rq_map_ops rq_sockmap_ops = {
	ROW(BPF_MAP_TYPE_SOCKMAP, "sockmap", USER_ACCESS, check_sockets),
	.check_btf = rq_map_no_btf,
	.lookup = lookup,
	.remove = remove_socket,
	.next_key = rq_array_next_key,
	.user_lookup = no_socket,
	.user_update = put_socket,
};

const struct rq_map_ops rq_sockhash_ops = {
	ROW(BPF_MAP_TYPE_SOCKHASH, "sockhash", USER_ACCESS, check_socket_hash),
	.check_btf = rq_map_no_btf,
	.lookup = lookup,
	.remove = remove_hashed,
	.next_key = no_next_key,
	.user_lookup = no_socket,
	.user_update = put_socket,
};

const struct rq_map_ops rq_reuseport_sockarray_ops = {
	ROW(BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, "reuseport_sockarray", RQ_FLAGS_ACCESS, check_sockets),
	.lookup = lookup,
	.next_key = rq_array_next_key,
	.user_lookup = no_socket,
	.user_update = put_listener,
	.user_remove = remove_index,
};
