// SPDX-License-Identifier: BSD-2-Clause
/*
 * Tasks and cgroups. A virtual CPU runs one task, whose number is the CPU's plus one; task_struct and cgroup are
 * zeroes. Nothing counts references to them: they live as long as the process.
 */
#include <errno.h>
#include <string.h>

#include "cpu/cpu.h"
#include "func/args.h"
#include "func/runtime.h"
#include "func/tables.h"
#include "map/map.h"
#include "vm/vm.h"

#define TASK_NAME "rqspin"

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

static uint64_t ancestor_id(struct rq_exec *exec, uint64_t level, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return (int32_t)level ? 0 : 1;
}

/* The tasks here are like kernel threads: nobody may send them signals, and they are in no other namespace. */
static uint64_t no_signal(struct rq_exec *exec, uint64_t signal, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return -EPERM;
}

static uint64_t no_namespace(struct rq_exec *exec, uint64_t device, uint64_t inode, uint64_t to, uint64_t size, uint64_t r5)
{
	memset((void *)(uintptr_t)to, 0, (uint32_t)size);
	return -EINVAL;
}

#define HELPER(name, flags, returns, type, ...)                                                                        \
	{ "bpf_" #name, BPF_FUNC_##name, flags, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE, returns, type,            \
	  __VA_ARGS__ }
#define KFUNC(kfunc, kf_flags, group, function)                                                                         \
	{ .name = kfunc, .flags = (kf_flags), .since = RQ_KERNEL_6_15, .groups = (group), .call = (function) }

static const struct rq_func rows[] = {
	HELPER(get_task_stack, RQ_FUNC_RETURNS_LENGTH, RQ_RET_INTEGER, NULL, { BTF("task_struct"), OUT, SIZE_OR_0, ANY }, zero),
	HELPER(copy_from_user_task, GPL | RQ_KF_SLEEPABLE, RQ_RET_INTEGER, NULL, { OUT, SIZE_OR_0, ANY, BTF("task_struct"), ANY },
	       NULL),
	HELPER(get_current_pid_tgid, 0, RQ_RET_INTEGER, NULL, .call = pid_tgid),
	HELPER(get_current_uid_gid, 0, RQ_RET_INTEGER, NULL, .call = uid_gid),
	HELPER(get_current_comm, 0, RQ_RET_INTEGER, NULL, { OUT, SIZE }, comm),
	HELPER(get_current_task, GPL, RQ_RET_INTEGER, NULL, .call = current_task),
	HELPER(get_current_task_btf, GPL, RQ_RET_TRUSTED_BTF_ID, "task_struct", .call = current_task),
	HELPER(get_current_cgroup_id, 0, RQ_RET_INTEGER, NULL, .call = one),
	HELPER(get_current_ancestor_cgroup_id, 0, RQ_RET_INTEGER, NULL, { ANY }, ancestor_id),
	HELPER(get_cgroup_classid, 0, RQ_RET_INTEGER, NULL, { CONTEXT }, zero),
	HELPER(current_task_under_cgroup, 0, RQ_RET_INTEGER, NULL, { MAP, ANY }, under_cgroup),
	HELPER(send_signal, 0, RQ_RET_INTEGER, NULL, { ANY }, no_signal),
	HELPER(send_signal_thread, 0, RQ_RET_INTEGER, NULL, { ANY }, no_signal),
	HELPER(task_pt_regs, GPL, RQ_RET_TRUSTED_BTF_ID, "pt_regs", { BTF("task_struct") }, NULL),
	HELPER(get_ns_current_pid_tgid, 0, RQ_RET_INTEGER, NULL, { ANY, ANY, OUT, SIZE }, no_namespace),
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
};

RQ_FUNC_TABLE(rq_task_funcs, rows);
