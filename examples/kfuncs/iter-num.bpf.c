// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* A loop that the verifier walks once or twice, however often it runs. It may run under a lock. */
SEC("tc")
int sum(struct __sk_buff *packet)
{
	struct bpf_iter_num iterator;
	long sum = 0;
	int *i;

	bpf_iter_num_new(&iterator, 0, 1000);
	while ((i = bpf_iter_num_next(&iterator)))
		sum += *i;
	bpf_iter_num_destroy(&iterator); /* on every path, also when the loop is left early */
	return sum == 499500 ? 0 : 1;
}

char LICENSE[] SEC("license") = "GPL";
