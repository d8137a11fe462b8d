/* SPDX-License-Identifier: BSD-2-Clause */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#define KF extern __attribute__((section(".ksyms"))) __attribute__((weak))
KF int bpf_res_spin_lock(struct bpf_res_spin_lock *lock);
KF void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock);
KF int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *lock, unsigned long *flags);
KF void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *lock, unsigned long *flags);
KF void bpf_local_irq_save(unsigned long *);
KF void bpf_local_irq_restore(unsigned long *);
KF void bpf_preempt_disable(void);
KF void bpf_preempt_enable(void);
KF void bpf_rcu_read_lock(void);
KF void bpf_rcu_read_unlock(void);
KF void bpf_throw(u64);
KF void *bpf_obj_new_impl(u64 local_type_id, void *meta);
KF void bpf_obj_drop_impl(void *p, void *meta);
KF void *bpf_percpu_obj_new_impl(u64 local_type_id, void *meta);
KF void bpf_percpu_obj_drop_impl(void *p, void *meta);
KF void *bpf_refcount_acquire_impl(void *p, void *meta);
KF int bpf_list_push_front_impl(struct bpf_list_head *h, struct bpf_list_node *n, void *meta, u64 off);
KF struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *h);
KF int bpf_rbtree_add_impl(struct bpf_rb_root *r, struct bpf_rb_node *n, bool (less)(struct bpf_rb_node *, const struct bpf_rb_node *), void *meta, u64 off);
KF struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *r);
KF struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *r, struct bpf_rb_node *n);
KF void *bpf_rdonly_cast(const void *obj, u32 id);
KF int bpf_copy_from_user_str(void *dst, u32 dst__sz, const void *unsafe_ptr__ign, u64 flags);
KF int bpf_iter_num_new(struct bpf_iter_num *it, int s, int e);
KF int *bpf_iter_num_next(struct bpf_iter_num *it);
KF void bpf_iter_num_destroy(struct bpf_iter_num *it);
KF struct task_struct *bpf_task_acquire(struct task_struct *p);
KF void bpf_task_release(struct task_struct *p);
KF struct task_struct *bpf_task_from_pid(s32 pid);
#define bpf_obj_new(T) ((T*)bpf_obj_new_impl(bpf_core_type_id_local(T), 0))
#define bpf_obj_drop(p) bpf_obj_drop_impl(p, 0)
#define bpf_core_castx(p,T) ((T*)bpf_rdonly_cast((p), bpf_core_type_id_kernel(T)))
#define barrier_varx(v) asm volatile("" : "+r"(v))
#define private(name) SEC(".data." #name) __hidden __attribute__((aligned(8)))
#define __contains(n, f) __attribute__((btf_decl_tag("contains:" #n ":" #f)))
#define __kptr_ __attribute__((btf_type_tag("kptr")))
#define NI __attribute__((noinline))
#define RL struct bpf_res_spin_lock
struct elem { RL lock; int cnt; long pad; };
struct selem { struct bpf_spin_lock lock; int cnt; long pad; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 64); __type(key,int); __type(value, struct elem);} am SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 64); __type(key,int); __type(value, struct selem);} sm SEC(".maps");
#ifndef LICENSE
#define LICENSE "GPL"
#endif
char _license[] SEC("license")=LICENSE;
static __always_inline struct elem *E(int k){ return bpf_map_lookup_elem(&am,&k); }
static __always_inline struct selem *S(int k){ return bpf_map_lookup_elem(&sm,&k); }
RL lA __hidden SEC(".data.A");
RL lB __hidden SEC(".data.B");
RL lC __hidden SEC(".data.C");
struct bpf_spin_lock sA __hidden SEC(".data.SA");
