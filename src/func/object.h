/* SPDX-License-Identifier: BSD-2-Clause */
/* Objects of bpf_obj_new(): giving them back, with all that they own. */
#ifndef RQ_FUNC_OBJECT_H
#define RQ_FUNC_OBJECT_H

#include "btf/btf.h"
#include "func/runtime.h"

/* One reference less; the last one frees. @record NULL: no special fields. NULL @object is allowed. */
void rq_object_drop(struct rq_runtime *runtime, void *object, const struct rq_record *record);
/* What the special fields of @memory own is dropped, and the fields are empty: kptrs, lists, trees. */
void rq_object_drop_fields(struct rq_runtime *runtime, void *memory, const struct rq_record *record);
/* Take all elements out of a list or tree and drop them. graph.c. */
void rq_graph_drop(struct rq_runtime *runtime, void *root, const struct rq_field *field);
/* A CPU mask's reference. cpumask.c. */
void rq_cpumask_drop(struct rq_runtime *runtime, void *mask);

#endif
