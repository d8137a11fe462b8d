/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pins: names that keep objects alive. They lie below /sys/fs/bpf, as in Linux, but in a file system of the machine's own,
 * in memory, whether or not the host has one there; it ends with the machine, and other processes do not see it. What
 * loaders do there with files (mkdir, rmdir, unlink, access, statfs) comes here too (route_files.c).
 */
#ifndef RQ_SYS_PIN_H
#define RQ_SYS_PIN_H

#include "base/object.h"
#include "sys/machine.h"

/* Is @path below /sys/fs/bpf (or it)? Async-signal-safe. */
bool rq_pin_is_ours(const char *path);

/*
 * Give @object the name @path. -EEXIST, -ENOENT (no such folder), -ENOTDIR, -EPERM (not below /sys/fs/bpf, or a dot in the
 * name), -ENAMETOOLONG, -ENOMEM.
 */
int rq_pin_add(struct rq_machine *machine, const char *path, struct rq_object *object);
/* The object at @path, with a reference. -ENOENT, -EACCES (a folder, or no pin). */
int rq_pin_get(struct rq_machine *machine, const char *path, struct rq_object **object);

/* Folders and removal, of paths that are ours. Errno as of the system calls. */
int rq_pin_mkdir(struct rq_machine *machine, const char *path);
int rq_pin_remove(struct rq_machine *machine, const char *path, bool folder);
/* 0: a pin, 1: a folder; -ENOENT, -ENOTDIR. */
int rq_pin_find(struct rq_machine *machine, const char *path);

/* Lets go of all. */
void rq_pins_destroy(struct rq_machine *machine);

#endif
