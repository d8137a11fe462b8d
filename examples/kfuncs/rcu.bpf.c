// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* A program that may sleep holds nothing that it finds behind a pointer, but for an RCU read
 * section. */
#define __kptr __attribute__((btf_type_tag("kptr")))

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;

struct setting {
	__u64 limit;
};

struct place {
	struct setting __kptr
		*setting; /* another program may put a new one here, and drop the old one */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct place);
} places SEC(".maps");

SEC("syscall")
int read_limit(void *context)
{
	__u32 key = 0;
	struct place *place = bpf_map_lookup_elem(&places, &key);
	struct setting *setting;
	__u64 limit = 0;

	if (!place)
		return 1;
	bpf_rcu_read_lock();
	setting = place->setting;
	if (setting)
		limit = setting->limit; /* it is not freed before the section ends */
	bpf_rcu_read_unlock();
	return limit;
}

SEC("syscall")
int set_limit(void *context)
{
	__u32 key = 0;
	struct place *place = bpf_map_lookup_elem(&places, &key);
	struct setting *setting = bpf_obj_new(struct setting);

	if (!setting)
		return 1;
	setting->limit = 100;
	if (place)
		setting = bpf_kptr_xchg(&place->setting, setting);
	if (setting)
		bpf_obj_drop(setting);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
