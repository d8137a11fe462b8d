/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/inner.h"

#include <errno.h>

#include "base/memory.h"
#include "map/internal.h"

static size_t record_bytes(const struct rq_record *record)
{
	return record ? sizeof(*record) + record->count * sizeof(record->fields[0]) : 0;
}

int rq_inner_describe(struct rq_map_host *host, int fd, const struct rq_map **inner)
{
	struct rq_object *object;
	struct rq_map *map, *copy = NULL;
	int err = host->object_by_fd(host->machine, fd, RQ_OBJECT_MAP, &object);

	if (err)
		return err;
	map = (struct rq_map *)object;
	if (map->inner)
		err = -EINVAL;
	else if (map->ops->type == BPF_MAP_TYPE_PROG_ARRAY)
		err = -RQ_ENOTSUPP;
	else if (!(copy = rq_memdup(map, sizeof(*map))))
		err = -ENOMEM;
	if (copy && map->record) {
		copy->record = rq_memdup(map->record, record_bytes(map->record));
		if (!copy->record) {
			rq_free(copy);
			err = -ENOMEM;
		}
	}
	if (!err) {
		copy->memory_fd = -1;
		if (copy->btf)
			rq_object_get(&copy->btf->object);
		*inner = copy;
	}
	rq_object_put(object);
	return err;
}

void rq_inner_free(const struct rq_map *inner)
{
	if (!inner)
		return;
	rq_free(inner->record);
	rq_object_put(inner->btf ? &inner->btf->object : NULL);
	rq_free((void *)inner);
}

static bool same_record(const struct rq_record *a, const struct rq_record *b)
{
	if (!a || !b)
		return a == b;
	return a->count == b->count && !memcmp(a, b, record_bytes(a));
}

/* Programs were verified against @inner: what they may do with it, they may do with @map. */
static bool is_like(const struct rq_map *inner, const struct rq_map *map)
{
	if (map->ops != inner->ops || map->key_size != inner->key_size || map->value_size != inner->value_size ||
	    map->map_flags != inner->map_flags || !same_record(map->record, inner->record))
		return false;
	/* The bounds of an array are compiled into programs, unless they were told not to. */
	return map->max_entries == inner->max_entries || map->ops->type != BPF_MAP_TYPE_ARRAY ||
	       (inner->map_flags & BPF_F_INNER_MAP);
}

int rq_inner_by_fd(struct rq_map_host *host, const struct rq_map *inner, int fd, struct rq_map **map)
{
	struct rq_object *object;
	int err = host->object_by_fd(host->machine, fd, RQ_OBJECT_MAP, &object);

	if (err)
		return err;
	*map = (struct rq_map *)object;
	if (is_like(inner, *map))
		return 0;
	rq_object_put(object);
	return -EINVAL;
}

void rq_map_retire(struct rq_map_host *host, struct rq_object *object)
{
	if (!object)
		return;
	if (host->synchronize)
		host->synchronize(host->machine);
	rq_object_put(object);
}
