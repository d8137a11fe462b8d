// SPDX-License-Identifier: BSD-2-Clause
/*
 * Editing sk_buffs: checksums, VLAN tags, room between headers. A first VLAN tag is beside the packet, as with a network card
 * that takes it off; only a second one is in its bytes. Nothing here has a checksum from a network card.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <string.h>

#include "func/args.h"
#include "func/packet.h"
#include "func/tables.h"
#include "vm/vm.h"

#define ENOTSUPP     524
#define OFFSET_MAX   0xffff
#define IPV4_BYTES   20
#define IPV6_BYTES   40
#define TAG_BYTES    4
#define LOOPBACK     1
#define CHECKSUMS_MAX 4
#define PACKET_TYPES 4 /* PACKET_HOST .. PACKET_OTHERHOST */
#define MANGLED_0    0xffff
#define L4_IPV6	     (1u << 7) /* BPF_F_IPV6, since Linux 6.16 */

static struct rq_host_ctx *host_of(uint64_t ctx)
{
	return (struct rq_host_ctx *)(uintptr_t)ctx;
}

static struct __sk_buff *skb_of(struct rq_host_ctx *host)
{
	return (struct __sk_buff *)host->uapi;
}

static uint64_t load_bytes_relative(struct rq_exec *exec, uint64_t ctx, uint64_t offset, uint64_t to, uint64_t size,
				    uint64_t header)
{
	struct rq_host_ctx *host = host_of(ctx);
	const uint8_t *start = (uint32_t)header == BPF_HDR_START_MAC ? host->mac : host->network;
	uint64_t length = host->data_end - start;

	if ((uint32_t)header > BPF_HDR_START_NET || (uint32_t)offset > OFFSET_MAX || (uint32_t)offset > length ||
	    length - (uint32_t)offset < (uint32_t)size) {
		memset((void *)(uintptr_t)to, 0, (uint32_t)size);
		return -EFAULT;
	}
	memmove((void *)(uintptr_t)to, start + (uint32_t)offset, (uint32_t)size);
	return 0;
}

/* ---- Checksums ---- */

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* The checksum at @at after words that sum up to @from became ones that sum up to @to; a difference has no @from. */
static void replace(uint8_t *at, uint32_t from, uint32_t to)
{
	uint16_t old, new;

	memcpy(&old, at, sizeof(old));
	new = ~fold((uint64_t)(uint16_t)~old + fold(to) + (uint16_t)~fold(from));
	memcpy(at, &new, sizeof(new));
}

static void add_difference(uint8_t *at, uint32_t difference)
{
	uint16_t old, new;

	memcpy(&old, at, sizeof(old));
	new = ~fold((uint64_t)difference + (uint32_t)~(uint32_t)old);
	memcpy(at, &new, sizeof(new));
}

/* By the size of what was replaced: 0 (a difference), 2, 4. */
static int replace_sized(uint8_t *at, uint64_t from, uint64_t to, uint32_t size)
{
	switch (size) {
	case 0:
		if (from)
			return -EINVAL;
		add_difference(at, (uint32_t)to);
		return 0;
	case 2: replace(at, (uint16_t)from, (uint16_t)to); return 0;
	case 4: replace(at, (uint32_t)from, (uint32_t)to); return 0;
	default: return -EINVAL;
	}
}

static uint8_t *checksum_at(uint64_t ctx, uint64_t offset)
{
	return (uint32_t)offset > OFFSET_MAX || (offset & 1) ? NULL : rq_packet_at(host_of(ctx), (uint32_t)offset, 2);
}

static uint64_t l3_csum_replace(struct rq_exec *exec, uint64_t ctx, uint64_t offset, uint64_t from, uint64_t to, uint64_t flags)
{
	uint8_t *at = checksum_at(ctx, offset);

	if (flags & ~(uint64_t)BPF_F_HDR_FIELD_MASK)
		return -EINVAL;
	return at ? (int64_t)replace_sized(at, from, to, flags & BPF_F_HDR_FIELD_MASK) : -EFAULT;
}

static uint64_t l4_csum_replace(struct rq_exec *exec, uint64_t ctx, uint64_t offset, uint64_t from, uint64_t to, uint64_t flags)
{
	const uint64_t known = BPF_F_MARK_MANGLED_0 | BPF_F_MARK_ENFORCE | BPF_F_PSEUDO_HDR | BPF_F_HDR_FIELD_MASK | L4_IPV6;
	uint8_t *at = checksum_at(ctx, offset);
	bool mark_0 = flags & BPF_F_MARK_MANGLED_0;
	uint16_t now;
	int err;

	if (flags & ~known)
		return -EINVAL;
	if (!at)
		return -EFAULT;
	memcpy(&now, at, sizeof(now));
	if (mark_0 && !(flags & BPF_F_MARK_ENFORCE) && !now) /* UDP without a checksum */
		return 0;
	err = replace_sized(at, from, to, flags & BPF_F_HDR_FIELD_MASK);
	memcpy(&now, at, sizeof(now));
	if (!err && mark_0 && !now) {
		now = MANGLED_0;
		memcpy(at, &now, sizeof(now));
	}
	return (int64_t)err;
}

/* No card has summed up the packet. */
static uint64_t csum_update(struct rq_exec *exec, uint64_t ctx, uint64_t sum, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return -ENOTSUPP;
}

/* How many checksums, from the outermost on, somebody has found right; `checksums` is that number plus one, 0: nobody looked. */
static uint64_t csum_level(struct rq_exec *exec, uint64_t ctx, uint64_t what, uint64_t r3, uint64_t r4, uint64_t r5)
{
	uint8_t *checksums = &host_of(ctx)->checksums;

	switch (what) {
	case BPF_CSUM_LEVEL_INC:
		*checksums += *checksums < CHECKSUMS_MAX;
		return 0;
	case BPF_CSUM_LEVEL_DEC:
		*checksums -= *checksums > 0;
		return 0;
	case BPF_CSUM_LEVEL_RESET:
		*checksums = 0;
		return 0;
	case BPF_CSUM_LEVEL_QUERY:
		return *checksums ? *checksums - 1 : -EACCES;
	default:
		return -EINVAL;
	}
}

/* There is one interface, and nobody listens there. */
static uint64_t clone_redirect(struct rq_exec *exec, uint64_t ctx, uint64_t interface, uint64_t flags, uint64_t r4, uint64_t r5)
{
	return flags & ~(uint64_t)BPF_F_INGRESS || (uint32_t)interface != LOOPBACK ? -EINVAL : 0;
}

static uint64_t get_hash_recalc(struct rq_exec *exec, uint64_t ctx, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	struct rq_host_ctx *host = host_of(ctx);
	uint32_t hash = 2166136261u; /* FNV-1a; the kernel's has a secret, so nobody may rely on the number */

	if (skb_of(host)->hash)
		return skb_of(host)->hash;
	for (const uint8_t *byte = host->network; byte < host->data_end && byte < host->network + IPV6_BYTES; byte++)
		hash = (hash ^ *byte) * 16777619u;
	skb_of(host)->hash = hash ? hash : 1;
	return skb_of(host)->hash;
}

static uint64_t set_hash(struct rq_exec *exec, uint64_t ctx, uint64_t hash, uint64_t r3, uint64_t r4, uint64_t r5)
{
	skb_of(host_of(ctx))->hash = (uint32_t)hash;
	return 0;
}

static uint64_t set_hash_invalid(struct rq_exec *exec, uint64_t ctx, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	skb_of(host_of(ctx))->hash = 0;
	return 0;
}

static uint64_t no_realm(struct rq_exec *exec, uint64_t ctx, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return 0;
}

static uint64_t change_type(struct rq_exec *exec, uint64_t ctx, uint64_t type, uint64_t r3, uint64_t r4, uint64_t r5)
{
	if ((uint32_t)type >= PACKET_TYPES || skb_of(host_of(ctx))->pkt_type >= PACKET_TYPES)
		return -EINVAL;
	skb_of(host_of(ctx))->pkt_type = (uint32_t)type;
	return 0;
}

/* ---- Room ---- */

static void moved(struct rq_host_ctx *host)
{
	host->data_meta = host->data;
	host->mac = host->data;
	skb_of(host)->len = host->data_end - host->data;
}

/* Zeroes between the first @offset bytes, which move forward, and the rest. */
static int push_at(struct rq_host_ctx *host, uint32_t offset, uint32_t size)
{
	if (size > host->data - host->room_begin || offset > host->data_end - host->data)
		return -ENOMEM;
	host->data -= size;
	memmove(host->data, host->data + size, offset);
	memset(host->data + offset, 0, size);
	moved(host);
	return 0;
}

static int pop_at(struct rq_host_ctx *host, uint32_t offset, uint32_t size)
{
	if (offset + size > host->data_end - host->data)
		return -ENOMEM;
	memmove(host->data + size, host->data, offset);
	host->data += size;
	moved(host);
	return 0;
}

static uint64_t change_proto(struct rq_exec *exec, uint64_t ctx, uint64_t to, uint64_t flags, uint64_t r4, uint64_t r5)
{
	struct rq_host_ctx *host = host_of(ctx);
	uint32_t from = skb_of(host)->protocol, offset = host->network - host->data;
	int err;

	if (flags)
		return -EINVAL;
	if (from == htons(ETH_P_IP) && (uint16_t)to == htons(ETH_P_IPV6))
		err = push_at(host, offset, IPV6_BYTES - IPV4_BYTES);
	else if (from == htons(ETH_P_IPV6) && (uint16_t)to == htons(ETH_P_IP))
		err = pop_at(host, offset, IPV6_BYTES - IPV4_BYTES);
	else
		return -ENOTSUPP;
	if (err)
		return (int64_t)err;
	host->network = host->data + offset;
	skb_of(host)->protocol = (uint16_t)to;
	skb_of(host)->hash = 0;
	return 0;
}

#define ROOM_MAX	0xfff
#define PACKET_BYTES_MAX 65550 /* of the loopback interface */
#define ENCAP_L3	(BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L3_IPV6)
#define ENCAP_L4	(BPF_F_ADJ_ROOM_ENCAP_L4_GRE | BPF_F_ADJ_ROOM_ENCAP_L4_UDP)
#define ENCAP_L2	(BPF_F_ADJ_ROOM_ENCAP_L2_ETH | BPF_F_ADJ_ROOM_ENCAP_L2(BPF_ADJ_ROOM_ENCAP_L2_MASK))
#define DECAP_L3_IPV4	(1ull << 7) /* since Linux 6.3 */
#define DECAP_L3_IPV6	(1ull << 8)
#define DECAP_L3	(DECAP_L3_IPV4 | DECAP_L3_IPV6)
#define ROOM_FLAGS                                                                                                     \
	(BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET | ENCAP_L3 | ENCAP_L4 | ENCAP_L2 | DECAP_L3)

/* Headers of a tunnel will go there: which flags make sense together. */
static int check_tunnel(const struct rq_host_ctx *host, uint32_t size, uint64_t flags)
{
	if ((flags & ENCAP_L3) == ENCAP_L3 || (flags & ENCAP_L4) == ENCAP_L4)
		return -EINVAL;
	if (flags >> BPF_ADJ_ROOM_ENCAP_L2_SHIFT > size)
		return -EINVAL;
	return host->tunnelled ? -EALREADY : 0;
}

static int grow_room(struct rq_host_ctx *host, uint32_t offset, uint32_t size, uint64_t flags)
{
	uint32_t network = host->network - host->data;
	int err = flags & (ENCAP_L3 | ENCAP_L4 | ENCAP_L2) ? check_tunnel(host, size, flags) : 0;

	if (!err)
		err = push_at(host, offset, size);
	if (err)
		return err;
	host->network = host->data + network;
	if (!(flags & (ENCAP_L3 | ENCAP_L4 | ENCAP_L2)))
		return 0;
	host->tunnelled = true;
	if (flags & ENCAP_L3)
		skb_of(host)->protocol = htons(flags & BPF_F_ADJ_ROOM_ENCAP_L3_IPV6 ? ETH_P_IPV6 : ETH_P_IP);
	return 0;
}

static int shrink_room(struct rq_host_ctx *host, uint32_t offset, uint32_t size, uint64_t flags)
{
	uint32_t network = host->network - host->data;
	int err = pop_at(host, offset, size);

	if (err)
		return err;
	host->network = host->data + network;
	if (flags & DECAP_L3)
		skb_of(host)->protocol = htons(flags & DECAP_L3_IPV6 ? ETH_P_IPV6 : ETH_P_IP);
	return 0;
}

static uint64_t adjust_room(struct rq_exec *exec, uint64_t ctx, uint64_t by, uint64_t mode, uint64_t flags, uint64_t r5)
{
	struct rq_host_ctx *host = host_of(ctx);
	uint32_t protocol = skb_of(host)->protocol, header = protocol == htons(ETH_P_IP) ? IPV4_BYTES : IPV6_BYTES;
	uint32_t size = (int32_t)by < 0 ? -(uint32_t)by : (uint32_t)by, offset = host->network - host->data;
	uint32_t rest = host->data_end - host->network;
	bool shrinks = (int32_t)by < 0;

	if (flags & ~(uint64_t)ROOM_FLAGS)
		return -EINVAL;
	if (size > ROOM_MAX)
		return -EFAULT;
	if (protocol != htons(ETH_P_IP) && protocol != htons(ETH_P_IPV6))
		return -ENOTSUPP;
	if ((uint32_t)mode == BPF_ADJ_ROOM_NET)
		offset += header;
	else if ((uint32_t)mode != BPF_ADJ_ROOM_MAC)
		return -ENOTSUPP;
	if (flags & DECAP_L3) {
		if (!shrinks || (flags & DECAP_L3) == DECAP_L3)
			return -EINVAL;
		header = flags & DECAP_L3_IPV4 ? IPV4_BYTES : IPV6_BYTES;
	}
	if (shrinks ? size >= rest || rest - size < header : skb_of(host)->len + size > PACKET_BYTES_MAX)
		return -ENOTSUPP;
	return (int64_t)(shrinks ? shrink_room(host, offset, size, flags) : grow_room(host, offset, size, flags));
}

/* ---- VLAN tags ---- */

static bool is_vlan(uint32_t protocol)
{
	return protocol == htons(ETH_P_8021Q) || protocol == htons(ETH_P_8021AD);
}

static void set_tag(struct __sk_buff *skb, bool present, uint32_t protocol, uint32_t tci)
{
	skb->vlan_present = present;
	skb->vlan_proto = present ? protocol : 0;
	skb->vlan_tci = present ? tci : 0;
}

/* The tag beside the packet goes into it. */
static int insert_tag(struct rq_host_ctx *host)
{
	struct __sk_buff *skb = skb_of(host);
	uint16_t tag[2] = { (uint16_t)skb->vlan_proto, htons((uint16_t)skb->vlan_tci) };
	int err = push_at(host, 2 * ETH_ALEN, TAG_BYTES);

	if (err)
		return err;
	memcpy(host->data + 2 * ETH_ALEN, tag, sizeof(tag));
	skb->protocol = skb->vlan_proto;
	return 0;
}

/* The outermost tag of the packet's bytes goes out of them; its number. */
static int remove_tag(struct rq_host_ctx *host, uint16_t *tci)
{
	uint16_t protocol;
	int err;

	if (host->data_end - host->data < ETH_HLEN + TAG_BYTES)
		return -ENOMEM;
	memcpy(tci, host->data + ETH_HLEN, sizeof(*tci));
	*tci = ntohs(*tci);
	err = pop_at(host, 2 * ETH_ALEN, TAG_BYTES);
	if (err)
		return err;
	memcpy(&protocol, host->data + 2 * ETH_ALEN, sizeof(protocol));
	if (ntohs(protocol) < ETH_P_802_3_MIN) /* a length */
		protocol = host->data_end - host->data >= ETH_HLEN + 2 && host->data[ETH_HLEN] == 0xff &&
					   host->data[ETH_HLEN + 1] == 0xff ?
				   htons(ETH_P_802_3) :
				   htons(ETH_P_802_2);
	skb_of(host)->protocol = protocol;
	return 0;
}

static uint64_t vlan_push(struct rq_exec *exec, uint64_t ctx, uint64_t protocol, uint64_t tci, uint64_t r4, uint64_t r5)
{
	struct rq_host_ctx *host = host_of(ctx);
	int err = skb_of(host)->vlan_present ? insert_tag(host) : 0;

	if (!err)
		set_tag(skb_of(host), true, is_vlan((uint16_t)protocol) ? (uint16_t)protocol : htons(ETH_P_8021Q),
			(uint16_t)tci);
	return (int64_t)err;
}

static uint64_t vlan_pop(struct rq_exec *exec, uint64_t ctx, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	struct rq_host_ctx *host = host_of(ctx);
	struct __sk_buff *skb = skb_of(host);
	uint32_t protocol;
	uint16_t tci;
	int err;

	if (skb->vlan_present) {
		set_tag(skb, false, 0, 0);
	} else {
		if (!is_vlan(skb->protocol))
			return 0;
		err = remove_tag(host, &tci);
		if (err)
			return (int64_t)err;
	}
	/* The next one takes its place beside the packet. */
	protocol = skb->protocol;
	if (!is_vlan(protocol))
		return 0;
	err = remove_tag(host, &tci);
	if (!err)
		set_tag(skb, true, protocol, tci);
	return (int64_t)err;
}

#define CHANGES RQ_FUNC_CHANGES_PACKET
#define HELPER(name, flags, group, ...)                                                                                \
	{ "bpf_" #name, BPF_FUNC_##name, flags, RQ_DUTY_NONE, RQ_KERNEL_6_15, group, RQ_RET_INTEGER, NULL, __VA_ARGS__ }

static const struct rq_func rows[] = {
	HELPER(skb_load_bytes_relative, 0, RQ_GROUP_SKB_RELATIVE, { CONTEXT, ANY, OUT, SIZE, ANY }, load_bytes_relative),
	HELPER(skb_adjust_room, CHANGES, RQ_GROUP_SKB_ROOM, { CONTEXT, ANY, ANY, ANY }, adjust_room),
	HELPER(l3_csum_replace, CHANGES, RQ_GROUP_SKB_EDIT, { CONTEXT, ANY, ANY, ANY, ANY }, l3_csum_replace),
	HELPER(l4_csum_replace, CHANGES, RQ_GROUP_SKB_EDIT, { CONTEXT, ANY, ANY, ANY, ANY }, l4_csum_replace),
	HELPER(clone_redirect, CHANGES, RQ_GROUP_SKB_EDIT, { CONTEXT, ANY, ANY }, clone_redirect),
	HELPER(csum_update, 0, RQ_GROUP_SKB_EDIT, { CONTEXT, ANY }, csum_update),
	HELPER(csum_level, 0, RQ_GROUP_SKB_EDIT, { CONTEXT, ANY }, csum_level),
	HELPER(set_hash_invalid, 0, RQ_GROUP_SKB_EDIT, { CONTEXT }, set_hash_invalid),
	HELPER(get_hash_recalc, 0, RQ_GROUP_SKB_HASH, { CONTEXT }, get_hash_recalc),
	HELPER(get_route_realm, 0, RQ_GROUP_SKB_HASH, { CONTEXT }, no_realm),
	HELPER(skb_vlan_push, CHANGES, RQ_GROUP_SCHED, { CONTEXT, ANY, ANY }, vlan_push),
	HELPER(skb_vlan_pop, CHANGES, RQ_GROUP_SCHED, { CONTEXT }, vlan_pop),
	HELPER(skb_change_proto, CHANGES, RQ_GROUP_SCHED, { CONTEXT, ANY, ANY }, change_proto),
	HELPER(skb_change_type, 0, RQ_GROUP_SCHED, { CONTEXT, ANY }, change_type),
	HELPER(set_hash, 0, RQ_GROUP_SCHED, { CONTEXT, ANY }, set_hash),
};

RQ_FUNC_TABLE(rq_skb_funcs, rows);
