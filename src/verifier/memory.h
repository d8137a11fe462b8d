/* SPDX-License-Identifier: BSD-2-Clause */
/* What memory.c shares with stack.c, context.c and btf_access.c: accesses through one kind of pointer each. */
#ifndef RQ_VERIFIER_MEMORY_H
#define RQ_VERIFIER_MEMORY_H

#include "verifier/internal.h"

int rq_stack_write(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, int32_t value_regno);
int rq_stack_read(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, int32_t value_regno);
int rq_stack_call_range(struct rq_verifier *v, uint32_t regno, uint32_t size, int access, bool zero_allowed);

int rq_context_access(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, enum rq_access access,
		      int32_t value_regno, bool sign_extend);
int rq_btf_access(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, enum rq_access access,
		  int32_t value_regno);
int rq_socket_access(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, enum rq_access access,
		     int32_t value_regno);
/* The context as memory of a helper or kfunc. */
int rq_context_call_mem(struct rq_verifier *v, uint32_t regno, uint32_t size, int access, bool zero_allowed);
/* A wide load of the address of a kernel variable. */
int rq_btf_wide_load(struct rq_verifier *v, const struct bpf_insn *insn, struct rq_reg *dst);

/* "bpf_spin_lock", "kptr" */
extern const char *const rq_field_names[];

/* Load or store of a kptr field of a map value. */
int rq_kptr_access(struct rq_verifier *v, uint32_t regno, const struct rq_field *field, enum rq_access access,
		   int32_t value_regno);

/* docs/verifier.md, arithmetic 4: a copy and its original are tied by an id. */
void rq_tie_copy(struct rq_verifier *v, struct rq_reg *src);

#endif
