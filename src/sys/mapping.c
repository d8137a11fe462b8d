// SPDX-License-Identifier: BSD-2-Clause
/*
 * mmap() and epoll_ctl() of maps' descriptors. An mmapable array is a memfd and needs no help; what one file can't do is done here: refusing
 * what the kernel refuses, and showing a ring buffer's data twice in a row.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "map/arena.h"
#include "sys/machine.h"
#include "sys/route.h"

#define PAGE_BYTES 4096

static long kernel_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	return rq_route_kernel(SYS_mmap, (long)address, (long)length, protection, flags, fd, offset);
}

/* An arena is where it was first mapped, or where its map_extra says, and nowhere else. */
static long map_arena(struct rq_map *map, void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	size_t rounded = (length + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
	bool known = rq_arena_start(map);
	long err, base;

	if (!(flags & MAP_SHARED) || offset || !length || (protection & PROT_EXEC))
		return -EINVAL;
	err = rq_arena_check_place(map, (uintptr_t)address, rounded);
	if (err)
		return err;
	base = kernel_mmap(address, length, protection, flags | (known ? MAP_FIXED_NOREPLACE : 0), fd, 0);
	if (base < 0 && base >= -4095)
		return base;
	err = rq_arena_placed(map, (uint64_t)base, rounded);
	if (err)
		rq_route_kernel(SYS_munmap, base, (long)length, 0, 0, 0, 0);
	return err ? err : base;
}

static bool is_ring(const struct rq_map *map)
{
	return map->ops->type == BPF_MAP_TYPE_RINGBUF || map->ops->type == BPF_MAP_TYPE_USER_RINGBUF;
}

/* What the kernel checks before it maps a map. */
static int check(const struct rq_map *map, int protection, int flags)
{
	if (map->record || !map->ops->direct_value)
		return is_ring(map) ? 0 : -RQ_ENOTSUPP;
	if (!(flags & MAP_SHARED))
		return -EINVAL;
	if ((protection & PROT_WRITE) && atomic_load(&map->frozen))
		return -EPERM;
	if ((protection & PROT_WRITE) && (map->map_flags & BPF_F_RDONLY_PROG))
		return -EACCES;
	return map->memory_fd >= 0 ? 0 : -EINVAL; /* an array that was not made for it */
}

/*
 * A ring buffer's file is the consumer's page, the producer's page, the data. Whoever maps past the end of the data sees it
 * a second time, so that a record that wraps is in one piece.
 */
static long map_ring(const struct rq_map *map, void *address, size_t length, int protection, int flags, off_t offset)
{
	size_t file = 2 * PAGE_BYTES + (size_t)map->max_entries, first, done;
	long base, part;

	if (!(flags & MAP_SHARED) || offset % PAGE_BYTES || offset < 0 || !length ||
	    (size_t)offset + length > file + map->max_entries)
		return -EINVAL;
	/* A user who consumes writes the first page alone; one who produces all but that. */
	if ((protection & PROT_WRITE) && (map->ops->type == BPF_MAP_TYPE_USER_RINGBUF ? !offset : offset || length != PAGE_BYTES))
		return -EPERM;
	if ((size_t)offset + length <= file)
		return kernel_mmap(address, length, protection, flags, map->memory_fd, offset);
	first = file - (size_t)offset;
	base = kernel_mmap(address, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | (flags & MAP_FIXED), -1, 0);
	if (base < 0 && base >= -4095)
		return base;
	for (done = 0; done < length; done += first, first = length - done) {
		part = kernel_mmap((char *)base + done, first, protection, MAP_SHARED | MAP_FIXED, map->memory_fd,
				   done ? 2 * PAGE_BYTES : offset);
		if (part < 0 && part >= -4095) {
			rq_route_kernel(SYS_munmap, base, (long)length, 0, 0, 0, 0);
			return part;
		}
	}
	return base;
}

bool rq_route_is_memfd(int fd)
{
	struct stat status;

	return !fstat(fd, &status) && S_ISREG(status.st_mode) && !status.st_nlink;
}

int rq_route_polled(int fd)
{
	struct rq_machine *machine = rq_machine_current_or_null();
	struct rq_object *object;

	if (!machine || !rq_route_is_memfd(fd) || rq_registry_lookup_any(&machine->registry, fd, &object))
		return fd;
	if (object->kind == RQ_OBJECT_MAP && is_ring((struct rq_map *)object))
		fd = ((struct rq_map *)object)->event_fd;
	rq_object_put(object);
	return fd;
}

long rq_route_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	struct rq_machine *machine = rq_machine_current_or_null();
	struct rq_object *object;
	struct rq_map *map;
	long result;

	if ((flags & MAP_ANONYMOUS) || !machine || !rq_route_is_memfd(fd) ||
	    rq_registry_lookup_any(&machine->registry, fd, &object))
		return kernel_mmap(address, length, protection, flags, fd, offset);
	if (object->kind != RQ_OBJECT_MAP) {
		rq_object_put(object);
		return -ENODEV;
	}
	map = (struct rq_map *)((char *)object - offsetof(struct rq_map, object));
	if ((int)map->ops->type == RQ_MAP_TYPE_ARENA) {
		result = map_arena(map, address, length, protection, flags, fd, offset);
		rq_object_put(object);
		return result;
	}
	result = check(map, protection, flags);
	if (!result && is_ring(map))
		result = map_ring(map, address, length, protection, flags, offset);
	else if (!result)
		result = kernel_mmap(address, length, protection, flags, fd, offset);
	rq_object_put(object);
	return result;
}
