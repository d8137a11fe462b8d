/* SPDX-License-Identifier: BSD-2-Clause */
/* What a stress run found, for those who print it (stress_text.c, stress_json.c). */
#ifndef RQ_CLI_STRESS_H
#define RQ_CLI_STRESS_H

#include "cli/cli.h"
#include "prog/prog.h"
#include "sys/machine_locks.h"
#include "sys/machine_stress.h"

#define STRESS_PROGRAMS_MAX 64
#define STRESS_LOCKS_MAX    1024
#define STRESS_FAILURES_MAX 64
#define STRESS_COUNTERS_MAX 64

struct stress_program {
	struct bpf_program *program;
	const char *name;
	unsigned int roles; /* bits 1 << enum rq_role */
	struct rq_prog *prog;
	struct rq_prog_stats stats;
};

/* A global variable NAME and what NAME_expected says that it should be. */
struct stress_counter {
	const char *name;
	uint64_t value, expected;
	bool is_signed;
};

struct stress_report {
	const char *object; /* base name */
	unsigned int cpus;
	uint64_t duration_ns, rate, seed, limit_ns;
	const char *policy, *kernel;
	bool interrupted; /* by Ctrl-C */
	struct stress_program programs[STRESS_PROGRAMS_MAX];
	unsigned int program_count;
	struct rq_lock_stats locks[STRESS_LOCKS_MAX];
	unsigned int lock_count, lock_total;
	struct rq_worst_wait worst;
	char worst_name[128];
	struct rq_failure failures[STRESS_FAILURES_MAX];
	unsigned int failure_count;
	uint64_t failures_lost, lost;
	struct rq_stress_counts counts;
	struct stress_counter counters[STRESS_COUNTERS_MAX];
	unsigned int counter_count;
	unsigned int failed_on; /* bits of fail_words[] that were met */
	struct rq_machine *machine; /* for the names of locks */
};

enum fail_bit { FAIL_AA = 1, FAIL_ABBA = 2, FAIL_CYCLE = 4, FAIL_TIMEOUT = 8 };

struct fail_word {
	const char *word;
	unsigned int bits;
};

extern const struct fail_word fail_words[]; /* ends with a NULL word */
extern const char *const role_names[RQ_ROLES];
extern const char *const interrupt_names[RQ_INTERRUPTS];

/* Where a call site is, in the source. */
struct stress_site {
	const char *program; /* NULL: not in a program of this run */
	const char *file, *text;
	uint32_t line; /* 0: no line information */
	bool releases; /* the call there gives a lock back */
};

struct stress_site stress_site(const struct stress_report *report, uintptr_t site);
/* "AA", "ABBA", "longer cycle", "busy", "timeout" */
const char *stress_failure_name(enum rqspin_report_kind kind);

void stress_print_text(const struct stress_report *report);
/* CLI_OK, or CLI_CANNOT after a message. */
int stress_print_json(const struct stress_report *report);

#endif
