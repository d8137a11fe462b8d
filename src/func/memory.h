/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading memory at addresses that nobody vouches for. Async-signal-safe; allocates nothing; errno is kept. */
#ifndef RQ_FUNC_MEMORY_H
#define RQ_FUNC_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/*
 * 0; when any byte can't be read, and @to may then hold some of them: -ERANGE where the kernel would not look either (NULL
 * and what is near it, addresses that are none), else -EFAULT.
 */
int rq_probe_read(void *to, uint64_t address, size_t size);
/* A string with its NUL, cut to @size; bytes behind it stay. Its length with the NUL, or the error. */
int64_t rq_probe_read_string(char *to, uint64_t address, size_t size);

#endif
