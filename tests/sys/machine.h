/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of src/sys share: a machine a test, and bpf(2) calls by name. */
#ifndef RQ_TESTS_SYS_MACHINE_H
#define RQ_TESTS_SYS_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <rqspin/bpf.h>
#include <string.h>
#include <unistd.h>

/* A sanitizer has an mmap(), ioctl() and statfs() of its own, which go before ours. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CALLS_ARE_OURS 0
#elif defined(__has_feature)
#define CALLS_ARE_OURS !(__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define CALLS_ARE_OURS 1
#endif

static struct rq_machine *machine;

static inline int make_machine(void **state)
{
	struct rq_machine_options options = {
		.size = sizeof(options),
		.cpus = 2,
		.policy = RQSPIN_POLICY_KERNEL,
		.kernel = "6.18",
	};

	return rq_machine_create(&options, &machine);
}

static inline int end_machine(void **state)
{
	return rq_machine_destroy(machine);
}

static inline int array_of(uint32_t value_size, uint32_t entries, uint32_t flags)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY };

	attr.key_size = 4;
	attr.value_size = value_size;
	attr.max_entries = entries;
	attr.map_flags = flags;
	return rq_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
}

static inline int element(int command, int fd, const void *key, void *value, uint64_t flags)
{
	union bpf_attr attr = { 0 };

	attr.map_fd = fd;
	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)value;
	attr.flags = flags;
	return rq_bpf(command, &attr, command == BPF_MAP_DELETE_ELEM ? 16 : 32);
}

/* r0 = @value; exit */
static inline int program_returning(int value, enum bpf_prog_type type)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = value },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { .prog_type = type };

	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = 2;
	attr.license = (uintptr_t) "GPL";
	return rq_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

static inline int next_id(int command, uint32_t after)
{
	union bpf_attr attr = { .start_id = after };
	int error = rq_bpf(command, &attr, sizeof(attr));

	return error ? error : (int)attr.next_id;
}

#endif
