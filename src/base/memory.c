/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/memory.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE /* Linux 5.14; older ones say EINVAL */
#define MADV_POPULATE_WRITE 23
#endif

#define HUGE_PAGE (2u << 20)
#define LARGE	  (64u << 20)

/* How many more allocations succeed, plus one; 0: all of them. */
static _Atomic uint64_t fail_countdown;

static int must_fail(void)
{
	uint64_t left = atomic_load_explicit(&fail_countdown, memory_order_relaxed);

	while (left > 1)
		if (atomic_compare_exchange_weak_explicit(&fail_countdown, &left, left - 1, memory_order_relaxed,
							  memory_order_relaxed))
			return 0;
	return left == 1;
}

/* A number from a small file of the kernel's, behind @label; UINT64_MAX: it says none. */
static uint64_t number_in(const char *path, const char *label)
{
	char text[1024];
	const char *at;
	uint64_t number = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[length > 0 ? length : 0] = 0;
	at = strstr(text, label);
	if (!at)
		return UINT64_MAX;
	at += strlen(label);
	at += strspn(at, " ");
	if (*at < '0' || *at > '9')
		return UINT64_MAX; /* "max" */
	for (; *at >= '0' && *at <= '9'; at++)
		number = number * 10 + (*at - '0');
	return number;
}

/*
 * Is there memory for @bytes? A kernel that promises more than it has kills somebody when it is used; so what is large is
 * refused here when it is more than seven eighths of what is left, of the machine's or of what this control group may have.
 */
static int fits(size_t bytes)
{
	uint64_t left, limit;

	if (bytes < LARGE)
		return 1;
	left = number_in("/proc/meminfo", "MemAvailable:");
	if (left != UINT64_MAX)
		left *= 1024;
	limit = number_in("/sys/fs/cgroup/memory.max", "");
	if (limit != UINT64_MAX) {
		uint64_t used = number_in("/sys/fs/cgroup/memory.current", "");

		limit = used < limit ? limit - used : 0;
	}
	if (limit < left)
		left = limit;
	return left == UINT64_MAX || bytes <= left - left / 8;
}

void rq_alloc_fail_after(uint64_t n)
{
	atomic_store_explicit(&fail_countdown, n, memory_order_relaxed);
}

void *rq_alloc(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || must_fail() || !fits(bytes))
		return NULL;
	return calloc(bytes ? bytes : 1, 1);
}

void *rq_realloc(void *old, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || must_fail())
		return NULL;
	return realloc(old, bytes ? bytes : 1);
}

void *rq_memdup(const void *bytes, size_t size)
{
	void *copy = rq_alloc(size, 1);

	if (copy && size)
		memcpy(copy, bytes, size);
	return copy;
}

char *rq_strdup(const char *string)
{
	return rq_memdup(string, strlen(string) + 1);
}

void rq_free(void *memory)
{
	free(memory);
}

void *rq_alloc_pages(size_t bytes, bool populate)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | (populate ? 0 : MAP_NORESERVE);
	void *memory = must_fail() || (populate && !fits(bytes)) ? MAP_FAILED : mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	/* Large pages halve the cost of a random access to a large table; a kernel without them says no, which is fine. */
	if (populate && bytes >= HUGE_PAGE)
		madvise(memory, bytes, MADV_HUGEPAGE);
	if (populate && madvise(memory, bytes, MADV_POPULATE_WRITE) && errno != EINVAL) {
		munmap(memory, bytes);
		return NULL;
	}
	return memory;
}

void rq_free_pages(void *memory, size_t bytes)
{
	if (memory)
		munmap(memory, bytes);
}

void *rq_alloc_shared(size_t bytes, int *fd)
{
	void *memory = MAP_FAILED;

	if (must_fail())
		return NULL;
	*fd = memfd_create("bpf-map", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0)
		return NULL;
	if (!ftruncate(*fd, bytes) && !fcntl(*fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW))
		memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (memory == MAP_FAILED) {
		close(*fd);
		*fd = -1;
		return NULL;
	}
	return memory;
}

void rq_free_shared(void *memory, size_t bytes, int fd)
{
	munmap(memory, bytes);
	if (fd >= 0)
		close(fd);
}
