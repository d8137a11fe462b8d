/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks on BTF from outside, before libbpf or anything else reads it. */
#ifndef RQ_BTF_CHECK_H
#define RQ_BTF_CHECK_H

#include <stdbool.h>
#include <stdint.h>

struct rq_log;

#define RQ_BTF_BYTES_MAX (16 << 20)
#define RQ_BTF_DEPTH_MAX 32 /* of structs and arrays within each other, as in Linux */

/*
 * Is @bytes well-formed BTF, so that every id, name and size can be relied upon and every chain ends? 0; -EINVAL with words
 * in @log; -E2BIG (too large, nested too deeply); -ENOTSUP of the kernel (524: version, flags); -ENOMEM.
 * @unlinked: of an object file, where sections have no sizes yet and external names are declared.
 */
int rq_btf_check(const void *bytes, uint32_t size, bool unlinked, struct rq_log *log);

#endif
