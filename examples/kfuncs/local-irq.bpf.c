// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* Data of one CPU needs no lock: only an interrupt could get in between, and none comes. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

SEC("tc")
int count(struct __sk_buff *packet)
{
	__u32 key = 0;
	__u64 *counter = bpf_map_lookup_elem(&counters, &key);
	unsigned long flags;

	if (!counter)
		return 1;
	bpf_local_irq_save(&flags);
	++*counter; /* read, add, write: as one step for everything but an NMI */
	bpf_local_irq_restore(&flags);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
