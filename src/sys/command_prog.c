// SPDX-License-Identifier: BSD-2-Clause
/* Loading, running and binding programs. */
#include <errno.h>

#include "base/memory.h"
#include "sys/command.h"
#include "sys/machine_cpus.h"

#define TEST_RUN_BYTES_MAX (64 << 10)

int rq_prog_load_command(struct rq_call *call)
{
	struct rq_prog *prog;
	int error = rq_prog_load(call, &prog);

	return error ? error : rq_publish(call->machine, &prog->object, -1);
}

/* Kinds whose test run takes a context alone refuse the rest, each in its own way. */
static int check_context_run(const union bpf_attr *attr, enum bpf_prog_type type)
{
	if (type != BPF_PROG_TYPE_SYSCALL && type != BPF_PROG_TYPE_RAW_TRACEPOINT)
		return 0;
	if (attr->test.data_in || attr->test.data_out || attr->test.ctx_out || attr->test.repeat || attr->test.batch_size)
		return -EINVAL;
	if (type == BPF_PROG_TYPE_SYSCALL)
		return attr->test.flags ? -EINVAL : 0;
	return attr->test.cpu && !(attr->test.flags & BPF_F_TEST_RUN_ON_CPU) ? -EINVAL : 0;
}

static int run(struct rq_call *call, struct rq_prog *prog)
{
	const union bpf_attr *attr = &call->attr.bpf;
	struct rq_run run = {
		.size = sizeof(run),
		.cpu = attr->test.flags & BPF_F_TEST_RUN_ON_CPU ? attr->test.cpu : 0,
		.repeat = attr->test.repeat,
		.data_in = rq_user(attr->test.data_in),
		.data_size_in = attr->test.data_size_in,
		.data_out = rq_user(attr->test.data_out),
		.data_size_out = attr->test.data_size_out,
		.ctx_in = rq_user(attr->test.ctx_in),
		.ctx_size_in = attr->test.ctx_size_in,
		.ctx_out = rq_user(attr->test.ctx_out),
		.ctx_size_out = attr->test.ctx_size_out,
	};
	uint32_t duration;
	int error;

	if (!prog->type->kernel_test_run)
		return -RQ_ENOTSUPP;
	error = check_context_run(attr, prog->type->type);
	if (error)
		return error;
	if (run.data_size_in > TEST_RUN_BYTES_MAX || run.ctx_size_in > TEST_RUN_BYTES_MAX)
		return -EINVAL;
	error = rq_machine_run_prog(call->machine, prog, &run);
	if (error && error != -ENOSPC)
		return error;
	duration = run.duration_ns > UINT32_MAX ? UINT32_MAX : (uint32_t)run.duration_ns;
	rq_call_write(call, offsetof(union bpf_attr, test.retval), &run.retval, sizeof(run.retval));
	rq_call_write(call, offsetof(union bpf_attr, test.duration), &duration, sizeof(duration));
	rq_call_write(call, offsetof(union bpf_attr, test.data_size_out), &run.data_size_out, sizeof(run.data_size_out));
	rq_call_write(call, offsetof(union bpf_attr, test.ctx_size_out), &run.ctx_size_out, sizeof(run.ctx_size_out));
	return error;
}

int rq_prog_run_command(struct rq_call *call)
{
	const union bpf_attr *attr = &call->attr.bpf;
	struct rq_prog *prog;
	int error;

	/* A size without a place, or a place without a size. */
	if (!attr->test.ctx_in != !attr->test.ctx_size_in || !attr->test.ctx_out != !attr->test.ctx_size_out)
		return -EINVAL;
	error = rq_machine_prog(call->machine, attr->test.prog_fd, &prog);
	if (error)
		return error;
	error = run(call, prog);
	rq_object_put(&prog->object);
	return error;
}

int rq_prog_bind_map_command(struct rq_call *call)
{
	struct rq_prog *prog;
	struct rq_map *map, **grown;
	int error;

	if (call->attr.bpf.prog_bind_map.flags)
		return -EINVAL;
	error = rq_machine_prog(call->machine, call->attr.bpf.prog_bind_map.prog_fd, &prog);
	if (error)
		return error;
	error = rq_machine_map(call->machine, call->attr.bpf.prog_bind_map.map_fd, &map);
	if (error)
		goto put_prog;
	pthread_mutex_lock(&call->machine->bind_mutex);
	for (uint32_t i = 0; i < prog->map_count; i++)
		if (prog->maps[i] == map) {
			rq_object_put(&map->object); /* it has it already */
			goto unlock;
		}
	grown = rq_realloc(prog->maps, prog->map_count + 1, sizeof(struct rq_map *));
	if (grown) {
		prog->maps = grown;
		prog->maps[prog->map_count++] = map;
	} else {
		error = -ENOMEM;
		rq_object_put(&map->object);
	}
unlock:
	pthread_mutex_unlock(&call->machine->bind_mutex);
put_prog:
	rq_object_put(&prog->object);
	return error;
}
