/* SPDX-License-Identifier: BSD-2-Clause */
/* Several virtual CPUs on the same maps, with NMIs that land inside map operations and use the same maps. */
#include "fixture.h"

#include <stdatomic.h>

#include "map/hash.h"

#define CPUS	3
#define KEYS	16
#define ROUNDS	4000
#define NMIS	200


static struct rq_map *map;
static _Atomic int running;
static _Atomic uint64_t wrong, refused, nmis_run;
static uint64_t nmis_wanted;

/* Each CPU has keys of its own, so it knows what it must find; buckets, chains and free lists are shared. */
static void check_own_keys(unsigned int cpu, uint64_t round)
{
	for (uint32_t i = 0; i < KEYS; i++) {
		uint32_t key = cpu * KEYS + i;
		uint64_t value = round * 1000 + key, *found;
		int err = map->ops->update(map, &key, &value, BPF_NOEXIST);

		found = map->ops->lookup(map, &key);
		if (err == -EDEADLK || err == -ETIMEDOUT)
			atomic_fetch_add(&refused, 1);
		else if (err || !found || __atomic_load_n(found, __ATOMIC_RELAXED) != value)
			atomic_fetch_add(&wrong, 1);
		do
			err = map->ops->remove(map, &key);
		while (err == -EDEADLK || err == -ETIMEDOUT);
		if (map->ops->lookup(map, &key))
			atomic_fetch_add(&wrong, 1);
	}
}

static void *be_a_cpu(void *arg)
{
	unsigned int number = (uintptr_t)arg;
	struct rq_cpu *cpu;

	if (rq_cpu_attach(host.domain, number, &cpu)) {
		atomic_fetch_add(&wrong, 1);
		return NULL;
	}
	for (uint64_t round = 0; round < ROUNDS / KEYS || atomic_load(&nmis_run) < nmis_wanted; round++)
		check_own_keys(number, round);
	atomic_fetch_sub(&running, 1);
	while (atomic_load(&running))
		usleep(100);
	rq_cpu_detach(cpu);
	return NULL;
}

static void run_cpus(void)
{
	pthread_t threads[CPUS];

	atomic_store(&running, CPUS);
	atomic_store(&wrong, 0);
	atomic_store(&refused, 0);
	for (uintptr_t i = 0; i < CPUS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, be_a_cpu, (void *)i), 0);
	for (int i = 0; i < CPUS; i++)
		pthread_join(threads[i], NULL);
}

/* Just enough room: what is removed must be there for others at once. */
static void no_update_is_lost_and_no_element_leaks(void **state)
{
	static const uint32_t types[] = { BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_PERCPU_HASH };

	for (int i = 0; i < 2; i++) {
		uint32_t key;

		map = make_map(types[i], 4, 8, CPUS);
		run_cpus();
		assert_int_equal(atomic_load(&wrong), 0);
		assert_int_equal(map->ops->next_key(map, NULL, &key), -ENOENT);
		for (uint64_t k = 0; k < CPUS; k++)
			assert_int_equal(map->ops->update(map, &k, &k, BPF_NOEXIST), 0);
		end_map(map);
	}
}

/* The NMI's keys are its CPU's last ones, which the interrupted task does not use. */
static void on_nmi(struct rq_cpu *cpu, enum rq_interrupt kind, void *arg)
{
	uint32_t key = 10000 + rq_cpu_number(cpu), task_key = rq_cpu_number(cpu) * KEYS;
	uint64_t value = 7, *found;
	int err = map->ops->update(map, &key, &value, BPF_ANY);

	atomic_fetch_add(&nmis_run, 1);
	map->ops->lookup(map, &task_key);
	if (!err) {
		found = map->ops->lookup(map, &key);
		if (!found || __atomic_load_n(found, __ATOMIC_RELAXED) != 7)
			atomic_fetch_add(&wrong, 1);
		err = map->ops->remove(map, &key);
	}
	if (err && err != -EDEADLK && err != -ETIMEDOUT)
		atomic_fetch_add(&wrong, 1);
}

static void *raise_nmis(void *arg)
{
	uint64_t seed = 1;

	while (atomic_load(&running) == CPUS) {
		unsigned int number = rq_random_next(&seed) % CPUS;

		rq_cpu_raise(rq_domain_cpu(host.domain, number), RQ_INTERRUPT_NMI);
		for (uint64_t until = rq_clock_ns() + 20000; rq_clock_ns() < until;)
			;
	}
	return NULL;
}

/* One bucket: every NMI that lands in a critical section of its own CPU meets its lock. */
static void nmi_inside_an_operation_gets_an_error_or_the_right_answer(void **state)
{
	pthread_t thread;
	uint32_t key;

	map = make_map(BPF_MAP_TYPE_HASH, 4, 8, 2 * CPUS);
	((struct rq_hash *)map)->bucket_mask = 0;
	for (unsigned int i = 0; i < CPUS; i++)
		rq_cpu_set_handler(rq_domain_cpu(host.domain, i), RQ_INTERRUPT_NMI, on_nmi, NULL);
	nmis_wanted = NMIS;
	atomic_store(&running, CPUS);
	assert_int_equal(pthread_create(&thread, NULL, raise_nmis, NULL), 0);
	run_cpus();
	pthread_join(thread, NULL);
	assert_int_equal(atomic_load(&wrong), 0);
	/* An NMI that could not remove its key leaves it. */
	while (!map->ops->next_key(map, NULL, &key)) {
		assert_true(key >= 10000);
		assert_int_equal(map->ops->remove(map, &key), 0);
	}
	end_map(map);
}

static int begin(void **state)
{
	host_begin(CPUS);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_update_is_lost_and_no_element_leaks),
		cmocka_unit_test(nmi_inside_an_operation_gets_an_error_or_the_right_answer),
	};

	return cmocka_run_group_tests(tests, begin, end_cpus);
}
