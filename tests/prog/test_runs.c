/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_PROG_TEST_RUN of each kind beside the running kernel's: the same errno for the same input, and where it runs, the same
 * return value, packet and context. A program folds what it can see of its context and its packet into one number, and
 * writes that where it may. Skipped (exit 77) where bpf(2) is refused or the kernel is older than 6.15; kinds that this
 * kernel refuses to load are counted.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "isa/isa.h"
#include "kernel.h"
#include "prog/prog.h"
#include "rqspin/bpf.h"

#define ROUNDS	   100
#define PACKET_MAX 300
#define INSNS_MAX  600
#define R(n)	   BPF_REG_##n

static struct rq_machine *machine;
static unsigned int differences;

/* ---- Programs ---- */

struct program {
	struct bpf_insn insns[INSNS_MAX];
	uint32_t count;
};

static void emit(struct program *p, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	p->insns[p->count++] = (struct bpf_insn){ .code = code, .dst_reg = dst, .src_reg = src, .off = off, .imm = imm };
}

/* r7 = r7 * 31 + r0 */
static void fold(struct program *p)
{
	emit(p, BPF_ALU64 | BPF_MUL | BPF_K, R(7), 0, 0, 31);
	emit(p, BPF_ALU64 | BPF_ADD | BPF_X, R(7), R(0), 0, 0);
}

static void call(struct program *p, int32_t helper)
{
	emit(p, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}

static void load_bytes(struct program *p, int32_t offset)
{
	emit(p, BPF_ST | BPF_MEM | BPF_W, R(10), 0, -8, 0);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R(1), R(6), 0, 0);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, R(2), 0, 0, offset);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R(3), R(10), 0, 0);
	emit(p, BPF_ALU64 | BPF_ADD | BPF_K, R(3), 0, 0, -8);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, R(4), 0, 0, 4);
	call(p, BPF_FUNC_skb_load_bytes);
	fold(p);
	emit(p, BPF_LDX | BPF_MEM | BPF_W, R(0), R(10), -8, 0);
	fold(p);
}

static void store_bytes(struct program *p, int32_t offset)
{
	emit(p, BPF_STX | BPF_MEM | BPF_DW, R(10), R(7), -8, 0);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R(1), R(6), 0, 0);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, R(2), 0, 0, offset);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R(3), R(10), 0, 0);
	emit(p, BPF_ALU64 | BPF_ADD | BPF_K, R(3), 0, 0, -8);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, R(4), 0, 0, 4);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, R(5), 0, 0, 0);
	call(p, BPF_FUNC_skb_store_bytes);
	fold(p);
}

/* What differs from run to run, or is about the machine and not the packet. */
static bool is_volatile(enum bpf_prog_type type, uint32_t offset)
{
	switch (type) {
	case BPF_PROG_TYPE_XDP:
		return false;
	default:
		return offset == offsetof(struct __sk_buff, napi_id) || offset == offsetof(struct __sk_buff, hash);
	}
}

static void fold_context(struct program *p, const struct rq_prog_type *type, uint32_t attach)
{
	static const struct {
		uint8_t code, size;
	} sizes[] = { { BPF_DW, 8 }, { BPF_W, 4 } };

	for (uint32_t offset = 0; offset < type->ctx_size; offset += 4)
		for (size_t i = 0; i < 2; i++) {
			const struct rq_ctx_field *field = rq_prog_ctx_field(type, attach, offset, sizes[i].size, false);

			if (!field || field->kind != RQ_CTX_SCALAR || is_volatile(type->type, offset))
				continue;
			emit(p, BPF_LDX | BPF_MEM | sizes[i].code, R(0), R(6), (int16_t)offset, 0);
			fold(p);
			break;
		}
}

/* Read @count bytes at data through packet pointers, and write one. */
static void fold_packet_directly(struct program *p, uint16_t data, uint16_t data_end, int count, bool write)
{
	uint32_t jump;

	emit(p, BPF_LDX | BPF_MEM | BPF_W, R(1), R(6), (int16_t)data, 0);
	emit(p, BPF_LDX | BPF_MEM | BPF_W, R(2), R(6), (int16_t)data_end, 0);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R(3), R(1), 0, 0);
	emit(p, BPF_ALU64 | BPF_ADD | BPF_K, R(3), 0, 0, count);
	jump = p->count;
	emit(p, BPF_JMP | BPF_JGT | BPF_X, R(3), R(2), 0, 0);
	for (int i = 0; i < count; i++) {
		emit(p, BPF_LDX | BPF_MEM | BPF_B, R(0), R(1), (int16_t)i, 0);
		fold(p);
	}
	if (write)
		emit(p, BPF_STX | BPF_MEM | BPF_B, R(1), R(7), (int16_t)(count - 1), 0);
	p->insns[jump].off = (int16_t)(p->count - jump - 1);
}

struct kind {
	enum bpf_prog_type type;
	uint32_t attach;
	int32_t mask;	  /* of the return value */
	bool load_bytes;  /* by the helper */
	bool store_bytes;
	bool direct;
};

static const struct kind kinds[] = {
	{ BPF_PROG_TYPE_SOCKET_FILTER, 0, -1, true, false, false },
	{ BPF_PROG_TYPE_SCHED_CLS, 0, -1, true, true, true },
	{ BPF_PROG_TYPE_SCHED_ACT, 0, -1, true, true, true },
	{ BPF_PROG_TYPE_XDP, 0, -1, false, false, true },
	{ BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS, 1, true, false, true },
	{ BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, 3, true, false, true },
	{ BPF_PROG_TYPE_LWT_IN, 0, -1, true, false, true },
	{ BPF_PROG_TYPE_LWT_OUT, 0, -1, true, false, true },
	{ BPF_PROG_TYPE_LWT_XMIT, 0, -1, true, true, true },
	{ BPF_PROG_TYPE_LWT_SEG6LOCAL, 0, -1, true, false, true },
	{ BPF_PROG_TYPE_SK_SKB, 0, -1, true, false, true },
	{ BPF_PROG_TYPE_FLOW_DISSECTOR, BPF_FLOW_DISSECTOR, -1, true, false, true },
	{ BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP, 1, false, false, false },
	{ BPF_PROG_TYPE_SK_MSG, BPF_SK_MSG_VERDICT, 1, false, false, false },
	{ BPF_PROG_TYPE_SK_REUSEPORT, BPF_SK_REUSEPORT_SELECT, 1, false, false, false },
	{ BPF_PROG_TYPE_KPROBE, 0, -1, false, false, false },
	{ BPF_PROG_TYPE_TRACEPOINT, 0, -1, false, false, false },
	{ BPF_PROG_TYPE_PERF_EVENT, 0, -1, false, false, false },
	{ BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE, 1, false, false, false },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, 1, false, false, false },
	{ BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_GETSOCKOPT, 1, false, false, false },
	{ BPF_PROG_TYPE_CGROUP_SYSCTL, BPF_CGROUP_SYSCTL, 1, false, false, false },
	{ BPF_PROG_TYPE_CGROUP_DEVICE, BPF_CGROUP_DEVICE, 1, false, false, false },
	{ BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS, 1, false, false, false },
	{ BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0, -1, false, false, false },
	{ RQ_PROG_TYPE_NETFILTER, RQ_ATTACH_NETFILTER, 1, false, false, false },
};

static void write_program(struct program *p, const struct kind *kind, const struct rq_prog_type *type)
{
	p->count = 0;
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R(6), R(1), 0, 0);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, R(7), 0, 0, 1);
	if (kind->load_bytes || kind->type == BPF_PROG_TYPE_XDP || kind->type == BPF_PROG_TYPE_SK_LOOKUP)
		fold_context(p, type, kind->attach);
	for (int offset = 0; kind->load_bytes && offset < 64; offset += 8)
		load_bytes(p, offset);
	if (kind->type == RQ_PROG_TYPE_NETFILTER) {
		emit(p, BPF_LDX | BPF_MEM | BPF_DW, R(1), R(6), 0, 0); /* nf_hook_state: hook, pf */
		for (int16_t i = 0; i < 2; i++) {
			emit(p, BPF_LDX | BPF_MEM | BPF_B, R(0), R(1), i, 0);
			fold(p);
		}
	}
	if (kind->direct && kind->type == BPF_PROG_TYPE_XDP)
		fold_packet_directly(p, offsetof(struct xdp_md, data), offsetof(struct xdp_md, data_end), 16, true);
	else if (kind->direct)
		fold_packet_directly(p, offsetof(struct __sk_buff, data), offsetof(struct __sk_buff, data_end), 16, false);
	if (kind->store_bytes)
		store_bytes(p, 5);
	if (kind->load_bytes && rq_prog_ctx_field(type, kind->attach, offsetof(struct __sk_buff, cb), 4, true))
		emit(p, BPF_STX | BPF_MEM | BPF_W, R(6), R(7), offsetof(struct __sk_buff, cb) + 4, 0);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, R(0), R(7), 0, 0);
	if (kind->mask != -1)
		emit(p, BPF_ALU64 | BPF_AND | BPF_K, R(0), 0, 0, kind->mask);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* ---- Runs ---- */

struct input {
	uint8_t packet[PACKET_MAX], context[256] __attribute__((aligned(8)));
	uint32_t packet_size, context_size, out_room;
	bool no_packet, with_context_out;
};

struct output {
	uint8_t packet[PACKET_MAX + 64], context[256] __attribute__((aligned(8)));
	uint32_t packet_size, context_size, retval;
	int error;
};

typedef int (*bpf_call)(int command, union bpf_attr *attr);

static int our_bpf(int command, union bpf_attr *attr)
{
	return (int)rq_bpf(command, attr, sizeof(*attr));
}

static void run(bpf_call bpf, int fd, const struct input *in, struct output *out)
{
	union bpf_attr attr = { 0 };

	memset(out, 0, sizeof(*out));
	attr.test.prog_fd = (uint32_t)fd;
	attr.test.data_in = in->no_packet ? 0 : (uintptr_t)in->packet;
	attr.test.data_size_in = in->no_packet ? 0 : in->packet_size;
	attr.test.data_out = in->out_room ? (uintptr_t)out->packet : 0;
	attr.test.data_size_out = in->out_room;
	attr.test.ctx_in = in->context_size ? (uintptr_t)in->context : 0;
	attr.test.ctx_size_in = in->context_size;
	attr.test.ctx_out = in->with_context_out ? (uintptr_t)out->context : 0;
	attr.test.ctx_size_out = in->with_context_out ? sizeof(out->context) : 0;
	out->error = bpf(BPF_PROG_TEST_RUN, &attr);
	out->retval = attr.test.retval;
	out->packet_size = attr.test.data_size_out;
	out->context_size = attr.test.ctx_size_out;
}

static int load(bpf_call bpf, const struct kind *kind, const struct program *p)
{
	static char text[1 << 16];
	union bpf_attr attr = { .prog_type = kind->type, .expected_attach_type = kind->attach };
	int fd;

	attr.insns = (uintptr_t)p->insns;
	attr.insn_cnt = p->count;
	attr.license = (uintptr_t) "GPL";
	attr.log_buf = (uintptr_t)text;
	attr.log_size = sizeof(text);
	attr.log_level = 1;
	text[0] = '\0';
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0)
		printf("%s: %s refuses it: %s\n%s", rq_prog_type(kind->type)->name, bpf == our_bpf ? "rqspin" : "the kernel",
		       strerror(-fd), text);
	return fd;
}

static uint32_t random_state;

static uint32_t random_below(uint32_t bound)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % bound;
}

static void random_bytes(uint8_t *bytes, uint32_t size)
{
	for (uint32_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)random_below(256);
}

static bool takes_packet(const struct kind *kind)
{
	return kind->load_bytes || kind->direct || kind->type == RQ_PROG_TYPE_NETFILTER;
}

/* Most packets are well-formed as far as the Ethernet header goes; some are too short, some for other addresses. */
static void random_packet(struct input *in, const struct kind *kind)
{
	static const uint16_t protocols[] = { 0x0008, 0xdd86, 0x0608, 0x0081, 0x2200 };

	memset(in, 0, sizeof(*in));
	in->packet_size = random_below(10) ? 14 + random_below(PACKET_MAX - 14) : random_below(20);
	random_bytes(in->packet, in->packet_size);
	if (random_below(4))
		memcpy(in->packet + 12, &protocols[random_below(5)], 2);
	if (!random_below(4))
		memset(in->packet, random_below(2) ? 0xff : 0, 6);
	in->no_packet = !random_below(25);
	in->out_room = random_below(8) ? PACKET_MAX + 64 : random_below(PACKET_MAX);
	in->with_context_out = random_below(2);
	if (!takes_packet(kind) && random_below(10)) {
		in->no_packet = true;
		in->out_room = 0;
	}
}

static void random_context(struct input *in, const struct kind *kind)
{
	static const uint32_t sizes[] = { 4, 8, 16, 20, 24, 32, 64, 144, 176, 184, 192, 200, 255 };

	if (random_below(2))
		return;
	in->context_size = sizes[random_below(13)];
	if (kind->type == BPF_PROG_TYPE_XDP) {
		struct xdp_md *md = (struct xdp_md *)in->context;

		md->data = random_below(4) ? random_below(10) * 4 : random_below(300);
		md->data_end = random_below(8) ? in->packet_size : in->packet_size - 1;
		md->data_meta = !random_below(10);
		md->ingress_ifindex = random_below(8) ? 0 : random_below(2) ? 1 : 4000;
		md->rx_queue_index = !random_below(8);
		in->context_size = random_below(4) ? sizeof(*md) : in->context_size;
	} else if (kind->load_bytes) {
		struct __sk_buff *skb = (struct __sk_buff *)in->context;

		skb->mark = random_below(1000);
		skb->priority = random_below(1000);
		skb->cb[random_below(5)] = random_below(1000);
		skb->tstamp = random_below(1000);
		skb->wire_len = random_below(2) ? 0 : random_below(2 * PACKET_MAX);
		skb->gso_segs = random_below(3) ? 0 : random_below(70000);
		skb->gso_size = random_below(2000);
		skb->ifindex = random_below(10) ? random_below(2) : 4000;
		skb->ingress_ifindex = random_below(5) ? 0 : 1;
		if (!random_below(10))
			in->context[random_below(sizeof(*skb))] |= 1;
	} else if (kind->type == BPF_PROG_TYPE_SK_LOOKUP) {
		struct bpf_sk_lookup *lookup = (struct bpf_sk_lookup *)in->context;

		lookup->family = random_below(4) ? AF_INET : random_below(20);
		lookup->protocol = random_below(100);
		lookup->remote_ip4 = random_below(1000);
		lookup->remote_port = (uint16_t)random_below(65536);
		lookup->local_ip6[random_below(4)] = random_below(1000);
		lookup->local_port = random_below(8) ? random_below(65536) : 65536;
		lookup->ingress_ifindex = !random_below(8);
		lookup->cookie = !random_below(8);
		in->context_size = random_below(4) ? sizeof(*lookup) : in->context_size;
	} else if (kind->type == RQ_PROG_TYPE_NETFILTER) {
		in->context[0] = (uint8_t)random_below(6);
		in->context[1] = random_below(8) ? (random_below(2) ? 2 : 10) : (uint8_t)random_below(13);
		in->context[2 + random_below(6)] = !random_below(4);
		in->context[8 + random_below(40)] = !random_below(6);
	} else if (kind->type == BPF_PROG_TYPE_FLOW_DISSECTOR) {
		in->context[random_below(4) ? offsetof(struct bpf_flow_keys, flags) : random_below(sizeof(in->context))] = 1;
	} else if (!random_below(3)) {
		random_bytes(in->context, in->context_size);
	}
}

static void describe(const struct kind *kind, const struct input *in, const char *what, long kernel, long ours)
{
	if (differences++ > 20)
		return;
	printf("%s attach %u: packet %u bytes%s, room %u, context %u: %s: kernel %ld, rqspin %ld\n",
	       rq_prog_type(kind->type)->name, kind->attach, in->packet_size, in->no_packet ? " (none)" : "", in->out_room,
	       in->context_size, what, kernel, ours);
}

static void compare(const struct kind *kind, const struct input *in, const struct output *kernel, const struct output *ours)
{
	uint32_t packet, context;

	if (kernel->error != ours->error) {
		describe(kind, in, "error", kernel->error, ours->error);
		return;
	}
	if (kernel->error && kernel->error != -ENOSPC)
		return;
	packet = kernel->packet_size < sizeof(kernel->packet) ? kernel->packet_size : sizeof(kernel->packet);
	context = kernel->context_size < sizeof(kernel->context) ? kernel->context_size : sizeof(kernel->context);
	if (kernel->retval != ours->retval)
		describe(kind, in, "return value", kernel->retval, ours->retval);
	else if (kernel->packet_size != ours->packet_size)
		describe(kind, in, "packet size", kernel->packet_size, ours->packet_size);
	else if (kernel->context_size != ours->context_size)
		describe(kind, in, "context size", kernel->context_size, ours->context_size);
	for (uint32_t i = 0; i < packet; i++)
		if (kernel->packet[i] != ours->packet[i]) {
			describe(kind, in, "packet byte", kernel->packet[i], ours->packet[i]);
			break;
		}
	for (uint32_t i = 0; in->with_context_out && i < context; i++)
		if (kernel->context[i] != ours->context[i]) {
			describe(kind, in, "context byte", (long)i << 8 | kernel->context[i], (long)i << 8 | ours->context[i]);
			break;
		}
}

static bool compare_kind(const struct kind *kind, unsigned int *runs)
{
	const struct rq_prog_type *type = rq_prog_type(kind->type);
	int theirs, ours;
	struct program p;

	if (!type) {
		printf("no row for program type %d\n", kind->type);
		differences++;
		return true;
	}
	write_program(&p, kind, type);
	theirs = load(kernel_bpf, kind, &p);
	ours = load(our_bpf, kind, &p);
	differences += theirs >= 0 && ours < 0;
	for (int i = 0; i < ROUNDS && theirs >= 0 && ours >= 0; i++) {
		struct output kernel_out, our_out;
		struct input in;

		random_packet(&in, kind);
		random_context(&in, kind);
		run(kernel_bpf, theirs, &in, &kernel_out);
		run(our_bpf, ours, &in, &our_out);
		compare(kind, &in, &kernel_out, &our_out);
		*runs += !kernel_out.error;
	}
	if (theirs >= 0)
		close(theirs);
	if (ours >= 0)
		close(ours);
	return theirs >= 0;
}

int main(void)
{
	struct rq_machine_options options = { .size = sizeof(options), .cpus = 1, .kernel = "6.18" };
	unsigned int runs = 0, refused = 0;

	if (!kernel_answers())
		return SKIPPED;
	if (rq_machine_create(&options, &machine)) {
		printf("no machine\n");
		return 1;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		random_state = (uint32_t)i + 1;
		refused += !compare_kind(&kinds[i], &runs);
	}
	rq_machine_destroy(machine);
	printf("%zu kinds, %u inputs each; %u runs compared with the running kernel's, %u kinds that it refuses; %u differences\n",
	       sizeof(kinds) / sizeof(kinds[0]), ROUNDS, runs, refused, differences);
	return differences ? 1 : 0;
}
