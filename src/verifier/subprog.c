/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program's debug info says about its functions: names, linkage, and what the arguments of a global function are.
 * Rules: docs/verifier.md, "functions".
 */
#include <errno.h>
#include <string.h>

#include "verifier/calls.h"

/* ---- Function info ---- */

static const struct btf_type *type_at(const struct rq_btf *btf, uint32_t id)
{
	return id && id <= btf->type_count ? btf__type_by_id(btf->types, id) : NULL;
}

static const struct btf_type *prototype_of(const struct rq_verifier *v, uint32_t subprog)
{
	uint32_t id = v->prog->subprogs[subprog].btf_func_id;
	const struct btf_type *func = id ? type_at(v->prog->btf, id) : NULL;
	const struct btf_type *prototype = func ? type_at(v->prog->btf, func->type) : NULL;

	return prototype && btf_is_func_proto(prototype) ? prototype : NULL;
}

static bool returns_integer(const struct rq_verifier *v, uint32_t subprog)
{
	const struct btf_type *prototype = prototype_of(v, subprog), *type;

	if (!prototype)
		return false;
	type = type_at(v->prog->btf, rq_btf_skip_modifiers(v->prog->btf, prototype->type));
	return type && (btf_is_int(type) || btf_is_any_enum(type));
}

/* docs/verifier.md, functions 1: function info has one row for each subprogram, where it starts. */
int rq_check_debug_info(struct rq_verifier *v)
{
	struct rq_prog *prog = v->prog;

	v->insn = RQ_NO_INSN;
	if (!prog->func_info_count)
		return 0;
	if (!prog->btf)
		return rq_reject(v, -EINVAL, "func info without btf");
	if (prog->func_info_count != prog->subprog_count)
		return rq_reject(v, -EINVAL, "number of funcs in func_info doesn't match number of subprogs");
	for (uint32_t i = 0; i < prog->subprog_count; i++) {
		const struct bpf_func_info *info = &prog->func_info[i];
		const struct btf_type *func = type_at(prog->btf, info->type_id);

		if (info->insn_off != prog->subprogs[i].start)
			return rq_reject(v, -EINVAL, "func_info BTF section doesn't match subprog layout in BPF program");
		if (!func || !btf_is_func(func))
			return rq_reject(v, -EINVAL, "invalid type id %u in func info", info->type_id);
		prog->subprogs[i].btf_func_id = info->type_id;
		prog->subprogs[i].name = rq_btf_name(prog->btf, info->type_id);
		v->subprogs[i].global = i && btf_vlen(func) == BTF_FUNC_GLOBAL;
		prog->subprogs[i].global = v->subprogs[i].global;
		if (!prototype_of(v, i))
			return rq_reject(v, -EINVAL, "invalid type id %u in func info", func->type);
	}
	return 0;
}

/* docs/verifier.md, functions 2: what leaves a function early leaves it with an int. */
int rq_check_early_returns(struct rq_verifier *v)
{
	const struct rq_prog *prog = v->prog;

	for (uint32_t i = 1; i < prog->subprog_count; i++) {
		bool packet_load = false, tail_call = v->subprogs[i].has_tail_call;

		for (uint32_t at = prog->subprogs[i].start; at < prog->subprogs[i].end; at++) {
			const struct bpf_insn *insn = &prog->insns[at];

			if (BPF_CLASS(insn->code) == BPF_LD && (BPF_MODE(insn->code) == BPF_ABS || BPF_MODE(insn->code) == BPF_IND))
				packet_load = true;
		}
		v->subprogs[i].has_ld_abs = packet_load;
		v->insn = RQ_NO_INSN;
		if (!packet_load && !tail_call)
			continue;
		if (!prog->func_info_count)
			return rq_reject(v, -EINVAL, "%s is not allowed in subprogs without BTF",
					 packet_load ? "LD_ABS" : "tail_call");
		if (!returns_integer(v, i))
			return rq_reject(v, -EINVAL, "%s is only allowed in functions that return 'int'.",
					 packet_load ? "LD_ABS" : "tail_call");
	}
	return 0;
}

/* ---- Arguments of global functions ---- */

enum argument_tag {
	TAG_CTX = 1 << 0,
	TAG_NONNULL = 1 << 1,
	TAG_TRUSTED = 1 << 2,
	TAG_NULLABLE = 1 << 3,
	TAG_ARENA = 1 << 4,
	TAG_UNTRUSTED = 1 << 5,
};

static const struct {
	const char *name;
	unsigned int tag;
} tag_names[] = {
	{ "arg:ctx", TAG_CTX },		{ "arg:nonnull", TAG_NONNULL }, { "arg:trusted", TAG_TRUSTED },
	{ "arg:nullable", TAG_NULLABLE }, { "arg:arena", TAG_ARENA },	{ "arg:untrusted", TAG_UNTRUSTED },
};

static unsigned int tags_of(const struct rq_verifier *v, uint32_t subprog, int arg)
{
	unsigned int tags = 0;

	for (size_t i = 0; i < sizeof(tag_names) / sizeof(tag_names[0]); i++)
		if (rq_btf_has_decl_tag(v->prog->btf, v->prog->subprogs[subprog].btf_func_id, arg, tag_names[i].name))
			tags |= tag_names[i].tag;
	return tags;
}

/* The kernel's struct that an argument points to: by name, as relocations do. */
static int32_t kernel_type(const struct rq_verifier *v, const struct btf_type *type)
{
	const char *name = btf__name_by_offset(v->prog->btf->types, type->name_off), *flavor;
	char base[128];

	if (!name || !*name || !v->prog->kernel_btf)
		return -ENOENT;
	flavor = strstr(name, "___");
	if (flavor) {
		if ((size_t)(flavor - name) >= sizeof(base))
			return -ENOENT;
		memcpy(base, name, (size_t)(flavor - name));
		base[flavor - name] = '\0';
		name = base;
	}
	return rq_btf_find(v->prog->kernel_btf, name, BTF_KIND_STRUCT);
}

static bool is_context(const struct rq_verifier *v, const struct btf_type *pointed, uint32_t pointed_id)
{
	const char *name = rq_btf_name(v->prog->btf, pointed_id), *wanted = v->prog->type->ctx_struct;

	return wanted && (btf_is_struct(pointed) || btf_is_union(pointed)) && !strcmp(name, wanted);
}

static int pointer_argument(struct rq_verifier *v, uint32_t subprog, int i, const struct btf_type *pointer,
			    unsigned int tags, struct rq_subprog_arg *arg)
{
	const struct rq_btf *btf = v->prog->btf;
	uint32_t pointed_id = rq_btf_skip_modifiers(btf, pointer->type);
	const struct btf_type *pointed = type_at(btf, pointed_id);
	const char *name = pointed ? rq_btf_name(btf, pointed_id) : "";
	int32_t id;
	int64_t size;

	if (tags & TAG_CTX || (pointed && is_context(v, pointed, pointed_id))) {
		arg->kind = RQ_SUBPROG_ARG_CTX;
		return 0;
	}
	if (pointed && btf_is_struct(pointed) && !strcmp(name, "bpf_dynptr")) {
		arg->kind = RQ_SUBPROG_ARG_DYNPTR;
		return 0;
	}
	if (tags & TAG_ARENA) {
		arg->kind = RQ_SUBPROG_ARG_ARENA;
		return 0;
	}
	if (tags & (TAG_TRUSTED | TAG_UNTRUSTED) && pointed && btf_is_composite(pointed)) {
		id = kernel_type(v, pointed);
		if (id < 0)
			return rq_reject(v, -EINVAL, "arg#%d reference type('%s %s') is not known to this kernel", i,
					 "STRUCT", name);
		arg->kind = RQ_SUBPROG_ARG_BTF_ID;
		arg->btf_id = (uint32_t)id;
		arg->trusted = tags & TAG_TRUSTED;
		arg->untrusted = tags & TAG_UNTRUSTED;
		arg->nullable = tags & TAG_NULLABLE;
		return 0;
	}
	size = pointed ? rq_btf_size_of(btf, pointed_id) : -EINVAL;
	if (tags & TAG_UNTRUSTED) {
		arg->kind = RQ_SUBPROG_ARG_MEM;
		arg->untrusted = true;
		return 0;
	}
	if (size < 0)
		return rq_reject(v, -EINVAL, "arg#%d reference type('%s %s') size cannot be determined: %d", i,
				 pointed && btf_is_fwd(pointed) ? "FWD" : "UNKNOWN", name, (int)size);
	arg->kind = RQ_SUBPROG_ARG_MEM;
	arg->nullable = !(tags & TAG_NONNULL);
	arg->mem_size = (uint32_t)size;
	return 0;
}

/* docs/verifier.md, functions 4: what a global function's prototype promises about its arguments. */
int rq_subprog_prepare_args(struct rq_verifier *v, uint32_t subprog)
{
	struct rq_subprog_info *info = &v->subprogs[subprog];
	const struct btf_type *prototype = prototype_of(v, subprog);
	const struct rq_btf *btf = v->prog->btf;
	const char *name = v->prog->subprogs[subprog].name;

	if (info->args_parsed)
		return info->args_bad ? -EINVAL : 0;
	info->args_parsed = info->args_bad = true;
	if (!prototype)
		return rq_reject(v, -EINVAL, "a global function needs debug info");
	if (btf_vlen(prototype) > 5)
		return rq_reject(v, -EINVAL, "Global function %s() with %u > %d args. Buggy compiler.", name,
				 btf_vlen(prototype), 5);
	if (!returns_integer(v, subprog))
		return rq_reject(v, -EINVAL, "Global function %s() doesn't return scalar. Only those are supported.",
				 name);
	for (int i = 0; i < btf_vlen(prototype); i++) {
		uint32_t id = rq_btf_skip_modifiers(btf, btf_params(prototype)[i].type);
		const struct btf_type *type = type_at(btf, id);
		struct rq_subprog_arg *arg = &info->args[i];
		int err = 0;

		*arg = (struct rq_subprog_arg){ .kind = RQ_SUBPROG_ARG_SCALAR };
		if (type && btf_is_ptr(type))
			err = pointer_argument(v, subprog, i, type, tags_of(v, subprog, i), arg);
		else if (!type || !(btf_is_int(type) || btf_is_any_enum(type)))
			err = rq_reject(v, -EINVAL, "Arg#%d type %s in %s() is not supported yet.", i,
					type && btf_is_struct(type) ? "STRUCT" : "UNKNOWN", name);
		if (err)
			return err;
	}
	info->arg_count = (uint8_t)btf_vlen(prototype);
	info->args_bad = false;
	return 0;
}

static void set_argument(struct rq_verifier *v, struct rq_reg *reg, const struct rq_subprog_arg *arg)
{
	uint16_t null = arg->nullable ? RQ_PTR_MAYBE_NULL : 0;

	switch (arg->kind) {
	case RQ_SUBPROG_ARG_SCALAR:
		rq_reg_set_unknown(reg);
		break;
	case RQ_SUBPROG_ARG_CTX:
		rq_reg_set_pointer(reg, RQ_PTR_TO_CTX, 0);
		break;
	case RQ_SUBPROG_ARG_MEM:
		rq_reg_set_pointer(reg, RQ_PTR_TO_MEM, arg->untrusted ? RQ_PTR_RDONLY | RQ_PTR_UNTRUSTED : null);
		reg->mem_size = arg->mem_size;
		break;
	case RQ_SUBPROG_ARG_DYNPTR:
		rq_reg_set_const_dynptr(v, reg);
		break;
	case RQ_SUBPROG_ARG_ARENA:
		rq_reg_set_pointer(reg, RQ_PTR_TO_ARENA, 0);
		break;
	case RQ_SUBPROG_ARG_BTF_ID:
		rq_reg_set_btf(reg, null | (arg->trusted ? RQ_PTR_TRUSTED : RQ_PTR_UNTRUSTED), v->prog->kernel_btf,
			       arg->btf_id);
		break;
	}
	if (null)
		reg->id = rq_new_id(v);
}

int rq_subprog_enter(struct rq_verifier *v, uint32_t subprog)
{
	struct rq_reg *regs = v->state->frames[0]->regs;
	int err;

	if (!subprog) {
		rq_reg_set_pointer(&regs[BPF_REG_1], RQ_PTR_TO_CTX, 0);
		return 0;
	}
	err = rq_subprog_prepare_args(v, subprog);
	for (uint32_t i = 0; !err && i < v->subprogs[subprog].arg_count; i++)
		set_argument(v, &regs[i + 1], &v->subprogs[subprog].args[i]);
	return err;
}
