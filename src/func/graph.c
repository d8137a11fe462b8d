// SPDX-License-Identifier: BSD-2-Clause
/*
 * Linked lists and red-black trees of allocated objects. The program holds the lock beside the root, so links need no
 * care; but a counted object may be offered to two roots with two locks at once: the owner is claimed by one exchange.
 */
#include <errno.h>

#include "func/args.h"
#include "func/object.h"
#include "func/tables.h"
#include "func/tree.h"
#include "vm/vm.h"

/* struct bpf_list_head and struct bpf_list_node. A ring through the head; all zeroes is an empty one. */
struct list {
	struct list *next, *previous;
};

struct list_node {
	struct list links;
	uint64_t owner; /* address of the list, 0: in none */
};

static bool claim(uint64_t *owner, const void *root, uint64_t color)
{
	uint64_t nobody = 0;

	return __atomic_compare_exchange_n(owner, &nobody, (uintptr_t)root | color, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* It is in a list or tree already: the reference that was to go there is dropped. */
static uint64_t refuse(struct rq_exec *exec, void *node)
{
	const struct rq_insn_note *note = rq_exec_note(exec);

	rq_object_drop(exec->runtime, (unsigned char *)node - note->extra2, note->meta ? note->meta->record : NULL);
	return -EINVAL;
}

static uint64_t list_push(struct rq_exec *exec, struct list *head, struct list_node *node, bool front)
{
	struct list *before;

	if (!claim(&node->owner, head, 0))
		return refuse(exec, node);
	if (!head->next)
		head->next = head->previous = head;
	before = front ? head : head->previous;
	node->links = (struct list){ before->next, before };
	before->next->previous = &node->links;
	before->next = &node->links;
	return 0;
}

static uint64_t list_push_front(struct rq_exec *exec, uint64_t head, uint64_t node, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return list_push(exec, (struct list *)(uintptr_t)head, (struct list_node *)(uintptr_t)node, true);
}

static uint64_t list_push_back(struct rq_exec *exec, uint64_t head, uint64_t node, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return list_push(exec, (struct list *)(uintptr_t)head, (struct list_node *)(uintptr_t)node, false);
}

static struct list_node *list_end(const struct list *head, bool front)
{
	struct list *end = front ? head->next : head->previous;

	return end == head ? NULL : (struct list_node *)end;
}

static struct list_node *list_pop(struct list *head, bool front)
{
	struct list_node *node = list_end(head, front);

	if (!node)
		return NULL;
	node->links.next->previous = node->links.previous;
	node->links.previous->next = node->links.next;
	node->links = (struct list){ NULL, NULL };
	__atomic_store_n(&node->owner, 0, __ATOMIC_RELEASE);
	return node;
}

static uint64_t list_pop_front(struct rq_exec *exec, uint64_t head, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return (uintptr_t)list_pop((struct list *)(uintptr_t)head, true);
}

static uint64_t list_pop_back(struct rq_exec *exec, uint64_t head, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return (uintptr_t)list_pop((struct list *)(uintptr_t)head, false);
}

static uint64_t list_front(struct rq_exec *exec, uint64_t head, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return (uintptr_t)list_end((struct list *)(uintptr_t)head, true);
}

static uint64_t list_back(struct rq_exec *exec, uint64_t head, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return (uintptr_t)list_end((struct list *)(uintptr_t)head, false);
}

static struct rq_tree *tree_of(uint64_t address)
{
	return (struct rq_tree *)(uintptr_t)address;
}

static struct rq_tree_node *node_of(uint64_t address)
{
	return (struct rq_tree_node *)(uintptr_t)address;
}

static uint64_t rbtree_add(struct rq_exec *exec, uint64_t root, uint64_t node, uint64_t less, uint64_t r4, uint64_t r5)
{
	struct rq_tree_node *parent = NULL, *next = tree_of(root)->root;
	bool left = false;

	if (!claim(&node_of(node)->owner_and_color, tree_of(root), RQ_TREE_RED))
		return refuse(exec, node_of(node));
	while (next) {
		parent = next;
		left = rq_vm_callback(exec, less, node, (uintptr_t)parent, 0, 0, 0) != 0;
		next = left ? parent->left : parent->right;
	}
	rq_tree_insert(tree_of(root), node_of(node), parent, left);
	return 0;
}

static uint64_t rbtree_remove(struct rq_exec *exec, uint64_t root, uint64_t node, uint64_t r3, uint64_t r4, uint64_t r5)
{
	if (rq_tree_owner(node_of(node)) != tree_of(root))
		return 0;
	rq_tree_remove(tree_of(root), node_of(node));
	return node;
}

static uint64_t rbtree_first(struct rq_exec *exec, uint64_t root, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return (uintptr_t)rq_tree_first(tree_of(root));
}

static uint64_t rbtree_root(struct rq_exec *exec, uint64_t root, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return (uintptr_t)tree_of(root)->root;
}

static uint64_t rbtree_left(struct rq_exec *exec, uint64_t root, uint64_t node, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return rq_tree_owner(node_of(node)) == tree_of(root) ? (uintptr_t)node_of(node)->left : 0;
}

static uint64_t rbtree_right(struct rq_exec *exec, uint64_t root, uint64_t node, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return rq_tree_owner(node_of(node)) == tree_of(root) ? (uintptr_t)node_of(node)->right : 0;
}

void rq_graph_drop(struct rq_runtime *runtime, void *root, const struct rq_field *field)
{
	const struct rq_struct_meta *meta = rq_btf_struct_meta(field->target_btf, field->target_id);
	bool is_list = field->kind == RQ_FIELD_LIST_HEAD;

	for (;;) {
		unsigned char *node = is_list ? (void *)list_pop(root, true) : (void *)rq_tree_first(root);

		if (!node)
			return;
		if (!is_list)
			rq_tree_remove(root, (struct rq_tree_node *)node);
		rq_object_drop(runtime, node - field->node_offset, meta ? meta->record : NULL);
	}
}

#define KFUNC(kfunc, kf_flags, duty_, since_, function)                                                                \
	{ .name = kfunc, .flags = (kf_flags) | RQ_FUNC_UNDER_LOCK, .duty = (duty_), .since = (since_),                 \
	  .groups = RQ_GROUP_GENERIC, .call = (function) }

static const struct rq_func rows[] = {
	KFUNC("bpf_list_push_front_impl", 0, RQ_DUTY_LIST_PUSH, RQ_KERNEL_6_15, list_push_front),
	KFUNC("bpf_list_push_back_impl", 0, RQ_DUTY_LIST_PUSH, RQ_KERNEL_6_15, list_push_back),
	KFUNC("bpf_list_pop_front", RQ_KF_ACQUIRE | RQ_KF_RET_NULL, RQ_DUTY_LIST_POP, RQ_KERNEL_6_15, list_pop_front),
	KFUNC("bpf_list_pop_back", RQ_KF_ACQUIRE | RQ_KF_RET_NULL, RQ_DUTY_LIST_POP, RQ_KERNEL_6_15, list_pop_back),
	KFUNC("bpf_list_front", RQ_KF_RET_NULL, RQ_DUTY_LIST_FRONT, RQ_KERNEL_6_18, list_front),
	KFUNC("bpf_list_back", RQ_KF_RET_NULL, RQ_DUTY_LIST_FRONT, RQ_KERNEL_6_18, list_back),
	KFUNC("bpf_rbtree_add_impl", 0, RQ_DUTY_RBTREE_ADD, RQ_KERNEL_6_15, rbtree_add),
	KFUNC("bpf_rbtree_remove", RQ_KF_ACQUIRE | RQ_KF_RET_NULL, RQ_DUTY_RBTREE_REMOVE, RQ_KERNEL_6_15, rbtree_remove),
	KFUNC("bpf_rbtree_first", RQ_KF_RET_NULL, RQ_DUTY_RBTREE_FIRST, RQ_KERNEL_6_15, rbtree_first),
	KFUNC("bpf_rbtree_root", RQ_KF_RET_NULL, RQ_DUTY_RBTREE_ROOT, RQ_KERNEL_6_18, rbtree_root),
	KFUNC("bpf_rbtree_left", RQ_KF_RET_NULL, RQ_DUTY_RBTREE_CHILD, RQ_KERNEL_6_18, rbtree_left),
	KFUNC("bpf_rbtree_right", RQ_KF_RET_NULL, RQ_DUTY_RBTREE_CHILD, RQ_KERNEL_6_18, rbtree_right),
};

RQ_FUNC_TABLE(rq_graph_funcs, rows);
