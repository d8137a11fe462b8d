/* SPDX-License-Identifier: BSD-2-Clause */
/* What BPF_PROG_TEST_RUN takes for which program type, as Linux 6.18 answered when it was asked (tests/sys/test_kernel.c). */
#ifndef RQ_SYS_TEST_RUN_H
#define RQ_SYS_TEST_RUN_H

#include "prog/prog.h"

/* Which fields of the attributes a type lets be other than zero, and what it does with them. */
enum rq_test_input {
	RQ_TEST_DATA = 1 << 0,       /* and must have it */
	RQ_TEST_REPEAT = 1 << 1,
	RQ_TEST_CTX_OUT = 1 << 2,
	RQ_TEST_CPU = 1 << 3,        /* with no meaning, unless the type knows BPF_F_TEST_RUN_ON_CPU */
	RQ_TEST_BATCH = 1 << 4,      /* together with BPF_F_TEST_XDP_LIVE_FRAMES */
	RQ_TEST_CTX_NEEDED = 1 << 5,
	RQ_TEST_CTX_BACK = 1 << 6,   /* what the program made of it goes back to where it came from */
	RQ_TEST_CTX_ONE_WAY = 1 << 8, /* ctx_out is taken, and left as it is */
	RQ_TEST_CTX_FIRST = 1 << 7,  /* read before the size of the data is looked at */
};

/* 0 of a type that has no test run. */
uint32_t rq_test_run_inputs(const struct rq_prog *prog);

/* 0, -EINVAL, -E2BIG, -EAFNOSUPPORT, -ERANGE, -RQ_ENOTSUPP (no test run). */
int rq_test_run_check(const struct rq_prog *prog, const union bpf_attr *attr);

#endif
