/* SPDX-License-Identifier: BSD-2-Clause */
/* The public headers in a C++ program: compiled, with the inline functions and without. */
#include <rqspin/kfunc.h>
#include <rqspin/lock.h>

static rqspinlock_t lock = RQSPINLOCK_INIT;

int use();
int use()
{
	unsigned long flags;
	int err = rqspin_lock(&lock);

	if (!err)
		err = rqspin_unlock(&lock);
	if (!err)
		err = rqspin_lock_irqsave(&lock, &flags);
	return err ? err : rqspin_unlock_irqrestore(&lock, &flags);
}
