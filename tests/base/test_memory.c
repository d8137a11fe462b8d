/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/object.h"

static void sizes_that_overflow_give_no_memory(void **state)
{
	char *old = rq_alloc(4, 1);

	assert_null(rq_alloc(SIZE_MAX / 2, 3));
	assert_null(rq_realloc(old, SIZE_MAX / 2, 3));
	rq_free(old);
}

static void memory_is_zeroed_and_copies_are_equal(void **state)
{
	char zero[16] = {};
	char *memory = rq_alloc(2, 8), *copy = rq_strdup("counter");

	assert_memory_equal(memory, zero, 16);
	assert_string_equal(copy, "counter");
	rq_free(memory);
	rq_free(copy);
}

/* fail_after(3): two more succeed, then none until it is switched off. */
static void chosen_allocation_and_all_after_it_fail(void **state)
{
	void *a, *b;

	rq_alloc_fail_after(3);
	a = rq_alloc(1, 1);
	b = rq_alloc(1, 1);
	assert_non_null(a);
	assert_non_null(b);
	assert_null(rq_alloc(1, 1));
	assert_null(rq_strdup("x"));
	rq_alloc_fail_after(0);
	rq_free(a);
	a = rq_alloc(1, 1);
	assert_non_null(a);
	rq_free(a);
	rq_free(b);
}

static int released;

static void count_release(struct rq_object *object)
{
	released++;
}

static void object_is_released_with_its_last_reference(void **state)
{
	struct rq_object object;

	released = 0;
	rq_object_init(&object, RQ_OBJECT_MAP, count_release);
	rq_object_get(&object);
	rq_object_put(&object);
	assert_int_equal(released, 0);
	rq_object_put(&object);
	assert_int_equal(released, 1);
	rq_object_put(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_that_overflow_give_no_memory),
		cmocka_unit_test(memory_is_zeroed_and_copies_are_equal),
		cmocka_unit_test(chosen_allocation_and_all_after_it_fail),
		cmocka_unit_test(object_is_released_with_its_last_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
