/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * judge [-v] [-b KERNEL_BTF] [-k PROFILE] [-p PROGRAM] [-c VERDICTS] OBJECT...: verdicts of rq_verify(), in the format of
 * verdicts.tsv. With -c only those that differ from the kernel's, and exit status 1 if there are any.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "judge.h"

/* The kernel's last line is no reason there: an instruction, or a text that something else was appended to. */
static const char *const no_reason[] = { "call_objects.bpf.o:snprintf_size", "call_objects.bpf.o:tail_wrong_map" };

static bool verbose;
static char **expected; /* lines of VERDICTS */
static unsigned int expected_count, judged, different;

/* Numbers of kfuncs are the BTF's: "bpf_res_spin_lock#65495" is "bpf_res_spin_lock#". */
static void drop_numbers(char *text)
{
	char *to = text;

	for (const char *from = text; *from;) {
		*to++ = *from;
		if (*from++ == '#')
			from += strspn(from, "0123456789");
	}
	*to = '\0';
}

static bool reason_counts(const char *name)
{
	for (unsigned int i = 0; i < sizeof(no_reason) / sizeof(*no_reason); i++)
		if (!strcmp(no_reason[i], name))
			return false;
	return true;
}

static void compare(const char *name, const struct judgement *j)
{
	size_t length = strlen(name);

	for (unsigned int i = 0; i < expected_count; i++) {
		char line[2048], reason[sizeof(j->reason)], message[sizeof(j->reason)], *save;
		const char *verdict;

		if (strncmp(expected[i], name, length) || expected[i][length] != '\t')
			continue;
		snprintf(line, sizeof(line), "%s", expected[i] + length + 1);
		snprintf(reason, sizeof(reason), "%s", j->error ? j->reason : "");
		strtok_r(line, "\t", &save);
		verdict = strtok_r(NULL, "\t", &save);
		snprintf(message, sizeof(message), "%s", strcmp(verdict, "REJECT") ? "" : strtok_r(NULL, "\t", &save) ?: "");
		drop_numbers(message);
		drop_numbers(reason);
		if (strcmp(verdict, j->error ? "REJECT" : "ACCEPT") ||
		    (reason_counts(name) && strcmp(message, reason))) {
			printf("%s\n  kernel: %s %s\n  we:     %s %s\n", name, verdict, message,
			       j->error ? "REJECT" : "ACCEPT", reason);
			different++;
		}
		return;
	}
	printf("%s: not in the list of verdicts\n", name);
	different++;
}

static void print(void *arg, const struct judgement *j)
{
	const char *path = arg, *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	char name[256];

	judged++;
	snprintf(name, sizeof(name), "%s:%s", base, j->name);
	if (verbose && j->log)
		puts(j->log);
	if (expected)
		compare(name, j);
	else
		printf("%s\t%s\t%s\t%s\n", name, j->section, j->error ? "REJECT" : "ACCEPT", j->reason);
}

static bool read_expected(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[2048];

	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		expected = realloc(expected, (expected_count + 1) * sizeof(*expected));
		expected[expected_count++] = strdup(line);
	}
	fclose(file);
	return true;
}

int main(int argc, char **argv)
{
	const char *btf = NULL, *only = NULL, *kernel_name = "6.18";
	enum rq_kernel kernel;
	int option;

	while ((option = getopt(argc, argv, "vb:p:k:c:")) != -1) {
		if (option == 'v')
			verbose = true;
		else if (option == 'b')
			btf = optarg;
		else if (option == 'p')
			only = optarg;
		else if (option == 'k')
			kernel_name = optarg;
		else if (option != 'c' || !read_expected(optarg))
			return 2;
	}
	if (rq_kernel_parse(kernel_name, &kernel) || judge_begin(btf))
		return 2;
	for (int i = optind; i < argc; i++)
		if (judge_object(argv[i], only, kernel, verbose, print, argv[i]))
			return 2;
	if (expected)
		printf("%u programs judged, %u differ\n", judged, different);
	judge_end();
	for (unsigned int i = 0; i < expected_count; i++)
		free(expected[i]);
	free(expected);
	return different || !judged;
}
