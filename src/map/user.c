/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/user.h"

#include <errno.h>
#include <fcntl.h>

#include "base/memory.h"
#include "map/internal.h"

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

static bool may_read(const struct rq_map *map)
{
	return !(map->map_flags & BPF_F_WRONLY);
}

static bool may_write(const struct rq_map *map)
{
	/* Acquire: pairs with the release in rq_map_freeze(): who is refused sees the last value written before. */
	return !(map->map_flags & BPF_F_RDONLY) && !atomic_load_explicit(&map->frozen, memory_order_acquire);
}

static bool has_spin_lock(const struct rq_map *map)
{
	return map->record && map->record->spin_lock_offset >= 0;
}

static int check_key(const struct rq_map *map, const void *key)
{
	if (!map->key_size)
		return key ? -EINVAL : 0;
	return key ? 0 : -EFAULT;
}

uint32_t rq_map_user_value_size(const struct rq_map *map)
{
	return map->ops->user_value_size ? map->ops->user_value_size(map) : map->value_size;
}

static int look_up(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	void *found;

	if (map->ops->user_lookup)
		return map->ops->user_lookup(map, key, value, flags);
	if (!map->ops->lookup)
		return -RQ_ENOTSUPP;
	found = map->ops->lookup(map, key);
	if (!found)
		return -ENOENT;
	if (flags & BPF_F_LOCK)
		return rq_map_copy_value_to_user_locked(map, value, found);
	rq_map_copy_value_to_user(map, value, found);
	return 0;
}

static int update(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	if (map->ops->user_update)
		return map->ops->user_update(map, key, value, flags);
	return map->ops->update ? map->ops->update(map, key, value, flags) : -RQ_ENOTSUPP;
}

static int remove_key(struct rq_map *map, const void *key)
{
	if (map->ops->user_remove)
		return map->ops->user_remove(map, key);
	return map->ops->remove ? map->ops->remove(map, key) : -RQ_ENOTSUPP;
}

int rq_map_user_lookup(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	int err;

	if (flags & ~(uint64_t)BPF_F_LOCK)
		return -EINVAL;
	if (!may_read(map))
		return -EPERM;
	if ((flags & BPF_F_LOCK) && !has_spin_lock(map))
		return -EINVAL;
	err = check_key(map, key);
	return err ? err : look_up(map, key, value, flags);
}

int rq_map_user_update(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	int err;

	if (!may_write(map))
		return -EPERM;
	if ((flags & BPF_F_LOCK) && !has_spin_lock(map))
		return -EINVAL;
	err = check_key(map, key);
	if (!err && !value)
		err = -EFAULT;
	return err ? err : update(map, key, value, flags);
}

int rq_map_user_remove(struct rq_map *map, const void *key)
{
	int err;

	if (!may_write(map))
		return -EPERM;
	err = check_key(map, key);
	return err ? err : remove_key(map, key);
}

int rq_map_user_next_key(struct rq_map *map, const void *key, void *next)
{
	if (!may_read(map))
		return -EPERM;
	if (!map->key_size && key)
		return -EINVAL;
	return map->ops->next_key ? map->ops->next_key(map, key, next) : -RQ_ENOTSUPP;
}

int rq_map_user_take(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	int err;

	if (flags & ~(uint64_t)BPF_F_LOCK)
		return -EINVAL;
	if (!may_read(map) || !may_write(map))
		return -EPERM;
	if ((flags & BPF_F_LOCK) && !has_spin_lock(map))
		return -EINVAL;
	err = check_key(map, key);
	if (err)
		return err;
	return map->ops->user_take ? map->ops->user_take(map, key, value, flags) : -RQ_ENOTSUPP;
}

int rq_map_freeze(struct rq_map *map)
{
	if (map->record)
		return -RQ_ENOTSUPP;
	if (!may_write(map))
		return -EPERM;
	if (atomic_load_explicit(&map->writable_mappings, memory_order_acquire))
		return -EBUSY;
	if (map->memory_fd >= 0)
		fcntl(map->memory_fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
	/* Release: pairs with the acquire in may_write(). */
	atomic_store_explicit(&map->frozen, true, memory_order_release);
	return 0;
}

static int check_batch(const struct rq_map *map, const struct rq_map_batch *batch, uint32_t kind, bool reads, bool writes)
{
	if ((reads && !may_read(map)) || (writes && !may_write(map)))
		return -EPERM;
	if (!(map->ops->batches & kind))
		return -RQ_ENOTSUPP;
	if (batch->elem_flags & ~(uint64_t)BPF_F_LOCK)
		return -EINVAL;
	if ((batch->elem_flags & BPF_F_LOCK) && !has_spin_lock(map))
		return -EINVAL;
	return 0;
}

/* Key by key, of maps whose cursor is the last key that was given. */
static int look_up_keys(struct rq_map *map, struct rq_map_batch *batch, uint32_t room)
{
	uint32_t value_size = rq_map_user_value_size(map);
	uint8_t *keys = batch->keys, *values = batch->values;
	uint8_t *key = rq_alloc(2, map->key_size), *next = key + map->key_size;
	const void *previous = batch->in;
	int err = 0;

	if (!key)
		return -ENOMEM;
	while (batch->count < room) {
		err = map->ops->next_key(map, previous, next);
		if (err)
			break;
		memcpy(key, next, map->key_size);
		previous = key;
		err = look_up(map, key, values, batch->elem_flags);
		if (err == -ENOENT)
			continue; /* removed in between, or an empty slot */
		if (err)
			break;
		memcpy(keys, key, map->key_size);
		keys += map->key_size;
		values += value_size;
		batch->count++;
		err = 0;
	}
	if (previous && batch->count)
		memcpy(batch->out, previous, map->key_size);
	rq_free(key);
	return err;
}

int rq_map_user_lookup_batch(struct rq_map *map, struct rq_map_batch *batch)
{
	int err = check_batch(map, batch, RQ_BATCH_LOOKUP, true, false);
	uint32_t room = batch->count;

	if (err || !room)
		return err;
	if (map->ops->walk_batch)
		return map->ops->walk_batch(map, batch, false);
	batch->count = 0;
	return look_up_keys(map, batch, room);
}

int rq_map_user_take_batch(struct rq_map *map, struct rq_map_batch *batch)
{
	int err = check_batch(map, batch, RQ_BATCH_TAKE, true, true);

	return err || !batch->count ? err : map->ops->walk_batch(map, batch, true);
}

int rq_map_user_update_batch(struct rq_map *map, struct rq_map_batch *batch)
{
	uint32_t value_size = rq_map_user_value_size(map), room = batch->count;
	const uint8_t *keys = batch->keys, *values = batch->values;
	int err = check_batch(map, batch, RQ_BATCH_UPDATE, false, true);

	if (err || !room)
		return err;
	for (batch->count = 0; batch->count < room; batch->count++) {
		err = update(map, keys, values, batch->elem_flags);
		if (err)
			return err;
		keys += map->key_size;
		values += value_size;
	}
	return 0;
}

int rq_map_user_remove_batch(struct rq_map *map, struct rq_map_batch *batch)
{
	int err = check_batch(map, batch, RQ_BATCH_REMOVE, false, true);
	const uint8_t *keys = batch->keys;
	uint32_t room = batch->count;

	if (err || !room)
		return err;
	for (batch->count = 0; batch->count < room; batch->count++) {
		err = remove_key(map, keys);
		if (err)
			return err;
		keys += map->key_size;
	}
	return 0;
}
