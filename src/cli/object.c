/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening an object so that whatever is wrong with the file is said in one line. */
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "cli/cli.h"
#include "sys/object_file.h"
#include "sys/sections.h"

#ifndef EM_BPF
#define EM_BPF 247
#endif

static char words[1 << 16];
static size_t words_length;

static int keep_words(enum libbpf_print_level level, const char *format, va_list args)
{
	size_t room = sizeof(words) - words_length;
	int length;

	if (level != LIBBPF_WARN || room < 2)
		return 0;
	length = vsnprintf(words + words_length, room, format, args);
	if (length > 0)
		words_length += (size_t)length < room ? (size_t)length : room - 1;
	return length;
}

void cli_libbpf_quiet(void)
{
	libbpf_set_print(keep_words);
}

const char *cli_libbpf_words(void)
{
	return words;
}

void cli_libbpf_forget(void)
{
	words_length = 0;
	words[0] = '\0';
}

/* Lines that may follow the reason in a verifier's log. */
static bool is_statistics(const char *line)
{
	static const char *const prefixes[] = { "processed ",	"verification time", "stack depth",
						"mark_precise", "cur state:",	     "old state:" };

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (!strncmp(line, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

const char *cli_last_reason(const char *text)
{
	static char reason[2048];

	reason[0] = '\0';
	while (*text) {
		size_t length = strcspn(text, "\n");

		if (length && !is_statistics(text))
			snprintf(reason, sizeof(reason), "%.*s", (int)length, text);
		text += length;
		text += *text == '\n';
	}
	for (char *c = reason; *c; c++)
		if (*c == '\t')
			*c = ' ';
	return reason;
}

bool cli_log_accepts(const char *log)
{
	return *log && !*cli_last_reason(log);
}

bool cli_is_named(const char *list, const char *name)
{
	size_t length = strlen(name);

	while (list && *list) {
		size_t word = strcspn(list, ",");

		if (word == length && !strncmp(list, name, length))
			return true;
		list += word + (list[word] == ',');
	}
	return false;
}

const char *cli_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool lies_within(uint64_t offset, uint64_t bytes, uint64_t size)
{
	return offset <= size && bytes <= size - offset;
}

/* What is wrong with the bytes of an object, or NULL. */
static const char *elf_fault(const unsigned char *bytes, size_t size)
{
	Elf64_Ehdr header;

	if (!size)
		return "the file is empty";
	if (size < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG))
		return "not an ELF file; a BPF object is what `clang -target bpf -g -O2 -c` makes";
	if (size < sizeof(header))
		return "the ELF file is truncated";
	memcpy(&header, bytes, sizeof(header));
	if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_BPF)
		return "an ELF file, but not for BPF; compile with `clang -target bpf -g -O2 -c`";
	if (header.e_ident[EI_DATA] != ELFDATA2LSB)
		return "a big-endian BPF object; compile with `-target bpfel`";
	if (header.e_shentsize != sizeof(Elf64_Shdr) || !header.e_shnum ||
	    !lies_within(header.e_shoff, (uint64_t)header.e_shnum * sizeof(Elf64_Shdr), size))
		return "the ELF file is truncated: its section headers lie beyond its end";
	for (unsigned int i = 0; i < header.e_shnum; i++) {
		Elf64_Shdr section;

		memcpy(&section, bytes + header.e_shoff + i * sizeof(section), sizeof(section));
		if (section.sh_type != SHT_NOBITS && section.sh_type != SHT_NULL &&
		    !lies_within(section.sh_offset, section.sh_size, size))
			return "the ELF file is truncated: a section lies beyond its end";
	}
	return NULL;
}

/* A section that this libbpf skips, and then fails at the programs that it is about. */
static const char *libbpf_fault(const unsigned char *bytes)
{
	static char text[160];
	Elf64_Ehdr header;
	Elf64_Shdr names;

	if (libbpf_major_version() > 1 || libbpf_minor_version() >= 2)
		return NULL;
	memcpy(&header, bytes, sizeof(header));
	if (header.e_shstrndx >= header.e_shnum)
		return NULL;
	memcpy(&names, bytes + header.e_shoff + header.e_shstrndx * sizeof(names), sizeof(names));
	if (!memmem(bytes + names.sh_offset, names.sh_size, ".struct_ops.link", sizeof(".struct_ops.link")))
		return NULL;
	snprintf(text, sizeof(text), "SEC(\".struct_ops.link\") needs libbpf 1.2 or newer, and this is %u.%u; SEC(\".struct_ops\") "
		 "works with it", libbpf_major_version(), libbpf_minor_version());
	return text;
}

struct bpf_object *cli_object_open(const char *path)
{
	struct bpf_object *object = NULL;
	char text[256] = "";
	struct rq_log log;
	const char *fault;
	void *bytes;
	size_t size;

	cli_libbpf_quiet();
	if (!cli_read_file(path, &bytes, &size))
		return NULL;
	fault = elf_fault(bytes, size);
	if (!fault) {
		rq_log_init(&log, 1, text, sizeof(text));
		if (rq_object_file_check(bytes, size, &log)) {
			rq_log_finish(&log, NULL);
			text[strcspn(text, "\n")] = '\0';
			fault = *text ? text : "its tables are malformed";
		}
	}
	if (!fault)
		fault = libbpf_fault(bytes);
	if (!fault && rq_sections_register())
		fault = "libbpf takes no names of sections";
	free(bytes);
	if (fault) {
		cli_error("%s: %s", path, fault);
		return NULL;
	}

	cli_libbpf_forget();
	object = bpf_object__open_file(path, NULL);
	if (!object) {
		int err = errno;
		const char *reason = cli_last_reason(words);

		if (!strncmp(reason, "libbpf: ", 8))
			reason += 8;
		cli_error("%s: %s", path, *reason ? reason : strerror(err));
		return NULL;
	}
	if (!bpf_object__next_program(object, NULL)) {
		cli_error("%s: no BPF programs in it", path);
		bpf_object__close(object);
		return NULL;
	}
	return object;
}

struct bpf_program *cli_object_program(struct bpf_object *object, const char *path, const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, name);
	const char *names[256];
	char list[512] = "";
	size_t count = 0, length = 0;

	if (program)
		return program;
	bpf_object__for_each_program(program, object) {
		if (count == sizeof(names) / sizeof(names[0]))
			break;
		names[count++] = bpf_program__name(program);
		if (length < sizeof(list))
			length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s", length ? ", " : "",
						   bpf_program__name(program));
	}
	if (length >= sizeof(list))
		snprintf(list + sizeof(list) - 5, 5, " ...");
	cli_error("%s: no program '%s'%s; it has: %s", path, name, cli_suggestion(name, names, count), list);
	return NULL;
}
