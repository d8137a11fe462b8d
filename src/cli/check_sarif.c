/* SPDX-License-Identifier: BSD-2-Clause */
/* Rejections as SARIF 2.1.0: a result each, with the rule, the line, and the path that leads there
 * as a code flow. */
#include <limits.h>
#include <string.h>

#include "cli/check.h"
#include "cli/json.h"

#define SCHEMA                                                                                     \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#define RULE_DISAGREES "kernel-disagrees"

static json_t *rule(const char *id, const char *description, const char *help)
{
	return json_pack("{s:s, s:{s:s}, s:{s:s}}", "id", id, "shortDescription", "text",
			 description, "help", "text", help);
}

static int find_rule(const json_t *rules, const char *id)
{
	const json_t *each;
	size_t i;

	json_array_foreach(rules, i,
			   each) if (!strcmp(json_string_value(json_object_get(each, "id")),
					     id)) return (int)i;
	return -1;
}

/* One rule for each kind of mistake that the verifier has a name for. */
static json_t *all_rules(void)
{
	json_t *rules = json_array();
	const struct rq_hint_row *row;

	for (uint32_t i = 0; (row = rq_hint_row(i)); i++) {
		char text[256], help[640];

		if (find_rule(rules, row->rule) >= 0)
			continue;
		snprintf(text, sizeof(text), "%s (docs/verifier.md, %s)", row->rule, row->where);
		snprintf(help, sizeof(help), "\"... %s ...\": %s", row->pattern, row->hint);
		json_array_append_new(rules, rule(row->rule, text, help));
	}
	json_array_append_new(
		rules,
		rule(RQ_RULE_OTHER, "The kernel would refuse this program",
		     "The message is the kernel's; `rqspin check -v` prints the verifier's log."));
	json_array_append_new(
		rules,
		rule(RULE_DISAGREES, "The running kernel gives another verdict",
		     "The running kernel has another version or configuration, or rqspin is wrong."));
	return rules;
}

static json_t *results(const struct check *check)
{
	return json_object_get(json_array_get(json_object_get(check->output, "runs"), 0),
			       "results");
}

static json_t *notifications(const struct check *check)
{
	json_t *run = json_array_get(json_object_get(check->output, "runs"), 0);

	return json_object_get(json_array_get(json_object_get(run, "invocations"), 0),
			       "toolExecutionNotifications");
}

static const json_t *rules_of(const struct check *check)
{
	json_t *run = json_array_get(json_object_get(check->output, "runs"), 0);

	return json_object_get(json_object_get(json_object_get(run, "tool"), "driver"), "rules");
}

static int begin(struct check *check)
{
	json_t *root = json_pack(
		"{s:s, s:s, s:[{s:{s:{s:s, s:s, s:s, s:o}}, s:[{s:b, s:[]}], s:s, s:[]}]}",
		"$schema", SCHEMA, "version", "2.1.0", "runs", "tool", "driver", "name", "rqspin",
		"version", RQSPIN_VERSION, "semanticVersion", RQSPIN_VERSION, "rules", all_rules(),
		"invocations", "executionSuccessful", 1, "toolExecutionNotifications", "columnKind",
		"unicodeCodePoints", "results");

	check->output = root;
	return root ? CLI_OK : cli_error("out of memory");
}

/* Where @line is; the object itself where there is no line. */
static json_t *physical_location(const char *object, const struct cli_line *line)
{
	char uri[PATH_MAX];
	json_t *location;

	if (!line->number) {
		source_uri(object, object, uri, sizeof(uri));
		return json_pack("{s:{s:s}}", "artifactLocation", "uri", uri);
	}
	source_uri(object, line->file, uri, sizeof(uri));
	location = json_pack("{s:{s:s, s:s}, s:{s:i, s:{s:o}}}", "artifactLocation", "uri", uri,
			     "uriBaseId", "%SRCROOT%", "region", "startLine", (int)line->number,
			     "snippet", "text", cli_json_text(line->text));
	if (line->column)
		json_object_set_new(json_object_get(location, "region"), "startColumn",
				    json_integer(line->column));
	return location;
}

static json_t *flow_location(const char *object, const struct cli_line *line, const char *message)
{
	return json_pack("{s:{s:o, s:{s:o}}}", "location", "physicalLocation",
			 physical_location(object, line), "message", "text",
			 cli_json_text(message));
}

static json_t *code_flow(const char *object, const struct cli_rejection *why)
{
	json_t *locations = json_array();

	for (unsigned int i = 0; i < why->facts.path_length; i++)
		if (why->path[i].number)
			json_array_append_new(locations, flow_location(object, &why->path[i],
								       cli_step_outcome(why, i)));
	json_array_append_new(locations, flow_location(object, &why->line, why->cause));
	return json_pack("[{s:[{s:o}]}]", "threadFlows", "locations", locations);
}

static void write_message(const struct check *check, const struct check_program *program,
			  unsigned int k, char *text, size_t size)
{
	const struct cli_verdict *verdict = &program->verdicts[k];
	const struct rq_rejection *facts = &verdict->why.facts;
	size_t length =
		(size_t)snprintf(text, size, "program '%s': %s%s", program->name,
				 verdict->why.cause, verdict->unmeasured ? " (unmeasured)" : "");

	if (check->kernel_count > 1 && length < size)
		length += (size_t)snprintf(text + length, size - length, " [Linux %s]",
					   check->kernels[k]);
	for (unsigned int i = 0; i < facts->reg_count && length < size; i++)
		length += (size_t)snprintf(text + length, size - length, "\n%s: %s",
					   facts->regs[i].name, facts->regs[i].holds);
	if (facts->hint[0] && length < size)
		snprintf(text + length, size - length, "\nhint: %s", facts->hint);
}

static json_t *new_result(const struct check *check, const struct check_program *program,
			  const char *rule, const char *level, const char *message,
			  const struct cli_line *line)
{
	char fingerprint[1024];

	/* The same finding after lines above it moved. */
	snprintf(fingerprint, sizeof(fingerprint), "%s:%s:%s", cli_base_name(program->path),
		 program->name, rule);
	return json_pack("{s:s, s:i, s:s, s:{s:o}, s:[{s:o, s:[{s:o, s:s}]}], s:{s:o}}", "ruleId",
			 rule, "ruleIndex", find_rule(rules_of(check), rule), "level", level,
			 "message", "text", cli_json_text(message), "locations", "physicalLocation",
			 physical_location(program->path, line), "logicalLocations", "name",
			 cli_json_text(program->name), "kind", "function", "partialFingerprints",
			 "rqspin/v1", cli_json_text(fingerprint));
}

static int add_program(struct check *check, const struct check_program *program)
{
	char message[4096];
	json_t *result;

	for (unsigned int k = 0; k < check->kernel_count; k++) {
		const struct cli_rejection *why = &program->verdicts[k].why;

		if (!program->verdicts[k].err)
			continue;
		write_message(check, program, k, message, sizeof(message));
		result = new_result(check, program, why->facts.rule, "error", message, &why->line);
		if (!result ||
		    (why->line.number &&
		     json_object_set_new(result, "codeFlows", code_flow(program->path, why))) ||
		    json_array_append_new(results(check), result))
			return cli_error("out of memory");
	}
	if (check_disagrees(program)) {
		snprintf(message, sizeof(message), "program '%s': the running Linux %s %s%s",
			 program->name, check->running_kernel,
			 program->kernel.says == KERNEL_ACCEPTS ? "accepts it" : "rejects it: ",
			 program->kernel.reason);
		result = new_result(check, program, RULE_DISAGREES, "warning", message,
				    &program->verdicts[0].why.line);
		if (json_array_append_new(results(check), result))
			return cli_error("out of memory");
	}
	return CLI_OK;
}

static int add_error(struct check *check, const char *path)
{
	json_t *notification = json_pack("{s:s, s:{s:o}}", "level", "error", "message", "text",
					 cli_json_text(cli_last_error()));

	json_object_set_new(
		json_array_get(
			json_object_get(json_array_get(json_object_get(check->output, "runs"), 0),
					"invocations"),
			0),
		"executionSuccessful", json_false());
	return json_array_append_new(notifications(check), notification)
		       ? cli_error("out of memory")
		       : CLI_OK;
}

static int end(struct check *check)
{
	return cli_json_print(check->output);
}

const struct check_format check_sarif = {"sarif", begin, add_program, add_error, end};
