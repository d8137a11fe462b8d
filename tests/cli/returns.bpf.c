// SPDX-License-Identifier: BSD-2-Clause
/* Programs whose results tests/cli/run.sh knows. */
#include "../../examples/rqspin-bpf.h"

SEC("tc")
int minus_seven(struct __sk_buff *packet)
{
	return -7;
}

SEC("tc")
int length(struct __sk_buff *packet)
{
	return packet->len;
}

/* Returns the first byte and changes it to 0xab; -1 for packets shorter than the Ethernet header that it has to have. */
SEC("tc")
int first_byte(struct __sk_buff *packet)
{
	unsigned char *data = (void *)(long)packet->data, *end = (void *)(long)packet->data_end;
	int value;

	if (data + 14 > end)
		return -1;
	value = data[0];
	data[0] = 0xab;
	return value;
}

__u64 calls;

SEC("tc")
int count_calls(struct __sk_buff *packet)
{
	return ++calls;
}

SEC("tc")
int cpu(struct __sk_buff *packet)
{
	return bpf_get_smp_processor_id();
}

char LICENSE[] SEC("license") = "GPL";
