/* SPDX-License-Identifier: BSD-2-Clause */
#include "sys/machine_cpus.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "func/runtime.h"
#include "func/timer.h"
#include "lock/lock.h"
#include "sys/machine_locks.h"

/*
 * A read section: what was reachable at its begin is not freed before its end. An interrupt may land between any two
 * instructions; it runs to its end first and puts the depth back. So the depth goes up before the section is marked, and
 * every level marks it, and only depth 0 takes the mark away.
 */
static void read_begin(struct rq_machine_cpu *cpu)
{
	cpu->depth++;
	/* Sequentially consistent: pairs with rq_machine_synchronize(), which looks after the unlinking. */
	atomic_exchange(&cpu->reading, true);
}

static void read_end(struct rq_machine_cpu *cpu)
{
	atomic_signal_fence(memory_order_seq_cst);
	if (--cpu->depth)
		return;
	atomic_fetch_add_explicit(&cpu->sections, 1, memory_order_release);
	atomic_store_explicit(&cpu->reading, false, memory_order_release);
	rq_runtime_reclaim(cpu->machine->cpu_threads->runtime);
}

/* A CPU's mark in a grace period: how many of its sections had ended when one was going on. */
#define IDLE UINT64_MAX

static void begin_grace(void *arg, uint64_t *marks)
{
	struct rq_machine_cpus *cpus = arg;

	/* Pairs with read_begin(): either that section sees what was unlinked, or it is seen here. */
	atomic_thread_fence(memory_order_seq_cst);
	for (unsigned int i = 0; i < cpus->count; i++) {
		uint64_t ended = atomic_load(&cpus->cpu[i].sections);

		marks[i] = atomic_load(&cpus->cpu[i].reading) ? ended : IDLE;
	}
}

static bool grace_is_over(void *arg, const uint64_t *marks)
{
	struct rq_machine_cpus *cpus = arg;

	for (unsigned int i = 0; i < cpus->count; i++)
		/* Acquire: pairs with the release in read_end(): what the section did is done. */
		if (marks[i] != IDLE && atomic_load_explicit(&cpus->cpu[i].reading, memory_order_acquire) &&
		    atomic_load_explicit(&cpus->cpu[i].sections, memory_order_acquire) == marks[i])
			return false;
	return true;
}

/* For BPF_ENABLE_STATS. */
static void count_time(struct rq_prog *prog, uint64_t ns)
{
	atomic_fetch_add_explicit(&prog->run_count, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&prog->run_ns, ns, memory_order_relaxed);
}

static uint64_t run_frame(struct rq_machine_cpu *cpu, unsigned int level, const struct rq_prog *prog, void *ctx,
			  const struct rq_timer_call *timer)
{
	struct rq_frame frame = {
		.exec = { .machine = cpu->machine,
			  .cpu = cpu->cpu,
			  .prog = prog,
			  .ctx = ctx,
			  .timer = timer,
			  .observer = &rq_machine_observer,
			  .runtime = cpu->machine->cpu_threads->runtime,
			  .outer = cpu->current ? &cpu->current->exec : NULL },
		.cpu = cpu,
		.level = level,
	};
	bool timed = !timer && atomic_load_explicit(&cpu->machine->statistics_users, memory_order_relaxed);
	struct rq_frame *outer = cpu->current;
	uint64_t retval, start = timed ? rq_clock_ns() : 0;

	read_begin(cpu);
	cpu->current = &frame;
	atomic_signal_fence(memory_order_seq_cst);
	rq_machine_count_run(&frame);
	retval = rq_vm_run(&frame.exec);
	if (frame.exec.trapped || frame.exec.unbalanced)
		atomic_fetch_add_explicit(&cpu->machine->defects, 1, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
	if (timed)
		count_time((struct rq_prog *)prog, rq_clock_ns() - start);
	cpu->current = outer;
	read_end(cpu);
	return retval;
}

uint64_t rq_machine_run_once(struct rq_machine_cpu *cpu, unsigned int level, const struct rq_prog *prog, void *ctx)
{
	return run_frame(cpu, level, prog, ctx, NULL);
}

void rq_machine_run_timer(struct rq_machine_cpu *cpu, const struct rq_timer_call *timer)
{
	run_frame(cpu, 1 + RQ_INTERRUPT_SOFTIRQ, timer->prog, NULL, timer);
}

/* rq_interrupt_handler of every kind: on the CPU's thread, in the interrupt's context. */
static void run_attached(struct rq_cpu *self, enum rq_interrupt kind, void *arg)
{
	struct rq_machine_cpu *cpu = arg;
	struct rq_attached *attached;
	uint64_t start = rq_clock_ticks();

	cpu->interrupts++;
	read_begin(cpu);
	if (kind == RQ_INTERRUPT_SOFTIRQ && cpu->machine->cpu_threads->timers)
		rq_machine_timers_run(cpu);
	attached = atomic_load_explicit(&cpu->attached[kind], memory_order_acquire);
	for (uint32_t i = 0; attached && i < attached->count; i++) {
		const struct rq_prog *prog = atomic_load_explicit(&attached->entries[i].prog, memory_order_acquire);
		void *ctx;

		if (prog && !prog->type->begin(prog, &rq_machine_empty_input, attached->entries[i].space, &ctx))
			rq_machine_run_once(cpu, 1 + kind, prog, ctx);
	}
	read_end(cpu);
	/* The outermost one counts for all that landed in it. */
	if (!--cpu->interrupts)
		atomic_fetch_add_explicit(&cpu->interrupt_ticks, rq_clock_ticks() - start, memory_order_relaxed);
}

static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS };

static void pin(const struct rq_machine_cpu *cpu)
{
	cpu_set_t allowed, one;
	unsigned int nth = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	CPU_ZERO(&one);
	for (unsigned int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &allowed) && nth++ == cpu->number) {
			CPU_SET(i, &one);
			sched_setaffinity(0, sizeof(one), &one); /* only a wish */
			return;
		}
}

static void *cpu_thread(void *arg)
{
	struct rq_machine_cpu *cpu = arg;
	int err = rq_cpu_attach(cpu->machine->domain, cpu->number, &cpu->cpu);

	if (!err)
		for (int kind = 0; kind < RQ_INTERRUPTS; kind++)
			rq_cpu_set_handler(cpu->cpu, (enum rq_interrupt)kind, run_attached, cpu);
	if (cpu->machine->cpu_threads->pinned)
		pin(cpu);

	pthread_mutex_lock(&cpu->mutex);
	cpu->start_error = err;
	cpu->started = !err;
	pthread_cond_broadcast(&cpu->changed);
	while (!err && !cpu->stop) {
		if (cpu->job) {
			pthread_mutex_unlock(&cpu->mutex);
			cpu->job(cpu, cpu->job_arg);
			pthread_mutex_lock(&cpu->mutex);
			cpu->job = NULL;
			pthread_cond_broadcast(&cpu->changed);
		} else {
			pthread_cond_wait(&cpu->changed, &cpu->mutex);
		}
	}
	pthread_mutex_unlock(&cpu->mutex);
	if (!err)
		rq_cpu_detach(cpu->cpu);
	return NULL;
}

int rq_machine_thread(pthread_t *thread, void *(*start)(void *), void *arg)
{
	sigset_t mask, old;
	int err;

	/* Interrupts are real-time signals; faults are the thread's own. */
	pthread_sigmask(SIG_BLOCK, NULL, &old);
	sigfillset(&mask);
	for (int signo = SIGRTMIN; signo <= SIGRTMAX; signo++)
		sigdelset(&mask, signo);
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		sigdelset(&mask, faults[i]);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	err = -pthread_create(thread, NULL, start, arg);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return err;
}

/* With cpu->mutex held. */
static int start_thread(struct rq_machine_cpu *cpu)
{
	int err;

	if (cpu->started)
		return 0;
	err = rq_machine_stats_create(cpu);
	if (err)
		return err;
	cpu->start_error = INT_MAX;
	err = rq_machine_thread(&cpu->thread, cpu_thread, cpu);
	if (err)
		return err;
	while (cpu->start_error == INT_MAX)
		pthread_cond_wait(&cpu->changed, &cpu->mutex);
	if (cpu->start_error) {
		pthread_mutex_unlock(&cpu->mutex);
		pthread_join(cpu->thread, NULL);
		pthread_mutex_lock(&cpu->mutex);
	}
	return cpu->start_error;
}

int rq_machine_start_job(struct rq_machine *machine, unsigned int number, rq_machine_job job, void *arg)
{
	struct rq_machine_cpu *cpu;
	int err;

	if (number >= machine->cpus)
		return -EINVAL;
	if (!rq_machine_is_ours(machine))
		return -ESRCH;
	cpu = &machine->cpu_threads->cpu[number];
	pthread_mutex_lock(&cpu->mutex);
	while (cpu->job)
		pthread_cond_wait(&cpu->changed, &cpu->mutex);
	err = start_thread(cpu);
	if (!err) {
		cpu->job = job;
		cpu->job_arg = arg;
		pthread_cond_broadcast(&cpu->changed);
	}
	pthread_mutex_unlock(&cpu->mutex);
	return err;
}

void rq_machine_wait_job(struct rq_machine *machine, unsigned int number)
{
	struct rq_machine_cpu *cpu = &machine->cpu_threads->cpu[number];

	pthread_mutex_lock(&cpu->mutex);
	while (cpu->job)
		pthread_cond_wait(&cpu->changed, &cpu->mutex);
	pthread_mutex_unlock(&cpu->mutex);
}

void rq_machine_synchronize(struct rq_machine *machine)
{
	struct rq_machine_cpus *cpus = machine->cpu_threads;

	/* Pairs with read_begin(): either that section sees what was unlinked, or it is seen here. */
	atomic_thread_fence(memory_order_seq_cst);
	for (unsigned int i = 0; cpus && i < cpus->count; i++) {
		struct rq_machine_cpu *cpu = &cpus->cpu[i];
		uint64_t seen = atomic_load(&cpu->sections);

		while (atomic_load(&cpu->reading) && atomic_load(&cpu->sections) == seen)
			usleep(100);
	}
}

static void free_attached(struct rq_attached *attached)
{
	if (!attached)
		return;
	for (uint32_t i = 0; i < attached->count; i++) {
		struct rq_prog *prog = atomic_load(&attached->entries[i].prog);

		rq_object_put(prog ? &prog->object : NULL);
		rq_free(attached->entries[i].space);
	}
	rq_free(attached);
}

static int fill_entry(struct rq_attached_entry *entry, struct rq_prog *prog, const void *owner)
{
	entry->space = rq_machine_space(prog, rq_machine_empty_input.data_size_in);
	if (!entry->space)
		return -ENOMEM;
	atomic_init(&entry->prog, prog);
	entry->owner = owner;
	rq_object_get(&prog->object);
	return 0;
}

/* What is attached to @kind of @cpu, and @prog. The old list stays valid. */
static int extended_list(struct rq_machine_cpu *cpu, enum rq_interrupt kind, struct rq_prog *prog, const void *owner,
			 struct rq_attached **list)
{
	struct rq_attached *old = atomic_load_explicit(&cpu->attached[kind], memory_order_relaxed), *new;
	uint32_t count = old ? old->count : 0;
	int err = 0;

	new = rq_alloc(1, sizeof(*new) + (count + 1) * sizeof(new->entries[0]));
	if (!new)
		return -ENOMEM;
	for (uint32_t i = 0; i < count && !err; i++) {
		struct rq_prog *each = atomic_load(&old->entries[i].prog);

		if (!each)
			continue;
		err = fill_entry(&new->entries[new->count], each, old->entries[i].owner);
		new->count += !err;
	}
	if (!err)
		err = fill_entry(&new->entries[new->count], prog, owner);
	new->count += !err;
	if (err)
		free_attached(new);
	else
		*list = new;
	return err;
}

static bool is_empty(struct rq_attached *list)
{
	for (uint32_t i = 0; i < list->count; i++)
		if (atomic_load(&list->entries[i].prog))
			return false;
	return true;
}

/* Ends what @owner attached to @kind of @cpu: that program, or whichever (NULL). With attach_mutex held. */
static void detach_one(struct rq_machine_cpu *cpu, enum rq_interrupt kind, const void *owner, const struct rq_prog *which)
{
	struct rq_attached *list = atomic_load(&cpu->attached[kind]);

	for (uint32_t i = 0; list && i < list->count; i++) {
		struct rq_attached_entry *entry = &list->entries[i];
		struct rq_prog *prog = atomic_load(&entry->prog);

		if (!prog || entry->owner != owner || (which && prog != which))
			continue;
		atomic_store(&entry->prog, NULL);
		rq_machine_synchronize(cpu->machine);
		rq_object_put(&prog->object);
		rq_free(entry->space);
		entry->space = NULL;
	}
	if (list && is_empty(list)) {
		atomic_store(&cpu->attached[kind], NULL);
		rq_machine_synchronize(cpu->machine);
		free_attached(list);
	}
}

static const enum rq_interrupt interrupt_of[] = {
	[RQ_MACHINE_PREEMPT] = RQ_INTERRUPT_PREEMPT,
	[RQ_MACHINE_SOFTIRQ] = RQ_INTERRUPT_SOFTIRQ,
	[RQ_MACHINE_IRQ] = RQ_INTERRUPT_IRQ,
	[RQ_MACHINE_NMI] = RQ_INTERRUPT_NMI,
};

int rq_machine_attach_prog(struct rq_machine *machine, unsigned int cpu, enum rq_machine_interrupt kind,
			   struct rq_prog *prog, const void *owner)
{
	struct rq_machine_cpus *cpus = machine->cpu_threads;
	unsigned int first = cpu == UINT_MAX ? 0 : cpu, end = cpu == UINT_MAX ? cpus->count : cpu + 1;
	struct rq_attached **lists;
	int err = 0;

	if (!prog->code)
		return -EOPNOTSUPP;
	lists = rq_alloc(cpus->count, sizeof(struct rq_attached *));
	if (!lists)
		return -ENOMEM;
	pthread_mutex_lock(&cpus->attach_mutex);
	for (unsigned int i = first; i < end && !err; i++)
		err = extended_list(&cpus->cpu[i], interrupt_of[kind], prog, owner, &lists[i]);
	/* From here on nothing fails: on all of the CPUs, or on none. */
	for (unsigned int i = first; i < end && !err; i++)
		lists[i] = atomic_exchange(&cpus->cpu[i].attached[interrupt_of[kind]], lists[i]);
	if (!err)
		rq_machine_synchronize(machine);
	for (unsigned int i = first; i < end; i++)
		free_attached(lists[i]);
	pthread_mutex_unlock(&cpus->attach_mutex);
	rq_free(lists);
	return err;
}

void rq_machine_detach_prog(struct rq_machine *machine, const void *owner, const struct rq_prog *prog)
{
	struct rq_machine_cpus *cpus = machine->cpu_threads;

	if (!cpus)
		return;
	pthread_mutex_lock(&cpus->attach_mutex);
	for (unsigned int i = 0; i < cpus->count; i++)
		for (int kind = 0; kind < RQ_INTERRUPTS; kind++)
			detach_one(&cpus->cpu[i], (enum rq_interrupt)kind, owner, prog);
	pthread_mutex_unlock(&cpus->attach_mutex);
}

int rq_machine_attach(struct rq_machine *machine, unsigned int cpu, enum rq_machine_interrupt kind, int prog_fd)
{
	struct rq_machine_cpus *cpus = machine->cpu_threads;
	struct rq_prog *prog;
	int err;

	if ((unsigned int)kind > RQ_MACHINE_NMI || (cpu != UINT_MAX && cpu >= machine->cpus))
		return -EINVAL;
	if (prog_fd >= 0) {
		err = rq_machine_prog(machine, prog_fd, &prog);
		if (err)
			return err;
		err = rq_machine_attach_prog(machine, cpu, kind, prog, NULL);
		rq_object_put(&prog->object);
		return err;
	}
	pthread_mutex_lock(&cpus->attach_mutex);
	for (unsigned int i = 0; i < cpus->count; i++)
		if (cpu == i || cpu == UINT_MAX)
			detach_one(&cpus->cpu[i], interrupt_of[kind], NULL, NULL);
	pthread_mutex_unlock(&cpus->attach_mutex);
	return 0;
}

int rq_machine_raise(struct rq_machine *machine, unsigned int cpu, enum rq_machine_interrupt kind)
{
	if ((unsigned int)kind > RQ_MACHINE_NMI || cpu >= machine->cpus)
		return -EINVAL;
	if (!rq_machine_is_ours(machine))
		return -ESRCH;
	return rq_cpu_raise(rq_domain_cpu(machine->domain, cpu), interrupt_of[kind]);
}

unsigned int rq_machine_cpus(const struct rq_machine *machine)
{
	return machine->cpus;
}

/* Pinning helps only when every CPU gets a core to itself. */
static bool has_cores(unsigned int count)
{
	cpu_set_t allowed;

	return !sched_getaffinity(0, sizeof(allowed), &allowed) && count <= (unsigned int)CPU_COUNT(&allowed);
}

int rq_machine_cpus_create(struct rq_machine *machine)
{
	struct rq_domain_options options = {
		.cpus = machine->cpus + 1, /* the last stands for system calls that change maps (map/lock.h) */
		.policy = machine->policy,
		.order = machine->policy == RQSPIN_POLICY_KERNEL ? RQSPIN_ORDER_FIFO : RQSPIN_ORDER_BARGING,
		.timeout_ns = machine->lock_timeout_ns,
		.report = rq_machine_count_failure,
		.report_arg = machine,
		.charge_running_time_only = true,
	};
	struct rq_machine_cpus *cpus;
	int err;

	cpus = rq_alloc(1, sizeof(*cpus) + machine->cpus * sizeof(cpus->cpu[0]));
	if (!cpus)
		return -ENOMEM;
	err = rq_runtime_create(machine->cpus, 0, &cpus->runtime);
	if (err)
		goto free_cpus;
	err = rq_domain_create(&options, &machine->domain);
	if (err)
		goto destroy_runtime;
	cpus->count = machine->cpus;
	cpus->pinned = has_cores(machine->cpus);
	pthread_mutex_init(&cpus->attach_mutex, NULL);
	for (unsigned int i = 0; i < cpus->count; i++) {
		cpus->cpu[i].machine = machine;
		cpus->cpu[i].number = i;
		pthread_mutex_init(&cpus->cpu[i].mutex, NULL);
		pthread_cond_init(&cpus->cpu[i].changed, NULL);
	}
	rq_runtime_set_grace(cpus->runtime, &(struct rq_grace){ begin_grace, grace_is_over, cpus });
	machine->cpu_threads = cpus;
	return 0;

destroy_runtime:
	rq_runtime_destroy(cpus->runtime);
free_cpus:
	rq_free(cpus);
	return err;
}

static bool any_busy(struct rq_machine_cpus *cpus)
{
	bool busy = false;

	for (unsigned int i = 0; i < cpus->count; i++) {
		pthread_mutex_lock(&cpus->cpu[i].mutex);
		busy |= cpus->cpu[i].job != NULL;
		pthread_mutex_unlock(&cpus->cpu[i].mutex);
	}
	return busy;
}

static void end_cpu(struct rq_machine_cpu *cpu)
{
	if (cpu->started) {
		pthread_mutex_lock(&cpu->mutex);
		cpu->stop = true;
		pthread_cond_broadcast(&cpu->changed);
		pthread_mutex_unlock(&cpu->mutex);
		pthread_join(cpu->thread, NULL);
	}
	for (int kind = 0; kind < RQ_INTERRUPTS; kind++)
		free_attached(atomic_exchange(&cpu->attached[kind], NULL));
	rq_machine_stats_destroy(cpu);
	pthread_cond_destroy(&cpu->changed);
	pthread_mutex_destroy(&cpu->mutex);
}

int rq_machine_cpus_stop(struct rq_machine *machine)
{
	struct rq_machine_cpus *cpus = machine->cpu_threads;

	if (!cpus)
		return 0;
	if (any_busy(cpus))
		return -EBUSY;
	rq_machine_timers_stop(machine);
	for (unsigned int i = 0; i < cpus->count; i++)
		end_cpu(&cpus->cpu[i]);
	return 0;
}

void rq_machine_cpus_destroy(struct rq_machine *machine)
{
	struct rq_machine_cpus *cpus = machine->cpu_threads;

	if (!cpus)
		return;
	pthread_mutex_destroy(&cpus->attach_mutex);
	rq_domain_destroy(machine->domain);
	rq_runtime_destroy(cpus->runtime);
	rq_free(cpus);
	machine->cpu_threads = NULL;
	machine->domain = NULL;
}
