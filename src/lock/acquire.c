/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking a lock that is not free: wait for it, or say why not. */
#include <errno.h>

#include "lock/internal.h"
#include "lock/platform.h"

#define RECHECK_NS 1000000u

static bool holds_already(struct rq_wait *wait, uint16_t owner)
{
	const struct rq_cpu *cpu = wait->cpu;
	uint16_t code = cpu->self.code;

	/* Held below, wanted below, or being released below. */
	if (rq_table_find(cpu, wait->lock, wait->row ? wait->row : RQSPIN_HELD_MAX + 1))
		return true;
	return owner == code && code != RQ_OWNER_UNKNOWN && cpu->domain->options.policy == RQSPIN_POLICY_FULL;
}

static int wait_unqueued(struct rq_wait *wait)
{
	uint64_t now, next_check = 0;
	uint16_t owner;

	for (;;) {
		owner = rq_word_owner(wait->lock, wait->fifo, memory_order_relaxed);
		if ((owner == RQ_OWNER_NONE || owner == RQ_OWNER_RESERVED) &&
		    rq_word_take(wait->lock, wait->fifo, owner, wait->cpu->self.code))
			return 0;
		rq_wait_saw_owner(wait, owner);
		now = rq_now_ns();
		if (now >= next_check) {
			if (rq_deadlock_victim(wait))
				return -EDEADLK;
			next_check = now + RECHECK_NS;
		}
		if (now >= wait->deadline_ns)
			return -ETIMEDOUT;
		rq_yield();
	}
}

static int wait_for_lock(struct rq_wait *wait)
{
	int err;

	if (holds_already(wait, rq_word_owner(wait->lock, wait->fifo, memory_order_relaxed))) {
		wait->kind = RQSPIN_REPORT_AA;
		wait->cycle = 1;
		return -EDEADLK;
	}
	rq_wait_publish(wait);
	err = wait_unqueued(wait);
	rq_wait_withdraw(wait);
	if (err == -ETIMEDOUT) {
		wait->kind = RQSPIN_REPORT_TIMEOUT;
		wait->path[0] = rq_word_owner(wait->lock, wait->fifo, memory_order_relaxed) & RQ_OWNER_CODE;
	}
	return err;
}

int rq_acquire_slow(struct rq_cpu *cpu, rqspinlock_t *lock, struct rq_limit limit, uint32_t row, uintptr_t site,
		    struct rq_lock_cost *cost)
{
	struct rq_wait wait = {
		.cpu = cpu,
		.lock = lock,
		.outer = cpu->waits,
		.site = site,
		.row = row,
		.depth = cpu->waits ? cpu->waits->depth + 1 : 1,
		.fifo = rq_is_fifo(cpu),
		.start_ns = rq_now_ns(),
	};
	uint64_t waited;
	int err;

	wait.deadline_ns = limit.deadline_ns ? limit.deadline_ns :
			   wait.start_ns + (limit.timeout_ns ? limit.timeout_ns : cpu->domain->options.timeout_ns);
	cpu->waits = &wait;
	atomic_store_explicit(&cpu->wait_depth, wait.depth, memory_order_relaxed);
	err = wait_for_lock(&wait);
	cpu->waits = wait.outer;
	atomic_store_explicit(&cpu->wait_depth, wait.depth - 1, memory_order_relaxed);
	waited = rq_now_ns() - wait.start_ns;
	if (cost)
		*cost = (struct rq_lock_cost){ true, waited, wait.left_out_ns };
	if (err) {
		rq_table_drop(cpu, wait.row);
		rq_report_failure(&wait, err, waited);
	}
	return err;
}

static bool take_fresh(struct rq_cpu *cpu, rqspinlock_t *lock)
{
	return rq_word_take_fresh(lock, rq_is_fifo(cpu), cpu->self.code);
}

int rq_acquire(struct rq_cpu *cpu, rqspinlock_t *lock, struct rq_limit limit, uintptr_t site,
	       struct rq_lock_cost *cost)
{
	uint32_t row = rq_table_push(cpu, lock, site);

	if (cost)
		*cost = (struct rq_lock_cost){ 0 };
	if (take_fresh(cpu, lock))
		return 0;
	return rq_acquire_slow(cpu, lock, limit, row, site, cost);
}

int rq_lock_acquire(struct rq_cpu *cpu, rqspinlock_t *lock, uint64_t timeout_ns, uintptr_t site,
		    struct rq_lock_cost *cost)
{
	return rq_acquire(cpu, lock, (struct rq_limit){ .timeout_ns = timeout_ns }, site, cost);
}

int rq_lock_try(struct rq_cpu *cpu, rqspinlock_t *lock, uintptr_t site)
{
	uint32_t row = rq_table_push(cpu, lock, site);

	if (take_fresh(cpu, lock))
		return 0;
	rq_table_drop(cpu, row);
	return -EBUSY;
}
