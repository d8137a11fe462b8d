// SPDX-License-Identifier: BSD-2-Clause
/* Objects that a program allocates, kptrs, exceptions, casts. */
#include "func/args.h"
#include "func/tables.h"
#include "vm/vm.h"

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

#define KFUNC(kfunc, kf_flags, duty_, group, function)                                                                  \
	{ .name = kfunc, .flags = (kf_flags), .duty = (duty_), .since = RQ_KERNEL_6_15, .groups = (group), .call = (function) }

static const struct rq_func rows[] = {
	KFUNC("bpf_obj_new_impl", RQ_KF_ACQUIRE | RQ_KF_RET_NULL, RQ_DUTY_OBJ_NEW, RQ_GROUP_GENERIC, NULL),
	KFUNC("bpf_obj_drop_impl", RQ_KF_RELEASE, RQ_DUTY_OBJ_DROP, RQ_GROUP_GENERIC, NULL),
	KFUNC("bpf_percpu_obj_new_impl", RQ_KF_ACQUIRE | RQ_KF_RET_NULL, RQ_DUTY_PERCPU_OBJ_NEW, RQ_GROUP_GENERIC, NULL),
	KFUNC("bpf_percpu_obj_drop_impl", RQ_KF_RELEASE, RQ_DUTY_PERCPU_OBJ_DROP, RQ_GROUP_GENERIC, NULL),
	KFUNC("bpf_refcount_acquire_impl", RQ_KF_ACQUIRE | RQ_KF_RET_NULL | RQ_KF_RCU | RQ_FUNC_UNDER_LOCK,
	      RQ_DUTY_REFCOUNT_ACQUIRE, RQ_GROUP_GENERIC, NULL),
	KFUNC("bpf_rdonly_cast", RQ_KF_FASTCALL, RQ_DUTY_RDONLY_CAST, 0, same),
	KFUNC("bpf_cast_to_kern_ctx", RQ_KF_FASTCALL, RQ_DUTY_CAST_TO_KERN_CTX, 0, NULL),
	KFUNC("bpf_throw", RQ_FUNC_NO_RETURN, RQ_DUTY_THROW, RQ_GROUP_GENERIC, throw),
	{ "bpf_kptr_xchg", BPF_FUNC_kptr_xchg, 0, RQ_DUTY_KPTR_XCHG, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_BTF_ID_OR_NULL, NULL, { { RQ_ARG_KPTR_SLOT }, { RQ_ARG_BTF_ID_OR_NULL, .flags = RQ_ARG_RELEASES } }, NULL },
	{ "bpf_per_cpu_ptr", BPF_FUNC_per_cpu_ptr, 0, RQ_DUTY_PER_CPU_PTR, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_MEM_OR_BTF_ID, NULL, { { RQ_ARG_PERCPU_BTF_ID }, ANY }, NULL },
	{ "bpf_this_cpu_ptr", BPF_FUNC_this_cpu_ptr, 0, RQ_DUTY_PER_CPU_PTR, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_MEM_OR_BTF_ID, NULL, { { RQ_ARG_PERCPU_BTF_ID } }, NULL },
};

RQ_FUNC_TABLE(rq_object_funcs, rows);
