// SPDX-License-Identifier: BSD-2-Clause
/* Perf events and stacks. A machine counts no events and shows no stacks; nobody reads what is put out. */
#include <errno.h>

#include "cpu/cpu.h"
#include "func/args.h"
#include "func/tables.h"
#include "map/map.h"
#include "vm/vm.h"

#define STACK_FLAGS (BPF_F_SKIP_FIELD_MASK | BPF_F_USER_STACK | BPF_F_FAST_STACK_CMP | BPF_F_REUSE_STACKID)

/* The slot that @flags name: as in a kernel where no user has put an event in. */
static int empty_slot(const struct rq_exec *exec, const struct rq_map *map, uint64_t flags, uint64_t flags_allowed)
{
	uint64_t index = flags & BPF_F_INDEX_MASK;

	if (flags & ~flags_allowed)
		return -EINVAL;
	if (index == BPF_F_CURRENT_CPU)
		index = rq_cpu_number(exec->cpu);
	return index >= map->max_entries ? -E2BIG : -ENOENT;
}

/* bpf_perf_event_output(), bpf_skb_output(), bpf_xdp_output() */
static uint64_t perf_event_output(struct rq_exec *exec, uint64_t ctx, uint64_t map, uint64_t flags, uint64_t data, uint64_t size)
{
	return (int64_t)empty_slot(exec, (const struct rq_map *)(uintptr_t)map, flags, BPF_F_INDEX_MASK | BPF_F_CTXLEN_MASK);
}

static uint64_t perf_event_read(struct rq_exec *exec, uint64_t map, uint64_t flags, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return (int64_t)empty_slot(exec, (const struct rq_map *)(uintptr_t)map, flags, BPF_F_INDEX_MASK);
}

static uint64_t perf_event_read_value(struct rq_exec *exec, uint64_t map, uint64_t flags, uint64_t to, uint64_t size, uint64_t r5)
{
	if ((uint32_t)size != sizeof(struct bpf_perf_event_value))
		return -EINVAL;
	return perf_event_read(exec, map, flags, 0, 0, 0);
}

static uint64_t get_stackid(struct rq_exec *exec, uint64_t ctx, uint64_t map, uint64_t flags, uint64_t r4, uint64_t r5)
{
	return flags & ~(uint64_t)STACK_FLAGS ? -EINVAL : -EFAULT;
}

static uint64_t get_stack(struct rq_exec *exec, uint64_t ctx, uint64_t to, uint64_t size, uint64_t flags, uint64_t r5)
{
	return get_stackid(exec, ctx, 0, flags, 0, 0);
}

#define ROW(name, flags, group, call, ...)                                                                             \
	{ "bpf_" #name, BPF_FUNC_##name, GPL | (flags), RQ_DUTY_NONE, RQ_KERNEL_6_15, group, RQ_RET_INTEGER, NULL,     \
	  __VA_ARGS__, call }

static const struct rq_func rows[] = {
	ROW(perf_event_output, 0, RQ_GROUP_OUTPUT, perf_event_output, { CONTEXT, MAP, ANY, MEM, SIZE_OR_0 }),
	ROW(perf_event_read, 0, RQ_GROUP_BASE, perf_event_read, { MAP, ANY }),
	ROW(perf_event_read_value, 0, RQ_GROUP_BASE, perf_event_read_value, { MAP, ANY, OUT, SIZE }),
	ROW(perf_prog_read_value, 0, RQ_GROUP_PERF_EVENT, NULL, { CONTEXT, OUT, SIZE }),
	ROW(get_stackid, 0, RQ_GROUP_TRACING, get_stackid, { CONTEXT, MAP, ANY }),
	ROW(get_stack, RQ_FUNC_RETURNS_LENGTH, RQ_GROUP_TRACING, get_stack, { CONTEXT, OUT, SIZE_OR_0, ANY }),
};

RQ_FUNC_TABLE(rq_perf_funcs, rows);
