/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of src/btf share. */
#ifndef RQ_BTF_INTERNAL_H
#define RQ_BTF_INTERNAL_H

#include "btf/btf.h"

/* rq_btf_load() without struct metas; owns @bytes (of rq_alloc()) from here on, also when it fails. */
int rq_btf_take(void *bytes, uint32_t size, bool is_kernel, struct rq_log *log, struct rq_btf **btf);

/* Fill btf->metas: records of structs that bpf_obj_new() may allocate (record.c). -EINVAL, -E2BIG, -ELOOP, -ENOMEM. */
int rq_btf_find_metas(struct rq_btf *btf, const struct rq_btf *kernel);

#endif
