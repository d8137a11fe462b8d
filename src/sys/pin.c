// SPDX-License-Identifier: BSD-2-Clause
#include "sys/pin.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

#define ROOT	    "/sys/fs/bpf"
#define ROOT_LENGTH (sizeof(ROOT) - 1)

struct rq_pin {
	struct rq_pin *next;
	struct rq_object *object; /* a reference; NULL: a folder */
	char path[];              /* plain: below the root, without double or trailing slashes */
};

bool rq_pin_is_ours(const char *path)
{
	return !strncmp(path, ROOT, ROOT_LENGTH) && (path[ROOT_LENGTH] == '/' || !path[ROOT_LENGTH]);
}

/* @path without slashes that mean nothing. */
static int plain_path(const char *path, char plain[PATH_MAX])
{
	size_t length = 0, name = 0;

	for (; *path; path++) {
		if (*path == '/' && (path[1] == '/' || !path[1]))
			continue;
		name = *path == '/' ? 0 : name + 1;
		if (length == PATH_MAX - 1 || name > NAME_MAX)
			return -ENAMETOOLONG;
		plain[length++] = *path;
	}
	plain[length] = '\0';
	return 0;
}

static struct rq_pin *find(struct rq_machine *machine, const char *plain)
{
	struct rq_pin *pin = machine->pins;

	while (pin && strcmp(pin->path, plain))
		pin = pin->next;
	return pin;
}

/* The folder that @plain lies in: there, and a folder? */
static int check_parent(struct rq_machine *machine, const char *plain)
{
	char parent[PATH_MAX];
	struct rq_pin *pin;

	memcpy(parent, plain, strlen(plain) + 1);
	*strrchr(parent, '/') = '\0';
	if (!strcmp(parent, ROOT))
		return 0;
	pin = find(machine, parent);
	if (!pin)
		return -ENOENT;
	return pin->object ? -ENOTDIR : 0;
}

/* A new name; @object NULL: of a folder. */
static int add(struct rq_machine *machine, const char *path, struct rq_object *object)
{
	char plain[PATH_MAX];
	struct rq_pin *pin;
	int error = plain_path(path, plain);

	if (error)
		return error;
	if (!strcmp(plain, ROOT))
		return -EEXIST;
	pthread_mutex_lock(&machine->link_mutex);
	error = check_parent(machine, plain);
	if (!error && find(machine, plain))
		error = -EEXIST;
	if (!error && strchr(strrchr(plain, '/'), '.'))
		error = -EPERM; /* Linux keeps names with dots for itself */
	if (!error) {
		pin = rq_alloc(1, sizeof(*pin) + strlen(plain) + 1);
		if (pin) {
			memcpy(pin->path, plain, strlen(plain) + 1);
			pin->object = object;
			pin->next = machine->pins;
			machine->pins = pin;
			if (object)
				rq_object_get(object);
		} else {
			error = -ENOMEM;
		}
	}
	pthread_mutex_unlock(&machine->link_mutex);
	return error;
}

/* What the host's file system says to a name that can't be a pin. */
static int refuse_elsewhere(const char *path, int there, int not_there)
{
	char parent[PATH_MAX];
	struct stat status;
	char *slash;

	if (!stat(path, &status))
		return there;
	if (errno != ENOENT || strlen(path) >= sizeof(parent))
		return -errno;
	memcpy(parent, path, strlen(path) + 1);
	slash = strrchr(parent, '/');
	if (!slash)
		return *path ? not_there : -ENOENT;
	slash[slash == parent] = '\0';
	return stat(parent, &status) ? -errno : not_there;
}

int rq_pin_add(struct rq_machine *machine, const char *path, struct rq_object *object)
{
	return rq_pin_is_ours(path) ? add(machine, path, object) : refuse_elsewhere(path, -EEXIST, -EPERM);
}

int rq_pin_mkdir(struct rq_machine *machine, const char *path)
{
	return add(machine, path, NULL);
}

int rq_pin_find(struct rq_machine *machine, const char *path)
{
	char plain[PATH_MAX];
	struct rq_pin *pin;
	int result = plain_path(path, plain);

	if (result)
		return result;
	if (!strcmp(plain, ROOT))
		return 1;
	pthread_mutex_lock(&machine->link_mutex);
	result = check_parent(machine, plain);
	pin = find(machine, plain);
	if (!result)
		result = !pin ? -ENOENT : !pin->object;
	pthread_mutex_unlock(&machine->link_mutex);
	return result;
}

int rq_pin_get(struct rq_machine *machine, const char *path, struct rq_object **object)
{
	char plain[PATH_MAX];
	struct rq_pin *pin;
	int error;

	if (!rq_pin_is_ours(path))
		return refuse_elsewhere(path, -EACCES, -ENOENT);
	error = rq_pin_find(machine, path);
	if (error)
		return error < 0 ? error : -EACCES;
	plain_path(path, plain);
	pthread_mutex_lock(&machine->link_mutex);
	pin = find(machine, plain);
	*object = pin ? pin->object : NULL;
	if (*object)
		rq_object_get(*object);
	pthread_mutex_unlock(&machine->link_mutex);
	return *object ? 0 : -ENOENT;
}

static bool has_children(struct rq_machine *machine, const char *plain)
{
	size_t length = strlen(plain);

	for (struct rq_pin *pin = machine->pins; pin; pin = pin->next)
		if (!strncmp(pin->path, plain, length) && pin->path[length] == '/')
			return true;
	return false;
}

int rq_pin_remove(struct rq_machine *machine, const char *path, bool folder)
{
	char plain[PATH_MAX];
	struct rq_pin *pin, **at;
	int error = plain_path(path, plain);

	if (error)
		return error;
	if (!strcmp(plain, ROOT))
		return folder ? -EBUSY : -EISDIR;
	pthread_mutex_lock(&machine->link_mutex);
	error = check_parent(machine, plain);
	pin = find(machine, plain);
	if (!error && !pin)
		error = -ENOENT;
	else if (!error && folder == !!pin->object)
		error = folder ? -ENOTDIR : -EISDIR;
	else if (!error && has_children(machine, plain))
		error = -ENOTEMPTY;
	if (!error) {
		for (at = &machine->pins; *at != pin; at = &(*at)->next)
			;
		*at = pin->next;
	}
	pthread_mutex_unlock(&machine->link_mutex);
	if (error)
		return error;
	rq_object_put(pin->object);
	rq_free(pin);
	return 0;
}

void rq_pins_destroy(struct rq_machine *machine)
{
	while (machine->pins) {
		struct rq_pin *pin = machine->pins;

		machine->pins = pin->next;
		rq_object_put(pin->object);
		rq_free(pin);
	}
}
