// SPDX-License-Identifier: BSD-2-Clause
/* Pages of arenas (map/arena.h). Another map in an arena's place, or a node that there is not, gives no pages. */
#include <errno.h>

#include "func/args.h"
#include "func/tables.h"
#include "map/arena.h"
#include "vm/vm.h"

#define NO_NODE (-1)

static struct rq_map *arena_of(uint64_t address)
{
	struct rq_map *map = (struct rq_map *)(uintptr_t)address;

	return (int)map->ops->type == RQ_MAP_TYPE_ARENA ? map : NULL;
}

static uint64_t alloc_pages(struct rq_exec *exec, uint64_t map, uint64_t address, uint64_t count, uint64_t node, uint64_t flags)
{
	if (!arena_of(map) || flags || ((int)node != NO_NODE && (int)node))
		return 0;
	return rq_arena_alloc(arena_of(map), address, (uint32_t)count);
}

static uint64_t free_pages(struct rq_exec *exec, uint64_t map, uint64_t address, uint64_t count, uint64_t r4, uint64_t r5)
{
	if (arena_of(map) && (uint32_t)count && address)
		rq_arena_free(arena_of(map), address, (uint32_t)count);
	return 0;
}

static uint64_t reserve_pages(struct rq_exec *exec, uint64_t map, uint64_t address, uint64_t count, uint64_t r4, uint64_t r5)
{
	return arena_of(map) ? (int64_t)rq_arena_reserve(arena_of(map), address, (uint32_t)count) : -EINVAL;
}

#define KFUNC(kfunc, kernel, function)                                                                                 \
	{ .name = kfunc, .flags = RQ_KF_TRUSTED_ARGS | RQ_KF_SLEEPABLE, .since = (kernel), .call = (function) }

static const struct rq_func rows[] = {
	KFUNC("bpf_arena_alloc_pages", RQ_KERNEL_6_15, alloc_pages),
	KFUNC("bpf_arena_free_pages", RQ_KERNEL_6_15, free_pages),
	KFUNC("bpf_arena_reserve_pages", RQ_KERNEL_6_18, reserve_pages),
};

RQ_FUNC_TABLE(rq_arena_funcs, rows);
