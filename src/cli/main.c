/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

struct command {
	const char *name, *arguments, *summary;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
	{ "check", "OBJ...", "judge programs by a Linux kernel's rules", cli_check },
	{ "run", "OBJ PROG", "run one program once", cli_run },
	{ "stress", "OBJ", "run programs on several CPUs, with interrupts inside them", cli_stress },
	{ "symbolize", "[FILE]...", "add functions and source lines to printed lock reports", cli_symbolize },
	{ "kfuncs", "[NAME]", "what kernel functions do, who may call them, with examples", cli_kfuncs },
	{ "vm", "[MEM]", "run raw instructions from standard input, unverified", cli_vm },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *stream)
{
	fputs("usage: rqspin COMMAND [OPTION]... OBJ...\n\nOBJ is a BPF object that clang made (NAME.bpf.o). Commands:\n",
	      stream);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(stream, "  %-9s %-10s %s\n", commands[i].name, commands[i].arguments, commands[i].summary);
	fputs("\n`rqspin COMMAND --help` lists a command's options; `rqspin --version` prints the version.\n", stream);
}

static int run_command(int argc, char **argv)
{
	const char *names[COMMANDS];

	if (argc < 2) {
		print_usage(stderr);
		return CLI_CANNOT;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_usage(stdout);
		return CLI_OK;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("rqspin " RQSPIN_VERSION);
		return CLI_OK;
	}
	for (size_t i = 0; i < COMMANDS; i++) {
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].run(argc - 1, argv + 1);
		names[i] = commands[i].name;
	}
	return cli_error("unknown %s '%s'%s; `rqspin --help` lists them", argv[1][0] == '-' ? "option" : "command",
			 argv[1], cli_suggestion(argv[1], names, COMMANDS));
}

/* Where a standard descriptor is closed, a file or map of ours would get its number, and our output. */
static void take_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", O_RDONLY); /* the lowest free number: writing to it fails, as it should */
}

/* Results that could not be written were not given. */
static int check_output(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	return cli_error("standard output: %s", errno ? strerror(errno) : "write error");
}

int main(int argc, char **argv)
{
	int status;

	take_standard_descriptors();
	status = run_command(argc, argv);
	return check_output(status);
}
