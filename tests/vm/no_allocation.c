// SPDX-License-Identifier: BSD-2-Clause
/*
 * Nothing that a program can reach allocates, takes a lock of libc or prints: an NMI may have landed inside the very same
 * function of libc. Every program of every OBJECT runs as a task, and as an NMI that lands in that task again and again, also
 * inside of map operations; meanwhile malloc(), pthread_mutex_lock() and their like are ours and look who calls.
 * usage: no_allocation OBJECT...
 */
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rqspin/bpf.h>

#include "cpu/cpu.h"
#include "sys/machine_cpus.h"

#define SKIPPED 77
#define TRIES	 400
#define BUDGET_NS 10000000 /* for one program */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define SANITIZED 0
#endif

static struct rq_machine *machine;
static atomic_uint calls;
static const char *_Atomic first_called;
static void *_Atomic first_caller;

#if !SANITIZED
/* Does the calling thread run a program right now? */
static bool in_program(void)
{
	struct rq_cpu *self = machine ? rq_cpu_current() : NULL;

	return self && machine->cpu_threads->cpu[rq_cpu_number(self)].current;
}

static void note_call(const char *function, void *caller)
{
	if (!in_program())
		return;
	if (!atomic_fetch_add(&calls, 1)) {
		atomic_store(&first_called, function);
		atomic_store(&first_caller, caller);
	}
}

#define CALLER __builtin_return_address(0)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void __libc_free(void *memory);

void *malloc(size_t size)
{
	note_call("malloc", CALLER);
	return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	note_call("calloc", CALLER);
	return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	note_call("realloc", CALLER);
	return __libc_realloc(memory, size);
}

void free(void *memory)
{
	note_call("free", CALLER);
	__libc_free(memory);
}

#define FORWARD(type, name, arguments, values)                                                                         \
	type name arguments                                                                                            \
	{                                                                                                              \
		static type(*_Atomic real) arguments;                                                                  \
                                                                                                                       \
		note_call(#name, CALLER);                                                                              \
		if (!real)                                                                                             \
			real = (type(*) arguments)dlsym(RTLD_NEXT, #name);                                             \
		return real values;                                                                                    \
	}

FORWARD(int, pthread_mutex_lock, (pthread_mutex_t *mutex), (mutex))
FORWARD(int, pthread_rwlock_rdlock, (pthread_rwlock_t *lock), (lock))
FORWARD(int, pthread_rwlock_wrlock, (pthread_rwlock_t *lock), (lock))
FORWARD(int, vsnprintf, (char *to, size_t size, const char *format, va_list values), (to, size, format, values))
FORWARD(int, vfprintf, (FILE *to, const char *format, va_list values), (to, format, values))
FORWARD(size_t, fwrite, (const void *from, size_t size, size_t count, FILE *to), (from, size, count, to))
FORWARD(int, fputs, (const char *text, FILE *to), (text, to))
FORWARD(char *, getenv, (const char *name), (name))
#endif

static atomic_bool stop;

static void *raise_nmis(void *arg)
{
	while (!atomic_load(&stop)) {
		rq_machine_raise(machine, 0, RQ_MACHINE_NMI);
		usleep(5);
	}
	return NULL;
}

/* How many of its runs were NMIs; negative: it could not be loaded, or not be run. */
static int64_t run_program(const char *path, unsigned int index, bool *last)
{
	struct rq_machine_options options = { .size = sizeof(options), .cpus = 2, .kernel = "relaxed" };
	static unsigned char packet[64];
	struct rq_run run = { .size = sizeof(run), .data_in = packet, .data_size_in = sizeof(packet), .repeat = 10 };
	struct rq_interrupt_counts nmis = { 0 };
	struct bpf_program *program, *chosen = NULL;
	struct bpf_object *object;
	unsigned int i = 0;
	pthread_t raiser;
	int err;

	if (rq_machine_create(&options, &machine))
		return -ENOMEM;
	object = bpf_object__open_file(path, NULL);
	*last = !object;
	if (object) {
		bpf_object__for_each_program(program, object) {
			bpf_program__set_autoload(program, i == index);
			if (i++ == index)
				chosen = program;
		}
		*last = index + 1 >= i;
	}
	err = object && chosen ? bpf_object__load(object) : -ENOENT;
	i = 0;
	if (!err) {
		run.prog_fd = bpf_program__fd(chosen);
		rq_machine_attach(machine, 0, RQ_MACHINE_NMI, run.prog_fd);
		atomic_store(&stop, false);
		pthread_create(&raiser, NULL, raise_nmis, NULL);
		for (uint64_t start = rq_clock_ns(); !err && i < TRIES && rq_clock_ns() - start < BUDGET_NS; i++) {
			err = rq_machine_run(machine, &run);
			if (err == -EINVAL && run.data_in) { /* it takes no packet */
				run.data_size_in = 0;
				run.data_in = NULL;
				err = 0;
			}
		}
		atomic_store(&stop, true);
		pthread_join(raiser, NULL);
		rq_cpu_interrupt_counts(rq_domain_cpu(machine->domain, 0), RQ_INTERRUPT_NMI, &nmis);
		rq_machine_attach(machine, 0, RQ_MACHINE_NMI, -1);
	}
	bpf_object__close(object);
	rq_machine_destroy(machine);
	machine = NULL;
	return err ? err : (int64_t)nmis.run;
}

int main(int argc, char **argv)
{
	uint64_t programs = 0, nmis = 0;
	bool bad = false;

	if (SANITIZED) {
		puts("skipped: a sanitizer's malloc() is not ours");
		return SKIPPED;
	}
	libbpf_set_print(NULL);
	for (int i = 1; i < argc; i++) {
		bool last = false;

		for (unsigned int index = 0; !last; index++) {
			unsigned int before = atomic_load(&calls);
			int64_t ran = run_program(argv[i], index, &last);
			Dl_info where = { 0 };

			programs += ran >= 0;
			nmis += ran > 0 ? (uint64_t)ran : 0;
			if (atomic_load(&calls) == before)
				continue;
			dladdr(atomic_load(&first_caller), &where);
			printf("%s: program %u: %s() was called while it ran, near %s\n", argv[i], index,
			       atomic_load(&first_called), where.dli_sname ? where.dli_sname : "?");
			bad = true;
		}
	}
	printf("%llu programs ran, and %llu NMIs in them\n", (unsigned long long)programs, (unsigned long long)nmis);
	return bad || !programs || !nmis;
}
