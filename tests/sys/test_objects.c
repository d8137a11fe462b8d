/* SPDX-License-Identifier: BSD-2-Clause */
/* Unmodified libbpf loads objects through librqspin: whole ones, and ones that came to harm on their way. */
#include "machine.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>

#include "cpu/cpu.h"

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

static int load_and_close(const void *data, size_t size)
{
	struct bpf_object *object = open_bytes(data, size);
	int error;

	if (!object)
		return -EINVAL;
	error = bpf_object__load(object);
	bpf_object__close(object);
	return error;
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

/* libbpf hands on what it does not check itself: instructions, types, line information. Nothing of that does harm. */
static void mutated_objects_do_no_harm(void **state)
{
	struct bytes bytes = example("transfer");
	uint8_t *mutant = malloc(bytes.size);
	uint64_t seed = 1;

	for (int round = 0; round < 300; round++) {
		memcpy(mutant, bytes.data, bytes.size);
		for (uint64_t n = 1 + rq_random_next(&seed) % 4; n; n--) {
			/* Behind the ELF header, before the section headers: those are libelf's and libbpf's to check. */
			size_t at = 64 + rq_random_next(&seed) % (bytes.size - 64 - 64 * 30);

			mutant[at] = rq_random_next(&seed);
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
		cmocka_unit_test_setup_teardown(every_64th_truncation_fails_and_leaves_nothing, make_machine, end_machine),
		cmocka_unit_test_setup_teardown(mutated_objects_do_no_harm, make_machine, end_machine),
	};

	if (argc != 2)
		return 2;
	examples = argv[1];
	libbpf_set_print(quiet);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
