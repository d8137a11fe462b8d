/* SPDX-License-Identifier: BSD-2-Clause */
/* Contexts of sockets and cgroups. */
#include "prog/fields.h"

#define AT(type) (1ULL << (type))
#define SOCK_CREATE AT(BPF_CGROUP_INET_SOCK_CREATE) | AT(BPF_CGROUP_INET_SOCK_RELEASE)
#define POST_BIND4  AT(BPF_CGROUP_INET4_POST_BIND)
#define POST_BIND6  AT(BPF_CGROUP_INET6_POST_BIND)
#define SENDMSG4    AT(BPF_CGROUP_UDP4_SENDMSG)
#define SENDMSG6    AT(BPF_CGROUP_UDP6_SENDMSG)
#define INET4                                                                                                          \
	AT(BPF_CGROUP_INET4_BIND) | AT(BPF_CGROUP_INET4_CONNECT) | AT(BPF_CGROUP_UDP4_RECVMSG) |                       \
		AT(BPF_CGROUP_INET4_GETPEERNAME) | AT(BPF_CGROUP_INET4_GETSOCKNAME)
#define INET6                                                                                                          \
	AT(BPF_CGROUP_INET6_BIND) | AT(BPF_CGROUP_INET6_CONNECT) | AT(BPF_CGROUP_UDP6_RECVMSG) |                       \
		AT(BPF_CGROUP_INET6_GETPEERNAME) | AT(BPF_CGROUP_INET6_GETSOCKNAME)
#define GETSOCKOPT AT(BPF_CGROUP_GETSOCKOPT)
#define SETSOCKOPT AT(BPF_CGROUP_SETSOCKOPT)

static const struct rq_ctx_field cgroup_sock_fields[] = {
	{ .offset = 4, .size = 4, .loads = RQ_SIZES_1_2_4, .at_start = true }, /* family */
	{ .offset = 8, .size = 4, .loads = RQ_SIZES_1_2_4, .at_start = true }, /* type */
	{ .offset = 12, .size = 4, .loads = RQ_SIZES_1_2_4, .at_start = true }, /* protocol */
	{ .offset = 48, .size = 4, .loads = RQ_SIZES_1_2_4, .at_start = true }, /* dst_port */
	{ .offset = 49, .size = 1, .loads = 1 }, /* second byte of dst_port */
	{ .offset = 52, .size = 20, .loads = RQ_SIZES_1_2_4 }, /* dst_ip4, dst_ip6 */
	{ .offset = 72, .size = 4, .loads = RQ_SIZES_1_2_4, .at_start = true }, /* state */
	{ .offset = 76, .size = 4, .loads = RQ_SIZES_1_2_4, .at_start = true }, /* rx_queue_mapping */
	{ .offset = 0, .size = 4, .loads = 4, .stores = 4, .attach_types = SOCK_CREATE }, /* bound_dev_if */
	{ .offset = 16, .size = 8, .loads = 4, .stores = 4, .attach_types = SOCK_CREATE }, /* mark, priority */
	{ .offset = 24, .size = 4, .loads = RQ_SIZES_1_2_4, .attach_types = POST_BIND4 }, /* src_ip4 */
	{ .offset = 44, .size = 4, .loads = RQ_SIZES_1_2_4, .at_start = true, .attach_types = POST_BIND4 | POST_BIND6 }, /* src_port */
	{ .offset = 28, .size = 16, .loads = RQ_SIZES_1_2_4, .attach_types = POST_BIND6 }, /* src_ip6 */
};

static const struct rq_ctx_field cgroup_sock_addr_fields[] = {
	{ .offset = 0, .size = 4, .loads = 4 }, /* user_family */
	{ .offset = 24, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = 4 }, /* user_port */
	{ .offset = 28, .size = 12, .loads = 4 }, /* family .. protocol */
	{ .offset = 64, .size = 8, .loads = 8, POINTER(SOCKET, socket) }, /* sk */
	{ .offset = 4, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = 4, .attach_types = INET4 | SENDMSG4 }, /* user_ip4 */
	{ .offset = 8, .size = 16, .loads = RQ_SIZES_1_2_4_8, .stores = 4 | 8, .attach_types = INET6 | SENDMSG6 }, /* user_ip6 */
	{ .offset = 40, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = 4, .attach_types = SENDMSG4 }, /* msg_src_ip4 */
	{ .offset = 44, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = 4, .attach_types = SENDMSG6 }, /* msg_src_ip6 */
	{ .offset = 48, .size = 8, .loads = RQ_SIZES_1_2_4_8, .stores = 4 | 8, .attach_types = SENDMSG6 }, /* msg_src_ip6 */
	{ .offset = 56, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = 4, .attach_types = SENDMSG6 }, /* msg_src_ip6 */
};

static const struct rq_ctx_field sock_ops_fields[] = {
	{ .offset = 0, .size = 4, .loads = 4 }, /* op */
	{ .offset = 4, .size = 4, .loads = 4, .stores = 4 }, /* args */
	{ .offset = 8, .size = 156, .loads = 4 }, /* args .. sacked_out */
	{ .offset = 164, .size = 4, .loads = 4, .stores = 4 }, /* sk_txhash */
	{ .offset = 168, .size = 16, .loads = 8 }, /* bytes_received, bytes_acked */
	{ .offset = 184, .size = 8, .loads = 8, POINTER(SOCKET_OR_NULL, socket) }, /* sk */
	{ .offset = 192, .size = 8, .loads = 8, POINTER(PACKET, data) }, /* skb_data */
	{ .offset = 200, .size = 8, .loads = 8, POINTER(PACKET_END, data_end) }, /* skb_data_end */
	{ .offset = 208, .size = 4, .loads = 4 }, /* skb_len */
	{ .offset = 212, .size = 4, .loads = RQ_SIZES_1_2_4, .at_start = true }, /* skb_tcp_flags */
	{ .offset = 216, .size = 8, .loads = 8 },
};

static const struct rq_ctx_field sk_msg_fields[] = {
	{ .offset = 0, .size = 8, .loads = 8, POINTER(PACKET, data) }, /* data */
	{ .offset = 8, .size = 8, .loads = 8, POINTER(PACKET_END, data_end) }, /* data_end */
	{ .offset = 16, .size = 56, .loads = 4 }, /* family .. size */
	{ .offset = 72, .size = 8, .loads = 8, POINTER(SOCKET_OR_NULL, socket) }, /* sk */
};

static const struct rq_ctx_field sk_reuseport_fields[] = {
	{ .offset = 0, .size = 8, .loads = 8, POINTER(PACKET, data) }, /* data */
	{ .offset = 8, .size = 8, .loads = 8, POINTER(PACKET_END, data_end) }, /* data_end */
	{ .offset = 16, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* len */
	{ .offset = 20, .size = 4, .loads = 2 | 4 }, /* eth_protocol */
	{ .offset = 24, .size = 8, .loads = RQ_SIZES_1_2_4 }, /* ip_protocol, bind_inany */
	{ .offset = 32, .size = 4, .loads = 4 }, /* hash */
	{ .offset = 40, .size = 8, .loads = 8, POINTER(SOCKET, socket) }, /* sk */
	{ .offset = 48, .size = 8, .loads = 8, POINTER(SOCK_COMMON_OR_NULL, socket) }, /* migrating_sk */
};

static const struct rq_ctx_field sk_lookup_fields[] = {
	{ .offset = 0, .size = 8, .loads = 8, POINTER(SOCKET_OR_NULL, socket) }, /* sk */
	{ .offset = 8, .size = 60, .loads = RQ_SIZES_1_2_4 }, /* family .. ingress_ifindex */
};

static const struct rq_ctx_field cgroup_sockopt_fields[] = {
	{ .offset = 0, .size = 8, .loads = 8, POINTER(SOCKET, socket) }, /* sk */
	{ .offset = 8, .size = 8, .loads = 8, POINTER(PACKET, data) }, /* optval */
	{ .offset = 16, .size = 8, .loads = 8, POINTER(PACKET_END, data_end) }, /* optval_end */
	{ .offset = 24, .size = 8, .loads = 4, .attach_types = GETSOCKOPT }, /* level, optname */
	{ .offset = 32, .size = 8, .loads = 4, .stores = 4, .attach_types = GETSOCKOPT }, /* optlen, retval */
	{ .offset = 24, .size = 12, .loads = 4, .stores = 4, .attach_types = SETSOCKOPT }, /* level .. optlen */
};

static const struct rq_ctx_field cgroup_sysctl_fields[] = {
	{ .offset = 0, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* write */
	{ .offset = 4, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = 4 }, /* file_pos */
};

static const struct rq_ctx_field cgroup_device_fields[] = {
	{ .offset = 0, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* access_type */
	{ .offset = 4, .size = 8, .loads = 4 }, /* major, minor */
};

const struct rq_ctx_fields rq_cgroup_sock_fields = RQ_FIELDS(cgroup_sock_fields);
const struct rq_ctx_fields rq_cgroup_sock_addr_fields = RQ_FIELDS(cgroup_sock_addr_fields);
const struct rq_ctx_fields rq_sock_ops_fields = RQ_FIELDS(sock_ops_fields);
const struct rq_ctx_fields rq_sk_msg_fields = RQ_FIELDS(sk_msg_fields);
const struct rq_ctx_fields rq_sk_reuseport_fields = RQ_FIELDS(sk_reuseport_fields);
const struct rq_ctx_fields rq_sk_lookup_fields = RQ_FIELDS(sk_lookup_fields);
const struct rq_ctx_fields rq_cgroup_sockopt_fields = RQ_FIELDS(cgroup_sockopt_fields);
const struct rq_ctx_fields rq_cgroup_sysctl_fields = RQ_FIELDS(cgroup_sysctl_fields);
const struct rq_ctx_fields rq_cgroup_device_fields = RQ_FIELDS(cgroup_device_fields);
