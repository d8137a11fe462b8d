/* SPDX-License-Identifier: BSD-2-Clause */
/* rqspin check: the verdict on each program, alone, on fresh maps. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "rqspin/bpf.h"

#define LOG_BYTES (16 << 20)

enum format { FORMAT_TEXT, FORMAT_TSV };

struct check {
	struct rq_machine_options machine;
	enum format format;
	unsigned int verbose;
	char *log;
	unsigned int accepted, rejected;
};

static void print_help(void)
{
	fputs("usage: rqspin check [OPTION]... OBJ...\n\n"
	      "Judges each program of each object alone, on fresh maps, as root would have it judged.\n\n"
	      "  --kernel V         whose rules: 6.15, 6.18 (default), 7.3, relaxed (what `rqspin run` allows)\n"
	      "  --kernel-btf FILE  the kernel's types, for example a copy of /sys/kernel/btf/vmlinux\n"
	      "  --format F         text (default) or tsv: object:program, section, ACCEPT or REJECT, reason\n"
	      "  -v, -vv            print the verifier's log; -vv: with the state at each instruction\n"
	      "  -h, --help\n\n"
	      "Exit status: 0 all accepted, 1 some rejected, 2 could not check.\n",
	      stdout);
}

static const char *plural(unsigned int count)
{
	return count == 1 ? "" : "s";
}

static void print_text(const struct check *check, const char *path, const struct cli_verdict *verdict)
{
	const char *base = cli_base_name(path);
	size_t length = strlen(check->log);

	if (!verdict->err)
		printf("%s: program '%s' (%s): accepted\n", base, verdict->name, verdict->section);
	else
		cli_explain(stdout, base, verdict->name, &verdict->why);
	if (check->verbose && length)
		printf("%s%s", check->log, check->log[length - 1] == '\n' ? "" : "\n");
}

static void print_tsv(const char *path, const struct cli_verdict *verdict)
{
	printf("%s:%s\t%s\t%s\t%s\n", cli_base_name(path), verdict->name, verdict->section,
	       verdict->err ? "REJECT" : "ACCEPT", verdict->err ? verdict->why.reason : "");
}

static int check_object(struct check *check, const char *path)
{
	unsigned int count = cli_count_programs(path);
	int worst = count ? CLI_OK : CLI_CANNOT;

	for (unsigned int i = 0; i < count; i++) {
		struct cli_verdict verdict;

		if (!cli_judge(path, i, &check->machine, check->log, LOG_BYTES, check->verbose > 1 ? 2 : 1, &verdict)) {
			worst = CLI_CANNOT;
			continue;
		}
		if (verdict.err && worst == CLI_OK)
			worst = CLI_FOUND;
		*(verdict.err ? &check->rejected : &check->accepted) += 1;
		if (check->format == FORMAT_TSV)
			print_tsv(path, &verdict);
		else
			print_text(check, path, &verdict);
		fflush(stdout);
	}
	return worst;
}

int cli_check(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "kernel", required_argument, NULL, 'k' }, { "kernel-btf", required_argument, NULL, 'b' },
		{ "format", required_argument, NULL, 'f' }, { "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },	    {},
	};
	static const char *const formats[] = { [FORMAT_TEXT] = "text", [FORMAT_TSV] = "tsv" };
	struct check check = { .machine = { .size = sizeof(check.machine), .cpus = 1, .kernel = "6.18" } };
	int option, worst = CLI_OK;

	while ((option = cli_next_option(argc, argv, ":hv", longs)) != -1) {
		switch (option) {
		case 'k':
			if (!cli_parse_kernel(optarg))
				return CLI_CANNOT;
			check.machine.kernel = optarg;
			break;
		case 'b':
			check.machine.kernel_btf = optarg;
			break;
		case 'f':
			if (!strcmp(optarg, formats[FORMAT_TSV]))
				check.format = FORMAT_TSV;
			else if (!strcmp(optarg, formats[FORMAT_TEXT]))
				check.format = FORMAT_TEXT;
			else
				return cli_error("--format '%s': not a format%s; text or tsv", optarg,
						 cli_suggestion(optarg, formats, 2));
			break;
		case 'v':
			check.verbose++;
			break;
		case 'h':
			print_help();
			return CLI_OK;
		default:
			return CLI_CANNOT;
		}
	}
	if (optind == argc)
		return cli_error("check: which object? `rqspin check --help`");
	check.log = malloc(LOG_BYTES);
	if (!check.log)
		return cli_error("out of memory");
	for (int i = optind; i < argc; i++) {
		int status = check_object(&check, argv[i]);

		worst = status > worst ? status : worst;
	}
	free(check.log);
	if (check.format == FORMAT_TEXT && check.accepted + check.rejected > 1)
		printf("%u program%s by the rules of Linux %s: %u accepted, %u rejected\n",
		       check.accepted + check.rejected, plural(check.accepted + check.rejected),
		       check.machine.kernel, check.accepted, check.rejected);
	return worst;
}
