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

static const struct btf_type *find_struct(const struct rq_btf *btf, const char *name)
{
	int32_t id = rq_btf_find(btf, name, BTF_KIND_STRUCT);

	return id > 0 ? btf__type_by_id(btf->types, id) : NULL;
}

static void set_member(const struct rq_btf *btf, const struct btf_type *type, void *object, const char *name, uint64_t value)
{
	const struct btf_member *member = btf_members(type);

	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		int64_t size = rq_btf_size_of(btf, member[i].type);

		if (!strcmp(btf__name_by_offset(btf->types, member[i].name_off), name) && size > 0 && size <= 8)
			memcpy((unsigned char *)object + btf_member_bit_offset(type, i) / 8, &value, size);
	}
}

static uint64_t cast_to_kern_ctx(struct rq_exec *exec, uint64_t ctx, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	const struct rq_btf *btf = exec->prog->kernel_btf;
	const char *context = exec->prog->type->ctx_struct;
	const struct btf_type *type = NULL;

	if (exec->kernel_ctx)
		return (uintptr_t)exec->kernel_ctx;
	for (size_t i = 0; context && btf && i < sizeof(members) / sizeof(members[0]); i++) {
		if (strcmp(members[i].context, context))
			continue;
		if (!type) {
			type = find_struct(btf, members[i].object);
			exec->kernel_ctx = type ? rq_runtime_alloc(exec->runtime, type->size) : NULL;
			if (!exec->kernel_ctx)
				break;
		}
		set_member(btf, type, exec->kernel_ctx, members[i].member,
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
