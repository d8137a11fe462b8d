/* SPDX-License-Identifier: BSD-2-Clause */
/* What the commands' JSON has in common. */
#ifndef RQ_CLI_JSON_H
#define RQ_CLI_JSON_H

#include <jansson.h>

#include "cli/cli.h"

/* Texts may come from a damaged object: what isn't UTF-8 becomes null, not a failure. */
json_t *cli_json_text(const char *text);
/* Members of @object that say where: file, line, column, source; null without line information. */
void cli_json_line(json_t *object, const struct cli_line *line);
/* Print @root, NULL when there was no memory for it, and let it go. CLI_OK, or CLI_CANNOT after a
 * message. */
int cli_json_print(json_t *root);

#endif
