// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* A list is touched only under the lock beside it. */
extern struct bpf_list_node *bpf_list_front(struct bpf_list_head *head) __ksym;
extern struct bpf_list_node *bpf_list_back(struct bpf_list_head *head) __ksym;

struct item {
	struct bpf_list_node node;
	long value;
};

struct bpf_res_spin_lock lock __hidden SEC(".data.list");
struct bpf_list_head items __hidden SEC(".data.list") __contains(item, node);

static __always_inline int put(long value, bool at_front)
{
	struct item *item = bpf_obj_new(struct item);

	if (!item)
		return 1;
	item->value = value;
	if (bpf_res_spin_lock(&lock)) {
		bpf_obj_drop(item);
		return 1;
	}
	if (at_front)
		bpf_list_push_front(&items, &item->node);
	else
		bpf_list_push_back(&items, &item->node);
	bpf_res_spin_unlock(&lock);
	return 0;
}

/* A look at an end of the list: the node stays there, and may be read until the unlock. */
static __always_inline long peek(bool at_front)
{
	struct bpf_list_node *node;
	long value = -1;

	if (bpf_res_spin_lock(&lock))
		return -1;
	node = at_front ? bpf_list_front(&items) : bpf_list_back(&items);
	if (node)
		value = container_of(node, struct item, node)->value;
	bpf_res_spin_unlock(&lock);
	return value;
}

/* Out of the list it is the program's again, which has to drop it. */
static __always_inline long take(bool at_front)
{
	struct bpf_list_node *node;
	struct item *item;
	long value;

	if (bpf_res_spin_lock(&lock))
		return -1;
	node = at_front ? bpf_list_pop_front(&items) : bpf_list_pop_back(&items);
	bpf_res_spin_unlock(&lock);
	if (!node)
		return -1;
	item = container_of(node, struct item, node);
	value = item->value;
	bpf_obj_drop(item);
	return value;
}

SEC("tc")
int both_ends(struct __sk_buff *packet)
{
	if (put(1, true) || put(2, false) || put(0, true)) /* 0 1 2 */
		return 1;
	if (peek(true) != 0 || peek(false) != 2)
		return 2;
	return take(true) == 0 && take(false) == 2 && take(true) == 1 ? 0 : 3;
}

char LICENSE[] SEC("license") = "GPL";
