/* SPDX-License-Identifier: BSD-2-Clause */
#include "sys/machine_stress.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "func/runtime.h"
#include "sys/link.h"
#include "sys/machine_cpus.h"

/*
 * Where interrupts cost more than the rate leaves time for (a loaded host, a lock that they wait for), a CPU would do nothing
 * else, and a task that holds a lock would make others time out. So a CPU that is BACKLOG_MAX interrupts of a kind behind gets
 * no more of that kind until it has caught up; and once interrupts took STARVED_NS without a task coming to its end, it gets
 * none for as long as these took.
 */
#define BACKLOG_MAX 64 /* the host may run something else for some milliseconds */
#define STARVED_NS  2000000
#define NAP_NS	    50000 /* of the thread that raises: as fine as timers are */

struct task {
	struct rq_prog *prog;
	struct rq_ctx_space *space; /* of one CPU */
};

struct stress_cpu {
	struct rq_stress *stress;
	uint64_t random;
	uint64_t runs; /* written by the CPU's thread */
	/* Of the raising thread: */
	uint64_t next_ns[RQ_INTERRUPTS];
	uint64_t runs_seen;    /* of runs, when it was last looked at */
	uint64_t interrupt_ns; /* spent in interrupts by then */
	uint64_t quiet_until_ns;
	struct task *tasks;
};

struct rq_stress {
	struct rq_machine *machine;
	_Atomic bool stop, stop_raising;
	pthread_t raiser;
	bool raising;
	uint32_t task_count, rate;
	uint64_t random; /* of the raising thread */
	uint64_t due[RQ_INTERRUPTS];
	struct rq_interrupt_counts before[RQ_INTERRUPTS];
	unsigned int cpu_count;
	struct stress_cpu cpus[];
};

static void nap(uint64_t ns)
{
	struct timespec time = { .tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000) };

	nanosleep(&time, NULL); /* an interrupt ends it early: no harm */
}

/* rq_machine_job: the life of one CPU. */
static void run_tasks(struct rq_machine_cpu *cpu, void *arg)
{
	struct stress_cpu *self = arg;
	struct rq_stress *stress = self->stress;

	while (!atomic_load_explicit(&stress->stop, memory_order_relaxed)) {
		const struct task *task;
		void *ctx;

		if (!stress->task_count) {
			nap(NAP_NS);
			continue;
		}
		task = &self->tasks[rq_random_next(&self->random) % stress->task_count];
		if (!task->prog->type->begin(task->prog, &rq_machine_empty_input, task->space, &ctx))
			rq_machine_run_once(cpu, 0, task->prog, ctx);
		__atomic_store_n(&self->runs, self->runs + 1, __ATOMIC_RELAXED);
	}
}

/* The time to the next event of a source that has @rate a second on average. */
static uint64_t random_interval(uint64_t *random, uint32_t rate)
{
	return rq_random_next(random) % (2 * 1000000000ull / rate);
}

static bool is_behind(struct rq_cpu *cpu, enum rq_interrupt kind)
{
	struct rq_interrupt_counts counts;

	rq_cpu_interrupt_counts(cpu, kind, &counts);
	return counts.raised - counts.run - counts.merged >= BACKLOG_MAX;
}

/* Is it the turn of what interrupts interrupt? */
static bool is_quiet(struct stress_cpu *state, const struct rq_machine_cpu *cpu, uint64_t now)
{
	uint64_t runs = __atomic_load_n(&state->runs, __ATOMIC_RELAXED);
	uint64_t total = rq_clock_ticks_to_ns(atomic_load_explicit(&cpu->interrupt_ticks, memory_order_relaxed));

	if (runs != state->runs_seen || !state->stress->task_count) {
		state->runs_seen = runs;
		state->interrupt_ns = total;
		state->quiet_until_ns = 0;
	} else if (total - state->interrupt_ns > STARVED_NS) {
		state->quiet_until_ns = now + total - state->interrupt_ns;
		state->interrupt_ns = total;
	}
	return state->quiet_until_ns > now;
}

/* Raise what is due on one CPU; returns when the next is. */
static uint64_t raise_due(struct rq_stress *stress, unsigned int number, uint64_t now)
{
	struct rq_machine *machine = stress->machine;
	struct stress_cpu *state = &stress->cpus[number];
	struct rq_cpu *cpu = rq_domain_cpu(machine->domain, number);
	bool quiet = is_quiet(state, &machine->cpu_threads->cpu[number], now);
	uint64_t next = UINT64_MAX;

	for (int kind = 0; kind < RQ_INTERRUPTS; kind++) {
		if (!atomic_load_explicit(&machine->cpu_threads->cpu[number].attached[kind], memory_order_relaxed))
			continue;
		while (state->next_ns[kind] <= now) {
			state->next_ns[kind] += random_interval(&stress->random, stress->rate);
			__atomic_store_n(&stress->due[kind], stress->due[kind] + 1, __ATOMIC_RELAXED);
			if (!quiet && !is_behind(cpu, (enum rq_interrupt)kind))
				rq_cpu_raise(cpu, (enum rq_interrupt)kind);
		}
		if (state->next_ns[kind] < next)
			next = state->next_ns[kind];
	}
	return next;
}

static void *raise_interrupts(void *arg)
{
	struct rq_stress *stress = arg;

	while (!atomic_load_explicit(&stress->stop_raising, memory_order_relaxed)) {
		uint64_t now = rq_clock_ns(), next = now + 1000000000 / 100;

		for (unsigned int i = 0; i < stress->cpu_count; i++) {
			uint64_t mine = raise_due(stress, i, now);

			next = mine < next ? mine : next;
		}
		now = rq_clock_ns();
		nap(next > now + NAP_NS ? next - now : NAP_NS);
	}
	return NULL;
}

static void sum_interrupts(struct rq_stress *stress, struct rq_interrupt_counts *kinds)
{
	for (int kind = 0; kind < RQ_INTERRUPTS; kind++) {
		kinds[kind] = (struct rq_interrupt_counts){};
		for (unsigned int i = 0; i < stress->cpu_count; i++) {
			struct rq_interrupt_counts one;

			rq_cpu_interrupt_counts(rq_domain_cpu(stress->machine->domain, i), (enum rq_interrupt)kind,
						&one);
			kinds[kind].raised += one.raised;
			kinds[kind].run += one.run;
			kinds[kind].merged += one.merged;
		}
	}
}

void rq_machine_stress_counts(struct rq_stress *stress, struct rq_stress_counts *counts)
{
	memset(counts, 0, sizeof(*counts));
	sum_interrupts(stress, counts->kinds);
	for (int kind = 0; kind < RQ_INTERRUPTS; kind++) {
		counts->kinds[kind].raised -= stress->before[kind].raised;
		counts->kinds[kind].run -= stress->before[kind].run;
		counts->kinds[kind].merged -= stress->before[kind].merged;
		counts->due[kind] = __atomic_load_n(&stress->due[kind], __ATOMIC_RELAXED);
	}
	for (unsigned int i = 0; i < stress->cpu_count; i++)
		counts->tasks += __atomic_load_n(&stress->cpus[i].runs, __ATOMIC_RELAXED);
}

static void free_stress(struct rq_stress *stress)
{
	for (unsigned int i = 0; i < stress->cpu_count; i++) {
		struct task *tasks = stress->cpus[i].tasks;

		for (uint32_t t = 0; tasks && t < stress->task_count; t++) {
			if (tasks[t].prog)
				rq_object_put(&tasks[t].prog->object);
			rq_free(tasks[t].space);
		}
		rq_free(tasks);
	}
	rq_free(stress);
}

/* Programs that the caller holds. */
struct task_list {
	struct rq_prog **progs;
	uint32_t count;
};

static void free_tasks(struct task_list *tasks)
{
	for (uint32_t i = 0; i < tasks->count; i++)
		rq_object_put(&tasks->progs[i]->object);
	rq_free(tasks->progs);
}

static int prepare_cpu(struct rq_stress *stress, unsigned int number, uint64_t seed, const struct task_list *tasks)
{
	struct stress_cpu *cpu = &stress->cpus[number];
	uint64_t now = rq_clock_ns();

	cpu->stress = stress;
	cpu->interrupt_ns =
		rq_clock_ticks_to_ns(atomic_load(&stress->machine->cpu_threads->cpu[number].interrupt_ticks));
	cpu->random = seed * 1000003 + number;
	/* bpf_get_prandom_u32() of the programs. */
	*rq_runtime_random(stress->machine->cpu_threads->runtime, number) = ~cpu->random;
	for (int kind = 0; kind < RQ_INTERRUPTS; kind++)
		cpu->next_ns[kind] = now + random_interval(&stress->random, stress->rate);
	cpu->tasks = rq_alloc(tasks->count, sizeof(cpu->tasks[0]));
	if (!cpu->tasks)
		return -ENOMEM;
	for (uint32_t t = 0; t < tasks->count; t++) {
		struct task *task = &cpu->tasks[t];

		if (!tasks->progs[t]->code)
			return -EOPNOTSUPP;
		task->prog = tasks->progs[t];
		rq_object_get(&task->prog->object);
		task->space = rq_machine_space(task->prog, rq_machine_empty_input.data_size_in);
		if (!task->space)
			return -ENOMEM;
	}
	return 0;
}

static int start(struct rq_machine *machine, const struct task_list *tasks, uint32_t rate, uint64_t seed,
		 struct rq_stress **result)
{
	struct rq_stress *stress;
	int err = 0;

	if (!rate || rate > RQ_STRESS_RATE_MAX)
		return -EINVAL;
	stress = rq_alloc(1, sizeof(*stress) + machine->cpus * sizeof(stress->cpus[0]));
	if (!stress)
		return -ENOMEM;
	stress->machine = machine;
	stress->task_count = tasks->count;
	stress->rate = rate;
	stress->random = seed;
	stress->cpu_count = machine->cpus;
	sum_interrupts(stress, stress->before);
	for (unsigned int i = 0; i < machine->cpus && !err; i++)
		err = prepare_cpu(stress, i, seed, tasks);
	if (err) {
		free_stress(stress);
		return err;
	}
	for (unsigned int i = 0; i < machine->cpus && !err; i++)
		err = rq_machine_start_job(machine, i, run_tasks, &stress->cpus[i]);
	if (!err)
		err = rq_machine_thread(&stress->raiser, raise_interrupts, stress);
	stress->raising = !err;
	if (err) {
		rq_machine_stress_stop(stress, NULL);
		return err;
	}
	*result = stress;
	return 0;
}

int rq_machine_stress_start(struct rq_machine *machine, const struct rq_stress_options *options,
			    struct rq_stress **result)
{
	struct task_list tasks = { .progs = rq_alloc(options->task_count, sizeof(tasks.progs[0])) };
	int err = tasks.progs ? 0 : -ENOMEM;

	while (!err && tasks.count < options->task_count) {
		err = rq_machine_prog(machine, options->task_fds[tasks.count], &tasks.progs[tasks.count]);
		tasks.count += !err;
	}
	if (!err)
		err = start(machine, &tasks, options->rate, options->seed, result);
	free_tasks(&tasks);
	return err;
}

void rq_machine_stress_stop(struct rq_stress *stress, struct rq_stress_counts *counts)
{
	/* First the interrupts: a task that is never left alone would not come to its end. */
	atomic_store(&stress->stop_raising, true);
	if (stress->raising)
		pthread_join(stress->raiser, NULL);
	atomic_store(&stress->stop, true);
	for (unsigned int i = 0; i < stress->cpu_count; i++)
		rq_machine_wait_job(stress->machine, i);
	if (counts)
		rq_machine_stress_counts(stress, counts);
	free_stress(stress);
}

/* rq_links_each(): those of tasks. What interrupts run is in the lists of their kinds already. */
static int add_task(struct rq_link *link, void *arg)
{
	struct task_list *tasks = arg;
	struct rq_prog **more;

	if (!link->prog || link->prog->type->default_role != RQ_ROLE_TASK)
		return 0;
	more = rq_realloc(tasks->progs, tasks->count + 1, sizeof(more[0]));
	if (!more)
		return -ENOMEM;
	tasks->progs = more;
	tasks->progs[tasks->count++] = link->prog;
	rq_object_get(&link->prog->object);
	return 0;
}

static bool runs_interrupts(struct rq_machine *machine)
{
	for (unsigned int i = 0; i < machine->cpus; i++)
		for (int kind = 0; kind < RQ_INTERRUPTS; kind++)
			if (atomic_load_explicit(&machine->cpu_threads->cpu[i].attached[kind], memory_order_relaxed))
				return true;
	return false;
}

static void wait_until(uint64_t end_ns)
{
	for (uint64_t now = rq_clock_ns(); now < end_ns; now = rq_clock_ns())
		nap(end_ns - now);
}

int rq_machine_stress(struct rq_machine *machine, struct rq_stress_run *run)
{
	struct task_list tasks = {};
	struct rq_stress_counts counts;
	struct rq_stress *stress;
	uint64_t started = rq_clock_ns();
	int err;

	if (run->size != sizeof(*run) || !run->duration_ns || run->duration_ns > UINT64_MAX - started)
		return -EINVAL;
	err = rq_links_each(machine, add_task, &tasks);
	if (!err && !tasks.count && !runs_interrupts(machine))
		err = -ENOENT;
	if (!err)
		err = start(machine, &tasks, run->rate, run->seed, &stress);
	free_tasks(&tasks);
	if (err)
		return err;
	wait_until(started + run->duration_ns);
	rq_machine_stress_stop(stress, &counts);
	run->tasks = counts.tasks;
	for (int kind = 0; kind < RQ_INTERRUPTS; kind++) {
		run->raised[kind] = counts.kinds[kind].raised;
		run->merged[kind] = counts.kinds[kind].merged;
	}
	return 0;
}
