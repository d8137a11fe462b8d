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

int rq_read_word(rqspinlock_t *lock, uint32_t *word)
{
	struct iovec local = { word, sizeof(*word) }, remote = { lock, sizeof(*lock) };
	int error = errno, result = 0;

	if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) != sizeof(*word))
		result = -EFAULT;
	errno = error;
	return result;
}
