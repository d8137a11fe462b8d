// SPDX-License-Identifier: BSD-2-Clause
/* rq_bpf(): attributes in, the row of the command, result out. */
#include "sys/command.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/memory.h"

static int prog_next_id(struct rq_call *call)
{
	return rq_next_id_command(call, RQ_OBJECT_PROG);
}

static int map_next_id(struct rq_call *call)
{
	return rq_next_id_command(call, RQ_OBJECT_MAP);
}

static int btf_next_id(struct rq_call *call)
{
	return rq_next_id_command(call, RQ_OBJECT_BTF);
}

static int prog_fd_by_id(struct rq_call *call)
{
	return rq_fd_by_id_command(call, RQ_OBJECT_PROG);
}

static int map_fd_by_id(struct rq_call *call)
{
	return rq_fd_by_id_command(call, RQ_OBJECT_MAP);
}

static int btf_fd_by_id(struct rq_call *call)
{
	return rq_fd_by_id_command(call, RQ_OBJECT_BTF);
}

static int link_next_id(struct rq_call *call)
{
	return rq_next_id_command(call, RQ_OBJECT_LINK);
}

static int link_fd_by_id(struct rq_call *call)
{
	return rq_fd_by_id_command(call, RQ_OBJECT_LINK);
}

/* Later than the linux/bpf.h of Debian 12. */
#define TOKEN_CREATE 36

/* Where the last field of a command ends: everything behind it must be zero. */
#define END(field) (offsetof(union bpf_attr, field) + sizeof(((union bpf_attr *)0)->field))
#define END_OF(part, field) (offsetof(union rq_attr, part.field) + sizeof(((union rq_attr *)0)->part.field))

static const struct {
	int (*run)(struct rq_call *call);
	uint32_t end;
} commands[] = {
	[BPF_MAP_CREATE] = { rq_map_create_command, END_OF(map_create, exclusive_hash_size) },
	[BPF_MAP_LOOKUP_ELEM] = { rq_map_lookup_command, END(flags) },
	[BPF_MAP_UPDATE_ELEM] = { rq_map_update_command, END(flags) },
	[BPF_MAP_DELETE_ELEM] = { rq_map_delete_command, END(key) },
	[BPF_MAP_GET_NEXT_KEY] = { rq_map_next_key_command, END(next_key) },
	[BPF_MAP_LOOKUP_AND_DELETE_ELEM] = { rq_map_take_command, END(flags) },
	[BPF_MAP_LOOKUP_BATCH] = { rq_map_lookup_batch_command, END(batch.flags) },
	[BPF_MAP_LOOKUP_AND_DELETE_BATCH] = { rq_map_take_batch_command, END(batch.flags) },
	[BPF_MAP_UPDATE_BATCH] = { rq_map_update_batch_command, END(batch.flags) },
	[BPF_MAP_DELETE_BATCH] = { rq_map_delete_batch_command, END(batch.flags) },
	[BPF_MAP_FREEZE] = { rq_map_freeze_command, END(map_fd) },
	[BPF_PROG_LOAD] = { rq_prog_load_command, END_OF(prog_load, keyring_id) },
	[BPF_PROG_TEST_RUN] = { rq_prog_run_command, END(test.batch_size) },
	[BPF_PROG_BIND_MAP] = { rq_prog_bind_map_command, END(prog_bind_map.flags) },
	[BPF_BTF_LOAD] = { rq_btf_load_command, END_OF(btf_load, token_fd) },
	[BPF_OBJ_GET_INFO_BY_FD] = { rq_info_command, END(info.info) },
	[BPF_PROG_GET_NEXT_ID] = { prog_next_id, END(next_id) },
	[BPF_MAP_GET_NEXT_ID] = { map_next_id, END(next_id) },
	[BPF_BTF_GET_NEXT_ID] = { btf_next_id, END(next_id) },
	[BPF_PROG_GET_FD_BY_ID] = { prog_fd_by_id, END(start_id) },
	[BPF_MAP_GET_FD_BY_ID] = { map_fd_by_id, END(open_flags) },
	[BPF_BTF_GET_FD_BY_ID] = { btf_fd_by_id, END_OF(fd_by_id, token_fd) },
	[BPF_LINK_GET_NEXT_ID] = { link_next_id, END(next_id) },
	[BPF_LINK_GET_FD_BY_ID] = { link_fd_by_id, END(start_id) },
	[BPF_OBJ_PIN] = { rq_object_pin_command, END_OF(object, path_fd) },
	[BPF_OBJ_GET] = { rq_object_get_command, END_OF(object, path_fd) },
	[BPF_LINK_CREATE] = { rq_link_create_command, END_OF(uprobe_multi_link, pid) },
	[BPF_LINK_UPDATE] = { rq_link_update_command, END(link_update.old_prog_fd) },
	[BPF_LINK_DETACH] = { rq_link_detach_command, END(link_detach.link_fd) },
	[BPF_ITER_CREATE] = { rq_iter_create_command, END(iter_create.flags) },
	[BPF_RAW_TRACEPOINT_OPEN] = { rq_raw_tracepoint_open_command, END_OF(raw_tracepoint, cookie) },
	[BPF_PROG_ATTACH] = { rq_prog_attach_command, END_OF(prog_attach, expected_revision) },
	[BPF_PROG_DETACH] = { rq_prog_detach_command, END_OF(prog_attach, expected_revision) },
	[BPF_PROG_QUERY] = { rq_prog_query_command, END_OF(query, revision) },
	[BPF_TASK_FD_QUERY] = { rq_task_fd_query_command, END(task_fd_query.probe_addr) },
	[BPF_ENABLE_STATS] = { rq_stats_command, END(enable_stats.type) },
	[TOKEN_CREATE] = { rq_token_command, END_OF(token, bpffs_fd) },
	[RQ_PROG_STREAM_READ_BY_FD] = { rq_stream_read_command, END_OF(stream_read, prog_fd) },
};

static bool is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

long rq_bpf(int cmd, union bpf_attr *attr, unsigned int size)
{
	struct rq_call call = { .user = attr, .size = size };
	int error;

	if (size > PAGE_BYTES)
		return -E2BIG;
	if (size && !rq_user_in((uintptr_t)attr, size))
		return -EFAULT;
	/* A newer caller may have more fields than we know, as long as it does not use them. */
	if (size > sizeof(call.attr) && !is_zero((const uint8_t *)attr + sizeof(call.attr), size - sizeof(call.attr)))
		return -E2BIG;
	if (size)
		memcpy(&call.attr, attr, size < sizeof(call.attr) ? size : sizeof(call.attr));
	if (cmd < 0 || (size_t)cmd >= sizeof(commands) / sizeof(commands[0]) || !commands[cmd].run)
		return -EINVAL;
	if (!is_zero(call.attr.bytes + commands[cmd].end, sizeof(call.attr) - commands[cmd].end))
		return -EINVAL;
	error = rq_machine_current(&call.machine);
	if (error)
		return error;
	rq_registry_sweep(&call.machine->registry);
	return commands[cmd].run(&call);
}

void rq_call_write(struct rq_call *call, size_t offset, const void *bytes, size_t size)
{
	if (offset + size <= call->size)
		rq_user_write((uintptr_t)call->user + offset, bytes, size);
}

int rq_take_name(char name[16], const char *given)
{
	for (int i = 0; i < 16; i++) {
		unsigned char c = given[i];

		if (!c) {
			memset(name, 0, 16);
			memcpy(name, given, i);
			return 0;
		}
		if (!isalnum(c) && c != '_' && c != '.')
			return -EINVAL;
	}
	return -EINVAL;
}

#define LOG_LEVELS (1 | 2 | 4 | 8) /* instructions, all of them, statistics, fixed */

int rq_call_log(struct rq_log *log, uint32_t level, uint64_t buffer, uint32_t size)
{
	rq_log_init(log, level, rq_user_buffer(buffer, size), size);
	if (!!buffer != !!size || (buffer && !level) || (level & ~LOG_LEVELS) || size > UINT32_MAX >> 2)
		return -EINVAL;
	return buffer && !log->buffer ? -EFAULT : 0;
}

int rq_publish(struct rq_machine *machine, struct rq_object *object, int memory_fd)
{
	int fd = rq_registry_publish(&machine->registry, object);

	if (!fd)
		fd = rq_registry_open(&machine->registry, object, memory_fd);
	rq_object_put(object);
	return fd;
}

int rq_machine_map(struct rq_machine *machine, int fd, struct rq_map **map)
{
	struct rq_object *object;
	int error = rq_registry_lookup(&machine->registry, fd, RQ_OBJECT_MAP, &object);

	if (!error)
		*map = (struct rq_map *)((char *)object - offsetof(struct rq_map, object));
	return error;
}
