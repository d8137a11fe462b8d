/* SPDX-License-Identifier: BSD-2-Clause */
/* What the map types share. */
#ifndef RQ_MAP_INTERNAL_H
#define RQ_MAP_INTERNAL_H

#include <string.h>

#include "map/map.h"

#define RQ_BIT(kind) (1u << (kind))

/* Gates of map types: corpus/map-types.tsv. */
#define RQ_FIELDS_LOCKS	    (RQ_BIT(RQ_FIELD_SPIN_LOCK) | RQ_BIT(RQ_FIELD_RES_SPIN_LOCK))
#define RQ_FIELDS_CALLBACKS (RQ_BIT(RQ_FIELD_TIMER) | RQ_BIT(RQ_FIELD_WORKQUEUE) | RQ_BIT(RQ_FIELD_TASK_WORK))
#define RQ_FIELDS_KPTRS                                                                            \
	(RQ_BIT(RQ_FIELD_KPTR_UNTRUSTED) | RQ_BIT(RQ_FIELD_KPTR_REF) |                             \
	 RQ_BIT(RQ_FIELD_KPTR_PERCPU) | RQ_BIT(RQ_FIELD_REFCOUNT))
#define RQ_FIELDS_ROOTS (RQ_BIT(RQ_FIELD_LIST_HEAD) | RQ_BIT(RQ_FIELD_RB_ROOT))

/* Flags that say who may read and write, of every type that allows them. */
#define RQ_FLAGS_ACCESS (BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)

static inline uint32_t rq_round_up_8(uint32_t size)
{
	return (size + 7) & ~7u;
}

/* Flags of an update, BPF_F_LOCK included if the value has a bpf_spin_lock. */
static inline bool rq_map_update_flags_ok(const struct rq_map *map, uint64_t flags)
{
	if ((flags & ~(uint64_t)BPF_F_LOCK) > BPF_EXIST)
		return false;
	return !(flags & BPF_F_LOCK) || (map->record && map->record->spin_lock_offset >= 0);
}

/* Both access flags of one side exclude each other; a NUMA node must be one that there is: 0. */
int rq_map_check_flags(const union bpf_attr *attr, uint32_t allowed);

/*
 * Bytes between values and elsewhere. Values are shared with programs that run at the same time, so words are copied whole:
 * nobody sees half of an aligned 8-byte word. The value side is 8-byte aligned.
 */
void rq_copy_into_value(void *value, const void *bytes, size_t size);
void rq_copy_from_value(void *bytes, const void *value, size_t size);

/* Zero, but for special fields. */
void rq_map_zero_value(const struct rq_map *map, void *value);

/* A value of one CPU, of 8-byte rounded size towards users: like the kernel, what fills it up is kept. */
void rq_map_copy_cpu_value(const struct rq_map *map, void *destination, const void *source);
void rq_map_copy_cpu_value_to_user(const struct rq_map *map, void *destination, const void *source);

/* Bytes of the values of all CPUs, side by side, as users have them. */
uint32_t rq_map_cpu_values_size(const struct rq_map *map);
/* Values of all CPUs, the one of CPU n at @values + n * @distance, from or to what a user has side by side. */
void rq_map_copy_cpu_values(const struct rq_map *map, uint8_t *values, size_t distance, const uint8_t *bytes);
void rq_map_copy_cpu_values_to_user(const struct rq_map *map, uint8_t *bytes, const uint8_t *values, size_t distance);

/* The key of maps whose keys are 0 .. max_entries - 1: it may lie anywhere. */
static inline uint32_t rq_map_index(const void *key)
{
	uint32_t index;

	memcpy(&index, key, sizeof(index));
	return index;
}

/* Copy a value under its bpf_spin_lock, as BPF_F_LOCK asks. 0, or what rq_map_lock() gives. */
int rq_map_copy_value_locked(struct rq_map *map, void *value, const void *bytes);
int rq_map_copy_value_to_user_locked(struct rq_map *map, void *bytes, void *value);

/* Give back what a value's special fields own. */
void rq_map_release_fields(const struct rq_map *map, void *value);

#endif
