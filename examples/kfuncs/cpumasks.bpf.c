// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* Sets of CPUs. */
struct cpumask {
	unsigned long bits[128];
} __attribute__((preserve_access_index));

struct bpf_cpumask {
	struct cpumask cpumask;
} __attribute__((preserve_access_index));

extern struct bpf_cpumask *bpf_cpumask_create(void) __ksym;
extern struct bpf_cpumask *bpf_cpumask_acquire(struct bpf_cpumask *mask) __ksym;
extern void bpf_cpumask_release(struct bpf_cpumask *mask) __ksym;
extern void bpf_cpumask_set_cpu(__u32 cpu, struct bpf_cpumask *mask) __ksym;
extern void bpf_cpumask_clear_cpu(__u32 cpu, struct bpf_cpumask *mask) __ksym;
extern bool bpf_cpumask_test_cpu(__u32 cpu, const struct cpumask *mask) __ksym;
extern __u32 bpf_cpumask_weight(const struct cpumask *mask) __ksym;

SEC("syscall")
int sets(void *context)
{
	struct bpf_cpumask *mask = bpf_cpumask_create(), *again;
	int wrong;

	if (!mask)
		return 1;
	again = bpf_cpumask_acquire(mask); /* a second reference to the same mask */
	bpf_cpumask_set_cpu(0, mask);
	bpf_cpumask_set_cpu(1, mask);
	bpf_cpumask_clear_cpu(1, again);
	wrong = !bpf_cpumask_test_cpu(0, (const struct cpumask *)mask) ||
		bpf_cpumask_weight((const struct cpumask *)mask) != 1;
	bpf_cpumask_release(again);
	bpf_cpumask_release(mask);
	return wrong;
}

char LICENSE[] SEC("license") = "GPL";
