/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/object.h"

#include <stddef.h>

void rq_object_init(struct rq_object *object, enum rq_object_kind kind, void (*release)(struct rq_object *))
{
	object->kind = kind;
	object->id = 0;
	object->release = release;
	object->forget = NULL;
	object->list = NULL;
	atomic_init(&object->references, 1);
}

void rq_object_get(struct rq_object *object)
{
	atomic_fetch_add_explicit(&object->references, 1, memory_order_relaxed);
}

void rq_object_put(struct rq_object *object)
{
	if (!object)
		return;
	/* Release pairs with the acquire half of the last put: what every holder wrote is seen by release(). */
	if (atomic_fetch_sub_explicit(&object->references, 1, memory_order_acq_rel) != 1)
		return;
	if (object->forget)
		object->forget(object);
	object->release(object);
}
