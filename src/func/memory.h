/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading memory at addresses that nobody vouches for. Async-signal-safe; allocates nothing; errno is kept. */
#ifndef RQ_FUNC_MEMORY_H
#define RQ_FUNC_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False when any byte of it can't be read; @to may then hold some of them. */
bool rq_probe_read(void *to, uint64_t address, size_t size);
/* A string with its NUL, cut to @size. Its length with the NUL, or -EFAULT. */
int64_t rq_probe_read_string(char *to, uint64_t address, size_t size);

#endif
