/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocation with overflow-checked sizes and a failure that tests can place: every allocation of librqspin goes through
 * here, so a test can make the n-th one fail and see that nothing leaks. Task context only: never called from a program
 * that runs in an interrupt or NMI.
 */
#ifndef RQ_BASE_MEMORY_H
#define RQ_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Zeroed memory for @count elements of @size bytes; NULL when there is none, when the product overflows, or when it is large and
 * the machine or control group has not that much left.
 */
void *rq_alloc(size_t count, size_t size);
/* Grows an array; new bytes are not zeroed. NULL leaves the old one as it was. */
void *rq_realloc(void *old, size_t count, size_t size);
void *rq_memdup(const void *bytes, size_t size);
char *rq_strdup(const char *string);
void rq_free(void *memory);

/* Zeroed pages, of memory only where touched unless @populate asks for all of it now. */
void *rq_alloc_pages(size_t bytes, bool populate);
void rq_free_pages(void *memory, size_t bytes);

/* Zeroed pages that a memfd shares: @fd is its descriptor (close-on-exec, of fixed size). Freed with the descriptor closed. */
void *rq_alloc_shared(size_t bytes, int *fd);
void rq_free_shared(void *memory, size_t bytes, int fd);

/* For tests: the @n-th allocation from now on (1 is the next) and all after it fail; 0 switches that off. */
void rq_alloc_fail_after(uint64_t n);

#endif
