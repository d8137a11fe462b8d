/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/ringbuf.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "map/internal.h"
#include "map/lock.h"
#include "map/types.h"

#define PAGE	   4096u
#define RECORD_MAX (UINT32_MAX / 4)
#define SAMPLE_MAX 0xffffffu /* what a dynptr can hold */

/*
 * How we map it: a page of our own with the address of the map, then the file (consumer, producer, data), then the data again.
 * Page numbers in headers count from our own page, so that a record's address is enough to find the map.
 */
enum { OWN_PAGE, CONSUMER_PAGE, PRODUCER_PAGE, DATA_PAGE };

struct ringbuf {
	struct rq_map map;
	rqspinlock_t lock; /* of producers: the producer's position and new headers */
	uint64_t mask;
	uint64_t pending; /* the oldest record that may still be busy */
	_Atomic bool draining; /* user rings: somebody takes records out */
	uint8_t *memory;
	size_t memory_bytes, file_bytes;
};

struct header {
	_Atomic uint32_t length; /* BPF_RINGBUF_BUSY_BIT: not submitted yet; BPF_RINGBUF_DISCARD_BIT: to be skipped */
	uint32_t page;
};

static int check(const union bpf_attr *attr)
{
	uint32_t size = attr->max_entries;

	return attr->key_size || attr->value_size || !size || (size & (size - 1)) || size % PAGE ? -EINVAL : 0;
}

/* @fd at @offset, over memory that is already reserved. */
static bool map_at(uint8_t *address, size_t bytes, int prot, int fd, size_t offset)
{
	return mmap(address, bytes, prot, MAP_SHARED | MAP_FIXED, fd, offset) != MAP_FAILED;
}

static bool map_twice(struct ringbuf *ring, int fd)
{
	size_t data_bytes = ring->mask + 1;
	uint8_t *file = ring->memory + CONSUMER_PAGE * PAGE;

	return map_at(file, ring->file_bytes, PROT_READ | PROT_WRITE, fd, 0) &&
	       map_at(file + ring->file_bytes, data_bytes, PROT_READ | PROT_WRITE, fd, ring->file_bytes - data_bytes);
}

static void free_ring(struct ringbuf *ring)
{
	rq_free_pages(ring->memory, ring->memory_bytes);
	if (ring->map.memory_fd >= 0)
		close(ring->map.memory_fd);
	if (ring->map.event_fd >= 0)
		close(ring->map.event_fd);
	rq_free(ring);
}

static int create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	struct ringbuf *ring = rq_alloc(1, sizeof(*ring));
	void *file;

	if (!ring)
		return -ENOMEM;
	ring->mask = attr->max_entries - 1;
	ring->file_bytes = (DATA_PAGE - CONSUMER_PAGE) * PAGE + (size_t)attr->max_entries;
	ring->memory_bytes = PAGE + ring->file_bytes + attr->max_entries;
	ring->map.event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	file = rq_alloc_shared(ring->file_bytes, &ring->map.memory_fd);
	if (!file)
		ring->map.memory_fd = -1;
	else
		rq_free_shared(file, ring->file_bytes, -1);
	ring->memory = file ? rq_alloc_pages(ring->memory_bytes, false) : NULL;
	if (ring->map.event_fd < 0 || !ring->memory || !map_twice(ring, ring->map.memory_fd)) {
		free_ring(ring);
		return -ENOMEM;
	}
	*(struct ringbuf **)ring->memory = ring;
	*map = &ring->map;
	return 0;
}

static void destroy(struct rq_map *map)
{
	free_ring((struct ringbuf *)map);
}

static _Atomic uint64_t *position(const struct ringbuf *ring, unsigned int page)
{
	return (_Atomic uint64_t *)(ring->memory + page * PAGE);
}

static struct header *header_at(const struct ringbuf *ring, uint64_t at)
{
	return (struct header *)(ring->memory + DATA_PAGE * PAGE + (at & ring->mask));
}

static uint64_t record_bytes(uint32_t length)
{
	return (((uint64_t)length & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT)) + sizeof(struct header) + 7) & ~7ull;
}

/* Users may write anything into their position; what is not submitted is never overwritten whatever they write. */
static uint64_t oldest_pending(struct ringbuf *ring, uint64_t producer)
{
	while (ring->pending != producer) {
		uint32_t length = atomic_load_explicit(&header_at(ring, ring->pending)->length, memory_order_acquire);

		if (length & BPF_RINGBUF_BUSY_BIT)
			break;
		ring->pending += record_bytes(length);
	}
	return ring->pending;
}

void *rq_ringbuf_reserve(struct rq_map *map, uint64_t size, uint64_t flags)
{
	struct ringbuf *ring = (struct ringbuf *)map;
	struct header *header = NULL;
	struct rq_map_locked locked;
	uint64_t consumer, producer, end;

	if (flags || size > RECORD_MAX || record_bytes(size) > ring->mask + 1)
		return NULL;
	/* Acquire: pairs with the release of libbpf's consumer: it has read what we are going to overwrite. */
	consumer = atomic_load_explicit(position(ring, CONSUMER_PAGE), memory_order_acquire);
	if (rq_map_lock(map->host, &ring->lock, &locked))
		return NULL;
	producer = atomic_load_explicit(position(ring, PRODUCER_PAGE), memory_order_relaxed);
	end = producer + record_bytes(size);
	if (end - consumer <= ring->mask && end - oldest_pending(ring, producer) <= ring->mask) {
		header = header_at(ring, producer);
		atomic_store_explicit(&header->length, (uint32_t)size | BPF_RINGBUF_BUSY_BIT, memory_order_relaxed);
		header->page = ((uint8_t *)header - ring->memory) / PAGE;
		/* Release: pairs with the consumer's acquire: it sees the header. */
		atomic_store_explicit(position(ring, PRODUCER_PAGE), end, memory_order_release);
	}
	rq_map_unlock(map->host, &locked);
	return header ? header + 1 : NULL;
}

static void finish(void *record, uint64_t flags, uint32_t discard)
{
	struct header *header = (struct header *)record - 1;
	uintptr_t page = (uintptr_t)header & ~(uintptr_t)(PAGE - 1);
	struct ringbuf *ring = *(struct ringbuf **)(page - (uintptr_t)header->page * PAGE);
	uint64_t at = (uint8_t *)header - (ring->memory + DATA_PAGE * PAGE), consumer;
	uint32_t length = atomic_load_explicit(&header->length, memory_order_relaxed);
	static const uint64_t one = 1;
	int saved_errno;

	/* Sequentially consistent, so that either the consumer sees the record or we see that it waits for it. */
	atomic_exchange(&header->length, (length & ~BPF_RINGBUF_BUSY_BIT) | discard);
	consumer = atomic_load(position(ring, CONSUMER_PAGE)) & ring->mask;
	if (!(flags & BPF_RB_FORCE_WAKEUP) && (consumer != at || (flags & BPF_RB_NO_WAKEUP)))
		return;
	saved_errno = errno;
	/* Fails when the counter is full: then it is readable all the same. */
	(void)!write(ring->map.event_fd, &one, sizeof(one));
	errno = saved_errno;
}

void rq_ringbuf_submit(void *record, uint64_t flags)
{
	finish(record, flags, 0);
}

void rq_ringbuf_discard(void *record, uint64_t flags)
{
	finish(record, flags, BPF_RINGBUF_DISCARD_BIT);
}

int rq_ringbuf_output(struct rq_map *map, const void *data, uint64_t size, uint64_t flags)
{
	void *record;

	if (flags & ~(uint64_t)(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP))
		return -EINVAL;
	record = rq_ringbuf_reserve(map, size, 0);
	if (!record)
		return -EAGAIN;
	memcpy(record, data, size);
	rq_ringbuf_submit(record, flags);
	return 0;
}

uint64_t rq_ringbuf_query(struct rq_map *map, uint64_t what)
{
	struct ringbuf *ring = (struct ringbuf *)map;
	uint64_t consumer = atomic_load_explicit(position(ring, CONSUMER_PAGE), memory_order_acquire);
	uint64_t producer = atomic_load_explicit(position(ring, PRODUCER_PAGE), memory_order_acquire);

	switch (what) {
	case BPF_RB_AVAIL_DATA: return producer - consumer;
	case BPF_RB_RING_SIZE: return ring->mask + 1;
	case BPF_RB_CONS_POS: return consumer;
	case BPF_RB_PROD_POS: return producer;
	default: return 0;
	}
}

const struct rq_map_ops rq_ringbuf_ops = {
	.type = BPF_MAP_TYPE_RINGBUF,
	.name = "ringbuf",
	.flags_allowed = BPF_F_NUMA_NODE,
	.check = check,
	.create = create,
	.destroy = destroy,
};

/*
 * The length of the record at @consumer, its bits (BUSY, DISCARD) and its @total bytes with the header: 1. 0: there is none.
 * Users may write anything at any time, so each number is read once and checked.
 */
static int next_of_user(struct ringbuf *ring, uint64_t consumer, uint32_t *length, uint32_t *bits, uint64_t *total)
{
	/* Acquire: pairs with the release of libbpf's producer: we see the header. */
	uint64_t producer = atomic_load_explicit(position(ring, PRODUCER_PAGE), memory_order_acquire);
	uint32_t word;

	if (producer % 8)
		return -EINVAL;
	if (consumer >= producer)
		return 0;
	/* Acquire: pairs with the release of libbpf's submit: we see the data. */
	word = atomic_load_explicit(&header_at(ring, consumer)->length, memory_order_acquire);
	*bits = word & (BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
	*length = word & ~*bits;
	*total = record_bytes(word);
	if (*total > producer - consumer)
		return -EINVAL;
	return *total > ring->mask + 1 || *length > SAMPLE_MAX ? -E2BIG : 1;
}

/* Linux does so too: a callback that is never content does not keep the CPU for good. */
#define DRAIN_MAX (128 * 1024)

int64_t rq_ringbuf_drain(struct rq_map *map, bool (*take)(void *arg, void *data, uint32_t size), void *arg, uint64_t flags)
{
	struct ringbuf *ring = (struct ringbuf *)map;
	uint32_t taken = 0, length, bits;
	uint64_t consumer, total;
	bool go_on = true;
	int error = 0;

	if (flags & ~(uint64_t)(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP))
		return -EINVAL;
	if (atomic_exchange_explicit(&ring->draining, true, memory_order_acquire))
		return -EBUSY;
	consumer = atomic_load_explicit(position(ring, CONSUMER_PAGE), memory_order_relaxed);
	for (uint32_t i = 0; i < DRAIN_MAX && go_on; i++) {
		error = next_of_user(ring, consumer, &length, &bits, &total);
		/* As in Linux, what is to be discarded need not have been submitted. */
		if (error <= 0 || bits == BPF_RINGBUF_BUSY_BIT)
			break;
		if (!bits) {
			go_on = !take(arg, header_at(ring, consumer) + 1, length);
			taken++;
		}
		consumer += total;
		/* Release: pairs with the acquire of libbpf's producer: we are done with the data. */
		atomic_store_explicit(position(ring, CONSUMER_PAGE), consumer, memory_order_release);
	}
	atomic_store_explicit(&ring->draining, false, memory_order_release);
	return error < 0 ? error : (int64_t)taken;
}

const struct rq_map_ops rq_user_ringbuf_ops = {
	.type = BPF_MAP_TYPE_USER_RINGBUF,
	.name = "user_ringbuf",
	.flags_allowed = BPF_F_NUMA_NODE,
	.check = check,
	.create = create,
	.destroy = destroy,
};
