/* SPDX-License-Identifier: BSD-2-Clause */
/* BTF from outside: what is malformed is refused, in bounded time, and nothing of it is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "btf/btf.h"
#include "btf/check.h"
#include "cpu/cpu.h"

struct bytes {
	uint8_t *data;
	uint32_t size;
};

/* A handful of types of each kind that programs have. */
static struct bytes small_bytes(void)
{
	struct btf *types = btf__new_empty();
	int u32 = btf__add_int(types, "u32", 4, 0), var, proto;
	struct bytes bytes;
	const void *raw;

	btf__add_struct(types, "pair", 8);
	btf__add_field(types, "a", u32, 0, 0);
	btf__add_field(types, "b", u32, 32, 0);
	btf__add_ptr(types, btf__add_type_tag(types, "kptr", btf__add_const(types, btf__add_typedef(types, "pair_t", 2))));
	btf__add_array(types, u32, 2, 4);
	btf__add_enum(types, "e", 4);
	btf__add_enum_value(types, "one", 1);
	proto = btf__add_func_proto(types, u32);
	btf__add_func_param(types, "x", u32);
	btf__add_decl_tag(types, "tag", btf__add_func(types, "f", BTF_FUNC_GLOBAL, proto), 0);
	var = btf__add_var(types, "v", BTF_VAR_STATIC, u32);
	btf__add_datasec(types, ".data", 4);
	btf__add_datasec_var_info(types, var, 0, 4);
	raw = btf__raw_data(types, &bytes.size);
	bytes.data = malloc(bytes.size);
	memcpy(bytes.data, raw, bytes.size);
	btf__free(types);
	return bytes;
}

static int load(const void *data, uint32_t size)
{
	struct rq_btf *btf;
	int error = rq_btf_load(data, size, NULL, NULL, &btf);

	if (!error)
		rq_object_put(&btf->object);
	return error;
}

/* Types made with libbpf's own calls, then loaded; frees them. */
static int load_types(struct btf *types)
{
	uint32_t size;
	const void *data = btf__raw_data(types, &size);
	int error = load(data, size);

	btf__free(types);
	return error;
}

static void well_formed_types_are_taken(void **state)
{
	struct bytes small = small_bytes();

	assert_int_equal(load(small.data, small.size), 0);
	free(small.data);
}

static void no_types_at_all_are_refused(void **state)
{
	const struct {
		struct btf_header header;
		char names[4];
	} empty = { { .magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(struct btf_header), .str_len = 1 }, "" };
	uint32_t size = sizeof(empty.header) + 1;

	assert_int_equal(rq_btf_check(&empty, size, false, NULL), -EINVAL);
}

static void every_truncation_is_refused(void **state)
{
	struct bytes small = small_bytes();

	for (uint32_t size = 0; size < small.size; size++) {
		uint8_t *cut = malloc(size ? size : 1);

		memcpy(cut, small.data, size);
		assert_true(load(cut, size) < 0);
		free(cut);
	}
	free(small.data);
}

/* Whatever comes of it, it is an errno, and reading what was taken is safe (the sanitizers look on). */
static void mutations_do_no_harm(void **state)
{
	struct bytes small = small_bytes();
	uint64_t seed = 1;

	for (int round = 0; round < 20000; round++) {
		uint8_t *mutant = malloc(small.size);
		struct rq_btf *btf;

		memcpy(mutant, small.data, small.size);
		for (uint64_t n = 1 + rq_random_next(&seed) % 3; n; n--) {
			uint32_t at = rq_random_next(&seed) % small.size;

			mutant[at] = rq_random_next(&seed) & 1 ? rq_random_next(&seed) : mutant[at] ^ (1u << (at % 8));
		}
		if (!rq_btf_load(mutant, small.size, NULL, NULL, &btf)) {
			struct rq_record *record;

			for (uint32_t id = 1; id <= btf->type_count; id++) {
				rq_btf_size_of(btf, id);
				if (!rq_btf_parse_record(btf, NULL, id, 64, UINT32_MAX, &record))
					rq_free(record);
			}
			rq_object_put(&btf->object);
		}
		free(mutant);
	}
	free(small.data);
}

static void a_chain_that_comes_back_is_refused(void **state)
{
	struct btf *types = btf__new_empty();

	btf__add_typedef(types, "a", 2);
	btf__add_ptr(types, 3);
	btf__add_const(types, 1);
	assert_int_equal(load_types(types), -EINVAL);
}

static void a_struct_that_contains_itself_is_refused(void **state)
{
	struct btf *types = btf__new_empty();

	btf__add_struct(types, "s", 8);
	btf__add_field(types, "again", 1, 0, 0);
	assert_int_equal(load_types(types), -EINVAL);
}

static void a_pointer_to_oneself_in_a_struct_is_fine(void **state)
{
	struct btf *types = btf__new_empty();

	btf__add_struct(types, "s", 8);
	btf__add_field(types, "next", 2, 0, 0);
	btf__add_ptr(types, 1);
	assert_int_equal(load_types(types), 0);
}

static void nesting_is_bounded(void **state)
{
	struct btf *types = btf__new_empty();

	/* Outermost first, so that sizes are found by going down all the way. */
	for (int i = 1; i <= 100; i++) {
		btf__add_struct(types, NULL, 4);
		btf__add_field(types, "inner", i + 1, 0, 0);
	}
	btf__add_int(types, "int", 4, 0);
	assert_int_equal(load_types(types), -E2BIG);
}

static void a_member_beyond_its_struct_is_refused(void **state)
{
	struct btf *types = btf__new_empty();

	btf__add_int(types, "int", 4, 0);
	btf__add_struct(types, "s", 4);
	btf__add_field(types, "x", 1, 8, 0);
	assert_int_equal(load_types(types), -EINVAL);
}

static void the_reason_names_the_type(void **state)
{
	struct btf *types = btf__new_empty();
	char text[256];
	struct rq_log log;
	struct rq_btf *btf;
	uint32_t size;
	const void *data;

	btf__add_typedef(types, "self", 1);
	data = btf__raw_data(types, &size);
	rq_log_init(&log, 1, text, sizeof(text));
	assert_int_equal(rq_btf_load(data, size, NULL, &log, &btf), -EINVAL);
	rq_log_finish(&log, NULL);
	assert_string_equal(text, "[1] TYPEDEF self Loop detected\n");
	btf__free(types);
}

static void sizes_that_overflow_are_refused(void **state)
{
	struct btf *types = btf__new_empty();

	btf__add_int(types, "int", 4, 0);
	btf__add_array(types, 1, 1, 0x10000);
	btf__add_array(types, 1, 2, 0x10000);
	assert_int_equal(load_types(types), -EINVAL);
}

static void without_memory_nothing_is_kept(void **state)
{
	struct bytes small = small_bytes();
	int error = -ENOMEM;

	for (uint64_t n = 1; error && n < 100; n++) {
		rq_alloc_fail_after(n);
		error = load(small.data, small.size);
		rq_alloc_fail_after(0);
		assert_true(!error || error == -ENOMEM);
	}
	assert_int_equal(error, 0);
	free(small.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed_types_are_taken),
		cmocka_unit_test(no_types_at_all_are_refused),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(mutations_do_no_harm),
		cmocka_unit_test(a_chain_that_comes_back_is_refused),
		cmocka_unit_test(a_struct_that_contains_itself_is_refused),
		cmocka_unit_test(a_pointer_to_oneself_in_a_struct_is_fine),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(a_member_beyond_its_struct_is_refused),
		cmocka_unit_test(the_reason_names_the_type),
		cmocka_unit_test(sizes_that_overflow_are_refused),
		cmocka_unit_test(without_memory_nothing_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
