// SPDX-License-Identifier: BSD-2-Clause
/*
 * lru: a list of the entries that were used last, newest first, under one lock. Adding a 65th throws the oldest away.
 *
 * What it shows: the verifier lets a program touch a list only while it holds the lock that lies beside the list's head,
 * and counts the objects: what is taken out has to be put back or dropped on every path, the one where the lock could
 * not be had included. Memory is taken and given back outside the critical section.
 *
 * What goes wrong without the lock: the verifier refuses the program ("bpf_spin_lock at off=... must be held"). With a
 * lock that can't fail, an NMI inside the critical section would wait for itself; here it gets -EDEADLK and does without.
 *
 *	rqspin stress --irq rescue --nmi rescue lru.bpf.o
 */
#include "rqspin-bpf.h"

#define CAPACITY 64

struct entry {
	struct bpf_list_node node;
	__u64 used; /* when: the clock below */
};

/* The lock and the list that it protects are one section of data: that is how the verifier knows which is whose. */
struct bpf_res_spin_lock lock __hidden SEC(".data.lru");
struct bpf_list_head newest_first __hidden SEC(".data.lru") __contains(entry, node);

/* Written under the lock. */
__u64 clock;
__u64 clock_expected;
__s64 length;
__s64 length_expected;
__u64 last_thrown_out;
__u64 out_of_order; /* entries thrown out that were newer than one thrown out before: none */
__u64 out_of_order_expected;
/* Written by atomic instructions. */
__u64 failures;

SEC("tc")
int use_new(struct __sk_buff *packet)
{
	struct entry *entry = bpf_obj_new(struct entry);
	struct bpf_list_node *node = NULL;
	unsigned long flags;
	__s64 growth = 1;
	int err;

	if (!entry)
		return -1;
	err = bpf_res_spin_lock_irqsave(&lock, &flags);
	if (err) {
		bpf_obj_drop(entry);
		__sync_fetch_and_add(&failures, 1);
		return err;
	}
	entry->used = ++clock;
	bpf_list_push_front(&newest_first, &entry->node);
	if (++length > CAPACITY) {
		node = bpf_list_pop_back(&newest_first);
		if (node) {
			length--;
			growth = 0;
			if (container_of(node, struct entry, node)->used <= last_thrown_out)
				out_of_order++;
			last_thrown_out = container_of(node, struct entry, node)->used;
		}
	}
	bpf_res_spin_unlock_irqrestore(&lock, &flags);
	if (node)
		bpf_obj_drop(container_of(node, struct entry, node));
	EXPECT_ONE_MORE(clock);
	EXPECT_MORE(length, growth);
	return 0;
}

/* The oldest entry is used again, and so becomes the newest. */
SEC("tc")
int rescue(struct __sk_buff *packet)
{
	struct bpf_list_node *node;
	unsigned long flags;
	int err;

	err = bpf_res_spin_lock_irqsave(&lock, &flags);
	if (err) {
		__sync_fetch_and_add(&failures, 1);
		return err;
	}
	node = bpf_list_pop_back(&newest_first);
	if (!node) {
		bpf_res_spin_unlock_irqrestore(&lock, &flags);
		return 0;
	}
	container_of(node, struct entry, node)->used = ++clock;
	bpf_list_push_front(&newest_first, node);
	bpf_res_spin_unlock_irqrestore(&lock, &flags);
	EXPECT_ONE_MORE(clock);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
