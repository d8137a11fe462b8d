/* SPDX-License-Identifier: BSD-2-Clause */
/* Which maps a program may use at all, whatever it does with them: docs/verifier.md, "Maps". */
#include <errno.h>

#include "map/arena.h"
#include "map/storage.h"
#include "verifier/calls.h"

#define BIT(kind) (1u << (kind))

/* maps 1, locks 1: special fields that probes may not meet yet, in the kernel's order. */
static const struct {
	uint32_t kinds;
	const char *refused;
} probe_gates[] = {
	{ BIT(RQ_FIELD_LIST_HEAD) | BIT(RQ_FIELD_RB_ROOT), "tracing progs cannot use bpf_{list_head,rb_root} yet" },
	{ BIT(RQ_FIELD_SPIN_LOCK) | BIT(RQ_FIELD_RES_SPIN_LOCK), NULL /* its type says: locks_refused */ },
	{ BIT(RQ_FIELD_TIMER), "tracing progs cannot use bpf_timer yet" },
	{ BIT(RQ_FIELD_WORKQUEUE), "tracing progs cannot use bpf_wq yet" },
};

static const char *refused_field(struct rq_verifier *v, const struct rq_record *record)
{
	const struct rq_prog_type *type = v->prog->type;

	for (unsigned int i = 0; record && i < sizeof(probe_gates) / sizeof(*probe_gates); i++) {
		bool lock = !probe_gates[i].refused;

		if (!(record->kinds & probe_gates[i].kinds))
			continue;
		if (lock && !rq_since(v, type->locks_since))
			return type->locks_refused;
		if (!lock && type->probe && v->kernel < RQ_KERNEL_RELAXED)
			return probe_gates[i].refused;
	}
	return NULL;
}

/* maps 2 */
static bool may_be_used_asleep(const struct rq_map *map)
{
	switch ((uint32_t)map->ops->type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
	case BPF_MAP_TYPE_INODE_STORAGE:
	case BPF_MAP_TYPE_SK_STORAGE:
	case BPF_MAP_TYPE_TASK_STORAGE:
	case RQ_MAP_TYPE_CGRP_STORAGE:
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
	case RQ_MAP_TYPE_ARENA:
		return true;
	default:
		return false;
	}
}

/* Types of which a program has one map at most: maps 3. */
static const struct {
	enum bpf_map_type type;
	const char *refused;
} single[] = {
	{ BPF_MAP_TYPE_CGROUP_STORAGE, "only one cgroup storage of each type is allowed" },
	{ BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, "only one cgroup storage of each type is allowed" },
	{ (enum bpf_map_type)RQ_MAP_TYPE_ARENA, "Only one arena per program" },
};

static const char *refused_second(const struct rq_prog *prog, uint32_t index)
{
	for (unsigned int i = 0; i < sizeof(single) / sizeof(*single); i++) {
		if (single[i].type != prog->maps[index]->ops->type)
			continue;
		for (uint32_t other = 0; other < index; other++)
			if (prog->maps[other]->ops->type == single[i].type)
				return single[i].refused;
	}
	return NULL;
}

int rq_check_maps(struct rq_verifier *v)
{
	for (uint32_t i = 0; i < v->prog->map_count; i++) {
		const struct rq_map *map = v->prog->maps[i];
		const char *refused = refused_field(v, map->record);
		int error = -EINVAL;

		if (!refused && map->ops->type == BPF_MAP_TYPE_STRUCT_OPS)
			refused = "bpf_struct_ops map cannot be used in prog";
		if (!refused && v->prog->sleepable && !may_be_used_asleep(map))
			refused = "Sleepable programs can only use array, hash, ringbuf and local storage maps";
		if (!refused) {
			refused = refused_second(v->prog, i);
			error = -EBUSY;
		}
		if (!refused && (int)map->ops->type == RQ_MAP_TYPE_ARENA && !rq_arena_start(map)) {
			refused = "arena's user address must be set via map_extra or mmap()";
			error = -EINVAL;
		}
		if (!refused)
			continue;
		v->insn = RQ_NO_INSN; /* no instruction is at fault */
		return rq_reject(v, error, "%s", refused);
	}
	return 0;
}
