/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people read about kfuncs: `rqspin kfuncs` and docs/kfuncs/. One place; each row of the tables has a row here, and the
 * rest (prototype, flags, program types) comes from the tables.
 */
#ifndef RQ_FUNC_DOCUMENT_H
#define RQ_FUNC_DOCUMENT_H

#include "func/func.h"

/* Kfuncs that are used together: one page, one example (examples/kfuncs/NAME.bpf.c). */
struct rq_func_family {
	const char *name;    /* "res-spin-lock" */
	const char *title;
	const char *about;
	const char *holding; /* what is off between the first of a pair and the second; NULL: nothing */
	const char *duties;  /* what the verifier asks of a program, for all of them */
};

struct rq_func_document {
	const char *name;    /* as in the table */
	const char *since;   /* the first Linux that has it */
	const char *meaning;
	const char *returns; /* NULL: nothing */
	const char *duties;  /* besides the family's; NULL: none */
};

/* Families, each followed by its kfuncs; NULL at the end. */
const struct rq_func_family *rq_func_family_at(uint32_t index);
const struct rq_func_document *rq_func_document_at(const struct rq_func_family *family, uint32_t index);

/* May programs of this type call it, under this kernel's rules? With what it needs: a lock, where one must be held. */
bool rq_func_callable(const struct rq_func *func, const struct rq_prog_type *type, enum rq_kernel kernel);

#endif
