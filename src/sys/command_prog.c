// SPDX-License-Identifier: BSD-2-Clause
/* Loading, running and binding programs. */
#include <errno.h>

#include "base/memory.h"
#include "sys/command.h"
#include "sys/machine_cpus.h"
#include "sys/test_run.h"

int rq_prog_load_command(struct rq_call *call)
{
	struct rq_prog *prog;
	int error = rq_prog_load(call, &prog);

	return error ? error : rq_publish(call->machine, &prog->object, -1);
}

/* What goes in, as far as it can be read. */
static int take_input(const union bpf_attr *attr, const struct rq_prog *prog, struct rq_run *run)
{
	if (rq_test_run_inputs(prog) & RQ_TEST_DATA) {
		run->data_in = rq_user_in(attr->test.data_in, attr->test.data_size_in);
		run->data_size_in = attr->test.data_size_in;
		if (!run->data_in)
			return -EFAULT;
	}
	if (!attr->test.ctx_size_in)
		return 0;
	run->ctx_in = rq_user_in(attr->test.ctx_in, attr->test.ctx_size_in);
	run->ctx_size_in = attr->test.ctx_size_in;
	return run->ctx_in ? 0 : -EFAULT;
}

/* Results are gathered here first: how much room there is for them, and whether it can be written, comes after the run. */
#define OUT_SLACK (RQ_PACKET_SLACK + sizeof(struct rq_host_ctx))

static int make_room(const union bpf_attr *attr, const struct rq_prog *prog, struct rq_run *run)
{
	bool wants_ctx = attr->test.ctx_out || (rq_test_run_inputs(prog) & RQ_TEST_CTX_BACK);
	uint32_t data = run->data_size_in + OUT_SLACK, ctx = run->ctx_size_in + OUT_SLACK;

	run->data_out = rq_alloc(1, (size_t)data + ctx);
	run->ctx_out = wants_ctx ? (uint8_t *)run->data_out + data : NULL;
	/* Room of 0 bytes is no limit. */
	run->data_size_out = attr->test.data_out && attr->test.data_size_out && attr->test.data_size_out < data ?
				     attr->test.data_size_out : data;
	run->ctx_size_out = wants_ctx ? ctx : 0;
	return run->data_out ? 0 : -ENOMEM;
}

/* Room of 0 bytes is no limit. */
static int give_bytes(uint64_t address, uint32_t room, const void *bytes, uint32_t size)
{
	uint32_t given = room && size > room ? room : size;

	if (address && rq_user_write(address, bytes, given))
		return -EFAULT;
	return given < size ? -ENOSPC : 0;
}

/* @error: 0, or -ENOSPC when the packet did not fit; then the context stays out. */
static int give_results(struct rq_call *call, const struct rq_prog *prog, const struct rq_run *run, int error)
{
	const union bpf_attr *attr = &call->attr.bpf;
	uint32_t duration = run->duration_ns > UINT32_MAX ? UINT32_MAX : (uint32_t)run->duration_ns;
	uint32_t inputs = rq_test_run_inputs(prog);
	int data_error = 0, ctx_error = 0;

	if (inputs & RQ_TEST_DATA)
		data_error = give_bytes(attr->test.data_out, attr->test.data_size_out, run->data_out, run->data_size_out);
	if (data_error == -EFAULT)
		return data_error;
	error = error ?: data_error;
	if (inputs & RQ_TEST_DATA)
		rq_call_write(call, offsetof(union bpf_attr, test.data_size_out), &run->data_size_out,
			      sizeof(run->data_size_out));
	rq_call_write(call, offsetof(union bpf_attr, test.retval), &run->retval, sizeof(run->retval));
	rq_call_write(call, offsetof(union bpf_attr, test.duration), &duration, sizeof(duration));
	if (inputs & RQ_TEST_CTX_BACK)
		ctx_error = rq_user_write(attr->test.ctx_in, run->ctx_out, run->ctx_size_in);
	if (attr->test.ctx_out && !error && !(inputs & RQ_TEST_CTX_ONE_WAY)) {
		ctx_error = give_bytes(attr->test.ctx_out, attr->test.ctx_size_out, run->ctx_out, run->ctx_size_out);
		if (ctx_error != -EFAULT)
			rq_call_write(call, offsetof(union bpf_attr, test.ctx_size_out), &run->ctx_size_out,
				      sizeof(run->ctx_size_out));
	}
	return error ? error : ctx_error;
}

static int run(struct rq_call *call, struct rq_prog *prog)
{
	const union bpf_attr *attr = &call->attr.bpf;
	struct rq_run run = { .size = sizeof(run), .repeat = attr->test.repeat };
	int error = 0;

	if ((rq_test_run_inputs(prog) & RQ_TEST_CTX_FIRST) && attr->test.ctx_in &&
	    !rq_user_in(attr->test.ctx_in, attr->test.ctx_size_in))
		error = -EFAULT;
	if (!error)
		error = rq_test_run_check(prog, attr);
	if (!error && (attr->test.flags & BPF_F_TEST_RUN_ON_CPU)) {
		run.cpu = attr->test.cpu;
		error = run.cpu < call->machine->cpus ? 0 : -ENXIO;
	}
	if (!error)
		error = take_input(attr, prog, &run);
	if (!error)
		error = make_room(attr, prog, &run);
	if (error)
		return error;
	error = rq_machine_run_prog(call->machine, prog, &run);
	if (!error || error == -ENOSPC)
		error = give_results(call, prog, &run, error);
	rq_free(run.data_out);
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
