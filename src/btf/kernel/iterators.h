/* SPDX-License-Identifier: BSD-2-Clause */
/* Iterators beside those of tasks, maps and cgroups: sockets, programs, links; and sockets by their protocol. */
#ifndef RQ_KERNEL_ITERATORS_H
#define RQ_KERNEL_ITERATORS_H

#define ITERATED(type, name) union { type *name; }

struct bpf_link {
	atomic64_t refcnt;
	u32 id;
	enum bpf_link_type type;
	struct bpf_prog *prog;
};

struct tcp6_sock {
	struct tcp_sock tcp;
};

struct udp6_sock {
	struct udp_sock udp;
};

struct tcp_timewait_sock {
	struct sock_common tw_sk;
	u32 tw_rcv_wnd;
	u32 tw_ts_offset;
	u32 tw_ts_recent;
};

struct tcp_request_sock {
	struct request_sock req;
	u32 rcv_isn;
	u32 snt_isn;
};

struct bpf_iter__tcp {
	ITERATED(struct bpf_iter_meta, meta);
	ITERATED(struct sock_common, sk_common);
	uid_t uid;
};

struct bpf_iter__udp {
	ITERATED(struct bpf_iter_meta, meta);
	ITERATED(struct udp_sock, udp_sk);
	uid_t uid;
	int bucket;
};

struct bpf_iter__unix {
	ITERATED(struct bpf_iter_meta, meta);
	ITERATED(struct unix_sock, unix_sk);
	uid_t uid;
};

struct bpf_iter__bpf_prog {
	ITERATED(struct bpf_iter_meta, meta);
	ITERATED(struct bpf_prog, prog);
};

struct bpf_iter__bpf_link {
	ITERATED(struct bpf_iter_meta, meta);
	ITERATED(struct bpf_link, link);
};

struct bpf_iter__bpf_sk_storage_map {
	ITERATED(struct bpf_iter_meta, meta);
	ITERATED(struct bpf_map, map);
	ITERATED(struct sock, sk);
	ITERATED(void, value);
};

struct bpf_iter__sockmap {
	ITERATED(struct bpf_iter_meta, meta);
	ITERATED(struct bpf_map, map);
	ITERATED(void, key);
	ITERATED(struct sock, sk);
};

struct bpf_iter__kmem_cache {
	ITERATED(struct bpf_iter_meta, meta);
	ITERATED(struct kmem_cache, s);
};

int bpf_iter_tcp(struct bpf_iter_meta *meta, struct sock_common *sk_common, uid_t uid) { return 0; }

int bpf_iter_udp(struct bpf_iter_meta *meta, struct udp_sock *udp_sk, uid_t uid, int bucket) { return 0; }

int bpf_iter_unix(struct bpf_iter_meta *meta, struct unix_sock *unix_sk, uid_t uid) { return 0; }

int bpf_iter_bpf_prog(struct bpf_iter_meta *meta, struct bpf_prog *prog) { return 0; }

int bpf_iter_bpf_link(struct bpf_iter_meta *meta, struct bpf_link *link) { return 0; }

int bpf_iter_bpf_sk_storage_map(struct bpf_iter_meta *meta, struct bpf_map *map, struct sock *sk, void *value) { return 0; }

int bpf_iter_sockmap(struct bpf_iter_meta *meta, struct bpf_map *map, void *key, struct sock *sk) { return 0; }

int bpf_iter_kmem_cache(struct bpf_iter_meta *meta, struct kmem_cache *s) { return 0; }

struct rqspin_iterator_types {
	struct bpf_link t0;
	struct tcp6_sock t1;
	struct udp6_sock t2;
	struct tcp_timewait_sock t3;
	struct tcp_request_sock t4;
	struct bpf_iter__tcp t5;
	struct bpf_iter__udp t6;
	struct bpf_iter__unix t7;
	struct bpf_iter__bpf_prog t8;
	struct bpf_iter__bpf_link t9;
	struct bpf_iter__bpf_sk_storage_map t10;
	struct bpf_iter__sockmap t11;
	struct bpf_iter__kmem_cache t12;
};

#endif
