// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* A red-black tree in the order of is_less(), touched only under the lock beside it. */
extern struct bpf_rb_node *bpf_rbtree_root(struct bpf_rb_root *root) __ksym;
extern struct bpf_rb_node *bpf_rbtree_left(struct bpf_rb_root *root,
					   struct bpf_rb_node *node) __ksym;
extern struct bpf_rb_node *bpf_rbtree_right(struct bpf_rb_root *root,
					    struct bpf_rb_node *node) __ksym;

struct entry {
	struct bpf_rb_node node;
	long key;
};

struct bpf_res_spin_lock lock __hidden SEC(".data.tree");
struct bpf_rb_root tree __hidden SEC(".data.tree") __contains(entry, node);

static bool is_less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct entry, node)->key < container_of(b, struct entry, node)->key;
}

static __always_inline int put(long key)
{
	struct entry *entry = bpf_obj_new(struct entry);

	if (!entry)
		return 1;
	entry->key = key;
	if (bpf_res_spin_lock(&lock)) {
		bpf_obj_drop(entry);
		return 1;
	}
	bpf_rbtree_add(&tree, &entry->node, is_less);
	bpf_res_spin_unlock(&lock);
	return 0;
}

SEC("tc")
int put_three(struct __sk_buff *packet)
{
	return put(2) || put(3) || put(1);
}

/* Down from the root: nodes stay in the tree, and may be read until the unlock. */
SEC("tc")
int look_around(struct __sk_buff *packet)
{
	struct bpf_rb_node *root, *left, *right;
	int wrong = 0;

	if (bpf_res_spin_lock(&lock))
		return 1;
	root = bpf_rbtree_root(&tree);
	if (root) {
		left = bpf_rbtree_left(&tree, root);
		right = bpf_rbtree_right(&tree, root);
		if (left && container_of(left, struct entry, node)->key >
				    container_of(root, struct entry, node)->key)
			wrong = 1;
		if (right && container_of(right, struct entry, node)->key <
				     container_of(root, struct entry, node)->key)
			wrong = 1;
	}
	bpf_res_spin_unlock(&lock);
	return wrong;
}

SEC("tc")
int take_smallest(struct __sk_buff *packet)
{
	struct bpf_rb_node *first;

	if (bpf_res_spin_lock(&lock))
		return 1;
	first = bpf_rbtree_first(&tree);
	if (first)
		first = bpf_rbtree_remove(
			&tree, first); /* now it is the program's, which has to drop it */
	bpf_res_spin_unlock(&lock);
	if (first)
		bpf_obj_drop(container_of(first, struct entry, node));
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
