/* SPDX-License-Identifier: BSD-2-Clause */
/* What `rqspin check` found, for those who print it: check_text.c, check_json.c, check_sarif.c. */
#ifndef RQ_CLI_CHECK_H
#define RQ_CLI_CHECK_H

#include "cli/cli.h"
#include "prog/prog.h"

/* What the running kernel says (against_kernel.c). */
enum kernel_says { KERNEL_NOT_ASKED, KERNEL_ACCEPTS, KERNEL_REJECTS, KERNEL_REFUSES_TO_JUDGE };

struct kernel_answer {
	enum kernel_says says;
	char reason[2048]; /* as tsv has it; "" when it accepts */
};

/* One program, by each kernel's rules that were asked for. */
struct check_program {
	const char *path; /* of its object */
	const char *name, *section;
	unsigned int index; /* in the object */
	struct cli_verdict verdicts[RQ_KERNELS];
	const char *logs[RQ_KERNELS]; /* "" without -v */
	struct kernel_answer kernel;
};

struct check {
	const char *kernels[RQ_KERNELS]; /* names of profiles */
	unsigned int kernel_count;
	const char *kernel_btf;
	unsigned int verbose;
	const struct check_format *format;
	char running_kernel[65]; /* "6.18.44", with --against-kernel; else "" */
	/* Sums. */
	unsigned int accepted, rejected, unmeasured; /* verdicts */
	unsigned int agree, other_words, disagree, not_judged;
	int status;
	void *output; /* the format's */
};

/* A way to print. Each returns CLI_OK, or CLI_CANNOT after a message. */
struct check_format {
	const char *name;
	int (*begin)(struct check *check);
	int (*program)(struct check *check, const struct check_program *program);
	/* @path could not be checked; cli_last_error() says why. NULL: stderr is enough. */
	int (*failed)(struct check *check, const char *path);
	int (*end)(struct check *check);
};

extern const struct check_format check_text, check_tsv, check_json, check_sarif;

/* Does the running kernel disagree with the first verdict? Only whether it accepts counts. */
bool check_disagrees(const struct check_program *program);
/* Does it give another reason for the same verdict? Numbers apart, since ids differ between
 * kernels. */
bool check_says_otherwise(const struct check_program *program);

/* ---- against_kernel.c ---- */

struct kernel_inquiry;

/*
 * A child that asks the running kernel about every program of @paths, each alone on fresh maps, in
 * order. Start it before libbpf has learnt anything about our own bpf(2), since it remembers. NULL
 * after a message: bpf(2) is not permitted here.
 */
struct kernel_inquiry *kernel_inquiry_start(char *const *paths, unsigned int count);
/* The answer on program number @index of path number @path. */
void kernel_inquiry_answer(struct kernel_inquiry *inquiry, unsigned int path, unsigned int index,
			   struct kernel_answer *answer);
void kernel_inquiry_end(struct kernel_inquiry *inquiry);

/* ---- source.c ---- */

/*
 * Where the source @file of @object lies, relative to the current folder, as code hosts want it:
 * percent-encoded, "/" between folders. Line information has the name that the compiler was called
 * with, relative to a folder that is not known.
 */
void source_uri(const char *object, const char *file, char *uri, size_t size);

#endif
