// SPDX-License-Identifier: BSD-2-Clause
/* Ring buffers and perf event output. */
#include "func/args.h"
#include "func/tables.h"

#define RECORD { RQ_ARG_RINGBUF_MEM, .flags = RQ_ARG_RELEASES }

static const struct rq_func rows[] = {
	{ "bpf_ringbuf_output", BPF_FUNC_ringbuf_output, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER,
	  NULL, { MAP, MEM, SIZE_OR_0, ANY }, NULL },
	{ "bpf_ringbuf_reserve", BPF_FUNC_ringbuf_reserve, RQ_KF_ACQUIRE, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_RINGBUF_MEM_OR_NULL, NULL, { MAP, ALLOC_SIZE, ANY }, NULL },
	{ "bpf_ringbuf_submit", BPF_FUNC_ringbuf_submit, RQ_KF_RELEASE, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_VOID, NULL, { RECORD, ANY }, NULL },
	{ "bpf_ringbuf_discard", BPF_FUNC_ringbuf_discard, RQ_KF_RELEASE, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_VOID, NULL, { RECORD, ANY }, NULL },
	{ "bpf_ringbuf_query", BPF_FUNC_ringbuf_query, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER,
	  NULL, { MAP, ANY }, NULL },
	{ "bpf_perf_event_output", BPF_FUNC_perf_event_output, GPL, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_OUTPUT,
	  RQ_RET_INTEGER, NULL, { CONTEXT, MAP, ANY, MEM, SIZE_OR_0 }, NULL },
	{ "bpf_perf_event_read", BPF_FUNC_perf_event_read, GPL, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_INTEGER, NULL, { MAP, ANY }, NULL },
	{ "bpf_perf_event_read_value", BPF_FUNC_perf_event_read_value, GPL, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_INTEGER, NULL, { MAP, ANY, OUT, SIZE }, NULL },
	{ "bpf_perf_prog_read_value", BPF_FUNC_perf_prog_read_value, GPL, RQ_DUTY_NONE, RQ_KERNEL_6_15,
	  RQ_GROUP_PERF_EVENT, RQ_RET_INTEGER, NULL, { CONTEXT, OUT, SIZE }, NULL },
	{ "bpf_get_stackid", BPF_FUNC_get_stackid, GPL, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_TRACING, RQ_RET_INTEGER,
	  NULL, { CONTEXT, MAP, ANY }, NULL },
	{ "bpf_get_stack", BPF_FUNC_get_stack, GPL | RQ_FUNC_RETURNS_LENGTH, RQ_DUTY_NONE, RQ_KERNEL_6_15,
	  RQ_GROUP_TRACING, RQ_RET_INTEGER, NULL, { CONTEXT, OUT, SIZE_OR_0, ANY }, NULL },
	{ "bpf_get_func_ip", BPF_FUNC_get_func_ip, GPL, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_TRACING, RQ_RET_INTEGER,
	  NULL, { CONTEXT }, NULL },
	{ "bpf_get_attach_cookie", BPF_FUNC_get_attach_cookie, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_ATTACHED,
	  RQ_RET_INTEGER, NULL, { CONTEXT }, NULL },
};

RQ_FUNC_TABLE(rq_ringbuf_funcs, rows);
