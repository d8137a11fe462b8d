/* SPDX-License-Identifier: BSD-2-Clause */
/* What bpf(2) answers, here and in the running kernel. */
#include "worlds.h"

#include <fcntl.h>

/* ---- Attributes ---- */

#define BPF_TOKEN_CREATE 36 /* later than the headers of Debian 12 */
#define COMMANDS	 37

/* Each command with attributes of each size, all zeros, and with one byte set that a command may not know. */
static void attributes(struct world *world)
{
	static const uint32_t sizes[] = { 0, 4, 8, 64, 160 };
	uint8_t attr[ATTR_BYTES];

	for (int cmd = 0; cmd < COMMANDS; cmd++) {
		if (cmd == BPF_BTF_GET_NEXT_ID || cmd == BPF_BTF_GET_FD_BY_ID || cmd == BPF_MAP_GET_NEXT_ID ||
		    cmd == BPF_PROG_GET_NEXT_ID)
			continue; /* the host may have some */
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			memset(attr, 0, sizeof(attr));
			answer(world, "command %d of %u zero bytes: %s", cmd, sizes[i],
			       result_name(world, ask_sized(world, cmd, attr, sizes[i])));
		}
		for (uint32_t at = 0; at < 160; at++) {
			memset(attr, 0, sizeof(attr));
			attr[at] = 1;
			if (cmd == BPF_TASK_FD_QUERY && at == 0)
				continue; /* a real process */
			answer(world, "command %d with byte %u: %s", cmd, at,
			       result_name(world, ask_sized(world, cmd, attr, 160)));
		}
	}
}

static void the_end_of_attributes_is_the_kernels(void **state)
{
	if (!kernel_answers())
		skip();
	compare_worlds(attributes);
}

static void calls_themselves(struct world *world)
{
	uint8_t attr[8192] = { 0 };

	answer(world, "no attributes: %ld", ask_sized(world, BPF_MAP_CREATE, NULL, 0));
	answer(world, "an unknown command: %ld", ask_sized(world, 1000, attr, 16));
	answer(world, "a negative command: %ld", ask_sized(world, -1, attr, 16));
	answer(world, "more than a page: %ld", ask_sized(world, BPF_MAP_CREATE, attr, 4097));
	answer(world, "unreadable attributes: %ld", ask_sized(world, BPF_MAP_CREATE, (void *)8, 16));
	answer(world, "not mapped attributes: %ld", ask_sized(world, BPF_MAP_CREATE, (void *)0x10000000000, 16));
	answer(world, "unreadable ones of an unknown command: %ld", ask_sized(world, 1000, (void *)8, 16));
	attr[299] = 1;
	answer(world, "a field of the future: %ld", ask_sized(world, BPF_MAP_CREATE, attr, 300));
	answer(world, "the same, unknown command: %ld", ask_sized(world, 1000, attr, 300));
}

static void a_call_is_refused_as_the_kernel_does(void **state)
{
	if (!kernel_answers())
		skip();
	compare_worlds(calls_themselves);
}

/* ---- Descriptors ---- */

/* Each command that takes a descriptor, with a wrong one in each place. */
static void wrong_descriptors(struct world *world)
{
	static const struct {
		int cmd;
		uint32_t at;
	} places[] = {
		{ BPF_MAP_LOOKUP_ELEM, 0 }, { BPF_MAP_UPDATE_ELEM, 0 }, { BPF_MAP_DELETE_ELEM, 0 },
		{ BPF_MAP_GET_NEXT_KEY, 0 }, { BPF_MAP_LOOKUP_AND_DELETE_ELEM, 0 }, { BPF_MAP_FREEZE, 0 },
		{ BPF_MAP_LOOKUP_BATCH, 36 }, { BPF_MAP_UPDATE_BATCH, 36 }, { BPF_MAP_DELETE_BATCH, 36 },
		{ BPF_MAP_LOOKUP_AND_DELETE_BATCH, 36 }, { BPF_PROG_TEST_RUN, 0 }, { BPF_OBJ_GET_INFO_BY_FD, 0 },
		{ BPF_PROG_BIND_MAP, 0 }, { BPF_PROG_BIND_MAP, 4 }, { BPF_LINK_CREATE, 0 }, { BPF_LINK_UPDATE, 0 },
		{ BPF_LINK_UPDATE, 4 }, { BPF_LINK_DETACH, 0 }, { BPF_ITER_CREATE, 0 }, { BPF_RAW_TRACEPOINT_OPEN, 8 },
		{ BPF_PROG_QUERY, 0 }, { BPF_PROG_ATTACH, 4 }, { BPF_TOKEN_CREATE, 4 },
	};
	long map = world_map(world, BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0);
	long prog = world_prog(world, BPF_PROG_TYPE_SOCKET_FILTER, 0, 0, return_0, 2);
	const struct {
		const char *name;
		int fd;
	} fds[] = { { "-1", -1 }, { "999", 999 }, { "0", 0 }, { "map", map }, { "prog", prog } };
	uint8_t attr[ATTR_BYTES];

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		for (size_t j = 0; j < sizeof(fds) / sizeof(fds[0]); j++) {
			memset(attr, 0, sizeof(attr));
			memcpy(attr + places[i].at, &fds[j].fd, 4);
			if (places[i].cmd == BPF_MAP_FREEZE && fds[j].fd == map)
				continue;
			answer(world, "command %d, descriptor %s at %u: %ld", places[i].cmd, fds[j].name, places[i].at,
			       ask_sized(world, places[i].cmd, attr, 160));
		}
	close(map);
	close(prog);
}

static void wrong_descriptors_are_refused_as_the_kernel_does(void **state)
{
	if (!kernel_answers())
		skip();
	compare_worlds(wrong_descriptors);
}

/* ---- Attaching ---- */

static const struct kind {
	uint32_t type, attach, flags;
} kinds[] = {
	{ BPF_PROG_TYPE_SOCKET_FILTER }, { BPF_PROG_TYPE_KPROBE }, { BPF_PROG_TYPE_SCHED_CLS }, { BPF_PROG_TYPE_SCHED_ACT },
	{ BPF_PROG_TYPE_TRACEPOINT }, { BPF_PROG_TYPE_XDP }, { BPF_PROG_TYPE_PERF_EVENT }, { BPF_PROG_TYPE_CGROUP_SKB },
	{ BPF_PROG_TYPE_CGROUP_SOCK, BPF_CGROUP_INET_SOCK_CREATE }, { BPF_PROG_TYPE_LWT_IN }, { BPF_PROG_TYPE_LWT_OUT },
	{ BPF_PROG_TYPE_LWT_XMIT }, { BPF_PROG_TYPE_SOCK_OPS }, { BPF_PROG_TYPE_SK_SKB }, { BPF_PROG_TYPE_CGROUP_DEVICE },
	{ BPF_PROG_TYPE_SK_MSG }, { BPF_PROG_TYPE_RAW_TRACEPOINT }, { BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_BIND },
	{ BPF_PROG_TYPE_LWT_SEG6LOCAL }, { BPF_PROG_TYPE_SK_REUSEPORT }, { BPF_PROG_TYPE_FLOW_DISSECTOR },
	{ BPF_PROG_TYPE_CGROUP_SYSCTL }, { BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE },
	{ BPF_PROG_TYPE_CGROUP_SOCKOPT, BPF_CGROUP_GETSOCKOPT }, { BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP },
	{ BPF_PROG_TYPE_SYSCALL, 0, BPF_F_SLEEPABLE },
};

/* To what is not there: nothing gets attached. */
static void attaching_to_nothing(struct world *world)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		long prog = world_prog(world, kinds[i].type, kinds[i].attach, kinds[i].flags, return_1, 2);
		union bpf_attr attr = { 0 };

		assert_true(prog > 2);
		attr.raw_tracepoint.prog_fd = prog;
		answer(world, "type %u, a tracepoint without a name: %ld", kinds[i].type,
		       ask(world, BPF_RAW_TRACEPOINT_OPEN, &attr));
		attr.raw_tracepoint.name = (uintptr_t) "no-such-tracepoint";
		answer(world, "type %u, what can't be a tracepoint: %ld", kinds[i].type,
		       ask(world, BPF_RAW_TRACEPOINT_OPEN, &attr));
		for (uint32_t attach = 0; attach < 60; attach++) {
			if (attach == 48 || attach == 54 || attach == 55 || attach == 42 || attach == 56)
				continue; /* multi-probes and netkit: a kernel may be built without */
			memset(&attr, 0, sizeof(attr));
			attr.link_create.prog_fd = prog;
			attr.link_create.target_fd = -1;
			attr.link_create.attach_type = attach;
			answer(world, "type %u, a link, attach type %u: %ld", kinds[i].type, attach,
			       ask(world, BPF_LINK_CREATE, &attr));
			memset(&attr, 0, sizeof(attr));
			attr.attach_bpf_fd = prog;
			attr.target_fd = -1;
			attr.attach_type = attach;
			answer(world, "type %u, attached as %u: %ld", kinds[i].type, attach, ask(world, BPF_PROG_ATTACH, &attr));
			if (attach != BPF_LSM_MAC) /* which Linux takes for a cgroup's */
				answer(world, "type %u, detached as %u: %ld", kinds[i].type, attach, ask(world, BPF_PROG_DETACH, &attr));
		}
		close(prog);
	}
}

static void attaching_fails_as_in_the_kernel(void **state)
{
	if (!kernel_answers())
		skip();
	compare_worlds(attaching_to_nothing);
}

/* ---- Pins ---- */

static void pins_that_fail(struct world *world)
{
	static const struct {
		const char *path;
		uint32_t flags;
	} places[] = {
		{ "/tmp/rqspin-no-such-file" }, { "/tmp/rqspin-no-such-folder/file" }, { "/tmp" }, { "/etc/passwd" }, { "" },
		{ (const char *)8 }, { NULL }, { "/tmp/rqspin-no-such-file", 1 }, { "/tmp/rqspin-no-such-file", BPF_F_RDONLY },
		{ "/tmp/rqspin-no-such-file", BPF_F_RDONLY | BPF_F_WRONLY }, { "/etc/passwd", BPF_F_WRONLY },
		{ "/etc/passwd/file" },
	};
	long map = world_map(world, BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0);
	const int fds[] = { map, 999, 0, -1 };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		union bpf_attr attr = { .pathname = (uintptr_t)places[i].path };

		attr.file_flags = places[i].flags;
		answer(world, "get place %zu: %ld", i, ask(world, BPF_OBJ_GET, &attr));
		for (size_t j = 0; j < sizeof(fds) / sizeof(fds[0]); j++) {
			attr.bpf_fd = fds[j];
			answer(world, "pin descriptor %zu at place %zu: %ld", j, i, ask(world, BPF_OBJ_PIN, &attr));
			answer(world, "get with descriptor %zu at place %zu: %ld", j, i, ask(world, BPF_OBJ_GET, &attr));
		}
	}
	close(map);
}

static void pins_fail_as_in_the_kernel(void **state)
{
	if (!kernel_answers())
		skip();
	compare_worlds(pins_that_fail);
}

/* ---- Test runs ---- */

#define NOWHERE ((void *)0x10000000000)

static uint8_t input[8192], output[8192], context[8192];

static const struct shape {
	const char *name;
	void *data_in, *data_out, *ctx_in, *ctx_out;
	uint32_t data_size_in, data_size_out, ctx_size_in, ctx_size_out, repeat, flags, cpu, batch;
} shapes[] = {
	{ "nothing" },
	{ "13 bytes", .data_in = input, .data_size_in = 13 },
	{ "14 bytes", .data_in = input, .data_size_in = 14 },
	{ "64 bytes", .data_in = input, .data_size_in = 64 },
	{ "3000 bytes", .data_in = input, .data_size_in = 3000 },
	{ "3520 bytes", .data_in = input, .data_size_in = 3520 },
	{ "4096 bytes", .data_in = input, .data_size_in = 4096 },
	{ "8192 bytes", .data_in = input, .data_size_in = 8192 },
	{ "size, no data", .data_size_in = 64 },
	{ "data, no size", .data_in = input },
	{ "unreadable data", .data_in = NOWHERE, .data_size_in = 64 },
	{ "room 64", .data_in = input, .data_size_in = 64, .data_out = output, .data_size_out = 64 },
	{ "room 32", .data_in = input, .data_size_in = 64, .data_out = output, .data_size_out = 32 },
	{ "no room", .data_in = input, .data_size_in = 64, .data_out = output },
	{ "room, no place", .data_in = input, .data_size_in = 64, .data_size_out = 32 },
	{ "unwritable place", .data_in = input, .data_size_in = 64, .data_out = NOWHERE, .data_size_out = 64 },
	{ "context 4", .data_in = input, .data_size_in = 64, .ctx_in = context, .ctx_size_in = 4 },
	{ "context 8", .data_in = input, .data_size_in = 64, .ctx_in = context, .ctx_size_in = 8 },
	{ "context 24", .data_in = input, .data_size_in = 64, .ctx_in = context, .ctx_size_in = 24 },
	{ "context 192", .data_in = input, .data_size_in = 64, .ctx_in = context, .ctx_size_in = 192 },
	{ "context 200", .data_in = input, .data_size_in = 64, .ctx_in = context, .ctx_size_in = 200 },
	{ "context 5000", .data_in = input, .data_size_in = 64, .ctx_in = context, .ctx_size_in = 5000 },
	{ "context 8 alone", .ctx_in = context, .ctx_size_in = 8 },
	{ "context 64 alone", .ctx_in = context, .ctx_size_in = 64 },
	{ "context 96 alone", .ctx_in = context, .ctx_size_in = 96 },
	{ "context 97 alone", .ctx_in = context, .ctx_size_in = 97 },
	{ "context 104 alone", .ctx_in = context, .ctx_size_in = 104 },
	{ "unreadable context", .ctx_in = NOWHERE, .ctx_size_in = 8 },
	{ "unreadable context, data", .data_in = input, .data_size_in = 64, .ctx_in = NOWHERE, .ctx_size_in = 8 },
	{ "context out", .data_in = input, .data_size_in = 64, .ctx_in = context, .ctx_size_in = 24, .ctx_out = output,
	  .ctx_size_out = 192 },
	{ "context out 4", .data_in = input, .data_size_in = 64, .ctx_in = context, .ctx_size_in = 24, .ctx_out = output,
	  .ctx_size_out = 4 },
	{ "context out, none in", .data_in = input, .data_size_in = 64, .ctx_out = output, .ctx_size_out = 192 },
	{ "unwritable context", .data_in = input, .data_size_in = 64, .ctx_out = NOWHERE, .ctx_size_out = 192 },
	{ "context out, no data", .ctx_in = context, .ctx_size_in = 64, .ctx_out = output, .ctx_size_out = 64 },
	{ "repeat 3", .data_in = input, .data_size_in = 64, .repeat = 3 },
	{ "repeat 3 of nothing", .repeat = 3 },
	{ "flag 1", .data_in = input, .data_size_in = 64, .flags = 1 },
	{ "flag 1 alone", .flags = 1 },
	{ "flag 1, cpu 5000", .flags = 1, .cpu = 5000 },
	{ "flag 2, room for nothing", .flags = 2 },
	{ "flag 4", .data_in = input, .data_size_in = 64, .flags = 4 },
	{ "flag 8", .data_in = input, .data_size_in = 64, .flags = 8 },
	{ "flag 8 alone", .flags = 8 },
	{ "cpu 1", .data_in = input, .data_size_in = 64, .cpu = 1 },
	{ "cpu 1 alone", .cpu = 1 },
	{ "batch", .data_in = input, .data_size_in = 64, .batch = 4 },
	{ "batch alone", .batch = 4 },
};

static void test_runs(struct world *world)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		long prog = world_prog(world, kinds[i].type, kinds[i].attach, kinds[i].flags, return_1, 2);

		assert_true(prog > 2);
		for (size_t j = 0; j < sizeof(shapes) / sizeof(shapes[0]); j++) {
			const struct shape *shape = &shapes[j];
			union bpf_attr attr = { .test = {
				.prog_fd = prog,
				.data_in = (uintptr_t)shape->data_in, .data_size_in = shape->data_size_in,
				.data_out = (uintptr_t)shape->data_out, .data_size_out = shape->data_size_out,
				.ctx_in = (uintptr_t)shape->ctx_in, .ctx_size_in = shape->ctx_size_in,
				.ctx_out = (uintptr_t)shape->ctx_out, .ctx_size_out = shape->ctx_size_out,
				.repeat = shape->repeat, .flags = shape->flags, .cpu = shape->cpu, .batch_size = shape->batch,
			} };
			long result = ask(world, BPF_PROG_TEST_RUN, &attr);

			answer(world, "type %u, %s: %ld, value %u, %u of data, %u of context", kinds[i].type, shape->name, result,
			       attr.test.retval, attr.test.data_size_out, attr.test.ctx_size_out);
		}
		close(prog);
	}
}

static void test_runs_answer_as_in_the_kernel(void **state)
{
	if (!kernel_answers())
		skip();
	compare_worlds(test_runs);
}

/* ---- What objects tell ---- */

static long info_of(const struct world *world, int fd, void *info, uint32_t *size)
{
	union bpf_attr attr = { .info = { .bpf_fd = fd, .info_len = *size, .info = (uintptr_t)info } };
	long result = ask(world, BPF_OBJ_GET_INFO_BY_FD, &attr);

	*size = attr.info.info_len;
	return result;
}

static void answer_program(struct world *world, const char *name, int fd)
{
	struct bpf_prog_info info = { 0 };
	uint32_t size = sizeof(info);
	struct bpf_insn insns[64];
	uint32_t ids[4] = { 0 };
	long result;

	info.map_ids = (uintptr_t)ids;
	info.nr_map_ids = 4;
	info.xlated_prog_insns = (uintptr_t)insns;
	info.xlated_prog_len = sizeof(insns);
	result = info_of(world, fd, &info, &size);
	answer(world, "%s: %ld, type %u, tag %016llx, %u maps, gpl %u, name %s, %u insns verified, %u bytes, %u func %u line, rec %u %u %u",
	       name, result, info.type, (unsigned long long)*(uint64_t *)info.tag, info.nr_map_ids, info.gpl_compatible,
	       info.name, info.verified_insns, info.xlated_prog_len, info.nr_func_info, info.nr_line_info,
	       info.func_info_rec_size, info.line_info_rec_size, info.jited_line_info_rec_size);
	answer(world, "%s: uid %u, loaded %d, tags %u, runs %llu, btf %u, attach %u", name, info.created_by_uid,
	       info.load_time > 0, info.nr_prog_tags, (unsigned long long)info.run_cnt, info.btf_id, info.attach_btf_id);
	/* Where an instruction names a map, it has the map's id. */
	for (uint32_t i = 0; i < info.xlated_prog_len / 8 && i < 64; i++) {
		bool names_map = insns[i].code == (BPF_LD | BPF_DW | BPF_IMM) && insns[i].src_reg;

		answer(world, "%s: insn %u is %02x %x%x %d %s", name, i, insns[i].code, insns[i].dst_reg, insns[i].src_reg,
		       insns[i].off, names_map ? (uint32_t)insns[i].imm == ids[0] ? "the map" : "no map" : "");
	}
}

static void objects_tell(struct world *world)
{
	static const uint32_t sizes[] = { 0, 1, 4, 8, 40, 80, 104, 200, 228, 232, 240, 256, 4096, 4097 };
	long map = world_map(world, BPF_MAP_TYPE_ARRAY, 4, 64, 1, 0);
	const struct bpf_insn of_map[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct bpf_insn of_value[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_VALUE, .imm = map },
		{ .imm = 16 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct bpf_insn of_number[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 0, .imm = 7 },
		{ .imm = 9 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	long progs[] = { world_prog(world, BPF_PROG_TYPE_SOCKET_FILTER, 0, 0, of_map, 4),
			 world_prog(world, BPF_PROG_TYPE_SCHED_CLS, 0, 0, of_value, 4),
			 world_prog(world, BPF_PROG_TYPE_XDP, 0, 0, of_number, 3) };
	uint8_t bytes[8192];
	uint32_t size;
	long result;

	answer_program(world, "a map", progs[0]);
	answer_program(world, "a value", progs[1]);
	answer_program(world, "a number", progs[2]);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size = sizes[i];
		memset(bytes, 0, sizeof(bytes));
		result = info_of(world, progs[0], bytes, &size);
		answer(world, "%u bytes of a program: %ld, %u", sizes[i], result, size);
		size = sizes[i];
		memset(bytes, 0, sizeof(bytes));
		result = info_of(world, map, bytes, &size);
		answer(world, "%u bytes of a map: %ld, %u", sizes[i], result, size);
		memset(bytes, 0xff, sizeof(bytes));
		size = sizes[i];
		if (size <= 80) /* there was nothing to ask for yet */
			answer(world, "%u bytes of a map, all set: %ld", sizes[i], info_of(world, map, bytes, &size));
		size = sizes[i];
		answer(world, "%u bytes nowhere: %ld", sizes[i], info_of(world, map, NOWHERE, &size));
		size = sizes[i];
		answer(world, "%u bytes, null: %ld", sizes[i], info_of(world, map, NULL, &size));
	}
	for (size_t i = 0; i < 3; i++)
		close(progs[i]);
	close(map);
}

static void objects_tell_what_the_kernels_do(void **state)
{
	if (!kernel_answers())
		skip();
	compare_worlds(objects_tell);
}

/* ---- Logs ---- */

static void logs(struct world *world)
{
	static const uint32_t levels[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 17, 64 };
	static const uint32_t sizes[] = { 0, 1, 16, 100, 4096 };
	static const struct bpf_insn bad[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .imm = 1 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .src_reg = 5 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	for (size_t p = 0; p < 2; p++)
		for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
			for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++)
				for (int with = 0; with < 3; with++) {
					struct {
						union bpf_attr attr;
						uint8_t more[16];
					} call = { .attr = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER } };
					char log[4096], *time;
					bool whole;
					uint32_t true_size;
					long result;

					memset(log, 'x', sizeof(log));
					call.attr.insns = (uintptr_t)(p ? bad : return_0);
					call.attr.insn_cnt = p ? 4 : 2;
					call.attr.license = (uintptr_t) "GPL";
					call.attr.log_level = levels[i];
					call.attr.log_size = sizes[j];
					call.attr.log_buf = with == 0 ? 0 : with == 1 ? (uintptr_t)log : (uintptr_t)NOWHERE;
					result = ask_sized(world, BPF_PROG_LOAD, &call, 144);
					memcpy(&true_size, (uint8_t *)&call + 140, 4);
					/* How long it took is not compared, nor what depends on how many digits that has. */
					log[sizeof(log) - 1] = '\0';
					time = strstr(log, "verification time");
					whole = time && result != -ENOSPC;
					if (time)
						*time = '\0';
					answer(world, "program %zu, level %u, %u bytes, buffer %d: %s, true size %d: %s", p, levels[i],
					       sizes[j], with, result_name(world, result), with < 2 && true_size > 0,
					       whole && !(levels[i] & 6) ? log : "");
				}
}

static void logs_are_kept_as_the_kernel_does(void **state)
{
	if (!kernel_answers())
		skip();
	compare_worlds(logs);
}

#define IN_A_MACHINE(test) cmocka_unit_test_setup_teardown(test, make_machine, end_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(a_call_is_refused_as_the_kernel_does),
		IN_A_MACHINE(the_end_of_attributes_is_the_kernels),
		IN_A_MACHINE(wrong_descriptors_are_refused_as_the_kernel_does),
		IN_A_MACHINE(attaching_fails_as_in_the_kernel),
		IN_A_MACHINE(pins_fail_as_in_the_kernel),
		IN_A_MACHINE(test_runs_answer_as_in_the_kernel),
		IN_A_MACHINE(objects_tell_what_the_kernels_do),
		IN_A_MACHINE(logs_are_kept_as_the_kernel_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
