/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deadlock search. Each waiting CPU says what it waits for; a lock word says who holds it; so from one's own lock a walk
 * leads from holder to holder until it ends, or comes back to oneself: a cycle.
 *
 * Memory. The lock that somebody else waits for may be freed at any moment, so it is not ours to read. The walk goes by the
 * owner that the waiter itself last saw there (`owner_seen`), and by the owner's table. Where these disagree, since a
 * waiter that sleeps has an outdated view, the word is read in a way that survives that it is gone (rq_read_word()).
 *
 * Truth. An edge "CPU i waits for lock L, which CPU i+1 holds" is true when i's wait is published, and L stands, with a
 * site, in the table of i+1 below the row of i+1's own wait: so it is no attempt, no release that is under way, and not held
 * by a handler that will come to its end; or without a site, and the word names i+1: a handler that waits has interrupted
 * the taking or giving back. That stays as long as the wait sequence number of i+1 does. The first walk reads
 * the sequence numbers, then the tables; the second finds the same numbers: at the instant between, all edges were there
 * together.
 *
 * Who arrives last sees the cycle: each waiter publishes its wait, then a full fence, then walks.
 *
 * One victim. All who find the same cycle try to write the same value, made from its members and their sequence numbers, into
 * the same place: `victim_claim` of the member with the lowest number, by one CAS from what stood there before the second
 * walk. Who succeeds lets go; the others look again, and find that the cycle is gone. A member that goes, for whatever
 * reason, and comes back has a new sequence number: it is a new cycle and a new value.
 */
#include "lock/internal.h"
#include "lock/platform.h"

struct snapshot {
	uint64_t sequence;
	rqspinlock_t *lock;
	uint32_t row;
};

struct cycle {
	unsigned int length;
	uint64_t identity;
	struct rq_cpu *lowest;
};

static void write_wait(struct rq_cpu *cpu, const struct rq_wait *wait)
{
	uint64_t sequence = atomic_load_explicit(&cpu->wait_sequence, memory_order_relaxed);

	/*
	 * A handler may interrupt this and write as well; it ends with an even number and with what we are about to write.
	 * Release fence, then release store: pair with the acquires in read_wait().
	 */
	atomic_store_explicit(&cpu->wait_sequence, (sequence + 1) | 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	atomic_store_explicit(&cpu->wait_site, wait ? wait->site : 0, memory_order_relaxed);
	atomic_store_explicit(&cpu->wait_row, wait && wait->row ? wait->row : RQSPIN_HELD_MAX + 1, memory_order_relaxed);
	atomic_store_explicit(&cpu->wait_lock, wait ? wait->lock : NULL, memory_order_relaxed);
	sequence = atomic_load_explicit(&cpu->wait_sequence, memory_order_relaxed);
	atomic_store_explicit(&cpu->wait_sequence, (sequence | 1) + 1, memory_order_release);
}

static bool read_wait(struct rq_cpu *cpu, struct snapshot *snapshot)
{
	snapshot->sequence = atomic_load_explicit(&cpu->wait_sequence, memory_order_acquire);
	if (snapshot->sequence & 1)
		return false;
	snapshot->lock = atomic_load_explicit(&cpu->wait_lock, memory_order_relaxed);
	snapshot->row = atomic_load_explicit(&cpu->wait_row, memory_order_relaxed);
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&cpu->wait_sequence, memory_order_relaxed) == snapshot->sequence && snapshot->lock;
}

void rq_wait_publish(struct rq_wait *wait)
{
	wait->published = true;
	atomic_signal_fence(memory_order_seq_cst);
	write_wait(wait->cpu, wait);
}

void rq_wait_withdraw(struct rq_wait *wait)
{
	struct rq_wait *outer = wait->outer;

	if (!wait->published)
		return;
	wait->published = false;
	atomic_signal_fence(memory_order_seq_cst);
	while (outer && !outer->published)
		outer = outer->outer;
	if (outer) {
		rq_wait_saw_owner(outer, rq_word_owner(outer->lock, outer->fifo, memory_order_relaxed));
		/* A cycle may have closed through the outer wait while it was not to be seen: search for it again. */
		outer->next_search_ns = 0;
	}
	write_wait(wait->cpu, outer);
}

/* Before the rows above @row do: else a walk takes what a handler holds for what the waiter below it holds. */
void rq_wait_move_down(struct rq_cpu *cpu, uint32_t row)
{
	struct rq_wait *published = NULL;

	for (struct rq_wait *wait = cpu->waits; wait; wait = wait->outer) {
		if (wait->row > row)
			wait->row--;
		if (!published && wait->published)
			published = wait;
	}
	if (published)
		write_wait(cpu, published);
}

/* Who holds @lock, by the word itself; 0: nobody, or it is gone. */
static uint16_t owner_by_word(rqspinlock_t *lock)
{
	uint32_t word;

	return rq_read_word(lock, &word) ? 0 : word & RQ_OWNER_CODE;
}

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static struct rq_cpu *cpu_of_code(struct rq_domain *domain, uint16_t code)
{
	return code && code <= domain->options.cpus ? &domain->cpu[code - 1] : NULL;
}

/*
 * Does waiting @holder hold @lock? A row without a site is an attempt, or the taking or giving back that the handler which
 * waits has interrupted: then the word knows, and that stays while the handler waits.
 */
static bool holds(struct rq_wait *mine, struct rq_cpu *holder, rqspinlock_t *lock, uint32_t below)
{
	uint16_t owner;

	if (rq_table_holds(holder, lock, below))
		return true;
	if (!rq_table_find(holder, lock, below))
		return false;
	owner = lock == mine->lock ? rq_word_owner(lock, mine->fifo, memory_order_relaxed) & RQ_OWNER_CODE :
				     owner_by_word(lock);
	return owner == holder->self.code;
}

/*
 * From @lock, which @seen is said to hold: the holder, if it waits itself or is @me, and holds @lock for as long as it does.
 * A waiter that sleeps may have an outdated view: then the word decides.
 */
static struct rq_cpu *waiting_holder(struct rq_cpu *me, struct rq_wait *mine, rqspinlock_t *lock, uint16_t seen,
				     struct snapshot *next)
{
	for (bool outdated = false;; outdated = true) {
		struct rq_cpu *holder = cpu_of_code(me->domain, seen);
		uint32_t below = RQSPIN_HELD_MAX + 1;
		bool waits = false;
		uint16_t now;

		if (holder) {
			waits = read_wait(holder, next);
			if (!waits && lock == mine->lock)
				return NULL; /* the common case: my word is no hint, and the holder runs */
			if (waits)
				below = holder == me && mine->row ? mine->row : next->row;
			if (waits && holds(mine, holder, lock, below))
				return holder;
			if (!waits && rq_table_holds(holder, lock, below))
				return NULL;
		}
		if (outdated || lock == mine->lock)
			return NULL;
		now = owner_by_word(lock);
		if (now == seen)
			return NULL;
		seen = now;
	}
}

/* The cycle that @mine is part of, if any. */
static bool find_cycle(struct rq_wait *mine, struct cycle *cycle)
{
	struct rq_cpu *me = mine->cpu, *at = me, *landmark = me;
	bool pairs_only = me->domain->options.policy == RQSPIN_POLICY_KERNEL;
	unsigned int next_landmark = 2;
	struct snapshot wait;

	cycle->length = 0; /* field by field: a model checker knows no memcpy */
	cycle->identity = 0;
	cycle->lowest = me;
	if (!read_wait(me, &wait))
		return false;
	for (;;) {
		rqspinlock_t *lock = wait.lock;
		uint16_t seen = at == me ? rq_word_owner(lock, mine->fifo, memory_order_relaxed) & RQ_OWNER_CODE :
					   atomic_load_explicit(&at->owner_seen, memory_order_relaxed);

		if (cycle->length < RQSPIN_PARTIES_MAX)
			mine->path[cycle->length] = at->self.code;
		cycle->length++;
		cycle->identity += mix(wait.sequence ^ (uint64_t)at->self.code << 48);
		if (at->number < cycle->lowest->number)
			cycle->lowest = at;

		at = waiting_holder(me, mine, lock, seen, &wait);
		if (!at || (pairs_only && atomic_load_explicit(&at->unrecorded, memory_order_relaxed)))
			return false;
		if (at == me)
			return true;
		if (pairs_only && cycle->length == 2)
			return false;
		/* Round and round in a cycle that I only hang on: it comes past the last landmark again. */
		if (at == landmark)
			return false;
		if (cycle->length == next_landmark) {
			landmark = at;
			next_landmark *= 2;
		}
	}
}

bool rq_deadlock_victim(struct rq_wait *wait)
{
	struct cycle first, second;
	uint64_t claimed;

	if (wait->cpu->self.code == RQ_OWNER_UNKNOWN)
		return false;
	/* Full fence, between publishing my wait and reading the others'; pairs with itself in every other waiter. */
	atomic_thread_fence(memory_order_seq_cst);
	if (!find_cycle(wait, &first))
		return false;
	claimed = atomic_load_explicit(&first.lowest->victim_claim, memory_order_acquire);
	atomic_thread_fence(memory_order_seq_cst);
	if (claimed == first.identity || !find_cycle(wait, &second) || second.identity != first.identity)
		return false;
	if (!atomic_compare_exchange_strong_explicit(&first.lowest->victim_claim, &claimed, first.identity,
						     memory_order_acq_rel, memory_order_relaxed))
		return false;
	wait->kind = first.length == 2 ? RQSPIN_REPORT_ABBA : RQSPIN_REPORT_CYCLE;
	wait->cycle = first.length;
	return true;
}
