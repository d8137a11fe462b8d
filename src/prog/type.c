/* SPDX-License-Identifier: BSD-2-Clause */
/* Program types: a row each. What they may read is in fields_*.c, how their contexts are made in context.c. */
#include "prog/prog.h"

#include <errno.h>
#include <linux/bpf_perf_event.h>
#include <stddef.h>

#include "func/func.h"
#include "prog/context.h"
#include "prog/fields.h"

#define SYSCALL_CTX_MAX 65535
#define RAW_ARGS_MAX	(8 * RQ_ARGUMENTS_MAX)

#define AT(attach) (1ULL << (attach))
#define ANY	   .return_min = INT64_MIN, .return_max = INT64_MAX
#define BOOLEAN	   .return_min = 0, .return_max = 1
#define RETURNS(table) .returns = table, .return_count = sizeof(table) / sizeof((table)[0])

#define FIELDS(table) .fields = &rq_##table##_fields

#define SKB	.ctx_struct = "__sk_buff", .ctx_size = sizeof(struct __sk_buff)
#define SKB_L2	.begin = rq_context_begin_skb_l2, .end = rq_context_end_skb
#define SKB_L3	.begin = rq_context_begin_skb_l3, .end = rq_context_end_skb
#define BYTES	.begin = rq_context_begin_bytes, .end = rq_context_end_bytes
#define CONTEXT(name) .ctx_struct = #name, .ctx_size = sizeof(struct name), BYTES

#define TYPED_ARGUMENTS                                                                                                \
	.raw_args = true, .ctx_size = RAW_ARGS_MAX, .begin = rq_context_begin_typed, .end = rq_context_end_bytes

/* Which kernels let a type use a map with a lock: all that have the lock, later ones, or only this runtime. */
#define LOCKS	       .locks_since = RQ_KERNEL_6_15
#define LOCKS_TRACING                                                                                                  \
	.probe = true, .locks_since = RQ_KERNEL_7_3, .locks_refused = "tracing progs cannot use bpf_spin_lock yet"
#define LOCKS_NEVER    .locks_since = RQ_KERNEL_RELAXED, .locks_refused = "socket filter progs cannot use bpf_spin_lock yet"

#define TASK .default_role = RQ_ROLE_TASK
#define IRQ  .default_role = RQ_ROLE_IRQ
#define NMI  .default_role = RQ_ROLE_NMI

static const struct rq_return_range cgroup_skb_returns[] = {
	{ AT(BPF_CGROUP_INET_EGRESS), 0, 3 },
};

static const struct rq_return_range cgroup_sock_addr_returns[] = {
	{ AT(BPF_CGROUP_INET4_BIND) | AT(BPF_CGROUP_INET6_BIND), 0, 3 },
	{ AT(BPF_CGROUP_UDP4_RECVMSG) | AT(BPF_CGROUP_UDP6_RECVMSG) | AT(BPF_CGROUP_INET4_GETPEERNAME) |
		  AT(BPF_CGROUP_INET6_GETPEERNAME) | AT(BPF_CGROUP_INET4_GETSOCKNAME) |
		  AT(BPF_CGROUP_INET6_GETSOCKNAME),
	  1, 1 },
};

static const struct rq_return_range tracing_returns[] = {
	{ AT(BPF_TRACE_FENTRY) | AT(BPF_TRACE_FEXIT), 0, 0 },
	{ AT(BPF_TRACE_ITER), 0, 1 },
};

/* In order of enum bpf_prog_type. */
static const struct rq_prog_type types[] = {
	{ BPF_PROG_TYPE_SOCKET_FILTER, "SOCKET_FILTER", "socket_filter", .helper_groups = RQ_GROUPS_SOCKET_FILTER, SKB,
	  SKB_L3, FIELDS(socket_filter), ANY, TASK, LOCKS_NEVER },
	{ BPF_PROG_TYPE_KPROBE, "KPROBE", "kprobe", .helper_groups = RQ_GROUPS_KPROBE, .ctx_struct = "bpf_user_pt_regs_t",
	  .ctx_size = sizeof(bpf_user_pt_regs_t), BYTES, FIELDS(kprobe), .may_sleep = true,
	  .private_stacks = true, ANY, IRQ, LOCKS_TRACING },
	{ BPF_PROG_TYPE_SCHED_CLS, "SCHED_CLS", "sched_cls", .helper_groups = RQ_GROUPS_SCHED_CLS, SKB, SKB_L2,
	  FIELDS(sched), .packet = true, .may_write_packet = true, ANY, TASK, LOCKS },
	{ BPF_PROG_TYPE_SCHED_ACT, "SCHED_ACT", "sched_act", .helper_groups = RQ_GROUPS_SCHED_ACT, SKB, SKB_L2,
	  FIELDS(sched), .packet = true, .may_write_packet = true, ANY, TASK, LOCKS },
	{ BPF_PROG_TYPE_TRACEPOINT, "TRACEPOINT", "tracepoint", .helper_groups = RQ_GROUPS_TRACEPOINT,
	  .ctx_size = RQ_TRACEPOINT_RECORD_MAX, BYTES, FIELDS(tracepoint), .private_stacks = true, ANY, IRQ, LOCKS_TRACING },
	{ BPF_PROG_TYPE_XDP, "XDP", "xdp", .helper_groups = RQ_GROUPS_XDP, .ctx_struct = "xdp_md",
	  .ctx_size = sizeof(struct xdp_md), .begin = rq_context_begin_xdp, .end = rq_context_end_xdp,
	  FIELDS(xdp), .packet = true, .may_write_packet = true, ANY, TASK, LOCKS },
	{ BPF_PROG_TYPE_PERF_EVENT, "PERF_EVENT", "perf_event", .helper_groups = RQ_GROUPS_PERF_EVENT,
	  CONTEXT(bpf_perf_event_data), FIELDS(perf_event), .private_stacks = true, ANY, NMI, LOCKS_TRACING },
	{ BPF_PROG_TYPE_CGROUP_SKB, "CGROUP_SKB", "cgroup_skb", .helper_groups = RQ_GROUPS_CGROUP_SKB, SKB, SKB_L3,
	  FIELDS(cgroup_skb), .packet = true, BOOLEAN, RETURNS(cgroup_skb_returns), TASK, LOCKS },
	{ BPF_PROG_TYPE_CGROUP_SOCK, "CGROUP_SOCK", "cgroup_sock", .helper_groups = RQ_GROUPS_CGROUP_SOCK, CONTEXT(bpf_sock),
	  FIELDS(cgroup_sock), BOOLEAN, TASK, LOCKS },
	{ BPF_PROG_TYPE_LWT_IN, "LWT_IN", "lwt_in", .helper_groups = RQ_GROUPS_LWT, SKB, SKB_L3, FIELDS(lwt), .packet = true,
	  ANY, TASK, LOCKS },
	{ BPF_PROG_TYPE_LWT_OUT, "LWT_OUT", "lwt_out", .helper_groups = RQ_GROUPS_LWT, SKB, SKB_L3, FIELDS(lwt),
	  .packet = true, ANY, TASK, LOCKS },
	{ BPF_PROG_TYPE_LWT_XMIT, "LWT_XMIT", "lwt_xmit", .helper_groups = RQ_GROUPS_LWT_XMIT, SKB, SKB_L3, FIELDS(lwt),
	  .packet = true, .may_write_packet = true, ANY, TASK, LOCKS },
	{ BPF_PROG_TYPE_SOCK_OPS, "SOCK_OPS", "sock_ops", .helper_groups = RQ_GROUPS_SOCK_OPS, CONTEXT(bpf_sock_ops),
	  FIELDS(sock_ops), .packet = true, BOOLEAN, TASK, LOCKS },
	{ BPF_PROG_TYPE_SK_SKB, "SK_SKB", "sk_skb", .helper_groups = RQ_GROUPS_SK_SKB, SKB, .begin = rq_context_begin_skb_l3,
	  .end = rq_context_end_skb, FIELDS(sk_skb), .packet = true, .may_write_packet = true, ANY, TASK, LOCKS },
	{ BPF_PROG_TYPE_CGROUP_DEVICE, "CGROUP_DEVICE", "cgroup_device", .helper_groups = RQ_GROUPS_CGROUP_DEVICE,
	  CONTEXT(bpf_cgroup_dev_ctx), FIELDS(cgroup_device), BOOLEAN, TASK, LOCKS },
	{ BPF_PROG_TYPE_SK_MSG, "SK_MSG", "sk_msg", .helper_groups = RQ_GROUPS_SK_MSG, CONTEXT(sk_msg_md), FIELDS(sk_msg),
	  .packet = true, .may_write_packet = true, ANY, TASK, LOCKS },
	{ BPF_PROG_TYPE_RAW_TRACEPOINT, "RAW_TRACEPOINT", "raw_tracepoint", .helper_groups = RQ_GROUPS_KPROBE,
	  .ctx_struct = "bpf_raw_tracepoint_args", .ctx_size = RAW_ARGS_MAX, BYTES,
	  FIELDS(raw_tracepoint), .private_stacks = true, ANY, IRQ, LOCKS_TRACING },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, "CGROUP_SOCK_ADDR", "cgroup_sock_addr",
	  .helper_groups = RQ_GROUPS_CGROUP_SOCK_ADDR, CONTEXT(bpf_sock_addr), FIELDS(cgroup_sock_addr), BOOLEAN,
	  RETURNS(cgroup_sock_addr_returns), TASK, LOCKS },
	{ BPF_PROG_TYPE_LWT_SEG6LOCAL, "LWT_SEG6LOCAL", "lwt_seg6local", .helper_groups = RQ_GROUPS_LWT, SKB,
	  .begin = rq_context_begin_skb_l3, .end = rq_context_end_skb, FIELDS(lwt), .packet = true, ANY, TASK, LOCKS },
	{ BPF_PROG_TYPE_SK_REUSEPORT, "SK_REUSEPORT", "sk_reuseport", .helper_groups = RQ_GROUPS_SK_REUSEPORT,
	  CONTEXT(sk_reuseport_md), FIELDS(sk_reuseport), .packet = true, ANY, TASK, LOCKS },
	{ BPF_PROG_TYPE_FLOW_DISSECTOR, "FLOW_DISSECTOR", "flow_dissector", .helper_groups = RQ_GROUPS_FLOW_DISSECTOR, SKB,
	  .begin = rq_context_begin_flow_dissector, .end = rq_context_end_flow_dissector,
	  FIELDS(flow_dissector), .packet = true, ANY, TASK, LOCKS },
	{ BPF_PROG_TYPE_CGROUP_SYSCTL, "CGROUP_SYSCTL", "cgroup_sysctl", .helper_groups = RQ_GROUPS_CGROUP_SYSCTL,
	  CONTEXT(bpf_sysctl), FIELDS(cgroup_sysctl), BOOLEAN, TASK, LOCKS },
	{ BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, "RAW_TRACEPOINT_WRITABLE", "raw_tracepoint_writable",
	  .helper_groups = RQ_GROUPS_KPROBE, .ctx_struct = "bpf_raw_tracepoint_args", .ctx_size = RAW_ARGS_MAX, BYTES,
	  FIELDS(raw_tracepoint), ANY, IRQ, LOCKS_TRACING },
	{ BPF_PROG_TYPE_CGROUP_SOCKOPT, "CGROUP_SOCKOPT", "cgroup_sockopt", .helper_groups = RQ_GROUPS_CGROUP_SOCKOPT,
	  CONTEXT(bpf_sockopt), FIELDS(cgroup_sockopt), .packet = true, .may_write_packet = true, BOOLEAN, TASK, LOCKS },
	{ BPF_PROG_TYPE_TRACING, "TRACING", "tracing", .helper_groups = RQ_GROUPS_TRACING, TYPED_ARGUMENTS,
	  .may_sleep = true, .private_stacks = true, ANY, RETURNS(tracing_returns), IRQ, LOCKS },
	{ BPF_PROG_TYPE_STRUCT_OPS, "STRUCT_OPS", "struct_ops", .helper_groups = RQ_GROUPS_STRUCT_OPS, TYPED_ARGUMENTS,
	  .may_sleep = true, ANY, TASK, LOCKS },
	{ BPF_PROG_TYPE_EXT, "EXT", "ext", .helper_groups = RQ_GROUPS_TRACING, TYPED_ARGUMENTS, ANY, TASK, LOCKS },
	{ BPF_PROG_TYPE_LSM, "LSM", "lsm", .helper_groups = RQ_GROUPS_LSM, TYPED_ARGUMENTS, .may_sleep = true, ANY, IRQ, LOCKS },
	{ BPF_PROG_TYPE_SK_LOOKUP, "SK_LOOKUP", "sk_lookup", .helper_groups = RQ_GROUPS_SK_LOOKUP,
	  .ctx_struct = "bpf_sk_lookup", .ctx_size = sizeof(struct bpf_sk_lookup), .begin = rq_context_begin_sk_lookup,
	  .end = rq_context_end_sk_lookup, FIELDS(sk_lookup), BOOLEAN, TASK, LOCKS },
	{ BPF_PROG_TYPE_SYSCALL, "SYSCALL", "syscall", .helper_groups = RQ_GROUPS_SYSCALL, .ctx_size = SYSCALL_CTX_MAX, BYTES,
	  .any_context = true, .may_sleep = true, .always_sleepable = true, ANY, TASK, LOCKS },
	{ RQ_PROG_TYPE_NETFILTER, "NETFILTER", "netfilter", .helper_groups = RQ_GROUPS_NETFILTER, .ctx_struct = "bpf_nf_ctx",
	  .ctx_size = 16, .begin = rq_context_begin_netfilter, .end = rq_context_end_netfilter,
	  FIELDS(netfilter), BOOLEAN, TASK, LOCKS },
};

const struct rq_prog_type *rq_prog_type(enum bpf_prog_type type)
{
	for (uint32_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].type == type)
			return &types[i];
	return NULL;
}

const struct rq_prog_type *rq_prog_type_at(uint32_t index)
{
	return index < sizeof(types) / sizeof(types[0]) ? &types[index] : NULL;
}

size_t rq_prog_space_size(const struct rq_prog *prog, uint32_t packet_size)
{
	const struct rq_prog_type *type = prog->type;
	size_t behind = (size_t)packet_size + RQ_PACKET_SLACK;

	if (type->raw_args)
		return sizeof(struct rq_host_ctx) + rq_context_objects_size(prog);
	if (type->type == RQ_PROG_TYPE_NETFILTER)
		behind += rq_context_objects_size(prog);
	return sizeof(struct rq_host_ctx) + (behind < type->ctx_size ? type->ctx_size : behind);
}

bool rq_prog_type_unmeasured(enum bpf_prog_type type, uint32_t attach_type)
{
	switch (type) {
	case BPF_PROG_TYPE_LSM:
	case BPF_PROG_TYPE_EXT:
	case BPF_PROG_TYPE_LIRC_MODE2:
		return true;
	case BPF_PROG_TYPE_TRACING:
		return attach_type == BPF_TRACE_FENTRY || attach_type == BPF_TRACE_FEXIT || attach_type == BPF_MODIFY_RETURN;
	default:
		return false;
	}
}
