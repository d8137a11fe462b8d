// SPDX-License-Identifier: BSD-2-Clause
/* Many elements at once: attributes for map/user.h. */
#include <errno.h>

#include "map/user.h"
#include "sys/command.h"

static int run_batch(struct rq_call *call, int (*run)(struct rq_map *, struct rq_map_batch *))
{
	const union bpf_attr *attr = &call->attr.bpf;
	struct rq_map_batch batch = {
		.in = rq_user(attr->batch.in_batch),
		.out = rq_user(attr->batch.out_batch),
		.keys = rq_user(attr->batch.keys),
		.values = rq_user(attr->batch.values),
		.count = attr->batch.count,
		.elem_flags = attr->batch.elem_flags,
	};
	struct rq_map *map;
	int error;

	if (attr->batch.flags)
		return -EINVAL;
	error = rq_machine_map(call->machine, attr->batch.map_fd, &map);
	if (error)
		return error;
	error = run(map, &batch);
	rq_call_write(call, offsetof(union bpf_attr, batch.count), &batch.count, sizeof(batch.count));
	rq_object_put(&map->object);
	return error;
}

int rq_map_lookup_batch_command(struct rq_call *call)
{
	return run_batch(call, rq_map_user_lookup_batch);
}

int rq_map_take_batch_command(struct rq_call *call)
{
	return run_batch(call, rq_map_user_take_batch);
}

int rq_map_update_batch_command(struct rq_call *call)
{
	return run_batch(call, rq_map_user_update_batch);
}

int rq_map_delete_batch_command(struct rq_call *call)
{
	return run_batch(call, rq_map_user_remove_batch);
}
