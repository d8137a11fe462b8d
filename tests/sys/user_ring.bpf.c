/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes what the user puts into a ring buffer of one page, and says what it got. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

extern __u32 bpf_dynptr_size(const struct bpf_dynptr *dynptr) __ksym;
extern _Bool bpf_dynptr_is_rdonly(const struct bpf_dynptr *dynptr) __ksym;

struct {
	__u64 flags;
	long stop_after; /* records; 0: never */
	long drained, inside, records, sum;
	int size, write_error, first_error, read_only;
} seen;

static long nothing(struct bpf_dynptr *sample, void *context)
{
	return 0;
}

static long take(struct bpf_dynptr *sample, void *context)
{
	__u64 number = 0;

	seen.first_error = bpf_dynptr_read(&number, sizeof(number), sample, 0, 0);
	seen.sum += number;
	seen.size = bpf_dynptr_size(sample);
	seen.read_only = bpf_dynptr_is_rdonly(sample);
	number = 99;
	seen.write_error = bpf_dynptr_write(sample, 8, &number, 8, 0);
	seen.inside = bpf_user_ringbuf_drain(&ring, nothing, 0, 0);
	return ++seen.records == seen.stop_after;
}

SEC("tc")
int drain(struct __sk_buff *packet)
{
	seen.drained = bpf_user_ringbuf_drain(&ring, take, 0, seen.flags);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
