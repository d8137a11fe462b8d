/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * annotated [race]: for a compiler with ThreadSanitizer, beside a library without. Each form of lock and unlock protects a plain
 * counter, and there must be no report of a race; without the lock there must be one.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <rqspin/kfunc.h>
#include <rqspin/lock.h>

#define ROUNDS 300

static union {
	rqspinlock_t lock;
	struct bpf_res_spin_lock kernels;
} word;
static long counter;

static int unlocked(unsigned long *flags)
{
	*flags = 0;
	return 0;
}

static int no_unlock(unsigned long *flags)
{
	(void)flags;
	return 0;
}

#define FORM(name, call)                                                                           \
	static int name(unsigned long *flags)                                                      \
	{                                                                                          \
		(void)flags;                                                                       \
		return call;                                                                       \
	}

FORM(plain, rqspin_lock(&word.lock))
FORM(until, rqspin_lock_until(&word.lock, RQSPIN_NO_DEADLINE))
FORM(try, rqspin_trylock(&word.lock))
FORM(plain_unlock, rqspin_unlock(&word.lock))
FORM(irqsave, rqspin_lock_irqsave(&word.lock, flags))
FORM(until_irqsave, rqspin_lock_until_irqsave(&word.lock, RQSPIN_NO_DEADLINE, flags))
FORM(try_irqsave, rqspin_trylock_irqsave(&word.lock, flags))
FORM(irqrestore, rqspin_unlock_irqrestore(&word.lock, flags))
FORM(kernels, bpf_res_spin_lock(&word.kernels))
FORM(kernels_unlock, (bpf_res_spin_unlock(&word.kernels), 0))
FORM(kernels_irqsave, bpf_res_spin_lock_irqsave(&word.kernels, flags))
FORM(kernels_irqrestore, (bpf_res_spin_unlock_irqrestore(&word.kernels, flags), 0))

static const struct form {
	int (*lock)(unsigned long *flags), (*unlock)(unsigned long *flags);
} forms[] = {
	{ plain, plain_unlock },	 { until, plain_unlock },	    { try, plain_unlock },
	{ irqsave, irqrestore },	 { until_irqsave, irqrestore },	    { try_irqsave, irqrestore },
	{ kernels, kernels_unlock },	 { kernels_irqsave, kernels_irqrestore },
}, race = { unlocked, no_unlock };

static void *count(void *arg)
{
	const struct form *form = arg;
	unsigned long flags;

	for (int i = 0; i < ROUNDS; i++) {
		if (form->lock(&flags))
			continue;
		counter++;
		if (form->unlock(&flags))
			puts("no unlock");
	}
	return NULL;
}

static void run(const struct form *form)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, count, (void *)form))
			return;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "race"))
		run(&race);
	else
		for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
			run(&forms[i]);
	return 0;
}
