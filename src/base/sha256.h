/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 (FIPS 180-4): what a program's tag is the beginning of. */
#ifndef RQ_BASE_SHA256_H
#define RQ_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define RQ_SHA256_BYTES 32

struct rq_sha256 {
	uint32_t state[8];
	uint64_t length; /* bytes so far */
	uint8_t block[64];
};

void rq_sha256_begin(struct rq_sha256 *hash);
void rq_sha256_add(struct rq_sha256 *hash, const void *bytes, size_t size);
void rq_sha256_end(struct rq_sha256 *hash, uint8_t digest[RQ_SHA256_BYTES]);

#endif
