// SPDX-License-Identifier: BSD-2-Clause
/*
 * BPF_PROG_LOAD: from attributes to a verified program. In the order of the kernel: attributes, license, kind and attach
 * type, instructions, types and line information, maps, then the verdict. What was not verified never gets a descriptor.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sha256.h"
#include "func/func.h"
#include "func/runtime.h"
#include "func/stream.h"
#include "func/timer.h"
#include "sys/attach.h"
#include "sys/command.h"
#include "sys/machine_cpus.h"
#include "verifier/verifier.h"
#include "vm/vm.h"

#define USED_MAPS_MAX	    64
#define INFO_RECORD_MAX	    252
#define PSEUDO_MAP_IDX	    5 /* BPF_PSEUDO_MAP_IDX, _IDX_VALUE: by position in fd_array */
#define PSEUDO_MAP_IDX_VALUE 6

#define FLAGS_KNOWN                                                                                                    \
	(BPF_F_STRICT_ALIGNMENT | BPF_F_ANY_ALIGNMENT | BPF_F_TEST_RND_HI32 | BPF_F_TEST_STATE_FREQ | BPF_F_SLEEPABLE |  \
	 BPF_F_XDP_HAS_FRAGS | F_XDP_DEV_BOUND_ONLY | F_TEST_REG_INVARIANTS)
#define F_XDP_DEV_BOUND_ONLY  (1u << 6)
#define F_TEST_REG_INVARIANTS (1u << 7)

static void release(struct rq_object *object)
{
	struct rq_prog *prog = (struct rq_prog *)object;

	if (prog->machine && prog->machine->cpu_threads &&
	    rq_timers_forget(rq_runtime_timers(prog->machine->cpu_threads->runtime), prog))
		rq_machine_synchronize(prog->machine); /* one of its callbacks may run */
	rq_vm_discard(prog);
	rq_streams_destroy(prog->streams);
	for (uint32_t i = 0; i < prog->map_count; i++)
		rq_object_put(&prog->maps[i]->object);
	rq_object_put(prog->btf ? &prog->btf->object : NULL);
	rq_free(prog->maps);
	rq_free(prog->insn_map);
	rq_free(prog->insns);
	rq_free(prog->func_info);
	rq_free(prog->line_info);
	rq_free(prog->subprogs);
	rq_free(prog->notes);
	rq_free(prog);
}

static bool license_is_gpl(const char *license)
{
	static const char *const compatible[] = {
		"GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL",
	};

	for (size_t i = 0; i < sizeof(compatible) / sizeof(compatible[0]); i++)
		if (!strcmp(license, compatible[i]))
			return true;
	return false;
}

static int take_license(struct rq_prog *prog, uint64_t address)
{
	char license[128];

	if (rq_user_string(address, license, sizeof(license)) < 0)
		return -EFAULT;
	prog->gpl = license_is_gpl(license);
	return 0;
}

static int take_insns(struct rq_prog *prog, const union bpf_attr *attr)
{
	const void *insns = rq_user_in(attr->insns, (size_t)attr->insn_cnt * sizeof(*prog->insns));

	if (!insns)
		return -EFAULT;
	prog->insn_count = attr->insn_cnt;
	prog->insns = rq_memdup(insns, (size_t)attr->insn_cnt * sizeof(*prog->insns));
	return prog->insns ? 0 : -ENOMEM;
}

/* Records of func_info or line_info: rows of @given bytes each, of which we know @known; *rows gets @known bytes each. */
static int take_records(const char *what, uint64_t address, uint32_t count, uint32_t given, uint32_t known, uint32_t least,
			struct rq_log *log, void **rows)
{
	const uint8_t *user;
	uint8_t *copy;

	if (given < least || given > INFO_RECORD_MAX || given % 4 || count > RQ_MAX_INSNS) {
		rq_log_print(log, "invalid %s rec size %u\n", what, given);
		return -EINVAL;
	}
	user = rq_user_in(address, (size_t)count * given);
	if (!user)
		return -EFAULT;
	copy = rq_alloc(count, known);
	if (!copy)
		return -ENOMEM;
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *row = user + (size_t)i * given;

		for (uint32_t j = known; j < given; j++)
			if (row[j]) {
				rq_log_print(log, "nonzero tailing record in %s\n", what);
				rq_free(copy);
				return -E2BIG;
			}
		memcpy(copy + (size_t)i * known, row, given < known ? given : known);
	}
	*rows = copy;
	return 0;
}

static int check_func_info(struct rq_prog *prog, struct rq_log *log)
{
	uint32_t previous = 0;

	for (uint32_t i = 0; i < prog->func_info_count; i++) {
		const struct bpf_func_info *row = &prog->func_info[i];
		const struct btf_type *type = btf__type_by_id(prog->btf->types, row->type_id);

		if (i ? row->insn_off <= previous : row->insn_off != 0) {
			rq_log_print(log, i ? "same or smaller insn offset (%u) than previous func info record (%u)\n" :
					      "nonzero insn_off %u for the first func info record\n",
				     row->insn_off, previous);
			return -EINVAL;
		}
		if (!type || !btf_is_func(type)) {
			rq_log_print(log, "invalid type id %u in func info\n", row->type_id);
			return -EINVAL;
		}
		previous = row->insn_off;
	}
	return 0;
}

static int check_line_info(struct rq_prog *prog, struct rq_log *log)
{
	uint32_t previous = 0;

	for (uint32_t i = 0; i < prog->line_info_count; i++) {
		const struct bpf_line_info *row = &prog->line_info[i];

		if ((i && row->insn_off <= previous) || row->insn_off >= prog->insn_count) {
			rq_log_print(log, "Invalid line_info[%u].insn_off:%u (prev_offset:%u prog->len:%u)\n", i, row->insn_off,
				     previous, prog->insn_count);
			return -EINVAL;
		}
		if (!prog->insns[row->insn_off].code) {
			rq_log_print(log, "Invalid insn code at line_info[%u].insn_off\n", i);
			return -EINVAL;
		}
		if (!btf__str_by_offset(prog->btf->types, row->line_off) ||
		    !btf__str_by_offset(prog->btf->types, row->file_name_off)) {
			rq_log_print(log, "Invalid line_info[%u].line_off or .file_name_off\n", i);
			return -EINVAL;
		}
		previous = row->insn_off;
	}
	return 0;
}

/* Types are the program's only together with functions or lines that use them. */
static int take_btf(struct rq_call *call, struct rq_prog *prog, struct rq_log *log)
{
	const union bpf_attr *attr = &call->attr.bpf;
	struct rq_object *object;
	int error;

	if (!attr->func_info_cnt && !attr->line_info_cnt)
		return 0;
	error = rq_registry_lookup(&call->machine->registry, attr->prog_btf_fd, RQ_OBJECT_BTF, &object);
	if (error)
		return error;
	prog->btf = (struct rq_btf *)object;
	if (prog->btf->kernel)
		return -EACCES;
	if (attr->func_info_cnt) {
		error = take_records("func info", attr->func_info, attr->func_info_cnt, attr->func_info_rec_size,
				     sizeof(*prog->func_info), 8, log, (void **)&prog->func_info);
		if (error)
			return error;
		prog->func_info_count = attr->func_info_cnt;
		error = check_func_info(prog, log);
	}
	if (!error && attr->line_info_cnt) {
		error = take_records("line info", attr->line_info, attr->line_info_cnt, attr->line_info_rec_size,
				     sizeof(*prog->line_info), 16, log, (void **)&prog->line_info);
		if (error)
			return error;
		prog->line_info_count = attr->line_info_cnt;
		error = check_line_info(prog, log);
	}
	return error;
}

/* Index of @map in the program's maps; it is added, with the caller's reference, or already there. */
static int add_map(struct rq_prog *prog, struct rq_map *map, struct rq_log *log)
{
	for (uint32_t i = 0; i < prog->map_count; i++)
		if (prog->maps[i] == map) {
			rq_object_put(&map->object);
			return i;
		}
	if (prog->map_count == USED_MAPS_MAX) {
		rq_log_print(log, "The total number of maps per program has reached the limit of %u\n", USED_MAPS_MAX);
		rq_object_put(&map->object);
		return -E2BIG;
	}
	prog->maps[prog->map_count] = map;
	return prog->map_count++;
}

static int map_of_insn(struct rq_call *call, const struct bpf_insn *insn, struct rq_log *log, struct rq_map **map)
{
	int fd = insn->imm, error;

	if (insn->src_reg == PSEUDO_MAP_IDX || insn->src_reg == PSEUDO_MAP_IDX_VALUE) {
		const int32_t *at;

		if (!call->attr.bpf.fd_array) {
			rq_log_print(log, "fd_idx without fd_array is invalid\n");
			return -EPROTO;
		}
		at = rq_user_in(call->attr.bpf.fd_array + (int64_t)insn->imm * (int64_t)sizeof(*at), sizeof(*at));
		if (!at)
			return -EFAULT;
		fd = *at;
	}
	error = rq_machine_map(call->machine, fd, map);
	if (error)
		rq_log_print(log, "fd %d is not pointing to valid bpf_map\n", fd);
	return error;
}

static bool loads_map(const struct bpf_insn *insn)
{
	return rq_insn_is_wide(insn) && (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE ||
					 insn->src_reg == PSEUDO_MAP_IDX || insn->src_reg == PSEUDO_MAP_IDX_VALUE);
}

static int take_maps(struct rq_call *call, struct rq_prog *prog, struct rq_log *log)
{
	prog->maps = rq_alloc(USED_MAPS_MAX, sizeof(struct rq_map *));
	prog->insn_map = rq_alloc(prog->insn_count, sizeof(*prog->insn_map));
	if (!prog->maps || !prog->insn_map)
		return -ENOMEM;
	memset(prog->insn_map, 0xff, prog->insn_count * sizeof(*prog->insn_map));
	for (uint32_t i = 0; i < prog->insn_count; i++) {
		struct rq_map *map;
		int index;

		if (loads_map(&prog->insns[i])) {
			index = map_of_insn(call, &prog->insns[i], log, &map);
			if (!index)
				index = add_map(prog, map, log);
			if (index < 0)
				return index;
			prog->insn_map[i] = index;
		}
		if (rq_insn_is_wide(&prog->insns[i]))
			i++; /* the second half */
	}
	return 0;
}

static int take_attributes(struct rq_call *call, struct rq_prog *prog)
{
	const union bpf_attr *attr = &call->attr.bpf;
	int error;

	prog->type = rq_prog_type(attr->prog_type);
	prog->expected_attach_type = attr->expected_attach_type;
	prog->attach_btf_id = attr->attach_btf_id;
	prog->sleepable = attr->prog_flags & BPF_F_SLEEPABLE;
	prog->strict_alignment = attr->prog_flags & BPF_F_STRICT_ALIGNMENT;
	prog->any_alignment = attr->prog_flags & BPF_F_ANY_ALIGNMENT;
	prog->test_state_freq = attr->prog_flags & BPF_F_TEST_STATE_FREQ;
	prog->kernel_btf = call->machine->kernel_btf;
	prog->machine = call->machine;
	prog->load_time_ns = rq_clock_ns();
	prog->created_by_uid = getuid();
	error = rq_check_attach(attr, prog);
	if (!error)
		error = take_insns(prog, attr);
	if (!error)
		error = take_license(prog, attr->license);
	if (!error)
		error = rq_take_name(prog->name, attr->prog_name);
	if (!error && !prog->type)
		error = -EINVAL;
	if (!error && prog->type->always_sleepable)
		prog->sleepable = true;
	if (!error)
		rq_prog_find_objects(prog);
	return error;
}

/* The beginning of a hash of the instructions, in which no map has a number. */
static void set_tag(struct rq_prog *prog)
{
	uint8_t digest[RQ_SHA256_BYTES];
	struct rq_sha256 hash;

	rq_sha256_begin(&hash);
	for (uint32_t i = 0; i < prog->insn_count; i++) {
		struct bpf_insn insn = prog->insns[i];
		bool second = i && prog->insn_map[i - 1] != UINT32_MAX;

		if (prog->insn_map[i] != UINT32_MAX || second)
			insn.imm = 0;
		rq_sha256_add(&hash, &insn, sizeof(insn));
	}
	rq_sha256_end(&hash, digest);
	memcpy(prog->tag, digest, sizeof(prog->tag));
}

static int judge(struct rq_call *call, struct rq_prog *prog, struct rq_log *log)
{
	struct rq_verify_options options = { .kernel = call->machine->kernel,
					     .cpus = rq_machine_cpus(call->machine) };
	struct rq_rejection rejection = { .insn = UINT32_MAX };
	int error = take_btf(call, prog, log);

	if (!error)
		error = take_maps(call, prog, log);
	if (error)
		return error;
	set_tag(prog);
	error = rq_verify(prog, &options, log, &rejection);
	if (error && call->machine->rejected)
		call->machine->rejected(prog, &rejection, call->machine->rejected_arg);
	if (error)
		return error;
	if (rq_streams_needed(prog)) {
		prog->streams = rq_streams_create();
		if (!prog->streams)
			return -ENOMEM;
	}
	error = rq_vm_prepare(prog);
	if (!error && rq_vm_calls(prog, BPF_FUNC_timer_start))
		error = rq_machine_timers_start(call->machine);
	/* It may be judged and held; rq_machine_missing() says why it can't run. */
	return error == -EOPNOTSUPP ? 0 : error;
}

int rq_prog_load(struct rq_call *call, struct rq_prog **result)
{
	const union bpf_attr *attr = &call->attr.bpf;
	struct rq_prog *prog;
	struct rq_log log;
	uint32_t true_size;
	int error, log_error;

	if (attr->prog_flags & ~FLAGS_KNOWN)
		return -EINVAL;
	if (!attr->insn_cnt || attr->insn_cnt > RQ_MAX_INSNS)
		return -E2BIG;
	if (call->attr.prog_load.signature)
		return -EINVAL; /* signed programs: not here */
	prog = rq_alloc(1, sizeof(*prog));
	if (!prog)
		return -ENOMEM;
	rq_object_init(&prog->object, RQ_OBJECT_PROG, release);
	error = take_attributes(call, prog);
	if (!error)
		error = rq_call_log(&log, attr->log_level, attr->log_buf, attr->log_size);
	if (error)
		goto fail;
	error = judge(call, prog, &log);
	log_error = rq_log_finish(&log, &true_size);
	rq_call_write(call, offsetof(union rq_attr, prog_load.log_true_size), &true_size, sizeof(true_size));
	if (log_error)
		error = log_error;
	if (error)
		goto fail;
	*result = prog;
	return 0;
fail:
	rq_object_put(&prog->object);
	return error;
}
