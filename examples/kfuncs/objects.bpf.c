// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* Memory of the program's own types: what is taken must be given back, on every path. */
#define __percpu_kptr __attribute__((btf_type_tag("percpu_kptr")))

extern void *bpf_percpu_obj_new_impl(__u64 local_type_id, void *meta) __ksym;
extern void bpf_percpu_obj_drop_impl(void *object, void *meta) __ksym;
extern void *bpf_refcount_acquire_impl(void *object, void *meta) __ksym;

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
struct bpf_refcount {
	__u32 : 32;
} __attribute__((aligned(4)));
#endif

struct point {
	long x, y;
};

struct shared {
	struct bpf_refcount references;
	long value;
};

struct count {
	long value;
};

struct place {
	struct count __percpu_kptr *counts;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct place);
} places SEC(".maps");

SEC("tc")
int one_owner(struct __sk_buff *packet)
{
	struct point *point = bpf_obj_new(struct point);
	long x;

	if (!point)
		return 1;
	x = point->x; /* all zero at first */
	bpf_obj_drop(point);
	return x;
}

SEC("tc")
int two_owners(struct __sk_buff *packet)
{
	struct shared *mine = bpf_obj_new(struct shared), *other;

	if (!mine)
		return 1;
	mine->value = 0;
	other = bpf_refcount_acquire_impl(mine, NULL);
	bpf_obj_drop(mine);
	if (!other)
		return 1;
	bpf_obj_drop(other); /* the last one: now it is freed */
	return 0;
}

SEC("tc")
int one_for_each_cpu(struct __sk_buff *packet)
{
	__u32 key = 0;
	struct place *place = bpf_map_lookup_elem(&places, &key);
	struct count __percpu_kptr *counts;
	struct count *here;

	if (!place)
		return 1;
	counts = bpf_percpu_obj_new_impl(bpf_core_type_id_local(struct count), NULL);
	if (!counts)
		return 1;
	counts = bpf_kptr_xchg(&place->counts, counts); /* the map owns it; what was there is ours */
	if (counts)
		bpf_percpu_obj_drop_impl(counts, NULL);
	counts = place->counts;
	if (!counts)
		return 1;
	here = bpf_this_cpu_ptr(counts);
	return here->value++; /* all zero at first */
}

char LICENSE[] SEC("license") = "GPL";
