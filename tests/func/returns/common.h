/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs whose return value says what a function of the kernel gives. returns.tsv holds what Linux 6.18.44 returned; rqspin
 * must return the same.
 */
#ifndef RQ_TESTS_FUNC_RETURNS_COMMON_H
#define RQ_TESTS_FUNC_RETURNS_COMMON_H

#include <vmlinux.h>
#include <bpf/bpf_helpers.h>

#define EINVAL 22
#define BPF_ANY 0
#define BPF_NOEXIST 1
#define BPF_EXIST 2
#define BPF_F_LOCK 4

extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;
extern int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *lock, unsigned long *flags__irq_flag) __ksym;
extern void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *lock, unsigned long *flags__irq_flag) __ksym;
extern void bpf_local_irq_save(unsigned long *flags__irq_flag) __ksym;
extern void bpf_local_irq_restore(unsigned long *flags__irq_flag) __ksym;
extern void bpf_preempt_disable(void) __ksym;
extern void bpf_preempt_enable(void) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern void bpf_throw(__u64 cookie) __ksym;

/* A program of its own for each expression. */
#define RETURNS(name, expression) SEC("tc") int name(struct __sk_buff *ctx) { return (int)(expression); }
#define XDP_RETURNS(name, expression) SEC("xdp") int name(struct xdp_md *ctx) { return (int)(expression); }

/* One number of many. */
static __always_inline __u32 mix(__u32 hash, __u32 value)
{
	return (hash ^ value) * 16777619u;
}

static __always_inline __u32 hash_of(const char *bytes, __u32 size)
{
	__u32 hash = 2166136261u;

	for (__u32 i = 0; i < size; i++)
		hash = mix(hash, (__u8)bytes[i]);
	return hash;
}

char LICENSE[] SEC("license") = "GPL";

#endif
