// SPDX-License-Identifier: BSD-2-Clause
/* Streams under several writers and a reader: every message whole, in its writer's order, none lost. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "func/stream.h"

#define WRITERS	 3
#define MESSAGES 20000

static struct rq_streams *streams;
static atomic_uint writing;

struct writer {
	pthread_t thread;
	char letter;
	unsigned int read, last;
};

static void *write_messages(void *arg)
{
	struct writer *writer = arg;

	for (unsigned int i = 1; i <= MESSAGES; i++) {
		char text[64];
		int length = snprintf(text, sizeof(text), "%c %u %.*s", writer->letter, i, (int)(i % 40),
				      "........................................");

		while (rq_stream_write(streams, RQ_STREAM_OUT, text, (uint32_t)length) == -ENOSPC)
			sched_yield(); /* until the reader has made room */
	}
	atomic_fetch_sub(&writing, 1);
	return NULL;
}

static void read_messages(struct writer *writers)
{
	static struct rq_stream_message message;

	rq_stream_read_begin(streams, RQ_STREAM_OUT);
	while (rq_stream_take(streams, RQ_STREAM_OUT, &message)) {
		struct writer *writer;
		unsigned int number;
		char letter;
		int end;

		message.text[message.length] = '\0';
		assert_int_equal(sscanf(message.text, "%c %u %n", &letter, &number, &end), 2);
		assert_in_range(letter, 'a', 'a' + WRITERS - 1);
		writer = &writers[letter - 'a'];
		assert_int_equal(number, writer->last + 1);
		assert_int_equal(message.length - end, number % 40);
		assert_int_equal(strspn(message.text + end, "."), number % 40);
		writer->last = number;
		writer->read++;
	}
	rq_stream_read_end(streams, RQ_STREAM_OUT);
}

static void messages_stay_whole_and_in_order(void **state)
{
	struct writer writers[WRITERS] = {};

	streams = rq_streams_create();
	assert_non_null(streams);
	atomic_store(&writing, WRITERS);
	for (int i = 0; i < WRITERS; i++) {
		writers[i].letter = (char)('a' + i);
		assert_int_equal(pthread_create(&writers[i].thread, NULL, write_messages, &writers[i]), 0);
	}
	while (atomic_load(&writing))
		read_messages(writers);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writers[i].thread, NULL);
	read_messages(writers);
	for (int i = 0; i < WRITERS; i++)
		assert_int_equal(writers[i].read, MESSAGES);
	rq_streams_destroy(streams);
}

static void a_program_without_streams_writes_nowhere(void **state)
{
	struct rq_stream_failure failure = { .error = -EDEADLK };

	assert_int_equal(rq_stream_write(NULL, RQ_STREAM_OUT, "x", 1), -ENOENT);
	rq_stream_report(NULL, &failure);
	rq_streams_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_stay_whole_and_in_order),
		cmocka_unit_test(a_program_without_streams_writes_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
