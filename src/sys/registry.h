/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which objects a machine has: by id (BPF_*_GET_NEXT_ID, BPF_*_GET_FD_BY_ID) and by descriptor.
 *
 * A descriptor is a real one, of a memfd, and names its object by the memfd's inode, never by its number: dup, dup3 and
 * fcntl(F_DUPFD) need no help. An object lives while a descriptor, map, program, link or pin holds it. That the last
 * descriptor of an object is gone is found out by a sweep over /proc/self/fd: after a close() that route.c saw, or when
 * enough objects have come since the last one.
 */
#ifndef RQ_SYS_REGISTRY_H
#define RQ_SYS_REGISTRY_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/object.h"

/* One memfd of ours. It holds a reference to its object. */
struct rq_handle {
	ino_t inode;
	struct rq_object *object;
	int own_fd; /* the object's own descriptor of that memfd, which keeps nothing alive; or -1 */
	bool seen;  /* by the sweep that is going on */
	bool restricted; /* some descriptor may only be read, or only be written */
};

struct rq_registry {
	pthread_mutex_t mutex; /* protects everything here; task context only, never held while an object is released */
	struct rq_object **objects[RQ_OBJECT_KINDS]; /* ascending by id; no references: an object leaves when released */
	uint32_t object_count[RQ_OBJECT_KINDS], object_room[RQ_OBJECT_KINDS];
	uint32_t last_id[RQ_OBJECT_KINDS];
	struct rq_handle *handles; /* ascending by inode */
	uint32_t handle_count, handle_room;
	dev_t device;              /* of memfds; 0 before the first */
	uint32_t new_handles;      /* since the last sweep */
	/* The last descriptor of @object is gone; what it holds may still keep it alive (a program array its programs). */
	void (*last_descriptor)(struct rq_object *object);
	uint64_t closes_seen;      /* value of the process's count of closes at the last sweep */
};

int rq_registry_init(struct rq_registry *registry);
/* Lets go of every descriptor's object: they stay open but name nothing. */
void rq_registry_destroy(struct rq_registry *registry);

/* Give @object an id, until its last reference is gone. -ENOMEM. */
int rq_registry_publish(struct rq_registry *registry, struct rq_object *object);

/*
 * A new descriptor, close-on-exec, for @object, which gets one reference more. @memory_fd >= 0: the memfd of the object's
 * own memory, which is duplicated; else an empty one is made. -EMFILE, -ENFILE, -ENOMEM.
 */
int rq_registry_open(struct rq_registry *registry, struct rq_object *object, int memory_fd);
/* The same, with O_RDONLY or O_WRONLY in the place of both. */
int rq_registry_open_restricted(struct rq_registry *registry, struct rq_object *object, int memory_fd, int access);

/* The object behind @fd, with a reference. -EBADF: not open, or not one of ours; -EINVAL: of another kind. */
int rq_registry_lookup(struct rq_registry *registry, int fd, enum rq_object_kind kind, struct rq_object **object);
/* The same; what the descriptor may not do is in *denied: BPF_F_RDONLY, BPF_F_WRONLY or 0, as for a map made with them. */
int rq_registry_lookup_access(struct rq_registry *registry, int fd, enum rq_object_kind kind, struct rq_object **object,
			      uint32_t *denied);
/* Likewise, of any kind. */
int rq_registry_lookup_any(struct rq_registry *registry, int fd, struct rq_object **object);

/* By id, with a reference. -ENOENT. */
int rq_registry_by_id(struct rq_registry *registry, enum rq_object_kind kind, uint32_t id, struct rq_object **object);
/* The first id above @id. -ENOENT. */
int rq_registry_next_id(struct rq_registry *registry, enum rq_object_kind kind, uint32_t id, uint32_t *next);

/* Let go of objects whose last descriptor is closed, if there is reason to think that some are. */
void rq_registry_sweep(struct rq_registry *registry);

/* Called by route.c for each close() of a memfd. Async-signal-safe. */
void rq_registry_note_close(void);
/* Is it a descriptor of a link or of what programs are attached to? Their last close takes effect at once. Never waits. */
bool rq_registry_is_attachment(struct rq_registry *registry, const struct stat *status);
/* Like rq_registry_sweep(), now. */
void rq_registry_sweep_now(struct rq_registry *registry);

#endif
