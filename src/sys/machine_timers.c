// SPDX-License-Identifier: BSD-2-Clause
/*
 * The clock behind bpf_timer: a thread that sleeps until the next deadline and raises a softirq on the CPU that armed it.
 * It is started when the first program that arms timers is loaded, since a program can't start a thread.
 */
#include <errno.h>
#include <semaphore.h>
#include <time.h>

#include "base/memory.h"
#include "func/runtime.h"
#include "func/timer.h"
#include "sys/machine_cpus.h"

#define NS_PER_S       1000000000ull
#define RAISE_AGAIN_NS 200000 /* a softirq that was raised may be held up: how long until it is raised once more */

struct rq_machine_timers {
	struct rq_machine *machine;
	pthread_t thread;
	sem_t armed; /* posted by programs, also in an NMI */
	_Atomic bool stop;
};

static void on_armed(void *arg)
{
	int saved_errno = errno;

	sem_post(arg);
	errno = saved_errno;
}

static void sleep_until(struct rq_machine_timers *timers, uint64_t ns)
{
	struct timespec until = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };

	if (ns)
		sem_clockwait(&timers->armed, CLOCK_MONOTONIC, &until);
	else
		sem_wait(&timers->armed);
}

static void *timer_thread(void *arg)
{
	struct rq_machine_timers *timers = arg;
	struct rq_machine *machine = timers->machine;
	struct rq_timers *slots = rq_runtime_timers(machine->cpu_threads->runtime);

	while (!atomic_load(&timers->stop)) {
		unsigned int cpu = 0;
		uint64_t next = rq_timers_next(slots, &cpu), now = rq_clock_ns();

		if (next && next <= now) {
			rq_machine_raise(machine, cpu, RQ_MACHINE_SOFTIRQ);
			next = now + RAISE_AGAIN_NS;
		}
		sleep_until(timers, next);
	}
	return NULL;
}

int rq_machine_timers_start(struct rq_machine *machine)
{
	struct rq_machine_cpus *cpus = machine->cpu_threads;
	struct rq_machine_timers *timers;
	int err = 0;

	pthread_mutex_lock(&cpus->attach_mutex);
	if (cpus->timers)
		goto out;
	err = -ENOMEM;
	timers = rq_alloc(1, sizeof(*timers));
	if (!timers)
		goto out;
	timers->machine = machine;
	sem_init(&timers->armed, 0, 0);
	err = rq_machine_thread(&timers->thread, timer_thread, timers);
	if (err) {
		sem_destroy(&timers->armed);
		rq_free(timers);
		goto out;
	}
	rq_timers_set_listener(rq_runtime_timers(cpus->runtime), on_armed, &timers->armed);
	cpus->timers = timers;
out:
	pthread_mutex_unlock(&cpus->attach_mutex);
	return err;
}

void rq_machine_timers_stop(struct rq_machine *machine)
{
	struct rq_machine_cpus *cpus = machine->cpu_threads;
	struct rq_machine_timers *timers = cpus->timers;

	if (!timers)
		return;
	rq_timers_set_listener(rq_runtime_timers(cpus->runtime), NULL, NULL);
	atomic_store(&timers->stop, true);
	sem_post(&timers->armed);
	pthread_join(timers->thread, NULL);
	sem_destroy(&timers->armed);
	rq_free(timers);
	cpus->timers = NULL;
}

void rq_machine_timers_run(struct rq_machine_cpu *cpu)
{
	struct rq_timers *slots = rq_runtime_timers(cpu->machine->cpu_threads->runtime);
	struct rq_timer_call call;

	while (rq_timers_take(slots, cpu->number, rq_clock_ns(), &call)) {
		rq_machine_run_timer(cpu, &call);
		rq_timers_done(slots, cpu->number, &call);
	}
}
