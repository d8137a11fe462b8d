// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stddef.h>

#include "base/log.h"
#include "base/memory.h"
#include "btf/btf.h"
#include "btf/check.h"
#include "btf/internal.h"

static void release(struct rq_object *object)
{
	struct rq_btf *btf = (struct rq_btf *)((char *)object - offsetof(struct rq_btf, object));

	for (uint32_t i = 0; i < btf->meta_count; i++)
		rq_free(btf->metas[i].record);
	rq_free(btf->metas);
	btf__free(btf->types);
	rq_free((void *)btf->bytes);
	rq_free(btf);
}

int rq_btf_take(void *bytes, uint32_t size, bool is_kernel, struct rq_log *log, struct rq_btf **result)
{
	struct rq_btf *btf;
	int error = rq_btf_check(bytes, size, false, log);

	if (error) {
		rq_free(bytes);
		return error;
	}
	btf = rq_alloc(1, sizeof(*btf));
	if (!btf) {
		rq_free(bytes);
		return -ENOMEM;
	}
	rq_object_init(&btf->object, RQ_OBJECT_BTF, release);
	btf->bytes = bytes;
	btf->size = size;
	btf->kernel = is_kernel;
	btf->types = btf__new(bytes, size);
	if (!btf->types) {
		error = -errno;
		rq_object_put(&btf->object);
		return error;
	}
	btf->type_count = btf__type_cnt(btf->types) - 1;
	*result = btf;
	return 0;
}

int rq_btf_load(const void *bytes, uint32_t size, const struct rq_btf *kernel, struct rq_log *log, struct rq_btf **result)
{
	struct rq_btf *btf;
	void *copy;
	int error;

	if (size > RQ_BTF_BYTES_MAX)
		return -E2BIG;
	copy = rq_memdup(bytes, size);
	if (!copy)
		return -ENOMEM;
	error = rq_btf_take(copy, size, false, log, &btf);
	if (error)
		return error;
	error = rq_btf_find_metas(btf, kernel);
	if (error) {
		rq_object_put(&btf->object);
		return error;
	}
	*result = btf;
	return 0;
}
