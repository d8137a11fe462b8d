// SPDX-License-Identifier: BSD-2-Clause
#include "sys/link.h"

#include <errno.h>
#include <string.h>

#include "base/memory.h"
#include "sys/command.h"
#include "sys/event.h"
#include "sys/machine_cpus.h"
#include "sys/pin.h"

static const enum rq_machine_interrupt interrupts[RQ_ROLES] = {
	[RQ_ROLE_PREEMPT] = RQ_MACHINE_PREEMPT,
	[RQ_ROLE_SOFTIRQ] = RQ_MACHINE_SOFTIRQ,
	[RQ_ROLE_IRQ] = RQ_MACHINE_IRQ,
	[RQ_ROLE_NMI] = RQ_MACHINE_NMI,
};

static void release(struct rq_object *object)
{
	struct rq_link *link = (struct rq_link *)object;

	rq_link_detach(link);
	rq_object_put(link->prog ? &link->prog->object : NULL);
	rq_object_put(link->holds);
	rq_free(link);
}

int rq_link_new(struct rq_machine *machine, struct rq_prog *prog, enum rq_link_type type, struct rq_link **result)
{
	struct rq_link *link = rq_alloc(1, sizeof(*link));

	if (!link) {
		rq_object_put(prog ? &prog->object : NULL);
		return -ENOMEM;
	}
	rq_object_init(&link->object, RQ_OBJECT_LINK, release);
	link->machine = machine;
	link->prog = prog;
	link->type = type;
	link->cpu = RQ_ALL_CPUS;
	*result = link;
	return 0;
}

/* Tasks need nothing: who runs tasks goes through the list. */
static int run_in_role(struct rq_link *link, struct rq_prog *prog)
{
	enum rq_role role = prog->type->default_role;

	if (!prog->code)
		return -EOPNOTSUPP;
	if (role == RQ_ROLE_TASK)
		return 0;
	return rq_machine_attach_prog(link->machine, link->cpu, interrupts[role], prog, link);
}

int rq_link_attach(struct rq_link *link)
{
	struct rq_machine *machine = link->machine;
	int error = link->prog ? run_in_role(link, link->prog) : 0;

	if (error)
		return error;
	pthread_mutex_lock(&machine->link_mutex);
	link->attached = true;
	link->next = machine->links;
	machine->links = link;
	pthread_mutex_unlock(&machine->link_mutex);
	return 0;
}

void rq_link_detach(struct rq_link *link)
{
	struct rq_machine *machine = link->machine;

	pthread_mutex_lock(&machine->link_mutex);
	for (struct rq_link **at = &machine->links; *at; at = &(*at)->next)
		if (*at == link) {
			*at = link->next;
			break;
		}
	link->attached = false;
	if (link->prog && link->prog->type->default_role != RQ_ROLE_TASK)
		rq_machine_detach_prog(machine, link, link->prog);
	pthread_mutex_unlock(&machine->link_mutex);
}

void rq_link_end(struct rq_link *link)
{
	bool owned;

	rq_link_detach(link);
	pthread_mutex_lock(&link->machine->link_mutex);
	owned = link->machine_owned;
	link->machine_owned = false;
	pthread_mutex_unlock(&link->machine->link_mutex);
	if (owned)
		rq_object_put(&link->object);
}

int rq_link_update(struct rq_link *link, struct rq_prog *prog, const struct rq_prog *expected)
{
	struct rq_machine *machine = link->machine;
	struct rq_prog *old = NULL;
	int error = 0;

	pthread_mutex_lock(&machine->link_mutex);
	if (!link->attached)
		error = -ENOLINK;
	else if (expected && link->prog != expected)
		error = -EPERM;
	else if (prog->type != link->prog->type || prog->expected_attach_type != link->prog->expected_attach_type)
		error = -EINVAL;
	else if (prog != link->prog)
		error = run_in_role(link, prog);
	if (!error && prog != link->prog) {
		old = link->prog;
		rq_machine_detach_prog(machine, link, old);
		rq_object_get(&prog->object);
		link->prog = prog;
	}
	pthread_mutex_unlock(&machine->link_mutex);
	rq_object_put(old ? &old->object : NULL);
	return error;
}

void rq_links_destroy(struct rq_machine *machine)
{
	struct rq_link *link = machine->links;

	rq_pins_destroy(machine);
	while (link) {
		struct rq_link *next = link->next;

		if (link->machine_owned)
			rq_object_put(&link->object);
		link = next;
	}
}

int rq_links_each(struct rq_machine *machine, int (*visit)(struct rq_link *link, void *arg), void *arg)
{
	int result = 0;

	pthread_mutex_lock(&machine->link_mutex);
	for (struct rq_link *link = machine->links; link && !result; link = link->next)
		result = visit(link, arg);
	pthread_mutex_unlock(&machine->link_mutex);
	return result;
}

int rq_link_info(struct rq_link *link, struct rq_link_info *info)
{
	struct rq_link_info given = *info;
	uint32_t target;

	memset(info, 0, sizeof(*info));
	info->type = link->type;
	info->id = link->object.id;
	pthread_mutex_lock(&link->machine->link_mutex);
	info->prog_id = link->prog ? link->prog->object.id : 0;
	/* A detached link tells of nothing that it is attached to. */
	target = link->attached ? (uint32_t)link->target : 0;
	pthread_mutex_unlock(&link->machine->link_mutex);
	switch (link->type) {
	case RQ_LINK_RAW_TRACEPOINT:
		info->raw_tracepoint.name = given.raw_tracepoint.name;
		info->raw_tracepoint.name_len = given.raw_tracepoint.name_len;
		info->raw_tracepoint.cookie = link->cookie;
		return rq_give_name(given.raw_tracepoint.name, &info->raw_tracepoint.name_len, link->name);
	case RQ_LINK_TRACING:
		info->tracing.attach_type = link->attach_type;
		info->tracing.target_obj_id = link->prog->attach_btf ? link->prog->attach_btf->object.id : 0;
		info->tracing.target_btf_id = link->prog->attach_btf_id;
		info->tracing.cookie = link->cookie;
		return 0;
	case RQ_LINK_CGROUP:
		info->cgroup.id = link->attached ? link->target : 0;
		info->cgroup.attach_type = link->attach_type;
		return 0;
	case RQ_LINK_PERF_EVENT:
		info->perf_event.cookie = link->cookie;
		return link->holds ? rq_event_info((struct rq_event *)link->holds, &given, info) : 0;
	case RQ_LINK_NETNS:
	case RQ_LINK_TCX:
	case RQ_LINK_NETKIT:
	case RQ_LINK_SOCKMAP:
		info->pair.attach_type = link->attach_type;
		info->pair.target = target;
		return 0;
	case RQ_LINK_XDP:
	case RQ_LINK_STRUCT_OPS:
		info->pair.target = target;
		return 0;
	default:
		return 0;
	}
}
