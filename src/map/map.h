/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps: one file a map type, one struct rq_map_ops each, listed in map_types.c. Values are at stable addresses that the
 * interpreter uses as they are. The bytes of a lock in a value are never copied in or out (docs/verifier.md,
 * memory 4).
 *
 * lookup, update, delete and next_key may be called on any virtual CPU, in any context, an NMI inside another map
 * operation included; they take no libc lock and allocate nothing outside the map's own per-CPU free lists.
 */
#ifndef RQ_MAP_MAP_H
#define RQ_MAP_MAP_H

#include <linux/bpf.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/object.h"
#include "btf/btf.h"

struct rq_map;
struct rq_prog;
struct rq_machine;
struct rq_domain;

/* Newer than the linux/bpf.h that we build with. */
#define RQ_MAP_TYPE_ARENA 33

/* errno value of the kernel that user space has no name for: an operation that this map can't do. */
#define RQ_ENOTSUPP 524

/* What maps need of their machine; src/sys fills it in and it lives as long as the machine. */
struct rq_map_host {
	struct rq_machine *machine;
	unsigned int cpus; /* virtual CPUs: how many values a per-CPU map has */
	/* At least cpus + 1 CPUs; no thread attaches to the last, it stands for system calls of threads that are no virtual CPU. */
	struct rq_domain *domain;
	/* Returns when every run of a program that had begun is over. Task context, outside of runs. NULL: there are none. */
	void (*synchronize)(struct rq_machine *machine);
	const struct rq_btf *kernel_btf;
	/* Kernel objects that programs meet and users name too: the task that stands for this process, the one cgroup. */
	const void *own_task, *root_cgroup;
	pthread_mutex_t system_call; /* PTHREAD_MUTEX_INITIALIZER; serialises what those threads change in maps */
	/* The object behind a descriptor, with a reference. -EBADF, -EINVAL (another kind). */
	int (*object_by_fd)(struct rq_machine *machine, int fd, enum rq_object_kind kind, struct rq_object **object);
	/* May be NULL: called when a map's last reference is gone, before it is freed. */
	void (*forget)(struct rq_machine *machine, struct rq_object *object);
	/*
	 * May be NULL: give back what the special fields of a value own (kptrs, list and tree nodes, timers) and clear them.
	 * Leaves locks alone. In any context.
	 */
	void (*release_fields)(struct rq_machine *machine, const struct rq_map *map, void *value);
	/* May a program array that tail-called programs of the kind of @first also hold @prog? NULL: yes. */
	bool (*same_kind)(const struct rq_object *first, const struct rq_object *prog);
	/* Does @prog implement that member of a struct of the kernel's BTF? */
	bool (*implements)(const struct rq_object *prog, uint32_t struct_id, uint32_t member);
};

enum rq_batch {
	RQ_BATCH_LOOKUP = 1 << 0,
	RQ_BATCH_TAKE = 1 << 1, /* lookup and delete */
	RQ_BATCH_UPDATE = 1 << 2,
	RQ_BATCH_REMOVE = 1 << 3,
};

struct rq_map_batch; /* map/user.h */

struct rq_map_ops {
	enum bpf_map_type type;
	const char *name; /* "array", as bpftool prints it */
	uint32_t flags_allowed;  /* BPF_F_* of map_flags */
	uint32_t flags_added;    /* that its maps have without being asked for */
	uint32_t field_kinds;    /* special fields that a value may hold: bits 1 << enum rq_field_kind */
	int (*check)(const union bpf_attr *attr); /* sizes and flags; negative errno as the kernel gives */
	/* What the BTF of key and value must be; 0 is no type. NULL: any key type of the right size, but not none. */
	int (*check_btf)(const union bpf_attr *attr, const struct rq_btf *btf);
	/* Allocates the map's own struct, which begins with struct rq_map, and its memory. Common fields are set by the caller. */
	int (*create)(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map);
	void (*destroy)(struct rq_map *map);
	/* What programs call. NULL: -EOPNOTSUPP. */
	void *(*lookup)(struct rq_map *map, const void *key);
	int (*update)(struct rq_map *map, const void *key, const void *value, uint64_t flags);
	int (*remove)(struct rq_map *map, const void *key);
	int (*next_key)(struct rq_map *map, const void *key, void *next); /* key NULL: the first; -ENOENT at the end */
	/* The value of @cpu, of per-CPU maps. */
	void *(*lookup_cpu)(struct rq_map *map, const void *key, uint32_t cpu);
	int (*push)(struct rq_map *map, const void *value, uint64_t flags);
	int (*pop)(struct rq_map *map, void *value);
	int (*peek)(struct rq_map *map, void *value);
	/* Of program arrays: what a tail call to @index runs, or NULL. */
	const struct rq_prog *(*program)(struct rq_map *map, uint32_t index);
	/* The last descriptor of the map is closed, though programs may hold it on: program arrays let go of theirs. */
	void (*last_descriptor)(struct rq_map *map);
	/* For BPF_PSEUDO_MAP_VALUE: the address of byte @offset of the only value; NULL operation: not such a map. */
	int (*direct_value)(struct rq_map *map, uint32_t offset, uint64_t *address);
	/* Call @visit for each element until it returns nonzero. NULL: bpf_for_each_map_elem() is refused. */
	int (*for_each)(struct rq_map *map, int (*visit)(void *arg, const void *key, void *value), void *arg);
	/* Which key has its value at @address (a value's start or inside): for reports. -ENOENT. */
	int (*key_of)(struct rq_map *map, const void *address, void *key, uint32_t *value_offset);
	/*
	 * What system calls do where it is not what programs do (per-CPU values, descriptors in place of objects); NULL:
	 * the same. See map/user.h.
	 */
	uint32_t (*user_value_size)(const struct rq_map *map);
	int (*user_lookup)(struct rq_map *map, const void *key, void *value, uint64_t flags);
	int (*user_update)(struct rq_map *map, const void *key, const void *value, uint64_t flags);
	int (*user_remove)(struct rq_map *map, const void *key);
	int (*user_take)(struct rq_map *map, const void *key, void *value, uint64_t flags); /* lookup and delete */
	uint32_t batches; /* RQ_BATCH_*: which batch commands there are */
	/* Batches that walk the map in an order of its own, also with removal; NULL: key by key, without. */
	int (*walk_batch)(struct rq_map *map, struct rq_map_batch *batch, bool take);
};

struct rq_map {
	struct rq_object object;
	const struct rq_map_ops *ops;
	uint32_t key_size, value_size, max_entries, map_flags;
	uint64_t map_extra;
	char name[16];
	struct rq_btf *btf; /* NULL without; a reference */
	uint32_t btf_key_type_id, btf_value_type_id;
	struct rq_record *record; /* special fields of a value, or NULL; offsets ascend */
	const struct rq_map *inner; /* map-in-map: a map like those in it, for the verifier; NULL: no map-in-map */
	int memory_fd;            /* memfd behind the values of mmapable maps, else -1 */
	int event_fd;             /* ring buffers: an eventfd that is written where the kernel wakes who polls; others: unused */
	_Atomic bool frozen;
	_Atomic uint32_t writable_mappings;
	struct rq_machine *machine;
	struct rq_map_host *host;
};

/* Rows of map_types.c. NULL: unknown type. */
const struct rq_map_ops *rq_map_type(enum bpf_map_type type);

/*
 * BPF_MAP_CREATE without the descriptor: attribute checks in the kernel's order, then BTF, record and gates. One reference,
 * the caller's; id 0 until it is published. Negative errno; then nothing is left.
 */
int rq_map_create(const union bpf_attr *attr, struct rq_map_host *host, struct rq_map **map);

/* Of struct_ops: a table that was written, and waits to be registered by a link. */
bool rq_map_may_be_linked(struct rq_map *map);

/* Copy a value, leaving out (in @destination) or zeroing (towards a user) the bytes of special fields. */
void rq_map_copy_value(const struct rq_map *map, void *destination, const void *source);
void rq_map_copy_value_to_user(const struct rq_map *map, void *destination, const void *source);

#endif
