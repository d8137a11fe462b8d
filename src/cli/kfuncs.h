/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RQ_CLI_KFUNCS_H
#define RQ_CLI_KFUNCS_H

/* A file of examples/kfuncs, as it was when this was built (made by scripts/embed-text). */
struct cli_text {
	const char *name; /* without its suffix */
	const char *text;
};

extern const struct cli_text cli_kfunc_examples[]; /* name NULL at the end */

/* The example of a family of kfuncs; "" when there is none. */
const char *cli_kfunc_example(const char *family);

#endif
