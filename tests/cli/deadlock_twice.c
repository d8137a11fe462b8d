/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints two reports of AA deadlocks: taken inline here, in a library, and by a call. Line numbers are found by the comments. */
#include <stdio.h>
#include <unistd.h>

#include <rqspin/lock.h>

int take_in_library(rqspinlock_t *lock);

static rqspinlock_t first, second;

static void print(const struct rqspin_report *report, void *arg)
{
	(void)arg;
	rqspin_report_print(report, STDOUT_FILENO);
}

/* Inline, as everybody includes it; but for a sanitizer's build it is a call all the same. */
static inline __attribute__((__always_inline__)) int take_inside(rqspinlock_t *lock)
{
	return rqspin_lock(lock); /* inside */
}

static __attribute__((noinline)) int take_first(void)
{
	return take_inside(&first);
}

static __attribute__((noinline)) int take_by_call(void)
{
	int (*volatile call)(rqspinlock_t *) = rqspin_lock;
	int err = call(&second); /* by call */

	__asm__ volatile("" : "+r"(err)); /* no tail call: that would be a call by the caller */
	return err;
}

int main(void)
{
	rqspin_set_report(print, NULL);
	if (take_first() || take_by_call())
		return 1;
	return !take_in_library(&first) || !take_in_library(&second);
}
