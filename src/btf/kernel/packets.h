/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets: headers, addresses, buffers, and the devices and connections that they belong to. */
#ifndef RQ_KERNEL_PACKETS_H
#define RQ_KERNEL_PACKETS_H

struct net;
struct net_device;
struct net_device_ops;
struct sock;
struct xdp_rxq_info;
struct xdp_txq_info;

struct ethhdr {
	unsigned char h_dest[6];
	unsigned char h_source[6];
	__be16 h_proto;
};

struct iphdr {
	__u8 ihl:4;
	__u8 version:4;
	__u8 tos;
	__be16 tot_len;
	__be16 id;
	__be16 frag_off;
	__u8 ttl;
	__u8 protocol;
	__sum16 check;
	union {
		struct {
			__be32 saddr;
			__be32 daddr;
		};
		struct {
			__be32 saddr;
			__be32 daddr;
		} addrs;
	};
};

struct in6_addr {
	union {
		__u8 u6_addr8[16];
		__be16 u6_addr16[8];
		__be32 u6_addr32[4];
	} in6_u;
};

struct ipv6hdr {
	__u8 priority:4;
	__u8 version:4;
	__u8 flow_lbl[3];
	__be16 payload_len;
	__u8 nexthdr;
	__u8 hop_limit;
	union {
		struct {
			struct in6_addr saddr;
			struct in6_addr daddr;
		};
		struct {
			struct in6_addr saddr;
			struct in6_addr daddr;
		} addrs;
	};
};

struct in_addr {
	__be32 s_addr;
};

struct tcphdr {
	__be16 source;
	__be16 dest;
	__be32 seq;
	__be32 ack_seq;
	__u16 ae:1;
	__u16 res1:3;
	__u16 doff:4;
	__u16 fin:1;
	__u16 syn:1;
	__u16 rst:1;
	__u16 psh:1;
	__u16 ack:1;
	__u16 urg:1;
	__u16 ece:1;
	__u16 cwr:1;
	__be16 window;
	__sum16 check;
	__be16 urg_ptr;
};

struct udphdr {
	__be16 source;
	__be16 dest;
	__be16 len;
	__sum16 check;
};

struct icmphdr {
	__u8 type;
	__u8 code;
	__sum16 checksum;
	union {
		struct {
			__be16 id;
			__be16 sequence;
		} echo;
		__be32 gateway;
		struct {
			__be16 __unused;
			__be16 mtu;
		} frag;
		__u8 reserved[4];
	} un;
};

struct vlan_hdr {
	__be16 h_vlan_TCI;
	__be16 h_vlan_encapsulated_proto;
};

struct arphdr {
	__be16 ar_hrd;
	__be16 ar_pro;
	unsigned char ar_hln;
	unsigned char ar_pln;
	__be16 ar_op;
};

typedef unsigned short __kernel_sa_family_t;
typedef __kernel_sa_family_t sa_family_t;
struct sockaddr {
	sa_family_t sa_family;
};

struct sockaddr_in {
	__kernel_sa_family_t sin_family;
	__be16 sin_port;
	struct in_addr sin_addr;
	unsigned char __pad[8];
};

struct sockaddr_in6 {
	unsigned short sin6_family;
	__be16 sin6_port;
	__be32 sin6_flowinfo;
	struct in6_addr sin6_addr;
	__u32 sin6_scope_id;
};

typedef unsigned int sk_buff_data_t;
struct sk_buff {
	union {
		struct {
			struct sk_buff *next;
			struct sk_buff *prev;
			union {
				struct net_device *dev;
			};
		};
		struct rb_node rbnode;
		struct list_head list;
	};
	struct sock *sk;
	union {
		ktime_t tstamp;
	};
	char cb[48];
	unsigned int len;
	unsigned int data_len;
	__u16 mac_len;
	__u16 hdr_len;
	__u16 queue_mapping;
	__u8 cloned:1;
	union {
		struct {
			__u8 pkt_type:3;
			__u8 ip_summed:2;
			union {
				__wsum csum;
				struct {
					__u16 csum_start;
					__u16 csum_offset;
				};
			};
			__u32 priority;
			int skb_iif;
			__u32 hash;
			union {
				u32 vlan_all;
				struct {
					__be16 vlan_proto;
					__u16 vlan_tci;
				};
			};
			union {
				__u32 mark;
			};
			union {
				__be16 inner_protocol;
			};
			__be16 protocol;
			__u16 transport_header;
			__u16 network_header;
			__u16 mac_header;
		};
	};
	sk_buff_data_t tail;
	sk_buff_data_t end;
	unsigned char *head;
	unsigned char *data;
	unsigned int truesize;
	refcount_t users;
	u64 dev_scratch;
	u64 skb_mstamp_ns;
	u64 _skb_refdst;
	u64 _sk_redir;
	u64 _nfct;
	u8 active_extensions;
	u16 tc_index;
	u16 alloc_cpu;
	u32 napi_id;
	u32 sender_cpu;
	u32 secmark;
	u32 reserved_tailroom;
	u8 inner_ipproto;
	u16 inner_transport_header;
	u16 inner_network_header;
	u16 inner_mac_header;
};

enum netdev_ml_priv_type {
	ML_PRIV_NONE = 0,
	ML_PRIV_CAN = 1,
};

typedef u64 netdev_features_t;
typedef struct {
	struct net *net;
} possible_net_t;
struct net_device {
	union {
		struct {
			unsigned long priv_flags:32;
		};
	};
	const struct net_device_ops *netdev_ops;
	unsigned int mtu;
	unsigned long state;
	unsigned int flags;
	unsigned short hard_header_len;
	netdev_features_t features;
	int ifindex;
	possible_net_t nd_net;
	char name[16];
	unsigned short type;
	unsigned int operstate;
	unsigned char addr_len;
	const unsigned char *dev_addr;
	u8 dev_addr_shadow[32];
	u64 gso_partial_features;
	u32 real_num_tx_queues;
	u32 gso_max_size;
	u32 gso_ipv4_max_size;
	u16 gso_max_segs;
	s16 num_tc;
	u16 needed_headroom;
	struct bpf_prog *xdp_prog;
	u32 real_num_rx_queues;
	u32 gro_max_size;
	u32 gro_ipv4_max_size;
	void *rx_handler_data;
	u64 mem_end;
	u64 mem_start;
	u64 base_addr;
	u32 xdp_features;
	u16 gflags;
	u16 needed_tailroom;
	u64 hw_features;
	u64 wanted_features;
	u64 vlan_features;
	u64 hw_enc_features;
	u64 mpls_features;
	u64 mangleid_features;
	u32 min_mtu;
	u32 max_mtu;
	u8 min_header_len;
	u8 name_assign_type;
	int group;
	u8 link_mode;
	u8 if_port;
	u8 dma;
	char perm_addr[32];
	u8 addr_assign_type;
	u8 upper_level;
	u8 lower_level;
	u8 threaded;
	u16 neigh_priv_len;
	u16 dev_id;
	u16 dev_port;
	int irq;
	u32 priv_len;
	u32 promiscuity;
	u32 allmulti;
	bool uc_promisc;
	u32 num_rx_queues;
	u32 xdp_zc_max_segs;
	char broadcast[32];
	u32 num_tx_queues;
	u32 tx_queue_len;
	int watchdog_timeo;
	bool watchdog_ref_held;
	u32 proto_down_reason;
	u8 reg_state;
	bool dismantle;
	bool moving_ns;
	bool rtnl_link_initializing;
	bool needs_free_netdev;
	void *ml_priv;
	enum netdev_ml_priv_type ml_priv_type;
	u32 tso_max_size;
	u16 tso_max_segs;
	bool proto_down;
	bool irq_affinity_auto;
	bool rx_cpu_rmap_auto;
	u64 max_pacing_offload_horizon;
	u32 num_napi_configs;
	u32 napi_defer_hard_irqs;
	u64 gro_flush_timeout;
	bool up;
	bool request_ops_lock;
};

struct xdp_buff {
	void *data;
	void *data_end;
	void *data_meta;
	void *data_hard_start;
	struct xdp_rxq_info *rxq;
	struct xdp_txq_info *txq;
	union {
		struct {
			u32 frame_sz;
			u32 flags;
		};
	};
};

struct xdp_rxq_info {
	struct net_device *dev;
	u32 queue_index;
	u32 reg_state;
};

struct xdp_frame {
	void *data;
	u32 len;
	u32 headroom;
	u32 metasize;
	u32 frame_sz;
};

struct bpf_ct_opts {
	s32 netns_id;
	s32 error;
	u8 l4proto;
	u8 dir;
	u16 ct_zone_id;
	u8 ct_zone_dir;
	u8 reserved[3];
};

struct nf_conntrack {
	refcount_t use;
};

typedef u32 u_int32_t;
struct nf_conn {
	struct nf_conntrack ct_general;
	u_int32_t mark;
};

enum xdp_rss_hash_type {
	XDP_RSS_L3_IPV4 = 1,
	XDP_RSS_L3_IPV6 = 2,
	XDP_RSS_L3_DYNHDR = 4,
	XDP_RSS_L4 = 8,
	XDP_RSS_L4_TCP = 16,
	XDP_RSS_L4_UDP = 32,
	XDP_RSS_L4_SCTP = 64,
	XDP_RSS_L4_IPSEC = 128,
	XDP_RSS_L4_ICMP = 256,
	XDP_RSS_TYPE_NONE = 0,
	XDP_RSS_TYPE_L2 = 0,
	XDP_RSS_TYPE_L3_IPV4 = 1,
	XDP_RSS_TYPE_L3_IPV6 = 2,
	XDP_RSS_TYPE_L3_IPV4_OPT = 5,
	XDP_RSS_TYPE_L3_IPV6_EX = 6,
	XDP_RSS_TYPE_L4_ANY = 8,
	XDP_RSS_TYPE_L4_IPV4_TCP = 25,
	XDP_RSS_TYPE_L4_IPV4_UDP = 41,
	XDP_RSS_TYPE_L4_IPV4_SCTP = 73,
	XDP_RSS_TYPE_L4_IPV4_IPSEC = 137,
	XDP_RSS_TYPE_L4_IPV4_ICMP = 265,
	XDP_RSS_TYPE_L4_IPV6_TCP = 26,
	XDP_RSS_TYPE_L4_IPV6_UDP = 42,
	XDP_RSS_TYPE_L4_IPV6_SCTP = 74,
	XDP_RSS_TYPE_L4_IPV6_IPSEC = 138,
	XDP_RSS_TYPE_L4_IPV6_ICMP = 266,
	XDP_RSS_TYPE_L4_IPV6_TCP_EX = 30,
	XDP_RSS_TYPE_L4_IPV6_UDP_EX = 46,
	XDP_RSS_TYPE_L4_IPV6_SCTP_EX = 78,
};

#endif
