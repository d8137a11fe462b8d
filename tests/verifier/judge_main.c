/* SPDX-License-Identifier: BSD-2-Clause */
/* judge [-v] [-b KERNEL_BTF] [-p PROGRAM] OBJECT...: verdicts of rq_verify() in the format of verdicts.tsv, for comparison. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "judge.h"

static bool verbose;

static void print(void *arg, const struct judgement *j)
{
	const char *path = arg, *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

	if (verbose && j->log)
		puts(j->log);
	printf("%s:%s\t%s\t%s\t%s\n", base, j->name, j->section, j->error ? "REJECT" : "ACCEPT", j->reason);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *btf = NULL, *only = NULL, *kernel_name = "6.18";
	enum rq_kernel kernel;
	int option;

	while ((option = getopt(argc, argv, "vb:p:k:")) != -1) {
		if (option == 'v')
			verbose = true;
		else if (option == 'b')
			btf = optarg;
		else if (option == 'p')
			only = optarg;
		else if (option == 'k')
			kernel_name = optarg;
		else
			return 2;
	}
	if (rq_kernel_parse(kernel_name, &kernel) || judge_begin(btf))
		return 2;
	for (int i = optind; i < argc; i++)
		if (judge_object(argv[i], only, kernel, verbose, print, argv[i]))
			fprintf(stderr, "judge: %s: can't be opened\n", argv[i]);
	judge_end();
	return 0;
}
