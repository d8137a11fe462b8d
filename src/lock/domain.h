/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RQ_LOCK_DOMAIN_H
#define RQ_LOCK_DOMAIN_H

#include "cpu/state.h"

/* The calling thread's CPU in the default domain; a first call attaches it. NULL: no memory. Async-signal-safe. */
struct rq_cpu *rq_thread_cpu(void);

/* Reports of the default domain; also after it is in use. */
void rq_set_default_report(void (*callback)(const struct rqspin_report *report, void *arg), void *arg);

#endif
