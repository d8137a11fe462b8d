/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded text log, as bpf(2) callers give one (log_buf, log_size, log_level). Text beyond the buffer is counted, not
 * kept: log_true_size tells what would have been needed. In the kernel's default mode the end of the text survives, so
 * that the reason is always there.
 */
#ifndef RQ_BASE_LOG_H
#define RQ_BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rq_log {
	uint32_t level; /* BPF_LOG_LEVEL1 | BPF_LOG_LEVEL2 | BPF_LOG_STATS, BPF_LOG_FIXED; 0: nothing is kept */
	char *buffer;
	uint32_t size;
	uint64_t end;   /* bytes written so far, had there been room */
	uint64_t start; /* of the text that is still kept */
};

void rq_log_init(struct rq_log *log, uint32_t level, char *buffer, uint32_t size);
void rq_log_print(struct rq_log *log, const char *format, ...) __attribute__((format(printf, 2, 3)));
void rq_log_vprint(struct rq_log *log, const char *format, va_list args);
/* Forget everything after @position (a branch whose text is not wanted). */
void rq_log_reset(struct rq_log *log, uint64_t position);
/* NUL-terminate. -ENOSPC when text was lost (or did not fit, with BPF_LOG_FIXED); *true_size may be NULL. */
int rq_log_finish(struct rq_log *log, uint32_t *true_size);

#endif
