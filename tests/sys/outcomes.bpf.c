// SPDX-License-Identifier: BSD-2-Clause
/* What Linux documents of its lock, as programs: test_outcomes.c runs them. Each returns 0 or what the lock said. */
#include "../../examples/rqspin-bpf.h"

#define HELD 34 /* more than the 31 locks that a CPU's table has room for */

struct element {
	struct bpf_res_spin_lock lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HELD);
	__type(key, __u32);
	__type(value, struct element);
} elements SEC(".maps");

GLOBAL_LOCK(a);
GLOBAL_LOCK(b);

/* Two lookups of one element: the verifier takes them for two locks. */
SEC("tc")
int same_lock_again(struct __sk_buff *packet)
{
	__u32 key = 0;
	struct element *first = bpf_map_lookup_elem(&elements, &key);
	struct element *second = bpf_map_lookup_elem(&elements, &key);
	int err;

	if (!first || !second)
		return 1;
	err = bpf_res_spin_lock(&first->lock);
	if (err)
		return 2;
	err = bpf_res_spin_lock(&second->lock);
	if (!err)
		bpf_res_spin_unlock(&second->lock);
	bpf_res_spin_unlock(&first->lock);
	return err;
}

/* Holds all of them, and takes the one with number @again once more. */
static __always_inline int hold_many(__u32 again)
{
	struct element *element[HELD], *once_more;
	int held = 0, err = 1;
	__u32 key;

	for (int i = 0; i < HELD; i++) {
		key = i;
		element[i] = bpf_map_lookup_elem(&elements, &key);
		if (!element[i])
			return 1;
	}
	key = again;
	once_more = bpf_map_lookup_elem(&elements, &key);
	if (!once_more)
		return 1;
	for (; held < HELD; held++)
		if (bpf_res_spin_lock(&element[held]->lock))
			break;
	if (held == HELD) {
		err = bpf_res_spin_lock(&once_more->lock);
		if (!err)
			bpf_res_spin_unlock(&once_more->lock);
	}
	while (--held >= 0)
		bpf_res_spin_unlock(&element[held]->lock);
	return err;
}

SEC("tc")
int recorded_lock_again(struct __sk_buff *packet)
{
	return hold_many(1);
}

SEC("tc")
int unrecorded_lock_again(struct __sk_buff *packet)
{
	return hold_many(HELD - 2);
}

static __always_inline int take_both(struct bpf_res_spin_lock *first, struct bpf_res_spin_lock *second)
{
	int err = bpf_res_spin_lock(first);

	if (err)
		return err;
	err = bpf_res_spin_lock(second);
	if (!err)
		bpf_res_spin_unlock(second);
	bpf_res_spin_unlock(first);
	return err;
}

SEC("tc")
int a_then_b(struct __sk_buff *packet)
{
	return take_both(&a, &b);
}

SEC("tc")
int b_then_a(struct __sk_buff *packet)
{
	return take_both(&b, &a);
}

char LICENSE[] SEC("license") = "GPL";
