// SPDX-License-Identifier: BSD-2-Clause
/*
 * percpu-cache: 512 buffers for all CPUs. Each CPU keeps a few for itself, and goes to the shared pool, which has a lock,
 * only when it has none left or too many.
 *
 * What it shows: data of one CPU needs no lock. What could get in between on that CPU is an interrupt, and
 * bpf_local_irq_save() keeps it out, without a shared memory access. The pool's lock nests inside, and when it can't be
 * had the program does without a buffer.
 *
 * What goes wrong without bpf_local_irq_save(): an interrupt lands between reading `count` and writing it, and takes the
 * same buffer: `taken_twice` is not 0. An NMI is held back by nothing, so no NMI may use the CPU's buffers; look() only
 * takes the pool's lock.
 *
 *	rqspin stress --irq use_one percpu-cache.bpf.o
 */
#include "rqspin-bpf.h"

#define BUFFERS 512
#define KEPT	16 /* a CPU keeps at most so many; a power of two */
#define BATCH	8
#define MANY	32 /* that use_many() has at once */

struct pool {
	struct bpf_res_spin_lock lock;
	__u32 count;
	__u16 buffers[BUFFERS];
	__u32 fresh; /* buffers from this number on were never handed out */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pool);
} pool SEC(".maps");

struct cache {
	__u32 count;
	__u16 buffers[KEPT];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cache);
} caches SEC(".maps");

/* Written under the pool's lock. */
__u64 batches;
__u64 batches_expected;
/* Written by atomic instructions. */
__u64 taken_twice; /* buffers that two had at once: none */
__u64 taken_twice_expected;
__u64 uses;
__u64 failures;
__u32 in_use[BUFFERS];

/* Move a batch between the CPU's buffers and the pool. Interrupts are off. */
static __always_inline int refill(struct cache *cache, struct pool *shared)
{
	int err = bpf_res_spin_lock(&shared->lock);

	if (err)
		return err;
	for (int i = 0; i < BATCH; i++) {
		__u16 buffer;

		if (shared->count && shared->count <= BUFFERS)
			buffer = shared->buffers[--shared->count % BUFFERS];
		else if (shared->fresh < BUFFERS)
			buffer = shared->fresh++;
		else
			break;
		cache->buffers[cache->count++ % KEPT] = buffer;
	}
	batches++;
	bpf_res_spin_unlock(&shared->lock);
	EXPECT_ONE_MORE(batches);
	return 0;
}

static __always_inline int drain(struct cache *cache, struct pool *shared)
{
	int err = bpf_res_spin_lock(&shared->lock);

	if (err)
		return err;
	for (int i = 0; i < BATCH; i++) {
		if (shared->count >= BUFFERS)
			break;
		shared->buffers[shared->count++ % BUFFERS] = cache->buffers[--cache->count % KEPT];
	}
	batches++;
	bpf_res_spin_unlock(&shared->lock);
	EXPECT_ONE_MORE(batches);
	return 0;
}

/* A buffer's number, or a negative error. */
static __always_inline int take(struct cache *cache, struct pool *shared)
{
	unsigned long flags;
	int buffer;

	bpf_local_irq_save(&flags);
	buffer = cache->count ? 0 : refill(cache, shared);
	if (!buffer)
		buffer = cache->count ? cache->buffers[--cache->count % KEPT] : -1;
	bpf_local_irq_restore(&flags);
	return buffer;
}

static __always_inline void give_back(struct cache *cache, struct pool *shared, __u16 buffer)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	if (cache->count < KEPT || !drain(cache, shared))
		cache->buffers[cache->count++ % KEPT] = buffer;
	else /* the pool's lock could not be had: this buffer is lost, which is better than a hang */
		__sync_fetch_and_add(&failures, 1);
	bpf_local_irq_restore(&flags);
}

/* A buffer that nobody else has. */
static __always_inline int begin_use(struct cache *cache, struct pool *shared)
{
	int buffer = take(cache, shared);

	if (buffer < 0) {
		__sync_fetch_and_add(&failures, 1);
		return buffer;
	}
	if (__sync_lock_test_and_set(&in_use[buffer % BUFFERS], 1))
		__sync_fetch_and_add(&taken_twice, 1);
	__sync_fetch_and_add(&uses, 1);
	return buffer;
}

static __always_inline void end_use(struct cache *cache, struct pool *shared, __u16 buffer)
{
	__sync_lock_test_and_set(&in_use[buffer % BUFFERS], 0);
	give_back(cache, shared, buffer);
}

SEC("tc")
int use_one(struct __sk_buff *packet)
{
	__u32 key = 0;
	struct cache *cache = bpf_map_lookup_elem(&caches, &key);
	struct pool *shared = bpf_map_lookup_elem(&pool, &key);
	int buffer;

	if (!cache || !shared)
		return 0;
	buffer = begin_use(cache, shared);
	if (buffer >= 0)
		end_use(cache, shared, buffer);
	return 0;
}

/* More than a CPU keeps: from the pool and back. */
SEC("tc")
int use_many(struct __sk_buff *packet)
{
	struct bpf_iter_num iterator;
	__u32 key = 0;
	struct cache *cache = bpf_map_lookup_elem(&caches, &key);
	struct pool *shared = bpf_map_lookup_elem(&pool, &key);
	__s32 buffers[MANY] = {};
	int *i;

	if (!cache || !shared)
		return 0;
	bpf_iter_num_new(&iterator, 0, MANY);
	while ((i = bpf_iter_num_next(&iterator)))
		buffers[(__u32)*i % MANY] = begin_use(cache, shared);
	bpf_iter_num_destroy(&iterator);

	bpf_iter_num_new(&iterator, 0, MANY);
	while ((i = bpf_iter_num_next(&iterator)))
		if (buffers[(__u32)*i % MANY] >= 0)
			end_use(cache, shared, buffers[(__u32)*i % MANY]);
	bpf_iter_num_destroy(&iterator);
	return 0;
}

/* A profiler: how full is the pool? */
SEC("perf_event")
int look(void *event)
{
	__u32 key = 0;
	struct pool *shared = bpf_map_lookup_elem(&pool, &key);

	if (!shared || bpf_res_spin_lock(&shared->lock))
		return 0;
	batches++;
	bpf_res_spin_unlock(&shared->lock);
	EXPECT_ONE_MORE(batches);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
