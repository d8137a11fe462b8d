/* SPDX-License-Identifier: BSD-2-Clause */
/* rqspin kfuncs: the reference of kernel functions, as text, as the Markdown of docs/kfuncs/, as
 * JSON. */
#include "cli/kfuncs.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "btf/btf.h"
#include "cli/json.h"
#include "func/document.h"

#define WIDTH	  100 /* of text */
#define NAMES_MAX 512

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_MARKDOWN };

static const char *const format_names[] = {"text", "json", "markdown"};

struct reference {
	const char *name;		 /* of a kfunc or a family; NULL: all */
	enum rq_kernel kernel;		 /* RQ_KERNELS: all of them */
	const struct rq_prog_type *type; /* NULL: all */
	enum format format;
	struct rq_btf *btf;
	char *prototype; /* of the one in hand */
	size_t prototype_size;
};

static void print_help(void)
{
	fputs("usage: rqspin kfuncs [OPTION]... [NAME]\n\n"
	      "The kernel functions that programs may call here: prototype, meaning, results, duties, program types, an\n"
	      "example. NAME is a function, or a family of them as the list without NAME has it.\n\n"
	      "  --kernel V         only those of this kernel: 6.15, 6.18, 7.3, relaxed\n"
	      "  --prog-type T      only those that this program type may call: SCHED_CLS, CGROUP_SOCK_ADDR, ...\n"
	      "  --format F         text (default), json (docs/json.md) or markdown (docs/kfuncs/)\n"
	      "  -h, --help\n\n"
	      "Exit status: 0 found, 2 there is none such.\n",
	      stdout);
}

/* ---- Prototypes, from the kernel's types ---- */

struct text {
	char *bytes;
	size_t length, room;
	bool failed;
};

static void append(void *ctx, const char *format, va_list args)
{
	struct text *text = ctx;
	va_list again;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (length < 0 || text->failed)
		return;
	if (text->length + length + 1 > text->room) {
		size_t room = (text->length + length + 1) * 2;
		char *bytes = realloc(text->bytes, room);

		if (!bytes) {
			text->failed = true;
			return;
		}
		text->bytes = bytes;
		text->room = room;
	}
	vsnprintf(text->bytes + text->length, text->room - text->length, format, args);
	text->length += length;
}

static void append_words(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	append(text, format, args);
	va_end(args);
}

static void append_declaration(struct btf_dump *dump, struct text *text, uint32_t type,
			       const char *name)
{
	DECLARE_LIBBPF_OPTS(btf_dump_emit_type_decl_opts, options, .field_name = name);

	if (type)
		btf_dump__emit_type_decl(dump, type, &options);
	else
		append_words(text, "void");
}

/* "int bpf_x(struct y *z)"; the caller frees it. NULL: no memory, or the BTF has no such function.
 */
static char *prototype_of(const struct rq_btf *btf, const char *name)
{
	struct text text = {};
	struct btf_dump *dump = btf_dump__new(btf->types, append, &text, NULL);
	int32_t id = rq_btf_find(btf, name, BTF_KIND_FUNC);
	const struct btf_type *proto;
	const struct btf_param *params;

	if (!dump || id <= 0)
		goto out;
	proto = btf__type_by_id(btf->types, btf__type_by_id(btf->types, id)->type);
	params = btf_params(proto);
	append_declaration(dump, &text, proto->type, "");
	append_words(&text, "%s%s(", text.length && text.bytes[text.length - 1] == '*' ? "" : " ",
		     name);
	for (uint32_t i = 0; i < btf_vlen(proto); i++) {
		append_words(&text, "%s", i ? ", " : "");
		append_declaration(dump, &text, params[i].type,
				   btf__name_by_offset(btf->types, params[i].name_off));
	}
	append_words(&text, "%s)", btf_vlen(proto) ? "" : "void");
out:
	btf_dump__free(dump);
	if (text.failed || !text.length) {
		free(text.bytes);
		return NULL;
	}
	return text.bytes;
}

/* ---- What is asked for ---- */

/* Is this kfunc asked for? */
static bool is_wanted(const struct reference *reference, const struct rq_func_family *family,
		      const struct rq_func_document *document)
{
	const struct rq_func *func = rq_func_kfunc(document->name);
	enum rq_kernel kernel =
		reference->kernel == RQ_KERNELS ? RQ_KERNEL_RELAXED : reference->kernel;
	const struct rq_prog_type *type;

	if (reference->name && strcmp(reference->name, document->name) &&
	    strcmp(reference->name, family->name))
		return false;
	if (reference->type)
		return rq_func_callable(func, reference->type, kernel);
	for (uint32_t i = 0; (type = rq_prog_type_at(i)); i++)
		if (rq_func_callable(func, type, kernel))
			return true;
	return false;
}

static bool any_wanted(const struct reference *reference, const struct rq_func_family *family)
{
	const struct rq_func_document *document;

	for (uint32_t i = 0; (document = rq_func_document_at(family, i)); i++)
		if (is_wanted(reference, family, document))
			return true;
	return false;
}

/*
 * The types that may call it in @kernel, and could not in the one before; all of them where one
 * kernel is asked for. Every type there is: "every type".
 */
static void list_types(const struct reference *reference, const struct rq_func *func,
		       enum rq_kernel kernel, char *list, size_t size)
{
	const struct rq_prog_type *type;
	uint32_t listed = 0, all = 0;
	size_t length = 0;

	list[0] = '\0';
	for (uint32_t i = 0; (type = rq_prog_type_at(i)); i++) {
		all++;
		if (!rq_func_callable(func, type, kernel) ||
		    (reference->kernel == RQ_KERNELS && kernel > 0 &&
		     rq_func_callable(func, type, kernel - 1)))
			continue;
		listed++;
		if (length < size)
			length += (size_t)snprintf(list + length, size - length, "%s%s",
						   length ? ", " : "", type->name);
	}
	if (listed == all)
		snprintf(list, size, "every type");
}

#define TYPES_LENGTH 1024

/* ---- Text ---- */

/* Words from column @indent on, the first line behind what stands there already. */
static void print_wrapped(int indent, const char *words)
{
	int column = indent;

	for (bool first = true; *words; first = false) {
		int length = (int)strcspn(words, " ");

		if (!first && column + 1 + length > WIDTH) {
			printf("\n%*s", indent, "");
			column = indent;
		} else if (!first) {
			putchar(' ');
			column++;
		}
		printf("%.*s", length, words);
		column += length;
		words += length + (words[length] == ' ');
	}
	putchar('\n');
}

#define LABEL	22 /* columns */
#define SUMMARY 40

static void print_item(const char *label, const char *words)
{
	if (!words)
		return;
	printf("  %-*s", LABEL - 2, label);
	print_wrapped(LABEL, words);
}

static void print_types(const struct reference *reference, const struct rq_func *func)
{
	for (int kernel = 0; kernel < RQ_KERNELS; kernel++) {
		char label[32], list[TYPES_LENGTH];

		if (reference->kernel != RQ_KERNELS && (int)reference->kernel != kernel)
			continue;
		list_types(reference, func, (enum rq_kernel)kernel, list, sizeof(list));
		if (!list[0])
			continue;
		snprintf(label, sizeof(label), "types%s %s",
			 reference->kernel == RQ_KERNELS ? " from" : " in",
			 rq_kernel_name((enum rq_kernel)kernel));
		print_item(label, list);
	}
}

static void print_text(const struct reference *reference, const struct rq_func_family *family,
		       const struct rq_func_document *document)
{
	const struct rq_func *func = rq_func_kfunc(document->name);

	if (!reference->name) {
		char summary[256];

		snprintf(summary, sizeof(summary), "%.*s",
			 (int)strcspn(document->meaning, ".?") + 1, document->meaning);
		printf("  %-31s %-5s ", document->name, document->since);
		print_wrapped(SUMMARY, summary);
		return;
	}
	printf("%s\n", reference->prototype);
	print_item("meaning", document->meaning);
	print_item("returns", document->returns ? document->returns : "nothing");
	print_item("off while it holds", family->holding);
	print_item("verifier", family->duties);
	print_item("", document->duties);
	print_item("since", document->since);
	print_types(reference, func);
	if (!func->call)
		print_item("here", "programs that call it are checked, but not run");
	putchar('\n');
}

static void begin_text(const struct reference *reference, const struct rq_func_family *family)
{
	if (!reference->name)
		printf("%s: %s\n", family->name, family->title);
}

static void end_text(const struct reference *reference, const struct rq_func_family *family)
{
	if (reference->name)
		printf("Example (examples/kfuncs/%s.bpf.c):\n\n%s", family->name,
		       cli_kfunc_example(family->name));
}

/* ---- Markdown ---- */

static void print_markdown(const struct reference *reference, const struct rq_func_family *family,
			   const struct rq_func_document *document)
{
	const struct rq_func *func = rq_func_kfunc(document->name);

	if (!reference->name) {
		printf("| [`%s`](%s.md) | %s | %s |\n", document->name, family->name,
		       document->since, document->meaning);
		return;
	}
	printf("## `%s`\n\n```c\n%s;\n```\n\n%s\n\n", document->name, reference->prototype,
	       document->meaning);
	printf("* Returns: %s\n", document->returns ? document->returns : "nothing.");
	if (document->duties)
		printf("* The verifier: %s\n", document->duties);
	printf("* Since Linux %s. Program types:\n", document->since);
	for (int kernel = 0; kernel < RQ_KERNELS; kernel++) {
		char list[TYPES_LENGTH];

		if (reference->kernel != RQ_KERNELS && (int)reference->kernel != kernel)
			continue;
		list_types(reference, func, (enum rq_kernel)kernel, list, sizeof(list));
		if (list[0])
			printf("  * %s %s: %s\n", reference->kernel == RQ_KERNELS ? "from" : "in",
			       rq_kernel_name((enum rq_kernel)kernel), list);
	}
	if (!func->call)
		printf("* Here programs that call it are checked, but not run.\n");
	putchar('\n');
}

static void begin_markdown(const struct reference *reference, const struct rq_func_family *family)
{
	if (!reference->name) {
		printf("\n## [%s](%s.md)\n\n%s\n\n| kfunc | since | |\n|---|---|---|\n",
		       family->title, family->name, family->about);
		return;
	}
	printf("# %s\n\n%s\n\n", family->title, family->about);
	if (family->holding)
		printf("Off while it holds: %s\n\n", family->holding);
	printf("The verifier asks: %s\n\n", family->duties);
}

static void end_markdown(const struct reference *reference, const struct rq_func_family *family)
{
	if (reference->name)
		printf("## Example\n\n`examples/kfuncs/%s.bpf.c`:\n\n```c\n%s```\n", family->name,
		       cli_kfunc_example(family->name));
}

static void print_index_title(void)
{
	fputs("# Kernel functions\n\n"
	      "What programs may call beside helpers. `rqspin kfuncs NAME` prints the same; these pages are made by\n"
	      "`scripts/kfunc-pages`. \"relaxed\" is what this runtime allows beyond all kernels.\n",
	      stdout);
}

/* ---- JSON ---- */

static json_t *types_json(const struct rq_func *func)
{
	json_t *kernels = json_object();

	for (int kernel = 0; kernel < RQ_KERNELS; kernel++) {
		json_t *types = json_array();
		const struct rq_prog_type *type;

		for (uint32_t i = 0; (type = rq_prog_type_at(i)); i++)
			if (rq_func_callable(func, type, (enum rq_kernel)kernel))
				json_array_append_new(types, json_string(type->name));
		json_object_set_new(kernels, rq_kernel_name((enum rq_kernel)kernel), types);
	}
	return kernels;
}

static json_t *kfunc_json(const struct reference *reference, const struct rq_func_family *family,
			  const struct rq_func_document *document)
{
	const struct rq_func *func = rq_func_kfunc(document->name);
	json_t *duties = json_array();

	json_array_append_new(duties, json_string(family->duties));
	if (document->duties)
		json_array_append_new(duties, json_string(document->duties));
	return json_pack("{ss ss ss ss ss ss? ss? so so sb ss}", "name", document->name, "family",
			 family->name, "prototype", reference->prototype, "since", document->since,
			 "meaning", document->meaning, "returns", document->returns, "off",
			 family->holding, "verifier", duties, "types", types_json(func), "runs",
			 func->call != NULL, "example", cli_kfunc_example(family->name));
}

/* ---- Examples ---- */

const char *cli_kfunc_example(const char *family)
{
	for (const struct cli_text *example = cli_kfunc_examples; example->name; example++)
		if (!strcmp(example->name, family))
			return example->text;
	return "";
}

/* ---- The command ---- */

struct printer {
	void (*begin)(const struct reference *reference, const struct rq_func_family *family);
	void (*print)(const struct reference *reference, const struct rq_func_family *family,
		      const struct rq_func_document *document);
	void (*end)(const struct reference *reference, const struct rq_func_family *family);
};

static const struct printer printers[] = {
	[FORMAT_TEXT] = {begin_text, print_text, end_text},
	[FORMAT_MARKDOWN] = {begin_markdown, print_markdown, end_markdown},
};

static int print_family(struct reference *reference, const struct rq_func_family *family,
			json_t *kfuncs)
{
	const struct printer *printer = &printers[reference->format];
	const struct rq_func_document *document;

	if (!any_wanted(reference, family))
		return CLI_OK;
	if (!kfuncs)
		printer->begin(reference, family);
	for (uint32_t i = 0; (document = rq_func_document_at(family, i)); i++) {
		if (!is_wanted(reference, family, document))
			continue;
		reference->prototype = prototype_of(reference->btf, document->name);
		if (!reference->prototype)
			return cli_error("out of memory");
		if (kfuncs)
			json_array_append_new(kfuncs, kfunc_json(reference, family, document));
		else
			printer->print(reference, family, document);
		free(reference->prototype);
	}
	if (!kfuncs)
		printer->end(reference, family);
	return CLI_OK;
}

/* Say that nothing fits, and what might have been meant. */
static int report_nothing(const struct reference *reference)
{
	static const char *names[NAMES_MAX];
	const struct rq_func_document *document;
	const struct rq_func_family *family;
	size_t count = 0;
	bool known = false;

	for (uint32_t f = 0; (family = rq_func_family_at(f)); f++) {
		if (count < NAMES_MAX)
			names[count++] = family->name;
		for (uint32_t i = 0; (document = rq_func_document_at(family, i)); i++)
			if (count < NAMES_MAX)
				names[count++] = document->name;
	}
	for (size_t i = 0; reference->name && i < count && !known; i++)
		known = !strcmp(reference->name, names[i]);
	if (reference->name && !known)
		return cli_error("kfuncs: no kernel function '%s'%s; `rqspin kfuncs` lists them",
				 reference->name, cli_suggestion(reference->name, names, count));
	return cli_error("kfuncs: %s%s may not call %s%s%s",
			 reference->type ? "programs of type " : "programs of all types",
			 reference->type ? reference->type->name : "",
			 reference->name ? reference->name : "any",
			 reference->kernel == RQ_KERNELS ? "" : " in Linux ",
			 reference->kernel == RQ_KERNELS ? "" : rq_kernel_name(reference->kernel));
}

static int print_reference(struct reference *reference)
{
	json_t *kfuncs = reference->format == FORMAT_JSON ? json_array() : NULL;
	const struct rq_func_family *family;
	int status = CLI_OK;
	bool any = false;

	for (uint32_t i = 0; (family = rq_func_family_at(i)); i++)
		any |= any_wanted(reference, family);
	if (!any) {
		json_decref(kfuncs);
		return report_nothing(reference);
	}
	if (reference->format == FORMAT_MARKDOWN && !reference->name)
		print_index_title();
	for (uint32_t i = 0; (family = rq_func_family_at(i)) && status == CLI_OK; i++)
		status = print_family(reference, family, kfuncs);
	if (kfuncs && cli_json_print(json_pack("{ss so}", "schema", "rqspin-kfuncs/1", "kfuncs", kfuncs)))
		status = CLI_CANNOT;
	return status;
}

static bool parse_type(struct reference *reference, const char *text)
{
	const char *names[64];
	size_t count = 0;

	for (uint32_t i = 0; (reference->type = rq_prog_type_at(i)); i++) {
		if (!strcmp(text, reference->type->name))
			return true;
		if (count < sizeof(names) / sizeof(names[0]))
			names[count++] = reference->type->name;
	}
	cli_error("--prog-type '%s': no such program type%s", text,
		  cli_suggestion(text, names, count));
	return false;
}

static bool parse_format(struct reference *reference, const char *text)
{
	for (size_t i = 0; i < sizeof(format_names) / sizeof(format_names[0]); i++) {
		if (!strcmp(text, format_names[i])) {
			reference->format = (enum format)i;
			return true;
		}
	}
	cli_error(
		"--format '%s': neither text, json nor markdown%s", text,
		cli_suggestion(text, format_names, sizeof(format_names) / sizeof(format_names[0])));
	return false;
}

int cli_kfuncs(int argc, char **argv)
{
	static const struct option longs[] = {
		{"kernel", required_argument, NULL, 'k'},
		{"prog-type", required_argument, NULL, 't'},
		{"format", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{},
	};
	struct reference reference = {.kernel = RQ_KERNELS};
	int option, status;

	while ((option = cli_next_option(argc, argv, ":h", longs)) != -1) {
		bool fine;

		switch (option) {
		case 'k':
			fine = cli_parse_kernel(optarg) &&
			       !rq_kernel_parse(optarg, &reference.kernel);
			break;
		case 't': fine = parse_type(&reference, optarg); break;
		case 'f': fine = parse_format(&reference, optarg); break;
		case 'h': print_help(); return CLI_OK;
		default: return CLI_CANNOT;
		}
		if (!fine)
			return CLI_CANNOT;
	}
	if (argc - optind > 1)
		return cli_error("kfuncs: takes one name; `rqspin kfuncs --help`");
	reference.name = argv[optind];
	if (rq_btf_kernel_builtin(&reference.btf))
		return cli_error("out of memory");
	status = print_reference(&reference);
	rq_object_put(&reference.btf->object);
	return status;
}
