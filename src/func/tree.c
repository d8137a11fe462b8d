// SPDX-License-Identifier: BSD-2-Clause
/*
 * Red-black trees, as in the textbook (Cormen, Leiserson, Rivest, Stein): the root is black, no red node has a red child,
 * every path down has as many black nodes. NULL is a black leaf.
 */
#include <stddef.h>

#include "func/tree.h"

static bool is_red(const struct rq_tree_node *node)
{
	return node && node->owner_and_color & RQ_TREE_RED;
}

static void set_red(struct rq_tree_node *node, bool red)
{
	node->owner_and_color = (node->owner_and_color & ~(uint64_t)RQ_TREE_RED) | red;
}

/* @now takes the place of @old below old's parent. */
static void replace(struct rq_tree *tree, struct rq_tree_node *old, struct rq_tree_node *now)
{
	if (!old->parent)
		tree->root = now;
	else if (old->parent->left == old)
		old->parent->left = now;
	else
		old->parent->right = now;
	if (now)
		now->parent = old->parent;
}

/* The child on the other side comes up, @node goes down to the left (or right). */
static void rotate(struct rq_tree *tree, struct rq_tree_node *node, bool to_left)
{
	struct rq_tree_node *up = to_left ? node->right : node->left;
	struct rq_tree_node *inner = to_left ? up->left : up->right;

	replace(tree, node, up);
	if (to_left) {
		node->right = inner;
		up->left = node;
	} else {
		node->left = inner;
		up->right = node;
	}
	if (inner)
		inner->parent = node;
	node->parent = up;
}

void rq_tree_insert(struct rq_tree *tree, struct rq_tree_node *node, struct rq_tree_node *parent, bool left)
{
	node->parent = parent;
	node->left = node->right = NULL;
	set_red(node, true);
	if (!parent)
		tree->root = node;
	else if (left)
		parent->left = node;
	else
		parent->right = node;

	while (is_red(node->parent)) {
		struct rq_tree_node *grandparent = node->parent->parent;
		bool on_left = grandparent->left == node->parent;
		struct rq_tree_node *uncle = on_left ? grandparent->right : grandparent->left;

		if (is_red(uncle)) {
			set_red(node->parent, false);
			set_red(uncle, false);
			set_red(grandparent, true);
			node = grandparent;
			continue;
		}
		if (node == (on_left ? node->parent->right : node->parent->left)) {
			node = node->parent;
			rotate(tree, node, on_left);
		}
		set_red(node->parent, false);
		set_red(grandparent, true);
		rotate(tree, grandparent, !on_left);
	}
	set_red(tree->root, false);
}

/* Paths through @node, below @parent, lack one black node. */
static void repair(struct rq_tree *tree, struct rq_tree_node *node, struct rq_tree_node *parent)
{
	while (node != tree->root && !is_red(node)) {
		bool on_left = parent->left == node;
		struct rq_tree_node *sibling = on_left ? parent->right : parent->left;
		struct rq_tree_node *far;

		if (is_red(sibling)) {
			set_red(sibling, false);
			set_red(parent, true);
			rotate(tree, parent, on_left);
			sibling = on_left ? parent->right : parent->left;
		}
		if (!is_red(sibling->left) && !is_red(sibling->right)) {
			set_red(sibling, true);
			node = parent;
			parent = node->parent;
			continue;
		}
		far = on_left ? sibling->right : sibling->left;
		if (!is_red(far)) {
			set_red(on_left ? sibling->left : sibling->right, false);
			set_red(sibling, true);
			rotate(tree, sibling, !on_left);
			sibling = on_left ? parent->right : parent->left;
			far = on_left ? sibling->right : sibling->left;
		}
		set_red(sibling, is_red(parent));
		set_red(parent, false);
		set_red(far, false);
		rotate(tree, parent, on_left);
		node = tree->root;
	}
	if (node)
		set_red(node, false);
}

void rq_tree_remove(struct rq_tree *tree, struct rq_tree_node *node)
{
	struct rq_tree_node *child, *parent;
	bool lost_red = is_red(node);

	if (node->left && node->right) {
		struct rq_tree_node *next = node->right;

		while (next->left)
			next = next->left;
		lost_red = is_red(next);
		child = next->right;
		parent = next->parent == node ? next : next->parent;
		if (next->parent != node) {
			replace(tree, next, child);
			next->right = node->right;
			next->right->parent = next;
		}
		replace(tree, node, next);
		next->left = node->left;
		next->left->parent = next;
		set_red(next, is_red(node));
	} else {
		child = node->left ? node->left : node->right;
		parent = node->parent;
		replace(tree, node, child);
	}
	if (!lost_red)
		repair(tree, child, parent);
	node->parent = node->left = node->right = NULL;
	__atomic_store_n(&node->owner_and_color, 0, __ATOMIC_RELEASE);
}

struct rq_tree_node *rq_tree_first(const struct rq_tree *tree)
{
	struct rq_tree_node *node = tree->root;

	while (node && node->left)
		node = node->left;
	return node;
}
