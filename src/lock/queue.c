/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue of a lock. The tail in the word names the last node; each node names the one before it; its front, the head, is
 * who may take the lock when that is free. The queue only says whose turn it is: who owns the lock is decided by the owner
 * half alone, so nothing that happens here can let two in.
 *
 *   FREE       --join-->      HEAD        the queue was empty
 *   FREE       --join-->      WAITING
 *   WAITING   <--park, wake-> PARKED      the waiter sleeps on the state
 *   WAITING, PARKED --pass--> HEAD        by the head before it, that is by exactly one thread
 *   WAITING, PARKED --leave-> ABANDONED   by its waiter, who returns at once; the place stays until the head comes by
 *   WAITING, PARKED --pass--> ABANDONED   by the head: this waiter's thread is interrupted and waits elsewhere; it finds that
 *                                         it has lost its place
 *   ABANDONED  --pass-->      FREE        by the head, which goes on to the node behind
 *   HEAD       --pass-->      FREE        by its waiter: it owns the lock now, or gives up
 *
 * Only the head takes nodes out, and there is one head, so between the head and the tail nothing moves but what joins at
 * the tail. A joiner writes down who is before it and then swaps the tail: from that instant the whole chain is there, and no
 * signal that lands between two instructions leaves a gap that others would have to wait for. `next` is a hint that saves
 * the walk from the tail; it carries the life of the node that it was meant for, since its writer may be interrupted for
 * longer than that.
 */
#include "lock/internal.h"
#include "lock/platform.h"

#define TAIL_NODE_BITS 2
#define HINT_CODE_BITS 16

static uint16_t tail_of(const struct rq_cpu *cpu, const struct rq_node *node)
{
	return cpu->self.code << TAIL_NODE_BITS | (node - cpu->node);
}

static struct rq_cpu *cpu_of_tail(struct rq_domain *domain, uint16_t tail)
{
	return &domain->cpu[(tail >> TAIL_NODE_BITS) - 1];
}

static struct rq_node *node_of_tail(struct rq_domain *domain, uint16_t tail)
{
	return &cpu_of_tail(domain, tail)->node[tail & ((1u << TAIL_NODE_BITS) - 1)];
}

static struct rq_node *free_node(struct rq_cpu *cpu)
{
	for (int i = 0; i < RQ_NODES; i++)
		/* Acquire: pairs with the release in take_out(): its last life is over. */
		if (atomic_load_explicit(&cpu->node[i].state, memory_order_acquire) == RQ_NODE_FREE)
			return &cpu->node[i];
	return NULL;
}

bool rq_queue_join(struct rq_wait *wait)
{
	struct rq_cpu *cpu = wait->cpu;
	struct rq_node *node = free_node(cpu), *previous;
	uint64_t previous_life = 0;
	uint16_t tail, self;

	if (!node)
		return false;
	self = tail_of(cpu, node);
	atomic_store_explicit(&node->life, atomic_load_explicit(&node->life, memory_order_relaxed) + 1,
			      memory_order_relaxed);
	tail = rq_word_tail(wait->lock, wait->fifo, memory_order_acquire);
	do {
		atomic_store_explicit(&node->previous, tail, memory_order_relaxed);
		atomic_store_explicit(&node->state, tail ? RQ_NODE_WAITING : RQ_NODE_HEAD, memory_order_relaxed);
		/* Before the swap: if that succeeds and the life is still the same, it was the same all the time. */
		if (tail)
			previous_life = atomic_load_explicit(&node_of_tail(cpu->domain, tail)->life,
							     memory_order_relaxed);
		/* Its release pairs with the acquires of the tail in here and in successor(). */
	} while (!rq_word_swap_tail(wait->lock, wait->fifo, &tail, self));
	if (tail) {
		previous = node_of_tail(cpu->domain, tail);
		/* Release: pairs with the acquire in successor(). */
		atomic_store_explicit(&previous->next, previous_life << HINT_CODE_BITS | self, memory_order_release);
	}
	wait->node = node;
	return true;
}

/* The node behind @node, which is the front; 0: none. */
static uint16_t successor(struct rq_domain *domain, rqspinlock_t *lock, bool fifo, struct rq_node *node, uint16_t code)
{
	uint64_t hint = atomic_load_explicit(&node->next, memory_order_acquire);
	uint16_t at, previous;

	if (hint >> HINT_CODE_BITS == atomic_load_explicit(&node->life, memory_order_relaxed))
		return (uint16_t)hint;
	at = rq_word_tail(lock, fifo, memory_order_acquire);
	while (at != code) {
		previous = atomic_load_explicit(&node_of_tail(domain, at)->previous, memory_order_relaxed);
		if (previous == code)
			return at;
		at = previous;
	}
	return 0;
}

/* Release: pairs with the acquire in free_node() and of who gives the slot to another thread. */
static void take_out(struct rq_node *node)
{
	atomic_store_explicit(&node->state, RQ_NODE_FREE, memory_order_release);
}

/* Make the waiter of @node the head. False: it has left, or its thread is busy elsewhere; then the node is ABANDONED. */
static bool promote(struct rq_cpu *cpu, struct rq_node *node)
{
	uint32_t state = atomic_load_explicit(&node->state, memory_order_acquire);

	while (state != RQ_NODE_ABANDONED) {
		bool interrupted = atomic_load_explicit(&cpu->wait_depth, memory_order_relaxed) > 1;

		/* Acquire and release: pairs with the waiter's look at its state, and with its leaving. */
		if (!atomic_compare_exchange_weak_explicit(&node->state, &state,
							   interrupted ? RQ_NODE_ABANDONED : RQ_NODE_HEAD,
							   memory_order_acq_rel, memory_order_acquire))
			continue;
		/* It slept on what we have just changed by a read-modify-write: no fence is needed for the wake-up. */
		if (state == RQ_NODE_PARKED)
			rq_wake(&node->state);
		return !interrupted;
	}
	return false;
}

/* The head goes: make the next waiter the head, and take out the nodes before it. */
void rq_queue_pass(struct rq_wait *wait)
{
	struct rq_domain *domain = wait->cpu->domain;
	struct rq_node *front = wait->node, *next;
	uint16_t code = tail_of(wait->cpu, front), next_code;
	bool passed = false;

	wait->node = NULL;
	while (!passed) {
		next_code = successor(domain, wait->lock, wait->fifo, front, code);
		if (!next_code) {
			uint16_t last = code;

			if (rq_word_swap_tail(wait->lock, wait->fifo, &last, RQ_TAIL_NONE))
				break;
			continue; /* somebody has just joined behind it */
		}
		next = node_of_tail(domain, next_code);
		passed = promote(cpu_of_tail(domain, next_code), next);
		if (!passed) {
			take_out(front);
			front = next;
			code = next_code;
		}
	}
	take_out(front);
}

void rq_queue_leave(struct rq_wait *wait)
{
	uint32_t state = atomic_load_explicit(&wait->node->state, memory_order_acquire);

	/* Acquire and release: pairs with promote(). The head's turn may come at this very moment: then we pass it on. */
	while (state == RQ_NODE_WAITING || state == RQ_NODE_PARKED)
		if (atomic_compare_exchange_weak_explicit(&wait->node->state, &state, RQ_NODE_ABANDONED,
							  memory_order_acq_rel, memory_order_acquire))
			break;
	if (state == RQ_NODE_HEAD)
		rq_queue_pass(wait);
	wait->node = NULL;
}

void rq_queue_park(struct rq_wait *wait, uint64_t ns)
{
	uint32_t state = RQ_NODE_WAITING;

	/* Acquire: pairs with promote(); when its change comes first, we do not sleep. */
	if (!atomic_compare_exchange_strong_explicit(&wait->node->state, &state, RQ_NODE_PARKED, memory_order_acquire,
						     memory_order_acquire))
		return;
	rq_park(&wait->node->state, RQ_NODE_PARKED, ns);
	state = RQ_NODE_PARKED;
	atomic_compare_exchange_strong_explicit(&wait->node->state, &state, RQ_NODE_WAITING, memory_order_acquire,
						memory_order_acquire);
}

/*
 * Is the waiter before us one whose thread was interrupted there and waits elsewhere? It can't take its turn, and what it waits
 * for may be ours: then we may take a free lock before it. A look at nodes that may be in another life by now: a wrong
 * answer costs no more than an overtaking.
 */
bool rq_queue_blocked(struct rq_wait *wait)
{
	struct rq_domain *domain = wait->cpu->domain;
	uint16_t code = atomic_load_explicit(&wait->node->previous, memory_order_relaxed);

	/* A bound, since what we follow may change under us; there are no more nodes than that. */
	for (uint32_t steps = domain->options.cpus * RQ_NODES; code && steps; steps--) {
		struct rq_node *node = node_of_tail(domain, code);

		if (atomic_load_explicit(&cpu_of_tail(domain, code)->wait_depth, memory_order_relaxed) > 1)
			return true;
		if (atomic_load_explicit(&node->state, memory_order_relaxed) != RQ_NODE_ABANDONED)
			return false;
		code = atomic_load_explicit(&node->previous, memory_order_relaxed);
	}
	return false;
}

/* Whose turn it is, seen from our place or from the tail. As above, it may be outdated at once. */
struct rq_cpu *rq_queue_head(struct rq_wait *wait)
{
	struct rq_domain *domain = wait->cpu->domain;
	uint16_t code = wait->node ? tail_of(wait->cpu, wait->node) :
				     rq_word_tail(wait->lock, wait->fifo, memory_order_acquire);

	for (uint32_t steps = domain->options.cpus * RQ_NODES; code && steps; steps--) {
		struct rq_node *node = node_of_tail(domain, code);

		if (atomic_load_explicit(&node->state, memory_order_relaxed) == RQ_NODE_HEAD)
			return cpu_of_tail(domain, code);
		code = atomic_load_explicit(&node->previous, memory_order_relaxed);
	}
	return NULL;
}
