// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* An assertion: when it fails, the program ends here, in whatever function, and returns the cookie.
 */
extern void bpf_throw(__u64 cookie) __ksym;

__u64 limit = 100, used = 1;

static __attribute__((noinline)) int take_one(void)
{
	if (used >= limit)
		bpf_throw(0);
	return ++used;
}

SEC("tc")
int take(struct __sk_buff *packet)
{
	return take_one() > 0 ? 0 : 1;
}

SEC("tc")
int never_returns_one(struct __sk_buff *packet)
{
	if (packet->len)
		bpf_throw(0);
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
