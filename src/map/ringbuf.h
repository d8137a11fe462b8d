/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_RINGBUF, in the layout that libbpf maps:
 *
 *   offset 0       a page with the consumer's position, which users write
 *   offset 1 page  a page with the producers' position, then the data, twice in a row so that no record is ever torn
 *
 * A record is a header of 8 bytes (length with BUSY and DISCARD bits; which page of the buffer it is on) and its data, rounded
 * up to 8. Producers are in any context on any CPU, also an NMI inside one of these calls.
 *
 * BPF_MAP_TYPE_USER_RINGBUF is the other way round: users write the producer's position and the data, and programs the
 * consumer's. A user who polls for room is always woken, and looks.
 */
#ifndef RQ_MAP_RINGBUF_H
#define RQ_MAP_RINGBUF_H

#include "map/map.h"

/* NULL: no room, a size that never fits, flags, or in an NMI that landed inside another reservation. */
void *rq_ringbuf_reserve(struct rq_map *map, uint64_t size, uint64_t flags);
/* @record as rq_ringbuf_reserve() gave it. @flags: BPF_RB_NO_WAKEUP, BPF_RB_FORCE_WAKEUP. */
void rq_ringbuf_submit(void *record, uint64_t flags);
void rq_ringbuf_discard(void *record, uint64_t flags);
/* 0, -EAGAIN (no room), -EINVAL (flags). */
int rq_ringbuf_output(struct rq_map *map, const void *data, uint64_t size, uint64_t flags);
/* BPF_RB_AVAIL_DATA and so on; 0 for others. */
uint64_t rq_ringbuf_query(struct rq_map *map, uint64_t what);

/*
 * Of user rings: calls @take with each record until it returns true. How many it was called with; -EINVAL (flags; what the
 * user wrote makes no sense), -EBUSY (another one drains it, also one that this call landed inside), -E2BIG (a record that is
 * longer than the ring, or than a dynptr can say).
 */
int64_t rq_ringbuf_drain(struct rq_map *map, bool (*take)(void *arg, void *data, uint32_t size), void *arg, uint64_t flags);

#endif
