// SPDX-License-Identifier: BSD-2-Clause
/*
 * A stream is a ring of messages. A writer reserves room with one compare-and-swap, fills it and publishes the header last; a
 * message of an interrupted writer, not yet published, holds up the reader and nobody else.
 */
#include "func/stream.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/memory.h"
#include "func/args.h"
#include "func/format.h"
#include "func/tables.h"
#include "vm/vm.h"

#define RING_BYTES    (1u << 18)
#define FAILURE_BYTES 512 /* about what its text takes of the capacity */

/* Headers lie at multiples of 8, and are 0 until the message is whole. */
struct header {
	uint32_t length; /* of what follows, plus 1 */
	uint32_t is_failure;
};

struct stream {
	_Atomic uint64_t head; /* reserved so far; of writers */
	_Atomic uint64_t tail; /* read so far; of the reader */
	_Atomic uint32_t waiting; /* bytes of text that nobody has read yet */
	pthread_mutex_t reading;
	struct rq_stream_rest rest;
	uint64_t ring[RING_BYTES / 8];
};

struct rq_streams {
	struct stream of[RQ_STREAM_ERR];
};

static struct stream *stream_of(struct rq_streams *streams, uint32_t id)
{
	return &streams->of[id - 1];
}

struct rq_streams *rq_streams_create(void)
{
	struct rq_streams *streams = rq_alloc_pages(sizeof(*streams), false);

	for (uint32_t id = RQ_STREAM_OUT; streams && id <= RQ_STREAM_ERR; id++)
		pthread_mutex_init(&stream_of(streams, id)->reading, NULL);
	return streams;
}

void rq_streams_destroy(struct rq_streams *streams)
{
	if (!streams)
		return;
	for (uint32_t id = RQ_STREAM_OUT; id <= RQ_STREAM_ERR; id++)
		pthread_mutex_destroy(&stream_of(streams, id)->reading);
	rq_free_pages(streams, sizeof(*streams));
}

/* ---- Writing ---- */

static void put(struct stream *stream, uint64_t at, const void *bytes, uint32_t size)
{
	uint32_t offset = at % RING_BYTES, first = RING_BYTES - offset < size ? RING_BYTES - offset : size;

	memcpy((char *)stream->ring + offset, bytes, first);
	memcpy(stream->ring, (const char *)bytes + first, size - first);
}

static uint64_t whole(uint32_t length)
{
	return sizeof(struct header) + (((uint64_t)length + 7) & ~7ull);
}

/* @charge: how much of the capacity it takes. */
static int append(struct stream *stream, const void *bytes, uint32_t length, bool is_failure, uint32_t charge)
{
	const struct header header = { length + 1, is_failure };
	uint64_t head = atomic_load_explicit(&stream->head, memory_order_relaxed), packed;

	if (atomic_fetch_add_explicit(&stream->waiting, charge, memory_order_relaxed) + charge > RQ_STREAM_CAPACITY)
		goto full;
	do {
		/* Pairs with the release in rq_stream_take(): the room was cleared before it is ours. */
		if (head + whole(length) - atomic_load_explicit(&stream->tail, memory_order_acquire) > RING_BYTES)
			goto full;
	} while (!atomic_compare_exchange_weak_explicit(&stream->head, &head, head + whole(length), memory_order_relaxed,
							memory_order_relaxed));
	put(stream, head + sizeof(header), bytes, length);
	memcpy(&packed, &header, sizeof(packed));
	/* Pairs with the acquire in rq_stream_take(): who sees the header sees the message. */
	__atomic_store_n(&stream->ring[head % RING_BYTES / 8], packed, __ATOMIC_RELEASE);
	return 0;
full:
	atomic_fetch_sub_explicit(&stream->waiting, charge, memory_order_relaxed);
	return -ENOSPC;
}

int rq_stream_write(struct rq_streams *streams, uint32_t id, const char *text, uint32_t length)
{
	if (!streams || id < RQ_STREAM_OUT || id > RQ_STREAM_ERR)
		return -ENOENT;
	return length ? append(stream_of(streams, id), text, length, false, length) : 0;
}

void rq_stream_report(struct rq_streams *streams, const struct rq_stream_failure *failure)
{
	uint32_t kept = failure->held_count < RQ_HELD_MAX ? failure->held_count : RQ_HELD_MAX;

	if (streams)
		append(stream_of(streams, RQ_STREAM_ERR), failure,
		       offsetof(struct rq_stream_failure, held) + kept * sizeof(failure->held[0]), true, FAILURE_BYTES);
}

/* ---- Reading ---- */

void rq_stream_read_begin(struct rq_streams *streams, uint32_t id)
{
	pthread_mutex_lock(&stream_of(streams, id)->reading);
}

void rq_stream_read_end(struct rq_streams *streams, uint32_t id)
{
	pthread_mutex_unlock(&stream_of(streams, id)->reading);
}

struct rq_stream_rest *rq_stream_rest(struct rq_streams *streams, uint32_t id)
{
	return &stream_of(streams, id)->rest;
}

/* Copies out, and leaves zeroes: the next message here has a header only when it is whole. */
static void take(struct stream *stream, uint64_t at, void *bytes, uint32_t size)
{
	uint32_t offset = at % RING_BYTES, first = RING_BYTES - offset < size ? RING_BYTES - offset : size;

	memcpy(bytes, (char *)stream->ring + offset, first);
	memcpy((char *)bytes + first, stream->ring, size - first);
}

bool rq_stream_take(struct rq_streams *streams, uint32_t id, struct rq_stream_message *message)
{
	struct stream *stream = stream_of(streams, id);
	uint64_t tail = atomic_load_explicit(&stream->tail, memory_order_relaxed), packed;
	struct header header;

	packed = __atomic_load_n(&stream->ring[tail % RING_BYTES / 8], __ATOMIC_ACQUIRE);
	if (!packed)
		return false;
	memcpy(&header, &packed, sizeof(header));
	message->is_failure = header.is_failure;
	message->length = header.length - 1;
	take(stream, tail + sizeof(header), message->text, message->length);
	for (uint64_t at = tail; at < tail + whole(message->length); at += 8)
		__atomic_store_n(&stream->ring[at % RING_BYTES / 8], 0, __ATOMIC_RELAXED);
	atomic_store_explicit(&stream->tail, tail + whole(message->length), memory_order_release);
	atomic_fetch_sub_explicit(&stream->waiting, header.is_failure ? FAILURE_BYTES : message->length,
				  memory_order_relaxed);
	return true;
}

/* ---- The kfunc ---- */

static uint64_t stream_vprintk(struct rq_exec *exec, uint64_t id, uint64_t format, uint64_t values, uint64_t bytes, uint64_t r5)
{
	char text[RQ_STREAM_TEXT_MAX];
	int64_t length;

	if ((uint32_t)id != RQ_STREAM_OUT && (uint32_t)id != RQ_STREAM_ERR)
		return -ENOENT;
	if ((uint32_t)bytes % 8 || (uint32_t)bytes / 8 > RQ_FORMAT_VALUES_MAX)
		return -EINVAL;
	length = rq_format(text, sizeof(text), (const char *)(uintptr_t)format, (const uint64_t *)(uintptr_t)values,
			   (uint32_t)bytes / 8);
	if (length < 0)
		return length;
	if (length > RQ_STREAM_TEXT_MAX)
		length = RQ_STREAM_TEXT_MAX;
	return (int64_t)rq_stream_write(exec->prog->streams, (uint32_t)id, text, (uint32_t)length);
}

static const struct rq_func rows[] = {
	{ .name = "bpf_stream_vprintk_impl", .flags = RQ_KF_TRUSTED_ARGS, .since = RQ_KERNEL_6_18, .call = stream_vprintk },
};

bool rq_streams_needed(const struct rq_prog *prog)
{
	for (uint32_t i = 0; i < prog->insn_count; i++) {
		const struct rq_func *func = prog->notes[i].kind == RQ_NOTE_KFUNC ? prog->notes[i].func : NULL;

		if (func && (func->duty == RQ_DUTY_RES_LOCK || func->duty == RQ_DUTY_RES_LOCK_IRQSAVE ||
			     func->call == stream_vprintk))
			return true;
	}
	return false;
}

RQ_FUNC_TABLE(rq_stream_funcs, rows);
