/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_ARENA: pages that programs and a user share. The user has them at an address that the map knows (map_extra, or
 * where they were first mapped), and pointers in them are his: programs keep the low 32 bits and add the rest again by casts.
 * Here a program's access is looked up page by page: where none is, a load reads 0 and a store is dropped.
 */
#ifndef RQ_MAP_ARENA_H
#define RQ_MAP_ARENA_H

#include "map/map.h"

#define RQ_MAP_F_NO_USER_CONV (1u << 18) /* BPF_F_NO_USER_CONV: programs keep addresses of 32 bits */

/* Where the user has the arena, or will have it; 0: nobody said yet. */
uint64_t rq_arena_start(const struct rq_map *map);

/*
 * May a user map @length bytes at @address (0: anywhere)? 0, or the kernel's -EINVAL, -E2BIG, -EBUSY. When it is done,
 * rq_arena_placed() makes the first such place the arena's.
 */
int rq_arena_check_place(struct rq_map *map, uint64_t address, uint64_t length);
int rq_arena_placed(struct rq_map *map, uint64_t address, uint64_t length);

/* The memory of @size bytes at a program's @address, or NULL when a page is missing. In any context. */
void *rq_arena_memory(struct rq_map *map, uint32_t address, uint32_t size);

/*
 * @count pages in a row, zeroed, at @address or anywhere when that is 0. What a user sees them at, or 0. Task context: it makes
 * system calls.
 */
uint64_t rq_arena_alloc(struct rq_map *map, uint64_t address, uint32_t count);
void rq_arena_free(struct rq_map *map, uint64_t address, uint32_t count);
/* Keep alloc() from pages that nobody has yet: 0, -EINVAL, -EBUSY. */
int rq_arena_reserve(struct rq_map *map, uint64_t address, uint32_t count);

#endif
