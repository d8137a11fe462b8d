/* SPDX-License-Identifier: BSD-2-Clause */
#include "prog/context.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <stddef.h>
#include <string.h>

#define HEADROOM     256	/* of a packet, as XDP has it; the rest of RQ_PACKET_SLACK is behind it */
#define PACKET_MAX   65535
#define LOOPBACK     1		/* interface that a test run's packet comes from */
#define WIRE_MAX     65536	/* of wire_len, gso_segs */
#define GSO_SEGS_MAX 65535
#define META_MAX     216	/* before a packet of XDP: the headroom less what the kernel keeps there */
#define LINEAR_MAX   3520	/* of a packet of XDP: what is longer comes in several pieces, of which a program sees one */

/* What BPF_PROG_TEST_RUN lets ctx_in set in a struct __sk_buff; all else must be zero. */
struct range {
	uint32_t offset, size;
};
#define MEMBER(struct_name, member)                                                                                    \
	{ offsetof(struct struct_name, member), sizeof(((struct struct_name *)0)->member) }

static const struct range skb_input[] = {
	MEMBER(__sk_buff, mark),     MEMBER(__sk_buff, priority), MEMBER(__sk_buff, ingress_ifindex),
	MEMBER(__sk_buff, ifindex),  MEMBER(__sk_buff, cb),	  MEMBER(__sk_buff, tstamp),
	MEMBER(__sk_buff, wire_len), MEMBER(__sk_buff, gso_segs), MEMBER(__sk_buff, gso_size),
	MEMBER(__sk_buff, hwtstamp),
};

static struct rq_host_ctx *host_of(struct rq_ctx_space *space)
{
	return (struct rq_host_ctx *)space;
}

static bool is_zero(const uint8_t *bytes, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

int rq_context_take(const struct rq_test_run *run, void *context, uint32_t size)
{
	const uint8_t *in = run->ctx_in;
	uint32_t taken = run->ctx_size_in < size ? run->ctx_size_in : size;

	memset(context, 0, size);
	if (!in)
		return run->ctx_size_in ? -EINVAL : 0;
	if (!is_zero(in + taken, run->ctx_size_in - taken))
		return -E2BIG;
	memcpy(context, in, taken);
	return 0;
}

/* As BPF_PROG_TEST_RUN: what fits is copied, the size is told, -ENOSPC when there was less room than that. */
static int give_bytes(void *out, uint32_t *out_size, const void *bytes, uint32_t size)
{
	uint32_t room = *out_size;

	*out_size = size;
	if (!out)
		return 0;
	memcpy(out, bytes, room < size ? room : size);
	return room < size ? -ENOSPC : 0;
}

int rq_context_place_packet(struct rq_host_ctx *host, const struct rq_test_run *run)
{
	uint8_t *memory = (uint8_t *)(host + 1);

	if (run->data_size_in < ETH_HLEN || run->data_size_in > PACKET_MAX || !run->data_in)
		return -EINVAL;
	host->room_begin = memory;
	host->room_end = memory + run->data_size_in + RQ_PACKET_SLACK;
	host->data_meta = host->data = memory + HEADROOM;
	host->checksums = 0;
	host->tunnelled = false;
	host->mac = host->data;
	host->network = host->data + ETH_HLEN;
	host->data_end = host->data + run->data_size_in;
	memset(memory, 0, HEADROOM);
	memcpy(host->data, run->data_in, run->data_size_in);
	host->socket = NULL;
	host->flow_keys = NULL;
	host->pieces = 0;
	return 0;
}

/* What a receiving interface tells from the Ethernet header: the protocol, and for whom the packet is. */
static void classify(const uint8_t *packet, uint32_t size, struct __sk_buff *skb)
{
	const struct ethhdr *eth = (const struct ethhdr *)packet;
	uint16_t protocol = eth->h_proto;

	if (ntohs(protocol) < ETH_P_802_3_MIN) {
		bool novell = size >= ETH_HLEN + 2 && packet[ETH_HLEN] == 0xff && packet[ETH_HLEN + 1] == 0xff;

		protocol = htons(novell ? ETH_P_802_3 : ETH_P_802_2);
	}
	skb->protocol = protocol;
	if (is_zero(eth->h_dest, ETH_ALEN)) /* the loopback interface's own address */
		skb->pkt_type = 0;	    /* PACKET_HOST */
	else if (eth->h_dest[0] & 1)
		skb->pkt_type = 2;	    /* PACKET_MULTICAST: there is no broadcast address on it */
	else
		skb->pkt_type = 3;	    /* PACKET_OTHERHOST */
}

/* What may be set beforehand must make sense. */
static int check_skb_input(const struct __sk_buff *skb, uint32_t packet_size)
{
	struct __sk_buff rest = *skb;

	for (size_t i = 0; i < sizeof(skb_input) / sizeof(skb_input[0]); i++)
		memset((uint8_t *)&rest + skb_input[i].offset, 0, skb_input[i].size);
	if (!is_zero((const uint8_t *)&rest, sizeof(rest)))
		return -EINVAL;
	if (skb->wire_len && (skb->wire_len < packet_size || skb->wire_len > WIRE_MAX))
		return -EINVAL;
	return skb->gso_segs > GSO_SEGS_MAX ? -EINVAL : 0;
}

/* A packet that says it is IP has the header of it. */
static bool has_its_header(const struct rq_host_ctx *host, uint32_t size)
{
	uint16_t protocol = ntohs(((const struct ethhdr *)host->data)->h_proto);

	if (protocol == ETH_P_IP)
		return size >= ETH_HLEN + sizeof(struct iphdr);
	return protocol != ETH_P_IPV6 || size >= ETH_HLEN + sizeof(struct ipv6hdr);
}

/* A test run's socket has the packet's addresses. */
static void take_addresses(const struct rq_host_ctx *host, struct __sk_buff *skb)
{
	const uint8_t *header = host->data + ETH_HLEN;
	uint16_t protocol = ntohs(((const struct ethhdr *)host->data)->h_proto);

	if (protocol == ETH_P_IP) {
		skb->family = AF_INET;
		memcpy(&skb->local_ip4, header + offsetof(struct iphdr, saddr), sizeof(skb->local_ip4));
		memcpy(&skb->remote_ip4, header + offsetof(struct iphdr, daddr), sizeof(skb->remote_ip4));
	} else if (protocol == ETH_P_IPV6) {
		skb->family = AF_INET6;
		memcpy(skb->local_ip6, header + offsetof(struct ipv6hdr, saddr), sizeof(skb->local_ip6));
		memcpy(skb->remote_ip6, header + offsetof(struct ipv6hdr, daddr), sizeof(skb->remote_ip6));
	}
}

static int begin_skb(const struct rq_test_run *run, struct rq_ctx_space *space, void **ctx, uint32_t hidden)
{
	struct rq_host_ctx *host = host_of(space);
	struct __sk_buff *skb = (struct __sk_buff *)host->uapi;
	int err = rq_context_place_packet(host, run);

	if (!err)
		err = rq_context_take(run, host->uapi, sizeof(*skb));
	/* There is no interface but the loopback one. */
	if (!err && skb->ifindex > LOOPBACK)
		err = -ENODEV;
	if (!err && !has_its_header(host, run->data_size_in))
		err = -EINVAL;
	if (!err)
		err = check_skb_input(skb, run->data_size_in - hidden);
	if (err)
		return err;
	if (!skb->ifindex)
		skb->ifindex = LOOPBACK;
	classify(host->data, run->data_size_in, skb);
	take_addresses(host, skb);
	host->data += hidden;
	host->data_meta = host->data;
	skb->len = run->data_size_in - hidden;
	if (!skb->wire_len && (run->ctx_in || run->ctx_out))
		skb->wire_len = skb->len;
	*ctx = host->uapi;
	return 0;
}

RQ_CONTEXT_BEGIN(rq_context_begin_skb_l2)
{
	return begin_skb(run, space, ctx, 0);
}

RQ_CONTEXT_BEGIN(rq_context_begin_skb_l3)
{
	return begin_skb(run, space, ctx, ETH_HLEN);
}

RQ_CONTEXT_END(rq_context_end_skb)
{
	struct rq_host_ctx *host = host_of(space);
	const struct __sk_buff *skb = (const struct __sk_buff *)host->uapi;
	struct __sk_buff out = { 0 };
	uint8_t *begin = host->data;
	int err;

	/* The Ethernet header is part of what comes out, but as zeroes where the program did not see it. */
	if (prog->type->begin == rq_context_begin_skb_l3) {
		begin -= ETH_HLEN;
		memset(begin, 0, ETH_HLEN);
	}
	err = give_bytes(run->data_out, &run->data_size_out, begin, (uint32_t)(host->data_end - begin));
	if (err || !run->ctx_out)
		return err;
	/* What may be set beforehand can be read afterwards. */
	for (size_t i = 0; i < sizeof(skb_input) / sizeof(skb_input[0]); i++)
		memcpy((uint8_t *)&out + skb_input[i].offset, (const uint8_t *)skb + skb_input[i].offset, skb_input[i].size);
	return give_bytes(run->ctx_out, &run->ctx_size_out, &out, sizeof(out));
}

/* What lies behind the first @linear bytes goes to the end of the room, out of the program's reach. */
static void cut_packet(struct rq_host_ctx *host, uint32_t linear)
{
	uint32_t size = (uint32_t)(host->data_end - host->data);

	if (linear > LINEAR_MAX)
		linear = LINEAR_MAX;
	host->pieces = size - linear;
	host->room_end -= host->pieces;
	memmove(host->room_end, host->data + linear, host->pieces);
	host->data_end = host->data + linear;
}

/*
 * Offsets in the context are from the beginning of data_in: metadata first, then as much of the packet as is in one piece. It
 * comes from no queue of a real interface, so it can't name one.
 */
static int check_xdp_input(const struct xdp_md *md, uint32_t size)
{
	if (md->data_meta || md->data_end > size || md->data > md->data_end || md->data % 4 || md->data > META_MAX)
		return -EINVAL;
	if (size - md->data < ETH_HLEN)
		return -EINVAL;
	if (md->ingress_ifindex > LOOPBACK)
		return -ENODEV;
	return md->egress_ifindex || md->rx_queue_index || md->ingress_ifindex ? -EINVAL : 0;
}

RQ_CONTEXT_BEGIN(rq_context_begin_xdp)
{
	struct rq_host_ctx *host = host_of(space);
	struct xdp_md *md = (struct xdp_md *)host->uapi;
	bool with_context = run->ctx_in || run->ctx_out;
	int err = rq_context_take(run, host->uapi, sizeof(*md));

	if (!err)
		err = rq_context_place_packet(host, run);
	if (!err && with_context)
		err = check_xdp_input(md, run->data_size_in);
	if (err)
		return err;
	cut_packet(host, with_context ? md->data_end : run->data_size_in);
	host->data += md->data;
	md->data = md->data_meta = md->data_end = 0;
	md->ingress_ifindex = LOOPBACK;
	*ctx = host->uapi;
	return 0;
}

RQ_CONTEXT_END(rq_context_end_xdp)
{
	struct rq_host_ctx *host = host_of(space);
	uint8_t *begin = host->data_meta <= host->data ? host->data_meta : host->data;
	struct xdp_md *md = (struct xdp_md *)host->uapi;
	uint32_t linear = (uint32_t)(host->data_end - begin);
	int err;

	/* Where there is too little room, pieces come before what is in front of them. */
	if (run->data_out && run->data_size_out < linear + host->pieces) {
		if (run->data_size_out < host->pieces) {
			run->retval = 0;
			return -ENOSPC;
		}
		memmove(begin + (run->data_size_out - host->pieces), host->room_end, host->pieces);
	} else {
		memmove(host->data_end, host->room_end, host->pieces);
	}
	err = give_bytes(run->data_out, &run->data_size_out, begin, linear + host->pieces);
	if (err || !run->ctx_out)
		return err;
	md->data_meta = 0;
	md->ingress_ifindex = 0;
	md->data = (uint32_t)(host->data - begin);
	md->data_end = linear;
	return give_bytes(run->ctx_out, &run->ctx_size_out, md, sizeof(*md));
}

/* The context is what the kernel's own dissector found; only its flags are an input. */
RQ_CONTEXT_BEGIN(rq_context_begin_flow_dissector)
{
	struct rq_host_ctx *host = host_of(space);
	struct bpf_flow_keys given, rest;
	int err = rq_context_place_packet(host, run);

	if (!err)
		err = rq_context_take(run, &given, sizeof(given));
	if (err)
		return err;
	rest = given;
	rest.flags = 0;
	if (!is_zero((const uint8_t *)&rest, sizeof(rest)))
		return -EINVAL;
	memset(host->uapi, 0, sizeof(host->uapi));
	memset(&host->keys, 0, sizeof(host->keys));
	host->keys.flags = given.flags;
	host->keys.nhoff = host->keys.thoff = ETH_HLEN;
	memcpy(&host->keys.n_proto, host->data + offsetof(struct ethhdr, h_proto), sizeof(host->keys.n_proto));
	host->flow_keys = &host->keys;
	*ctx = host->uapi;
	return 0;
}

RQ_CONTEXT_END(rq_context_end_flow_dissector)
{
	struct rq_host_ctx *host = host_of(space);
	struct bpf_flow_keys given;
	int err = give_bytes(run->data_out, &run->data_size_out, &host->keys, sizeof(host->keys));

	if (err || !run->ctx_out)
		return err;
	err = rq_context_take(run, &given, sizeof(given));
	return err ? err : give_bytes(run->ctx_out, &run->ctx_size_out, &given, sizeof(given));
}

/* A lookup by numbers: the packet is not there. */
RQ_CONTEXT_BEGIN(rq_context_begin_sk_lookup)
{
	struct rq_host_ctx *host = host_of(space);
	struct bpf_sk_lookup *lookup = (struct bpf_sk_lookup *)host->uapi;
	const uint32_t known = offsetof(struct bpf_sk_lookup, local_port) + sizeof(lookup->local_port);
	int err;

	memset(host, 0, sizeof(*host));
	*ctx = host->uapi;
	err = rq_context_take(run, lookup, sizeof(*lookup));
	if (err || (!run->ctx_in && !run->ctx_out))
		return err; /* all zeroes is a lookup too, for those who don't ask as BPF_PROG_TEST_RUN does */
	if (lookup->cookie || !is_zero((const uint8_t *)lookup + known, sizeof(*lookup) - known))
		return -EINVAL;
	if (lookup->local_port > UINT16_MAX)
		return -ERANGE;
	lookup->family = (uint16_t)lookup->family;
	lookup->protocol = (uint16_t)lookup->protocol;
	/* Of the other family's addresses nothing is known. */
	if (lookup->family == AF_INET) {
		memset(lookup->remote_ip6, 0, sizeof(lookup->remote_ip6));
		memset(lookup->local_ip6, 0, sizeof(lookup->local_ip6));
		return 0;
	}
	lookup->remote_ip4 = lookup->local_ip4 = 0;
	return lookup->family == AF_INET6 ? 0 : -EAFNOSUPPORT;
}

RQ_CONTEXT_END(rq_context_end_sk_lookup)
{
	struct bpf_sk_lookup given;
	int err;

	run->data_size_out = 0;
	if (!run->ctx_out)
		return 0;
	err = rq_context_take(run, &given, sizeof(given));
	return err ? err : give_bytes(run->ctx_out, &run->ctx_size_out, &given, sizeof(given));
}

/* Only as many bytes as the program can reach are cleared: a system call program may have 64 KiB. */
static uint32_t reachable(const struct rq_prog *prog, const struct rq_test_run *run)
{
	uint32_t size = run->ctx_size_in > prog->max_ctx_offset ? run->ctx_size_in : prog->max_ctx_offset;

	if (!rq_prog_context_is_large(prog->type))
		return prog->type->ctx_size;
	return size < prog->type->ctx_size ? size : prog->type->ctx_size;
}

RQ_CONTEXT_BEGIN(rq_context_begin_bytes)
{
	struct rq_host_ctx *host = host_of(space);
	void *bytes = rq_prog_context_is_large(prog->type) ? (void *)(host + 1) : host->uapi;

	if (run->ctx_size_in > prog->type->ctx_size)
		return -EINVAL;
	memset((uint8_t *)host + sizeof(host->uapi), 0, sizeof(*host) - sizeof(host->uapi));
	*ctx = bytes;
	return rq_context_take(run, bytes, reachable(prog, run));
}

RQ_CONTEXT_END(rq_context_end_bytes)
{
	struct rq_host_ctx *host = host_of(space);
	void *bytes = rq_prog_context_is_large(prog->type) ? (void *)(host + 1) : host->uapi;

	run->data_size_out = 0;
	if (!run->ctx_out)
		return 0;
	return give_bytes(run->ctx_out, &run->ctx_size_out, bytes, run->ctx_size_in);
}
