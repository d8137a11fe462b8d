/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every program of both corpora that Linux returned a value from returns it here, loaded by unmodified libbpf, alone in its
 * object and with fresh maps, and run once by BPF_PROG_TEST_RUN on 64 zero bytes.
 */
#include "machine.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>

static const char *list, *objects;

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

/* 0 and the value, or what went wrong. */
static int run_alone(const char *path, const char *name, uint32_t *value)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	uint8_t packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof(packet));
	struct bpf_program *program, *each;
	int error = libbpf_get_error(object);

	if (error)
		return error;
	program = bpf_object__find_program_by_name(object, name);
	bpf_object__for_each_program(each, object)
		bpf_program__set_autoload(each, each == program);
	error = program ? bpf_object__load(object) : -ENOENT;
	if (!error) {
		/* Kinds without a packet refuse one. */
		if (bpf_program__type(program) == BPF_PROG_TYPE_SYSCALL || bpf_program__type(program) == BPF_PROG_TYPE_RAW_TRACEPOINT)
			run.data_in = NULL, run.data_size_in = 0;
		error = bpf_prog_test_run_opts(bpf_program__fd(program), &run);
	}
	*value = run.retval;
	bpf_object__close(object);
	return error;
}

static void each_program_returns_what_it_returned_in_linux(void **state)
{
	char line[1024], path[4096], object[64], program[64];
	FILE *rows = fopen(list, "r");
	int done = 0, wrong = 0;

	assert_non_null(rows);
	while (fgets(line, sizeof(line), rows)) {
		const char *last = strrchr(line, '\t');
		uint32_t value = 0, expected;
		int error;

		if (*line == '#' || !last || last[1] == '-' || sscanf(line, "%63[^:]:%63[^\t]", object, program) != 2)
			continue;
		expected = (uint32_t)strtol(last + 1, NULL, 10);
		snprintf(path, sizeof(path), "%s/%s", objects, object);
		if (make_machine(state))
			fail_msg("no machine");
		error = run_alone(path, program, &value);
		end_machine(state);
		done++;
		if (error || value != expected) {
			print_message("%s:%s: %d, value %d, in Linux %d\n", object, program, error, (int)value, (int)expected);
			wrong++;
		}
	}
	fclose(rows);
	assert_in_range(done, 60, 1000);
	assert_int_equal(wrong, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_program_returns_what_it_returned_in_linux),
	};

	if (argc < 3)
		return 2;
	list = argv[1];
	objects = argv[2];
	libbpf_set_print(quiet);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
