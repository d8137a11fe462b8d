/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables, one a file. A new family is a file, a line here and a line in func.c. */
#ifndef RQ_FUNC_TABLES_H
#define RQ_FUNC_TABLES_H

#include "func/func.h"

extern const struct rq_func_table rq_map_funcs;	     /* map.c: elements of maps */
extern const struct rq_func_table rq_memory_funcs;   /* memory.c: reads through pointers that may be bad */
extern const struct rq_func_table rq_format_funcs;   /* format.c: printing */
extern const struct rq_func_table rq_system_funcs;   /* system.c: clocks, CPU, random numbers, tail calls */
extern const struct rq_func_table rq_task_funcs;     /* task.c: tasks, cgroups */
extern const struct rq_func_table rq_cpumask_funcs;  /* cpumask.c */
extern const struct rq_func_table rq_callback_funcs; /* callback.c: what calls back into the program */
extern const struct rq_func_table rq_timer_funcs;    /* timer.c */
extern const struct rq_func_table rq_lock_funcs;     /* lock.c: locks, interrupts, preemption, RCU */
extern const struct rq_func_table rq_ringbuf_funcs;  /* ringbuf.c */
extern const struct rq_func_table rq_dynptr_funcs;   /* dynptr.c */
extern const struct rq_func_table rq_packet_funcs;   /* packet.c: bytes of packets */
extern const struct rq_func_table rq_skb_funcs;      /* skb.c: editing sk_buffs */
extern const struct rq_func_table rq_socket_funcs;   /* socket.c */
extern const struct rq_func_table rq_iterator_funcs; /* iterator.c: open-coded iterators */
extern const struct rq_func_table rq_object_funcs;   /* object.c: allocated objects, kptrs */
extern const struct rq_func_table rq_graph_funcs;    /* graph.c: lists and trees */
extern const struct rq_func_table rq_context_funcs;  /* context.c: kernel objects behind contexts */
extern const struct rq_func_table rq_string_funcs;   /* string.c: kfuncs on strings */
extern const struct rq_func_table rq_storage_funcs;  /* storage.c: values of tasks, sockets, cgroups */
extern const struct rq_func_table rq_arena_funcs;    /* arena.c: pages of arenas */
extern const struct rq_func_table rq_perf_funcs;     /* perf.c: perf events, stacks */
extern const struct rq_func_table rq_stream_funcs;   /* stream.c: output streams of programs */

#define RQ_FUNC_TABLE(name, table)                                                                                     \
	const struct rq_func_table name = { .rows = (table), .count = sizeof(table) / sizeof((table)[0]) }

#endif
