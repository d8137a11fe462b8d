/* SPDX-License-Identifier: BSD-2-Clause */
/* A user's program, C and C++: the lock, and the kernel's names for it. Ends with the number of the first line that is wrong. */
#include <errno.h>

#include <rqspin/kfunc.h>
#include <rqspin/lock.h>

static rqspinlock_t lock = RQSPINLOCK_INIT;
static struct bpf_res_spin_lock kernels;

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return __LINE__;                                                           \
	} while (0)

int main(void)
{
	unsigned long flags;

	CHECK(!rqspin_lock(&lock));
	CHECK(rqspin_lock(&lock) == -EDEADLK);
	CHECK(rqspin_trylock(&lock) == -EBUSY);
	CHECK(!rqspin_unlock(&lock));
	CHECK(rqspin_unlock(&lock) == -EPERM);
	CHECK(!rqspin_lock_irqsave(&lock, &flags));
	CHECK(!rqspin_unlock_irqrestore(&lock, &flags));
	CHECK(!bpf_res_spin_lock(&kernels));
	CHECK(bpf_res_spin_lock(&kernels) == -EDEADLK);
	bpf_res_spin_unlock(&kernels);
	CHECK(!lock.word && !kernels.val);
	return 0;
}
