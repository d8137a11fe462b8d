/* SPDX-License-Identifier: BSD-2-Clause */
/* The running kernel, asked beside rqspin: bpf(2) that nothing routes, and whether there is a kernel worth asking. */
#ifndef RQ_TESTS_PROG_KERNEL_H
#define RQ_TESTS_PROG_KERNEL_H

#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SKIPPED 77

/* A descriptor, 0, or a negative errno. Not syscall(): librqspin routes that one to itself. */
static inline int kernel_bpf(int command, union bpf_attr *attr)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"((long)__NR_bpf), "D"((long)command), "S"(attr), "d"(sizeof(*attr))
			 : "rcx", "r11", "memory");
	return (int)result;
}

static inline bool kernel_has_resilient_locks(void)
{
	unsigned int major = 0, minor = 0;
	char release[128] = "";
	FILE *file = fopen("/proc/sys/kernel/osrelease", "r");

	if (file) {
		if (!fgets(release, sizeof(release), file))
			release[0] = '\0';
		fclose(file);
	}
	return sscanf(release, "%u.%u", &major, &minor) == 2 && (major > 6 || (major == 6 && minor >= 15));
}

/* May we ask it at all? */
static inline bool kernel_answers(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SCHED_CLS };
	int fd;

	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = 2;
	attr.license = (uintptr_t) "GPL";
	fd = kernel_has_resilient_locks() ? kernel_bpf(BPF_PROG_LOAD, &attr) : -EPERM;
	if (fd >= 0)
		close(fd);
	else
		printf("skipped: no bpf(2) of Linux 6.15 or later here\n");
	return fd >= 0;
}

#endif
