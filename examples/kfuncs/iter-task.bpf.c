// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* All tasks. A program that may sleep needs an RCU read section around the loop. */
struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

struct bpf_iter_task {
	__u64 opaque[3];
} __attribute__((aligned(8)));

extern int bpf_iter_task_new(struct bpf_iter_task *iterator, struct task_struct *task,
			     unsigned int flags) __ksym;
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *iterator) __ksym;
extern void bpf_iter_task_destroy(struct bpf_iter_task *iterator) __ksym;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;

__u64 tasks;

SEC("syscall")
int count_tasks(void *context)
{
	struct bpf_iter_task iterator;

	tasks = 0;
	bpf_rcu_read_lock();
	bpf_iter_task_new(&iterator, NULL, 0);
	while (bpf_iter_task_next(&iterator))
		tasks++;
	bpf_iter_task_destroy(&iterator);
	bpf_rcu_read_unlock();
	return tasks ? 0 : 1;
}

char LICENSE[] SEC("license") = "GPL";
