/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all kernel objects (BTF, maps, programs, links) have in common: a kind, an id, a reference count. An object lives
 * while a descriptor, map, program or link holds it; the last rq_object_put() calls its release function.
 */
#ifndef RQ_BASE_OBJECT_H
#define RQ_BASE_OBJECT_H

#include <stdatomic.h>
#include <stdint.h>

enum rq_object_kind {
	RQ_OBJECT_BTF,
	RQ_OBJECT_MAP,
	RQ_OBJECT_PROG,
	RQ_OBJECT_LINK,
	/* These have a descriptor, but no id. */
	RQ_OBJECT_EVENT,
	RQ_OBJECT_STATS,
	RQ_OBJECT_KINDS,
};

struct rq_object {
	enum rq_object_kind kind;
	uint32_t id; /* unique per kind in a machine; 0 until published */
	_Atomic uint32_t references;
	void (*release)(struct rq_object *object);
	/* Where it is listed, if anywhere: told when the last reference is gone, before release(). */
	void (*forget)(struct rq_object *object);
	void *list;
};

/* One reference, the caller's. */
void rq_object_init(struct rq_object *object, enum rq_object_kind kind, void (*release)(struct rq_object *));
void rq_object_get(struct rq_object *object);
void rq_object_put(struct rq_object *object); /* NULL is allowed */

#endif
