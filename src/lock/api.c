/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rqspin/lock.h, out of line. The fast functions have no stack frame: whatever is not plain goes on by a tail call.
 */
#define RQSPIN_NO_INLINE
#include <errno.h>

#include "lock/domain.h"
#include "lock/internal.h"

#define FAST __attribute__((aligned(64), noinline))

#define CALLER ((uintptr_t)__builtin_return_address(0))

/* Time 0 has passed, as far as a deadline is concerned; in struct rq_limit it is "none given". */
static struct rq_limit limit_until(uint64_t deadline_ns)
{
	return (struct rq_limit){ .deadline_ns = deadline_ns ? deadline_ns : 1 };
}

int rqspin_lock_contended(rqspinlock_t *lock, uintptr_t site)
{
	struct rq_cpu *cpu = rq_cpu_of_self(rqspin_self);

	return rq_acquire_slow(cpu, lock, (struct rq_limit){ 0 }, rq_table_rows(cpu), site, NULL);
}

int rqspin_lock_from(rqspinlock_t *lock, uintptr_t site)
{
	struct rq_cpu *cpu = rq_thread_cpu();

	return cpu ? rq_lock_acquire(cpu, lock, 0, site, NULL) : -ENOMEM;
}

int rqspin_lock_until_from(rqspinlock_t *lock, uint64_t deadline_ns, uintptr_t site)
{
	struct rq_cpu *cpu = rq_thread_cpu();
	struct rq_limit limit = limit_until(deadline_ns);

	return cpu ? rq_acquire(cpu, lock, limit, site, NULL) : -ENOMEM;
}

int rqspin_trylock_from(rqspinlock_t *lock, uintptr_t site)
{
	struct rq_cpu *cpu = rq_thread_cpu();

	return cpu ? rq_lock_try(cpu, lock, site) : -ENOMEM;
}

int rqspin_unlock_from(rqspinlock_t *lock, uintptr_t site)
{
	struct rq_cpu *cpu = rq_thread_cpu();

	return cpu ? rq_release(cpu, lock, site) : -EPERM;
}

FAST int rqspin_lock(rqspinlock_t *lock)
{
	return rqspin_fast_lock(lock, CALLER);
}

FAST int rqspin_unlock(rqspinlock_t *lock)
{
	return rqspin_fast_unlock(lock) ? 0 : rqspin_unlock_from(lock, CALLER);
}

int rqspin_lock_until(rqspinlock_t *lock, uint64_t deadline_ns)
{
	return rqspin_lock_until_from(lock, deadline_ns, CALLER);
}

int rqspin_trylock(rqspinlock_t *lock)
{
	return rqspin_trylock_from(lock, CALLER);
}

/*
 * Irq flags of the C interface: bit 0 says whether interrupts were on, the rest how many saves there were before. With
 * that, a restore knows whether it comes in its turn.
 */
#define FLAGS_WERE_ON	1ul
#define FLAGS_DEPTH(flags) ((flags) >> 1)

static unsigned long save_interrupts(struct rq_cpu *cpu)
{
	unsigned long were_on = rq_local_irq_save(cpu);

	return (unsigned long)cpu->irq_saves++ << 1 | (were_on ? FLAGS_WERE_ON : 0);
}

/*
 * Out of order, the bit of these flags says nothing about now: what counts is that the last restore lets interrupts in again,
 * if they were on before the first save. That bit is kept until then.
 */
static void restore_interrupts(struct rq_cpu *cpu, unsigned long flags, rqspinlock_t *lock, uintptr_t site)
{
	uint32_t depth = cpu->irq_saves;

	bool saved = depth;

	if (saved)
		cpu->irq_saves = --depth;
	if (!saved || FLAGS_DEPTH(flags) != depth) {
		rq_report_mistake(cpu, RQSPIN_REPORT_FLAGS_ORDER, lock, site, 0);
		cpu->irqs_were_on |= flags & FLAGS_WERE_ON;
		flags = 0;
	}
	if (!depth) {
		flags |= cpu->irqs_were_on;
		cpu->irqs_were_on = 0;
	}
	rq_local_irq_restore(cpu, flags & FLAGS_WERE_ON);
}

void rq_irq_save(struct rq_cpu *cpu, unsigned long *flags)
{
	*flags = save_interrupts(cpu);
}

void rq_irq_restore(struct rq_cpu *cpu, unsigned long *flags, uintptr_t site)
{
	restore_interrupts(cpu, *flags, NULL, site);
}

static int finish_irqsave(struct rq_cpu *cpu, int err, unsigned long saved, unsigned long *flags, uintptr_t site)
{
	if (err)
		restore_interrupts(cpu, saved, NULL, site);
	else
		*flags = saved;
	return err;
}

int rq_lock_irqsave(rqspinlock_t *lock, struct rq_limit limit, unsigned long *flags, uintptr_t site)
{
	struct rq_cpu *cpu = rq_thread_cpu();
	unsigned long saved;

	if (!cpu)
		return -ENOMEM;
	saved = save_interrupts(cpu);
	return finish_irqsave(cpu, rq_acquire(cpu, lock, limit, site, NULL), saved, flags, site);
}

int rqspin_lock_irqsave(rqspinlock_t *lock, unsigned long *flags)
{
	return rq_lock_irqsave(lock, (struct rq_limit){ 0 }, flags, CALLER);
}

int rqspin_lock_until_irqsave(rqspinlock_t *lock, uint64_t deadline_ns, unsigned long *flags)
{
	return rq_lock_irqsave(lock, limit_until(deadline_ns), flags, CALLER);
}

int rqspin_trylock_irqsave(rqspinlock_t *lock, unsigned long *flags)
{
	struct rq_cpu *cpu = rq_thread_cpu();
	unsigned long saved;

	if (!cpu)
		return -ENOMEM;
	saved = save_interrupts(cpu);
	return finish_irqsave(cpu, rq_lock_try(cpu, lock, CALLER), saved, flags, CALLER);
}

int rq_unlock_irqrestore(rqspinlock_t *lock, unsigned long *flags, uintptr_t site)
{
	struct rq_cpu *cpu = rq_thread_cpu();
	unsigned long saved = *flags;
	int err = cpu ? rq_release(cpu, lock, site) : -EPERM;

	if (!err)
		restore_interrupts(cpu, saved, lock, site);
	return err;
}

int rqspin_unlock_irqrestore(rqspinlock_t *lock, unsigned long *flags)
{
	return rq_unlock_irqrestore(lock, flags, CALLER);
}

void rqspin_set_report(void (*callback)(const struct rqspin_report *report, void *arg), void *arg)
{
	rq_set_default_report(callback, arg);
}
