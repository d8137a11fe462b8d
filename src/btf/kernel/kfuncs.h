/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel functions that programs may call, by the kernel's names and with its parameter names: their suffixes (__irq_flag,
 * __k, __sz, __szk, __ign, __nullable, __opt, __str, __uninit, __map) are what the verifier knows of an argument. Only types
 * come of this file: what a kfunc does is a row of src/func.
 */
#ifndef RQ_KERNEL_KFUNCS_H
#define RQ_KERNEL_KFUNCS_H

#define KFUNC __attribute__((btf_decl_tag("bpf_kfunc")))

KFUNC int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) { return 0; }
KFUNC void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) {}
KFUNC int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *lock, unsigned long *flags__irq_flag) { return 0; }
KFUNC void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *lock, unsigned long *flags__irq_flag) {}
KFUNC void bpf_local_irq_save(unsigned long *flags__irq_flag) {}
KFUNC void bpf_local_irq_restore(unsigned long *flags__irq_flag) {}
KFUNC void bpf_preempt_disable(void) {}
KFUNC void bpf_preempt_enable(void) {}
KFUNC void bpf_rcu_read_lock(void) {}
KFUNC void bpf_rcu_read_unlock(void) {}
KFUNC void bpf_throw(u64 cookie) {}
KFUNC void *bpf_obj_new_impl(u64 local_type_id__k, void *meta__ign) { return 0; }
KFUNC void bpf_obj_drop_impl(void *p__alloc, void *meta__ign) {}
KFUNC void *bpf_percpu_obj_new_impl(u64 local_type_id__k, void *meta__ign) { return 0; }
KFUNC void bpf_percpu_obj_drop_impl(void *p__alloc, void *meta__ign) {}
KFUNC void *bpf_refcount_acquire_impl(void *p__refcounted_kptr, void *meta__ign) { return 0; }
KFUNC int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta__ign,
	u64 off) { return 0; }
KFUNC int bpf_list_push_back_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta__ign,
	u64 off) { return 0; }
KFUNC struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) { return 0; }
KFUNC struct bpf_list_node *bpf_list_pop_back(struct bpf_list_head *head) { return 0; }
KFUNC struct bpf_list_node *bpf_list_front(struct bpf_list_head *head) { return 0; }
KFUNC struct bpf_list_node *bpf_list_back(struct bpf_list_head *head) { return 0; }
KFUNC int bpf_rbtree_add_impl(struct bpf_rb_root *root, struct bpf_rb_node *node,
	bool (*less)(struct bpf_rb_node *, const struct bpf_rb_node *), void *meta__ign, u64 off) { return 0; }
KFUNC struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *root, struct bpf_rb_node *node) { return 0; }
KFUNC struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root) { return 0; }
KFUNC struct bpf_rb_node *bpf_rbtree_root(struct bpf_rb_root *root) { return 0; }
KFUNC struct bpf_rb_node *bpf_rbtree_left(struct bpf_rb_root *root, struct bpf_rb_node *node) { return 0; }
KFUNC struct bpf_rb_node *bpf_rbtree_right(struct bpf_rb_root *root, struct bpf_rb_node *node) { return 0; }
KFUNC void *bpf_rdonly_cast(const void *obj__ign, u32 btf_id__k) { return 0; }
KFUNC void *bpf_cast_to_kern_ctx(void *obj) { return 0; }
KFUNC int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) { return 0; }
KFUNC int *bpf_iter_num_next(struct bpf_iter_num *it) { return 0; }
KFUNC void bpf_iter_num_destroy(struct bpf_iter_num *it) {}
KFUNC int bpf_iter_bits_new(struct bpf_iter_bits *it, const u64 *unsafe_ptr__ign, u32 nr_words) { return 0; }
KFUNC int *bpf_iter_bits_next(struct bpf_iter_bits *it) { return 0; }
KFUNC void bpf_iter_bits_destroy(struct bpf_iter_bits *it) {}
KFUNC int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task__nullable, unsigned int flags) { return 0; }
KFUNC struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) { return 0; }
KFUNC void bpf_iter_task_destroy(struct bpf_iter_task *it) {}
KFUNC int bpf_iter_task_vma_new(struct bpf_iter_task_vma *it, struct task_struct *task, u64 addr) { return 0; }
KFUNC struct vm_area_struct *bpf_iter_task_vma_next(struct bpf_iter_task_vma *it) { return 0; }
KFUNC void bpf_iter_task_vma_destroy(struct bpf_iter_task_vma *it) {}
KFUNC int bpf_iter_css_new(struct bpf_iter_css *it, struct cgroup_subsys_state *start, unsigned int flags) { return 0; }
KFUNC struct cgroup_subsys_state *bpf_iter_css_next(struct bpf_iter_css *it) { return 0; }
KFUNC void bpf_iter_css_destroy(struct bpf_iter_css *it) {}
KFUNC int bpf_iter_css_task_new(struct bpf_iter_css_task *it, struct cgroup_subsys_state *css,
	unsigned int flags) { return 0; }
KFUNC struct task_struct *bpf_iter_css_task_next(struct bpf_iter_css_task *it) { return 0; }
KFUNC void bpf_iter_css_task_destroy(struct bpf_iter_css_task *it) {}
KFUNC struct task_struct *bpf_task_acquire(struct task_struct *p) { return 0; }
KFUNC void bpf_task_release(struct task_struct *p) {}
KFUNC struct task_struct *bpf_task_from_pid(s32 pid) { return 0; }
KFUNC struct task_struct *bpf_task_from_vpid(s32 vpid) { return 0; }
KFUNC struct cgroup *bpf_task_get_cgroup1(struct task_struct *task, int hierarchy_id) { return 0; }
KFUNC long bpf_task_under_cgroup(struct task_struct *task, struct cgroup *ancestor) { return 0; }
KFUNC struct cgroup *bpf_cgroup_acquire(struct cgroup *cgrp) { return 0; }
KFUNC void bpf_cgroup_release(struct cgroup *cgrp) {}
KFUNC struct cgroup *bpf_cgroup_ancestor(struct cgroup *cgrp, int level) { return 0; }
KFUNC struct cgroup *bpf_cgroup_from_id(u64 cgid) { return 0; }
KFUNC struct bpf_cpumask *bpf_cpumask_create(void) { return 0; }
KFUNC struct bpf_cpumask *bpf_cpumask_acquire(struct bpf_cpumask *cpumask) { return 0; }
KFUNC void bpf_cpumask_release(struct bpf_cpumask *cpumask) {}
KFUNC u32 bpf_cpumask_first(const struct cpumask *cpumask) { return 0; }
KFUNC u32 bpf_cpumask_first_zero(const struct cpumask *cpumask) { return 0; }
KFUNC u32 bpf_cpumask_first_and(const struct cpumask *src1, const struct cpumask *src2) { return 0; }
KFUNC void bpf_cpumask_set_cpu(u32 cpu, struct bpf_cpumask *cpumask) {}
KFUNC void bpf_cpumask_clear_cpu(u32 cpu, struct bpf_cpumask *cpumask) {}
KFUNC bool bpf_cpumask_test_cpu(u32 cpu, const struct cpumask *cpumask) { return 0; }
KFUNC bool bpf_cpumask_test_and_set_cpu(u32 cpu, struct bpf_cpumask *cpumask) { return 0; }
KFUNC bool bpf_cpumask_test_and_clear_cpu(u32 cpu, struct bpf_cpumask *cpumask) { return 0; }
KFUNC void bpf_cpumask_setall(struct bpf_cpumask *cpumask) {}
KFUNC void bpf_cpumask_clear(struct bpf_cpumask *cpumask) {}
KFUNC bool bpf_cpumask_and(struct bpf_cpumask *dst, const struct cpumask *src1, const struct cpumask *src2) { return 0; }
KFUNC void bpf_cpumask_or(struct bpf_cpumask *dst, const struct cpumask *src1, const struct cpumask *src2) {}
KFUNC void bpf_cpumask_xor(struct bpf_cpumask *dst, const struct cpumask *src1, const struct cpumask *src2) {}
KFUNC bool bpf_cpumask_equal(const struct cpumask *src1, const struct cpumask *src2) { return 0; }
KFUNC bool bpf_cpumask_intersects(const struct cpumask *src1, const struct cpumask *src2) { return 0; }
KFUNC bool bpf_cpumask_subset(const struct cpumask *src1, const struct cpumask *src2) { return 0; }
KFUNC bool bpf_cpumask_empty(const struct cpumask *cpumask) { return 0; }
KFUNC bool bpf_cpumask_full(const struct cpumask *cpumask) { return 0; }
KFUNC void bpf_cpumask_copy(struct bpf_cpumask *dst, const struct cpumask *src) {}
KFUNC u32 bpf_cpumask_any_distribute(const struct cpumask *cpumask) { return 0; }
KFUNC u32 bpf_cpumask_any_and_distribute(const struct cpumask *src1, const struct cpumask *src2) { return 0; }
KFUNC u32 bpf_cpumask_weight(const struct cpumask *cpumask) { return 0; }
KFUNC int bpf_cpumask_populate(struct cpumask *cpumask, void *src, size_t src__sz) { return 0; }
KFUNC int bpf_dynptr_from_skb(struct __sk_buff *s, u64 flags, struct bpf_dynptr *ptr__uninit) { return 0; }
KFUNC int bpf_dynptr_from_xdp(struct xdp_md *x, u64 flags, struct bpf_dynptr *ptr__uninit) { return 0; }
KFUNC void *bpf_dynptr_slice(const struct bpf_dynptr *p, u32 offset, void *buffer__opt, u32 buffer__szk) { return 0; }
KFUNC void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *p, u32 offset, void *buffer__opt, u32 buffer__szk) { return 0; }
KFUNC int bpf_dynptr_adjust(const struct bpf_dynptr *p, u32 start, u32 end) { return 0; }
KFUNC bool bpf_dynptr_is_null(const struct bpf_dynptr *p) { return 0; }
KFUNC bool bpf_dynptr_is_rdonly(const struct bpf_dynptr *p) { return 0; }
KFUNC __u32 bpf_dynptr_size(const struct bpf_dynptr *p) { return 0; }
KFUNC int bpf_dynptr_clone(const struct bpf_dynptr *p, struct bpf_dynptr *clone__uninit) { return 0; }
KFUNC int bpf_dynptr_copy(struct bpf_dynptr *dst_ptr, u32 dst_off, struct bpf_dynptr *src_ptr, u32 src_off,
	u32 size) { return 0; }
KFUNC int bpf_dynptr_memset(struct bpf_dynptr *p, u32 offset, u32 size, u8 val) { return 0; }
KFUNC int bpf_stream_vprintk_impl(int stream_id, const char *fmt__str, const void *args, u32 len__sz, void *aux__prog) { return 0; }
KFUNC int bpf_strcmp(const char *s1__ign, const char *s2__ign) { return 0; }
KFUNC int bpf_strcasecmp(const char *s1__ign, const char *s2__ign) { return 0; }
KFUNC int bpf_strchr(const char *s__ign, char c) { return 0; }
KFUNC int bpf_strchrnul(const char *s__ign, char c) { return 0; }
KFUNC int bpf_strnchr(const char *s__ign, size_t count, char c) { return 0; }
KFUNC int bpf_strrchr(const char *s__ign, int c) { return 0; }
KFUNC int bpf_strlen(const char *s__ign) { return 0; }
KFUNC int bpf_strnlen(const char *s__ign, size_t count) { return 0; }
KFUNC int bpf_strspn(const char *s__ign, const char *accept__ign) { return 0; }
KFUNC int bpf_strcspn(const char *s__ign, const char *reject__ign) { return 0; }
KFUNC int bpf_strstr(const char *s1__ign, const char *s2__ign) { return 0; }
KFUNC int bpf_strnstr(const char *s1__ign, const char *s2__ign, size_t len) { return 0; }
KFUNC int bpf_copy_from_user_str(void *dst, u32 dst__sz, const void *unsafe_ptr__ign, u64 flags) { return 0; }
KFUNC int bpf_copy_from_user_task_str(void *dst, u32 dst__sz, const void *unsafe_ptr__ign,
	struct task_struct *tsk, u64 flags) { return 0; }
KFUNC s64 bpf_map_sum_elem_count(const struct bpf_map *map) { return 0; }
KFUNC int bpf_wq_init(struct bpf_wq *wq, void *p__map, unsigned int flags) { return 0; }
KFUNC int bpf_wq_set_callback_impl(struct bpf_wq *wq, int (*callback_fn)(void *, int *, void *),
	unsigned int flags, void *aux__prog) { return 0; }
KFUNC int bpf_wq_start(struct bpf_wq *wq, unsigned int flags) { return 0; }
KFUNC void *bpf_arena_alloc_pages(void *p__map, void *addr__ign, u32 page_cnt, int node_id, u64 flags) { return 0; }
KFUNC void bpf_arena_free_pages(void *p__map, void *ptr__ign, u32 page_cnt) {}
KFUNC int bpf_arena_reserve_pages(void *p__map, void *ptr__ign, u32 page_cnt) { return 0; }
KFUNC struct kmem_cache *bpf_get_kmem_cache(u64 addr) { return 0; }
KFUNC int bpf_iter_kmem_cache_new(struct bpf_iter_kmem_cache *it) { return 0; }
KFUNC struct kmem_cache *bpf_iter_kmem_cache_next(struct bpf_iter_kmem_cache *it) { return 0; }
KFUNC void bpf_iter_kmem_cache_destroy(struct bpf_iter_kmem_cache *it) {}
KFUNC int bpf_send_signal_task(struct task_struct *task, int sig, enum pid_type type, u64 value) { return 0; }
KFUNC struct file *bpf_get_task_exe_file(struct task_struct *task) { return 0; }
KFUNC void bpf_put_file(struct file *file) {}
KFUNC int bpf_path_d_path(const struct path *path, char *buf, size_t buf__sz) { return 0; }
KFUNC bool bpf_session_is_return(void) { return 0; }
KFUNC __u64 *bpf_session_cookie(void) { return 0; }
KFUNC int bpf_sock_addr_set_sun_path(struct bpf_sock_addr_kern *sa_kern, const u8 *sun_path, u32 sun_path__sz) { return 0; }
KFUNC int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, u64 *timestamp) { return 0; }
KFUNC int bpf_xdp_metadata_rx_hash(const struct xdp_md *ctx, u32 *hash, enum xdp_rss_hash_type *rss_type) { return 0; }
KFUNC int bpf_sock_destroy(struct sock_common *sock) { return 0; }
KFUNC struct bpf_crypto_ctx *bpf_crypto_ctx_create(const struct bpf_crypto_params *params, u32 params__sz,
	int *err) { return 0; }
KFUNC u32 tcp_slow_start(struct tcp_sock *tp, u32 acked) { return 0; }
KFUNC void tcp_cong_avoid_ai(struct tcp_sock *tp, u32 w, u32 acked) {}
KFUNC u32 tcp_reno_ssthresh(struct sock *sk) { return 0; }
KFUNC void tcp_reno_cong_avoid(struct sock *sk, u32 ack, u32 acked) {}
KFUNC u32 tcp_reno_undo_cwnd(struct sock *sk) { return 0; }

#undef KFUNC 
#endif
