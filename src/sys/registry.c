// SPDX-License-Identifier: BSD-2-Clause
#include "sys/registry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

/* close() of memfds in this process so far: descriptors are the process's, not a machine's. */
static _Atomic uint64_t closes;

void rq_registry_note_close(void)
{
	atomic_fetch_add_explicit(&closes, 1, memory_order_relaxed);
}

int rq_registry_init(struct rq_registry *registry)
{
	int error;

	memset(registry, 0, sizeof(*registry));
	error = pthread_mutex_init(&registry->mutex, NULL);
	return -error;
}

/* ---- By id ---- */

/* Where an object with @id is, or would be. */
static uint32_t id_position(const struct rq_registry *registry, enum rq_object_kind kind, uint32_t id)
{
	uint32_t low = 0, high = registry->object_count[kind];

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (registry->objects[kind][middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The last reference to a listed object is gone. */
static void forget(struct rq_object *object)
{
	struct rq_registry *registry = object->list;
	enum rq_object_kind kind = object->kind;
	uint32_t at;

	pthread_mutex_lock(&registry->mutex);
	at = id_position(registry, kind, object->id);
	registry->object_count[kind]--;
	memmove(&registry->objects[kind][at], &registry->objects[kind][at + 1],
		(registry->object_count[kind] - at) * sizeof(object));
	pthread_mutex_unlock(&registry->mutex);
}

int rq_registry_publish(struct rq_registry *registry, struct rq_object *object)
{
	enum rq_object_kind kind = object->kind;
	int error = 0;

	pthread_mutex_lock(&registry->mutex);
	if (registry->object_count[kind] == registry->object_room[kind]) {
		uint32_t room = registry->object_room[kind] ? registry->object_room[kind] * 2 : 16;
		struct rq_object **grown = rq_realloc(registry->objects[kind], room, sizeof(struct rq_object *));

		if (grown) {
			registry->objects[kind] = grown;
			registry->object_room[kind] = room;
		} else {
			error = -ENOMEM;
		}
	}
	if (!error && registry->last_id[kind] == INT32_MAX)
		error = -ENOSPC;
	if (!error) {
		object->id = ++registry->last_id[kind];
		object->list = registry;
		object->forget = forget;
		registry->objects[kind][registry->object_count[kind]++] = object;
	}
	pthread_mutex_unlock(&registry->mutex);
	return error;
}

/* An object in the list may be on its way out: its last reference is gone and its release waits for the mutex. */
static bool get_if_alive(struct rq_object *object)
{
	uint32_t references = atomic_load_explicit(&object->references, memory_order_relaxed);

	while (references)
		if (atomic_compare_exchange_weak_explicit(&object->references, &references, references + 1,
							  memory_order_acquire, memory_order_relaxed))
			return true;
	return false;
}

int rq_registry_by_id(struct rq_registry *registry, enum rq_object_kind kind, uint32_t id, struct rq_object **object)
{
	int error = -ENOENT;
	uint32_t at;

	pthread_mutex_lock(&registry->mutex);
	at = id_position(registry, kind, id);
	if (at < registry->object_count[kind] && registry->objects[kind][at]->id == id &&
	    get_if_alive(registry->objects[kind][at])) {
		*object = registry->objects[kind][at];
		error = 0;
	}
	pthread_mutex_unlock(&registry->mutex);
	return error;
}

int rq_registry_next_id(struct rq_registry *registry, enum rq_object_kind kind, uint32_t id, uint32_t *next)
{
	int error = -ENOENT;
	uint32_t at;

	if (id >= INT32_MAX)
		return -EINVAL;
	pthread_mutex_lock(&registry->mutex);
	at = id_position(registry, kind, id + 1);
	if (at < registry->object_count[kind]) {
		*next = registry->objects[kind][at]->id;
		error = 0;
	}
	pthread_mutex_unlock(&registry->mutex);
	return error;
}

/* ---- By descriptor ---- */

static uint32_t handle_position(const struct rq_registry *registry, ino_t inode)
{
	uint32_t low = 0, high = registry->handle_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (registry->handles[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct rq_handle *handle_of(struct rq_registry *registry, const struct stat *status)
{
	uint32_t at = handle_position(registry, status->st_ino);

	if (!registry->device || status->st_dev != registry->device || at == registry->handle_count ||
	    registry->handles[at].inode != status->st_ino)
		return NULL;
	return &registry->handles[at];
}

/* With the mutex held. */
static int add_handle(struct rq_registry *registry, int fd, struct rq_object *object, int own_fd, bool restricted)
{
	struct rq_handle *handle;
	struct stat status;
	uint32_t at;

	if (fstat(fd, &status))
		return -errno;
	registry->device = status.st_dev;
	handle = handle_of(registry, &status);
	if (handle && handle->object == object) {
		handle->restricted |= restricted; /* one more descriptor of the same memory */
		return 0;
	}
	if (registry->handle_count == registry->handle_room) {
		uint32_t room = registry->handle_room ? registry->handle_room * 2 : 16;
		struct rq_handle *grown = rq_realloc(registry->handles, room, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		registry->handles = grown;
		registry->handle_room = room;
	}
	at = handle_position(registry, status.st_ino);
	memmove(&registry->handles[at + 1], &registry->handles[at],
		(registry->handle_count - at) * sizeof(registry->handles[0]));
	registry->handles[at] = (struct rq_handle){ .inode = status.st_ino,
						    .object = object,
						    .own_fd = own_fd,
						    .seen = true,
						    .restricted = restricted };
	registry->handle_count++;
	registry->new_handles++;
	rq_object_get(object);
	return 0;
}

/* Never 0 to 2: some loaders take descriptor 0 for none. */
static int above_2(int fd)
{
	int moved;

	if (fd < 0)
		return -errno;
	if (fd > 2)
		return fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (moved < 0)
		moved = -errno;
	close(fd);
	return moved;
}

/* The file of @fd with less access, in its place. */
static int reopen(int fd, int access)
{
	char path[64];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = above_2(open(path, access | O_CLOEXEC));
	close(fd);
	return again;
}

int rq_registry_open_restricted(struct rq_registry *registry, struct rq_object *object, int memory_fd, int access)
{
	static const char *const names[RQ_OBJECT_KINDS] = { "bpf-btf",  "bpf-map",   "bpf-prog",
							     "bpf-link", "bpf-event", "bpf-stats" };
	int fd, error;

	rq_registry_sweep(registry);
	fd = above_2(memory_fd >= 0 ? fcntl(memory_fd, F_DUPFD_CLOEXEC, 3) : memfd_create(names[object->kind], MFD_CLOEXEC));
	if (fd >= 0 && access != O_RDWR)
		fd = reopen(fd, access);
	if (fd < 0)
		return fd;
	pthread_mutex_lock(&registry->mutex);
	error = add_handle(registry, fd, object, memory_fd, access != O_RDWR);
	pthread_mutex_unlock(&registry->mutex);
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

int rq_registry_open(struct rq_registry *registry, struct rq_object *object, int memory_fd)
{
	return rq_registry_open_restricted(registry, object, memory_fd, O_RDWR);
}

static uint32_t denied_to(int fd)
{
	int access = fcntl(fd, F_GETFL) & O_ACCMODE;

	return access == O_RDONLY ? BPF_F_RDONLY : access == O_WRONLY ? BPF_F_WRONLY : 0;
}

static int look_up(struct rq_registry *registry, int fd, struct rq_object **object, bool *restricted)
{
	struct rq_handle *handle;
	struct stat status;
	int error = -EINVAL;

	if (fd < 0 || fstat(fd, &status))
		return -EBADF;
	pthread_mutex_lock(&registry->mutex);
	handle = handle_of(registry, &status);
	if (handle) {
		*object = handle->object;
		*restricted = handle->restricted;
		rq_object_get(*object);
		error = 0;
	}
	pthread_mutex_unlock(&registry->mutex);
	return error;
}

int rq_registry_lookup_any(struct rq_registry *registry, int fd, struct rq_object **object)
{
	bool restricted;

	return look_up(registry, fd, object, &restricted);
}

int rq_registry_lookup_access(struct rq_registry *registry, int fd, enum rq_object_kind kind, struct rq_object **object,
			      uint32_t *denied)
{
	struct rq_object *found;
	bool restricted;
	int error = look_up(registry, fd, &found, &restricted);

	if (error)
		return error;
	if (found->kind != kind) {
		rq_object_put(found);
		return -EINVAL;
	}
	*denied = restricted ? denied_to(fd) : 0;
	*object = found;
	return 0;
}

int rq_registry_lookup(struct rq_registry *registry, int fd, enum rq_object_kind kind, struct rq_object **object)
{
	uint32_t denied;

	return rq_registry_lookup_access(registry, fd, kind, object, &denied);
}

bool rq_registry_is_attachment(struct rq_registry *registry, const struct stat *status)
{
	struct rq_handle *handle;
	bool found;

	if (pthread_mutex_trylock(&registry->mutex))
		return false;
	handle = handle_of(registry, status);
	found = handle && (handle->object->kind == RQ_OBJECT_LINK || handle->object->kind == RQ_OBJECT_EVENT);
	pthread_mutex_unlock(&registry->mutex);
	return found;
}

/* ---- Descriptors that are gone ---- */

static bool mark_open_handles(struct rq_registry *registry)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!directory)
		return false;
	while ((entry = readdir(directory))) {
		char *end;
		long fd = strtol(entry->d_name, &end, 10);
		struct rq_handle *handle;
		struct stat status;

		if (*end || fstat(fd, &status))
			continue;
		handle = handle_of(registry, &status);
		if (handle && handle->own_fd != fd)
			handle->seen = true;
	}
	closedir(directory);
	return true;
}

static bool object_has_handle(const struct rq_registry *registry, const struct rq_object *object)
{
	for (uint32_t i = 0; i < registry->handle_count; i++)
		if (registry->handles[i].object == object)
			return true;
	return false;
}

/* Let go of every handle that is not marked; each reference is dropped with the mutex released, so the list may change. */
static void drop_unmarked_handles(struct rq_registry *registry)
{
	for (uint32_t i = 0; i < registry->handle_count;) {
		struct rq_object *object = registry->handles[i].object;
		bool last;

		if (registry->handles[i].seen) {
			i++;
			continue;
		}
		registry->handle_count--;
		memmove(&registry->handles[i], &registry->handles[i + 1],
			(registry->handle_count - i) * sizeof(registry->handles[0]));
		last = !object_has_handle(registry, object);
		pthread_mutex_unlock(&registry->mutex);
		if (last && registry->last_descriptor)
			registry->last_descriptor(object);
		rq_object_put(object);
		pthread_mutex_lock(&registry->mutex);
		i = 0;
	}
}

/* With the mutex held. */
static void sweep(struct rq_registry *registry, uint64_t now)
{
	registry->closes_seen = now;
	registry->new_handles = 0;
	for (uint32_t i = 0; i < registry->handle_count; i++)
		registry->handles[i].seen = false;
	/* Without /proc nobody knows: then objects live as long as the machine. */
	if (mark_open_handles(registry))
		drop_unmarked_handles(registry);
}

void rq_registry_sweep(struct rq_registry *registry)
{
	uint64_t now = atomic_load_explicit(&closes, memory_order_relaxed);

	pthread_mutex_lock(&registry->mutex);
	/*
	 * A sweep costs a system call per open descriptor. After a close that we saw it is due at once with few objects, and
	 * with many when an eighth may be gone; closes that we did not see (close_range) are found as objects come.
	 */
	if ((now - registry->closes_seen) > registry->handle_count / 8 ||
	    registry->new_handles > registry->handle_count / 2 + 64)
		sweep(registry, now);
	pthread_mutex_unlock(&registry->mutex);
}

void rq_registry_sweep_now(struct rq_registry *registry)
{
	uint64_t now = atomic_load_explicit(&closes, memory_order_relaxed);

	pthread_mutex_lock(&registry->mutex);
	sweep(registry, now);
	pthread_mutex_unlock(&registry->mutex);
}

void rq_registry_destroy(struct rq_registry *registry)
{
	pthread_mutex_lock(&registry->mutex);
	for (uint32_t i = 0; i < registry->handle_count; i++)
		registry->handles[i].seen = false;
	drop_unmarked_handles(registry);
	pthread_mutex_unlock(&registry->mutex);
	for (int kind = 0; kind < RQ_OBJECT_KINDS; kind++)
		rq_free(registry->objects[kind]);
	rq_free(registry->handles);
	pthread_mutex_destroy(&registry->mutex);
}
