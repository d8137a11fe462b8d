/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arguments of kfuncs, told by the prototype in the kernel BTF: parameter types and name suffixes. docs/verifier.md,
 * "Kfuncs".
 */
#include <errno.h>
#include <string.h>

#include "verifier/calls.h"

enum param_kind {
	PARAM_NUMBER,
	PARAM_CTX,
	PARAM_NULL,
	PARAM_ALLOCATED,
	PARAM_REFCOUNTED,
	PARAM_DYNPTR,
	PARAM_ITER,
	PARAM_LIST_HEAD,
	PARAM_LIST_NODE,
	PARAM_RB_ROOT,
	PARAM_RB_NODE,
	PARAM_CONST_STR,
	PARAM_MAP,
	PARAM_IRQ_FLAG,
	PARAM_RES_SPIN_LOCK,
	PARAM_BTF_POINTER,
	PARAM_CALLBACK,
	PARAM_MEM,
	PARAM_MEM_SIZE,
};

struct param {
	const char *name;
	uint32_t type_id;        /* as declared */
	const struct btf_type *type; /* without modifiers */
	/* Of a pointer: */
	uint32_t target_id;
	const struct btf_type *target;
	const char *target_name;
};

static bool has_suffix(const struct param *param, const char *suffix)
{
	size_t length = strlen(param->name), wanted = strlen(suffix);

	return length >= wanted && !strcmp(param->name + length - wanted, suffix);
}

static void read_param(const struct rq_call *call, uint32_t index, struct param *param)
{
	const struct btf_param *raw = &btf_params(call->prototype)[index];

	*param = (struct param){ .type_id = rq_btf_skip_modifiers(call->btf, raw->type) };
	param->name = btf__name_by_offset(call->btf->types, raw->name_off) ?: "";
	param->type = btf__type_by_id(call->btf->types, param->type_id);
	param->target_name = "";
	if (param->type && btf_is_ptr(param->type)) {
		param->target_id = rq_btf_skip_modifiers(call->btf, param->type->type);
		param->target = btf__type_by_id(call->btf->types, param->target_id);
		param->target_name = rq_btf_name(call->btf, param->target_id);
	}
}

static bool points_to(const struct param *param, const char *name)
{
	return param->target && btf_is_struct(param->target) && !strcmp(param->target_name, name);
}

static bool is_number(const struct btf_type *type)
{
	return type && (btf_is_int(type) || btf_is_any_enum(type));
}

/* Only numbers, down to the last member: memory of the program may be taken for such a struct. */
static bool is_plain(const struct rq_btf *btf, uint32_t id, unsigned int depth)
{
	const struct btf_type *type;

	id = rq_btf_skip_modifiers(btf, id);
	type = btf__type_by_id(btf->types, id);
	while (type && btf_is_array(type)) {
		id = rq_btf_skip_modifiers(btf, btf_array(type)->type);
		type = btf__type_by_id(btf->types, id);
	}
	if (is_number(type))
		return true;
	if (!type || !btf_is_struct(type) || depth > 4)
		return false;
	for (int i = 0; i < btf_vlen(type); i++)
		if (!is_plain(btf, btf_members(type)[i].type, depth + 1))
			return false;
	return true;
}

bool rq_is_plain_struct(const struct rq_btf *btf, uint32_t id)
{
	return is_plain(btf, id, 0);
}

static bool is_ctx(const struct rq_verifier *v, const struct rq_call *call, const struct param *param)
{
	const char *name = v->prog->type->ctx_struct;

	if (call->func->duty == RQ_DUTY_CAST_TO_KERN_CTX)
		return true;
	return name && points_to(param, name);
}

static bool is_size_of(const struct rq_call *call, uint32_t index)
{
	struct param next;

	if (index + 1 >= btf_vlen(call->prototype))
		return false;
	read_param(call, index + 1, &next);
	return is_number(next.type) && (has_suffix(&next, "__sz") || has_suffix(&next, "__szk"));
}

static bool is_btf_register(const struct rq_reg *reg)
{
	return reg->type == RQ_PTR_TO_BTF_ID || reg->type == RQ_PTR_TO_SOCKET || reg->type == RQ_PTR_TO_SOCK_COMMON ||
	       reg->type == RQ_PTR_TO_TCP_SOCK;
}

/* Parameters known by the struct that they point to. */
static const struct {
	const char *name;
	enum param_kind kind;
} known_structs[] = {
	{ "bpf_dynptr", PARAM_DYNPTR },
	{ "bpf_dynptr_kern", PARAM_DYNPTR },
	{ "bpf_list_head", PARAM_LIST_HEAD },
	{ "bpf_list_node", PARAM_LIST_NODE },
	{ "bpf_rb_root", PARAM_RB_ROOT },
	{ "bpf_rb_node", PARAM_RB_NODE },
	{ "bpf_res_spin_lock", PARAM_RES_SPIN_LOCK },
};

static const struct {
	const char *suffix;
	enum param_kind kind;
} known_suffixes[] = {
	{ "__str", PARAM_CONST_STR },
	{ "__map", PARAM_MAP },
	{ "__irq_flag", PARAM_IRQ_FLAG },
};

/* kfuncs 3, in this order */
static enum param_kind kind_of_pointer(const struct rq_verifier *v, const struct rq_call *call,
				       const struct param *param, uint32_t index)
{
	const struct rq_reg *reg = &rq_regs(v)[index + 1];

	if (is_ctx(v, call, param))
		return PARAM_CTX;
	if (has_suffix(param, "__nullable") && rq_reg_is_null(reg))
		return PARAM_NULL;
	if (has_suffix(param, "__alloc"))
		return PARAM_ALLOCATED;
	if (has_suffix(param, "__refcounted_kptr"))
		return PARAM_REFCOUNTED;
	if (!index && (call->func->flags & (RQ_KF_ITER_NEW | RQ_KF_ITER_NEXT | RQ_KF_ITER_DESTROY)))
		return PARAM_ITER;
	for (unsigned int i = 0; i < sizeof(known_structs) / sizeof(*known_structs); i++)
		if (points_to(param, known_structs[i].name))
			return known_structs[i].kind;
	for (unsigned int i = 0; i < sizeof(known_suffixes) / sizeof(*known_suffixes); i++)
		if (has_suffix(param, known_suffixes[i].suffix))
			return known_suffixes[i].kind;
	if (is_btf_register(reg) && param->target && btf_is_composite(param->target))
		return PARAM_BTF_POINTER;
	if (param->target && btf_is_func_proto(param->target))
		return PARAM_CALLBACK;
	return is_size_of(call, index) ? PARAM_MEM_SIZE : PARAM_MEM;
}

static bool may_be_null(const struct rq_reg *reg)
{
	return rq_reg_is_null(reg) || (rq_reg_is_pointer(reg) && (reg->flags & RQ_PTR_MAYBE_NULL));
}

static bool is_trusted(const struct rq_reg *reg)
{
	const uint16_t unsafe = RQ_PTR_UNTRUSTED | RQ_PTR_RCU | RQ_PTR_MAYBE_NULL | RQ_PTR_PERCPU;

	if (!rq_reg_is_pointer(reg))
		return false;
	if (reg->ref_id || (reg->type != RQ_PTR_TO_BTF_ID && is_btf_register(reg)))
		return true;
	return (reg->flags & (RQ_PTR_TRUSTED | RQ_PTR_ALLOC | RQ_PTR_NON_OWNING)) && !(reg->flags & unsafe);
}

static bool is_rcu(const struct rq_reg *reg)
{
	return rq_reg_is_pointer(reg) && (reg->flags & RQ_PTR_RCU);
}

/* kfuncs 4 */
static int check_trust(struct rq_verifier *v, const struct rq_call *call, uint32_t regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	uint32_t flags = call->func->flags;

	if (!(flags & (RQ_KF_TRUSTED_ARGS | RQ_KF_RCU | RQ_KF_RELEASE)) || is_trusted(reg))
		return 0;
	if (!(flags & RQ_KF_RCU))
		return rq_reject(v, -EINVAL, "R%u must be referenced or trusted", regno);
	if (!is_rcu(reg))
		return rq_reject(v, -EINVAL, "R%u must be a rcu pointer", regno);
	return 0;
}

static const char *kind_text(const struct btf_type *type)
{
	if (type && btf_is_union(type))
		return "UNION";
	if (type && btf_is_struct(type))
		return "STRUCT";
	if (type && btf_is_int(type))
		return "INT";
	return "UNKNOWN";
}

static const char *socket_struct(const struct rq_reg *reg)
{
	switch (reg->type) {
	case RQ_PTR_TO_SOCKET:
		return "sock";
	case RQ_PTR_TO_SOCK_COMMON:
		return "sock_common";
	default:
		return "tcp_sock";
	}
}

/* Where a kfunc takes the context of packet programs, others may give the kernel's struct that it stands for. */
static bool is_context_of(const char *context, const char *object)
{
	return (!strcmp(context, "__sk_buff") && !strcmp(object, "sk_buff")) ||
	       (!strcmp(context, "xdp_md") && !strcmp(object, "xdp_buff"));
}

/* kfuncs 5: the type; whoever acquires or releases takes no other that begins with it. */
static int check_btf_pointer(struct rq_verifier *v, const struct rq_call *call, const struct param *param,
			     uint32_t regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	const struct rq_btf *btf = call->btf;
	uint32_t flags = call->func->flags;
	bool exact = (flags & RQ_KF_ACQUIRE) || ((flags & RQ_KF_RELEASE) && reg->ref_id);
	const uint16_t unsafe = RQ_PTR_UNTRUSTED | RQ_PTR_PERCPU | RQ_PTR_MAYBE_NULL;
	const struct btf_type *have;
	int32_t id;

	if (reg->type == RQ_PTR_TO_BTF_ID) {
		if ((reg->flags & unsafe) && !is_rcu(reg))
			return rq_reject(v, -EINVAL, "arg#%u is %s expected %s or socket", regno - 1,
					 rq_reg_name(v, reg), rq_type_name(v, RQ_PTR_TO_BTF_ID, reg->flags & RQ_PTR_MAYBE_NULL));
		btf = reg->btf;
		id = (int32_t)reg->btf_id;
	} else {
		id = rq_kernel_struct(v, socket_struct(reg));
		if (id < 0)
			return rq_unsupported(v, "socket without its struct in the kernel BTF");
	}
	if (rq_struct_at(btf, id, reg->off, call->btf, param->target_id, exact) ||
	    (!reg->off && is_context_of(param->target_name, rq_btf_name(btf, id))))
		return 0;
	have = btf__type_by_id(btf->types, id);
	return rq_reject(v, -EINVAL, "kernel function %s args#%u expected pointer to %s %s but R%u has a pointer to %s %s",
			 call->func->name, regno - 1, kind_text(param->target), param->target_name, regno,
			 kind_text(have), rq_btf_name(btf, id));
}

static int check_allocated(struct rq_verifier *v, struct rq_call *call, uint32_t regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	bool alloc = reg->type == RQ_PTR_TO_BTF_ID && (reg->flags & ~RQ_PTR_PERCPU) == RQ_PTR_ALLOC;
	bool percpu = alloc && (reg->flags & RQ_PTR_PERCPU);

	if (!alloc)
		return rq_reject(v, -EINVAL, "arg#%u expected pointer to allocated object", regno - 1);
	if (!percpu && call->func->duty != RQ_DUTY_OBJ_DROP)
		return rq_reject(v, -EINVAL, "arg#%u expected for bpf_obj_drop_impl()", regno - 1);
	if (percpu && call->func->duty != RQ_DUTY_PERCPU_OBJ_DROP)
		return rq_reject(v, -EINVAL, "arg#%u expected for bpf_percpu_obj_drop_impl()", regno - 1);
	if (!reg->ref_id)
		return rq_reject(v, -EINVAL, "allocated object must be referenced");
	call->object_btf = reg->btf;
	call->object_id = reg->btf_id;
	return 0;
}

static int check_refcounted(struct rq_verifier *v, struct rq_call *call, uint32_t regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	const struct rq_record *record;

	if (reg->type != RQ_PTR_TO_BTF_ID || !(reg->flags & RQ_PTR_ALLOC))
		return rq_reject(v, -EINVAL, "arg#%u is neither owning or non-owning ref", regno - 1);
	record = rq_reg_record(reg);
	if (!record)
		return rq_reject(v, -EFAULT, "verifier bug: Couldn't find btf_record");
	if (record->refcount_offset < 0)
		return rq_reject(v, -EINVAL, "arg#%u doesn't point to a type with bpf_refcount field", regno - 1);
	call->object_owning = !(reg->flags & RQ_PTR_NON_OWNING);
	call->object_btf = reg->btf;
	call->object_id = reg->btf_id;
	return 0;
}

static int check_dynptr(struct rq_verifier *v, struct rq_call *call, const struct param *param, uint32_t regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	unsigned int flags = 0;

	if (has_suffix(param, "__uninit")) {
		flags = RQ_DYNPTR_ARG_UNINIT;
		if (call->func->duty == RQ_DUTY_DYNPTR_FROM_SKB)
			call->dynptr_type = RQ_DYNPTR_SKB;
		else if (call->func->duty == RQ_DUTY_DYNPTR_FROM_XDP)
			call->dynptr_type = RQ_DYNPTR_XDP;
		else if (call->func->duty != RQ_DUTY_DYNPTR_CLONE)
			return rq_unsupported(v, "dynptr that this kfunc makes");
	} else if (reg->type == RQ_CONST_PTR_TO_DYNPTR) {
		flags = RQ_DYNPTR_ARG_RDONLY;
	}
	return rq_check_dynptr_argument(v, call, regno, flags);
}

static int check_memory(struct rq_verifier *v, const struct rq_call *call, const struct param *param, uint32_t regno)
{
	struct rq_reg *reg = &rq_regs(v)[regno];
	bool nulls = rq_reg_is_pointer(reg) && (reg->flags & RQ_PTR_MAYBE_NULL);
	int64_t size;
	int error;

	if (!is_number(param->target) && !is_plain(call->btf, param->target_id, 0))
		return rq_reject(v, -EINVAL, "arg#%u pointer type %s %s must point to scalar, or struct with scalar",
				 regno - 1, kind_text(param->target), param->target_name);
	size = rq_btf_size_of(call->btf, param->target_id);
	if (size < 0)
		return rq_reject(v, -EINVAL, "arg#%u reference type('%s %s') size cannot be determined: %lld",
				 regno - 1, kind_text(param->target), param->target_name, (long long)size);
	if (rq_reg_is_null(reg))
		return 0;
	if (nulls)
		reg->flags &= ~RQ_PTR_MAYBE_NULL;
	error = rq_check_call_mem(v, regno, (uint32_t)size, RQ_READ | RQ_WRITE, true);
	if (nulls)
		reg->flags |= RQ_PTR_MAYBE_NULL;
	return error;
}

/* kfuncs 6: memory and its length, in this argument and the next. */
static int check_sized_memory(struct rq_verifier *v, struct rq_call *call, const struct param *param, uint32_t regno)
{
	struct rq_reg *reg = &rq_regs(v)[regno];
	const struct rq_reg *size = &rq_regs(v)[regno + 1];
	bool nulls = rq_reg_is_pointer(reg) && (reg->flags & RQ_PTR_MAYBE_NULL);
	struct param next;
	int error = 0;

	read_param(call, regno, &next);
	if (!is_number(param->target) && !is_plain(call->btf, param->target_id, 0) && param->target_id)
		return rq_reject(v, -EINVAL, "arg#%u pointer type %s %s must point to void, scalar, or struct with scalar",
				 regno - 1, kind_text(param->target), param->target_name);
	if (!rq_reg_is_null(reg) || !has_suffix(param, "__opt")) {
		if (nulls)
			reg->flags &= ~RQ_PTR_MAYBE_NULL;
		error = rq_check_call_mem_size(v, regno, regno + 1, RQ_READ | RQ_WRITE, true);
		if (nulls)
			reg->flags |= RQ_PTR_MAYBE_NULL;
	}
	if (error == -ENOMEM)
		return error;
	if (error)
		return rq_reject(v, error, "arg#%u arg#%u memory, len pair leads to invalid memory access", regno - 1, regno);
	if (!has_suffix(&next, "__szk"))
		return 0;
	if (!rq_value_is_const(&size->value))
		return rq_reject(v, -EINVAL, "R%u must be a known constant", regno + 1);
	call->constant_found = true;
	call->constant = size->value.bits.value;
	return 0;
}

static int check_number(struct rq_verifier *v, struct rq_call *call, const struct param *param, uint32_t regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];

	if (reg->type != RQ_SCALAR)
		return rq_reject(v, -EINVAL, "R%u is not a scalar", regno);
	if (has_suffix(param, "__k")) {
		if (!rq_value_is_const(&reg->value))
			return rq_reject(v, -EINVAL, "R%u must be a known constant", regno);
		call->constant_found = true;
		call->constant = reg->value.bits.value;
		return rq_mark_precise(v, regno);
	}
	if (has_suffix(param, "rdonly_buf_size") || has_suffix(param, "rdwr_buf_size")) {
		if (!rq_value_is_const(&reg->value))
			return rq_reject(v, -EINVAL, "R%u is not a const", regno);
		call->mem_size = (uint32_t)reg->value.bits.value;
		call->mem_size_known = true;
		call->result_rdonly = has_suffix(param, "rdonly_buf_size");
		return rq_mark_precise(v, regno);
	}
	return 0;
}

static int check_pointer(struct rq_verifier *v, struct rq_call *call, const struct param *param, uint32_t index,
			 enum param_kind kind)
{
	uint32_t regno = index + 1;
	const struct rq_reg *reg = &rq_regs(v)[regno];

	switch (kind) {
	case PARAM_CTX:
		if (reg->type != RQ_PTR_TO_CTX)
			return rq_reject(v, -EINVAL, "arg#%u expected pointer to ctx, but got %s", index,
					 rq_reg_name(v, reg));
		return 0;
	case PARAM_ALLOCATED:
		return check_allocated(v, call, regno);
	case PARAM_REFCOUNTED:
		return check_refcounted(v, call, regno);
	case PARAM_DYNPTR:
		return check_dynptr(v, call, param, regno);
	case PARAM_ITER:
		return rq_check_iter_argument(v, call, regno);
	case PARAM_LIST_HEAD:
		return rq_check_graph_root(v, call, regno, RQ_FIELD_LIST_HEAD);
	case PARAM_RB_ROOT:
		return rq_check_graph_root(v, call, regno, RQ_FIELD_RB_ROOT);
	case PARAM_LIST_NODE:
		return rq_check_graph_node(v, call, regno, RQ_FIELD_LIST_NODE);
	case PARAM_RB_NODE:
		return rq_check_graph_node(v, call, regno, RQ_FIELD_RB_NODE);
	case PARAM_CONST_STR:
		if (reg->type != RQ_PTR_TO_MAP_VALUE)
			return rq_reject(v, -EINVAL, "arg#%u doesn't point to a const string", index);
		return rq_check_const_string(v, regno);
	case PARAM_MAP:
		if (reg->type != RQ_CONST_PTR_TO_MAP)
			return rq_reject(v, -EINVAL, "pointer in R%u isn't map pointer", regno);
		call->map = reg->map;
		call->map_uid = reg->map_uid;
		return 0;
	case PARAM_BTF_POINTER:
		return check_btf_pointer(v, call, param, regno);
	case PARAM_MEM:
		return check_memory(v, call, param, regno);
	case PARAM_MEM_SIZE:
		return check_sized_memory(v, call, param, regno);
	case PARAM_CALLBACK:
		if (reg->type != RQ_PTR_TO_FUNC)
			return rq_reject(v, -EINVAL, "arg%u expected pointer to func", index);
		call->subprog = reg->subprog;
		call->has_subprog = true;
		return 0;
	case PARAM_IRQ_FLAG:
		return rq_check_irq_flag(v, regno, call->func->duty);
	case PARAM_RES_SPIN_LOCK:
		if (reg->type != RQ_PTR_TO_MAP_VALUE && !(reg->type == RQ_PTR_TO_BTF_ID && reg->flags == RQ_PTR_ALLOC))
			return rq_reject(v, -EINVAL, "arg#%u doesn't point to map value or allocated object", index);
		if (reg->type == RQ_PTR_TO_MAP_VALUE && reg->flags)
			return rq_reject(v, -EINVAL, "arg#%u doesn't point to map value or allocated object", index);
		return rq_check_lock_argument(v, regno, call->func->duty);
	default:
		return rq_unsupported(v, "argument of this kfunc");
	}
}

static int check_param(struct rq_verifier *v, struct rq_call *call, uint32_t index, bool *with_size)
{
	const uint32_t careful = RQ_KF_TRUSTED_ARGS | RQ_KF_RCU | RQ_KF_RELEASE;
	uint32_t regno = index + 1, flags = call->func->flags;
	const struct rq_reg *reg = &rq_regs(v)[regno];
	enum param_kind kind;
	struct param param;
	bool releases;
	int error;

	*with_size = false;
	read_param(call, index, &param);
	if (has_suffix(&param, "__ign") || has_suffix(&param, "__prog")) /* the kernel puts its own there */
		return 0;
	error = rq_check_reg_read(v, regno);
	if (error)
		return error;
	if (is_number(param.type))
		return check_number(v, call, &param, regno);
	if (!param.type || !btf_is_ptr(param.type))
		return rq_reject(v, -EINVAL, "Unrecognized arg#%u type %s", index, kind_text(param.type));
	if ((flags & careful) && may_be_null(reg) && !has_suffix(&param, "__nullable"))
		return rq_reject(v, -EACCES, "Possibly NULL pointer passed to trusted arg%u", index);
	if (rq_reg_is_pointer(reg) && reg->ref_id) {
		call->ref_id = reg->ref_id;
		if (flags & RQ_KF_RELEASE)
			call->release_regno = regno;
	}
	kind = kind_of_pointer(v, call, &param, index);
	if (kind == PARAM_NULL)
		return 0;
	if (kind == PARAM_ALLOCATED || kind == PARAM_BTF_POINTER) {
		error = check_trust(v, call, regno);
		if (error)
			return error;
	}
	releases = (flags & RQ_KF_RELEASE) && rq_reg_is_pointer(reg) && reg->ref_id;
	error = rq_check_argument_offset(v, reg, regno, releases, kind == PARAM_DYNPTR);
	if (!error)
		error = check_pointer(v, call, &param, index, kind);
	*with_size = kind == PARAM_MEM_SIZE;
	return error;
}

int rq_check_kfunc_arguments(struct rq_verifier *v, struct rq_call *call)
{
	uint32_t count = btf_vlen(call->prototype);
	bool with_size;
	int error;

	if (count > 5)
		return rq_reject(v, -EINVAL, "Function %s has %u > 5 args", call->func->name, count);
	for (uint32_t i = 0; i < count; i++) {
		error = check_param(v, call, i, &with_size);
		if (error)
			return error;
		if (with_size)
			i++;
	}
	/* kfuncs 7 */
	if ((call->func->flags & RQ_KF_RELEASE) && !call->release_regno)
		return rq_reject(v, -EINVAL, "release kernel function %s expects refcounted PTR_TO_BTF_ID", call->func->name);
	return 0;
}
