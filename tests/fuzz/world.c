/* SPDX-License-Identifier: BSD-2-Clause */
/* A place where programs are judged and run: the running kernel by its system call, or rqspin by rq_bpf(). */
#include <bpf/btf.h>
#include <errno.h>
#include <rqspin/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "program.h"
#include "sys/route.h"

static const struct {
	enum bpf_map_type type;
	const char *name, *lock; /* struct that the value begins with */
	uint32_t key, value, entries;
} shapes[MAPS] = {
	[MAP_ARRAY] = { BPF_MAP_TYPE_ARRAY, "array", NULL, 4, VALUE_BYTES, 2 },
	[MAP_HASH] = { BPF_MAP_TYPE_HASH, "hash", NULL, 4, VALUE_BYTES, 8 },
	[MAP_RES_LOCK] = { BPF_MAP_TYPE_ARRAY, "res", "bpf_res_spin_lock", 4, VALUE_BYTES, 2 },
	[MAP_SPIN_LOCK] = { BPF_MAP_TYPE_ARRAY, "spin", "bpf_spin_lock", 4, VALUE_BYTES, 2 },
	[MAP_RINGBUF] = { BPF_MAP_TYPE_RINGBUF, "ring", NULL, 0, 0, 4096 },
};

static const char *const kfunc_names[KFUNCS] = {
	[KFUNC_RES_LOCK] = "bpf_res_spin_lock",
	[KFUNC_RES_UNLOCK] = "bpf_res_spin_unlock",
	[KFUNC_RES_LOCK_IRQSAVE] = "bpf_res_spin_lock_irqsave",
	[KFUNC_RES_UNLOCK_IRQRESTORE] = "bpf_res_spin_unlock_irqrestore",
	[KFUNC_IRQ_SAVE] = "bpf_local_irq_save",
	[KFUNC_IRQ_RESTORE] = "bpf_local_irq_restore",
	[KFUNC_PREEMPT_DISABLE] = "bpf_preempt_disable",
	[KFUNC_PREEMPT_ENABLE] = "bpf_preempt_enable",
	[KFUNC_RCU_LOCK] = "bpf_rcu_read_lock",
	[KFUNC_RCU_UNLOCK] = "bpf_rcu_read_unlock",
	[KFUNC_ITER_NEW] = "bpf_iter_num_new",
	[KFUNC_ITER_NEXT] = "bpf_iter_num_next",
	[KFUNC_ITER_DESTROY] = "bpf_iter_num_destroy",
};

static long kernel_bpf(int command, union bpf_attr *attr, unsigned int size)
{
	return rq_route_kernel(SYS_bpf, command, (long)attr, size, 0, 0, 0);
}

/* ---- Types ---- */

/* A value of VALUE_BYTES that begins with a lock; its id. */
static int add_value_type(struct btf *btf, const char *name, const char *lock, int u32, int u64)
{
	int numbers = btf__add_array(btf, u32, u64, VALUE_BYTES / 8 - 1), id, value;
	char text[32];

	id = btf__add_struct(btf, lock, 4);
	btf__add_field(btf, "val", u32, 0, 0);
	snprintf(text, sizeof(text), "%s_value", name);
	value = btf__add_struct(btf, text, VALUE_BYTES);
	btf__add_field(btf, "lock", id, 0, 0);
	btf__add_field(btf, "pad", u32, 32, 0);
	btf__add_field(btf, "numbers", numbers, 64, 0);
	return value;
}

static int add_function(struct btf *btf, const char *name, enum btf_func_linkage linkage, int result, int arg, int args)
{
	static const char *const names[] = { "a", "b", "c", "d", "e" };
	int proto = btf__add_func_proto(btf, result);

	for (int i = 0; i < args; i++)
		btf__add_func_param(btf, names[i], arg);
	return btf__add_func(btf, name, linkage, proto);
}

static int load_types(struct world *w, uint32_t *values)
{
	struct btf *btf = btf__new_empty();
	union bpf_attr attr = { 0 };
	int u32, u64, number, pointer;

	if (!btf)
		return -ENOMEM;
	u32 = btf__add_int(btf, "unsigned int", 4, 0);
	u64 = btf__add_int(btf, "unsigned long long", 8, 0);
	number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	pointer = btf__add_ptr(btf, 0);
	for (int i = 0; i < MAPS; i++)
		if (shapes[i].lock)
			values[i] = (uint32_t)add_value_type(btf, shapes[i].name, shapes[i].lock, u32, u64);
	w->function_types[FUNCTION_MAIN] = (uint32_t)add_function(btf, "program", BTF_FUNC_GLOBAL, number, pointer, 1);
	w->function_types[FUNCTION_STATIC] = (uint32_t)add_function(btf, "callee", BTF_FUNC_STATIC, u64, u64, 5);
	w->function_types[FUNCTION_GLOBAL] = (uint32_t)add_function(btf, "judged", BTF_FUNC_GLOBAL, u64, u64, 2);
	w->function_types[FUNCTION_CALLBACK] = (uint32_t)add_function(btf, "callback", BTF_FUNC_STATIC, u64, u64, 2);
	values[MAPS] = (uint32_t)u32;
	attr.btf = (uint64_t)(uintptr_t)btf__raw_data(btf, &attr.btf_size);
	w->btf = (int)w->bpf(BPF_BTF_LOAD, &attr, sizeof(attr));
	btf__free(btf);
	return w->btf < 0 ? w->btf : 0;
}

static int find_kfuncs(struct world *w, bool kernel)
{
	struct btf *btf = kernel ? btf__parse("/sys/kernel/btf/vmlinux", NULL) : btf__load_vmlinux_btf();

	if (!btf)
		return -errno;
	for (int i = 0; i < KFUNCS; i++)
		w->kfuncs[i] = btf__find_by_name_kind(btf, kfunc_names[i], BTF_KIND_FUNC);
	btf__free(btf);
	for (int i = 0; i < KFUNCS; i++)
		if (w->kfuncs[i] < 0)
			return -ENOENT;
	return 0;
}

int world_open(struct world *w, bool kernel)
{
	uint32_t values[MAPS + 1] = { 0 };
	int err;

	w->name = kernel ? "kernel" : "rqspin";
	w->bpf = kernel ? kernel_bpf : rq_bpf;
	err = load_types(w, values);
	if (!err)
		err = find_kfuncs(w, kernel);
	for (int i = 0; !err && i < MAPS; i++) {
		union bpf_attr attr = { .map_type = shapes[i].type, .key_size = shapes[i].key,
					.value_size = shapes[i].value, .max_entries = shapes[i].entries };

		snprintf(attr.map_name, sizeof(attr.map_name), "%s", shapes[i].name);
		if (shapes[i].lock) {
			attr.btf_fd = (uint32_t)w->btf;
			attr.btf_key_type_id = values[MAPS];
			attr.btf_value_type_id = values[i];
		}
		w->maps[i] = (int)w->bpf(BPF_MAP_CREATE, &attr, sizeof(attr));
		err = w->maps[i] < 0 ? w->maps[i] : 0;
	}
	return err;
}

/* ---- Loading ---- */

static int load(const struct world *w, const struct program *p, struct outcome *outcome)
{
	struct bpf_insn insns[INSNS_MAX];
	struct bpf_func_info functions[FUNCTIONS_MAX];
	union bpf_attr attr = { .prog_type = p->type, .insns = (uintptr_t)insns, .insn_cnt = p->count,
				.license = (uintptr_t)"GPL", .prog_btf_fd = (uint32_t)w->btf,
				.func_info = (uintptr_t)functions, .func_info_rec_size = sizeof(functions[0]),
				.func_info_cnt = p->function_count };

	memcpy(insns, p->insns, p->count * sizeof(insns[0]));
	for (uint32_t i = 0; i < p->count; i++) {
		if (p->map[i])
			insns[i].imm = w->maps[p->map[i] - 1];
		if (p->kfunc[i])
			insns[i].imm = w->kfuncs[p->kfunc[i] - 1];
	}
	for (uint32_t i = 0; i < p->function_count; i++)
		functions[i] = (struct bpf_func_info){ p->functions[i].start, w->function_types[p->functions[i].kind] };
	if (outcome->log) {
		attr.log_level = 1;
		attr.log_buf = (uintptr_t)outcome->log;
		attr.log_size = LOG_BYTES;
		outcome->log[0] = '\0';
	}
	return (int)w->bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

/* ---- Running ---- */

static void fill(uint8_t *to, uint32_t size, uint64_t seed)
{
	for (uint32_t i = 0; i < size; i++) {
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		to[i] = seed >> 60 < 5 ? 0 : (uint8_t)(seed >> 33);
	}
}

static long element(const struct world *w, int command, int map, uint32_t key, void *value)
{
	union bpf_attr attr = { .map_fd = (uint32_t)w->maps[map], .key = (uintptr_t)&key, .value = (uintptr_t)value };

	return w->bpf(command, &attr, sizeof(attr));
}

/* Every element has the value that the seed gives it; half of the hash table's are there. */
static void reset_maps(const struct world *w, uint64_t seed)
{
	uint8_t value[VALUE_BYTES];

	for (int map = 0; map <= MAP_SPIN_LOCK; map++) {
		for (uint32_t key = 0; key < shapes[map].entries; key++) {
			if (map == MAP_HASH && key >= shapes[map].entries / 2) {
				element(w, BPF_MAP_DELETE_ELEM, map, key, NULL);
				continue;
			}
			fill(value, sizeof(value), seed + (uint64_t)map * 8 + key);
			if (shapes[map].lock)
				memset(value, 0, 4);
			element(w, BPF_MAP_UPDATE_ELEM, map, key, value);
		}
	}
	/* Keys that a program made up. */
	for (uint32_t key, more = 1; more;) {
		union bpf_attr attr = { .map_fd = (uint32_t)w->maps[MAP_HASH], .next_key = (uintptr_t)&key };
		uint32_t previous, *at = NULL;

		more = 0;
		while (!w->bpf(BPF_MAP_GET_NEXT_KEY, (attr.key = (uintptr_t)at, &attr), sizeof(attr))) {
			if (key >= 4) {
				element(w, BPF_MAP_DELETE_ELEM, MAP_HASH, key, NULL);
				more = 1;
				break;
			}
			previous = key;
			at = &previous;
		}
	}
}

static void read_maps(const struct world *w, struct outcome *outcome)
{
	for (int map = 0; map <= MAP_SPIN_LOCK; map++)
		for (uint32_t key = 0; key < shapes[map].entries; key++)
			outcome->present[map][key] =
				!element(w, BPF_MAP_LOOKUP_ELEM, map, key, outcome->values[map][key]);
}

static void run(const struct world *w, const struct program *p, int fd, struct outcome *outcome)
{
	uint8_t packet[PACKET_BYTES];
	struct __sk_buff context = { .mark = (uint32_t)p->seed, .priority = 7, .cb = { 0x80000001 } };
	union bpf_attr attr = { .test = { .prog_fd = (uint32_t)fd, .data_in = (uintptr_t)packet, .data_size_in = sizeof(packet),
					  .data_out = (uintptr_t)outcome->packet, .data_size_out = PACKET_BYTES } };

	if (p->type == BPF_PROG_TYPE_SCHED_CLS) {
		attr.test.ctx_in = (uintptr_t)&context;
		attr.test.ctx_size_in = sizeof(context);
	}
	fill(packet, sizeof(packet), p->seed);
	reset_maps(w, p->seed);
	outcome->ran = !w->bpf(BPF_PROG_TEST_RUN, &attr, sizeof(attr));
	outcome->result = attr.test.retval;
	read_maps(w, outcome);
}

void world_judge(const struct world *w, const struct program *p, bool run_it, struct outcome *outcome)
{
	char *log = outcome->log;
	int fd;

	memset(outcome, 0, sizeof(*outcome));
	outcome->log = log;
	fd = load(w, p, outcome);
	outcome->loaded = fd < 0 ? fd : 0;
	if (fd < 0)
		return;
	if (run_it)
		run(w, p, fd, outcome);
	close(fd);
}

const char *outcome_reason(const struct outcome *outcome, char *text, uint32_t size)
{
	static const char *const aside[] = { "processed ", "mark_precise", "verification time", "stack depth" };

	text[0] = '\0';
	for (const char *line = outcome->log; line && *line;) {
		size_t length = strcspn(line, "\n");
		bool reason = length;

		for (size_t i = 0; i < sizeof(aside) / sizeof(aside[0]); i++)
			reason = reason && strncmp(line, aside[i], strlen(aside[i]));
		if (reason)
			snprintf(text, size, "%.*s", (int)length, line);
		line += length + (line[length] == '\n');
	}
	return text;
}
