/* SPDX-License-Identifier: BSD-2-Clause */
/* A skeleton that bpftool made, unmodified libbpf, -lrqspin before it: what an ordinary loader does works. */
#include "machine.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "skeleton.skel.h"

static struct skeleton *skeleton;

static int begin(void **state)
{
	if (make_machine(state))
		return -1;
	skeleton = skeleton__open();
	if (!skeleton)
		return -1;
	skeleton->rodata->step = 2;
	return skeleton__load(skeleton);
}

static int finish(void **state)
{
	skeleton__destroy(skeleton);
	return end_machine(state);
}

static void run(const struct bpf_program *program, unsigned int cpu, int times)
{
	const uint8_t packet[64] = { 0 };
	struct rq_run run = { .size = sizeof(run), .prog_fd = bpf_program__fd(program), .cpu = cpu, .repeat = times,
			      .data_in = packet, .data_size_in = sizeof(packet) };

	assert_int_equal(rq_machine_run(machine, &run), 0);
}

static void global_data_is_the_programs(void **state)
{
	run(skeleton->progs.on_packet, 0, 3);
	assert_int_equal(skeleton->bss->runs, 3);
	assert_int_equal(skeleton->data->total, 46);
	skeleton->data->total = 100;
	run(skeleton->progs.on_packet, 0, 1);
	assert_int_equal(skeleton->data->total, 102);
}

static void kconfig_and_kernel_symbols_come_from_the_profile(void **state)
{
	run(skeleton->progs.on_packet, 0, 1);
	assert_int_equal(skeleton->bss->version, 6 << 16 | 18 << 8);
	assert_true(skeleton->bss->has_bpf);
	assert_int_equal(skeleton->bss->cpus, 2);
	assert_false(skeleton->bss->weak_is_there);
}

/* Raised on CPU 0, which runs something before and after: a signal that was sent has landed then. */
static void raise(enum rq_machine_interrupt kind)
{
	run(skeleton->progs.on_packet, 0, 1);
	assert_int_equal(rq_machine_raise(machine, 0, kind), 0);
	run(skeleton->progs.on_packet, 0, 1);
}

/* Raw tracepoint, tracepoint, kprobe and kretprobe; perf_event programs have no automatic attachment. */
static void attach_and_detach_are_felt(void **state)
{
	assert_int_equal(skeleton__attach(skeleton), 0);
	raise(RQ_MACHINE_IRQ);
	assert_int_equal(skeleton->bss->irqs, 4);
	skeleton__detach(skeleton);
	raise(RQ_MACHINE_IRQ);
	assert_int_equal(skeleton->bss->irqs, 4);
	assert_int_equal(next_id(BPF_LINK_GET_NEXT_ID, 0), -ENOENT);
}

static void samples_are_attached_cpu_by_cpu(void **state)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_HARDWARE, .size = sizeof(attr), .sample_freq = 99, .freq = 1 };
	struct bpf_link *links[2];

	for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++) {
		int fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

		links[cpu] = bpf_program__attach_perf_event(skeleton->progs.on_sample, fd);
		assert_non_null(links[cpu]);
	}
	raise(RQ_MACHINE_NMI);
	assert_int_equal(skeleton->bss->nmis, 1);
	bpf_link__destroy(links[0]);
	raise(RQ_MACHINE_NMI);
	assert_int_equal(skeleton->bss->nmis, 1);
	bpf_link__destroy(links[1]);
}

static void a_link_is_pinned_through_libbpf(void **state)
{
	struct bpf_link *link = bpf_program__attach_raw_tracepoint(skeleton->progs.on_switch, "sched_switch");

	assert_int_equal(bpf_link__pin(link, "/sys/fs/bpf/links/switch"), 0);
	bpf_link__destroy(link);
	raise(RQ_MACHINE_IRQ);
	assert_int_equal(skeleton->bss->irqs, 1);
	link = bpf_link__open("/sys/fs/bpf/links/switch");
	assert_non_null(link);
	assert_int_equal(bpf_link__unpin(link), 0);
	bpf_link__destroy(link);
	raise(RQ_MACHINE_IRQ);
	assert_int_equal(skeleton->bss->irqs, 1);
}

static int keep(void *last, void *data, size_t size)
{
	assert_int_equal(size, 8);
	*(long *)last = *(long *)data;
	return 0;
}

static void a_ring_buffer_is_polled(void **state)
{
	long last = 0;
	struct ring_buffer *ring = ring_buffer__new(bpf_map__fd(skeleton->maps.ring), keep, &last, NULL);

	assert_non_null(ring);
	run(skeleton->progs.on_packet, 0, 2);
	assert_int_equal(ring_buffer__poll(ring, 1000), 2);
	assert_int_equal(last, 44);
	assert_int_equal(ring_buffer__poll(ring, 0), 0);
	ring_buffer__free(ring);
}

static void values_of_each_cpu_are_read_at_once(void **state)
{
	uint64_t values[2];
	uint32_t key = 0;

	run(skeleton->progs.on_packet, 0, 1);
	run(skeleton->progs.on_packet, 1, 2);
	assert_int_equal(bpf_map__lookup_elem(skeleton->maps.each_cpu, &key, sizeof(key), values, sizeof(values), 0), 0);
	assert_int_equal(values[0], 1);
	assert_int_equal(values[1], 2);
}

static void elements_go_in_batches(void **state)
{
	uint32_t keys[8] = { 10, 11, 12, 13, 14, 15, 16, 17 }, count = 8, cursor, found[64];
	uint64_t values[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, read[64], sum = 0;
	int fd = bpf_map__fd(skeleton->maps.counts);

	assert_int_equal(bpf_map_update_batch(fd, keys, values, &count, NULL), 0);
	count = 64;
	assert_int_equal(bpf_map_lookup_batch(fd, NULL, &cursor, found, read, &count, NULL), -ENOENT); /* all there are */
	assert_int_equal(count, 8);
	for (uint32_t i = 0; i < count; i++)
		sum += read[i];
	assert_int_equal(sum, 36);
	count = 4;
	assert_int_equal(bpf_map_delete_batch(fd, keys, &count, NULL), 0);
	assert_int_equal(bpf_map__lookup_elem(skeleton->maps.counts, &keys[3], 4, &values[0], 8, 0), -ENOENT);
	assert_int_equal(bpf_map__delete_elem(skeleton->maps.counts, &keys[4], 4, 0), 0);
	assert_int_equal(bpf_map__get_next_key(skeleton->maps.counts, NULL, &keys[0], 4), 0);
}

/* LIBBPF_PIN_BY_NAME: who loads it again finds the same map. */
static void a_map_that_is_pinned_by_name_is_used_again(void **state)
{
	struct skeleton *second;
	uint32_t key = 0, value;

	run(skeleton->progs.on_packet, 0, 5);
	second = skeleton__open_and_load();
	assert_non_null(second);
	run(second->progs.on_packet, 0, 1);
	assert_int_equal(bpf_map__lookup_elem(skeleton->maps.pinned, &key, 4, &value, 4, 0), 0);
	assert_int_equal(value, 6);
	assert_int_equal(bpf_map__unpin(skeleton->maps.pinned, NULL), 0);
	skeleton__destroy(second);
}

/* As for the host's interface, of which nothing changes: there is no such filter or program outside. */
static void tc_programs_are_attached_to_an_interface(void **state)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = 1, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_hook, nowhere, .ifindex = 123456, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, filter, .prog_fd = bpf_program__fd(skeleton->progs.on_packet));
	LIBBPF_OPTS(bpf_tc_opts, found);

	assert_int_equal(bpf_tc_attach(&hook, &filter), -ENOENT);
	assert_int_equal(bpf_tc_hook_create(&nowhere), -ENODEV);
	assert_int_equal(bpf_tc_hook_create(&hook), 0);
	assert_int_equal(bpf_tc_hook_create(&hook), -EEXIST);
	assert_int_equal(bpf_tc_attach(&hook, &filter), 0);
	assert_true(filter.prog_id > 0 && filter.handle > 0 && filter.priority > 0);
	found.handle = filter.handle;
	found.priority = filter.priority;
	assert_int_equal(bpf_tc_query(&hook, &found), 0);
	assert_int_equal(found.prog_id, filter.prog_id);
	found.prog_id = 0;
	assert_int_equal(bpf_tc_detach(&hook, &found), 0);
	assert_int_equal(bpf_tc_detach(&hook, &found), -ENOENT);
	filter.prog_id = 0;
	assert_int_equal(bpf_tc_attach(&hook, &filter), 0);
	filter.prog_id = 0;
	assert_int_equal(bpf_tc_attach(&hook, &filter), -EEXIST);
	filter.flags = BPF_TC_F_REPLACE;
	assert_int_equal(bpf_tc_attach(&hook, &filter), 0);
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	assert_int_equal(bpf_tc_hook_destroy(&hook), 0);
	assert_int_equal(bpf_tc_hook_destroy(&hook), -ENOENT);
}

static void xdp_programs_are_attached_to_an_interface(void **state)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	int prog = program_returning(2, BPF_PROG_TYPE_XDP);
	uint32_t id;

	assert_int_equal(bpf_xdp_attach(1, bpf_program__fd(skeleton->progs.on_packet), 0, NULL), -EINVAL);
	assert_int_equal(bpf_xdp_attach(1, prog, 0, NULL), 0);
	assert_int_equal(bpf_xdp_attach(1, prog, XDP_FLAGS_UPDATE_IF_NOEXIST, NULL), -EBUSY);
	assert_int_equal(bpf_xdp_query_id(1, 0, &id), 0);
	assert_true(id > 0);
	assert_int_equal(bpf_xdp_query(1, 0, &query), 0);
	assert_int_equal(query.prog_id, id);
	assert_int_equal(bpf_xdp_detach(1, 0, NULL), 0);
	assert_int_equal(bpf_xdp_query_id(1, 0, &id), 0);
	assert_int_equal(id, 0);
	close(prog);
}

#define SKELETON(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SKELETON(global_data_is_the_programs),
		SKELETON(kconfig_and_kernel_symbols_come_from_the_profile),
		SKELETON(attach_and_detach_are_felt),
		SKELETON(samples_are_attached_cpu_by_cpu),
		SKELETON(a_link_is_pinned_through_libbpf),
		SKELETON(a_ring_buffer_is_polled),
		SKELETON(values_of_each_cpu_are_read_at_once),
		SKELETON(elements_go_in_batches),
		SKELETON(a_map_that_is_pinned_by_name_is_used_again),
		SKELETON(tc_programs_are_attached_to_an_interface),
		SKELETON(xdp_programs_are_attached_to_an_interface),
	};

	if (!(CALLS_ARE_OURS))
		return 77; /* skipped */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
