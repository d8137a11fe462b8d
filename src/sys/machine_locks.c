/* SPDX-License-Identifier: BSD-2-Clause */
#include "sys/machine_locks.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/memory.h"
#include "cpu/clock.h"
#include "sys/histogram.h"

#define LOCK_ROWS    1024 /* a power of two */
#define PROG_ROWS    64
#define FAILURE_ROWS 64
#define HELD_ROWS    64 /* locks held at once by one run whose hold time is measured */

/*
 * A clock costs as much as the lock. Every hold is timed of a lock that a level takes less often than once in HOT_NS, and
 * of a hot one, each HOT_SKIPPED + 1st.
 */
#define HOT_NS	    1000
#define HOT_SKIPPED 15

struct lock_row {
	const rqspinlock_t *_Atomic lock; /* NULL: free */
	uint64_t acquisitions, contended, deadlocks, timeouts;
	uint32_t untimed; /* holds until the next one that is timed */
	uint32_t skipped; /* between the last two that were */
	uint64_t timed_at_ticks; /* when the last one that was began */
	struct rq_histogram wait, hold; /* wait: of contended acquisitions */
};

struct failure_row {
	uint64_t key; /* 0: free */
	struct rq_failure failure;
};

struct held_row {
	const rqspinlock_t *lock;
	struct lock_row *row; /* NULL: not timed */
	uint64_t since_ticks;
};

/*
 * Of one level of one CPU. Reserved address space: pages that are never touched cost nothing, and touching one takes no lock
 * of libc.
 */
struct rq_level_stats {
	uint64_t lost; /* events that found no room */
	enum rqspin_report_kind last_kind; /* of the failure that the current attempt is about to return */
	struct rq_worst_wait worst;
	uint64_t hot_ticks; /* HOT_NS */
	uint32_t held_count;
	struct held_row held[HELD_ROWS];
	struct rq_prog_stats progs[PROG_ROWS]; /* prog_id 0: free, and so are all behind it */
	struct lock_row locks[LOCK_ROWS];
	struct failure_row failures[FAILURE_ROWS];
};

/* One writer, readers at any time: relaxed, so that no reader sees half a number. */
static void add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

static uint64_t get(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* ---- Tables ---- */

static struct rq_level_stats *reserve(void)
{
	void *memory = mmap(NULL, sizeof(struct rq_level_stats), PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	((struct rq_level_stats *)memory)->hot_ticks = rq_clock_ns_to_ticks(HOT_NS);
	return memory;
}

int rq_machine_stats_create(struct rq_machine_cpu *cpu)
{
	for (int level = 0; level < RQ_LEVELS; level++) {
		if (!cpu->stats[level])
			cpu->stats[level] = reserve();
		if (!cpu->stats[level]) {
			rq_machine_stats_destroy(cpu);
			return -ENOMEM;
		}
	}
	return 0;
}

void rq_machine_stats_destroy(struct rq_machine_cpu *cpu)
{
	for (int level = 0; level < RQ_LEVELS; level++) {
		if (cpu->stats[level])
			munmap(cpu->stats[level], sizeof(struct rq_level_stats));
		cpu->stats[level] = NULL;
	}
}

static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93;
	x ^= x >> 32;
	return x;
}

/* The row of @lock, made if need be; NULL when the table is full. */
static struct lock_row *lock_row(struct rq_level_stats *stats, const rqspinlock_t *lock)
{
	uint64_t at = mix((uintptr_t)lock);

	for (unsigned int i = 0; i < LOCK_ROWS; i++) {
		struct lock_row *row = &stats->locks[(at + i) % LOCK_ROWS];
		const rqspinlock_t *found = atomic_load_explicit(&row->lock, memory_order_relaxed);

		if (!found)
			atomic_store_explicit(&row->lock, lock, memory_order_relaxed);
		if (!found || found == lock)
			return row;
	}
	add(&stats->lost, 1);
	return NULL;
}

static struct rq_prog_stats *prog_row(struct rq_level_stats *stats, uint32_t id)
{
	for (unsigned int i = 0; i < PROG_ROWS; i++) {
		struct rq_prog_stats *row = &stats->progs[i];

		if (!row->prog_id)
			__atomic_store_n(&row->prog_id, id, __ATOMIC_RELAXED);
		if (row->prog_id == id)
			return row;
	}
	add(&stats->lost, 1);
	return NULL;
}

/* ---- Recording ---- */

static struct rq_level_stats *stats_of(const struct rq_exec *exec)
{
	const struct rq_frame *frame = (const struct rq_frame *)exec;

	return frame->cpu->stats[frame->level];
}

void rq_machine_count_run(struct rq_frame *frame)
{
	struct rq_level_stats *stats = stats_of(&frame->exec);

	stats->held_count = 0;
	frame->counts = prog_row(stats, frame->exec.prog->object.id);
	if (frame->counts)
		add(&frame->counts->runs, 1);
}

/* Of the program that runs: after a tail call it is another. */
static struct rq_prog_stats *counts_of(struct rq_exec *exec)
{
	struct rq_frame *frame = (struct rq_frame *)exec;
	uint32_t id = exec->prog->object.id;

	if (!frame->counts || frame->counts->prog_id != id)
		frame->counts = prog_row(stats_of(exec), id);
	return frame->counts;
}

static void count_error(struct rq_prog_stats *row, int result, enum rqspin_report_kind kind)
{
	if (result == -ETIMEDOUT)
		add(&row->timeouts, 1);
	else if (kind == RQSPIN_REPORT_AA)
		add(&row->aa, 1);
	else if (kind == RQSPIN_REPORT_ABBA)
		add(&row->abba, 1);
	else if (kind == RQSPIN_REPORT_CYCLE)
		add(&row->longer, 1);
	else
		add(&row->busy, 1);
}

static void keep_worst(struct rq_worst_wait *worst, const struct rq_worst_wait *wait)
{
	if (!worst->lock || wait->wait_ns - wait->left_out_ns > worst->wait_ns - worst->left_out_ns)
		*worst = *wait;
}

/* Remember the hold that begins, to time it. */
static void hold_begins(struct rq_level_stats *stats, const rqspinlock_t *lock, struct lock_row *row, bool contended)
{
	struct held_row *held;

	if (stats->held_count == HELD_ROWS)
		return;
	held = &stats->held[stats->held_count++];
	*held = (struct held_row){ .lock = lock };
	if (!row)
		return;
	if (row->untimed && !contended) {
		row->untimed--;
		return;
	}
	held->row = row;
	held->since_ticks = rq_clock_ticks();
	row->skipped = held->since_ticks - row->timed_at_ticks < (row->skipped + 1) * stats->hot_ticks ? HOT_SKIPPED : 0;
	row->untimed = row->skipped;
	row->timed_at_ticks = held->since_ticks;
}

static void lock_attempted(struct rq_exec *exec, const rqspinlock_t *lock, int result, const struct rq_lock_cost *cost)
{
	struct rq_level_stats *stats = stats_of(exec);
	struct rq_prog_stats *prog = counts_of(exec);
	struct lock_row *row = lock_row(stats, lock);

	if (result) {
		if (prog)
			count_error(prog, result, stats->last_kind);
		if (row)
			add(result == -ETIMEDOUT ? &row->timeouts : &row->deadlocks, 1);
		return;
	}
	if (prog) {
		add(&prog->acquisitions, 1);
		add(&prog->contended, cost->contended);
	}
	if (cost->contended)
		keep_worst(&stats->worst, &(struct rq_worst_wait){ lock, cost->wait_ns, cost->left_out_ns });
	if (row) {
		add(&row->acquisitions, 1);
		add(&row->contended, cost->contended);
		if (cost->contended)
			rq_histogram_add(&row->wait, cost->wait_ns);
	}
	hold_begins(stats, lock, row, cost->contended);
}

static void lock_releasing(struct rq_exec *exec, const rqspinlock_t *lock)
{
	struct rq_level_stats *stats = stats_of(exec);
	struct held_row *held;

	/* The verifier sees to it that the newest is released first; only one past the table is not found. */
	if (!stats->held_count || stats->held[stats->held_count - 1].lock != lock)
		return;
	held = &stats->held[--stats->held_count];
	if (held->row)
		rq_histogram_add(&held->row->hold, rq_clock_ticks_to_ns(rq_clock_ticks() - held->since_ticks));
}

const struct rq_exec_observer rq_machine_observer = {
	.lock_attempted = lock_attempted,
	.lock_releasing = lock_releasing,
};

/* The site at which @party took what the one before it waits for; 0 when its table doesn't say. */
static uintptr_t holding_site(const struct rqspin_party *party, const rqspinlock_t *wanted)
{
	for (unsigned int i = 0; i < party->held_count; i++)
		if (party->held[i].lock == wanted)
			return party->held[i].site;
	return 0;
}

/* The same kind of failure at the same instructions of all parties has the same key, never 0. */
static uint64_t failure_key(const struct rqspin_report *report, uintptr_t interrupted)
{
	const rqspinlock_t *wanted = report->lock;
	uint64_t key = mix(mix(report->site + (uint64_t)report->kind) + interrupted);

	/* Party 0 wants the lock; each next one holds what the one before wants, and the last one's wish is party 0's. */
	for (unsigned int i = 0; i < report->parties; i++) {
		const struct rqspin_party *holder = &report->party[(i + 1) % report->parties];

		key = mix(key + holding_site(holder, wanted));
		key = mix(key + report->party[i].site);
		wanted = holder->waits_for;
	}
	return key ? key : 1;
}

static void keep_failure(struct rq_failure *failure, const struct rqspin_report *report, uintptr_t interrupted)
{
	failure->report = *report;
	failure->interrupted = interrupted;
	if (report->parties > RQ_FAILURE_PARTIES)
		failure->report.parties = RQ_FAILURE_PARTIES;
	memcpy(failure->party, report->party, failure->report.parties * sizeof(failure->party[0]));
	failure->report.party = NULL; /* the reader's copy points to its own parties */
}

/* The call that this run interrupted in the midst of taking or releasing the very lock that it wants. */
static uintptr_t interrupted_site(const struct rq_frame *frame, const rqspinlock_t *lock)
{
	for (const struct rq_exec *outer = frame->exec.outer; outer; outer = outer->outer)
		if (__atomic_load_n(&outer->lock, __ATOMIC_RELAXED) == lock)
			return rq_exec_site(outer);
	return 0;
}

void rq_machine_count_failure(const struct rqspin_report *report, void *arg)
{
	struct rq_machine *machine = arg;
	struct rq_cpu *self = rq_cpu_current();
	struct rq_machine_cpu *cpu = self ? &machine->cpu_threads->cpu[rq_cpu_number(self)] : NULL;
	struct rq_level_stats *stats;
	uintptr_t interrupted;
	uint64_t key;

	if (!cpu || !cpu->current)
		return; /* not in a run: nothing to name it by */
	stats = cpu->stats[cpu->current->level];
	stats->last_kind = report->kind;
	interrupted = report->parties && holding_site(&report->party[0], report->lock) ?
			      0 : /* what it holds says enough */
			      interrupted_site(cpu->current, report->lock);
	key = failure_key(report, interrupted);
	for (unsigned int i = 0; i < FAILURE_ROWS; i++) {
		struct failure_row *row = &stats->failures[(key + i) % FAILURE_ROWS];
		struct rq_failure *failure = &row->failure;

		if (!row->key) {
			row->key = key;
			keep_failure(failure, report, interrupted);
		}
		if (row->key == key) {
			failure->count++;
			if (report->waited_ns > failure->waited_max_ns)
				failure->waited_max_ns = report->waited_ns;
			if (report->left_out_ns > failure->left_out_max_ns)
				failure->left_out_max_ns = report->left_out_ns;
			return;
		}
	}
	add(&stats->lost, 1);
}

/* ---- Reading ---- */

/* Calls @visit for the tables of every level of every CPU that ever started. */
static void for_each_level(struct rq_machine *machine, void (*visit)(struct rq_level_stats *stats, void *arg), void *arg)
{
	struct rq_machine_cpus *cpus = machine->cpu_threads;

	for (unsigned int i = 0; cpus && i < cpus->count; i++) {
		struct rq_machine_cpu *cpu = &cpus->cpu[i];
		bool started;

		pthread_mutex_lock(&cpu->mutex);
		started = cpu->started;
		pthread_mutex_unlock(&cpu->mutex);
		for (int level = 0; started && level < RQ_LEVELS; level++)
			visit(cpu->stats[level], arg);
	}
}

static void add_lost(struct rq_level_stats *stats, void *arg)
{
	*(uint64_t *)arg += get(&stats->lost);
}

uint64_t rq_machine_stats_lost(struct rq_machine *machine)
{
	uint64_t lost = 0;

	for_each_level(machine, add_lost, &lost);
	return lost;
}

static void add_worst(struct rq_level_stats *stats, void *arg)
{
	if (stats->worst.lock)
		keep_worst(arg, &stats->worst);
}

void rq_machine_worst_wait(struct rq_machine *machine, struct rq_worst_wait *worst)
{
	*worst = (struct rq_worst_wait){};
	for_each_level(machine, add_worst, worst);
}

struct prog_sum {
	struct rq_prog_stats *rows;
	uint32_t room, count;
};

static void add_progs(struct rq_level_stats *stats, void *arg)
{
	struct prog_sum *sum = arg;

	for (unsigned int i = 0; i < PROG_ROWS; i++) {
		const struct rq_prog_stats *from = &stats->progs[i];
		uint32_t id = __atomic_load_n(&from->prog_id, __ATOMIC_RELAXED), at = 0;

		if (!id)
			return;
		while (at < sum->count && at < sum->room && sum->rows[at].prog_id < id)
			at++;
		if (at >= sum->room)
			continue;
		if (at == sum->count || sum->rows[at].prog_id != id) {
			uint32_t keep = sum->count < sum->room ? sum->count : sum->room - 1;

			memmove(&sum->rows[at + 1], &sum->rows[at], (keep - at) * sizeof(sum->rows[0]));
			sum->rows[at] = (struct rq_prog_stats){ .prog_id = id };
			sum->count = keep + 1;
		}
		sum->rows[at].runs += get(&from->runs);
		sum->rows[at].acquisitions += get(&from->acquisitions);
		sum->rows[at].contended += get(&from->contended);
		sum->rows[at].aa += get(&from->aa);
		sum->rows[at].abba += get(&from->abba);
		sum->rows[at].longer += get(&from->longer);
		sum->rows[at].busy += get(&from->busy);
		sum->rows[at].timeouts += get(&from->timeouts);
	}
}

uint32_t rq_machine_prog_stats(struct rq_machine *machine, struct rq_prog_stats *rows, uint32_t room)
{
	struct prog_sum sum = { rows, room, 0 };

	for_each_level(machine, add_progs, &sum);
	return sum.count;
}

struct lock_sum {
	struct lock_row *rows; /* grows; sorted at the end */
	size_t count, room;
	bool no_memory;
};

static void add_locks(struct rq_level_stats *stats, void *arg)
{
	struct lock_sum *sum = arg;

	for (unsigned int i = 0; i < LOCK_ROWS && !sum->no_memory; i++) {
		struct lock_row *from = &stats->locks[i], *into;
		const rqspinlock_t *lock = atomic_load_explicit(&from->lock, memory_order_relaxed);
		size_t at = 0;

		if (!lock)
			continue;
		while (at < sum->count && sum->rows[at].lock != lock)
			at++;
		if (at == sum->room) {
			size_t room = sum->room ? sum->room * 2 : 16;
			struct lock_row *rows = rq_realloc(sum->rows, room, sizeof(*rows));

			if (!rows) {
				sum->no_memory = true;
				return;
			}
			sum->rows = rows;
			sum->room = room;
		}
		into = &sum->rows[at];
		if (at == sum->count) {
			memset(into, 0, sizeof(*into));
			into->lock = lock;
			sum->count++;
		}
		into->acquisitions += get(&from->acquisitions);
		into->contended += get(&from->contended);
		into->deadlocks += get(&from->deadlocks);
		into->timeouts += get(&from->timeouts);
		rq_histogram_merge(&into->wait, &from->wait);
		rq_histogram_merge(&into->hold, &from->hold);
	}
}

static int busiest_first(const void *a, const void *b)
{
	const struct lock_row *left = a, *right = b;

	if (left->acquisitions != right->acquisitions)
		return left->acquisitions < right->acquisitions ? 1 : -1;
	return left->lock < right->lock ? -1 : 1;
}

int rq_machine_lock_stats(struct rq_machine *machine, struct rq_lock_stats *rows, size_t room)
{
	struct lock_sum sum = {};

	for_each_level(machine, add_locks, &sum);
	if (sum.no_memory) {
		rq_free(sum.rows);
		return -ENOMEM;
	}
	if (sum.count)
		qsort(sum.rows, sum.count, sizeof(sum.rows[0]), busiest_first);
	for (size_t i = 0; i < sum.count && i < room; i++) {
		const struct lock_row *from = &sum.rows[i];

		rows[i] = (struct rq_lock_stats){
			.lock = from->lock,
			.acquisitions = from->acquisitions,
			.contended = from->contended,
			.deadlocks = from->deadlocks,
			.timeouts = from->timeouts,
			.wait_ns_p50 = rq_histogram_percentile(&from->wait, 500),
			.wait_ns_p99 = rq_histogram_percentile(&from->wait, 990),
			.wait_ns_max = from->wait.max,
			.hold_ns_p50 = rq_histogram_percentile(&from->hold, 500),
			.hold_ns_p99 = rq_histogram_percentile(&from->hold, 990),
			.hold_ns_max = from->hold.max,
		};
		rq_machine_lock_name(machine, from->lock, rows[i].name, sizeof(rows[i].name));
	}
	rq_free(sum.rows);
	return (int)sum.count;
}

struct failure_sum {
	struct rq_failure *rows;
	uint64_t keys[FAILURE_ROWS];
	uint32_t room, count;
	uint64_t lost;
};

static void add_failures(struct rq_level_stats *stats, void *arg)
{
	struct failure_sum *sum = arg;

	for (unsigned int i = 0; i < FAILURE_ROWS; i++) {
		const struct failure_row *from = &stats->failures[i];
		uint32_t at = 0;

		if (!from->key)
			continue;
		while (at < sum->count && sum->keys[at] != from->key)
			at++;
		if (at == sum->room) {
			sum->lost += from->failure.count;
			continue;
		}
		if (at == sum->count) {
			sum->rows[at] = from->failure;
			sum->keys[at] = from->key;
			sum->count++;
			continue;
		}
		sum->rows[at].count += from->failure.count;
		if (from->failure.waited_max_ns > sum->rows[at].waited_max_ns)
			sum->rows[at].waited_max_ns = from->failure.waited_max_ns;
		if (from->failure.left_out_max_ns > sum->rows[at].left_out_max_ns)
			sum->rows[at].left_out_max_ns = from->failure.left_out_max_ns;
	}
}

static int most_frequent_first(const void *a, const void *b)
{
	const struct rq_failure *left = a, *right = b;

	return left->count < right->count ? 1 : left->count > right->count ? -1 : 0;
}

uint32_t rq_machine_failures(struct rq_machine *machine, struct rq_failure *rows, uint32_t room, uint64_t *lost)
{
	struct failure_sum sum = { .rows = rows, .room = room < FAILURE_ROWS ? room : FAILURE_ROWS };

	for_each_level(machine, add_failures, &sum);
	if (sum.count)
		qsort(rows, sum.count, sizeof(rows[0]), most_frequent_first);
	for (uint32_t i = 0; i < sum.count; i++)
		rows[i].report.party = rows[i].party;
	*lost = sum.lost;
	return sum.count;
}
