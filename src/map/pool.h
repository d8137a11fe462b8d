/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Free elements of a map, by number. One list for each virtual CPU, and one for system calls; who finds his own empty takes a
 * number that nobody had yet, then from the lists of others. Lock-free: an NMI may land inside any of these calls and make
 * another. A list's head holds a count beside the number, so that a take that was interrupted notices.
 */
#ifndef RQ_MAP_POOL_H
#define RQ_MAP_POOL_H

#include <stdatomic.h>
#include <stdint.h>

#define RQ_POOL_LINE 64

struct rq_pool_list {
	_Alignas(RQ_POOL_LINE) _Atomic uint64_t head; /* count << 32 | number, 0: empty */
};

struct rq_pool {
	struct rq_pool_list *lists; /* of rq_alloc_pages(): cache-line aligned */
	uint32_t list_count;
	uint32_t first, last; /* numbers; 0 is none */
	_Atomic uint32_t fresh; /* the next number that nobody had yet; above last: none left */
	/* Where element @number keeps its link while it is free. */
	_Atomic uint32_t *(*link)(void *elements, uint32_t number);
	void *elements;
};

/* -ENOMEM. @cpus lists and one more; @link and @elements are set by the caller. */
int rq_pool_init(struct rq_pool *pool, unsigned int cpus, uint32_t first, uint32_t last);
void rq_pool_end(struct rq_pool *pool);

/* 0: there is none. @cpu as rq_map_cpu() gives. In any context. */
uint32_t rq_pool_take(struct rq_pool *pool, unsigned int cpu);
void rq_pool_give(struct rq_pool *pool, unsigned int cpu, uint32_t number);

#endif
