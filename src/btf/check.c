// SPDX-License-Identifier: BSD-2-Clause
/*
 * BTF comes from files that anybody may have written. Two passes: one over each type by itself (kind, sizes, names, ids in
 * range), one over how types refer to each other (what may stand where, sizes of members, no endless chains). Time is linear
 * in the bytes, recursion is bounded by RQ_BTF_DEPTH_MAX.
 */
#include "btf/check.h"

#include <bpf/btf.h>
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"

#define KERNEL_ENOTSUPP 524
#define NAME_MAX_BYTES	512
#define UNKNOWN_SIZE	(-1) /* void, a forward declaration, a function */
#define BEING_SIZED	(-2)
#define NOT_YET		(-3)

struct check {
	const uint8_t *types_start;
	uint32_t types_bytes;
	const char *strings;
	uint32_t strings_bytes;
	const struct btf_type **types; /* by id; [0] is void */
	int64_t *sizes;                /* by id, or one of the values above */
	uint32_t *targets;             /* by id: what modifiers and typedefs end at; 0 not known yet or void */
	uint32_t count;                /* ids are 1 .. count */
	bool unlinked;                 /* as a compiler left it in an object */
	struct rq_log *log;
};

static const char *const kind_names[] = {
	"UNKNOWN", "INT",  "PTR",	"ARRAY", "STRUCT", "UNION",   "ENUM",  "FWD",	   "TYPEDEF",  "VOLATILE",
	"CONST",   "RESTRICT", "FUNC", "FUNC_PROTO", "VAR", "DATASEC", "FLOAT", "DECL_TAG", "TYPE_TAG", "ENUM64",
};

#define KINDS (sizeof(kind_names) / sizeof(kind_names[0]))

static int bad(const struct check *check, uint32_t id, const char *why)
{
	/* Before the first type there is no list yet. */
	const struct btf_type *type = check->types && id <= check->count ? check->types[id] : NULL;

	if (!type) {
		rq_log_print(check->log, "[%u] %s\n", id, why);
		return -EINVAL;
	}
	rq_log_print(check->log, "[%u] %s %s %s\n", id, btf_kind(type) < KINDS ? kind_names[btf_kind(type)] : "?",
		     type->name_off && type->name_off < check->strings_bytes ? check->strings + type->name_off : "(anon)",
		     why);
	return -EINVAL;
}

/* ---- Names ---- */

enum name_rule { NAME_ANY, NAME_NONE, NAME_OPTIONAL, NAME_IDENTIFIER, NAME_SECTION, NAME_TEXT };

static bool is_identifier(const char *name, const char *also)
{
	size_t length = strnlen(name, NAME_MAX_BYTES);

	if (!length || length == NAME_MAX_BYTES || isdigit((unsigned char)name[0]))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '_' && !strchr(also, *name))
			return false;
	return true;
}

static bool is_printable(const char *name)
{
	if (!*name)
		return false;
	for (; *name; name++)
		if (!isprint((unsigned char)*name))
			return false;
	return true;
}

static bool name_ok(const struct check *check, uint32_t offset, enum name_rule rule)
{
	const char *name = check->strings + offset;

	if (offset >= check->strings_bytes)
		return false;
	switch (rule) {
	case NAME_ANY:
		return true;
	case NAME_NONE:
		return !offset;
	case NAME_OPTIONAL:
		return !offset || is_identifier(name, ".");
	case NAME_IDENTIFIER:
		return offset && is_identifier(name, ".");
	case NAME_SECTION:
		return offset && is_printable(name);
	case NAME_TEXT:
		return offset && *name;
	}
	return false;
}

/* ---- One type by itself ---- */

struct kind_rule {
	enum name_rule name;
	bool kind_flag;       /* allowed */
	bool vlen;            /* may be other than 0 */
	bool no_size;         /* the size field must be 0 */
	uint32_t extra, each; /* bytes after struct btf_type: fixed, and per vlen */
};

static const struct kind_rule rules[KINDS] = {
	[BTF_KIND_INT] = { NAME_ANY, false, false, false, 4, 0 },
	[BTF_KIND_PTR] = { NAME_NONE, false, false, false, 0, 0 },
	[BTF_KIND_ARRAY] = { NAME_NONE, false, false, true, sizeof(struct btf_array), 0 },
	[BTF_KIND_STRUCT] = { NAME_OPTIONAL, true, true, false, 0, sizeof(struct btf_member) },
	[BTF_KIND_UNION] = { NAME_OPTIONAL, true, true, false, 0, sizeof(struct btf_member) },
	[BTF_KIND_ENUM] = { NAME_OPTIONAL, true, true, false, 0, sizeof(struct btf_enum) },
	[BTF_KIND_FWD] = { NAME_IDENTIFIER, true, false, true, 0, 0 },
	[BTF_KIND_TYPEDEF] = { NAME_IDENTIFIER, false, false, false, 0, 0 },
	[BTF_KIND_VOLATILE] = { NAME_NONE, false, false, false, 0, 0 },
	[BTF_KIND_CONST] = { NAME_NONE, false, false, false, 0, 0 },
	[BTF_KIND_RESTRICT] = { NAME_NONE, false, false, false, 0, 0 },
	[BTF_KIND_FUNC] = { NAME_IDENTIFIER, false, true, false, 0, 0 },
	[BTF_KIND_FUNC_PROTO] = { NAME_NONE, false, true, false, 0, sizeof(struct btf_param) },
	[BTF_KIND_VAR] = { NAME_SECTION, false, false, false, sizeof(struct btf_var), 0 },
	[BTF_KIND_DATASEC] = { NAME_SECTION, false, true, false, 0, sizeof(struct btf_var_secinfo) },
	[BTF_KIND_FLOAT] = { NAME_ANY, false, false, false, 0, 0 },
	[BTF_KIND_DECL_TAG] = { NAME_TEXT, true, false, false, sizeof(struct btf_decl_tag), 0 },
	[BTF_KIND_TYPE_TAG] = { NAME_TEXT, true, false, false, 0, 0 },
	[BTF_KIND_ENUM64] = { NAME_OPTIONAL, true, true, false, 0, sizeof(struct btf_enum64) },
};

#define KIND_MASK	0x1f000000u
#define KNOWN_INFO_BITS 0x9f00ffffu /* kind, vlen, kind_flag */

static int64_t type_bytes(const struct btf_type *type)
{
	const struct kind_rule *rule = &rules[btf_kind(type)];

	return (int64_t)sizeof(*type) + rule->extra + (int64_t)rule->each * btf_vlen(type);
}

/* Collect the types, each wholly within the section. */
static int collect(struct check *check)
{
	const uint8_t *at = check->types_start, *end = at + check->types_bytes;
	uint32_t room = 0;

	while (at < end) {
		const struct btf_type *type = (const void *)at;
		uint32_t kind;

		if ((size_t)(end - at) < sizeof(*type))
			return bad(check, check->count + 1, "meta_left too short");
		kind = (type->info & KIND_MASK) >> 24;
		if (type->info & ~KNOWN_INFO_BITS)
			return bad(check, check->count + 1, "Invalid btf_info");
		if (!kind || kind >= KINDS)
			return bad(check, check->count + 1, "Invalid kind");
		if (end - at < type_bytes(type))
			return bad(check, check->count + 1, "meta_left too short for what the type says it has");
		if (check->count + 2 > room) {
			const struct btf_type **grown;

			room = room ? room * 2 : 64;
			grown = rq_realloc(check->types, room, sizeof(*grown));
			if (!grown)
				return -ENOMEM;
			check->types = grown;
			check->types[0] = NULL;
		}
		check->types[++check->count] = type;
		at += type_bytes(type);
	}
	return check->count ? 0 : bad(check, 0, "No type found");
}

static bool id_ok(const struct check *check, uint32_t id)
{
	return id <= check->count;
}

static int check_int(const struct check *check, uint32_t id, const struct btf_type *type)
{
	uint32_t data = *(const uint32_t *)(type + 1);
	uint32_t bits = BTF_INT_BITS(data), encoding = BTF_INT_ENCODING(data);

	if (data & ~0x0fff00ffu)
		return bad(check, id, "Invalid int_data");
	if (type->size > 16 || bits > 128 || BTF_INT_OFFSET(data) + bits > type->size * 8)
		return bad(check, id, "nr_bits exceeds type_size");
	if (encoding != 0 && encoding != BTF_INT_SIGNED && encoding != BTF_INT_CHAR && encoding != BTF_INT_BOOL)
		return bad(check, id, "Unsupported encoding");
	return 0;
}

static int check_members(const struct check *check, uint32_t id, const struct btf_type *type)
{
	const struct btf_member *member = btf_members(type);
	uint64_t last = 0;

	for (uint32_t i = 0; i < btf_vlen(type); i++, member++) {
		uint32_t offset = btf_kflag(type) ? BTF_MEMBER_BIT_OFFSET(member->offset) : member->offset;

		if (!name_ok(check, member->name_off, NAME_OPTIONAL))
			return bad(check, id, "Invalid member name");
		if (!member->type || !id_ok(check, member->type))
			return bad(check, id, "Invalid type_id of a member");
		if (btf_is_union(type) ? offset != 0 : offset < last)
			return bad(check, id, "Invalid member bits_offset");
		if (offset / 8 > type->size)
			return bad(check, id, "Member bits_offset exceeds its struct size");
		last = offset;
	}
	return 0;
}

static int check_enum(const struct check *check, uint32_t id, const struct btf_type *type)
{
	uint32_t each = rules[btf_kind(type)].each;
	const uint8_t *value = (const void *)(type + 1);

	if (!type->size || type->size > 8 || (type->size & (type->size - 1)))
		return bad(check, id, "Unexpected size");
	for (uint32_t i = 0; i < btf_vlen(type); i++, value += each)
		if (!name_ok(check, *(const uint32_t *)value, NAME_IDENTIFIER))
			return bad(check, id, "Invalid name of an enumerator");
	return 0;
}

static int check_datasec(const struct check *check, uint32_t id, const struct btf_type *type)
{
	const struct btf_var_secinfo *info = btf_var_secinfos(type);
	uint64_t last_end = 0;

	if (!type->size && !check->unlinked)
		return bad(check, id, "Invalid size");
	for (uint32_t i = 0; i < btf_vlen(type); i++, info++) {
		if (!info->type || !id_ok(check, info->type))
			return bad(check, id, "Invalid type_id of a variable");
		if (check->unlinked)
			continue; /* the loader fills sizes and offsets in */
		if (info->offset < last_end || info->offset >= type->size)
			return bad(check, id, "Invalid offset of a variable");
		last_end = (uint64_t)info->offset + info->size;
		if (!info->size || last_end > type->size)
			return bad(check, id, "Invalid size of a variable");
	}
	return 0;
}

static int check_params(const struct check *check, uint32_t id, const struct btf_type *type)
{
	const struct btf_param *param = btf_params(type);
	uint32_t count = btf_vlen(type);

	if (!id_ok(check, type->type))
		return bad(check, id, "Invalid return type");
	for (uint32_t i = 0; i < count; i++, param++) {
		/* Only the last may be void: a variable number of arguments. */
		if (!id_ok(check, param->type) || (!param->type && (i + 1 < count || param->name_off)))
			return bad(check, id, "Invalid type_id of an argument");
		if (!name_ok(check, param->name_off, NAME_OPTIONAL))
			return bad(check, id, "Invalid name of an argument");
	}
	return 0;
}

static int check_one(const struct check *check, uint32_t id)
{
	const struct btf_type *type = check->types[id];
	const struct kind_rule *rule = &rules[btf_kind(type)];

	if (!name_ok(check, type->name_off, rule->name))
		return bad(check, id, "Invalid name");
	if (btf_kflag(type) && !rule->kind_flag)
		return bad(check, id, "Invalid btf_info kind_flag");
	if (btf_vlen(type) && !rule->vlen)
		return bad(check, id, "vlen != 0");
	if (type->size && rule->no_size)
		return bad(check, id, "size != 0");
	switch (btf_kind(type)) {
	case BTF_KIND_INT:
		return check_int(check, id, type);
	case BTF_KIND_ARRAY:
		if (!btf_array(type)->type || !id_ok(check, btf_array(type)->type))
			return bad(check, id, "Invalid elem");
		if (!btf_array(type)->index_type || !id_ok(check, btf_array(type)->index_type))
			return bad(check, id, "Invalid index");
		return 0;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return check_members(check, id, type);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return check_enum(check, id, type);
	case BTF_KIND_FUNC_PROTO:
		return check_params(check, id, type);
	case BTF_KIND_DATASEC:
		return check_datasec(check, id, type);
	case BTF_KIND_FLOAT:
		if (type->size != 2 && type->size != 4 && type->size != 8 && type->size != 12 && type->size != 16)
			return bad(check, id, "Invalid type_size");
		return 0;
	case BTF_KIND_FUNC:
		if (btf_vlen(type) > BTF_FUNC_EXTERN)
			return bad(check, id, "Invalid func linkage");
		break;
	case BTF_KIND_VAR:
		if (btf_var(type)->linkage > (check->unlinked ? BTF_VAR_GLOBAL_EXTERN : BTF_VAR_GLOBAL_ALLOCATED))
			return bad(check, id, "Linkage not supported");
		break;
	default:
		break;
	}
	/* What is left refers to one type. */
	if (btf_kind(type) != BTF_KIND_FWD && !id_ok(check, type->type))
		return bad(check, id, "Invalid type_id");
	return 0;
}

/* ---- How types refer to each other ---- */

static bool is_modifier(const struct btf_type *type)
{
	return btf_is_mod(type) || btf_is_typedef(type);
}

/*
 * Follow pointers, modifiers and typedefs from each type once: a chain that comes back to itself is refused. Along the way
 * note where modifiers end. A chain is walked until a type whose end is known: linear in all.
 */
static int check_chains(struct check *check)
{
	uint32_t *walk = rq_alloc(check->count + 1, sizeof(*walk)); /* id of the walk that met it; 0 none */
	int error = 0;

	if (!walk)
		return -ENOMEM;
	for (uint32_t id = 1; id <= check->count && !error; id++) {
		uint32_t at = id;

		while (at && !walk[at] && (is_modifier(check->types[at]) || btf_is_ptr(check->types[at]))) {
			walk[at] = id;
			at = check->types[at]->type;
		}
		if (at && walk[at] == id)
			error = bad(check, at, "Loop detected");
	}
	rq_free(walk);
	if (error)
		return error;
	for (uint32_t id = 1; id <= check->count; id++) {
		uint32_t at = id, end;

		while (at && is_modifier(check->types[at]) && !check->targets[at])
			at = check->types[at]->type;
		end = at && is_modifier(check->types[at]) ? check->targets[at] : at;
		for (at = id; at && is_modifier(check->types[at]) && !check->targets[at];) {
			check->targets[at] = end;
			at = check->types[at]->type;
		}
		if (!is_modifier(check->types[id]))
			check->targets[id] = id;
	}
	return 0;
}

/* Variables, sections, functions and tags are in the list of types, but nothing can be of such a type. */
static bool is_type(const struct check *check, uint32_t id)
{
	const struct btf_type *type = id ? check->types[id] : NULL;

	return !type || !(btf_is_var(type) || btf_is_datasec(type) || btf_is_func(type) || btf_is_decl_tag(type));
}

static int64_t size_of(struct check *check, uint32_t id, int depth, int *error);

static int64_t size_of_array(struct check *check, uint32_t id, int depth, int *error)
{
	const struct btf_array *array = btf_array(check->types[id]);
	int64_t element = size_of(check, array->type, depth + 1, error);
	uint32_t index = check->targets[array->index_type];

	if (*error)
		return UNKNOWN_SIZE;
	if (element < 0 || !is_type(check, array->type))
		*error = bad(check, id, "Invalid elem");
	else if (!index || !btf_is_int(check->types[index]))
		*error = bad(check, id, "Invalid index");
	else if (array->nelems && element > (int64_t)UINT32_MAX / array->nelems)
		*error = bad(check, id, "Array size overflows U32_MAX");
	return *error ? UNKNOWN_SIZE : element * array->nelems;
}

static int check_member_sizes(struct check *check, uint32_t id, int depth)
{
	const struct btf_type *type = check->types[id];
	const struct btf_member *member = btf_members(type);
	int error = 0;

	for (uint32_t i = 0; i < btf_vlen(type); i++, member++) {
		uint32_t offset = btf_member_bit_offset(type, i), bits = btf_member_bitfield_size(type, i);
		int64_t size = size_of(check, member->type, depth + 1, &error);

		if (error)
			return error;
		if (size < 0 || !is_type(check, member->type))
			return bad(check, id, "Invalid member");
		if (bits) {
			const struct btf_type *base = check->types[check->targets[member->type]];

			if (!btf_is_int(base) && !btf_is_any_enum(base))
				return bad(check, id, "Invalid member: a bit field of this type");
			if (bits > size * 8)
				return bad(check, id, "Invalid member bitfield_size");
			size = 0;
		} else if (offset % 8) {
			/* Old encoding: the bit offset within the word is part of the integer type. */
			const struct btf_type *base = check->types[check->targets[member->type]];

			if (!btf_is_int(base) && !btf_is_any_enum(base))
				return bad(check, id, "Member is not byte aligned");
			size = 0;
		}
		if (offset / 8 + size > type->size || (uint64_t)offset + bits > (uint64_t)type->size * 8)
			return bad(check, id, "Member exceeds struct_size");
	}
	return 0;
}

/* The size of a value of type @id, checking structs and arrays on the way; negative: it has none. */
static int64_t size_of(struct check *check, uint32_t id, int depth, int *error)
{
	const struct btf_type *type;
	int64_t size;

	id = id ? check->targets[id] : 0;
	if (!id)
		return UNKNOWN_SIZE;
	if (check->sizes[id] != NOT_YET && check->sizes[id] != BEING_SIZED)
		return check->sizes[id];
	if (check->sizes[id] == BEING_SIZED) {
		*error = bad(check, id, "Loop detected");
		return UNKNOWN_SIZE;
	}
	if (depth > RQ_BTF_DEPTH_MAX) {
		rq_log_print(check->log, "[%u] Exceeded max resolving depth:%d\n", id, RQ_BTF_DEPTH_MAX);
		*error = -E2BIG;
		return UNKNOWN_SIZE;
	}
	type = check->types[id];
	check->sizes[id] = BEING_SIZED;
	switch (btf_kind(type)) {
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FLOAT:
	case BTF_KIND_DATASEC:
		size = type->size;
		break;
	case BTF_KIND_PTR:
		size = 8;
		break;
	case BTF_KIND_ARRAY:
		size = size_of_array(check, id, depth, error);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		*error = check_member_sizes(check, id, depth);
		size = type->size;
		break;
	case BTF_KIND_VAR:
		size = size_of(check, type->type, depth + 1, error);
		break;
	default:
		size = UNKNOWN_SIZE;
	}
	check->sizes[id] = size;
	return size;
}

static int check_tag(const struct check *check, uint32_t id, const struct btf_type *type)
{
	int component = btf_decl_tag(type)->component_idx;
	const struct btf_type *target = type->type ? check->types[type->type] : NULL;
	uint32_t components = 0;

	if (!target || !(btf_is_composite(target) || btf_is_func(target) || btf_is_var(target) || btf_is_typedef(target)))
		return bad(check, id, "Invalid type_id");
	if (component < -1)
		return bad(check, id, "Invalid component_idx");
	if (component == -1)
		return 0;
	if (btf_is_composite(target))
		components = btf_vlen(target);
	else if (btf_is_func(target) && target->type && btf_is_func_proto(check->types[target->type]))
		components = btf_vlen(check->types[target->type]);
	return (uint32_t)component < components ? 0 : bad(check, id, "Invalid component_idx");
}

static int check_references(struct check *check, uint32_t id)
{
	const struct btf_type *type = check->types[id];
	const struct btf_var_secinfo *info;
	int error = 0;

	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return is_type(check, type->type) ? 0 : bad(check, id, "Invalid type_id");
	case BTF_KIND_FUNC:
		if (!type->type || !btf_is_func_proto(check->types[type->type]))
			return bad(check, id, "Invalid type_id");
		for (uint32_t i = 0; i < btf_vlen(check->types[type->type]); i++) {
			const struct btf_param *param = btf_params(check->types[type->type]) + i;

			if (param->type && !param->name_off && !check->unlinked)
				return bad(check, id, "Invalid arg: it has no name");
		}
		return 0;
	case BTF_KIND_FUNC_PROTO:
		for (uint32_t i = 0; i < btf_vlen(type); i++)
			if (!is_type(check, btf_params(type)[i].type))
				return bad(check, id, "Invalid arg");
		return is_type(check, type->type) ? 0 : bad(check, id, "Invalid return type");
	case BTF_KIND_DECL_TAG:
		return check_tag(check, id, type);
	case BTF_KIND_VAR:
		if (!is_type(check, type->type) || (size_of(check, id, 0, &error) < 0 && !check->unlinked))
			return error ? error : bad(check, id, "Invalid type_id");
		return error;
	case BTF_KIND_DATASEC:
		info = btf_var_secinfos(type);
		for (uint32_t i = 0; i < btf_vlen(type); i++, info++) {
			if (!btf_is_var(check->types[info->type]) &&
			    !(check->unlinked && btf_is_func(check->types[info->type])))
				return bad(check, id, "Not a VAR kind member");
			if (size_of(check, info->type, 0, &error) > info->size && !check->unlinked)
				return bad(check, id, "Invalid size of a variable");
			if (error)
				return error;
		}
		return 0;
	default:
		size_of(check, id, 0, &error);
		return error;
	}
}

/* ---- The whole ---- */

static int check_header(struct check *check, const void *bytes, uint32_t size)
{
	const struct btf_header *header = bytes;
	uint32_t left;

	if (size > RQ_BTF_BYTES_MAX)
		return -E2BIG;
	if (size < sizeof(*header)) {
		rq_log_print(check->log, "hdr_len not found\n");
		return -EINVAL;
	}
	if (header->magic != BTF_MAGIC) {
		rq_log_print(check->log, "Invalid magic\n");
		return -EINVAL;
	}
	if (header->version != BTF_VERSION || header->flags) {
		rq_log_print(check->log, "Unsupported %s\n", header->flags ? "flags" : "version");
		return -KERNEL_ENOTSUPP;
	}
	if (header->hdr_len < sizeof(*header) || header->hdr_len > size) {
		rq_log_print(check->log, "Invalid hdr_len\n");
		return -EINVAL;
	}
	for (uint32_t i = sizeof(*header); i < header->hdr_len; i++)
		if (((const uint8_t *)bytes)[i])
			return -E2BIG;
	left = size - header->hdr_len;
	/* The types first, then the names, nothing between or after. */
	if (header->type_off || header->type_len % 4 || header->type_len > left ||
	    header->str_off != header->type_len || header->str_len != left - header->type_len || header->hdr_len % 4) {
		rq_log_print(check->log, "Section overlap, gap, or unsupported section found\n");
		return -EINVAL;
	}
	check->types_start = (const uint8_t *)bytes + header->hdr_len;
	check->types_bytes = header->type_len;
	check->strings = (const char *)check->types_start + header->str_off;
	check->strings_bytes = header->str_len;
	if (!header->str_len || check->strings[0] || check->strings[header->str_len - 1]) {
		rq_log_print(check->log, "Invalid string section\n");
		return -EINVAL;
	}
	return 0;
}

int rq_btf_check(const void *bytes, uint32_t size, bool unlinked, struct rq_log *log)
{
	struct check check = { .unlinked = unlinked, .log = log };
	int error = check_header(&check, bytes, size);

	if (!error)
		error = collect(&check);
	for (uint32_t id = 1; id <= check.count && !error; id++)
		error = check_one(&check, id);
	if (!error) {
		check.sizes = rq_alloc(check.count + 1, sizeof(*check.sizes));
		check.targets = rq_alloc(check.count + 1, sizeof(*check.targets));
		error = check.sizes && check.targets ? check_chains(&check) : -ENOMEM;
	}
	if (!error) {
		for (uint32_t id = 1; id <= check.count; id++)
			check.sizes[id] = NOT_YET;
		for (uint32_t id = 1; id <= check.count && !error; id++)
			error = check_references(&check, id);
	}
	rq_free(check.types);
	rq_free(check.sizes);
	rq_free(check.targets);
	return error;
}
