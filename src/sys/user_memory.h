/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of those who call bpf(2). An address that leads nowhere is their -EFAULT and not a fault of ours, so each range is
 * looked at before it is used: that all of it is mapped, and may be read or written. Task context only.
 */
#ifndef RQ_SYS_USER_MEMORY_H
#define RQ_SYS_USER_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* NULL: not all of it can be read (written), -EFAULT. Also where @address is 0; no bytes are at any other address. */
const void *rq_user_in(uint64_t address, size_t size);
void *rq_user_out(uint64_t address, size_t size);

/* Is the range mapped at all, and its first byte writable? Makes nothing of it present: for large buffers that are seldom filled. */
void *rq_user_buffer(uint64_t address, size_t size);

/* Copies @size bytes out. -EFAULT. */
int rq_user_write(uint64_t address, const void *bytes, size_t size);

/* A string, cut after @room - 1 bytes; returns its length before that, at most @room. -EFAULT. */
int rq_user_string(uint64_t address, char *string, size_t room);

#endif
