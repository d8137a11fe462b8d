/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two worlds: rq_bpf() and the running kernel are asked the same questions, in the same order, and what they answered is
 * compared word by word. Questions to the kernel attach nothing and pin nothing. Root on Linux 6.18 or later, else skipped.
 */
#ifndef RQ_TESTS_SYS_WORLDS_H
#define RQ_TESTS_SYS_WORLDS_H

#include "machine.h"

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "sys/route.h"

#define ANSWERS_MAX 16384
#define ATTR_BYTES  192

struct world {
	bool kernel;
	uint32_t count;
	char *answers[ANSWERS_MAX];
};

/* bpf(2) in this world. */
static inline long ask_sized(const struct world *world, int cmd, void *attr, uint32_t size)
{
	return world->kernel ? rq_route_kernel(321, cmd, (long)attr, size, 0, 0, 0) : rq_bpf(cmd, attr, size);
}

static inline long ask(const struct world *world, int cmd, union bpf_attr *attr)
{
	return ask_sized(world, cmd, attr, sizeof(*attr));
}

/* One line of what this world answered. */
__attribute__((format(printf, 2, 3))) static inline void answer(struct world *world, const char *format, ...)
{
	va_list args;

	assert_true(world->count < ANSWERS_MAX);
	va_start(args, format);
	assert_true(vasprintf(&world->answers[world->count++], format, args) > 0);
	va_end(args);
}

/* A result that may be a descriptor, which is closed: which number it has is nobody's business. */
static inline const char *result_name(const struct world *world, long result)
{
	static char names[4][24];
	static int next;
	char *name = names[next++ % 4];

	if (result > 2) {
		close(result);
		return "fd";
	}
	snprintf(name, sizeof(names[0]), "%ld", result);
	return name;
}

static inline bool kernel_answers(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
	const struct world kernel = { .kernel = true };
	struct utsname name;
	int major = 0, minor = 0;
	long fd = ask(&kernel, BPF_MAP_CREATE, &attr);

	if (fd < 0)
		return false;
	close(fd);
	uname(&name);
	sscanf(name.release, "%d.%d", &major, &minor);
	return major > 6 || (major == 6 && minor >= 18);
}

/* Run @script in both worlds and compare. */
static inline void compare_worlds(void (*script)(struct world *world))
{
	struct world *ours = calloc(1, sizeof(*ours)), *kernel = calloc(1, sizeof(*kernel));
	int differ = 0;

	kernel->kernel = true;
	script(ours);
	script(kernel);
	for (uint32_t i = 0; i < ours->count || i < kernel->count; i++) {
		const char *a = i < kernel->count ? kernel->answers[i] : "(nothing)";
		const char *b = i < ours->count ? ours->answers[i] : "(nothing)";

		if (strcmp(a, b)) {
			differ++;
			print_message("kernel: %s\n  ours: %s\n", a, b);
		}
	}
	for (uint32_t i = 0; i < ours->count; i++)
		free(ours->answers[i]);
	for (uint32_t i = 0; i < kernel->count; i++)
		free(kernel->answers[i]);
	free(ours);
	free(kernel);
	assert_int_equal(differ, 0);
}

static inline long world_map(const struct world *world, uint32_t type, uint32_t key_size, uint32_t value_size,
			     uint32_t entries, uint32_t flags)
{
	union bpf_attr attr = { .map_type = type };

	attr.key_size = key_size;
	attr.value_size = value_size;
	attr.max_entries = entries;
	attr.map_flags = flags;
	return ask(world, BPF_MAP_CREATE, &attr);
}

/* A program of these instructions. */
static inline long world_prog(const struct world *world, uint32_t type, uint32_t attach, uint32_t flags,
			      const struct bpf_insn *insns, uint32_t count)
{
	union bpf_attr attr = { .prog_type = type };

	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = count;
	attr.license = (uintptr_t) "GPL";
	attr.expected_attach_type = attach;
	attr.prog_flags = flags;
	return ask(world, BPF_PROG_LOAD, &attr);
}

static const struct bpf_insn return_0[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
	{ .code = BPF_JMP | BPF_EXIT },
};

static const struct bpf_insn return_1[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 },
	{ .code = BPF_JMP | BPF_EXIT },
};

#endif
