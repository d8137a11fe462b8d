/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains: the CPUs that share owner slots, policy, order and time limit. Machines make theirs; the threads of a C program
 * share a default one, in which a thread takes a slot with its first lock operation and gives it back when it ends.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "lock/domain.h"
#include "lock/internal.h"

#define DEFAULT_TIMEOUT_NS 250000000u /* as in Linux: RES_DEF_TIMEOUT */

/* Stands for a thread that has not locked anything yet: no rows, so that nothing is ever written here. */
static struct rqspin_self unattached;
__thread struct rqspin_self *rqspin_self __attribute__((tls_model("initial-exec"))) = &unattached;

static struct rq_domain_options default_options = {
	.cpus = RQ_SLOTS,
	.policy = RQSPIN_POLICY_FULL,
	.order = RQSPIN_ORDER_BARGING,
	.timeout_ns = DEFAULT_TIMEOUT_NS,
};
static _Atomic(struct rq_domain *) default_domain;

/*
 * Its destructor tells us that a thread ends. A thread's first lock may be in a signal handler, where nothing may allocate: glibc
 * keeps the values of the first keys in the thread itself, others in memory that it allocates then. A library that is
 * loaded late may get one of the others; then threads that have ended are looked for when a new one comes.
 */
#define KEYS_WITHOUT_MEMORY 32
static pthread_key_t exit_key;
static bool exit_key_usable;

static void *map_pages(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* Async-signal-safe. CPUs are initialised when they are first used: most slots never are, and stay untouched memory. */
static struct rq_domain *map_domain(const struct rq_domain_options *options)
{
	size_t bytes = sizeof(struct rq_domain) + options->cpus * sizeof(struct rq_cpu);
	struct rq_domain *domain = map_pages(bytes);

	if (!domain)
		return NULL;
	domain->bytes = bytes;
	domain->options = *options;
	return domain;
}

int rq_domain_create(const struct rq_domain_options *options, struct rq_domain **result)
{
	struct rq_domain_options checked = *options;
	struct rq_domain *domain;

	if (!options->cpus || options->cpus > RQ_SLOTS || options->policy > RQSPIN_POLICY_KERNEL ||
	    options->order > RQSPIN_ORDER_FIFO)
		return -EINVAL;
	if (!checked.timeout_ns)
		checked.timeout_ns = DEFAULT_TIMEOUT_NS;
	if (checked.policy == RQSPIN_POLICY_KERNEL)
		checked.order = RQSPIN_ORDER_FIFO;
	domain = map_domain(&checked);
	if (!domain)
		return -ENOMEM;
	for (unsigned int i = 0; i < checked.cpus; i++)
		rq_cpu_init(&domain->cpu[i], domain, i);
	*result = domain;
	return 0;
}

void rq_domain_destroy(struct rq_domain *domain)
{
	munmap(domain, domain->bytes);
}

static struct rq_domain *get_default_domain(void)
{
	/* Acquire: pairs with the release below: the domain is seen initialised. */
	struct rq_domain *domain = atomic_load_explicit(&default_domain, memory_order_acquire), *made;

	if (domain)
		return domain;
	made = map_domain(&default_options);
	if (!made)
		return NULL;
	if (atomic_compare_exchange_strong_explicit(&default_domain, &domain, made, memory_order_acq_rel,
						    memory_order_acquire))
		return made;
	munmap(made, made->bytes);
	return domain;
}

static bool nodes_are_free(struct rq_cpu *cpu)
{
	for (int i = 0; i < RQ_NODES; i++)
		/* Acquire: pairs with the release of who took the node out of its queue. */
		if (atomic_load_explicit(&cpu->node[i].state, memory_order_acquire) != RQ_NODE_FREE)
			return false;
	return true;
}

/* A slot whose nodes still stand in a queue has left a place there that others walk over: it can't be used yet. */
static bool claim_slot(struct rq_cpu *cpu)
{
	uint32_t vacant = RQ_SLOT_FREE;

	if (!atomic_compare_exchange_strong_explicit(&cpu->slot_state, &vacant, RQ_SLOT_USED,
						     memory_order_acquire, memory_order_relaxed))
		return false;
	if (nodes_are_free(cpu))
		return true;
	atomic_store_explicit(&cpu->slot_state, RQ_SLOT_FREE, memory_order_release);
	return false;
}

static struct rq_cpu *find_slot(struct rq_domain *domain)
{
	uint32_t start = atomic_load_explicit(&domain->first_free, memory_order_relaxed), highest;

	for (uint32_t tried = 0; tried < domain->options.cpus; tried++) {
		uint32_t number = (start + tried) % domain->options.cpus;

		if (!claim_slot(&domain->cpu[number]))
			continue;
		atomic_store_explicit(&domain->first_free, number + 1, memory_order_relaxed);
		highest = atomic_load_explicit(&domain->slots_ever, memory_order_relaxed);
		while (highest <= number && !atomic_compare_exchange_weak_explicit(&domain->slots_ever, &highest,
										     number + 1, memory_order_relaxed,
										     memory_order_relaxed))
			;
		return &domain->cpu[number];
	}
	return NULL;
}

static unsigned int held_by(const struct rq_cpu *cpu)
{
	return rq_table_rows(cpu) + atomic_load_explicit(&cpu->unrecorded, memory_order_relaxed);
}

static void free_slot(struct rq_cpu *cpu)
{
	struct rq_domain *domain = cpu->domain;
	uint32_t number = cpu->number, first;

	if (cpu->self.code == RQ_OWNER_UNKNOWN) {
		munmap(cpu, sizeof(*cpu));
		return;
	}
	/* Release: pairs with the acquire in claim_slot(): the next thread finds the slot as we leave it. */
	atomic_store_explicit(&cpu->slot_state, RQ_SLOT_FREE, memory_order_release);
	first = atomic_load_explicit(&domain->first_free, memory_order_relaxed);
	while (number < first && !atomic_compare_exchange_weak_explicit(&domain->first_free, &first, number,
									  memory_order_relaxed, memory_order_relaxed))
		;
}

static bool is_gone(int thread)
{
	int error = errno;
	bool gone = thread && syscall(SYS_tgkill, getpid(), thread, 0) && errno == ESRCH;

	errno = error;
	return gone;
}

/*
 * Lock words go on naming this slot: nobody else may get it. Its nodes may stand in queues; as those of an interrupted waiter,
 * they are passed over, and nobody waits behind them for their turn.
 */
static void retire(struct rq_cpu *cpu)
{
	atomic_store_explicit(&cpu->wait_depth, 2, memory_order_relaxed);
	atomic_store_explicit(&cpu->slot_state, RQ_SLOT_RETIRED, memory_order_relaxed);
}

/* No thread runs @cpu any more. */
static void vacate(struct rq_cpu *cpu)
{
	if (!held_by(cpu)) {
		free_slot(cpu);
		return;
	}
	rq_report_mistake(cpu, RQSPIN_REPORT_EXIT_HOLDING, NULL, 0, 0);
	retire(cpu);
}

/*
 * Nothing tells us that a thread ends which locks again after the last of its thread-specific destructors, for example in
 * a signal handler. Its slot is looked for only when there is no other.
 */
static void free_slots_of_the_dead(struct rq_domain *domain)
{
	uint32_t slots = atomic_load_explicit(&domain->slots_ever, memory_order_relaxed);

	for (uint32_t i = 0; i < slots; i++) {
		struct rq_cpu *cpu = &domain->cpu[i];
		int thread = atomic_load_explicit(&cpu->thread, memory_order_acquire);

		if (atomic_load_explicit(&cpu->slot_state, memory_order_relaxed) != RQ_SLOT_USED || !is_gone(thread))
			continue;
		/* Of several that look at the same time, one frees it. */
		if (!atomic_compare_exchange_strong_explicit(&cpu->thread, &thread, 0, memory_order_acq_rel,
							     memory_order_relaxed))
			continue;
		rq_cpu_release_thread(cpu);
		vacate(cpu);
	}
}

/* More threads than slots: this one gets a table and contexts, but no name that a lock word could hold. */
static struct rq_cpu *make_nameless(struct rq_domain *domain)
{
	struct rq_cpu *cpu = map_pages(sizeof(*cpu));

	if (!cpu)
		return NULL;
	rq_cpu_init(cpu, domain, RQ_SLOTS);
	cpu->self.code = RQ_OWNER_UNKNOWN;
	cpu->self.barging_top = cpu->self.fifo_top = 0;
	return cpu;
}

struct rq_cpu *rq_thread_cpu(void)
{
	struct rqspin_self *none = &unattached;
	struct rq_domain *domain;
	struct rq_cpu *cpu;

	if (rqspin_self != &unattached)
		return rq_cpu_of_self(rqspin_self);
	domain = get_default_domain();
	if (!domain)
		return NULL;
	if (!exit_key_usable)
		free_slots_of_the_dead(domain);
	cpu = find_slot(domain);
	if (!cpu) {
		free_slots_of_the_dead(domain);
		cpu = find_slot(domain);
	}
	if (cpu)
		rq_cpu_init(cpu, domain, cpu - domain->cpu);
	else
		cpu = make_nameless(domain);
	if (!cpu)
		return NULL;
	/* A signal handler may have attached this thread since we looked: then ours is one too many. */
	if (!__atomic_compare_exchange_n(&rqspin_self, &none, &cpu->self, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
		free_slot(cpu);
		return rq_cpu_of_self(none);
	}
	rq_cpu_adopt_thread(cpu);
	if (exit_key_usable)
		pthread_setspecific(exit_key, cpu);
	return cpu;
}

unsigned int rq_lock_held_count(const struct rq_cpu *cpu)
{
	return held_by(cpu);
}

static void thread_exits(void *arg)
{
	struct rq_cpu *cpu = arg;

	rq_cpu_release_thread(cpu);
	rqspin_self = &unattached;
	vacate(cpu);
}

/*
 * In the child only the forking thread goes on. It gets a new slot with an empty table; all slots of before are retired, since
 * lock words (in shared memory also the parent's) name them. No word is touched.
 */
static void forked(void)
{
	struct rq_domain *domain = atomic_load_explicit(&default_domain, memory_order_relaxed);
	struct rqspin_self *self = rqspin_self;
	uint32_t slots;

	if (!domain)
		return;
	slots = atomic_load_explicit(&domain->slots_ever, memory_order_relaxed);
	for (uint32_t i = 0; i < slots; i++) {
		struct rq_cpu *cpu = &domain->cpu[i];

		if (atomic_load_explicit(&cpu->slot_state, memory_order_relaxed) == RQ_SLOT_FREE)
			continue;
		retire(cpu);
		atomic_store_explicit(&cpu->thread, 0, memory_order_relaxed);
		atomic_store_explicit(&cpu->wait_lock, NULL, memory_order_relaxed);
	}
	atomic_store_explicit(&domain->rooms_taken, 0, memory_order_relaxed);
	if (self == &unattached)
		return;
	rqspin_self = &unattached;
	if (exit_key_usable)
		pthread_setspecific(exit_key, NULL);
	if (held_by(rq_cpu_of_self(self)))
		rq_report_mistake(rq_cpu_of_self(self), RQSPIN_REPORT_FORK_HOLDING, NULL, 0, 0);
}

__attribute__((constructor)) static void prepare(void)
{
	exit_key_usable = !pthread_key_create(&exit_key, thread_exits) && exit_key < KEYS_WITHOUT_MEMORY;
	pthread_atfork(NULL, NULL, forked);
	rq_clock_calibrate();
}

static struct rq_domain_options *changeable_options(void)
{
	return atomic_load_explicit(&default_domain, memory_order_acquire) ? NULL : &default_options;
}

int rqspin_set_default_timeout(uint64_t ns)
{
	struct rq_domain_options *options = changeable_options();

	if (!ns)
		return -EINVAL;
	if (!options)
		return -EBUSY;
	options->timeout_ns = ns;
	return 0;
}

int rqspin_set_policy(enum rqspin_policy policy)
{
	struct rq_domain_options *options = changeable_options();

	if ((unsigned int)policy > RQSPIN_POLICY_KERNEL)
		return -EINVAL;
	if (!options)
		return -EBUSY;
	options->policy = policy;
	if (policy == RQSPIN_POLICY_KERNEL)
		options->order = RQSPIN_ORDER_FIFO;
	return 0;
}

int rqspin_set_order(enum rqspin_order order)
{
	struct rq_domain_options *options = changeable_options();

	if ((unsigned int)order > RQSPIN_ORDER_FIFO)
		return -EINVAL;
	if (options && options->policy == RQSPIN_POLICY_KERNEL && order != RQSPIN_ORDER_FIFO)
		return -EINVAL;
	if (!options)
		return -EBUSY;
	options->order = order;
	return 0;
}

/*
 * The callback and its argument are two words: who reports in between must not see one of each. Without a callback there
 * is no report, so that goes first and comes last.
 */
void rq_set_default_report(void (*callback)(const struct rqspin_report *report, void *arg), void *arg)
{
	struct rq_domain *domain = atomic_load_explicit(&default_domain, memory_order_acquire);
	struct rq_domain_options *options = domain ? &domain->options : &default_options;

	__atomic_store_n(&options->report, NULL, __ATOMIC_SEQ_CST);
	__atomic_store_n(&options->report_arg, arg, __ATOMIC_SEQ_CST);
	__atomic_store_n(&options->report, callback, __ATOMIC_SEQ_CST);
}
