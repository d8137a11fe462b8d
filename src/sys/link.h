/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attachments: a program and what it is attached to. A machine has no cgroups, interfaces or tracepoints of its own, so an
 * attachment says only what runs in which role: a program whose type is an interrupt's (docs/architecture.md) runs whenever
 * that kind is raised on a CPU, all others are the tasks of rq_machine_stress() (rqspin/bpf.h). It ends with the last descriptor or pin of
 * its link, with BPF_LINK_DETACH, or with BPF_PROG_DETACH where it came from BPF_PROG_ATTACH.
 */
#ifndef RQ_SYS_LINK_H
#define RQ_SYS_LINK_H

#include "sys/machine.h"

/* enum bpf_link_type; that of our headers may be shorter. */
enum rq_link_type {
	RQ_LINK_NONE,
	RQ_LINK_RAW_TRACEPOINT,
	RQ_LINK_TRACING,
	RQ_LINK_CGROUP,
	RQ_LINK_ITER,
	RQ_LINK_NETNS,
	RQ_LINK_XDP,
	RQ_LINK_PERF_EVENT,
	RQ_LINK_KPROBE_MULTI,
	RQ_LINK_STRUCT_OPS,
	RQ_LINK_NETFILTER,
	RQ_LINK_TCX,
	RQ_LINK_UPROBE_MULTI,
	RQ_LINK_NETKIT,
	RQ_LINK_SOCKMAP,
};

#define RQ_ALL_CPUS UINT32_MAX

struct rq_link {
	struct rq_object object;
	struct rq_machine *machine;
	struct rq_prog *prog; /* a reference; NULL for a struct_ops link. Under link_mutex once it is published */
	enum rq_link_type type;
	uint32_t attach_type, attach_flags;
	uint64_t target;          /* inode of a cgroup's folder or a namespace, interface, id of a map or of a kernel type */
	struct rq_object *holds;  /* a map or an event that it is attached to; a reference, or NULL */
	uint32_t cpu;             /* on which it runs, or RQ_ALL_CPUS */
	uint64_t cookie;
	char name[128];           /* of a tracepoint */
	bool machine_owned;       /* by BPF_PROG_ATTACH: the machine has a reference */
	bool attached;            /* false: detached, though descriptors may still name it */
	struct rq_link *next;     /* in machine->links */
};

/* bpf_link_info of Linux 6.18. */
struct rq_link_info {
	uint32_t type, id, prog_id;
	union {
		struct {
			uint64_t name;
			uint32_t name_len, pad;
			uint64_t cookie;
		} raw_tracepoint;
		struct {
			uint32_t attach_type, target_obj_id, target_btf_id, pad;
			uint64_t cookie;
		} tracing;
		struct {
			uint64_t id;
			uint32_t attach_type;
		} cgroup;
		struct {
			uint32_t target, attach_type;
		} pair; /* netns, tcx, netkit, sockmap: what, and how; xdp, struct_ops: what */
		struct {
			uint32_t pf, hooknum;
			int32_t priority;
			uint32_t flags;
		} netfilter;
		struct {
			uint32_t type, pad;
			uint64_t name;
			uint32_t name_len, offset;
			uint64_t address, missed, cookie;
		} perf_event;
		uint8_t bytes[48];
	};
};

/* A link that is attached to nothing yet; @prog (NULL: none)'s reference is taken over, also on failure. */
int rq_link_new(struct rq_machine *machine, struct rq_prog *prog, enum rq_link_type type, struct rq_link **link);
/* From now on its program runs. -ENOMEM; -EOPNOTSUPP: the program calls a function that is only checked here. */
int rq_link_attach(struct rq_link *link);
void rq_link_detach(struct rq_link *link);
/* The same of what has no descriptor; gives up the machine's reference. */
void rq_link_end(struct rq_link *link);
/* The same link with another program. -ENOLINK, -EPERM (@expected is not what it has), -EINVAL (another type), -ENOMEM. */
int rq_link_update(struct rq_link *link, struct rq_prog *prog, const struct rq_prog *expected);

/* BPF_OBJ_GET_INFO_BY_FD: @info is what the caller gave, then what is to be told. -EFAULT, -EINVAL, -ENOSPC. */
int rq_link_info(struct rq_link *link, struct rq_link_info *info);

/* At the end of the machine: lets go of pins and of what BPF_PROG_ATTACH attached. */
void rq_links_destroy(struct rq_machine *machine);

/* For each that is attached, with link_mutex held, until @visit returns nonzero, which is returned. */
int rq_links_each(struct rq_machine *machine, int (*visit)(struct rq_link *link, void *arg), void *arg);

#endif
