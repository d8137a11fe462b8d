// SPDX-License-Identifier: BSD-2-Clause
/*
 * counter: one counter, written by tasks on every CPU and by an interrupt that lands on top of them.
 *
 * What it shows: the _irqsave form keeps interrupts out while the lock is held, so on_interrupt() never finds its own
 * CPU in the critical section; it meets only other CPUs, waits for them like anyone else, and no count is lost.
 *
 * What goes wrong with a plain spin lock: an interrupt that lands between lock and unlock spins for a lock that its own
 * CPU holds, and that CPU can't go on before the interrupt returns. The machine hangs. Here, with interrupts left on
 * (bpf_res_spin_lock() in place of bpf_res_spin_lock_irqsave()), the second attempt would get -EDEADLK at once.
 *
 *	rqspin stress --irq on_interrupt counter.bpf.o
 */
#include "rqspin-bpf.h"

GLOBAL_LOCK(counter_lock);

__u64 counter;
__u64 counter_expected;
__u64 failures;

static __always_inline int count(void)
{
	unsigned long flags;
	int err;

	err = bpf_res_spin_lock_irqsave(&counter_lock, &flags);
	if (err) {
		__sync_fetch_and_add(&failures, 1);
		return err;
	}
	counter++;
	bpf_res_spin_unlock_irqrestore(&counter_lock, &flags);
	EXPECT_ONE_MORE(counter);
	return 0;
}

SEC("tc")
int count_packet(struct __sk_buff *packet)
{
	return count();
}

SEC("tc")
int on_interrupt(struct __sk_buff *packet)
{
	return count();
}

char LICENSE[] SEC("license") = "GPL";
