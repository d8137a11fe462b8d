/* SPDX-License-Identifier: BSD-2-Clause */
/* What Linux documents of its lock, by programs on virtual CPUs (outcomes.bpf.c; argument: the object). */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>

#include <bpf/libbpf.h>

#include "rqspin/bpf.h"

#define CPUS	   4
#define LIMIT_NS   250000000ull /* of a wait */
#define PATIENCE_S 20		/* until two that run against each other must have met */

static const char *path;
static struct rq_machine *machine;
static struct bpf_object *object;

static int load(void **state)
{
	struct rq_machine_options options = { .size = sizeof(options), .cpus = CPUS, .policy = RQSPIN_POLICY_KERNEL };

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

/* What the program returned. */
static int run_on(unsigned int cpu, int fd)
{
	static const uint8_t packet[64];
	struct rq_run run = { .size = sizeof(run), .prog_fd = fd, .cpu = cpu, .data_in = packet, .data_size_in = sizeof(packet) };
	int err = rq_machine_run(machine, &run);

	return err ? err : (int)run.retval;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void the_same_lock_again_is_a_deadlock(void **state)
{
	assert_int_equal(run_on(0, prog_fd("same_lock_again")), -EDEADLK);
	assert_int_equal(run_on(0, prog_fd("same_lock_again")), -EDEADLK); /* and nothing was left behind */
}

/* 34 are held, and a CPU's table has room for 31. Of one that is in it the CPU knows at once; of the others never. */
static void a_lock_beyond_the_table_again_is_a_timeout(void **state)
{
	uint64_t start;

	assert_int_equal(run_on(0, prog_fd("recorded_lock_again")), -EDEADLK);
	start = now_ns();
	assert_int_equal(run_on(0, prog_fd("unrecorded_lock_again")), -ETIMEDOUT);
	assert_true(now_ns() - start > LIMIT_NS);
}

static atomic_bool met;

struct side {
	pthread_t thread;
	unsigned int cpu;
	const char *program;
	unsigned int deadlocks, others;
};

static void *run_against(void *arg)
{
	struct side *side = arg;
	uint64_t end = now_ns() + PATIENCE_S * 1000000000ull;

	while (!atomic_load(&met) && now_ns() < end) {
		int result = run_on(side->cpu, prog_fd(side->program));

		if (result == -EDEADLK) {
			side->deadlocks++;
			atomic_store(&met, true);
		} else if (result) {
			side->others++;
		}
	}
	return NULL;
}

/* A then B on three CPUs, B then A on one, until they meet: a side gets -EDEADLK, and nobody hangs or times out. */
static void opposite_orders_end_in_a_deadlock_for_one_side(void **state)
{
	struct side sides[CPUS];
	unsigned int deadlocks = 0, others = 0;

	for (unsigned int i = 0; i < CPUS; i++) {
		sides[i] = (struct side){ .cpu = i, .program = i ? "a_then_b" : "b_then_a" };
		assert_int_equal(pthread_create(&sides[i].thread, NULL, run_against, &sides[i]), 0);
	}
	for (unsigned int i = 0; i < CPUS; i++) {
		pthread_join(sides[i].thread, NULL);
		deadlocks += sides[i].deadlocks;
		others += sides[i].others;
	}
	assert_in_range(deadlocks, 1, CPUS); /* the others may be on their way */
	assert_int_equal(others, 0);
	assert_int_equal(run_on(0, prog_fd("b_then_a")), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_same_lock_again_is_a_deadlock, load, unload),
		cmocka_unit_test_setup_teardown(a_lock_beyond_the_table_again_is_a_timeout, load, unload),
		cmocka_unit_test_setup_teardown(opposite_orders_end_in_a_deadlock_for_one_side, load, unload),
	};

	path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
