// SPDX-License-Identifier: BSD-2-Clause
#include "sys/test_run.h"

#include <errno.h>

#include "map/map.h"

#define F_ON_CPU	     (1u << 0) /* BPF_F_TEST_RUN_ON_CPU, and so on: later than some headers */
#define F_XDP_LIVE_FRAMES    (1u << 1)
#define F_SKB_CHECKSUM_COMPLETE (1u << 2)

#define F_ANY		     UINT32_MAX /* of which only those above mean something */

#define ETHERNET_HEADER 14
#define PAGE_BYTES	4096
#define SKB_BYTES_MAX	3712 /* a page without what the kernel puts before and behind a packet */
#define XDP_BYTES_MAX	65535

struct rule {
	uint32_t type;
	uint32_t inputs; /* enum rq_test_input */
	uint32_t flags;
	uint32_t data_max, ctx_max;
};

#define PACKET (RQ_TEST_DATA | RQ_TEST_REPEAT | RQ_TEST_CTX_OUT)
#define SKB_RULE(type) { type, PACKET, F_SKB_CHECKSUM_COMPLETE, SKB_BYTES_MAX, PAGE_BYTES }

static const struct rule rules[] = {
	SKB_RULE(BPF_PROG_TYPE_SOCKET_FILTER),
	SKB_RULE(BPF_PROG_TYPE_SCHED_CLS),
	SKB_RULE(BPF_PROG_TYPE_SCHED_ACT),
	SKB_RULE(BPF_PROG_TYPE_CGROUP_SKB),
	SKB_RULE(BPF_PROG_TYPE_LWT_IN),
	SKB_RULE(BPF_PROG_TYPE_LWT_OUT),
	SKB_RULE(BPF_PROG_TYPE_LWT_XMIT),
	{ BPF_PROG_TYPE_XDP, PACKET | RQ_TEST_CPU | RQ_TEST_BATCH | RQ_TEST_CTX_FIRST, F_XDP_LIVE_FRAMES, XDP_BYTES_MAX,
	  PAGE_BYTES },
	{ RQ_PROG_TYPE_NETFILTER, PACKET | RQ_TEST_CTX_ONE_WAY, 0, SKB_BYTES_MAX, PAGE_BYTES },
	{ BPF_PROG_TYPE_FLOW_DISSECTOR, PACKET, 0, PAGE_BYTES, PAGE_BYTES },
	{ BPF_PROG_TYPE_SK_LOOKUP, RQ_TEST_REPEAT | RQ_TEST_CTX_OUT | RQ_TEST_CTX_NEEDED, 0, 0, PAGE_BYTES },
	{ BPF_PROG_TYPE_RAW_TRACEPOINT, RQ_TEST_CPU, F_ANY | F_ON_CPU, 0, 96 },
	{ BPF_PROG_TYPE_TRACING, RQ_TEST_REPEAT | RQ_TEST_CTX_OUT, 0, 0, PAGE_BYTES },
	{ BPF_PROG_TYPE_SYSCALL, RQ_TEST_CPU | RQ_TEST_CTX_BACK, 0, 0, 65535 },
};

static const struct rule *rule_of(const struct rq_prog *prog)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].type == prog->type->type)
			return &rules[i];
	return NULL;
}

int rq_test_run_check(const struct rq_prog *prog, const union bpf_attr *attr)
{
	const struct rule *rule = rule_of(prog);
	uint32_t flags = attr->test.flags;

	if (!rule)
		return -RQ_ENOTSUPP;
	if (flags & ~rule->flags)
		return -EINVAL;
	if (!(rule->inputs & RQ_TEST_DATA) && (attr->test.data_in || attr->test.data_out))
		return -EINVAL;
	if ((rule->inputs & RQ_TEST_DATA) && (attr->test.data_size_in < ETHERNET_HEADER || attr->test.data_size_in > rule->data_max))
		return -EINVAL;
	if ((attr->test.repeat && !(rule->inputs & RQ_TEST_REPEAT)) || (attr->test.ctx_out && !(rule->inputs & RQ_TEST_CTX_OUT)))
		return -EINVAL;
	if (attr->test.cpu && (!(rule->inputs & RQ_TEST_CPU) || ((rule->flags & F_ON_CPU) && !(flags & F_ON_CPU))))
		return -EINVAL;
	if (attr->test.batch_size && (!(rule->inputs & RQ_TEST_BATCH) || !(flags & F_XDP_LIVE_FRAMES)))
		return -EINVAL;
	if ((rule->inputs & RQ_TEST_CTX_NEEDED) && !attr->test.ctx_in && !attr->test.ctx_out)
		return -EINVAL;
	if (attr->test.ctx_size_in > rule->ctx_max)
		return rule->ctx_max == PAGE_BYTES ? -E2BIG : -EINVAL;
	if (!(rule->inputs & RQ_TEST_DATA) && attr->test.ctx_size_in < prog->max_ctx_offset)
		return -EINVAL;
	return 0;
}

uint32_t rq_test_run_inputs(const struct rq_prog *prog)
{
	const struct rule *rule = rule_of(prog);

	return rule ? rule->inputs : 0;
}
