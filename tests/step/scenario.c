/* SPDX-License-Identifier: BSD-2-Clause */
/* The states that lock and unlock are stepped through in, and what must hold at the end of every run. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "step.h"

#define PATIENCE_NS    UINT64_C(3000000) /* the stepped thread's deadline: beyond what any scenario makes it wait */
#define SHORT_NS       UINT64_C(400000) /* where it is meant to pass: time to spin, queue and sleep before */
#define HANDLER_NS     UINT64_C(300000)
#define AT_ONCE_NS     UINT64_C(20000) /* an answer that did not wait for anybody, in readings of the clock */
#define SETTLED_READINGS 40 /* of the clock: far more time than any waiter spins before it queues */
#define HELD_TABLE     31

static rqspinlock_t lock_l, lock_m, lock_n, lock_crossed;
static rqspinlock_t table_locks[HELD_TABLE];
static unsigned int counter, expected; /* under lock_l */

static enum step_handler handler_kind;
static _Atomic bool stepping; /* between the marks */
static volatile unsigned int handled, raised; /* signals: that ran, that the scenario raised itself */
static unsigned long flags;

__attribute__((noinline)) void step_begin(void)
{
	__asm__ volatile("");
}

__attribute__((noinline)) void step_end(void)
{
	__asm__ volatile("" ::: "memory");
}

static void fail(const char *what)
{
	/* Also from the handler, where stdio is not allowed; the process ends here anyway. */
	dprintf(STDOUT_FILENO, "  %s\n", what);
	_exit(1);
}

static void must(bool holds, const char *what)
{
	if (!holds)
		fail(what);
}

/* Nobody else may be between these two. */
static void enter_l(void)
{
	static _Atomic int inside;

	must(!atomic_exchange(&inside, 1), "two hold the lock");
	counter++;
	atomic_store(&inside, 0);
}

static bool in_own_table(const rqspinlock_t *lock)
{
	const struct rqspin_self *self = rqspin_self;

	for (unsigned int i = 0; i < RQSPIN_HELD_MAX; i++) {
		if (self->row[i].lock == lock)
			return true;
	}
	return false;
}

/* ---- the handler ------------------------------------------------------------------------------------------------ */

static void take_same(void)
{
	bool attempting = in_own_table(&lock_l);
	uint64_t began = step_clock_now();
	int error = rqspin_lock_until(&lock_l, began + HANDLER_NS);

	/* Who was interrupted before its attempt counted, or after it ended, leaves others a right to make the handler wait. */
	if (attempting) {
		must(error == 0 || error == -EDEADLK, "the handler gets neither 0 nor -EDEADLK");
		must(step_clock_now() - began <= AT_ONCE_NS, "the handler has to wait");
	}
	must(error == 0 || error == -EDEADLK || error == -ETIMEDOUT, "the handler gets an unknown error");
	if (error)
		return;
	enter_l();
	atomic_fetch_add((_Atomic unsigned int *)&expected, 1);
	must(!rqspin_unlock(&lock_l), "the handler can't unlock");
}

static void take_other(void)
{
	uint64_t began = step_clock_now();

	must(!rqspin_lock(&lock_n), "the handler does not get a free lock");
	must(step_clock_now() - began <= AT_ONCE_NS, "the handler has to wait for a free lock");
	must(!rqspin_unlock(&lock_n), "the handler can't unlock the other lock");
}

static void take_crossed(void);

static void on_signal(int signo)
{
	uint32_t held = rqspin_self->top;

	(void)signo;
	handled++;
	if (!atomic_load(&stepping))
		return;
	if (handler_kind == STEP_SAME_LOCK)
		take_same();
	else if (handler_kind == STEP_OTHER_LOCK)
		take_other();
	else
		take_crossed();
	must(rqspin_self->top == held || !held, "the handler leaves the table changed");
}

/* ---- the other parties ------------------------------------------------------------------------------------------- */

enum role { ROLE_NONE, ROLE_HOLD_L, ROLE_QUEUE_L, ROLE_HOLD_L_WANT_M, ROLE_CROSS };

static struct party {
	pthread_t thread;
	enum role role;
	_Atomic bool holds, may_go, done;
} parties[STEP_PARTIES];

/* It waits where it will wait from now on: spinning is over. */
static bool settled(void)
{
	static __thread unsigned int readings;

	return ++readings >= SETTLED_READINGS;
}

static void wait_until_may_go(struct party *party)
{
	while (!atomic_load(&party->may_go))
		usleep(20);
}

static void release_l(void)
{
	enter_l();
	must(!rqspin_unlock(&lock_l), "a party can't unlock");
}

static void *party_main(void *argument)
{
	struct party *party = argument;

	step_clock_party(party - parties);
	switch (party->role) {
	case ROLE_HOLD_L:
		must(!rqspin_lock(&lock_l), "the holder does not get the lock");
		atomic_store(&party->holds, true);
		wait_until_may_go(party);
		release_l();
		break;
	case ROLE_QUEUE_L:
		step_freeze_when(settled);
		must(!rqspin_lock_until(&lock_l, RQSPIN_NO_DEADLINE), "a waiter without a deadline fails");
		release_l();
		break;
	case ROLE_HOLD_L_WANT_M:
		must(!rqspin_lock(&lock_l), "the holder does not get the lock");
		atomic_store(&party->holds, true);
		step_freeze_when(settled);
		must(!rqspin_lock_until(&lock_m, RQSPIN_NO_DEADLINE), "the other party of the deadlock fails too");
		must(!rqspin_unlock(&lock_m), "the other party can't unlock");
		release_l();
		break;
	case ROLE_CROSS:
		must(!rqspin_lock(&lock_crossed), "the crossed lock is not to be had");
		step_freeze_when(settled);
		must(!rqspin_lock_until(&lock_l, RQSPIN_NO_DEADLINE), "the one who waited first fails");
		release_l();
		must(!rqspin_unlock(&lock_crossed), "the other party can't unlock");
		break;
	default: break;
	}
	atomic_store(&party->done, true);
	return NULL;
}

static void start(unsigned int number, enum role role)
{
	struct party *party = &parties[number];
	unsigned int frozen = step_frozen();

	if (party->role)
		return;

	party->role = role;
	expected++;
	must(!pthread_create(&party->thread, NULL, party_main, party), "no thread");
	if (role == ROLE_HOLD_L) {
		while (!atomic_load(&party->holds))
			sched_yield();
	} else {
		while (step_frozen() == frozen && !atomic_load(&party->done))
			sched_yield();
	}
}

/*
 * A deadlock through a lock that the interrupted operation is just taking or giving back: the last party takes a lock, then
 * waits for the stepped thread's, and the handler wants the first one. If the stepped thread has the lock at this instant,
 * nobody but the handler can end that, and it has to be told so at once.
 */
static void take_crossed(void)
{
	bool mine = (lock_l.half.owner & 0x3fff) == rqspin_self->code && rqspin_self->code;
	uint64_t began;
	int error;

	start(STEP_PARTIES - 1, ROLE_CROSS);
	began = step_clock_now();
	error = rqspin_lock_until(&lock_crossed, began + HANDLER_NS);
	if (mine)
		must(error == -EDEADLK, "the deadlock through the interrupted operation is not found");
	must(error == 0 || error == -EDEADLK || error == -ETIMEDOUT, "the handler gets an unknown error");
	if (!error)
		must(!rqspin_unlock(&lock_crossed), "the handler can't unlock the crossed lock");
}

static void let_go(unsigned int number)
{
	atomic_store(&parties[number].may_go, true);
	step_thaw(number);
}

/* ... and come to its end before the stepped thread goes on. */
static void let_finish(unsigned int number)
{
	let_go(number);
	while (!atomic_load(&parties[number].done))
		sched_yield();
}

static void join_parties(void)
{
	for (unsigned int i = 0; i < STEP_PARTIES; i++) {
		if (parties[i].role) {
			let_go(i);
			pthread_join(parties[i].thread, NULL);
		}
	}
}

/* ---- operations: the lock's inline functions become part of them --------------------------------------------------- */

STEP_OPERATION static int lock_inline(void)
{
	return rqspin_lock(&lock_l);
}

STEP_OPERATION static int lock_patient(void)
{
	return rqspin_lock_until(&lock_l, step_clock_now() + PATIENCE_NS);
}

STEP_OPERATION static int lock_briefly(void)
{
	return rqspin_lock_until(&lock_l, step_clock_now() + SHORT_NS);
}

STEP_OPERATION static int lock_called(void)
{
	int (*volatile call)(rqspinlock_t *) = rqspin_lock;

	return call(&lock_l);
}

STEP_OPERATION static int trylock(void)
{
	return rqspin_trylock(&lock_l);
}

STEP_OPERATION static int lock_irqsave(void)
{
	return rqspin_lock_irqsave(&lock_l, &flags);
}

STEP_OPERATION static int unlock_inline(void)
{
	return rqspin_unlock(&lock_l);
}

STEP_OPERATION static int unlock_called(void)
{
	int (*volatile call)(rqspinlock_t *) = rqspin_unlock;

	return call(&lock_l);
}

STEP_OPERATION static int unlock_irqrestore(void)
{
	return rqspin_unlock_irqrestore(&lock_l, &flags);
}

/* ---- states ------------------------------------------------------------------------------------------------------- */

static void take_l(void)
{
	must(!rqspin_lock(&lock_l), "the lock is not to be had");
	enter_l();
	expected++;
}

static void take_l_irqsave(void)
{
	must(!rqspin_lock_irqsave(&lock_l, &flags), "the lock is not to be had");
	enter_l();
	expected++;
}

/* The tracer's signal becomes an interrupt, and one is pending already. */
static void take_l_interrupt_pending(void)
{
	must(!rqspin_irq_register(SIGUSR1, on_signal), "the signal can't be registered");
	take_l_irqsave();
	raised++;
	raise(SIGUSR1);
	must(!handled, "an interrupt runs while interrupts are off");
}

static void attached(void)
{
	must(!rqspin_lock(&lock_n) && !rqspin_unlock(&lock_n), "no lock works");
}

static void held_by_another(void)
{
	attached();
	start(0, ROLE_HOLD_L);
}

static void held_and_queued(void)
{
	held_by_another();
	start(1, ROLE_QUEUE_L);
}

static void deadlock(void)
{
	must(!rqspin_lock(&lock_m), "the lock is not to be had");
	start(0, ROLE_HOLD_L_WANT_M);
}

static void own_with_waiter(void)
{
	take_l();
	start(0, ROLE_QUEUE_L);
}

static void own_with_waiters(void)
{
	own_with_waiter();
	start(1, ROLE_QUEUE_L);
}

static void table_full(void)
{
	for (unsigned int i = 0; i < HELD_TABLE; i++)
		must(!rqspin_lock(&table_locks[i]), "the lock is not to be had");
}

static void own_beyond_table(void)
{
	table_full();
	take_l();
}

/* The holder lets go while the stepped thread still spins. */
static void released_while_spinning(unsigned int calls)
{
	if (calls == 4)
		let_finish(0);
}

/* ... once it is the head of the queue, for a while. */
static void released_while_head(unsigned int calls)
{
	if (calls == 2 * SETTLED_READINGS)
		let_finish(0);
}

/* ... and the waiter before it takes its turn some time later. */
static void released_in_turn(unsigned int calls)
{
	if (calls == 2 * SETTLED_READINGS)
		let_finish(0);
	if (calls == 3 * SETTLED_READINGS)
		let_finish(1);
}

/* Another one queues behind the stepped thread before its deadline. */
static void somebody_comes_behind(unsigned int calls)
{
	if (calls == SETTLED_READINGS)
		start(2, ROLE_QUEUE_L);
}

/* ---- ends: let go of what the operation took ---------------------------------------------------------------------- */

static void took_l(int result)
{
	if (result)
		return;
	expected++;
	release_l();
}

static void took_l_irqsave(int result)
{
	if (result)
		return;
	expected++;
	enter_l();
	must(!rqspin_unlock_irqrestore(&lock_l, &flags), "can't unlock");
}

static void was_l(int result)
{
	(void)result;
	must(!rqspin_unlock(&lock_l), "can't unlock what was held before");
}

static void was_m(int result)
{
	took_l(result);
	must(!rqspin_unlock(&lock_m), "can't unlock what was held before");
}

static void was_table(int result)
{
	took_l(result);
	for (unsigned int i = 0; i < HELD_TABLE; i++)
		must(!rqspin_unlock(&table_locks[i]), "can't unlock what the table holds");
}

static void was_table_too(int result)
{
	(void)result;
	for (unsigned int i = 0; i < HELD_TABLE; i++)
		must(!rqspin_unlock(&table_locks[i]), "can't unlock what the table holds");
}

#define BOTH_ORDERS(name, ...)                                                                     \
	{ name, RQSPIN_ORDER_BARGING, __VA_ARGS__ }, { name " (FIFO)", RQSPIN_ORDER_FIFO, __VA_ARGS__ }

const struct step_scenario step_scenarios[] = {
	/* state                                          before            operation          meanwhile              after           result */
	BOTH_ORDERS("lock: first use of the thread",      NULL,             lock_inline,       NULL,                    took_l,         0),
	BOTH_ORDERS("lock: free",                         attached,         lock_inline,       NULL,                    took_l,         0, true),
	BOTH_ORDERS("lock: free, called",                 attached,         lock_called,       NULL,                    took_l,         0),
	BOTH_ORDERS("lock: free, irqsave",                attached,         lock_irqsave,      NULL,                    took_l_irqsave, 0),
	BOTH_ORDERS("lock: free, table full",             table_full,       lock_inline,       NULL,                    was_table,      0),
	BOTH_ORDERS("lock: one's own",                    take_l,           lock_inline,       NULL,                    was_l,          -EDEADLK),
	BOTH_ORDERS("lock: held, spinning",               held_by_another,  lock_patient,      released_while_spinning, took_l,         0),
	BOTH_ORDERS("lock: held, head",                   held_by_another,  lock_patient,      released_while_head,     took_l,         0),
	BOTH_ORDERS("lock: held, queued",                 held_and_queued,  lock_patient,      released_in_turn,        took_l,         0),
	BOTH_ORDERS("lock: held, head leaving",           held_by_another,  lock_briefly,      NULL,                    took_l,         -ETIMEDOUT),
	BOTH_ORDERS("lock: held, last leaving",           held_and_queued,  lock_briefly,      NULL,                    took_l,         -ETIMEDOUT),
	BOTH_ORDERS("lock: held, leaving between others", held_and_queued,  lock_briefly,      somebody_comes_behind,   took_l,         -ETIMEDOUT),
	BOTH_ORDERS("lock: deadlock",                     deadlock,         lock_patient,      NULL,                    was_m,          -EDEADLK),
	BOTH_ORDERS("trylock: free",                      attached,         trylock,           NULL,                    took_l,         0),
	BOTH_ORDERS("trylock: held",                      held_by_another,  trylock,           NULL,                    took_l,         -EBUSY),
	BOTH_ORDERS("unlock: no waiter",                  take_l,           unlock_inline,     NULL,                    NULL,           0, true),
	BOTH_ORDERS("unlock: no waiter, called",          take_l,           unlock_called,     NULL,                    NULL,           0),
	BOTH_ORDERS("unlock: no waiter, irqrestore",      take_l_irqsave,   unlock_irqrestore, NULL,                    NULL,           0),
	BOTH_ORDERS("unlock: an interrupt pending",       take_l_interrupt_pending, unlock_irqrestore, NULL,            NULL,           0),
	BOTH_ORDERS("unlock: a waiter",                   own_with_waiter,  unlock_inline,     NULL,                    NULL,           0),
	BOTH_ORDERS("unlock: two waiters",                own_with_waiters, unlock_inline,     NULL,                    NULL,           0),
	BOTH_ORDERS("unlock: beyond the table",           own_beyond_table, unlock_inline,     NULL,                    was_table_too,  0),
	BOTH_ORDERS("unlock: not held",                   held_by_another,  unlock_inline,     NULL,                    NULL,           -EPERM),
};

const unsigned int step_scenario_count = sizeof(step_scenarios) / sizeof(step_scenarios[0]);

static void must_be_free(rqspinlock_t *lock, const char *what)
{
	must(!rqspin_trylock(lock) && !rqspin_unlock(lock), what);
	must(!lock->word, what);
}

void step_run(const struct step_scenario *scenario, enum step_handler handler)
{
	struct sigaction action = { .sa_handler = on_signal };
	int result;

	handler_kind = handler;
	sigaction(SIGUSR1, &action, NULL);
	must(!rqspin_set_order(scenario->order), "the order can't be chosen");
	step_clock_install(scenario->passing);
	if (scenario->arrange)
		scenario->arrange();
	step_clock_own();
	raise(SIGSTOP); /* the tracer takes over */

	atomic_store(&stepping, true);
	step_begin();
	result = scenario->operation();
	step_end();
	atomic_store(&stepping, false);

	must(result == scenario->expected, "the operation's result is not what it must be");
	if (scenario->conclude)
		scenario->conclude(result);
	join_parties();
	must_be_free(&lock_l, "the lock does not end free");
	must_be_free(&lock_m, "the other party's lock does not end free");
	must_be_free(&lock_n, "the handler's lock does not end free");
	must_be_free(&lock_crossed, "the crossed lock does not end free");
	must(rqspin_self->top == 0, "the table does not end empty");
	must(counter == expected, "an acquisition was lost");
	must(handled == raised + (handler != STEP_NO_SIGNAL), "a signal was lost, or ran twice");
	_exit(0);
}
