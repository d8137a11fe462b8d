/* SPDX-License-Identifier: BSD-2-Clause */
/* Times in buckets that are at most a quarter wide: a percentile is exact to within 25 %. One writer. */
#ifndef RQ_SYS_HISTOGRAM_H
#define RQ_SYS_HISTOGRAM_H

#include <stdint.h>

#define RQ_HISTOGRAM_BUCKETS 160 /* 4 for each power of two up to 2^40 ns, 18 minutes */

struct rq_histogram {
	uint64_t max;
	uint32_t buckets[RQ_HISTOGRAM_BUCKETS];
};

static inline unsigned int rq_histogram_bucket(uint64_t ns)
{
	unsigned int power, bucket;

	if (ns < 4)
		return (unsigned int)ns;
	power = 63 - (unsigned int)__builtin_clzll(ns);
	bucket = (power - 1) * 4 + (unsigned int)(ns >> (power - 2) & 3);
	return bucket < RQ_HISTOGRAM_BUCKETS ? bucket : RQ_HISTOGRAM_BUCKETS - 1;
}

/* The largest time that falls into @bucket. */
static inline uint64_t rq_histogram_top(unsigned int bucket)
{
	unsigned int power = bucket / 4 + 1;

	return bucket < 4 ? bucket : ((4ull + bucket % 4 + 1) << (power - 2)) - 1;
}

static inline void rq_histogram_add(struct rq_histogram *histogram, uint64_t ns)
{
	uint32_t *bucket = &histogram->buckets[rq_histogram_bucket(ns)];

	/* Relaxed: a reader may add up at any time, nobody else writes. */
	__atomic_store_n(bucket, *bucket + 1, __ATOMIC_RELAXED);
	if (ns > histogram->max)
		__atomic_store_n(&histogram->max, ns, __ATOMIC_RELAXED);
}

static inline void rq_histogram_merge(struct rq_histogram *into, const struct rq_histogram *from)
{
	uint64_t max = __atomic_load_n(&from->max, __ATOMIC_RELAXED);

	for (unsigned int i = 0; i < RQ_HISTOGRAM_BUCKETS; i++)
		into->buckets[i] += __atomic_load_n(&from->buckets[i], __ATOMIC_RELAXED);
	if (max > into->max)
		into->max = max;
}

/* The time that @permille of all times don't exceed; 0 without any. */
static inline uint64_t rq_histogram_percentile(const struct rq_histogram *histogram, unsigned int permille)
{
	uint64_t total = 0, seen = 0;

	for (unsigned int i = 0; i < RQ_HISTOGRAM_BUCKETS; i++)
		total += histogram->buckets[i];
	for (unsigned int i = 0; i < RQ_HISTOGRAM_BUCKETS; i++) {
		seen += histogram->buckets[i];
		if (total && seen * 1000 >= total * permille)
			return rq_histogram_top(i) < histogram->max ? rq_histogram_top(i) : histogram->max;
	}
	return 0;
}

#endif
