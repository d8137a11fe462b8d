/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The uncontended case of lock and unlock, inline. With RQSPIN_NO_INLINE the calls go to the functions of the same names
 * and meaning that the library exports. Under ThreadSanitizer the calls go out of line with annotations instead,
 * so that it knows the lock as a mutex.
 *
 * Order of steps, which signal handlers that land between them rely on: the lock is entered into the table before the word is
 * tried, and cleared after the word is free. A row is counted first and filled then; cleared first and discounted then.
 * So a handler works above it and leaves everything as it was. The row has a site only while the lock is certainly held:
 * written after the word was won, cleared before it is given up. (src/lock/table.c, src/lock/deadlock.c)
 */
#ifndef RQSPIN_LOCK_INLINE_H
#define RQSPIN_LOCK_INLINE_H

#define RQSPIN_INLINE extern inline __attribute__((__gnu_inline__, __always_inline__))

/* An address inside the calling function. */
RQSPIN_INLINE uintptr_t rqspin_here(void)
{
	uintptr_t here;

#if defined(__x86_64__)
	__asm__ volatile("leaq 0(%%rip), %0" : "=r"(here));
#elif defined(__aarch64__)
	__asm__ volatile("adr %0, ." : "=r"(here));
#else
	here = (uintptr_t)__builtin_return_address(0);
#endif
	return here;
}

RQSPIN_INLINE struct rqspin_held *rqspin_row(struct rqspin_self *self, uint32_t at)
{
	return (struct rqspin_held *)((char *)self + at);
}

/* Enter @lock into the row at @at of the own table. Only signal handlers of this thread and readers for reports see it. */
RQSPIN_INLINE void rqspin_table_push(struct rqspin_self *self, uint32_t at, rqspinlock_t *lock)
{
	__atomic_store_n(&self->top, at, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&rqspin_row(self, at)->lock, lock, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* From the win of the word until before its release. */
RQSPIN_INLINE void rqspin_table_mark(struct rqspin_self *self, uint32_t at, uintptr_t site)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&rqspin_row(self, at)->site, site, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

RQSPIN_INLINE void rqspin_table_pop(struct rqspin_self *self, uint32_t at)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&rqspin_row(self, at)->lock, (const rqspinlock_t *)0, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&self->top, at - (uint32_t)sizeof(struct rqspin_held), __ATOMIC_RELAXED);
}

RQSPIN_INLINE int rqspin_fast_lock(rqspinlock_t *lock, uintptr_t site)
{
	struct rqspin_self *self = rqspin_self;
	uint32_t at = self->top + (uint32_t)sizeof(struct rqspin_held), nobody = 0;
	uint16_t no_owner = 0;

	/* Acquire: pairs with the release of the word in rqspin_fast_unlock() and rq_word_release(). */
	if (__builtin_expect(at <= self->barging_top, 1)) {
		rqspin_table_push(self, at, lock);
		if (__builtin_expect(!__atomic_compare_exchange_n(&lock->half.owner, &no_owner, self->code, 0,
								  __ATOMIC_ACQUIRE, __ATOMIC_RELAXED), 0))
			return rqspin_lock_contended(lock, site);
	} else if (__builtin_expect(at <= self->fifo_top, 1)) {
		rqspin_table_push(self, at, lock);
		if (__builtin_expect(!__atomic_compare_exchange_n(&lock->word, &nobody, (uint32_t)self->code, 0,
								  __ATOMIC_ACQUIRE, __ATOMIC_RELAXED), 0))
			return rqspin_lock_contended(lock, site);
	} else {
		return rqspin_lock_from(lock, site);
	}
	rqspin_table_mark(self, at, site);
	return 0;
}

/* 0: this is no plain case, and nothing was done. */
RQSPIN_INLINE int rqspin_fast_unlock(rqspinlock_t *lock)
{
	struct rqspin_self *self = rqspin_self;
	uint32_t at = self->top;

	if (__builtin_expect(rqspin_row(self, at)->lock != lock, 0))
		return 0;
	if (__builtin_expect(self->barging_top != 0, 1)) {
		/*
		 * A waiter that joins after this load of the tail is not seen: harmless, no waiter sleeps before it has
		 * looked at the owner half again, and none sleeps for ever.
		 */
		if (__builtin_expect(__atomic_load_n(&lock->half.owner, __ATOMIC_RELAXED) != self->code ||
				     __atomic_load_n(&lock->half.tail, __ATOMIC_RELAXED) != 0, 0))
			return 0;
		rqspin_table_mark(self, at, 0);
		__atomic_store_n(&lock->half.owner, 0, __ATOMIC_RELEASE);
	} else {
		if (__builtin_expect(!self->fifo_top ||
				     (uint16_t)__atomic_load_n(&lock->word, __ATOMIC_RELAXED) != self->code, 0))
			return 0;
		rqspin_table_mark(self, at, 0);
		__atomic_fetch_and(&lock->word, 0xffff0000u, __ATOMIC_RELEASE);
	}
	rqspin_table_pop(self, at);
	return 1;
}

#ifndef RQSPIN_NO_INLINE

#if defined(__SANITIZE_THREAD__)
#define RQSPIN_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RQSPIN_TSAN 1
#endif
#endif

#ifdef RQSPIN_TSAN

void __tsan_mutex_pre_lock(void *address, unsigned int flags);
void __tsan_mutex_post_lock(void *address, unsigned int flags, int recursion);
int __tsan_mutex_pre_unlock(void *address, unsigned int flags);
void __tsan_mutex_post_unlock(void *address, unsigned int flags);

/* From sanitizer/tsan_interface.h. A try lock: a failed order of locks is an error to return here, none to report. */
#define RQSPIN_TSAN_TRY	       (1u << 4)
#define RQSPIN_TSAN_TRY_FAILED (1u << 5)

/* @taken and @given are the lock; each is evaluated once. */
#define RQSPIN_TSAN_ANNOTATED(taken, call)                                                         \
	__extension__({                                                                            \
		void *rqspin_taken = (taken);                                                      \
		int rqspin_result;                                                                 \
		__tsan_mutex_pre_lock(rqspin_taken, RQSPIN_TSAN_TRY);                              \
		rqspin_result = (call);                                                            \
		__tsan_mutex_post_lock(rqspin_taken,                                               \
				       RQSPIN_TSAN_TRY | (rqspin_result ? RQSPIN_TSAN_TRY_FAILED : 0), \
				       0);                                                         \
		rqspin_result;                                                                     \
	})

#define RQSPIN_TSAN_ANNOTATED_UNLOCK(given, call)                                                  \
	__extension__({                                                                            \
		void *rqspin_given = (given);                                                      \
		__tsan_mutex_pre_unlock(rqspin_given, 0);                                          \
		int rqspin_result = (call);                                                        \
		__tsan_mutex_post_unlock(rqspin_given, 0);                                         \
		rqspin_result;                                                                     \
	})

RQSPIN_INLINE int rqspin_lock(rqspinlock_t *lock)
{
	return RQSPIN_TSAN_ANNOTATED(lock, rqspin_lock_from(lock, rqspin_here()));
}

RQSPIN_INLINE int rqspin_lock_until(rqspinlock_t *lock, uint64_t deadline_ns)
{
	return RQSPIN_TSAN_ANNOTATED(lock, rqspin_lock_until_from(lock, deadline_ns, rqspin_here()));
}

RQSPIN_INLINE int rqspin_trylock(rqspinlock_t *lock)
{
	return RQSPIN_TSAN_ANNOTATED(lock, rqspin_trylock_from(lock, rqspin_here()));
}

RQSPIN_INLINE int rqspin_unlock(rqspinlock_t *lock)
{
	return RQSPIN_TSAN_ANNOTATED_UNLOCK(lock, rqspin_unlock_from(lock, rqspin_here()));
}

/* The parentheses keep the exported functions from being these macros. */
#define rqspin_lock_irqsave(lock, flags) RQSPIN_TSAN_ANNOTATED(lock, (rqspin_lock_irqsave)((rqspinlock_t *)rqspin_taken, flags))
#define rqspin_lock_until_irqsave(lock, deadline_ns, flags)                                        \
	RQSPIN_TSAN_ANNOTATED(lock, (rqspin_lock_until_irqsave)((rqspinlock_t *)rqspin_taken, deadline_ns, flags))
#define rqspin_trylock_irqsave(lock, flags)                                                        \
	RQSPIN_TSAN_ANNOTATED(lock, (rqspin_trylock_irqsave)((rqspinlock_t *)rqspin_taken, flags))
#define rqspin_unlock_irqrestore(lock, flags)                                                      \
	RQSPIN_TSAN_ANNOTATED_UNLOCK(lock, (rqspin_unlock_irqrestore)((rqspinlock_t *)rqspin_given, flags))

#else

RQSPIN_INLINE int rqspin_lock(rqspinlock_t *lock)
{
	return rqspin_fast_lock(lock, rqspin_here());
}

RQSPIN_INLINE int rqspin_unlock(rqspinlock_t *lock)
{
	return rqspin_fast_unlock(lock) ? 0 : rqspin_unlock_from(lock, rqspin_here());
}

#endif

#endif

#endif
