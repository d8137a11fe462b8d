/* SPDX-License-Identifier: BSD-2-Clause */
/* The clock's inner side: what src/lock and the tests need beyond cpu/cpu.h. */
#ifndef RQ_CPU_CLOCK_H
#define RQ_CPU_CLOCK_H

#include <stdint.h>

/* Measure the ticks, ahead of the first use, which would otherwise pay the 50 us. */
void rq_clock_calibrate(void);
uint64_t rq_clock_ns_to_ticks(uint64_t ns);

/*
 * A clock in the place of the hardware's, for tests that step through the lock one instruction at a time: ticks are its
 * nanoseconds. Set before any thread waits; NULL for the real one. Must be async-signal-safe.
 */
struct rq_clock_source {
	uint64_t (*ns)(void);
};

extern struct rq_clock_source *rq_clock_mock;

#endif
