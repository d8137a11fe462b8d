// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* Cgroups by id, and their ancestors. */
struct cgroup {
	int level;
} __attribute__((preserve_access_index));

extern struct cgroup *bpf_cgroup_acquire(struct cgroup *cgroup) __ksym;
extern void bpf_cgroup_release(struct cgroup *cgroup) __ksym;
extern struct cgroup *bpf_cgroup_ancestor(struct cgroup *cgroup, int level) __ksym;
extern struct cgroup *bpf_cgroup_from_id(__u64 id) __ksym;

SEC("syscall")
int find_root(void *context)
{
	struct cgroup *cgroup = bpf_cgroup_from_id(1), *root, *again;

	if (!cgroup)
		return 0;
	root = bpf_cgroup_ancestor(cgroup, 0);
	again = bpf_cgroup_acquire(cgroup);
	bpf_cgroup_release(cgroup);
	if (again)
		bpf_cgroup_release(again);
	if (root)
		bpf_cgroup_release(root);
	return root ? 0 : 1;
}

char LICENSE[] SEC("license") = "GPL";
