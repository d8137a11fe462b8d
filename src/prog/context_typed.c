/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Contexts whose members are pointers to the kernel's objects: the u64 arguments of programs that attach to functions, and
 * what netfilter programs get. Objects are zeroed; whatever reads through a pointer in one of them finds zero too.
 */
#include "prog/context.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <string.h>

#define OBJECT_ALIGN 64

/* What ctx_in may set of a struct nf_hook_state; it is as large as the kernel's on every 64-bit machine. */
struct hook_state {
	uint8_t hook, family;
	uint8_t rest[46];
};

static size_t room_for(uint32_t size)
{
	return ((size_t)size + OBJECT_ALIGN - 1) & ~(size_t)(OBJECT_ALIGN - 1);
}

static void add_object(struct rq_prog *prog, const struct rq_btf *btf, uint32_t id)
{
	int64_t size = id ? rq_btf_size_of(btf, id) : 0;

	prog->objects[prog->object_count].type_id = id;
	prog->objects[prog->object_count++].size = size > 0 ? (uint32_t)size : 0;
}

/* Once, when a program is loaded: runs begin in interrupts too, where nothing may take long. */
void rq_prog_find_objects(struct rq_prog *prog)
{
	static const char *const netfilter_structs[] = { "nf_hook_state", "sk_buff" };
	struct rq_prog_target target;
	uint32_t type_id;

	prog->object_count = 0;
	for (unsigned int i = 0; prog->type->type == RQ_PROG_TYPE_NETFILTER && i < 2; i++) {
		int32_t id = rq_btf_find(prog->kernel_btf, netfilter_structs[i], BTF_KIND_STRUCT);

		add_object(prog, prog->kernel_btf, id > 0 ? (uint32_t)id : 0);
	}
	if (!rq_prog_target(prog, &target))
		return;
	while (prog->object_count < RQ_ARGUMENTS_MAX &&
	       rq_prog_argument(prog, &target, prog->object_count, &type_id) >= 0)
		add_object(prog, prog->attach_btf, rq_prog_object(prog, type_id));
}

size_t rq_context_objects_size(const struct rq_prog *prog)
{
	size_t size = OBJECT_ALIGN;

	for (uint32_t i = 0; i < prog->object_count; i++)
		size += room_for(prog->objects[i].size);
	return size;
}

static uint8_t *first_object(uint8_t *behind)
{
	return (uint8_t *)(((uintptr_t)behind + OBJECT_ALIGN - 1) & ~(uintptr_t)(OBJECT_ALIGN - 1));
}

/* ---- Arguments ---- */

/* ctx_in: the arguments, and behind them the bytes of the objects that they point to, one after another. */
RQ_CONTEXT_BEGIN(rq_context_begin_typed)
{
	struct rq_host_ctx *host = (struct rq_host_ctx *)space;
	uint64_t *arguments = (uint64_t *)host->uapi;
	uint8_t *object = first_object((uint8_t *)(host + 1));
	uint32_t taken = run->ctx_size_in, given = prog->object_count * 8;
	const uint8_t *in = run->ctx_in;

	memset(host, 0, sizeof(*host));
	*ctx = arguments;
	if (taken && !in)
		return -EINVAL;
	given = taken < given ? taken : given;
	if (given)
		memcpy(arguments, in, given);
	for (uint32_t i = 0; i < prog->object_count; i++) {
		uint32_t size = prog->objects[i].size, bytes = taken - given < size ? taken - given : size;

		if (!size)
			continue;
		memset(object, 0, size);
		if (bytes)
			memcpy(object, in + given, bytes);
		given += bytes;
		/* A table of functions writes to what it gets: never to a place that somebody made up. */
		if (!arguments[i] || prog->type->type == BPF_PROG_TYPE_STRUCT_OPS)
			arguments[i] = (uintptr_t)object;
		object += room_for(size);
	}
	return given < taken ? -EINVAL : 0;
}

/* ---- Netfilter ---- */

static int check_hook_state(const struct hook_state *state)
{
	/* Behind hook and family (and a hole) there are pointers. */
	for (size_t i = 6; i < sizeof(state->rest); i++)
		if (state->rest[i])
			return -EINVAL;
	return state->family == NFPROTO_IPV4 || state->family == NFPROTO_IPV6 ? 0 : -EINVAL;
}

/* What comes from outside has an Ethernet header, which says the same as the hook's state. */
static int check_frame(const struct rq_test_run *run, const struct hook_state *state)
{
	uint16_t protocol = ntohs(((const struct ethhdr *)run->data_in)->h_proto);

	if (run->data_size_in < ETH_HLEN + sizeof(struct iphdr))
		return -EINVAL;
	if (protocol == ETH_P_IP)
		return state->family == NFPROTO_IPV4 ? 0 : -EINVAL;
	if (protocol != ETH_P_IPV6)
		return -EPROTO;
	if (run->data_size_in < ETH_HLEN + sizeof(struct ipv6hdr))
		return -EINVAL;
	return state->family == NFPROTO_IPV6 ? 0 : -EINVAL;
}

static void fill_objects(const struct rq_prog *prog, struct rq_host_ctx *host, const struct hook_state *state)
{
	uint32_t state_id = prog->objects[0].type_id, skb_id = prog->objects[1].type_id;
	uint16_t protocol = htons(state->family == NFPROTO_IPV4 ? ETH_P_IP : ETH_P_IPV6);
	uint8_t *object = first_object(host->room_end);

	for (unsigned int i = 0; i < prog->object_count; i++) {
		memset(object, 0, prog->objects[i].size);
		host->btf_pointers[i] = object;
		object += room_for(prog->objects[i].size);
	}
	rq_btf_set_member(prog->kernel_btf, state_id, host->btf_pointers[0], "hook", state->hook);
	rq_btf_set_member(prog->kernel_btf, state_id, host->btf_pointers[0], "pf", state->family);
	rq_btf_set_member(prog->kernel_btf, skb_id, host->btf_pointers[1], "len", (uint64_t)(host->data_end - host->data));
	rq_btf_set_member(prog->kernel_btf, skb_id, host->btf_pointers[1], "data", (uintptr_t)host->data);
	rq_btf_set_member(prog->kernel_btf, skb_id, host->btf_pointers[1], "protocol", protocol);
}

RQ_CONTEXT_BEGIN(rq_context_begin_netfilter)
{
	struct rq_host_ctx *host = (struct rq_host_ctx *)space;
	struct hook_state state = { .hook = NF_INET_LOCAL_OUT, .family = NFPROTO_IPV4 };
	int err;

	if (run->data_size_in < sizeof(struct iphdr))
		return -EINVAL;
	err = rq_context_place_packet(host, run);
	if (!err && (run->ctx_in || run->ctx_out)) {
		err = rq_context_take(run, &state, sizeof(state));
		if (!err)
			err = check_hook_state(&state);
	}
	if (!err && state.hook != NF_INET_LOCAL_OUT) {
		err = check_frame(run, &state);
		host->data += ETH_HLEN;
	}
	if (err)
		return err;
	fill_objects(prog, host, &state);
	*ctx = host->uapi;
	return 0;
}

/* The packet stays where it is: only the verdict comes out. */
RQ_CONTEXT_END(rq_context_end_netfilter)
{
	run->data_size_out = 0;
	return 0;
}
