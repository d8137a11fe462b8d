// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* A program's own output: who has its descriptor reads it (bpftool prog tracelog, `rqspin run`). */
extern int bpf_stream_vprintk_impl(int stream, const char *format, const void *values, __u32 size,
				   void *unused) __ksym;

enum { STDOUT = 1, STDERR = 2 };

static const char format[] = "packet of %u bytes, mark %u\n";

SEC("tc")
int log_packet(struct __sk_buff *packet)
{
	__u64 values[] = { packet->len, packet->mark };

	return bpf_stream_vprintk_impl(STDOUT, format, values, sizeof(values), NULL);
}

char LICENSE[] SEC("license") = "GPL";
