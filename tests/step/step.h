/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A signal at every instruction of lock and unlock.
 *
 * A scenario puts the lock into a state with up to three other threads, which are frozen there, and then runs one
 * operation. The tracer runs it once instruction by instruction and notes each distinct address of the lock's code. Then,
 * for each of them, it runs the scenario afresh in a new process, stops before that address, delivers a signal whose
 * handler takes a lock, and lets the operation, the handler and the other threads come to their end, where the scenario
 * checks what must hold.
 *
 * Time is the scenario's (clock.c): it passes by being asked for, and each party but the stepped one freezes in it once
 * it is where the scenario wants it. So a run is the same each time.
 */
#ifndef STEP_STEP_H
#define STEP_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include <rqspin/lock.h>

#define STEP_PARTIES 3

/* Code of the test that the lock's inline functions became part of. */
#define STEP_OPERATION __attribute__((noinline, section("step_operations")))

enum step_handler {
	STEP_SAME_LOCK,
	STEP_OTHER_LOCK,
	STEP_CROSSED_LOCKS, /* one whose holder then wants the stepped thread's */
	STEP_HANDLERS,
	STEP_NO_SIGNAL = STEP_HANDLERS,
};

struct step_scenario {
	const char *name;
	enum rqspin_order order;
	void (*arrange)(void);		/* put the others where they belong; NULL: nobody else */
	int (*operation)(void);		/* what is stepped through */
	void (*passing)(unsigned int calls); /* at each reading of the clock by the stepped thread; may be NULL */
	void (*conclude)(int result);	/* let go of what the operation took; NULL: nothing */
	int expected;			/* what the operation returns */
	bool crossed;			/* also with STEP_CROSSED_LOCKS */
};

extern const struct step_scenario step_scenarios[];
extern const unsigned int step_scenario_count;

/* scenario.c: runs in the traced process. */
void step_run(const struct step_scenario *scenario, enum step_handler handler); /* exits: 0, or prints why not */
extern void step_begin(void), step_end(void);	/* the tracer's marks around the operation */

/* clock.c */
void step_clock_install(void (*passing)(unsigned int calls));
void step_clock_own(void); /* the calling thread is the one that is stepped */
uint64_t step_clock_now(void);
uint64_t step_clock_calls(void);
void step_freeze_when(bool (*placed)(void)); /* the calling thread freezes at a reading of the clock where it says yes */
unsigned int step_frozen(void);		     /* how many are */
void step_thaw(unsigned int party);	     /* by the number it gave to step_clock_party() */
void step_clock_party(unsigned int party);

/* tracer.c: 0 all covered and well, 1 failed, 77 ptrace is refused. */
int step_trace(const struct step_scenario *scenario, unsigned int *covered, unsigned int *reachable);

#endif
