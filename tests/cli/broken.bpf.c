// SPDX-License-Identifier: BSD-2-Clause
/* One mistake a program, for tests/cli/check.sh. */
#include "../../examples/rqspin-bpf.h"

GLOBAL_LOCK(lock);
GLOBAL_LOCK(other);

SEC("tc")
int ignores_result(struct __sk_buff *packet)
{
	bpf_res_spin_lock(&lock);
	bpf_res_spin_unlock(&lock);
	return 0;
}

SEC("tc")
int forgets_unlock(struct __sk_buff *packet)
{
	return bpf_res_spin_lock(&lock);
}

SEC("tc")
int takes_twice(struct __sk_buff *packet)
{
	if (bpf_res_spin_lock(&lock))
		return 1;
	if (!bpf_res_spin_lock(&lock))
		bpf_res_spin_unlock(&lock);
	bpf_res_spin_unlock(&lock);
	return 0;
}

SEC("tc")
int out_of_order(struct __sk_buff *packet)
{
	if (bpf_res_spin_lock(&lock))
		return 1;
	if (bpf_res_spin_lock(&other)) {
		bpf_res_spin_unlock(&lock);
		return 1;
	}
	bpf_res_spin_unlock(&lock);
	bpf_res_spin_unlock(&other);
	return 0;
}

SEC("tc")
int good(struct __sk_buff *packet)
{
	if (bpf_res_spin_lock(&lock))
		return 1;
	bpf_res_spin_unlock(&lock);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
