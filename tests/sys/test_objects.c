/* SPDX-License-Identifier: BSD-2-Clause */
/* Unmodified libbpf loads objects through librqspin: whole ones, and ones that came to harm on their way. */
#include "machine.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "cpu/cpu.h"
#include "sys/object_file.h"

#define MUTATIONS 1000

static const char *examples;

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

struct bytes {
	uint8_t *data;
	size_t size;
};

static struct bytes example(const char *name)
{
	struct bytes bytes = { .data = malloc(1 << 20) };
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.bpf.o", examples, name);
	file = fopen(path, "r");
	assert_non_null(file);
	bytes.size = fread(bytes.data, 1, 1 << 20, file);
	fclose(file);
	return bytes;
}

static int nothing_is_left(void)
{
	return next_id(BPF_PROG_GET_NEXT_ID, 0) == -ENOENT && next_id(BPF_MAP_GET_NEXT_ID, 0) == -ENOENT &&
	       next_id(BPF_BTF_GET_NEXT_ID, 0) == -ENOENT;
}

static struct bpf_object *open_bytes(const void *data, size_t size)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "object");
	struct bpf_object *object = bpf_object__open_mem(data, size, &options);

	return libbpf_get_error(object) ? NULL : object;
}

static void an_object_is_loaded_run_and_gone(void **state)
{
	struct bytes bytes = example("counter");
	struct bpf_object *object = open_bytes(bytes.data, bytes.size);
	uint8_t packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof(packet), .repeat = 3);
	uint64_t bss[8];
	uint32_t key = 0;

	assert_non_null(object);
	assert_int_equal(bpf_object__load(object), 0);
	assert_int_equal(bpf_prog_test_run_opts(
				 bpf_program__fd(bpf_object__find_program_by_name(object, "count_packet")), &run), 0);
	assert_int_equal(run.retval, 0);
	assert_int_equal(bpf_map__lookup_elem(bpf_object__find_map_by_name(object, ".bss"), &key, 4, bss,
					      bpf_map__value_size(bpf_object__find_map_by_name(object, ".bss")), 0), 0);
	assert_int_equal(bss[0], 3);
	bpf_object__close(object);
	assert_true(nothing_is_left());
	free(bytes.data);
}

/* As a careful loader does: libbpf gets only objects whose tables lead somewhere. */
static int load_and_close(const void *data, size_t size)
{
	struct bpf_object *object;
	int error = rq_object_file_check(data, size, NULL);

	if (error)
		return error;
	object = open_bytes(data, size);
	if (!object)
		return -EINVAL;
	error = bpf_object__load(object);
	bpf_object__close(object);
	return error;
}

static void whole_objects_pass_the_check(void **state)
{
	static const char *const names[] = { "counter", "transfer", "nmi-sampler" };

	for (int i = 0; i < 3; i++) {
		struct bytes bytes = example(names[i]);
		char text[256] = "";
		struct rq_log log;

		rq_log_init(&log, 1, text, sizeof(text));
		assert_int_equal(rq_object_file_check(bytes.data, bytes.size, &log), 0);
		free(bytes.data);
	}
}

static void what_is_no_object_is_named(void **state)
{
	char text[256] = "";
	struct rq_log log;

	rq_log_init(&log, 1, text, sizeof(text));
	assert_int_equal(rq_object_file_check("#!/bin/sh\n", 10, &log), -EINVAL);
	rq_log_finish(&log, NULL);
	assert_string_equal(text, "not an ELF file");
}

static void every_64th_truncation_fails_and_leaves_nothing(void **state)
{
	struct bytes bytes = example("transfer");

	for (size_t size = 0; size < bytes.size; size += 64) {
		uint8_t *cut = malloc(size ? size : 1);

		memcpy(cut, bytes.data, size);
		assert_true(load_and_close(cut, size) < 0);
		free(cut);
	}
	assert_true(nothing_is_left());
	free(bytes.data);
}

/* Whatever bytes change, and with them names, types, instructions, line information: nothing of that does harm. */
static void mutated_objects_do_no_harm(void **state)
{
	struct bytes bytes = example("transfer");
	uint8_t *mutant = malloc(bytes.size);
	uint64_t seed = 1;

	for (int round = 0; round < MUTATIONS; round++) {
		memcpy(mutant, bytes.data, bytes.size);
		for (uint64_t n = 1 + rq_random_next(&seed) % 4; n; n--) {
			mutant[rq_random_next(&seed) % bytes.size] = rq_random_next(&seed);
		}
		load_and_close(mutant, bytes.size);
	}
	assert_true(nothing_is_left());
	free(mutant);
	free(bytes.data);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_object_is_loaded_run_and_gone, make_machine, end_machine),
		cmocka_unit_test(whole_objects_pass_the_check),
		cmocka_unit_test(what_is_no_object_is_named),
		cmocka_unit_test_setup_teardown(every_64th_truncation_fails_and_leaves_nothing, make_machine, end_machine),
		cmocka_unit_test_setup_teardown(mutated_objects_do_no_harm, make_machine, end_machine),
	};

	if (argc != 2)
		return 2;
	examples = argv[1];
	libbpf_set_print(quiet);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
