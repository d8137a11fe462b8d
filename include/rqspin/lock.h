/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rqspin/lock.h - a spin lock that returns an error instead of hanging
 *
 * Four bytes, all-zero is unlocked, nothing to initialise or destroy. Taking it succeeds, or returns -EDEADLK or
 * -ETIMEDOUT. Threads and signal handlers may use the same locks. See rqspinlock(3).
 *
 * Which calls may run together: all of them, from any thread or signal handler, on the same lock; only who holds a lock may
 * unlock it. The rqspin_set_ functions come before the first lock operation of the process. A signal handler must have
 * released what it took when it returns, and should not release what the interrupted code took: it may, but a deadlock
 * search that runs at that moment still counts on it, and one waiter may get an -EDEADLK that was not needed.
 */
#ifndef RQSPIN_LOCK_H
#define RQSPIN_LOCK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The word; lock/word.h says what its bits mean. Never touch it. */
typedef union rqspinlock {
	uint32_t word;
	struct {
		uint16_t owner;
		uint16_t tail;
	} half;
} rqspinlock_t;

#define RQSPINLOCK_INIT                                                                            \
	{                                                                                          \
		0                                                                                  \
	}

#define RQSPIN_NO_DEADLINE UINT64_MAX /* for rqspin_lock_until(): wait as long as it takes */
#define RQSPIN_HELD_MAX    31	      /* held locks that are recorded; more can be held */
#define RQSPIN_PARTIES_MAX 16	      /* parties of a cycle that a report describes */

#if defined(__GNUC__)
#define RQSPIN_MUST_CHECK __attribute__((__warn_unused_result__))
#else
#define RQSPIN_MUST_CHECK
#endif

enum rqspin_policy {
	RQSPIN_POLICY_FULL,   /* cycles of any length are found */
	RQSPIN_POLICY_KERNEL, /* the outcomes of Linux 6.19: strict FIFO, AA and pairs, the 31 recorded locks */
};

enum rqspin_order {
	RQSPIN_ORDER_BARGING, /* a running thread may overtake the queue, for a bounded time */
	RQSPIN_ORDER_FIFO,    /* first come, first served */
};

enum rqspin_report_kind {
	/* An acquisition failed. */
	RQSPIN_REPORT_AA,      /* -EDEADLK: this thread itself holds the lock, or waits for it in an interrupted context */
	RQSPIN_REPORT_ABBA,    /* -EDEADLK: a cycle of two */
	RQSPIN_REPORT_CYCLE,   /* -EDEADLK: a longer cycle */
	RQSPIN_REPORT_BUSY,    /* -EDEADLK, policy kernel: a nested context found the lock taken and may not wait */
	RQSPIN_REPORT_TIMEOUT, /* -ETIMEDOUT */
	/* A mistake of the program that was survived. */
	RQSPIN_REPORT_NOT_HELD,	    /* unlock of a lock that the caller does not hold: refused with -EPERM */
	RQSPIN_REPORT_EXIT_HOLDING, /* a thread ended with locks held: they stay locked */
	RQSPIN_REPORT_FORK_HOLDING, /* the forking thread held locks: in the child nobody holds them, they stay locked */
	RQSPIN_REPORT_FLAGS_ORDER,  /* irq flags restored out of order: interrupts stay off until the last restore */
	RQSPIN_REPORT_PREEMPT_ON,   /* preemption enabled that was not disabled, see rqspin/kfunc.h: nothing has changed */
};

struct rqspin_held {
	const rqspinlock_t *lock;
	uintptr_t site; /* address in the function that took it */
};

/* One thread of a cycle. */
struct rqspin_party {
	int thread;			/* thread id; 0: no thread runs that CPU any more */
	unsigned int cpu;		/* number of its slot or virtual CPU */
	const rqspinlock_t *waits_for;	/* NULL: waits for none */
	uintptr_t site;			/* where it waits */
	unsigned int held_count;	/* rows of @held */
	unsigned int held_unrecorded;	/* locks held beyond the table */
	struct rqspin_held held[RQSPIN_HELD_MAX]; /* oldest first */
};

struct rqspin_report {
	size_t size; /* sizeof(struct rqspin_report) of the library */
	enum rqspin_report_kind kind;
	int error;		  /* what the call returns: -EDEADLK, -ETIMEDOUT, -EPERM; 0 where there is no call */
	const rqspinlock_t *lock; /* the one that was wanted; NULL where there is none */
	uintptr_t site;		  /* of the failed call */
	uint64_t waited_ns;
	uint64_t left_out_ns;	  /* of these, what did not count towards the limit */
	unsigned int cycle;	  /* length of the cycle; 0 where there is none */
	/*
	 * The reporting thread first; then each party holds what the one before waits for. For a timeout: the reporting
	 * thread and the holder. Fewer than the cycle has when that is longer than RQSPIN_PARTIES_MAX or when many threads
	 * report at the same time.
	 */
	unsigned int parties;
	const struct rqspin_party *party;
};

/* What follows down to the next rule is what the inline functions need; it is no interface. */

/*
 * A thread's own. The table of its locks is an array of struct rqspin_held that begins with this: row 0 has no lock. A place in it
 * is counted in bytes, not rows: an address without arithmetic. Lock goes the fast way up to a row, in barging or in FIFO
 * order; both are 0 for a thread that is not attached yet or has no slot, whose calls all go out of line.
 */
struct rqspin_self {
	const rqspinlock_t *no_lock;
	uint32_t top; /* the newest row */
	uint16_t code; /* of this thread, in the owner half of a word */
	uint16_t unused;
	struct rqspin_held row[RQSPIN_HELD_MAX];
	uint32_t barging_top, fifo_top;
};

extern __thread struct rqspin_self *rqspin_self __attribute__((__tls_model__("initial-exec")));

int rqspin_lock_contended(rqspinlock_t *lock, uintptr_t site); /* the table has the attempt already */
int rqspin_lock_from(rqspinlock_t *lock, uintptr_t site);
int rqspin_lock_until_from(rqspinlock_t *lock, uint64_t deadline_ns, uintptr_t site);
int rqspin_trylock_from(rqspinlock_t *lock, uintptr_t site);
int rqspin_unlock_from(rqspinlock_t *lock, uintptr_t site);

/* ------------------------------------------------------------------------------------------------------------------ */

/**
 * rqspin_lock - take a lock, or say why not
 * @lock: the lock; all-zero memory is an unlocked lock
 *
 * Waits for as long as rqspin_set_default_timeout() says, 250 ms if it was not called.
 * Returns 0 with the lock held;
 *   -EDEADLK    taking it would close a cycle of owners and waiters; this caller was chosen to let go
 *   -ETIMEDOUT  the time is over
 * On error nothing has changed.
 *
 * May be called from signal handlers, also ones that interrupt this library. May run together with every function here.
 */
RQSPIN_MUST_CHECK int rqspin_lock(rqspinlock_t *lock);

/**
 * rqspin_lock_until - take a lock before a point in time
 * @lock:        the lock
 * @deadline_ns: CLOCK_MONOTONIC time in nanoseconds at which to give up; RQSPIN_NO_DEADLINE for none
 *
 * As rqspin_lock(). A free lock is taken even when the deadline has passed. With no deadline, deadlocks are still found.
 */
RQSPIN_MUST_CHECK int rqspin_lock_until(rqspinlock_t *lock, uint64_t deadline_ns);

/**
 * rqspin_trylock - take a lock if it is free
 *
 * Returns 0, or -EBUSY: somebody holds it, perhaps the caller itself, or somebody's turn comes first. Never waits.
 * From signal handlers too; together with every function here.
 */
RQSPIN_MUST_CHECK int rqspin_trylock(rqspinlock_t *lock);

/**
 * rqspin_unlock - release a lock
 *
 * Returns 0, or -EPERM: the caller does not hold it. Then nothing has changed but that the mistake was reported.
 * Locks may be released in any order. From signal handlers too; together with every function here.
 */
int rqspin_unlock(rqspinlock_t *lock);

/**
 * rqspin_lock_irqsave - take a lock with interrupts off
 * @lock:  the lock
 * @flags: written on success only; for rqspin_unlock_irqrestore()
 *
 * Interrupts are the signals that were given to rqspin_irq_register(). On success they stay off for this thread until the
 * matching rqspin_unlock_irqrestore(). No system call is made. Returns and rules as rqspin_lock().
 */
RQSPIN_MUST_CHECK int rqspin_lock_irqsave(rqspinlock_t *lock, unsigned long *flags);
RQSPIN_MUST_CHECK int rqspin_lock_until_irqsave(rqspinlock_t *lock, uint64_t deadline_ns, unsigned long *flags);
RQSPIN_MUST_CHECK int rqspin_trylock_irqsave(rqspinlock_t *lock, unsigned long *flags);

/**
 * rqspin_unlock_irqrestore - release a lock, then let interrupts in again if they were on before
 *
 * Interrupts that arrived meanwhile run before this returns. Returns 0, or -EPERM as rqspin_unlock(), with the interrupts left
 * as they were. Flags restored out of order are reported; interrupts then go on with the last restore.
 */
int rqspin_unlock_irqrestore(rqspinlock_t *lock, unsigned long *flags);

/**
 * rqspin_set_default_timeout - how long rqspin_lock() and its irqsave form wait
 * @ns: nanoseconds, at least 1
 *
 * Returns 0; -EINVAL; -EBUSY after the first lock operation of the process. Not for signal handlers.
 */
int rqspin_set_default_timeout(uint64_t ns);
/* Which deadlocks are found: FULL by default; KERNEL means FIFO order too. Returns and rules as above. */
int rqspin_set_policy(enum rqspin_policy policy);
/* Who comes next: BARGING by default. Returns and rules as above. */
int rqspin_set_order(enum rqspin_order order);

/**
 * rqspin_irq_register - make a signal an interrupt
 * @signo:   1 .. SIGRTMAX, not SIGKILL or SIGSTOP
 * @handler: called with the signal number, with further interrupts of this thread off
 *
 * A signal that arrives while interrupts are off runs when they go on again, on the same thread. Each signal that the
 * kernel delivers runs once; standard signals (below SIGRTMIN) that are pending merge before that. Replaces what
 * sigaction(2) had for @signo. Returns 0; -EINVAL; -EBUSY: registered already. Not for signal handlers.
 */
int rqspin_irq_register(int signo, void (*handler)(int));
/* The same for a signal that runs at once whatever the interrupt flag says; but not within another such one: after it. */
int rqspin_nmi_register(int signo, void (*handler)(int));
/* Back to what sigaction(2) had before. -EINVAL: not registered. */
int rqspin_signal_unregister(int signo);

/**
 * rqspin_set_report - be told of each failed acquisition and each mistake
 * @callback: runs in the context that failed, also a signal handler, before the call returns; must not take the lock
 *            that it is about without being ready for -EDEADLK; NULL for none
 * @arg:      handed to it
 *
 * The report is valid during the call. Not for signal handlers; threads that report at this very moment may still call the
 * callback that was set before.
 */
void rqspin_set_report(void (*callback)(const struct rqspin_report *report, void *arg), void *arg);

/**
 * rqspin_report_print - write a report as text
 * @fd: where to
 *
 * Addresses are printed as module+offset for `rqspin symbolize`. Returns 0 or the negative errno of write(2).
 * Not from signal handlers: it asks the dynamic linker for names.
 */
int rqspin_report_print(const struct rqspin_report *report, int fd);

#include <rqspin/lock-inline.h>

#ifdef __cplusplus
}
#endif

#endif
