// SPDX-License-Identifier: BSD-2-Clause
/* What calls back into the program: loops, walks over maps. A callback that throws ends the walk at once. */
#include <errno.h>

#include "func/args.h"
#include "func/tables.h"
#include "map/map.h"
#include "vm/vm.h"

#define LOOPS_MAX (8 << 20)

static uint64_t loop(struct rq_exec *exec, uint64_t count, uint64_t callback, uint64_t data, uint64_t flags, uint64_t r5)
{
	uint32_t i;

	if (flags)
		return -EINVAL;
	if ((uint32_t)count > LOOPS_MAX)
		return -E2BIG;
	for (i = 0; i < (uint32_t)count;) {
		uint64_t stop = rq_vm_callback(exec, callback, i, data, 0, 0, 0);

		i++;
		if (stop || exec->left)
			break;
	}
	return i;
}

struct walk {
	struct rq_exec *exec;
	struct rq_map *map;
	uint32_t callback;
	uint64_t data;
	uint64_t visited;
};

static int visit(void *arg, const void *key, void *value)
{
	struct walk *walk = arg;
	uint64_t stop = rq_vm_callback(walk->exec, walk->callback, (uintptr_t)walk->map, (uintptr_t)key, (uintptr_t)value,
				       walk->data, 0);

	walk->visited++;
	return stop || walk->exec->left;
}

static uint64_t for_each_map_elem(struct rq_exec *exec, uint64_t map, uint64_t callback, uint64_t data, uint64_t flags,
				  uint64_t r5)
{
	struct walk walk = { exec, (struct rq_map *)(uintptr_t)map, callback, data, 0 };

	if (flags)
		return -EINVAL;
	if (!walk.map->ops->for_each)
		return -EINVAL;
	walk.map->ops->for_each(walk.map, visit, &walk);
	return walk.visited;
}

/* Like kernel threads, the tasks here have no memory of their own: the callback is never called. */
static uint64_t no_vma(struct rq_exec *exec, uint64_t task, uint64_t address, uint64_t callback, uint64_t data, uint64_t flags)
{
	return flags ? -EINVAL : -ENOENT;
}

static const struct rq_func rows[] = {
	{ "bpf_loop", BPF_FUNC_loop, 0, RQ_DUTY_LOOP, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER, NULL,
	  { ANY, FUNC, CALLBACK_DATA, ANY }, loop },
	{ "bpf_for_each_map_elem", BPF_FUNC_for_each_map_elem, 0, RQ_DUTY_FOR_EACH_MAP_ELEM, RQ_KERNEL_6_15,
	  RQ_GROUP_BASE, RQ_RET_INTEGER, NULL, { MAP, FUNC, CALLBACK_DATA, ANY }, for_each_map_elem },
	{ "bpf_find_vma", BPF_FUNC_find_vma, 0, RQ_DUTY_FIND_VMA, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER, NULL,
	  { BTF("task_struct"), ANY, FUNC, CALLBACK_DATA, ANY }, no_vma },
};

RQ_FUNC_TABLE(rq_callback_funcs, rows);
