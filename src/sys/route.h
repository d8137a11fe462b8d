/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the system's libbpf comes here: librqspin defines some functions of libc and libbpf, which libbpf and its users call
 * through their PLT. All but what is ours goes on to the kernel.
 *
 *   route.c         syscall(), close(), mmap(), epoll_ctl(), the kernel's types, the number of CPUs
 *   route_files.c   what loaders do below /sys/fs/bpf
 *   route_kconfig.c  the Kconfig that libbpf reads
 *   route_attach.c  what libbpf attaches by other ways than bpf(2): probes, tracepoints
 *   route_net.c     and tc, XDP
 */
#ifndef RQ_SYS_ROUTE_H
#define RQ_SYS_ROUTE_H

#include <stdbool.h>
#include <sys/types.h>

/* Weak: a program that routes these calls itself keeps its own. */
#define RQ_ROUTED __attribute__((weak))

/* A system call of the kernel's, past the routing. -errno on failure. Async-signal-safe. */
long rq_route_kernel(long number, long a, long b, long c, long d, long e, long f);
/* mmap(), of maps too (mapping.c). -errno. */
long rq_route_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset);
/* A system call's result as libc gives it: -1 and errno. */
long rq_route_result(long result);
/* Could @fd be one of ours? No lock is taken for what can't be. Async-signal-safe. */
bool rq_route_is_memfd(int fd);
/* What epoll watches for @fd: a ring buffer's eventfd, else @fd itself. */
int rq_route_polled(int fd);
/*
 * From now on this process's bpf(2) is the kernel's: for a child that asks for the kernel's own verdict. It has no machine, and
 * never gets one.
 */
void rq_route_to_kernel(void);
/* CPUs that the host has online. */
unsigned int rq_route_host_cpus(void);

#endif
