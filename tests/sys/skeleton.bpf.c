/* SPDX-License-Identifier: BSD-2-Clause */
/* What an ordinary loader uses: global data of each kind, maps of several types, Kconfig, kernel symbols, attachments. */
#include <vmlinux.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

const volatile int step = 1;  /* .rodata: set before the load */
long total = 40;              /* .data */
long runs, irqs, nmis;        /* .bss */
__u32 version;
int cpus, has_bpf, weak_is_there;

extern unsigned int LINUX_KERNEL_VERSION __kconfig;
extern bool CONFIG_BPF_SYSCALL __kconfig __weak;
extern int CONFIG_NR_CPUS __kconfig;
extern int CONFIG_RQSPIN_NO_SUCH_OPTION __kconfig __weak;

extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;
extern const void rqspin_no_such_symbol __ksym __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1);
} each_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} pinned SEC(".maps");

SEC("tc")
int on_packet(struct __sk_buff *packet)
{
	__u32 key = packet->len % 8, zero = 0, *kept = bpf_map_lookup_elem(&pinned, &zero);
	__u64 one = 1, *value = bpf_map_lookup_elem(&counts, &key), *mine = bpf_map_lookup_elem(&each_cpu, &zero);
	long *record = bpf_ringbuf_reserve(&ring, 8, 0);

	version = LINUX_KERNEL_VERSION;
	cpus = CONFIG_NR_CPUS;
	has_bpf = CONFIG_BPF_SYSCALL;
	weak_is_there = CONFIG_RQSPIN_NO_SUCH_OPTION || &rqspin_no_such_symbol;
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	runs++;
	total += step;
	if (value)
		__sync_fetch_and_add(value, 1);
	else
		bpf_map_update_elem(&counts, &key, &one, BPF_ANY);
	if (mine)
		++*mine;
	if (kept)
		++*kept;
	if (record) {
		*record = total;
		bpf_ringbuf_submit(record, 0);
	}
	return 0;
}

SEC("raw_tp/sched_switch")
int on_switch(void *context)
{
	__sync_fetch_and_add(&irqs, 1);
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_getpid")
int on_getpid(void *context)
{
	__sync_fetch_and_add(&irqs, 1);
	return 0;
}

SEC("kprobe/do_unlinkat")
int on_unlink(struct pt_regs *registers)
{
	__sync_fetch_and_add(&irqs, 1);
	return 0;
}

SEC("kretprobe/do_unlinkat")
int on_unlinked(struct pt_regs *registers)
{
	__sync_fetch_and_add(&irqs, 1);
	return 0;
}

SEC("perf_event")
int on_sample(struct bpf_perf_event_data *context)
{
	__sync_fetch_and_add(&nmis, 1);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
