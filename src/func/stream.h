/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two streams of a program: what it prints with bpf_stream_vprintk_impl(), and what is reported of locks that it could not
 * have. Written in any context, an NMI inside another write included: no lock, no allocation. Read in task context.
 */
#ifndef RQ_FUNC_STREAM_H
#define RQ_FUNC_STREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "lock/lock.h"

enum rq_stream_id { RQ_STREAM_OUT = 1, RQ_STREAM_ERR = 2 };

#define RQ_STREAM_CAPACITY 100000 /* bytes that wait to be read, as in Linux */
#define RQ_STREAM_TEXT_MAX 1024	  /* of one message */

/* A lock that could not be had; becomes text when it is read, since names take time and memory. */
struct rq_stream_failure {
	const rqspinlock_t *lock;
	int32_t error;
	uint32_t insn, cpu;
	uint32_t held_count;
	bool irqsave;
	const rqspinlock_t *held[RQ_HELD_MAX]; /* the first held_count are kept */
};

/* What was written at once. */
struct rq_stream_message {
	bool is_failure;
	uint32_t length; /* of the text */
	union {
		char text[RQ_STREAM_TEXT_MAX];
		struct rq_stream_failure failure;
	};
};

struct rq_streams;

struct rq_prog;

/* Does a verified program call what writes to a stream? */
bool rq_streams_needed(const struct rq_prog *prog);
struct rq_streams *rq_streams_create(void); /* NULL: no memory */
void rq_streams_destroy(struct rq_streams *streams); /* NULL is allowed */

/* -ENOENT: no such stream; -ENOSPC: full, nobody reads. @streams may be NULL: no program of ours writes then. */
int rq_stream_write(struct rq_streams *streams, uint32_t id, const char *text, uint32_t length);
void rq_stream_report(struct rq_streams *streams, const struct rq_stream_failure *failure);

/* One reader at a time: it holds the lock from the first call to the last. */
void rq_stream_read_begin(struct rq_streams *streams, uint32_t id);
void rq_stream_read_end(struct rq_streams *streams, uint32_t id);
/* The oldest message; false: there is none. */
bool rq_stream_take(struct rq_streams *streams, uint32_t id, struct rq_stream_message *message);
/* What an earlier read left of a message's text; the reader may set it. */
struct rq_stream_rest {
	uint32_t begin, end;
	char text[8192];
};
struct rq_stream_rest *rq_stream_rest(struct rq_streams *streams, uint32_t id);

#endif
