/* SPDX-License-Identifier: BSD-2-Clause */
/* What is attached runs in its role, as long as something holds its link; what has a name stays. */
#include "machine.h"

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

static int counter_fd;
static volatile uint64_t *counter;

static int begin(void **state)
{
	if (make_machine(state))
		return -1;
	counter_fd = array_of(8, 1, BPF_F_MMAPABLE);
	counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, counter_fd, 0);
	return counter_fd < 0 || counter == MAP_FAILED;
}

static int finish(void **state)
{
	munmap((void *)counter, 4096);
	close(counter_fd);
	return end_machine(state);
}

/* Adds @step to the counter. */
static int adding(enum bpf_prog_type type, uint32_t attach_type, int step)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_VALUE, .imm = counter_fd },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = step },
		{ .code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = 1, .src_reg = 2, .imm = BPF_ADD },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { .prog_type = type };
	int fd;

	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = sizeof(insns) / sizeof(insns[0]);
	attr.license = (uintptr_t) "GPL";
	attr.expected_attach_type = attach_type;
	fd = rq_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
	assert_true(fd > 2);
	return fd;
}

static int open_tracepoint(int prog, const char *name)
{
	union bpf_attr attr = { .raw_tracepoint = { .name = (uintptr_t)name, .prog_fd = prog } };

	return rq_bpf(BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr));
}

static int create_link(int prog, int target, uint32_t attach_type)
{
	union bpf_attr attr = { .link_create = { .prog_fd = prog, .target_fd = target, .attach_type = attach_type } };

	return rq_bpf(BPF_LINK_CREATE, &attr, sizeof(attr));
}

static void idle(struct rq_machine *of, uint32_t cpu)
{
	const uint8_t packet[64] = { 0 };
	int prog = program_returning(0, BPF_PROG_TYPE_SCHED_CLS);
	struct rq_run run = { .size = sizeof(run), .prog_fd = prog, .cpu = cpu, .data_in = packet, .data_size_in = sizeof(packet) };

	assert_int_equal(rq_machine_run(of, &run), 0);
	close(prog);
}

/* How much raising @kind on CPU 0 adds. The CPU runs once before and after: a signal that was sent has landed then. */
static uint64_t raised(enum rq_machine_interrupt kind)
{
	uint64_t before;

	idle(machine, 0);
	before = *counter;
	assert_int_equal(rq_machine_raise(machine, 0, kind), 0);
	idle(machine, 0);
	return *counter - before;
}

static void a_raw_tracepoint_is_an_interrupt_until_its_last_descriptor_is_closed(void **state)
{
	int prog = adding(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 1), link = open_tracepoint(prog, "sched_switch"), other;

	assert_true(link > 2);
	close(prog); /* the link holds it */
	assert_int_equal(raised(RQ_MACHINE_IRQ), 1);
	assert_int_equal(raised(RQ_MACHINE_NMI), 0);
	other = fcntl(link, F_DUPFD_CLOEXEC, 3);
	close(link);
	assert_int_equal(raised(RQ_MACHINE_IRQ), 1);
	close(other);
	assert_int_equal(raised(RQ_MACHINE_IRQ), 0);
	assert_int_equal(next_id(BPF_LINK_GET_NEXT_ID, 0), -ENOENT);
	assert_int_equal(next_id(BPF_PROG_GET_NEXT_ID, 0), -ENOENT);
}

static void what_can_not_be_a_tracepoint_is_not_found(void **state)
{
	int prog = adding(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 1), tc = adding(BPF_PROG_TYPE_SCHED_CLS, 0, 1);

	assert_int_equal(open_tracepoint(prog, ""), -ENOENT);
	assert_int_equal(open_tracepoint(prog, "a-b"), -ENOENT);
	assert_int_equal(open_tracepoint(prog, NULL), -EFAULT);
	assert_int_equal(open_tracepoint(tc, "sched_switch"), -EINVAL);
	assert_int_equal(open_tracepoint(counter_fd, "sched_switch"), -EINVAL);
	close(prog);
	close(tc);
}

static void a_link_tells_about_itself(void **state)
{
	int prog = adding(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 1), link = open_tracepoint(prog, "sched_switch");
	struct bpf_link_info info = { 0 };
	union bpf_attr attr = { 0 };
	char name[32];

	attr.info.bpf_fd = link;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	info.raw_tracepoint.tp_name = (uintptr_t)name;
	info.raw_tracepoint.tp_name_len = sizeof(name);
	assert_int_equal(rq_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)), 0);
	assert_int_equal(info.type, BPF_LINK_TYPE_RAW_TRACEPOINT);
	assert_int_equal(info.id, next_id(BPF_LINK_GET_NEXT_ID, 0));
	assert_int_equal(info.prog_id, next_id(BPF_PROG_GET_NEXT_ID, 0));
	assert_string_equal(name, "sched_switch");
	info.raw_tracepoint.tp_name_len = 6;
	assert_int_equal(rq_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)), -ENOSPC);
	assert_string_equal(name, "sched");
	memset(&attr, 0, sizeof(attr));
	attr.link_id = info.id;
	close(rq_bpf(BPF_LINK_GET_FD_BY_ID, &attr, sizeof(attr)));
	close(link);
	close(prog);
}

static int change(int command, int link, int prog, uint32_t flags, int old)
{
	union bpf_attr attr = { .link_update = { .link_fd = link, .new_prog_fd = prog, .flags = flags, .old_prog_fd = old } };

	return rq_bpf(command, &attr, command == BPF_LINK_DETACH ? 4 : sizeof(attr));
}

static void a_link_of_a_cgroup_is_updated_and_detached(void **state)
{
	int cgroup = open("/tmp", O_RDONLY | O_DIRECTORY);
	int one = adding(BPF_PROG_TYPE_CGROUP_SKB, 0, 1), two = adding(BPF_PROG_TYPE_CGROUP_SKB, 0, 2);
	int xdp = adding(BPF_PROG_TYPE_XDP, 0, 1), link;

	assert_int_equal(create_link(one, -1, BPF_CGROUP_INET_INGRESS), -EBADF);
	assert_int_equal(create_link(xdp, cgroup, BPF_CGROUP_INET_INGRESS), -EINVAL);
	link = create_link(one, cgroup, BPF_CGROUP_INET_INGRESS);
	assert_true(link > 2);
	assert_int_equal(change(BPF_LINK_UPDATE, link, two, 0, 0), 0);
	assert_int_equal(change(BPF_LINK_UPDATE, link, xdp, 0, 0), -EINVAL);
	assert_int_equal(change(BPF_LINK_UPDATE, link, one, BPF_F_REPLACE, one), -EPERM);
	assert_int_equal(change(BPF_LINK_UPDATE, link, one, BPF_F_REPLACE, two), 0);
	assert_int_equal(change(BPF_LINK_DETACH, link, 0, 0, 0), 0);
	assert_int_equal(change(BPF_LINK_UPDATE, link, two, 0, 0), -ENOLINK);
	close(link);
	close(one);
	close(two);
	close(xdp);
	close(cgroup);
}

static void an_interrupts_link_is_neither_updated_nor_detached(void **state)
{
	int prog = adding(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 1), link = open_tracepoint(prog, "a");

	assert_int_equal(change(BPF_LINK_UPDATE, link, prog, 0, 0), -EINVAL);
	assert_int_equal(change(BPF_LINK_DETACH, link, 0, 0, 0), -EOPNOTSUPP);
	close(link);
	close(prog);
}

static int attach(int command, int target, int prog, uint32_t type, uint32_t flags)
{
	union bpf_attr attr = { .target_fd = target, .attach_bpf_fd = prog, .attach_type = type, .attach_flags = flags };

	return rq_bpf(command, &attr, 16);
}

static int count_attached(int target, uint32_t type, uint32_t *ids, uint32_t room)
{
	union bpf_attr attr = { .query = { .target_fd = target, .attach_type = type, .prog_ids = (uintptr_t)ids, .prog_cnt = room } };
	int error = rq_bpf(BPF_PROG_QUERY, &attr, sizeof(attr));

	return error ? error : (int)attr.query.prog_cnt;
}

/* Without BPF_F_ALLOW_MULTI there is one program; with it, each once. */
static void programs_are_attached_to_a_cgroup_without_a_link(void **state)
{
	int one_place = open("/tmp", O_RDONLY | O_DIRECTORY), another = open("/", O_RDONLY | O_DIRECTORY);
	int a = adding(BPF_PROG_TYPE_CGROUP_SKB, 0, 1), b = adding(BPF_PROG_TYPE_CGROUP_SKB, 0, 1);
	uint32_t ids[2];

	assert_int_equal(attach(BPF_PROG_ATTACH, one_place, a, BPF_CGROUP_INET_EGRESS, 0), 0);
	assert_int_equal(attach(BPF_PROG_ATTACH, one_place, b, BPF_CGROUP_INET_EGRESS, BPF_F_ALLOW_MULTI), -EPERM);
	assert_int_equal(attach(BPF_PROG_ATTACH, one_place, b, BPF_CGROUP_INET_EGRESS, 0), 0);
	assert_int_equal(count_attached(one_place, BPF_CGROUP_INET_EGRESS, ids, 2), 1);
	assert_int_equal(count_attached(another, BPF_CGROUP_INET_EGRESS, NULL, 0), 0);
	assert_int_equal(attach(BPF_PROG_DETACH, one_place, 0, BPF_CGROUP_INET_EGRESS, 0), 0);
	assert_int_equal(attach(BPF_PROG_DETACH, one_place, 0, BPF_CGROUP_INET_EGRESS, 0), -ENOENT);

	assert_int_equal(attach(BPF_PROG_ATTACH, one_place, a, BPF_CGROUP_INET_EGRESS, BPF_F_ALLOW_MULTI), 0);
	assert_int_equal(attach(BPF_PROG_ATTACH, one_place, a, BPF_CGROUP_INET_EGRESS, BPF_F_ALLOW_MULTI), -EINVAL);
	assert_int_equal(attach(BPF_PROG_ATTACH, one_place, b, BPF_CGROUP_INET_EGRESS, BPF_F_ALLOW_MULTI), 0);
	close(a);
	close(b); /* attached, both stay */
	assert_int_equal(count_attached(one_place, BPF_CGROUP_INET_EGRESS, ids, 1), -ENOSPC);
	assert_int_equal(count_attached(one_place, BPF_CGROUP_INET_EGRESS, ids, 2), 2);
	close(one_place);
	close(another);
}

/* What would do nothing when it is called must not be where it can be called. */
static void a_program_array_takes_what_can_run(void **state)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 0 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_skb_change_proto },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = { .prog_type = BPF_PROG_TYPE_SCHED_CLS }, map = { .map_type = BPF_MAP_TYPE_PROG_ARRAY };
	int array, prog, runs;
	const uint8_t packet[64] = { 0 };
	struct rq_run run = { .size = sizeof(run), .data_in = packet, .data_size_in = sizeof(packet) };
	uint32_t key = 0;

	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = sizeof(insns) / sizeof(insns[0]);
	attr.license = (uintptr_t) "GPL";
	map.key_size = map.value_size = 4;
	map.max_entries = 1;
	prog = rq_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
	assert_true(prog > 2);
	run.prog_fd = prog;
	runs = rq_machine_run(machine, &run);
	array = rq_bpf(BPF_MAP_CREATE, &map, sizeof(map));
	assert_int_equal(element(BPF_MAP_UPDATE_ELEM, array, &key, &prog, 0), runs);
	close(array);
	close(prog);
}

/* ---- Names ---- */

static int pin(int command, const char *path, int fd, uint32_t flags)
{
	union bpf_attr attr = { .pathname = (uintptr_t)path, .bpf_fd = fd, .file_flags = flags };

	return rq_bpf(command, &attr, sizeof(attr));
}

static void a_pin_keeps_its_object_until_it_is_unlinked(void **state)
{
	int fd = array_of(8, 1, 0), again;
	uint64_t value = 5;
	uint32_t key = 0;

	assert_int_equal(element(BPF_MAP_UPDATE_ELEM, fd, &key, &value, 0), 0);
	assert_int_equal(pin(BPF_OBJ_PIN, "/sys/fs/bpf/map", fd, 0), 0);
	assert_int_equal(pin(BPF_OBJ_PIN, "/sys/fs/bpf/map", fd, 0), -EEXIST);
	assert_int_equal(access("/sys/fs/bpf/map", F_OK), 0);
	close(fd);
	again = pin(BPF_OBJ_GET, "/sys/fs/bpf//map", 0, 0);
	assert_true(again > 2);
	value = 0;
	assert_int_equal(element(BPF_MAP_LOOKUP_ELEM, again, &key, &value, 0), 0);
	assert_int_equal(value, 5);
	close(again);
	assert_int_equal(unlink("/sys/fs/bpf/map"), 0);
	assert_int_equal(pin(BPF_OBJ_GET, "/sys/fs/bpf/map", 0, 0), -ENOENT);
	assert_int_equal(next_id(BPF_MAP_GET_NEXT_ID, next_id(BPF_MAP_GET_NEXT_ID, 0)), -ENOENT); /* the counter alone */
}

static void pins_lie_in_folders(void **state)
{
	int prog = adding(BPF_PROG_TYPE_XDP, 0, 1);
	struct statfs status;

	assert_int_equal(statfs("/sys/fs/bpf", &status), 0);
	if (CALLS_ARE_OURS)
		assert_int_equal(status.f_type, 0xcafe4a11);
	assert_int_equal(pin(BPF_OBJ_PIN, "/sys/fs/bpf/folder/prog", prog, 0), -ENOENT);
	assert_int_equal(mkdir("/sys/fs/bpf/folder", 0700), 0);
	assert_int_equal(mkdir("/sys/fs/bpf/folder", 0700), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(pin(BPF_OBJ_PIN, "/sys/fs/bpf/folder/a.b", prog, 0), -EPERM);
	assert_int_equal(pin(BPF_OBJ_PIN, "/sys/fs/bpf/folder/prog", prog, 0), 0);
	assert_int_equal(pin(BPF_OBJ_PIN, "/sys/fs/bpf/folder/prog/x", prog, 0), -ENOTDIR);
	assert_int_equal(pin(BPF_OBJ_GET, "/sys/fs/bpf/folder", 0, 0), -EACCES);
	assert_int_equal(rmdir("/sys/fs/bpf/folder"), -1);
	assert_int_equal(errno, ENOTEMPTY);
	assert_int_equal(unlink("/sys/fs/bpf/folder"), -1);
	assert_int_equal(errno, EISDIR);
	assert_int_equal(unlink("/sys/fs/bpf/folder/prog"), 0);
	assert_int_equal(rmdir("/sys/fs/bpf/folder"), 0);
	assert_int_equal(access("/sys/fs/bpf/folder", F_OK), -1);
	close(prog);
}

/* A link that has a name stays attached without a descriptor. */
static void a_pinned_link_stays_attached(void **state)
{
	int prog = adding(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 1), link = open_tracepoint(prog, "a");

	assert_int_equal(pin(BPF_OBJ_PIN, "/sys/fs/bpf/link", link, 0), 0);
	close(link);
	close(prog);
	assert_int_equal(raised(RQ_MACHINE_IRQ), 1);
	assert_int_equal(unlink("/sys/fs/bpf/link"), 0);
	assert_int_equal(raised(RQ_MACHINE_IRQ), 0);
}

static void what_has_no_name_in_linux_gets_none_here(void **state)
{
	union bpf_attr attr = { 0 };
	int stats = rq_bpf(BPF_ENABLE_STATS, &attr, sizeof(attr));

	assert_true(stats > 2);
	assert_int_equal(pin(BPF_OBJ_PIN, "/sys/fs/bpf/stats", stats, 0), -EINVAL);
	close(stats);
}

/* A descriptor may be asked for that can only be read, or only be written. */
static void a_restricted_descriptor_does_not_do_the_rest(void **state)
{
	int fd = array_of(8, 1, BPF_F_MMAPABLE), reader, writer;
	union bpf_attr attr = { 0 };
	uint64_t value = 1;
	uint32_t key = 0;

	assert_int_equal(pin(BPF_OBJ_PIN, "/sys/fs/bpf/map", fd, 0), 0);
	reader = pin(BPF_OBJ_GET, "/sys/fs/bpf/map", 0, BPF_F_RDONLY);
	writer = pin(BPF_OBJ_GET, "/sys/fs/bpf/map", 0, BPF_F_WRONLY);
	assert_true(reader > 2 && writer > 2);
	assert_int_equal(element(BPF_MAP_UPDATE_ELEM, reader, &key, &value, 0), -EPERM);
	assert_int_equal(element(BPF_MAP_UPDATE_ELEM, writer, &key, &value, 0), 0);
	assert_int_equal(element(BPF_MAP_LOOKUP_ELEM, writer, &key, &value, 0), -EPERM);
	assert_int_equal(element(BPF_MAP_LOOKUP_ELEM, reader, &key, &value, 0), 0);
	assert_int_equal(element(BPF_MAP_UPDATE_ELEM, fd, &key, &value, 0), 0);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, reader, 0), MAP_FAILED);
	attr.map_id = next_id(BPF_MAP_GET_NEXT_ID, next_id(BPF_MAP_GET_NEXT_ID, 0));
	attr.open_flags = BPF_F_RDONLY;
	close(reader);
	reader = rq_bpf(BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr));
	assert_int_equal(element(BPF_MAP_DELETE_ELEM, reader, &key, NULL, 0), -EPERM);
	close(reader);
	close(writer);
	close(fd);
}

/* ---- Perf events ---- */

static int sample(int cpu)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_CPU_CLOCK,
					.sample_period = 1000000 };

	return syscall(SYS_perf_event_open, &attr, -1, cpu, -1, 0);
}

static void a_sampling_program_is_an_nmi_of_its_cpu(void **state)
{
	int prog = adding(BPF_PROG_TYPE_PERF_EVENT, 0, 1), here = sample(0), there = sample(1), link;

	assert_true(here > 2 && there > 2);
	assert_int_equal(create_link(prog, STDERR_FILENO, BPF_PERF_EVENT), -EBADF);
	link = create_link(prog, there, BPF_PERF_EVENT);
	assert_true(link > 2);
	assert_int_equal(raised(RQ_MACHINE_NMI), 0);
	close(link);
	link = create_link(prog, here, BPF_PERF_EVENT);
	close(here); /* the link holds it */
	assert_int_equal(raised(RQ_MACHINE_NMI), 1);
	close(link);
	assert_int_equal(raised(RQ_MACHINE_NMI), 0);
	close(there);
	close(prog);
}

/* As loaders did before there were links. */
static void ioctl_attaches_a_program_to_an_event(void **state)
{
	int prog, event;

	if (!(CALLS_ARE_OURS))
		skip();
	prog = adding(BPF_PROG_TYPE_PERF_EVENT, 0, 1);
	event = sample(0);

	assert_int_equal(ioctl(event, PERF_EVENT_IOC_SET_BPF, prog), 0);
	assert_int_equal(ioctl(event, PERF_EVENT_IOC_ENABLE, 0), 0);
	assert_int_equal(ioctl(event, PERF_EVENT_IOC_SET_BPF, prog), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(raised(RQ_MACHINE_NMI), 1);
	close(event);
	assert_int_equal(raised(RQ_MACHINE_NMI), 0);
	close(prog);
}

/* ---- Statistics ---- */

static void runs_are_counted_while_somebody_asks(void **state)
{
	int prog = adding(BPF_PROG_TYPE_SCHED_CLS, 0, 1), stats;
	const uint8_t packet[64] = { 0 };
	struct rq_run run = { .size = sizeof(run), .prog_fd = prog, .repeat = 3, .data_in = packet, .data_size_in = sizeof(packet) };
	struct bpf_prog_info info = { 0 };
	union bpf_attr attr = { .enable_stats.type = BPF_STATS_RUN_TIME };

	assert_int_equal(rq_machine_run(machine, &run), 0);
	stats = rq_bpf(BPF_ENABLE_STATS, &attr, 4);
	assert_int_equal(rq_machine_run(machine, &run), 0);
	close(stats);
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = prog;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	assert_int_equal(rq_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)), 0);
	assert_int_equal(info.run_cnt, 3);
	assert_true(info.run_time_ns > 0);
	assert_int_equal(rq_machine_run(machine, &run), 0);
	memset(&info, 0, sizeof(info));
	assert_int_equal(rq_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)), 0);
	assert_int_equal(info.run_cnt, 3);
	close(prog);
}

/* Each run and each interrupt counts, in a half of the counter of its own. */
static void stress_runs_what_is_attached(void **state)
{
	struct rq_stress_run run = { .size = sizeof(run), .duration_ns = 50000000, .rate = 1000, .seed = 1 };
	int packet = adding(BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS, 1);
	int trace = adding(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 1 << 24), cgroup = open("/", O_RDONLY | O_DIRECTORY);
	int link, tracepoint;

	assert_int_equal(rq_machine_stress(machine, &run), -ENOENT); /* loaded is not attached */
	link = create_link(packet, cgroup, BPF_CGROUP_INET_INGRESS);
	tracepoint = open_tracepoint(trace, "sched_switch");
	assert_true(link > 2 && tracepoint > 2);
	assert_int_equal(rq_machine_stress(machine, &run), 0);
	assert_true(run.tasks > 0);
	assert_int_equal(run.tasks + (run.raised[RQ_MACHINE_IRQ] << 24), *counter);
	assert_int_equal(run.raised[RQ_MACHINE_NMI], 0);

	/* Without the tracepoint only the task is left, without that nothing. */
	close(tracepoint);
	*counter = 0;
	assert_int_equal(rq_machine_stress(machine, &run), 0);
	assert_int_equal(run.tasks, *counter);
	assert_int_equal(run.raised[RQ_MACHINE_IRQ], 0);
	close(link);
	assert_int_equal(rq_machine_stress(machine, &run), -ENOENT);
	close(packet);
	close(trace);
	close(cgroup);
}

static void a_wrong_stress_is_refused(void **state)
{
	struct rq_stress_run run = { .size = sizeof(run), .duration_ns = 1000000, .rate = 1000 };
	int prog = adding(BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 1), link = open_tracepoint(prog, "sched_switch");

	run.size--;
	assert_int_equal(rq_machine_stress(machine, &run), -EINVAL);
	run.size++;
	run.duration_ns = 0;
	assert_int_equal(rq_machine_stress(machine, &run), -EINVAL);
	run.duration_ns = UINT64_MAX;
	assert_int_equal(rq_machine_stress(machine, &run), -EINVAL);
	run.duration_ns = 1000000;
	run.rate = 0;
	assert_int_equal(rq_machine_stress(machine, &run), -EINVAL);
	run.rate = 1000001;
	assert_int_equal(rq_machine_stress(machine, &run), -EINVAL);
	assert_int_equal(*counter, 0);
	close(link);
	close(prog);
}

#define LINKED(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LINKED(a_raw_tracepoint_is_an_interrupt_until_its_last_descriptor_is_closed),
		LINKED(what_can_not_be_a_tracepoint_is_not_found),
		LINKED(a_link_tells_about_itself),
		LINKED(a_link_of_a_cgroup_is_updated_and_detached),
		LINKED(an_interrupts_link_is_neither_updated_nor_detached),
		LINKED(programs_are_attached_to_a_cgroup_without_a_link),
		LINKED(a_program_array_takes_what_can_run),
		LINKED(a_pin_keeps_its_object_until_it_is_unlinked),
		LINKED(pins_lie_in_folders),
		LINKED(a_pinned_link_stays_attached),
		LINKED(what_has_no_name_in_linux_gets_none_here),
		LINKED(a_restricted_descriptor_does_not_do_the_rest),
		LINKED(a_sampling_program_is_an_nmi_of_its_cpu),
		LINKED(ioctl_attaches_a_program_to_an_event),
		LINKED(runs_are_counted_while_somebody_asks),
		LINKED(stress_runs_what_is_attached),
		LINKED(a_wrong_stress_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
