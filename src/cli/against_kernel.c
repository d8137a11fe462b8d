/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking the running kernel for its own verdicts. librqspin answers this process's bpf(2), and
 * libbpf remembers what it found out about that; so a child does it, in which bpf(2) is the
 * kernel's. It sends its answers through a pipe, in order.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/check.h"
#include "sys/route.h"

#define LOG_BYTES (16 << 20)

struct kernel_inquiry {
	pid_t child;
	FILE *answers;
	/* Read ahead: the answer that was not asked for yet. */
	struct message {
		uint32_t path, index;
		struct kernel_answer answer;
	} next;
	bool has_next;
};

/* ---- The child ---- */

/* A program that every kernel accepts from those who may load any. Negative errno. */
static int try_bpf(void)
{
	static const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr;
	long fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = sizeof(insns) / sizeof(insns[0]);
	attr.license = (uintptr_t) "GPL";
	fd = rq_route_kernel(SYS_bpf, BPF_PROG_LOAD, (long)&attr, sizeof(attr), 0, 0, 0);
	if (fd >= 0)
		rq_route_kernel(SYS_close, fd, 0, 0, 0, 0, 0);
	return fd < 0 ? (int)fd : 0;
}

static void ask(const char *path, unsigned int index, char *log, struct kernel_answer *answer)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program, *chosen = NULL;
	unsigned int i = 0;
	int err;

	*answer = (struct kernel_answer){.says = KERNEL_REFUSES_TO_JUDGE};
	if (!object) {
		snprintf(answer->reason, sizeof(answer->reason), "%s", strerror(errno));
		return;
	}
	bpf_object__for_each_program(program, object)
	{
		bpf_program__set_autoload(program, i == index);
		if (i++ == index)
			chosen = program;
	}
	log[0] = '\0';
	bpf_program__set_log_buf(chosen, log, LOG_BYTES);
	bpf_program__set_log_level(chosen, 1);
	cli_libbpf_forget();
	err = bpf_object__load(object);
	/* Without a word of the verifier it was not judged: a kind that this user may not load, or
	 * that needs more. */
	if (!err || cli_log_accepts(log)) {
		answer->says = KERNEL_ACCEPTS;
	} else if (log[0] || (err != -EPERM && err != -ENOMEM && err != -ESRCH)) {
		answer->says = KERNEL_REJECTS;
		snprintf(answer->reason, sizeof(answer->reason), "%s",
			 cli_last_reason(log[0] ? log : cli_libbpf_words()));
	} else {
		snprintf(answer->reason, sizeof(answer->reason), "%s", strerror(-err));
	}
	bpf_object__close(object);
}

static void __attribute__((noreturn)) inquire(int to, char *const *paths, unsigned int count)
{
	const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
	char *log = malloc(LOG_BYTES);
	struct message message;
	int null;

	rq_route_to_kernel();
	/* The parent says what is wrong with files. */
	null = open("/dev/null", O_WRONLY);
	if (null >= 0)
		dup2(null, STDERR_FILENO);
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	for (unsigned int path = 0; log && path < count; path++) {
		unsigned int programs = cli_count_programs(paths[path]);

		for (unsigned int i = 0; i < programs; i++) {
			memset(&message, 0, sizeof(message));
			message.path = path;
			message.index = i;
			ask(paths[path], i, log, &message.answer);
			if (write(to, &message, sizeof(message)) != sizeof(message))
				_exit(1);
		}
	}
	_exit(0);
}

/* ---- The parent ---- */

struct kernel_inquiry *kernel_inquiry_start(char *const *paths, unsigned int count)
{
	struct kernel_inquiry *inquiry = calloc(1, sizeof(*inquiry));
	int ends[2], err = try_bpf();

	if (err) {
		cli_error(
			"--against-kernel: bpf(2) is not permitted here (%s); it needs root, or CAP_BPF, CAP_PERFMON and "
			"CAP_NET_ADMIN",
			strerror(-err));
		free(inquiry);
		return NULL;
	}
	if (!inquiry || pipe2(ends, O_CLOEXEC)) {
		cli_error("--against-kernel: %s", strerror(errno));
		free(inquiry);
		return NULL;
	}
	fflush(NULL);
	inquiry->child = fork();
	if (!inquiry->child) {
		close(ends[0]);
		inquire(ends[1], paths, count);
	}
	close(ends[1]);
	inquiry->answers = inquiry->child > 0 ? fdopen(ends[0], "rb") : NULL;
	if (!inquiry->answers) {
		cli_error("--against-kernel: %s", strerror(errno));
		close(ends[0]);
		kernel_inquiry_end(inquiry);
		return NULL;
	}
	return inquiry;
}

void kernel_inquiry_answer(struct kernel_inquiry *inquiry, unsigned int path, unsigned int index,
			   struct kernel_answer *answer)
{
	*answer = (struct kernel_answer){.says = KERNEL_REFUSES_TO_JUDGE, .reason = "no answer"};
	/* Programs that we could not judge have answers that nobody asks for. */
	while (inquiry->has_next ||
	       fread(&inquiry->next, sizeof(inquiry->next), 1, inquiry->answers) == 1) {
		inquiry->has_next = true;
		if (inquiry->next.path > path ||
		    (inquiry->next.path == path && inquiry->next.index > index))
			return;
		inquiry->has_next = false;
		if (inquiry->next.path == path && inquiry->next.index == index) {
			*answer = inquiry->next.answer;
			return;
		}
	}
}

void kernel_inquiry_end(struct kernel_inquiry *inquiry)
{
	if (inquiry->answers)
		fclose(inquiry->answers);
	if (inquiry->child > 0) {
		kill(inquiry->child, SIGTERM);
		waitpid(inquiry->child, NULL, 0);
	}
	free(inquiry);
}
