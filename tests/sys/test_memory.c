/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory runs out at each allocation in turn while an object is opened, loaded, attached, run and thrown away in a machine of
 * its own: each time the error is -ENOMEM, and nothing is left. Leaks are the sanitizer's to find; what has a number (a
 * descriptor, an id, a thread) is counted here.
 */
#include "machine.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

static const char *examples;

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

static int count_entries(const char *folder)
{
	DIR *directory = opendir(folder);
	int count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static int use(struct bpf_object *object)
{
	const uint8_t packet[64] = { 0 };
	struct bpf_program *program;
	int error = bpf_object__load(object);

	bpf_object__for_each_program(program, object) {
		struct rq_run run = { .size = sizeof(run), .data_in = packet, .data_size_in = sizeof(packet) };

		if (error)
			break;
		run.prog_fd = bpf_program__fd(program);
		error = rq_machine_run(machine, &run);
		if (!error)
			error = rq_machine_attach(machine, UINT32_MAX, RQ_MACHINE_IRQ, run.prog_fd);
	}
	return error;
}

static int live(const char *path)
{
	struct rq_machine_options options = { .size = sizeof(options), .cpus = 2, .policy = RQSPIN_POLICY_KERNEL };
	struct bpf_object *object;
	int error = rq_machine_create(&options, &machine);

	if (error)
		return error;
	object = bpf_object__open_file(path, NULL);
	error = libbpf_get_error(object);
	if (!error) {
		error = use(object);
		bpf_object__close(object);
	}
	/* Whatever went wrong, the machine itself is whole, and what was taken back is gone. */
	assert_int_equal(rq_machine_attach(machine, UINT32_MAX, RQ_MACHINE_IRQ, -1), 0);
	rq_alloc_fail_after(0);
	assert_int_equal(next_id(BPF_PROG_GET_NEXT_ID, 0), -ENOENT);
	assert_int_equal(next_id(BPF_MAP_GET_NEXT_ID, 0), -ENOENT);
	assert_int_equal(rq_machine_destroy(machine), 0);
	return error;
}

static void fail_at_each_allocation(const char *name)
{
	char path[4096];
	int error, files, threads;
	uint64_t n;

	snprintf(path, sizeof(path), "%s/%s.bpf.o", examples, name);
	assert_int_equal(live(path), 0);
	files = count_entries("/proc/self/fd");
	threads = count_entries("/proc/self/task");
	for (n = 1; n < 5000; n++) {
		rq_alloc_fail_after(n);
		error = live(path);
		rq_alloc_fail_after(0);
		if (!error)
			break;
		/* libbpf has an errno of its own for some of what it was told. */
		if (error != -ENOMEM && error != -EINVAL && error != -ENOENT && error != -ESRCH)
			fail_msg("%s, allocation %llu: %d", name, (unsigned long long)n, error);
	}
	assert_in_range(n, 50, 4999);
	assert_int_equal(count_entries("/proc/self/fd"), files);
	assert_int_equal(count_entries("/proc/self/task"), threads);
}

static void an_object_with_arrays(void **state)
{
	fail_at_each_allocation("counter");
}

static void an_object_with_two_locks(void **state)
{
	fail_at_each_allocation("transfer");
}

static void an_object_with_lists_and_objects(void **state)
{
	fail_at_each_allocation("lru");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_with_arrays),
		cmocka_unit_test(an_object_with_two_locks),
		cmocka_unit_test(an_object_with_lists_and_objects),
	};

	if (argc != 2)
		return 2;
	examples = argv[1];
	libbpf_set_print(quiet);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
