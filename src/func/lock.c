// SPDX-License-Identifier: BSD-2-Clause
/*
 * Locks, interrupts, preemption, RCU. The kernel's order: preemption off, interrupts off, lock; a failure undoes that in
 * reverse and leaves *flags alone, since the verifier took it for untouched on that path.
 */
#include <errno.h>
#include <stdatomic.h>

#include "cpu/cpu.h"
#include "func/args.h"
#include "func/stream.h"
#include "func/tables.h"
#include "lock/lock.h"
#include "vm/vm.h"

/*
 * What a program finds in its flags after they were restored: an x86 processor's flags as a test run on Linux has them. Bit 9
 * says that interrupts were on, and is all that we look at.
 */
#define FLAGS_IRQS_OFF 0x097
#define FLAGS_IRQS_ON  0x297

static unsigned long flags_of(unsigned long irqs_were_on)
{
	return irqs_were_on ? FLAGS_IRQS_ON : FLAGS_IRQS_OFF;
}

static void restore_irqs(struct rq_exec *exec, uint64_t flags)
{
	rq_local_irq_restore(exec->cpu, *(const unsigned long *)(uintptr_t)flags & FLAGS_IRQS_ON & ~FLAGS_IRQS_OFF);
}

/* For reports of what lands inside the call, on this very thread. */
static void note_lock(struct rq_exec *exec, const rqspinlock_t *lock)
{
	__atomic_store_n(&exec->lock, lock, __ATOMIC_RELAXED);
	atomic_signal_fence(memory_order_seq_cst);
}

static int acquire(struct rq_exec *exec, rqspinlock_t *lock)
{
	bool watched = exec->observer && exec->observer->lock_attempted;
	struct rq_lock_cost cost = { 0 };
	int err;

	note_lock(exec, lock);
	err = rq_lock_acquire(exec->cpu, lock, 0, rq_exec_site(exec), watched ? &cost : NULL);
	note_lock(exec, NULL);
	if (watched)
		exec->observer->lock_attempted(exec, lock, err, &cost);
	return err;
}

/* For whoever reads the program's stderr stream; before interrupts and preemption are back, as in Linux. */
static void report(struct rq_exec *exec, const rqspinlock_t *lock, int error, bool irqsave)
{
	struct rq_stream_failure failure = {
		.lock = lock,
		.error = error,
		.insn = exec->insn,
		.cpu = rq_cpu_number(exec->cpu),
		.irqsave = irqsave,
	};

	failure.held_count = rq_lock_held(exec->cpu, failure.held);
	rq_stream_report(exec->prog->streams, &failure);
}

static void release(struct rq_exec *exec, rqspinlock_t *lock)
{
	if (exec->observer && exec->observer->lock_releasing)
		exec->observer->lock_releasing(exec, lock);
	note_lock(exec, lock);
	rq_lock_release(exec->cpu, lock); /* the verifier saw to it that this CPU holds it */
	note_lock(exec, NULL);
}

static rqspinlock_t *lock_of(uint64_t address)
{
	return (rqspinlock_t *)(uintptr_t)address;
}

static uint64_t res_spin_lock(struct rq_exec *exec, uint64_t lock, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	int err;

	rq_preempt_disable(exec->cpu);
	err = acquire(exec, lock_of(lock));
	if (err) {
		report(exec, lock_of(lock), err, false);
		rq_preempt_enable(exec->cpu);
	}
	return (int64_t)err;
}

static uint64_t res_spin_unlock(struct rq_exec *exec, uint64_t lock, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	release(exec, lock_of(lock));
	rq_preempt_enable(exec->cpu);
	return 0;
}

static uint64_t res_spin_lock_irqsave(struct rq_exec *exec, uint64_t lock, uint64_t flags, uint64_t r3, uint64_t r4, uint64_t r5)
{
	unsigned long saved;
	int err;

	rq_preempt_disable(exec->cpu);
	saved = rq_local_irq_save(exec->cpu);
	err = acquire(exec, lock_of(lock));
	if (err) {
		report(exec, lock_of(lock), err, true);
		rq_local_irq_restore(exec->cpu, saved);
		rq_preempt_enable(exec->cpu);
		return (int64_t)err;
	}
	*(unsigned long *)(uintptr_t)flags = flags_of(saved);
	return 0;
}

static uint64_t res_spin_unlock_irqrestore(struct rq_exec *exec, uint64_t lock, uint64_t flags, uint64_t r3, uint64_t r4,
					   uint64_t r5)
{
	release(exec, lock_of(lock));
	restore_irqs(exec, flags);
	rq_preempt_enable(exec->cpu);
	return 0;
}

/*
 * bpf_spin_lock() can't fail. In the kernel it turns interrupts off, so that nothing on its CPU but an NMI can want the
 * lock again, and that would hang the machine. Here the NMI's run ends at that point: what the lock protects is not touched.
 */
static uint64_t spin_lock(struct rq_exec *exec, uint64_t lock, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	unsigned long saved = rq_local_irq_save(exec->cpu);
	int err;

	rq_preempt_disable(exec->cpu);
	do
		err = acquire(exec, lock_of(lock));
	while (err == -ETIMEDOUT);
	if (err) {
		exec->left = true;
		rq_preempt_enable(exec->cpu);
		rq_local_irq_restore(exec->cpu, saved);
		return 0;
	}
	exec->spin_lock_irqs = saved;
	return 0;
}

static uint64_t spin_unlock(struct rq_exec *exec, uint64_t lock, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	release(exec, lock_of(lock));
	rq_preempt_enable(exec->cpu);
	rq_local_irq_restore(exec->cpu, exec->spin_lock_irqs);
	return 0;
}

static uint64_t irq_save(struct rq_exec *exec, uint64_t flags, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	*(unsigned long *)(uintptr_t)flags = flags_of(rq_local_irq_save(exec->cpu));
	return 0;
}

static uint64_t irq_restore(struct rq_exec *exec, uint64_t flags, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	restore_irqs(exec, flags);
	return 0;
}

static uint64_t preempt_disable(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	rq_preempt_disable(exec->cpu);
	return 0;
}

static uint64_t preempt_enable(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	rq_preempt_enable(exec->cpu);
	return 0;
}

/* The whole run is a read section: what a program can reach is freed after a grace period of the machine. */
static uint64_t rcu_section(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return 0;
}

#define KFUNC(kfunc, kf_flags, duty_, function)                                                                         \
	{ .name = kfunc, .flags = (kf_flags), .duty = (duty_), .since = RQ_KERNEL_6_15, .call = (function) }

static const struct rq_func rows[] = {
	KFUNC("bpf_res_spin_lock", RQ_KF_RET_NULL | RQ_FUNC_UNDER_LOCK, RQ_DUTY_RES_LOCK, res_spin_lock),
	KFUNC("bpf_res_spin_unlock", RQ_FUNC_UNDER_LOCK, RQ_DUTY_RES_UNLOCK, res_spin_unlock),
	KFUNC("bpf_res_spin_lock_irqsave", RQ_KF_RET_NULL | RQ_FUNC_UNDER_LOCK, RQ_DUTY_RES_LOCK_IRQSAVE,
	      res_spin_lock_irqsave),
	KFUNC("bpf_res_spin_unlock_irqrestore", RQ_FUNC_UNDER_LOCK, RQ_DUTY_RES_UNLOCK_IRQRESTORE,
	      res_spin_unlock_irqrestore),
	KFUNC("bpf_local_irq_save", 0, RQ_DUTY_IRQ_SAVE, irq_save),
	KFUNC("bpf_local_irq_restore", 0, RQ_DUTY_IRQ_RESTORE, irq_restore),
	KFUNC("bpf_preempt_disable", 0, RQ_DUTY_PREEMPT_DISABLE, preempt_disable),
	KFUNC("bpf_preempt_enable", 0, RQ_DUTY_PREEMPT_ENABLE, preempt_enable),
	KFUNC("bpf_rcu_read_lock", 0, RQ_DUTY_RCU_LOCK, rcu_section),
	KFUNC("bpf_rcu_read_unlock", 0, RQ_DUTY_RCU_UNLOCK, rcu_section),
	{ "bpf_spin_lock", BPF_FUNC_spin_lock, 0, RQ_DUTY_LOCK, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_VOID, NULL,
	  { { RQ_ARG_SPIN_LOCK } }, spin_lock },
	{ "bpf_spin_unlock", BPF_FUNC_spin_unlock, RQ_FUNC_UNDER_LOCK, RQ_DUTY_UNLOCK, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_VOID, NULL, { { RQ_ARG_SPIN_LOCK } }, spin_unlock },
};

RQ_FUNC_TABLE(rq_lock_funcs, rows);
