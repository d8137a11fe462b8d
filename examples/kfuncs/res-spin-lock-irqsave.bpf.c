// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* A lock that tasks and interrupts share: no interrupt lands on this CPU while it is held. */
GLOBAL_LOCK(lock);

__u64 value;

SEC("tc")
int count(struct __sk_buff *packet)
{
	unsigned long flags;
	int err;

	err = bpf_res_spin_lock_irqsave(&lock, &flags);
	if (err) /* interrupts are as they were, and `flags` is not to be used */
		return err;
	value++;
	bpf_res_spin_unlock_irqrestore(&lock, &flags);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
