/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a source file lies that an object names. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/check.h"

static bool is_file(const char *path)
{
	struct stat status;

	return !stat(path, &status) && S_ISREG(status.st_mode);
}

/* The part of absolute @path that lies below @folder, or NULL. */
static const char *below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return !strncmp(path, folder, length) && path[length] == '/' ? path + length + 1 : NULL;
}

/* The real path of @folder/@file when that is a file; false otherwise. */
static bool find_in(const char *folder, const char *file, char *found)
{
	char path[PATH_MAX];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, file) >= sizeof(path) ||
	    !is_file(path))
		return false;
	return realpath(path, found);
}

/* The compiler was started in the current folder, or in the object's, or in one above that. */
static bool find(const char *object, const char *file, char *found)
{
	char folder[PATH_MAX], *slash;

	if (file[0] == '/')
		return is_file(file) && realpath(file, found);
	if (find_in(".", file, found))
		return true;
	if (!realpath(object, folder))
		return false;
	while ((slash = strrchr(folder, '/')) && slash != folder) {
		*slash = '\0';
		if (find_in(folder, file, found))
			return true;
	}
	return false;
}

static void encode(const char *path, char *uri, size_t size)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/+@,=";
	size_t length = 0;

	for (; *path && length + 4 < size; path++)
		length += (size_t)snprintf(uri + length, size - length,
					   strchr(plain, *path) ? "%c" : "%%%02X",
					   (unsigned char)*path);
	uri[length] = '\0';
}

void source_uri(const char *object, const char *file, char *uri, size_t size)
{
	char found[PATH_MAX], current[PATH_MAX];
	const char *path = file;

	if (find(object, file, found) && getcwd(current, sizeof(current)) &&
	    below(found, current)) {
		path = below(found, current);
	} else {
		/* Not here: as much of the name as can be relative. */
		while (*path == '/' || !strncmp(path, "./", 2) || !strncmp(path, "../", 3))
			path += *path == '/' ? 1 : path[1] == '/' ? 2 : 3;
	}
	encode(path, uri, size);
}
