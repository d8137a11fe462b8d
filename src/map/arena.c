/* SPDX-License-Identifier: BSD-2-Clause */
#include "map/arena.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "map/internal.h"
#include "map/lock.h"
#include "map/types.h"

#define PAGE	       4096u
#define ARENA_MAX      (1ull << 32)
#define F_SEGV	       (1u << 17) /* BPF_F_SEGV_ON_FAULT */
#define LOW_32(number) ((uint32_t)(number))

/* A page that is not FREE is not given out; one that is PRESENT can be read and written. */
enum page_state { PAGE_FREE, PAGE_RESERVED, PAGE_PRESENT };

struct arena {
	struct rq_map map;
	rqspinlock_t lock; /* of who changes pages */
	_Atomic uint64_t start, end; /* as the user has it; end: of what he may map */
	uint32_t pages;
	uint8_t *memory; /* our own view, so that it does not matter what the user unmaps */
	_Atomic uint8_t states[];
};

static int check(const union bpf_attr *attr)
{
	const uint64_t last = attr->map_extra + (uint64_t)attr->max_entries * PAGE - 1;

	if (attr->key_size || attr->value_size || !attr->max_entries || !(attr->map_flags & BPF_F_MMAPABLE) ||
	    attr->map_extra % PAGE)
		return -EINVAL;
	if ((uint64_t)attr->max_entries * PAGE > ARENA_MAX)
		return -E2BIG;
	return attr->map_extra && attr->map_extra >> 32 != last >> 32 ? -ERANGE : 0;
}

static int check_btf(const union bpf_attr *attr, const struct rq_btf *btf)
{
	return 0;
}

static int create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map)
{
	struct arena *arena = rq_alloc(1, sizeof(*arena) + attr->max_entries);

	if (!arena)
		return -ENOMEM;
	arena->pages = attr->max_entries;
	arena->memory = rq_alloc_shared((size_t)arena->pages * PAGE, &arena->map.memory_fd);
	if (!arena->memory) {
		rq_free(arena);
		return -ENOMEM;
	}
	if (attr->map_extra) {
		arena->start = attr->map_extra;
		arena->end = attr->map_extra + (uint64_t)arena->pages * PAGE;
	}
	*map = &arena->map;
	return 0;
}

static void destroy(struct rq_map *map)
{
	struct arena *arena = (struct arena *)map;

	rq_free_shared(arena->memory, (size_t)arena->pages * PAGE, map->memory_fd);
	rq_free(arena);
}

uint64_t rq_arena_start(const struct rq_map *map)
{
	return atomic_load(&((const struct arena *)map)->start);
}

int rq_arena_check_place(struct rq_map *map, uint64_t address, uint64_t length)
{
	struct arena *arena = (struct arena *)map;
	uint64_t start = atomic_load(&arena->start), room = atomic_load(&arena->end) - start;

	if (!start)
		return length > ARENA_MAX ? -E2BIG : 0;
	if (length > room)
		return -E2BIG;
	if (address != start)
		return -EINVAL;
	return length == room ? 0 : -EBUSY;
}

int rq_arena_placed(struct rq_map *map, uint64_t address, uint64_t length)
{
	struct arena *arena = (struct arena *)map;
	uint64_t none = 0;

	if (address >> 32 != (address + length - 1) >> 32)
		return -ERANGE;
	if (atomic_compare_exchange_strong(&arena->start, &none, address)) {
		atomic_store(&arena->end, address + length);
		return 0;
	}
	return none == address ? 0 : -EBUSY;
}

/* Has the user written to a page of these that no program asked for? Then the file has data there. */
static bool has_data(const struct arena *arena, uint32_t page, uint32_t count)
{
	const off_t from = (off_t)page * PAGE;
	int saved_errno = errno;
	off_t data = lseek(arena->map.memory_fd, from, SEEK_DATA);

	errno = saved_errno;
	return data >= from && data < from + (off_t)count * PAGE;
}

static enum page_state state_of(const struct arena *arena, uint32_t page)
{
	/* Acquire: pairs with the release in set_states(): a page that is present is zeroed. */
	return atomic_load_explicit(&arena->states[page], memory_order_acquire);
}

static void set_states(struct arena *arena, uint32_t page, uint32_t count, enum page_state state)
{
	for (uint32_t i = 0; i < count; i++)
		atomic_store_explicit(&arena->states[page + i], state, memory_order_release);
}

static bool is_present(struct arena *arena, uint64_t page)
{
	if (page >= arena->pages)
		return false;
	if (state_of(arena, page) == PAGE_PRESENT)
		return true;
	if (!has_data(arena, page, 1))
		return false;
	set_states(arena, page, 1, PAGE_PRESENT);
	return true;
}

void *rq_arena_memory(struct rq_map *map, uint32_t address, uint32_t size)
{
	struct arena *arena = (struct arena *)map;
	uint64_t at = LOW_32(address - LOW_32(rq_arena_start(map)));
	uint64_t first = at / PAGE, last = (at + size - 1) / PAGE;

	if (!is_present(arena, first) || (last != first && !is_present(arena, last)))
		return NULL;
	return arena->memory + at;
}

/* With the lock held. */

static bool is_free(struct arena *arena, uint32_t page, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (state_of(arena, page + i) != PAGE_FREE)
			return false;
	return !has_data(arena, page, count);
}

/* The first @count free pages in a row; the number of pages when there are none. */
static uint32_t find_free(struct arena *arena, uint32_t count)
{
	uint32_t run = 0;

	for (uint32_t page = 0; page < arena->pages; page++) {
		run = state_of(arena, page) == PAGE_FREE ? run + 1 : 0;
		if (run < count)
			continue;
		if (!has_data(arena, page + 1 - count, count))
			return page + 1 - count;
		/* Which ones the user has found out. */
		for (run = 0; run < count && !has_data(arena, page - run, 1); run++)
			;
		set_states(arena, page - run, 1, PAGE_PRESENT);
	}
	return arena->pages;
}

static int change_file(struct arena *arena, int mode, uint32_t page, uint32_t count)
{
	int saved_errno = errno, err;

	/* A page at a time, and again after a signal: interrupts of a machine are signals. */
	for (uint32_t i = 0; i < count; i++) {
		do
			err = fallocate(arena->map.memory_fd, mode, (off_t)(page + i) * PAGE, PAGE) ? -errno : 0;
		while (err == -EINTR);
		if (err)
			break;
	}
	errno = saved_errno;
	return err;
}

static void drop_pages(struct arena *arena, uint32_t page, uint32_t count)
{
	change_file(arena, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, page, count);
}

/* The page at a user's or program's @address; the number of pages when it is none. */
static uint32_t page_at(const struct arena *arena, uint64_t address)
{
	uint32_t at = LOW_32(LOW_32(address) - LOW_32(rq_arena_start(&arena->map)));

	return at / PAGE < arena->pages ? at / PAGE : arena->pages;
}

uint64_t rq_arena_alloc(struct rq_map *map, uint64_t address, uint32_t count)
{
	struct arena *arena = (struct arena *)map;
	uint64_t start = rq_arena_start(map);
	struct rq_map_locked locked;
	uint32_t page;

	if (!count || count > arena->pages || !start || address % PAGE)
		return 0;
	if (rq_map_lock(map->host, &arena->lock, &locked))
		return 0;
	page = address ? page_at(arena, address) : find_free(arena, count);
	if (page + (uint64_t)count > arena->pages || (address && !is_free(arena, page, count))) {
		page = arena->pages;
	} else if (change_file(arena, 0, page, count)) {
		drop_pages(arena, page, count); /* no memory for all of them */
		page = arena->pages;
	} else {
		set_states(arena, page, count, PAGE_PRESENT);
	}
	rq_map_unlock(map->host, &locked);
	return page == arena->pages ? 0 : (start & ~0xffffffffull) | LOW_32(start + (uint64_t)page * PAGE);
}

void rq_arena_free(struct rq_map *map, uint64_t address, uint32_t count)
{
	struct arena *arena = (struct arena *)map;
	uint32_t page = page_at(arena, address & ~(uint64_t)(PAGE - 1));
	struct rq_map_locked locked;

	if (page == arena->pages || rq_map_lock(map->host, &arena->lock, &locked))
		return;
	if (count > arena->pages - page)
		count = arena->pages - page;
	set_states(arena, page, count, PAGE_FREE);
	drop_pages(arena, page, count);
	rq_map_unlock(map->host, &locked);
}

int rq_arena_reserve(struct rq_map *map, uint64_t address, uint32_t count)
{
	struct arena *arena = (struct arena *)map;
	uint32_t page = page_at(arena, address);
	struct rq_map_locked locked;
	int err;

	if (!count)
		return 0;
	if (page + (uint64_t)count > arena->pages)
		return -EINVAL;
	err = rq_map_lock(map->host, &arena->lock, &locked);
	if (err)
		return err;
	if (!is_free(arena, page, count))
		err = -EBUSY;
	else
		set_states(arena, page, count, PAGE_RESERVED);
	rq_map_unlock(map->host, &locked);
	return err;
}

/* Elements: there are none. */

static int user_lookup(struct rq_map *map, const void *key, void *value, uint64_t flags)
{
	return -EINVAL;
}

static int user_update(struct rq_map *map, const void *key, const void *value, uint64_t flags)
{
	return -EOPNOTSUPP;
}

static int user_remove(struct rq_map *map, const void *key)
{
	return -EOPNOTSUPP;
}

static int next_key(struct rq_map *map, const void *key, void *next)
{
	return -EOPNOTSUPP;
}

/* A program's address is the user's. */
static int direct_value(struct rq_map *map, uint32_t offset, uint64_t *address)
{
	struct arena *arena = (struct arena *)map;
	uint64_t start = atomic_load(&arena->start);

	if (offset > atomic_load(&arena->end) - start)
		return -ERANGE;
	*address = start + offset;
	return 0;
}

const struct rq_map_ops rq_arena_ops = {
	.type = (enum bpf_map_type)RQ_MAP_TYPE_ARENA,
	.name = "arena",
	.flags_allowed = BPF_F_MMAPABLE | F_SEGV | RQ_MAP_F_NO_USER_CONV,
	.check = check,
	.check_btf = check_btf,
	.create = create,
	.destroy = destroy,
	.next_key = next_key,
	.user_lookup = user_lookup,
	.user_update = user_update,
	.user_remove = user_remove,
	.direct_value = direct_value,
};
