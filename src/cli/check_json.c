/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts as JSON: docs/json.md, schema "rqspin-check/1". */
#include <string.h>

#include "cli/check.h"
#include "cli/json.h"

static int begin(struct check *check)
{
	json_t *root =
		json_pack("{s:s, s:[], s:[]}", "schema", "rqspin-check/1", "programs", "errors");

	check->output = root;
	return root ? CLI_OK : cli_error("out of memory");
}

static json_t *path(const struct cli_rejection *why)
{
	static const char *const kinds[] = {
		[RQ_PATH_BRANCH] = "branch",	       [RQ_PATH_LOCK_TAKEN] = "lock-taken",
		[RQ_PATH_LOCK_FAILED] = "lock-failed", [RQ_PATH_CALL] = "call",
		[RQ_PATH_RETURN] = "return",
	};
	json_t *list = json_array();

	for (unsigned int i = 0; i < why->facts.path_length; i++) {
		const struct rq_path_step *step = &why->facts.path[i];
		json_t *element = json_pack(
			"{s:s, s:o, s:o}", "event", kinds[step->kind], "condition",
			step->kind == RQ_PATH_BRANCH ? cli_json_text(step->text) : json_null(),
			"next_line",
			why->next[i].number ? json_integer(why->next[i].number) : json_null());

		cli_json_line(element, &why->path[i]);
		json_array_append_new(list, element);
	}
	return list;
}

static json_t *registers(const struct rq_rejection *facts)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < facts->reg_count; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:o}", "name", facts->regs[i].name, "holds",
						cli_json_text(facts->regs[i].holds)));
	return list;
}

static json_t *held(const struct cli_rejection *why)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < why->facts.held_count; i++) {
		json_t *element = json_pack("{s:s}", "what", why->facts.held[i].what);

		cli_json_line(element, &why->held[i]);
		json_array_append_new(list, element);
	}
	return list;
}

static json_t *rejection(const struct cli_rejection *why)
{
	json_t *object = json_pack(
		"{s:o, s:o, s:o, s:s, s:o, s:b, s:o, s:o, s:o}", "message",
		cli_json_text(why->reason), "explanation", cli_json_text(why->cause), "hint",
		why->facts.hint[0] ? cli_json_text(why->facts.hint) : json_null(), "rule",
		why->facts.rule, "path", path(why), "path_cut", why->facts.path_cut, "registers",
		registers(&why->facts), "held", held(why), "instruction",
		why->facts.insn == UINT32_MAX ? json_null() : json_integer(why->facts.insn));

	cli_json_line(object, &why->line);
	return object;
}

static json_t *running_kernel(const struct check *check, const struct check_program *program)
{
	static const char *const words[] = {
		[KERNEL_ACCEPTS] = "ACCEPT",
		[KERNEL_REJECTS] = "REJECT",
		[KERNEL_REFUSES_TO_JUDGE] = "NONE",
	};
	const struct kernel_answer *kernel = &program->kernel;

	if (kernel->says == KERNEL_NOT_ASKED)
		return json_null();
	return json_pack("{s:o, s:s, s:o, s:b}", "version", cli_json_text(check->running_kernel),
			 "verdict", words[kernel->says], "message",
			 kernel->reason[0] ? cli_json_text(kernel->reason) : json_null(),
			 "disagrees", check_disagrees(program));
}

static int add_program(struct check *check, const struct check_program *program)
{
	json_t *programs = json_object_get(check->output, "programs");

	for (unsigned int k = 0; k < check->kernel_count; k++) {
		const struct cli_verdict *verdict = &program->verdicts[k];
		json_t *element = json_pack(
			"{s:o, s:o, s:o, s:s, s:s, s:b, s:o, s:o, s:o}", "object",
			cli_json_text(program->path), "program", cli_json_text(program->name),
			"section", cli_json_text(program->section), "kernel", check->kernels[k],
			"verdict", verdict->err ? "REJECT" : "ACCEPT", "unmeasured",
			verdict->unmeasured, "rejection",
			verdict->err ? rejection(&verdict->why) : json_null(), "running_kernel",
			running_kernel(check, program), "log",
			check->verbose ? cli_json_text(program->logs[k]) : json_null());

		if (!element || json_array_append_new(programs, element))
			return cli_error("out of memory");
	}
	return CLI_OK;
}

static int add_error(struct check *check, const char *path)
{
	json_t *errors = json_object_get(check->output, "errors");

	return json_array_append_new(errors, json_pack("{s:o, s:o}", "object", cli_json_text(path),
						       "message", cli_json_text(cli_last_error())))
		       ? cli_error("out of memory")
		       : CLI_OK;
}

static int end(struct check *check)
{
	json_object_set_new(check->output, "accepted", json_integer(check->accepted));
	json_object_set_new(check->output, "rejected", json_integer(check->rejected));
	json_object_set_new(check->output, "disagree", json_integer(check->disagree));
	return cli_json_print(check->output);
}

const struct check_format check_json = {"json", begin, add_program, add_error, end};
