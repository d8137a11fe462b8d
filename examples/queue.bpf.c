// SPDX-License-Identifier: BSD-2-Clause
/*
 * queue: jobs in a red-black tree ordered by deadline. Interrupts bring jobs, tasks do the one that is due first.
 *
 * What it shows: the tree, like any bpf_rb_root, may be touched only under the lock beside it. submit() may land on top
 * of serve() on the same CPU, unless the lock keeps interrupts out: hence the _irqsave form in both.
 *
 * What goes wrong with plain bpf_res_spin_lock() in serve(): an interrupt that lands between lock and unlock gets
 * -EDEADLK, and its job is lost. Nothing hangs, but `failures` counts them.
 *
 *	rqspin stress --task serve --irq submit queue.bpf.o
 */
#include "rqspin-bpf.h"

#define PENDING_MAX 256

struct job {
	struct bpf_rb_node node;
	__u64 deadline;
};

struct bpf_res_spin_lock lock __hidden SEC(".data.queue");
struct bpf_rb_root jobs __hidden SEC(".data.queue") __contains(job, node);

/* Written under the lock. */
__s64 pending;
__s64 pending_expected;
__u64 served;
__u64 served_expected;
__u64 out_of_order; /* jobs done while an earlier one waited: none */
__u64 out_of_order_expected;
/* Written by atomic instructions. */
__u64 failures;
__u64 refused; /* the queue was full */

static bool is_earlier(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct job, node)->deadline < container_of(b, struct job, node)->deadline;
}

SEC("tc")
int submit(struct __sk_buff *packet)
{
	struct job *job = bpf_obj_new(struct job);
	unsigned long flags;
	int err;

	if (!job)
		return -1;
	job->deadline = bpf_ktime_get_ns() + bpf_get_prandom_u32() % 1000000;
	err = bpf_res_spin_lock_irqsave(&lock, &flags);
	if (err) {
		bpf_obj_drop(job);
		__sync_fetch_and_add(&failures, 1);
		return err;
	}
	if (pending >= PENDING_MAX) {
		bpf_res_spin_unlock_irqrestore(&lock, &flags);
		bpf_obj_drop(job);
		__sync_fetch_and_add(&refused, 1);
		return 0;
	}
	bpf_rbtree_add(&jobs, &job->node, is_earlier);
	pending++;
	bpf_res_spin_unlock_irqrestore(&lock, &flags);
	EXPECT_ONE_MORE(pending);
	return 0;
}

SEC("tc")
int serve(struct __sk_buff *packet)
{
	struct bpf_rb_node *first, *next;
	unsigned long flags;
	struct job *job;
	int err;

	err = bpf_res_spin_lock_irqsave(&lock, &flags);
	if (err) {
		__sync_fetch_and_add(&failures, 1);
		return err;
	}
	first = bpf_rbtree_first(&jobs);
	if (!first)
		goto nothing;
	first = bpf_rbtree_remove(&jobs, first);
	if (!first)
		goto nothing;
	job = container_of(first, struct job, node);
	pending--;
	served++;
	next = bpf_rbtree_first(&jobs);
	if (next && container_of(next, struct job, node)->deadline < job->deadline)
		out_of_order++;
	bpf_res_spin_unlock_irqrestore(&lock, &flags);
	bpf_obj_drop(job);
	EXPECT_MORE(pending, -1);
	EXPECT_ONE_MORE(served);
	return 0;

nothing:
	bpf_res_spin_unlock_irqrestore(&lock, &flags);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
