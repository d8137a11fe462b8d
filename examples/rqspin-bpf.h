/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the examples need beside linux/bpf.h and bpf_helpers.h: the lock's type and the kernel functions that they call.
 * With a vmlinux.h of Linux 6.15 or later, include that in its place.
 */
#ifndef RQSPIN_BPF_EXAMPLES_H
#define RQSPIN_BPF_EXAMPLES_H

#include <linux/bpf.h>
#include <linux/version.h>
#include <stdbool.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct bpf_res_spin_lock {
	__u32 val;
};

extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;
extern int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *lock, unsigned long *flags) __ksym;
extern void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *lock,
					   unsigned long *flags) __ksym;

/* Interrupts off and on again; not for NMIs, which nothing holds back. */
extern void bpf_local_irq_save(unsigned long *flags) __ksym;
extern void bpf_local_irq_restore(unsigned long *flags) __ksym;

/* ---- Lists, trees and the objects in them; Debian 12's headers are older than these types ---- */

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
struct bpf_list_head {
	__u64 : 64;
	__u64 : 64;
} __attribute__((aligned(8)));

struct bpf_list_node {
	__u64 : 64;
	__u64 : 64;
	__u64 : 64;
} __attribute__((aligned(8)));

struct bpf_rb_root {
	__u64 : 64;
	__u64 : 64;
} __attribute__((aligned(8)));

struct bpf_rb_node {
	__u64 : 64;
	__u64 : 64;
	__u64 : 64;
	__u64 : 64;
} __attribute__((aligned(8)));

struct bpf_iter_num {
	__u64 opaque[1];
} __attribute__((aligned(8)));
#endif

/* Which struct's which member a list head or a tree root links. */
#define __contains(type, member) __attribute__((btf_decl_tag("contains:" #type ":" #member)))

extern void *bpf_obj_new_impl(__u64 local_type_id, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *object, void *meta) __ksym;
extern int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta,
				    __u64 offset) __ksym;
extern int bpf_list_push_back_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta,
				   __u64 offset) __ksym;
extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) __ksym;
extern struct bpf_list_node *bpf_list_pop_back(struct bpf_list_head *head) __ksym;
extern int bpf_rbtree_add_impl(struct bpf_rb_root *root, struct bpf_rb_node *node,
			       bool(less)(struct bpf_rb_node *, const struct bpf_rb_node *), void *meta,
			       __u64 offset) __ksym;
extern struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *root, struct bpf_rb_node *node) __ksym;
extern struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root) __ksym;
extern int bpf_iter_num_new(struct bpf_iter_num *iterator, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *iterator) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *iterator) __ksym;

#define bpf_obj_new(type)		((type *)bpf_obj_new_impl(bpf_core_type_id_local(type), NULL))
#define bpf_obj_drop(object)		bpf_obj_drop_impl(object, NULL)
#define bpf_list_push_front(head, node) bpf_list_push_front_impl(head, node, NULL, 0)
#define bpf_list_push_back(head, node)	bpf_list_push_back_impl(head, node, NULL, 0)
#define bpf_rbtree_add(root, node, less) bpf_rbtree_add_impl(root, node, less, NULL, 0)

#ifndef container_of
#define container_of(pointer, type, member) ((type *)((void *)(pointer) - __builtin_offsetof(type, member)))
#endif

/* ---- Locks and counters of the examples ---- */

/*
 * A lock as a global variable: hidden, and alone in its section, because the kernel looks for at most one lock in a map
 * value, and a section of data is one map value.
 */
#define GLOBAL_LOCK(name) struct bpf_res_spin_lock name __hidden SEC(".data." #name)

/*
 * Counting what must come out exact: NAME is written under the lock, as any data would be; NAME_expected, by one atomic
 * instruction, needs no lock. `rqspin stress` compares every such pair of global variables when it ends.
 */
#define EXPECT_MORE(name, by) __sync_fetch_and_add(&name##_expected, by)
#define EXPECT_ONE_MORE(name) EXPECT_MORE(name, 1)

#endif
