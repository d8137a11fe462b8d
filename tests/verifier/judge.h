/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdict of rq_verify() on the programs of an object file, for tests of the verifier alone: libbpf opens and
 * relocates the object, and its system calls end here, in maps and types without a machine.
 */
#ifndef RQ_TEST_JUDGE_H
#define RQ_TEST_JUDGE_H

#include "verifier/verifier.h"

struct judgement {
	char section[64], name[64];
	int error;              /* 0: accepted */
	char reason[1024];      /* as verdicts.tsv has it */
	struct rq_rejection rejection;
	char *log;              /* of the whole walk when asked for, else NULL; freed by the next call */
	uint32_t processed;
};

/* Types of the kernel: the built-in ones, or a file. Once, before the first judgement. */
int judge_begin(const char *kernel_btf);
/* Calls @each for every program of @path; @only: that one. -1: the object can't be opened. */
int judge_object(const char *path, const char *only, enum rq_kernel kernel, bool verbose,
		 void (*each)(void *arg, const struct judgement *judgement), void *arg);
void judge_end(void);

#endif
