/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the differential fuzzer share. A program names its maps, kernel functions and types by numbers of ours;
 * a world (the running kernel, or rqspin) puts its own descriptors and ids in their place.
 *
 *   generate.c   a random program from a seed       world.c        loads and runs it, in either world
 *   reduce.c     fewer instructions, same verdict   differential.c the comparison and its totals
 */
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>

#define INSNS_MAX     1024
#define FUNCTIONS_MAX 8
#define VALUE_BYTES   64
#define PACKET_BYTES  64
#define LOG_BYTES     (1 << 20)

enum fuzz_map { MAP_ARRAY, MAP_HASH, MAP_RES_LOCK, MAP_SPIN_LOCK, MAP_RINGBUF, MAPS };

enum fuzz_kfunc {
	KFUNC_RES_LOCK,
	KFUNC_RES_UNLOCK,
	KFUNC_RES_LOCK_IRQSAVE,
	KFUNC_RES_UNLOCK_IRQRESTORE,
	KFUNC_IRQ_SAVE,
	KFUNC_IRQ_RESTORE,
	KFUNC_PREEMPT_DISABLE,
	KFUNC_PREEMPT_ENABLE,
	KFUNC_RCU_LOCK,
	KFUNC_RCU_UNLOCK,
	KFUNC_ITER_NEW,
	KFUNC_ITER_NEXT,
	KFUNC_ITER_DESTROY,
	KFUNCS,
};

/* Kinds of function, each with a prototype in the programs' BTF. */
enum fuzz_function { FUNCTION_MAIN, FUNCTION_STATIC, FUNCTION_GLOBAL, FUNCTION_CALLBACK, FUNCTION_KINDS };

struct program {
	uint64_t seed;
	enum bpf_prog_type type;
	struct bpf_insn insns[INSNS_MAX];
	/* Beside each instruction: its map or kernel function, plus one; 0 none. */
	uint8_t map[INSNS_MAX], kfunc[INSNS_MAX];
	uint32_t count;
	struct {
		uint32_t start;
		enum fuzz_function kind;
	} functions[FUNCTIONS_MAX];
	uint32_t function_count;
	/* Its results depend on what it is given alone: no pointer and no uninitialised byte becomes data. */
	bool comparable;
};

/* The same program for the same seed, everywhere. */
void generate(struct program *program, uint64_t seed);

/* What one world said and did. */
struct outcome {
	int loaded;          /* 0, or a negative errno */
	char *log;           /* LOG_BYTES of room */
	bool ran;
	uint32_t result;
	uint8_t packet[PACKET_BYTES];
	uint8_t values[MAPS][8][VALUE_BYTES];
	bool present[MAPS][8];
};

struct world {
	const char *name;
	long (*bpf)(int command, union bpf_attr *attr, unsigned int size);
	int maps[MAPS], btf;
	int32_t kfuncs[KFUNCS];
	uint32_t function_types[FUNCTION_KINDS];
};

/* 0, or a negative errno: the kernel's world may be closed to us (-EPERM), or be too old. */
int world_open(struct world *world, bool kernel);
/* Load it; when accepted and @run, run it once on fresh maps. */
void world_judge(const struct world *world, const struct program *program, bool run, struct outcome *outcome);
/* The reason: the log's last line that is no statistic. */
const char *outcome_reason(const struct outcome *outcome, char *text, uint32_t size);

/* Take instructions away for as long as @still_fails of what remains. */
void reduce(struct program *program, bool (*still_fails)(const struct program *program, void *arg), void *arg);
/* As C initialisers of tests/verifier would be too long: a disassembly, with the functions' starts. */
void print_program(const struct program *program);

#endif
