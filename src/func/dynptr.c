// SPDX-License-Identifier: BSD-2-Clause
/* Dynptrs. */
#include "func/args.h"
#include "func/tables.h"

#define DYNPTR	       { RQ_ARG_DYNPTR }
#define NEW_DYNPTR     { RQ_ARG_DYNPTR_UNINIT }
#define RINGBUF_DYNPTR { RQ_ARG_DYNPTR, .flags = RQ_ARG_RELEASES | RQ_ARG_DYNPTR_RINGBUF }

#define HELPER(name, flags, duty, returns, ...)                                                                        \
	{ "bpf_" #name, BPF_FUNC_##name, flags, duty, RQ_KERNEL_6_15, RQ_GROUP_BASE, returns, NULL, __VA_ARGS__ }
#define KFUNC(kfunc, kf_flags, duty_, group, function)                                                                  \
	{ .name = kfunc, .flags = (kf_flags), .duty = (duty_), .since = RQ_KERNEL_6_15, .groups = (group), .call = (function) }

static const struct rq_func rows[] = {
	HELPER(dynptr_from_mem, 0, RQ_DUTY_DYNPTR_FROM_MEM, RQ_RET_INTEGER, { IN_OUT, SIZE_OR_0, ANY, NEW_DYNPTR }, NULL),
	HELPER(ringbuf_reserve_dynptr, 0, RQ_DUTY_DYNPTR_RESERVE, RQ_RET_INTEGER, { MAP, ANY, ANY, NEW_DYNPTR }, NULL),
	HELPER(ringbuf_submit_dynptr, RQ_KF_RELEASE, RQ_DUTY_NONE, RQ_RET_VOID, { RINGBUF_DYNPTR, ANY }, NULL),
	HELPER(ringbuf_discard_dynptr, RQ_KF_RELEASE, RQ_DUTY_NONE, RQ_RET_VOID, { RINGBUF_DYNPTR, ANY }, NULL),
	HELPER(dynptr_read, 0, RQ_DUTY_NONE, RQ_RET_INTEGER, { OUT, SIZE_OR_0, DYNPTR, ANY, ANY }, NULL),
	HELPER(dynptr_write, 0, RQ_DUTY_DYNPTR_WRITE, RQ_RET_INTEGER, { DYNPTR, ANY, MEM, SIZE_OR_0, ANY }, NULL),
	HELPER(dynptr_data, 0, RQ_DUTY_DYNPTR_DATA, RQ_RET_DYNPTR_MEM_OR_NULL, { DYNPTR, ANY, ALLOC_SIZE }, NULL),
	KFUNC("bpf_dynptr_from_skb", RQ_KF_TRUSTED_ARGS, RQ_DUTY_DYNPTR_FROM_SKB, RQ_GROUP_SKB_DYNPTR, NULL),
	KFUNC("bpf_dynptr_from_xdp", 0, RQ_DUTY_DYNPTR_FROM_XDP, RQ_GROUP_XDP, NULL),
	KFUNC("bpf_dynptr_slice", RQ_KF_RET_NULL, RQ_DUTY_DYNPTR_SLICE, 0, NULL),
	KFUNC("bpf_dynptr_slice_rdwr", RQ_KF_RET_NULL, RQ_DUTY_DYNPTR_SLICE, 0, NULL),
	KFUNC("bpf_dynptr_adjust", 0, RQ_DUTY_NONE, 0, NULL),
	KFUNC("bpf_dynptr_is_null", 0, RQ_DUTY_NONE, 0, NULL),
	KFUNC("bpf_dynptr_is_rdonly", 0, RQ_DUTY_NONE, 0, NULL),
	KFUNC("bpf_dynptr_size", 0, RQ_DUTY_NONE, 0, NULL),
	KFUNC("bpf_dynptr_clone", 0, RQ_DUTY_DYNPTR_CLONE, 0, NULL),
	KFUNC("bpf_dynptr_copy", 0, RQ_DUTY_NONE, 0, NULL),
	KFUNC("bpf_dynptr_memset", 0, RQ_DUTY_NONE, 0, NULL),
};

RQ_FUNC_TABLE(rq_dynptr_funcs, rows);
