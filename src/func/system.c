// SPDX-License-Identifier: BSD-2-Clause
/* The machine that a program runs on: clocks, its CPU, random numbers; and leaving for another program. */
#include "cpu/cpu.h"
#include "func/args.h"
#include "func/runtime.h"
#include "func/tables.h"
#include "vm/vm.h"

#define NS_PER_JIFFY 4000000 /* 250 a second */

static uint64_t clock_now(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return rq_clock_ns();
}

static uint64_t boot_clock_now(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return rq_clock_other_ns(CLOCK_BOOTTIME);
}

static uint64_t atomic_clock_now(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return rq_clock_other_ns(CLOCK_TAI);
}

static uint64_t jiffies(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return rq_clock_ns() / NS_PER_JIFFY;
}

static uint64_t processor_id(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return rq_cpu_number(exec->cpu);
}

static uint64_t zero(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return 0;
}

static uint64_t random_number(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return (uint32_t)rq_random_next(rq_runtime_random(exec->runtime, rq_cpu_number(exec->cpu)));
}

#define PLAIN(name, flags, group, function)                                                                            \
	{ "bpf_" #name, BPF_FUNC_##name, flags, RQ_DUTY_NONE, RQ_KERNEL_6_15, group, RQ_RET_INTEGER, .call = function }

static const struct rq_func rows[] = {
	PLAIN(ktime_get_ns, 0, RQ_GROUP_BASE, clock_now),
	PLAIN(ktime_get_boot_ns, 0, RQ_GROUP_BASE, boot_clock_now),
	PLAIN(ktime_get_tai_ns, 0, RQ_GROUP_BASE, atomic_clock_now),
	PLAIN(ktime_get_coarse_ns, 0, RQ_GROUP_NET, clock_now),
	PLAIN(jiffies64, 0, RQ_GROUP_BASE, jiffies),
	PLAIN(get_smp_processor_id, RQ_KF_FASTCALL | RQ_FUNC_RETURNS_CPU, RQ_GROUP_BASE, processor_id),
	PLAIN(get_numa_node_id, 0, RQ_GROUP_BASE, zero),
	PLAIN(get_prandom_u32, 0, RQ_GROUP_BASE, random_number),
	/* The VM itself leaves for the other program: there is nothing to call. */
	{ "bpf_tail_call", BPF_FUNC_tail_call, 0, RQ_DUTY_TAIL_CALL, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_VOID, NULL,
	  { CONTEXT, MAP, ANY }, zero },
};

RQ_FUNC_TABLE(rq_system_funcs, rows);
