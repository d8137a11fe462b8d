/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports come from a shared library as well as from a program: see deadlock_twice.c. */
#include <rqspin/lock.h>

int take_in_library(rqspinlock_t *lock);

int take_in_library(rqspinlock_t *lock)
{
	return rqspin_lock(lock); /* in library */
}
