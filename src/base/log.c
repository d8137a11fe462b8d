/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#define LOG_FIXED 8 /* BPF_LOG_FIXED of later headers: keep the beginning, not the end */

void rq_log_init(struct rq_log *log, uint32_t level, char *buffer, uint32_t size)
{
	*log = (struct rq_log){ .level = level, .buffer = buffer, .size = size };
}

/*
 * The buffer is a ring while the end of the text is what survives: byte n of the text is at n modulo the size, and
 * rq_log_finish() turns it the right way round.
 */
static void append(struct rq_log *log, const char *text, size_t length)
{
	uint32_t room = log->size ? log->size - 1 : 0; /* the last byte is for the NUL */

	if (log->level & LOG_FIXED) {
		if (log->end < room) {
			size_t part = length < room - log->end ? length : room - log->end;

			memcpy(log->buffer + log->end, text, part);
		}
		log->end += length;
		return;
	}
	if (room && length > room) {
		log->end += length - room;
		text += length - room;
		length = room;
	}
	for (size_t done = 0; room && done < length;) {
		size_t at = (log->end + done) % room;
		size_t part = length - done < room - at ? length - done : room - at;

		memcpy(log->buffer + at, text + done, part);
		done += part;
	}
	log->end += length;
	if (log->end - log->start > room)
		log->start = log->end - room;
}

void rq_log_vprint(struct rq_log *log, const char *format, va_list args)
{
	char line[1024];
	int length;

	if (!log || !log->level)
		return;
	length = vsnprintf(line, sizeof(line), format, args);
	if (length < 0)
		return;
	append(log, line, (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1);
}

void rq_log_print(struct rq_log *log, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	rq_log_vprint(log, format, args);
	va_end(args);
}

void rq_log_reset(struct rq_log *log, uint64_t position)
{
	if (!log || position >= log->end)
		return;
	log->end = position;
	if (log->start > position)
		log->start = position;
}

static void reverse(char *text, size_t length)
{
	for (size_t i = 0; i < length / 2; i++) {
		char c = text[i];

		text[i] = text[length - 1 - i];
		text[length - 1 - i] = c;
	}
}

int rq_log_finish(struct rq_log *log, uint32_t *true_size)
{
	uint64_t needed = log->end + 1;
	uint32_t room = log->size ? log->size - 1 : 0;

	if (true_size)
		*true_size = log->level ? (uint32_t)needed : 0;
	if (!log->level || !log->size)
		return 0;
	if (log->level & LOG_FIXED) {
		log->buffer[log->end < room ? log->end : room] = '\0';
	} else {
		uint64_t kept = log->end - log->start;

		size_t turn = room ? log->start % room : 0;

		/* Three reversals turn the ring so that its oldest byte comes first. */
		if (turn) {
			reverse(log->buffer, turn);
			reverse(log->buffer + turn, room - turn);
			reverse(log->buffer, room);
		}
		log->buffer[kept] = '\0';
	}
	return needed > log->size ? -ENOSPC : 0;
}
