/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/lock.h"

#include <errno.h>
#include <sched.h>

#define SYSTEM_CALL_TIMEOUT_NS 1000000000ull

/* The virtual CPU of @host's machine that this thread runs, or NULL. */
static struct rq_cpu *current_cpu(const struct rq_map_host *host)
{
	struct rq_cpu *cpu = rq_cpu_current();

	return cpu && rq_cpu_domain(cpu) == host->domain ? cpu : NULL;
}

unsigned int rq_map_cpu(const struct rq_map_host *host)
{
	struct rq_cpu *cpu = current_cpu(host);

	return cpu ? rq_cpu_number(cpu) : host->cpus;
}

/* Tries instead of queueing: queues are for threads that the domain knows, and this one comes rarely. */
static int lock_for_system_call(struct rq_map_host *host, rqspinlock_t *lock, struct rq_map_locked *locked)
{
	uint64_t deadline = 0;

	pthread_mutex_lock(&host->system_call);
	locked->system_call = true;
	locked->cpu = rq_domain_cpu(host->domain, host->cpus);
	while (rq_lock_try(locked->cpu, lock, 0)) {
		uint64_t now = rq_clock_ns();

		if (!deadline)
			deadline = now + SYSTEM_CALL_TIMEOUT_NS;
		if (now > deadline) {
			pthread_mutex_unlock(&host->system_call);
			return -ETIMEDOUT;
		}
		sched_yield();
	}
	return 0;
}

int rq_map_lock(struct rq_map_host *host, rqspinlock_t *lock, struct rq_map_locked *locked)
{
	int err;

	*locked = (struct rq_map_locked){ .cpu = current_cpu(host), .lock = lock };
	if (!locked->cpu)
		return lock_for_system_call(host, lock, locked);
	rq_preempt_disable(locked->cpu);
	locked->irqs = rq_local_irq_save(locked->cpu);
	err = rq_lock_acquire(locked->cpu, lock, 0, 0, NULL);
	if (err) {
		rq_local_irq_restore(locked->cpu, locked->irqs);
		rq_preempt_enable(locked->cpu);
	}
	return err;
}

void rq_map_unlock(struct rq_map_host *host, struct rq_map_locked *locked)
{
	rq_lock_release(locked->cpu, locked->lock);
	if (locked->system_call) {
		pthread_mutex_unlock(&host->system_call);
		return;
	}
	rq_local_irq_restore(locked->cpu, locked->irqs);
	rq_preempt_enable(locked->cpu);
}
