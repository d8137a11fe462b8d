// SPDX-License-Identifier: BSD-2-Clause
#include "sys/attach.h"

#include <errno.h>

#include "map/map.h"

#define BIT(n) (1ULL << (n))

#define SOCK_TYPES                                                                                                     \
	(BIT(BPF_CGROUP_INET_SOCK_CREATE) | BIT(BPF_CGROUP_INET_SOCK_RELEASE) | BIT(BPF_CGROUP_INET4_POST_BIND) |        \
	 BIT(BPF_CGROUP_INET6_POST_BIND))
#define SOCK_ADDR_TYPES                                                                                                \
	(BIT(BPF_CGROUP_INET4_BIND) | BIT(BPF_CGROUP_INET6_BIND) | BIT(BPF_CGROUP_INET4_CONNECT) |                       \
	 BIT(BPF_CGROUP_INET6_CONNECT) | BIT(BPF_CGROUP_INET4_GETPEERNAME) | BIT(BPF_CGROUP_INET6_GETPEERNAME) |         \
	 BIT(BPF_CGROUP_INET4_GETSOCKNAME) | BIT(BPF_CGROUP_INET6_GETSOCKNAME) | BIT(BPF_CGROUP_UDP4_SENDMSG) |          \
	 BIT(BPF_CGROUP_UDP6_SENDMSG) | BIT(BPF_CGROUP_UDP4_RECVMSG) | BIT(BPF_CGROUP_UDP6_RECVMSG) | UNIX_TYPES)
#define CGROUP_SKB_TYPES (BIT(BPF_CGROUP_INET_INGRESS) | BIT(BPF_CGROUP_INET_EGRESS))
#define SOCKOPT_TYPES	 (BIT(BPF_CGROUP_SETSOCKOPT) | BIT(BPF_CGROUP_GETSOCKOPT))
/* Later than the linux/bpf.h of Debian 12. */
#define TYPE_NETFILTER	 32
#define NETFILTER	 BIT(45)
#define TCX		 (BIT(46) | BIT(47))
#define UPROBE_MULTI	 (BIT(48) | BIT(57)) /* and a session of it */
#define UNIX_TYPES	 (BIT(49) | BIT(50) | BIT(51) | BIT(52) | BIT(53)) /* BPF_CGROUP_UNIX_CONNECT .. _GETSOCKNAME */
#define NETKIT		 (BIT(54) | BIT(55))
#define KPROBE_MULTI	 (BIT(BPF_TRACE_KPROBE_MULTI) | BIT(56))

/* Types whose attach type is checked when a program is loaded; all others take what they get. */
static const struct {
	uint32_t type;
	uint64_t attach_types; /* bits */
	uint32_t instead_of_0; /* what 0 means, for programs from before there was a choice */
} load_rules[] = {
	{ BPF_PROG_TYPE_CGROUP_SOCK, SOCK_TYPES, BPF_CGROUP_INET_SOCK_CREATE },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, SOCK_ADDR_TYPES, 0 },
	{ BPF_PROG_TYPE_CGROUP_SKB, CGROUP_SKB_TYPES, 0 },
	{ BPF_PROG_TYPE_CGROUP_SOCKOPT, SOCKOPT_TYPES, 0 },
	{ BPF_PROG_TYPE_SK_LOOKUP, BIT(BPF_SK_LOOKUP), 0 },
	{ BPF_PROG_TYPE_SK_REUSEPORT, BIT(BPF_SK_REUSEPORT_SELECT) | BIT(BPF_SK_REUSEPORT_SELECT_OR_MIGRATE),
	  BPF_SK_REUSEPORT_SELECT },
	{ TYPE_NETFILTER, NETFILTER, 0 },
	{ BPF_PROG_TYPE_SYSCALL, BIT(0), 0 },
	{ BPF_PROG_TYPE_EXT, BIT(0), 0 },
};

#define LINK	.by_link = true
#define BOTH	.by_link = true, .by_attach = true
#define CHANGES .updates = true, .detaches = true
#define LOADED	.as_loaded = true

static const struct rq_attach_rule rules[] = {
	{ BPF_PROG_TYPE_CGROUP_SKB, CGROUP_SKB_TYPES, RQ_LINK_CGROUP, RQ_TARGET_CGROUP, BOTH, CHANGES },
	{ BPF_PROG_TYPE_CGROUP_SOCK, SOCK_TYPES, RQ_LINK_CGROUP, RQ_TARGET_CGROUP, BOTH, CHANGES, LOADED },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, SOCK_ADDR_TYPES, RQ_LINK_CGROUP, RQ_TARGET_CGROUP, BOTH, CHANGES, LOADED },
	{ BPF_PROG_TYPE_CGROUP_SOCKOPT, SOCKOPT_TYPES, RQ_LINK_CGROUP, RQ_TARGET_CGROUP, BOTH, CHANGES, LOADED },
	{ BPF_PROG_TYPE_CGROUP_DEVICE, BIT(BPF_CGROUP_DEVICE), RQ_LINK_CGROUP, RQ_TARGET_CGROUP, BOTH, CHANGES },
	{ BPF_PROG_TYPE_CGROUP_SYSCTL, BIT(BPF_CGROUP_SYSCTL), RQ_LINK_CGROUP, RQ_TARGET_CGROUP, BOTH, CHANGES },
	{ BPF_PROG_TYPE_SOCK_OPS, BIT(BPF_CGROUP_SOCK_OPS), RQ_LINK_CGROUP, RQ_TARGET_CGROUP, BOTH, CHANGES },
	{ BPF_PROG_TYPE_FLOW_DISSECTOR, BIT(BPF_FLOW_DISSECTOR), RQ_LINK_NETNS, RQ_TARGET_NETNS, LINK, CHANGES },
	{ BPF_PROG_TYPE_SK_LOOKUP, BIT(BPF_SK_LOOKUP), RQ_LINK_NETNS, RQ_TARGET_NETNS, LINK, CHANGES },
	{ BPF_PROG_TYPE_SK_SKB, BIT(BPF_SK_SKB_STREAM_PARSER) | BIT(BPF_SK_SKB_STREAM_VERDICT) | BIT(BPF_SK_SKB_VERDICT),
	  RQ_LINK_SOCKMAP, RQ_TARGET_MAP, BOTH, CHANGES },
	{ BPF_PROG_TYPE_SK_MSG, BIT(BPF_SK_MSG_VERDICT), RQ_LINK_SOCKMAP, RQ_TARGET_MAP, BOTH, CHANGES },
	{ BPF_PROG_TYPE_XDP, BIT(BPF_XDP), RQ_LINK_XDP, RQ_TARGET_INTERFACE, LINK, CHANGES },
	{ BPF_PROG_TYPE_SCHED_CLS, TCX, RQ_LINK_TCX, RQ_TARGET_INTERFACE, BOTH, CHANGES },
	{ BPF_PROG_TYPE_SCHED_CLS, NETKIT, RQ_LINK_NETKIT, RQ_TARGET_INTERFACE, BOTH, CHANGES },
	{ BPF_PROG_TYPE_KPROBE, BIT(BPF_PERF_EVENT), RQ_LINK_PERF_EVENT, RQ_TARGET_EVENT, LINK },
	{ BPF_PROG_TYPE_TRACEPOINT, BIT(BPF_PERF_EVENT), RQ_LINK_PERF_EVENT, RQ_TARGET_EVENT, LINK },
	{ BPF_PROG_TYPE_PERF_EVENT, BIT(BPF_PERF_EVENT), RQ_LINK_PERF_EVENT, RQ_TARGET_EVENT, LINK },
	{ BPF_PROG_TYPE_KPROBE, KPROBE_MULTI, RQ_LINK_KPROBE_MULTI, RQ_TARGET_PROBES, LINK, LOADED },
	{ BPF_PROG_TYPE_KPROBE, UPROBE_MULTI, RQ_LINK_UPROBE_MULTI, RQ_TARGET_PROBES, LINK, LOADED },
	{ BPF_PROG_TYPE_TRACING, BIT(BPF_TRACE_RAW_TP), RQ_LINK_RAW_TRACEPOINT, RQ_TARGET_FUNCTION, LINK, LOADED },
	{ BPF_PROG_TYPE_TRACING, BIT(BPF_TRACE_FENTRY) | BIT(BPF_TRACE_FEXIT) | BIT(BPF_MODIFY_RETURN), RQ_LINK_TRACING,
	  RQ_TARGET_FUNCTION, LINK, LOADED },
	{ BPF_PROG_TYPE_TRACING, BIT(BPF_TRACE_ITER), RQ_LINK_ITER, RQ_TARGET_FUNCTION, LINK, LOADED, .updates = true },
	{ BPF_PROG_TYPE_LSM, BIT(BPF_LSM_MAC), RQ_LINK_TRACING, RQ_TARGET_FUNCTION, LINK, LOADED },
	{ BPF_PROG_TYPE_LSM, BIT(BPF_LSM_CGROUP), RQ_LINK_CGROUP, RQ_TARGET_CGROUP, BOTH, CHANGES, LOADED },
	{ TYPE_NETFILTER, NETFILTER, RQ_LINK_NETFILTER, RQ_TARGET_NETFILTER, LINK, .detaches = true },
};

static bool names(const struct rq_attach_rule *rule, uint32_t attach_type)
{
	return attach_type < 64 && (rule->attach_types & BIT(attach_type));
}

const struct rq_attach_rule *rq_attach_rule(const struct rq_prog *prog, uint32_t attach_type)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].prog_type == prog->type->type && names(&rules[i], attach_type) &&
		    (!rules[i].as_loaded || attach_type == prog->expected_attach_type))
			return &rules[i];
	return NULL;
}

const struct rq_attach_rule *rq_attach_rule_of_type(uint32_t attach_type)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (names(&rules[i], attach_type))
			return &rules[i];
	return NULL;
}

bool rq_attach_changes(enum rq_link_type type, bool update)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].link_type == type)
			return update ? rules[i].updates : rules[i].detaches;
	return false;
}

/* Types that are attached to something that kernel BTF names. */
static bool attaches_to_btf(uint32_t type)
{
	return type == BPF_PROG_TYPE_TRACING || type == BPF_PROG_TYPE_LSM || type == BPF_PROG_TYPE_STRUCT_OPS ||
	       type == BPF_PROG_TYPE_EXT;
}

int rq_check_attach(const union bpf_attr *attr, struct rq_prog *prog)
{
	if (attr->attach_btf_id) {
		if (!attaches_to_btf(attr->prog_type) || attr->attach_btf_id > prog->kernel_btf->type_count)
			return -EINVAL;
		if (attr->attach_prog_fd)
			return -RQ_ENOTSUPP; /* replacing another program's function; or a module's BTF, which we have none of */
		prog->attach_btf = prog->kernel_btf;
	} else if (attr->attach_prog_fd) {
		return -EINVAL;
	}
	for (size_t i = 0; i < sizeof(load_rules) / sizeof(load_rules[0]); i++) {
		uint32_t attach_type;

		if (load_rules[i].type != attr->prog_type)
			continue;
		if (!prog->expected_attach_type)
			prog->expected_attach_type = load_rules[i].instead_of_0;
		attach_type = prog->expected_attach_type;
		return attach_type < 64 && (load_rules[i].attach_types & BIT(attach_type)) ? 0 : -EINVAL;
	}
	return 0;
}
