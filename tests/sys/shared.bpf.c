/* SPDX-License-Identifier: BSD-2-Clause */
/* What programs share with their user beside maps of elements: pages of an arena, values of tasks. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define __arena __attribute__((address_space(1)))

struct task_struct;

extern void __arena *bpf_arena_alloc_pages(void *map, void __arena *address, __u32 count, int node, __u64 flags) __ksym;
extern void bpf_arena_free_pages(void *map, void __arena *address, __u32 count) __ksym;

struct {
	__uint(type, 33); /* BPF_MAP_TYPE_ARENA */
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 16);
	__uint(map_extra, 0x20000000);
} arena SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, long);
} runs SEC(".maps");

struct node {
	struct node __arena *next;
	long number;
};

struct node __arena *list;

/* One node more, before the others; each in a page of its own. */
SEC("syscall")
int push(void *context)
{
	struct node __arena *node = bpf_arena_alloc_pages(&arena, NULL, 1, -1, 0);

	if (!node)
		return -1;
	node->number = list ? list->number + 1 : 1;
	node->next = list;
	list = node;
	return 0;
}

/* What lies behind the first node's pointer, whatever the user has done to it. */
SEC("syscall")
int second(void *context)
{
	asm volatile("" ::"r"(&arena)); /* a program has the arena that it names */
	return list && list->next ? list->next->number : 0;
}

/* Loads from a page that is gone, and stores to it. */
SEC("syscall")
int gone(void *context)
{
	volatile struct node __arena *node = list;

	if (!node)
		return -1;
	bpf_arena_free_pages(&arena, (void __arena *)node, 1);
	node->number = 5;
	return node->number;
}

SEC("tc")
int count_task(struct __sk_buff *packet)
{
	long *count = bpf_task_storage_get(&runs, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	return count ? ++*count : -1;
}

struct alarm {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct alarm);
} alarms SEC(".maps");

int rings;

static int ring(void *map, __u32 *key, struct alarm *alarm)
{
	rings++;
	return 0;
}

/* In 300 ms. */
SEC("tc")
int arm(struct __sk_buff *packet)
{
	__u32 key = 0;
	struct alarm *alarm = bpf_map_lookup_elem(&alarms, &key);

	if (!alarm || bpf_timer_init(&alarm->timer, &alarms, 1 /* CLOCK_MONOTONIC */) ||
	    bpf_timer_set_callback(&alarm->timer, ring))
		return -1;
	return bpf_timer_start(&alarm->timer, 300000000, 0);
}

SEC("tc")
int count_rings(struct __sk_buff *packet)
{
	return rings;
}

char LICENSE[] SEC("license") = "GPL";
