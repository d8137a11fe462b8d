/* SPDX-License-Identifier: BSD-2-Clause */
/* A red-black tree in the memory of struct bpf_rb_root and struct bpf_rb_node: all zeroes is empty. */
#ifndef RQ_FUNC_TREE_H
#define RQ_FUNC_TREE_H

#include <stdbool.h>
#include <stdint.h>

struct rq_tree_node {
	struct rq_tree_node *parent, *left, *right;
	uint64_t owner_and_color; /* address of the tree it is in, 0: none; bit 0: red */
};

struct rq_tree {
	struct rq_tree_node *root;
	uint64_t unused;
};

#define RQ_TREE_RED 1

static inline const void *rq_tree_owner(const struct rq_tree_node *node)
{
	uint64_t value = __atomic_load_n(&node->owner_and_color, __ATOMIC_RELAXED);

	return (const void *)(uintptr_t)(value & ~(uint64_t)RQ_TREE_RED);
}

/* Put @node, which this tree owns, below @parent (NULL: the first one) on its left or right, and balance. */
void rq_tree_insert(struct rq_tree *tree, struct rq_tree_node *node, struct rq_tree_node *parent, bool left);
/* Take @node out. Its links and owner are zero then. */
void rq_tree_remove(struct rq_tree *tree, struct rq_tree_node *node);
struct rq_tree_node *rq_tree_first(const struct rq_tree *tree);

#endif
