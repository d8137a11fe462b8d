/* SPDX-License-Identifier: BSD-2-Clause */
/* rqspin check: the verdict on each program, alone, on fresh maps. */
#include "cli/check.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "rqspin/bpf.h"

#define LOG_BYTES      (16 << 20)
#define DEFAULT_KERNEL "6.18"

static const struct check_format *const formats[] = {&check_text, &check_tsv, &check_json,
						     &check_sarif};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static void print_help(void)
{
	fputs("usage: rqspin check [OPTION]... OBJ...\n\n"
	      "Judges each program of each object alone, on fresh maps, as root would have it judged.\n\n"
	      "  --kernel V         whose rules: 6.15, 6.18 (default), 7.3, relaxed (what `rqspin run` allows), or all:\n"
	      "                     a table of programs and kernels. \"unmeasured\" stands beside a verdict that rests on\n"
	      "                     documentation, not on asking that kernel\n"
	      "  --kernel-btf FILE  the kernel's types, for example a copy of /sys/kernel/btf/vmlinux\n"
	      "  --against-kernel   asks the running kernel too, and prints where it disagrees; needs root\n"
	      "  --format F         text (default); tsv: object:program, section, ACCEPT or REJECT, reason;\n"
	      "                     json (docs/json.md); sarif (2.1.0, for code hosts)\n"
	      "  -v, --verbose      print the verifier's log; -vv: with the state at each instruction\n"
	      "  -h, --help\n\n"
	      "Exit status: 0 all accepted, 1 some rejected (by the running kernel too, if asked), 2 could not check.\n",
	      stdout);
}

bool check_disagrees(const struct check_program *program)
{
	bool accepted = !program->verdicts[0].err;

	return program->kernel.says == (accepted ? KERNEL_REJECTS : KERNEL_ACCEPTS);
}

bool check_says_otherwise(const struct check_program *program)
{
	const char *a = program->kernel.reason, *b = program->verdicts[0].why.reason;

	if (program->kernel.says != KERNEL_REJECTS || !program->verdicts[0].err)
		return false;
	while (*a && *b) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			while (isdigit((unsigned char)*a))
				a++;
			while (isdigit((unsigned char)*b))
				b++;
		} else if (*a++ != *b++) {
			return true;
		}
	}
	return *a != *b;
}

static void count(struct check *check, const struct check_program *program)
{
	for (unsigned int i = 0; i < check->kernel_count; i++) {
		*(program->verdicts[i].err ? &check->rejected : &check->accepted) += 1;
		check->unmeasured += program->verdicts[i].unmeasured;
	}
	switch (program->kernel.says) {
	case KERNEL_ACCEPTS:
	case KERNEL_REJECTS:
		if (check_disagrees(program))
			check->disagree++;
		else if (check_says_otherwise(program))
			check->other_words++;
		else
			check->agree++;
		break;
	case KERNEL_REFUSES_TO_JUDGE: check->not_judged++; break;
	case KERNEL_NOT_ASKED: break;
	}
}

static int status_of(const struct check *check, const struct check_program *program)
{
	for (unsigned int i = 0; i < check->kernel_count; i++)
		if (program->verdicts[i].err)
			return CLI_FOUND;
	return check_disagrees(program) ? CLI_FOUND : CLI_OK;
}

/* One program by each kernel's rules. False: there is no verdict, a message was printed. */
static bool judge(const struct check *check, struct check_program *program, char **logs)
{
	for (unsigned int i = 0; i < check->kernel_count; i++) {
		struct rq_machine_options options = {.size = sizeof(options),
						     .cpus = 1,
						     .kernel = check->kernels[i],
						     .kernel_btf = check->kernel_btf};

		if (!cli_judge(program->path, program->index, &options, logs[i], LOG_BYTES,
			       check->verbose > 1 ? 2 : 1, &program->verdicts[i]))
			return false;
		program->logs[i] = check->verbose ? logs[i] : "";
	}
	program->name = program->verdicts[0].name;
	program->section = program->verdicts[0].section;
	return true;
}

static void raise_status(struct check *check, int status)
{
	if (status > check->status)
		check->status = status;
}

static void check_failed(struct check *check, const char *path)
{
	raise_status(check, CLI_CANNOT);
	if (check->format->failed)
		check->format->failed(check, path);
}

static void check_object(struct check *check, const char *path, unsigned int number,
			 struct kernel_inquiry *inquiry, struct check_program *program, char **logs)
{
	unsigned int programs = cli_count_programs(path);

	if (!programs)
		check_failed(check, path);
	for (unsigned int i = 0; i < programs; i++) {
		memset(program, 0, sizeof(*program));
		program->path = path;
		program->index = i;
		if (!judge(check, program, logs)) {
			check_failed(check, path);
			continue;
		}
		if (inquiry)
			kernel_inquiry_answer(inquiry, number, i, &program->kernel);
		count(check, program);
		raise_status(check, status_of(check, program));
		raise_status(check, check->format->program(check, program));
		fflush(stdout);
	}
}

static int check_objects(struct check *check, char **paths, unsigned int path_count,
			 bool against_kernel)
{
	struct kernel_inquiry *inquiry = NULL;
	struct check_program *program = calloc(1, sizeof(*program));
	char *logs[RQ_KERNELS] = {};
	bool room = program;

	for (unsigned int i = 0; i < check->kernel_count; i++)
		room = (logs[i] = malloc(LOG_BYTES)) && room;
	if (!room)
		check->status = cli_error("out of memory");
	if (room && against_kernel) {
		struct utsname name;

		uname(&name);
		snprintf(check->running_kernel, sizeof(check->running_kernel), "%s", name.release);
		inquiry = kernel_inquiry_start(paths, path_count);
		room = inquiry;
		if (!inquiry)
			check->status = CLI_CANNOT;
	}
	if (room && check->format->begin(check) == CLI_OK) {
		for (unsigned int i = 0; i < path_count; i++)
			check_object(check, paths[i], i, inquiry, program, logs);
		raise_status(check, check->format->end(check));
	} else if (room) {
		check->status = CLI_CANNOT;
	}
	if (inquiry)
		kernel_inquiry_end(inquiry);
	for (unsigned int i = 0; i < check->kernel_count; i++)
		free(logs[i]);
	free(program);
	return check->status;
}

static bool choose_kernels(struct check *check, const char *text)
{
	if (strcmp(text, "all")) {
		check->kernels[0] = text;
		check->kernel_count = 1;
		return cli_parse_kernel(text);
	}
	for (int k = 0; k < RQ_KERNELS; k++)
		check->kernels[k] = rq_kernel_name((enum rq_kernel)k);
	check->kernel_count = RQ_KERNELS;
	return true;
}

static bool choose_format(struct check *check, const char *text)
{
	const char *names[FORMATS];

	for (size_t i = 0; i < FORMATS; i++) {
		names[i] = formats[i]->name;
		if (!strcmp(text, names[i])) {
			check->format = formats[i];
			return true;
		}
	}
	cli_error("--format '%s': not a format%s; text, tsv, json or sarif", text,
		  cli_suggestion(text, names, FORMATS));
	return false;
}

int cli_check(int argc, char **argv)
{
	static const struct option longs[] = {
		{"kernel", required_argument, NULL, 'k'},
		{"kernel-btf", required_argument, NULL, 'b'},
		{"format", required_argument, NULL, 'f'},
		{"verbose", no_argument, NULL, 'v'},
		{"against-kernel", no_argument, NULL, 'a'},
		{"help", no_argument, NULL, 'h'},
		{},
	};
	struct check check = {
		.kernels = {DEFAULT_KERNEL}, .kernel_count = 1, .format = &check_text};
	bool against_kernel = false;
	int option;

	while ((option = cli_next_option(argc, argv, ":hv", longs)) != -1) {
		bool fine = true;

		switch (option) {
		case 'k': fine = choose_kernels(&check, optarg); break;
		case 'b': check.kernel_btf = optarg; break;
		case 'f': fine = choose_format(&check, optarg); break;
		case 'v': check.verbose++; break;
		case 'a': against_kernel = true; break;
		case 'h': print_help(); return CLI_OK;
		default: return CLI_CANNOT;
		}
		if (!fine)
			return CLI_CANNOT;
	}
	if (optind == argc)
		return cli_error("check: which object? `rqspin check --help`");
	if (against_kernel && check.kernel_count > 1)
		return cli_error(
			"--against-kernel compares one kernel's rules with the running one: leave out --kernel all");
	return check_objects(&check, argv + optind, (unsigned int)(argc - optind), against_kernel);
}
