// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel's types: the built-in ones (src/btf/kernel, compiled for the bpf target and embedded), or those of a file to
 * which kfuncs of ours that it lacks are added, so that any kernel's BTF serves.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "btf/btf.h"
#include "btf/internal.h"

extern const unsigned char rq_kernel_btf_bytes[];
extern const unsigned int rq_kernel_btf_bytes_size;

/* One for the process: it never changes, and machines come and go. It keeps a reference of its own. */
static pthread_mutex_t builtin_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct rq_btf *builtin;

int rq_btf_kernel_builtin(struct rq_btf **btf)
{
	int error = 0;

	pthread_mutex_lock(&builtin_mutex);
	if (!builtin) {
		void *bytes = rq_memdup(rq_kernel_btf_bytes, rq_kernel_btf_bytes_size);

		error = bytes ? rq_btf_take(bytes, rq_kernel_btf_bytes_size, true, NULL, &builtin) : -ENOMEM;
	}
	if (!error)
		rq_object_get(&builtin->object);
	*btf = error ? NULL : builtin;
	pthread_mutex_unlock(&builtin_mutex);
	return error;
}

/* ---- A file's types, with our kfuncs added ---- */

struct merge {
	const struct rq_btf *ours;
	struct btf *into;
	int32_t *ids; /* ours -> into; 0: not copied yet */
};

static int32_t copy_type(struct merge *merge, uint32_t id, int depth);

/* Kinds that a kfunc's prototype is made of: a struct that the file lacks becomes a forward declaration. */
static int32_t copy_new(struct merge *merge, const struct btf_type *type, int depth)
{
	const char *name = btf__name_by_offset(merge->ours->types, type->name_off);
	int32_t target;

	switch (btf_kind(type)) {
	case BTF_KIND_INT:
		return btf__add_int(merge->into, name, type->size, btf_int_encoding(type));
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return btf__add_fwd(merge->into, name, btf_is_struct(type) ? BTF_FWD_STRUCT : BTF_FWD_UNION);
	case BTF_KIND_FWD:
		return btf__add_fwd(merge->into, name, btf_kflag(type) ? BTF_FWD_UNION : BTF_FWD_STRUCT);
	case BTF_KIND_ENUM:
		return btf__add_enum(merge->into, name, type->size);
	case BTF_KIND_ENUM64:
		return btf__add_enum64(merge->into, name, type->size, btf_kflag(type));
	default:
		break;
	}
	target = copy_type(merge, type->type, depth + 1);
	if (target < 0)
		return target;
	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
		return btf__add_ptr(merge->into, target);
	case BTF_KIND_TYPEDEF:
		return btf__add_typedef(merge->into, name, target);
	case BTF_KIND_CONST:
		return btf__add_const(merge->into, target);
	case BTF_KIND_VOLATILE:
		return btf__add_volatile(merge->into, target);
	case BTF_KIND_FUNC_PROTO: {
		int32_t params[8], proto;

		if (btf_vlen(type) > 8)
			return -E2BIG;
		for (uint32_t i = 0; i < btf_vlen(type); i++) {
			params[i] = copy_type(merge, btf_params(type)[i].type, depth + 1);
			if (params[i] < 0)
				return params[i];
		}
		proto = btf__add_func_proto(merge->into, target);
		for (uint32_t i = 0; proto > 0 && i < btf_vlen(type); i++) {
			const char *param = btf__name_by_offset(merge->ours->types, btf_params(type)[i].name_off);
			int error = btf__add_func_param(merge->into, param, params[i]);

			if (error)
				return error;
		}
		return proto;
	}
	default:
		return -EINVAL;
	}
}

static int32_t copy_type(struct merge *merge, uint32_t id, int depth)
{
	const struct btf_type *type = btf__type_by_id(merge->ours->types, id);
	int32_t copy = -ENOENT;

	if (!id)
		return 0;
	if (merge->ids[id])
		return merge->ids[id];
	if (depth > 32)
		return -E2BIG;
	if (type->name_off && !btf_is_func_proto(type))
		copy = btf__find_by_name_kind(merge->into, btf__name_by_offset(merge->ours->types, type->name_off),
					      btf_kind(type));
	if (copy < 0)
		copy = copy_new(merge, type, depth);
	if (copy > 0)
		merge->ids[id] = copy;
	return copy;
}

static int add_kfuncs(struct btf *into)
{
	struct rq_btf *ours;
	struct merge merge = { .into = into };
	int error = rq_btf_kernel_builtin(&ours);

	if (error)
		return error;
	merge.ours = ours;
	merge.ids = rq_alloc(ours->type_count + 1, sizeof(*merge.ids));
	if (!merge.ids)
		error = -ENOMEM;
	for (uint32_t id = 1; id <= ours->type_count && !error; id++) {
		const struct btf_type *tag = btf__type_by_id(ours->types, id), *func;
		const char *name;
		int32_t proto;

		if (!btf_is_decl_tag(tag) || strcmp(btf__name_by_offset(ours->types, tag->name_off), "bpf_kfunc"))
			continue;
		func = btf__type_by_id(ours->types, tag->type);
		name = btf__name_by_offset(ours->types, func->name_off);
		if (btf__find_by_name_kind(into, name, BTF_KIND_FUNC) > 0)
			continue;
		proto = copy_type(&merge, func->type, 0);
		if (proto > 0)
			proto = btf__add_func(into, name, BTF_FUNC_GLOBAL, proto);
		if (proto > 0)
			proto = btf__add_decl_tag(into, "bpf_kfunc", proto, -1);
		if (proto < 0)
			error = proto;
	}
	rq_free(merge.ids);
	rq_object_put(&ours->object);
	return error;
}

int rq_btf_kernel_from_file(const char *path, struct rq_btf **result)
{
	struct btf *types;
	const void *raw;
	void *bytes;
	uint32_t size;
	int error;

	if (access(path, R_OK))
		return -errno;
	types = btf__parse(path, NULL);
	if (!types)
		return errno == ENOMEM ? -ENOMEM : -EINVAL; /* libbpf has codes of its own for what is wrong with an ELF */
	error = add_kfuncs(types);
	raw = error ? NULL : btf__raw_data(types, &size);
	bytes = raw ? rq_memdup(raw, size) : NULL;
	btf__free(types);
	if (!bytes)
		return error ? error : -ENOMEM;
	return rq_btf_take(bytes, size, true, NULL, result);
}
