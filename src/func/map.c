// SPDX-License-Identifier: BSD-2-Clause
/* Helpers on elements of maps. The work is the map type's; what it lacks is -EOPNOTSUPP, as in the kernel. */
#include <errno.h>

#include "func/args.h"
#include "func/tables.h"
#include "map/map.h"
#include "vm/vm.h"

static struct rq_map *map_of(uint64_t address)
{
	return (struct rq_map *)(uintptr_t)address;
}

static uint64_t map_lookup(struct rq_exec *exec, uint64_t map, uint64_t key, uint64_t r3, uint64_t r4, uint64_t r5)
{
	/* Of the types that have none, only those without elements get here: the verifier refuses the others. */
	if (!map_of(map)->ops->lookup)
		return 0;
	return (uintptr_t)map_of(map)->ops->lookup(map_of(map), (const void *)(uintptr_t)key);
}

static uint64_t map_lookup_on_cpu(struct rq_exec *exec, uint64_t map, uint64_t key, uint64_t cpu, uint64_t r4, uint64_t r5)
{
	if (!map_of(map)->ops->lookup_cpu)
		return 0;
	return (uintptr_t)map_of(map)->ops->lookup_cpu(map_of(map), (const void *)(uintptr_t)key, cpu);
}

static uint64_t map_update(struct rq_exec *exec, uint64_t map, uint64_t key, uint64_t value, uint64_t flags, uint64_t r5)
{
	if (!map_of(map)->ops->update)
		return -EOPNOTSUPP;
	return (int64_t)map_of(map)->ops->update(map_of(map), (const void *)(uintptr_t)key, (const void *)(uintptr_t)value,
						 flags);
}

static uint64_t map_delete(struct rq_exec *exec, uint64_t map, uint64_t key, uint64_t r3, uint64_t r4, uint64_t r5)
{
	if (!map_of(map)->ops->remove)
		return -EOPNOTSUPP;
	return (int64_t)map_of(map)->ops->remove(map_of(map), (const void *)(uintptr_t)key);
}

static uint64_t map_push(struct rq_exec *exec, uint64_t map, uint64_t value, uint64_t flags, uint64_t r4, uint64_t r5)
{
	if (!map_of(map)->ops->push)
		return -EOPNOTSUPP;
	return (int64_t)map_of(map)->ops->push(map_of(map), (const void *)(uintptr_t)value, flags);
}

static uint64_t map_pop(struct rq_exec *exec, uint64_t map, uint64_t value, uint64_t r3, uint64_t r4, uint64_t r5)
{
	if (!map_of(map)->ops->pop)
		return -EOPNOTSUPP;
	return (int64_t)map_of(map)->ops->pop(map_of(map), (void *)(uintptr_t)value);
}

static uint64_t map_peek(struct rq_exec *exec, uint64_t map, uint64_t value, uint64_t r3, uint64_t r4, uint64_t r5)
{
	if (!map_of(map)->ops->peek)
		return -EOPNOTSUPP;
	return (int64_t)map_of(map)->ops->peek(map_of(map), (void *)(uintptr_t)value);
}

static const struct rq_func rows[] = {
	{ "bpf_map_lookup_elem", BPF_FUNC_map_lookup_elem, RQ_FUNC_PKT_ACCESS, RQ_DUTY_MAP_LOOKUP, RQ_KERNEL_6_15,
	  RQ_GROUP_BASE, RQ_RET_MAP_VALUE_OR_NULL, NULL, { MAP, KEY }, map_lookup },
	{ "bpf_map_update_elem", BPF_FUNC_map_update_elem, RQ_FUNC_PKT_ACCESS, RQ_DUTY_MAP_UPDATE, RQ_KERNEL_6_15,
	  RQ_GROUP_BASE, RQ_RET_INTEGER, NULL, { MAP, KEY, VALUE, ANY }, map_update },
	{ "bpf_map_delete_elem", BPF_FUNC_map_delete_elem, RQ_FUNC_PKT_ACCESS, RQ_DUTY_MAP_DELETE, RQ_KERNEL_6_15,
	  RQ_GROUP_BASE, RQ_RET_INTEGER, NULL, { MAP, KEY }, map_delete },
	{ "bpf_map_push_elem", BPF_FUNC_map_push_elem, RQ_FUNC_PKT_ACCESS, RQ_DUTY_NONE, RQ_KERNEL_6_15,
	  RQ_GROUP_BASE, RQ_RET_INTEGER, NULL, { MAP, VALUE, ANY }, map_push },
	{ "bpf_map_pop_elem", BPF_FUNC_map_pop_elem, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15,
	  RQ_GROUP_BASE, RQ_RET_INTEGER, NULL, { MAP, VALUE_OUT }, map_pop },
	{ "bpf_map_peek_elem", BPF_FUNC_map_peek_elem, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15,
	  RQ_GROUP_BASE, RQ_RET_INTEGER, NULL, { MAP, VALUE_OUT }, map_peek },
	{ "bpf_map_lookup_percpu_elem", BPF_FUNC_map_lookup_percpu_elem, RQ_FUNC_PKT_ACCESS, RQ_DUTY_MAP_LOOKUP,
	  RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_MAP_VALUE_OR_NULL, NULL, { MAP, KEY, ANY }, map_lookup_on_cpu },
};

RQ_FUNC_TABLE(rq_map_funcs, rows);
