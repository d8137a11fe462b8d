// SPDX-License-Identifier: BSD-2-Clause
/*
 * libbpf attaches some kinds of programs through tracefs, perf_event_open() and netlink. There are no probes, tracepoints or
 * interfaces of a machine's, and a host's need root; so these calls of libbpf's come here, and the rest of libbpf stays as it
 * is. What they attach is a link like any other (link.h).
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/event.h"
#include "sys/route.h"

/* A field of options whose struct may be that of an older libbpf, or NULL. */
#define GIVEN(options, field, otherwise)                                                                               \
	((options) && (options)->sz >= offsetof(__typeof__(*(options)), field) + sizeof((options)->field) ?             \
		 (options)->field :                                                                                    \
		 (otherwise))

/* Attach @program to an event of that name. libbpf's own function makes the struct bpf_link. */
static struct bpf_link *attach_to_event(const struct bpf_program *program, enum rq_event_kind kind, const char *name,
					uint64_t offset, uint64_t cookie)
{
	LIBBPF_OPTS(bpf_perf_event_opts, options, .bpf_cookie = cookie);
	struct rq_machine *machine;
	struct bpf_link *link;
	int fd = rq_machine_current(&machine);

	if (!fd)
		fd = rq_event_open(machine, kind, name, offset);
	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	link = bpf_program__attach_perf_event_opts(program, fd, &options);
	if (!link) {
		int saved_errno = errno;

		close(fd);
		errno = saved_errno;
	}
	return link;
}

RQ_ROUTED struct bpf_link *bpf_program__attach_kprobe_opts(const struct bpf_program *program, const char *function,
							   const struct bpf_kprobe_opts *options)
{
	bool returns = GIVEN(options, retprobe, false);

	return attach_to_event(program, returns ? RQ_EVENT_KRETPROBE : RQ_EVENT_KPROBE, function ? function : "",
			       GIVEN(options, offset, 0), GIVEN(options, bpf_cookie, 0));
}

RQ_ROUTED struct bpf_link *bpf_program__attach_kprobe(const struct bpf_program *program, bool retprobe,
						      const char *function)
{
	LIBBPF_OPTS(bpf_kprobe_opts, options, .retprobe = retprobe);

	return bpf_program__attach_kprobe_opts(program, function, &options);
}

/* A pattern, or many functions: one link, since nothing distinguishes them here. */
RQ_ROUTED struct bpf_link *bpf_program__attach_kprobe_multi_opts(const struct bpf_program *program, const char *pattern,
								 const struct bpf_kprobe_multi_opts *options)
{
	bool returns = GIVEN(options, retprobe, false);

	return attach_to_event(program, returns ? RQ_EVENT_KRETPROBE : RQ_EVENT_KPROBE, pattern ? pattern : "", 0, 0);
}

RQ_ROUTED struct bpf_link *bpf_program__attach_uprobe_opts(const struct bpf_program *program, pid_t pid, const char *path,
							   size_t offset, const struct bpf_uprobe_opts *options)
{
	bool returns = GIVEN(options, retprobe, false);

	return attach_to_event(program, returns ? RQ_EVENT_URETPROBE : RQ_EVENT_UPROBE, path ? path : "", offset,
			       GIVEN(options, bpf_cookie, 0));
}

RQ_ROUTED struct bpf_link *bpf_program__attach_uprobe(const struct bpf_program *program, bool retprobe, pid_t pid,
						      const char *path, size_t offset)
{
	LIBBPF_OPTS(bpf_uprobe_opts, options, .retprobe = retprobe);

	return bpf_program__attach_uprobe_opts(program, pid, path, offset, &options);
}

RQ_ROUTED struct bpf_link *bpf_program__attach_usdt(const struct bpf_program *program, pid_t pid, const char *path,
						    const char *provider, const char *name,
						    const struct bpf_usdt_opts *options)
{
	return attach_to_event(program, RQ_EVENT_UPROBE, path ? path : "", 0, GIVEN(options, usdt_cookie, 0));
}

RQ_ROUTED struct bpf_link *bpf_program__attach_tracepoint_opts(const struct bpf_program *program, const char *category,
							       const char *name,
							       const struct bpf_tracepoint_opts *options)
{
	char both[128];

	snprintf(both, sizeof(both), "%s:%s", category, name);
	return attach_to_event(program, RQ_EVENT_TRACEPOINT, both, 0, GIVEN(options, bpf_cookie, 0));
}

RQ_ROUTED struct bpf_link *bpf_program__attach_tracepoint(const struct bpf_program *program, const char *category,
							  const char *name)
{
	return bpf_program__attach_tracepoint_opts(program, category, name, NULL);
}

RQ_ROUTED int ioctl(int fd, unsigned long request, ...)
{
	struct rq_machine *machine = rq_machine_current_or_null();
	unsigned long argument;
	int result = -ENOENT;
	va_list list;

	va_start(list, request);
	argument = va_arg(list, unsigned long);
	va_end(list);
	if (machine && rq_route_is_memfd(fd))
		result = rq_event_ioctl(machine, fd, request, argument);
	if (result == -ENOENT)
		return (int)rq_route_result(rq_route_kernel(SYS_ioctl, fd, (long)request, (long)argument, 0, 0, 0));
	return (int)rq_route_result(result);
}
