/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rqspin/bpf.h - a BPF subsystem in user space
 *
 * rq_bpf() is bpf(2). A program that links -lrqspin -lbpf uses libbpf as it is: its system calls come here. What the
 * kernel has no call for is below: a machine with virtual CPUs, interrupts, runs on a chosen CPU, lock statistics.
 */
#ifndef RQSPIN_BPF_H
#define RQSPIN_BPF_H

#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>

#include <rqspin/lock.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * rq_bpf - bpf(2) on the current machine
 * @cmd:  enum bpf_cmd
 * @attr: as for the system call; unknown trailing bytes must be zero
 * @size: bytes of @attr
 *
 * Returns what the system call returns: a descriptor or 0, or a negative errno (not -1 and errno). A first call without a
 * machine creates one with as many CPUs as the host has. Task context only; any thread, also several at once.
 */
long rq_bpf(int cmd, union bpf_attr *attr, unsigned int size);

struct rq_machine;

enum rq_machine_interrupt { RQ_MACHINE_PREEMPT, RQ_MACHINE_SOFTIRQ, RQ_MACHINE_IRQ, RQ_MACHINE_NMI };

struct rq_machine_options {
	size_t size;               /* sizeof(struct rq_machine_options) */
	unsigned int cpus;         /* virtual CPUs, 1 .. 1024; 0: as many as the host has online */
	enum rqspin_policy policy; /* of BPF locks */
	const char *kernel;        /* profile: "6.15", "6.18", "7.3", "relaxed"; NULL: "relaxed" */
	const char *kernel_btf;    /* file; NULL: the built-in one */
	uint64_t lock_timeout_ns;  /* 0: 250 ms */
};

/*
 * Make a machine and make it current for rq_bpf(). -EINVAL (a field), -ENOENT, -ENOMEM, -EBUSY (there is a current one).
 * After fork() it is the parent's: a child has none, inherited descriptors name nothing there, and what needs the CPUs of the
 * parent's machine is -ESRCH.
 */
int rq_machine_create(const struct rq_machine_options *options, struct rq_machine **machine);
/* End it: its descriptors stay open but name nothing; pins and attachments end too. -EBUSY while a program runs. */
int rq_machine_destroy(struct rq_machine *machine);
unsigned int rq_machine_cpus(const struct rq_machine *machine);

/* One run of a program on a virtual CPU; also of kinds that BPF_PROG_TEST_RUN refuses. */
struct rq_run {
	size_t size;
	int prog_fd;
	unsigned int cpu;
	unsigned int repeat;       /* 0 is 1 */
	const void *data_in;
	uint32_t data_size_in;
	void *data_out;
	uint32_t data_size_out;    /* in: room, out: bytes */
	const void *ctx_in;
	uint32_t ctx_size_in;
	void *ctx_out;
	uint32_t ctx_size_out;
	uint32_t retval;           /* out, of the last repeat */
	uint64_t duration_ns;      /* out, average of one repeat */
};

/*
 * Waits until the run is done. 0; -EBADF, -EINVAL, -ENOSPC, -ENOMEM as BPF_PROG_TEST_RUN; -ENOTRECOVERABLE: it ended with a lock
 * held, or otherwise as no verified program can, which is a defect of the verifier.
 */
int rq_machine_run(struct rq_machine *machine, struct rq_run *run);

/*
 * Attach a program to @cpu (or to every one: UINT_MAX) as what runs when @kind is raised there; -1 detaches all that this call
 * attached. Programs attached through links (BPF_LINK_CREATE, libbpf's attach functions) run too, on every CPU, as the kind
 * of their type: kprobes, tracepoints and other tracing as RQ_MACHINE_IRQ, perf events as RQ_MACHINE_NMI; they are detached
 * with their link. -EOPNOTSUPP: the program calls a function that is only checked here.
 */
int rq_machine_attach(struct rq_machine *machine, unsigned int cpu, enum rq_machine_interrupt kind, int prog_fd);
/* Raise @kind on @cpu now; it lands at whatever instruction that CPU is at. -ESRCH: nothing runs there at present. */
int rq_machine_raise(struct rq_machine *machine, unsigned int cpu, enum rq_machine_interrupt kind);

/* A stress of what is attached: every CPU runs tasks one after another at random, and interrupts land at random times. */
struct rq_stress_run {
	size_t size;
	uint64_t duration_ns;
	uint64_t seed;             /* of the choices; where an interrupt lands is up to the host */
	uint32_t rate;             /* interrupts a second on average, per CPU and kind, 1 .. 1000000 */
	uint64_t tasks;            /* out: runs of task programs */
	uint64_t raised[4];        /* out, by enum rq_machine_interrupt: each has run by then, or was merged */
	uint64_t merged[4];        /* out: of NMIs, as on hardware */
};

/*
 * Waits until it is over. What rq_machine_attach() attached runs as its kind, what links attached as the kind of its type; links
 * of all other types (packets, cgroups, ...) are the tasks, as they are when it starts. `rqspin stress` does the same with all
 * programs of an object. 0; -EINVAL (a field), -ENOENT (nothing is attached), -EBUSY (a CPU runs something else), -ENOMEM, -EAGAIN.
 */
int rq_machine_stress(struct rq_machine *machine, struct rq_stress_run *run);

/* What one lock has seen since the machine was made. */
struct rq_lock_stats {
	char name[128];            /* "accounts[3].lock", "lock_a" */
	const void *lock;
	uint64_t acquisitions, contended, deadlocks, timeouts;
	uint64_t wait_ns_p50, wait_ns_p99, wait_ns_max, hold_ns_p50, hold_ns_p99, hold_ns_max;
};

/* Fills at most @room rows, busiest lock first; returns how many locks there are. */
int rq_machine_lock_stats(struct rq_machine *machine, struct rq_lock_stats *rows, size_t room);

#ifdef __cplusplus
}
#endif

#endif
