/* SPDX-License-Identifier: BSD-2-Clause */
/* Making maps: what BPF_MAP_CREATE checks whatever the type, in the kernel's order. */
#include <ctype.h>
#include <errno.h>
#include <unistd.h>

#include "base/memory.h"
#include "map/internal.h"

/* Every kind that the record of a map value may have. */
#define VALUE_FIELDS                                                                               \
	(RQ_FIELDS_LOCKS | RQ_FIELDS_CALLBACKS | RQ_FIELDS_KPTRS | RQ_FIELDS_ROOTS |               \
	 RQ_BIT(RQ_FIELD_UPTR))

int rq_map_check_flags(const union bpf_attr *attr, uint32_t allowed)
{
	const uint32_t user = BPF_F_RDONLY | BPF_F_WRONLY, prog = BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG;

	if (attr->map_flags & ~allowed)
		return -EINVAL;
	if ((attr->map_flags & user) == user || (attr->map_flags & prog) == prog)
		return -EINVAL;
	return 0;
}

/* Letters, digits, '_' and '.'; the kernel's isalnum() knows Latin-1. Ends within 16 bytes. */
static int copy_name(char name[16], const char *given)
{
	for (int i = 0; i < 16; i++) {
		unsigned char c = given[i];

		if (!c) {
			memcpy(name, given, i);
			return 0;
		}
		if (!isalnum(c) && c != '_' && c != '.' && !(c >= 0xc0 && c != 0xd7 && c != 0xf7))
			return -EINVAL;
	}
	return -EINVAL;
}

static int check_attributes(const union bpf_attr *attr, const struct rq_map_ops **ops)
{
	int err;

	if (attr->btf_vmlinux_value_type_id && attr->map_type != BPF_MAP_TYPE_STRUCT_OPS)
		return -EINVAL;
	if (attr->btf_key_type_id && !attr->btf_value_type_id)
		return -EINVAL;
	if (attr->map_type != BPF_MAP_TYPE_BLOOM_FILTER && (int)attr->map_type != RQ_MAP_TYPE_ARENA &&
	    attr->map_extra)
		return -EINVAL;
	if ((attr->map_flags & BPF_F_NUMA_NODE) && attr->numa_node)
		return -EINVAL;
	*ops = rq_map_type(attr->map_type);
	if (!*ops)
		return -EINVAL;
	err = rq_map_check_flags(attr, (*ops)->flags_allowed);
	return err ? err : (*ops)->check(attr);
}

/* Which of the type's gates the fields of the record meet. */
static int check_record(const struct rq_map *map)
{
	if (!map->record)
		return 0;
	if (map->map_flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG))
		return -EACCES;
	return map->record->kinds & ~map->ops->field_kinds ? -EOPNOTSUPP : 0;
}

static bool size_is(const struct rq_btf *btf, uint32_t type_id, uint32_t size)
{
	return rq_btf_size_of(btf, type_id) == size;
}

/* Nobody maps values with special fields. */
static void hide_memory(struct rq_map *map)
{
	if (map->memory_fd >= 0)
		close(map->memory_fd);
	map->memory_fd = -1;
}

/* A value that breaks the rules of special fields has none: as in the kernel, the map is made without a record. */
static int attach_btf(struct rq_map *map, const union bpf_attr *attr)
{
	struct rq_object *object;
	struct rq_btf *btf;
	int err;

	if (!attr->btf_value_type_id && !attr->btf_key_type_id)
		return 0;
	err = map->host->object_by_fd(map->machine, attr->btf_fd, RQ_OBJECT_BTF, &object);
	if (err)
		return err;
	btf = (struct rq_btf *)object;
	map->btf = btf;
	map->btf_key_type_id = attr->btf_key_type_id;
	map->btf_value_type_id = attr->btf_value_type_id;
	if (btf->kernel)
		return -EACCES;
	if (attr->btf_key_type_id ? !size_is(btf, attr->btf_key_type_id, attr->key_size) : !map->ops->check_btf)
		return -EINVAL;
	if (!size_is(btf, attr->btf_value_type_id, attr->value_size))
		return -EINVAL;
	err = rq_btf_parse_record(btf, map->host->kernel_btf, attr->btf_value_type_id, attr->value_size,
				  VALUE_FIELDS, &map->record);
	if (err == -ENOMEM)
		return err;
	err = check_record(map);
	if (err)
		return err;
	if (map->record)
		hide_memory(map);
	return map->ops->check_btf ? map->ops->check_btf(attr, btf) : 0;
}

static void free_map(struct rq_map *map)
{
	struct rq_btf *btf = map->btf;
	struct rq_record *record = map->record;

	map->ops->destroy(map);
	rq_free(record);
	rq_object_put(btf ? &btf->object : NULL);
}

static void release(struct rq_object *object)
{
	struct rq_map *map = (struct rq_map *)object;

	if (map->host->forget)
		map->host->forget(map->machine, object);
	free_map(map);
}

int rq_map_create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **result)
{
	const struct rq_map_ops *ops;
	struct rq_map *map;
	char name[16] = "";
	int err = check_attributes(attr, &ops);

	if (!err)
		err = copy_name(name, attr->map_name);
	if (!err)
		err = ops->create(attr, host, &map);
	if (err)
		return err;
	rq_object_init(&map->object, RQ_OBJECT_MAP, release);
	map->ops = ops;
	map->key_size = attr->key_size;
	map->value_size = attr->value_size;
	map->max_entries = attr->max_entries;
	map->map_flags = attr->map_flags | ops->flags_added;
	map->map_extra = attr->map_extra;
	memcpy(map->name, name, sizeof(name));
	map->host = host;
	map->machine = host->machine;
	err = attach_btf(map, attr);
	if (err) {
		free_map(map);
		return err;
	}
	*result = map;
	return 0;
}
