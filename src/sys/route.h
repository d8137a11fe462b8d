/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the system's libbpf comes here: librqspin defines syscall(), close(), mmap(), epoll_ctl(), btf__load_vmlinux_btf() and
 * libbpf_num_possible_cpus(), which libbpf calls through its PLT. All but what is ours goes on to the kernel.
 */
#ifndef RQ_SYS_ROUTE_H
#define RQ_SYS_ROUTE_H

#include <sys/types.h>

/* A system call of the kernel's, past the routing. -errno on failure. Async-signal-safe. */
long rq_route_kernel(long number, long a, long b, long c, long d, long e, long f);
/* mmap(), of maps too (mapping.c). -errno. */
long rq_route_mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset);
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
