/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RQ_FUNC_PACKET_H
#define RQ_FUNC_PACKET_H

#include "prog/prog.h"

/* Bytes [offset, offset + size) of the packet, or NULL when it is shorter. */
uint8_t *rq_packet_at(struct rq_host_ctx *host, uint64_t offset, uint64_t size);

#endif
