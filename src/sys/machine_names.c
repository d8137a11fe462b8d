/* SPDX-License-Identifier: BSD-2-Clause */
/* What a lock is called: the map, the key and the field that it lies in, or the global variable. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "sys/machine_locks.h"

/* Append ".field" names until @offset is at the start of a lock; stops where the types say nothing. */
static void append_fields(const struct rq_btf *btf, uint32_t type_id, uint32_t offset, char *name, size_t size)
{
	for (int depth = 0; depth < 16; depth++) {
		const struct btf_type *type;
		const struct btf_member *member;
		size_t length = strlen(name);
		bool found = false;

		type_id = rq_btf_skip_modifiers(btf, type_id);
		type = btf__type_by_id(btf->types, type_id);
		if (!type)
			return;
		if (btf_is_array(type)) {
			int64_t element = rq_btf_size_of(btf, btf_array(type)->type);

			if (element <= 0)
				return;
			snprintf(name + length, size - length, "[%lld]", (long long)(offset / element));
			offset %= (uint32_t)element;
			type_id = btf_array(type)->type;
			continue;
		}
		if (!btf_is_struct(type) || !strcmp(rq_btf_name(btf, type_id), "bpf_res_spin_lock") ||
		    !strcmp(rq_btf_name(btf, type_id), "bpf_spin_lock"))
			return;
		member = btf_members(type);
		for (uint32_t i = 0; i < btf_vlen(type) && !found; i++) {
			uint32_t at = btf_member_bit_offset(type, i) / 8;
			int64_t bytes = rq_btf_size_of(btf, member[i].type);
			const char *field = btf__name_by_offset(btf->types, member[i].name_off);

			if (offset < at || bytes < 0 || offset - at >= bytes)
				continue;
			if (field && *field)
				snprintf(name + length, size - length, ".%s", field);
			offset -= at;
			type_id = member[i].type;
			found = true;
		}
		if (!found)
			return;
	}
}

/* A section of data is a map with one value, and its variables are what it is made of. */
static bool name_variable(const struct rq_map *map, uint32_t offset, char *name, size_t size)
{
	const struct btf_type *section = map->btf ? btf__type_by_id(map->btf->types, map->btf_value_type_id) : NULL;
	const struct btf_var_secinfo *variable;

	if (!section || !btf_is_datasec(section))
		return false;
	variable = btf_var_secinfos(section);
	for (uint32_t i = 0; i < btf_vlen(section); i++, variable++) {
		if (offset < variable->offset || offset - variable->offset >= variable->size)
			continue;
		snprintf(name, size, "%s", rq_btf_name(map->btf, variable->type));
		append_fields(map->btf, btf__type_by_id(map->btf->types, variable->type)->type,
			      offset - variable->offset, name, size);
		return true;
	}
	return false;
}

/* Keys as numbers where they can be one, else as bytes. */
static void append_key(const struct rq_map *map, const void *key, char *name, size_t size)
{
	size_t length = strlen(name);
	uint64_t number = 0;

	if (map->key_size <= sizeof(number)) {
		memcpy(&number, key, map->key_size);
		snprintf(name + length, size - length, "[%llu]", (unsigned long long)number);
		return;
	}
	snprintf(name + length, size - length, "[");
	for (uint32_t i = 0; i < map->key_size && i < 16; i++) {
		length = strlen(name);
		snprintf(name + length, size - length, "%02x", ((const uint8_t *)key)[i]);
	}
	length = strlen(name);
	snprintf(name + length, size - length, "%s]", map->key_size > 16 ? "..." : "");
}

static bool name_in_map(struct rq_map *map, const rqspinlock_t *lock, char *name, size_t size)
{
	uint32_t offset;
	bool found;
	void *key;

	if (!map->ops->key_of || !map->record)
		return false;
	key = rq_alloc(1, map->key_size);
	if (!key)
		return false;
	found = !map->ops->key_of(map, lock, key, &offset);
	if (found && !name_variable(map, offset, name, size)) {
		snprintf(name, size, "%s", map->name);
		append_key(map, key, name, size);
		if (map->btf)
			append_fields(map->btf, map->btf_value_type_id, offset, name, size);
	}
	rq_free(key);
	return found;
}

void rq_machine_lock_name(struct rq_machine *machine, const rqspinlock_t *lock, char *name, size_t size)
{
	struct rq_object *object;
	uint32_t id = 0;

	while (!rq_registry_next_id(&machine->registry, RQ_OBJECT_MAP, id, &id)) {
		bool found;

		if (rq_registry_by_id(&machine->registry, RQ_OBJECT_MAP, id, &object))
			continue;
		found = name_in_map((struct rq_map *)object, lock, name, size);
		rq_object_put(object);
		if (found)
			return;
	}
	snprintf(name, size, "lock at %p", (const void *)lock);
}
