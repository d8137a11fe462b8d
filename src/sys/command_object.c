// SPDX-License-Identifier: BSD-2-Clause
/* BTF, and finding objects by id. */
#include <errno.h>

#include "btf/check.h"
#include "sys/command.h"

int rq_btf_load_command(struct rq_call *call)
{
	const union bpf_attr *attr = &call->attr.bpf;
	const void *bytes = rq_user(attr->btf);
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
	int memory_fd = -1, fd;

	if (attr->next_id || (attr->open_flags && kind != RQ_OBJECT_MAP) || (attr->open_flags & ~(BPF_F_RDONLY | BPF_F_WRONLY)))
		return -EINVAL;
	fd = rq_registry_by_id(&call->machine->registry, kind, attr->start_id, &object);
	if (fd)
		return fd;
	if (kind == RQ_OBJECT_MAP)
		memory_fd = ((struct rq_map *)object)->memory_fd;
	fd = rq_registry_open(&call->machine->registry, object, memory_fd);
	rq_object_put(object);
	return fd;
}
