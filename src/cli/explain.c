/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a program was rejected, said so that a person can act on it. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "cli/cli.h"
#include "sys/machine.h"
#include "verifier/verifier.h"

struct rq_machine *cli_machine(const struct rq_machine_options *options)
{
	struct rq_machine *machine = NULL;
	int err = rq_machine_create(options, &machine);

	if (!err)
		return machine;
	if (options->kernel_btf && err != -ENOMEM)
		cli_error("--kernel-btf %s: %s", options->kernel_btf,
			  err == -EINVAL ? "not BTF, nor an ELF file with a .BTF section" : strerror(-err));
	else
		cli_error("cannot make a machine of %u CPU%s: %s", options->cpus, options->cpus == 1 ? "" : "s",
			  strerror(-err));
	return NULL;
}

/* Bytes from a damaged object go to terminals and into JSON: what is not printable ASCII or UTF-8 text becomes '?'. */
static void copy_text(char *to, size_t size, const char *from)
{
	size_t i = 0;

	for (; from[i] && i + 1 < size; i++)
		to[i] = (unsigned char)from[i] < ' ' && from[i] != '\t' ? '?' : from[i];
	while (i && from[i] && ((unsigned char)to[i - 1] & 0x80)) /* don't cut a character in two */
		i--;
	to[i] = '\0';
}

static void take_line(const struct rq_prog *prog, const struct bpf_line_info *row, struct cli_line *line)
{
	const char *text = btf__str_by_offset(prog->btf->types, row->line_off);

	line->number = BPF_LINE_INFO_LINE_NUM(row->line_col);
	line->column = BPF_LINE_INFO_LINE_COL(row->line_col);
	line->indent = 0;
	for (; text && (*text == ' ' || *text == '\t'); text++)
		line->indent = *text == '\t' ? (line->indent / 8 + 1) * 8 : line->indent + 1;
	copy_text(line->text, sizeof(line->text), text ? text : "");
	copy_text(line->file, sizeof(line->file), btf__str_by_offset(prog->btf->types, row->file_name_off));
}

/* The source line of @insn; number 0 where the program has no line information. */
static void find_line(const struct rq_prog *prog, uint32_t insn, struct cli_line *line)
{
	const char *file, *text;

	line->number = 0;
	if (insn < prog->insn_count && rq_prog_source(prog, insn, &file, &text, &line->number))
		take_line(prog, rq_prog_line(prog, insn), line);
}

/* Lines of @why->line's file with code that are at most two lines away, in order, itself among them. */
static void find_context(const struct rq_prog *prog, struct cli_rejection *why)
{
	const uint32_t number = why->line.number;

	for (uint32_t wanted = number > 2 ? number - 2 : 1; number && wanted <= number + 2; wanted++) {
		const struct bpf_line_info *found = NULL;
		struct cli_line line;

		for (uint32_t i = 0; i < prog->line_info_count && wanted != number && !found; i++) {
			const struct bpf_line_info *row = &prog->line_info[i];

			if (BPF_LINE_INFO_LINE_NUM(row->line_col) != wanted)
				continue;
			take_line(prog, row, &line);
			if (!strcmp(line.file, why->line.file))
				found = row;
		}
		if (wanted == number)
			line = why->line;
		if ((found || wanted == number) && why->context_length < CLI_CONTEXT_LINES)
			why->context[why->context_length++] = line;
	}
}

/* rq_machine's rejected(): libbpf tries features with small programs of its own, so the last one told is ours. */
static void keep_rejection(const struct rq_prog *prog, const struct rq_rejection *rejection, void *arg)
{
	struct cli_rejection *why = arg;

	memset(why, 0, sizeof(*why));
	why->facts = *rejection;
	if (!prog->btf)
		return;
	find_line(prog, rejection->insn, &why->line);
	for (uint32_t i = 0; i < rejection->path_length; i++) {
		find_line(prog, rejection->path[i].insn, &why->path[i]);
		find_line(prog, rejection->path[i].next, &why->next[i]);
	}
	for (uint32_t i = 0; i < rejection->held_count; i++)
		find_line(prog, rejection->held[i].insn, &why->held[i]);
	find_context(prog, why);
}

/* libbpf's words on a failed load: "libbpf: prog 'NAME': failed to load: -22". */
static void find_program(const char *words, char *name, size_t size)
{
	static const char before[] = "libbpf: prog '", after[] = "': failed to load";
	const char *at = words;

	while ((at = strstr(at, before))) {
		size_t length = strcspn(at += sizeof(before) - 1, "'");

		if (!strncmp(at + length, after, sizeof(after) - 1))
			snprintf(name, size, "%.*s", (int)length, at);
	}
}

/* The reason: the last line of the log, or of libbpf's words; and for people the last of these that says something. */
static void find_reason(int err, const char *log, struct cli_rejection *why)
{
	static const char nothing_said[] = "libbpf: failed to load object", prefix[] = "libbpf: ";
	const char *line = cli_libbpf_words(), *cause = "";
	bool judged = *cli_last_reason(log);

	snprintf(why->reason, sizeof(why->reason), "%s", cli_last_reason(judged ? log : line));
	if (!why->reason[0])
		snprintf(why->reason, sizeof(why->reason), "%s", strerror(-err));
	for (; !judged && *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (*line != '\n' && strncmp(line, nothing_said, sizeof(nothing_said) - 1))
			cause = line;
	if (!strncmp(cause, prefix, sizeof(prefix) - 1))
		cause += sizeof(prefix) - 1;
	if (*cause)
		snprintf(why->cause, sizeof(why->cause), "%.*s (%s)", (int)strcspn(cause, "\n"), cause, strerror(-err));
	else
		copy_text(why->cause, sizeof(why->cause), why->reason);
}

int cli_load_explained(struct rq_machine *machine, struct bpf_object *object, const char *log,
		       struct cli_rejection *why)
{
	int err;

	memset(why, 0, sizeof(*why));
	cli_libbpf_forget();
	machine->rejected = keep_rejection;
	machine->rejected_arg = why;
	err = bpf_object__load(object);
	machine->rejected = NULL;
	if (err) {
		find_program(cli_libbpf_words(), why->program, sizeof(why->program));
		if (!log[0]) { /* a map or the BTF: no program came as far as the verifier */
			memset(&why->facts, 0, sizeof(why->facts));
			why->line.number = why->context_length = 0;
			why->facts.insn = UINT32_MAX;
		}
		if (!why->facts.rule)
			why->facts.rule = RQ_RULE_OTHER;
		find_reason(err, log, why);
	}
	return err;
}

#define PATH_SHOWN 12

const char *cli_step_outcome(const struct cli_rejection *why, unsigned int step)
{
	static char text[128];
	const struct rq_path_step *at = &why->facts.path[step];
	uint32_t next = why->next[step].number;

	switch (at->kind) {
	case RQ_PATH_LOCK_TAKEN:
		return "returned 0: the lock is held from here on";
	case RQ_PATH_LOCK_FAILED:
		return "returned -4095..-1: the lock was not taken";
	case RQ_PATH_CALL:
		snprintf(text, sizeof(text), "enters the function at line %u", next);
		return text;
	case RQ_PATH_RETURN:
		snprintf(text, sizeof(text), "returns to line %u", next);
		return text;
	default:
		if (next && next != why->path[step].number)
			snprintf(text, sizeof(text), "%s: on to line %u", at->text, next);
		else
			snprintf(text, sizeof(text), "%s", at->text);
		return text;
	}
}

static unsigned int first_shown(const struct cli_rejection *why)
{
	return why->facts.path_length > PATH_SHOWN ? why->facts.path_length - PATH_SHOWN : 0;
}

static bool is_on_path(const struct cli_rejection *why, const struct cli_line *line)
{
	for (unsigned int i = first_shown(why); i < why->facts.path_length; i++)
		if (why->path[i].number == line->number)
			return true;
	return false;
}

static void print_path(FILE *stream, const struct cli_rejection *why)
{
	unsigned int first = first_shown(why);
	uint32_t printed = 0;

	if (first || why->facts.path_cut)
		fputs("       | ...\n", stream);
	for (unsigned int i = first; i < why->facts.path_length; i++) {
		const struct cli_line *line = &why->path[i];

		if (!line->number)
			continue;
		if (line->number != printed)
			fprintf(stream, "%6u | %s\n", line->number, line->text);
		fprintf(stream, "       |     -> %s\n", cli_step_outcome(why, i));
		printed = line->number;
	}
}

/* The line itself, between its neighbours, with a mark below the column. */
static void print_context(FILE *stream, const struct cli_rejection *why)
{
	unsigned int least = why->line.indent;

	if (!why->line.number)
		return;
	for (unsigned int i = 0; i < why->context_length; i++)
		if (why->context[i].indent < least)
			least = why->context[i].indent;
	for (unsigned int i = 0; i < why->context_length; i++) {
		const struct cli_line *line = &why->context[i];
		int indent = (int)(line->indent - least);

		if (line->number != why->line.number && is_on_path(why, line))
			continue; /* it stands above */
		fprintf(stream, "%6u | %*s%s\n", line->number, indent, "", line->text);
		if (line->number == why->line.number)
			fprintf(stream, "       | %*s^ here\n", indent, "");
	}
}

static void print_held(FILE *stream, const struct cli_rejection *why)
{
	const struct rq_rejection *facts = &why->facts;

	for (unsigned int i = 0; i < facts->held_count; i++) {
		fprintf(stream, "%s%s", i ? ", " : "   held here: ", facts->held[i].what);
		if (why->held[i].number)
			fprintf(stream, " (line %u)", why->held[i].number);
	}
	if (facts->held_count)
		fputc('\n', stream);
	else if (why->line.number && strstr(why->reason, "_unlock"))
		fputs("   held here: nothing\n", stream);
}

void cli_explain_path(FILE *stream, const struct cli_rejection *why)
{
	print_path(stream, why);
	print_context(stream, why);
	for (unsigned int i = 0; i < why->facts.reg_count; i++)
		fprintf(stream, "   %s: %s\n", why->facts.regs[i].name, why->facts.regs[i].holds);
	print_held(stream, why);
	if (why->facts.hint[0])
		fprintf(stream, "   hint: %s\n", why->facts.hint);
}

void cli_explain(FILE *stream, const char *object, const char *program, const struct cli_rejection *why)
{
	fprintf(stream, "%s: ", object);
	if (program[0])
		fprintf(stream, "program '%s': ", program);
	if (why->line.number)
		fprintf(stream, "line %u: ", why->line.number);
	fprintf(stream, "%s\n", why->cause);
	cli_explain_path(stream, why);
}

static bool is_unmeasured(struct rq_machine *machine, int fd)
{
	struct rq_prog *prog;
	bool unmeasured;

	if (rq_machine_prog(machine, fd, &prog))
		return false;
	unmeasured = prog->unmeasured;
	rq_object_put(&prog->object);
	return unmeasured;
}

bool cli_judge(const char *path, unsigned int index, const struct rq_machine_options *options, char *log,
	       uint32_t log_size, unsigned int log_level, struct cli_verdict *verdict)
{
	struct rq_machine *machine = cli_machine(options);
	struct bpf_object *object = machine ? cli_object_open(path) : NULL;
	struct bpf_program *program, *chosen = NULL;
	unsigned int i = 0;

	verdict->name[0] = verdict->section[0] = '\0';
	if (object) {
		bpf_object__for_each_program(program, object) {
			bpf_program__set_autoload(program, i == index);
			if (i++ == index)
				chosen = program;
		}
	}
	if (chosen) {
		log[0] = '\0';
		snprintf(verdict->name, sizeof(verdict->name), "%s", bpf_program__name(chosen));
		snprintf(verdict->section, sizeof(verdict->section), "%s", bpf_program__section_name(chosen));
		bpf_program__set_log_buf(chosen, log, log_size);
		bpf_program__set_log_level(chosen, log_level);
		verdict->err = cli_load_explained(machine, object, log, &verdict->why);
		/* Alone, it can't be put into tables of programs that the object fills: that is no verdict on it. */
		if (verdict->err && cli_log_accepts(log))
			verdict->err = 0;
		verdict->unmeasured = verdict->err ? verdict->why.facts.unmeasured :
						     is_unmeasured(machine, bpf_program__fd(chosen));
		if (verdict->err == -ENOMEM)
			cli_error("%s: program '%s': out of memory", path, verdict->name);
	}
	bpf_object__close(object);
	if (machine)
		rq_machine_destroy(machine);
	return chosen && verdict->err != -ENOMEM;
}

unsigned int cli_count_programs(const char *path)
{
	struct bpf_object *object = cli_object_open(path);
	struct bpf_program *program;
	unsigned int count = 0;

	if (object)
		bpf_object__for_each_program(program, object)
			count++;
	bpf_object__close(object);
	return count;
}

#define NOTE_LOG_BYTES (1 << 20)

bool cli_note_rejections(const char *path, const char *name, const char *kernel)
{
	static const char reference[] = "6.18"; /* the kernel that the rules were measured on */
	struct rq_machine_options options = { .size = sizeof(options), .cpus = 1, .kernel = reference };
	struct bpf_object *object = cli_object_open(path);
	static char log[NOTE_LOG_BYTES];
	struct bpf_program *program;
	struct cli_verdict verdict;
	unsigned int index = 0;

	if (!object)
		return false;
	/* Under a kernel's own rules the programs pass, or don't run at all. */
	if (!strcmp(kernel, "relaxed"))
		bpf_object__for_each_program(program, object) {
			bool wanted = !name || !strcmp(name, bpf_program__name(program));

			if (wanted && !cli_judge(path, index, &options, log, sizeof(log), 1, &verdict)) {
				bpf_object__close(object);
				return false;
			}
			if (wanted && verdict.err)
				cli_note("Linux %s would reject program '%s': %s", reference, verdict.name,
					 verdict.why.reason);
			index++;
		}
	bpf_object__close(object);
	return true;
}
