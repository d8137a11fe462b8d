/* SPDX-License-Identifier: BSD-2-Clause */
/* How the contexts of each kind are made before a run and read after it. Async-signal-safe: they allocate nothing. */
#ifndef RQ_PROG_CONTEXT_H
#define RQ_PROG_CONTEXT_H

#include "prog/prog.h"

#define RQ_CONTEXT_BEGIN(name)                                                                                         \
	int name(const struct rq_prog *prog, const struct rq_test_run *run, struct rq_ctx_space *space, void **ctx)
#define RQ_CONTEXT_END(name) int name(const struct rq_prog *prog, struct rq_test_run *run, struct rq_ctx_space *space)

/* sk_buff kinds. _l2: data begins with the Ethernet header; _l3: behind it. */
RQ_CONTEXT_BEGIN(rq_context_begin_skb_l2);
RQ_CONTEXT_BEGIN(rq_context_begin_skb_l3);
RQ_CONTEXT_END(rq_context_end_skb);
RQ_CONTEXT_BEGIN(rq_context_begin_xdp);
RQ_CONTEXT_END(rq_context_end_xdp);
RQ_CONTEXT_BEGIN(rq_context_begin_flow_dissector);
RQ_CONTEXT_END(rq_context_end_flow_dissector);
RQ_CONTEXT_BEGIN(rq_context_begin_sk_lookup);
RQ_CONTEXT_END(rq_context_end_sk_lookup);
/* The bytes of ctx_in, zeros behind them. */
RQ_CONTEXT_BEGIN(rq_context_begin_bytes);
RQ_CONTEXT_END(rq_context_end_bytes);
/* context_typed.c: u64 arguments; pointers to structs get zeroed ones. */
RQ_CONTEXT_BEGIN(rq_context_begin_typed);
size_t rq_context_objects_size(const struct rq_prog *prog);
RQ_CONTEXT_BEGIN(rq_context_begin_netfilter);
RQ_CONTEXT_END(rq_context_end_netfilter);

/* What they share: ctx_in, of which bytes beyond what we know must be zero (-E2BIG), and the packet with room around it. */
int rq_context_take(const struct rq_test_run *run, void *context, uint32_t size);
int rq_context_place_packet(struct rq_host_ctx *host, const struct rq_test_run *run);

#endif
