/* SPDX-License-Identifier: BSD-2-Clause */
/* Contexts of packets: struct __sk_buff as each kind of program sees it, and struct xdp_md. */
#include "prog/fields.h"

static const struct rq_ctx_field socket_filter_fields[] = {
	{ .offset = 0, .size = 48, .loads = RQ_SIZES_1_2_4 }, /* len .. tc_index */
	{ .offset = 48, .size = 16, .loads = RQ_SIZES_1_2_4_8, .stores = RQ_SIZES_1_2_4_8 }, /* cb */
	{ .offset = 64, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = RQ_SIZES_1_2_4 }, /* cb */
	{ .offset = 68, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* hash */
	{ .offset = 84, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* napi_id */
	{ .offset = 164, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* gso_segs */
	{ .offset = 168, .size = 8, .loads = 8, POINTER(SOCK_COMMON_OR_NULL, socket) }, /* sk */
	{ .offset = 176, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* gso_size */
};

static const struct rq_ctx_field sched_fields[] = {
	{ .offset = 0, .size = 8, .loads = RQ_SIZES_1_2_4 }, /* len, pkt_type */
	{ .offset = 8, .size = 8, .loads = RQ_SIZES_1_2_4, .stores = 4 }, /* mark, queue_mapping */
	{ .offset = 16, .size = 16, .loads = RQ_SIZES_1_2_4 }, /* protocol .. vlan_proto */
	{ .offset = 32, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = 4 }, /* priority */
	{ .offset = 36, .size = 8, .loads = RQ_SIZES_1_2_4 }, /* ingress_ifindex, ifindex */
	{ .offset = 44, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = 4 }, /* tc_index */
	{ .offset = 48, .size = 16, .loads = RQ_SIZES_1_2_4_8, .stores = RQ_SIZES_1_2_4_8 }, /* cb */
	{ .offset = 64, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = RQ_SIZES_1_2_4 }, /* cb */
	{ .offset = 68, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* hash */
	{ .offset = 72, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = 4 }, /* tc_classid */
	{ .offset = 76, .size = 4, .loads = 4, POINTER(PACKET, data) }, /* data */
	{ .offset = 80, .size = 4, .loads = 4, POINTER(PACKET_END, data_end) }, /* data_end */
	{ .offset = 84, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* napi_id */
	{ .offset = 140, .size = 4, .loads = 4, POINTER(PACKET_META, data_meta) }, /* data_meta */
	{ .offset = 152, .size = 8, .loads = 8, .stores = 8 }, /* tstamp */
	{ .offset = 160, .size = 8, .loads = RQ_SIZES_1_2_4 }, /* wire_len, gso_segs */
	{ .offset = 168, .size = 8, .loads = 8, POINTER(SOCK_COMMON_OR_NULL, socket) }, /* sk */
	{ .offset = 176, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* gso_size */
	{ .offset = 180, .size = 1, .loads = 1 }, /* tstamp_type */
	{ .offset = 184, .size = 8, .loads = 8 }, /* hwtstamp */
};

static const struct rq_ctx_field cgroup_skb_fields[] = {
	{ .offset = 0, .size = 8, .loads = RQ_SIZES_1_2_4 }, /* len, pkt_type */
	{ .offset = 8, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = 4 }, /* mark */
	{ .offset = 12, .size = 20, .loads = RQ_SIZES_1_2_4 }, /* queue_mapping .. vlan_proto */
	{ .offset = 32, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = 4 }, /* priority */
	{ .offset = 36, .size = 12, .loads = RQ_SIZES_1_2_4 }, /* ingress_ifindex .. tc_index */
	{ .offset = 48, .size = 16, .loads = RQ_SIZES_1_2_4_8, .stores = RQ_SIZES_1_2_4_8 }, /* cb */
	{ .offset = 64, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = RQ_SIZES_1_2_4 }, /* cb */
	{ .offset = 68, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* hash */
	{ .offset = 76, .size = 4, .loads = 4, POINTER(PACKET, data) }, /* data */
	{ .offset = 80, .size = 4, .loads = 4, POINTER(PACKET_END, data_end) }, /* data_end */
	{ .offset = 84, .size = 8, .loads = RQ_SIZES_1_2_4 }, /* napi_id, family */
	{ .offset = 92, .size = 40, .loads = 4 }, /* remote_ip4 .. local_ip6 */
	{ .offset = 132, .size = 8, .loads = RQ_SIZES_1_2_4 }, /* remote_port, local_port */
	{ .offset = 152, .size = 8, .loads = 8, .stores = 8 }, /* tstamp */
	{ .offset = 164, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* gso_segs */
	{ .offset = 168, .size = 8, .loads = 8, POINTER(SOCK_COMMON_OR_NULL, socket) }, /* sk */
	{ .offset = 176, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* gso_size */
	{ .offset = 184, .size = 8, .loads = 8 }, /* hwtstamp */
};

static const struct rq_ctx_field lwt_fields[] = {
	{ .offset = 0, .size = 8, .loads = RQ_SIZES_1_2_4 }, /* len, pkt_type */
	{ .offset = 8, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = 4 }, /* mark */
	{ .offset = 12, .size = 20, .loads = RQ_SIZES_1_2_4 }, /* queue_mapping .. vlan_proto */
	{ .offset = 32, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = 4 }, /* priority */
	{ .offset = 36, .size = 12, .loads = RQ_SIZES_1_2_4 }, /* ingress_ifindex .. tc_index */
	{ .offset = 48, .size = 16, .loads = RQ_SIZES_1_2_4_8, .stores = RQ_SIZES_1_2_4_8 }, /* cb */
	{ .offset = 64, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = RQ_SIZES_1_2_4 }, /* cb */
	{ .offset = 68, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* hash */
	{ .offset = 76, .size = 4, .loads = 4, POINTER(PACKET, data) }, /* data */
	{ .offset = 80, .size = 4, .loads = 4, POINTER(PACKET_END, data_end) }, /* data_end */
	{ .offset = 84, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* napi_id */
	{ .offset = 164, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* gso_segs */
	{ .offset = 168, .size = 8, .loads = 8, POINTER(SOCK_COMMON_OR_NULL, socket) }, /* sk */
	{ .offset = 176, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* gso_size */
};

static const struct rq_ctx_field sk_skb_fields[] = {
	{ .offset = 0, .size = 8, .loads = RQ_SIZES_1_2_4 }, /* len, pkt_type */
	{ .offset = 12, .size = 20, .loads = RQ_SIZES_1_2_4 }, /* queue_mapping .. vlan_proto */
	{ .offset = 32, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = 4 }, /* priority */
	{ .offset = 36, .size = 8, .loads = RQ_SIZES_1_2_4 }, /* ingress_ifindex, ifindex */
	{ .offset = 44, .size = 4, .loads = RQ_SIZES_1_2_4, .stores = 4 }, /* tc_index */
	{ .offset = 48, .size = 16, .loads = RQ_SIZES_1_2_4_8 }, /* cb */
	{ .offset = 64, .size = 8, .loads = RQ_SIZES_1_2_4 }, /* cb, hash */
	{ .offset = 76, .size = 4, .loads = 4, POINTER(PACKET, data) }, /* data */
	{ .offset = 80, .size = 4, .loads = 4, POINTER(PACKET_END, data_end) }, /* data_end */
	{ .offset = 84, .size = 8, .loads = RQ_SIZES_1_2_4 }, /* napi_id, family */
	{ .offset = 92, .size = 40, .loads = 4 }, /* remote_ip4 .. local_ip6 */
	{ .offset = 132, .size = 8, .loads = RQ_SIZES_1_2_4 }, /* remote_port, local_port */
	{ .offset = 164, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* gso_segs */
	{ .offset = 168, .size = 8, .loads = 8, POINTER(SOCK_COMMON_OR_NULL, socket) }, /* sk */
	{ .offset = 176, .size = 4, .loads = RQ_SIZES_1_2_4 }, /* gso_size */
};

static const struct rq_ctx_field flow_dissector_fields[] = {
	{ .offset = 76, .size = 4, .loads = 4, POINTER(PACKET, data) }, /* data */
	{ .offset = 80, .size = 4, .loads = 4, POINTER(PACKET_END, data_end) }, /* data_end */
	{ .offset = 144, .size = 8, .loads = 8, POINTER(FLOW_KEYS, flow_keys) }, /* flow_keys */
};

static const struct rq_ctx_field xdp_fields[] = {
	{ .offset = 0, .size = 4, .loads = 4, POINTER(PACKET, data) }, /* data */
	{ .offset = 4, .size = 4, .loads = 4, POINTER(PACKET_END, data_end) }, /* data_end */
	{ .offset = 8, .size = 4, .loads = 4, POINTER(PACKET_META, data_meta) }, /* data_meta */
	{ .offset = 12, .size = 8, .loads = 4 }, /* ingress_ifindex, rx_queue_index */
};

static const struct rq_ctx_field netfilter_fields[] = {
	{ .offset = 0, .size = 8, .loads = 8, POINTER(BTF_POINTER, btf_pointers[0]), .type_name = "nf_hook_state" }, /* state */
	{ .offset = 8, .size = 8, .loads = 8, POINTER(BTF_POINTER, btf_pointers[1]), .type_name = "sk_buff" }, /* skb */
};

const struct rq_ctx_fields rq_socket_filter_fields = RQ_FIELDS(socket_filter_fields);
const struct rq_ctx_fields rq_sched_fields = RQ_FIELDS(sched_fields);
const struct rq_ctx_fields rq_cgroup_skb_fields = RQ_FIELDS(cgroup_skb_fields);
const struct rq_ctx_fields rq_lwt_fields = RQ_FIELDS(lwt_fields);
const struct rq_ctx_fields rq_sk_skb_fields = RQ_FIELDS(sk_skb_fields);
const struct rq_ctx_fields rq_flow_dissector_fields = RQ_FIELDS(flow_dissector_fields);
const struct rq_ctx_fields rq_xdp_fields = RQ_FIELDS(xdp_fields);
const struct rq_ctx_fields rq_netfilter_fields = RQ_FIELDS(netfilter_fields);
