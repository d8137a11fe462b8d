// SPDX-License-Identifier: BSD-2-Clause
/* The list of tables, and looking rows up. */
#include <pthread.h>
#include <string.h>

#include "func/func.h"
#include "func/tables.h"

static const struct rq_func_table *const tables[] = {
	&rq_map_funcs,	   &rq_memory_funcs, &rq_format_funcs, &rq_system_funcs, &rq_task_funcs, &rq_callback_funcs,
	&rq_lock_funcs,	   &rq_ringbuf_funcs, &rq_dynptr_funcs, &rq_packet_funcs, &rq_socket_funcs, &rq_iterator_funcs,
	&rq_object_funcs,  &rq_graph_funcs,  &rq_string_funcs, &rq_context_funcs,
	&rq_timer_funcs,   &rq_cpumask_funcs, &rq_storage_funcs, &rq_perf_funcs, &rq_arena_funcs,
	&rq_stream_funcs,  &rq_skb_funcs,
};

#define HELPER_MAX 256
#define NAME_SLOTS 1024 /* a power of two, at least twice the number of kfuncs */

static const struct rq_func *helpers[HELPER_MAX];
static const struct rq_func *kfuncs[NAME_SLOTS]; /* by name, open addressing */
static pthread_once_t indexed = PTHREAD_ONCE_INIT;

static uint32_t name_slot(const char *name)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return hash % NAME_SLOTS;
}

static void make_index(void)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (uint32_t i = 0; i < tables[t]->count; i++) {
			const struct rq_func *row = &tables[t]->rows[i];
			uint32_t slot;

			if (row->helper) {
				helpers[row->helper] = row;
				continue;
			}
			for (slot = name_slot(row->name); kfuncs[slot]; slot = (slot + 1) % NAME_SLOTS)
				;
			kfuncs[slot] = row;
		}
	}
}

const struct rq_func *rq_func_helper(uint32_t id)
{
	pthread_once(&indexed, make_index);
	return id < HELPER_MAX ? helpers[id] : NULL;
}

const struct rq_func *rq_func_kfunc(const char *name)
{
	uint32_t slot;

	pthread_once(&indexed, make_index);
	for (slot = name_slot(name); kfuncs[slot]; slot = (slot + 1) % NAME_SLOTS)
		if (!strcmp(kfuncs[slot]->name, name))
			return kfuncs[slot];
	return NULL;
}

const struct rq_func *rq_func_at(uint32_t index)
{
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		if (index < tables[t]->count)
			return &tables[t]->rows[index];
		index -= tables[t]->count;
	}
	return NULL;
}
