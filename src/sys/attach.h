/* SPDX-License-Identifier: BSD-2-Clause */
/* Which attach types a program type may name when it is loaded. */
#ifndef RQ_SYS_ATTACH_H
#define RQ_SYS_ATTACH_H

#include "prog/prog.h"

/* Checks @attr, and completes prog->expected_attach_type and attach_btf where the attributes may leave it open. -EINVAL. */
int rq_check_attach(const union bpf_attr *attr, struct rq_prog *prog);

#endif
