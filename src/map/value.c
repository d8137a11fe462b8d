/* SPDX-License-Identifier: BSD-2-Clause */
/* Copying values: whole words, special fields left out, under a value's lock where that is asked for. */
#include "map/internal.h"
#include "map/lock.h"

void rq_copy_into_value(void *value, const void *bytes, size_t size)
{
	uint64_t *words = value;
	const uint8_t *from = bytes;
	size_t i;

	for (i = 0; i < size / 8; i++) {
		uint64_t word;

		memcpy(&word, from + i * 8, 8);
		__atomic_store_n(&words[i], word, __ATOMIC_RELAXED);
	}
	for (i *= 8; i < size; i++)
		__atomic_store_n((uint8_t *)value + i, from[i], __ATOMIC_RELAXED);
}

void rq_copy_from_value(void *bytes, const void *value, size_t size)
{
	const uint64_t *words = value;
	uint8_t *to = bytes;
	size_t i;

	for (i = 0; i < size / 8; i++) {
		uint64_t word = __atomic_load_n(&words[i], __ATOMIC_RELAXED);

		memcpy(to + i * 8, &word, 8);
	}
	for (i *= 8; i < size; i++)
		to[i] = __atomic_load_n((const uint8_t *)value + i, __ATOMIC_RELAXED);
}

/* Bytes @from .. @to of a value, which may begin in the middle of a word. */
static void copy_part(void *value, const void *bytes, uint32_t from, uint32_t to)
{
	uint8_t *target = (uint8_t *)value + from;
	const uint8_t *source = (const uint8_t *)bytes + from;

	for (; from < to && from % 8; from++)
		__atomic_store_n(target++, *source++, __ATOMIC_RELAXED);
	rq_copy_into_value(target, source, to - from);
}

void rq_map_copy_value(const struct rq_map *map, void *destination, const void *source)
{
	const struct rq_record *record = map->record;
	uint32_t at = 0;

	for (uint32_t i = 0; record && i < record->count; i++) {
		copy_part(destination, source, at, record->fields[i].offset);
		at = record->fields[i].offset + record->fields[i].size;
	}
	copy_part(destination, source, at, map->value_size);
}

void rq_map_copy_value_to_user(const struct rq_map *map, void *destination, const void *source)
{
	const struct rq_record *record = map->record;

	rq_copy_from_value(destination, source, map->value_size);
	for (uint32_t i = 0; record && i < record->count; i++)
		memset((uint8_t *)destination + record->fields[i].offset, 0, record->fields[i].size);
}

static void zero_part(uint8_t *value, uint32_t from, uint32_t to)
{
	while (from < to)
		if (from % 8 == 0 && to - from >= 8) {
			__atomic_store_n((uint64_t *)(value + from), 0, __ATOMIC_RELAXED);
			from += 8;
		} else {
			__atomic_store_n(value + from++, 0, __ATOMIC_RELAXED);
		}
}

void rq_map_zero_value(const struct rq_map *map, void *value)
{
	const struct rq_record *record = map->record;
	uint32_t at = 0;

	for (uint32_t i = 0; record && i < record->count; i++) {
		zero_part(value, at, record->fields[i].offset);
		at = record->fields[i].offset + record->fields[i].size;
	}
	zero_part(value, at, map->value_size);
}

void rq_map_copy_cpu_value(const struct rq_map *map, void *destination, const void *source)
{
	rq_map_copy_value(map, destination, source);
	copy_part(destination, source, map->value_size, rq_round_up_8(map->value_size));
}

void rq_map_copy_cpu_value_to_user(const struct rq_map *map, void *destination, const void *source)
{
	uint32_t size = map->value_size;

	rq_map_copy_value_to_user(map, destination, source);
	memcpy((uint8_t *)destination + size, (const uint8_t *)source + size, rq_round_up_8(size) - size);
}

uint32_t rq_map_cpu_values_size(const struct rq_map *map)
{
	return rq_round_up_8(map->value_size) * map->host->cpus;
}

void rq_map_copy_cpu_values(const struct rq_map *map, uint8_t *values, size_t distance, const uint8_t *bytes)
{
	for (unsigned int cpu = 0; cpu < map->host->cpus; cpu++, bytes += rq_round_up_8(map->value_size))
		rq_map_copy_cpu_value(map, values + cpu * distance, bytes);
}

void rq_map_copy_cpu_values_to_user(const struct rq_map *map, uint8_t *bytes, const uint8_t *values, size_t distance)
{
	for (unsigned int cpu = 0; cpu < map->host->cpus; cpu++, bytes += rq_round_up_8(map->value_size))
		rq_map_copy_cpu_value_to_user(map, bytes, values + cpu * distance);
}

static rqspinlock_t *spin_lock_of(const struct rq_map *map, void *value)
{
	return (rqspinlock_t *)((uint8_t *)value + map->record->spin_lock_offset);
}

int rq_map_copy_value_locked(struct rq_map *map, void *value, const void *bytes)
{
	struct rq_map_locked locked;
	int err = rq_map_lock(map->host, spin_lock_of(map, value), &locked);

	if (err)
		return err;
	rq_map_copy_value(map, value, bytes);
	rq_map_unlock(map->host, &locked);
	return 0;
}

int rq_map_copy_value_to_user_locked(struct rq_map *map, void *bytes, void *value)
{
	struct rq_map_locked locked;
	int err = rq_map_lock(map->host, spin_lock_of(map, value), &locked);

	if (err)
		return err;
	rq_map_copy_value_to_user(map, bytes, value);
	rq_map_unlock(map->host, &locked);
	return 0;
}

void rq_map_release_fields(const struct rq_map *map, void *value)
{
	if (map->record && (map->record->kinds & ~RQ_FIELDS_LOCKS) && map->host->release_fields)
		map->host->release_fields(map->machine, map, value);
}
