// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* The pieces of a task's memory, from an address on. */
struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

struct vm_area_struct {
	unsigned long vm_start, vm_end;
} __attribute__((preserve_access_index));

struct bpf_iter_task_vma {
	__u64 opaque[1];
} __attribute__((aligned(8)));

extern int bpf_iter_task_vma_new(struct bpf_iter_task_vma *iterator, struct task_struct *task,
				 __u64 address) __ksym;
extern struct vm_area_struct *bpf_iter_task_vma_next(struct bpf_iter_task_vma *iterator) __ksym;
extern void bpf_iter_task_vma_destroy(struct bpf_iter_task_vma *iterator) __ksym;

__u64 highest;

SEC("syscall")
int find_end(void *context)
{
	struct bpf_iter_task_vma iterator;
	struct vm_area_struct *area;

	bpf_iter_task_vma_new(&iterator, bpf_get_current_task_btf(), 0);
	while ((area = bpf_iter_task_vma_next(&iterator)))
		highest = area->vm_end;
	bpf_iter_task_vma_destroy(&iterator);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
