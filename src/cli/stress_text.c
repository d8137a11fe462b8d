/* SPDX-License-Identifier: BSD-2-Clause */
/* A stress report for people. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli/stress.h"

#define LOCKS_SHOWN    20
#define FAILURES_SHOWN 20

/* "1,234,567", right-aligned in @width columns, on stdout. */
static void print_number(int width, uint64_t number)
{
	char digits[24], grouped[32];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, number), out = 0;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			grouped[out++] = ',';
		grouped[out++] = digits[i];
	}
	grouped[out] = '\0';
	printf("%*s", width, grouped);
}

static const char *format_time(char *text, size_t size, uint64_t ns)
{
	if (ns < 1000)
		snprintf(text, size, "%" PRIu64 " ns", ns);
	else if (ns < 1000000)
		snprintf(text, size, "%.1f us", (double)ns * 1e-3);
	else if (ns < 1000000000)
		snprintf(text, size, "%.1f ms", (double)ns * 1e-6);
	else
		snprintf(text, size, "%.2f s", (double)ns * 1e-9);
	return text;
}

static void print_time(int width, uint64_t ns)
{
	char text[32];

	printf("%*s", width, format_time(text, sizeof(text), ns));
}

static int longest_name(int least, size_t length)
{
	return (int)length > least ? (int)length : least;
}

static void print_programs(const struct stress_report *report)
{
	int width = 10;

	for (unsigned int i = 0; i < report->program_count; i++)
		width = longest_name(width, strlen(report->programs[i].name));
	printf("%-*s %-12s %12s %12s %12s %9s %9s %9s %9s %9s\n", width, "program", "role", "runs", "acquired",
	       "contended", "AA", "ABBA", "longer", "busy", "timeout");
	for (unsigned int i = 0; i < report->program_count; i++) {
		const struct stress_program *row = &report->programs[i];
		char roles[64] = "";

		for (int role = 0; role < RQ_ROLES; role++)
			if (row->roles & 1u << role)
				snprintf(roles + strlen(roles), sizeof(roles) - strlen(roles), "%s%s",
					 roles[0] ? "," : "", role_names[role]);
		printf("%-*s %-12s ", width, row->name, roles);
		print_number(12, row->stats.runs);
		print_number(13, row->stats.acquisitions);
		print_number(13, row->stats.contended);
		print_number(10, row->stats.aa);
		print_number(10, row->stats.abba);
		print_number(10, row->stats.longer);
		print_number(10, row->stats.busy);
		print_number(10, row->stats.timeouts);
		putchar('\n');
	}
	fputs("(AA: the CPU itself had the lock. ABBA: two CPUs each wanted what the other one had. busy: a nested context "
	      "may not wait.\n All four return -EDEADLK, a timeout -ETIMEDOUT.)\n",
	      stdout);
}

static void print_locks(const struct stress_report *report)
{
	unsigned int shown = report->lock_count < LOCKS_SHOWN ? report->lock_count : LOCKS_SHOWN;
	char wall[32], limit[32], left_out[32];
	int width = 10;

	if (!report->lock_count) {
		puts("\nNo lock was taken.");
		return;
	}
	for (unsigned int i = 0; i < shown; i++)
		width = longest_name(width, strlen(report->locks[i].name));
	printf("\n%-*s %12s %12s | %9s %9s %9s | %9s %9s %9s\n", width, "lock", "acquired", "contended", "wait p50",
	       "p99", "max", "hold p50", "p99", "max");
	for (unsigned int i = 0; i < shown; i++) {
		const struct rq_lock_stats *row = &report->locks[i];

		printf("%-*s ", width, row->name);
		print_number(12, row->acquisitions);
		print_number(13, row->contended);
		fputs(" |", stdout);
		print_time(10, row->wait_ns_p50);
		print_time(10, row->wait_ns_p99);
		print_time(10, row->wait_ns_max);
		fputs(" |", stdout);
		print_time(10, row->hold_ns_p50);
		print_time(10, row->hold_ns_p99);
		print_time(10, row->hold_ns_max);
		putchar('\n');
	}
	if (report->lock_total > shown)
		printf("... and %u more locks\n", report->lock_total - shown);
	if (!report->worst.lock)
		return;
	format_time(limit, sizeof(limit), report->limit_ns);
	printf("worst wait: %s of the %s that a wait may take (%s)",
	       format_time(wall, sizeof(wall), report->worst.wait_ns - report->worst.left_out_ns), limit,
	       report->worst_name);
	if (report->worst.left_out_ns)
		printf("; %s more while the host ran something else",
		       format_time(left_out, sizeof(left_out), report->worst.left_out_ns));
	putchar('\n');
}

static void print_interrupts(const struct stress_report *report)
{
	bool any = false, held_back = false;

	for (int kind = 0; kind < RQ_INTERRUPTS; kind++) {
		const struct rq_interrupt_counts *counts = &report->counts.kinds[kind];

		if (!report->counts.due[kind])
			continue;
		if (!any)
			printf("\n%-10s %12s %12s %12s %12s\n", "interrupts", "due", "sent", "run", "merged");
		any = true;
		printf("%-10s ", interrupt_names[kind]);
		print_number(12, report->counts.due[kind]);
		print_number(13, counts->raised);
		print_number(13, counts->run);
		print_number(13, counts->merged);
		putchar('\n');
		held_back |= counts->raised < report->counts.due[kind];
	}
	if (held_back)
		puts("(Due but not sent: the CPU had not done with earlier ones, or a task on it had to come to its turn. None is lost: what\n was sent ran, or merged with an NMI that was pending.)");
}

static void print_site(const struct stress_site *where)
{
	if (where->line)
		printf("%s:%u", where->file, where->line);
	else
		fputs("no line information", stdout);
}

static void print_source(const struct stress_site *where)
{
	if (where->line)
		printf("  %6u | %s\n", where->line, where->text);
}

/* What one party has, and what it waits for. */
static void print_party(const struct stress_report *report, const struct rqspin_party *party, const rqspinlock_t *wanted,
			uintptr_t site)
{
	struct stress_site where = stress_site(report, site);
	char name[128];

	if (party->cpu < report->cpus)
		printf("  CPU %u", party->cpu);
	else
		fputs("  a system call", stdout);
	if (where.program)
		printf(" in %s", where.program);
	for (unsigned int i = 0; i < party->held_count; i++) {
		struct stress_site taken = stress_site(report, party->held[i].site);

		rq_machine_lock_name(report->machine, party->held[i].lock, name, sizeof(name));
		printf("%s %s (taken", i ? "," : " holds", name);
		if (taken.program && (!where.program || strcmp(taken.program, where.program)))
			printf(" in %s", taken.program);
		fputs(" at ", stdout);
		print_site(&taken);
		putchar(')');
	}
	if (wanted) {
		rq_machine_lock_name(report->machine, wanted, name, sizeof(name));
		printf("%s %s at ", party->held_count ? " and wants" : " wants", name);
		print_site(&where);
	}
	putchar('\n');
	for (unsigned int i = 0; i < party->held_count; i++) {
		struct stress_site taken = stress_site(report, party->held[i].site);

		if (taken.line != where.line)
			print_source(&taken);
	}
	if (wanted)
		print_source(&where);
}

static bool holds(const struct rqspin_party *party, const rqspinlock_t *lock)
{
	for (unsigned int i = 0; i < party->held_count; i++)
		if (party->held[i].lock == lock)
			return true;
	return false;
}

static void print_interrupted(const struct stress_report *report, uintptr_t site)
{
	struct stress_site where = stress_site(report, site);

	printf("  it interrupted %s on this CPU, which was %s that very lock at ", where.program ? where.program : "a program",
	       where.releases ? "releasing" : "taking");
	print_site(&where);
	putchar('\n');
	print_source(&where);
}

static void print_failure(const struct stress_report *report, const struct rq_failure *failure)
{
	const struct rqspin_report *first = &failure->report;
	struct stress_site where = stress_site(report, first->site);
	char name[128], time[32];

	rq_machine_lock_name(report->machine, first->lock, name, sizeof(name));
	putchar('\n');
	print_number(0, failure->count);
	printf(" x %s, %s: %s in %s, after at most %s\n", first->error == -ETIMEDOUT ? "-ETIMEDOUT" : "-EDEADLK",
	       stress_failure_name(first->kind), name, where.program ? where.program : "a map operation",
	       format_time(time, sizeof(time), failure->waited_max_ns));
	if (!first->parties)
		print_source(&where);
	for (unsigned int i = 0; i < first->parties; i++)
		print_party(report, &first->party[i], i ? first->party[i].waits_for : first->lock,
			    i ? first->party[i].site : first->site);
	if (failure->interrupted)
		print_interrupted(report, failure->interrupted);
	else if (first->kind == RQSPIN_REPORT_AA && !holds(&first->party[0], first->lock))
		puts("  (what was interrupted on this CPU was taking or releasing that very lock)");
	if (first->cycle > first->parties)
		printf("  ... a cycle of %u\n", first->cycle);
}

static void print_failures(const struct stress_report *report)
{
	unsigned int shown = report->failure_count < FAILURES_SHOWN ? report->failure_count : FAILURES_SHOWN;

	if (!report->failure_count)
		return;
	printf("\n%u different failure%s, each as it happened first (the first party is the one that let go):\n",
	       report->failure_count, report->failure_count == 1 ? "" : "s");
	for (unsigned int i = 0; i < shown; i++)
		print_failure(report, &report->failures[i]);
	if (report->failure_count > shown)
		printf("... and %u more\n", report->failure_count - shown);
}

static void print_counter(const struct stress_counter *counter, uint64_t value)
{
	if (counter->is_signed && (int64_t)value < 0) {
		putchar('-');
		value = -value;
	}
	print_number(0, value);
}

static void print_counters(const struct stress_report *report)
{
	if (report->counter_count)
		putchar('\n');
	for (unsigned int i = 0; i < report->counter_count; i++) {
		const struct stress_counter *counter = &report->counters[i];

		printf("%s = ", counter->name);
		print_counter(counter, counter->value);
		if (counter->value == counter->expected) {
			fputs(": exact\n", stdout);
			continue;
		}
		fputs(": DIFFERS, expected ", stdout);
		print_counter(counter, counter->expected);
		putchar('\n');
	}
}

void stress_print_text(const struct stress_report *report)
{
	printf("%s: %u CPU%s, %.1f s%s, policy %s, %" PRIu64 " interrupts a second per CPU and kind, seed %" PRIu64 "\n"
	       "(The seed fixes the sequence of choices, not where a signal lands.)\n\n",
	       report->object, report->cpus, report->cpus == 1 ? "" : "s", (double)report->duration_ns * 1e-9,
	       report->interrupted ? " (interrupted)" : "", report->policy, report->rate, report->seed);
	print_programs(report);
	print_locks(report);
	print_interrupts(report);
	print_failures(report);
	if (report->lost || report->failures_lost)
		printf("\n%" PRIu64 " events found no room in the tables and are missing above\n",
		       report->lost + report->failures_lost);
	print_counters(report);
	for (const struct fail_word *word = fail_words; word->word; word++)
		if (report->failed_on & word->bits && !(word->bits & (word->bits - 1)))
			printf("failed on: %s\n", word->word);
}
