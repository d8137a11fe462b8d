/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock of waiting and reports, cheap ticks for spinning, and seeded random numbers. */
#include <stdatomic.h>
#include <time.h>

#include "cpu/clock.h"
#include "cpu/cpu.h"

/* ns = ticks * scale >> SHIFT, and back with its inverse: no division per wait. Measured once, against CLOCK_MONOTONIC. */
#define SCALE_SHIFT 24
#define CALIBRATION_NS 50000 /* long enough for 0.1 %, short enough not to be noticed */
#define READ_NS	       200   /* between two clocks that are read together */
#define READ_TRIES     20

static _Atomic uint64_t tick_scale, ns_scale;

struct rq_clock_source *rq_clock_mock;

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000u + now.tv_nsec;
}

static uint64_t monotonic_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t rq_clock_ns(void)
{
	if (__builtin_expect(rq_clock_mock != NULL, 0))
		return rq_clock_mock->ns();
	return monotonic_ns();
}

uint64_t rq_clock_other_ns(clockid_t clock)
{
	return rq_clock_mock ? rq_clock_mock->ns() : read_clock(clock);
}

static uint64_t hardware_ticks(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	return monotonic_ns();
#endif
}

uint64_t rq_clock_ticks(void)
{
	if (__builtin_expect(rq_clock_mock != NULL, 0))
		return rq_clock_mock->ns();
	return hardware_ticks();
}

struct instant {
	uint64_t ns, ticks;
};

/* Both clocks at the same time: on a loaded machine the thread may lose its CPU in between, then once more. */
static struct instant read_both(void)
{
	struct instant best = { 0 };
	uint64_t least = UINT64_MAX;

	for (int tries = 0; tries < READ_TRIES && least > READ_NS; tries++) {
		uint64_t before = monotonic_ns(), ticks = hardware_ticks(), took = monotonic_ns() - before;

		if (took < least) {
			least = took;
			best = (struct instant){ before + took / 2, ticks };
		}
	}
	return best;
}

/* Two threads may measure at the same time: both results will do. */
static uint64_t calibrate(void)
{
	struct instant start = read_both(), end;
	uint64_t ticks, scale;

	while (monotonic_ns() - start.ns < CALIBRATION_NS)
		;
	end = read_both();
	ticks = end.ticks - start.ticks;
	scale = ticks ? ((end.ns - start.ns) << SCALE_SHIFT) / ticks : 1 << SCALE_SHIFT;
	if (!scale)
		scale = 1;
	atomic_store_explicit(&ns_scale, (UINT64_C(1) << (2 * SCALE_SHIFT)) / scale, memory_order_relaxed);
	/* Release: pairs with the acquire in scale_of_ticks(): who sees this one sees its inverse too. */
	atomic_store_explicit(&tick_scale, scale, memory_order_release);
	return scale;
}

static uint64_t scale_of_ticks(void)
{
	uint64_t scale = atomic_load_explicit(&tick_scale, memory_order_acquire);

	return __builtin_expect(scale != 0, 1) ? scale : calibrate();
}

void rq_clock_calibrate(void)
{
	scale_of_ticks();
}

uint64_t rq_clock_ticks_to_ns(uint64_t ticks)
{
	if (__builtin_expect(rq_clock_mock != NULL, 0))
		return ticks;
	return (unsigned __int128)ticks * scale_of_ticks() >> SCALE_SHIFT;
}

uint64_t rq_clock_ns_to_ticks(uint64_t ns)
{
	if (__builtin_expect(rq_clock_mock != NULL, 0))
		return ns;
	scale_of_ticks();
	return (unsigned __int128)ns * atomic_load_explicit(&ns_scale, memory_order_relaxed) >> SCALE_SHIFT;
}

/* splitmix64, public domain: passes BigCrush, and any seed will do. */
uint64_t rq_random_next(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}
