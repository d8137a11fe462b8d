/* SPDX-License-Identifier: BSD-2-Clause */
/* What is common to all programs: kernel profiles by name, context rules looked up, source lines. */
#include "prog/prog.h"

#include <errno.h>
#include <string.h>

static const char *const kernel_names[RQ_KERNELS] = {
	[RQ_KERNEL_6_15] = "6.15",
	[RQ_KERNEL_6_18] = "6.18",
	[RQ_KERNEL_7_3] = "7.3",
	[RQ_KERNEL_RELAXED] = "relaxed",
};

int rq_kernel_parse(const char *name, enum rq_kernel *kernel)
{
	for (unsigned int i = 0; i < RQ_KERNELS; i++)
		if (!strcmp(kernel_names[i], name)) {
			*kernel = (enum rq_kernel)i;
			return 0;
		}
	return -EINVAL;
}

const char *rq_kernel_name(enum rq_kernel kernel)
{
	return kernel_names[kernel];
}

static bool of_attach_type(uint64_t attach_types, uint32_t attach_type)
{
	return !attach_types || (attach_type < 64 && (attach_types >> attach_type & 1));
}

const struct rq_ctx_field *rq_prog_ctx_field(const struct rq_prog_type *type, uint32_t attach_type, uint32_t offset,
					     uint32_t size, bool store)
{
	static const struct rq_ctx_field any = { .kind = RQ_CTX_SCALAR };

	if (type->any_context)
		return (uint64_t)offset + size <= type->ctx_size && offset % size == 0 ? &any : NULL;
	for (uint32_t i = 0; type->fields && offset % size == 0 && i < type->fields->count; i++) {
		const struct rq_ctx_field *field = &type->fields->rows[i];
		uint8_t sizes = store ? field->stores : field->loads;

		if (offset < field->offset || offset + size > (uint32_t)field->offset + field->size)
			continue;
		if ((sizes & size) && (!field->at_start || offset == field->offset) &&
		    of_attach_type(field->attach_types, attach_type))
			return field;
	}
	return NULL;
}

const struct bpf_line_info *rq_prog_line(const struct rq_prog *prog, uint32_t insn)
{
	uint32_t low = 0, high = prog->line_info_count;

	/* Rows ascend by insn_off; the one that covers @insn is the last that does not lie behind it. */
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (prog->line_info[middle].insn_off <= insn)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &prog->line_info[low - 1] : NULL;
}

bool rq_prog_source(const struct rq_prog *prog, uint32_t insn, const char **file, const char **text, uint32_t *line)
{
	const struct bpf_line_info *row = rq_prog_line(prog, insn);

	if (!row || !prog->btf)
		return false;
	*file = btf__str_by_offset(prog->btf->types, row->file_name_off);
	*text = btf__str_by_offset(prog->btf->types, row->line_off);
	*line = BPF_LINE_INFO_LINE_NUM(row->line_col);
	if (!*file)
		return false;
	if (!*text)
		*text = "";
	while (**text == ' ' || **text == '\t')
		(*text)++;
	return true;
}

struct rq_map *rq_prog_arena(const struct rq_prog *prog)
{
	for (uint32_t i = 0; i < prog->map_count; i++)
		if ((int)prog->maps[i]->ops->type == RQ_MAP_TYPE_ARENA)
			return prog->maps[i];
	return NULL;
}
