/* SPDX-License-Identifier: BSD-2-Clause */
#include "sys/machine.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "base/memory.h"
#include "sys/link.h"
#include "sys/machine_cpus.h"
#include "sys/route.h"
#include "sys/sections.h"

#define CPUS_MAX 1024

static pthread_mutex_t current_mutex = PTHREAD_MUTEX_INITIALIZER; /* of making and ending */
static struct rq_machine *_Atomic current;

/*
 * After fork() a machine is the parent's alone: its CPUs are threads, which a child does not have. So a child has none, and
 * its first call makes one of its own; descriptors that it inherited name nothing there.
 */
static _Atomic uint32_t forks;
static pthread_once_t watch_forks = PTHREAD_ONCE_INIT;

static void before_fork(void)
{
	pthread_mutex_lock(&current_mutex);
}

static void after_fork(void)
{
	pthread_mutex_unlock(&current_mutex);
}

static void in_child(void)
{
	atomic_fetch_add(&forks, 1);
	current = NULL;
	pthread_mutex_unlock(&current_mutex);
}

static void begin_watching_forks(void)
{
	pthread_atfork(before_fork, after_fork, in_child); /* -ENOMEM: then a child that goes on with the machine waits for ever */
}

bool rq_machine_is_ours(const struct rq_machine *machine)
{
	return machine->forks == atomic_load_explicit(&forks, memory_order_relaxed);
}

static int set_options(struct rq_machine *machine, const struct rq_machine_options *options)
{
	machine->cpus = options->cpus ? options->cpus : rq_route_host_cpus();
	if (options->size != sizeof(*options) || machine->cpus > CPUS_MAX ||
	    (options->policy != RQSPIN_POLICY_FULL && options->policy != RQSPIN_POLICY_KERNEL))
		return -EINVAL;
	machine->policy = options->policy;
	machine->lock_timeout_ns = options->lock_timeout_ns;
	machine->kernel = RQ_KERNEL_RELAXED;
	return options->kernel ? rq_kernel_parse(options->kernel, &machine->kernel) : 0;
}

static int make(const struct rq_machine_options *options, struct rq_machine **result)
{
	struct rq_machine *machine = rq_alloc(1, sizeof(*machine));
	int err;

	if (!machine)
		return -ENOMEM;
	pthread_once(&watch_forks, begin_watching_forks);
	machine->forks = forks;
	err = set_options(machine, options);
	if (err)
		goto free_machine;
	err = options->kernel_btf ? rq_btf_kernel_from_file(options->kernel_btf, &machine->kernel_btf)
				  : rq_btf_kernel_builtin(&machine->kernel_btf);
	if (err)
		goto free_machine;
	err = rq_registry_init(&machine->registry);
	if (err)
		goto put_btf;
	err = rq_machine_cpus_create(machine);
	if (err)
		goto destroy_registry;
	err = rq_map_host_init(machine);
	if (err)
		goto destroy_cpus;
	*result = machine;
	return 0;

destroy_cpus:
	rq_machine_cpus_stop(machine);
	rq_machine_cpus_destroy(machine);
destroy_registry:
	rq_registry_destroy(&machine->registry);
put_btf:
	rq_object_put(&machine->kernel_btf->object);
free_machine:
	rq_free(machine);
	return err;
}

int rq_machine_create(const struct rq_machine_options *options, struct rq_machine **machine)
{
	int err = rq_sections_register();

	if (err)
		return err;
	pthread_mutex_lock(&current_mutex);
	err = current ? -EBUSY : make(options, machine);
	if (!err)
		current = *machine;
	pthread_mutex_unlock(&current_mutex);
	return err;
}

int rq_machine_destroy(struct rq_machine *machine)
{
	int err;

	if (!rq_machine_is_ours(machine))
		return -ESRCH;
	pthread_mutex_lock(&current_mutex);
	err = rq_machine_cpus_stop(machine);
	if (!err && current == machine)
		current = NULL;
	pthread_mutex_unlock(&current_mutex);
	if (err)
		return err;
	rq_links_destroy(machine);
	rq_registry_destroy(&machine->registry);
	rq_map_host_destroy(machine);
	rq_machine_cpus_destroy(machine);
	rq_object_put(&machine->kernel_btf->object);
	rq_free(machine);
	return 0;
}

int rq_machine_current(struct rq_machine **machine)
{
	const struct rq_machine_options options = { .size = sizeof(options), .policy = RQSPIN_POLICY_KERNEL };
	int err = 0;

	*machine = current;
	if (*machine)
		return 0;
	pthread_mutex_lock(&current_mutex);
	*machine = current;
	if (!*machine) {
		err = make(&options, machine);
		if (!err)
			current = *machine;
	}
	pthread_mutex_unlock(&current_mutex);
	return err;
}

struct rq_machine *rq_machine_current_or_null(void)
{
	return current;
}

int rq_machine_prog(struct rq_machine *machine, int fd, struct rq_prog **prog)
{
	struct rq_object *object;
	int err = rq_registry_lookup(&machine->registry, fd, RQ_OBJECT_PROG, &object);

	if (!err)
		*prog = (struct rq_prog *)object;
	return err;
}
