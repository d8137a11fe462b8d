// SPDX-License-Identifier: BSD-2-Clause
/* libbpf looks for the host's Kconfig in two files, with zlib. While there is a machine, both are the machine's. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "sys/kconfig.h"
#include "sys/route.h"

static int open_config(const char *path)
{
	struct rq_machine *machine = rq_machine_current_or_null();

	if (!machine || (strcmp(path, "/proc/config.gz") && strncmp(path, "/boot/config-", strlen("/boot/config-"))))
		return -ENOENT;
	return rq_kconfig_open(machine);
}

/* By symbol, since with 64-bit file offsets the headers make one name of the two. Only for reading: libbpf does nothing else. */
RQ_ROUTED gzFile routed_gzopen(const char *path, const char *mode) __asm__("gzopen");
RQ_ROUTED gzFile routed_gzopen64(const char *path, const char *mode) __asm__("gzopen64");

static gzFile open_any(const char *path, const char *mode)
{
	int fd = open_config(path), flags = O_RDONLY;
	gzFile file;

	if (fd < 0) {
		if (strpbrk(mode, "wa"))
			flags = O_WRONLY | O_CREAT | (strchr(mode, 'a') ? O_APPEND : O_TRUNC) | (strchr(mode, 'x') ? O_EXCL : 0);
		fd = open(path, flags | (strchr(mode, 'e') ? O_CLOEXEC : 0), 0666);
	}
	if (fd < 0)
		return NULL;
	file = gzdopen(fd, mode);
	if (!file)
		close(fd);
	return file;
}

gzFile routed_gzopen(const char *path, const char *mode)
{
	return open_any(path, mode);
}

gzFile routed_gzopen64(const char *path, const char *mode)
{
	return open_any(path, mode);
}
