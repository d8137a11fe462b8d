// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tasks, cgroups, CPU masks. A virtual CPU runs one task, whose number is the CPU's plus one; task_struct and cgroup are
 * zeroes. Nothing counts references to them: they live as long as the process.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "cpu/cpu.h"
#include "func/args.h"
#include "func/object.h"
#include "func/runtime.h"
#include "func/tables.h"
#include "map/map.h"
#include "vm/vm.h"

#define TASK_NAME "rqspin"
#define MASK_BITS 1024 /* as many as a machine may have CPUs */

static uint32_t current_pid(const struct rq_exec *exec)
{
	return rq_cpu_number(exec->cpu) + 1;
}

static uint64_t pid_tgid(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return (uint64_t)current_pid(exec) << 32 | current_pid(exec);
}

static uint64_t uid_gid(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return 0; /* root */
}

static uint64_t comm(struct rq_exec *exec, uint64_t to, uint64_t size, uint64_t r3, uint64_t r4, uint64_t r5)
{
	char *name = (char *)(uintptr_t)to;
	uint32_t room = (uint32_t)size;

	memset(name, 0, room);
	memcpy(name, TASK_NAME, room > strlen(TASK_NAME) ? strlen(TASK_NAME) : room - 1);
	return 0;
}

static uint64_t current_task(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return (uintptr_t)rq_runtime_task(exec->runtime, rq_cpu_number(exec->cpu));
}

static uint64_t one(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return 1;
}

static uint64_t zero(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return 0;
}

static uint64_t same(struct rq_exec *exec, uint64_t object, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return object;
}

static uint64_t task_from_pid(struct rq_exec *exec, uint64_t pid, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	uint32_t cpu = (uint32_t)pid - 1;

	return cpu < rq_runtime_cpus(exec->runtime) ? (uintptr_t)rq_runtime_task(exec->runtime, cpu) : 0;
}

/* There is one cgroup, the root, whose id is 1. */
static uint64_t cgroup_from_id(struct rq_exec *exec, uint64_t id, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return id == 1 ? (uintptr_t)rq_runtime_zero_object() : 0;
}

/* Nothing is in an array of cgroups. */
static uint64_t under_cgroup(struct rq_exec *exec, uint64_t map, uint64_t index, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return (uint32_t)index >= ((const struct rq_map *)(uintptr_t)map)->max_entries ? -E2BIG : -EAGAIN;
}

/* The root is its own only ancestor, at level 0. */
static uint64_t cgroup_ancestor(struct rq_exec *exec, uint64_t cgroup, uint64_t level, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return (int32_t)level ? 0 : cgroup;
}

struct mask {
	_Atomic uint64_t words[MASK_BITS / 64];
	_Atomic int32_t users;
};

static struct mask *mask_of(uint64_t address)
{
	return (struct mask *)(uintptr_t)address;
}

static uint64_t mask_create(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	struct mask *mask = rq_runtime_alloc(exec->runtime, sizeof(*mask));

	if (mask)
		atomic_store_explicit(&mask->users, 1, memory_order_relaxed);
	return (uintptr_t)mask;
}

static uint64_t mask_acquire(struct rq_exec *exec, uint64_t mask, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	atomic_fetch_add_explicit(&mask_of(mask)->users, 1, memory_order_relaxed);
	return mask;
}

void rq_cpumask_drop(struct rq_runtime *runtime, void *mask)
{
	/* The last user frees it after all others are through with it. */
	if (atomic_fetch_sub_explicit(&((struct mask *)mask)->users, 1, memory_order_acq_rel) == 1)
		rq_runtime_free(runtime, mask);
}

static uint64_t mask_release(struct rq_exec *exec, uint64_t mask, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	rq_cpumask_drop(exec->runtime, mask_of(mask));
	return 0;
}

static uint64_t mask_set(struct rq_exec *exec, uint64_t cpu, uint64_t mask, uint64_t r3, uint64_t r4, uint64_t r5)
{
	if ((uint32_t)cpu < MASK_BITS)
		atomic_fetch_or(&mask_of(mask)->words[(uint32_t)cpu / 64], 1ULL << cpu % 64);
	return 0;
}

static uint64_t mask_clear(struct rq_exec *exec, uint64_t cpu, uint64_t mask, uint64_t r3, uint64_t r4, uint64_t r5)
{
	if ((uint32_t)cpu < MASK_BITS)
		atomic_fetch_and(&mask_of(mask)->words[(uint32_t)cpu / 64], ~(1ULL << cpu % 64));
	return 0;
}

static uint64_t mask_test(struct rq_exec *exec, uint64_t cpu, uint64_t mask, uint64_t r3, uint64_t r4, uint64_t r5)
{
	if ((uint32_t)cpu >= MASK_BITS)
		return 0;
	return atomic_load(&mask_of(mask)->words[(uint32_t)cpu / 64]) >> cpu % 64 & 1;
}

static uint64_t mask_weight(struct rq_exec *exec, uint64_t mask, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	uint64_t weight = 0;

	for (unsigned int i = 0; i < MASK_BITS / 64; i++)
		weight += __builtin_popcountll(atomic_load(&mask_of(mask)->words[i]));
	return weight;
}

#define HELPER(name, flags, returns, type, ...)                                                                        \
	{ "bpf_" #name, BPF_FUNC_##name, flags, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE, returns, type,            \
	  __VA_ARGS__ }
#define KFUNC(kfunc, kf_flags, group, function)                                                                         \
	{ .name = kfunc, .flags = (kf_flags), .since = RQ_KERNEL_6_15, .groups = (group), .call = (function) }

static const struct rq_func rows[] = {
	HELPER(get_current_pid_tgid, 0, RQ_RET_INTEGER, NULL, .call = pid_tgid),
	HELPER(get_current_uid_gid, 0, RQ_RET_INTEGER, NULL, .call = uid_gid),
	HELPER(get_current_comm, 0, RQ_RET_INTEGER, NULL, { OUT, SIZE }, comm),
	HELPER(get_current_task, GPL, RQ_RET_INTEGER, NULL, .call = current_task),
	HELPER(get_current_task_btf, GPL, RQ_RET_TRUSTED_BTF_ID, "task_struct", .call = current_task),
	HELPER(get_current_cgroup_id, 0, RQ_RET_INTEGER, NULL, .call = one),
	HELPER(get_current_ancestor_cgroup_id, 0, RQ_RET_INTEGER, NULL, { ANY }, NULL),
	HELPER(get_cgroup_classid, 0, RQ_RET_INTEGER, NULL, { CONTEXT }, zero),
	HELPER(current_task_under_cgroup, 0, RQ_RET_INTEGER, NULL, { MAP, ANY }, under_cgroup),
	HELPER(send_signal, 0, RQ_RET_INTEGER, NULL, { ANY }, NULL),
	HELPER(send_signal_thread, 0, RQ_RET_INTEGER, NULL, { ANY }, NULL),
	HELPER(task_pt_regs, GPL, RQ_RET_TRUSTED_BTF_ID, "pt_regs", { BTF("task_struct") }, NULL),
	HELPER(get_ns_current_pid_tgid, 0, RQ_RET_INTEGER, NULL, { ANY, ANY, OUT, SIZE }, NULL),
	KFUNC("bpf_task_acquire", RQ_KF_ACQUIRE | RQ_KF_RCU | RQ_KF_RET_NULL, RQ_GROUP_GENERIC, same),
	KFUNC("bpf_task_release", RQ_KF_RELEASE, RQ_GROUP_GENERIC, zero),
	KFUNC("bpf_task_from_pid", RQ_KF_ACQUIRE | RQ_KF_RET_NULL, RQ_GROUP_GENERIC, task_from_pid),
	KFUNC("bpf_task_from_vpid", RQ_KF_ACQUIRE | RQ_KF_RET_NULL, RQ_GROUP_GENERIC, task_from_pid),
	KFUNC("bpf_task_under_cgroup", RQ_KF_RCU, RQ_GROUP_GENERIC, one),
	KFUNC("bpf_task_get_cgroup1", RQ_KF_ACQUIRE | RQ_KF_RCU | RQ_KF_RET_NULL, RQ_GROUP_GENERIC, zero),
	KFUNC("bpf_cgroup_acquire", RQ_KF_ACQUIRE | RQ_KF_RCU | RQ_KF_RET_NULL, RQ_GROUP_GENERIC, same),
	KFUNC("bpf_cgroup_release", RQ_KF_RELEASE, RQ_GROUP_GENERIC, zero),
	KFUNC("bpf_cgroup_ancestor", RQ_KF_ACQUIRE | RQ_KF_RCU | RQ_KF_RET_NULL, RQ_GROUP_GENERIC, cgroup_ancestor),
	KFUNC("bpf_cgroup_from_id", RQ_KF_ACQUIRE | RQ_KF_RET_NULL, RQ_GROUP_GENERIC, cgroup_from_id),
	KFUNC("bpf_cpumask_create", RQ_KF_ACQUIRE | RQ_KF_RET_NULL, RQ_GROUP_CPUMASK, mask_create),
	KFUNC("bpf_cpumask_acquire", RQ_KF_ACQUIRE | RQ_KF_TRUSTED_ARGS, RQ_GROUP_CPUMASK, mask_acquire),
	KFUNC("bpf_cpumask_release", RQ_KF_RELEASE, RQ_GROUP_CPUMASK, mask_release),
	KFUNC("bpf_cpumask_set_cpu", RQ_KF_RCU, RQ_GROUP_CPUMASK, mask_set),
	KFUNC("bpf_cpumask_clear_cpu", RQ_KF_RCU, RQ_GROUP_CPUMASK, mask_clear),
	KFUNC("bpf_cpumask_test_cpu", RQ_KF_RCU, RQ_GROUP_CPUMASK, mask_test),
	KFUNC("bpf_cpumask_weight", RQ_KF_RCU, RQ_GROUP_CPUMASK, mask_weight),
};

RQ_FUNC_TABLE(rq_task_funcs, rows);
