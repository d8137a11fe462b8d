// SPDX-License-Identifier: BSD-2-Clause
/* Dynptrs: a size that is known at run time only, over memory, a ring buffer record or a packet. */
#include <errno.h>
#include <string.h>

#include "func/args.h"
#include "func/packet.h"
#include "func/tables.h"
#include "map/ringbuf.h"
#include "vm/vm.h"

#define SIZE_MAX_BYTES ((1u << 24) - 1)

enum kind { LOCAL, RINGBUF, SKB, XDP };

/* struct bpf_dynptr. No data: it is null. */
struct dynptr {
	uint64_t data; /* address of byte 0; of packets: the context */
	uint32_t size : 24, kind : 7, read_only : 1;
	uint32_t offset;
};

_Static_assert(sizeof(struct dynptr) == 16, "as struct bpf_dynptr");

static struct dynptr *dynptr_of(uint64_t address)
{
	return (struct dynptr *)(uintptr_t)address;
}

/* Bytes [offset, offset + size) of it; NULL: outside, or the packet has shrunk. */
static uint8_t *bytes_at(const struct dynptr *dynptr, uint32_t offset, uint32_t size)
{
	if (offset > dynptr->size || dynptr->size - offset < size)
		return NULL;
	if (dynptr->kind == SKB || dynptr->kind == XDP)
		return rq_packet_at((struct rq_host_ctx *)(uintptr_t)dynptr->data, (uint64_t)dynptr->offset + offset, size);
	return (uint8_t *)(uintptr_t)dynptr->data + dynptr->offset + offset;
}

static uint64_t from_mem(struct rq_exec *exec, uint64_t data, uint64_t size, uint64_t flags, uint64_t to, uint64_t r5)
{
	*dynptr_of(to) = (struct dynptr){ 0 };
	if ((uint32_t)size > SIZE_MAX_BYTES)
		return -E2BIG;
	if (flags)
		return -EINVAL;
	*dynptr_of(to) = (struct dynptr){ .data = data, .size = (uint32_t)size, .kind = LOCAL };
	return 0;
}

static uint64_t from_packet(struct rq_exec *exec, uint64_t ctx, uint64_t flags, uint64_t to, enum kind kind)
{
	const struct rq_host_ctx *host = (const struct rq_host_ctx *)(uintptr_t)ctx;

	*dynptr_of(to) = (struct dynptr){ 0 };
	if (flags)
		return -EINVAL;
	*dynptr_of(to) = (struct dynptr){ .data = ctx,
					  .size = (uint32_t)(host->data_end - host->data),
					  .kind = kind,
					  .read_only = kind == SKB && !exec->prog->type->may_write_packet };
	return 0;
}

static uint64_t from_skb(struct rq_exec *exec, uint64_t ctx, uint64_t flags, uint64_t to, uint64_t r4, uint64_t r5)
{
	return from_packet(exec, ctx, flags, to, SKB);
}

static uint64_t from_xdp(struct rq_exec *exec, uint64_t ctx, uint64_t flags, uint64_t to, uint64_t r4, uint64_t r5)
{
	return from_packet(exec, ctx, flags, to, XDP);
}

static uint64_t read_bytes(struct rq_exec *exec, uint64_t to, uint64_t size, uint64_t from, uint64_t offset, uint64_t flags)
{
	const struct dynptr *dynptr = dynptr_of(from);
	const uint8_t *bytes;

	if (!dynptr->data || flags)
		return -EINVAL;
	bytes = bytes_at(dynptr, (uint32_t)offset, (uint32_t)size);
	if (!bytes)
		return -E2BIG;
	memmove((void *)(uintptr_t)to, bytes, (uint32_t)size);
	return 0;
}

static uint64_t write_bytes(struct rq_exec *exec, uint64_t to, uint64_t offset, uint64_t from, uint64_t size, uint64_t flags)
{
	const struct dynptr *dynptr = dynptr_of(to);
	uint8_t *bytes;

	if (!dynptr->data || dynptr->read_only)
		return -EINVAL;
	if (dynptr->kind == SKB ? flags & ~(uint64_t)(BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH) : flags)
		return -EINVAL;
	bytes = bytes_at(dynptr, (uint32_t)offset, (uint32_t)size);
	if (!bytes)
		return -E2BIG;
	memmove(bytes, (const void *)(uintptr_t)from, (uint32_t)size);
	return 0;
}

static uint64_t data_slice(struct rq_exec *exec, uint64_t from, uint64_t offset, uint64_t size, uint64_t r4, uint64_t r5)
{
	const struct dynptr *dynptr = dynptr_of(from);

	if (!dynptr->data || dynptr->read_only || (dynptr->kind != LOCAL && dynptr->kind != RINGBUF))
		return 0;
	return (uintptr_t)bytes_at(dynptr, (uint32_t)offset, (uint32_t)size);
}

/* The packet is in one piece: the buffer that was given for copies is never needed. */
static uint64_t slice(struct rq_exec *exec, uint64_t from, uint64_t offset, uint64_t buffer, uint64_t size, uint64_t r5)
{
	if (!dynptr_of(from)->data)
		return 0;
	return (uintptr_t)bytes_at(dynptr_of(from), (uint32_t)offset, (uint32_t)size);
}

static uint64_t slice_rdwr(struct rq_exec *exec, uint64_t from, uint64_t offset, uint64_t buffer, uint64_t size, uint64_t r5)
{
	return dynptr_of(from)->read_only ? 0 : slice(exec, from, offset, buffer, size, r5);
}

static uint64_t adjust(struct rq_exec *exec, uint64_t of, uint64_t start, uint64_t end, uint64_t r4, uint64_t r5)
{
	struct dynptr *dynptr = dynptr_of(of);

	if (!dynptr->data || (uint32_t)start > (uint32_t)end)
		return -EINVAL;
	if ((uint32_t)end > dynptr->size)
		return -ERANGE;
	dynptr->offset += (uint32_t)start;
	dynptr->size = (uint32_t)end - (uint32_t)start;
	return 0;
}

static uint64_t is_null(struct rq_exec *exec, uint64_t of, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return !dynptr_of(of)->data;
}

static uint64_t is_read_only(struct rq_exec *exec, uint64_t of, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return dynptr_of(of)->data && dynptr_of(of)->read_only;
}

static uint64_t size_of(struct rq_exec *exec, uint64_t of, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return dynptr_of(of)->data ? dynptr_of(of)->size : (uint64_t)-EINVAL;
}

static uint64_t clone_of(struct rq_exec *exec, uint64_t from, uint64_t to, uint64_t r3, uint64_t r4, uint64_t r5)
{
	*dynptr_of(to) = *dynptr_of(from);
	return dynptr_of(from)->data ? 0 : (uint64_t)-EINVAL;
}

static uint64_t copy(struct rq_exec *exec, uint64_t to, uint64_t to_offset, uint64_t from, uint64_t from_offset, uint64_t size)
{
	const uint8_t *source;
	uint8_t *target;

	if (!dynptr_of(to)->data || !dynptr_of(from)->data || dynptr_of(to)->read_only)
		return -EINVAL;
	source = bytes_at(dynptr_of(from), (uint32_t)from_offset, (uint32_t)size);
	target = bytes_at(dynptr_of(to), (uint32_t)to_offset, (uint32_t)size);
	if (!source || !target)
		return -E2BIG;
	memmove(target, source, (uint32_t)size);
	return 0;
}

static uint64_t fill(struct rq_exec *exec, uint64_t of, uint64_t offset, uint64_t size, uint64_t value, uint64_t r5)
{
	uint8_t *bytes;

	if (dynptr_of(of)->read_only)
		return -EINVAL;
	/* One that is null has no bytes, and is not refused for it. */
	if (!dynptr_of(of)->data)
		return (uint32_t)offset || (uint32_t)size ? -E2BIG : 0;
	bytes = bytes_at(dynptr_of(of), (uint32_t)offset, (uint32_t)size);
	if (!bytes)
		return -E2BIG;
	memset(bytes, (uint8_t)value, (uint32_t)size);
	return 0;
}

static uint64_t reserve(struct rq_exec *exec, uint64_t map, uint64_t size, uint64_t flags, uint64_t to, uint64_t r5)
{
	void *record;

	*dynptr_of(to) = (struct dynptr){ 0 };
	if (flags)
		return -EINVAL;
	if ((uint32_t)size > SIZE_MAX_BYTES)
		return -E2BIG;
	record = rq_ringbuf_reserve((struct rq_map *)(uintptr_t)map, (uint32_t)size, 0);
	if (!record)
		return -EINVAL;
	*dynptr_of(to) = (struct dynptr){ .data = (uintptr_t)record, .size = (uint32_t)size, .kind = RINGBUF };
	return 0;
}

/* A reservation that failed is null, and must be given up all the same. */
static uint64_t submit(struct rq_exec *exec, uint64_t of, uint64_t flags, uint64_t r3, uint64_t r4, uint64_t r5)
{
	if (dynptr_of(of)->data)
		rq_ringbuf_submit((void *)(uintptr_t)dynptr_of(of)->data, flags);
	*dynptr_of(of) = (struct dynptr){ 0 };
	return 0;
}

static uint64_t discard(struct rq_exec *exec, uint64_t of, uint64_t flags, uint64_t r3, uint64_t r4, uint64_t r5)
{
	if (dynptr_of(of)->data)
		rq_ringbuf_discard((void *)(uintptr_t)dynptr_of(of)->data, flags);
	*dynptr_of(of) = (struct dynptr){ 0 };
	return 0;
}

struct drain {
	struct rq_exec *exec;
	uint32_t callback;
	uint64_t data;
};

static bool take(void *arg, void *data, uint32_t size)
{
	struct dynptr sample = { .data = (uintptr_t)data, .size = size, .kind = LOCAL };
	struct drain *drain = arg;

	return rq_vm_callback(drain->exec, drain->callback, (uintptr_t)&sample, drain->data, 0, 0, 0) || drain->exec->left;
}

static uint64_t drain_user_ring(struct rq_exec *exec, uint64_t map, uint64_t callback, uint64_t data, uint64_t flags,
				uint64_t r5)
{
	struct drain drain = { exec, callback, data };

	return rq_ringbuf_drain((struct rq_map *)(uintptr_t)map, take, &drain, flags);
}

#define DYNPTR	       { RQ_ARG_DYNPTR }
#define NEW_DYNPTR     { RQ_ARG_DYNPTR_UNINIT }
#define RINGBUF_DYNPTR { RQ_ARG_DYNPTR, .flags = RQ_ARG_RELEASES | RQ_ARG_DYNPTR_RINGBUF }

#define HELPER(name, flags, duty, returns, ...)                                                                        \
	{ "bpf_" #name, BPF_FUNC_##name, flags, duty, RQ_KERNEL_6_15, RQ_GROUP_BASE, returns, NULL, __VA_ARGS__ }
#define KFUNC(kfunc, kf_flags, duty_, group, function)                                                                 \
	{ .name = kfunc, .flags = (kf_flags), .duty = (duty_), .since = RQ_KERNEL_6_15, .groups = (group), .call = (function) }

static const struct rq_func rows[] = {
	HELPER(dynptr_from_mem, 0, RQ_DUTY_DYNPTR_FROM_MEM, RQ_RET_INTEGER, { IN_OUT, SIZE_OR_0, ANY, NEW_DYNPTR }, from_mem),
	HELPER(ringbuf_reserve_dynptr, 0, RQ_DUTY_DYNPTR_RESERVE, RQ_RET_INTEGER, { MAP, ANY, ANY, NEW_DYNPTR }, reserve),
	HELPER(ringbuf_submit_dynptr, RQ_KF_RELEASE, RQ_DUTY_NONE, RQ_RET_VOID, { RINGBUF_DYNPTR, ANY }, submit),
	HELPER(ringbuf_discard_dynptr, RQ_KF_RELEASE, RQ_DUTY_NONE, RQ_RET_VOID, { RINGBUF_DYNPTR, ANY }, discard),
	HELPER(user_ringbuf_drain, 0, RQ_DUTY_USER_RINGBUF_DRAIN, RQ_RET_INTEGER, { MAP, FUNC, CALLBACK_DATA, ANY },
	       drain_user_ring),
	HELPER(dynptr_read, 0, RQ_DUTY_NONE, RQ_RET_INTEGER, { OUT, SIZE_OR_0, DYNPTR, ANY, ANY }, read_bytes),
	HELPER(dynptr_write, 0, RQ_DUTY_DYNPTR_WRITE, RQ_RET_INTEGER, { DYNPTR, ANY, MEM, SIZE_OR_0, ANY }, write_bytes),
	HELPER(dynptr_data, 0, RQ_DUTY_DYNPTR_DATA, RQ_RET_DYNPTR_MEM_OR_NULL, { DYNPTR, ANY, ALLOC_SIZE }, data_slice),
	KFUNC("bpf_dynptr_from_skb", RQ_KF_TRUSTED_ARGS, RQ_DUTY_DYNPTR_FROM_SKB, RQ_GROUP_SKB_DYNPTR, from_skb),
	KFUNC("bpf_dynptr_from_xdp", 0, RQ_DUTY_DYNPTR_FROM_XDP, RQ_GROUP_XDP, from_xdp),
	KFUNC("bpf_dynptr_slice", RQ_KF_RET_NULL, RQ_DUTY_DYNPTR_SLICE, 0, slice),
	KFUNC("bpf_dynptr_slice_rdwr", RQ_KF_RET_NULL, RQ_DUTY_DYNPTR_SLICE, 0, slice_rdwr),
	KFUNC("bpf_dynptr_adjust", 0, RQ_DUTY_NONE, 0, adjust),
	KFUNC("bpf_dynptr_is_null", 0, RQ_DUTY_NONE, 0, is_null),
	KFUNC("bpf_dynptr_is_rdonly", 0, RQ_DUTY_NONE, 0, is_read_only),
	KFUNC("bpf_dynptr_size", 0, RQ_DUTY_NONE, 0, size_of),
	KFUNC("bpf_dynptr_clone", 0, RQ_DUTY_DYNPTR_CLONE, 0, clone_of),
	KFUNC("bpf_dynptr_copy", 0, RQ_DUTY_NONE, 0, copy),
	KFUNC("bpf_dynptr_memset", 0, RQ_DUTY_NONE, 0, fill),
};

RQ_FUNC_TABLE(rq_dynptr_funcs, rows);
