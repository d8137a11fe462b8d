/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of kfuncs, and what they give: docs/verifier.md, "Kfuncs". Arguments are in kfunc_arg.c. */
#include <errno.h>
#include <string.h>

#include "verifier/calls.h"

#define PERCPU_OBJECT_MAX 512

const char *rq_kfunc_name(const struct rq_verifier *v, const struct bpf_insn *insn)
{
	const struct btf_type *type;

	if (insn->off || !v->prog->kernel_btf)
		return "unknown";
	type = btf__type_by_id(v->prog->kernel_btf->types, insn->imm);
	return type && btf_is_func(type) ? rq_btf_name(v->prog->kernel_btf, insn->imm) : "unknown";
}

/* kfuncs 1, 2 */
static int check_allowed(struct rq_verifier *v, const struct bpf_insn *insn, const struct rq_func *func)
{
	if (!func && !insn->imm)
		return rq_reject(v, -EINVAL, "invalid kernel function call not eliminated in verifier pass");
	if (!func || (func->groups && !(func->groups & v->prog->type->helper_groups)))
		return rq_reject(v, -EACCES, "calling kernel function %s is not allowed", rq_kfunc_name(v, insn));
	if ((func->flags & RQ_KF_SLEEPABLE) && !v->state->sleepable)
		return rq_reject(v, -EACCES, "program must be sleepable to call sleepable kfunc %s", func->name);
	return 0;
}

static bool takes_lock(const struct rq_func *func)
{
	return func->duty == RQ_DUTY_RES_LOCK || func->duty == RQ_DUTY_RES_LOCK_IRQSAVE;
}

/* What the VM is told: the record of the object's struct, and its size or the node's offset. One call site, one answer. */
static int note_object(struct rq_verifier *v, const struct rq_struct_meta *meta, uint64_t extra)
{
	struct rq_insn_aux *aux = &v->aux[v->insn];

	if (aux->extra_set && (aux->meta != meta || aux->extra != extra))
		return rq_unsupported(v, "one call for objects of several types");
	aux->extra_set = true;
	aux->meta = meta;
	aux->extra = extra;
	return 0;
}

/* graphs 2: the list or tree owns what is put into it; the program may look at it until the unlock. */
static int lend_to_graph(struct rq_verifier *v, const struct rq_call *call)
{
	const struct rq_reg *node = &rq_regs(v)[2];
	int error;

	error = note_object(v, rq_btf_struct_meta(call->object_btf, call->object_id), (uint64_t)(int64_t)node->off);
	if (!error)
		error = rq_reference_lend(v, node->ref_id);
	if (error == -EINVAL)
		return rq_reject(v, error, "kfunc %s#%d reference has not been acquired before", call->func->name,
				 rq_insn(v)->imm);
	return error;
}

/* Before R0..R5 are gone. */
static int check_duty(struct rq_verifier *v, const struct rq_call *call)
{
	const struct rq_func *func = call->func;
	int error;

	switch (func->duty) {
	case RQ_DUTY_RBTREE_ADD:
		v->subprogs[call->subprog].callback = true;
		error = rq_check_callback(v, call);
		return error ? error : lend_to_graph(v, call);
	case RQ_DUTY_LIST_PUSH:
		return lend_to_graph(v, call);
	case RQ_DUTY_OBJ_DROP:
	case RQ_DUTY_PERCPU_OBJ_DROP:
	case RQ_DUTY_REFCOUNT_ACQUIRE:
		return note_object(v, rq_btf_struct_meta(call->object_btf, call->object_id),
				   (uint64_t)rq_btf_size_of(call->object_btf, call->object_id));
	default:
		return 0;
	}
}

static int throw(struct rq_verifier *v)
{
	int error = rq_check_return_value(v, 1);

	/* exits 4: the program ends here, whatever the depth. */
	if (!error)
		error = rq_check_leaving(v, "bpf_throw", true, true);
	if (!error)
		v->path = RQ_PATH_DONE;
	return error;
}

/* ---- Results ---- */

/* objects 1 */
static int set_new_object(struct rq_verifier *v, const struct rq_call *call, struct rq_reg *result)
{
	bool percpu = call->func->duty == RQ_DUTY_PERCPU_OBJ_NEW;
	const struct rq_btf *btf = v->prog->btf;
	const struct rq_struct_meta *meta;
	const struct btf_type *type;
	uint32_t id = (uint32_t)call->constant;

	if (call->constant > UINT32_MAX)
		return rq_reject(v, -EINVAL, "local type ID argument must be in range [0, U32_MAX]");
	if (!btf)
		return rq_reject(v, -EINVAL, "bpf_obj_new/bpf_percpu_obj_new requires prog BTF");
	type = btf__type_by_id(btf->types, id);
	if (!type || !btf_is_struct(type))
		return rq_reject(v, -EINVAL, "bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct");
	meta = rq_btf_struct_meta(btf, id);
	if (percpu && type->size > PERCPU_OBJECT_MAX)
		return rq_reject(v, -EINVAL, "bpf_percpu_obj_new type size (%u) is greater than %d", type->size,
				 PERCPU_OBJECT_MAX);
	if (percpu && !rq_is_plain_struct(btf, id))
		return rq_reject(v, -EINVAL, "bpf_percpu_obj_new type ID argument must be of a struct of scalars");
	if (percpu && meta)
		return rq_reject(v, -EINVAL, "bpf_percpu_obj_new type ID argument must not contain special fields");
	rq_reg_set_btf(result, RQ_PTR_ALLOC | (percpu ? RQ_PTR_PERCPU : 0), btf, id);
	return note_object(v, meta, type->size);
}

static int set_cast(struct rq_verifier *v, const struct rq_call *call, struct rq_reg *result)
{
	const struct rq_btf *btf = v->prog->kernel_btf;
	const struct btf_type *type = btf__type_by_id(btf->types, (uint32_t)call->constant);

	if (call->constant && !type)
		return rq_reject(v, -EINVAL, "Unknown type ID %llu passed to kfunc bpf_rdonly_cast",
				 (unsigned long long)call->constant);
	if (call->constant && btf_is_struct(type)) {
		rq_reg_set_btf(result, RQ_PTR_UNTRUSTED, btf, (uint32_t)call->constant);
		return 0;
	}
	if (call->constant)
		return rq_reject(v, -EINVAL, "kfunc bpf_rdonly_cast type ID argument must be of a struct or void");
	rq_reg_set_pointer(result, RQ_PTR_TO_MEM, RQ_PTR_RDONLY | RQ_PTR_UNTRUSTED);
	return 0;
}

/* The struct that the kernel has behind each UAPI context. */
static const struct {
	const char *context, *kernel;
} kernel_contexts[] = {
	{ "__sk_buff", "sk_buff" },	{ "xdp_md", "xdp_buff" },	    { "bpf_sock", "sock" },
	{ "bpf_sock_addr", "bpf_sock_addr_kern" },			    { "bpf_sock_ops", "bpf_sock_ops_kern" },
	{ "bpf_sk_lookup", "bpf_sk_lookup_kern" },			    { "sk_msg_md", "sk_msg" },
	{ "sk_reuseport_md", "sk_reuseport_kern" },			    { "bpf_sockopt", "bpf_sockopt_kern" },
	{ "bpf_sysctl", "bpf_sysctl_kern" },				    { "bpf_perf_event_data", "bpf_perf_event_data_kern" },
};

static int set_kernel_context(struct rq_verifier *v, struct rq_reg *result)
{
	const char *context = v->prog->type->ctx_struct;
	int32_t id = -1;

	for (unsigned int i = 0; context && i < sizeof(kernel_contexts) / sizeof(*kernel_contexts); i++)
		if (!strcmp(context, kernel_contexts[i].context))
			id = rq_kernel_struct(v, kernel_contexts[i].kernel);
	if (id < 0)
		return rq_unsupported(v, "kernel context of this program type");
	rq_reg_set_btf(result, RQ_PTR_TRUSTED, v->prog->kernel_btf, id);
	return 0;
}

/* dynptrs 5 */
static int set_slice(struct rq_verifier *v, const struct rq_call *call, struct rq_reg *result)
{
	bool writable = !strcmp(call->func->name, "bpf_dynptr_slice_rdwr");

	if (!call->constant_found || !call->dynptr_id)
		return rq_reject(v, -EFAULT, "verifier bug: bpf_dynptr_slice(no constant size or no dynptr)");
	if (writable && !rq_may_access_packet(v, RQ_WRITE))
		return rq_reject(v, -EINVAL, "the prog does not allow writes to packet data");
	rq_reg_set_pointer(result, RQ_PTR_TO_MEM, RQ_PTR_DYNPTR_SLICE | (writable ? 0 : RQ_PTR_RDONLY));
	result->mem_size = (uint32_t)call->constant;
	result->dynptr_id = call->dynptr_id;
	result->dynptr_type = call->dynptr_type;
	return 0;
}

static int set_plain_pointer(struct rq_verifier *v, const struct rq_call *call, struct rq_reg *result, uint32_t target)
{
	const struct btf_type *type = btf__type_by_id(call->btf->types, target);
	bool rdonly = call->mem_size_known ? call->result_rdonly : true;
	int64_t size = call->mem_size_known ? call->mem_size : rq_btf_size_of(call->btf, target);

	if (type && btf_is_struct(type)) {
		uint16_t flags = 0;

		if (call->func->flags & RQ_KF_ITER_NEXT)
			flags = call->iter_frame->slots[call->iter_slot].spill.flags & RQ_PTR_RCU ? RQ_PTR_RCU :
												  RQ_PTR_TRUSTED;
		rq_reg_set_btf(result, flags, call->btf, target);
		return 0;
	}
	/* results 4: what a void pointer points to is not known, so it is a number. */
	if (!target) {
		rq_reg_set_unknown(result);
		return 0;
	}
	if (size <= 0)
		return rq_reject(v, -EINVAL, "kernel function %s returns pointer type %s %s is not supported",
				 call->func->name, "UNKNOWN", rq_btf_name(call->btf, target));
	rq_reg_set_pointer(result, RQ_PTR_TO_MEM, rdonly ? RQ_PTR_RDONLY : 0);
	result->mem_size = (uint32_t)size;
	result->ref_id = call->ref_id;
	return 0;
}

static bool gives_node(const struct rq_func *func)
{
	switch (func->duty) {
	case RQ_DUTY_LIST_POP:
	case RQ_DUTY_LIST_FRONT:
	case RQ_DUTY_RBTREE_REMOVE:
	case RQ_DUTY_RBTREE_FIRST:
	case RQ_DUTY_RBTREE_ROOT:
	case RQ_DUTY_RBTREE_CHILD:
		return true;
	default:
		return false;
	}
}

static int set_pointer(struct rq_verifier *v, const struct rq_call *call, struct rq_reg *result, uint32_t target)
{
	const struct rq_func *func = call->func;

	switch (func->duty) {
	case RQ_DUTY_OBJ_NEW:
	case RQ_DUTY_PERCPU_OBJ_NEW:
		return set_new_object(v, call, result);
	case RQ_DUTY_REFCOUNT_ACQUIRE:
		rq_reg_set_btf(result, RQ_PTR_ALLOC, call->object_btf, call->object_id);
		return 0;
	case RQ_DUTY_CAST_TO_KERN_CTX:
		return set_kernel_context(v, result);
	case RQ_DUTY_RDONLY_CAST:
		return set_cast(v, call, result);
	case RQ_DUTY_DYNPTR_SLICE:
		return set_slice(v, call, result);
	default:
		if (gives_node(func)) {
			rq_reg_set_graph_node(result, call->root);
			return 0;
		}
		return set_plain_pointer(v, call, result, target);
	}
}

static bool holds_lock(const struct rq_reg *reg)
{
	const struct rq_record *record = rq_reg_record(reg);

	return record && (record->kinds & (1u << RQ_FIELD_SPIN_LOCK | 1u << RQ_FIELD_RES_SPIN_LOCK));
}

/* results 3 */
static int set_pointer_result(struct rq_verifier *v, const struct rq_call *call, uint32_t target)
{
	const struct rq_func *func = call->func;
	bool null = func->flags & RQ_KF_RET_NULL;
	struct rq_reg *result = &rq_regs(v)[0];
	uint32_t id;
	int error = set_pointer(v, call, result, target);

	if (error)
		return error;
	/* An owner's copy is never NULL: bpf_refcount_acquire() can fail only for a borrower. */
	if (func->duty == RQ_DUTY_REFCOUNT_ACQUIRE && call->object_owning)
		null = false;
	if (null) {
		result->flags |= RQ_PTR_MAYBE_NULL;
		result->id = rq_new_id(v);
	}
	if (func->flags & RQ_KF_ACQUIRE) {
		id = rq_new_id(v);
		error = rq_reference_acquire(v, RQ_REF_POINTER, id, NULL);
		if (error)
			return error;
		if (null)
			result->id = id;
		result->ref_id = id;
	} else if (gives_node(func)) {
		rq_reg_set_non_owning(result);
	}
	if (holds_lock(result) && !result->id)
		result->id = rq_new_id(v);
	return 0;
}

static int set_result(struct rq_verifier *v, const struct rq_call *call)
{
	uint32_t id = rq_btf_skip_modifiers(call->btf, call->prototype->type);
	const struct btf_type *type = btf__type_by_id(call->btf->types, id);
	struct rq_reg *result = &rq_regs(v)[0];

	rq_reg_set_not_init(result);
	if (!id)
		return 0;
	if (btf_is_ptr(type))
		return set_pointer_result(v, call, rq_btf_skip_modifiers(call->btf, type->type));
	if (!btf_is_int(type) && !btf_is_any_enum(type))
		return rq_unsupported(v, "kind of this kfunc's result");
	if (takes_lock(call->func))
		rq_reg_set_const(result, 0);
	else
		rq_reg_set_unknown(result);
	return 0;
}

int rq_check_kfunc_call(struct rq_verifier *v, const struct bpf_insn *insn)
{
	const struct rq_func *func = v->aux[v->insn].func;
	struct rq_call call = { .func = func };
	const struct btf_type *type;
	int error = check_allowed(v, insn, func);

	if (error)
		return error;
	call.btf = v->prog->kernel_btf;
	type = btf__type_by_id(call.btf->types, insn->imm);
	call.prototype = btf__type_by_id(call.btf->types, type->type);
	if (!call.prototype || !btf_is_func_proto(call.prototype))
		return rq_reject(v, -EINVAL, "kernel function btf_id %d does not have a valid func_proto", insn->imm);
	if (takes_lock(func)) {
		error = rq_fork_lock_failure(v);
		if (error)
			return error;
	}
	error = rq_check_kfunc_arguments(v, &call);
	if (!error)
		error = rq_check_kfunc_regions(v, func);
	if (error)
		return error;
	if (call.release_regno && !(func->flags & RQ_KF_ITER_DESTROY)) {
		error = rq_reference_release(v, call.ref_id);
		if (error)
			return rq_reject(v, error, "kfunc %s#%d reference has not been acquired before", func->name,
					 insn->imm);
	}
	error = check_duty(v, &call);
	if (error)
		return error;
	if (func->flags & RQ_FUNC_NO_RETURN)
		return throw(v);
	rq_clobber_args(v);
	error = set_result(v, &call);
	if (!error && (func->flags & RQ_FUNC_CHANGES_PACKET))
		rq_invalidate_packet_pointers(v);
	if (!error && (func->flags & RQ_KF_ITER_NEXT))
		error = rq_fork_iter_next(v, &call);
	return error;
}
