/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine as a C program uses it: unmodified libbpf loads examples/counter.bpf.o, rqspin/bpf.h runs its programs on
 * virtual CPUs, raises interrupts, and reads what the lock saw.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "rqspin/bpf.h"
#include "sys/histogram.h"
#include "sys/machine_locks.h"
#include "sys/machine_stress.h"

#define NOT_OPEN 54321 /* a descriptor */

static const char *counter_object; /* path, from the command line */

struct fixture {
	struct rq_machine *machine;
	struct bpf_object *object;
	int task, interrupt;
};

static struct fixture fixture;

static int say_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

static int load(void **state)
{
	struct rq_machine_options options = { .size = sizeof(options), .cpus = 2, .policy = RQSPIN_POLICY_KERNEL };

	libbpf_set_print(say_nothing);
	assert_int_equal(rq_machine_create(&options, &fixture.machine), 0);
	fixture.object = bpf_object__open_file(counter_object, NULL);
	assert_non_null(fixture.object);
	assert_int_equal(bpf_object__load(fixture.object), 0);
	fixture.task = bpf_program__fd(bpf_object__find_program_by_name(fixture.object, "count_packet"));
	fixture.interrupt = bpf_program__fd(bpf_object__find_program_by_name(fixture.object, "on_interrupt"));
	return 0;
}

static int unload(void **state)
{
	bpf_object__close(fixture.object);
	assert_int_equal(rq_machine_destroy(fixture.machine), 0);
	return 0;
}

struct counters {
	uint64_t counter, counter_expected, failures;
};

static struct counters read_counters(void)
{
	struct counters counters;
	uint32_t key = 0;
	struct bpf_map *map = bpf_object__find_map_by_name(fixture.object, ".bss");

	assert_non_null(map);
	assert_int_equal(bpf_map__value_size(map), sizeof(counters));
	assert_int_equal(bpf_map__lookup_elem(map, &key, sizeof(key), &counters, sizeof(counters), 0), 0);
	return counters;
}

static struct rq_run run_of(int prog_fd, unsigned int cpu, unsigned int repeat)
{
	static const uint8_t packet[64];

	return (struct rq_run){ .size = sizeof(struct rq_run),
				.prog_fd = prog_fd,
				.cpu = cpu,
				.repeat = repeat,
				.data_in = packet,
				.data_size_in = sizeof(packet) };
}

/* There is one current machine; options out of range are refused. */
static void one_machine_at_a_time(void **state)
{
	struct rq_machine_options options = { .size = sizeof(options), .cpus = 2 };
	struct rq_machine *other;

	assert_int_equal(rq_machine_create(&options, &other), -EBUSY);
	assert_int_equal(rq_machine_cpus(fixture.machine), 2);
	assert_int_equal(libbpf_num_possible_cpus(), 2);
}

static void bad_options_are_refused(void **state)
{
	struct rq_machine_options options = { .size = sizeof(options), .cpus = 1025 };
	struct rq_machine *machine;

	assert_int_equal(rq_machine_create(&options, &machine), -EINVAL);
	options = (struct rq_machine_options){ .size = 3, .cpus = 1 };
	assert_int_equal(rq_machine_create(&options, &machine), -EINVAL);
	options = (struct rq_machine_options){ .size = sizeof(options), .cpus = 1, .kernel = "2.4" };
	assert_int_equal(rq_machine_create(&options, &machine), -EINVAL);
	options = (struct rq_machine_options){ .size = sizeof(options), .cpus = 1, .kernel_btf = "/no/such/file" };
	assert_int_equal(rq_machine_create(&options, &machine), -ENOENT);
}

/* A run happens on the CPU that was asked for, as often as was asked for, and the lock's statistics know of each. */
static void a_run_counts(void **state)
{
	struct counters before = read_counters();
	struct rq_run run = run_of(fixture.task, 1, 1000);
	struct rq_lock_stats lock;

	assert_int_equal(rq_machine_run(fixture.machine, &run), 0);
	assert_int_equal(run.retval, 0);
	assert_int_equal(read_counters().counter, before.counter + 1000);
	assert_int_equal(rq_machine_lock_stats(fixture.machine, &lock, 1), 1);
	assert_string_equal(lock.name, "counter_lock");
	assert_int_equal(lock.acquisitions, read_counters().counter);
	assert_true(lock.hold_ns_max >= lock.hold_ns_p99 && lock.hold_ns_p99 >= lock.hold_ns_p50);
}

static void wrong_runs_are_refused(void **state)
{
	struct rq_run run = run_of(fixture.task, 2, 1);

	assert_int_equal(rq_machine_run(fixture.machine, &run), -EINVAL); /* CPUs are 0 and 1 */
	run = run_of(0, 0, 1);
	assert_int_equal(rq_machine_run(fixture.machine, &run), -EINVAL); /* standard input is no program */
	run = run_of(NOT_OPEN, 0, 1);
	assert_int_equal(rq_machine_run(fixture.machine, &run), -EBADF);
	run = run_of(fixture.task, 0, 1);
	run.size = 1;
	assert_int_equal(rq_machine_run(fixture.machine, &run), -EINVAL);
	assert_int_equal(rq_machine_attach(fixture.machine, 2, RQ_MACHINE_IRQ, fixture.task), -EINVAL);
	assert_int_equal(rq_machine_attach(fixture.machine, 0, RQ_MACHINE_IRQ, NOT_OPEN), -EBADF);
}

static uint64_t runs_of(int prog_fd)
{
	struct rq_prog_stats rows[8];
	struct rq_prog *prog;
	uint32_t count;
	uint64_t runs = 0;

	assert_int_equal(rq_machine_prog(fixture.machine, prog_fd, &prog), 0);
	count = rq_machine_prog_stats(fixture.machine, rows, 8);
	for (uint32_t i = 0; i < count; i++)
		if (rows[i].prog_id == prog->object.id)
			runs = rows[i].runs;
	rq_object_put(&prog->object);
	return runs;
}

static void *run_long(void *arg)
{
	struct rq_run run = run_of(fixture.task, 0, 300000);

	assert_int_equal(rq_machine_run(fixture.machine, &run), 0);
	return NULL;
}

/* Each interrupt that was raised while a program runs has run when it is over, and no count of theirs is lost. */
static void interrupts_land_in_a_run(void **state)
{
	uint64_t before = runs_of(fixture.interrupt), raised = 0;
	struct counters counters;
	pthread_t runner;

	assert_int_equal(rq_machine_attach(fixture.machine, UINT_MAX, RQ_MACHINE_IRQ, fixture.interrupt), 0);
	pthread_create(&runner, NULL, run_long, NULL);
	for (int i = 0; i < 2000; i++)
		raised += !rq_machine_raise(fixture.machine, 0, RQ_MACHINE_IRQ);
	pthread_join(runner, NULL);
	/* One more run on that CPU: what was pending came before it. */
	run_long(NULL);
	assert_int_equal(runs_of(fixture.interrupt) - before, raised);
	counters = read_counters();
	assert_int_equal(counters.counter, counters.counter_expected);
	assert_int_equal(counters.failures, 0);

	assert_int_equal(rq_machine_attach(fixture.machine, UINT_MAX, RQ_MACHINE_IRQ, -1), 0);
	before = runs_of(fixture.interrupt);
	assert_int_equal(rq_machine_raise(fixture.machine, 0, RQ_MACHINE_IRQ), 0);
	run_long(NULL);
	assert_int_equal(runs_of(fixture.interrupt), before); /* nothing is attached any more */
}

/* All kinds at once on both CPUs; NMIs meet a lock that their own CPU holds or waits for, and get -EDEADLK. */
static void stress_keeps_the_count_exact(void **state)
{
	static const enum rq_machine_interrupt kinds[] = { RQ_MACHINE_PREEMPT, RQ_MACHINE_SOFTIRQ, RQ_MACHINE_IRQ,
							   RQ_MACHINE_NMI };
	struct rq_stress_options options = {
		.task_fds = &fixture.task, .task_count = 1, .rate = 20000, .seed = 7
	};
	struct rq_stress_counts counts;
	struct rq_stress *stress;
	struct counters counters;
	struct timespec time = { .tv_nsec = 300000000 };

	for (int i = 0; i < 4; i++)
		assert_int_equal(rq_machine_attach(fixture.machine, UINT_MAX, kinds[i], fixture.interrupt), 0);
	assert_int_equal(rq_machine_stress_start(fixture.machine, &options, &stress), 0);
	assert_int_equal(rq_machine_destroy(fixture.machine), -EBUSY);
	nanosleep(&time, NULL);
	rq_machine_stress_stop(stress, &counts);

	counters = read_counters();
	assert_int_equal(counters.counter, counters.counter_expected);
	assert_true(counts.tasks > 0);
	for (int kind = 0; kind < RQ_INTERRUPTS; kind++) {
		assert_true(counts.due[kind] > 0);
		assert_int_equal(counts.kinds[kind].raised, counts.kinds[kind].run + counts.kinds[kind].merged);
	}
	assert_int_equal(rq_machine_stats_lost(fixture.machine), 0);
}

static void wrong_stress_is_refused(void **state)
{
	struct rq_stress_options options = { .rate = 0 };
	struct rq_stress *stress;
	int no_program = NOT_OPEN;

	assert_int_equal(rq_machine_stress_start(fixture.machine, &options, &stress), -EINVAL);
	options = (struct rq_stress_options){ .task_fds = &no_program, .task_count = 1, .rate = 1 };
	assert_int_equal(rq_machine_stress_start(fixture.machine, &options, &stress), -EBADF);
}

/* A time is in a bucket whose largest time is at most a quarter above it. */
static void buckets_are_a_quarter_wide(void **state)
{
	for (uint64_t ns = 0; ns < 1ull << 40; ns = ns * 9 / 8 + 1) {
		uint64_t top = rq_histogram_top(rq_histogram_bucket(ns));

		assert_true(top >= ns);
		assert_true(top <= ns + ns / 4);
	}
}

static void percentiles_say_what_most_times_do_not_exceed(void **state)
{
	struct rq_histogram histogram = {};

	assert_int_equal(rq_histogram_percentile(&histogram, 990), 0);
	for (int i = 0; i < 99; i++)
		rq_histogram_add(&histogram, 3);
	rq_histogram_add(&histogram, 1000000);
	assert_int_equal(rq_histogram_percentile(&histogram, 500), 3);
	assert_int_equal(rq_histogram_percentile(&histogram, 990), 3);
	assert_int_equal(rq_histogram_percentile(&histogram, 1000), 1000000);
	assert_int_equal(histogram.max, 1000000);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_options_are_refused),
		cmocka_unit_test_setup_teardown(one_machine_at_a_time, load, unload),
		cmocka_unit_test_setup_teardown(a_run_counts, load, unload),
		cmocka_unit_test_setup_teardown(wrong_runs_are_refused, load, unload),
		cmocka_unit_test_setup_teardown(interrupts_land_in_a_run, load, unload),
		cmocka_unit_test_setup_teardown(stress_keeps_the_count_exact, load, unload),
		cmocka_unit_test_setup_teardown(wrong_stress_is_refused, load, unload),
		cmocka_unit_test(buckets_are_a_quarter_wide),
		cmocka_unit_test(percentiles_say_what_most_times_do_not_exceed),
	};

	if (argc != 2)
		return 2;
	counter_object = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
