// SPDX-License-Identifier: BSD-2-Clause
/* embed: the programs that embed.c runs. One holds a lock until it is told to go on; the others want the lock meanwhile. */
#include "rqspin-bpf.h"

#define STEPS 8000000 /* the most that a number iterator takes */

GLOBAL_LOCK(lock);

/* Written under the lock. */
__u64 count;

/* Between the programs and embed.c, which maps these variables. */
volatile int inside, at_the_lock, go_on;
volatile int nmi_runs, nmi_result;
volatile int irq_runs, irq_result, irq_came_inside;

static __always_inline void wait_a_little(void)
{
	struct bpf_iter_num iterator;

	bpf_iter_num_new(&iterator, 0, 100);
	while (bpf_iter_num_next(&iterator))
		;
	bpf_iter_num_destroy(&iterator);
}

SEC("tc")
int hold(struct __sk_buff *packet)
{
	struct bpf_iter_num iterator;
	unsigned long flags;
	int err;

	err = bpf_res_spin_lock_irqsave(&lock, &flags);
	if (err)
		return err;
	inside = 1;
	bpf_iter_num_new(&iterator, 0, STEPS);
	while (bpf_iter_num_next(&iterator) && !go_on)
		wait_a_little();
	bpf_iter_num_destroy(&iterator);
	count++;
	inside = 0;
	bpf_res_spin_unlock_irqrestore(&lock, &flags);
	return 0;
}

static __always_inline int add_one(void)
{
	unsigned long flags;
	int err;

	err = bpf_res_spin_lock_irqsave(&lock, &flags);
	if (err)
		return err;
	count++;
	bpf_res_spin_unlock_irqrestore(&lock, &flags);
	return 0;
}

SEC("tc")
int count_packet(struct __sk_buff *packet)
{
	at_the_lock = 1;
	return add_one();
}

SEC("tc")
int on_irq(struct __sk_buff *packet)
{
	irq_came_inside = inside;
	irq_result = add_one();
	irq_runs++;
	return 0;
}

SEC("tc")
int on_nmi(struct __sk_buff *packet)
{
	nmi_result = add_one();
	nmi_runs++;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
