/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer: any bytes as a program. The first byte chooses the program type and the log level, the rest are instructions.
 * What is accepted and calls nothing is also run, on an array of one element: an access outside is seen by ASan.
 */
#include <rqspin/bpf.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define INSNS_MAX   256
#define VALUE_BYTES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t types[] = { BPF_PROG_TYPE_SCHED_CLS, BPF_PROG_TYPE_XDP, BPF_PROG_TYPE_SYSCALL, BPF_PROG_TYPE_KPROBE,
				 BPF_PROG_TYPE_CGROUP_SKB, BPF_PROG_TYPE_SK_LOOKUP, BPF_PROG_TYPE_SOCKET_FILTER,
				 BPF_PROG_TYPE_RAW_TRACEPOINT };

static int make_map(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = VALUE_BYTES, .max_entries = 1 };

	return (int)rq_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
}

static void run(int fd, enum bpf_prog_type type)
{
	uint8_t packet[64] = { 0 };
	union bpf_attr attr = { .test = { .prog_fd = (uint32_t)fd } };

	if (type != BPF_PROG_TYPE_SYSCALL && type != BPF_PROG_TYPE_RAW_TRACEPOINT) {
		attr.test.data_in = (uintptr_t)packet;
		attr.test.data_size_in = sizeof(packet);
	}
	rq_bpf(BPF_PROG_TEST_RUN, &attr, sizeof(attr));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char log[1 << 16];
	static int map;
	struct bpf_insn insns[INSNS_MAX];
	union bpf_attr attr = { .insns = (uintptr_t)insns, .license = (uintptr_t)"GPL" };
	bool calls = false;
	long fd;

	if (!map)
		map = make_map();
	if (size < 1 + sizeof(insns[0]) || map < 0)
		return 0;
	attr.prog_type = types[data[0] % sizeof(types)];
	attr.insn_cnt = (uint32_t)((size - 1) / sizeof(insns[0]));
	if (attr.insn_cnt > INSNS_MAX)
		attr.insn_cnt = INSNS_MAX;
	memcpy(insns, data + 1, attr.insn_cnt * sizeof(insns[0]));
	for (uint32_t i = 0; i < attr.insn_cnt; i++) {
		struct bpf_insn *insn = &insns[i];

		if (insn->code == (BPF_LD | BPF_IMM | BPF_DW) &&
		    (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE))
			insn->imm = map;
		calls |= insn->code == (BPF_JMP | BPF_CALL) && insn->imm != BPF_FUNC_map_lookup_elem;
		calls |= BPF_OP(insn->code) == 0xe0; /* may_goto: may run for long */
	}
	if (data[0] & 0x80) {
		attr.log_level = 2;
		attr.log_buf = (uintptr_t)log;
		attr.log_size = sizeof(log);
	}
	fd = rq_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		return 0;
	if (!calls)
		run((int)fd, attr.prog_type);
	close((int)fd);
	return 0;
}
