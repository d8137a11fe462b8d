/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RQ_VM_PREPARE_H
#define RQ_VM_PREPARE_H

#include "vm/code.h"

/* The operation of one instruction by itself; all fields of @op but its handler. */
unsigned int rq_prepare_insn(const struct bpf_insn *insn, struct rq_op *op);
/* Let single operations do the work of several instructions. Handlers are set. */
void rq_prepare_joins(const struct bpf_insn *insns, uint32_t count, struct rq_op *ops, const void *const *handlers);

#endif
