// SPDX-License-Identifier: BSD-2-Clause
/*
 * Reads through pointers that may be bad. The kernel is asked to copy, so a bad pointer is an error and no fault: that
 * needs no SIGSEGV handler, which a library could not share with its program, and works in an NMI.
 */
#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "func/args.h"
#include "func/memory.h"
#include "func/tables.h"
#include "vm/vm.h"

#define LOWEST_ADDRESS 65536	   /* below nothing is mapped: NULL and small offsets from it */
#define BEYOND_ADDRESS (1ULL << 47) /* and from here on it is not ours */
#define KERNEL_ADDRESS (-1ULL << 47) /* but the kernel's; between the two there are no addresses */
#define CHUNK	       256	   /* of a string; divides a page, so that a chunk never crosses one */

int rq_probe_read(void *to, uint64_t address, size_t size)
{
	struct iovec into = { to, size }, from = { (void *)(uintptr_t)address, size };
	int saved_errno = errno;
	ssize_t copied;

	if (address >= KERNEL_ADDRESS)
		return -EFAULT;
	if (address < LOWEST_ADDRESS || address >= BEYOND_ADDRESS || size > BEYOND_ADDRESS - address)
		return -ERANGE;
	if (!size)
		return 0;
	copied = process_vm_readv(getpid(), &into, 1, &from, 1, 0);
	errno = saved_errno;
	return copied == (ssize_t)size ? 0 : -EFAULT;
}

int64_t rq_probe_read_string(char *to, uint64_t address, size_t size)
{
	size_t length = 0;
	char bytes[CHUNK];

	while (length < size) {
		size_t room = size - length, chunk = CHUNK - (address + length) % CHUNK;
		char *end;
		int err;

		if (chunk > room)
			chunk = room;
		err = rq_probe_read(bytes, address + length, chunk);
		if (err)
			return err;
		end = memchr(bytes, '\0', chunk);
		if (end)
			chunk = end + 1 - bytes;
		memcpy(to + length, bytes, chunk);
		length += chunk;
		if (end)
			return length;
	}
	if (size)
		to[size - 1] = '\0';
	return size;
}

static uint64_t probe_read(struct rq_exec *exec, uint64_t to, uint64_t size, uint64_t from, uint64_t r4, uint64_t r5)
{
	int err = rq_probe_read((void *)(uintptr_t)to, from, (uint32_t)size);

	if (err)
		memset((void *)(uintptr_t)to, 0, (uint32_t)size);
	return (int64_t)err;
}

/* Of user space there is one errno, and no bytes can always be read. */
static uint64_t probe_read_user(struct rq_exec *exec, uint64_t to, uint64_t size, uint64_t from, uint64_t r4, uint64_t r5)
{
	return (uint32_t)size && probe_read(exec, to, size, from, r4, r5) ? -EFAULT : 0;
}

static uint64_t probe_read_string(struct rq_exec *exec, uint64_t to, uint64_t size, uint64_t from, uint64_t r4, uint64_t r5)
{
	int64_t length = rq_probe_read_string((char *)(uintptr_t)to, from, (uint32_t)size);

	if (length < 0)
		memset((void *)(uintptr_t)to, 0, (uint32_t)size);
	return length;
}

static uint64_t probe_read_user_string(struct rq_exec *exec, uint64_t to, uint64_t size, uint64_t from, uint64_t r4,
				       uint64_t r5)
{
	int64_t length = probe_read_string(exec, to, size, from, r4, r5);

	return length == -ERANGE ? -EFAULT : length;
}

/* The string is followed by zeros up to @size with BPF_F_PAD_ZEROS. */
static uint64_t copy_string(struct rq_exec *exec, uint64_t to, uint64_t size, uint64_t from, uint64_t flags, uint64_t r5)
{
	int64_t length;

	if (flags & ~(uint64_t)1 || !(uint32_t)size)
		return flags & ~(uint64_t)1 ? -EINVAL : 0;
	length = probe_read_user_string(exec, to, size, from, 0, 0);
	if (length > 0 && flags)
		memset((char *)(uintptr_t)to + length, 0, (uint32_t)size - length);
	return length;
}

#define PROBE(name, group, function)                                                                                   \
	{ "bpf_" #name, BPF_FUNC_##name, GPL, RQ_DUTY_NONE, RQ_KERNEL_6_15, group, RQ_RET_INTEGER, NULL,               \
	  { OUT, SIZE_OR_0, ANY }, function }

static const struct rq_func rows[] = {
	PROBE(probe_read, RQ_GROUP_TRACING, probe_read_user),
	PROBE(probe_read_kernel, RQ_GROUP_BASE, probe_read),
	PROBE(probe_read_user, RQ_GROUP_BASE, probe_read_user),
	{ "bpf_probe_read_str", BPF_FUNC_probe_read_str, GPL | RQ_FUNC_RETURNS_LENGTH, RQ_DUTY_NONE, RQ_KERNEL_6_15,
	  RQ_GROUP_TRACING, RQ_RET_INTEGER, NULL, { OUT, SIZE_OR_0, ANY }, probe_read_string },
	{ "bpf_probe_read_kernel_str", BPF_FUNC_probe_read_kernel_str, GPL | RQ_FUNC_RETURNS_LENGTH, RQ_DUTY_NONE,
	  RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER, NULL, { OUT, SIZE_OR_0, ANY }, probe_read_string },
	{ "bpf_probe_read_user_str", BPF_FUNC_probe_read_user_str, GPL | RQ_FUNC_RETURNS_LENGTH, RQ_DUTY_NONE,
	  RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER, NULL, { OUT, SIZE_OR_0, ANY }, probe_read_string },
	{ "bpf_copy_from_user", BPF_FUNC_copy_from_user, RQ_KF_SLEEPABLE, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_INTEGER, NULL, { OUT, SIZE_OR_0, ANY }, probe_read_user },
	{ "bpf_copy_from_user_str", 0, RQ_KF_SLEEPABLE, RQ_DUTY_NONE, RQ_KERNEL_6_15, .call = copy_string },
};

RQ_FUNC_TABLE(rq_memory_funcs, rows);
