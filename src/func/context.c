// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's object behind a context: bpf_cast_to_kern_ctx(). It lies as the kernel BTF says, holds what the run's context
 * has an equal of, and zeroes otherwise. It lives until the run ends.
 */
#include <string.h>

#include "func/args.h"
#include "func/runtime.h"
#include "func/tables.h"
#include "vm/vm.h"

static uint64_t packet_length(const struct rq_host_ctx *host)
{
	return host->data_end - host->data;
}

static uint64_t packet_data(const struct rq_host_ctx *host)
{
	return (uintptr_t)host->data;
}

static uint64_t packet_end(const struct rq_host_ctx *host)
{
	return (uintptr_t)host->data_end;
}

static const struct {
	const char *context, *object, *member;
	uint64_t (*value)(const struct rq_host_ctx *host);
} members[] = {
	{ "__sk_buff", "sk_buff", "len", packet_length },
	{ "__sk_buff", "sk_buff", "data", packet_data },
	{ "xdp_md", "xdp_buff", "data", packet_data },
	{ "xdp_md", "xdp_buff", "data_end", packet_end },
};

static uint64_t cast_to_kern_ctx(struct rq_exec *exec, uint64_t ctx, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	const struct rq_btf *btf = exec->prog->kernel_btf;
	const char *context = exec->prog->type->ctx_struct;
	int32_t type = 0;

	if (exec->kernel_ctx)
		return (uintptr_t)exec->kernel_ctx;
	for (size_t i = 0; context && btf && i < sizeof(members) / sizeof(members[0]); i++) {
		if (strcmp(members[i].context, context))
			continue;
		if (!type) {
			type = rq_btf_find(btf, members[i].object, BTF_KIND_STRUCT);
			if (type > 0)
				exec->kernel_ctx = rq_runtime_alloc(exec->runtime, (size_t)rq_btf_size_of(btf, (uint32_t)type));
			if (!exec->kernel_ctx)
				break;
		}
		rq_btf_set_member(btf, (uint32_t)type, exec->kernel_ctx, members[i].member,
				  members[i].value((const struct rq_host_ctx *)(uintptr_t)ctx));
	}
	/* Kinds without a row, and a run that finds no memory, get zeroes. */
	return (uintptr_t)(exec->kernel_ctx ? exec->kernel_ctx : rq_runtime_zero_object());
}

static const struct rq_func rows[] = {
	{ .name = "bpf_cast_to_kern_ctx", .flags = RQ_KF_FASTCALL, .duty = RQ_DUTY_CAST_TO_KERN_CTX,
	  .since = RQ_KERNEL_6_15, .call = cast_to_kern_ctx },
};

RQ_FUNC_TABLE(rq_context_funcs, rows);
