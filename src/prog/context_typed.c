/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contexts whose members are pointers to the kernel's objects: the u64 arguments of programs that attach to functions, and
 * what netfilter programs get. Objects are zeroed; whatever reads through a pointer in one of them finds zero too.
 */
#include "prog/context.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <string.h>

#define ARGUMENTS    12
#define OBJECT_ALIGN 64

static uint64_t *arguments_of(struct rq_ctx_space *space)
{
	return (uint64_t *)((struct rq_host_ctx *)space)->uapi;
}

static size_t object_size(const struct rq_btf *btf, uint32_t id)
{
	int64_t size = id ? rq_btf_size_of(btf, id) : 0;

	return size > 0 ? ((size_t)size + OBJECT_ALIGN - 1) & ~(size_t)(OBJECT_ALIGN - 1) : 0;
}

/* The struct that the argument at @place points to, 0 when it is no pointer to one, negative behind the last argument. */
static int64_t object_at(const struct rq_prog *prog, const struct rq_prog_target *target, uint32_t place)
{
	uint32_t type_id;
	int index = rq_prog_argument(prog, target, place, &type_id);

	return index < 0 ? index : rq_prog_object(prog, type_id);
}

size_t rq_context_objects_size(const struct rq_prog *prog)
{
	struct rq_prog_target target;
	size_t size = OBJECT_ALIGN;
	int64_t id;

	if (!rq_prog_target(prog, &target))
		return size;
	for (uint32_t place = 0; place < ARGUMENTS && (id = object_at(prog, &target, place)) >= 0; place++)
		size += object_size(prog->attach_btf, (uint32_t)id);
	return size;
}

/* ctx_in: the arguments, and behind them the bytes of the objects that they point to, one after another. */
RQ_CONTEXT_BEGIN(rq_context_begin_typed)
{
	uint64_t *arguments = arguments_of(space);
	uint8_t *objects = (uint8_t *)((struct rq_host_ctx *)space + 1);
	const uint8_t *in = run->ctx_in;
	struct rq_prog_target target;
	uint32_t taken = run->ctx_size_in, count = 0, given;
	int64_t id;

	memset(space, 0, sizeof(struct rq_host_ctx));
	*ctx = arguments;
	if (!rq_prog_target(prog, &target))
		return -EINVAL;
	while (count < ARGUMENTS && object_at(prog, &target, count) >= 0)
		count++;
	if (taken && !in)
		return -EINVAL;
	given = taken < count * 8 ? taken : count * 8;
	if (given)
		memcpy(arguments, in, given);
	for (uint32_t place = 0; place < count; place++) {
		size_t size, bytes;

		id = object_at(prog, &target, place);
		size = object_size(prog->attach_btf, (uint32_t)id);
		if (!size)
			continue;
		bytes = (size_t)rq_btf_size_of(prog->attach_btf, (uint32_t)id);
		bytes = taken - given < bytes ? taken - given : bytes;
		memset(objects, 0, size);
		if (bytes)
			memcpy(objects, in + given, bytes);
		given += (uint32_t)bytes;
		/* A table of functions writes to what it gets: never to a place that somebody made up. */
		if (!arguments[place] || prog->type->type == BPF_PROG_TYPE_STRUCT_OPS)
			arguments[place] = (uintptr_t)objects;
		objects += size;
	}
	return given < taken ? -EINVAL : 0;
}
