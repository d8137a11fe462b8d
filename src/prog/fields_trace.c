/* SPDX-License-Identifier: BSD-2-Clause */
/* Contexts of tracing programs: registers, arguments, perf event data. */
#include "prog/fields.h"

static const struct rq_ctx_field kprobe_fields[] = {
	{ .offset = 0, .size = 168, .loads = RQ_SIZES_1_2_4_8 },
};

static const struct rq_ctx_field tracepoint_fields[] = {
	{ .offset = 8, .size = RQ_TRACEPOINT_RECORD_MAX - 8, .loads = RQ_SIZES_1_2_4_8 },
};

static const struct rq_ctx_field perf_event_fields[] = {
	{ .offset = 0, .size = 168, .loads = 8 },
	{ .offset = 168, .size = 16, .loads = RQ_SIZES_1_2_4_8 },
};

static const struct rq_ctx_field raw_tracepoint_fields[] = {
	{ .offset = 0, .size = 96, .loads = RQ_SIZES_1_2_4_8 },
};

const struct rq_ctx_fields rq_kprobe_fields = RQ_FIELDS(kprobe_fields);
const struct rq_ctx_fields rq_tracepoint_fields = RQ_FIELDS(tracepoint_fields);
const struct rq_ctx_fields rq_perf_event_fields = RQ_FIELDS(perf_event_fields);
const struct rq_ctx_fields rq_raw_tracepoint_fields = RQ_FIELDS(raw_tracepoint_fields);
