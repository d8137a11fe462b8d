// SPDX-License-Identifier: BSD-2-Clause
#include "sys/attach.h"

#include <errno.h>

#include "map/map.h"

#define TYPE_NETFILTER	 32
#define ATTACH_NETFILTER 45
#define ATTACH_UNIX(n)	 (49 + (n)) /* BPF_CGROUP_UNIX_CONNECT .. _GETSOCKNAME */
#define BIT(n)		 (1ULL << (n))

/* Types whose attach type is checked when a program is loaded; all others take what they get. */
static const struct {
	uint32_t type;
	uint64_t attach_types; /* bits */
	uint32_t instead_of_0; /* what 0 means, for programs from before there was a choice */
} rules[] = {
	{ BPF_PROG_TYPE_CGROUP_SOCK,
	  BIT(BPF_CGROUP_INET_SOCK_CREATE) | BIT(BPF_CGROUP_INET_SOCK_RELEASE) | BIT(BPF_CGROUP_INET4_POST_BIND) |
		  BIT(BPF_CGROUP_INET6_POST_BIND),
	  BPF_CGROUP_INET_SOCK_CREATE },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR,
	  BIT(BPF_CGROUP_INET4_BIND) | BIT(BPF_CGROUP_INET6_BIND) | BIT(BPF_CGROUP_INET4_CONNECT) |
		  BIT(BPF_CGROUP_INET6_CONNECT) | BIT(BPF_CGROUP_INET4_GETPEERNAME) | BIT(BPF_CGROUP_INET6_GETPEERNAME) |
		  BIT(BPF_CGROUP_INET4_GETSOCKNAME) | BIT(BPF_CGROUP_INET6_GETSOCKNAME) | BIT(BPF_CGROUP_UDP4_SENDMSG) |
		  BIT(BPF_CGROUP_UDP6_SENDMSG) | BIT(BPF_CGROUP_UDP4_RECVMSG) | BIT(BPF_CGROUP_UDP6_RECVMSG) |
		  BIT(ATTACH_UNIX(0)) | BIT(ATTACH_UNIX(1)) | BIT(ATTACH_UNIX(2)) | BIT(ATTACH_UNIX(3)) | BIT(ATTACH_UNIX(4)),
	  0 },
	{ BPF_PROG_TYPE_CGROUP_SKB, BIT(BPF_CGROUP_INET_INGRESS) | BIT(BPF_CGROUP_INET_EGRESS), 0 },
	{ BPF_PROG_TYPE_CGROUP_SOCKOPT, BIT(BPF_CGROUP_SETSOCKOPT) | BIT(BPF_CGROUP_GETSOCKOPT), 0 },
	{ BPF_PROG_TYPE_SK_LOOKUP, BIT(BPF_SK_LOOKUP), 0 },
	{ BPF_PROG_TYPE_SK_REUSEPORT, BIT(BPF_SK_REUSEPORT_SELECT) | BIT(BPF_SK_REUSEPORT_SELECT_OR_MIGRATE),
	  BPF_SK_REUSEPORT_SELECT },
	{ TYPE_NETFILTER, BIT(ATTACH_NETFILTER), 0 },
	{ BPF_PROG_TYPE_SYSCALL, BIT(0), 0 },
	{ BPF_PROG_TYPE_EXT, BIT(0), 0 },
};

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
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].type != attr->prog_type)
			continue;
		if (!prog->expected_attach_type)
			prog->expected_attach_type = rules[i].instead_of_0;
		return prog->expected_attach_type < 64 && (rules[i].attach_types & BIT(prog->expected_attach_type)) ? 0 : -EINVAL;
	}
	return 0;
}
