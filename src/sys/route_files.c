// SPDX-License-Identifier: BSD-2-Clause
/*
 * Loaders keep pins with ordinary file calls: they make folders, ask whether it is a BPF file system, look whether a pin is
 * there, and unlink it. These calls come here for what is below /sys/fs/bpf; all others go on to the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sys/pin.h"
#include "sys/route.h"

#define BPF_FS	   0xcafe4a11
#define PAGE_BYTES 4096

/* The machine whose file system @path is in; NULL: it is the host's. */
static struct rq_machine *machine_of(const char *path)
{
	return path && rq_pin_is_ours(path) ? rq_machine_current_or_null() : NULL;
}

RQ_ROUTED int mkdir(const char *path, mode_t mode)
{
	struct rq_machine *machine = machine_of(path);

	return (int)rq_route_result(machine ? rq_pin_mkdir(machine, path) :
					      rq_route_kernel(SYS_mkdir, (long)path, mode, 0, 0, 0, 0));
}

RQ_ROUTED int rmdir(const char *path)
{
	struct rq_machine *machine = machine_of(path);

	return (int)rq_route_result(machine ? rq_pin_remove(machine, path, true) :
					      rq_route_kernel(SYS_rmdir, (long)path, 0, 0, 0, 0, 0));
}

RQ_ROUTED int unlink(const char *path)
{
	struct rq_machine *machine = machine_of(path);

	return (int)rq_route_result(machine ? rq_pin_remove(machine, path, false) :
					      rq_route_kernel(SYS_unlink, (long)path, 0, 0, 0, 0, 0));
}

RQ_ROUTED int access(const char *path, int mode)
{
	struct rq_machine *machine = machine_of(path);
	int found = machine ? rq_pin_find(machine, path) : 0;

	return (int)rq_route_result(machine ? (found < 0 ? found : 0) :
					      rq_route_kernel(SYS_access, (long)path, mode, 0, 0, 0, 0));
}

static int describe(const char *path, struct statfs *status)
{
	struct rq_machine *machine = machine_of(path);
	int found = machine ? rq_pin_find(machine, path) : 0;

	if (!machine)
		return (int)rq_route_result(rq_route_kernel(SYS_statfs, (long)path, (long)status, 0, 0, 0, 0));
	if (found < 0)
		return (int)rq_route_result(found);
	memset(status, 0, sizeof(*status));
	status->f_type = BPF_FS;
	status->f_bsize = PAGE_BYTES;
	status->f_namelen = 255;
	return 0;
}

/* By symbol, since with 64-bit file offsets the headers make one name of the two. */
RQ_ROUTED int routed_statfs(const char *path, struct statfs *status) __asm__("statfs");
RQ_ROUTED int routed_statfs64(const char *path, struct statfs *status) __asm__("statfs64");

int routed_statfs(const char *path, struct statfs *status)
{
	return describe(path, status);
}

int routed_statfs64(const char *path, struct statfs *status)
{
	return describe(path, status);
}
