// SPDX-License-Identifier: BSD-2-Clause
/* Maps and single elements: attributes for map/map.h and map/user.h. */
#include <errno.h>

#include "base/memory.h"
#include "map/user.h"
#include "sys/command.h"
#include "sys/kconfig.h"

int rq_map_create_command(struct rq_call *call)
{
	struct rq_map *map;
	int error;

	if (call->attr.map_create.value_type_btf_fd || call->attr.map_create.token_fd ||
	    call->attr.map_create.exclusive_hash)
		return -EINVAL; /* struct_ops by a module's types, tokens, exclusive maps: not here */
	error = rq_map_create(&call->attr.bpf, &call->machine->map_host, &map);
	return error ? error : rq_publish(call->machine, &map->object, map->memory_fd);
}

/*
 * An element's map, key and value. A key that can't be read is NULL, which map/user.h refuses where it needs one. A value that
 * can't be written goes to a buffer of ours, since the map's own answer comes first: only what was found is -EFAULT.
 */
struct element {
	struct rq_map *map;
	const void *key;
	void *value;
	void *scratch;
};

enum value_use { NO_VALUE, VALUE_IN, VALUE_OUT, NEXT_KEY_OUT };

/* @needs: flags of a descriptor that would forbid it. */
static int begin(struct rq_call *call, enum value_use use, uint32_t needs, struct element *element)
{
	const union bpf_attr *attr = &call->attr.bpf;
	uint32_t denied;
	int error = rq_registry_lookup_access(&call->machine->registry, attr->map_fd, RQ_OBJECT_MAP,
					      (struct rq_object **)&element->map, &denied);
	size_t size;

	if (error)
		return error;
	if (denied & needs) {
		rq_object_put(&element->map->object);
		return -EPERM;
	}
	element->scratch = NULL;
	element->key = element->map->key_size ? rq_user_in(attr->key, element->map->key_size) :
						(const void *)(uintptr_t)attr->key;
	if (use == NO_VALUE)
		return 0;
	size = use == NEXT_KEY_OUT ? element->map->key_size : rq_map_user_value_size(element->map);
	if (use == VALUE_IN) {
		element->value = (void *)rq_user_in(attr->value, size);
		return 0;
	}
	element->value = rq_user_out(attr->value, size); /* or next_key */
	if (!element->value) {
		element->value = element->scratch = rq_alloc(1, size);
		if (!element->scratch) {
			rq_object_put(&element->map->object);
			return -ENOMEM;
		}
	}
	return 0;
}

static int end(struct element *element, int error)
{
	if (element->scratch && !error)
		error = -EFAULT;
	rq_free(element->scratch);
	rq_object_put(&element->map->object);
	return error;
}

int rq_map_lookup_command(struct rq_call *call)
{
	struct element element;
	int error = begin(call, VALUE_OUT, BPF_F_WRONLY, &element);

	if (error)
		return error;
	return end(&element, rq_map_user_lookup(element.map, element.key, element.value, call->attr.bpf.flags));
}

int rq_map_update_command(struct rq_call *call)
{
	struct element element;
	void *corrected;
	int error = begin(call, VALUE_IN, BPF_F_RDONLY, &element);

	if (error)
		return error;
	if (!rq_kconfig_is(element.map) || !element.value)
		return end(&element, rq_map_user_update(element.map, element.key, element.value, call->attr.bpf.flags));
	corrected = rq_memdup(element.value, element.map->value_size);
	if (!corrected)
		return end(&element, -ENOMEM);
	rq_kconfig_correct(call->machine, element.map, corrected);
	error = rq_map_user_update(element.map, element.key, corrected, call->attr.bpf.flags);
	rq_free(corrected);
	return end(&element, error);
}

int rq_map_delete_command(struct rq_call *call)
{
	struct element element;
	int error = begin(call, NO_VALUE, BPF_F_RDONLY, &element);

	if (error)
		return error;
	return end(&element, rq_map_user_remove(element.map, element.key));
}

int rq_map_take_command(struct rq_call *call)
{
	struct element element;
	int error = begin(call, VALUE_OUT, BPF_F_RDONLY | BPF_F_WRONLY, &element);

	if (error)
		return error;
	return end(&element, rq_map_user_take(element.map, element.key, element.value, call->attr.bpf.flags));
}

int rq_map_next_key_command(struct rq_call *call)
{
	struct element element;
	int error = begin(call, NEXT_KEY_OUT, BPF_F_WRONLY, &element);

	if (error)
		return error;
	if (call->attr.bpf.key && !element.key)
		error = -EFAULT; /* not the first one */
	else
		error = rq_map_user_next_key(element.map, element.key, element.value);
	return end(&element, error);
}

int rq_map_freeze_command(struct rq_call *call)
{
	struct rq_map *map;
	int error = rq_machine_map(call->machine, call->attr.bpf.map_fd, &map);

	if (error)
		return error;
	error = rq_map_freeze(map);
	rq_object_put(&map->object);
	return error;
}
