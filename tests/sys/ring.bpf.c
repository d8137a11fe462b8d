/* SPDX-License-Identifier: BSD-2-Clause */
/* One record a run, of the run's number, each through a ring buffer of one page. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

long runs;

SEC("tc")
int say(struct __sk_buff *packet)
{
	long *record = bpf_ringbuf_reserve(&ring, 40, 0);

	if (!record)
		return 1;
	record[0] = ++runs;
	bpf_ringbuf_submit(record, 0);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
