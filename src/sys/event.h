/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program is attached to where the kernel has a perf event: a kprobe, uprobe, tracepoint, or samples of one CPU. Here
 * it is a descriptor with a name that never fires by itself; its program runs when its role's interrupt is raised.
 */
#ifndef RQ_SYS_EVENT_H
#define RQ_SYS_EVENT_H

#include <linux/perf_event.h>

#include "sys/link.h"

/* enum bpf_perf_event_type of link information. */
enum rq_event_kind {
	RQ_EVENT_UNKNOWN,
	RQ_EVENT_UPROBE,
	RQ_EVENT_URETPROBE,
	RQ_EVENT_KPROBE,
	RQ_EVENT_KRETPROBE,
	RQ_EVENT_TRACEPOINT,
	RQ_EVENT_SAMPLES,
};

struct rq_event {
	struct rq_object object;
	enum rq_event_kind kind;
	uint32_t cpu;     /* or RQ_ALL_CPUS */
	uint64_t offset;  /* in the function or file */
	uint64_t config;  /* of samples */
	uint32_t type;
	char name[128];   /* function, file, category:tracepoint */
	struct rq_link *link; /* of a program that ioctl() attached; a reference, or NULL. Under link_mutex */
};

/* A descriptor for a new event. Negative errno. */
int rq_event_open(struct rq_machine *machine, enum rq_event_kind kind, const char *name, uint64_t offset);

/*
 * perf_event_open(): an event of ours where a program may be attached to it (tracepoints, probes, samples of a whole CPU).
 * -ENOENT: it is the kernel's.
 */
int rq_event_open_perf(struct rq_machine *machine, const struct perf_event_attr *attr, int pid, int cpu);

/* The event behind @fd, with a reference; *event NULL: it is a perf event of the kernel's. -EBADF. */
int rq_event_lookup(struct rq_machine *machine, int fd, struct rq_event **event);

/* ioctl() of perf events, for one of ours: PERF_EVENT_IOC_ENABLE, _DISABLE, _SET_BPF. -ENOTTY; -ENOENT: none of ours. */
int rq_event_ioctl(struct rq_machine *machine, int fd, unsigned long request, unsigned long argument);

/* What link information tells of it, in @info; @given is what the caller asked for. -EFAULT, -EINVAL, -ENOSPC. */
int rq_event_info(const struct rq_event *event, const struct rq_link_info *given, struct rq_link_info *info);

#endif
