/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Context rules and return ranges of every program type against the running kernel: each size at each offset, loads and
 * stores; each return value from -2 to 5. Skipped (exit 77) where bpf(2) is refused or the kernel is older than 6.15.
 */
#include <string.h>

#include "isa/isa.h"
#include "kernel.h"
#include "prog/prog.h"

struct kind {
	enum bpf_prog_type type;
	enum bpf_attach_type attach;
	uint32_t size;
};

static const struct kind kinds[] = {
	{ BPF_PROG_TYPE_SOCKET_FILTER, 0, 200 },
	{ BPF_PROG_TYPE_KPROBE, 0, 176 },
	{ BPF_PROG_TYPE_SCHED_CLS, 0, 200 },
	{ BPF_PROG_TYPE_SCHED_ACT, 0, 200 },
	{ BPF_PROG_TYPE_TRACEPOINT, 0, 72 }, /* past that the buffer of the tracepoint, up to a page */
	{ BPF_PROG_TYPE_XDP, 0, 32 },
	{ BPF_PROG_TYPE_PERF_EVENT, 0, 200 },
	{ BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS, 200 },
	{ BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, 200 },
	{ BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE, 96 },
	{ BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_RELEASE, 96 },
	{ BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET4_POST_BIND, 96 },
	{ BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET6_POST_BIND, 96 },
	{ BPF_PROG_TYPE_LWT_IN, 0, 200 },
	{ BPF_PROG_TYPE_LWT_OUT, 0, 200 },
	{ BPF_PROG_TYPE_LWT_XMIT, 0, 200 },
	{ BPF_PROG_TYPE_LWT_SEG6LOCAL, 0, 200 },
	{ BPF_PROG_TYPE_SOCK_OPS, BPF_CGROUP_SOCK_OPS, 240 },
	{ BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_STREAM_PARSER, 200 },
	{ BPF_PROG_TYPE_CGROUP_DEVICE, BPF_CGROUP_DEVICE, 24 },
	{ BPF_PROG_TYPE_SK_MSG, BPF_SK_MSG_VERDICT, 96 },
	{ BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 112 },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_BIND, 84 },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_BIND, 84 },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, 84 },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_CONNECT, 84 },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_SENDMSG, 84 },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP6_SENDMSG, 84 },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP4_RECVMSG, 84 },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_UDP6_RECVMSG, 84 },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_GETPEERNAME, 84 },
	{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET6_GETSOCKNAME, 84 },
	{ BPF_PROG_TYPE_SK_REUSEPORT, BPF_SK_REUSEPORT_SELECT, 80 },
	{ BPF_PROG_TYPE_FLOW_DISSECTOR, BPF_FLOW_DISSECTOR, 200 },
	{ BPF_PROG_TYPE_CGROUP_SYSCTL, BPF_CGROUP_SYSCTL, 16 },
	{ BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_GETSOCKOPT, 48 },
	{ BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_SETSOCKOPT, 48 },
	{ BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP, 88 },
};

static char verifier_log[1 << 16];

/* 0 or a negative errno; the kernel itself, not our rq_bpf(). */
static int ask_kernel(const struct kind *kind, const struct bpf_insn *insns, uint32_t count)
{
	union bpf_attr attr = {
		.prog_type = kind->type,
		.expected_attach_type = kind->attach,
		.insns = (uintptr_t)insns,
		.insn_cnt = count,
		.license = (uintptr_t) "GPL",
		.log_buf = (uintptr_t)verifier_log,
		.log_size = sizeof(verifier_log),
		.log_level = 1,
	};
	int fd;

	verifier_log[0] = '\0';
	fd = kernel_bpf(BPF_PROG_LOAD, &attr);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static bool kernel_allows_access(const struct kind *kind, uint32_t offset, uint8_t size_code, bool store)
{
	const struct bpf_insn load[] = {
		{ .code = BPF_LDX | BPF_MEM | size_code, .dst_reg = 0, .src_reg = 1, .off = (int16_t)offset },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct bpf_insn put[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_STX | BPF_MEM | size_code, .dst_reg = 1, .src_reg = 0, .off = (int16_t)offset },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return !ask_kernel(kind, store ? put : load, 3);
}

static unsigned int compare_accesses(const struct kind *kind, const struct rq_prog_type *type)
{
	static const uint8_t codes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	unsigned int differences = 0;

	for (uint32_t offset = 0; offset < kind->size; offset++)
		for (unsigned int s = 0; s < 4; s++)
			for (int store = 0; store < 2; store++) {
				bool ours = rq_prog_ctx_field(type, kind->attach, offset, 1u << s, store);
				bool theirs = kernel_allows_access(kind, offset, codes[s], store);

				if (ours == theirs)
					continue;
				printf("%s attach %d: %s of %u bytes at %u: kernel %s, rqspin %s\n", type->name,
				       kind->attach, store ? "store" : "load", 1u << s, offset,
				       theirs ? "accepts" : "rejects", ours ? "accepts" : "rejects");
				differences++;
			}
	return differences;
}

static unsigned int compare_returns(const struct kind *kind, const struct rq_prog_type *type)
{
	const struct rq_prog prog = { .type = type, .expected_attach_type = kind->attach };
	unsigned int differences = 0;
	int64_t min, max;

	rq_prog_return_range(&prog, &min, &max);
	for (int value = -2; value < 6; value++) {
		const struct bpf_insn insns[] = {
			{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = value },
			{ .code = BPF_JMP | BPF_EXIT },
		};
		bool theirs = !ask_kernel(kind, insns, 2);

		if (theirs == (value >= min && value <= max))
			continue;
		printf("%s attach %d: return value %d: kernel %s\n", type->name, kind->attach, value,
		       theirs ? "accepts" : "rejects");
		differences++;
	}
	return differences;
}

int main(void)
{
	unsigned int differences = 0;

	if (!kernel_answers())
		return SKIPPED;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct rq_prog_type *type = rq_prog_type(kinds[i].type);

		if (!type) {
			printf("no row for program type %d\n", kinds[i].type);
			differences++;
			continue;
		}
		differences += compare_accesses(&kinds[i], type);
		differences += compare_returns(&kinds[i], type);
	}
	printf("%zu kinds compared with the running kernel, %u differences\n", sizeof(kinds) / sizeof(kinds[0]), differences);
	return differences ? 1 : 0;
}
