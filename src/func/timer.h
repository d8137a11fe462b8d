/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers of a machine. A value's struct bpf_timer names a slot of the runtime; a slot is armed while its deadline is not 0, so
 * starting, cancelling and taking it for a run are one atomic operation each, in any context.
 */
#ifndef RQ_FUNC_TIMER_H
#define RQ_FUNC_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct rq_map;
struct rq_prog;
struct rq_runtime;
struct rq_timers;

#define RQ_TIMER_KEY_MAX 512

/* A callback that is due: rq_vm_run() of an exec that points to it runs it. */
struct rq_timer_call {
	const struct rq_prog *prog;
	uint32_t insn; /* where the callback starts */
	uint32_t slot;
	struct rq_map *map;
	void *value;
	uint64_t key[RQ_TIMER_KEY_MAX / 8];
};

struct rq_timers *rq_timers_create(void); /* NULL: no memory */
void rq_timers_destroy(struct rq_timers *timers);
/* @armed is called whenever a timer is started, in the context that started it. */
void rq_timers_set_listener(struct rq_timers *timers, void (*armed)(void *arg), void *arg);

/* Disarm one that is due on @cpu and say what to run. False: none is. */
bool rq_timers_take(struct rq_timers *timers, unsigned int cpu, uint64_t now, struct rq_timer_call *call);
/* The callback of @call, which @cpu took, has ended. */
void rq_timers_done(struct rq_timers *timers, unsigned int cpu, const struct rq_timer_call *call);
/* The earliest deadline of all CPUs, and whose it is; 0: nothing is armed. */
uint64_t rq_timers_next(struct rq_timers *timers, unsigned int *cpu);
/* A value goes: its struct bpf_timer is cleared, the timer disarmed. */
void rq_timers_drop(struct rq_timers *timers, void *bpf_timer);
/* A program goes: timers that would call it are disarmed. True: there were some. */
bool rq_timers_forget(struct rq_timers *timers, const struct rq_prog *prog);

#endif
