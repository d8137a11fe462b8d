/* SPDX-License-Identifier: BSD-2-Clause */
/* A loader of a user's own: unmodified libbpf, librqspin.so before it, and only public calls. */
#include "machine.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <sys/syscall.h>

static const char *examples, *objects;

static struct bpf_object *load(const char *folder, const char *name)
{
	struct bpf_object *object;
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s.bpf.o", folder, name);
	object = bpf_object__open_file(path, NULL);
	assert_int_equal(libbpf_get_error(object), 0);
	assert_int_equal(bpf_object__load(object), 0);
	return object;
}

static int run(struct bpf_object *object, const char *program)
{
	uint8_t packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = packet, .data_size_in = sizeof(packet));

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(bpf_object__find_program_by_name(object, program)), &run), 0);
	return run.retval;
}

static void a_program_that_takes_a_lock_runs(void **state)
{
	struct bpf_object *object = load(examples, "counter");

	assert_int_equal(run(object, "count_packet"), 0);
	bpf_object__close(object);
}

static void the_kernel_types_are_ours(void **state)
{
	struct btf *kernel = btf__load_vmlinux_btf();

	assert_true(btf__find_by_name_kind(kernel, "rqspin_kernel_types", BTF_KIND_STRUCT) > 0);
	btf__free(kernel);
}

static void libbpf_sees_the_machines_cpus(void **state)
{
	assert_int_equal(libbpf_num_possible_cpus(), 2);
}

static void other_system_calls_go_to_the_kernel(void **state)
{
	assert_int_equal(syscall(SYS_getpid), getpid());
	errno = 0;
	assert_int_equal(syscall(SYS_close, -1), -1);
	assert_int_equal(errno, EBADF);
}

static int count_record(void *arg, void *data, size_t size)
{
	long *seen = arg;

	assert_int_equal(size, 40);
	assert_int_equal(*(long *)data, ++*seen);
	return 0;
}

/* libbpf maps the ring and polls it. 1,000 records of 48 bytes go round a page of data more than ten times. */
static void a_ring_buffer_is_polled_and_read(void **state)
{
	struct bpf_object *object = load(objects, "ring");
	long seen = 0;
	struct ring_buffer *ring = ring_buffer__new(bpf_map__fd(bpf_object__find_map_by_name(object, "ring")),
						    count_record, &seen, NULL);

	assert_non_null(ring);
	for (int i = 1; i <= 1000; i++) {
		assert_int_equal(run(object, "say"), 0);
		if (i % 7 == 0)
			assert_true(ring_buffer__poll(ring, 1000) > 0);
	}
	ring_buffer__consume(ring);
	assert_int_equal(seen, 1000);
	ring_buffer__free(ring);
	bpf_object__close(object);
}

#define IN_A_MACHINE(test) cmocka_unit_test_setup_teardown(test, make_machine, end_machine)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(a_program_that_takes_a_lock_runs),
		IN_A_MACHINE(the_kernel_types_are_ours),
		IN_A_MACHINE(libbpf_sees_the_machines_cpus),
		IN_A_MACHINE(other_system_calls_go_to_the_kernel),
		IN_A_MACHINE(a_ring_buffer_is_polled_and_read),
	};

	if (argc != 3)
		return 2;
	examples = argv[1];
	objects = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
