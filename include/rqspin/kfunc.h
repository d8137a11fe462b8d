/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rqspin/kfunc.h - the kernel's names for C programs
 *
 * The same calls that a BPF program makes, on the calling thread as CPU, with the locks of rqspin/lock.h. May be included
 * together with linux/bpf.h. Every function may be called from a signal handler.
 */
#ifndef RQSPIN_KFUNC_H
#define RQSPIN_KFUNC_H

#include <stdint.h>

#include "rqspin/lock.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All-zero is unlocked. */
struct bpf_res_spin_lock {
	uint32_t val;
};

/* Preemption off, then the lock: 0, and preemption stays off; -EDEADLK or -ETIMEDOUT, and all is as before. */
__attribute__((__warn_unused_result__)) int bpf_res_spin_lock(struct bpf_res_spin_lock *lock);
void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock);

/* Preemption off, then interrupts, then the lock. *flags__irq_flag is written on success only. */
__attribute__((__warn_unused_result__)) int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *lock,
								      unsigned long *flags__irq_flag);
void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *lock, unsigned long *flags__irq_flag);

void bpf_local_irq_save(unsigned long *flags__irq_flag);
void bpf_local_irq_restore(unsigned long *flags__irq_flag);
void bpf_preempt_disable(void);
void bpf_preempt_enable(void);

#ifdef RQSPIN_TSAN

/* As in rqspin/lock-inline.h. */
#define bpf_res_spin_lock(lock)                                                                    \
	RQSPIN_TSAN_ANNOTATED(lock, (bpf_res_spin_lock)((struct bpf_res_spin_lock *)rqspin_taken))
#define bpf_res_spin_unlock(lock)                                                                  \
	((void)RQSPIN_TSAN_ANNOTATED_UNLOCK(lock, ((bpf_res_spin_unlock)((struct bpf_res_spin_lock *)rqspin_given), 0)))
#define bpf_res_spin_lock_irqsave(lock, flags)                                                     \
	RQSPIN_TSAN_ANNOTATED(lock, (bpf_res_spin_lock_irqsave)((struct bpf_res_spin_lock *)rqspin_taken, flags))
#define bpf_res_spin_unlock_irqrestore(lock, flags)                                                \
	((void)RQSPIN_TSAN_ANNOTATED_UNLOCK(                                                       \
		lock, ((bpf_res_spin_unlock_irqrestore)((struct bpf_res_spin_lock *)rqspin_given, flags), 0)))

#endif

#ifdef __cplusplus
}
#endif

#endif
