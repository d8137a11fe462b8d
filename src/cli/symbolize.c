/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rqspin symbolize: what rqspin_report_print() wrote, with functions and source lines. A place in a report is MODULE+0xOFFSET,
 * OFFSET counted from where the module begins in memory. It lies behind what was called there, so the byte before it is
 * what is looked up. The lock's inline functions are nobody's place: it is where they were called that counts.
 */
#include <ctype.h>
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"

#define PAGE UINT64_C(4096)

struct module {
	struct module *next;
	char *path;
	Dwfl *dwfl;
	Dwfl_Module *dwarf; /* NULL: can't be read */
	uint64_t begin;	    /* what libdwfl calls the address that the module begins at */
};

static struct module *modules;

static void print_help(void)
{
	fputs("usage: rqspin symbolize [FILE]...\n\n"
	      "Reads reports as rqspin_report_print() writes them, from files or standard input, and writes them with the\n"
	      "function and source line behind each place. What has none, and all other text, is left as it is.\n\n"
	      "  -h, --help\n\n"
	      "Exit status: 0 written, 2 a file could not be read.\n",
	      stdout);
}

/* Where its first loadable segment begins, as linked. False: not an executable or a shared object. */
static bool linked_begin(Elf *elf, uint64_t *begin)
{
	GElf_Ehdr header;
	size_t count;

	if (!elf || !gelf_getehdr(elf, &header) || (header.e_type != ET_EXEC && header.e_type != ET_DYN) ||
	    elf_getphdrnum(elf, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr segment;

		if (gelf_getphdr(elf, (int)i, &segment) && segment.p_type == PT_LOAD) {
			*begin = segment.p_vaddr & ~(PAGE - 1);
			return true;
		}
	}
	return false;
}

static const char *open_module(struct module *module)
{
	static const Dwfl_Callbacks callbacks = {
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
	};
	Dwfl_Module *dwarf;
	struct stat status;
	GElf_Addr bias = 0;

	if (stat(module->path, &status))
		return strerror(errno);
	if (!S_ISREG(status.st_mode))
		return "not a file";
	module->dwfl = dwfl_begin(&callbacks);
	if (!module->dwfl)
		return "out of memory";
	dwfl_report_begin(module->dwfl);
	dwarf = dwfl_report_offline(module->dwfl, "", module->path, -1);
	dwfl_report_end(module->dwfl, NULL, NULL);
	if (!dwarf || !linked_begin(dwfl_module_getelf(dwarf, &bias), &module->begin))
		return "not a program or shared library";
	module->begin += bias;
	module->dwarf = dwarf;
	return NULL;
}

/* Each is opened, and complained of, once. NULL: no memory. */
static struct module *module_of(const char *path, size_t length)
{
	struct module *module;
	const char *why;

	for (module = modules; module; module = module->next)
		if (strlen(module->path) == length && !memcmp(module->path, path, length))
			return module;
	module = calloc(1, sizeof(*module));
	if (!module)
		return NULL;
	module->path = strndup(path, length);
	if (!module->path) {
		free(module);
		return NULL;
	}
	module->next = modules;
	modules = module;
	why = open_module(module);
	if (why)
		cli_note("%s: %s; its places stay as they are", module->path, why);
	return module;
}

static void free_modules(void)
{
	while (modules) {
		struct module *module = modules;

		modules = module->next;
		if (module->dwfl)
			dwfl_end(module->dwfl);
		free(module->path);
		free(module);
	}
}

struct place {
	const char *function, *file;
	int line;
};

static bool number_of(Dwarf_Die *die, unsigned int name, Dwarf_Word *value)
{
	Dwarf_Attribute attribute;

	return dwarf_attr(die, name, &attribute) && !dwarf_formudata(&attribute, value);
}

/* @inlined was called from where? */
static void go_to_call(Dwarf_Die *unit, Dwarf_Die *inlined, struct place *place)
{
	Dwarf_Files *files;
	Dwarf_Word file, line;

	if (!number_of(inlined, DW_AT_call_file, &file) || !number_of(inlined, DW_AT_call_line, &line) ||
	    dwarf_getsrcfiles(unit, &files, NULL))
		return;
	place->file = dwarf_filesrc(files, file, NULL, NULL);
	place->line = (int)line;
}

/* The innermost function at @address that is not the lock's own. */
static void find_function(Dwarf_Die *unit, Dwarf_Addr address, struct place *place)
{
	Dwarf_Die *innermost = NULL, *scopes = NULL;
	int count = dwarf_getscopes(unit, address, &innermost);

	/* That list goes on with where an inline function was defined; this one with where it was called. */
	count = count > 0 ? dwarf_getscopes_die(&innermost[0], &scopes) : 0;
	for (int i = 0; i < count && !place->function; i++) {
		int tag = dwarf_tag(&scopes[i]);
		const char *name = dwarf_diename(&scopes[i]);

		if (tag == DW_TAG_inlined_subroutine && name && !strncmp(name, "rqspin_", strlen("rqspin_")))
			go_to_call(unit, &scopes[i], place);
		else if (tag == DW_TAG_inlined_subroutine || tag == DW_TAG_subprogram)
			place->function = name;
	}
	free(scopes);
	free(innermost);
}

/* clang writes no index of addresses: then the units are asked one by one. */
static Dwarf_Die *find_unit(Dwfl_Module *dwarf, Dwarf_Addr address, Dwarf_Addr *bias)
{
	Dwarf_Die *unit = dwfl_module_addrdie(dwarf, address, bias);

	if (unit)
		return unit;
	while ((unit = dwfl_module_nextcu(dwarf, unit, bias)))
		if (dwarf_haspc(unit, address - *bias) > 0)
			return unit;
	return NULL;
}

static bool find_place(struct module *module, uint64_t offset, struct place *place)
{
	Dwarf_Addr address = module->begin + offset - 1, bias;
	Dwarf_Line *line;
	Dwarf_Die *unit;

	*place = (struct place){ 0 };
	if (!module->dwarf || !offset)
		return false;
	unit = find_unit(module->dwarf, address, &bias);
	if (unit) {
		line = dwarf_getsrc_die(unit, address - bias);
		if (line && !dwarf_lineno(line, &place->line))
			place->file = dwarf_linesrc(line, NULL, NULL);
		find_function(unit, address - bias, place);
	}
	if (!place->function)
		place->function = dwfl_module_addrname(module->dwarf, address);
	return place->function;
}

static void print_place(struct module *module, uint64_t offset)
{
	struct place place;

	if (!find_place(module, offset, &place))
		return;
	if (place.file && place.line > 0)
		printf(" (%s, %s:%d)", place.function, place.file, place.line);
	else
		printf(" (%s)", place.function);
}

/* In [@from, @plus): what stands behind an " at ", the longest that is a file; else what stands behind the last one. */
static const char *module_begin(const char *from, const char *plus)
{
	static const char before[] = " at ";
	const char *found = NULL;

	for (const char *at = from; (at = memmem(at, plus - at, before, strlen(before)));) {
		struct stat status;
		char *path;
		bool is_file;

		at += strlen(before);
		path = strndup(at, plus - at);
		is_file = path && !stat(path, &status);
		free(path);
		found = at;
		if (is_file)
			break;
	}
	return found;
}

/* Write [@at, @end), one line, with what its places are. */
static void symbolize_line(const char *at, const char *end)
{
	static const char sign[] = "+0x";
	const char *plus, *search = at;

	while ((plus = memmem(search, end - search, sign, strlen(sign)))) {
		const char *module = module_begin(at, plus), *digit = plus + strlen(sign);
		uint64_t offset = 0;
		int digits = 0;

		for (; digit < end && isxdigit((unsigned char)*digit); digit++, digits++)
			offset = offset << 4 | (uint64_t)(isdigit((unsigned char)*digit) ?
							  *digit - '0' :
							  tolower((unsigned char)*digit) - 'a' + 10);
		search = digit;
		if (!module || module == plus || !digits || digits > 16)
			continue;
		fwrite(at, 1, digit - at, stdout);
		at = digit;
		/* Some places may have been found before. */
		if (end - at < 2 || memcmp(at, " (", 2)) {
			struct module *known = module_of(module, plus - module);

			if (known)
				print_place(known, offset);
		}
	}
	fwrite(at, 1, end - at, stdout);
}

static int symbolize(FILE *file, const char *name)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int status = CLI_OK;

	while ((length = getline(&line, &room, file)) >= 0) {
		symbolize_line(line, line + length);
		fflush(stdout); /* a report may come from a program that still runs */
	}
	if (ferror(file))
		status = cli_error("symbolize: %s: %s", name, strerror(errno));
	free(line);
	return status;
}

int cli_symbolize(int argc, char **argv)
{
	static const struct option longs[] = { { "help", no_argument, NULL, 'h' }, {} };
	int option, status = CLI_OK;

	while ((option = cli_next_option(argc, argv, ":h", longs)) != -1) {
		if (option != 'h')
			return CLI_CANNOT;
		print_help();
		return CLI_OK;
	}
	if (optind == argc)
		status = symbolize(stdin, "standard input");
	for (int i = optind; i < argc; i++) {
		FILE *file = strcmp(argv[i], "-") ? fopen(argv[i], "re") : stdin;

		if (!file) {
			status = cli_error("symbolize: %s: %s", argv[i], strerror(errno));
			continue;
		}
		if (symbolize(file, argv[i]))
			status = CLI_CANNOT;
		if (file != stdin)
			fclose(file);
	}
	free_modules();
	return status;
}
