/* SPDX-License-Identifier: BSD-2-Clause */
/* What a program with typed arguments may be attached to: docs/verifier.md, "Attaching". */
#include <errno.h>
#include <string.h>

#include "prog/hooks.h"
#include "verifier/calls.h"

#define TRACEPOINT_PREFIX "btf_trace_"
#define LSM_PREFIX	  "bpf_lsm_"

static bool starts_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

/* attaching 1 */
static bool may_be_sleepable(const struct rq_prog *prog)
{
	switch (prog->type->type) {
	case BPF_PROG_TYPE_TRACING:
		return prog->expected_attach_type == BPF_TRACE_FENTRY || prog->expected_attach_type == BPF_TRACE_FEXIT ||
		       prog->expected_attach_type == BPF_MODIFY_RETURN || prog->expected_attach_type == BPF_TRACE_ITER;
	default:
		return prog->type->may_sleep;
	}
}

/* attaching 2: a member of a table of functions. */
static int check_member(struct rq_verifier *v)
{
	const struct rq_prog *prog = v->prog;
	const struct rq_btf *btf = prog->attach_btf;
	const struct btf_type *type = btf ? btf__type_by_id(btf->types, prog->attach_btf_id) : NULL;
	const struct rq_ops_table *table = NULL;
	struct rq_prog_target target;
	const char *name, *member;

	if (!prog->gpl)
		return rq_reject(v, -EINVAL, "struct ops programs must have a GPL compatible license");
	if (!prog->attach_btf_id)
		return -RQ_ENOTSUPP;
	name = rq_btf_name(btf, prog->attach_btf_id);
	if (type && btf_is_struct(type))
		table = rq_ops_table(name);
	if (!table)
		return rq_reject(v, -RQ_ENOTSUPP, "attach_btf_id %u is not a supported struct", prog->attach_btf_id);
	if (prog->expected_attach_type >= btf_vlen(type))
		return rq_reject(v, -EINVAL, "attach to invalid member idx %u of struct %s", prog->expected_attach_type, name);
	member = btf__name_by_offset(btf->types, btf_members(type)[prog->expected_attach_type].name_off);
	if (!rq_prog_target(prog, &target))
		return rq_reject(v, -EINVAL, "attach to invalid member %s(@idx %u) of struct %s", member,
				 prog->expected_attach_type, name);
	if (!rq_ops_is_supported(table, member))
		return rq_reject(v, -RQ_ENOTSUPP, "attach to unsupported member %s of struct %s", member, name);
	if (prog->sleepable && !rq_ops_may_sleep(table, member))
		return rq_reject(v, -EINVAL, "attach to unsupported member %s of struct %s", member, name);
	return 0;
}

/* attaching 4 */
static int check_hook(struct rq_verifier *v, const char *name)
{
	struct rq_prog_target target;

	if (!v->prog->gpl)
		return rq_reject(v, -EINVAL, "LSM programs must have a GPL compatible license");
	if (rq_hook_is_disabled(name))
		return rq_reject(v, -EINVAL, "attach_btf_id %u points to disabled hook %s", v->prog->attach_btf_id, name);
	if (!starts_with(name, LSM_PREFIX) || !rq_prog_target(v->prog, &target))
		return rq_reject(v, -EINVAL, "attach_btf_id %u points to wrong type name %s", v->prog->attach_btf_id, name);
	if (v->prog->sleepable && !rq_hook_may_sleep(name))
		return rq_reject(v, -EINVAL, "%s is not sleepable", name);
	return 0;
}

/* attaching 5 */
static int check_function(struct rq_verifier *v, const char *name)
{
	const struct rq_prog *prog = v->prog;

	if (prog->sleepable && !rq_function_may_sleep(name))
		return rq_reject(v, -EINVAL, "%s is not sleepable", name);
	if (prog->expected_attach_type == BPF_MODIFY_RETURN && !rq_function_is_modifiable(name))
		return rq_reject(v, -EINVAL, "%s() is not modifiable", name);
	return 0;
}

/* attaching 3: a function, a tracepoint, an iterator. */
static int check_target(struct rq_verifier *v)
{
	const struct rq_prog *prog = v->prog;
	const struct rq_btf *btf = prog->attach_btf;
	const struct btf_type *type;
	struct rq_prog_target target;
	const char *name;

	if (!prog->attach_btf_id)
		return rq_reject(v, -EINVAL, "Tracing programs must provide btf_id");
	type = btf__type_by_id(btf->types, prog->attach_btf_id);
	name = rq_btf_name(btf, prog->attach_btf_id);
	if (!*name)
		return rq_reject(v, -EINVAL, "attach_btf_id %u doesn't have a name", prog->attach_btf_id);
	if (prog->type->type == BPF_PROG_TYPE_LSM)
		return check_hook(v, name);
	switch (prog->expected_attach_type) {
	case BPF_TRACE_RAW_TP:
		if (!btf_is_typedef(type))
			return rq_reject(v, -EINVAL, "attach_btf_id %u is not a typedef", prog->attach_btf_id);
		if (!starts_with(name, TRACEPOINT_PREFIX))
			return rq_reject(v, -EINVAL, "attach_btf_id %u points to wrong type name %s", prog->attach_btf_id,
					 name);
		break;
	case BPF_TRACE_ITER:
		if (!btf_is_func(type))
			return rq_reject(v, -EINVAL, "attach_btf_id %u is not a function", prog->attach_btf_id);
		if (!rq_hook_is_iterator(name))
			return -EINVAL;
		break;
	case BPF_TRACE_FENTRY:
	case BPF_TRACE_FEXIT:
	case BPF_MODIFY_RETURN:
		if (!btf_is_func(type))
			return rq_reject(v, -EINVAL, "attach_btf_id %u is not a function", prog->attach_btf_id);
		return check_function(v, name);
	default:
		return -EINVAL;
	}
	return rq_prog_target(prog, &target) ? 0 : -EINVAL;
}

int rq_check_attach_target(struct rq_verifier *v)
{
	switch (v->prog->type->type) {
	case BPF_PROG_TYPE_STRUCT_OPS:
	case BPF_PROG_TYPE_TRACING:
	case BPF_PROG_TYPE_LSM:
	case BPF_PROG_TYPE_EXT:
		break;
	default:
		if (!v->prog->sleepable || may_be_sleepable(v->prog))
			return 0;
	}
	if (v->prog->sleepable && !may_be_sleepable(v->prog))
		return rq_reject(v, -EINVAL,
				 "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable");
	if (v->prog->type->type == BPF_PROG_TYPE_STRUCT_OPS)
		return check_member(v);
	return check_target(v);
}
