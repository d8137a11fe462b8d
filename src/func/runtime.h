/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a machine holds for the functions that its programs call: memory for objects, random numbers, kernel objects that
 * programs meet. Made before the first run; nothing here allocates while a program runs.
 */
#ifndef RQ_FUNC_RUNTIME_H
#define RQ_FUNC_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rq_runtime;
struct rq_timers;

/* -ENOMEM. @seed starts the random numbers of bpf_get_prandom_u32(), another sequence on each CPU. */
int rq_runtime_create(unsigned int cpus, uint64_t seed, struct rq_runtime **runtime);
void rq_runtime_destroy(struct rq_runtime *runtime); /* NULL is allowed */

unsigned int rq_runtime_cpus(const struct rq_runtime *runtime);
struct rq_timers *rq_runtime_timers(const struct rq_runtime *runtime); /* timer.h */
uint64_t *rq_runtime_random(struct rq_runtime *runtime, unsigned int cpu);

/*
 * Zeroed memory for one object, or NULL when the runtime's share is used up. On any CPU, in any context, an NMI inside
 * another call included. Freed memory stays readable and may become another object at once:
 * rq_runtime_free() is for what nobody else has seen.
 */
void *rq_runtime_alloc(struct rq_runtime *runtime, size_t size);
void rq_runtime_free(struct rq_runtime *runtime, void *object); /* NULL is allowed */
/*
 * The same for what other runs may still use, such as a reader of a kptr: it is used again when each run that goes on now has
 * ended. rq_runtime_reclaim() does that, and the machine calls it at the end of runs. In any context.
 */
void rq_runtime_free_later(struct rq_runtime *runtime, void *object); /* NULL is allowed */
void rq_runtime_reclaim(struct rq_runtime *runtime);

/* How a runtime learns that runs have ended. Without, nothing else runs and all is free at once. In any context. */
struct rq_grace {
	void (*begin)(void *arg, uint64_t *marks);	/* note for each CPU what it runs now */
	bool (*over)(void *arg, const uint64_t *marks); /* all of that has ended */
	void *arg;
};
void rq_runtime_set_grace(struct rq_runtime *runtime, const struct rq_grace *grace);

/* One object a CPU; rq_runtime_this_cpu() gives the one of @cpu. Freed by rq_runtime_free(). */
void *rq_runtime_alloc_percpu(struct rq_runtime *runtime, size_t size);
void *rq_runtime_on_cpu(const struct rq_runtime *runtime, void *percpu, unsigned int cpu);

/* The kernel object that stands for every cgroup or socket that is given without contents: zeroes. */
#define RQ_ZERO_OBJECT_BYTES 65536
void *rq_runtime_zero_object(void);
/* The task that a CPU runs: zeroes too, but each at its own address, which is never written. */
void *rq_runtime_task(const struct rq_runtime *runtime, unsigned int cpu);

#endif
