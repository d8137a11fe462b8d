// SPDX-License-Identifier: BSD-2-Clause
/* Bytes of packets, their growing and shrinking, checksums; and what is left of a packet after it. */
#include "common.h"

#define SKB(name, ...)                                                                                                 \
	SEC("tc") int name(struct __sk_buff *ctx)                                                                      \
	{                                                                                                              \
		char bytes[8] = "";                                                                                    \
		__u32 hash = 7;                                                                                        \
                                                                                                                       \
		__VA_ARGS__                                                                                            \
		NOTE(hash_of(bytes, 8));                                                                               \
		NOTE(ctx->len);                                                                                        \
		return hash;                                                                                           \
	}
#define XDP(name, ...)                                                                                                 \
	SEC("xdp") int name(struct xdp_md *ctx)                                                                        \
	{                                                                                                              \
		char bytes[8] = "";                                                                                    \
		__u32 hash = 7;                                                                                        \
                                                                                                                       \
		__VA_ARGS__                                                                                            \
		NOTE(hash_of(bytes, 8));                                                                               \
		NOTE(ctx->data_end - ctx->data);                                                                       \
		NOTE(ctx->data - ctx->data_meta);                                                                      \
		return hash;                                                                                           \
	}
#define NOTE(value) hash = mix(hash, value)

SKB(skb_load, NOTE(bpf_skb_load_bytes(ctx, 60, bytes, 4)); NOTE(bpf_skb_load_bytes(ctx, 61, bytes, 4));
	NOTE(bpf_skb_load_bytes(ctx, -1, bytes, 4)); NOTE(bpf_skb_load_bytes(ctx, 64, bytes, 1));)
SKB(skb_load_failed, __builtin_memset(bytes, '~', 8); NOTE(bpf_skb_load_bytes(ctx, 61, bytes, 4));)
SKB(skb_store, NOTE(bpf_skb_store_bytes(ctx, 60, "abcd", 4, 0)); NOTE(bpf_skb_store_bytes(ctx, 61, "abcd", 4, 0));
	NOTE(bpf_skb_store_bytes(ctx, 60, "abcd", 4, 4)); NOTE(bpf_skb_store_bytes(ctx, 60, "wxyz", 4, 3));
	NOTE(bpf_skb_load_bytes(ctx, 60, bytes, 4));)
SKB(skb_store_recompute, NOTE(bpf_skb_store_bytes(ctx, 20, "abcd", 4, 1)); NOTE(bpf_skb_load_bytes(ctx, 20, bytes, 4));)
SKB(skb_pull, NOTE(bpf_skb_pull_data(ctx, 0)); NOTE(bpf_skb_pull_data(ctx, 64)); NOTE(bpf_skb_pull_data(ctx, 65));)
SKB(skb_grow_tail, NOTE(bpf_skb_change_tail(ctx, 80, 0)); NOTE(bpf_skb_load_bytes(ctx, 70, bytes, 8));)
SKB(skb_cut_tail, NOTE(bpf_skb_change_tail(ctx, 20, 0)); NOTE(bpf_skb_load_bytes(ctx, 12, bytes, 8));
	NOTE(bpf_skb_load_bytes(ctx, 13, bytes, 8));)
SKB(skb_cut_too_much, NOTE(bpf_skb_change_tail(ctx, 4, 0)); NOTE(bpf_skb_change_tail(ctx, 20, 1));)
SKB(skb_grow_head, NOTE(bpf_skb_change_head(ctx, 14, 0)); NOTE(bpf_skb_load_bytes(ctx, 8, bytes, 8));
	NOTE(bpf_skb_change_head(ctx, 4, 1));)
SKB(skb_direct, {
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	if (data + 64 <= end)
		*(__u32 *)(data + 56) = 0x01020304;
	NOTE(end - data);
	NOTE(bpf_skb_load_bytes(ctx, 56, bytes, 8)); })
XDP(xdp_load, NOTE(bpf_xdp_load_bytes(ctx, 60, bytes, 4)); NOTE(bpf_xdp_load_bytes(ctx, 61, bytes, 4));
	NOTE(bpf_xdp_load_bytes(ctx, -1, bytes, 4));)
XDP(xdp_store, NOTE(bpf_xdp_store_bytes(ctx, 60, "abcd", 4)); NOTE(bpf_xdp_store_bytes(ctx, 61, "abcd", 4));
	NOTE(bpf_xdp_load_bytes(ctx, 58, bytes, 6));)
XDP(xdp_grow_head, NOTE(bpf_xdp_adjust_head(ctx, -16));)
XDP(xdp_grow_head_most, NOTE(bpf_xdp_adjust_head(ctx, -216)); NOTE(bpf_xdp_adjust_head(ctx, -8));)
XDP(xdp_grow_head_too_much, NOTE(bpf_xdp_adjust_head(ctx, -300));)
XDP(xdp_cut_head, NOTE(bpf_xdp_adjust_head(ctx, 50)); NOTE(bpf_xdp_adjust_head(ctx, 1));)
XDP(xdp_cut_tail, NOTE(bpf_xdp_adjust_tail(ctx, -50)); NOTE(bpf_xdp_adjust_tail(ctx, -1));)
XDP(xdp_grow_tail, NOTE(bpf_xdp_adjust_tail(ctx, 16)); NOTE(bpf_xdp_load_bytes(ctx, 72, bytes, 8));)
XDP(xdp_grow_tail_too_much, NOTE(bpf_xdp_adjust_tail(ctx, 5000));)
XDP(xdp_meta, NOTE(bpf_xdp_adjust_meta(ctx, -8)); NOTE(bpf_xdp_adjust_meta(ctx, 4)); NOTE(bpf_xdp_adjust_meta(ctx, 8));)
XDP(xdp_meta_odd, NOTE(bpf_xdp_adjust_meta(ctx, -6));)
XDP(xdp_meta_large, NOTE(bpf_xdp_adjust_meta(ctx, -32)); NOTE(bpf_xdp_adjust_meta(ctx, -100)); NOTE(bpf_xdp_adjust_meta(ctx, -256));)
XDP(xdp_meta_and_head, NOTE(bpf_xdp_adjust_meta(ctx, -16)); NOTE(bpf_xdp_adjust_head(ctx, -4)); NOTE(bpf_xdp_adjust_head(ctx, 8));)
XDP(xdp_length, NOTE(bpf_xdp_get_buff_len(ctx)); NOTE(bpf_xdp_adjust_tail(ctx, -10)); NOTE(bpf_xdp_get_buff_len(ctx));)

const __u32 words[4] = { 0x01020304, 0xffff0000, 0x11223344, 0x0000ffff };

SKB(csum_both, NOTE(bpf_csum_diff((__be32 *)words, 8, (__be32 *)words + 2, 8, 5));)
SKB(csum_to, NOTE(bpf_csum_diff(0, 0, (__be32 *)words, 16, 0)); NOTE(bpf_csum_diff(0, 0, (__be32 *)words, 4, 0xffffffff));)
SKB(csum_from, NOTE(bpf_csum_diff((__be32 *)words, 16, 0, 0, 0)); NOTE(bpf_csum_diff((__be32 *)words, 4, 0, 0, 7));)
SKB(csum_odd, NOTE(bpf_csum_diff((__be32 *)words, 6, 0, 0, 0)); NOTE(bpf_csum_diff(0, 0, 0, 0, 9));)
SKB(csum_uneven, NOTE(bpf_csum_diff((__be32 *)words, 4, (__be32 *)words + 1, 12, 3)); NOTE(bpf_csum_diff((__be32 *)words, 12, (__be32 *)words + 1, 4, 3));)
SKB(redirect, NOTE(bpf_redirect(1, 0)); NOTE(bpf_redirect(1, 1)); NOTE(bpf_redirect(1, 2));)
XDP(xdp_redirect, NOTE(bpf_redirect(1, 0)); NOTE(bpf_redirect(1, 1));)
