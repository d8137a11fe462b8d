/* SPDX-License-Identifier: BSD-2-Clause */
/* Medians, ranges, fairness, and percentiles of waits that were counted by magnitude. */
#include <stdlib.h>

#include "bench.h"

void bench_add(struct bench_series *series, double value)
{
	if (series->count < BENCH_ROUNDS)
		series->values[series->count++] = value;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

double bench_median(struct bench_series *series)
{
	unsigned int middle = series->count / 2;

	if (!series->count)
		return 0;
	qsort(series->values, series->count, sizeof(series->values[0]), compare);
	if (series->count % 2)
		return series->values[middle];
	return (series->values[middle - 1] + series->values[middle]) / 2;
}

double bench_min(const struct bench_series *series)
{
	double least = series->count ? series->values[0] : 0;

	for (unsigned int i = 1; i < series->count; i++) {
		if (series->values[i] < least)
			least = series->values[i];
	}
	return least;
}

double bench_max(const struct bench_series *series)
{
	double most = series->count ? series->values[0] : 0;

	for (unsigned int i = 1; i < series->count; i++) {
		if (series->values[i] > most)
			most = series->values[i];
	}
	return most;
}

/* Jain's index: 1 when all got the same, 1 / @number when one got everything. */
double bench_jain(const uint64_t *counts, unsigned int number)
{
	double sum = 0, squares = 0;

	for (unsigned int i = 0; i < number; i++) {
		sum += counts[i];
		squares += (double)counts[i] * counts[i];
	}
	return squares > 0 ? sum * sum / (number * squares) : 0;
}

/* The middle of a bucket of bench_wait_bucket(). */
static double bucket_ticks(unsigned int bucket)
{
	if (bucket < 8)
		return bucket;
	return (double)(UINT64_C(1) << (bucket / 8 - 1)) * (8 + bucket % 8 + 0.5);
}

double bench_wait_percentile(const uint64_t *waits, double share)
{
	uint64_t total = 0, seen = 0;

	for (unsigned int i = 0; i < BENCH_WAIT_BUCKETS; i++)
		total += waits[i];
	for (unsigned int i = 0; i < BENCH_WAIT_BUCKETS; i++) {
		seen += waits[i];
		if (total && seen >= share * total)
			return bucket_ticks(i);
	}
	return 0;
}
