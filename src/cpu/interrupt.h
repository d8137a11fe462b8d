/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts' inner side: entering and leaving a context, shared by virtual CPUs and the signals of C programs. */
#ifndef RQ_CPU_INTERRUPT_H
#define RQ_CPU_INTERRUPT_H

#include "cpu/state.h"

/* What an interrupted context had, to go back to. */
struct rq_context_saved {
	uint8_t context;
	uint8_t irqs_off;
	int error;
};

struct rq_context_saved rq_context_enter(struct rq_cpu *cpu, enum rq_context context);
void rq_context_leave(struct rq_cpu *cpu, struct rq_context_saved saved);

/* Take the two real-time signals that rq_cpu_raise() sends. Once a process; -EBUSY: somebody uses them. */
int rq_interrupt_signals_install(void);

#endif
