// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* Two reads of data of this CPU must see the same CPU's: the task stays where it is. Interrupts
 * still come. */
extern void bpf_preempt_disable(void) __ksym;
extern void bpf_preempt_enable(void) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

SEC("syscall")
int count_both(void *context)
{
	__u32 first_key = 0, second_key = 1;
	__u64 *first, *second;

	bpf_preempt_disable();
	first = bpf_map_lookup_elem(&counters, &first_key);
	second = bpf_map_lookup_elem(&counters, &second_key);
	if (first && second) {
		++*first;
		++*second;
	}
	bpf_preempt_enable();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
