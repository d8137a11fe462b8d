/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks inside maps. They are our own lock, taken with interrupts off by the virtual CPU that the calling thread runs: an
 * NMI that lands in a critical section and wants the same lock, or closes a cycle, gets an error, and so does its program.
 *
 * A thread that runs no virtual CPU of the map's machine makes a system call. Such threads exclude each other by a mutex and
 * use the domain's last CPU; nothing of ours interrupts them, and they hold one lock at a time, so they close no cycle.
 */
#ifndef RQ_MAP_LOCK_H
#define RQ_MAP_LOCK_H

#include "lock/lock.h"
#include "map/map.h"

struct rq_map_locked {
	struct rq_cpu *cpu;
	rqspinlock_t *lock;
	unsigned long irqs;
	bool system_call;
};

/* 0, -EDEADLK, -ETIMEDOUT. In any context. */
int rq_map_lock(struct rq_map_host *host, rqspinlock_t *lock, struct rq_map_locked *locked);
void rq_map_unlock(struct rq_map_host *host, struct rq_map_locked *locked);

/* The virtual CPU that the calling thread runs in this machine: 0 .. cpus - 1, or cpus for a system call. */
unsigned int rq_map_cpu(const struct rq_map_host *host);

/* Whose value of a per-CPU map that thread uses: system calls those of CPU 0. */
static inline unsigned int rq_map_value_cpu(const struct rq_map *map)
{
	unsigned int cpu = rq_map_cpu(map->host);

	return cpu < map->host->cpus ? cpu : 0;
}

#endif
