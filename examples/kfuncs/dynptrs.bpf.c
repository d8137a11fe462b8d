// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* A piece of memory with its bounds, checked at run time: a packet, a map value, a ring buffer
 * record. */
extern int bpf_dynptr_from_skb(struct __sk_buff *skb, __u64 flags,
			       struct bpf_dynptr *dynptr) __ksym;
extern int bpf_dynptr_from_xdp(struct xdp_md *xdp, __u64 flags, struct bpf_dynptr *dynptr) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *dynptr, __u32 offset, void *buffer,
			      __u32 size) __ksym;
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *dynptr, __u32 offset, void *buffer,
				   __u32 size) __ksym;
extern int bpf_dynptr_adjust(const struct bpf_dynptr *dynptr, __u32 start, __u32 end) __ksym;
extern bool bpf_dynptr_is_null(const struct bpf_dynptr *dynptr) __ksym;
extern bool bpf_dynptr_is_rdonly(const struct bpf_dynptr *dynptr) __ksym;
extern __u32 bpf_dynptr_size(const struct bpf_dynptr *dynptr) __ksym;
extern int bpf_dynptr_clone(const struct bpf_dynptr *dynptr, struct bpf_dynptr *clone) __ksym;
extern int bpf_dynptr_copy(struct bpf_dynptr *to, __u32 to_offset, struct bpf_dynptr *from,
			   __u32 from_offset, __u32 size) __ksym;
extern int bpf_dynptr_memset(struct bpf_dynptr *dynptr, __u32 offset, __u32 size,
			     __u8 value) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8[64]);
} buffers SEC(".maps");

/* Where the bytes lie in two pieces, a slice is a copy in `buffer`; else it is the packet itself.
 */
SEC("tc")
int read_header(struct __sk_buff *packet)
{
	struct bpf_dynptr whole, rest;
	__u8 buffer[14], *header;

	if (bpf_dynptr_from_skb(packet, 0, &whole))
		return 1;
	header = bpf_dynptr_slice(&whole, 0, buffer, sizeof(buffer));
	if (!header) /* the packet is shorter */
		return 1;
	bpf_dynptr_clone(&whole, &rest);
	bpf_dynptr_adjust(&rest, 14,
			  bpf_dynptr_size(&rest)); /* a second view, without the header */
	return bpf_dynptr_size(&rest) == bpf_dynptr_size(&whole) - 14 ? 0 : 1;
}

SEC("xdp")
int change_header(struct xdp_md *packet)
{
	struct bpf_dynptr whole;
	__u8 buffer[14], *header;

	bpf_dynptr_from_xdp(packet, 0, &whole);
	if (bpf_dynptr_is_null(&whole) || bpf_dynptr_is_rdonly(&whole))
		return 1;
	header = bpf_dynptr_slice_rdwr(&whole, 0, buffer, sizeof(buffer));
	if (!header)
		return 1;
	header[0] = 0xff;
	if (header == buffer) /* a copy: it has to be written back */
		bpf_dynptr_write(&whole, 0, buffer, sizeof(buffer), 0);
	return 0;
}

SEC("syscall")
int fill_and_copy(void *context)
{
	struct bpf_dynptr from, to;
	__u32 key = 0;
	__u8 *buffer = bpf_map_lookup_elem(&buffers, &key), byte = 0;

	if (!buffer)
		return 1;
	bpf_dynptr_from_mem(buffer, 32, 0, &from);
	bpf_dynptr_from_mem(buffer + 32, 32, 0, &to);
	if (bpf_dynptr_memset(&from, 0, 32, 7) || bpf_dynptr_copy(&to, 0, &from, 0, 32))
		return 1;
	bpf_dynptr_read(&byte, 1, &to, 31, 0);
	return byte == 7 ? 0 : 1;
}

char LICENSE[] SEC("license") = "GPL";
