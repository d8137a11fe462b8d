// SPDX-License-Identifier: BSD-2-Clause
/* Ring buffers and perf event output. */
#include "func/args.h"
#include "func/tables.h"
#include "map/ringbuf.h"

#define RECORD { RQ_ARG_RINGBUF_MEM, .flags = RQ_ARG_RELEASES }

static struct rq_map *map_of(uint64_t address)
{
	return (struct rq_map *)(uintptr_t)address;
}

static uint64_t ringbuf_output(struct rq_exec *exec, uint64_t map, uint64_t data, uint64_t size, uint64_t flags,
			       uint64_t r5)
{
	return (int64_t)rq_ringbuf_output(map_of(map), (const void *)(uintptr_t)data, size, flags);
}

static uint64_t ringbuf_reserve(struct rq_exec *exec, uint64_t map, uint64_t size, uint64_t flags, uint64_t r4,
				uint64_t r5)
{
	return (uintptr_t)rq_ringbuf_reserve(map_of(map), size, flags);
}

static uint64_t ringbuf_submit(struct rq_exec *exec, uint64_t record, uint64_t flags, uint64_t r3, uint64_t r4,
			       uint64_t r5)
{
	rq_ringbuf_submit((void *)(uintptr_t)record, flags);
	return 0;
}

static uint64_t ringbuf_discard(struct rq_exec *exec, uint64_t record, uint64_t flags, uint64_t r3, uint64_t r4,
				uint64_t r5)
{
	rq_ringbuf_discard((void *)(uintptr_t)record, flags);
	return 0;
}

static uint64_t ringbuf_query(struct rq_exec *exec, uint64_t map, uint64_t what, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return rq_ringbuf_query(map_of(map), what);
}

static const struct rq_func rows[] = {
	{ "bpf_ringbuf_output", BPF_FUNC_ringbuf_output, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER,
	  NULL, { MAP, MEM, SIZE_OR_0, ANY }, ringbuf_output },
	{ "bpf_ringbuf_reserve", BPF_FUNC_ringbuf_reserve, RQ_KF_ACQUIRE, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_RINGBUF_MEM_OR_NULL, NULL, { MAP, ALLOC_SIZE, ANY }, ringbuf_reserve },
	{ "bpf_ringbuf_submit", BPF_FUNC_ringbuf_submit, RQ_KF_RELEASE, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_VOID, NULL, { RECORD, ANY }, ringbuf_submit },
	{ "bpf_ringbuf_discard", BPF_FUNC_ringbuf_discard, RQ_KF_RELEASE, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_VOID, NULL, { RECORD, ANY }, ringbuf_discard },
	{ "bpf_ringbuf_query", BPF_FUNC_ringbuf_query, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER,
	  NULL, { MAP, ANY }, ringbuf_query },
	{ "bpf_get_func_ip", BPF_FUNC_get_func_ip, GPL, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_TRACING, RQ_RET_INTEGER,
	  NULL, { CONTEXT }, NULL },
	{ "bpf_get_attach_cookie", BPF_FUNC_get_attach_cookie, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_ATTACHED,
	  RQ_RET_INTEGER, NULL, { CONTEXT }, NULL },
};

RQ_FUNC_TABLE(rq_ringbuf_funcs, rows);
