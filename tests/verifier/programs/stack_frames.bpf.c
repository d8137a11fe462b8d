/* SPDX-License-Identifier: BSD-2-Clause */
/* How deep the frames of a chain of calls may be, for each kind of program. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define NI __attribute__((noinline))
#define RANDOM ((int)bpf_get_prandom_u32())
/* A frame of @bytes, rounded up. */
#define USE(bytes, x)                                                                                                  \
	({                                                                                                             \
		volatile char block[bytes];                                                                            \
		block[(x) & 31] = (x);                                                                                 \
		block[(bytes) - 1] = 1;                                                                                \
		block[3] + block[(x) & 15];                                                                            \
	})
#define IN_TWO(section, name) SEC(section) int name(void *ctx) { return USE(300, RANDOM) + frame300(RANDOM) ? 0 : 0; }

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, int);
} targets SEC(".maps");

struct timer_value {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, int);
	__type(value, struct timer_value);
} timers SEC(".maps");

static NI int frame300(int x) { return USE(300, x) + 1; }
static NI int frame248(int x) { return USE(248, x) + 2; }
static NI int frame200(int x) { return USE(200, x) + 3; }
static NI int frame500(int x) { return USE(500, x) + 4; }
static NI int two200(int x) { return frame200(x) + USE(200, x); }
static NI int two500(int x) { return USE(500, x) + frame500(x); }
static NI int three500(int x) { return USE(500, x) + two500(x); }
static NI int tail100(void *ctx) { int r = USE(100, RANDOM); bpf_tail_call(ctx, &targets, 0); return r; }
NI int global300(struct __sk_buff *skb) { return USE(300, skb->len); }
static int callback300(__u32 i, void *data) { return USE(300, i) > 300; }
static int timer300(void *map, int *key, struct timer_value *value) { return USE(300, RANDOM) + frame300(RANDOM) > 1000; }

IN_TWO("tc", tc_608)
IN_TWO("xdp", xdp_608)
IN_TWO("syscall", syscall_608)
IN_TWO("socket", socket_608)
IN_TWO("kprobe/x", kprobe_608)
IN_TWO("uprobe.s//bin/true:main", uprobe_sleepable_608)
IN_TWO("tracepoint/sched/sched_switch", tracepoint_608)
IN_TWO("raw_tp/sched_switch", raw_tp_608)
IN_TWO("raw_tp.w/x", raw_tp_writable_608)
IN_TWO("perf_event", perf_event_608)
IN_TWO("tp_btf/sched_switch", tp_btf_608)
IN_TWO("iter/task", iter_608)

SEC("tc") int tc_512(struct __sk_buff *skb) { return USE(248, skb->len) + frame248(skb->len); }
SEC("tc") int tc_three(struct __sk_buff *skb) { return USE(200, skb->len) + two200(skb->len); }
SEC("tc") int tc_siblings(struct __sk_buff *skb) { return USE(200, skb->len) + frame200(skb->len) + frame248(skb->len); }
SEC("tc") int tc_global_608(struct __sk_buff *skb) { return USE(300, skb->len) + global300(skb); }
SEC("tc") int tc_callback_608(struct __sk_buff *skb) { bpf_loop(4, callback300, 0, 0); return USE(300, skb->len); }
SEC("tc") int tc_tail_256(struct __sk_buff *skb) { return USE(240, skb->len) + tail100(skb); }
SEC("tc") int tc_tail_272(struct __sk_buff *skb) { return USE(264, skb->len) + tail100(skb); }
SEC("tc") int tc_timer_608(struct __sk_buff *skb)
{
	struct timer_value *value;
	int key = 0;

	value = bpf_map_lookup_elem(&timers, &key);
	if (value) {
		bpf_timer_init(&value->timer, &timers, 1);
		bpf_timer_set_callback(&value->timer, timer300);
	}
	return 0;
}
SEC("kprobe/x") int kprobe_2000(void *ctx) { return USE(500, RANDOM) + three500(RANDOM); }
SEC("kprobe/x") int kprobe_callback_608(void *ctx) { bpf_loop(4, callback300, 0, 0); return USE(300, RANDOM); }
SEC("kprobe/x") int kprobe_tail_after(void *ctx)
{
	int r = USE(300, RANDOM) + frame300(RANDOM);

	bpf_tail_call(ctx, &targets, 0);
	return r;
}
SEC("kprobe/x") int kprobe_tail_beside(void *ctx) { return USE(240, RANDOM) + tail100(ctx) + frame500(RANDOM); }
SEC("kprobe/x") int kprobe_tail_272(void *ctx) { return USE(264, RANDOM) + tail100(ctx); }
SEC("kprobe/x") int kprobe_tail_256(void *ctx) { return USE(240, RANDOM) + tail100(ctx); }

char LICENSE[] SEC("license") = "GPL";
