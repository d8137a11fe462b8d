/* SPDX-License-Identifier: BSD-2-Clause */
/* Common declarations of the programs here and in tests/sys/general: headers, kfunc prototypes and a few macros. */
#pragma once
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

char _license[] SEC("license") = "GPL";

#define NI __attribute__((noinline))
#define NAKED __attribute__((naked))
#define HIDE(v) asm volatile("" : "+r"(v))        /* the compiler forgets what it knows of v */
#define ALLREGS "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "memory"
#define KFUN extern __attribute__((section(".ksyms"))) __attribute__((weak))
#define ARG_TAG(t) __attribute__((btf_decl_tag("arg:" t)))
#define CONTAINS(n, f) __attribute__((btf_decl_tag("contains:" #n ":" #f)))
#define KPTR __attribute__((btf_type_tag("kptr")))
#define KPTR_UNTRUSTED __attribute__((btf_type_tag("kptr_untrusted")))
#define PERCPU_KPTR __attribute__((btf_type_tag("percpu_kptr")))
#define PRIVATE(n) SEC(".data." #n) __hidden __attribute__((aligned(8)))
#define holder(p, T, m) ((T *)((char *)(p) - __builtin_offsetof(T, m)))
#define BEGIN(c) ((char *)(long)(c)->data)
#define END(c) ((char *)(long)(c)->data_end)

/* One map of every common shape. */
#define ARRAY_MAP(n, V, N) struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, N); __type(key, u32); __type(value, V); } n SEC(".maps")
#define HASH_MAP(n, K, V, N) struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, N); __type(key, K); __type(value, V); } n SEC(".maps")
#define RINGBUF_MAP(n) struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } n SEC(".maps")

KFUN void *bpf_obj_new_impl(u64 local_type_id, void *meta);
KFUN void bpf_obj_drop_impl(void *p, void *meta);
KFUN void *bpf_percpu_obj_new_impl(u64 local_type_id, void *meta);
KFUN void bpf_percpu_obj_drop_impl(void *p, void *meta);
KFUN void *bpf_refcount_acquire_impl(void *p, void *meta);
KFUN int bpf_list_push_front_impl(struct bpf_list_head *h, struct bpf_list_node *n, void *meta, u64 off);
KFUN int bpf_list_push_back_impl(struct bpf_list_head *h, struct bpf_list_node *n, void *meta, u64 off);
KFUN struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *h);
KFUN struct bpf_list_node *bpf_list_pop_back(struct bpf_list_head *h);
KFUN struct bpf_list_node *bpf_list_front(struct bpf_list_head *h);
KFUN int bpf_rbtree_add_impl(struct bpf_rb_root *r, struct bpf_rb_node *n,
			     bool (less)(struct bpf_rb_node *, const struct bpf_rb_node *), void *meta, u64 off);
KFUN struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *r);
KFUN struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *r, struct bpf_rb_node *n);
KFUN struct bpf_rb_node *bpf_rbtree_root(struct bpf_rb_root *r);
KFUN struct bpf_rb_node *bpf_rbtree_left(struct bpf_rb_root *r, struct bpf_rb_node *n);
KFUN struct bpf_rb_node *bpf_rbtree_right(struct bpf_rb_root *r, struct bpf_rb_node *n);
KFUN void *bpf_rdonly_cast(const void *obj, u32 id);
KFUN void *bpf_cast_to_kern_ctx(void *obj);
KFUN int bpf_iter_num_new(struct bpf_iter_num *it, int s, int e);
KFUN int *bpf_iter_num_next(struct bpf_iter_num *it);
KFUN void bpf_iter_num_destroy(struct bpf_iter_num *it);
KFUN int bpf_iter_bits_new(struct bpf_iter_bits *it, const u64 *unsafe_ptr__ign, u32 nr_words);
KFUN int *bpf_iter_bits_next(struct bpf_iter_bits *it);
KFUN void bpf_iter_bits_destroy(struct bpf_iter_bits *it);
KFUN int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task, unsigned int flags);
KFUN struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it);
KFUN void bpf_iter_task_destroy(struct bpf_iter_task *it);
KFUN struct task_struct *bpf_task_acquire(struct task_struct *p);
KFUN void bpf_task_release(struct task_struct *p);
KFUN struct task_struct *bpf_task_from_pid(s32 pid);
KFUN struct cgroup *bpf_cgroup_acquire(struct cgroup *c);
KFUN void bpf_cgroup_release(struct cgroup *c);
KFUN struct cgroup *bpf_cgroup_from_id(u64 id);
KFUN struct bpf_cpumask *bpf_cpumask_create(void);
KFUN void bpf_cpumask_release(struct bpf_cpumask *m);
KFUN void bpf_cpumask_set_cpu(u32 cpu, struct bpf_cpumask *m);
KFUN bool bpf_cpumask_test_cpu(u32 cpu, const struct cpumask *m);
KFUN u32 bpf_cpumask_weight(const struct cpumask *m);
KFUN void bpf_rcu_read_lock(void);
KFUN void bpf_rcu_read_unlock(void);
KFUN void bpf_preempt_disable(void);
KFUN void bpf_preempt_enable(void);
KFUN void bpf_throw(u64 cookie);
KFUN int bpf_dynptr_from_skb(struct __sk_buff *s, u64 flags, struct bpf_dynptr *d);
KFUN int bpf_dynptr_from_xdp(struct xdp_md *x, u64 flags, struct bpf_dynptr *d);
KFUN void *bpf_dynptr_slice(const struct bpf_dynptr *d, u32 off, void *buf, u32 buf__szk);
KFUN void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *d, u32 off, void *buf, u32 buf__szk);
KFUN int bpf_dynptr_adjust(const struct bpf_dynptr *d, u32 start, u32 end);
KFUN bool bpf_dynptr_is_null(const struct bpf_dynptr *d);
KFUN bool bpf_dynptr_is_rdonly(const struct bpf_dynptr *d);
KFUN u32 bpf_dynptr_size(const struct bpf_dynptr *d);
KFUN int bpf_dynptr_clone(const struct bpf_dynptr *d, struct bpf_dynptr *clone);
KFUN int bpf_dynptr_copy(struct bpf_dynptr *dst, u32 dst_off, struct bpf_dynptr *src, u32 src_off, u32 size);
KFUN int bpf_dynptr_memset(struct bpf_dynptr *d, u32 offset, u32 size, u8 val);
KFUN int bpf_strcmp(const char *s1__ign, const char *s2__ign);
KFUN int bpf_strlen(const char *s__ign);
KFUN int bpf_strnlen(const char *s__ign, size_t n);
KFUN int bpf_strchr(const char *s__ign, char c);
KFUN int bpf_strrchr(const char *s__ign, int c);
KFUN int bpf_strspn(const char *s__ign, const char *accept__ign);
KFUN int bpf_strcspn(const char *s__ign, const char *reject__ign);
KFUN int bpf_strstr(const char *s1__ign, const char *s2__ign);
KFUN int bpf_strnstr(const char *s1__ign, const char *s2__ign, size_t n);

#define obj_new(T) ((T *)bpf_obj_new_impl(bpf_core_type_id_local(T), 0))
#define obj_drop(p) bpf_obj_drop_impl(p, 0)
#define percpu_obj_new(T) ((T *)bpf_percpu_obj_new_impl(bpf_core_type_id_local(T), 0))
#define percpu_obj_drop(p) bpf_percpu_obj_drop_impl(p, 0)
#define ref_acquire(p) bpf_refcount_acquire_impl(p, 0)
