/* SPDX-License-Identifier: BSD-2-Clause */
/* Machines, descriptors and what a process does with them: forks, threads, sockets, a thousand machines one after another. */
#include "machine.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>

static int lookup(int fd, uint64_t *value)
{
	uint32_t key = 0;

	return element(BPF_MAP_LOOKUP_ELEM, fd, &key, value, 0);
}

static int run_once(int prog)
{
	static const uint8_t packet[64];
	struct rq_run run = { .size = sizeof(run), .prog_fd = prog, .data_in = packet, .data_size_in = sizeof(packet) };

	return rq_machine_run(machine, &run);
}

static int count_entries(const char *folder)
{
	DIR *directory = opendir(folder);
	int count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static long resident_pages(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long size, resident = 0;

	assert_int_equal(fscanf(file, "%ld %ld", &size, &resident), 2);
	fclose(file);
	return resident;
}

#define MACHINES 1000

/* Descriptors, threads and memory. */
static void of_a_thousand_machines_nothing_is_left(void **state)
{
	int files = 0, threads = 0;
	long pages = 0;

	for (int i = 0; i < MACHINES; i++) {
		int map, prog;

		assert_int_equal(end_machine(state), 0);
		assert_int_equal(make_machine(state), 0);
		map = array_of(8, 512, BPF_F_MMAPABLE);
		prog = program_returning(3, BPF_PROG_TYPE_SCHED_CLS);
		assert_int_equal(run_once(prog), 0);
		close(map);
		close(prog);
		if (i == MACHINES / 10) {
			files = count_entries("/proc/self/fd");
			threads = count_entries("/proc/self/task");
			pages = resident_pages();
		}
	}
	assert_int_equal(count_entries("/proc/self/fd"), files);
	assert_int_equal(count_entries("/proc/self/task"), threads);
	if (CALLS_ARE_OURS) /* a sanitizer keeps what was freed */
		assert_in_range(resident_pages(), 0, pages + 256);
}

/* The child has no CPUs, and is told so; it may have a machine of its own. */
static void after_fork_a_machine_is_the_parents(void **state)
{
	int fd = array_of(8, 1, 0), prog = program_returning(3, BPF_PROG_TYPE_SCHED_CLS), status;
	uint64_t value = 1;
	uint32_t key = 0;
	pid_t child = fork();

	if (!child) {
		bool fine = run_once(prog) == -ESRCH && rq_machine_raise(machine, 0, RQ_MACHINE_IRQ) == -ESRCH &&
			    rq_machine_destroy(machine) == -ESRCH && lookup(fd, &value) == -EINVAL && array_of(8, 1, 0) > 2;

		_exit(!fine);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && !WEXITSTATUS(status));
	assert_int_equal(element(BPF_MAP_UPDATE_ELEM, fd, &key, &value, 0), 0);
	assert_int_equal(run_once(prog), 0);
	close(fd);
	close(prog);
}

/* Sent through a socket, a descriptor is another one of the same file. */
static void a_descriptor_that_was_sent_names_the_same_object(void **state)
{
	int fd = array_of(8, 1, 0), sockets[2], received;
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	char byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control) };
	uint64_t value;

	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets), 0);
	control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	assert_int_equal(sendmsg(sockets[0], &message, 0), 1);
	assert_int_equal(recvmsg(sockets[1], &message, 0), 1);
	memcpy(&received, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(received));
	close(fd);
	assert_int_equal(lookup(received, &value), 0);
	close(received);
	close(sockets[0]);
	close(sockets[1]);
	assert_int_equal(next_id(BPF_MAP_GET_NEXT_ID, 0), -ENOENT);
}

static void *open_and_close(void *arg)
{
	for (int i = 0; i < 300; i++) {
		int fd = array_of(8, 1, i % 2 ? BPF_F_MMAPABLE : 0), other = dup(fd);
		uint64_t value;

		if (fd < 0 || lookup(other, &value))
			return machine;
		close(fd);
		if (lookup(other, &value))
			return machine;
		close(other);
	}
	return NULL;
}

/* Threads open, duplicate and close the same numbers at once: what is open names its object, and in the end nothing is left. */
static void descriptors_come_and_go_in_several_threads(void **state)
{
	pthread_t threads[3];
	void *wrong;

	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, open_and_close, NULL), 0);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], &wrong);
		assert_null(wrong);
	}
	assert_int_equal(next_id(BPF_MAP_GET_NEXT_ID, 0), -ENOENT);
}

/* What a map may take is bounded by an errno, not by the process's end. */
static void too_much_memory_is_refused(void **state)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 1 << 20, .max_entries = 1u << 31 };

	assert_true(rq_bpf(BPF_MAP_CREATE, &attr, sizeof(attr)) < 0);
	assert_true(array_of(1u << 30, 1u << 31, 0) < 0);
	assert_int_equal(next_id(BPF_MAP_GET_NEXT_ID, 0), -ENOENT);
}

#define IN_A_MACHINE(test) cmocka_unit_test_setup_teardown(test, make_machine, end_machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_MACHINE(of_a_thousand_machines_nothing_is_left),
		IN_A_MACHINE(after_fork_a_machine_is_the_parents),
		IN_A_MACHINE(a_descriptor_that_was_sent_names_the_same_object),
		IN_A_MACHINE(descriptors_come_and_go_in_several_threads),
		IN_A_MACHINE(too_much_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
