/* SPDX-License-Identifier: BSD-2-Clause */
/* bpf(2) by its attributes: the kernel's errno for what it refuses, its answers for what it takes. */
#include "machine.h"

#include <bpf/btf.h>
#include <stdlib.h>

static void commands_that_do_not_exist_are_invalid(void **state)
{
	union bpf_attr attr = { 0 };

	assert_int_equal(rq_bpf(-1, &attr, sizeof(attr)), -EINVAL);
	assert_int_equal(rq_bpf(1000, &attr, sizeof(attr)), -EINVAL);
}

static void attributes_are_checked_to_their_end(void **state)
{
	struct {
		union bpf_attr attr;
		uint8_t more[256];
	} call = { 0 };

	call.attr.map_type = BPF_MAP_TYPE_ARRAY;
	call.attr.key_size = 4;
	call.attr.value_size = 8;
	call.attr.max_entries = 1;
	assert_int_equal(rq_bpf(BPF_MAP_CREATE, NULL, sizeof(call.attr)), -EFAULT);
	assert_int_equal(rq_bpf(BPF_MAP_CREATE, &call.attr, 5000), -E2BIG);
	/* A field that map creation does not have. */
	((uint8_t *)&call)[sizeof(call.attr) - 1] = 1;
	assert_int_equal(rq_bpf(BPF_MAP_CREATE, &call.attr, sizeof(call.attr)), -EINVAL);
	((uint8_t *)&call)[sizeof(call.attr) - 1] = 0;
	/* A field of a kernel that is yet to come. */
	call.more[200] = 1;
	assert_int_equal(rq_bpf(BPF_MAP_CREATE, &call.attr, sizeof(call)), -E2BIG);
	call.more[200] = 0;
	close(rq_bpf(BPF_MAP_CREATE, &call.attr, sizeof(call)));
	/* A caller of long ago, whose attributes end early. */
	close(rq_bpf(BPF_MAP_CREATE, &call.attr, 20));
}

static void elements_are_read_and_written(void **state)
{
	int fd = array_of(8, 2, 0);
	uint32_t key = 1, next;
	uint64_t value = 3;
	union bpf_attr attr = { 0 };

	assert_int_equal(element(BPF_MAP_UPDATE_ELEM, fd, &key, &value, BPF_ANY), 0);
	assert_int_equal(element(BPF_MAP_UPDATE_ELEM, fd, &key, &value, BPF_NOEXIST), -EEXIST);
	value = 0;
	assert_int_equal(element(BPF_MAP_LOOKUP_ELEM, fd, &key, &value, 0), 0);
	assert_int_equal(value, 3);
	key = 2;
	assert_int_equal(element(BPF_MAP_LOOKUP_ELEM, fd, &key, &value, 0), -ENOENT);
	assert_int_equal(element(BPF_MAP_UPDATE_ELEM, fd, &key, &value, 0), -E2BIG);
	assert_int_equal(element(BPF_MAP_DELETE_ELEM, fd, &key, NULL, 0), -EINVAL);
	attr.map_fd = fd;
	attr.next_key = (uintptr_t)&next;
	assert_int_equal(rq_bpf(BPF_MAP_GET_NEXT_KEY, &attr, 24), 0);
	assert_int_equal(next, 0);
	close(fd);
}

static void null_pointers_are_bad_addresses(void **state)
{
	int fd = array_of(8, 2, 0);
	uint32_t key = 0;
	uint64_t value;

	assert_int_equal(element(BPF_MAP_LOOKUP_ELEM, fd, NULL, &value, 0), -EFAULT);
	assert_int_equal(element(BPF_MAP_LOOKUP_ELEM, fd, &key, NULL, 0), -EFAULT);
	assert_int_equal(element(BPF_MAP_UPDATE_ELEM, fd, &key, NULL, 0), -EFAULT);
	close(fd);
}

static void maps_tell_about_themselves(void **state)
{
	struct bpf_map_info info = { 0 };
	union bpf_attr attr = { 0 };
	int fd = array_of(8, 2, BPF_F_MMAPABLE);

	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	assert_int_equal(rq_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)), 0);
	assert_int_equal(info.type, BPF_MAP_TYPE_ARRAY);
	assert_int_equal(info.value_size, 8);
	assert_int_equal(info.max_entries, 2);
	assert_int_equal(info.map_flags, BPF_F_MMAPABLE);
	assert_int_equal(info.id, next_id(BPF_MAP_GET_NEXT_ID, 0));
	close(fd);
}

static int load(const struct bpf_insn *insns, uint32_t count, const char *license, char *log, uint32_t log_size)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SCHED_CLS };

	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = count;
	attr.license = (uintptr_t)license;
	attr.log_level = log ? 1 : 0;
	attr.log_buf = (uintptr_t)log;
	attr.log_size = log_size;
	return rq_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

static const struct bpf_insn unset_result[] = { { .code = BPF_JMP | BPF_EXIT } };

static void a_rejected_program_gets_no_descriptor_and_a_reason(void **state)
{
	char log[1024] = "";

	assert_int_equal(load(unset_result, 1, "GPL", log, sizeof(log)), -EACCES);
	assert_non_null(strstr(log, "R0 !read_ok"));
	assert_int_equal(next_id(BPF_PROG_GET_NEXT_ID, 0), -ENOENT);
}

static void a_log_that_does_not_fit_says_how_long_it_was(void **state)
{
	struct {
		union bpf_attr attr;
		uint8_t more[16];
	} call = { .attr = { .prog_type = BPF_PROG_TYPE_SCHED_CLS } };
	uint32_t true_size;
	char log[16];

	call.attr.insns = (uintptr_t)unset_result;
	call.attr.insn_cnt = 1;
	call.attr.license = (uintptr_t) "GPL";
	call.attr.log_level = 1;
	call.attr.log_buf = (uintptr_t)log;
	call.attr.log_size = sizeof(log);
	assert_int_equal(rq_bpf(BPF_PROG_LOAD, &call.attr, sizeof(call)), -ENOSPC);
	memcpy(&true_size, (uint8_t *)&call + 140, 4);
	assert_true(true_size > sizeof(log));
}

static void log_attributes_must_agree(void **state)
{
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SCHED_CLS };
	char log[128];

	attr.insns = (uintptr_t)unset_result;
	attr.insn_cnt = 1;
	attr.license = (uintptr_t) "GPL";
	attr.log_buf = (uintptr_t)log;
	attr.log_size = sizeof(log);
	assert_int_equal(rq_bpf(BPF_PROG_LOAD, &attr, sizeof(attr)), -EINVAL); /* a buffer at level 0 */
	attr.log_level = 1;
	attr.log_size = 0;
	assert_int_equal(rq_bpf(BPF_PROG_LOAD, &attr, sizeof(attr)), -EINVAL);
	attr.log_level = 64;
	attr.log_size = sizeof(log);
	assert_int_equal(rq_bpf(BPF_PROG_LOAD, &attr, sizeof(attr)), -EINVAL);
}

static void sizes_and_types_of_programs_are_checked(void **state)
{
	assert_int_equal(load(unset_result, 0, "GPL", NULL, 0), -E2BIG);
	assert_int_equal(load(unset_result, 1000001, "GPL", NULL, 0), -E2BIG);
	assert_int_equal(load(NULL, 1, "GPL", NULL, 0), -EFAULT);
	assert_int_equal(load(unset_result, 1, NULL, NULL, 0), -EFAULT);
	assert_int_equal(program_returning(0, 1000), -EINVAL);
	assert_int_equal(program_returning(0, BPF_PROG_TYPE_UNSPEC), -EINVAL);
}

/* Kinds whose attach type is part of what they are. */
static void attach_types_are_checked_where_the_kernel_does(void **state)
{
	static const struct {
		enum bpf_prog_type type;
		int attach, result;
	} cases[] = {
		{ BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, 0 },
		{ BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_DEVICE, -EINVAL },
		{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET4_CONNECT, 0 },
		{ BPF_PROG_TYPE_CGROUP_SOCK_ADDR, BPF_CGROUP_INET_INGRESS, -EINVAL },
		{ BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP, 0 },
		{ BPF_PROG_TYPE_SK_LOOKUP, 0, -EINVAL },
		{ BPF_PROG_TYPE_SYSCALL, 1, -EINVAL },
		{ BPF_PROG_TYPE_XDP, BPF_XDP, 0 },
	};
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		union bpf_attr attr = { .prog_type = cases[i].type };
		int fd;

		attr.insns = (uintptr_t)insns;
		attr.insn_cnt = 2;
		attr.license = (uintptr_t) "GPL";
		attr.expected_attach_type = cases[i].attach;
		fd = rq_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
		assert_int_equal(fd < 0 ? fd : 0, cases[i].result);
		if (fd > 0)
			close(fd);
	}
}

static int test_run(int fd, const void *data, uint32_t size, uint32_t *retval)
{
	union bpf_attr attr = { 0 };
	int error;

	attr.test.prog_fd = fd;
	attr.test.data_in = (uintptr_t)data;
	attr.test.data_size_in = size;
	error = rq_bpf(BPF_PROG_TEST_RUN, &attr, sizeof(attr));
	*retval = attr.test.retval;
	return error;
}

static void a_program_runs_on_a_packet(void **state)
{
	int fd = program_returning(7, BPF_PROG_TYPE_SCHED_CLS);
	const uint8_t packet[64] = { 0 };
	uint32_t retval;

	assert_int_equal(test_run(fd, packet, sizeof(packet), &retval), 0);
	assert_int_equal(retval, 7);
	assert_int_equal(test_run(fd, packet, 13, &retval), -EINVAL); /* no Ethernet header */
	close(fd);
}

static void kinds_without_a_test_run_say_so(void **state)
{
	int fd = program_returning(0, BPF_PROG_TYPE_KPROBE);
	const uint8_t packet[64] = { 0 };
	uint32_t retval;

	assert_int_equal(test_run(fd, packet, sizeof(packet), &retval), -524);
	close(fd);
	assert_int_equal(test_run(-1, packet, sizeof(packet), &retval), -EBADF);
}

static void a_map_is_bound_to_a_program(void **state)
{
	int map = array_of(8, 1, 0), prog = program_returning(0, BPF_PROG_TYPE_SCHED_CLS);
	union bpf_attr attr = { 0 };

	attr.prog_bind_map.prog_fd = prog;
	attr.prog_bind_map.map_fd = map;
	assert_int_equal(rq_bpf(BPF_PROG_BIND_MAP, &attr, sizeof(attr)), 0);
	assert_int_equal(rq_bpf(BPF_PROG_BIND_MAP, &attr, sizeof(attr)), 0);
	close(map);
	assert_true(next_id(BPF_MAP_GET_NEXT_ID, 0) > 0); /* the program holds it */
	close(prog);
	next_id(BPF_PROG_GET_NEXT_ID, 0);
	assert_int_equal(next_id(BPF_MAP_GET_NEXT_ID, 0), -ENOENT);
}

static void types_are_loaded_and_given_back(void **state)
{
	struct btf *types = btf__new_empty();
	struct bpf_btf_info info = { 0 };
	union bpf_attr attr = { 0 };
	uint8_t copy[1024];
	const void *bytes;
	uint32_t size;
	int fd;

	btf__add_int(types, "int", 4, BTF_INT_SIGNED);
	bytes = btf__raw_data(types, &size);
	attr.btf = (uintptr_t)bytes;
	attr.btf_size = size;
	fd = rq_bpf(BPF_BTF_LOAD, &attr, 32);
	assert_true(fd > 2);
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	info.btf = (uintptr_t)copy;
	info.btf_size = sizeof(copy);
	assert_int_equal(rq_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)), 0);
	assert_int_equal(info.btf_size, size);
	assert_memory_equal(copy, bytes, size);
	btf__free(types);
	close(fd);
}

static void malformed_types_are_refused(void **state)
{
	uint8_t bytes[64] = { 0 };
	union bpf_attr attr = { 0 };

	attr.btf = (uintptr_t)bytes;
	attr.btf_size = sizeof(bytes);
	assert_int_equal(rq_bpf(BPF_BTF_LOAD, &attr, 32), -EINVAL);
	attr.btf_size = 17 << 20;
	assert_int_equal(rq_bpf(BPF_BTF_LOAD, &attr, 32), -E2BIG);
	assert_int_equal(next_id(BPF_BTF_GET_NEXT_ID, 0), -ENOENT);
}

#define IN_A_MACHINE(test) cmocka_unit_test_setup_teardown(test, make_machine, end_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(commands_that_do_not_exist_are_invalid),
		IN_A_MACHINE(attributes_are_checked_to_their_end),
		IN_A_MACHINE(elements_are_read_and_written),
		IN_A_MACHINE(null_pointers_are_bad_addresses),
		IN_A_MACHINE(maps_tell_about_themselves),
		IN_A_MACHINE(a_rejected_program_gets_no_descriptor_and_a_reason),
		IN_A_MACHINE(a_log_that_does_not_fit_says_how_long_it_was),
		IN_A_MACHINE(log_attributes_must_agree),
		IN_A_MACHINE(sizes_and_types_of_programs_are_checked),
		IN_A_MACHINE(attach_types_are_checked_where_the_kernel_does),
		IN_A_MACHINE(a_program_runs_on_a_packet),
		IN_A_MACHINE(kinds_without_a_test_run_say_so),
		IN_A_MACHINE(a_map_is_bound_to_a_program),
		IN_A_MACHINE(types_are_loaded_and_given_back),
		IN_A_MACHINE(malformed_types_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
