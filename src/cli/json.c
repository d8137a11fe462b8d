/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/json.h"

json_t *cli_json_text(const char *text)
{
	json_t *value = text ? json_string(text) : NULL;

	return value ? value : json_null();
}

void cli_json_line(json_t *object, const struct cli_line *line)
{
	bool known = line->number;

	json_object_set_new(object, "file", known ? cli_json_text(line->file) : json_null());
	json_object_set_new(object, "line", known ? json_integer(line->number) : json_null());
	json_object_set_new(object, "column",
			    known && line->column ? json_integer(line->column) : json_null());
	json_object_set_new(object, "source", known ? cli_json_text(line->text) : json_null());
}

int cli_json_print(json_t *root)
{
	if (!root)
		return cli_error("out of memory");
	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
	return CLI_OK;
}
