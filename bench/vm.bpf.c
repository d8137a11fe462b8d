// SPDX-License-Identifier: BSD-2-Clause
/* What bench-vm runs: each program repeats one thing, OPERATIONS times in each turn of a loop that calls back. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "vm.h"

struct bpf_res_spin_lock {
	__u32 val;
};

extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;
extern int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *lock, unsigned long *flags) __ksym;
extern void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *lock, unsigned long *flags) __ksym;

struct value {
	struct bpf_res_spin_lock lock;
	__u32 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, ENTRIES);
	__type(key, __u32);
	__type(value, struct value);
} hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, ENTRIES);
	__type(key, __u32);
	__type(value, struct value);
} array SEC(".maps");

/* Once more, and again: so often that the loop's own cost is a small part. */
#define REPEAT(operation) _Pragma("clang loop unroll(full)") for (int i = 0; i < OPERATIONS; i++) { operation; }

#define PROGRAM(name, operation)                                                                                       \
	static long name##_turn(__u32 index, void *unused)                                                             \
	{                                                                                                              \
		REPEAT(operation)                                                                                      \
		return 0;                                                                                              \
	}                                                                                                              \
	SEC("tc") int name(struct __sk_buff *packet)                                                                   \
	{                                                                                                              \
		return bpf_loop(TURNS, name##_turn, 0, 0) == TURNS ? 0 : -1;                                           \
	}

PROGRAM(nothing, )
PROGRAM(helper, bpf_get_smp_processor_id())
PROGRAM(array_lookup, { __u32 key = index + i & (ENTRIES - 1); bpf_map_lookup_elem(&array, &key); })
PROGRAM(hash_lookup, { __u32 key = index + i & (ENTRIES - 1); bpf_map_lookup_elem(&hash, &key); })

/* The callback of a loop is checked without the caller's pointers: each turn looks its lock up. */
#define LOCK_PROGRAM(name, operation)                                                                                  \
	static long name##_turn(__u32 index, void *unused)                                                             \
	{                                                                                                              \
		struct value *value = bpf_map_lookup_elem(&array, &(__u32){ 0 });                                      \
		unsigned long flags __attribute__((unused));                                                           \
                                                                                                                       \
		if (!value)                                                                                            \
			return 1;                                                                                      \
		REPEAT(operation)                                                                                      \
		return 0;                                                                                              \
	}                                                                                                              \
	SEC("tc") int name(struct __sk_buff *packet)                                                                   \
	{                                                                                                              \
		return bpf_loop(TURNS, name##_turn, 0, 0) == TURNS ? 0 : -1;                                           \
	}

LOCK_PROGRAM(lock_pair, {
	if (bpf_res_spin_lock(&value->lock))
		return 1;
	bpf_res_spin_unlock(&value->lock);
})
LOCK_PROGRAM(lock_pair_irqsave, {
	if (bpf_res_spin_lock_irqsave(&value->lock, &flags))
		return 1;
	bpf_res_spin_unlock_irqrestore(&value->lock, &flags);
})

/* About 5,000 instructions, of the kind that programs consist of. */
SEC("tc") int large(struct __sk_buff *packet)
{
#pragma clang loop unroll(full)
	for (int i = 0; i < 278; i++) {
		__u32 key = packet->len + i;
		struct value *value = bpf_map_lookup_elem(&hash, &key);

		if (!value)
			continue;
		if (bpf_res_spin_lock(&value->lock))
			return -1;
		value->count += i;
		bpf_res_spin_unlock(&value->lock);
	}
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
