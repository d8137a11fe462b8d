/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * embed: BPF programs on virtual CPUs inside a C program, for tests that decide what happens when.
 *
 * What it shows: an object loaded through its libbpf skeleton, as for the kernel; a machine of two CPUs; an NMI and an
 * interrupt raised on CPU 0 exactly while it is in a critical section, and a program on CPU 1 that waits for the lock
 * meanwhile; then what the lock saw.
 *
 *	bpftool gen skeleton embed.bpf.o > embed.skel.h && cc embed.c $(pkg-config --cflags --libs rqspin) -lbpf
 */
#include <errno.h>
#include <pthread.h>
#include <rqspin/bpf.h>
#include <rqspin/kfunc.h> /* struct bpf_res_spin_lock, which the skeleton names */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "embed.skel.h"

static struct rq_machine *machine;

struct job {
	pthread_t thread;
	bool started;
	struct rq_run run;
	int err;
};

static void *run_job(void *arg)
{
	struct job *job = arg;

	job->err = rq_machine_run(machine, &job->run);
	return NULL;
}

/* Run a program on a CPU, in a thread of its own: rq_machine_run() waits for its end. */
static int start(struct job *job, unsigned int cpu, struct bpf_program *program)
{
	static const char packet[64];

	job->run = (struct rq_run){ .size = sizeof(job->run),
				    .prog_fd = bpf_program__fd(program),
				    .cpu = cpu,
				    .data_in = packet,
				    .data_size_in = sizeof(packet) };
	job->started = !pthread_create(&job->thread, NULL, run_job, job);
	return job->started ? 0 : -EAGAIN;
}

/* Wait until a program has set a variable. */
static int wait_for(volatile int *variable)
{
	for (int ms = 0; ms < 10000; ms++) {
		if (*variable)
			return 0;
		usleep(1000);
	}
	return -ETIMEDOUT;
}

static int meet(struct embed *embed)
{
	struct job holder = {}, waiter = {};
	struct rq_lock_stats stats;
	int err;

	err = rq_machine_attach(machine, 0, RQ_MACHINE_NMI, bpf_program__fd(embed->progs.on_nmi));
	if (!err)
		err = rq_machine_attach(machine, 0, RQ_MACHINE_IRQ, bpf_program__fd(embed->progs.on_irq));
	if (!err)
		err = start(&holder, 0, embed->progs.hold);
	if (err)
		return err;

	err = wait_for(&embed->bss->inside);
	if (!err)
		err = rq_machine_raise(machine, 0, RQ_MACHINE_NMI);
	if (!err)
	err = wait_for(&embed->bss->nmi_runs);
	if (!err)
		err = rq_machine_raise(machine, 0, RQ_MACHINE_IRQ);
	if (!err)
		err = start(&waiter, 1, embed->progs.count_packet);
	if (!err)
		err = wait_for(&embed->bss->at_the_lock);
	usleep(2000); /* from there it is a few instructions */
	embed->bss->go_on = 1;
	pthread_join(holder.thread, NULL);
	if (waiter.started)
		pthread_join(waiter.thread, NULL);
	if (err || holder.err || waiter.err)
		return err ? err : holder.err ? holder.err : waiter.err;

	printf("NMI inside the critical section: ran %d time(s), lock: %s\n", embed->bss->nmi_runs,
	       strerror(-embed->bss->nmi_result));
	printf("interrupt, held back until the end of it: ran %d time(s), lock: %s\n", embed->bss->irq_runs,
	       embed->bss->irq_result ? strerror(-embed->bss->irq_result) : "taken");
	rq_machine_lock_stats(machine, &stats, 1);
	printf("%s: %llu acquisitions, %llu contended, %llu deadlocks, longest wait %.0f ms\n", stats.name,
	       (unsigned long long)stats.acquisitions, (unsigned long long)stats.contended,
	       (unsigned long long)stats.deadlocks, stats.wait_ns_max / 1e6);
	return embed->bss->nmi_runs == 1 && embed->bss->nmi_result == -EDEADLK && embed->bss->irq_runs == 1 &&
			       !embed->bss->irq_came_inside && !embed->bss->irq_result && embed->bss->count == 3 ?
		       0 :
		       -EPROTO;
}

int main(void)
{
	const struct rq_machine_options options = { .size = sizeof(options), .cpus = 2, .policy = RQSPIN_POLICY_KERNEL };
	struct embed *embed;
	int err;

	/* Before the object is opened: buffers for each CPU are sized by the machine. */
	err = rq_machine_create(&options, &machine);
	if (err) {
		fprintf(stderr, "embed: no machine: %s\n", strerror(-err));
		return 1;
	}
	embed = embed__open_and_load();
	if (!embed) {
		fprintf(stderr, "embed: the programs could not be loaded: %s\n", strerror(errno));
		rq_machine_destroy(machine);
		return 1;
	}
	err = meet(embed);
	if (err)
		fprintf(stderr, "embed: %s\n", strerror(-err));
	embed__destroy(embed);
	rq_machine_destroy(machine);
	return err != 0;
}
