/* SPDX-License-Identifier: BSD-2-Clause */
/* The native platform's system calls. errno is kept: all of this runs in signal handlers too. */
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "lock/platform.h"

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){ .tv_sec = ns / 1000000000u, .tv_nsec = ns % 1000000000u };
}

void rq_yield(void)
{
	sched_yield();
}

void rq_sleep_ns(uint64_t ns)
{
	struct timespec duration = timespec_of(ns);
	int error = errno;

	clock_nanosleep(CLOCK_MONOTONIC, 0, &duration, NULL);
	errno = error;
}

void rq_park(_Atomic uint32_t *word, uint32_t expected, uint64_t ns)
{
	struct timespec duration = timespec_of(ns);
	int error = errno;

	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, &duration, NULL, 0);
	errno = error;
}

void rq_wake(_Atomic uint32_t *word)
{
	int error = errno;

	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	errno = error;
}

int rq_read_words(rqspinlock_t *const *locks, uint32_t *words, unsigned int count)
{
	struct iovec local = { words, count * sizeof(*words) }, remote[RQ_READ_WORDS_MAX];
	int error = errno, result = 0;

	for (unsigned int i = 0; i < count; i++)
		remote[i] = (struct iovec){ locks[i], sizeof(*locks[i]) };
	if (process_vm_readv(getpid(), &local, 1, remote, count, 0) != (ssize_t)local.iov_len)
		result = errno == ENOSYS || errno == EPERM ? -ENOSYS : -EFAULT;
	errno = error;
	return result;
}
