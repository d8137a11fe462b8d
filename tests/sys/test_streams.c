/* SPDX-License-Identifier: BSD-2-Clause */
/* What programs write to their streams, and what is reported of their locks, as bpf(2) reads it (argument: streams.bpf.o). */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "rqspin/bpf.h"

#define STREAM_READ 37 /* BPF_PROG_STREAM_READ_BY_FD */

enum { OUT = 1, ERR = 2 };

static const char *path;
static struct rq_machine *machine;
static struct bpf_object *object;
static char text[200000];

static int load(void **state)
{
	struct rq_machine_options options = { .size = sizeof(options), .cpus = 2, .policy = RQSPIN_POLICY_KERNEL };

	assert_int_equal(rq_machine_create(&options, &machine), 0);
	object = bpf_object__open_file(path, NULL);
	assert_non_null(object);
	assert_int_equal(bpf_object__load(object), 0);
	return 0;
}

static int unload(void **state)
{
	bpf_object__close(object);
	return rq_machine_destroy(machine);
}

static int prog_fd(const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(object, name));
}

static int run(const char *program)
{
	static const uint8_t packet[64];
	struct rq_run run = { .size = sizeof(run),
			      .prog_fd = prog_fd(program),
			      .data_in = packet,
			      .data_size_in = sizeof(packet) };

	assert_int_equal(rq_machine_run(machine, &run), 0);
	return (int)run.retval;
}

static long read_at(int fd, uint32_t stream, void *buffer, uint32_t size)
{
	union {
		union bpf_attr bpf;
		struct {
			uint64_t buffer;
			uint32_t size, stream, prog_fd;
		} read;
	} attr = { .read = { (uintptr_t)buffer, size, stream, (uint32_t)fd } };

	return rq_bpf(STREAM_READ, &attr.bpf, sizeof(attr));
}

/* As a string, in `text`. */
static long read_all(const char *program, uint32_t stream)
{
	long bytes = read_at(prog_fd(program), stream, text, sizeof(text) - 1);

	text[bytes > 0 ? bytes : 0] = '\0';
	return bytes;
}

static void what_a_program_prints_is_read_once(void **state)
{
	assert_int_equal(run("speaks"), 0);
	assert_int_equal(run("speaks"), 0);
	assert_int_equal(read_all("speaks", ERR), 0);
	assert_int_equal(read_at(prog_fd("speaks"), OUT, text, 3), 3); /* in pieces */
	assert_memory_equal(text, "pac", 3);
	assert_int_equal(read_all("speaks", OUT), 17);
	assert_string_equal(text, "ket 64\npacket 64\n");
	assert_int_equal(read_all("speaks", OUT), 0);
	assert_int_equal(run("speaks"), 0);
	assert_int_equal(read_all("speaks", OUT), 10);
	assert_int_equal(read_all("is_silent", OUT), 0);
}

static void wrong_reads_and_writes_are_refused(void **state)
{
	assert_int_equal(run("speaks_to_nobody"), -ENOENT);
	assert_int_equal(run("asks_too_much"), -EINVAL);
	assert_int_equal(read_all("asks_too_much", OUT), 0);

	assert_int_equal(read_all("speaks", 0), -ENOENT);
	assert_int_equal(read_all("speaks", 3), -ENOENT);
	assert_int_equal(read_at(-1, OUT, text, 10), -EBADF);
	assert_int_equal(read_at(bpf_map__fd(bpf_object__find_map_by_name(object, "elements")), OUT, text, 10), -EINVAL);
	assert_int_equal(read_at(prog_fd("speaks"), OUT, NULL, 10), 0); /* nothing to write there */
	assert_int_equal(run("speaks"), 0);
	assert_int_equal(read_at(prog_fd("speaks"), OUT, NULL, 10), -EFAULT);
	assert_int_equal(read_at(prog_fd("speaks"), OUT, text, 0), 0);
	assert_int_equal(read_all("speaks", OUT), 10); /* and none of it is lost */
}

static void a_stream_that_nobody_reads_fills_up(void **state)
{
	for (int i = 0; i < 100; i++)
		assert_int_equal(run("speaks_at_length"), 0);
	assert_int_equal(run("speaks_at_length"), -ENOSPC);
	assert_int_equal(read_at(prog_fd("speaks_at_length"), ERR, text, 1500), 1500);
	assert_int_equal(run("speaks_at_length"), 0);
	assert_int_equal(read_all("speaks_at_length", ERR), 99500);
	for (int i = 0; i < 1000; i++) { /* round and round */
		assert_int_equal(run("speaks_at_length"), 0);
		assert_int_equal(read_all("speaks_at_length", ERR), 1000);
		assert_int_equal(text[998], '1');
	}
}

static void a_failed_lock_is_reported_with_its_name(void **state)
{
	unsigned long long attempted, held;
	unsigned int count;

	assert_int_equal(run("locks_twice"), -EDEADLK);
	assert_true(read_all("locks_twice", ERR) > 0);
	assert_int_equal(sscanf(text,
				"ERROR: AA or ABBA deadlock detected for bpf_res_spin_lock_irqsave\n"
				"Attempted lock   = 0x%llx\nTotal held locks = %u\nHeld lock[ 0] = 0x%llx\n",
				&attempted, &count, &held),
			 3);
	assert_int_equal(attempted, held);
	assert_int_equal(count, 1);
	assert_non_null(strstr(text, "\nLock names: attempted elements[1].lock; held elements[1].lock\n"));
	assert_non_null(strstr(text, "\nCall trace:\nlocks_twice\nerr = bpf_res_spin_lock_irqsave(&second->lock, &again); @ "));
	assert_int_equal(read_all("locks_twice", ERR), 0);
	assert_int_equal(read_all("locks_twice", OUT), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_a_program_prints_is_read_once, load, unload),
		cmocka_unit_test_setup_teardown(wrong_reads_and_writes_are_refused, load, unload),
		cmocka_unit_test_setup_teardown(a_stream_that_nobody_reads_fills_up, load, unload),
		cmocka_unit_test_setup_teardown(a_failed_lock_is_reported_with_its_name, load, unload),
	};

	path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
