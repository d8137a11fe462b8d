/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One run of one lock, in a process of its own: the child leaves by _exit() in the middle of everything, since draining
 * the queue of a FIFO spin lock with 64 threads on 2 cores takes seconds.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define UNCONTENDED_WARMUP UINT64_C(200000)
#define UNCONTENDED_PAIRS  UINT64_C(5000000)

struct shared_run {
	struct bench_load load;
	_Atomic unsigned int ready;
	_Atomic bool go;
	uint64_t operations[BENCH_THREADS]; /* within the measured interval */
	uint64_t measured_ns, ended_ticks;
	double ns_per_pair;
	bool complete;
	struct bench_worker workers[BENCH_THREADS];
};

struct thread_start {
	struct shared_run *run;
	unsigned int number;
};

void *bench_shared_alloc(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void bench_shared_free(void *memory, size_t size)
{
	munmap(memory, size);
}

void bench_pin(unsigned int number)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(number % sysconf(_SC_NPROCESSORS_ONLN), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus); /* best effort: a cpuset may forbid it */
}

/* Both clocks at one moment: not preempted between the readings. */
static void read_clocks(uint64_t *ns, uint64_t *ticks)
{
	do {
		*ns = bench_ns();
		*ticks = __rdtsc();
	} while (bench_ns() - *ns > 1000);
}

double bench_ticks_per_ns(void)
{
	static double ratio;
	uint64_t ns, ticks, ns_began, ticks_began;

	if (ratio == 0) {
		read_clocks(&ns_began, &ticks_began);
		do
			read_clocks(&ns, &ticks);
		while (ns - ns_began < 20000000);
		ratio = (double)(ticks - ticks_began) / (ns - ns_began);
	}
	return ratio;
}

int bench_in_child(void (*work)(void *shared), void *shared, unsigned int limit_s)
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	if (child < 0)
		return -errno;
	if (!child) {
		alarm(limit_s); /* a lock that hangs ends the run, not the benchmark */
		work(shared);
		_exit(0);
	}
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

static void *worker_main(void *argument)
{
	struct thread_start *start = argument;
	struct shared_run *run = start->run;

	bench_pin(start->number);
	atomic_fetch_add(&run->ready, 1);
	while (!atomic_load(&run->go))
		sched_yield();
	run->load.lock->loop(&run->workers[start->number]);
	return NULL;
}

static void sleep_ns(uint64_t ns)
{
	struct timespec span = { ns / 1000000000, ns % 1000000000 };

	while (nanosleep(&span, &span) < 0 && errno == EINTR)
		;
}

static void contended(void *shared)
{
	struct shared_run *run = shared;
	unsigned int threads = run->load.threads;
	static struct thread_start starts[BENCH_THREADS];
	uint64_t began;

	run->load.lock->init();
	for (unsigned int i = 0; i < threads; i++) {
		pthread_t thread;

		run->workers[i].number = i;
		run->workers[i].timed = run->load.timed;
		starts[i] = (struct thread_start){ run, i };
		if (pthread_create(&thread, NULL, worker_main, &starts[i]))
			_exit(1);
	}
	while (atomic_load(&run->ready) < threads)
		sched_yield();
	atomic_store(&run->go, true);

	sleep_ns(run->load.warmup_ns);
	began = bench_ns();
	for (unsigned int i = 0; i < threads; i++)
		run->operations[i] = atomic_load_explicit(&run->workers[i].operations, memory_order_relaxed);
	sleep_ns(run->load.measure_ns);
	for (unsigned int i = 0; i < threads; i++) {
		uint64_t now = atomic_load_explicit(&run->workers[i].operations, memory_order_relaxed);

		run->operations[i] = now - run->operations[i];
	}
	run->measured_ns = bench_ns() - began;
	run->ended_ticks = __rdtsc();
	run->complete = true;
	_exit(0);
}

static void collect_waits(struct shared_run *run, struct bench_result *result)
{
	static uint64_t waits[BENCH_WAIT_BUCKETS];
	uint64_t longest = 0;
	double scale = bench_ticks_per_ns();

	memset(waits, 0, sizeof(waits));
	for (unsigned int i = 0; i < run->load.threads; i++) {
		struct bench_worker *worker = &run->workers[i];
		uint64_t wait = atomic_load(&worker->wait_max), began = atomic_load(&worker->wait_began);

		for (unsigned int k = 0; k < BENCH_WAIT_BUCKETS; k++)
			waits[k] += worker->waits[k];
		if (wait > longest)
			longest = wait;
		/* Who still waits when the run ends has waited at least so long. */
		if (began && began < run->ended_ticks) {
			wait = run->ended_ticks - began;
			waits[bench_wait_bucket(wait)]++;
			if (wait > longest)
				longest = wait;
		}
	}
	result->wait_p50_ns = bench_wait_percentile(waits, 0.50) / scale;
	result->wait_p99_ns = bench_wait_percentile(waits, 0.99) / scale;
	result->wait_max_ns = longest / scale;
}

int bench_run(const struct bench_load *load, struct bench_result *result)
{
	struct shared_run *run = bench_shared_alloc(sizeof(*run));
	uint64_t operations = 0;
	int error;

	if (!run)
		return -ENOMEM;
	run->load = *load;
	memset(result, 0, sizeof(*result));
	error = bench_in_child(contended, run, 60);
	if (!error && !run->complete)
		error = -EIO;
	if (!error) {
		for (unsigned int i = 0; i < load->threads; i++) {
			operations += run->operations[i];
			result->failures += atomic_load(&run->workers[i].failures);
		}
		result->per_second = operations * 1e9 / run->measured_ns;
		result->jain = bench_jain(run->operations, load->threads);
		if (load->timed)
			collect_waits(run, result);
	}
	bench_shared_free(run, sizeof(*run));
	return error;
}

static void uncontended(void *shared)
{
	struct shared_run *run = shared;

	bench_pin(0);
	run->load.lock->init();
	run->ns_per_pair = (double)run->load.lock->pairs(UNCONTENDED_WARMUP, UNCONTENDED_PAIRS) /
			   UNCONTENDED_PAIRS;
	run->complete = true;
}

int bench_uncontended(const struct bench_lock *lock, double *ns_per_pair)
{
	struct shared_run *run = bench_shared_alloc(sizeof(*run));
	int error;

	if (!run)
		return -ENOMEM;
	run->load.lock = lock;
	error = bench_in_child(uncontended, run, 60);
	if (!error && !run->complete)
		error = -EIO;
	*ns_per_pair = run->ns_per_pair;
	bench_shared_free(run, sizeof(*run));
	return error;
}
