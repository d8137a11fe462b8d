/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the examples need beside linux/bpf.h and bpf_helpers.h: the lock's type and the kernel functions that take it.
 * With a vmlinux.h of Linux 6.15 or later, include that in its place.
 */
#ifndef RQSPIN_BPF_EXAMPLES_H
#define RQSPIN_BPF_EXAMPLES_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bpf_res_spin_lock {
	__u32 val;
};

extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;
extern int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *lock, unsigned long *flags) __ksym;
extern void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *lock,
					   unsigned long *flags) __ksym;

/*
 * A lock as a global variable: hidden, and alone in its section, because the kernel looks for at most one lock in a map
 * value, and a section of data is one map value.
 */
#define GLOBAL_LOCK(name) struct bpf_res_spin_lock name __hidden SEC(".data." #name)

/*
 * Counting what must come out exact: NAME is written under the lock, as any data would be; NAME_expected, by one atomic
 * instruction, needs no lock. `rqspin stress` compares every such pair of global variables when it ends.
 */
#define EXPECT_ONE_MORE(name) __sync_fetch_and_add(&name##_expected, 1)

#endif
