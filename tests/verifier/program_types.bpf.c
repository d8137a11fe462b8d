/* SPDX-License-Identifier: BSD-2-Clause */
/* A program of each kind in program-types.tsv for each call there: KIND__CALL, other signs than letters and digits as '_'. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

#define KFUNC extern __attribute__((section(".ksyms"))) __attribute__((weak))
KFUNC int bpf_res_spin_lock(struct bpf_res_spin_lock *lock);
KFUNC void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock);
KFUNC int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *lock, unsigned long *flags);
KFUNC void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *lock, unsigned long *flags);
KFUNC void bpf_local_irq_save(unsigned long *flags);
KFUNC void bpf_local_irq_restore(unsigned long *flags);
KFUNC void bpf_preempt_disable(void);
KFUNC void bpf_preempt_enable(void);
KFUNC void bpf_rcu_read_lock(void);
KFUNC void bpf_rcu_read_unlock(void);

struct resilient { struct bpf_res_spin_lock lock; u64 value; };
struct plain { struct bpf_spin_lock lock; u64 value; };

#define ARRAY(name, type_of_value) \
	struct { \
		__uint(type, BPF_MAP_TYPE_ARRAY); \
		__uint(max_entries, 1); \
		__type(key, u32); \
		__type(value, type_of_value); \
	} name SEC(".maps")
ARRAY(resilients, struct resilient);
ARRAY(plains, struct plain);

#define PROGRAM(kind, section, call, body) \
	SEC(section) int kind##__##call(void *ctx) \
	{ \
		unsigned long flags __attribute__((unused)); \
		u32 key __attribute__((unused)) = 0; \
		body; \
		return 0; \
	}
#define WITH(map, type, body) \
	type *element = bpf_map_lookup_elem(&map, &key); \
	if (element) { \
		body; \
	}

#define KIND(kind, section) \
	PROGRAM(kind, section, bpf_local_irq_save, bpf_local_irq_save(&flags); bpf_local_irq_restore(&flags)) \
	PROGRAM(kind, section, bpf_preempt_disable, bpf_preempt_disable(); bpf_preempt_enable()) \
	PROGRAM(kind, section, bpf_rcu_read_lock, bpf_rcu_read_lock(); bpf_rcu_read_unlock()) \
	PROGRAM(kind, section, bpf_res_spin_lock_irqsave, \
		WITH(resilients, struct resilient, \
		     if (!bpf_res_spin_lock_irqsave(&element->lock, &flags)) \
			     bpf_res_spin_unlock_irqrestore(&element->lock, &flags))) \
	PROGRAM(kind, section, bpf_res_spin_lock, \
		WITH(resilients, struct resilient, \
		     if (!bpf_res_spin_lock(&element->lock)) \
			     bpf_res_spin_unlock(&element->lock))) \
	PROGRAM(kind, section, none_only_references_a_map_with_res_lock, \
		WITH(resilients, struct resilient, element->value = 1)) \
	PROGRAM(kind, section, bpf_spin_lock_helper, \
		WITH(plains, struct plain, bpf_spin_lock(&element->lock); bpf_spin_unlock(&element->lock)))

KIND(SOCKET_FILTER, "socket")
KIND(KPROBE, "kprobe/vfs_read")
KIND(KPROBE_multi, "kprobe.multi/vfs_read")
KIND(SCHED_CLS, "tc")
KIND(SCHED_ACT, "action")
KIND(TRACEPOINT, "tracepoint/sched/sched_switch")
KIND(XDP, "xdp")
KIND(PERF_EVENT, "perf_event")
KIND(CGROUP_SKB, "cgroup_skb/ingress")
KIND(CGROUP_SOCK, "cgroup/sock_create")
KIND(LWT_IN, "lwt_in")
KIND(LWT_OUT, "lwt_out")
KIND(LWT_XMIT, "lwt_xmit")
KIND(SOCK_OPS, "sockops")
KIND(SK_SKB, "sk_skb/stream_verdict")
KIND(CGROUP_DEVICE, "cgroup/dev")
KIND(SK_MSG, "sk_msg")
KIND(RAW_TRACEPOINT, "raw_tp/sched_switch")
KIND(CGROUP_SOCK_ADDR_connect4, "cgroup/connect4")
KIND(LWT_SEG6LOCAL, "lwt_seg6local")
KIND(LIRC_MODE2, "lirc_mode2")
KIND(SK_REUSEPORT, "sk_reuseport")
KIND(FLOW_DISSECTOR, "flow_dissector")
KIND(CGROUP_SYSCTL, "cgroup/sysctl")
KIND(RAW_TRACEPOINT_WRITABLE, "raw_tp.w/sched_switch")
KIND(CGROUP_SOCKOPT_get, "cgroup/getsockopt")
KIND(CGROUP_SOCKOPT_set, "cgroup/setsockopt")
KIND(TRACING_fentry, "fentry/vfs_read")
KIND(TRACING_fexit, "fexit/vfs_read")
KIND(TRACING_fmod_ret, "fmod_ret/bpf_modify_return_test")
KIND(TRACING_tp_btf, "tp_btf/sched_switch")
KIND(TRACING_iter_task, "iter/task")
KIND(TRACING_fentry_s, "fentry.s/bpf_fentry_test1")
KIND(STRUCT_OPS_tcp_cc_ssthresh, "struct_ops/ssthresh")
KIND(LSM_mac_file_open, "lsm/file_open")
KIND(LSM_cgroup_file_open, "lsm_cgroup/file_open")
KIND(LSM_sleepable_file_open, "lsm.s/file_open")
KIND(SK_LOOKUP, "sk_lookup")
KIND(SYSCALL, "syscall")
KIND(NETFILTER, "netfilter")

#define OPS(call) \
	SEC(".struct_ops") struct tcp_congestion_ops ops_##call = { \
		.ssthresh = (void *)STRUCT_OPS_tcp_cc_ssthresh__##call, \
		.name = "types", \
	}
OPS(bpf_local_irq_save);
OPS(bpf_preempt_disable);
OPS(bpf_rcu_read_lock);
OPS(bpf_res_spin_lock_irqsave);
OPS(bpf_res_spin_lock);
OPS(none_only_references_a_map_with_res_lock);
OPS(bpf_spin_lock_helper);
