/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts as text for people, and as tsv. */
#include <string.h>

#include "cli/check.h"

static const char *plural(unsigned int count)
{
	return count == 1 ? "" : "s";
}

static int print_nothing(struct check *check)
{
	return CLI_OK;
}

static void print_log(const char *log)
{
	size_t length = strlen(log);

	if (length)
		printf("%s%s", log, log[length - 1] == '\n' ? "" : "\n");
}

/* ---- Text ---- */

static void print_answer(const struct check *check, const struct check_program *program)
{
	const struct kernel_answer *kernel = &program->kernel;

	if (kernel->says == KERNEL_REFUSES_TO_JUDGE)
		printf("   Linux %s would not judge it: %s\n", check->running_kernel,
		       kernel->reason);
	else if (check_disagrees(program))
		printf("   DISAGREES: Linux %s %s%s%s\n", check->running_kernel,
		       kernel->says == KERNEL_ACCEPTS ? "accepts it" : "rejects it: ",
		       kernel->reason,
		       program->verdicts[0].unmeasured ? " (ours is unmeasured)" : "");
	else if (check_says_otherwise(program))
		printf("   Linux %s says it otherwise: %s\n", check->running_kernel,
		       kernel->reason);
}

static void print_one(const struct check *check, const struct check_program *program)
{
	const char *base = cli_base_name(program->path);
	const struct cli_verdict *verdict = &program->verdicts[0];
	const char *unmeasured = verdict->unmeasured ? " (unmeasured)" : "";

	if (!verdict->err)
		printf("%s: program '%s' (%s): accepted%s\n", base, program->name, program->section,
		       unmeasured);
	else
		cli_explain(stdout, base, program->name, &verdict->why);
	if (verdict->err && verdict->unmeasured)
		puts("   unmeasured: this rule of that kernel is known from documentation");
	print_answer(check, program);
	print_log(program->logs[0]);
}

#define COLUMN	   12
#define NAME_WIDTH 40

static void print_table_head(const struct check *check)
{
	printf("%-*s", NAME_WIDTH, "program");
	for (unsigned int k = 0; k < check->kernel_count; k++)
		printf(" %-*s", k + 1 < check->kernel_count ? COLUMN : 0, check->kernels[k]);
	putchar('\n');
}

/* The reasons below a row, each once, with the kernels that give it. */
static void print_reasons(const struct check *check, const struct check_program *program)
{
	for (unsigned int k = 0; k < check->kernel_count; k++) {
		const struct cli_verdict *verdict = &program->verdicts[k];
		bool told = !verdict->err;

		for (unsigned int before = 0; before < k; before++)
			told |= program->verdicts[before].err &&
				!strcmp(program->verdicts[before].why.cause, verdict->why.cause);
		if (told)
			continue;
		fputs("   ", stdout);
		for (unsigned int other = k; other < check->kernel_count; other++)
			if (program->verdicts[other].err &&
			    !strcmp(program->verdicts[other].why.cause, verdict->why.cause))
				printf("%s%s", other == k ? "" : ", ", check->kernels[other]);
		if (verdict->why.line.number)
			printf(": line %u", verdict->why.line.number);
		printf(": %s\n", verdict->why.cause);
	}
}

static void print_row(const struct check *check, const struct check_program *program)
{
	char name[NAME_WIDTH * 2];

	if (check->accepted + check->rejected == check->kernel_count)
		print_table_head(check);
	snprintf(name, sizeof(name), "%s:%s", cli_base_name(program->path), program->name);
	printf("%-*s", NAME_WIDTH, name);
	for (unsigned int k = 0; k < check->kernel_count; k++) {
		const struct cli_verdict *verdict = &program->verdicts[k];
		char cell[16];

		snprintf(cell, sizeof(cell), "%s%s", verdict->err ? "REJECT" : "accept",
			 verdict->unmeasured ? " *" : "");
		printf(" %-*s", k + 1 < check->kernel_count ? COLUMN : 0, cell);
	}
	putchar('\n');
	print_reasons(check, program);
	for (unsigned int k = 0; k < check->kernel_count; k++)
		print_log(program->logs[k]);
}

static int print_program(struct check *check, const struct check_program *program)
{
	if (check->kernel_count > 1)
		print_row(check, program);
	else
		print_one(check, program);
	return CLI_OK;
}

static int print_sums(struct check *check)
{
	unsigned int programs = check->accepted + check->rejected;

	if (programs > 1 && check->kernel_count == 1)
		printf("%u program%s by the rules of %s%s: %u accepted, %u rejected\n", programs,
		       plural(programs), strcmp(check->kernels[0], "relaxed") ? "Linux " : "",
		       check->kernels[0], check->accepted, check->rejected);
	if (check->unmeasured && check->kernel_count > 1)
		puts("* unmeasured: rests on documentation; that kernel was not asked");
	if (check->running_kernel[0] && programs)
		printf("the running Linux %s: %u agree, %u agree in other words, %u disagree, %u it would not judge\n",
		       check->running_kernel, check->agree, check->other_words, check->disagree,
		       check->not_judged);
	return CLI_OK;
}

const struct check_format check_text = {"text", print_nothing, print_program, NULL, print_sums};

/* ---- tsv ---- */

static const char *verdict_word(bool rejected)
{
	return rejected ? "REJECT" : "ACCEPT";
}

/*
 * object:program, section, verdict, reason. With --kernel all also the kernel, and "unmeasured" or
 * nothing; with
 * --against-kernel, where the running kernel disagrees, "kernel:VERDICT" and its reason.
 */
static int print_tsv(struct check *check, const struct check_program *program)
{
	for (unsigned int k = 0; k < check->kernel_count; k++) {
		const struct cli_verdict *verdict = &program->verdicts[k];

		printf("%s:%s\t%s\t%s\t%s", cli_base_name(program->path), program->name,
		       program->section, verdict_word(verdict->err),
		       verdict->err ? verdict->why.reason : "");
		if (check->kernel_count > 1)
			printf("\t%s\t%s", check->kernels[k],
			       verdict->unmeasured ? "unmeasured" : "");
		if (check_disagrees(program))
			printf("\tkernel:%s\t%s",
			       verdict_word(program->kernel.says == KERNEL_REJECTS),
			       program->kernel.reason);
		putchar('\n');
	}
	return CLI_OK;
}

/* The columns are agreed: what is unmeasured of a single kernel's verdicts goes beside them. */
static int note_unmeasured(struct check *check)
{
	if (check->unmeasured && check->kernel_count == 1)
		cli_note(
			"%u of these verdicts for %s rest on documentation and are unmeasured; --format text says which",
			check->unmeasured, check->kernels[0]);
	return CLI_OK;
}

const struct check_format check_tsv = {"tsv", print_nothing, print_tsv, NULL, note_unmeasured};
