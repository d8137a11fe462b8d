// SPDX-License-Identifier: BSD-2-Clause
/* Timers by themselves: arming, taking what is due, letting go. When they fire is the machine's business. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <cmocka.h>

#include "cpu/cpu.h"
#include "func/runtime.h"
#include "func/timer.h"
#include "lock/lock.h"
#include "map/map.h"
#include "vm/vm.h"

#define ABSOLUTE 1

struct value {
	uint64_t before, timer[2];
};

static struct rq_domain *domain;
static struct rq_cpu *cpu;
static struct rq_runtime *runtime;
static struct rq_prog *prog;
static struct rq_record record = { .timer_offset = offsetof(struct value, timer) };

static int key_of(struct rq_map *map, const void *address, void *key, uint32_t *value_offset)
{
	*(uint32_t *)key = 7;
	return 0;
}

static const struct rq_map_ops ops = { .key_of = key_of };
static struct rq_map map = { .ops = &ops, .key_size = 4, .record = &record };

static int64_t call(uint32_t helper, struct value *value, uint64_t r2, uint64_t r3)
{
	struct rq_exec exec = { .prog = prog, .runtime = runtime, .cpu = cpu };

	return (int64_t)rq_func_helper(helper)->call(&exec, (uintptr_t)value->timer, r2, r3, 0, 0);
}

static bool take(uint64_t now, struct rq_timer_call *due)
{
	return rq_timers_take(rq_runtime_timers(runtime), 0, now, due);
}

static void a_timer_is_made_once_and_needs_a_callback(void **state)
{
	struct value value = { 0 };

	assert_int_equal(call(BPF_FUNC_timer_start, &value, 1, 0), -EINVAL);
	assert_int_equal(call(BPF_FUNC_timer_init, &value, (uintptr_t)&map, 5), -EINVAL); /* no such clock */
	assert_int_equal(call(BPF_FUNC_timer_init, &value, (uintptr_t)&map, CLOCK_MONOTONIC), 0);
	assert_int_equal(call(BPF_FUNC_timer_init, &value, (uintptr_t)&map, CLOCK_MONOTONIC), -EBUSY);
	assert_int_equal(call(BPF_FUNC_timer_start, &value, 1, 0), -EINVAL);
	assert_int_equal(call(BPF_FUNC_timer_set_callback, &value, 12, 0), 0);
	assert_int_equal(call(BPF_FUNC_timer_cancel, &value, 0, 0), 0);
	rq_timers_drop(rq_runtime_timers(runtime), value.timer);
	assert_int_equal(call(BPF_FUNC_timer_cancel, &value, 0, 0), -EINVAL);
}

static void what_is_due_is_taken_once(void **state)
{
	struct value value = { 0 };
	struct rq_timer_call due;
	unsigned int on = 99;

	call(BPF_FUNC_timer_init, &value, (uintptr_t)&map, CLOCK_MONOTONIC);
	call(BPF_FUNC_timer_set_callback, &value, 12, 0);
	assert_int_equal(rq_timers_next(rq_runtime_timers(runtime), &on), 0);
	assert_int_equal(call(BPF_FUNC_timer_start, &value, 1000, ABSOLUTE), 0);
	assert_int_equal(rq_timers_next(rq_runtime_timers(runtime), &on), 1000);
	assert_int_equal(on, 0);
	assert_false(take(999, &due));
	assert_true(take(1000, &due));
	assert_ptr_equal(due.prog, prog);
	assert_int_equal(due.insn, 12);
	assert_ptr_equal(due.value, &value);
	assert_int_equal(due.key[0], 7);
	assert_false(take(1000, &due));
	assert_int_equal(call(BPF_FUNC_timer_cancel, &value, 0, 0), -EDEADLK); /* its callback runs on this CPU */
	rq_timers_done(rq_runtime_timers(runtime), 0, &due);

	call(BPF_FUNC_timer_start, &value, 1000, ABSOLUTE);
	assert_int_equal(call(BPF_FUNC_timer_cancel, &value, 0, 0), 1);
	assert_false(take(2000, &due));
	assert_int_equal(call(BPF_FUNC_timer_start, &value, 1000, ABSOLUTE), -EINVAL); /* the callback is gone */
	rq_timers_drop(rq_runtime_timers(runtime), value.timer);
}

/* What another CPU arms while the callback still runs waits for its end. */
static void a_callback_does_not_run_twice_at_once(void **state)
{
	struct rq_timers *timers = rq_runtime_timers(runtime);
	struct value value = { 0 };
	struct rq_timer_call due, again;

	call(BPF_FUNC_timer_init, &value, (uintptr_t)&map, CLOCK_MONOTONIC);
	call(BPF_FUNC_timer_set_callback, &value, 12, 0);
	call(BPF_FUNC_timer_start, &value, 1000, ABSOLUTE);
	assert_true(take(2000, &due));
	call(BPF_FUNC_timer_start, &value, 1000, ABSOLUTE);
	assert_false(take(2000, &again));
	rq_timers_done(timers, 0, &due);
	assert_true(take(2000, &again));
	rq_timers_done(timers, 0, &again);
	rq_timers_drop(timers, value.timer);
}

static void the_time_of_day_is_a_clock_too(void **state)
{
	struct timespec day;
	struct value value = { 0 };
	unsigned int on;
	uint64_t now = rq_clock_ns(), next;

	clock_gettime(CLOCK_REALTIME, &day);
	call(BPF_FUNC_timer_init, &value, (uintptr_t)&map, CLOCK_REALTIME);
	call(BPF_FUNC_timer_set_callback, &value, 12, 0);
	call(BPF_FUNC_timer_start, &value, (day.tv_sec + 3600) * 1000000000ull, ABSOLUTE);
	next = rq_timers_next(rq_runtime_timers(runtime), &on);
	assert_in_range((next - now) / 1000000000, 3000, 3700);
	rq_timers_drop(rq_runtime_timers(runtime), value.timer);
}

static void a_program_that_goes_takes_its_timers_along(void **state)
{
	struct value value = { 0 };
	struct rq_timer_call due;

	call(BPF_FUNC_timer_init, &value, (uintptr_t)&map, CLOCK_MONOTONIC);
	call(BPF_FUNC_timer_set_callback, &value, 12, 0);
	call(BPF_FUNC_timer_start, &value, 1000, ABSOLUTE);
	assert_true(rq_timers_forget(rq_runtime_timers(runtime), prog));
	assert_false(rq_timers_forget(rq_runtime_timers(runtime), prog));
	assert_false(take(2000, &due));
	rq_timers_drop(rq_runtime_timers(runtime), value.timer);
}

static int setup(void **state)
{
	static struct rq_prog a_program __attribute__((aligned(16)));
	const struct rq_domain_options options = { .cpus = 1 };

	prog = &a_program;
	return rq_domain_create(&options, &domain) || rq_cpu_attach(domain, 0, &cpu) || rq_runtime_create(1, 1, &runtime);
}

static int teardown(void **state)
{
	rq_runtime_destroy(runtime);
	rq_cpu_detach(cpu);
	rq_domain_destroy(domain);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timer_is_made_once_and_needs_a_callback),
		cmocka_unit_test(what_is_due_is_taken_once),
		cmocka_unit_test(a_callback_does_not_run_twice_at_once),
		cmocka_unit_test(the_time_of_day_is_a_clock_too),
		cmocka_unit_test(a_program_that_goes_takes_its_timers_along),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
