// SPDX-License-Identifier: BSD-2-Clause
/*
 * bench-vm: what the interpreter and what programs call cost, each beside the same in C, measured in the same round.
 * docs/performance.md says how to read it.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <rqspin/bpf.h>
#include <rqspin/kfunc.h>

#include "bench.h"
#include "isa/isa.h"
#include "map/map.h"
#include "sys/machine.h"
#include "vm.h"
#include "vm/vm.h"

#define C_PAIRS	  1000000

static struct rq_machine *machine;
static struct bpf_object *object;
static uint32_t loop_turns = 100000000;

/* ---- A loop of 13 instructions that touch nothing but registers: xorshift, and a sum ---- */

#define INSN(c, d, s, o, i) { .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) }
#define MOV(d, i)	    INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define MOV_X(d, s)	    INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define ALU(op, d, i)	    INSN(BPF_ALU64 | (op) | BPF_K, d, 0, 0, i)
#define ALU_X(op, d, s)	    INSN(BPF_ALU64 | (op) | BPF_X, d, s, 0, 0)

static double interpreted_loop(void)
{
	const struct bpf_insn insns[] = {
		MOV(0, 0), MOV(1, 88172645), MOV(2, (int32_t)loop_turns),
		MOV_X(3, 1), ALU(BPF_LSH, 3, 13), ALU_X(BPF_XOR, 1, 3),
		MOV_X(3, 1), ALU(BPF_RSH, 3, 7), ALU_X(BPF_XOR, 1, 3),
		MOV_X(3, 1), ALU(BPF_LSH, 3, 17), ALU_X(BPF_XOR, 1, 3),
		ALU_X(BPF_ADD, 0, 1), MOV_X(4, 0), ALU(BPF_SUB, 2, 1), INSN(BPF_JMP | BPF_JNE, 2, 0, -13, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	uint64_t start = bench_ns(), result;
	char message[128];

	if (rq_vm_run_raw(insns, sizeof(insns) / sizeof(insns[0]), NULL, 0, &result, message, sizeof(message)))
		return -1;
	return (double)(bench_ns() - start) / loop_turns;
}

static double c_loop(void)
{
	uint64_t start = bench_ns(), x = 88172645, sum = 0;

	for (uint32_t left = loop_turns; left; left--) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		sum += x;
	}
	__asm__ volatile("" : : "r"(sum));
	return (double)(bench_ns() - start) / loop_turns;
}

/* ---- What programs call ---- */

static int program_fd(const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, name);

	return program ? bpf_program__fd(program) : -1;
}

static double run_once(const char *name)
{
	static unsigned char packet[64];
	struct rq_run run = {
		.size = sizeof(run), .prog_fd = program_fd(name), .data_in = packet, .data_size_in = sizeof(packet),
	};

	return rq_machine_run(machine, &run) || run.retval ? -1 : (double)run.duration_ns;
}

/* One operation, without its share of the loop around it. */
static double one(const char *name)
{
	double whole = run_once(name), empty = run_once("nothing");

	return whole < 0 || empty < 0 ? -1 : (whole - empty) / ((double)TURNS * OPERATIONS);
}

static double lock_pair(void)
{
	return one("lock_pair");
}

static double lock_pair_irqsave(void)
{
	return one("lock_pair_irqsave");
}

static double hash_lookup(void)
{
	return one("hash_lookup");
}

static double array_lookup(void)
{
	return one("array_lookup");
}

static double helper(void)
{
	return one("helper");
}

static double callback(void)
{
	return run_once("nothing") / TURNS;
}

static double c_lock_pair(void)
{
	struct bpf_res_spin_lock lock = { 0 };
	uint64_t start = bench_ns();

	for (int i = 0; i < C_PAIRS; i++)
		if (!bpf_res_spin_lock(&lock))
			bpf_res_spin_unlock(&lock);
	return (double)(bench_ns() - start) / C_PAIRS;
}

static double c_lock_pair_irqsave(void)
{
	struct bpf_res_spin_lock lock = { 0 };
	uint64_t start = bench_ns();
	unsigned long flags;

	for (int i = 0; i < C_PAIRS; i++)
		if (!bpf_res_spin_lock_irqsave(&lock, &flags))
			bpf_res_spin_unlock_irqrestore(&lock, &flags);
	return (double)(bench_ns() - start) / C_PAIRS;
}

static double c_lookup(const char *name)
{
	struct rq_object *found;
	struct rq_map *map;
	uint64_t start;

	if (rq_registry_lookup(&machine->registry, bpf_object__find_map_fd_by_name(object, name), RQ_OBJECT_MAP, &found))
		return -1;
	map = (struct rq_map *)found;
	start = bench_ns();
	for (uint32_t i = 0; i < C_PAIRS; i++) {
		uint32_t key = i & (ENTRIES - 1);

		__asm__ volatile("" : : "r"(map->ops->lookup(map, &key)));
	}
	start = bench_ns() - start;
	rq_object_put(found);
	return (double)start / C_PAIRS;
}

static double c_hash_lookup(void)
{
	return c_lookup("hash");
}

static double c_array_lookup(void)
{
	return c_lookup("array");
}

static double c_call(void)
{
	unsigned int (*volatile call)(const struct rq_machine *) = rq_machine_cpus;
	uint64_t start = bench_ns();

	for (int i = 0; i < C_PAIRS; i++)
		call(machine);
	return (double)(bench_ns() - start) / C_PAIRS;
}

/* From a file to programs that are ready to run. */
static double load(void)
{
	uint64_t start = bench_ns();
	struct bpf_object *again = bpf_object__open_file(BENCH_VM_OBJECT, NULL);
	struct bpf_program *program;
	int err;

	if (!again)
		return -1;
	bpf_object__for_each_program(program, again)
		bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), "large"));
	err = bpf_object__load(again);
	start = bench_ns() - start;
	bpf_object__close(again);
	return err ? -1 : (double)start;
}

static const struct row {
	const char *name;
	double (*measure)(void); /* nanoseconds; negative: failed */
	double (*in_c)(void);	 /* NULL: nothing to compare with */
} rows[] = {
	{ "13-instruction loop", interpreted_loop, c_loop },
	{ "lock pair", lock_pair, c_lock_pair },
	{ "lock pair irqsave", lock_pair_irqsave, c_lock_pair_irqsave },
	{ "hash lookup", hash_lookup, c_hash_lookup },
	{ "array lookup", array_lookup, c_array_lookup },
	{ "helper call", helper, c_call },
	{ "loop callback", callback, c_call },
	{ "load 5,000 insns", load, NULL },
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static int measure(unsigned int rounds, struct bench_report *report)
{
	static struct bench_series times[ROWS], ratios[ROWS];

	for (unsigned int round = 0; round < rounds; round++) {
		for (size_t i = 0; i < ROWS; i++) {
			double ns = rows[i].measure(), in_c = rows[i].in_c ? rows[i].in_c() : 0;

			if (ns < 0 || in_c < 0) {
				fprintf(stderr, "bench-vm: %s failed\n", rows[i].name);
				return 2;
			}
			bench_add(&times[i], ns);
			if (in_c > 0)
				bench_add(&ratios[i], ns / in_c);
		}
	}
	for (size_t i = 0; i < ROWS; i++) {
		bench_row(report, rows[i].name, 1, "time", "ns", &times[i]);
		if (ratios[i].count)
			bench_row(report, rows[i].name, 1, "to C", "", &ratios[i]);
	}
	return 0;
}

static int fill_maps(void)
{
	static const char *const names[] = { "hash", "array" };

	for (size_t i = 0; i < 2; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, names[i]);

		for (uint32_t key = 0; map && key < ENTRIES; key++) {
			uint64_t value = 0;

			if (bpf_map__update_elem(map, &key, sizeof(key), &value, sizeof(value), 0))
				return -errno;
		}
	}
	return 0;
}

static void usage(FILE *stream)
{
	fprintf(stream, "usage: bench-vm [--rounds N] [--quick] [--csv FILE]\n"
			"Nanoseconds of one operation of an interpreted BPF program, and its ratio to the same in C: medians\n"
			"of N rounds (5), with the range. --quick: a short loop, one round: to see that it works.\n");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "csv", required_argument, NULL, 'c' }, { "rounds", required_argument, NULL, 'r' },
		{ "quick", no_argument, NULL, 'q' },	 { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct rq_machine_options machine_options = { .size = sizeof(machine_options), .cpus = 1 };
	struct bench_report report = { NULL };
	unsigned int rounds = 5;
	int option, err;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			report.csv = fopen(optarg, "we");
			if (!report.csv) {
				fprintf(stderr, "bench-vm: %s: %s\n", optarg, strerror(errno));
				return 2;
			}
			fprintf(report.csv, "lock,threads,metric,unit,median,min,max,rounds\n");
			break;
		case 'r':
			rounds = strtoul(optarg, NULL, 10);
			break;
		case 'q':
			rounds = 1;
			loop_turns = 1000000;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind < argc || !rounds || rounds > BENCH_ROUNDS) {
		usage(stderr);
		return 2;
	}
	err = rq_machine_create(&machine_options, &machine);
	object = err ? NULL : bpf_object__open_file(BENCH_VM_OBJECT, NULL);
	if (!object || bpf_object__load(object) || fill_maps()) {
		fprintf(stderr, "bench-vm: %s: %s\n", BENCH_VM_OBJECT, strerror(err ? -err : errno));
		return 2;
	}
	err = measure(rounds, &report);
	bpf_object__close(object);
	rq_machine_destroy(machine);
	if (report.csv)
		fclose(report.csv);
	return err;
}
