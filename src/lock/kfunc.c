/* SPDX-License-Identifier: BSD-2-Clause */
/* rqspin/kfunc.h: the kernel's names, over the same lock. A first call without memory for its table takes nothing. */
#define RQSPIN_NO_INLINE
#include <errno.h>

#include "lock/domain.h"
#include "lock/internal.h"
#include "rqspin/kfunc.h"

#define CALLER ((uintptr_t)__builtin_return_address(0))

_Static_assert(sizeof(struct bpf_res_spin_lock) == sizeof(rqspinlock_t), "a program's lock is the lock's word");

static rqspinlock_t *word_of(struct bpf_res_spin_lock *lock)
{
	return (rqspinlock_t *)lock;
}

/* More often than it was disabled: a mistake, here or at an enable before. It must not make the count wrap. */
static void enable_preemption(struct rq_cpu *cpu, rqspinlock_t *lock, uintptr_t site)
{
	if (rq_cpu_preempt_count(cpu))
		rq_preempt_enable(cpu);
	else
		rq_report_mistake(cpu, RQSPIN_REPORT_PREEMPT_ON, lock, site, 0);
}

int bpf_res_spin_lock(struct bpf_res_spin_lock *lock)
{
	struct rq_cpu *cpu = rq_thread_cpu();
	int err;

	if (!cpu)
		return -ENOMEM;
	rq_preempt_disable(cpu);
	err = rq_lock_acquire(cpu, word_of(lock), 0, CALLER, NULL);
	if (err)
		rq_preempt_enable(cpu);
	return err;
}

void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock)
{
	struct rq_cpu *cpu = rq_thread_cpu();

	if (cpu && !rq_release(cpu, word_of(lock), CALLER))
		enable_preemption(cpu, word_of(lock), CALLER);
}

int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *lock, unsigned long *flags__irq_flag)
{
	struct rq_cpu *cpu = rq_thread_cpu();
	int err;

	if (!cpu)
		return -ENOMEM;
	rq_preempt_disable(cpu);
	err = rq_lock_irqsave(word_of(lock), (struct rq_limit){ 0 }, flags__irq_flag, CALLER);
	if (err)
		rq_preempt_enable(cpu);
	return err;
}

void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *lock, unsigned long *flags__irq_flag)
{
	struct rq_cpu *cpu = rq_thread_cpu();

	if (cpu && !rq_unlock_irqrestore(word_of(lock), flags__irq_flag, CALLER))
		enable_preemption(cpu, word_of(lock), CALLER);
}

void bpf_local_irq_save(unsigned long *flags__irq_flag)
{
	struct rq_cpu *cpu = rq_thread_cpu();

	if (cpu)
		rq_irq_save(cpu, flags__irq_flag);
}

void bpf_local_irq_restore(unsigned long *flags__irq_flag)
{
	struct rq_cpu *cpu = rq_thread_cpu();

	if (cpu)
		rq_irq_restore(cpu, flags__irq_flag, CALLER);
}

void bpf_preempt_disable(void)
{
	struct rq_cpu *cpu = rq_thread_cpu();

	if (cpu)
		rq_preempt_disable(cpu);
}

void bpf_preempt_enable(void)
{
	struct rq_cpu *cpu = rq_thread_cpu();

	if (cpu)
		enable_preemption(cpu, NULL, CALLER);
}
