/* SPDX-License-Identifier: BSD-2-Clause */
/* A loader of a user's own: unmodified libbpf, librqspin.so before it, and only public calls. */
#include "machine.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <sys/mman.h>
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

struct node {
	struct node *next;
	long number;
};

static int run_call(struct bpf_object *object, const char *program)
{
	LIBBPF_OPTS(bpf_test_run_opts, run);

	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(bpf_object__find_program_by_name(object, program)), &run), 0);
	return run.retval;
}

/* The user follows the pointers that programs wrote, and programs those of the user. */
static void an_arena_is_mapped_at_its_address(void **state)
{
	struct bpf_object *object = load(objects, "shared");
	int fd = bpf_map__fd(bpf_object__find_map_by_name(object, "arena"));
	void *address = (void *)0x20000000ul;
	struct node *first;

	assert_ptr_equal(mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	assert_ptr_equal(mmap(address, 16 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), address);
	for (int i = 0; i < 3; i++)
		assert_int_equal(run_call(object, "push"), 0);
	first = (struct node *)((char *)address + 2 * 4096);
	assert_int_equal(first->number, 3);
	assert_int_equal(first->next->number, 2);
	assert_int_equal(first->next->next->number, 1);
	assert_null(first->next->next->next);
	assert_int_equal(run_call(object, "second"), 2);
	first->next->number = 77;
	assert_int_equal(run_call(object, "second"), 77);
	first->next = (struct node *)((char *)address + 15 * 4096 + 64);
	assert_int_equal(run_call(object, "second"), 0); /* no page is there */
	first->next->number = 78;			  /* now there is */
	assert_int_equal(run_call(object, "second"), 78);
	assert_int_equal(run_call(object, "gone"), 0);
	assert_int_equal(first->number, 0);
	munmap(address, 16 * 4096);
	assert_int_equal(run_call(object, "second"), 0);
	bpf_object__close(object);
}

/* What each program of arena.bpf.c returned on Linux 6.18.44. */
static void corner_cases_of_arenas_are_as_in_linux(void **state)
{
	static const struct {
		const char *program;
		int result;
	} expected[] = {
		{ "fetch_gone", 77 },  { "xchg_gone", 78 },    { "cmp_gone", 5 },	   { "load_gone", 1 },
		{ "alloc_at", 1 },     { "alloc_low", 1 },     { "alloc_many", 1 },	   { "alloc_all", 1 },
		{ "alloc_node0", 1 },  { "alloc_node9", 1 },   { "alloc_flags", 1 },	   { "alloc_zero", 1 },
		{ "reserve", 0 },      { "reserve_odd", 0 },   { "reserve_far", -EINVAL }, { "reserve_0", 0 },
		{ "reserve_more", -EINVAL }, { "reserve_twice", -EBUSY }, { "addr", 0x1000000 }, { "cross", 0 },
		{ "wrap", 3 },
	};

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct bpf_object *object = load(objects, "arena");

		assert_int_equal(run_call(object, expected[i].program), expected[i].result);
		bpf_object__close(object);
	}
}

static void a_task_has_its_own_value(void **state)
{
	struct bpf_object *object = load(objects, "shared");
	int map = bpf_map__fd(bpf_object__find_map_by_name(object, "runs")), pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	long count;

	assert_int_equal(bpf_map_lookup_elem(map, &pidfd, &count), -ENOENT);
	for (int i = 1; i <= 3; i++)
		assert_int_equal(run(object, "count_task"), i);
	assert_int_equal(bpf_map_lookup_elem(map, &pidfd, &count), 0);
	assert_int_equal(count, 3);
	count = 10;
	assert_int_equal(bpf_map_update_elem(map, &pidfd, &count, BPF_EXIST), 0);
	assert_int_equal(run(object, "count_task"), 11);
	assert_int_equal(bpf_map_delete_elem(map, &pidfd), 0);
	assert_int_equal(run(object, "count_task"), 1);
	close(pidfd);
	bpf_object__close(object);
}

static void timers_end_with_the_last_descriptor_of_their_map(void **state)
{
	for (int closes = 0; closes < 2; closes++) {
		struct bpf_object *object = load(objects, "shared");
		int fd = bpf_map__fd(bpf_object__find_map_by_name(object, "alarms")), other;

		assert_int_equal(run(object, "arm"), 0);
		if (closes) {
			/* The program still holds the map. Something else takes the descriptor's number. */
			assert_true(dup2(STDERR_FILENO, fd) == fd);
			for (int i = 0; i < 100; i++) { /* a new object looks for descriptors that are gone */
				other = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 4, 1, NULL);
				assert_true(other >= 0);
				close(other);
			}
			usleep(500000);
			assert_int_equal(run(object, "count_rings"), 0);
		} else {
			for (int i = 0; i < 300 && !run(object, "count_rings"); i++)
				usleep(10000);
			assert_int_equal(run(object, "count_rings"), 1);
		}
		bpf_object__close(object);
	}
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
		IN_A_MACHINE(an_arena_is_mapped_at_its_address),
		IN_A_MACHINE(corner_cases_of_arenas_are_as_in_linux),
		IN_A_MACHINE(timers_end_with_the_last_descriptor_of_their_map),
		IN_A_MACHINE(a_task_has_its_own_value),
	};

	if (argc != 3)
		return 2;
	examples = argv[1];
	objects = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
