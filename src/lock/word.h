/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lock word and the only ways to access it.
 *
 * bits  0-13  owner: code (slot + 1) of the CPU that holds the lock; 0: nobody
 * bit   14    RESERVED: nobody holds it, but only the head of the queue may take it (barging order only)
 * bits 16-31  tail: code and node number of the last waiter; 0: nobody queues
 *
 *   0            --lock-->    owner             fast path
 *   owner        --join-->    owner | tail      a waiter joins the queue
 *   owner | tail --unlock-->  tail              the head takes it; in barging order, or a running thread that overtakes
 *   owner | tail --unlock-->  RESERVED | tail   overtaken for long enough: only the head takes it
 *   RESERVED                                    the queue left meanwhile: whoever comes takes it
 *
 * Width: in barging order every access is to one 16-bit half, in FIFO order to all 32 bits. Mixing costs a stalled store
 * forward in the fast path, and is beyond what memory models define. One order for all locks of a domain.
 */
#ifndef RQ_LOCK_WORD_H
#define RQ_LOCK_WORD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "rqspin/lock.h"

#define RQ_OWNER_NONE	  0x0000
#define RQ_OWNER_UNKNOWN  0x3fff /* a thread that has no slot */
#define RQ_OWNER_CODE	  0x3fff
#define RQ_OWNER_RESERVED 0x4000
#define RQ_TAIL_NONE	  0

#define RQ_TAIL_SHIFT 16

struct rq_halves {
	_Atomic uint16_t owner;
	_Atomic uint16_t tail;
};

static inline struct rq_halves *rq_halves(rqspinlock_t *lock)
{
	return (struct rq_halves *)lock;
}

static inline _Atomic uint32_t *rq_whole(rqspinlock_t *lock)
{
	return (_Atomic uint32_t *)lock;
}

static inline uint16_t rq_word_owner(rqspinlock_t *lock, bool fifo, memory_order order)
{
	if (fifo)
		return (uint16_t)atomic_load_explicit(rq_whole(lock), order);
	return atomic_load_explicit(&rq_halves(lock)->owner, order);
}

static inline uint16_t rq_word_tail(rqspinlock_t *lock, bool fifo, memory_order order)
{
	if (fifo)
		return atomic_load_explicit(rq_whole(lock), order) >> RQ_TAIL_SHIFT;
	return atomic_load_explicit(&rq_halves(lock)->tail, order);
}

/* Owner @from -> @to, whatever the tail is. Acquire: pairs with the release in rq_word_release() and the fast unlock. */
static inline bool rq_word_take(rqspinlock_t *lock, bool fifo, uint16_t from, uint16_t to)
{
	uint32_t whole;

	if (!fifo)
		return atomic_compare_exchange_strong_explicit(&rq_halves(lock)->owner, &from, to, memory_order_acquire,
							       memory_order_relaxed);
	whole = atomic_load_explicit(rq_whole(lock), memory_order_relaxed);
	while ((uint16_t)whole == from)
		if (atomic_compare_exchange_weak_explicit(rq_whole(lock), &whole, (whole & 0xffff0000u) | to,
							  memory_order_acquire, memory_order_relaxed))
			return true;
	return false;
}

/* Take a lock that nobody holds and nobody waits for. */
static inline bool rq_word_take_fresh(rqspinlock_t *lock, bool fifo, uint16_t to)
{
	uint32_t nobody = 0;

	if (!fifo)
		return rq_word_take(lock, fifo, RQ_OWNER_NONE, to);
	return atomic_compare_exchange_strong_explicit(rq_whole(lock), &nobody, to, memory_order_acquire,
						       memory_order_relaxed);
}

/* By the holder only: owner -> @to (NONE or RESERVED). Release: pairs with the acquire of who takes it next. */
static inline void rq_word_release(rqspinlock_t *lock, bool fifo, uint16_t to)
{
	if (fifo)
		atomic_fetch_and_explicit(rq_whole(lock), 0xffff0000u, memory_order_release);
	else
		atomic_store_explicit(&rq_halves(lock)->owner, to, memory_order_release);
}

/*
 * Tail @from -> @to; on failure @from is what it is now. Acquire and release: a node that is reached through the tail is
 * seen as it was when it joined, and so are the nodes before it.
 */
static inline bool rq_word_swap_tail(rqspinlock_t *lock, bool fifo, uint16_t *from, uint16_t to)
{
	uint32_t whole;

	if (!fifo)
		return atomic_compare_exchange_strong_explicit(&rq_halves(lock)->tail, from, to, memory_order_acq_rel,
							       memory_order_acquire);
	whole = atomic_load_explicit(rq_whole(lock), memory_order_acquire);
	while (whole >> RQ_TAIL_SHIFT == *from)
		if (atomic_compare_exchange_weak_explicit(rq_whole(lock), &whole,
							  (whole & 0xffffu) | (uint32_t)to << RQ_TAIL_SHIFT,
							  memory_order_acq_rel, memory_order_acquire))
			return true;
	*from = whole >> RQ_TAIL_SHIFT;
	return false;
}

#endif
