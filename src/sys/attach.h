/* SPDX-License-Identifier: BSD-2-Clause */
/* Which attach types a program type may name when it is loaded, and how programs are attached; as Linux 6.18 answered. */
#ifndef RQ_SYS_ATTACH_H
#define RQ_SYS_ATTACH_H

#include "sys/link.h"

/* Checks @attr, and completes prog->expected_attach_type and attach_btf where the attributes may leave it open. -EINVAL. */
int rq_check_attach(const union bpf_attr *attr, struct rq_prog *prog);

enum rq_target {
	RQ_TARGET_CGROUP,    /* a folder */
	RQ_TARGET_NETNS,
	RQ_TARGET_INTERFACE,
	RQ_TARGET_EVENT,
	RQ_TARGET_MAP,       /* of sockets */
	RQ_TARGET_FUNCTION,  /* what kernel BTF names */
	RQ_TARGET_PROBES,    /* many functions at once */
	RQ_TARGET_NETFILTER,
};

/* How a program is attached to what. */
struct rq_attach_rule {
	uint32_t prog_type;
	uint64_t attach_types; /* bits */
	enum rq_link_type link_type;
	enum rq_target target;
	bool by_link, by_attach; /* BPF_LINK_CREATE, BPF_PROG_ATTACH */
	bool updates, detaches;  /* BPF_LINK_UPDATE, BPF_LINK_DETACH */
	bool as_loaded;          /* the attach type must be the one that the program was loaded with */
};

/* The rule for @prog attached as @attach_type; NULL: it can't be. */
const struct rq_attach_rule *rq_attach_rule(const struct rq_prog *prog, uint32_t attach_type);
/* The first rule with that attach type; NULL: there is none. */
const struct rq_attach_rule *rq_attach_rule_of_type(uint32_t attach_type);
/* May a link of that type be updated (else: detached)? */
bool rq_attach_changes(enum rq_link_type type, bool update);

#endif
