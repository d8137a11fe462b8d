/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine: objects, kernel BTF, profile, virtual CPUs. All mutable state of the subsystem hangs from it, so that many
 * can be made and ended in one process. machine.c makes and ends it; registry.c finds objects; command.c and its siblings
 * are bpf(2); machine_*.c run programs on CPUs.
 */
#ifndef RQ_SYS_MACHINE_H
#define RQ_SYS_MACHINE_H

#include <rqspin/bpf.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "btf/btf.h"
#include "map/map.h"
#include "prog/prog.h"
#include "sys/registry.h"

struct rq_domain;
struct rq_link;
struct rq_pin;
struct rq_rejection;    /* verifier.h */
struct rq_machine_cpus; /* machine_cpus.c: CPU threads and what is attached to them */

struct rq_machine {
	unsigned int cpus;
	uint32_t forks; /* of the process when it was made: see rq_machine_is_ours() */
	enum rq_kernel kernel;
	enum rqspin_policy policy;
	uint64_t lock_timeout_ns;
	struct rq_btf *kernel_btf; /* a reference */
	struct rq_registry registry;
	struct rq_domain *domain;
	struct rq_machine_cpus *cpu_threads;
	struct rq_map_host map_host; /* what maps see of the machine */
	pthread_mutex_t bind_mutex;  /* of programs' lists of maps, once they are published */
	_Atomic uint64_t defects; /* runs that ended as no verified program can: see rq_exec's trapped and unbalanced */
	_Atomic uint64_t statistics_users; /* BPF_ENABLE_STATS descriptors */
	pthread_mutex_t link_mutex;  /* of links, pins and who is attached to what */
	struct rq_link *links;       /* that are attached; no references (link.h) */
	struct rq_pin *pins;         /* pin.h */
	/* Told about each program that BPF_PROG_LOAD rejects, before it is freed; NULL: nobody. For `rqspin check`. */
	void (*rejected)(const struct rq_prog *prog, const struct rq_rejection *rejection, void *arg);
	void *rejected_arg;
};

/* The machine that rq_bpf() works on; made with default options when there is none yet. Negative errno. */
int rq_machine_current(struct rq_machine **machine);
/* The same, but NULL when there is none. */
struct rq_machine *rq_machine_current_or_null(void);

/* Was it made by this process, and not by one that this is a fork of? */
bool rq_machine_is_ours(const struct rq_machine *machine);

/* map_host.c: after the CPUs are made, before they are gone. */
int rq_map_host_init(struct rq_machine *machine);
void rq_map_host_destroy(struct rq_machine *machine);

/* The program behind @fd, with a reference. -EBADF, -EINVAL. */
int rq_machine_prog(struct rq_machine *machine, int fd, struct rq_prog **prog);

/* The function that keeps the program behind @prog_fd, which was verified, from running here; NULL: none does. */
const char *rq_machine_missing(struct rq_machine *machine, int prog_fd);

#endif
