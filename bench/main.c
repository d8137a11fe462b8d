/* SPDX-License-Identifier: BSD-2-Clause */
/* bench-lock: which lock, how many threads, how often; docs/performance.md says how to read the result. */
#include <errno.h>
#include <getopt.h>
#include <gnu/libc-version.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <rqspin/lock.h>

#include "bench.h"

enum part { PART_UNCONTENDED, PART_CONTENDED, PART_DETECTION, PART_DEADLINE, PARTS };

static const char *const part_names[PARTS] = { "uncontended", "contended", "detection", "deadline" };

struct plan {
	bool parts[PARTS];
	unsigned int rounds;
	unsigned int threads[16], thread_counts;
	unsigned int detection_rounds, deadline_rounds;
	uint64_t warmup_ns, measure_ns;
	const char *locks; /* comma-separated names; NULL: all */
};

static void usage(FILE *stream)
{
	fprintf(stream,
		"usage: bench-lock [OPTION]...\n"
		"  --csv FILE       also write lock,threads,metric,unit,median,min,max,rounds\n"
		"  --rounds N       medians of N interleaved rounds (5)\n"
		"  --threads N,...  numbers of threads (1,2,4,16,64)\n"
		"  --locks NAME,... only these; --list names them\n"
		"  --parts PART,... of uncontended, contended, detection, deadline\n"
		"  --quick          short runs: to see that it works, not to compare\n"
		"  --pairs N        no measurement: N pairs of the lock that --locks names, for callgrind\n"
		"  --list           the locks, and why some can't run here\n");
}

static bool named_in(const char *list, const char *name)
{
	size_t length = strlen(name);

	while (list) {
		if (!strncmp(list, name, length) && (!list[length] || list[length] == ','))
			return true;
		list = strchr(list, ',');
		list += !!list;
	}
	return false;
}

static bool wanted(const struct plan *plan, const struct bench_lock *lock)
{
	return (!plan->locks || named_in(plan->locks, lock->name)) &&
	       !(lock->unavailable && lock->unavailable());
}

static void list_locks(void)
{
	for (unsigned int i = 0; bench_locks[i]; i++) {
		const char *why = bench_locks[i]->unavailable ? bench_locks[i]->unavailable() : NULL;

		printf("%s%s%s\n", bench_locks[i]->name, why ? ": skipped: " : "", why ? why : "");
	}
}

static void note_skipped(void)
{
	for (unsigned int i = 0; bench_locks[i]; i++) {
		const char *why = bench_locks[i]->unavailable ? bench_locks[i]->unavailable() : NULL;

		if (why)
			printf("%s: skipped: %s\n", bench_locks[i]->name, why);
	}
#ifndef BENCH_HAVE_CK
	printf("ck_fas, ck_ticket, ck_mcs, ck_clh: skipped: built without Concurrency Kit (Debian: libck-dev)\n");
#endif
}

static void describe_machine(void)
{
	char line[256], model[256] = "unknown processor";
	FILE *file = fopen("/proc/cpuinfo", "re");
	struct utsname system;
	double load[1] = { 0 };

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "model name : %255[^\n]", model) == 1)
			break;
	}
	if (file)
		fclose(file);
	uname(&system);
	getloadavg(load, 1);
	printf("machine: %ld x %s, Linux %s, glibc %s, compiler %s, load before %.2f\n",
	       sysconf(_SC_NPROCESSORS_ONLN), model, system.release, gnu_get_libc_version(), __VERSION__,
	       load[0]);
}

static unsigned int count_locks(void)
{
	unsigned int count = 0;

	while (bench_locks[count])
		count++;
	return count;
}

static void report_failed_run(const char *lock, unsigned int threads, int error)
{
	fprintf(stderr, "bench-lock: %s, %u threads: run failed: %s\n", lock, threads, strerror(-error));
}

static void bench_part_uncontended(struct bench_report *report, const struct plan *plan)
{
	struct bench_series *series = calloc(count_locks(), sizeof(*series));

	if (!series)
		return;
	for (unsigned int round = 0; round < plan->rounds; round++) {
		for (unsigned int i = 0; bench_locks[i]; i++) {
			double ns;
			int error;

			if (!wanted(plan, bench_locks[i]))
				continue;
			error = bench_uncontended(bench_locks[i], &ns);
			if (error)
				report_failed_run(bench_locks[i]->name, 1, error);
			else
				bench_add(&series[i], ns);
		}
	}
	for (unsigned int i = 0; bench_locks[i]; i++) {
		if (series[i].count)
			bench_row(report, bench_locks[i]->name, 1, "pair", "ns", &series[i]);
	}
	free(series);
}

static void one_round(const struct plan *plan, const struct bench_lock *lock, unsigned int threads,
		      struct bench_contended *series)
{
	struct bench_load load = { lock, threads, false, plan->warmup_ns, plan->measure_ns };
	struct bench_result plain, timed;
	int error = bench_run(&load, &plain);

	load.timed = true;
	if (!error)
		error = bench_run(&load, &timed);
	if (error) {
		report_failed_run(lock->name, threads, error);
		return;
	}
	bench_add(&series->per_second, plain.per_second);
	bench_add(&series->jain, plain.jain);
	bench_add(&series->failures, plain.failures + timed.failures);
	bench_add(&series->p50, timed.wait_p50_ns);
	bench_add(&series->p99, timed.wait_p99_ns);
	bench_add(&series->max, timed.wait_max_ns);
}

static void bench_part_contended(struct bench_report *report, const struct plan *plan)
{
	struct bench_contended *all = calloc(count_locks(), sizeof(*all));

	if (!all)
		return;
	for (unsigned int t = 0; t < plan->thread_counts; t++) {
		unsigned int threads = plan->threads[t];

		memset(all, 0, count_locks() * sizeof(*all));
		for (unsigned int round = 0; round < plan->rounds; round++) {
			for (unsigned int i = 0; bench_locks[i]; i++) {
				if (wanted(plan, bench_locks[i]))
					one_round(plan, bench_locks[i], threads, &all[i]);
			}
		}
		bench_contended_head(threads);
		for (unsigned int i = 0; bench_locks[i]; i++) {
			if (all[i].jain.count)
				bench_contended_row(report, bench_locks[i]->name, threads, &all[i]);
		}
	}
	free(all);
}

static const struct {
	const char *name;
	enum rqspin_order order;
} orders[] = {
	{ "rqspin", RQSPIN_ORDER_BARGING },
	{ "rqspin FIFO", RQSPIN_ORDER_FIFO },
};

#define ORDERS (sizeof(orders) / sizeof(orders[0]))

static void single(struct bench_report *report, const char *lock, unsigned int parties, const char *metric,
		   const char *unit, double value)
{
	static struct bench_series series;

	series.count = 0;
	bench_add(&series, value);
	bench_row(report, lock, parties, metric, unit, &series);
}

static void bench_part_detection(struct bench_report *report, const struct plan *plan)
{
	static const unsigned int rings[] = { 1, 2, 3, 8 };

	for (unsigned int i = 0; i < ORDERS * sizeof(rings) / sizeof(rings[0]) * 2; i++) {
		bool simultaneous = i % 2;
		unsigned int parties = rings[i / 2 % 4];
		const char *name = orders[i / 8].name;
		struct bench_detection detection = { orders[i / 8].order, parties, simultaneous,
						     plan->detection_rounds };
		int error;

		if (parties == 1 && simultaneous)
			continue;
		error = bench_detect(&detection);
		if (error) {
			report_failed_run(name, parties, error);
			continue;
		}
		single(report, name, parties, simultaneous ? "at once p50" : "last arrival p50", "ns",
		       detection.p50_ns);
		single(report, name, parties, simultaneous ? "at once p99" : "last arrival p99", "ns",
		       detection.p99_ns);
		single(report, name, parties, "not one victim", "", detection.victims_not_one);
	}
}

static void bench_part_deadline(struct bench_report *report, const struct plan *plan)
{
	static const unsigned int positions[] = { 1, 4, 16, 32 };

	for (unsigned int i = 0; i < ORDERS * 4; i++) {
		const char *name = orders[i / 4].name;
		struct bench_deadline deadline = { orders[i / 4].order, positions[i % 4], plan->deadline_rounds };
		int error = bench_deadline(&deadline);

		if (error) {
			report_failed_run(name, deadline.position, error);
			continue;
		}
		single(report, name, deadline.position, "deadline late p50", "ns", deadline.p50_ns);
		single(report, name, deadline.position, "deadline late max", "ns", deadline.max_ns);
		if (deadline.wrong)
			single(report, name, deadline.position, "deadline wrong", "", deadline.wrong);
	}
}

static int only_pairs(const struct plan *plan, uint64_t count)
{
	for (unsigned int i = 0; bench_locks[i]; i++) {
		if (!plan->locks || !wanted(plan, bench_locks[i]))
			continue;
		bench_locks[i]->init();
		bench_locks[i]->pairs(0, count);
		return 0;
	}
	fprintf(stderr, "bench-lock: --pairs needs --locks with a lock that can run here\n");
	return 2;
}

static bool parse_numbers(const char *text, unsigned int *numbers, unsigned int room, unsigned int *count)
{
	char *end;

	for (*count = 0; *count < room; text = end + 1) {
		unsigned long value = strtoul(text, &end, 10);

		if (end == text || value < 1 || value > BENCH_THREADS)
			return false;
		numbers[(*count)++] = value;
		if (!*end)
			return true;
		if (*end != ',')
			return false;
	}
	return false;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "csv", required_argument, NULL, 'c' },   { "rounds", required_argument, NULL, 'r' },
		{ "threads", required_argument, NULL, 't' }, { "locks", required_argument, NULL, 'l' },
		{ "parts", required_argument, NULL, 'p' },  { "quick", no_argument, NULL, 'q' },
		{ "pairs", required_argument, NULL, 'n' },  { "list", no_argument, NULL, 'L' },
		{ "help", no_argument, NULL, 'h' },	     { NULL, 0, NULL, 0 },
	};
	struct plan plan = {
		.parts = { true, true, true, true },
		.rounds = 5,
		.threads = { 1, 2, 4, 16, 64 },
		.thread_counts = 5,
		.detection_rounds = 5000,
		.deadline_rounds = 100,
		.warmup_ns = 200000000,
		.measure_ns = 600000000,
	};
	struct bench_report report = { NULL };
	uint64_t pairs = 0;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			report.csv = fopen(optarg, "we");
			if (!report.csv) {
				fprintf(stderr, "bench-lock: %s: %s\n", optarg, strerror(errno));
				return 2;
			}
			break;
		case 'r':
			plan.rounds = strtoul(optarg, NULL, 10);
			break;
		case 't':
			if (!parse_numbers(optarg, plan.threads, 16, &plan.thread_counts)) {
				fprintf(stderr, "bench-lock: --threads: at most 16 numbers from 1 to %d\n",
					BENCH_THREADS);
				return 2;
			}
			break;
		case 'l':
			plan.locks = optarg;
			break;
		case 'p':
			for (unsigned int i = 0; i < PARTS; i++)
				plan.parts[i] = named_in(optarg, part_names[i]);
			break;
		case 'q':
			plan.rounds = 1;
			plan.warmup_ns = 20000000;
			plan.measure_ns = 50000000;
			plan.detection_rounds = 100;
			plan.deadline_rounds = 10;
			break;
		case 'n':
			pairs = strtoull(optarg, NULL, 10);
			break;
		case 'L':
			list_locks();
			return 0;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind < argc || !plan.rounds || plan.rounds > BENCH_ROUNDS) {
		usage(stderr);
		return 2;
	}
	if (pairs)
		return only_pairs(&plan, pairs);

	describe_machine();
	note_skipped();
	if (report.csv)
		fprintf(report.csv, "lock,threads,metric,unit,median,min,max,rounds\n");
	printf("%-18s %3s  %-22s%s\n", "lock", "n", "metric", "   median (range)");
	if (plan.parts[PART_UNCONTENDED])
		bench_part_uncontended(&report, &plan);
	if (plan.parts[PART_CONTENDED])
		bench_part_contended(&report, &plan);
	if (plan.parts[PART_DETECTION])
		bench_part_detection(&report, &plan);
	if (plan.parts[PART_DEADLINE])
		bench_part_deadline(&report, &plan);
	if (report.csv)
		fclose(report.csv);
	return 0;
}
