/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads for tests of the lock: a team has a domain of its own, so a test chooses policy, order and time limit, and each
 * member runs one CPU of it. stage_ functions wait for a state of others, so that nothing depends on how fast they are.
 */
#ifndef TESTS_LOCK_TEAM_H
#define TESTS_LOCK_TEAM_H

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "lock/internal.h"

#define TEAM_MAX 64
#define MS	 1000000ull
#define LONG_NS	 (60000 * MS) /* more than any machine is slow */
#define HERE	 ((uintptr_t)__builtin_return_address(0))

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_THREAD__) || __has_feature(thread_sanitizer)
#define UNDER_TSAN 1
#else
#define UNDER_TSAN 0
#endif

struct team;

struct member {
	struct team *team;
	unsigned int index;
	struct rq_cpu *cpu;
	pthread_t thread;
	int result;
	_Atomic int stage;
	uint64_t count;
};

struct team {
	struct rq_domain *domain;
	unsigned int size;
	void (*body)(struct member *member);
	void *arg;
	rqspinlock_t lock[TEAM_MAX];
	struct member member[TEAM_MAX];
	_Atomic unsigned int ready;
	_Atomic int go;
};

static inline uint64_t now_ns(void)
{
	return rq_clock_ns();
}

static inline void nap(void)
{
	struct timespec short_time = { .tv_nsec = 20000 };

	nanosleep(&short_time, NULL);
}

#define stage_until(condition)                                                                     \
	do                                                                                         \
		nap();                                                                             \
	while (!(condition))

/* @cpu has told others that it waits for @lock. */
static inline bool is_waiting(struct rq_cpu *cpu, rqspinlock_t *lock)
{
	return atomic_load(&cpu->wait_lock) == lock;
}

/* ... and stands in its queue. */
static inline bool is_queued(struct rq_cpu *cpu, rqspinlock_t *lock)
{
	bool queued = false;

	for (int i = 0; i < RQ_NODES; i++) {
		uint32_t state = atomic_load(&cpu->node[i].state);

		queued |= state == RQ_NODE_WAITING || state == RQ_NODE_PARKED || state == RQ_NODE_HEAD;
	}
	return queued && is_waiting(cpu, lock);
}

static inline bool is_free_word(rqspinlock_t *lock)
{
	return !(atomic_load(rq_whole(lock)) & ~(uint32_t)RQ_OWNER_RESERVED);
}

static inline void *member_main(void *arg)
{
	struct member *member = arg;
	struct team *team = member->team;

	if (rq_cpu_attach(team->domain, member->index, &member->cpu))
		abort();
	atomic_fetch_add(&team->ready, 1);
	while (!atomic_load(&team->go))
		sched_yield();
	team->body(member);
	rq_cpu_detach(member->cpu);
	return NULL;
}

static inline struct team *team_of(unsigned int size, const struct rq_domain_options *options)
{
	struct rq_domain_options mine = *options;
	struct team *team = calloc(1, sizeof(*team));

	assert_non_null(team);
	mine.cpus = size + 1; /* the last one is for the test itself */
	team->size = size;
	assert_int_equal(rq_domain_create(&mine, &team->domain), 0);
	for (unsigned int i = 0; i <= size && i < TEAM_MAX; i++)
		team->member[i] = (struct member){ .team = team, .index = i };
	return team;
}

static inline void team_start(struct team *team, void (*body)(struct member *member))
{
	team->body = body;
	atomic_store(&team->ready, 0);
	atomic_store(&team->go, 0);
	for (unsigned int i = 0; i < team->size; i++)
		assert_int_equal(pthread_create(&team->member[i].thread, NULL, member_main, &team->member[i]), 0);
	while (atomic_load(&team->ready) < team->size)
		sched_yield();
	atomic_store(&team->go, 1);
}

static inline void team_join(struct team *team)
{
	for (unsigned int i = 0; i < team->size; i++)
		pthread_join(team->member[i].thread, NULL);
}

static inline void team_run(struct team *team, void (*body)(struct member *member))
{
	team_start(team, body);
	team_join(team);
}

static inline struct rq_cpu *team_cpu(struct team *team, unsigned int index)
{
	return rq_domain_cpu(team->domain, index);
}

/* The test itself as the CPU after the members'. */
static inline struct rq_cpu *team_enter(struct team *team)
{
	struct rq_cpu *cpu;

	assert_int_equal(rq_cpu_attach(team->domain, team->size, &cpu), 0);
	return cpu;
}

static inline void team_free(struct team *team)
{
	rq_domain_destroy(team->domain);
	free(team);
}

static inline unsigned int team_count(struct team *team, int result)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < team->size; i++)
		count += team->member[i].result == result;
	return count;
}

/* @name in the environment, for long runs (scripts/campaign); else @usual. */
static inline unsigned int amount(const char *name, unsigned int usual)
{
	const char *text = getenv(name);

	return text && atoi(text) > 0 ? (unsigned int)atoi(text) : usual;
}

static const struct rq_domain_options barging = { .order = RQSPIN_ORDER_BARGING, .timeout_ns = LONG_NS };
static const struct rq_domain_options fifo = { .order = RQSPIN_ORDER_FIFO, .timeout_ns = LONG_NS };
static const struct rq_domain_options kernel = { .policy = RQSPIN_POLICY_KERNEL, .timeout_ns = LONG_NS };

#endif
