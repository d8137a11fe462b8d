// SPDX-License-Identifier: BSD-2-Clause
/* Linked lists and red-black trees of allocated objects. */
#include "func/args.h"
#include "func/tables.h"

#define KFUNC(kfunc, kf_flags, duty_, since_, function)                                                                 \
	{ .name = kfunc, .flags = (kf_flags) | RQ_FUNC_UNDER_LOCK, .duty = (duty_), .since = (since_),                  \
	  .groups = RQ_GROUP_GENERIC, .call = (function) }

static const struct rq_func rows[] = {
	KFUNC("bpf_list_push_front_impl", 0, RQ_DUTY_LIST_PUSH, RQ_KERNEL_6_15, NULL),
	KFUNC("bpf_list_push_back_impl", 0, RQ_DUTY_LIST_PUSH, RQ_KERNEL_6_15, NULL),
	KFUNC("bpf_list_pop_front", RQ_KF_ACQUIRE | RQ_KF_RET_NULL, RQ_DUTY_LIST_POP, RQ_KERNEL_6_15, NULL),
	KFUNC("bpf_list_pop_back", RQ_KF_ACQUIRE | RQ_KF_RET_NULL, RQ_DUTY_LIST_POP, RQ_KERNEL_6_15, NULL),
	KFUNC("bpf_list_front", RQ_KF_RET_NULL, RQ_DUTY_LIST_FRONT, RQ_KERNEL_6_18, NULL),
	KFUNC("bpf_list_back", RQ_KF_RET_NULL, RQ_DUTY_LIST_FRONT, RQ_KERNEL_6_18, NULL),
	KFUNC("bpf_rbtree_add_impl", 0, RQ_DUTY_RBTREE_ADD, RQ_KERNEL_6_15, NULL),
	KFUNC("bpf_rbtree_remove", RQ_KF_ACQUIRE | RQ_KF_RET_NULL, RQ_DUTY_RBTREE_REMOVE, RQ_KERNEL_6_15, NULL),
	KFUNC("bpf_rbtree_first", RQ_KF_RET_NULL, RQ_DUTY_RBTREE_FIRST, RQ_KERNEL_6_15, NULL),
	KFUNC("bpf_rbtree_root", RQ_KF_RET_NULL, RQ_DUTY_RBTREE_ROOT, RQ_KERNEL_6_18, NULL),
	KFUNC("bpf_rbtree_left", RQ_KF_RET_NULL, RQ_DUTY_RBTREE_CHILD, RQ_KERNEL_6_18, NULL),
	KFUNC("bpf_rbtree_right", RQ_KF_RET_NULL, RQ_DUTY_RBTREE_CHILD, RQ_KERNEL_6_18, NULL),
};

RQ_FUNC_TABLE(rq_graph_funcs, rows);
