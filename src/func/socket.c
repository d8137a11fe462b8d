// SPDX-License-Identifier: BSD-2-Clause
/* Sockets. A machine has no network: a lookup finds nothing. */
#include "func/args.h"
#include "func/tables.h"
#include "vm/vm.h"

static uint64_t none(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return 0;
}

#define LOOKUP(name, returns)                                                                                          \
	{ "bpf_" #name, BPF_FUNC_##name, RQ_FUNC_PKT_ACCESS | RQ_KF_ACQUIRE, RQ_DUTY_NONE, RQ_KERNEL_6_15,             \
	  RQ_GROUP_SK_LOOKUP, returns, NULL, { CONTEXT, MEM, SIZE, ANY, ANY }, none }

/* No socket here is of any protocol. */
#define CAST(name, type)                                                                                               \
	{ "bpf_" #name, BPF_FUNC_##name, RQ_FUNC_SAME_REFERENCE, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_SK_CAST,       \
	  RQ_RET_BTF_ID_OR_NULL, type, { SK_COMMON_BTF }, none }

static const struct rq_func rows[] = {
	CAST(skc_to_tcp6_sock, "tcp6_sock"),
	CAST(skc_to_tcp_sock, "tcp_sock"),
	CAST(skc_to_tcp_timewait_sock, "tcp_timewait_sock"),
	CAST(skc_to_tcp_request_sock, "tcp_request_sock"),
	CAST(skc_to_udp6_sock, "udp6_sock"),
	CAST(skc_to_unix_sock, "unix_sock"),
	{ "bpf_sock_from_file", BPF_FUNC_sock_from_file, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BTF_TRACING,
	  RQ_RET_BTF_ID_OR_NULL, "socket", { BTF("file") }, none },
	LOOKUP(sk_lookup_tcp, RQ_RET_SOCKET_OR_NULL),
	LOOKUP(sk_lookup_udp, RQ_RET_SOCKET_OR_NULL),
	LOOKUP(skc_lookup_tcp, RQ_RET_SOCK_COMMON_OR_NULL),
	{ "bpf_sk_release", BPF_FUNC_sk_release, RQ_KF_RELEASE, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_SK_RELEASE,
	  RQ_RET_INTEGER, NULL, { { RQ_ARG_BTF_ID_SOCK_COMMON, .flags = RQ_ARG_RELEASES } }, none },
	{ "bpf_sk_fullsock", BPF_FUNC_sk_fullsock, RQ_FUNC_SAME_REFERENCE, RQ_DUTY_NONE, RQ_KERNEL_6_15,
	  RQ_GROUP_SK_FULLSOCK, RQ_RET_SOCKET_OR_NULL, NULL, { SK_COMMON }, none },
	{ "bpf_tcp_sock", BPF_FUNC_tcp_sock, RQ_FUNC_SAME_REFERENCE, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_TCP_SOCK,
	  RQ_RET_TCP_SOCK_OR_NULL, NULL, { SK_COMMON }, none },
	{ "bpf_get_listener_sock", BPF_FUNC_get_listener_sock, RQ_FUNC_SAME_REFERENCE, RQ_DUTY_NONE, RQ_KERNEL_6_15,
	  RQ_GROUP_SK_FULLSOCK, RQ_RET_SOCKET_OR_NULL, NULL, { SK_COMMON }, none },
	{ "bpf_get_socket_cookie", BPF_FUNC_get_socket_cookie, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_COOKIE,
	  RQ_RET_INTEGER, NULL, { CONTEXT }, none },
	{ "bpf_skb_ecn_set_ce", BPF_FUNC_skb_ecn_set_ce, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_SK_FULLSOCK,
	  RQ_RET_INTEGER, NULL, { CONTEXT }, NULL },
	{ "bpf_sock_ops_cb_flags_set", BPF_FUNC_sock_ops_cb_flags_set, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15,
	  RQ_GROUP_SOCK_OPS, RQ_RET_INTEGER, NULL, { CONTEXT, ANY }, NULL },
};

RQ_FUNC_TABLE(rq_socket_funcs, rows);
