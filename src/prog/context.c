/* SPDX-License-Identifier: BSD-2-Clause */
#include "prog/context.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <string.h>

#define HEADROOM     256	/* of a packet, as XDP has it; the rest of RQ_PACKET_SLACK is behind it */
#define PACKET_MAX   65535
#define META_MAX     216	/* before a packet of XDP: the headroom less what the kernel keeps there */
#define LINEAR_MAX   3520	/* of a packet of XDP: what is longer comes in several pieces, of which a program sees one */
#define LOOPBACK     1		/* interface that a test run's packet comes from */
#define PACKET_TYPES 4

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

/* Bytes of ctx_in beyond what we know must be zero: -E2BIG. */
static int take_context(const struct rq_test_run *run, void *context, uint32_t size)
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

static int place_packet(struct rq_host_ctx *host, const struct rq_test_run *run)
{
	uint8_t *memory = (uint8_t *)(host + 1);

	if (run->data_size_in < ETH_HLEN || run->data_size_in > PACKET_MAX || !run->data_in)
		return -EINVAL;
	host->room_begin = memory;
	host->room_end = memory + run->data_size_in + RQ_PACKET_SLACK;
	host->data_meta = host->data = memory + HEADROOM;
	host->data_end = host->data + run->data_size_in;
	memset(memory, 0, HEADROOM);
	memcpy(host->data, run->data_in, run->data_size_in);
	host->socket = NULL;
	host->flow_keys = NULL;
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
		skb->pkt_type = memcmp(eth->h_dest, "\xff\xff\xff\xff\xff\xff", ETH_ALEN) ? 2 : 1;
	else
		skb->pkt_type = 3;	    /* PACKET_OTHERHOST */
}

static int begin_skb(const struct rq_test_run *run, struct rq_ctx_space *space, void **ctx, uint32_t hidden)
{
	struct rq_host_ctx *host = host_of(space);
	struct __sk_buff *skb = (struct __sk_buff *)host->uapi;
	struct __sk_buff rest;
	int err = take_context(run, host->uapi, sizeof(*skb));

	if (err)
		return err;
	rest = *skb;
	for (size_t i = 0; i < sizeof(skb_input) / sizeof(skb_input[0]); i++)
		memset((uint8_t *)&rest + skb_input[i].offset, 0, skb_input[i].size);
	if (!is_zero((const uint8_t *)&rest, sizeof(rest)))
		return -EINVAL;
	err = place_packet(host, run);
	if (err)
		return err;
	if (!skb->ifindex)
		skb->ifindex = LOOPBACK;
	classify(host->data, run->data_size_in, skb);
	host->data += hidden;
	host->data_meta = host->data;
	skb->len = run->data_size_in - hidden;
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
	uint8_t *begin = host->data;
	int err, ctx_err = 0;

	/* The Ethernet header is part of what comes out, also where the program did not see it. */
	if (prog->type->begin == rq_context_begin_skb_l3)
		begin -= ETH_HLEN;
	err = give_bytes(run->data_out, &run->data_size_out, begin, (uint32_t)(host->data_end - begin));
	if (run->ctx_out)
		ctx_err = give_bytes(run->ctx_out, &run->ctx_size_out, host->uapi, sizeof(struct __sk_buff));
	return err ? err : ctx_err;
}

RQ_CONTEXT_BEGIN(rq_context_begin_xdp)
{
	struct rq_host_ctx *host = host_of(space);
	struct xdp_md *md = (struct xdp_md *)host->uapi;
	uint32_t meta = 0, linear = run->data_size_in;
	int err = take_context(run, host->uapi, sizeof(*md));

	if (err)
		return err;
	if (run->ctx_in) {
		/* Offsets from the beginning of data_in: metadata first, then as much of the packet as is in one piece. */
		meta = md->data;
		linear = md->data_end;
		if (md->data_meta || linear > run->data_size_in || meta > linear || meta % 4 || meta > META_MAX ||
		    run->data_size_in - meta < ETH_HLEN || md->egress_ifindex)
			return -EINVAL;
	}
	if (linear > LINEAR_MAX)
		linear = LINEAR_MAX;
	err = place_packet(host, run);
	if (err)
		return err;
	host->data += meta;
	host->data_end = host->data_meta + linear;
	host->pieces = run->data_size_in - linear;
	md->data = md->data_meta = md->data_end = 0;
	if (!md->ingress_ifindex)
		md->ingress_ifindex = LOOPBACK;
	*ctx = host->uapi;
	return 0;
}

RQ_CONTEXT_END(rq_context_end_xdp)
{
	struct rq_host_ctx *host = host_of(space);
	uint8_t *begin = host->data_meta <= host->data ? host->data_meta : host->data;
	struct xdp_md *md = (struct xdp_md *)host->uapi;
	uint32_t size = (uint32_t)(host->data_end - begin), room = run->data_size_out;
	int err, ctx_err = 0;

	err = give_bytes(run->data_out, &run->data_size_out, begin, size);
	if (host->pieces) {
		uint32_t rest = room - size < host->pieces ? room - size : host->pieces;

		/* They go out as they came in: nothing here changes them. */
		if (!err && run->data_out)
			memcpy((uint8_t *)run->data_out + size,
			       (const uint8_t *)run->data_in + run->data_size_in - host->pieces, rest);
		run->data_size_out = size + host->pieces;
		err = run->data_out && room < run->data_size_out ? -ENOSPC : 0;
	}
	if (run->ctx_out) {
		md->data_meta = 0;
		md->data = (uint32_t)(host->data - begin);
		md->data_end = (uint32_t)(host->data_end - begin);
		ctx_err = give_bytes(run->ctx_out, &run->ctx_size_out, md, sizeof(*md));
	}
	return err ? err : ctx_err;
}

RQ_CONTEXT_BEGIN(rq_context_begin_flow_dissector)
{
	struct rq_host_ctx *host = host_of(space);
	struct bpf_flow_keys rest;
	int err = take_context(run, &host->keys, sizeof(host->keys));

	if (err)
		return err;
	/* Flags of the dissector are all that ctx_in may say. */
	rest = host->keys;
	rest.flags = 0;
	if (!is_zero((const uint8_t *)&rest, sizeof(rest)))
		return -EINVAL;
	memset(host->uapi, 0, sizeof(host->uapi));
	err = place_packet(host, run);
	if (err)
		return err;
	host->keys.nhoff = host->keys.thoff = ETH_HLEN;
	memcpy(&host->keys.n_proto, host->data + offsetof(struct ethhdr, h_proto), sizeof(host->keys.n_proto));
	host->flow_keys = &host->keys;
	*ctx = host->uapi;
	return 0;
}

RQ_CONTEXT_END(rq_context_end_flow_dissector)
{
	struct rq_host_ctx *host = host_of(space);

	int err = give_bytes(run->data_out, &run->data_size_out, &host->keys, sizeof(host->keys)), ctx_err = 0;

	if (run->ctx_out)
		ctx_err = give_bytes(run->ctx_out, &run->ctx_size_out, &host->keys, sizeof(host->keys));
	return err ? err : ctx_err;
}

/* Only as many bytes as the program can reach are cleared: a system call program may have 64 KiB. */
static uint32_t reachable(const struct rq_prog *prog, const struct rq_test_run *run)
{
	uint32_t size = run->ctx_size_in > prog->max_ctx_offset ? run->ctx_size_in : prog->max_ctx_offset;

	if (prog->type->ctx_size <= sizeof(((struct rq_host_ctx *)0)->uapi))
		return prog->type->ctx_size;
	return size < prog->type->ctx_size ? size : prog->type->ctx_size;
}

RQ_CONTEXT_BEGIN(rq_context_begin_bytes)
{
	struct rq_host_ctx *host = host_of(space);
	bool large = prog->type->ctx_size > sizeof(host->uapi);
	void *bytes = large ? (void *)(host + 1) : host->uapi;

	if (run->ctx_size_in > prog->type->ctx_size)
		return -EINVAL;
	memset((uint8_t *)host + sizeof(host->uapi), 0, sizeof(*host) - sizeof(host->uapi));
	*ctx = bytes;
	return take_context(run, bytes, reachable(prog, run));
}

RQ_CONTEXT_END(rq_context_end_bytes)
{
	struct rq_host_ctx *host = host_of(space);
	void *bytes = prog->type->ctx_size > sizeof(host->uapi) ? (void *)(host + 1) : host->uapi;

	run->data_size_out = 0;
	if (!run->ctx_out)
		return 0;
	return give_bytes(run->ctx_out, &run->ctx_size_out, bytes, run->ctx_size_in);
}
