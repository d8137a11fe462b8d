// SPDX-License-Identifier: BSD-2-Clause
/* Maps and single elements: attributes for map/map.h and map/user.h. */
#include <errno.h>

#include "map/user.h"
#include "sys/command.h"

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

/* An element's map, key and value; pointers that can't be are refused here, missing ones by map/user.h where they matter. */
struct element {
	struct rq_map *map;
	void *key, *value;
};

static int begin(struct rq_call *call, bool has_value, struct element *element)
{
	const union bpf_attr *attr = &call->attr.bpf;
	int error = rq_machine_map(call->machine, attr->map_fd, &element->map);

	if (error)
		return error;
	element->key = rq_user(attr->key);
	element->value = rq_user(attr->value); /* or next_key */
	if ((attr->key && !element->key) || (has_value && !element->value))
		error = -EFAULT;
	if (error)
		rq_object_put(&element->map->object);
	return error;
}

static int end(struct element *element, int error)
{
	rq_object_put(&element->map->object);
	return error;
}

int rq_map_lookup_command(struct rq_call *call)
{
	struct element element;
	int error = begin(call, true, &element);

	if (error)
		return error;
	return end(&element, rq_map_user_lookup(element.map, element.key, element.value, call->attr.bpf.flags));
}

int rq_map_update_command(struct rq_call *call)
{
	struct element element;
	int error = begin(call, true, &element);

	if (error)
		return error;
	return end(&element, rq_map_user_update(element.map, element.key, element.value, call->attr.bpf.flags));
}

int rq_map_delete_command(struct rq_call *call)
{
	struct element element;
	int error = begin(call, false, &element);

	if (error)
		return error;
	return end(&element, rq_map_user_remove(element.map, element.key));
}

int rq_map_take_command(struct rq_call *call)
{
	struct element element;
	int error = begin(call, true, &element);

	if (error)
		return error;
	return end(&element, rq_map_user_take(element.map, element.key, element.value, call->attr.bpf.flags));
}

int rq_map_next_key_command(struct rq_call *call)
{
	struct element element;
	int error = begin(call, true, &element);

	if (error)
		return error;
	return end(&element, rq_map_user_next_key(element.map, element.key, element.value));
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
