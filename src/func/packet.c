// SPDX-License-Identifier: BSD-2-Clause
/* Bytes of packets, of both kinds: sk_buffs and XDP buffers. */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <string.h>

#include "func/args.h"
#include "func/packet.h"
#include "func/tables.h"
#include "map/map.h"
#include "vm/vm.h"

#define XDP_FRAME_BYTES 40 /* that the kernel keeps at the start of the room before an XDP packet */
#define XDP_META_MAX	252
#define XDP_OFFSET_MAX	0xffff

uint8_t *rq_packet_at(struct rq_host_ctx *host, uint64_t offset, uint64_t size)
{
	uint64_t length = host->data_end - host->data;

	return offset > length || length - offset < size ? NULL : host->data + offset;
}

static struct rq_host_ctx *host_of(uint64_t ctx)
{
	return (struct rq_host_ctx *)(uintptr_t)ctx;
}

static uint64_t load_bytes(struct rq_host_ctx *host, uint64_t offset, void *to, uint32_t size)
{
	/* A flow dissector that runs on bytes alone has them behind its pointers, and no packet, as in Linux. */
	const uint8_t *from = host->flow_keys ? NULL : rq_packet_at(host, (uint32_t)offset, size);

	if (!from) {
		memset(to, 0, size);
		return -EFAULT;
	}
	memmove(to, from, size);
	return 0;
}

static uint64_t skb_load_bytes(struct rq_exec *exec, uint64_t ctx, uint64_t offset, uint64_t to, uint64_t size, uint64_t r5)
{
	return load_bytes(host_of(ctx), offset, (void *)(uintptr_t)to, (uint32_t)size);
}

/* Outside of this packet, or of any that there may be. */
static uint64_t xdp_outside(uint64_t offset, uint64_t size)
{
	return (uint32_t)offset > XDP_OFFSET_MAX || (uint32_t)size > XDP_OFFSET_MAX ? -EFAULT : -EINVAL;
}

static uint64_t xdp_load_bytes(struct rq_exec *exec, uint64_t ctx, uint64_t offset, uint64_t to, uint64_t size, uint64_t r5)
{
	const uint8_t *from = rq_packet_at(host_of(ctx), (uint32_t)offset, (uint32_t)size);

	if (!from)
		return xdp_outside(offset, size);
	memmove((void *)(uintptr_t)to, from, (uint32_t)size);
	return 0;
}

#define STORE_FLAGS (BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH)

static uint64_t skb_store_bytes(struct rq_exec *exec, uint64_t ctx, uint64_t offset, uint64_t from, uint64_t size, uint64_t flags)
{
	uint8_t *to = rq_packet_at(host_of(ctx), (uint32_t)offset, (uint32_t)size);

	if (flags & ~(uint64_t)STORE_FLAGS)
		return -EINVAL;
	if (!to)
		return -EFAULT;
	memmove(to, (const void *)(uintptr_t)from, (uint32_t)size);
	return 0;
}

static uint64_t xdp_store_bytes(struct rq_exec *exec, uint64_t ctx, uint64_t offset, uint64_t from, uint64_t size, uint64_t r5)
{
	uint8_t *to = rq_packet_at(host_of(ctx), (uint32_t)offset, (uint32_t)size);

	if (!to)
		return xdp_outside(offset, size);
	memmove(to, (const void *)(uintptr_t)from, (uint32_t)size);
	return 0;
}

/* All of a packet is in one piece. */
static uint64_t skb_pull_data(struct rq_exec *exec, uint64_t ctx, uint64_t size, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return rq_packet_at(host_of(ctx), 0, (uint32_t)size) ? 0 : -ENOMEM;
}

static void set_skb_length(struct rq_host_ctx *host)
{
	((struct __sk_buff *)host->uapi)->len = host->data_end - host->data;
}

static uint64_t skb_change_tail(struct rq_exec *exec, uint64_t ctx, uint64_t size, uint64_t flags, uint64_t r4, uint64_t r5)
{
	struct rq_host_ctx *host = host_of(ctx);
	uint32_t old = host->data_end - host->data;

	if (flags || (uint32_t)size < ETH_HLEN || (uint32_t)size > host->room_end - host->data)
		return -EINVAL;
	if ((uint32_t)size > old)
		memset(host->data_end, 0, (uint32_t)size - old);
	host->data_end = host->data + (uint32_t)size;
	set_skb_length(host);
	return 0;
}

static uint64_t skb_change_head(struct rq_exec *exec, uint64_t ctx, uint64_t grow, uint64_t flags, uint64_t r4, uint64_t r5)
{
	struct rq_host_ctx *host = host_of(ctx);

	if (flags || (uint32_t)grow > host->data - host->room_begin)
		return -EINVAL;
	host->data -= (uint32_t)grow;
	host->data_meta = host->data;
	host->mac = host->data;
	memset(host->data, 0, (uint32_t)grow);
	set_skb_length(host);
	return 0;
}

static uint64_t xdp_adjust_head(struct rq_exec *exec, uint64_t ctx, uint64_t by, uint64_t r3, uint64_t r4, uint64_t r5)
{
	struct rq_host_ctx *host = host_of(ctx);
	uint8_t *data = host->data + (int32_t)by;
	ptrdiff_t meta = host->data - host->data_meta;

	if (meta < 0) /* the program has given metadata up */
		meta = 0;
	if (data < host->room_begin + XDP_FRAME_BYTES + meta || data > host->data_end - ETH_HLEN)
		return -EINVAL;
	memmove(data - meta, host->data_meta, meta);
	host->data_meta = data - meta;
	host->data = data;
	return 0;
}

static uint64_t xdp_adjust_tail(struct rq_exec *exec, uint64_t ctx, uint64_t by, uint64_t r3, uint64_t r4, uint64_t r5)
{
	struct rq_host_ctx *host = host_of(ctx);
	uint8_t *end = host->data_end + (int32_t)by;

	if (end > host->room_end || end < host->data + ETH_HLEN)
		return -EINVAL;
	if (end > host->data_end)
		memset(host->data_end, 0, end - host->data_end);
	host->data_end = end;
	return 0;
}

static uint64_t xdp_adjust_meta(struct rq_exec *exec, uint64_t ctx, uint64_t by, uint64_t r3, uint64_t r4, uint64_t r5)
{
	struct rq_host_ctx *host = host_of(ctx);
	uint8_t *meta = host->data_meta + (int32_t)by;

	if (meta < host->room_begin + XDP_FRAME_BYTES || meta > host->data)
		return -EINVAL;
	if ((host->data - meta) % 4 || host->data - meta > XDP_META_MAX)
		return -EACCES;
	host->data_meta = meta;
	return 0;
}

static uint64_t packet_length(struct rq_exec *exec, uint64_t ctx, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return host_of(ctx)->data_end - host_of(ctx)->data;
}

/* A machine has no other interface: the verdict is all that there is. */
static uint64_t redirect(struct rq_exec *exec, uint64_t interface, uint64_t flags, uint64_t r3, uint64_t r4, uint64_t r5)
{
	if (exec->prog->type->type == BPF_PROG_TYPE_XDP)
		return flags ? XDP_ABORTED : XDP_REDIRECT;
	return flags & ~(uint64_t)BPF_F_INGRESS ? TC_ACT_SHOT : TC_ACT_REDIRECT;
}

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
		uint32_t word = 0;

		memcpy(&word, bytes + i, size - i < 4 ? size - i : 4);
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

	if ((uint32_t)to_size)
		sum = add_carry(sum, sum_words((const unsigned char *)(uintptr_t)to, (uint32_t)to_size));
	if ((uint32_t)from_size)
		sum = add_carry(sum, ~sum_words((const unsigned char *)(uintptr_t)from, (uint32_t)from_size));
	return fold(sum);
}

#define CHANGES RQ_FUNC_CHANGES_PACKET
/* An entry, or what the low bits of @flags say should happen where there is none. */
static uint64_t redirect_map(struct rq_exec *exec, uint64_t address, uint64_t key, uint64_t flags, uint64_t r4, uint64_t r5)
{
	struct rq_map *map = (struct rq_map *)(uintptr_t)address;
	bool devices = map->ops->type == BPF_MAP_TYPE_DEVMAP || map->ops->type == BPF_MAP_TYPE_DEVMAP_HASH;
	const uint64_t otherwise = XDP_ABORTED | XDP_DROP | XDP_PASS | XDP_TX;
	const uint64_t all = devices ? BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS : 0;
	uint32_t index = (uint32_t)key;

	if (flags & ~(otherwise | all))
		return XDP_ABORTED;
	return (flags & BPF_F_BROADCAST) || map->ops->lookup(map, &index) ? XDP_REDIRECT : flags & otherwise;
}

#define HELPER(name, flags, group, ...)                                                                                \
	{ "bpf_" #name, BPF_FUNC_##name, flags, RQ_DUTY_NONE, RQ_KERNEL_6_15, group, RQ_RET_INTEGER, NULL, __VA_ARGS__ }

static const struct rq_func rows[] = {
	HELPER(skb_load_bytes, 0, RQ_GROUP_SKB, { CONTEXT, ANY, OUT, SIZE }, skb_load_bytes),
	HELPER(skb_store_bytes, CHANGES, RQ_GROUP_SKB_WRITE, { CONTEXT, ANY, MEM, SIZE, ANY }, skb_store_bytes),
	HELPER(skb_pull_data, CHANGES, RQ_GROUP_SKB_PULL, { CONTEXT, ANY }, skb_pull_data),
	HELPER(skb_change_tail, CHANGES, RQ_GROUP_SKB_WRITE, { CONTEXT, ANY, ANY }, skb_change_tail),
	HELPER(skb_change_head, CHANGES, RQ_GROUP_SKB_WRITE, { CONTEXT, ANY, ANY }, skb_change_head),
	HELPER(redirect, 0, RQ_GROUP_REDIRECT, { ANY, ANY }, redirect),
	HELPER(csum_diff, RQ_FUNC_PKT_ACCESS, RQ_GROUP_CSUM, { MEM_OR_NULL, SIZE_OR_0, MEM_OR_NULL, SIZE_OR_0, ANY }, csum_diff),
	HELPER(redirect_map, 0, RQ_GROUP_XDP, { MAP, ANY, ANY }, redirect_map),
	HELPER(xdp_adjust_head, CHANGES, RQ_GROUP_XDP, { CONTEXT, ANY }, xdp_adjust_head),
	HELPER(xdp_adjust_tail, CHANGES, RQ_GROUP_XDP, { CONTEXT, ANY }, xdp_adjust_tail),
	HELPER(xdp_adjust_meta, CHANGES, RQ_GROUP_XDP, { CONTEXT, ANY }, xdp_adjust_meta),
	HELPER(xdp_get_buff_len, 0, RQ_GROUP_XDP_LENGTH, { CONTEXT }, packet_length),
	HELPER(xdp_load_bytes, 0, RQ_GROUP_XDP, { CONTEXT, ANY, OUT, SIZE }, xdp_load_bytes),
	HELPER(xdp_store_bytes, 0, RQ_GROUP_XDP, { CONTEXT, ANY, MEM, SIZE }, xdp_store_bytes),
};

RQ_FUNC_TABLE(rq_packet_funcs, rows);
