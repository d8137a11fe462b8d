/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command: one file a subcommand, each a row in main.c. Results go to stdout; errors, notes and progress to stderr.
 */
#ifndef RQ_CLI_CLI_H
#define RQ_CLI_CLI_H

#include <bpf/libbpf.h>
#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "verifier/verifier.h"

/* Exit statuses; several files or programs: the worst wins. */
enum { CLI_OK = 0, CLI_FOUND = 1, CLI_CANNOT = 2 };

int cli_check(int argc, char **argv);
int cli_run(int argc, char **argv);
int cli_stress(int argc, char **argv);
int cli_symbolize(int argc, char **argv);
int cli_kfuncs(int argc, char **argv);
int cli_vm(int argc, char **argv);

/* ---- options.c ---- */

/* "rqspin: ...\n" on stderr. Returns CLI_CANNOT, so that a command can end with it. */
int cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* What the last cli_error() said; "" before the first. */
const char *cli_last_error(void);
/* "rqspin: note: ...\n" on stderr. */
void cli_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * getopt_long() that says what is wrong: unknown options (with the nearest known one), missing and superfluous values.
 * Returns the option's value, -1 at the end, or '?' after such a message.
 */
int cli_next_option(int argc, char **argv, const char *shorts, const struct option *longs);

/* Which of @count @names is nearest to @wrong, or NULL when none is near. */
const char *cli_nearest(const char *wrong, const char *const *names, size_t count);
/* " (did you mean 'stress'?)" or "", in a static buffer. */
const char *cli_suggestion(const char *wrong, const char *const *names, size_t count);

/* "250ms", "2s", "0.5", "3m"; a bare number is seconds. False after a message that names @option. */
bool cli_parse_time(const char *option, const char *text, uint64_t *ns);
/* A decimal or 0x number from @min to @max. False after a message. */
bool cli_parse_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *value);
/* A profile's name. False after a message that lists them. */
bool cli_parse_kernel(const char *text);

/* The whole file in memory that the caller frees with free(). False after a message. */
bool cli_read_file(const char *path, void **bytes, size_t *size);
bool cli_write_file(const char *path, const void *bytes, size_t size);

/* ---- object.c ---- */

/* Keep libbpf's words instead of letting it print them. */
void cli_libbpf_quiet(void);
/* What libbpf said since the last cli_libbpf_forget(), warnings only. */
const char *cli_libbpf_words(void);
void cli_libbpf_forget(void);
/* The last line of @text that gives a reason, statistics left out; in a static buffer. */
const char *cli_last_reason(const char *text);
/* A log of level 1 that says no reason: the program was accepted. */
bool cli_log_accepts(const char *log);

/* Open an object; NULL after a one-line message that says what is wrong with the file. */
struct bpf_object *cli_object_open(const char *path);
/* Is @name one of "P,P,..."? NULL: of none. */
bool cli_is_named(const char *list, const char *name);
/* The program of that name; NULL after a message with the nearest names. */
struct bpf_program *cli_object_program(struct bpf_object *object, const char *path, const char *name);
const char *cli_base_name(const char *path);

/* The machine that a command makes. */

struct rq_machine;
struct rq_machine_options;
/* NULL after a message. */
struct rq_machine *cli_machine(const struct rq_machine_options *options);

/* ---- explain.c ---- */

/* A source line. */
struct cli_line {
	uint32_t number; /* 0: no line information */
	uint32_t column;
	char file[256], text[160]; /* text: without what is left of the first word */
	unsigned int indent;	   /* how much that was, tabs as eight */
};

#define CLI_CONTEXT_LINES 5

/* Why a program can't be loaded. */
struct cli_rejection {
	char program[128]; /* as libbpf says it; "" when it was none of them */
	char reason[2048]; /* the last line of the log, or of what libbpf said */
	char cause[2048];  /* the same for people: what libbpf said before its last word, that the load failed */
	struct rq_rejection facts; /* what the verifier knew; the lines of its instructions: */
	struct cli_line line, path[RQ_PATH_STEPS], next[RQ_PATH_STEPS], held[RQ_REPORTED_HELD];
	struct cli_line context[CLI_CONTEXT_LINES]; /* line, and those with code just before and behind it */
	unsigned int context_length;
};

/*
 * bpf_object__load(), and when that fails say why. @log is the log buffer of the program that is loaded, empty by now.
 * Returns 0 or a negative errno.
 */
int cli_load_explained(struct rq_machine *machine, struct bpf_object *object, const char *log,
		       struct cli_rejection *why);

/* What no program that passed the verifier does. */
#define CLI_DEFECT "ended with a lock held, interrupts off, or at dead code: a defect of rqspin's verifier, please report it"

/* The verdict on one program. */
struct cli_verdict {
	char name[256], section[256];
	int err; /* 0: accepted */
	bool unmeasured; /* it rests on a rule that no kernel was asked about */
	struct cli_rejection why;
};

/*
 * Load program number @index of the object alone, on a machine of its own. False after a message: there is no verdict.
 * There must be no current machine.
 */
bool cli_judge(const char *path, unsigned int index, const struct rq_machine_options *options, char *log,
	       uint32_t log_size, unsigned int log_level, struct cli_verdict *verdict);
/* 0 after a message. */
unsigned int cli_count_programs(const char *path);
/*
 * One note for each program that Linux 6.18 would reject, where @kernel doesn't say so by itself. @name: only this one,
 * or NULL. False after a message: the object can't be opened. There must be no current machine.
 */
bool cli_note_rejections(const char *path, const char *name, const char *kernel);
/* The reason with its source line, the path that leads there, what registers hold, and what to do. */
void cli_explain(FILE *stream, const char *object, const char *program, const struct cli_rejection *why);
/* The same without its first line. */
void cli_explain_path(FILE *stream, const struct cli_rejection *why);
/* What a step came to: "returned 0: the lock is held from here on"; in a static buffer. */
const char *cli_step_outcome(const struct cli_rejection *why, unsigned int step);

#endif
