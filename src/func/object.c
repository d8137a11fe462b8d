// SPDX-License-Identifier: BSD-2-Clause
/* Objects that a program allocates, kptrs, exceptions, casts. */
#include <stdatomic.h>
#include <string.h>

#include "cpu/cpu.h"
#include "func/args.h"
#include "func/object.h"
#include "func/tables.h"
#include "func/timer.h"
#include "vm/vm.h"

static _Atomic uint32_t *refcount_of(void *object, const struct rq_record *record)
{
	return (_Atomic uint32_t *)((unsigned char *)object + record->refcount_offset);
}

static void drop_kptr(struct rq_runtime *runtime, void *object, const struct rq_field *field)
{
	const struct rq_struct_meta *meta;

	if (!object)
		return;
	if (field->target_btf && field->target_btf->kernel) {
		/* Tasks and cgroups live as long as the process. */
		if (!strcmp(rq_btf_name(field->target_btf, field->target_id), "bpf_cpumask"))
			rq_cpumask_drop(runtime, object);
		return;
	}
	meta = field->target_btf ? rq_btf_struct_meta(field->target_btf, field->target_id) : NULL;
	rq_object_drop(runtime, object, meta ? meta->record : NULL);
}

void rq_object_drop_fields(struct rq_runtime *runtime, void *memory, const struct rq_record *record)
{
	for (uint32_t i = 0; record && i < record->count; i++) {
		const struct rq_field *field = &record->fields[i];
		void *at = (unsigned char *)memory + field->offset;

		switch (field->kind) {
		case RQ_FIELD_KPTR_REF:
		case RQ_FIELD_KPTR_PERCPU:
			drop_kptr(runtime, atomic_exchange((void *_Atomic *)at, NULL), field);
			break;
		case RQ_FIELD_LIST_HEAD:
		case RQ_FIELD_RB_ROOT:
			rq_graph_drop(runtime, at, field);
			break;
		case RQ_FIELD_TIMER:
			rq_timers_drop(rq_runtime_timers(runtime), at);
			break;
		default: /* owns nothing */
			break;
		}
	}
}

void rq_object_drop(struct rq_runtime *runtime, void *object, const struct rq_record *record)
{
	if (!object)
		return;
	/* Who frees it sees what all others wrote before they let go. */
	if (record && record->refcount_offset >= 0 &&
	    atomic_fetch_sub_explicit(refcount_of(object, record), 1, memory_order_acq_rel) != 1)
		return;
	rq_object_drop_fields(runtime, object, record);
	rq_runtime_free_later(runtime, object);
}

static const struct rq_record *noted_record(const struct rq_exec *exec)
{
	const struct rq_struct_meta *meta = rq_exec_note(exec)->meta;

	return meta ? meta->record : NULL;
}

static uint64_t obj_new(struct rq_exec *exec, uint64_t type, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	const struct rq_record *record = noted_record(exec);
	void *object = rq_runtime_alloc(exec->runtime, rq_exec_note(exec)->extra2);

	if (object && record && record->refcount_offset >= 0)
		atomic_store_explicit(refcount_of(object, record), 1, memory_order_relaxed);
	return (uintptr_t)object;
}

static uint64_t obj_drop(struct rq_exec *exec, uint64_t object, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	rq_object_drop(exec->runtime, (void *)(uintptr_t)object, noted_record(exec));
	return 0;
}

static uint64_t percpu_obj_new(struct rq_exec *exec, uint64_t type, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return (uintptr_t)rq_runtime_alloc_percpu(exec->runtime, rq_exec_note(exec)->extra2);
}

static uint64_t percpu_obj_drop(struct rq_exec *exec, uint64_t object, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	rq_runtime_free_later(exec->runtime, (void *)(uintptr_t)object);
	return 0;
}

/* NULL when the object is on its way out: others reach it, through a list that they looked at, until their unlock. */
static uint64_t refcount_acquire(struct rq_exec *exec, uint64_t object, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	_Atomic uint32_t *count = refcount_of((void *)(uintptr_t)object, noted_record(exec));
	uint32_t old = atomic_load_explicit(count, memory_order_relaxed);

	do {
		if (!old)
			return 0;
	} while (!atomic_compare_exchange_weak_explicit(count, &old, old + 1, memory_order_relaxed, memory_order_relaxed));
	return object;
}

static uint64_t kptr_xchg(struct rq_exec *exec, uint64_t slot, uint64_t pointer, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return atomic_exchange((_Atomic uint64_t *)(uintptr_t)slot, pointer);
}

static uint64_t per_cpu_ptr(struct rq_exec *exec, uint64_t pointer, uint64_t cpu, uint64_t r3, uint64_t r4, uint64_t r5)
{
	if ((uint32_t)cpu >= rq_runtime_cpus(exec->runtime))
		return 0;
	return (uintptr_t)rq_runtime_on_cpu(exec->runtime, (void *)(uintptr_t)pointer, (uint32_t)cpu);
}

static uint64_t this_cpu_ptr(struct rq_exec *exec, uint64_t pointer, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return per_cpu_ptr(exec, pointer, rq_cpu_number(exec->cpu), r3, r4, r5);
}

static uint64_t same(struct rq_exec *exec, uint64_t object, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return object;
}

/* The VM returns from every frame once it sees this; so does every helper that calls back. */
static uint64_t throw(struct rq_exec *exec, uint64_t cookie, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	exec->left = true;
	exec->thrown = true;
	exec->cookie = cookie;
	return 0;
}

#define KFUNC(kfunc, kf_flags, duty_, group, function)                                                                 \
	{ .name = kfunc, .flags = (kf_flags), .duty = (duty_), .since = RQ_KERNEL_6_15, .groups = (group), .call = (function) }

static const struct rq_func rows[] = {
	KFUNC("bpf_obj_new_impl", RQ_KF_ACQUIRE | RQ_KF_RET_NULL, RQ_DUTY_OBJ_NEW, RQ_GROUP_GENERIC, obj_new),
	KFUNC("bpf_obj_drop_impl", RQ_KF_RELEASE, RQ_DUTY_OBJ_DROP, RQ_GROUP_GENERIC, obj_drop),
	KFUNC("bpf_percpu_obj_new_impl", RQ_KF_ACQUIRE | RQ_KF_RET_NULL, RQ_DUTY_PERCPU_OBJ_NEW, RQ_GROUP_GENERIC,
	      percpu_obj_new),
	KFUNC("bpf_percpu_obj_drop_impl", RQ_KF_RELEASE, RQ_DUTY_PERCPU_OBJ_DROP, RQ_GROUP_GENERIC, percpu_obj_drop),
	KFUNC("bpf_refcount_acquire_impl", RQ_KF_ACQUIRE | RQ_KF_RET_NULL | RQ_KF_RCU | RQ_FUNC_UNDER_LOCK,
	      RQ_DUTY_REFCOUNT_ACQUIRE, RQ_GROUP_GENERIC, refcount_acquire),
	KFUNC("bpf_rdonly_cast", RQ_KF_FASTCALL, RQ_DUTY_RDONLY_CAST, 0, same),
	KFUNC("bpf_throw", RQ_FUNC_NO_RETURN, RQ_DUTY_THROW, RQ_GROUP_GENERIC, throw),
	{ "bpf_kptr_xchg", BPF_FUNC_kptr_xchg, RQ_KF_ACQUIRE, RQ_DUTY_KPTR_XCHG, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_BTF_ID_OR_NULL, NULL, { { RQ_ARG_KPTR_SLOT }, { RQ_ARG_BTF_ID_OR_NULL, .flags = RQ_ARG_RELEASES } },
	  kptr_xchg },
	{ "bpf_per_cpu_ptr", BPF_FUNC_per_cpu_ptr, 0, RQ_DUTY_PER_CPU_PTR, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_MEM_OR_BTF_ID, NULL, { { RQ_ARG_PERCPU_BTF_ID }, ANY }, per_cpu_ptr },
	{ "bpf_this_cpu_ptr", BPF_FUNC_this_cpu_ptr, 0, RQ_DUTY_PER_CPU_PTR, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_MEM_OR_BTF_ID, NULL, { { RQ_ARG_PERCPU_BTF_ID } }, this_cpu_ptr },
};

RQ_FUNC_TABLE(rq_object_funcs, rows);
