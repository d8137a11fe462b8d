/* SPDX-License-Identifier: BSD-2-Clause */
/* One row of results: to a person on stdout, to a file as CSV. */
#include <math.h>

#include "bench.h"

/* Large numbers as 12.3 M, times as they read best: a person compares magnitudes first. */
static void print_value(double value, const char *unit)
{
	static const struct {
		const char *unit;
		double from, scale;
		const char *shown;
	} rows[] = {
		{ "1/s", 1e6, 1e6, "M/s" },  { "1/s", 1e3, 1e3, "k/s" }, { "1/s", 0, 1, "/s" },
		{ "ns", 1e6, 1e6, "ms" },    { "ns", 1e4, 1e3, "us" },   { "ns", 0, 1, "ns" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].unit[0] == unit[0] && rows[i].unit[1] == unit[1] && fabs(value) >= rows[i].from) {
			printf("%9.2f %-4s", value / rows[i].scale, rows[i].shown);
			return;
		}
	}
	printf("%9.3f %-4s", value, unit);
}

static void csv_row(struct bench_report *report, const char *lock, unsigned int threads, const char *metric,
		    const char *unit, struct bench_series *series)
{
	if (!report->csv)
		return;
	fprintf(report->csv, "%s,%u,%s,%s,%g,%g,%g,%u\n", lock, threads, metric, unit, bench_median(series),
		bench_min(series), bench_max(series), series->count);
	fflush(report->csv);
}

void bench_row(struct bench_report *report, const char *lock, unsigned int threads, const char *metric,
	       const char *unit, struct bench_series *series)
{
	printf("%-18s %3u  %-18s", lock, threads, metric);
	print_value(bench_median(series), unit);
	if (series->count > 1) {
		printf("  (");
		print_value(bench_min(series), unit);
		printf(" to ");
		print_value(bench_max(series), unit);
		printf(")");
	}
	printf("\n");
	fflush(stdout);
	csv_row(report, lock, threads, metric, unit, series);
}

void bench_contended_head(unsigned int threads)
{
	printf("\n%-3u threads         acquisitions  (min            to max         )  Jain   (min)    wait p50"
	       "       p99            max            (worst)        failed\n", threads);
}

void bench_contended_row(struct bench_report *report, const char *lock, unsigned int threads,
			 struct bench_contended *all)
{
	printf("%-18s", lock);
	print_value(bench_median(&all->per_second), "1/s");
	printf(" (");
	print_value(bench_min(&all->per_second), "1/s");
	printf(" to");
	print_value(bench_max(&all->per_second), "1/s");
	printf(")  %.3f  (%.3f)", bench_median(&all->jain), bench_min(&all->jain));
	print_value(bench_median(&all->p50), "ns");
	print_value(bench_median(&all->p99), "ns");
	print_value(bench_median(&all->max), "ns");
	printf(" (");
	print_value(bench_max(&all->max), "ns");
	printf(")");
	if (bench_max(&all->failures) > 0)
		printf("  %.0f", bench_median(&all->failures));
	printf("\n");
	fflush(stdout);
	csv_row(report, lock, threads, "throughput", "1/s", &all->per_second);
	csv_row(report, lock, threads, "jain", "", &all->jain);
	csv_row(report, lock, threads, "wait p50", "ns", &all->p50);
	csv_row(report, lock, threads, "wait p99", "ns", &all->p99);
	csv_row(report, lock, threads, "wait max", "ns", &all->max);
	csv_row(report, lock, threads, "failed", "", &all->failures);
}
