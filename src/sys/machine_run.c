/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of a program with input and output, as BPF_PROG_TEST_RUN does it, on a chosen virtual CPU. */
#include <errno.h>

#include "base/memory.h"
#include "sys/machine_cpus.h"

static const uint8_t zero_packet[64];

const struct rq_test_run rq_machine_empty_input = {
	.data_in = zero_packet,
	.data_size_in = sizeof(zero_packet),
};

struct rq_ctx_space *rq_machine_space(const struct rq_prog *prog, uint32_t packet_bytes)
{
	return rq_alloc(1, rq_prog_space_size(prog, packet_bytes));
}

struct run_job {
	struct rq_prog *prog;
	struct rq_run *run;
	void *ctx;
	uint64_t retval;
};

static void run_repeatedly(struct rq_machine_cpu *cpu, void *arg)
{
	struct run_job *job = arg;
	uint32_t repeat = job->run->repeat ? job->run->repeat : 1;
	uint64_t start = rq_clock_ns();

	for (uint32_t i = 0; i < repeat; i++)
		job->retval = rq_machine_run_once(cpu, 0, job->prog, job->ctx);
	job->run->duration_ns = (rq_clock_ns() - start) / repeat;
}

int rq_machine_run_prog(struct rq_machine *machine, struct rq_prog *prog, struct rq_run *run)
{
	struct rq_test_run test = {
		.data_in = run->data_in,
		.data_size_in = run->data_size_in,
		.data_out = run->data_out,
		.data_size_out = run->data_size_out,
		.ctx_in = run->ctx_in,
		.ctx_size_in = run->ctx_size_in,
		.ctx_out = run->ctx_out,
		.ctx_size_out = run->ctx_size_out,
	};
	struct run_job job = { .prog = prog, .run = run };
	uint64_t defects = atomic_load_explicit(&machine->defects, memory_order_relaxed);
	struct rq_ctx_space *space;
	int err;

	if (run->cpu >= machine->cpus)
		return -EINVAL;
	if (!prog->code)
		return -EOPNOTSUPP;
	space = rq_machine_space(prog, run->data_size_in);
	if (!space)
		return -ENOMEM;
	err = prog->type->begin(prog, &test, space, &job.ctx);
	if (!err)
		err = rq_machine_start_job(machine, run->cpu, run_repeatedly, &job);
	if (!err) {
		rq_machine_wait_job(machine, run->cpu);
		test.retval = (uint32_t)job.retval;
		err = prog->type->end(prog, &test, space);
		run->retval = test.retval;
		run->data_size_out = test.data_size_out;
		run->ctx_size_out = test.ctx_size_out;
	}
	rq_free(space);
	if (!err && atomic_load_explicit(&machine->defects, memory_order_relaxed) != defects)
		err = -ENOTRECOVERABLE;
	return err;
}

const char *rq_machine_missing(struct rq_machine *machine, int prog_fd)
{
	const struct rq_func *func;
	struct rq_prog *prog;
	uint32_t insn;

	if (rq_machine_prog(machine, prog_fd, &prog))
		return NULL;
	func = rq_vm_missing(prog, &insn);
	rq_object_put(&prog->object);
	return func ? func->name : NULL;
}

int rq_machine_run(struct rq_machine *machine, struct rq_run *run)
{
	struct rq_prog *prog;
	int err;

	if (run->size != sizeof(*run))
		return -EINVAL;
	err = rq_machine_prog(machine, run->prog_fd, &prog);
	if (err)
		return err;
	err = rq_machine_run_prog(machine, prog, run);
	rq_object_put(&prog->object);
	return err;
}
