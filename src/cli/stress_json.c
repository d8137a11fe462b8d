/* SPDX-License-Identifier: BSD-2-Clause */
/* A stress report as JSON: docs/json.md, schema "rqspin-stress/1". */
#include <errno.h>

#include "cli/json.h"
#include "cli/stress.h"

/* Counters stay far below 2^63. */
static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *programs(const struct stress_report *report)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < report->program_count; i++) {
		const struct stress_program *row = &report->programs[i];
		const struct rq_prog_stats *stats = &row->stats;
		json_t *roles = json_array();

		for (int role = 0; role < RQ_ROLES; role++)
			if (row->roles & 1u << role)
				json_array_append_new(roles, cli_json_text(role_names[role]));
		json_array_append_new(
			list, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o, s:o}, s:o}", "name",
					cli_json_text(row->name), "section", cli_json_text(bpf_program__section_name(row->program)),
					"roles", roles, "runs", number(stats->runs), "acquisitions",
					number(stats->acquisitions), "contended", number(stats->contended), "deadlocks",
					"aa", number(stats->aa), "abba", number(stats->abba), "longer",
					number(stats->longer), "busy", number(stats->busy), "timeouts",
					number(stats->timeouts)));
	}
	return list;
}

static json_t *locks(const struct stress_report *report)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < report->lock_count; i++) {
		const struct rq_lock_stats *row = &report->locks[i];

		json_array_append_new(
			list,
			json_pack("{s:o, s:o, s:o, s:o, s:o, s:{s:o, s:o, s:o}, s:{s:o, s:o, s:o}}", "name",
				  cli_json_text(row->name), "acquisitions", number(row->acquisitions), "contended",
				  number(row->contended), "deadlocks", number(row->deadlocks), "timeouts",
				  number(row->timeouts), "wait_ns", "p50", number(row->wait_ns_p50), "p99",
				  number(row->wait_ns_p99), "max", number(row->wait_ns_max), "hold_ns", "p50",
				  number(row->hold_ns_p50), "p99", number(row->hold_ns_p99), "max",
				  number(row->hold_ns_max)));
	}
	return list;
}

static json_t *interrupts(const struct stress_report *report)
{
	json_t *list = json_array();

	for (int kind = 0; kind < RQ_INTERRUPTS; kind++) {
		const struct rq_interrupt_counts *counts = &report->counts.kinds[kind];

		if (report->counts.due[kind])
			json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o, s:o}", "kind",
							      cli_json_text(interrupt_names[kind]), "due",
							      number(report->counts.due[kind]), "sent",
							      number(counts->raised), "run", number(counts->run),
							      "merged", number(counts->merged)));
	}
	return list;
}

static json_t *lock_name(const struct stress_report *report, const rqspinlock_t *lock)
{
	char name[128];

	if (!lock)
		return json_null();
	rq_machine_lock_name(report->machine, lock, name, sizeof(name));
	return cli_json_text(name);
}

/* Add where @site is to @object. */
static json_t *with_site(json_t *object, const struct stress_report *report, uintptr_t site)
{
	struct stress_site where = stress_site(report, site);

	json_object_set_new(object, "program", cli_json_text(where.program));
	json_object_set_new(object, "file", where.line ? cli_json_text(where.file) : json_null());
	json_object_set_new(object, "line", where.line ? number(where.line) : json_null());
	json_object_set_new(object, "source", where.line ? cli_json_text(where.text) : json_null());
	return object;
}

static json_t *party(const struct stress_report *report, const struct rqspin_party *from, const rqspinlock_t *wanted,
		     uintptr_t site)
{
	json_t *held = json_array();

	for (unsigned int i = 0; i < from->held_count; i++)
		json_array_append_new(held, with_site(json_pack("{s:o}", "lock", lock_name(report, from->held[i].lock)),
						      report, from->held[i].site));
	return with_site(json_pack("{s:i, s:o, s:o}", "cpu", (int)from->cpu, "wants", lock_name(report, wanted), "held",
				   held),
			 report, site);
}

static json_t *failures(const struct stress_report *report)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < report->failure_count; i++) {
		const struct rq_failure *row = &report->failures[i];
		const struct rqspin_report *first = &row->report;
		json_t *parties = json_array(), *failure;

		for (unsigned int p = 0; p < first->parties; p++)
			json_array_append_new(parties,
					      party(report, &first->party[p],
						    p ? first->party[p].waits_for : first->lock,
						    p ? first->party[p].site : first->site));
		failure = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "kind",
				    cli_json_text(stress_failure_name(first->kind)), "error",
				    cli_json_text(first->error == -ETIMEDOUT ? "ETIMEDOUT" : "EDEADLK"), "count",
				    number(row->count), "lock", lock_name(report, first->lock), "cycle",
				    number(first->cycle), "waited_ns_max", number(row->waited_max_ns),
				    "left_out_ns_max", number(row->left_out_max_ns), "parties", parties);
		json_object_set_new(failure, "interrupted",
				    row->interrupted ? with_site(json_object(), report, row->interrupted) : json_null());
		json_array_append_new(list, with_site(failure, report, first->site));
	}
	return list;
}

static json_t *counters(const struct stress_report *report)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < report->counter_count; i++) {
		const struct stress_counter *row = &report->counters[i];

		json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:b}", "name", cli_json_text(row->name), "value",
						      number(row->value), "expected", number(row->expected), "exact",
						      row->value == row->expected));
	}
	return list;
}

static json_t *failed_on(const struct stress_report *report)
{
	json_t *list = json_array();

	for (const struct fail_word *word = fail_words; word->word; word++)
		if (report->failed_on & word->bits && !(word->bits & (word->bits - 1)))
			json_array_append_new(list, cli_json_text(word->word));
	return list;
}

static json_t *worst_wait(const struct stress_report *report)
{
	if (!report->worst.lock)
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "lock", cli_json_text(report->worst_name), "wait_ns", number(report->worst.wait_ns),
			 "left_out_ns", number(report->worst.left_out_ns));
}

int stress_print_json(const struct stress_report *report)
{
	json_t *root = json_pack("{s:s, s:o, s:i, s:o, s:o, s:o, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
				 "schema", "rqspin-stress/1", "object", cli_json_text(report->object), "cpus", (int)report->cpus,
				 "duration_ns", number(report->duration_ns), "rate", number(report->rate), "seed",
				 number(report->seed), "policy", report->policy, "kernel", report->kernel, "interrupted",
				 report->interrupted, "limit_ns", number(report->limit_ns), "programs",
				 programs(report), "locks", locks(report), "worst_wait", worst_wait(report),
				 "interrupts", interrupts(report), "failures", failures(report), "lost",
				 number(report->lost + report->failures_lost), "counters", counters(report),
				 "failed_on", failed_on(report));

	return cli_json_print(root);
}
