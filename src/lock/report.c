/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports: what failed or was done wrong, with each party and the locks it holds. Made in the context that failed, which may
 * be an NMI on a small stack: the parties' room comes from the domain. Of other parties we copy what their CPUs say
 * of themselves at this moment; in a cycle they wait, so it is true.
 */
#include <string.h>

#include "lock/internal.h"

static struct rqspin_party *take_room(struct rq_domain *domain, uint32_t *bit)
{
	uint32_t taken = atomic_load_explicit(&domain->rooms_taken, memory_order_relaxed);

	for (unsigned int i = 0; i < RQ_REPORTS; i++) {
		/* Acquire: pairs with the release in give_room(): the last user of the room is done with it. */
		while (!(taken & 1u << i))
			if (atomic_compare_exchange_weak_explicit(&domain->rooms_taken, &taken, taken | 1u << i,
								  memory_order_acquire, memory_order_relaxed)) {
				*bit = 1u << i;
				return domain->room[i].party;
			}
	}
	return NULL;
}

static void give_room(struct rq_domain *domain, uint32_t bit)
{
	atomic_fetch_and_explicit(&domain->rooms_taken, ~bit, memory_order_release);
}

static void describe(struct rqspin_party *party, struct rq_cpu *cpu)
{
	uint32_t rows = rq_table_rows(cpu);

	party->thread = atomic_load_explicit(&cpu->thread, memory_order_relaxed);
	party->cpu = cpu->number;
	party->waits_for = atomic_load_explicit(&cpu->wait_lock, memory_order_relaxed);
	party->site = atomic_load_explicit(&cpu->wait_site, memory_order_relaxed);
	party->held_unrecorded = atomic_load_explicit(&cpu->unrecorded, memory_order_relaxed);
	party->held_count = 0;
	if (rows > RQSPIN_HELD_MAX)
		rows = RQSPIN_HELD_MAX;
	/* A row without site is an attempt, also of a context that was interrupted. */
	for (uint32_t row = 1; row <= rows; row++) {
		struct rqspin_held *held = &party->held[party->held_count];

		held->lock = __atomic_load_n(&rq_table_row(cpu, row)->lock, __ATOMIC_RELAXED);
		held->site = __atomic_load_n(&rq_table_row(cpu, row)->site, __ATOMIC_RELAXED);
		party->held_count += held->lock && held->site;
	}
}

static void send(struct rq_domain *domain, const struct rqspin_report *report)
{
	void (*callback)(const struct rqspin_report *, void *) =
		__atomic_load_n(&domain->options.report, __ATOMIC_ACQUIRE);

	if (callback)
		callback(report, __atomic_load_n(&domain->options.report_arg, __ATOMIC_RELAXED));
}

void rq_report_failure(const struct rq_wait *wait, int error, uint64_t waited_ns)
{
	struct rq_cpu *cpu = wait->cpu;
	struct rq_domain *domain = cpu->domain;
	unsigned int parties = wait->cycle < RQSPIN_PARTIES_MAX ? wait->cycle : RQSPIN_PARTIES_MAX;
	struct rqspin_party *party;
	struct rqspin_report report = {
		.size = sizeof(report),
		.kind = wait->kind,
		.error = error,
		.lock = wait->lock,
		.site = wait->site,
		.waited_ns = waited_ns,
		.left_out_ns = wait->left_out_ns,
		.cycle = wait->cycle,
	};
	uint32_t bit;

	if (!__atomic_load_n(&domain->options.report, __ATOMIC_RELAXED))
		return;
	party = take_room(domain, &bit);
	if (party) {
		describe(&party[0], cpu);
		party[0].waits_for = wait->lock;
		party[0].site = wait->site;
		report.parties = 1;
		for (unsigned int i = 1; i < parties; i++)
			describe(&party[report.parties++], &domain->cpu[wait->path[i] - 1]);
		if (wait->kind == RQSPIN_REPORT_TIMEOUT && wait->path[0] && wait->path[0] <= domain->options.cpus)
			describe(&party[report.parties++], &domain->cpu[wait->path[0] - 1]);
		report.party = party;
	}
	send(domain, &report);
	if (party)
		give_room(domain, bit);
}

void rq_report_mistake(struct rq_cpu *cpu, enum rqspin_report_kind kind, rqspinlock_t *lock, uintptr_t site, int error)
{
	struct rq_domain *domain = cpu->domain;
	struct rqspin_report report = {
		.size = sizeof(report), .kind = kind, .error = error, .lock = lock, .site = site
	};
	struct rqspin_party *party;
	uint32_t bit;

	if (!__atomic_load_n(&domain->options.report, __ATOMIC_RELAXED))
		return;
	party = take_room(domain, &bit);
	if (party) {
		describe(party, cpu);
		report.party = party;
		report.parties = 1;
	}
	send(domain, &report);
	if (party)
		give_room(domain, bit);
}
