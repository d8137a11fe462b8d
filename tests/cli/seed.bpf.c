// SPDX-License-Identifier: BSD-2-Clause
/* The first random number of a run, shown because nothing is expected of it, for tests/cli/stress.sh. */
#include "../../examples/rqspin-bpf.h"

__u64 first, first_expected, runs;

SEC("tc")
int draw(struct __sk_buff *packet)
{
	if (!runs++)
		first = bpf_get_prandom_u32();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
