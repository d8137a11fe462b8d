// SPDX-License-Identifier: BSD-2-Clause
/* BTF, and how objects are found: by id, by name. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/memory.h"
#include "btf/check.h"
#include "sys/command.h"
#include "sys/link.h"
#include "sys/pin.h"

int rq_btf_load_command(struct rq_call *call)
{
	const union bpf_attr *attr = &call->attr.bpf;
	const void *bytes;
	uint32_t true_size;
	struct rq_log log;
	struct rq_btf *btf;
	int error, log_error;

	if (call->attr.btf_load.flags || call->attr.btf_load.token_fd)
		return -EINVAL;
	if (attr->btf_size > RQ_BTF_BYTES_MAX)
		return -E2BIG;
	error = rq_call_log(&log, attr->btf_log_level, attr->btf_log_buf, attr->btf_log_size);
	if (error)
		return error;
	if (!attr->btf_size)
		return -EINVAL;
	bytes = rq_user_in(attr->btf, attr->btf_size);
	if (!bytes)
		return -EFAULT;
	error = rq_btf_load(bytes, attr->btf_size, call->machine->kernel_btf, &log, &btf);
	log_error = rq_log_finish(&log, &true_size);
	rq_call_write(call, offsetof(union rq_attr, btf_load.log_true_size), &true_size, sizeof(true_size));
	if (log_error) {
		if (!error)
			rq_object_put(&btf->object);
		return log_error;
	}
	if (error)
		return error;
	return rq_publish(call->machine, &btf->object, -1);
}

/* A descriptor for @object, whose reference is taken over. */
static int open_object(struct rq_machine *machine, struct rq_object *object, int access)
{
	int memory_fd = object->kind == RQ_OBJECT_MAP ? ((struct rq_map *)object)->memory_fd : -1;
	int fd = rq_registry_open_restricted(&machine->registry, object, memory_fd, access);

	rq_object_put(object);
	return fd;
}

/* How a descriptor is opened that may not do all. -EINVAL. */
static int access_of(uint32_t flags)
{
	if (flags & ~(BPF_F_RDONLY | BPF_F_WRONLY) || flags == (BPF_F_RDONLY | BPF_F_WRONLY))
		return -EINVAL;
	return flags == BPF_F_RDONLY ? O_RDONLY : flags == BPF_F_WRONLY ? O_WRONLY : O_RDWR;
}

int rq_next_id_command(struct rq_call *call, enum rq_object_kind kind)
{
	uint32_t next;
	int error;

	if (call->attr.bpf.open_flags)
		return -EINVAL;
	error = rq_registry_next_id(&call->machine->registry, kind, call->attr.bpf.start_id, &next);
	if (!error)
		rq_call_write(call, offsetof(union bpf_attr, next_id), &next, sizeof(next));
	return error;
}

int rq_fd_by_id_command(struct rq_call *call, enum rq_object_kind kind)
{
	const union bpf_attr *attr = &call->attr.bpf;
	struct rq_object *object;
	int access = access_of(attr->open_flags), fd;

	if ((attr->open_flags && kind != RQ_OBJECT_MAP) || access < 0)
		return -EINVAL;
	fd = rq_registry_by_id(&call->machine->registry, kind, attr->start_id, &object);
	if (fd)
		return fd;
	return open_object(call->machine, object, access);
}

/* ---- Pins ---- */

static int take_path(struct rq_call *call, char path[PATH_MAX])
{
	int length = rq_user_string(call->attr.bpf.pathname, path, PATH_MAX);

	if (length < 0)
		return length;
	return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int rq_object_pin_command(struct rq_call *call)
{
	const union bpf_attr *attr = &call->attr.bpf;
	struct rq_object *object;
	char path[PATH_MAX];
	int error;

	/* Paths relative to a descriptor, BPF_F_PATH_FD, have no use where the file system is not one of the kernel's. */
	if (attr->file_flags || call->attr.object.path_fd)
		return -EINVAL;
	if (rq_registry_lookup_any(&call->machine->registry, attr->bpf_fd, &object))
		return -EINVAL;
	error = object->kind == RQ_OBJECT_MAP || object->kind == RQ_OBJECT_PROG || object->kind == RQ_OBJECT_LINK ? 0 :
														     -EINVAL;
	if (!error)
		error = take_path(call, path);
	if (!error)
		error = rq_pin_add(call->machine, path, object);
	rq_object_put(object);
	return error;
}

int rq_object_get_command(struct rq_call *call)
{
	const union bpf_attr *attr = &call->attr.bpf;
	int access = access_of(attr->file_flags), error;
	struct rq_object *object;
	char path[PATH_MAX];

	if (attr->bpf_fd || call->attr.object.path_fd || access < 0)
		return -EINVAL;
	error = take_path(call, path);
	if (!error)
		error = rq_pin_get(call->machine, path, &object);
	if (error)
		return error;
	if (object->kind != RQ_OBJECT_MAP && access != O_RDWR) {
		rq_object_put(object);
		return -EINVAL;
	}
	return open_object(call->machine, object, access);
}

/* ---- Statistics: counted as long as some descriptor asks for them ---- */

struct stats {
	struct rq_object object;
	struct rq_machine *machine;
};

static void release_stats(struct rq_object *object)
{
	struct stats *stats = (struct stats *)object;

	atomic_fetch_sub(&stats->machine->statistics_users, 1);
	rq_free(stats);
}

int rq_stats_command(struct rq_call *call)
{
	struct stats *stats;

	if (call->attr.bpf.enable_stats.type != BPF_STATS_RUN_TIME)
		return -EINVAL;
	stats = rq_alloc(1, sizeof(*stats));
	if (!stats)
		return -ENOMEM;
	rq_object_init(&stats->object, RQ_OBJECT_STATS, release_stats);
	stats->machine = call->machine;
	atomic_fetch_add(&call->machine->statistics_users, 1);
	return open_object(call->machine, &stats->object, O_RDWR);
}

/* ---- Descriptors of others ---- */

/* A token delegates what root may do. Everybody may do everything here, so there is no bpffs to get one from. */
int rq_token_command(struct rq_call *call)
{
	if (call->attr.token.flags)
		return -EINVAL;
	return fcntl(call->attr.token.bpffs_fd, F_GETFD) < 0 ? -EBADF : -EINVAL;
}

struct task_answer {
	uint32_t prog_id, fd_type;
	const char *name;
};

static int ask_link(const struct rq_link *link, struct task_answer *answer)
{
	if (link->type != RQ_LINK_RAW_TRACEPOINT)
		return -EOPNOTSUPP;
	*answer = (struct task_answer){ link->prog->object.id, BPF_FD_TYPE_RAW_TRACEPOINT, link->name };
	return 0;
}

int rq_task_fd_query_command(struct rq_call *call)
{
	const union bpf_attr *attr = &call->attr.bpf;
	struct task_answer answer;
	struct rq_object *object;
	uint32_t length;
	int error;

	if (attr->task_fd_query.flags)
		return -EINVAL;
	if ((pid_t)attr->task_fd_query.pid != getpid())
		return -ENOENT; /* other processes have descriptors of other machines */
	error = rq_registry_lookup_any(&call->machine->registry, attr->task_fd_query.fd, &object);
	if (error)
		return error == -EBADF ? error : -EOPNOTSUPP;
	error = object->kind == RQ_OBJECT_LINK ? ask_link((struct rq_link *)object, &answer) : -EOPNOTSUPP;
	if (!error) {
		length = attr->task_fd_query.buf_len;
		if (attr->task_fd_query.buf)
			error = rq_give_name(attr->task_fd_query.buf, &length, answer.name);
		rq_call_write(call, offsetof(union bpf_attr, task_fd_query.buf_len), &length, sizeof(length));
		rq_call_write(call, offsetof(union bpf_attr, task_fd_query.prog_id), &answer.prog_id, sizeof(answer.prog_id));
		rq_call_write(call, offsetof(union bpf_attr, task_fd_query.fd_type), &answer.fd_type, sizeof(answer.fd_type));
	}
	rq_object_put(object);
	return error;
}
