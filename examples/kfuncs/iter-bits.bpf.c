// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* The numbers of the bits that are set. */
struct bpf_iter_bits {
	__u64 opaque[2];
} __attribute__((aligned(8)));

extern int bpf_iter_bits_new(struct bpf_iter_bits *iterator, const __u64 *words,
			     __u32 count) __ksym;
extern int *bpf_iter_bits_next(struct bpf_iter_bits *iterator) __ksym;
extern void bpf_iter_bits_destroy(struct bpf_iter_bits *iterator) __ksym;

SEC("syscall")
int highest(void *context)
{
	struct bpf_iter_bits iterator;
	__u64 words[] = {0x11};
	int *bit, last = -1;

	bpf_iter_bits_new(&iterator, words, 1);
	while ((bit = bpf_iter_bits_next(&iterator)))
		last = *bit;
	bpf_iter_bits_destroy(&iterator);
	return last == 4 ? 0 : 1;
}

char LICENSE[] SEC("license") = "GPL";
