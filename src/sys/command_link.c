// SPDX-License-Identifier: BSD-2-Clause
/* Attaching programs: links, and the older commands that attach without one. */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "sys/attach.h"
#include "sys/command.h"
#include "sys/event.h"

#define ATTACH_STRUCT_OPS 44 /* BPF_STRUCT_OPS */
#define XDP_MODES	  (7u << 1)
#define NETFILTER_IPV4	  2
#define NETFILTER_IPV6	  10

static bool is_namespace(int fd, uint64_t *inode)
{
	char path[64], target[64] = "";
	unsigned long long number;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, target, sizeof(target) - 1) < 0 || sscanf(target, "net:[%llu]", &number) != 1)
		return false;
	*inode = number;
	return true;
}

static int find_interface(const struct rq_attach_rule *rule, int number)
{
	char name[IF_NAMESIZE];

	if (number > 0 && if_indextoname((unsigned int)number, name))
		return 0;
	return rule->link_type == RQ_LINK_XDP ? -EINVAL : -ENODEV;
}

/* What @fd (or interface number) names, as a number; and as an object where it is one of ours, with a reference. */
static int find_target(struct rq_machine *machine, const struct rq_attach_rule *rule, int fd, uint64_t *number,
		       struct rq_object **object)
{
	struct stat status;
	int error;

	*object = NULL;
	*number = 0;
	switch (rule->target) {
	case RQ_TARGET_CGROUP:
		/* Where no cgroup file system is mounted, any folder may stand for one. */
		if (fstat(fd, &status) || !S_ISDIR(status.st_mode))
			return -EBADF;
		*number = status.st_ino;
		return 0;
	case RQ_TARGET_NETNS:
		if (fstat(fd, &status))
			return -EBADF;
		return is_namespace(fd, number) ? 0 : -EINVAL;
	case RQ_TARGET_INTERFACE:
		*number = (uint32_t)fd;
		return find_interface(rule, fd);
	case RQ_TARGET_EVENT:
		return rq_event_lookup(machine, fd, (struct rq_event **)object);
	case RQ_TARGET_MAP:
		error = rq_registry_lookup(&machine->registry, fd, RQ_OBJECT_MAP, object);
		if (!error)
			*number = (*object)->id;
		return error;
	default:
		return 0;
	}
}

/* ---- Links ---- */

static int check_link_flags(const struct rq_call *call, const struct rq_attach_rule *rule, const struct rq_prog *prog)
{
	const union rq_attr *attr = &call->attr;
	uint32_t flags = attr->bpf.link_create.flags;

	if (flags && !(rule->link_type == RQ_LINK_XDP && !(flags & ~XDP_MODES)))
		return -EINVAL;
	if (rule->link_type == RQ_LINK_NETFILTER) {
		if (attr->netfilter_link.pf != NETFILTER_IPV4 && attr->netfilter_link.pf != NETFILTER_IPV6)
			return -EAFNOSUPPORT;
		return attr->netfilter_link.flags & ~1u ? -EOPNOTSUPP : 0;
	}
	if (rule->target == RQ_TARGET_FUNCTION && !prog->attach_btf_id)
		return -EINVAL;
	return 0;
}

static uint64_t cookie_of(const union rq_attr *attr, const struct rq_attach_rule *rule)
{
	switch (rule->link_type) {
	case RQ_LINK_PERF_EVENT:
		return attr->bpf.link_create.perf_event.bpf_cookie;
	case RQ_LINK_TRACING:
		return attr->bpf.link_create.tracing.cookie;
	default:
		return 0;
	}
}

/* Attach, and make a descriptor; takes the caller's reference, also on failure. */
static int start(struct rq_call *call, struct rq_link *link)
{
	int error = rq_link_attach(link);

	if (error) {
		rq_object_put(&link->object);
		return error;
	}
	return rq_publish(call->machine, &link->object, -1);
}

static int link_struct_ops(struct rq_call *call)
{
	struct rq_link *link;
	struct rq_map *map;
	int error = rq_machine_map(call->machine, call->attr.bpf.link_create.prog_fd, &map);

	if (error)
		return error;
	error = rq_map_may_be_linked(map) ? 0 : -EINVAL;
	if (!error)
		error = rq_link_new(call->machine, NULL, RQ_LINK_STRUCT_OPS, &link);
	if (error) {
		rq_object_put(&map->object);
		return error;
	}
	link->attach_type = ATTACH_STRUCT_OPS;
	link->holds = &map->object;
	link->target = map->object.id;
	return start(call, link);
}

int rq_link_create_command(struct rq_call *call)
{
	const union bpf_attr *attr = &call->attr.bpf;
	uint32_t attach_type = attr->link_create.attach_type;
	const struct rq_attach_rule *rule;
	struct rq_object *object = NULL;
	struct rq_link *link;
	struct rq_prog *prog;
	uint64_t number;
	int error;

	if (attach_type == ATTACH_STRUCT_OPS)
		return link_struct_ops(call);
	error = rq_machine_prog(call->machine, attr->link_create.prog_fd, &prog);
	if (error)
		return error;
	rule = rq_attach_rule(prog, attach_type);
	error = rule && rule->by_link ? check_link_flags(call, rule, prog) : -EINVAL;
	if (!error)
		error = find_target(call->machine, rule, attr->link_create.target_fd, &number, &object);
	if (error) {
		rq_object_put(&prog->object);
		return error;
	}
	error = rq_link_new(call->machine, prog, rule->link_type, &link);
	if (error) {
		rq_object_put(object);
		return error;
	}
	link->attach_type = attach_type;
	link->attach_flags = attr->link_create.flags;
	link->target = number;
	link->cookie = cookie_of(&call->attr, rule);
	link->holds = object;
	if (rule->target == RQ_TARGET_EVENT && object)
		link->cpu = ((struct rq_event *)object)->cpu;
	if (rule->link_type == RQ_LINK_RAW_TRACEPOINT)
		snprintf(link->name, sizeof(link->name), "%s", rq_btf_name(prog->attach_btf, prog->attach_btf_id));
	return start(call, link);
}

static int get_link(struct rq_call *call, int fd, struct rq_link **link)
{
	return rq_registry_lookup(&call->machine->registry, fd, RQ_OBJECT_LINK, (struct rq_object **)link);
}

int rq_link_update_command(struct rq_call *call)
{
	const union bpf_attr *attr = &call->attr.bpf;
	struct rq_prog *prog = NULL, *old = NULL;
	struct rq_link *link;
	int error;

	if (attr->link_update.flags & ~(uint32_t)BPF_F_REPLACE)
		return -EINVAL;
	error = get_link(call, attr->link_update.link_fd, &link);
	if (error)
		return error;
	error = rq_attach_changes(link->type, true) ? 0 : -EINVAL;
	if (!error)
		error = rq_machine_prog(call->machine, attr->link_update.new_prog_fd, &prog);
	if (!error && (attr->link_update.flags & BPF_F_REPLACE))
		error = rq_machine_prog(call->machine, attr->link_update.old_prog_fd, &old);
	else if (!error && attr->link_update.old_prog_fd)
		error = -EINVAL;
	if (!error)
		error = rq_link_update(link, prog, old);
	rq_object_put(prog ? &prog->object : NULL);
	rq_object_put(old ? &old->object : NULL);
	rq_object_put(&link->object);
	return error;
}

int rq_link_detach_command(struct rq_call *call)
{
	struct rq_link *link;
	int error = get_link(call, call->attr.bpf.link_detach.link_fd, &link);

	if (error)
		return error;
	if (rq_attach_changes(link->type, false) || link->type == RQ_LINK_STRUCT_OPS)
		rq_link_detach(link);
	else
		error = -EOPNOTSUPP;
	rq_object_put(&link->object);
	return error;
}

/* Iterators print what a kernel has; there is nothing of it here to go through. */
int rq_iter_create_command(struct rq_call *call)
{
	struct rq_link *link;
	int error;

	if (call->attr.bpf.iter_create.flags)
		return -EINVAL;
	error = get_link(call, call->attr.bpf.iter_create.link_fd, &link);
	if (error)
		return error;
	error = link->type == RQ_LINK_ITER ? -EOPNOTSUPP : -EINVAL;
	rq_object_put(&link->object);
	return error;
}

/* ---- Raw tracepoints ---- */

/* With a kernel's own BTF it is known which tracepoints there are; without, every name that could be one. */
static int check_tracepoint(const struct rq_btf *kernel, const char *name)
{
	char type[160];

	if (!*name)
		return -ENOENT;
	for (const char *c = name; *c; c++)
		if (!(*c == '_' || (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z')))
			return -ENOENT;
	if (btf__find_by_name_kind(kernel->types, "rqspin_kernel_types", BTF_KIND_STRUCT) > 0)
		return 0;
	snprintf(type, sizeof(type), "btf_trace_%s", name);
	return btf__find_by_name_kind(kernel->types, type, BTF_KIND_TYPEDEF) > 0 ? 0 : -ENOENT;
}

static int open_tracepoint(struct rq_call *call, struct rq_prog *prog)
{
	char name[128];
	struct rq_link *link;
	int error = rq_user_string(call->attr.bpf.raw_tracepoint.name, name, sizeof(name));

	error = error < 0 ? -EFAULT : check_tracepoint(call->machine->kernel_btf, name);
	if (error) {
		rq_object_put(&prog->object);
		return error;
	}
	error = rq_link_new(call->machine, prog, RQ_LINK_RAW_TRACEPOINT, &link);
	if (error)
		return error;
	link->cookie = call->attr.raw_tracepoint.cookie;
	memcpy(link->name, name, sizeof(name));
	return start(call, link);
}

/* Programs that are attached to what they were loaded for. */
static int open_traced(struct rq_call *call, struct rq_prog *prog)
{
	const struct rq_attach_rule *rule = rq_attach_rule(prog, prog->expected_attach_type);
	struct rq_link *link;
	int error;

	if (call->attr.bpf.raw_tracepoint.name || !rule || rule->target != RQ_TARGET_FUNCTION ||
	    rule->link_type == RQ_LINK_ITER || !prog->attach_btf_id) {
		rq_object_put(&prog->object);
		return -EINVAL;
	}
	error = rq_link_new(call->machine, prog, rule->link_type, &link);
	if (error)
		return error;
	link->attach_type = prog->expected_attach_type;
	link->cookie = call->attr.raw_tracepoint.cookie;
	snprintf(link->name, sizeof(link->name), "%s", rq_btf_name(prog->attach_btf, prog->attach_btf_id));
	return start(call, link);
}

int rq_raw_tracepoint_open_command(struct rq_call *call)
{
	struct rq_prog *prog;
	int error = rq_machine_prog(call->machine, call->attr.bpf.raw_tracepoint.prog_fd, &prog);

	if (error)
		return error;
	switch (prog->type->type) {
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
		return open_tracepoint(call, prog);
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_LSM:
		return open_traced(call, prog);
	default:
		rq_object_put(&prog->object);
		return -EINVAL;
	}
}

/* ---- Attachments without a link: they last until they are detached, or the machine ends ---- */

struct attachment {
	const struct rq_attach_rule *rule;
	uint32_t attach_type;
	uint64_t target;
	const struct rq_prog *prog; /* NULL: whichever */
	struct rq_link *found;      /* with a reference */
	uint32_t count, flags;      /* of what is there */
};

static bool is_at(const struct rq_link *link, const struct attachment *at)
{
	return link->type == at->rule->link_type && link->attach_type == at->attach_type && link->target == at->target;
}

static int count_those(struct rq_link *link, void *arg)
{
	struct attachment *at = arg;

	if (!is_at(link, at))
		return 0;
	at->count++;
	at->flags = link->attach_flags;
	if (link->machine_owned && !at->found && (!at->prog || link->prog == at->prog)) {
		at->found = link;
		rq_object_get(&link->object);
	}
	return 0;
}

#define ATTACH_MODES (BPF_F_ALLOW_OVERRIDE | BPF_F_ALLOW_MULTI)

static int check_attach_flags(const struct rq_attach_rule *rule, uint32_t flags)
{
	uint32_t known = rule->target == RQ_TARGET_CGROUP ? ATTACH_MODES | BPF_F_REPLACE : 0;

	if (flags & ~known || (flags & ATTACH_MODES) == ATTACH_MODES ||
	    ((flags & BPF_F_REPLACE) && !(flags & BPF_F_ALLOW_MULTI)))
		return -EINVAL;
	return 0;
}

/* May @prog be attached beside what is there? *replaced: what it takes the place of, with a reference, or NULL. */
static int make_room(struct rq_call *call, struct attachment *at, uint32_t flags, struct rq_prog *prog,
		     struct rq_link **replaced)
{
	struct rq_prog *old;
	int error;

	at->prog = flags & BPF_F_ALLOW_MULTI ? prog : NULL;
	rq_links_each(call->machine, count_those, at);
	*replaced = at->found;
	if (!at->count)
		return flags & BPF_F_REPLACE ? -ENOENT : 0;
	if ((at->flags & ATTACH_MODES) != (flags & ATTACH_MODES))
		return -EPERM;
	if (!(flags & BPF_F_ALLOW_MULTI))
		return 0;
	if (at->found)
		return -EINVAL; /* twice the same */
	if (!(flags & BPF_F_REPLACE))
		return 0;
	error = rq_machine_prog(call->machine, call->attr.bpf.replace_bpf_fd, &old);
	if (error)
		return error;
	at->prog = old;
	at->count = 0;
	rq_links_each(call->machine, count_those, at);
	rq_object_put(&old->object);
	*replaced = at->found;
	return at->found ? 0 : -ENOENT;
}

static int attach(struct rq_call *call, const struct rq_attach_rule *rule, struct rq_prog *prog)
{
	const union bpf_attr *attr = &call->attr.bpf;
	struct attachment at = { .rule = rule, .attach_type = attr->attach_type };
	struct rq_link *link, *replaced = NULL;
	struct rq_object *object;
	int error = find_target(call->machine, rule, attr->target_fd, &at.target, &object);

	if (error)
		return error;
	error = make_room(call, &at, attr->attach_flags, prog, &replaced);
	if (error)
		goto put_object;
	rq_object_get(&prog->object);
	error = rq_link_new(call->machine, prog, rule->link_type, &link);
	if (error)
		goto put_object;
	link->attach_type = attr->attach_type;
	link->attach_flags = attr->attach_flags & ~(uint32_t)BPF_F_REPLACE;
	link->target = at.target;
	link->holds = object;
	link->machine_owned = true;
	object = NULL;
	error = rq_link_attach(link);
	if (error)
		rq_object_put(&link->object);
	else if (replaced)
		rq_link_end(replaced);
put_object:
	rq_object_put(replaced ? &replaced->object : NULL);
	rq_object_put(object);
	return error;
}

int rq_prog_attach_command(struct rq_call *call)
{
	const union bpf_attr *attr = &call->attr.bpf;
	const struct rq_attach_rule *rule = rq_attach_rule_of_type(attr->attach_type);
	struct rq_prog *prog;
	int error;

	if (!rule || !rule->by_attach)
		return -EINVAL;
	error = check_attach_flags(rule, attr->attach_flags);
	if (error)
		return error;
	error = rq_machine_prog(call->machine, attr->attach_bpf_fd, &prog);
	if (error)
		return error;
	rule = rq_attach_rule(prog, attr->attach_type);
	error = rule && rule->by_attach ? attach(call, rule, prog) : -EINVAL;
	rq_object_put(&prog->object);
	return error;
}

/* The program that is to be detached; none is allowed. */
static int take_detached(struct rq_call *call, const struct rq_attach_rule *rule, struct rq_prog **prog)
{
	int error;

	if (!call->attr.bpf.attach_bpf_fd)
		return 0;
	error = rq_machine_prog(call->machine, call->attr.bpf.attach_bpf_fd, prog);
	if (!error && rule->target == RQ_TARGET_INTERFACE && (*prog)->type->type != rule->prog_type)
		error = -EINVAL;
	return error;
}

int rq_prog_detach_command(struct rq_call *call)
{
	const union bpf_attr *attr = &call->attr.bpf;
	struct attachment at = { .rule = rq_attach_rule_of_type(attr->attach_type), .attach_type = attr->attach_type };
	struct rq_object *object = NULL;
	struct rq_prog *prog = NULL;
	int error = 0;

	if (!at.rule || !at.rule->by_attach || attr->attach_flags || call->attr.prog_attach.relative_fd)
		return -EINVAL;
	/* Of interfaces the program is looked at first, of all else where it is. */
	if (at.rule->target == RQ_TARGET_INTERFACE)
		error = take_detached(call, at.rule, &prog);
	if (!error)
		error = find_target(call->machine, at.rule, attr->target_fd, &at.target, &object);
	if (!error && !prog)
		error = take_detached(call, at.rule, &prog);
	at.prog = prog;
	if (!error)
		rq_links_each(call->machine, count_those, &at);
	if (!error && !at.found)
		error = -ENOENT;
	if (!error)
		rq_link_end(at.found);
	rq_object_put(at.found ? &at.found->object : NULL);
	rq_object_put(prog ? &prog->object : NULL);
	rq_object_put(object);
	return error;
}

struct query {
	struct attachment at;
	uint64_t ids; /* of the caller */
	uint32_t room, count;
	int error;
};

static int tell_id(struct rq_link *link, void *arg)
{
	struct query *query = arg;

	if (!is_at(link, &query->at))
		return 0;
	query->at.flags = link->attach_flags;
	if (query->count < query->room)
		query->error = rq_user_write(query->ids + query->count * sizeof(uint32_t), &link->prog->object.id,
					     sizeof(uint32_t));
	query->count++;
	return query->error;
}

int rq_prog_query_command(struct rq_call *call)
{
	const union bpf_attr *attr = &call->attr.bpf;
	struct query query = { .at = { .attach_type = attr->query.attach_type },
			       .ids = attr->query.prog_ids,
			       .room = attr->query.prog_ids ? attr->query.prog_cnt : 0 };
	struct rq_object *object;
	int error;

	if (attr->query.query_flags & ~(uint32_t)BPF_F_QUERY_EFFECTIVE)
		return -EINVAL;
	query.at.rule = rq_attach_rule_of_type(attr->query.attach_type);
	if (!query.at.rule || !(query.at.rule->by_attach || query.at.rule->target == RQ_TARGET_NETNS))
		return -EINVAL;
	error = find_target(call->machine, query.at.rule, attr->query.target_fd, &query.at.target, &object);
	if (error)
		return error;
	rq_links_each(call->machine, tell_id, &query);
	rq_object_put(object);
	if (query.error)
		return query.error;
	rq_call_write(call, offsetof(union bpf_attr, query.attach_flags), &query.at.flags, sizeof(query.at.flags));
	rq_call_write(call, offsetof(union bpf_attr, query.prog_cnt), &query.count, sizeof(query.count));
	return query.ids && query.room < query.count ? -ENOSPC : 0;
}
