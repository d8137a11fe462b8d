// SPDX-License-Identifier: BSD-2-Clause
/* What maps need of their machine (struct rq_map_host). */
#include <errno.h>

#include "func/object.h"
#include "func/timer.h"
#include "sys/machine_cpus.h"

/* A program that only the verifier understands must not be where another one could call it: that call would do nothing. */
static int object_by_fd(struct rq_machine *machine, int fd, enum rq_object_kind kind, struct rq_object **object)
{
	int err = rq_registry_lookup(&machine->registry, fd, kind, object);

	if (!err && kind == RQ_OBJECT_PROG && !((struct rq_prog *)*object)->code) {
		rq_object_put(*object);
		err = -EOPNOTSUPP;
	}
	return err;
}

/* One program array holds programs of one kind: what may run in place of another must have the same context. */
static bool same_kind(const struct rq_object *first, const struct rq_object *object)
{
	const struct rq_prog *a = (const struct rq_prog *)first, *b = (const struct rq_prog *)object;

	return a->type == b->type && a->sleepable == b->sleepable &&
	       (a->attach_btf_id == b->attach_btf_id || !a->attach_btf_id || !b->attach_btf_id);
}

static bool implements(const struct rq_object *object, uint32_t struct_id, uint32_t member)
{
	const struct rq_prog *prog = (const struct rq_prog *)object;

	return prog->type->type == BPF_PROG_TYPE_STRUCT_OPS && prog->attach_btf_id == struct_id &&
	       prog->expected_attach_type == member;
}

static int disarm(void *arg, const void *key, void *value)
{
	const struct rq_map *map = arg;

	rq_timers_drop(rq_runtime_timers(map->machine->cpu_threads->runtime), (uint8_t *)value + map->record->timer_offset);
	return 0;
}

/* The last descriptor of a map is closed: a program array lets go of programs that may hold it, and timers end. */
static void last_descriptor(struct rq_object *object)
{
	struct rq_map *map = (struct rq_map *)object;

	if (object->kind == RQ_OBJECT_MAP && map->ops->last_descriptor)
		map->ops->last_descriptor(map);
	if (object->kind == RQ_OBJECT_MAP && map->record && map->record->timer_offset >= 0)
		map->ops->for_each(map, disarm, map);
}

static void release_fields(struct rq_machine *machine, const struct rq_map *map, void *value)
{
	rq_object_drop_fields(machine->cpu_threads->runtime, value, map->record);
}

int rq_map_host_init(struct rq_machine *machine)
{
	struct rq_map_host *host = &machine->map_host;

	host->machine = machine;
	host->cpus = machine->cpus;
	host->domain = machine->domain;
	host->kernel_btf = machine->kernel_btf;
	host->object_by_fd = object_by_fd;
	host->same_kind = same_kind;
	host->release_fields = release_fields;
	host->implements = implements;
	host->synchronize = rq_machine_synchronize;
	host->own_task = rq_runtime_task(machine->cpu_threads->runtime, 0);
	host->root_cgroup = rq_runtime_zero_object();
	machine->registry.last_descriptor = last_descriptor;
	pthread_mutex_init(&host->system_call, NULL);
	pthread_mutex_init(&machine->bind_mutex, NULL);
	pthread_mutex_init(&machine->link_mutex, NULL);
	return 0;
}

void rq_map_host_destroy(struct rq_machine *machine)
{
	pthread_mutex_destroy(&machine->link_mutex);
	pthread_mutex_destroy(&machine->bind_mutex);
	pthread_mutex_destroy(&machine->map_host.system_call);
}
