// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* A list whose nodes are in pages that the user maps too, at the same address: he follows its
 * pointers as they are. Needs clang 19 or later. */
#define __arena __attribute__((address_space(1)))

extern void __arena *bpf_arena_alloc_pages(void *map, void __arena *address, __u32 count, int node,
					   __u64 flags) __ksym;
extern void bpf_arena_free_pages(void *map, void __arena *address, __u32 count) __ksym;
extern int bpf_arena_reserve_pages(void *map, void __arena *address, __u32 count) __ksym;

struct {
	__uint(type, 33); /* BPF_MAP_TYPE_ARENA */
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 16);	   /* pages */
	__uint(map_extra, 0x20000000); /* where the user will map it */
} arena SEC(".maps");

struct node {
	struct node __arena *next;
	__u64 number;
};

/* The first page is for the user's own data. */
SEC("syscall")
int sum_of_list(void *context)
{
	struct node __arena *first, *second;
	__u64 sum;

	if (bpf_arena_reserve_pages(&arena, (void __arena *)0x20000000, 1))
		return -1;
	first = bpf_arena_alloc_pages(&arena, NULL, 1, -1, 0);
	if (!first)
		return -2;
	second = first + 1;
	first->number = 3;
	first->next = second;
	second->number = 4;
	second->next = NULL;
	sum = first->number + first->next->number;
	bpf_arena_free_pages(&arena, first, 1);
	return sum == 7 ? 0 : -3;
}

char LICENSE[] SEC("license") = "GPL";
