// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* Kernel structs: from a context, and from an address that nobody vouches for. */
struct sk_buff {
	unsigned int len;
	unsigned char *head;
} __attribute__((preserve_access_index));

extern void *bpf_cast_to_kern_ctx(void *context) __ksym;
extern void *bpf_rdonly_cast(const void *address, __u32 btf_id) __ksym;

SEC("tc")
int read_kernel_struct(struct __sk_buff *packet)
{
	struct sk_buff *skb = bpf_cast_to_kern_ctx(packet);
	struct sk_buff *unsure = bpf_rdonly_cast(skb, bpf_core_type_id_kernel(struct sk_buff));

	/* The second is read as if it were such a struct: a wrong address gives 0, never a fault.
	 */
	return skb->len == packet->len && unsure->len == skb->len ? 0 : 1;
}

char LICENSE[] SEC("license") = "GPL";
