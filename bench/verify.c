/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long verification takes, beside the running kernel's (root): each program of the objects given, loaded alone, both at
 * log level 4 (BPF_LOG_STATS), and one of 5,000 instructions. Ours is the time inside BPF_PROG_LOAD, the kernel's what its
 * log says. Of nine loads the median counts; the ratio is that of the sums.
 * usage: bench-verify [--each] OBJECT...
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <rqspin/bpf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "sys/route.h"

#define ROUNDS	  9
#define LOG_BYTES (16 << 20)

static struct {
	bool kernel;
	double microseconds; /* median of the last program; below 0: not loaded at all */
	bool accepted;
	struct btf *types; /* the kernel's */
	char *log;
} bench;

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static long bpf_here(int command, union bpf_attr *attr, unsigned int size)
{
	return bench.kernel ? rq_route_kernel(SYS_bpf, command, (long)attr, size, 0, 0, 0) : rq_bpf(command, attr, size);
}

/* The same program nine times; the last descriptor is the caller's. */
static long load_timed(union bpf_attr *attr, unsigned int size)
{
	double times[ROUNDS];
	long fd = -EINVAL;

	attr->log_level = 4;
	attr->log_buf = (uintptr_t)bench.log;
	attr->log_size = LOG_BYTES;
	for (int i = 0; i < ROUNDS; i++) {
		double started;

		if (fd >= 0)
			close((int)fd);
		bench.log[0] = '\0';
		started = now_us();
		fd = bpf_here(BPF_PROG_LOAD, attr, size);
		times[i] = now_us() - started;
		if (bench.kernel) {
			const char *said = strstr(bench.log, "verification time ");

			times[i] = said ? strtod(said + strlen("verification time "), NULL) : -1;
		}
	}
	qsort(times, ROUNDS, sizeof(times[0]), by_size);
	bench.microseconds = times[ROUNDS / 2];
	bench.accepted = fd >= 0;
	return fd;
}

/* libbpf's system calls come here. Its own trial loads have no name of a program under test, and are not timed. */
long syscall(long number, ...)
{
	long args[6], result;
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		args[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_bpf && args[0] == BPF_PROG_LOAD && ((union bpf_attr *)args[1])->insn_cnt > 2 &&
	    ((union bpf_attr *)args[1])->log_level)
		result = load_timed((union bpf_attr *)args[1], (unsigned int)args[2]);
	else if (number == SYS_bpf)
		result = bpf_here((int)args[0], (union bpf_attr *)args[1], (unsigned int)args[2]);
	else
		result = rq_route_kernel(number, args[0], args[1], args[2], args[3], args[4], args[5]);
	if (result >= 0 || result < -4095)
		return result;
	errno = (int)-result;
	return -1;
}

struct btf *btf__load_vmlinux_btf(void)
{
	static struct btf *ours;
	struct btf *types = bench.types;
	const void *bytes;
	uint32_t size;

	if (!bench.kernel) {
		if (!ours)
			ours = btf__parse("build/kernel.btf", NULL);
		types = ours;
	}
	if (!types) {
		errno = ENOENT;
		return NULL;
	}
	bytes = btf__raw_data(types, &size);
	return btf__new(bytes, size);
}

/* One program of the object, everything else of it left out. False: not loaded so far that it was judged. */
static bool load_one(const char *path, const char *name)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;

	bench.microseconds = -1;
	if (!object)
		return false;
	bpf_object__for_each_program(program, object) {
		bool wanted = !strcmp(bpf_program__name(program), name);

		bpf_program__set_autoload(program, wanted);
		if (wanted) {
			bpf_program__set_log_level(program, 4);
			bpf_program__set_log_buf(program, bench.log, LOG_BYTES);
		}
	}
	bpf_object__load(object);
	bpf_object__close(object);
	return bench.microseconds >= 0;
}

struct sums {
	double ours, kernel;
	unsigned int programs, left_out;
};

static void add(struct sums *sums, const char *name, double ours, double kernel, bool judged, bool each)
{
	if (!judged) {
		sums->left_out++;
		return;
	}
	sums->programs++;
	sums->ours += ours;
	sums->kernel += kernel;
	if (each)
		printf("%9.0f %9.0f %s\n", ours, kernel, name);
}

static void compare_object(struct sums *sums, const char *path, bool each)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;

	if (!object) {
		fprintf(stderr, "bench-verify: %s: %s\n", path, strerror(errno));
		return;
	}
	bpf_object__for_each_program(program, object) {
		const char *name = bpf_program__name(program);
		double ours;
		bool judged, accepted;

		bench.kernel = false;
		judged = load_one(path, name);
		ours = bench.microseconds;
		accepted = bench.accepted;
		bench.kernel = true;
		judged = load_one(path, name) && judged;
		/* Another verdict is another amount of work. */
		add(sums, name, ours, bench.microseconds, judged && accepted == bench.accepted, each);
	}
	bpf_object__close(object);
}

/* Straight code with arithmetic, stack and branches, as compilers unroll it. */
static void compare_long_program(struct sums *sums, unsigned int count, bool each)
{
	struct bpf_insn *insns = calloc(count, sizeof(*insns));
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SCHED_CLS, .insns = (uintptr_t)insns, .insn_cnt = count,
				.license = (uintptr_t)"GPL" };
	double ours;
	long fd;

	if (!insns)
		return;
	for (unsigned int i = 0; i < count; i++) {
		static const struct bpf_insn body[] = {
			{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1, .off = 8 },
			{ .code = BPF_ALU64 | BPF_ADD | BPF_X, .dst_reg = 0, .src_reg = 2 },
			{ .code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = 10, .src_reg = 0, .off = -8 },
			{ .code = BPF_JMP | BPF_JGT | BPF_K, .dst_reg = 2, .off = 2, .imm = 100 },
			{ .code = BPF_ALU64 | BPF_AND | BPF_K, .dst_reg = 0, .imm = 0xffff },
			{ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 3, .src_reg = 10, .off = -8 },
			{ .code = BPF_ALU64 | BPF_MUL | BPF_K, .dst_reg = 0, .imm = 31 },
			{ .code = BPF_ALU | BPF_XOR | BPF_X, .dst_reg = 0, .src_reg = 2 },
		};

		insns[i] = body[i % 8];
	}
	insns[1] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 0, .src_reg = 2 };
	insns[count - 1] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	bench.kernel = false;
	fd = load_timed(&attr, sizeof(attr));
	ours = bench.microseconds;
	if (fd >= 0)
		close((int)fd);
	bench.kernel = true;
	fd = load_timed(&attr, sizeof(attr));
	if (fd >= 0)
		close((int)fd);
	add(sums, "5,000 instructions", ours, bench.microseconds, bench.accepted, each);
}

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

int main(int argc, char **argv)
{
	static const struct rq_machine_options options = { .size = sizeof(options), .policy = RQSPIN_POLICY_KERNEL,
							   .kernel = "6.18" };
	bool each = argc > 1 && !strcmp(argv[1], "--each");
	struct rq_machine *machine;
	struct sums sums = { 0 };
	struct rusage usage;

	if (argc < 2 + each) {
		fprintf(stderr, "usage: bench-verify [--each] OBJECT...\n");
		return 2;
	}
	libbpf_set_print(quiet);
	bench.log = malloc(LOG_BYTES);
	bench.types = btf__parse("/sys/kernel/btf/vmlinux", NULL);
	if (!bench.log || !bench.types || rq_machine_create(&options, &machine)) {
		fprintf(stderr, "bench-verify: no memory, or no types of the running kernel\n");
		return 2;
	}
	if (each)
		printf("%9s %9s program\n", "ours us", "kernel us");
	compare_long_program(&sums, 5000, each);
	for (int i = 1 + each; i < argc; i++)
		compare_object(&sums, argv[i], each);
	getrusage(RUSAGE_SELF, &usage);
	printf("%u programs: ours %.0f us, the kernel %.0f us, ratio %.2f; left out %u (another verdict, or never judged); "
	       "peak memory %ld KiB\n",
	       sums.programs, sums.ours, sums.kernel, sums.ours / sums.kernel, sums.left_out, usage.ru_maxrss);
	return 0;
}
