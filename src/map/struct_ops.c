/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_STRUCT_OPS: one value, a table of functions that programs implement (a congestion control, say). The value's
 * type is the kernel's bpf_struct_ops_NAME: reference count and state, then struct NAME. Users write the table once, with
 * program descriptors where the functions are; that registers it, deleting ends it.
 */
#include <errno.h>

#include "base/memory.h"
#include "map/internal.h"
#include "map/types.h"

#define PREFIX	    "bpf_struct_ops_"
#define F_LINK	    (1u << 13) /* BPF_F_LINK: registered by a link, not by the write */
#define COMMON_SIZE 8	       /* struct bpf_struct_ops_common_value: reference count, state */

enum table_state { TABLE_INIT, TABLE_IN_USE, TABLE_TO_BE_FREED, TABLE_READY };

struct table {
	struct rq_map map;
	pthread_mutex_t mutex;     /* of who writes, reads or deletes the value */
	uint32_t struct_id;        /* struct NAME, in the kernel's BTF */
	uint32_t data_offset;      /* of it, in the value */
	struct rq_object **programs; /* by member; references */
	uint32_t member_count;
	uint8_t *value;
};

static int check(const union bpf_attr *attr)
{
	if (!attr->btf_vmlinux_value_type_id || attr->btf_key_type_id || attr->btf_value_type_id)
		return -EINVAL;
	return attr->key_size != 4 || attr->max_entries != 1 || (attr->map_flags & ~F_LINK) ? -EINVAL : 0;
}

/* The struct in the value, and where: -RQ_ENOTSUPP when the type is no table that the kernel knows. */
static int find_struct(struct table *table, const struct rq_btf *kernel, uint32_t value_id)
{
	const struct btf_type *value = btf__type_by_id(kernel->types, value_id);

	if (!value || !btf_is_struct(value) || strncmp(rq_btf_name(kernel, value_id), PREFIX, strlen(PREFIX)))
		return -RQ_ENOTSUPP;
	for (uint32_t i = 0; i < btf_vlen(value); i++) {
		uint32_t id = rq_btf_skip_modifiers(kernel, btf_members(value)[i].type);
		const struct btf_type *member = btf__type_by_id(kernel->types, id);

		if (!btf_is_struct(member) || strcmp(rq_btf_name(kernel, id), rq_btf_name(kernel, value_id) + strlen(PREFIX)))
			continue;
		table->struct_id = id;
		table->data_offset = btf_member_bit_offset(value, i) / 8;
		table->member_count = btf_vlen(member);
		return 0;
	}
	return -RQ_ENOTSUPP;
}

static void free_table(struct table *table)
{
	rq_free(table->programs);
	rq_free(table->value);
	pthread_mutex_destroy(&table->mutex);
	rq_free(table);
}

static int create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	struct table *table = rq_alloc(1, sizeof(*table));
	int err;

	if (!table)
		return -ENOMEM;
	pthread_mutex_init(&table->mutex, NULL);
	table->map.memory_fd = -1;
	err = find_struct(table, host->kernel_btf, attr->btf_vmlinux_value_type_id);
	if (!err && rq_btf_size_of(host->kernel_btf, attr->btf_vmlinux_value_type_id) != attr->value_size)
		err = -EINVAL;
	if (!err) {
		table->programs = rq_alloc(table->member_count, sizeof(struct rq_object *));
		table->value = rq_alloc(1, attr->value_size);
		err = table->programs && table->value ? 0 : -ENOMEM;
	}
	if (err) {
		free_table(table);
		return err;
	}
	*map = &table->map;
	return 0;
}

static void drop_programs(struct table *table)
{
	for (uint32_t i = 0; i < table->member_count; i++) {
		rq_object_put(table->programs[i]);
		table->programs[i] = NULL;
	}
}

static void destroy(struct rq_map *map)
{
	struct table *table = (struct table *)map;

	drop_programs(table);
	free_table(table);
}

static enum table_state *state_of(struct table *table)
{
	return (enum table_state *)(table->value + 4);
}

bool rq_map_may_be_linked(struct rq_map *map)
{
	return map->ops->type == BPF_MAP_TYPE_STRUCT_OPS && (map->map_flags & F_LINK) &&
	       *state_of((struct table *)map) == TABLE_READY;
}

static bool is_first(const void *key)
{
	uint32_t index;

	memcpy(&index, key, sizeof(index));
	return !index;
}

static int user_lookup(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	struct table *table = (struct table *)map;
	int err = 0;

	if (!is_first(key))
		return -ENOENT;
	pthread_mutex_lock(&table->mutex);
	if (*state_of(table) == TABLE_INIT)
		memset(value, 0, map->value_size);
	else
		memcpy(value, table->value, map->value_size);
	pthread_mutex_unlock(&table->mutex);
	return err;
}

/* One function of the table: the descriptor in @value becomes a reference. */
static int take_member(struct table *table, const struct btf_type *type, uint32_t i, const uint8_t *value)
{
	const struct rq_btf *kernel = table->map.host->kernel_btf;
	const struct btf_type *pointer =
		btf__type_by_id(kernel->types, rq_btf_skip_modifiers(kernel, btf_members(type)[i].type));
	uint64_t function;
	int err;

	if (!btf_is_ptr(pointer) ||
	    !btf_is_func_proto(btf__type_by_id(kernel->types, rq_btf_skip_modifiers(kernel, pointer->type))))
		return 0;
	memcpy(&function, value + table->data_offset + btf_member_bit_offset(type, i) / 8, sizeof(function));
	if (!function)
		return 0;
	if (function > INT32_MAX)
		return -EINVAL;
	err = table->map.host->object_by_fd(table->map.machine, (int)function, RQ_OBJECT_PROG, &table->programs[i]);
	if (err)
		return err;
	return table->map.host->implements(table->programs[i], table->struct_id, i) ? 0 : -EINVAL;
}

static int user_update(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	static const uint8_t zeros[COMMON_SIZE];
	struct table *table = (struct table *)map;
	const struct btf_type *type = btf__type_by_id(map->host->kernel_btf->types, table->struct_id);
	int err = 0;

	if (flags)
		return -EINVAL;
	if (!is_first(key))
		return -E2BIG;
	if (memcmp(value, zeros, COMMON_SIZE))
		return -EINVAL;
	pthread_mutex_lock(&table->mutex);
	if (*state_of(table) != TABLE_INIT)
		err = -EBUSY;
	for (uint32_t i = 0; !err && i < table->member_count; i++)
		err = take_member(table, type, i, value);
	if (!err) {
		memcpy(table->value, value, map->value_size);
		*state_of(table) = map->map_flags & F_LINK ? TABLE_READY : TABLE_IN_USE;
	} else if (err != -EBUSY) {
		drop_programs(table);
	}
	pthread_mutex_unlock(&table->mutex);
	return err;
}

static int user_remove(struct rq_map *map, const void *key)
{
	struct table *table = (struct table *)map;
	int err = -ENOENT;

	if (map->map_flags & F_LINK)
		return -EOPNOTSUPP;
	pthread_mutex_lock(&table->mutex);
	if (*state_of(table) == TABLE_IN_USE) {
		/* The programs stay with the map: one may be running. */
		*state_of(table) = TABLE_TO_BE_FREED;
		err = 0;
	}
	pthread_mutex_unlock(&table->mutex);
	return err;
}

static int next_key(struct rq_map *map, const void *key, void *next)
{
	if (key && is_first(key))
		return -ENOENT;
	memset(next, 0, 4);
	return 0;
}

const struct rq_map_ops rq_struct_ops_ops = {
	.type = BPF_MAP_TYPE_STRUCT_OPS,
	.name = "struct_ops",
	.flags_allowed = F_LINK,
	.check = check,
	.create = create,
	.destroy = destroy,
	.next_key = next_key,
	.user_lookup = user_lookup,
	.user_update = user_update,
	.user_remove = user_remove,
};
