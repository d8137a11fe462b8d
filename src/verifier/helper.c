/* SPDX-License-Identifier: BSD-2-Clause */
/* Helper calls: docs/verifier.md, "Calls" and "Results". Arguments are in argument.c. */
#include <errno.h>
#include <string.h>

#include "func/format.h"
#include "prog/hooks.h"
#include "verifier/calls.h"

#define CPUS_MAX 1024 /* of a machine: bpf.h */

/* What Debian 12's linux/bpf.h lacks. */
#define MAP_TYPE_CGRP_STORAGE	 32
#define FUNC_CGRP_STORAGE_GET	 210
#define FUNC_CGRP_STORAGE_DELETE 211

/* calls 2 */
static int check_allowed(struct rq_verifier *v, const struct bpf_insn *insn, const struct rq_func *func)
{
	if (!func && (insn->imm <= 0 || insn->imm > RQ_HELPERS_LAST))
		return rq_reject(v, -EINVAL, "invalid func unknown#%d", insn->imm);
	if (!func)
		return rq_unsupported(v, "this helper");
	if (!rq_since(v, func->since) || (func->groups && !(func->groups & v->prog->type->helper_groups)))
		return rq_reject(v, -EINVAL, "program of this type cannot use helper %s#%u", func->name, func->helper);
	if ((func->flags & RQ_FUNC_ITERATORS_ONLY) &&
	    (v->prog->type->type != BPF_PROG_TYPE_TRACING || v->prog->expected_attach_type != BPF_TRACE_ITER))
		return rq_reject(v, -EINVAL, "program of this type cannot use helper %s#%u", func->name, func->helper);
	if (!v->prog->gpl && (func->flags & RQ_FUNC_GPL_ONLY))
		return rq_reject(v, -EINVAL, "cannot call GPL-restricted function from non-GPL compatible program");
	if ((func->flags & RQ_FUNC_NOT_IN_PROBES) && !rq_hook_has_paths(v->prog))
		return rq_reject(v, -EINVAL, "helper call is not allowed in probe");
	if ((func->flags & RQ_KF_SLEEPABLE) && !v->prog->sleepable)
		return rq_reject(v, -EINVAL, "helper call might sleep in a non-sleepable prog");
	return rq_check_helper_regions(v, func);
}

/* Which helpers a map type is for alone, and which it takes: arguments 7. */
static const struct {
	uint32_t map; /* enum bpf_map_type */
	uint32_t helpers[8];
	bool also; /* these helpers need it, but others take it too; else it is for these alone */
} map_helpers[] = {
	{ BPF_MAP_TYPE_PROG_ARRAY, { BPF_FUNC_tail_call } },
	{ BPF_MAP_TYPE_PERF_EVENT_ARRAY, { BPF_FUNC_perf_event_read, BPF_FUNC_perf_event_output, BPF_FUNC_skb_output,
					   BPF_FUNC_perf_event_read_value, BPF_FUNC_xdp_output } },
	{ BPF_MAP_TYPE_RINGBUF, { BPF_FUNC_ringbuf_output, BPF_FUNC_ringbuf_reserve, BPF_FUNC_ringbuf_query,
				  BPF_FUNC_ringbuf_reserve_dynptr, BPF_FUNC_ringbuf_submit_dynptr,
				  BPF_FUNC_ringbuf_discard_dynptr } },
	{ BPF_MAP_TYPE_USER_RINGBUF, { BPF_FUNC_user_ringbuf_drain } },
	{ BPF_MAP_TYPE_STACK_TRACE, { BPF_FUNC_get_stackid } },
	{ BPF_MAP_TYPE_CGROUP_ARRAY, { BPF_FUNC_skb_under_cgroup, BPF_FUNC_current_task_under_cgroup } },
	{ BPF_MAP_TYPE_CGROUP_STORAGE, { BPF_FUNC_get_local_storage } },
	{ BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, { BPF_FUNC_get_local_storage } },
	{ BPF_MAP_TYPE_DEVMAP, { BPF_FUNC_redirect_map, BPF_FUNC_map_lookup_elem } },
	{ BPF_MAP_TYPE_DEVMAP_HASH, { BPF_FUNC_redirect_map, BPF_FUNC_map_lookup_elem } },
	{ BPF_MAP_TYPE_CPUMAP, { BPF_FUNC_redirect_map } },
	{ BPF_MAP_TYPE_XSKMAP, { BPF_FUNC_redirect_map, BPF_FUNC_map_lookup_elem } },
	{ BPF_MAP_TYPE_ARRAY_OF_MAPS, { BPF_FUNC_map_lookup_elem } },
	{ BPF_MAP_TYPE_HASH_OF_MAPS, { BPF_FUNC_map_lookup_elem } },
	{ BPF_MAP_TYPE_QUEUE, { BPF_FUNC_map_peek_elem, BPF_FUNC_map_pop_elem, BPF_FUNC_map_push_elem } },
	{ BPF_MAP_TYPE_STACK, { BPF_FUNC_map_peek_elem, BPF_FUNC_map_pop_elem, BPF_FUNC_map_push_elem } },
	{ BPF_MAP_TYPE_SK_STORAGE, { BPF_FUNC_sk_storage_get, BPF_FUNC_sk_storage_delete, BPF_FUNC_kptr_xchg } },
	{ BPF_MAP_TYPE_INODE_STORAGE, { BPF_FUNC_inode_storage_get, BPF_FUNC_inode_storage_delete, BPF_FUNC_kptr_xchg } },
	{ BPF_MAP_TYPE_TASK_STORAGE, { BPF_FUNC_task_storage_get, BPF_FUNC_task_storage_delete, BPF_FUNC_kptr_xchg } },
	{ MAP_TYPE_CGRP_STORAGE, { FUNC_CGRP_STORAGE_GET, FUNC_CGRP_STORAGE_DELETE, BPF_FUNC_kptr_xchg } },
	{ BPF_MAP_TYPE_SOCKMAP, { BPF_FUNC_sk_redirect_map, BPF_FUNC_sock_map_update, BPF_FUNC_map_delete_elem,
				  BPF_FUNC_msg_redirect_map, BPF_FUNC_sk_select_reuseport, BPF_FUNC_map_lookup_elem,
				  BPF_FUNC_map_update_elem } },
	{ BPF_MAP_TYPE_SOCKHASH, { BPF_FUNC_sk_redirect_hash, BPF_FUNC_sock_hash_update, BPF_FUNC_map_delete_elem,
				   BPF_FUNC_msg_redirect_hash, BPF_FUNC_sk_select_reuseport, BPF_FUNC_map_lookup_elem,
				   BPF_FUNC_map_update_elem } },
	{ BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, { BPF_FUNC_sk_select_reuseport } },
	{ BPF_MAP_TYPE_PERCPU_ARRAY, { BPF_FUNC_map_lookup_percpu_elem }, true },
	{ BPF_MAP_TYPE_PERCPU_HASH, { BPF_FUNC_map_lookup_percpu_elem }, true },
	{ BPF_MAP_TYPE_LRU_PERCPU_HASH, { BPF_FUNC_map_lookup_percpu_elem }, true },
	{ BPF_MAP_TYPE_BLOOM_FILTER, { BPF_FUNC_map_peek_elem, BPF_FUNC_map_push_elem } },
};

int rq_check_map_suits(struct rq_verifier *v, const struct rq_call *call)
{
	bool special = false, needs = false, fits = false;
	uint32_t type;

	if (!call->map)
		return 0;
	type = call->map->ops->type;
	for (unsigned int i = 0; i < sizeof(map_helpers) / sizeof(*map_helpers); i++) {
		bool mine = map_helpers[i].map == type;

		special |= mine && !map_helpers[i].also;
		for (unsigned int j = 0; j < 8 && map_helpers[i].helpers[j]; j++) {
			if (map_helpers[i].helpers[j] != call->func->helper)
				continue;
			fits |= mine;
			needs |= call->func->helper != BPF_FUNC_map_lookup_elem &&
				 call->func->helper != BPF_FUNC_map_update_elem &&
				 call->func->helper != BPF_FUNC_map_delete_elem &&
				 call->func->helper != BPF_FUNC_kptr_xchg;
		}
	}
	if ((special || needs) && !fits)
		return rq_reject(v, -EINVAL, "cannot pass map_type %u into func %s#%u", type, call->func->name,
				 call->func->helper);
	return 0;
}

/* ---- After the arguments ---- */

/* Of kptr_xchg() the slot owns the object from now on; a per-CPU one stays readable under RCU. */
static int give_to_kptr(struct rq_verifier *v, uint32_t ref_id)
{
	bool in_rcu = v->state->active_rcu_locks || !v->prog->sleepable;
	struct rq_reg *reg;

	if (!rq_reference_exists(v->state, ref_id))
		return -EINVAL;
	rq_reference_forget(v->state, ref_id);
	RQ_EACH_REG(v->state, reg) {
		if (reg->ref_id != ref_id)
			continue;
		if (in_rcu && rq_reg_is_pointer(reg) && (reg->flags & RQ_PTR_ALLOC) && (reg->flags & RQ_PTR_PERCPU)) {
			reg->ref_id = 0;
			reg->flags = (reg->flags & ~RQ_PTR_ALLOC) | RQ_PTR_RCU;
		} else {
			rq_reg_invalidate(v, reg);
		}
	}
	return 0;
}

/* references 3 */
static int give_up(struct rq_verifier *v, const struct rq_call *call)
{
	const struct rq_func *func = call->func;
	uint32_t regno = call->release_regno;
	int error = -EINVAL;

	if (!regno)
		return 0;
	if (func->args[regno - 1].kind == RQ_ARG_DYNPTR)
		error = rq_release_dynptr(v, regno);
	else if (rq_reg_is_null(&rq_regs(v)[regno]))
		error = 0;
	else if (func->duty == RQ_DUTY_KPTR_XCHG)
		error = give_to_kptr(v, call->ref_id);
	else if (call->ref_id)
		error = rq_reference_release(v, call->ref_id);
	if (error == -EINVAL)
		return rq_reject(v, error, "func %s#%u reference has not been acquired before", func->name, func->helper);
	return error;
}

/* arguments 9 */
static int check_snprintf(struct rq_verifier *v, const struct rq_call *call)
{
	const struct rq_reg *format = &rq_regs(v)[3], *length = &rq_regs(v)[5];
	uint64_t address;
	int error;

	if (call->func->helper != BPF_FUNC_snprintf)
		return 0;
	if (!rq_value_is_const(&length->value) || length->value.bits.value % 8)
		return rq_reject(v, -EINVAL, "Invalid format string");
	error = format->map->ops->direct_value((struct rq_map *)format->map, 0, &address);
	if (error)
		return rq_reject(v, error, "Invalid format string");
	address += format->value.bits.value + format->off;
	if (!rq_format_fits((const char *)(uintptr_t)address, length->value.bits.value / 8))
		return rq_reject(v, -EINVAL, "Invalid format string");
	return 0;
}

/* What one function alone asks for. */
static int check_duty(struct rq_verifier *v, struct rq_call *call)
{
	const struct rq_reg *regs = rq_regs(v), *dynptr;
	const struct rq_func *func = call->func;

	switch (func->duty) {
	case RQ_DUTY_TAIL_CALL:
		if (call->map->ops->type != BPF_MAP_TYPE_PROG_ARRAY)
			return rq_reject(v, -EINVAL, "expected prog array map for tail call");
		return rq_check_leaving(v, "tail_call", false, true);
	case RQ_DUTY_LOOP:
	case RQ_DUTY_FOR_EACH_MAP_ELEM:
	case RQ_DUTY_USER_RINGBUF_DRAIN:
	case RQ_DUTY_FIND_VMA:
	case RQ_DUTY_TIMER_SET_CALLBACK:
		return rq_check_callback(v, call);
	case RQ_DUTY_SNPRINTF:
		return check_snprintf(v, call);
	case RQ_DUTY_MAP_UPDATE:
	case RQ_DUTY_MAP_DELETE:
		if (call->map && (call->map->map_flags & BPF_F_RDONLY_PROG))
			return rq_reject(v, -EACCES, "write into map forbidden");
		return 0;
	case RQ_DUTY_DYNPTR_FROM_MEM:
		if (regs[1].type != RQ_PTR_TO_MAP_VALUE)
			return rq_reject(v, -EACCES, "Unsupported reg type %s for bpf_dynptr_from_mem data",
					 rq_reg_name(v, &regs[1]));
		return 0;
	case RQ_DUTY_DYNPTR_DATA:
		dynptr = rq_dynptr_of(v, 1);
		call->dynptr_id = dynptr ? dynptr->id : 0;
		call->ref_id = dynptr ? dynptr->ref_id : 0;
		return 0;
	case RQ_DUTY_PER_CPU_PTR:
		call->object_btf = regs[1].btf;
		call->object_id = regs[1].btf_id;
		call->arg_percpu_alloc = regs[1].flags & (RQ_PTR_RCU | RQ_PTR_ALLOC);
		return 0;
	default:
		if (func->helper == BPF_FUNC_get_local_storage && !rq_reg_is_null(&regs[2]))
			return rq_reject(v, -EINVAL, "get_local_storage() doesn't support non-zero flags");
		return 0;
	}
}

/* ---- Results ---- */

static const struct {
	uint8_t type;
	uint16_t flags;
} results[] = {
	[RQ_RET_MAP_VALUE_OR_NULL] = { RQ_PTR_TO_MAP_VALUE, RQ_PTR_MAYBE_NULL },
	[RQ_RET_MAP_VALUE] = { RQ_PTR_TO_MAP_VALUE, 0 },
	[RQ_RET_MEM_OR_NULL] = { RQ_PTR_TO_MEM, RQ_PTR_MAYBE_NULL },
	[RQ_RET_RINGBUF_MEM_OR_NULL] = { RQ_PTR_TO_MEM, RQ_PTR_MAYBE_NULL | RQ_PTR_RINGBUF },
	[RQ_RET_DYNPTR_MEM_OR_NULL] = { RQ_PTR_TO_MEM, RQ_PTR_MAYBE_NULL },
	[RQ_RET_BTF_ID_OR_NULL] = { RQ_PTR_TO_BTF_ID, RQ_PTR_MAYBE_NULL },
	[RQ_RET_TRUSTED_BTF_ID] = { RQ_PTR_TO_BTF_ID, RQ_PTR_TRUSTED },
	[RQ_RET_SOCKET_OR_NULL] = { RQ_PTR_TO_SOCKET, RQ_PTR_MAYBE_NULL },
	[RQ_RET_SOCK_COMMON_OR_NULL] = { RQ_PTR_TO_SOCK_COMMON, RQ_PTR_MAYBE_NULL },
	[RQ_RET_TCP_SOCK_OR_NULL] = { RQ_PTR_TO_TCP_SOCK, RQ_PTR_MAYBE_NULL },
};

static void set_map_value(struct rq_verifier *v, const struct rq_call *call, struct rq_reg *result)
{
	const uint32_t locks = 1u << RQ_FIELD_SPIN_LOCK | 1u << RQ_FIELD_RES_SPIN_LOCK;

	result->map = call->map;
	result->map_uid = call->map_uid;
	/* results 2 */
	if (call->key_constant && call->key >= 0 && (uint64_t)call->key < call->map->max_entries)
		result->flags &= ~RQ_PTR_MAYBE_NULL;
	/* A lock is known by the lookup it was found with. */
	if (!(result->flags & RQ_PTR_MAYBE_NULL) && call->map->record && (call->map->record->kinds & locks))
		result->id = rq_new_id(v);
}

static int set_btf_result(struct rq_verifier *v, const struct rq_call *call, struct rq_reg *result)
{
	const struct rq_btf *btf = v->prog->kernel_btf;
	int32_t id;

	if (call->func->duty == RQ_DUTY_KPTR_XCHG) {
		btf = call->kptr->target_btf;
		id = (int32_t)call->kptr->target_id;
		if (!btf->kernel)
			result->flags |= RQ_PTR_ALLOC;
		if (call->kptr->kind == RQ_FIELD_KPTR_PERCPU)
			result->flags |= RQ_PTR_PERCPU;
	} else {
		id = call->func->returns_type ? rq_kernel_struct(v, call->func->returns_type) : -1;
	}
	if (id < 0)
		return rq_unsupported(v, "type of this helper's result");
	result->btf = btf;
	result->btf_id = (uint32_t)id;
	return 0;
}

/* bpf_per_cpu_ptr(), bpf_this_cpu_ptr(): what the per-CPU pointer was to. */
static int set_per_cpu_result(struct rq_verifier *v, const struct rq_call *call, struct rq_reg *result)
{
	bool this_cpu = call->func->helper == BPF_FUNC_this_cpu_ptr;
	uint16_t flags = this_cpu ? 0 : RQ_PTR_MAYBE_NULL;
	uint32_t id = rq_btf_skip_modifiers(call->object_btf, call->object_id);
	int64_t size;

	if (btf_is_composite(btf__type_by_id(call->object_btf->types, id))) {
		if (call->arg_percpu_alloc)
			flags |= RQ_PTR_ALLOC | RQ_PTR_RCU;
		else
			flags |= RQ_PTR_TRUSTED;
		rq_reg_set_btf(result, flags, call->object_btf, id);
		return 0;
	}
	size = rq_btf_size_of(call->object_btf, id);
	if (size < 0)
		return rq_unsupported(v, "size of this per-CPU variable");
	rq_reg_set_pointer(result, RQ_PTR_TO_MEM, flags | RQ_PTR_RDONLY);
	result->mem_size = (uint32_t)size;
	return 0;
}

static int set_pointer_result(struct rq_verifier *v, const struct rq_call *call, struct rq_reg *result)
{
	enum rq_ret returns = call->func->returns;
	int error = 0;

	if (returns == RQ_RET_MEM_OR_BTF_ID) {
		error = set_per_cpu_result(v, call, result);
		if (error)
			return error;
	} else {
		if (returns >= sizeof(results) / sizeof(*results) || !results[returns].type)
			return rq_unsupported(v, "kind of this helper's result");
		rq_reg_set_pointer(result, results[returns].type, results[returns].flags);
		if (result->type == RQ_PTR_TO_MAP_VALUE)
			set_map_value(v, call, result);
		else if (result->type == RQ_PTR_TO_MEM)
			result->mem_size = call->mem_size;
		else if (result->type == RQ_PTR_TO_BTF_ID)
			error = set_btf_result(v, call, result);
		if (error)
			return error;
	}
	if (result->flags & RQ_PTR_MAYBE_NULL)
		result->id = rq_new_id(v);
	if (call->func->duty == RQ_DUTY_DYNPTR_DATA)
		result->dynptr_id = call->dynptr_id;
	return 0;
}

static bool acquires(const struct rq_call *call)
{
	/* A socket that is found in a map is referenced. */
	if (call->func->duty == RQ_DUTY_MAP_LOOKUP && call->map)
		return call->map->ops->type == BPF_MAP_TYPE_SOCKMAP || call->map->ops->type == BPF_MAP_TYPE_SOCKHASH;
	return call->func->flags & RQ_KF_ACQUIRE;
}

static int set_result(struct rq_verifier *v, const struct rq_call *call)
{
	const struct rq_func *func = call->func;
	struct rq_reg *result = &rq_regs(v)[0];
	uint32_t id;
	int error;

	if (func->returns == RQ_RET_VOID) {
		rq_reg_set_not_init(result);
	} else if (func->returns == RQ_RET_INTEGER) {
		rq_reg_set_unknown(result);
		if (func->flags & RQ_FUNC_RETURNS_LENGTH)
			result->value = rq_value_srange(-4095, call->length_max > INT32_MAX ? INT32_MAX :
											(int64_t)call->length_max);
		if (func->flags & RQ_FUNC_RETURNS_CPU)
			result->value = rq_value_urange(0, (v->options->cpus ?: CPUS_MAX) - 1);
	} else {
		error = set_pointer_result(v, call, result);
		if (error)
			return error;
	}
	if (func->duty == RQ_DUTY_DYNPTR_DATA || (func->flags & RQ_FUNC_SAME_REFERENCE)) {
		result->ref_id = call->ref_id;
	} else if (acquires(call)) {
		id = rq_new_id(v);
		error = rq_reference_acquire(v, RQ_REF_POINTER, id, NULL);
		if (error)
			return error;
		result->id = id;
		result->ref_id = id;
	}
	return 0;
}

static void note_map(struct rq_verifier *v, const struct rq_call *call)
{
	struct rq_insn_aux *aux = &v->aux[v->insn];

	if (!call->map)
		return;
	if (aux->call_map && aux->call_map != call->map)
		aux->call_map_varies = true;
	aux->call_map = call->map;
}

int rq_check_helper_call(struct rq_verifier *v, const struct bpf_insn *insn)
{
	const struct rq_func *func = v->aux[v->insn].func;
	struct rq_call call = { .func = func };
	bool packet_changes;
	int error = check_allowed(v, insn, func);

	if (error)
		return error;
	if (func->duty == RQ_DUTY_DYNPTR_FROM_MEM)
		call.dynptr_type = RQ_DYNPTR_LOCAL;
	else if (func->duty == RQ_DUTY_DYNPTR_RESERVE)
		call.dynptr_type = RQ_DYNPTR_RINGBUF;
	for (uint32_t i = 0; i < 5; i++) {
		error = rq_check_helper_argument(v, &call, i);
		if (error)
			return error;
	}
	packet_changes = func->flags & RQ_FUNC_CHANGES_PACKET;
	if (func->duty == RQ_DUTY_DYNPTR_WRITE && call.dynptr_type == RQ_DYNPTR_SKB)
		packet_changes = true;
	note_map(v, &call);
	error = give_up(v, &call);
	if (!error)
		error = check_duty(v, &call);
	if (error)
		return error;
	rq_clobber_args(v);
	error = set_result(v, &call);
	if (!error)
		error = rq_check_map_suits(v, &call);
	if (!error && packet_changes)
		rq_invalidate_packet_pointers(v);
	return error;
}
