// SPDX-License-Identifier: BSD-2-Clause
#include "sys/event.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "sys/command.h"

static void release(struct rq_object *object)
{
	struct rq_event *event = (struct rq_event *)object;

	rq_object_put(event->link ? &event->link->object : NULL);
	rq_free(event);
}

static int publish(struct rq_machine *machine, struct rq_event *event)
{
	int fd = rq_registry_open(&machine->registry, &event->object, -1);

	rq_object_put(&event->object);
	return fd;
}

static struct rq_event *new_event(enum rq_event_kind kind, const char *name, uint64_t offset)
{
	struct rq_event *event = rq_alloc(1, sizeof(*event));

	if (!event)
		return NULL;
	rq_object_init(&event->object, RQ_OBJECT_EVENT, release);
	event->kind = kind;
	event->cpu = RQ_ALL_CPUS;
	event->offset = offset;
	snprintf(event->name, sizeof(event->name), "%s", name);
	return event;
}

int rq_event_open(struct rq_machine *machine, enum rq_event_kind kind, const char *name, uint64_t offset)
{
	struct rq_event *event = new_event(kind, name, offset);

	return event ? publish(machine, event) : -ENOMEM;
}

int rq_event_open_perf(struct rq_machine *machine, const struct perf_event_attr *attr, int pid, int cpu)
{
	bool probe = attr->type == PERF_TYPE_TRACEPOINT || attr->type >= PERF_TYPE_MAX;
	bool samples = attr->sample_period && pid == -1; /* in all processes; counting is the kernel's */
	struct rq_event *event;

	if (!probe && !samples)
		return -ENOENT;
	if (cpu >= (int)machine->cpus)
		return -ENODEV;
	event = new_event(probe ? RQ_EVENT_TRACEPOINT : RQ_EVENT_SAMPLES, "", 0);
	if (!event)
		return -ENOMEM;
	event->type = attr->type;
	event->config = attr->config;
	/* A probe is where its function runs; the one CPU that a loader names for it is a matter of form. */
	if (!probe && cpu >= 0)
		event->cpu = (uint32_t)cpu;
	return publish(machine, event);
}

static bool is_perf_event(int fd)
{
	static const char anonymous[] = "anon_inode:[perf_event]";
	char path[64], target[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	length = readlink(path, target, sizeof(target));
	return length == sizeof(anonymous) - 1 && !memcmp(target, anonymous, sizeof(anonymous) - 1);
}

int rq_event_lookup(struct rq_machine *machine, int fd, struct rq_event **event)
{
	struct rq_object *object;

	*event = NULL;
	if (!rq_registry_lookup(&machine->registry, fd, RQ_OBJECT_EVENT, &object)) {
		*event = (struct rq_event *)object;
		return 0;
	}
	return is_perf_event(fd) ? 0 : -EBADF;
}

/* As older loaders attach: the program stays as long as the event. */
static int set_program(struct rq_machine *machine, struct rq_event *event, int prog_fd)
{
	struct rq_link *link, *old;
	struct rq_prog *prog;
	int error = rq_machine_prog(machine, prog_fd, &prog);

	if (error)
		return error;
	error = rq_link_new(machine, prog, RQ_LINK_PERF_EVENT, &link);
	if (error)
		return error;
	link->cpu = event->cpu;
	error = rq_link_attach(link);
	pthread_mutex_lock(&machine->link_mutex);
	old = event->link;
	if (!error && old)
		error = -EEXIST;
	if (!error)
		event->link = link;
	pthread_mutex_unlock(&machine->link_mutex);
	if (error)
		rq_object_put(&link->object);
	return error;
}

int rq_event_ioctl(struct rq_machine *machine, int fd, unsigned long request, unsigned long argument)
{
	struct rq_object *object;
	int error = 0;

	if (rq_registry_lookup(&machine->registry, fd, RQ_OBJECT_EVENT, &object))
		return -ENOENT;
	if (request == PERF_EVENT_IOC_SET_BPF)
		error = set_program(machine, (struct rq_event *)object, (int)argument);
	else if (request != PERF_EVENT_IOC_ENABLE && request != PERF_EVENT_IOC_DISABLE)
		error = -ENOTTY;
	rq_object_put(object);
	return error;
}

int rq_event_info(const struct rq_event *event, const struct rq_link_info *given, struct rq_link_info *info)
{
	info->perf_event.type = event->kind;
	info->perf_event.offset = (uint32_t)event->offset;
	if (event->kind == RQ_EVENT_SAMPLES) {
		info->perf_event.name = event->config;
		info->perf_event.name_len = event->type;
		return 0;
	}
	info->perf_event.name = given->perf_event.name;
	info->perf_event.name_len = given->perf_event.name_len;
	return rq_give_name(given->perf_event.name, &info->perf_event.name_len, event->name);
}
