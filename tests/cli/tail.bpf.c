// SPDX-License-Identifier: BSD-2-Clause
/* A table of programs that the object itself fills, for tests/cli/run.sh. */
#include "../../examples/rqspin-bpf.h"

int last(struct __sk_buff *packet);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, int(void *));
} table SEC(".maps") = { .values = { [1] = (void *)&last } };

SEC("tc")
int last(struct __sk_buff *packet)
{
	return 42;
}

SEC("tc")
int first(struct __sk_buff *packet)
{
	bpf_tail_call(packet, &table, 1);
	return 1;
}

SEC("tc")
int broken(struct __sk_buff *packet)
{
	return *(volatile int *)16;
}

char LICENSE[] SEC("license") = "GPL";
