// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* Tasks that outlive the moment: a reference is taken, and released on every path. */
struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

struct cgroup {
	int level;
} __attribute__((preserve_access_index));

extern struct task_struct *bpf_task_acquire(struct task_struct *task) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;
extern struct task_struct *bpf_task_from_pid(__s32 pid) __ksym;
extern struct task_struct *bpf_task_from_vpid(__s32 pid) __ksym;
extern long bpf_task_under_cgroup(struct task_struct *task, struct cgroup *ancestor) __ksym;
extern struct cgroup *bpf_task_get_cgroup1(struct task_struct *task, int hierarchy) __ksym;
extern struct cgroup *bpf_cgroup_from_id(__u64 id) __ksym;
extern void bpf_cgroup_release(struct cgroup *cgroup) __ksym;

SEC("syscall")
int keep_current(void *context)
{
	struct task_struct *task = bpf_task_acquire(bpf_get_current_task_btf());

	if (!task) /* its last reference was just given up */
		return 1;
	bpf_task_release(task);
	return 0;
}

SEC("syscall")
int find(void *context)
{
	struct task_struct *task = bpf_task_from_pid(bpf_get_current_pid_tgid());

	if (task)
		bpf_task_release(task);
	task = bpf_task_from_vpid(1); /* as seen from this task's namespace */
	if (task)
		bpf_task_release(task);
	return 0;
}

SEC("syscall")
int is_in_cgroup(void *context)
{
	struct cgroup *cgroup = bpf_cgroup_from_id(1), *old;
	long inside;

	if (!cgroup)
		return 0;
	inside = bpf_task_under_cgroup(bpf_get_current_task_btf(), cgroup);
	bpf_cgroup_release(cgroup);
	old = bpf_task_get_cgroup1(bpf_get_current_task_btf(),
				   1); /* NULL: no such hierarchy of version 1 */
	if (old)
		bpf_cgroup_release(old);
	return inside == 1 ? 0 : 1;
}

char LICENSE[] SEC("license") = "GPL";
