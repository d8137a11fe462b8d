/* SPDX-License-Identifier: BSD-2-Clause */
/* Object files from outside, before libbpf opens them. */
#ifndef RQ_SYS_OBJECT_FILE_H
#define RQ_SYS_OBJECT_FILE_H

#include <stddef.h>

struct rq_log;

/*
 * Is @bytes a BPF object whose tables can be relied upon? libbpf 1.1 follows some numbers of an object (ids and names of types,
 * names of sections and symbols, symbols of relocations) without looking whether they lead anywhere. 0; -EINVAL with one line in @log;
 * -E2BIG, -ENOMEM. @log may be NULL.
 */
int rq_object_file_check(const void *bytes, size_t size, struct rq_log *log);

#endif
