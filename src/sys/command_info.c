// SPDX-License-Identifier: BSD-2-Clause
/* BPF_OBJ_GET_INFO_BY_FD. */
#include <errno.h>
#include <string.h>

#include "sys/command.h"

/* Arrays in an info struct: the caller says how many it has room for and gets how many there are. */
static int give_array(uint64_t address, uint32_t *count, uint32_t there, const void *bytes, size_t each)
{
	uint32_t room = *count;

	*count = there;
	if (!room || !there)
		return 0;
	if (!rq_user(address))
		return -EFAULT;
	memcpy(rq_user(address), bytes, (room < there ? room : there) * each);
	return 0;
}

static int map_info(const struct rq_map *map, struct bpf_map_info *info)
{
	*info = (struct bpf_map_info){
		.type = map->ops->type,
		.id = map->object.id,
		.key_size = map->key_size,
		.value_size = map->value_size,
		.max_entries = map->max_entries,
		.map_flags = map->map_flags,
		.map_extra = map->map_extra,
		.btf_id = map->btf ? map->btf->object.id : 0,
		.btf_key_type_id = map->btf ? map->btf_key_type_id : 0,
		.btf_value_type_id = map->btf ? map->btf_value_type_id : 0,
	};
	memcpy(info->name, map->name, sizeof(info->name));
	return 0;
}

static int prog_info(const struct rq_prog *prog, struct bpf_prog_info *info)
{
	struct bpf_prog_info given = *info;
	uint32_t *ids = rq_user(given.map_ids);
	int error;

	*info = (struct bpf_prog_info){
		.type = prog->type->type,
		.id = prog->object.id,
		.xlated_prog_len = given.xlated_prog_len,
		.xlated_prog_insns = given.xlated_prog_insns,
		.map_ids = given.map_ids,
		.nr_map_ids = prog->map_count,
		.gpl_compatible = prog->gpl,
		.btf_id = prog->btf ? prog->btf->object.id : 0,
		.func_info = given.func_info,
		.func_info_rec_size = sizeof(struct bpf_func_info),
		.nr_func_info = given.nr_func_info,
		.line_info = given.line_info,
		.line_info_rec_size = sizeof(struct bpf_line_info),
		.nr_line_info = given.nr_line_info,
		.run_time_ns = atomic_load_explicit(&prog->run_ns, memory_order_relaxed),
		.run_cnt = atomic_load_explicit(&prog->run_count, memory_order_relaxed),
		.verified_insns = prog->verified_insns,
		.attach_btf_id = prog->attach_btf_id,
	};
	memcpy(info->name, prog->name, sizeof(info->name));
	memcpy(info->tag, prog->tag, sizeof(info->tag));
	if (given.nr_map_ids && !ids)
		return -EFAULT;
	for (uint32_t i = 0; i < prog->map_count && i < given.nr_map_ids; i++)
		ids[i] = prog->maps[i]->object.id;
	error = give_array(given.func_info, &info->nr_func_info, prog->func_info_count, prog->func_info,
			   sizeof(*prog->func_info));
	if (!error)
		error = give_array(given.line_info, &info->nr_line_info, prog->line_info_count, prog->line_info,
				   sizeof(*prog->line_info));
	if (!error)
		error = give_array(given.xlated_prog_insns, &info->xlated_prog_len,
				   prog->insn_count * sizeof(*prog->insns), prog->insns, 1);
	return error;
}

static int btf_info(const struct rq_btf *btf, struct bpf_btf_info *info)
{
	struct bpf_btf_info given = *info;

	*info = (struct bpf_btf_info){
		.btf = given.btf,
		.btf_size = given.btf_size,
		.id = btf->object.id,
		.name = given.name,
		.kernel_btf = btf->kernel,
	};
	return give_array(given.btf, &info->btf_size, btf->size, btf->bytes, 1);
}

union info {
	struct bpf_map_info map;
	struct bpf_prog_info prog;
	struct bpf_btf_info btf;
};

int rq_info_command(struct rq_call *call)
{
	static const uint32_t sizes[RQ_OBJECT_KINDS] = {
		[RQ_OBJECT_BTF] = sizeof(struct bpf_btf_info),
		[RQ_OBJECT_MAP] = sizeof(struct bpf_map_info),
		[RQ_OBJECT_PROG] = sizeof(struct bpf_prog_info),
	};
	uint8_t *user = rq_user(call->attr.bpf.info.info);
	uint32_t length = call->attr.bpf.info.info_len, size;
	struct rq_object *object;
	union info info = { 0 };
	int error = rq_registry_lookup_any(&call->machine->registry, call->attr.bpf.info.bpf_fd, &object);

	if (error)
		return error;
	size = sizes[object->kind];
	if (!user)
		error = -EFAULT;
	/* Fields of a newer caller: none may be asked for. */
	for (uint32_t i = size; !error && i < length && length <= 4096; i++)
		if (user[i])
			error = -E2BIG;
	if (!error && length > 4096)
		error = -E2BIG;
	if (error)
		goto out;
	if (length > size)
		length = size;
	memcpy(&info, user, length);
	switch (object->kind) {
	case RQ_OBJECT_MAP:
		error = map_info((struct rq_map *)object, &info.map);
		break;
	case RQ_OBJECT_PROG:
		error = prog_info((struct rq_prog *)object, &info.prog);
		break;
	case RQ_OBJECT_BTF:
		error = btf_info((struct rq_btf *)object, &info.btf);
		break;
	default:
		error = -EINVAL;
	}
	if (!error) {
		memcpy(user, &info, length);
		rq_call_write(call, offsetof(union bpf_attr, info.info_len), &length, sizeof(length));
	}
out:
	rq_object_put(object);
	return error;
}
