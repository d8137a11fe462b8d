/* SPDX-License-Identifier: BSD-2-Clause */
/* Maps in maps: what a map of maps knows of those that may be in it, and how objects leave a map that programs read. */
#ifndef RQ_MAP_INNER_H
#define RQ_MAP_INNER_H

#include "map/map.h"

/* A description of the map behind @fd. -EBADF, -EINVAL (no map, or itself a map of maps), -RQ_ENOTSUPP, -ENOMEM. */
int rq_inner_describe(struct rq_map_host *host, int fd, const struct rq_map **inner);
void rq_inner_free(const struct rq_map *inner); /* NULL is allowed */

/* The map behind @fd, with a reference, when it is like @inner. -EBADF, -EINVAL. */
int rq_inner_by_fd(struct rq_map_host *host, const struct rq_map *inner, int fd, struct rq_map **map);

/* @object was taken out of a map: give up its reference when no program can have it any more. NULL is allowed. */
void rq_map_retire(struct rq_map_host *host, struct rq_object *object);

#endif
