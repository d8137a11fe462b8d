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
		cli_error("cannot make a machine of %u CPUs: %s", options->cpus, strerror(-err));
	return NULL;
}

/* The source line of @insn; number 0 where the program has no line information. */
static void find_line(const struct rq_prog *prog, uint32_t insn, struct cli_line *line)
{
	const char *file, *text;

	line->number = 0;
	if (insn == UINT32_MAX || !rq_prog_source(prog, insn, &file, &text, &line->number))
		return;
	text += strspn(text, " \t");
	snprintf(line->text, sizeof(line->text), "%s", text);
}

static void add_to_path(struct cli_rejection *why, const struct cli_line *line)
{
	if (!line->number || (why->path_length && why->path[why->path_length - 1].number == line->number))
		return;
	if (why->path_length == CLI_PATH_LINES) {
		memmove(why->path, why->path + 1, (CLI_PATH_LINES - 1) * sizeof(why->path[0]));
		why->path_length--;
		why->path_cut = true;
	}
	why->path[why->path_length++] = *line;
}

/* rq_machine's rejected(): libbpf tries features with small programs of its own, so the last one told is ours. */
static void keep_rejection(const struct rq_prog *prog, const struct rq_rejection *rejection, void *arg)
{
	struct cli_rejection *why = arg;

	memset(why, 0, sizeof(*why));
	snprintf(why->hint, sizeof(why->hint), "%s", rejection->hint);
	find_line(prog, rejection->insn, &why->line);
	for (uint32_t i = 0; i < rejection->path_length; i++) {
		struct cli_line line;

		find_line(prog, rejection->path[i], &line);
		add_to_path(why, &line);
	}
	if (why->path_length && why->path[why->path_length - 1].number == why->line.number)
		why->path_length--;
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

static const char load_failed[] = "libbpf: failed to load object";

/* The last line but the one that says nothing. */
static void find_cause(const char *words, char *cause, size_t size)
{
	for (const char *line = words; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (*line != '\n' && strncmp(line, load_failed, sizeof(load_failed) - 1))
			snprintf(cause, size, "%.*s", (int)strcspn(line, "\n"), line);
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
		find_cause(cli_libbpf_words(), why->cause, sizeof(why->cause));
		if (!log[0]) /* a map or the BTF: no program came as far as the verifier */
			why->line.number = why->path_length = why->hint[0] = 0;
		snprintf(why->reason, sizeof(why->reason), "%s", cli_last_reason(log[0] ? log : cli_libbpf_words()));
		if (!why->reason[0])
			snprintf(why->reason, sizeof(why->reason), "%s", strerror(-err));
	}
	return err;
}

static void print_line(FILE *stream, const struct cli_line *line)
{
	fprintf(stream, "%6u | %s\n", line->number, line->text);
}

void cli_explain(FILE *stream, const char *object, const char *program, const struct cli_rejection *why)
{
	const char *reason = why->reason;

	if (why->cause[0] && !strncmp(reason, load_failed, sizeof(load_failed) - 1))
		reason = why->cause;
	if (!strncmp(reason, "libbpf: ", 8))
		reason += 8;
	fprintf(stream, "%s: ", object);
	if (program[0])
		fprintf(stream, "program '%s': ", program);
	if (why->line.number)
		fprintf(stream, "line %u: ", why->line.number);
	fprintf(stream, "%s\n", reason);
	if (why->path_cut)
		fputs("       ...\n", stream);
	for (unsigned int i = 0; i < why->path_length; i++)
		print_line(stream, &why->path[i]);
	if (why->line.number)
		print_line(stream, &why->line);
	if (why->hint[0])
		fprintf(stream, "   hint: %s\n", why->hint);
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

			if (wanted && cli_judge(path, index, &options, log, sizeof(log), 1, &verdict) && verdict.err)
				cli_note("Linux %s would reject program '%s': %s", reference, verdict.name,
					 verdict.why.reason);
			index++;
		}
	bpf_object__close(object);
	return true;
}
