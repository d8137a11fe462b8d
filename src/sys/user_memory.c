// SPDX-License-Identifier: BSD-2-Clause
#include "sys/user_memory.h"

#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "sys/route.h"

#ifndef MADV_POPULATE_READ /* Linux 5.14 */
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif

#define PAGE_BYTES     4096
#define PROBED_PAGES   4 /* as many are asked one by one, which is quicker than to ask for all at once */
#define SIGSET_BYTES   8
#define NO_SUCH_CHANGE (-1)

enum access { READ, WRITE };

/* First byte of the first page and size to the end of the last one; false: the range goes round the end of memory. */
static bool pages_of(uint64_t address, size_t size, uintptr_t *begin, size_t *bytes)
{
	uint64_t first = address & ~(uint64_t)(PAGE_BYTES - 1), last;

	/* The first page is never anybody's; system calls take 0 for "none". */
	if (address < PAGE_BYTES || __builtin_add_overflow(address, size - 1, &last))
		return false;
	*begin = first;
	*bytes = (last | (PAGE_BYTES - 1)) - first + 1;
	return true;
}

static bool is_mapped(uintptr_t begin, size_t bytes)
{
	return !rq_route_kernel(SYS_msync, (long)begin, (long)bytes, MS_ASYNC, 0, 0, 0);
}

/*
 * Two system calls that touch a word and do nothing else: a change of the signal mask that does not exist, whose mask is read
 * first; and an atomic "or 0" of a word that nobody waits at.
 */
static bool probe_page(uintptr_t page, enum access access)
{
	if (access == READ)
		return rq_route_kernel(SYS_rt_sigprocmask, NO_SUCH_CHANGE, (long)page, 0, SIGSET_BYTES, 0, 0) != -EFAULT;
	return rq_route_kernel(SYS_futex, (long)page, FUTEX_WAKE_OP_PRIVATE, 0, 0, (long)page,
			       FUTEX_OP(FUTEX_OP_OR, 0, FUTEX_OP_CMP_EQ, 0)) != -EFAULT;
}

/* Makes the pages present as a load or a store would, which the kernel refuses where that would fault. */
static bool populate(uintptr_t begin, size_t bytes, enum access access)
{
	static _Thread_local char some_byte;
	int advice = access == READ ? MADV_POPULATE_READ : MADV_POPULATE_WRITE;
	uintptr_t some_page = (uintptr_t)&some_byte & ~(uintptr_t)(PAGE_BYTES - 1);
	long result = rq_route_kernel(SYS_madvise, (long)begin, (long)bytes, advice, 0, 0, 0);

	/* Linux before 5.14 knows no such advice, and can tell only what is not mapped. */
	if (result == -EINVAL && rq_route_kernel(SYS_madvise, (long)some_page, PAGE_BYTES, advice, 0, 0, 0))
		return is_mapped(begin, bytes);
	return !result;
}

static bool is_accessible(uint64_t address, size_t size, enum access access)
{
	uintptr_t begin;
	size_t bytes;

	if (!size)
		return address;
	if (!pages_of(address, size, &begin, &bytes))
		return false;
	if (bytes > PROBED_PAGES * PAGE_BYTES)
		return populate(begin, bytes, access);
	for (size_t at = 0; at < bytes; at += PAGE_BYTES)
		if (!probe_page(begin + at, access))
			return false;
	return true;
}

const void *rq_user_in(uint64_t address, size_t size)
{
	return is_accessible(address, size, READ) ? (const void *)(uintptr_t)address : NULL;
}

void *rq_user_out(uint64_t address, size_t size)
{
	return is_accessible(address, size, WRITE) ? (void *)(uintptr_t)address : NULL;
}

void *rq_user_buffer(uint64_t address, size_t size)
{
	uintptr_t begin;
	size_t bytes;

	if (!size || !pages_of(address, size, &begin, &bytes) || !is_mapped(begin, bytes))
		return NULL;
	return rq_user_out(address, 1);
}

int rq_user_write(uint64_t address, const void *bytes, size_t size)
{
	void *out;

	if (!size)
		return 0;
	out = rq_user_out(address, size);
	if (!out)
		return -EFAULT;
	memcpy(out, bytes, size);
	return 0;
}

int rq_user_string(uint64_t address, char *string, size_t room)
{
	size_t length = 0;

	while (length < room) {
		size_t to_page_end = PAGE_BYTES - (address + length) % PAGE_BYTES;
		size_t part = room - length < to_page_end ? room - length : to_page_end;
		const char *in = rq_user_in(address + length, part);
		size_t here;

		if (!in)
			return -EFAULT;
		here = strnlen(in, part);
		memcpy(string + length, in, here);
		length += here;
		if (here < part)
			break;
	}
	string[length < room ? length : room - 1] = '\0';
	return (int)length;
}
