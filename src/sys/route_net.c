// SPDX-License-Identifier: BSD-2-Clause
/*
 * libbpf attaches XDP programs without a link, and tc programs, through netlink, which would change the host's interfaces. So
 * these calls come here and attach to an interface of the host's by number alone: nothing of the host changes.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stddef.h>

#include "sys/link.h"
#include "sys/route.h"

#define FIRST_PRIORITY 49152 /* what the kernel chooses where none is given: the first of its own */
#define PRIORITY_MAX   65535

/* What of an interface: attach types that no command has. */
enum { ATTACH_XDP = 1000, ATTACH_CLSACT, ATTACH_TC };

/* A field of options whose struct may be that of an older libbpf, or NULL. */
#define HAS(options, field) ((options) && (options)->sz >= offsetof(__typeof__(*(options)), field) + sizeof((options)->field))
#define GIVEN(options, field, otherwise) (HAS(options, field) ? (options)->field : (otherwise))

struct place {
	uint32_t attach_type;
	uint64_t target;           /* the interface; of tc, whether it is the egress too */
	uint64_t filter;           /* handle and priority, of tc */
	struct rq_link *found;     /* with a reference */
};

static int find_place(struct rq_link *link, void *arg)
{
	struct place *place = arg;

	if (link->attach_type != place->attach_type || link->target != place->target ||
	    link->cookie != place->filter || !link->machine_owned)
		return 0;
	rq_object_get(&link->object);
	place->found = link;
	return 1;
}

static struct rq_link *at(struct rq_machine *machine, struct place place)
{
	rq_links_each(machine, find_place, &place);
	return place.found;
}

static struct place xdp_place(int interface)
{
	return (struct place){ .attach_type = ATTACH_XDP, .target = (uint32_t)interface };
}

static struct place hook_place(const struct bpf_tc_hook *hook)
{
	return (struct place){ .attach_type = ATTACH_CLSACT, .target = (uint32_t)hook->ifindex };
}

#define EGRESS (1ull << 32)

static struct place filter_place(const struct bpf_tc_hook *hook, uint32_t handle, uint32_t priority)
{
	return (struct place){ .attach_type = ATTACH_TC,
			       .target = (uint32_t)hook->ifindex | (hook->attach_point == BPF_TC_EGRESS ? EGRESS : 0),
			       .filter = (uint64_t)handle << 32 | priority };
}

static int fail(int error)
{
	errno = -error;
	return error;
}

static int begin(int interface, struct rq_machine **machine)
{
	char name[IF_NAMESIZE];
	int error = rq_machine_current(machine);

	if (error)
		return error;
	return interface > 0 && if_indextoname((unsigned int)interface, name) ? 0 : -ENODEV;
}

/* @prog_fd < 0: a place without a program. */
static int occupy(struct rq_machine *machine, struct place place, int prog_fd, uint32_t prog_type)
{
	struct rq_prog *prog = NULL;
	struct rq_link *link;
	int error = prog_fd < 0 ? 0 : rq_machine_prog(machine, prog_fd, &prog);

	if (!error && prog && prog->type->type != prog_type) {
		rq_object_put(&prog->object);
		error = -EINVAL;
	}
	if (!error)
		error = rq_link_new(machine, prog, RQ_LINK_NONE, &link);
	if (error)
		return error;
	link->attach_type = place.attach_type;
	link->target = place.target;
	link->cookie = place.filter;
	link->machine_owned = true;
	error = rq_link_attach(link);
	if (error)
		rq_object_put(&link->object);
	return error;
}

static void leave(struct rq_link *link)
{
	if (!link)
		return;
	rq_link_end(link);
	rq_object_put(&link->object);
}

/* ---- XDP ---- */

RQ_ROUTED int bpf_xdp_attach(int interface, int prog_fd, __u32 flags, const struct bpf_xdp_attach_opts *options)
{
	struct rq_machine *machine;
	struct rq_link *old;
	int error = begin(interface, &machine), expected = GIVEN(options, old_prog_fd, 0);
	struct rq_prog *prog = NULL;

	if (error)
		return fail(error);
	old = at(machine, xdp_place(interface));
	if (old && (flags & XDP_FLAGS_UPDATE_IF_NOEXIST))
		error = -EBUSY;
	if (!error && expected > 0)
		error = rq_machine_prog(machine, expected, &prog);
	if (!error && prog && (!old || old->prog != prog))
		error = -EEXIST;
	if (!error && prog_fd >= 0)
		error = occupy(machine, xdp_place(interface), prog_fd, BPF_PROG_TYPE_XDP);
	if (!error && old)
		rq_link_end(old);
	rq_object_put(prog ? &prog->object : NULL);
	rq_object_put(old ? &old->object : NULL);
	return error ? fail(error) : 0;
}

RQ_ROUTED int bpf_xdp_detach(int interface, __u32 flags, const struct bpf_xdp_attach_opts *options)
{
	return bpf_xdp_attach(interface, -1, flags, options);
}

RQ_ROUTED int bpf_xdp_query_id(int interface, int flags, __u32 *id)
{
	struct rq_machine *machine;
	struct rq_link *link;
	int error = begin(interface, &machine);

	if (error)
		return fail(error);
	link = at(machine, xdp_place(interface));
	*id = link ? link->prog->object.id : 0;
	rq_object_put(link ? &link->object : NULL);
	return 0;
}

RQ_ROUTED int bpf_xdp_query(int interface, int flags, struct bpf_xdp_query_opts *options)
{
	__u32 id;
	int error = bpf_xdp_query_id(interface, flags, &id);

	if (error)
		return error;
	if (HAS(options, prog_id))
		options->prog_id = id;
	if (HAS(options, skb_prog_id))
		options->drv_prog_id = options->hw_prog_id = options->skb_prog_id = 0;
	if (HAS(options, attach_mode))
		options->attach_mode = id ? XDP_ATTACHED_DRV : XDP_ATTACHED_NONE;
	return 0;
}

/* ---- tc ---- */

static int check_hook(const struct bpf_tc_hook *hook, struct rq_machine **machine)
{
	if (!HAS(hook, attach_point) || (hook->attach_point & ~(BPF_TC_INGRESS | BPF_TC_EGRESS)))
		return -EINVAL; /* BPF_TC_CUSTOM: there are no queueing disciplines */
	return begin(hook->ifindex, machine);
}

RQ_ROUTED int bpf_tc_hook_create(struct bpf_tc_hook *hook)
{
	struct rq_machine *machine;
	struct rq_link *there;
	int error = check_hook(hook, &machine);

	if (error)
		return fail(error);
	there = at(machine, hook_place(hook));
	if (there)
		error = -EEXIST;
	else
		error = occupy(machine, hook_place(hook), -1, 0);
	rq_object_put(there ? &there->object : NULL);
	return error ? fail(error) : 0;
}

struct sweep {
	const struct bpf_tc_hook *hook;
	struct rq_link *found;
};

static int find_filter(struct rq_link *link, void *arg)
{
	struct sweep *sweep = arg;
	enum bpf_tc_attach_point point = link->target & EGRESS ? BPF_TC_EGRESS : BPF_TC_INGRESS;

	if (link->attach_type != ATTACH_TC || (uint32_t)link->target != (uint32_t)sweep->hook->ifindex ||
	    !(sweep->hook->attach_point & point))
		return 0;
	rq_object_get(&link->object);
	sweep->found = link;
	return 1;
}

RQ_ROUTED int bpf_tc_hook_destroy(struct bpf_tc_hook *hook)
{
	struct rq_machine *machine;
	struct rq_link *there;
	struct sweep sweep = { hook, NULL };
	int error = check_hook(hook, &machine);

	if (error)
		return fail(error);
	for (; rq_links_each(machine, find_filter, &sweep); sweep.found = NULL)
		leave(sweep.found);
	/* Of one direction the filters go, of both the hook itself. */
	if (hook->attach_point != (BPF_TC_INGRESS | BPF_TC_EGRESS))
		return 0;
	there = at(machine, hook_place(hook));
	if (!there)
		return fail(-ENOENT);
	leave(there);
	return 0;
}

static int check_filter(const struct bpf_tc_hook *hook, const struct bpf_tc_opts *options, struct rq_machine **machine)
{
	struct rq_link *there;
	int error = check_hook(hook, machine);

	if (error)
		return error;
	if (!HAS(options, priority) || (options->flags & ~BPF_TC_F_REPLACE) || options->priority > PRIORITY_MAX ||
	    (hook->attach_point != BPF_TC_INGRESS && hook->attach_point != BPF_TC_EGRESS))
		return -EINVAL;
	there = at(*machine, hook_place(hook));
	if (!there)
		return -ENOENT; /* no hook */
	rq_object_put(&there->object);
	return 0;
}

RQ_ROUTED int bpf_tc_attach(const struct bpf_tc_hook *hook, struct bpf_tc_opts *options)
{
	struct rq_machine *machine;
	struct rq_link *old;
	uint32_t handle, priority;
	int error = check_filter(hook, options, &machine);

	if (!error && (options->prog_id || !options->prog_fd || (!options->handle && (options->flags & BPF_TC_F_REPLACE))))
		error = -EINVAL;
	if (error)
		return fail(error);
	priority = options->priority ? options->priority : FIRST_PRIORITY;
	handle = options->handle ? options->handle : 1;
	/* Where nothing is asked for, the next that is free. */
	while ((old = at(machine, filter_place(hook, handle, priority))) && !options->handle) {
		rq_object_put(&old->object);
		handle++;
	}
	if (old && !(options->flags & BPF_TC_F_REPLACE))
		error = -EEXIST;
	if (!error)
		error = occupy(machine, filter_place(hook, handle, priority), options->prog_fd, BPF_PROG_TYPE_SCHED_CLS);
	if (!error && old)
		rq_link_end(old);
	rq_object_put(old ? &old->object : NULL);
	if (error)
		return fail(error);
	old = at(machine, filter_place(hook, handle, priority));
	options->handle = handle;
	options->priority = priority;
	options->prog_id = old ? old->prog->object.id : 0;
	rq_object_put(old ? &old->object : NULL);
	return 0;
}

/* The filter that @options name; with a reference. */
static int find_named(const struct bpf_tc_hook *hook, const struct bpf_tc_opts *options, struct rq_link **link)
{
	struct rq_machine *machine;
	int error = check_filter(hook, options, &machine);

	if (!error && (options->flags || options->prog_fd || options->prog_id || !options->handle || !options->priority))
		error = -EINVAL;
	if (error)
		return error;
	*link = at(machine, filter_place(hook, options->handle, options->priority));
	return *link ? 0 : -ENOENT;
}

RQ_ROUTED int bpf_tc_detach(const struct bpf_tc_hook *hook, const struct bpf_tc_opts *options)
{
	struct rq_link *link;
	int error = find_named(hook, options, &link);

	if (error)
		return fail(error);
	leave(link);
	return 0;
}

RQ_ROUTED int bpf_tc_query(const struct bpf_tc_hook *hook, struct bpf_tc_opts *options)
{
	struct rq_link *link;
	int error = find_named(hook, options, &link);

	if (error)
		return fail(error);
	options->prog_id = link->prog->object.id;
	rq_object_put(&link->object);
	return 0;
}
