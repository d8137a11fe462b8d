/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors are real ones; an object lives while one names it or another object holds it. */
#include "machine.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/memory.h"

static int lookup(int fd, uint32_t key, uint64_t *value)
{
	return element(BPF_MAP_LOOKUP_ELEM, fd, &key, value, 0);
}

static void a_duplicate_names_the_same_object(void **state)
{
	int fd = array_of(8, 1, 0), other = fcntl(fd, F_DUPFD_CLOEXEC, 100);
	uint64_t value = 7;
	uint32_t key = 0;

	assert_true(fd > 2);
	assert_int_equal(element(BPF_MAP_UPDATE_ELEM, fd, &key, &value, 0), 0);
	close(fd);
	value = 0;
	assert_int_equal(lookup(other, 0, &value), 0);
	assert_int_equal(value, 7);
	close(other);
}

/* libbpf puts a map on a descriptor that was another one's. */
static void dup3_over_another_object_replaces_it(void **state)
{
	int a = array_of(8, 1, 0), b = array_of(4, 1, 0);
	uint64_t value = 1;

	assert_int_equal(dup3(a, b, O_CLOEXEC), b);
	close(a);
	assert_int_equal(lookup(b, 0, &value), 0);
	assert_int_equal(value, 0); /* all of the 8 bytes */
	close(b);
	assert_int_equal(next_id(BPF_MAP_GET_NEXT_ID, 0), -ENOENT);
}

static void after_the_last_close_the_object_is_gone(void **state)
{
	int fd = array_of(8, 1, 0);

	assert_true(next_id(BPF_MAP_GET_NEXT_ID, 0) > 0);
	close(fd);
	assert_int_equal(next_id(BPF_MAP_GET_NEXT_ID, 0), -ENOENT);
}

/* Some close by other ways than close(): that is found out as new objects come. */
static void descriptors_closed_behind_our_back_are_missed_later(void **state)
{
	int fds[200];
	uint32_t id, count = 0;

	for (int i = 0; i < 200; i++) {
		fds[i] = array_of(8, 1, 0);
		assert_true(fds[i] > 0);
	}
	for (int i = 0; i < 200; i++)
		close_range(fds[i], fds[i], 0);
	for (int i = 0; i < 400; i++) {
		int fd = array_of(8, 1, 0);

		assert_true(fd > 0);
		close_range(fd, fd, 0);
	}
	for (id = 0; next_id(BPF_MAP_GET_NEXT_ID, id) > 0; count++)
		id = next_id(BPF_MAP_GET_NEXT_ID, id);
	assert_in_range(count, 0, 200);
}

static void other_descriptors_name_nothing(void **state)
{
	uint64_t value;
	int memfd = memfd_create("other", 0);

	assert_int_equal(lookup(-1, 0, &value), -EBADF);
	assert_int_equal(lookup(9999, 0, &value), -EBADF);
	assert_int_equal(lookup(STDERR_FILENO, 0, &value), -EINVAL);
	assert_int_equal(lookup(memfd, 0, &value), -EINVAL);
	close(memfd);
}

static void an_object_of_another_kind_is_refused(void **state)
{
	int prog = program_returning(0, BPF_PROG_TYPE_SOCKET_FILTER);
	uint64_t value;

	assert_true(prog > 2);
	assert_int_equal(lookup(prog, 0, &value), -EINVAL);
	close(prog);
}

static void descriptors_are_closed_on_exec(void **state)
{
	int fd = array_of(8, 1, BPF_F_MMAPABLE);

	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
}

static void a_mapped_array_is_the_map(void **state)
{
	int fd = array_of(8, 512, BPF_F_MMAPABLE);
	uint64_t *values = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), value = 5;
	uint32_t key = 3;

	assert_ptr_not_equal(values, MAP_FAILED);
	assert_int_equal(element(BPF_MAP_UPDATE_ELEM, fd, &key, &value, 0), 0);
	assert_int_equal(values[3], 5);
	values[4] = 6;
	assert_int_equal(lookup(fd, 4, &value), 0);
	assert_int_equal(value, 6);
	munmap(values, 4096);
	close(fd);
}

/* The mapping outlives the map, and a map by id is mapped the same memory. */
static void a_descriptor_by_id_maps_the_same_memory(void **state)
{
	union bpf_attr attr = { 0 };
	int fd = array_of(8, 512, BPF_F_MMAPABLE), other;
	uint64_t *values, value = 9;
	uint32_t key = 0;

	attr.map_id = next_id(BPF_MAP_GET_NEXT_ID, 0);
	other = rq_bpf(BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr));
	assert_true(other > 2);
	assert_int_equal(element(BPF_MAP_UPDATE_ELEM, fd, &key, &value, 0), 0);
	close(fd);
	values = mmap(NULL, 4096, PROT_READ, MAP_SHARED, other, 0);
	assert_ptr_not_equal(values, MAP_FAILED);
	close(other);
	assert_int_equal(next_id(BPF_MAP_GET_NEXT_ID, 0), -ENOENT);
	assert_int_equal(values[0], 9);
	munmap(values, 4096);
}

static void what_is_not_mmapable_is_not_mapped(void **state)
{
	int fd;

	if (!(CALLS_ARE_OURS))
		skip();
	fd = array_of(8, 512, 0);
	errno = 0;
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(errno, EINVAL);
	close(fd);
}

static void descriptors_outlive_their_machine_and_name_nothing(void **state)
{
	int fd = array_of(8, 1, 0);
	uint64_t value;

	assert_int_equal(end_machine(state), 0);
	assert_int_equal(make_machine(state), 0);
	assert_int_equal(lookup(fd, 0, &value), -EINVAL);
	close(fd);
}

static void a_second_machine_waits_for_the_first_to_end(void **state)
{
	struct rq_machine_options options = { .size = sizeof(options), .cpus = 1, .policy = RQSPIN_POLICY_KERNEL };
	struct rq_machine *second;

	assert_int_equal(rq_machine_create(&options, &second), -EBUSY);
}

static void machines_come_and_go(void **state)
{
	int left[50], map, prog;

	for (int i = 0; i < 50; i++) {
		assert_int_equal(end_machine(state), 0);
		assert_int_equal(make_machine(state), 0);
		map = array_of(8, 1, BPF_F_MMAPABLE);
		prog = program_returning(0, BPF_PROG_TYPE_SCHED_CLS);
		assert_true(map > 2 && prog > 2);
		close(i % 2 ? map : prog); /* the other one goes with the machine */
		left[i] = i % 2 ? prog : map;
	}
	for (int i = 0; i < 50; i++)
		close(left[i]);
}

static void without_memory_nothing_is_half_made(void **state)
{
	int fd = -ENOMEM;

	for (uint64_t n = 1; fd < 0 && n < 500; n++) {
		rq_alloc_fail_after(n);
		fd = array_of(8, 4, BPF_F_MMAPABLE);
		rq_alloc_fail_after(0);
		if (fd >= 0)
			break;
		assert_int_equal(fd, -ENOMEM);
		assert_int_equal(next_id(BPF_MAP_GET_NEXT_ID, 0), -ENOENT);
	}
	assert_true(fd > 2);
	close(fd);
	fd = -ENOMEM;
	for (uint64_t n = 1; fd < 0 && n < 500; n++) {
		rq_alloc_fail_after(n);
		fd = program_returning(0, BPF_PROG_TYPE_SCHED_CLS);
		rq_alloc_fail_after(0);
		if (fd >= 0)
			break;
		assert_int_equal(fd, -ENOMEM);
		assert_int_equal(next_id(BPF_PROG_GET_NEXT_ID, 0), -ENOENT);
	}
	assert_true(fd > 2);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_duplicate_names_the_same_object, make_machine, end_machine),
		cmocka_unit_test_setup_teardown(dup3_over_another_object_replaces_it, make_machine, end_machine),
		cmocka_unit_test_setup_teardown(after_the_last_close_the_object_is_gone, make_machine, end_machine),
		cmocka_unit_test_setup_teardown(descriptors_closed_behind_our_back_are_missed_later, make_machine, end_machine),
		cmocka_unit_test_setup_teardown(other_descriptors_name_nothing, make_machine, end_machine),
		cmocka_unit_test_setup_teardown(an_object_of_another_kind_is_refused, make_machine, end_machine),
		cmocka_unit_test_setup_teardown(descriptors_are_closed_on_exec, make_machine, end_machine),
		cmocka_unit_test_setup_teardown(a_mapped_array_is_the_map, make_machine, end_machine),
		cmocka_unit_test_setup_teardown(a_descriptor_by_id_maps_the_same_memory, make_machine, end_machine),
		cmocka_unit_test_setup_teardown(what_is_not_mmapable_is_not_mapped, make_machine, end_machine),
		cmocka_unit_test_setup_teardown(descriptors_outlive_their_machine_and_name_nothing, make_machine, end_machine),
		cmocka_unit_test_setup_teardown(a_second_machine_waits_for_the_first_to_end, make_machine, end_machine),
		cmocka_unit_test_setup_teardown(machines_come_and_go, make_machine, end_machine),
		cmocka_unit_test_setup_teardown(without_memory_nothing_is_half_made, make_machine, end_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
