/* SPDX-License-Identifier: BSD-2-Clause */
/* Formats as the kernel's printing functions for programs take them. */
#ifndef RQ_FUNC_FORMAT_H
#define RQ_FUNC_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RQ_FORMAT_VALUES_MAX 12

/* Are all conversions of @format, which ends with a NUL, ones that the kernel has, and are they @count at most? */
bool rq_format_fits(const char *format, uint32_t count);
/*
 * Print to @to, cut to @room bytes without a NUL. The length without the cut; -EINVAL when the format doesn't fit. Strings are
 * read as rq_probe_read() does. Async-signal-safe.
 */
int64_t rq_format(char *to, size_t room, const char *format, const uint64_t *values, uint32_t count);

#endif
