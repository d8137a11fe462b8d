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
extern __u32 bpf_cpumask_first(const struct cpumask *mask) __ksym;
extern __u32 bpf_cpumask_first_zero(const struct cpumask *mask) __ksym;
extern __u32 bpf_cpumask_first_and(const struct cpumask *a, const struct cpumask *b) __ksym;
extern bool bpf_cpumask_test_and_set_cpu(__u32 cpu, struct bpf_cpumask *mask) __ksym;
extern bool bpf_cpumask_test_and_clear_cpu(__u32 cpu, struct bpf_cpumask *mask) __ksym;
extern void bpf_cpumask_setall(struct bpf_cpumask *mask) __ksym;
extern void bpf_cpumask_clear(struct bpf_cpumask *mask) __ksym;
extern bool bpf_cpumask_and(struct bpf_cpumask *to, const struct cpumask *a, const struct cpumask *b) __ksym;
extern void bpf_cpumask_or(struct bpf_cpumask *to, const struct cpumask *a, const struct cpumask *b) __ksym;
extern void bpf_cpumask_xor(struct bpf_cpumask *to, const struct cpumask *a, const struct cpumask *b) __ksym;
extern bool bpf_cpumask_equal(const struct cpumask *a, const struct cpumask *b) __ksym;
extern bool bpf_cpumask_intersects(const struct cpumask *a, const struct cpumask *b) __ksym;
extern bool bpf_cpumask_subset(const struct cpumask *a, const struct cpumask *b) __ksym;
extern bool bpf_cpumask_empty(const struct cpumask *mask) __ksym;
extern bool bpf_cpumask_full(const struct cpumask *mask) __ksym;
extern void bpf_cpumask_copy(struct bpf_cpumask *to, const struct cpumask *from) __ksym;
extern __u32 bpf_cpumask_any_distribute(const struct cpumask *mask) __ksym;
extern __u32 bpf_cpumask_any_and_distribute(const struct cpumask *a, const struct cpumask *b) __ksym;
extern int bpf_cpumask_populate(struct cpumask *mask, void *from, __u64 from__sz) __ksym;

#define READ(mask) ((const struct cpumask *)(mask))

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

/* What is known of one CPU and all of them holds for any two sets. */
static int count_wrong(struct bpf_cpumask *zero, struct bpf_cpumask *all)
{
	__u64 bits[16] = { 1 };
	int wrong = bpf_cpumask_test_and_set_cpu(0, zero) + !bpf_cpumask_test_and_set_cpu(0, zero);

	bpf_cpumask_setall(all);
	wrong += !bpf_cpumask_full(READ(all)) + bpf_cpumask_empty(READ(all));
	wrong += !bpf_cpumask_subset(READ(zero), READ(all)) + !bpf_cpumask_intersects(READ(zero), READ(all));
	wrong += bpf_cpumask_first_and(READ(zero), READ(all)) != 0;
	wrong += bpf_cpumask_any_distribute(READ(zero)) != 0;
	wrong += bpf_cpumask_any_and_distribute(READ(zero), READ(all)) != 0;
	wrong += !bpf_cpumask_and(all, READ(zero), READ(all)) + !bpf_cpumask_equal(READ(zero), READ(all));
	bpf_cpumask_xor(all, READ(zero), READ(all));
	wrong += !bpf_cpumask_empty(READ(all)) + (bpf_cpumask_first_zero(READ(all)) != 0);
	bpf_cpumask_or(all, READ(zero), READ(all));
	wrong += bpf_cpumask_first(READ(all)) != 0;
	bpf_cpumask_clear(all);
	bpf_cpumask_copy(all, READ(zero));
	wrong += !bpf_cpumask_test_and_clear_cpu(0, all) + !bpf_cpumask_empty(READ(all));
	wrong += bpf_cpumask_populate((struct cpumask *)all, bits, sizeof(bits)) != 0;
	return wrong + (bpf_cpumask_first(READ(all)) != 0);
}

SEC("syscall")
int two_sets(void *context)
{
	struct bpf_cpumask *zero = bpf_cpumask_create(), *all;
	int wrong;

	if (!zero)
		return 1;
	all = bpf_cpumask_create();
	if (!all) {
		bpf_cpumask_release(zero);
		return 1;
	}
	wrong = count_wrong(zero, all);
	bpf_cpumask_release(zero);
	bpf_cpumask_release(all);
	return wrong;
}

char LICENSE[] SEC("license") = "GPL";
