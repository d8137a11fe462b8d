// SPDX-License-Identifier: BSD-2-Clause
/*
 * Helpers that edit sk_buffs, beside the running kernel's: the same result, packet and context for the same random packets.
 * Skipped (exit 77) where bpf(2) is refused or the kernel is older than 6.15.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "../prog/kernel.h"
#include "isa/isa.h"
#include "rqspin/bpf.h"

#define PACKETS	   60
#define PACKET_MAX 200
#define OUT_ROOM   512

/* One call, or two in a row: the number of a helper, and r2..r5. */
struct call {
	int32_t helper;
	uint32_t arguments[4];
};

#define VLAN  0x0081 /* in network order */
#define AD    0xa888
#define IPV4  0x0008
#define IPV6  0xdd86
#define PUSH  BPF_FUNC_skb_vlan_push
#define POP   BPF_FUNC_skb_vlan_pop
#define L3    BPF_FUNC_l3_csum_replace
#define L4    BPF_FUNC_l4_csum_replace
#define ROOM  BPF_FUNC_skb_adjust_room
#define PROTO BPF_FUNC_skb_change_proto

static const struct call programs[][3] = {
	{ { L3, { 24, 0x1234, 0x9abc, 2 } } },
	{ { L3, { 24, 0x12345678, 0xdeadbeef, 4 } } },
	{ { L3, { 24, 0, 0x12345, 0 } } },
	{ { L3, { 24, 1, 0x12345, 0 } } },
	{ { L3, { 25, 1, 2, 2 } } },
	{ { L3, { 24, 1, 2, 8 } } },
	{ { L3, { 24, 1, 2, 0x12 } } },
	{ { L3, { 5000, 1, 2, 2 } } },
	{ { L3, { 70000, 1, 2, 2 } } },
	{ { L4, { 36, 0x1234, 0x9abc, 2 } } },
	{ { L4, { 36, 0x12345678, 0xdeadbeef, 4 | 0x10 } } },
	{ { L4, { 36, 0, 0x12345, 0x10 } } },
	{ { L4, { 36, 0x1234, 0x1234, 2 | 0x20 } } },
	{ { L4, { 36, 0, 0, 2 | 0x60 } } },
	{ { L4, { 36, 0, 0, 0x200 } } },
	{ { L4, { 36, 1, 0, 0 } } },
	{ { PUSH, { VLAN, 5 } } },
	{ { PUSH, { AD, 0xf005 } }, { PUSH, { VLAN, 7 } } },
	{ { PUSH, { 0x1234, 9 } }, { PUSH, { AD, 7 } }, { POP } },
	{ { PUSH, { VLAN, 0 } }, { POP } },
	{ { POP } },
	{ { POP }, { POP } },
	{ { PUSH, { VLAN, 1 } }, { PUSH, { VLAN, 2 } }, { PUSH, { VLAN, 3 } } },
	{ { PROTO, { IPV6, 0 } } },
	{ { PROTO, { IPV4, 0 } } },
	{ { PROTO, { IPV6, 1 } } },
	{ { PROTO, { IPV6, 0 } }, { PROTO, { IPV4, 0 } } },
	{ { ROOM, { 30, BPF_ADJ_ROOM_MAC, 0 } } },
	{ { ROOM, { 30, BPF_ADJ_ROOM_NET, 0 } }, { ROOM, { -(uint32_t)10, BPF_ADJ_ROOM_NET, 0 } } },
	{ { ROOM, { -(uint32_t)12, BPF_ADJ_ROOM_MAC, 0 } } },
	{ { ROOM, { -(uint32_t)12, BPF_ADJ_ROOM_NET, BPF_F_ADJ_ROOM_NO_CSUM_RESET } } },
	{ { ROOM, { -(uint32_t)100, BPF_ADJ_ROOM_NET, 0 } } },
	{ { ROOM, { 0x1000, BPF_ADJ_ROOM_NET, 0 } } },
	{ { ROOM, { 4, 2, 0 } } },
	{ { ROOM, { 4, 0, 0x10000 } } },
	{ { ROOM, { 20, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 } } },
	{ { ROOM, { 48, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_ENCAP_L3_IPV6 | BPF_F_ADJ_ROOM_ENCAP_L4_UDP } } },
	{ { ROOM, { 20, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 } }, { ROOM, { 20, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 } } },
	{ { ROOM, { 20, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L3_IPV6 } } },
	{ { ROOM, { -(uint32_t)20, BPF_ADJ_ROOM_MAC, 1 << 7 } } },
	{ { ROOM, { -(uint32_t)20, BPF_ADJ_ROOM_MAC, 1 << 8 } } },
	{ { BPF_FUNC_csum_level, { BPF_CSUM_LEVEL_QUERY } }, { BPF_FUNC_csum_level, { BPF_CSUM_LEVEL_INC } },
	  { BPF_FUNC_csum_level, { BPF_CSUM_LEVEL_QUERY } } },
	{ { BPF_FUNC_csum_level, { BPF_CSUM_LEVEL_INC } }, { BPF_FUNC_csum_level, { BPF_CSUM_LEVEL_INC } },
	  { BPF_FUNC_csum_level, { BPF_CSUM_LEVEL_QUERY } } },
	{ { BPF_FUNC_csum_level, { BPF_CSUM_LEVEL_INC } }, { BPF_FUNC_csum_level, { BPF_CSUM_LEVEL_DEC } },
	  { BPF_FUNC_csum_level, { BPF_CSUM_LEVEL_QUERY } } },
	{ { BPF_FUNC_csum_level, { 7 } } },
	{ { BPF_FUNC_skb_change_type, { 2 } } },
	{ { BPF_FUNC_skb_change_type, { 4 } } },
	{ { BPF_FUNC_csum_update, { 77 } } },
	{ { BPF_FUNC_get_route_realm } },
	{ { BPF_FUNC_set_hash, { 4711 } } },
	{ { BPF_FUNC_set_hash, { 4711 } }, { BPF_FUNC_set_hash_invalid } },
	{ { BPF_FUNC_set_hash, { 4711 } }, { BPF_FUNC_get_hash_recalc } },
};

#define PROGRAMS (sizeof(programs) / sizeof(programs[0]))

static unsigned int differences, compared;

struct program {
	struct bpf_insn insns[256];
	uint32_t count;
};

static void emit(struct program *p, uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	p->insns[p->count++] = (struct bpf_insn){ .code = code, .dst_reg = dst, .src_reg = src, .off = off, .imm = imm };
}

/* r7 = r7 * 31 + r0 */
static void fold(struct program *p)
{
	emit(p, BPF_ALU64 | BPF_MUL | BPF_K, 7, 0, 0, 31);
	emit(p, BPF_ALU64 | BPF_ADD | BPF_X, 7, 0, 0, 0);
}

static void read_field(struct program *p, size_t offset)
{
	emit(p, BPF_LDX | BPF_MEM | BPF_W, 0, 6, (int16_t)offset, 0);
	fold(p);
}

/* The calls, and what the context says behind each, as one number. */
static void make_program(struct program *p, const struct call *calls)
{
	p->count = 0;
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, 7, 0, 0, 0);
	for (int i = 0; i < 3 && calls[i].helper; i++) {
		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0);
		for (int a = 0; a < 4; a++)
			emit(p, BPF_ALU | BPF_MOV | BPF_K, (uint8_t)(2 + a), 0, 0, (int32_t)calls[i].arguments[a]);
		emit(p, BPF_JMP | BPF_CALL, 0, 0, 0, calls[i].helper);
		fold(p);
		read_field(p, offsetof(struct __sk_buff, len));
		read_field(p, offsetof(struct __sk_buff, pkt_type));
		read_field(p, offsetof(struct __sk_buff, protocol));
		read_field(p, offsetof(struct __sk_buff, vlan_present));
		read_field(p, offsetof(struct __sk_buff, vlan_tci));
		read_field(p, offsetof(struct __sk_buff, vlan_proto));
		read_field(p, offsetof(struct __sk_buff, hash));
	}
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, 0, 7, 0, 0);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

typedef int (*door)(int command, union bpf_attr *attr);

static int our_bpf(int command, union bpf_attr *attr)
{
	return (int)rq_bpf(command, attr, sizeof(*attr));
}

static int load(door bpf, const struct program *p)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SCHED_CLS };

	attr.insns = (uintptr_t)p->insns;
	attr.insn_cnt = p->count;
	attr.license = (uintptr_t) "GPL";
	return bpf(BPF_PROG_LOAD, &attr);
}

struct outcome {
	int error;
	uint32_t value, size;
	uint8_t packet[OUT_ROOM];
};

static void run(door bpf, int fd, const uint8_t *packet, uint32_t size, struct outcome *outcome)
{
	union bpf_attr attr = {};

	memset(outcome, 0, sizeof(*outcome));
	attr.test.prog_fd = fd;
	attr.test.data_in = (uintptr_t)packet;
	attr.test.data_size_in = size;
	attr.test.data_out = (uintptr_t)outcome->packet;
	attr.test.data_size_out = OUT_ROOM;
	outcome->error = bpf(BPF_PROG_TEST_RUN, &attr);
	outcome->value = attr.test.retval;
	outcome->size = attr.test.data_size_out;
}

static uint32_t random_packet(uint8_t *packet)
{
	static const uint16_t protocols[] = { 0x0800, 0x86dd, 0x8100, 0x88a8, 0x0806 };
	uint32_t size = 60 + (uint32_t)rand() % (PACKET_MAX - 60);
	uint16_t protocol = htons(protocols[rand() % 5]), inner = htons(protocols[rand() % 5]);

	for (uint32_t i = 0; i < size; i++)
		packet[i] = rand() % 4 ? (uint8_t)rand() : 0;
	memcpy(packet + 12, &protocol, 2);
	memcpy(packet + 16, &inner, 2);
	return size;
}

static void compare(size_t number)
{
	struct program program;
	struct outcome ours, theirs;
	int our_fd, their_fd;

	make_program(&program, programs[number]);
	our_fd = load(our_bpf, &program);
	their_fd = load(kernel_bpf, &program);
	if (our_fd < 0 || their_fd < 0) {
		printf("program %zu: loading gives %d, Linux says %d\n", number, our_fd, their_fd);
		differences++;
	}
	for (int i = 0; i < PACKETS && our_fd >= 0 && their_fd >= 0; i++) {
		uint8_t packet[PACKET_MAX];
		uint32_t size = random_packet(packet);

		run(our_bpf, our_fd, packet, size, &ours);
		run(kernel_bpf, their_fd, packet, size, &theirs);
		compared++;
		if (!memcmp(&ours, &theirs, sizeof(ours)))
			continue;
		printf("program %zu, protocol %02x%02x: error %d value %#x size %u; Linux: %d %#x %u%s\n", number, packet[12],
		       packet[13], ours.error, ours.value, ours.size, theirs.error, theirs.value, theirs.size,
		       memcmp(ours.packet, theirs.packet, OUT_ROOM) ? ", other bytes" : "");
		differences++;
		break;
	}
	close(our_fd);
	close(their_fd);
}

int main(void)
{
	const struct rq_machine_options options = { .size = sizeof(options), .cpus = 1, .kernel = "6.18" };
	struct rq_machine *machine;

	if (!kernel_answers())
		return SKIPPED;
	if (rq_machine_create(&options, &machine))
		return 1;
	srand(1);
	for (size_t i = 0; i < PROGRAMS; i++)
		compare(i);
	printf("%u runs compared with the running kernel, %u differences\n", compared, differences);
	return rq_machine_destroy(machine) || differences;
}
