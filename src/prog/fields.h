/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Context rules, one table a kind of context. They are what Linux 6.18 answered for a load and a store of each size at each
 * offset; tests/prog/test_context.c asks again where bpf(2) is permitted.
 */
#ifndef RQ_PROG_FIELDS_H
#define RQ_PROG_FIELDS_H

#include <stddef.h>

#include "prog/prog.h"

/* What a tracepoint records is at most that long. Measured. */
#define RQ_TRACEPOINT_RECORD_MAX 8192

#define RQ_FIELDS(table) { table, sizeof(table) / sizeof((table)[0]) }
/* A field whose load gives a pointer: what kind, and which member of struct rq_host_ctx it is. */
#define POINTER(what, member) .kind = RQ_CTX_##what, .host_offset = offsetof(struct rq_host_ctx, member)

extern const struct rq_ctx_fields rq_socket_filter_fields;
extern const struct rq_ctx_fields rq_sched_fields;
extern const struct rq_ctx_fields rq_cgroup_skb_fields;
extern const struct rq_ctx_fields rq_lwt_fields;
extern const struct rq_ctx_fields rq_sk_skb_fields;
extern const struct rq_ctx_fields rq_flow_dissector_fields;
extern const struct rq_ctx_fields rq_xdp_fields;
extern const struct rq_ctx_fields rq_cgroup_sock_fields;
extern const struct rq_ctx_fields rq_cgroup_sock_addr_fields;
extern const struct rq_ctx_fields rq_sock_ops_fields;
extern const struct rq_ctx_fields rq_sk_msg_fields;
extern const struct rq_ctx_fields rq_sk_reuseport_fields;
extern const struct rq_ctx_fields rq_sk_lookup_fields;
extern const struct rq_ctx_fields rq_cgroup_sockopt_fields;
extern const struct rq_ctx_fields rq_cgroup_sysctl_fields;
extern const struct rq_ctx_fields rq_cgroup_device_fields;
extern const struct rq_ctx_fields rq_kprobe_fields;
extern const struct rq_ctx_fields rq_tracepoint_fields;
extern const struct rq_ctx_fields rq_perf_event_fields;
extern const struct rq_ctx_fields rq_raw_tracepoint_fields;
extern const struct rq_ctx_fields rq_netfilter_fields;

#endif
