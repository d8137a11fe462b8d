// SPDX-License-Identifier: BSD-2-Clause
/* bpf_timer: see timer.h. */
#include "func/timer.h"

#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <time.h>

#include "base/memory.h"
#include "cpu/cpu.h"
#include "func/args.h"
#include "func/runtime.h"
#include "func/tables.h"
#include "map/map.h"
#include "vm/vm.h"

#define SLOTS	       65536
#define CLOCK_MASK     0xf
#define ABSOLUTE       1 /* BPF_F_TIMER_ABS */
#define ON_THIS_CPU    2 /* BPF_F_TIMER_CPU_PIN: they all are */
#define INSN_BITS      20 /* RQ_MAX_INSNS fits */
#define POINTER_SHIFT  4  /* programs are aligned to 16 bytes, and user addresses have 47 bits */

struct slot {
	_Atomic bool used;
	_Atomic uint32_t cpu;
	_Atomic uint32_t running; /* its callback runs on CPU - 1; 0: it does not */
	_Atomic uint32_t cancelling; /* calls of bpf_timer_cancel() that wait for the callback's end */
	_Atomic uint64_t deadline; /* 0: not armed */
	/* Program and first instruction in one word, so that nobody sees the one without the other; 0: none. */
	_Atomic uint64_t callback;
	struct rq_map *map;
	void *value;
	clockid_t clock;
};

struct rq_timers {
	struct slot *slots; /* address space; a page costs memory once it is used */
	_Atomic uint32_t high;    /* slots from here on were never used */
	void (*armed)(void *arg);
	void *armed_arg;
};

_Static_assert(RQ_MAX_INSNS <= 1 << INSN_BITS, "an instruction's number fits");

struct rq_timers *rq_timers_create(void)
{
	struct rq_timers *timers = rq_alloc(1, sizeof(*timers));

	if (!timers)
		return NULL;
	timers->slots = mmap(NULL, SLOTS * sizeof(timers->slots[0]), PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (timers->slots == MAP_FAILED) {
		rq_free(timers);
		return NULL;
	}
	return timers;
}

void rq_timers_destroy(struct rq_timers *timers)
{
	if (!timers)
		return;
	munmap(timers->slots, SLOTS * sizeof(timers->slots[0]));
	rq_free(timers);
}

void rq_timers_set_listener(struct rq_timers *timers, void (*armed)(void *arg), void *arg)
{
	timers->armed_arg = arg;
	timers->armed = armed;
}

static uint64_t pack(const struct rq_prog *prog, uint32_t insn)
{
	return (uint64_t)(uintptr_t)prog >> POINTER_SHIFT << INSN_BITS | insn;
}

static const struct rq_prog *packed_prog(uint64_t callback)
{
	return (const struct rq_prog *)(uintptr_t)(callback >> INSN_BITS << POINTER_SHIFT);
}

/* The slot that a struct bpf_timer names, or NULL. Its first word is the slot's number plus 1. */
static struct slot *slot_of(struct rq_timers *timers, uint64_t bpf_timer)
{
	uint64_t number = atomic_load((_Atomic uint64_t *)(uintptr_t)bpf_timer);

	return number ? &timers->slots[number - 1] : NULL;
}

static struct slot *take_slot(struct rq_timers *timers)
{
	for (uint32_t i = 0; i < SLOTS; i++) {
		uint32_t high = atomic_load(&timers->high);

		if (atomic_exchange(&timers->slots[i].used, true))
			continue;
		while (high <= i && !atomic_compare_exchange_weak(&timers->high, &high, i + 1))
			;
		return &timers->slots[i];
	}
	return NULL;
}

static void give_slot(struct slot *slot)
{
	atomic_store(&slot->deadline, 0);
	atomic_store(&slot->callback, 0);
	atomic_store(&slot->used, false);
}

/* Its callback, and the key that belongs to the value. False: it is not to run any more. */
static bool describe_call(struct slot *slot, struct rq_timer_call *call)
{
	uint64_t callback = atomic_load(&slot->callback);
	uint32_t value_offset;

	if (!callback)
		return false;
	call->prog = packed_prog(callback);
	call->insn = callback & ((1u << INSN_BITS) - 1);
	call->map = slot->map;
	call->value = slot->value;
	return call->map->key_size <= RQ_TIMER_KEY_MAX && call->map->ops->key_of &&
	       !call->map->ops->key_of(call->map, call->value, call->key, &value_offset);
}

bool rq_timers_take(struct rq_timers *timers, unsigned int cpu, uint64_t now, struct rq_timer_call *call)
{
	uint32_t high = atomic_load(&timers->high);

	for (uint32_t i = 0; i < high; i++) {
		struct slot *slot = &timers->slots[i];
		uint64_t deadline = atomic_load(&slot->deadline);
		uint32_t nobody = 0;

		if (!deadline || deadline > now || atomic_load(&slot->cpu) != cpu)
			continue;
		/* It may still run on the CPU that armed it before. Marked first: who disarms it then looks at the mark. */
		if (!atomic_compare_exchange_strong(&slot->running, &nobody, cpu + 1))
			continue;
		call->slot = i;
		if (atomic_compare_exchange_strong(&slot->deadline, &deadline, 0) && describe_call(slot, call))
			return true;
		rq_timers_done(timers, cpu, call);
	}
	return false;
}

void rq_timers_done(struct rq_timers *timers, unsigned int cpu, const struct rq_timer_call *call)
{
	uint32_t self = cpu + 1;

	/* Not when the value went meanwhile and the slot is another timer's. */
	atomic_compare_exchange_strong(&timers->slots[call->slot].running, &self, 0);
}

uint64_t rq_timers_next(struct rq_timers *timers, unsigned int *cpu)
{
	uint32_t high = atomic_load(&timers->high);
	uint64_t next = 0;

	for (uint32_t i = 0; i < high; i++) {
		uint64_t deadline = atomic_load(&timers->slots[i].deadline);

		if (!deadline || (next && deadline >= next))
			continue;
		next = deadline;
		*cpu = atomic_load(&timers->slots[i].cpu);
	}
	return next;
}

void rq_timers_drop(struct rq_timers *timers, void *bpf_timer)
{
	uint64_t number = atomic_exchange((_Atomic uint64_t *)bpf_timer, 0);

	if (number)
		give_slot(&timers->slots[number - 1]);
}

bool rq_timers_forget(struct rq_timers *timers, const struct rq_prog *prog)
{
	uint32_t high = atomic_load(&timers->high);
	bool found = false;

	for (uint32_t i = 0; i < high; i++) {
		uint64_t callback = atomic_load(&timers->slots[i].callback);

		if (callback && packed_prog(callback) == prog &&
		    atomic_compare_exchange_strong(&timers->slots[i].callback, &callback, 0)) {
			atomic_store(&timers->slots[i].deadline, 0);
			found = true;
		}
	}
	return found;
}

/* ---- Helpers ---- */

/* As in the kernel: an NMI may have landed in the clock. */
static bool in_nmi(const struct rq_exec *exec)
{
	return rq_cpu_context(exec->cpu) == RQ_CONTEXT_NMI;
}

static uint64_t timer_init(struct rq_exec *exec, uint64_t timer, uint64_t map, uint64_t flags, uint64_t r4, uint64_t r5)
{
	struct rq_timers *timers = rq_runtime_timers(exec->runtime);
	unsigned int clock = flags & CLOCK_MASK;
	uint64_t nothing = 0;
	struct slot *slot;

	if (in_nmi(exec))
		return -EOPNOTSUPP;
	if (flags & ~(uint64_t)CLOCK_MASK ||
	    (clock != CLOCK_MONOTONIC && clock != CLOCK_REALTIME && clock != CLOCK_BOOTTIME))
		return -EINVAL;
	if (slot_of(timers, timer))
		return -EBUSY;
	slot = take_slot(timers);
	if (!slot)
		return -ENOMEM;
	slot->clock = (clockid_t)clock;
	slot->map = (struct rq_map *)(uintptr_t)map;
	slot->value = (void *)(uintptr_t)(timer - slot->map->record->timer_offset);
	if (atomic_compare_exchange_strong((_Atomic uint64_t *)(uintptr_t)timer, &nothing, slot - timers->slots + 1))
		return 0;
	give_slot(slot); /* another was first */
	return -EBUSY;
}

static uint64_t timer_set_callback(struct rq_exec *exec, uint64_t timer, uint64_t callback, uint64_t r3, uint64_t r4, uint64_t r5)
{
	struct slot *slot = slot_of(rq_runtime_timers(exec->runtime), timer);

	if (in_nmi(exec))
		return -EOPNOTSUPP;
	if (!slot)
		return -EINVAL;
	atomic_store(&slot->callback, pack(exec->prog, callback));
	return 0;
}

/* The moment @ns of @clock, by the clock that we go by. What is past is due now. */
static uint64_t monotonic_time(clockid_t clock, uint64_t ns)
{
	uint64_t now = rq_clock_ns(), then = rq_clock_other_ns(clock);

	if (clock == CLOCK_MONOTONIC)
		return ns;
	return ns > then ? now + (ns - then) : now;
}

static uint64_t timer_start(struct rq_exec *exec, uint64_t timer, uint64_t ns, uint64_t flags, uint64_t r4, uint64_t r5)
{
	struct rq_timers *timers = rq_runtime_timers(exec->runtime);
	struct slot *slot = slot_of(timers, timer);
	uint64_t deadline;

	if (in_nmi(exec))
		return -EOPNOTSUPP;
	if (flags & ~(uint64_t)(ABSOLUTE | ON_THIS_CPU) || !slot || !atomic_load(&slot->callback))
		return -EINVAL;
	deadline = flags & ABSOLUTE ? monotonic_time(slot->clock, ns) : rq_clock_ns() + ns;
	atomic_store(&slot->cpu, rq_cpu_number(exec->cpu));
	atomic_store(&slot->deadline, deadline ? deadline : 1);
	if (timers->armed)
		timers->armed(timers->armed_arg);
	return 0;
}

static bool callback_is_waited_for(struct rq_timers *timers, const struct rq_exec *exec)
{
	for (; exec; exec = exec->outer)
		if (exec->timer && atomic_load(&timers->slots[exec->timer->slot].cancelling))
			return true;
	return false;
}

/* Disarms it, forgets the callback, and waits until that does not run any more. */
static uint64_t timer_cancel(struct rq_exec *exec, uint64_t timer, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	struct rq_timers *timers = rq_runtime_timers(exec->runtime);
	struct slot *slot = slot_of(timers, timer);
	bool armed;

	if (in_nmi(exec))
		return -EOPNOTSUPP;
	if (!slot)
		return -EINVAL;
	if (atomic_load(&slot->running) == rq_cpu_number(exec->cpu) + 1)
		return -EDEADLK; /* from its own callback, or from what interrupted that */
	atomic_fetch_add(&slot->cancelling, 1);
	/* A callback that is waited for waits for no other: the two might wait for each other. */
	if (callback_is_waited_for(timers, exec)) {
		atomic_fetch_sub(&slot->cancelling, 1);
		return -EDEADLK;
	}
	armed = atomic_exchange(&slot->deadline, 0) != 0;
	atomic_store(&slot->callback, 0);
	while (atomic_load(&slot->running))
		sched_yield();
	atomic_fetch_sub(&slot->cancelling, 1);
	return armed;
}

#define TIMER { RQ_ARG_TIMER }
#define HELPER(name, duty, ...)                                                                                        \
	{ "bpf_" #name, BPF_FUNC_##name, GPL, duty, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER, NULL, __VA_ARGS__ }

static const struct rq_func rows[] = {
	HELPER(timer_init, RQ_DUTY_NONE, { TIMER, MAP, ANY }, timer_init),
	HELPER(timer_set_callback, RQ_DUTY_TIMER_SET_CALLBACK, { TIMER, FUNC }, timer_set_callback),
	HELPER(timer_start, RQ_DUTY_NONE, { TIMER, ANY, ANY }, timer_start),
	HELPER(timer_cancel, RQ_DUTY_NONE, { TIMER }, timer_cancel),
};

RQ_FUNC_TABLE(rq_timer_funcs, rows);
