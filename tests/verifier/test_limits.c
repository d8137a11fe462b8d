/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs made to cost much: the verifier ends, on a small stack, within its memory. And what it tells a listener. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "verifier/verifier.h"

#define SMALL_STACK (64 << 10)
#define INSNS_MAX   60000

static struct bpf_insn insns[INSNS_MAX];
static uint32_t count;

static void add(uint8_t code, uint8_t dst, uint8_t src, int16_t off, int32_t imm)
{
	insns[count++] = (struct bpf_insn){ .code = code, .dst_reg = dst, .src_reg = src, .off = off, .imm = imm };
}

struct attempt {
	struct rq_verify_options options;
	struct rq_map **maps;
	uint32_t map_count;
	struct rq_btf *kernel_btf;
	struct rq_rejection rejection;
	int err;
};

/* Wide loads name their map by its index in imm. */
static void *verify(void *arg)
{
	struct attempt *a = arg;
	struct rq_prog prog = { .type = rq_prog_type(BPF_PROG_TYPE_SCHED_CLS), .gpl = true, .insns = insns, .insn_count = count,
				.maps = a->maps, .map_count = a->map_count, .kernel_btf = a->kernel_btf };

	prog.insn_map = malloc(count * sizeof(*prog.insn_map));
	for (uint32_t i = 0; i < count; i++) {
		bool loads_map = insns[i].code == (BPF_LD | BPF_IMM | BPF_DW) && insns[i].src_reg == BPF_PSEUDO_MAP_FD;

		prog.insn_map[i] = loads_map ? (uint32_t)insns[i].imm : UINT32_MAX;
	}
	a->options.kernel = RQ_KERNEL_6_18;
	a->err = rq_verify(&prog, &a->options, NULL, &a->rejection);
	free(prog.insn_map);
	rq_free(prog.subprogs);
	rq_free(prog.notes);
	return NULL;
}

/* In a thread whose stack is no larger than a handler's may be. */
static struct attempt on_small_stack(void)
{
	struct attempt a = { 0 };
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	assert_int_equal(pthread_attr_setstacksize(&attributes, SMALL_STACK), 0);
	assert_int_equal(pthread_create(&thread, &attributes, verify, &a), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attributes);
	return a;
}

static void start(void)
{
	count = 0;
	add(BPF_LDX | BPF_MEM | BPF_W, 6, 1, 8, 0);
	add(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
}

static void end(void)
{
	add(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void a_long_chain_of_jumps_needs_no_stack(void **state)
{
	struct attempt a;

	start();
	while (count < INSNS_MAX - 2)
		add(BPF_JMP | BPF_JA, 0, 0, 0, 0);
	end();
	a = on_small_stack();
	assert_string_equal(a.rejection.reason, "");
	assert_int_equal(a.err, 0);
}

/* A branch waits at each test: its outcome is never known. */
static void branches_end_at_a_limit(void **state)
{
	struct attempt a;

	start();
	while (count < INSNS_MAX - 4) {
		add(BPF_JMP | BPF_JEQ | BPF_K, 6, 0, 1, (int32_t)count);
		add(BPF_ALU64 | BPF_ADD | BPF_X, 0, 6, 0, 0);
	}
	end();
	a = on_small_stack();
	assert_string_equal(a.rejection.reason, "The sequence of 8193 jumps is too complex.");
	assert_int_equal(a.err, -E2BIG);
}

/* 255 functions, each calling the next one: refused at the ninth frame, whatever the machine's own stack is. */
static void functions_that_call_each_other_end_at_a_limit(void **state)
{
	struct attempt a;

	start();
	add(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 1);
	end();
	for (int i = 0; i < 254; i++) {
		add(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 1);
		end();
	}
	add(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	end();
	a = on_small_stack();
	assert_string_equal(a.rejection.reason, "the call stack of 9 frames is too deep");
	assert_int_equal(a.err, -E2BIG);
}

static void states_take_no_more_memory_than_they_may(void **state)
{
	struct attempt a = { .options = { .memory_max = 1 << 20 } };

	start();
	while (count < 4000) {
		add(BPF_JMP | BPF_JSET | BPF_K, 6, 0, 1, 1 << count % 31);
		add(BPF_ALU64 | BPF_ADD | BPF_X, 0, 6, 0, 0);
	}
	end();
	verify(&a);
	assert_string_equal(a.rejection.reason, "the states of this program take more than 1 MiB of memory");
	assert_int_equal(a.err, -ENOMEM);
}

/* ---- What listeners hear ---- */

struct heard {
	struct rq_verify_lock locks[4], held[4];
	uint32_t held_count[4], count;
};

static void hear(void *arg, const struct rq_prog *prog, const struct rq_verify_lock *lock, const struct rq_verify_lock *held,
		 uint32_t held_count)
{
	struct heard *heard = arg;

	assert_in_range(heard->count, 0, 3);
	heard->locks[heard->count] = *lock;
	heard->held_count[heard->count] = held_count;
	if (held_count)
		heard->held[heard->count] = held[held_count - 1];
	heard->count++;
}

static void look_up(int map, uint8_t into)
{
	add(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0);
	add(BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0);
	add(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4);
	add(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, map);
	add(0, 0, 0, 0, 0);
	add(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem);
	add(BPF_ALU64 | BPF_MOV | BPF_X, into, 0, 0, 0);
}

static void call(const struct rq_btf *kernel, const char *name, uint8_t lock)
{
	add(BPF_ALU64 | BPF_MOV | BPF_X, 1, lock, 0, 0);
	add(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, rq_btf_find(kernel, name, BTF_KIND_FUNC));
}

/* The outer lock is taken with nothing held, the inner one with the outer one held. */
static void a_listener_hears_what_is_held_when_a_lock_is_taken(void **state)
{
	struct rq_record *record = calloc(1, sizeof(*record) + sizeof(record->fields[0]));
	struct heard heard = { 0 };
	const struct rq_verify_listener listener = { .lock_taken = hear, .arg = &heard };
	struct attempt a = { .options = { .listener = &listener }, .map_count = 2 };
	struct rq_map maps[2], *both[2] = { &maps[0], &maps[1] };

	assert_int_equal(rq_btf_kernel_builtin(&a.kernel_btf), 0);
	record->count = 1;
	record->kinds = 1U << RQ_FIELD_RES_SPIN_LOCK;
	record->spin_lock_offset = record->timer_offset = record->refcount_offset = -1;
	record->res_spin_lock_offset = 0;
	record->fields[0].kind = RQ_FIELD_RES_SPIN_LOCK;
	record->fields[0].size = 4;
	for (int i = 0; i < 2; i++)
		maps[i] = (struct rq_map){ .ops = rq_map_type(BPF_MAP_TYPE_ARRAY), .key_size = 4, .value_size = 8,
					   .max_entries = 1, .btf = a.kernel_btf, .record = record };
	a.maps = both;
	count = 0;
	look_up(0, 6);
	look_up(1, 7);
	call(a.kernel_btf, "bpf_res_spin_lock", 6);
	add(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 7, 0);
	call(a.kernel_btf, "bpf_res_spin_lock", 7);
	add(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 2, 0);
	call(a.kernel_btf, "bpf_res_spin_unlock", 7);
	call(a.kernel_btf, "bpf_res_spin_unlock", 6);
	add(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	end();
	verify(&a);
	assert_string_equal(a.rejection.reason, "");
	assert_int_equal(heard.count, 2);
	assert_ptr_equal(heard.locks[0].map, &maps[0]);
	assert_int_equal(heard.held_count[0], 0);
	assert_ptr_equal(heard.locks[1].map, &maps[1]);
	assert_int_equal(heard.held_count[1], 1);
	assert_ptr_equal(heard.held[1].map, &maps[0]);
	assert_int_equal(heard.held[1].insn, heard.locks[0].insn);
	rq_object_put(&a.kernel_btf->object);
	free(record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_chain_of_jumps_needs_no_stack),
		cmocka_unit_test(branches_end_at_a_limit),
		cmocka_unit_test(functions_that_call_each_other_end_at_a_limit),
		cmocka_unit_test(states_take_no_more_memory_than_they_may),
		cmocka_unit_test(a_listener_hears_what_is_held_when_a_lock_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
