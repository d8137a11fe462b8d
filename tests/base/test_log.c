/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"

#define FIXED 8 /* BPF_LOG_FIXED */

static void text_that_fits_is_kept_whole(void **state)
{
	char buffer[32];
	struct rq_log log;
	uint32_t size;

	rq_log_init(&log, 1, buffer, sizeof(buffer));
	rq_log_print(&log, "R%d !read_ok\n", 3);

	assert_int_equal(rq_log_finish(&log, &size), 0);
	assert_string_equal(buffer, "R3 !read_ok\n");
	assert_int_equal(size, strlen(buffer) + 1);
}

static void level_zero_keeps_nothing(void **state)
{
	char buffer[8] = "before";
	struct rq_log log;
	uint32_t size = 99;

	rq_log_init(&log, 0, buffer, sizeof(buffer));
	rq_log_print(&log, "text");

	assert_int_equal(rq_log_finish(&log, &size), 0);
	assert_string_equal(buffer, "before");
	assert_int_equal(size, 0);
}

/* The reason stands at the end of a log, so the end is what a small buffer keeps. */
static void end_survives_in_a_small_buffer(void **state)
{
	char buffer[11];
	struct rq_log log;
	uint32_t size;

	rq_log_init(&log, 1, buffer, sizeof(buffer));
	for (int i = 0; i < 26; i++)
		rq_log_print(&log, "%c", 'a' + i);

	assert_int_equal(rq_log_finish(&log, &size), -ENOSPC);
	assert_string_equal(buffer, "qrstuvwxyz");
	assert_int_equal(size, 27);
}

static void fixed_mode_keeps_the_beginning(void **state)
{
	char buffer[11];
	struct rq_log log;
	uint32_t size;

	rq_log_init(&log, 1 | FIXED, buffer, sizeof(buffer));
	for (int i = 0; i < 26; i++)
		rq_log_print(&log, "%c", 'a' + i);

	assert_int_equal(rq_log_finish(&log, &size), -ENOSPC);
	assert_string_equal(buffer, "abcdefghij");
	assert_int_equal(size, 27);
}

/* Any sequence of prints and resets leaves the last bytes of what the text would have been. */
static void random_prints_and_resets_match_an_unbounded_log(void **state)
{
	srand(1);
	for (int round = 0; round < 2000; round++) {
		char expected[4096] = "", buffer[64];
		size_t lost = 0; /* a reset cannot bring back what was overwritten before it */
		uint32_t size = 1 + rand() % sizeof(buffer);
		struct rq_log log;

		rq_log_init(&log, 1, buffer, size);
		for (int step = 0; step < 20; step++) {
			size_t length = strlen(expected);

			if (rand() % 4 == 0 && length) {
				size_t position = rand() % length;

				rq_log_reset(&log, position);
				expected[position] = '\0';
			} else {
				char piece[80];
				int n = rand() % 78;

				for (int i = 0; i < n; i++)
					piece[i] = 'a' + rand() % 26;
				piece[n] = '\0';
				rq_log_print(&log, "%s", piece);
				strcat(expected, piece);
			}
			length = strlen(expected);
			if (length > size - 1 && length - (size - 1) > lost)
				lost = length - (size - 1);
			if (lost > length)
				lost = length;
		}
		rq_log_finish(&log, NULL);
		assert_string_equal(buffer, expected + lost);
	}
}

static void no_buffer_only_counts(void **state)
{
	struct rq_log log;
	uint32_t size;

	rq_log_init(&log, 1, NULL, 0);
	rq_log_print(&log, "twelve bytes");

	assert_int_equal(rq_log_finish(&log, &size), 0);
	assert_int_equal(size, 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_that_fits_is_kept_whole),
		cmocka_unit_test(level_zero_keeps_nothing),
		cmocka_unit_test(end_survives_in_a_small_buffer),
		cmocka_unit_test(fixed_mode_keeps_the_beginning),
		cmocka_unit_test(random_prints_and_resets_match_an_unbounded_log),
		cmocka_unit_test(no_buffer_only_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
