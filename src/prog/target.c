/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs whose arguments have the kernel's types: what they are attached to, which prototype that gives them, and which
 * hooks of the kernel have rules of their own.
 */
#include "prog/hooks.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define TRACEPOINT_PREFIX "btf_trace_"
#define ERRNO_MAX	  4095

/* Hooks that answer yes or no; all others give 0 or a negative errno. */
static const char *const yes_or_no_hooks[] = { "bpf_lsm_audit_rule_known", "bpf_lsm_inode_xattr_skipcap" };

static const struct btf_type *type_at(const struct rq_btf *btf, uint32_t id)
{
	return id && id <= btf->type_count ? btf__type_by_id(btf->types, id) : NULL;
}

static const struct btf_type *pointed_prototype(const struct rq_btf *btf, uint32_t id)
{
	const struct btf_type *type = type_at(btf, rq_btf_skip_modifiers(btf, id));

	if (type && btf_is_ptr(type))
		type = type_at(btf, rq_btf_skip_modifiers(btf, type->type));
	return type && btf_is_func_proto(type) ? type : NULL;
}

bool rq_prog_target(const struct rq_prog *prog, struct rq_prog_target *target)
{
	const struct rq_btf *btf = prog->attach_btf;
	const struct btf_type *type = btf ? type_at(btf, prog->attach_btf_id) : NULL;

	*target = (struct rq_prog_target){ .name = "" };
	if (!type || !prog->type->raw_args)
		return false;
	target->name = rq_btf_name(btf, prog->attach_btf_id);
	if (prog->type->type == BPF_PROG_TYPE_STRUCT_OPS) {
		const struct btf_member *member = btf_members(type) + prog->expected_attach_type;

		if (!btf_is_struct(type) || prog->expected_attach_type >= btf_vlen(type))
			return false;
		target->name = btf__name_by_offset(btf->types, member->name_off);
		target->prototype = pointed_prototype(btf, member->type);
	} else if (btf_is_typedef(type)) {
		/* A tracepoint's first argument is its own. */
		target->first = 1;
		target->prototype = pointed_prototype(btf, type->type);
		if (!strncmp(target->name, TRACEPOINT_PREFIX, strlen(TRACEPOINT_PREFIX)))
			target->name += strlen(TRACEPOINT_PREFIX);
	} else if (btf_is_func(type)) {
		type = type_at(btf, type->type);
		target->prototype = type && btf_is_func_proto(type) ? type : NULL;
	}
	return target->prototype;
}

/* A function's result is one more argument of what runs after it. */
static bool sees_result(const struct rq_prog *prog)
{
	return prog->type->type == BPF_PROG_TYPE_LSM || prog->expected_attach_type == BPF_TRACE_FEXIT ||
	       prog->expected_attach_type == BPF_MODIFY_RETURN;
}

int rq_prog_argument(const struct rq_prog *prog, const struct rq_prog_target *target, uint32_t place, uint32_t *type_id)
{
	uint32_t at = 0;

	for (uint32_t i = target->first; i < btf_vlen(target->prototype); i++) {
		int64_t size = rq_btf_size_of(prog->attach_btf, btf_params(target->prototype)[i].type);

		*type_id = btf_params(target->prototype)[i].type;
		at += size > 8 ? (uint32_t)(size + 7) / 8 : 1;
		if (place < at)
			return (int)i;
	}
	if (place != at || !sees_result(prog))
		return -ENOENT;
	*type_id = target->prototype->type;
	return (int)btf_vlen(target->prototype);
}

/* Some tables of functions pass an object that is more than its prototype says. */
static uint32_t true_object(const struct rq_prog *prog, uint32_t object)
{
	const struct rq_btf *btf = prog->attach_btf;
	const struct rq_ops_table *table = rq_ops_table(rq_btf_name(btf, prog->attach_btf_id));
	int32_t id;

	if (!table || !table->from || strcmp(rq_btf_name(btf, object), table->from))
		return object;
	id = rq_btf_find(btf, table->to, BTF_KIND_STRUCT);
	return id > 0 ? (uint32_t)id : object;
}

uint32_t rq_prog_object(const struct rq_prog *prog, uint32_t type_id)
{
	const struct rq_btf *btf = prog->attach_btf;
	const struct btf_type *type = type_at(btf, rq_btf_skip_modifiers(btf, type_id));
	uint32_t target;

	if (!type || !btf_is_ptr(type))
		return 0;
	target = rq_btf_skip_modifiers(btf, type->type);
	type = type_at(btf, target);
	if (!type || !btf_is_composite(type))
		return 0;
	return prog->type->type == BPF_PROG_TYPE_STRUCT_OPS ? true_object(prog, target) : target;
}

static bool gives_nothing(const struct rq_prog *prog, const struct rq_prog_target *target)
{
	return !type_at(prog->attach_btf, rq_btf_skip_modifiers(prog->attach_btf, target->prototype->type));
}

static bool is_listed(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(name, list[i]))
			return true;
	return false;
}

static bool answers_yes_or_no(const char *hook)
{
	return is_listed(hook, yes_or_no_hooks, sizeof(yes_or_no_hooks) / sizeof(yes_or_no_hooks[0]));
}

static bool of_attach_type(const struct rq_return_range *range, uint32_t attach_type)
{
	return attach_type < 64 && (range->attach_types >> attach_type & 1);
}

bool rq_prog_returns_nothing(const struct rq_prog *prog)
{
	struct rq_prog_target target;

	return rq_prog_target(prog, &target) && gives_nothing(prog, &target);
}

void rq_prog_hook_range(const char *hook, int64_t *min, int64_t *max)
{
	*min = answers_yes_or_no(hook) ? 0 : -ERRNO_MAX;
	*max = answers_yes_or_no(hook) ? 1 : 0;
}

bool rq_prog_has_private_stacks(const struct rq_prog *prog)
{
	return prog->type->private_stacks && prog->expected_attach_type != BPF_TRACE_ITER;
}

void rq_prog_return_range(const struct rq_prog *prog, int64_t *min, int64_t *max)
{
	const struct rq_prog_type *type = prog->type;
	struct rq_prog_target target;

	*min = type->return_min;
	*max = type->return_max;
	for (uint32_t i = 0; i < type->return_count; i++)
		if (of_attach_type(&type->returns[i], prog->expected_attach_type)) {
			*min = type->returns[i].min;
			*max = type->returns[i].max;
			return;
		}
	if (type->type != BPF_PROG_TYPE_LSM || !rq_prog_target(prog, &target))
		return;
	if (prog->expected_attach_type == RQ_ATTACH_LSM_CGROUP) {
		*min = gives_nothing(prog, &target);
		*max = 1;
	} else if (!gives_nothing(prog, &target)) {
		rq_prog_hook_range(target.name, min, max);
	}
}
