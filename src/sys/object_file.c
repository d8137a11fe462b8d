// SPDX-License-Identifier: BSD-2-Clause
#include "sys/object_file.h"

#include <bpf/btf.h>
#include <elf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "btf/check.h"

struct object_file {
	const uint8_t *bytes;
	size_t size;
	const Elf64_Shdr *sections;
	uint32_t section_count;
	const char *names;
	size_t names_size;
	struct rq_log *log;
};

static int bad(const struct object_file *file, const char *why)
{
	rq_log_print(file->log, "%s", why);
	return -EINVAL;
}

static bool within(const struct object_file *file, uint64_t offset, uint64_t size)
{
	return offset <= file->size && size <= file->size - offset;
}

static int check_header(struct object_file *file)
{
	const Elf64_Ehdr *header = (const void *)file->bytes;
	const Elf64_Shdr *names;

	if (file->size < sizeof(*header) || memcmp(header->e_ident, ELFMAG, SELFMAG))
		return bad(file, "not an ELF file");
	if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
	    header->e_type != ET_REL || (header->e_machine != EM_BPF && header->e_machine != EM_NONE))
		return bad(file, "not a BPF object of this byte order");
	if (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shoff % 8 || !header->e_shnum ||
	    !within(file, header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr)))
		return bad(file, "the section table lies outside the file");
	file->sections = (const void *)(file->bytes + header->e_shoff);
	file->section_count = header->e_shnum;
	if (header->e_shstrndx >= header->e_shnum)
		return bad(file, "no section has the names of sections");
	names = &file->sections[header->e_shstrndx];
	if (names->sh_type != SHT_STRTAB || !within(file, names->sh_offset, names->sh_size) || !names->sh_size ||
	    file->bytes[names->sh_offset + names->sh_size - 1])
		return bad(file, "the names of sections lie outside the file");
	file->names = (const char *)file->bytes + names->sh_offset;
	file->names_size = names->sh_size;
	return 0;
}

static int check_section(const struct object_file *file, const Elf64_Shdr *section)
{
	if (section->sh_name >= file->names_size)
		return bad(file, "a section's name lies outside the file");
	if (section->sh_type == SHT_NOBITS)
		return section->sh_size <= UINT32_MAX ? 0 : bad(file, "a section is too large");
	if (section->sh_type != SHT_NULL && !within(file, section->sh_offset, section->sh_size))
		return bad(file, "a section lies outside the file");
	if (section->sh_addralign && (section->sh_addralign & (section->sh_addralign - 1)))
		return bad(file, "a section's alignment is no power of two");
	return 0;
}

/* Variables of an arena: before 1.4, libbpf calls what names them a bad relocation of a map. */
static int check_arena_variables(const struct object_file *file, const Elf64_Shdr *section)
{
	if (!section->sh_size || libbpf_major_version() > 1 || libbpf_minor_version() >= 4)
		return 0;
	return bad(file, "it has variables in an arena, which need libbpf 1.4 or later: allocate them with bpf_arena_alloc_pages()");
}

static int check_symbols(const struct object_file *file, const Elf64_Shdr *section)
{
	const Elf64_Sym *symbol = (const void *)(file->bytes + section->sh_offset);
	const Elf64_Shdr *names;

	if (section->sh_entsize != sizeof(*symbol) || section->sh_size % sizeof(*symbol) || section->sh_offset % 8)
		return bad(file, "the symbol table's size is wrong");
	if (section->sh_link >= file->section_count)
		return bad(file, "the symbols have no names");
	names = &file->sections[section->sh_link];
	if (names->sh_type != SHT_STRTAB || !within(file, names->sh_offset, names->sh_size) || !names->sh_size ||
	    file->bytes[names->sh_offset + names->sh_size - 1])
		return bad(file, "the names of symbols lie outside the file");
	for (uint64_t i = 0; i < section->sh_size / sizeof(*symbol); i++, symbol++) {
		const Elf64_Shdr *home;

		if (symbol->st_name >= names->sh_size)
			return bad(file, "a symbol's name lies outside the file");
		if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx >= SHN_LORESERVE)
			continue;
		if (symbol->st_shndx >= file->section_count)
			return bad(file, "a symbol lies in no section");
		home = &file->sections[symbol->st_shndx];
		if (symbol->st_value > home->sh_size || symbol->st_size > home->sh_size - symbol->st_value)
			return bad(file, "a symbol lies outside its section");
	}
	return 0;
}

static int check_relocations(const struct object_file *file, const Elf64_Shdr *section)
{
	const Elf64_Rel *relocation = (const void *)(file->bytes + section->sh_offset);
	const Elf64_Shdr *symbols;

	if (section->sh_entsize != sizeof(*relocation) || section->sh_size % sizeof(*relocation) || section->sh_offset % 8)
		return bad(file, "a relocation table's size is wrong");
	if (section->sh_link >= file->section_count || section->sh_info >= file->section_count ||
	    file->sections[section->sh_link].sh_type != SHT_SYMTAB)
		return bad(file, "a relocation table names no section or no symbols");
	symbols = &file->sections[section->sh_link];
	for (uint64_t i = 0; i < section->sh_size / sizeof(*relocation); i++, relocation++) {
		if (relocation->r_offset > file->sections[section->sh_info].sh_size)
			return bad(file, "a relocation lies outside its section");
		if (ELF64_R_SYM(relocation->r_info) >= symbols->sh_size / sizeof(Elf64_Sym))
			return bad(file, "a relocation names no symbol");
	}
	return 0;
}

static int check_types(const struct object_file *file, const Elf64_Shdr *section)
{
	void *copy; /* aligned */
	int error;

	if (section->sh_size > RQ_BTF_BYTES_MAX)
		return -E2BIG;
	copy = rq_memdup(file->bytes + section->sh_offset, section->sh_size);
	if (!copy)
		return -ENOMEM;
	error = rq_btf_check(copy, section->sh_size, true, file->log);
	rq_free(copy);
	return error;
}

int rq_object_file_check(const void *bytes, size_t size, struct rq_log *log)
{
	struct object_file file = { .bytes = bytes, .size = size, .log = log };
	int error = check_header(&file);

	for (uint32_t i = 0; !error && i < file.section_count; i++)
		error = check_section(&file, &file.sections[i]);
	for (uint32_t i = 0; !error && i < file.section_count; i++) {
		const Elf64_Shdr *section = &file.sections[i];

		if (section->sh_type == SHT_SYMTAB)
			error = check_symbols(&file, section);
		else if (section->sh_type == SHT_REL)
			error = check_relocations(&file, section);
		else if (section->sh_type == SHT_PROGBITS && !strcmp(file.names + section->sh_name, ".BTF"))
			error = check_types(&file, section);
		else if (section->sh_type == SHT_PROGBITS && !strcmp(file.names + section->sh_name, ".addr_space.1"))
			error = check_arena_variables(&file, section);
	}
	return error;
}
