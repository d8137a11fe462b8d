// SPDX-License-Identifier: BSD-2-Clause
/* Programs as the verifier hands them over: notes, calls, callbacks, tail calls, exceptions, locks. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cpu/cpu.h"
#include "func/runtime.h"
#include "lock/lock.h"
#include "program.h"
#include "vm/vm.h"

#define PROG_INSNS 32

/* A program whose notes the test writes itself. */
struct program {
	struct rq_prog prog;
	struct bpf_insn insns[PROG_INSNS];
	struct rq_insn_note notes[PROG_INSNS];
};

static struct rq_domain *domain;
static struct rq_cpu *cpu;
static struct rq_runtime *runtime;
static const struct rq_prog_type type = { .type = BPF_PROG_TYPE_SYSCALL };

static void program_make(struct program *program, const struct bpf_insn *insns, uint32_t count)
{
	memset(program, 0, sizeof(*program));
	memcpy(program->insns, insns, count * sizeof(insns[0]));
	program->prog.object.id = 7;
	program->prog.type = &type;
	program->prog.insns = program->insns;
	program->prog.notes = program->notes;
	program->prog.insn_count = count;
	program->prog.verified = true;
	for (uint32_t i = 0; i < count; i++) {
		struct rq_insn_note *note = &program->notes[i];
		const struct bpf_insn *insn = &insns[i];

		note->kind = RQ_NOTE_PLAIN;
		if (insn->code != (BPF_JMP | BPF_CALL))
			continue;
		if (insn->src_reg == BPF_PSEUDO_CALL) {
			note->kind = RQ_NOTE_LOCAL_CALL;
			note->target = i + 1 + insn->imm;
		} else {
			note->kind = RQ_NOTE_HELPER;
			note->func = rq_func_helper(insn->imm);
		}
	}
}

#define PROGRAM(program, ...)                                                                                          \
	program_make(program, (const struct bpf_insn[]){ __VA_ARGS__ },                                               \
		     sizeof((const struct bpf_insn[]){ __VA_ARGS__ }) / sizeof(struct bpf_insn))

static void kfunc_at(struct program *program, uint32_t insn, const char *name)
{
	program->notes[insn].kind = RQ_NOTE_KFUNC;
	program->notes[insn].func = rq_func_kfunc(name);
	assert_non_null(program->notes[insn].func);
}

static struct rq_exec exec_of(const struct rq_prog *prog, void *ctx)
{
	return (struct rq_exec){ .cpu = cpu, .prog = prog, .ctx = ctx, .runtime = runtime };
}

static uint64_t run(struct program *program, void *ctx)
{
	struct rq_exec exec = exec_of(&program->prog, ctx);
	uint64_t result;

	assert_int_equal(rq_vm_prepare(&program->prog), 0);
	result = rq_vm_run(&exec);
	assert_false(exec.trapped);
	rq_vm_discard(&program->prog);
	return result;
}

static void context_fields_are_where_the_notes_say(void **state)
{
	struct { uint64_t before; uint64_t pointer; int16_t small; } host = { 1, 0x123456789abc, -2 };
	struct program program;

	PROGRAM(&program, LOAD(BPF_W, 2, 1, 76), LOAD(BPF_W, 3, 1, 4), STORE_K(BPF_W, 1, 8, 9), MOV_X(0, 2), ALU_X(BPF_ADD, 0, 3),
		EXIT);
	program.notes[0] = (struct rq_insn_note){ .kind = RQ_NOTE_CONTEXT, .context_offset = 8, .context_size = 8 };
	program.notes[1] = (struct rq_insn_note){ .kind = RQ_NOTE_CONTEXT, .context_offset = 16, .context_size = 2,
						  .sign_extend = true };
	program.notes[2] = (struct rq_insn_note){ .kind = RQ_NOTE_CONTEXT, .context_offset = 0, .context_size = 8 };

	assert_int_equal(run(&program, &host), 0x123456789aba);
	assert_int_equal(host.before, 9);
}

static void loads_through_bad_pointers_read_zero(void **state)
{
	static const uint64_t bad[] = { 0, 8, 0xffff888000000000, 0x0000700000000000, UINT64_MAX };
	int32_t good = -5;
	struct program program;

	PROGRAM(&program, MOV(0, 3), LOAD(BPF_W, 0, 1, 0), EXIT);
	program.notes[1].kind = RQ_NOTE_PROBE;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(run(&program, (void *)(uintptr_t)bad[i]), 0);
	errno = 1234;
	assert_int_equal(run(&program, &good), (uint32_t)-5);
	assert_int_equal(errno, 1234);
}

static void dead_code_traps(void **state)
{
	struct program program;
	struct rq_exec exec;

	PROGRAM(&program, MOV(0, 1), MOV(0, 2), EXIT);
	program.notes[1].kind = RQ_NOTE_DEAD;
	exec = exec_of(&program.prog, NULL);
	assert_int_equal(rq_vm_prepare(&program.prog), 0);
	assert_int_equal(rq_vm_run(&exec), 0);
	assert_true(exec.trapped);
	assert_int_equal(exec.insn, 1);
	rq_vm_discard(&program.prog);
}

static void what_is_only_checked_is_not_run(void **state)
{
	static const struct rq_func checked = { .name = "bpf_only_checked", .helper = 250 };
	struct program program;
	uint32_t insn;

	PROGRAM(&program, MOV(0, 1), CALL(5), EXIT);
	program.notes[1].func = &checked;
	assert_int_equal(rq_vm_prepare(&program.prog), -EOPNOTSUPP);
	assert_ptr_equal(rq_vm_missing(&program.prog, &insn), &checked);
	assert_int_equal(insn, 1);
	program.prog.verified = false;
	assert_int_equal(rq_vm_prepare(&program.prog), -EINVAL);
}

/* for (i = 0; i < 5; i++) *sum += i; returns how often it went round */
static void loop_calls_back(void **state)
{
	uint64_t sum = 100;
	struct program program;

	PROGRAM(&program, MOV_X(3, 1), MOV(1, 5), INSN(0x18, 2, BPF_PSEUDO_FUNC, 0, 4), INSN(0, 0, 0, 0, 0), MOV(4, 0),
		CALL(BPF_FUNC_loop), EXIT,
		/* callback(i, sum) */
		LOAD(BPF_DW, 3, 2, 0), ALU_X(BPF_ADD, 3, 1), STORE(BPF_DW, 2, 3, 0), MOV(0, 0), EXIT);
	program.notes[2].kind = RQ_NOTE_ADDRESS;

	assert_int_equal(run(&program, &sum), 5);
	assert_int_equal(sum, 110);
}

static void loop_stops_when_told(void **state)
{
	struct program program;

	PROGRAM(&program, MOV(1, 1000), INSN(0x18, 2, BPF_PSEUDO_FUNC, 0, 5), INSN(0, 0, 0, 0, 0), MOV(3, 0), MOV(4, 0),
		CALL(BPF_FUNC_loop), EXIT,
		MOV(0, 0), JUMP(BPF_JNE, 1, 41, 1), MOV(0, 1), EXIT);
	program.notes[1].kind = RQ_NOTE_ADDRESS;
	assert_int_equal(run(&program, NULL), 42);
}

/* From a callback, inside a local call: the whole run ends with the cookie. */
static void throw_ends_the_run(void **state)
{
	struct program program;

	PROGRAM(&program, CALL_LOCAL(2), MOV(0, 1), EXIT,
		MOV(1, 9), INSN(0x18, 2, BPF_PSEUDO_FUNC, 0, 5), INSN(0, 0, 0, 0, 0), MOV(3, 0), MOV(4, 0),
		CALL(BPF_FUNC_loop), EXIT,
		MOV(1, 77), CALL(0), MOV(0, 0), EXIT);
	program.notes[4].kind = RQ_NOTE_ADDRESS;
	kfunc_at(&program, 11, "bpf_throw");
	assert_int_equal(run(&program, NULL), 77);
}

static struct program *tail_target;

static const struct rq_prog *program_at(struct rq_map *map, uint32_t index)
{
	return index == 1 ? &tail_target->prog : NULL;
}

static void tail_call_runs_the_other_program(void **state)
{
	static const struct rq_map_ops ops = { .program = program_at };
	struct rq_map map = { .ops = &ops, .max_entries = 2 };
	struct program first, second;
	uint64_t ctx = 5;

	/* An index that is empty or outside is no call: the program goes on. */
	PROGRAM(&first, MOV_X(6, 1), WIDE(2, (uintptr_t)&map), MOV(3, 0), CALL(BPF_FUNC_tail_call), MOV_X(1, 6),
		WIDE(2, (uintptr_t)&map), MOV(3, 7), CALL(BPF_FUNC_tail_call), MOV_X(1, 6),
		WIDE(2, (uintptr_t)&map), MOV(3, 1), CALL(BPF_FUNC_tail_call), MOV(0, 1), EXIT);
	PROGRAM(&second, LOAD(BPF_DW, 0, 1, 0), ALU(BPF_ADD, 0, 40), EXIT);
	tail_target = &second;
	assert_int_equal(rq_vm_prepare(&second.prog), 0);
	assert_int_equal(run(&first, &ctx), 45);
	rq_vm_discard(&second.prog);
}

/* From a subprogram, the other program takes the subprogram's place only. */
static void tail_call_from_a_subprogram_returns_to_its_caller(void **state)
{
	static const struct rq_map_ops ops = { .program = program_at };
	struct rq_map map = { .ops = &ops, .max_entries = 2 };
	struct program first, second;

	PROGRAM(&first, MOV(6, 100), CALL_LOCAL(2), ALU_X(BPF_ADD, 0, 6), EXIT,
		WIDE(2, (uintptr_t)&map), MOV(3, 1), CALL(BPF_FUNC_tail_call), MOV(0, 1), EXIT);
	PROGRAM(&second, MOV(6, 0), MOV(0, 23), EXIT);
	tail_target = &second;
	assert_int_equal(rq_vm_prepare(&second.prog), 0);
	assert_int_equal(run(&first, NULL), 123);
	rq_vm_discard(&second.prog);
}

static void tail_calls_are_33_at_most(void **state)
{
	static const struct rq_map_ops ops = { .program = program_at };
	struct rq_map map = { .ops = &ops, .max_entries = 2 };
	struct program program;
	uint64_t count = 0;

	/* (*ctx)++; tail_call(self); return *ctx */
	PROGRAM(&program, MOV_X(6, 1), LOAD(BPF_DW, 7, 6, 0), ALU(BPF_ADD, 7, 1), STORE(BPF_DW, 6, 7, 0),
		WIDE(2, (uintptr_t)&map), MOV(3, 1), CALL(BPF_FUNC_tail_call), LOAD(BPF_DW, 0, 6, 0), EXIT);
	tail_target = &program;
	assert_int_equal(run(&program, &count), 34);
}

/* ---- Locks ---- */

static int attempts, attempt_result, releases;

static void attempted(struct rq_exec *exec, const rqspinlock_t *lock, int result, const struct rq_lock_cost *cost)
{
	attempts++;
	attempt_result = result;
	assert_int_equal(rq_site_prog_id(rq_exec_site(exec)), 7);
}

static void releasing(struct rq_exec *exec, const rqspinlock_t *lock)
{
	releases++;
}

static const struct rq_exec_observer observer = { .lock_attempted = attempted, .lock_releasing = releasing };

static void lock_irqsave_turns_off_and_restores(void **state)
{
	struct { rqspinlock_t lock; uint64_t value; } memory = { RQSPINLOCK_INIT, 0 };
	struct program program;
	struct rq_exec exec;

	PROGRAM(&program, MOV_X(6, 1), MOV_X(2, 10), ALU(BPF_ADD, 2, -8), CALL(0), MOV_X(7, 0), JUMP(BPF_JNE, 0, 0, 4),
		MOV_X(1, 6), MOV_X(2, 10), ALU(BPF_ADD, 2, -8), CALL(0), MOV_X(0, 7), EXIT);
	kfunc_at(&program, 3, "bpf_res_spin_lock_irqsave");
	kfunc_at(&program, 9, "bpf_res_spin_unlock_irqrestore");
	attempts = releases = 0;
	exec = exec_of(&program.prog, &memory);
	exec.observer = &observer;
	assert_int_equal(rq_vm_prepare(&program.prog), 0);
	assert_int_equal(rq_vm_run(&exec), 0);
	rq_vm_discard(&program.prog);
	assert_int_equal(attempts, 1);
	assert_int_equal(attempt_result, 0);
	assert_int_equal(releases, 1);
	assert_int_equal(rq_lock_held_count(cpu), 0);
	assert_false(rq_cpu_irqs_disabled(cpu));
	assert_int_equal(rq_cpu_preempt_count(cpu), 0);
}

/* The same lock again: -EDEADLK, everything as before, the flags' slot untouched. */
static void failed_lock_irqsave_leaves_no_trace(void **state)
{
	rqspinlock_t lock = RQSPINLOCK_INIT;
	struct program program;

	PROGRAM(&program, STORE_K(BPF_DW, 10, -8, 1234), MOV_X(2, 10), ALU(BPF_ADD, 2, -8), CALL(0), MOV_X(6, 0),
		LOAD(BPF_DW, 0, 10, -8), ALU_X(BPF_ADD, 0, 6), EXIT);
	kfunc_at(&program, 3, "bpf_res_spin_lock_irqsave");
	assert_int_equal(rq_lock_acquire(cpu, &lock, 0, 1, NULL), 0);
	assert_int_equal(run(&program, &lock), 1234 - EDEADLK);
	assert_false(rq_cpu_irqs_disabled(cpu));
	assert_int_equal(rq_cpu_preempt_count(cpu), 0);
	assert_int_equal(rq_lock_release(cpu, &lock), 0);
}

/* An NMI that wants the bpf_spin_lock of the task below: its run ends there, and nothing that the lock protects is touched. */
static void a_spin_lock_that_can_not_be_had_ends_the_run(void **state)
{
	rqspinlock_t lock = RQSPINLOCK_INIT;
	struct program program;

	PROGRAM(&program, CALL(BPF_FUNC_spin_lock), MOV(0, 7), EXIT);
	assert_int_equal(rq_lock_acquire(cpu, &lock, 0, 1, NULL), 0);
	assert_int_equal(run(&program, &lock), 0);
	assert_int_equal(rq_lock_release(cpu, &lock), 0);
	assert_false(rq_cpu_irqs_disabled(cpu));
	assert_int_equal(rq_cpu_preempt_count(cpu), 0);
}

/* What the verifier lets nobody do: the run is marked, and the CPU goes on as before. */
static void an_unbalanced_run_is_noticed_and_undone(void **state)
{
	struct program program;
	struct rq_exec exec;

	PROGRAM(&program, MOV_X(1, 10), ALU(BPF_ADD, 1, -8), CALL(0), CALL(0), MOV(0, 3), EXIT);
	kfunc_at(&program, 2, "bpf_local_irq_save");
	kfunc_at(&program, 3, "bpf_preempt_disable");
	exec = exec_of(&program.prog, NULL);
	assert_int_equal(rq_vm_prepare(&program.prog), 0);
	assert_int_equal(rq_vm_run(&exec), 3);
	assert_true(exec.unbalanced);
	assert_false(rq_cpu_irqs_disabled(cpu));
	assert_int_equal(rq_cpu_preempt_count(cpu), 0);
	rq_vm_discard(&program.prog);

	PROGRAM(&program, MOV_X(1, 10), ALU(BPF_ADD, 1, -8), CALL(0), MOV_X(1, 10), ALU(BPF_ADD, 1, -8), CALL(0), MOV(0, 3), EXIT);
	kfunc_at(&program, 2, "bpf_local_irq_save");
	kfunc_at(&program, 5, "bpf_local_irq_restore");
	exec = exec_of(&program.prog, NULL);
	assert_int_equal(rq_vm_prepare(&program.prog), 0);
	assert_int_equal(rq_vm_run(&exec), 3);
	assert_false(exec.unbalanced);
	rq_vm_discard(&program.prog);
}

static int setup(void **state)
{
	const struct rq_domain_options options = { .cpus = 1, .policy = RQSPIN_POLICY_KERNEL, .order = RQSPIN_ORDER_FIFO };

	return rq_domain_create(&options, &domain) || rq_cpu_attach(domain, 0, &cpu) || rq_runtime_create(1, 1, &runtime);
}

static int teardown(void **state)
{
	rq_runtime_destroy(runtime);
	rq_cpu_detach(cpu);
	rq_domain_destroy(domain);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(context_fields_are_where_the_notes_say),
		cmocka_unit_test(loads_through_bad_pointers_read_zero),
		cmocka_unit_test(dead_code_traps),
		cmocka_unit_test(what_is_only_checked_is_not_run),
		cmocka_unit_test(loop_calls_back),
		cmocka_unit_test(loop_stops_when_told),
		cmocka_unit_test(throw_ends_the_run),
		cmocka_unit_test(tail_call_runs_the_other_program),
		cmocka_unit_test(tail_call_from_a_subprogram_returns_to_its_caller),
		cmocka_unit_test(tail_calls_are_33_at_most),
		cmocka_unit_test(lock_irqsave_turns_off_and_restores),
		cmocka_unit_test(failed_lock_irqsave_leaves_no_trace),
		cmocka_unit_test(a_spin_lock_that_can_not_be_had_ends_the_run),
		cmocka_unit_test(an_unbalanced_run_is_noticed_and_undone),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
