// SPDX-License-Identifier: BSD-2-Clause
/* What map helpers, loops, locks and timers return. */
#include "common.h"

struct locked {
	struct bpf_res_spin_lock lock;
	int count;
};

struct spin_locked {
	struct bpf_spin_lock lock;
	int count;
};

struct timed {
	struct bpf_timer timer;
	int count;
};

#define MAP(name, kind, entries, key_type, value_type)                                                                 \
	struct {                                                                                                       \
		__uint(type, kind);                                                                                    \
		__uint(max_entries, entries);                                                                          \
		__type(key, key_type);                                                                                 \
		__type(value, value_type);                                                                             \
	} name SEC(".maps")

MAP(array, BPF_MAP_TYPE_ARRAY, 4, __u32, __u64);
MAP(hash, BPF_MAP_TYPE_HASH, 2, __u32, __u64);
MAP(lru, BPF_MAP_TYPE_LRU_HASH, 64, __u32, __u64);
MAP(percpu, BPF_MAP_TYPE_PERCPU_ARRAY, 2, __u32, __u64);
MAP(percpu_hash, BPF_MAP_TYPE_PERCPU_HASH, 2, __u32, __u64);
MAP(locks, BPF_MAP_TYPE_ARRAY, 2, __u32, struct locked);
MAP(spin_locks, BPF_MAP_TYPE_HASH, 2, __u32, struct spin_locked);
MAP(timers, BPF_MAP_TYPE_ARRAY, 1, __u32, struct timed);

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 2);
	__type(value, __u64);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 2);
	__type(value, __u64);
} stack SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 16);
	__type(value, __u64);
} bloom SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct lpm_key {
	__u32 prefixlen;
	__u8 bytes[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 8);
	__uint(map_flags, 1);
	__type(key, struct lpm_key);
	__type(value, __u64);
} trie SEC(".maps");

#define UPDATE(map, key, value, flags) bpf_map_update_elem(&map, &(__u32){ key }, &(__u64){ value }, flags)
#define DELETE(map, key) bpf_map_delete_elem(&map, &(__u32){ key })
#define PUSH(map, value, flags) bpf_map_push_elem(&map, &(__u64){ value }, flags)

static __always_inline long value_of(void *map, __u32 key)
{
	__u64 *value = bpf_map_lookup_elem(map, &key);

	return value ? *value : -1;
}

RETURNS(array_update, UPDATE(array, 1, 5, BPF_ANY))
RETURNS(array_update_new, UPDATE(array, 1, 5, BPF_NOEXIST))
RETURNS(array_update_existing, UPDATE(array, 1, 5, BPF_EXIST))
RETURNS(array_update_outside, UPDATE(array, 4, 5, BPF_ANY))
RETURNS(array_update_flags, UPDATE(array, 1, 5, 3))
RETURNS(array_update_lock, UPDATE(array, 1, 5, BPF_F_LOCK))
RETURNS(array_update_far_flags, UPDATE(array, 1, 5, 1ull << 40))
RETURNS(array_delete, DELETE(array, 1))
RETURNS(array_lookup_outside, value_of(&array, 4))
RETURNS(hash_update, UPDATE(hash, 1, 5, BPF_ANY))
RETURNS(hash_update_missing, UPDATE(hash, 1, 5, BPF_EXIST))
RETURNS(hash_update_twice, UPDATE(hash, 1, 5, BPF_NOEXIST) * 1000 + UPDATE(hash, 1, 5, BPF_NOEXIST))
RETURNS(hash_update_flags, UPDATE(hash, 1, 5, 3))
RETURNS(hash_update_lock, UPDATE(hash, 1, 5, BPF_F_LOCK))
RETURNS(hash_delete_missing, DELETE(hash, 1))
RETURNS(hash_full, UPDATE(hash, 1, 5, 0) * 10000 + UPDATE(hash, 2, 5, 0) * 1000 + UPDATE(hash, 3, 5, 0))
RETURNS(hash_update_then_delete, UPDATE(hash, 1, 5, 0) + DELETE(hash, 1) * 10 + DELETE(hash, 1) * 100)
RETURNS(percpu_update, UPDATE(percpu, 1, 5, BPF_ANY) * 10 + value_of(&percpu, 1))
RETURNS(percpu_update_new, UPDATE(percpu, 1, 5, BPF_NOEXIST))
RETURNS(percpu_hash_update, UPDATE(percpu_hash, 1, 5, BPF_ANY) * 10 + value_of(&percpu_hash, 1))
RETURNS(queue_push, PUSH(queue, 1, 0))
RETURNS(queue_push_flags, PUSH(queue, 1, BPF_NOEXIST))
RETURNS(queue_full, PUSH(queue, 1, 0) + PUSH(queue, 2, 0) * 10 + PUSH(queue, 3, 0) * 100)
RETURNS(queue_full_existing, PUSH(queue, 1, 0) + PUSH(queue, 2, 0) * 10 + PUSH(queue, 3, BPF_EXIST) * 100)
RETURNS(bloom_push, PUSH(bloom, 1, 0))
RETURNS(bloom_push_flags, PUSH(bloom, 1, BPF_NOEXIST))
RETURNS(bloom_peek_missing, bpf_map_peek_elem(&bloom, &(__u64){ 77 }))

SEC("tc") int bloom_peek_present(struct __sk_buff *ctx)
{
	__u64 value = 77;

	PUSH(bloom, 77, 0);
	return bpf_map_peek_elem(&bloom, &value);
}

SEC("tc") int queue_order(struct __sk_buff *ctx)
{
	__u64 first = 9, second = 9, third = 9, peeked = 9;
	long result = 0;

	PUSH(queue, 1, 0);
	PUSH(queue, 2, 0);
	bpf_map_peek_elem(&queue, &peeked);
	bpf_map_pop_elem(&queue, &first);
	bpf_map_pop_elem(&queue, &second);
	result = bpf_map_pop_elem(&queue, &third);
	return result * 10000 + peeked * 1000 + first * 100 + second * 10 + third;
}

SEC("tc") int stack_order(struct __sk_buff *ctx)
{
	__u64 first = 9, second = 9, third = 9, peeked = 9;
	long result = 0;

	PUSH(stack, 1, 0);
	PUSH(stack, 2, 0);
	bpf_map_peek_elem(&stack, &peeked);
	bpf_map_pop_elem(&stack, &first);
	bpf_map_pop_elem(&stack, &second);
	result = bpf_map_peek_elem(&stack, &third);
	return result * 10000 + peeked * 1000 + first * 100 + second * 10 + third;
}

SEC("tc") int trie_longest(struct __sk_buff *ctx)
{
	struct lpm_key key = { 8, { 10 } };
	__u64 *found;
	int result;

	result = bpf_map_update_elem(&trie, &key, &(__u64){ 1 }, 0);
	key = (struct lpm_key){ 16, { 10, 1 } };
	result = result * 10 + bpf_map_update_elem(&trie, &key, &(__u64){ 2 }, 0);
	key = (struct lpm_key){ 33, { 10, 1 } };
	result = result * 10 + bpf_map_update_elem(&trie, &key, &(__u64){ 3 }, 0);
	key = (struct lpm_key){ 32, { 10, 1, 7, 7 } };
	found = bpf_map_lookup_elem(&trie, &key);
	result = result * 10 + (found ? *found : 9);
	result = result * 10 + bpf_map_delete_elem(&trie, &key);
	key = (struct lpm_key){ 32, { 10, 2, 7, 7 } };
	found = bpf_map_lookup_elem(&trie, &key);
	return result * 10 + (found ? *found : 9);
}

SEC("tc") int lookup_percpu(struct __sk_buff *ctx)
{
	__u32 key = 1, outside = 7;
	int found = 0;

	found += !!bpf_map_lookup_percpu_elem(&percpu, &key, 0);
	found += !!bpf_map_lookup_percpu_elem(&percpu, &key, 100000) * 10;
	found += !!bpf_map_lookup_percpu_elem(&percpu, &outside, 0) * 100;
	return found;
}

/* ---- Ring buffers ---- */

RETURNS(ring_output, bpf_ringbuf_output(&ring, "abcdefg", 8, 0))
RETURNS(ring_output_flags, bpf_ringbuf_output(&ring, "abcdefg", 8, 4))
RETURNS(ring_query_size, bpf_ringbuf_query(&ring, 1))
RETURNS(ring_query_available, bpf_ringbuf_query(&ring, 0))
RETURNS(ring_query_unknown, bpf_ringbuf_query(&ring, 9))

SEC("tc") int ring_positions(struct __sk_buff *ctx)
{
	void *record = bpf_ringbuf_reserve(&ring, 20, 0);
	__u64 before, after;

	if (!record)
		return -1;
	before = bpf_ringbuf_query(&ring, 0);
	bpf_ringbuf_submit(record, 0);
	after = bpf_ringbuf_query(&ring, 3);
	return before * 1000 + after;
}

SEC("tc") int ring_full(struct __sk_buff *ctx)
{
	void *large = bpf_ringbuf_reserve(&ring, 4000, 0), *small;
	int result = !!large;

	if (!large)
		return 7;
	small = bpf_ringbuf_reserve(&ring, 200, 0);
	result = result * 10 + !!small;
	if (small)
		bpf_ringbuf_discard(small, 0);
	bpf_ringbuf_discard(large, 0);
	return result;
}

SEC("tc") int ring_too_large(struct __sk_buff *ctx)
{
	void *record = bpf_ringbuf_reserve(&ring, 4096, 0);

	if (record)
		bpf_ringbuf_discard(record, 0);
	return !!record;
}

SEC("tc") int ring_reserve_flags(struct __sk_buff *ctx)
{
	void *record = bpf_ringbuf_reserve(&ring, 8, 1);

	if (record)
		bpf_ringbuf_discard(record, 0);
	return !!record;
}

/* ---- Loops ---- */

static long count_to(__u32 index, __u32 *limit)
{
	return index + 1 == *limit;
}

static long never(__u32 index, void *unused)
{
	return 0;
}

RETURNS(loop_all, bpf_loop(77, never, 0, 0))
RETURNS(loop_none, bpf_loop(0, never, 0, 0))
RETURNS(loop_flags, bpf_loop(7, never, 0, 1))
RETURNS(loop_too_many, bpf_loop((1 << 23) + 1, never, 0, 0))

SEC("tc") int loop_stops(struct __sk_buff *ctx)
{
	__u32 limit = 5;

	return bpf_loop(77, count_to, &limit, 0);
}

static long add_value(void *map, __u32 *key, __u64 *value, __u64 *sum)
{
	*sum += *value;
	return *key == 2;
}

SEC("tc") int for_each_array(struct __sk_buff *ctx)
{
	__u64 sum = 0;
	long visited;

	for (__u32 i = 0; i < 4; i++)
		UPDATE(array, i, i + 1, 0);
	visited = bpf_for_each_map_elem(&array, add_value, &sum, 0);
	return visited * 1000 + sum;
}

SEC("tc") int for_each_hash(struct __sk_buff *ctx)
{
	__u64 sum = 0;
	long visited;

	UPDATE(hash, 10, 5, 0);
	UPDATE(hash, 11, 6, 0);
	visited = bpf_for_each_map_elem(&hash, add_value, &sum, 0);
	return visited * 1000 + sum;
}

SEC("tc") int for_each_flags(struct __sk_buff *ctx)
{
	__u64 sum = 0;

	return bpf_for_each_map_elem(&array, add_value, &sum, 1);
}

SEC("tc") int for_each_percpu(struct __sk_buff *ctx)
{
	__u64 sum = 0;

	UPDATE(percpu, 0, 3, 0);
	UPDATE(percpu, 1, 4, 0);
	return bpf_for_each_map_elem(&percpu, add_value, &sum, 0) * 1000 + sum;
}

/* ---- Locks ---- */

#define LOCK_OF(number)                                                                                                \
	({                                                                                                             \
		struct locked *found = bpf_map_lookup_elem(&locks, &(__u32){ number });                                \
                                                                                                                       \
		if (!found)                                                                                            \
			return -1;                                                                                     \
		found;                                                                                                 \
	})

SEC("tc") int lock_twice(struct __sk_buff *ctx)
{
	struct locked *one = LOCK_OF(0), *same = LOCK_OF(0);
	int result;

	if (bpf_res_spin_lock(&one->lock))
		return -2;
	result = bpf_res_spin_lock(&same->lock);
	if (!result)
		bpf_res_spin_unlock(&same->lock);
	bpf_res_spin_unlock(&one->lock);
	return result;
}

SEC("tc") int lock_irqsave_flags(struct __sk_buff *ctx)
{
	struct locked *one = LOCK_OF(0);
	unsigned long flags;
	int result = bpf_res_spin_lock_irqsave(&one->lock, &flags);

	if (result)
		return result;
	one->count++;
	bpf_res_spin_unlock_irqrestore(&one->lock, &flags);
	return one->count;
}

SEC("tc") int update_with_lock_flag(struct __sk_buff *ctx)
{
	struct spin_locked value = { .count = 7 }, *found;
	__u32 key = 1;
	int result;

	result = bpf_map_update_elem(&spin_locks, &key, &value, 0);
	value.count = 8;
	result = result * 10 + bpf_map_update_elem(&spin_locks, &key, &value, BPF_F_LOCK);
	found = bpf_map_lookup_elem(&spin_locks, &key);
	if (!found)
		return -1;
	bpf_spin_lock(&found->lock);
	result = result * 10 + found->count;
	bpf_spin_unlock(&found->lock);
	return result;
}

SEC("tc") int preempt_irq_rcu_nest(struct __sk_buff *ctx)
{
	unsigned long outer, inner;

	bpf_preempt_disable();
	bpf_local_irq_save(&outer);
	bpf_local_irq_save(&inner);
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	bpf_local_irq_restore(&inner);
	bpf_local_irq_restore(&outer);
	bpf_preempt_enable();
	return 5;
}

/* ---- Timers: in this order of calls ---- */

static int expired(void *map, int *key, struct timed *value)
{
	value->count++;
	return 0;
}

#define TIMER()                                                                                                        \
	({                                                                                                             \
		struct timed *found = bpf_map_lookup_elem(&timers, &(__u32){ 0 });                                     \
                                                                                                                       \
		if (!found)                                                                                            \
			return -1;                                                                                     \
		&found->timer;                                                                                         \
	})

RETURNS(timer_start_before_init, bpf_timer_start(TIMER(), 1000, 0))
RETURNS(timer_cancel_before_init, bpf_timer_cancel(TIMER()))
RETURNS(timer_callback_before_init, bpf_timer_set_callback(TIMER(), expired))
RETURNS(timer_init_bad_clock, bpf_timer_init(TIMER(), &timers, 5))
RETURNS(timer_init_bad_flags, bpf_timer_init(TIMER(), &timers, 1 | 1 << 8))
RETURNS(timer_init, bpf_timer_init(TIMER(), &timers, 1))
RETURNS(timer_init_boot, bpf_timer_init(TIMER(), &timers, 7))

SEC("tc") int timer_life(struct __sk_buff *ctx)
{
	struct bpf_timer *timer = TIMER();
	__u32 hash = 0;

	hash = mix(hash, bpf_timer_init(timer, &timers, 1));
	hash = mix(hash, bpf_timer_init(timer, &timers, 1));
	hash = mix(hash, bpf_timer_start(timer, 1000, 0));
	hash = mix(hash, bpf_timer_cancel(timer));
	hash = mix(hash, bpf_timer_set_callback(timer, expired));
	hash = mix(hash, bpf_timer_start(timer, 1000, 1 << 8));
	hash = mix(hash, bpf_timer_cancel(timer));
	hash = mix(hash, bpf_timer_start(timer, 3600ull * 1000000000, 0));
	hash = mix(hash, bpf_timer_cancel(timer));
	hash = mix(hash, bpf_timer_start(timer, 3600ull * 1000000000, 2));
	hash = mix(hash, bpf_timer_cancel(timer));
	return mix(hash, bpf_timer_cancel(timer));
}

/* ---- The machine ---- */

RETURNS(smp_processor_id, bpf_get_smp_processor_id() < 1024)
RETURNS(ktime_advances, bpf_ktime_get_ns() <= bpf_ktime_get_ns())
RETURNS(ktime_boot_advances, bpf_ktime_get_boot_ns() >= bpf_ktime_get_ns())
RETURNS(ktime_coarse, bpf_ktime_get_coarse_ns() <= bpf_ktime_get_ns())
RETURNS(jiffies, bpf_jiffies64() != 0)
RETURNS(tai, bpf_ktime_get_tai_ns() > bpf_ktime_get_ns())
RETURNS(numa_node, bpf_get_numa_node_id())
RETURNS(random, bpf_get_prandom_u32() != bpf_get_prandom_u32())
