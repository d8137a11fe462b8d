/* SPDX-License-Identifier: BSD-2-Clause */
/* What prune.c, equal.c and precise.c share. */
#ifndef RQ_VERIFIER_PRUNE_H
#define RQ_VERIFIER_PRUNE_H

#include "verifier/internal.h"

/* rq_step.flags: the instruction read or wrote .slot of .frame. */
#define RQ_STEP_STACK 1

enum rq_equality {
	RQ_EQUAL_MARKED, /* live registers, slots that were read; numbers that are not precise may differ */
	RQ_EQUAL_RANGES, /* every number within what the old state allowed */
	RQ_EQUAL_EXACT,  /* the same */
};

/* Is every run that @state stands for one that @old stood for? */
bool rq_states_equal(struct rq_verifier *v, const struct rq_state *old, const struct rq_state *state,
		     enum rq_equality equality);
/* Scalars with the same value and ties. */
bool rq_same_value(const struct rq_reg *a, const struct rq_reg *b);

/* @old's precise registers and slots are precise in the current state too: mark what they come from. */
int rq_inherit_precision(struct rq_verifier *v, const struct rq_state *old);
void rq_forget_precision(struct rq_state *state);

#endif
