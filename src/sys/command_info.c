// SPDX-License-Identifier: BSD-2-Clause
/* BPF_OBJ_GET_INFO_BY_FD. */
#include <errno.h>
#include <string.h>

#include "sys/command.h"
#include "sys/link.h"

/* Arrays in an info struct: the caller says how many it has room for and gets how many there are. */
static int give_array(uint64_t address, uint32_t *count, uint32_t there, const void *bytes, size_t each)
{
	uint32_t room = *count;

	*count = there;
	return rq_user_write(address, bytes, (room < there ? room : there) * each);
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

/* Instructions as loaded, but what names a map has its id, which others can look up, in the place of a descriptor. */
static int give_insns(const struct rq_prog *prog, uint64_t address, uint32_t *length)
{
	uint32_t room = *length / sizeof(struct bpf_insn);
	int error = 0;

	*length = prog->insn_count * sizeof(struct bpf_insn);
	for (uint32_t i = 0; i < prog->insn_count && i < room && !error; i++) {
		struct bpf_insn insn = prog->insns[i];

		if (prog->insn_map[i] != UINT32_MAX) {
			bool value = insn.src_reg == BPF_PSEUDO_MAP_VALUE || insn.src_reg == BPF_PSEUDO_MAP_IDX_VALUE;

			insn.src_reg = value ? BPF_PSEUDO_MAP_VALUE : BPF_PSEUDO_MAP_FD;
			insn.imm = (int32_t)prog->maps[prog->insn_map[i]]->object.id;
		}
		error = rq_user_write(address + i * sizeof(insn), &insn, sizeof(insn));
	}
	return error;
}

static int give_map_ids(const struct rq_prog *prog, uint64_t address, uint32_t *count)
{
	uint32_t room = *count;
	int error = 0;

	*count = prog->map_count;
	for (uint32_t i = 0; i < prog->map_count && i < room && !error; i++)
		error = rq_user_write(address + i * sizeof(uint32_t), &prog->maps[i]->object.id, sizeof(uint32_t));
	return error;
}

static int prog_info(const struct rq_prog *prog, struct bpf_prog_info *info)
{
	struct bpf_prog_info given = *info;
	int error;

	*info = (struct bpf_prog_info){
		.type = prog->type->type,
		.id = prog->object.id,
		.xlated_prog_len = given.xlated_prog_len,
		.xlated_prog_insns = given.xlated_prog_insns,
		.load_time = prog->load_time_ns,
		.created_by_uid = prog->created_by_uid,
		.map_ids = given.map_ids,
		.nr_map_ids = given.nr_map_ids,
		.gpl_compatible = prog->gpl,
		.btf_id = prog->btf ? prog->btf->object.id : 0,
		.func_info = given.func_info,
		.func_info_rec_size = sizeof(struct bpf_func_info),
		.nr_func_info = given.nr_func_info,
		.line_info = given.line_info,
		.line_info_rec_size = sizeof(struct bpf_line_info),
		.nr_line_info = given.nr_line_info,
		.jited_line_info_rec_size = sizeof(uint64_t),
		.prog_tags = given.prog_tags,
		.nr_prog_tags = given.nr_prog_tags,
		.run_time_ns = atomic_load_explicit(&prog->run_ns, memory_order_relaxed),
		.run_cnt = atomic_load_explicit(&prog->run_count, memory_order_relaxed),
		.verified_insns = prog->verified_insns,
		.attach_btf_obj_id = prog->attach_btf ? prog->attach_btf->object.id : 0,
		.attach_btf_id = prog->attach_btf_id,
	};
	memcpy(info->name, prog->name, sizeof(info->name));
	memcpy(info->tag, prog->tag, sizeof(info->tag));
	error = give_map_ids(prog, given.map_ids, &info->nr_map_ids);
	if (!error)
		error = give_array(given.prog_tags, &info->nr_prog_tags, 1, prog->tag, sizeof(prog->tag));
	if (!error)
		error = give_array(given.func_info, &info->nr_func_info, prog->func_info_count, prog->func_info,
				   sizeof(*prog->func_info));
	if (!error)
		error = give_array(given.line_info, &info->nr_line_info, prog->line_info_count, prog->line_info,
				   sizeof(*prog->line_info));
	if (!error)
		error = give_insns(prog, given.xlated_prog_insns, &info->xlated_prog_len);
	return error;
}

static int btf_info(const struct rq_btf *btf, struct bpf_btf_info *info)
{
	struct bpf_btf_info given = *info;
	int error;

	*info = (struct bpf_btf_info){
		.btf = given.btf,
		.btf_size = given.btf_size,
		.id = btf->object.id,
		.name = given.name,
		.name_len = given.name_len,
		.kernel_btf = btf->kernel,
	};
	error = give_array(given.btf, &info->btf_size, btf->size, btf->bytes, 1);
	return error ? error : rq_give_name(given.name, &info->name_len, btf->kernel ? "vmlinux" : "");
}

/* A name with its NUL where there is room for it: what does not fit is cut, and -ENOSPC. */
int rq_give_name(uint64_t address, uint32_t *length, const char *name)
{
	uint32_t room = *length, size = strlen(name) + 1;

	if (!address != !room)
		return -EINVAL;
	*length = size - 1;
	if (!address)
		return 0;
	if (room >= size)
		return rq_user_write(address, name, size);
	if (rq_user_write(address, name, room - 1) || rq_user_write(address + room - 1, "", 1))
		return -EFAULT;
	return -ENOSPC;
}

/* Of Linux 6.18; those of our headers may be shorter. */
#define MAP_INFO_BYTES	104
#define LINK_INFO_BYTES 64

union info {
	struct bpf_map_info map;
	struct bpf_prog_info prog;
	struct bpf_btf_info btf;
	struct rq_link_info link;
	uint8_t bytes[256];
};

static int fill(struct rq_object *object, union info *info)
{
	switch (object->kind) {
	case RQ_OBJECT_MAP:
		return map_info((struct rq_map *)object, &info->map);
	case RQ_OBJECT_PROG:
		return prog_info((struct rq_prog *)object, &info->prog);
	case RQ_OBJECT_BTF:
		return btf_info((struct rq_btf *)object, &info->btf);
	case RQ_OBJECT_LINK:
		return rq_link_info((struct rq_link *)object, &info->link);
	default:
		return -EINVAL;
	}
}

static const uint32_t sizes[RQ_OBJECT_KINDS] = {
	[RQ_OBJECT_BTF] = sizeof(struct bpf_btf_info),
	[RQ_OBJECT_MAP] = MAP_INFO_BYTES,
	[RQ_OBJECT_PROG] = sizeof(struct bpf_prog_info),
	[RQ_OBJECT_LINK] = LINK_INFO_BYTES,
};

/* Fields of a newer caller: none may be asked for. */
static int check_tail(uint64_t user, uint32_t length, uint32_t size)
{
	const uint8_t *bytes;

	if (length > PAGE_BYTES)
		return -E2BIG;
	if (length <= size)
		return 0;
	bytes = rq_user_in(user, length);
	if (!bytes)
		return -EFAULT;
	for (uint32_t i = size; i < length; i++)
		if (bytes[i])
			return -E2BIG;
	return 0;
}

int rq_info_command(struct rq_call *call)
{
	uint64_t user = call->attr.bpf.info.info;
	uint32_t length = call->attr.bpf.info.info_len, size;
	const void *given;
	struct rq_object *object;
	union info info = { 0 };
	int error = rq_registry_lookup_any(&call->machine->registry, call->attr.bpf.info.bpf_fd, &object);

	if (error)
		return error == -EBADF ? -EBADFD : error;
	size = sizes[object->kind];
	error = size ? check_tail(user, length, size) : -EINVAL;
	if (error)
		goto out;
	if (length > size)
		length = size;
	given = rq_user_in(user, length);
	if (length && !given) {
		error = -EFAULT;
		goto out;
	}
	if (length)
		memcpy(&info, given, length);
	error = fill(object, &info);
	if (!error)
		error = rq_user_write(user, &info, length);
	if (!error)
		rq_call_write(call, offsetof(union bpf_attr, info.info_len), &length, sizeof(length));
out:
	rq_object_put(object);
	return error;
}
