/* SPDX-License-Identifier: BSD-2-Clause */
/* Corner cases of arenas: test_shared.c has what Linux 6.18.44 returned. */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>

typedef __u64 u64;
typedef __u32 u32;

#define __arena __attribute__((address_space(1)))
struct {
	__uint(type, 33);
	__uint(map_flags, 1024);
	__uint(max_entries, 100);
	__uint(map_extra, 0x10000000);
} arena SEC(".maps");
extern void __arena *bpf_arena_alloc_pages(void *map, void __arena *addr, u32 cnt, int node,
					   u64 flags) __ksym;
extern void bpf_arena_free_pages(void *map, void __arena *ptr, u32 cnt) __ksym;
extern int bpf_arena_reserve_pages(void *map, void __arena *ptr, u32 cnt) __ksym;
#define GONE                                                                                       \
	({                                                                                         \
		volatile u64 __arena *p = bpf_arena_alloc_pages(&arena, 0, 1, -1, 0);              \
		bpf_arena_free_pages(&arena, (void __arena *)p, 1);                                \
		p;                                                                                 \
	})
SEC("syscall")
int fetch_gone(void *context)
{
	u64 __arena *p = (void __arena *)GONE;
	return __sync_fetch_and_add(p, 77);
}

SEC("syscall")
int xchg_gone(void *context)
{
	u64 __arena *p = (void __arena *)GONE;
	return __sync_lock_test_and_set(p, 78);
}

SEC("syscall")
int cmp_gone(void *context)
{
	u64 __arena *p = (void __arena *)GONE;
	return __sync_val_compare_and_swap(p, 5, 78);
}

SEC("syscall")
int load_gone(void *context)
{
	volatile u64 __arena *p = GONE;
	*p = 6;
	return *p + 1;
}

SEC("syscall")
int alloc_at(void *context)
{
	return bpf_arena_alloc_pages(&arena, (void __arena *)0x10003000, 1, -1, 0) ==
	       (void __arena *)0x10003000;
}

SEC("syscall")
int alloc_low(void *context)
{
	return (long)bpf_arena_alloc_pages(&arena, (void __arena *)0x3000, 1, -1, 0) == 0;
}

SEC("syscall")
int alloc_many(void *context)
{
	return (long)bpf_arena_alloc_pages(&arena, 0, 101, -1, 0) == 0;
}

SEC("syscall")
int alloc_all(void *context)
{
	return (long)bpf_arena_alloc_pages(&arena, 0, 100, -1, 0) == 0x10000000;
}

SEC("syscall")
int alloc_node0(void *context)
{
	return (long)bpf_arena_alloc_pages(&arena, 0, 1, 0, 0) != 0;
}

SEC("syscall")
int alloc_node9(void *context)
{
	return (long)bpf_arena_alloc_pages(&arena, 0, 1, 9, 0) == 0;
}

SEC("syscall")
int alloc_flags(void *context)
{
	return (long)bpf_arena_alloc_pages(&arena, 0, 1, -1, 1) == 0;
}

SEC("syscall")
int alloc_zero(void *context)
{
	return (long)bpf_arena_alloc_pages(&arena, 0, 0, -1, 0) == 0;
}

SEC("syscall")
int reserve(void *context)
{
	return bpf_arena_reserve_pages(&arena, (void __arena *)0x10003000, 2);
}

SEC("syscall")
int reserve_odd(void *context)
{
	return bpf_arena_reserve_pages(&arena, (void __arena *)0x10003001, 2);
}

SEC("syscall")
int reserve_far(void *context)
{
	return bpf_arena_reserve_pages(&arena, (void __arena *)0x20003000, 2);
}

SEC("syscall")
int reserve_0(void *context)
{
	return bpf_arena_reserve_pages(&arena, (void __arena *)0x20003000, 0);
}

SEC("syscall")
int reserve_twice(void *context)
{
	bpf_arena_reserve_pages(&arena, (void __arena *)0x10003000, 2);
	return bpf_arena_reserve_pages(&arena, (void __arena *)0x10004000, 2);
}

SEC("syscall")
int reserve_more(void *context)
{
	return bpf_arena_reserve_pages(&arena, (void __arena *)0x10003000, 98);
}

SEC("syscall")
int addr(void *context)
{
	return (u64)bpf_arena_alloc_pages(&arena, 0, 1, -1, 0) >> 4;
}

SEC("syscall")
int cross(void *context)
{
	volatile u32 __arena *p = bpf_arena_alloc_pages(&arena, 0, 1, -1, 0);
	volatile u64 __arena *q = (void __arena *)((char __arena *)p + 4092);
	p[1023] = 9;
	return *q;
}

SEC("syscall")
int wrap(void *context)
{
	volatile u32 __arena *p = bpf_arena_alloc_pages(&arena, 0, 1, -1, 0);
	u64 x = (u64)p;
	*p = 3;
	p = (void __arena *)(x + (5ull << 32));
	return *p;
}

char LICENSE[] SEC("license") = "GPL";
