/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a virtual CPU is made of. For src/cpu and src/lock; the rooms below see cpu/cpu.h and lock/lock.h.
 *
 * Everything here is found by number (domain, slot, node), and readable by other threads at any time: the memory of a
 * domain stays mapped as long as the domain lives.
 */
#ifndef RQ_CPU_STATE_H
#define RQ_CPU_STATE_H

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

#include "cpu/cpu.h"
#include "lock/lock.h"

#ifndef RQ_SLOTS
#define RQ_SLOTS 16382 /* what 14 bits can name, less "free" and "unknown" */
#endif
#ifndef RQ_NODES
#define RQ_NODES 4 /* queue nodes of a CPU: 2 bits in a tail */
#endif
#define RQ_REPORTS 8 /* reports with parties that may be in the making at a time, in a domain */
#define RQ_CACHE_LINE 64

_Static_assert(RQ_SLOTS >= 1 && RQ_SLOTS <= 16382, "slot + 1 and the code for unknown fit in 14 bits");
_Static_assert(RQ_NODES >= 1 && RQ_NODES <= 4, "a node's number fits in 2 bits");

/* A place in the queue of a lock; lock/queue.c says who writes what when. */
struct rq_node {
	_Alignas(RQ_CACHE_LINE) _Atomic uint32_t state; /* enum rq_node_state; what a parked waiter sleeps on */
	_Atomic uint32_t previous;			/* tail code of the node before, 0: none; set before joining */
	_Atomic uint64_t life;				/* counts how often it joined a queue */
	_Atomic uint64_t next;				/* a hint: life << 16 | tail code of the node behind */
};

enum rq_slot_state {
	RQ_SLOT_FREE,
	RQ_SLOT_USED,
	RQ_SLOT_RETIRED, /* its thread is gone but a lock word still names it */
};

struct rq_cpu {
	struct rqspin_self self; /* the fast path's: table, code, mode. First, and of a fixed layout */

	struct rq_domain *domain;
	uint32_t number;
	_Atomic uint32_t unrecorded; /* locks held beyond the table */
	uint32_t overtakes;	     /* see lock/release.c */
	uint64_t overtaking_since;
	_Atomic uint32_t hurry;	     /* a head asks this CPU to leave it the lock */
	_Atomic uint32_t slot_state;
	_Atomic int thread;     /* thread id of who runs this CPU, 0: nobody */
	_Atomic int clock;      /* clockid_t of that thread's running time */

	/* What this CPU waits for: the wait of its innermost waiting context. Read by the deadlock search of others. */
	_Alignas(RQ_CACHE_LINE) _Atomic uint64_t wait_sequence; /* odd while the next three change */
	_Atomic(rqspinlock_t *) wait_lock;			 /* NULL: waits for nothing */
	_Atomic uintptr_t wait_site;
	_Atomic uint32_t wait_row;   /* of the table: what is below it was taken before */
	_Atomic uint32_t owner_seen; /* code of the lock's owner when last looked at: a hint */
	_Atomic uint64_t victim_claim; /* see lock/deadlock.c */
	_Atomic uint32_t wait_depth; /* contexts of this CPU that are inside the slow path */
	struct rq_wait *waits;	     /* these contexts, innermost first; on their stacks */

	struct rq_node node[RQ_NODES];

	/* Contexts and interrupts; see cpu/interrupt.c. */
	_Alignas(RQ_CACHE_LINE) volatile uint32_t preempt_count;
	volatile uint8_t context;
	volatile uint8_t irqs_off;
	volatile uint8_t running[RQ_INTERRUPTS];
	volatile uint32_t irq_saves; /* nesting of the C interface's irqsave */
	volatile uint8_t irqs_were_on; /* before one of them that was restored out of order */
	_Atomic uint32_t signalled[2]; /* a signal is under way; [1] for NMIs */
	_Atomic uint32_t raisers;	/* threads between finding this CPU's thread and having sent the signal */
	_Atomic uint64_t pending[RQ_INTERRUPTS];
	_Atomic uint64_t raised[RQ_INTERRUPTS], run[RQ_INTERRUPTS], merged[RQ_INTERRUPTS];
	rq_interrupt_handler handler[RQ_INTERRUPTS];
	void *handler_arg[RQ_INTERRUPTS];

	/* Signals of the C interface that wait until interrupts go on, by number. */
	_Atomic uint32_t deferred_any;
	_Atomic uint32_t deferred[_NSIG];
};

/* Parties of a report in the making: too large for the stack of a signal handler. */
struct rq_report_room {
	struct rqspin_party party[RQSPIN_PARTIES_MAX];
};

struct rq_domain {
	struct rq_domain_options options;
	_Atomic uint32_t first_free;  /* where to look for a free slot; a hint */
	_Atomic uint32_t slots_ever;  /* no slot from here on was ever used */
	_Atomic uint32_t rooms_taken; /* bit i: room[i] is in use */
	size_t bytes;
	struct rq_report_room room[RQ_REPORTS];
	struct rq_cpu cpu[]; /* options.cpus of them */
};

/* The CPU that is explicitly attached to this thread. */
extern __thread struct rq_cpu *rq_attached __attribute__((tls_model("initial-exec")));

/* What rq_cpu_attach() and the default domain share. */
void rq_cpu_init(struct rq_cpu *cpu, struct rq_domain *domain, uint32_t number);
void rq_cpu_adopt_thread(struct rq_cpu *cpu);
void rq_cpu_release_thread(struct rq_cpu *cpu);

/* Run all that is pending and possible now. Called where something becomes possible. */
void rq_cpu_run_pending(struct rq_cpu *cpu);

/*
 * May there be something for rq_cpu_run_pending()? Without fences: when nothing is pending and no signal is under way, who
 * raises next sends a signal, and its handler looks.
 */
static inline bool rq_cpu_may_have_pending(const struct rq_cpu *cpu)
{
	uint64_t any = atomic_load_explicit(&cpu->signalled[0], memory_order_relaxed) |
		       atomic_load_explicit(&cpu->signalled[1], memory_order_relaxed) |
		       atomic_load_explicit(&cpu->deferred_any, memory_order_relaxed);

	atomic_signal_fence(memory_order_seq_cst); /* a signal that was under way is seen by what it left pending */
	for (int kind = 0; kind < RQ_INTERRUPTS; kind++)
		any |= atomic_load_explicit(&cpu->pending[kind], memory_order_relaxed);
	return any;
}
/* Run deferred signals of the C interface (lock/signals.c). */
void rq_signals_run_deferred(struct rq_cpu *cpu);

static inline struct rq_cpu *rq_cpu_of_self(struct rqspin_self *self)
{
	return (struct rq_cpu *)self;
}

#endif
