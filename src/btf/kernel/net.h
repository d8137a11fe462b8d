/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets, sockets, congestion control. */
#ifndef RQ_KERNEL_NET_H
#define RQ_KERNEL_NET_H

struct ack_sample;
struct dentry;
struct file;
struct inet_timewait_death_row;
struct module;
struct net;
struct net_device;
struct net_device_ops;
struct proto;
struct rate_sample;
struct request_sock_ops;
struct saved_syn;
struct sock;
struct socket;
struct tcp_congestion_ops;
struct unix_address;
struct vfsmount;
struct xdp_rxq_info;
struct xdp_txq_info;
union tcp_cc_info;

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
	u32 ml_priv_type;
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

typedef __u64 __addrpair;
typedef __u32 __portpair;
struct hlist_nulls_node {
	struct hlist_nulls_node *next;
	struct hlist_nulls_node **pprev;
};

struct sock_common {
	union {
		__addrpair skc_addrpair;
		struct {
			__be32 skc_daddr;
			__be32 skc_rcv_saddr;
		};
	};
	union {
		unsigned int skc_hash;
		__u16 skc_u16hashes[2];
	};
	union {
		__portpair skc_portpair;
		struct {
			__be16 skc_dport;
			__u16 skc_num;
		};
	};
	unsigned short skc_family;
	volatile unsigned char skc_state;
	unsigned char skc_reuse:4;
	unsigned char skc_reuseport:1;
	unsigned char skc_ipv6only:1;
	unsigned char skc_net_refcnt:1;
	int skc_bound_dev_if;
	union {
		struct hlist_node skc_bind_node;
		struct hlist_node skc_portaddr_node;
	};
	struct proto *skc_prot;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	union {
		unsigned long skc_flags;
		struct sock *skc_listener;
		struct inet_timewait_death_row *skc_tw_dr;
	};
	int skc_dontcopy_begin[0];
	union {
		struct hlist_node skc_node;
		struct hlist_nulls_node skc_nulls_node;
	};
	unsigned short skc_tx_queue_mapping;
	unsigned short skc_rx_queue_mapping;
	union {
		int skc_incoming_cpu;
		u32 skc_rcv_wnd;
		u32 skc_tw_rcv_nxt;
	};
	refcount_t skc_refcnt;
	int skc_dontcopy_end[0];
	union {
		u32 skc_rxhash;
		u32 skc_window_clamp;
		u32 skc_tw_snd_nxt;
	};
};

struct sk_buff_list {
	struct sk_buff *next;
	struct sk_buff *prev;
};

struct sk_buff_head {
	union {
		struct {
			struct sk_buff *next;
			struct sk_buff *prev;
		};
		struct sk_buff_list list;
	};
	__u32 qlen;
	spinlock_t lock;
};

struct wait_queue_head {
	spinlock_t lock;
	struct list_head head;
};

typedef struct wait_queue_head wait_queue_head_t;
typedef struct {
	spinlock_t slock;
	int owned;
	wait_queue_head_t wq;
} socket_lock_t;
struct sock {
	struct sock_common __sk_common;
	atomic_t sk_drops;
	struct sk_buff_head sk_receive_queue;
	struct {
		atomic_t rmem_alloc;
		int len;
		struct sk_buff *head;
		struct sk_buff *tail;
	} sk_backlog;
	int sk_rcvbuf;
	long sk_rcvtimeo;
	int sk_err;
	struct socket *sk_socket;
	socket_lock_t sk_lock;
	int sk_forward_alloc;
	atomic_t sk_omem_alloc;
	int sk_err_soft;
	int sk_wmem_queued;
	refcount_t sk_wmem_alloc;
	struct sk_buff_head sk_write_queue;
	u32 sk_pacing_status;
	unsigned long sk_pacing_rate;
	unsigned long sk_max_pacing_rate;
	long sk_sndtimeo;
	u32 sk_priority;
	u32 sk_mark;
	kuid_t sk_uid;
	u16 sk_protocol;
	u16 sk_type;
	u16 sk_gso_max_segs;
	int sk_sndbuf;
	u8 sk_pacing_shift;
	u8 sk_shutdown;
	u32 sk_ack_backlog;
	u32 sk_max_ack_backlog;
	void (*sk_state_change)(struct sock *);
	int sk_peek_off;
	int sk_rx_dst_ifindex;
	u32 sk_rx_dst_cookie;
	u32 sk_ll_usec;
	u32 sk_napi_id;
	u16 sk_busy_poll_budget;
	u8 sk_prefer_busy_poll;
	u8 sk_userlocks;
	int sk_rcvlowat;
	u32 sk_reserved_mem;
	u32 sk_tsflags;
	int sk_write_pending;
	u64 sk_tsq_flags;
	struct sk_buff *sk_send_head;
	u32 sk_dst_pending_confirm;
	u64 sk_route_caps;
	u16 sk_gso_type;
	u32 sk_gso_max_size;
	u32 sk_allocation;
	u32 sk_txhash;
	bool sk_use_task_frag;
	u64 sk_lingertime;
	u64 sk_ino;
	int sk_bind_phc;
	struct pid *sk_peer_pid;
	struct cred *sk_peer_cred;
	long sk_stamp;
	int sk_disconnects;
	u8 sk_txrehash;
	u8 sk_scm_recv_flags;
	u8 sk_clockid;
	u8 sk_bpf_cb_flags;
	void *sk_user_data;
	void *sk_security;
	struct bpf_local_storage *sk_bpf_storage;
};

typedef enum {
	SS_FREE = 0,
	SS_UNCONNECTED = 1,
	SS_CONNECTING = 2,
	SS_CONNECTED = 3,
	SS_DISCONNECTING = 4,
} socket_state;
struct socket {
	socket_state state;
	short type;
	unsigned long flags;
	struct file *file;
	struct sock *sk;
};

struct inet_sock {
	struct sock sk;
	__be32 inet_saddr;
	__be16 inet_sport;
	atomic_t inet_id;
	__u8 tos;
	__u8 min_ttl;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	__u32 icsk_rto;
	__u32 icsk_pmtu_cookie;
	const struct tcp_congestion_ops *icsk_ca_ops;
	__u8 icsk_ca_state:5;
	__u8 icsk_ca_initialized:1;
	__u8 icsk_ca_setsockopt:1;
	__u8 icsk_ca_dst_locked:1;
	__u8 icsk_retransmits;
	__u8 icsk_pending;
	__u8 icsk_backoff;
	__u8 icsk_syn_retries;
	__u8 icsk_probes_out;
	__u16 icsk_ext_hdr_len;
	u32 icsk_user_timeout;
	u64 icsk_ca_priv[13];
};

struct minmax_sample {
	u32 t;
	u32 v;
};

struct minmax {
	struct minmax_sample s[3];
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	u32 max_window;
	u32 reordering;
	u16 gso_segs;
	u32 tsoffset;
	u32 snd_wnd;
	u32 mss_cache;
	u32 snd_cwnd;
	u32 prr_out;
	u32 lost_out;
	u32 sacked_out;
	u16 tcp_header_len;
	u8 is_sack_reneg:1;
	u8 is_cwnd_limited:1;
	u32 copied_seq;
	u32 snd_wl1;
	u32 tlp_high_seq;
	u32 rttvar_us;
	u32 retrans_out;
	u16 advmss;
	u32 lost;
	u32 snd_ssthresh;
	struct minmax rtt_min;
	u32 segs_out;
	u32 data_segs_out;
	u64 bytes_sent;
	u32 snd_sml;
	u32 write_seq;
	u32 lsndtime;
	u32 mdev_us;
	u32 rtt_seq;
	u8 ecn_flags;
	u8 nonagle:4;
	__be32 pred_flags;
	u64 tcp_clock_cache;
	u64 tcp_mstamp;
	u32 rcv_nxt;
	u32 snd_nxt;
	u32 snd_una;
	u32 srtt_us;
	u32 packets_out;
	u32 snd_up;
	u32 delivered;
	u32 delivered_ce;
	u32 app_limited;
	u32 rcv_wnd;
	u32 rcv_tstamp;
	u64 bytes_received;
	u32 segs_in;
	u32 data_segs_in;
	u32 rcv_wup;
	u32 max_packets_out;
	u32 cwnd_usage_seq;
	u32 rate_delivered;
	u32 rate_interval_us;
	u64 first_tx_mstamp;
	u64 delivered_mstamp;
	u64 bytes_acked;
	u8 syn_fastopen:1;
	u32 mdev_max_us;
	u32 snd_cwnd_cnt;
	u32 snd_cwnd_clamp;
	u32 snd_cwnd_used;
	u32 snd_cwnd_stamp;
	u32 prior_cwnd;
	u32 prr_delivered;
	u32 prior_ssthresh;
	u32 high_seq;
	u32 retrans_stamp;
	u32 undo_marker;
	int undo_retrans;
	u64 bytes_retrans;
	u32 total_retrans;
	unsigned int keepalive_time;
	u8 bpf_sock_ops_cb_flags;
	u32 rcv_ssthresh;
	u32 notsent_lowat;
	struct sk_buff *retransmit_skb_hint;
	u8 scaling_ratio;
	u16 urg_data;
	u8 chrono_type;
	u32 chrono_start;
	u32 pushed_seq;
	u64 tcp_wstamp_ns;
	u64 accecn_opt_tstamp;
	struct sk_buff *highest_sack;
	u32 window_clamp;
	u32 received_ce;
	u32 rcv_rtt_last_tsecr;
	u32 dsack_dups;
	u32 compressed_ack_rcv_nxt;
	u8 compressed_ack;
	u8 repair_queue;
	u8 keepalive_probes;
	u32 tcp_tx_delay;
	u32 reord_seen;
	u32 last_oow_ack_time;
	struct sk_buff *ooo_last_skb;
	u32 mtu_info;
	u32 rto_stamp;
	u16 total_rto;
	u16 total_rto_recoveries;
	u32 total_rto_time;
	u32 urg_seq;
	u32 keepalive_intvl;
	int linger2;
	u16 timeout_rehash;
	u32 rcv_ooopack;
	u32 plb_rehash;
	bool is_mptcp;
	struct request_sock *fastopen_rsk;
};

struct timer_list {
	unsigned long expires;
	u32 flags;
};

struct request_sock {
	struct sock_common __req_common;
	struct request_sock *dl_next;
	u16 mss;
	u8 num_retrans;
	u8 syncookie:1;
	u8 num_timeout:7;
	u32 ts_recent;
	struct timer_list rsk_timer;
	const struct request_sock_ops *rsk_ops;
	struct sock *sk;
	struct saved_syn *saved_syn;
	u32 secid;
	u32 peer_secid;
	u32 timeout;
};

struct udp_sock {
	struct inet_sock inet;
	int pending;
	__u8 encap_type;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct unix_sock {
	struct sock sk;
	struct unix_address *addr;
	struct path path;
};

struct tcp_congestion_ops {
	u32 (*ssthresh)(struct sock *);
	void (*cong_avoid)(struct sock *, u32, u32);
	void (*set_state)(struct sock *, u8);
	void (*cwnd_event)(struct sock *, enum tcp_ca_event);
	void (*in_ack_event)(struct sock *, u32);
	void (*pkts_acked)(struct sock *, const struct ack_sample *);
	u32 (*min_tso_segs)(struct sock *);
	void (*cong_control)(struct sock *, u32, int, const struct rate_sample *);
	u32 (*undo_cwnd)(struct sock *);
	u32 (*sndbuf_expand)(struct sock *);
	size_t (*get_info)(struct sock *, u32, int *, union tcp_cc_info *);
	char name[16];
	struct module *owner;
	struct list_head list;
	u32 key;
	u32 flags;
	void (*init)(struct sock *);
	void (*release)(struct sock *);
};

enum bpf_struct_ops_state {
	BPF_STRUCT_OPS_STATE_INIT = 0,
	BPF_STRUCT_OPS_STATE_INUSE = 1,
	BPF_STRUCT_OPS_STATE_TOBEFREE = 2,
	BPF_STRUCT_OPS_STATE_READY = 3,
};

struct bpf_struct_ops_common_value {
	refcount_t refcnt;
	enum bpf_struct_ops_state state;
};

struct bpf_struct_ops_tcp_congestion_ops {
	struct bpf_struct_ops_common_value common;
	struct tcp_congestion_ops data;
};

struct rate_sample {
	u64 prior_mstamp;
	u32 prior_delivered;
	u32 prior_delivered_ce;
	s32 delivered;
	s32 delivered_ce;
	long interval_us;
	u32 snd_interval_us;
	u32 rcv_interval_us;
	long rtt_us;
	int losses;
	u32 acked_sacked;
	u32 prior_in_flight;
	u32 last_end_seq;
	bool is_app_limited;
	bool is_retrans;
	bool is_ack_delayed;
};

struct ack_sample {
	u32 pkts_acked;
	s32 rtt_us;
	u32 in_flight;
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

struct net {
	u32 ifindex;
	u32 hash_mix;
};

struct netns_ipv4 {
	const struct tcp_congestion_ops *tcp_congestion_control;
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
