/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_TASK_STORAGE, INODE_STORAGE, SK_STORAGE and CGRP_STORAGE: the hash table, with the owner as its key, whatever
 * the key size of the map. A value stays until it is deleted or the map ends: nothing tells a map that a process or socket that
 * a user named is gone.
 */
#include "map/storage.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <linux/magic.h>
#include <unistd.h>

#include "map/hash.h"
#include "map/types.h"

#define OWNERS_MAX 16384u
#define VALUE_MAX  65407u /* what fits into the kernel's allocation of 64 KiB beside its own headers */
#define F_CLONE	   (1u << 9) /* BPF_F_CLONE: sockets inherit the value of their listener */

#ifndef SO_COOKIE
#define SO_COOKIE 57
#endif

/* Who a value belongs to: an object's address, or what a user's descriptor names. */
struct owner {
	uint64_t object;
	uint64_t number, device; /* of users' owners; 0, 0 with an object */
};

static int check(const union bpf_attr *attr)
{
	if ((attr->map_flags & ~F_CLONE) != BPF_F_NO_PREALLOC || attr->max_entries || attr->key_size != sizeof(int) ||
	    !attr->value_size || !attr->btf_key_type_id || !attr->btf_value_type_id)
		return -EINVAL;
	return attr->value_size > VALUE_MAX ? -E2BIG : 0;
}

/* The key is a descriptor: an integer. */
static int check_btf(const union bpf_attr *attr, const struct rq_btf *btf)
{
	const struct btf_type *key = btf__type_by_id(btf->types, rq_btf_skip_modifiers(btf, attr->btf_key_type_id));

	return btf_is_int(key) && btf_int_bits(key) == 32 && !btf_int_offset(key) ? 0 : -EINVAL;
}

static int create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	struct rq_hash_shape shape = { .key_bytes = sizeof(struct owner), .entries = OWNERS_MAX,
				       .value_bytes = attr->value_size };

	return rq_hash_create(attr, host, shape, map);
}

void *rq_storage_get(struct rq_map *map, const void *object, const void *initial, uint64_t flags)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	struct owner owner = { .object = (uintptr_t)object };
	struct rq_element *element;

	if (!object || (flags & ~(uint64_t)BPF_LOCAL_STORAGE_GET_F_CREATE))
		return NULL;
	element = rq_hash_find(hash, &owner);
	if (!element && (flags & BPF_LOCAL_STORAGE_GET_F_CREATE)) {
		/* When another CPU is first, its value is the one. */
		rq_hash_put(hash, &owner, initial, BPF_NOEXIST, initial ? RQ_HASH_THIS_CPU : RQ_HASH_ZERO);
		element = rq_hash_find(hash, &owner);
	}
	return element ? rq_element_value(hash, element) : NULL;
}

int rq_storage_delete(struct rq_map *map, const void *object)
{
	struct owner owner = { .object = (uintptr_t)object };

	return object ? rq_hash_remove(map, &owner) : -EINVAL;
}

/* Owners that users name. */

/* A pidfd says in its fdinfo which process it is. */
static int task_of(const struct rq_map_host *host, int fd, struct owner *owner)
{
	char line[128];
	long pid = 0;
	FILE *info;

	snprintf(line, sizeof(line), "/proc/self/fdinfo/%d", fd);
	info = fopen(line, "re");
	if (!info)
		return -EBADF;
	while (!pid && fgets(line, sizeof(line), info))
		sscanf(line, "Pid: %ld", &pid);
	fclose(info);
	if (!pid)
		return -EBADF;
	if (pid < 0)
		return -ENOENT; /* it has ended */
	if (pid == getpid())
		owner->object = (uintptr_t)host->own_task;
	else
		owner->number = pid;
	return 0;
}

static int file_of(int fd, struct owner *owner)
{
	struct stat status;

	if (fstat(fd, &status))
		return -EBADF;
	owner->number = status.st_ino;
	owner->device = status.st_dev + 1; /* device 0 exists */
	return 0;
}

static int inode_of(const struct rq_map_host *host, int fd, struct owner *owner)
{
	return file_of(fd, owner);
}

static int cgroup_of(const struct rq_map_host *host, int fd, struct owner *owner)
{
	struct statfs fs;
	int err = file_of(fd, owner);

	if (!err && (fstatfs(fd, &fs) || fs.f_type != CGROUP2_SUPER_MAGIC))
		err = -EBADF;
	if (!err && owner->number == 1) /* the root, which is the machine's cgroup */
		*owner = (struct owner){ .object = (uintptr_t)host->root_cgroup };
	return err;
}

static int socket_of(const struct rq_map_host *host, int fd, struct owner *owner)
{
	socklen_t length = sizeof(owner->number);

	if (!getsockopt(fd, SOL_SOCKET, SO_COOKIE, &owner->number, &length))
		return 0;
	return errno == EBADF ? -EBADF : -ENOTSOCK;
}

static const struct {
	uint32_t type; /* enum bpf_map_type */
	int (*owner_of)(const struct rq_map_host *host, int fd, struct owner *owner);
} users[] = {
	{ BPF_MAP_TYPE_TASK_STORAGE, task_of },
	{ BPF_MAP_TYPE_INODE_STORAGE, inode_of },
	{ BPF_MAP_TYPE_SK_STORAGE, socket_of },
	{ RQ_MAP_TYPE_CGRP_STORAGE, cgroup_of },
};

static int owner_of(const struct rq_map *map, const void *key, struct owner *owner)
{
	int fd;

	memset(owner, 0, sizeof(*owner));
	memcpy(&fd, key, sizeof(fd));
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		if (users[i].type == (uint32_t)map->ops->type)
			return users[i].owner_of(map->host, fd, owner);
	return -EBADF;
}

static int user_lookup(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	struct rq_hash *hash = (struct rq_hash *)map;
	struct rq_element *element;
	struct owner owner;
	int err = owner_of(map, key, &owner);

	if (err)
		return err;
	element = rq_hash_find(hash, &owner);
	return element ? rq_hash_copy_out(hash, element, value, flags) : -ENOENT;
}

static int user_update(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	struct owner owner;
	int err = owner_of(map, key, &owner);

	if (err)
		return err;
	if (!rq_map_update_flags_ok(map, flags))
		return -EINVAL;
	err = rq_hash_put((struct rq_hash *)map, &owner, value, flags, RQ_HASH_THIS_CPU);
	return err == -E2BIG ? -ENOMEM : err;
}

static int user_remove(struct rq_map *map, const void *key)
{
	struct owner owner;
	int err = owner_of(map, key, &owner);

	return err ? err : rq_hash_remove(map, &owner);
}

#define STORAGE(type_, name_, fields)                                                              \
	{                                                                                          \
		.type = (type_), .name = (name_), .flags_allowed = BPF_F_NO_PREALLOC | F_CLONE,    \
		.field_kinds = RQ_FIELDS_LOCKS | RQ_FIELDS_KPTRS | (fields), .check = check,       \
		.check_btf = check_btf, .create = create, .destroy = rq_hash_destroy,              \
		.user_lookup = user_lookup, .user_update = user_update, .user_remove = user_remove \
	}

const struct rq_map_ops rq_task_storage_ops =
	STORAGE(BPF_MAP_TYPE_TASK_STORAGE, "task_storage", RQ_BIT(RQ_FIELD_UPTR));
const struct rq_map_ops rq_inode_storage_ops = STORAGE(BPF_MAP_TYPE_INODE_STORAGE, "inode_storage", 0);
const struct rq_map_ops rq_sk_storage_ops = STORAGE(BPF_MAP_TYPE_SK_STORAGE, "sk_storage", 0);
const struct rq_map_ops rq_cgrp_storage_ops = STORAGE((enum bpf_map_type)RQ_MAP_TYPE_CGRP_STORAGE, "cgrp_storage", 0);
