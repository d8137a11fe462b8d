/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * late_load LIBRARY: the library is loaded when a program has used up the thread-specific keys that need no memory. A first lock in
 * a signal handler must not allocate all the same, and a thread that ends holding a lock must not go unnoticed.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define RQSPIN_NO_INLINE
#include <rqspin/lock.h>

#define KEYS 40

void *__libc_calloc(size_t count, size_t size);
void *calloc(size_t count, size_t size);

static volatile int allocations, ends_holding;
static rqspinlock_t lock, kept, other;
static int (*take)(rqspinlock_t *), (*give)(rqspinlock_t *);

/* Instead of the C library's, which calls it through its PLT. */
void *calloc(size_t count, size_t size)
{
	allocations++;
	return __libc_calloc(count, size);
}

static void count(const struct rqspin_report *report, void *arg)
{
	(void)arg;
	ends_holding += report->kind == RQSPIN_REPORT_EXIT_HOLDING && report->party[0].held_count == 1;
}

static void lock_in_handler(int signo)
{
	(void)signo;
	if (take(&lock) || give(&lock))
		abort();
}

static void *first_lock_in_handler(void *arg)
{
	int before = allocations;

	(void)arg;
	raise(SIGUSR1);
	if (allocations != before)
		return "a first lock in a signal handler allocated memory";
	return take(&kept) ? "no lock" : NULL; /* ends holding it */
}

static void *take_and_give(void *arg)
{
	(void)arg;
	return take(&other) || give(&other) ? "no lock for the next thread" : NULL;
}

static void run(void *(*body)(void *))
{
	void *complaint;
	pthread_t thread;

	if (pthread_create(&thread, NULL, body, NULL) || pthread_join(thread, &complaint))
		abort();
	if (complaint) {
		puts(complaint);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	void (*set_report)(void (*)(const struct rqspin_report *, void *), void *);
	pthread_key_t key;
	void *library;

	for (int i = 0; i < KEYS; i++)
		if (pthread_key_create(&key, NULL))
			return 1;
	library = argc == 2 ? dlopen(argv[1], RTLD_NOW) : NULL;
	if (!library)
		return 1;
	take = (int (*)(rqspinlock_t *))dlsym(library, "rqspin_lock");
	give = (int (*)(rqspinlock_t *))dlsym(library, "rqspin_unlock");
	*(void **)&set_report = dlsym(library, "rqspin_set_report");
	set_report(count, NULL);
	signal(SIGUSR1, lock_in_handler);
	run(first_lock_in_handler);
	for (int i = 0; i < 3; i++)
		run(take_and_give);
	if (ends_holding != 1) {
		printf("a thread that ended holding a lock was reported %d times\n", ends_holding);
		return 1;
	}
	return 0;
}
