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

void rq_alloc_fail_after(uint64_t n)
{
	atomic_store_explicit(&fail_countdown, n, memory_order_relaxed);
}

void *rq_alloc(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || must_fail())
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
	void *memory = must_fail() ? MAP_FAILED : mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);

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
