/* SPDX-License-Identifier: BSD-2-Clause */
#include "sys/route.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/object.h"
#include "btf/btf.h"
#include "sys/event.h"
#include "sys/machine.h"
#include "sys/user_memory.h"

long rq_route_kernel(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static _Atomic bool to_kernel;

void rq_route_to_kernel(void)
{
	to_kernel = true;
}

unsigned int rq_route_host_cpus(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	return online > 0 ? (unsigned int)online : 1;
}

long rq_route_result(long result)
{
	if (result >= 0 || result < -4095)
		return result;
	errno = (int)-result;
	return -1;
}

/* -ENOENT: not for programs to be attached to. */
static long open_perf_event(const struct perf_event_attr *attr, int pid, int cpu)
{
	struct rq_machine *machine = rq_machine_current_or_null();

	if (!machine || !rq_user_in((uintptr_t)attr, PERF_ATTR_SIZE_VER0))
		return -ENOENT;
	return rq_event_open_perf(machine, attr, pid, cpu);
}

/* Also on the path of futex and tgkill from signal handlers: nothing here but registers and errno. */
RQ_ROUTED long syscall(long number, ...)
{
	long args[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		args[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_perf_event_open && !to_kernel) {
		long event = open_perf_event((const struct perf_event_attr *)args[0], (int)args[1], (int)args[2]);

		if (event != -ENOENT)
			return rq_route_result(event);
	}
	if (number == SYS_bpf && !to_kernel)
		return rq_route_result(rq_bpf((int)args[0], (union bpf_attr *)args[1], (unsigned int)args[2]));
	return rq_route_result(rq_route_kernel(number, args[0], args[1], args[2], args[3], args[4], args[5]));
}

RQ_ROUTED int close(int fd)
{
	struct stat status;
	bool memfd = !fstat(fd, &status) && S_ISREG(status.st_mode) && !status.st_nlink;
	struct rq_machine *machine = memfd ? rq_machine_current_or_null() : NULL;
	bool attachment = machine && rq_registry_is_attachment(&machine->registry, &status);
	long result = rq_route_kernel(SYS_close, fd, 0, 0, 0, 0, 0);

	if (!result && memfd)
		rq_registry_note_close();
	/* What is detached must not run once more; other objects may wait for the next call. */
	if (!result && attachment)
		rq_registry_sweep_now(&machine->registry);
	return (int)rq_route_result(result);
}

RQ_ROUTED int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
	return (int)rq_route_result(rq_route_kernel(SYS_epoll_ctl, epoll, operation, rq_route_polled(fd), (long)event, 0, 0));
}

/* By symbol, since with 64-bit file offsets the headers make one name of the two. */
RQ_ROUTED void *routed_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) __asm__("mmap");
RQ_ROUTED void *routed_mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset) __asm__("mmap64");

void *routed_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	return (void *)rq_route_result(rq_route_mmap(address, length, protection, flags, fd, offset));
}

void *routed_mmap64(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
	return (void *)rq_route_result(rq_route_mmap(address, length, protection, flags, fd, offset));
}

RQ_ROUTED struct btf *btf__load_vmlinux_btf(void)
{
	struct rq_machine *machine = rq_machine_current_or_null();
	struct rq_btf *kernel;
	struct btf *copy;
	int err = 0;

	if (to_kernel)
		return btf__parse("/sys/kernel/btf/vmlinux", NULL);
	if (machine) {
		kernel = machine->kernel_btf;
		rq_object_get(&kernel->object);
	} else {
		err = rq_btf_kernel_builtin(&kernel);
	}
	if (err) {
		errno = -err;
		return NULL;
	}
	copy = btf__new(kernel->bytes, kernel->size); /* the caller frees it */
	err = errno;
	rq_object_put(&kernel->object);
	errno = err;
	return copy;
}

/* Not the place to make a machine: opening an object asks for this, and a machine may be chosen after that. */
RQ_ROUTED int libbpf_num_possible_cpus(void)
{
	struct rq_machine *machine = rq_machine_current_or_null();

	return machine ? (int)machine->cpus : (int)rq_route_host_cpus();
}
