/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of src/lock share. */
#ifndef RQ_LOCK_INTERNAL_H
#define RQ_LOCK_INTERNAL_H

#include "cpu/clock.h"
#include "cpu/state.h"
#include "lock/lock.h"
#include "lock/word.h"

/* A node's state, with the futex of its waiter. lock/queue.c says who goes from which to which. */
enum rq_node_state {
	RQ_NODE_FREE,	   /* in no queue */
	RQ_NODE_WAITING,   /* its waiter spins or yields */
	RQ_NODE_PARKED,	   /* its waiter sleeps on the state */
	RQ_NODE_HEAD,	   /* its waiter may take the lock when that is free */
	RQ_NODE_ABANDONED, /* its waiter has left */
};

/* One acquisition in the slow path, on the stack of its context. */
struct rq_wait {
	struct rq_cpu *cpu;
	rqspinlock_t *lock;
	struct rq_wait *outer; /* of the context that this one interrupted */
	uintptr_t site;
	uint32_t row;	       /* in the table; 0: not recorded */
	uint32_t depth;	       /* 1: interrupted no other */
	bool fifo;
	bool published;
	uint64_t start_ns;
	uint64_t deadline_ns;
	uint64_t left_out_ns;
	struct rq_node *node; /* its place in the queue; NULL: it has none */
	/* lock/patience.c */
	uint64_t spin_end;
	unsigned int yields;
	uint64_t front_since_ns; /* when it began to rest as head or outside; 0: not yet */
	uint64_t next_search_ns;
	uint64_t sample_ns, sample_ran, sample_self_ran;
	struct rq_cpu *sample_cpu;
	/* For reports. */
	enum rqspin_report_kind kind;
	unsigned int cycle;
	uint16_t path[RQSPIN_PARTIES_MAX]; /* codes of its parties, this one first; of a timeout: the holder */
};

/* How long to wait: until a point in time, else for a time, else as the domain says. */
struct rq_limit {
	uint64_t deadline_ns; /* 0: none given */
	uint64_t timeout_ns;  /* from the first look at the clock */
};

static inline bool rq_is_fifo(const struct rq_cpu *cpu)
{
	return cpu->domain->options.order == RQSPIN_ORDER_FIFO;
}

/* lock/table.c: the locks that a CPU holds or tries to get, oldest first, from row 1. */
#define RQ_TABLE_AT(row) ((row) * (uint32_t)sizeof(struct rqspin_held))

static inline uint32_t rq_table_rows(const struct rq_cpu *cpu)
{
	return __atomic_load_n(&cpu->self.top, __ATOMIC_RELAXED) / sizeof(struct rqspin_held);
}

static inline const struct rqspin_held *rq_table_row(const struct rq_cpu *cpu, uint32_t row)
{
	return (const struct rqspin_held *)&cpu->self + row;
}

uint32_t rq_table_push(struct rq_cpu *cpu, rqspinlock_t *lock); /* an attempt: the row, 0: not recorded */
void rq_table_won(struct rq_cpu *cpu, uint32_t row, uintptr_t site);
void rq_table_drop(struct rq_cpu *cpu, uint32_t row); /* the newest row, or 0 */
uint32_t rq_table_find(const struct rq_cpu *cpu, const rqspinlock_t *lock, uint32_t below); /* the row, 0: none */
bool rq_table_holds(const struct rq_cpu *cpu, const rqspinlock_t *lock, uint32_t below);
uint32_t rq_table_releasing(struct rq_cpu *cpu, const rqspinlock_t *lock); /* the row, 0: not recorded */
void rq_table_remove(struct rq_cpu *cpu, uint32_t row);

/* lock/acquire.c. @row is what rq_table_push() gave for this attempt. */
int rq_acquire_slow(struct rq_cpu *cpu, rqspinlock_t *lock, struct rq_limit limit, uint32_t row, uintptr_t site,
		    struct rq_lock_cost *cost);

/* lock/queue.c */
bool rq_queue_join(struct rq_wait *wait); /* false: no node is free */
void rq_queue_pass(struct rq_wait *wait); /* as head */
void rq_queue_leave(struct rq_wait *wait); /* from wherever it stands */
void rq_queue_park(struct rq_wait *wait, uint64_t ns);
bool rq_queue_blocked(struct rq_wait *wait);
struct rq_cpu *rq_queue_head(struct rq_wait *wait); /* by a look at what may change; NULL: none, or gone meanwhile */

/* lock/patience.c */
enum rq_place {
	RQ_PLACE_FRONT, /* it takes the lock when that is free: the head, or one without a place, or behind a stuck one */
	RQ_PLACE_QUEUE, /* it waits for its turn */
};

void rq_patience_start(struct rq_wait *wait);
/* Let some time pass before the next look. 0; -EDEADLK, -ETIMEDOUT: give up. */
int rq_wait_more(struct rq_wait *wait, enum rq_place place, uint16_t owner);

int rq_acquire(struct rq_cpu *cpu, rqspinlock_t *lock, struct rq_limit limit, uintptr_t site,
	       struct rq_lock_cost *cost);

/* lock/api.c: interrupts off and on around a lock, on the calling thread's CPU. No limit is the domain's. */
int rq_lock_irqsave(rqspinlock_t *lock, struct rq_limit limit, unsigned long *flags, uintptr_t site);
int rq_unlock_irqrestore(rqspinlock_t *lock, unsigned long *flags, uintptr_t site);
void rq_irq_save(struct rq_cpu *cpu, unsigned long *flags);
void rq_irq_restore(struct rq_cpu *cpu, unsigned long *flags, uintptr_t site);

/* lock/release.c: 0, or -EPERM and reported. */
int rq_release(struct rq_cpu *cpu, rqspinlock_t *lock, uintptr_t site);

/* lock/deadlock.c */
void rq_wait_publish(struct rq_wait *wait);
void rq_wait_withdraw(struct rq_wait *wait); /* back to the wait of the interrupted context, if there is one */
void rq_wait_move_down(struct rq_cpu *cpu, uint32_t row); /* @row goes from the table: those above move down by one */
/* What the waiter last saw of the lock: where the walks of others go on. */
static inline void rq_wait_saw_owner(struct rq_wait *wait, uint16_t owner)
{
	uint32_t code = owner & RQ_OWNER_CODE;

	if (atomic_load_explicit(&wait->cpu->owner_seen, memory_order_relaxed) != code)
		atomic_store_explicit(&wait->cpu->owner_seen, code, memory_order_relaxed);
}
/* Is this wait part of a cycle, and is it the one that lets go? Fills @kind and @cycle when so. */
bool rq_deadlock_victim(struct rq_wait *wait);

/* lock/report.c */
void rq_report_failure(const struct rq_wait *wait, int error, uint64_t waited_ns);
void rq_report_mistake(struct rq_cpu *cpu, enum rqspin_report_kind kind, rqspinlock_t *lock, uintptr_t site, int error);

#endif
