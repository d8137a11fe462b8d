// SPDX-License-Identifier: BSD-2-Clause
/* Programs that write to their streams; test_streams.c reads them. */
#include "../../examples/rqspin-bpf.h"

extern int bpf_stream_vprintk_impl(int stream, const char *format, const void *values, __u32 size, void *unused) __ksym;

SEC("tc")
int speaks(struct __sk_buff *packet)
{
	static const char format[] = "%s %d\n", word[] = "packet";
	__u64 values[] = { (long)word, packet->len };

	return bpf_stream_vprintk_impl(1, format, values, sizeof(values), NULL);
}

SEC("tc")
int asks_too_much(struct __sk_buff *packet)
{
	static const char format[] = "%d %d\n";
	__u64 value = 1;

	return bpf_stream_vprintk_impl(1, format, &value, sizeof(value), NULL);
}

SEC("tc")
int speaks_to_nobody(struct __sk_buff *packet)
{
	static const char format[] = "%d\n";
	__u64 value = 1;

	return bpf_stream_vprintk_impl(3, format, &value, sizeof(value), NULL);
}

/* 1000 bytes. */
SEC("tc")
int speaks_at_length(struct __sk_buff *packet)
{
	static const char format[] = "%999d\n";
	__u64 value = 1;

	return bpf_stream_vprintk_impl(2, format, &value, sizeof(value), NULL);
}

struct element {
	__u64 before;
	struct bpf_res_spin_lock lock;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct element);
} elements SEC(".maps");

SEC("tc")
int locks_twice(struct __sk_buff *packet)
{
	unsigned long flags, again;
	__u32 key = 1;
	struct element *first = bpf_map_lookup_elem(&elements, &key);
	struct element *second = bpf_map_lookup_elem(&elements, &key);
	int err;

	if (!first || !second)
		return 1;
	err = bpf_res_spin_lock_irqsave(&first->lock, &flags);
	if (err)
		return 2;
	err = bpf_res_spin_lock_irqsave(&second->lock, &again);
	if (!err)
		bpf_res_spin_unlock_irqrestore(&second->lock, &again);
	bpf_res_spin_unlock_irqrestore(&first->lock, &flags);
	return err;
}

SEC("tc")
int is_silent(struct __sk_buff *packet)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
