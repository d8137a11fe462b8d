/* SPDX-License-Identifier: BSD-2-Clause */
/* Draining a user ring buffer: what the callback gets, what it may do and return, where the call may stand. */
#include "general.h"
struct { __uint(type, BPF_MAP_TYPE_USER_RINGBUF); __uint(max_entries, 4096); } ring SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } out SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, u64); } array SEC(".maps");
struct value { struct bpf_spin_lock lock; u64 n; };
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __uint(max_entries, 1); __type(key, u32); __type(value, struct value); } locked SEC(".maps");
extern u32 bpf_dynptr_size(const struct bpf_dynptr *p) __ksym;
extern int bpf_dynptr_clone(const struct bpf_dynptr *p, struct bpf_dynptr *clone) __ksym;
extern int bpf_dynptr_adjust(const struct bpf_dynptr *p, u32 start, u32 end) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *p, u32 offset, void *buffer, u32 size) __ksym;
extern void bpf_throw(u64 cookie) __ksym;
u64 sum; char big[131073];
#define DRAIN(n, sec, ...) static long n##_cb(struct bpf_dynptr *d, void *c) { __VA_ARGS__ } \
 SEC(sec) int n(void *ctx) { u64 x = 0; bpf_user_ringbuf_drain(&ring, n##_cb, &x, 0); return 0; }
DRAIN(u_zero, "tc", return 0;)
DRAIN(u_one, "tc", return 1;)
DRAIN(u_two, "tc", return 2;)
DRAIN(u_negative, "tc", return -1;)
DRAIN(u_unknown, "tc", return sum;)
DRAIN(u_bit, "tc", return sum & 1;)
DRAIN(u_tp, "tp/syscalls/sys_enter_read", return 0;)
DRAIN(u_kprobe, "kprobe/do_nothing", return 0;)
DRAIN(u_syscall, "syscall", return 0;)
DRAIN(u_xdp, "xdp", return 0;)
DRAIN(u_read, "tc", u64 x = 0; if (bpf_dynptr_read(&x, 8, d, 0, 0)) return 1; sum += x; return 0;)
DRAIN(u_data, "tc", u64 *x = bpf_dynptr_data(d, 0, 8); if (!x) return 1; sum += *x; return 0;)
DRAIN(u_data_unchecked, "tc", u64 *x = bpf_dynptr_data(d, 0, 8); sum += *x; return 0;)
DRAIN(u_data_past, "tc", u64 *x = bpf_dynptr_data(d, 0, 8); if (!x) return 1; sum += x[1]; return 0;)
DRAIN(u_data_write, "tc", u64 *x = bpf_dynptr_data(d, 0, 8); if (!x) return 1; *x = 3; return 0;)
DRAIN(u_write, "tc", u64 x = 0; bpf_dynptr_write(d, 0, &x, 8, 0); return 0;)
DRAIN(u_size, "tc", sum += bpf_dynptr_size(d); return 0;)
DRAIN(u_slice, "tc", u64 b; u64 *x = bpf_dynptr_slice(d, 0, &b, 8); if (x) sum += *x; return 0;)
DRAIN(u_clone, "tc", struct bpf_dynptr e; bpf_dynptr_clone(d, &e); sum += bpf_dynptr_size(&e); return 0;)
DRAIN(u_adjust, "tc", bpf_dynptr_adjust(d, 0, 4); return 0;)
DRAIN(u_submit, "tc", bpf_ringbuf_submit_dynptr(d, 0); return 0;)
DRAIN(u_discard, "tc", bpf_ringbuf_discard_dynptr(d, 0); return 0;)
DRAIN(u_load, "tc", sum += *(u64 *)d; return 0;)
DRAIN(u_store, "tc", *(u64 *)d = 0; return 0;)
DRAIN(u_moved, "tc", sum += bpf_dynptr_size((void *)d + 8); return 0;)
DRAIN(u_moved_read, "tc", u64 x = 0; bpf_dynptr_read(&x, 8, (void *)d + 8, 0, 0); return 0;)
DRAIN(u_overwrite, "tc", bpf_dynptr_from_mem(&sum, 8, 0, d); return 0;)
DRAIN(u_reserve, "tc", bpf_ringbuf_reserve_dynptr(&out, 8, 0, d); return 0;)
DRAIN(u_leak, "tc", void *r = bpf_ringbuf_reserve(&out, 8, 0); if (!r) return 1; return 0;)
DRAIN(u_no_leak, "tc", void *r = bpf_ringbuf_reserve(&out, 8, 0); if (!r) return 1; bpf_ringbuf_discard(r, 0); return 0;)
DRAIN(u_store_pointer, "tc", *(volatile u64 *)&sum = (u64)d; return 0;)
DRAIN(u_context, "tc", *(u64 *)c += 1; return 0;)
DRAIN(u_context_past, "tc", *((u64 *)c + 1) = 1; return 0;)
DRAIN(u_throw, "tc", bpf_throw(3); return 0;)
DRAIN(u_lock, "tc", u32 k = 0; struct value *v = bpf_map_lookup_elem(&locked, &k); if (!v) return 1; bpf_spin_lock(&v->lock); return 0;)
DRAIN(u_lock_pair, "tc", u32 k = 0; struct value *v = bpf_map_lookup_elem(&locked, &k); if (!v) return 1; bpf_spin_lock(&v->lock); v->n++; bpf_spin_unlock(&v->lock); return 0;)
DRAIN(u_nested, "tc", u64 x = 0; bpf_user_ringbuf_drain(&ring, u_zero_cb, &x, 0); return 0;)
static long plain_cb(struct bpf_dynptr *d, void *c) { sum += c != 0; return 0; }
SEC("tc") int u_null(void *ctx) { bpf_user_ringbuf_drain(&ring, plain_cb, 0, 0); return 0; }
SEC("tc") int u_ctx_context(void *ctx) { bpf_user_ringbuf_drain(&ring, plain_cb, ctx, 0); return 0; }
SEC("tc") int u_ctx_value(void *ctx) { bpf_user_ringbuf_drain(&ring, plain_cb, &sum, 0); return 0; }
SEC("tc") int u_ctx_number(void *ctx) { bpf_user_ringbuf_drain(&ring, plain_cb, (void *)5, 0); return 0; }
SEC("tc") int u_flags(void *ctx) { bpf_user_ringbuf_drain(&ring, plain_cb, 0, 77); return 0; }
SEC("tc") int u_flags_unknown(void *ctx) { bpf_user_ringbuf_drain(&ring, plain_cb, 0, sum); return 0; }
SEC("tc") int u_out(void *ctx) { bpf_user_ringbuf_drain(&out, plain_cb, 0, 0); return 0; }
SEC("tc") int u_array(void *ctx) { bpf_user_ringbuf_drain(&array, plain_cb, 0, 0); return 0; }
SEC("tc") int u_map_output(void *ctx) { u64 x = 0; bpf_ringbuf_output(&ring, &x, 8, 0); return 0; }
SEC("tc") int u_map_reserve(void *ctx) { void *r = bpf_ringbuf_reserve(&ring, 8, 0); if (r) bpf_ringbuf_discard(r, 0); return 0; }
SEC("tc") int u_map_query(void *ctx) { return bpf_ringbuf_query(&ring, 0); }
SEC("tc") int u_map_lookup(void *ctx) { u32 k = 0; return bpf_map_lookup_elem(&ring, &k) != 0; }
SEC("tc") int u_map_dynptr(void *ctx) { struct bpf_dynptr d; bpf_ringbuf_reserve_dynptr(&ring, 8, 0, &d); bpf_ringbuf_discard_dynptr(&d, 0); return 0; }
static long each_cb(void *m, void *k, void *v, void *c) { return 0; }
SEC("tc") int u_map_each(void *ctx) { bpf_for_each_map_elem(&ring, each_cb, 0, 0); return 0; }
SEC("tc") int u_under_lock(void *ctx) { u32 k = 0; struct value *v = bpf_map_lookup_elem(&locked, &k); if (!v) return 0; bpf_spin_lock(&v->lock); bpf_user_ringbuf_drain(&ring, plain_cb, 0, 0); bpf_spin_unlock(&v->lock); return 0; }
SEC("tc") int u_result(void *ctx) { long n = bpf_user_ringbuf_drain(&ring, plain_cb, 0, 0); char b[8] = {}; if (n < 0) return 0; return b[n]; }
SEC("tc") int u_result_max(void *ctx) { long n = bpf_user_ringbuf_drain(&ring, plain_cb, 0, 0); if (n < 0) return 0; return big[n]; }
static long one_arg_cb(struct bpf_dynptr *d) { return 0; }
SEC("tc") int u_one_arg(void *ctx) { bpf_user_ringbuf_drain(&ring, one_arg_cb, 0, 0); return 0; }
SEC("tc") int u_kept(void *ctx) { struct bpf_dynptr d; u64 x = 0; bpf_dynptr_from_mem(&sum, 8, 0, &d); bpf_user_ringbuf_drain(&ring, u_read_cb, &x, 0); return bpf_dynptr_size(&d); }
DRAIN(u_moved_unknown, "tc", u64 n = sum & 7; asm volatile("%0 += %1":"+r"(d):"r"(n)); sum += bpf_dynptr_size(d); return 0;)
DRAIN(u_moved_unknown_read, "tc", u64 x=0, n = sum & 7; asm volatile("%0 += %1":"+r"(d):"r"(n)); bpf_dynptr_read(&x, 8, d, 0, 0); return 0;)
DRAIN(u_moved_back, "tc", asm volatile("%0 += 8; %0 += -8":"+r"(d)); sum += bpf_dynptr_size(d); return 0;)
DRAIN(u_moved_zero, "tc", asm volatile("%0 += 0":"+r"(d)); sum += bpf_dynptr_size(d); return 0;)
DRAIN(u_moved_negative, "tc", asm volatile("%0 += -8":"+r"(d)); sum += bpf_dynptr_size(d); return 0;)
DRAIN(u_moved_subtract, "tc", asm volatile("%0 -= 8":"+r"(d)); sum += bpf_dynptr_size(d); return 0;)
DRAIN(u_moved_discard, "tc", asm volatile("%0 += 8":"+r"(d)); bpf_ringbuf_discard_dynptr(d, 0); return 0;)
DRAIN(u_moved_load, "tc", asm volatile("%0 += 8":"+r"(d)); sum += *(u64*)d; return 0;)
DRAIN(u_moved_and, "tc", asm volatile("%0 &= 8":"+r"(d)); sum += (u64)d; return 0;)
DRAIN(u_moved_kept, "tc", asm volatile("%0 += 8":"+r"(d)); sum += (u64)d; return 0;)
__attribute__((noinline)) int global_fn(const struct bpf_dynptr *d) { return bpf_dynptr_size(d) & 1; }
DRAIN(u_moved_global, "tc", asm volatile("%0 += 8":"+r"(d)); return global_fn(d);)
DRAIN(u_unmoved_global, "tc", return global_fn(d);)
DRAIN(u_moved_mem, "raw_tp", asm volatile("%0 += 8":"+r"(d)); bpf_get_current_comm(d, 8); return 0;)
DRAIN(u_moved_from, "tc", asm volatile("%0 += 8":"+r"(d)); bpf_dynptr_from_mem(&sum, 8, 0, d); return 0;)
char LICENSE[] SEC("license") = "GPL";
