// SPDX-License-Identifier: BSD-2-Clause
/* Bytes of packets, of both kinds: sk_buffs and XDP buffers. */
#include <string.h>

#include "func/args.h"
#include "func/tables.h"
#include "vm/vm.h"

/* The sum of 16-bit words in one's complement, as bpf_csum_diff() gives it: not folded. */
static uint32_t add_carry(uint32_t a, uint32_t b)
{
	uint32_t sum = a + b;

	return sum + (sum < a);
}

static uint32_t sum_words(const unsigned char *bytes, uint32_t size)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < size; i += 4) {
		uint32_t word;

		memcpy(&word, bytes + i, 4);
		sum += word;
	}
	sum = (sum & 0xffffffff) + (sum >> 32);
	return (uint32_t)((sum & 0xffffffff) + (sum >> 32));
}

static uint32_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

static uint64_t csum_diff(struct rq_exec *exec, uint64_t from, uint64_t from_size, uint64_t to, uint64_t to_size, uint64_t seed)
{
	uint32_t sum = (uint32_t)seed;

	if (((uint32_t)from_size | (uint32_t)to_size) & 3)
		return -22;
	if ((uint32_t)to_size)
		sum = add_carry(sum, sum_words((const unsigned char *)(uintptr_t)to, (uint32_t)to_size));
	if ((uint32_t)from_size)
		sum = add_carry(sum, ~sum_words((const unsigned char *)(uintptr_t)from, (uint32_t)from_size));
	return fold(sum);
}

#define CHANGES RQ_FUNC_CHANGES_PACKET
#define HELPER(name, flags, group, ...)                                                                                \
	{ "bpf_" #name, BPF_FUNC_##name, flags, RQ_DUTY_NONE, RQ_KERNEL_6_15, group, RQ_RET_INTEGER, NULL, __VA_ARGS__ }

static const struct rq_func rows[] = {
	HELPER(skb_load_bytes, 0, RQ_GROUP_SKB, { CONTEXT, ANY, OUT, SIZE }, NULL),
	HELPER(skb_load_bytes_relative, 0, RQ_GROUP_SKB_RELATIVE, { CONTEXT, ANY, OUT, SIZE, ANY }, NULL),
	HELPER(skb_store_bytes, CHANGES, RQ_GROUP_SKB_WRITE, { CONTEXT, ANY, MEM, SIZE, ANY }, NULL),
	HELPER(skb_pull_data, CHANGES, RQ_GROUP_SKB_PULL, { CONTEXT, ANY }, NULL),
	HELPER(skb_change_tail, CHANGES, RQ_GROUP_SKB_WRITE, { CONTEXT, ANY, ANY }, NULL),
	HELPER(skb_change_head, CHANGES, RQ_GROUP_SKB_WRITE, { CONTEXT, ANY, ANY }, NULL),
	HELPER(skb_adjust_room, CHANGES, RQ_GROUP_SKB_ROOM, { CONTEXT, ANY, ANY, ANY }, NULL),
	HELPER(l3_csum_replace, CHANGES, RQ_GROUP_SKB_EDIT, { CONTEXT, ANY, ANY, ANY, ANY }, NULL),
	HELPER(l4_csum_replace, CHANGES, RQ_GROUP_SKB_EDIT, { CONTEXT, ANY, ANY, ANY, ANY }, NULL),
	HELPER(clone_redirect, CHANGES, RQ_GROUP_SKB_EDIT, { CONTEXT, ANY, ANY }, NULL),
	HELPER(csum_update, 0, RQ_GROUP_SKB_EDIT, { CONTEXT, ANY }, NULL),
	HELPER(csum_level, 0, RQ_GROUP_SKB_EDIT, { CONTEXT, ANY }, NULL),
	HELPER(set_hash_invalid, 0, RQ_GROUP_SKB_EDIT, { CONTEXT }, NULL),
	HELPER(get_hash_recalc, 0, RQ_GROUP_SKB_HASH, { CONTEXT }, NULL),
	HELPER(get_route_realm, 0, RQ_GROUP_SKB_HASH, { CONTEXT }, NULL),
	HELPER(skb_vlan_push, CHANGES, RQ_GROUP_SCHED, { CONTEXT, ANY, ANY }, NULL),
	HELPER(skb_vlan_pop, CHANGES, RQ_GROUP_SCHED, { CONTEXT }, NULL),
	HELPER(skb_change_proto, CHANGES, RQ_GROUP_SCHED, { CONTEXT, ANY, ANY }, NULL),
	HELPER(skb_change_type, 0, RQ_GROUP_SCHED, { CONTEXT, ANY }, NULL),
	HELPER(set_hash, 0, RQ_GROUP_SCHED, { CONTEXT, ANY }, NULL),
	HELPER(redirect, 0, RQ_GROUP_REDIRECT, { ANY, ANY }, NULL),
	HELPER(csum_diff, RQ_FUNC_PKT_ACCESS, RQ_GROUP_CSUM, { MEM_OR_NULL, SIZE_OR_0, MEM_OR_NULL, SIZE_OR_0, ANY }, csum_diff),
	HELPER(redirect_map, 0, RQ_GROUP_XDP, { MAP, ANY, ANY }, NULL),
	HELPER(xdp_adjust_head, CHANGES, RQ_GROUP_XDP, { CONTEXT, ANY }, NULL),
	HELPER(xdp_adjust_tail, CHANGES, RQ_GROUP_XDP, { CONTEXT, ANY }, NULL),
	HELPER(xdp_adjust_meta, CHANGES, RQ_GROUP_XDP, { CONTEXT, ANY }, NULL),
	HELPER(xdp_get_buff_len, 0, RQ_GROUP_XDP_LENGTH, { CONTEXT }, NULL),
	HELPER(xdp_load_bytes, 0, RQ_GROUP_XDP, { CONTEXT, ANY, OUT, SIZE }, NULL),
	HELPER(xdp_store_bytes, 0, RQ_GROUP_XDP, { CONTEXT, ANY, MEM, SIZE }, NULL),
};

RQ_FUNC_TABLE(rq_packet_funcs, rows);
