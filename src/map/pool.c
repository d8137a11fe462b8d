/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/pool.h"

#include <errno.h>

#include "base/memory.h"

int rq_pool_init(struct rq_pool *pool, unsigned int cpus, uint32_t first, uint32_t last)
{
	pool->list_count = cpus + 1;
	pool->lists = rq_alloc_pages(pool->list_count * sizeof(pool->lists[0]), false);
	pool->first = first;
	pool->last = last;
	atomic_init(&pool->fresh, first);
	return pool->lists ? 0 : -ENOMEM;
}

void rq_pool_end(struct rq_pool *pool)
{
	rq_free_pages(pool->lists, pool->list_count * sizeof(pool->lists[0]));
}

static uint32_t take_from(struct rq_pool *pool, struct rq_pool_list *list)
{
	/* Acquire: pairs with the release in rq_pool_give(): the link that the giver wrote is seen. */
	uint64_t head = atomic_load_explicit(&list->head, memory_order_acquire), next;

	do {
		if (!(uint32_t)head)
			return 0;
		/* The element may be taken and linked elsewhere meanwhile: then the count differs and the exchange fails. */
		next = atomic_load_explicit(pool->link(pool->elements, head), memory_order_relaxed);
		next |= ((head >> 32) + 1) << 32;
	} while (!atomic_compare_exchange_weak_explicit(&list->head, &head, next, memory_order_acquire,
							memory_order_acquire));
	return head;
}

static uint32_t take_fresh(struct rq_pool *pool)
{
	uint32_t number = atomic_load_explicit(&pool->fresh, memory_order_relaxed);

	do {
		if (number > pool->last)
			return 0;
	} while (!atomic_compare_exchange_weak_explicit(&pool->fresh, &number, number + 1, memory_order_relaxed,
							memory_order_relaxed));
	return number;
}

uint32_t rq_pool_take(struct rq_pool *pool, unsigned int cpu)
{
	uint32_t number = take_from(pool, &pool->lists[cpu]);

	if (!number)
		number = take_fresh(pool);
	for (uint32_t i = 1; !number && i < pool->list_count; i++)
		number = take_from(pool, &pool->lists[(cpu + i) % pool->list_count]);
	return number;
}

void rq_pool_give(struct rq_pool *pool, unsigned int cpu, uint32_t number)
{
	struct rq_pool_list *list = &pool->lists[cpu];
	uint64_t head = atomic_load_explicit(&list->head, memory_order_relaxed);

	do
		atomic_store_explicit(pool->link(pool->elements, number), (uint32_t)head, memory_order_release);
	/* Release: pairs with the acquire in take_from(). */
	while (!atomic_compare_exchange_weak_explicit(&list->head, &head, ((head >> 32) + 1) << 32 | number,
						      memory_order_release, memory_order_relaxed));
}
