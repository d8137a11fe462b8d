/* SPDX-License-Identifier: BSD-2-Clause */
/* rqspin vm: raw bytecode over one memory block, unverified: the protocol of a bpf_conformance plugin. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "vm/vm.h"

static void print_help(void)
{
	fputs("usage: rqspin vm [MEM] < PROGRAM\n\n"
	      "Runs instructions as they are, WITHOUT VERIFICATION, and prints r0 in hexadecimal: for tests of the\n"
	      "instruction set. PROGRAM and MEM are bytes as two hexadecimal digits each, separated by white space.\n"
	      "r1 is the address of a copy of MEM, r2 its size.\n\n"
	      "  -h, --help\n\n"
	      "Exit status: 0 it ran, 2 it could not.\n",
	      stdout);
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c)   ? c - '0'
	       : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
					    : -1;
}

/* "aa  bb cc": bytes into @text's own memory. False: not that. */
static bool parse_bytes(char *text, size_t length, size_t *count)
{
	uint8_t *bytes = (uint8_t *)text;

	*count = 0;
	for (size_t i = 0; i < length;) {
		if (isspace((unsigned char)text[i])) {
			i++;
			continue;
		}
		if (i + 1 >= length || hex_digit(text[i]) < 0 || hex_digit(text[i + 1]) < 0)
			return false;
		/* Never overtakes the reading: two digits make one byte. */
		bytes[*count] = (uint8_t)(hex_digit(text[i]) << 4 | hex_digit(text[i + 1]));
		*count += 1;
		i += 2;
	}
	return true;
}

static int run_bytes(char *program, size_t program_length, char *memory)
{
	size_t program_bytes, memory_bytes = 0;
	struct bpf_insn *insns;
	char message[256] = "";
	uint64_t result;
	int err;

	if (!parse_bytes(program, program_length, &program_bytes))
		return cli_error("vm: the program on standard input is not bytes in hexadecimal");
	if (memory && !parse_bytes(memory, strlen(memory), &memory_bytes))
		return cli_error("vm: MEM is not bytes in hexadecimal");
	if (!program_bytes || program_bytes % sizeof(*insns))
		return cli_error("vm: a program is a number of 8-byte instructions, not %zu bytes", program_bytes);
	insns = malloc(program_bytes); /* aligned, which the text is not */
	if (!insns)
		return cli_error("out of memory");
	memcpy(insns, program, program_bytes);
	err = rq_vm_run_raw(insns, (uint32_t)(program_bytes / sizeof(*insns)), memory_bytes ? memory : NULL,
			    memory_bytes, &result, message, sizeof(message));
	free(insns);
	if (err)
		return cli_error("vm: %s", message[0] ? message : strerror(-err));
	printf("%" PRIx64 "\n", result);
	return CLI_OK;
}

int cli_vm(int argc, char **argv)
{
	static const struct option longs[] = { { "help", no_argument, NULL, 'h' }, {} };
	void *program, *memory = NULL;
	int option, status;
	size_t length;

	while ((option = cli_next_option(argc, argv, ":h", longs)) != -1) {
		if (option != 'h')
			return CLI_CANNOT;
		print_help();
		return CLI_OK;
	}
	if (argc - optind > 1)
		return cli_error("vm: takes one memory block; `rqspin vm --help`");
	if (!cli_read_file("/dev/stdin", &program, &length))
		return CLI_CANNOT;
	if (optind < argc) {
		memory = strdup(argv[optind]);
		if (!memory) {
			free(program);
			return cli_error("out of memory");
		}
	}
	status = run_bytes(program, length, memory);
	free(memory);
	free(program);
	return status;
}
