// SPDX-License-Identifier: BSD-2-Clause
/* What calls back into the program: loops, walks over maps, timers. A callback that throws ends the walk at once. */
#include "func/args.h"
#include "func/tables.h"

static const struct rq_func rows[] = {
	{ "bpf_loop", BPF_FUNC_loop, 0, RQ_DUTY_LOOP, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER, NULL,
	  { ANY, FUNC, CALLBACK_DATA, ANY }, NULL },
	{ "bpf_for_each_map_elem", BPF_FUNC_for_each_map_elem, 0, RQ_DUTY_FOR_EACH_MAP_ELEM, RQ_KERNEL_6_15,
	  RQ_GROUP_BASE, RQ_RET_INTEGER, NULL, { MAP, FUNC, CALLBACK_DATA, ANY }, NULL },
	{ "bpf_timer_init", BPF_FUNC_timer_init, GPL, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER, NULL,
	  { { RQ_ARG_TIMER }, MAP, ANY }, NULL },
	{ "bpf_timer_set_callback", BPF_FUNC_timer_set_callback, GPL, RQ_DUTY_TIMER_SET_CALLBACK, RQ_KERNEL_6_15,
	  RQ_GROUP_BASE, RQ_RET_INTEGER, NULL, { { RQ_ARG_TIMER }, FUNC }, NULL },
	{ "bpf_timer_start", BPF_FUNC_timer_start, GPL, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER,
	  NULL, { { RQ_ARG_TIMER }, ANY, ANY }, NULL },
	{ "bpf_timer_cancel", BPF_FUNC_timer_cancel, GPL, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER,
	  NULL, { { RQ_ARG_TIMER } }, NULL },
	{ "bpf_find_vma", BPF_FUNC_find_vma, 0, RQ_DUTY_FIND_VMA, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER, NULL,
	  { BTF("task_struct"), ANY, FUNC, CALLBACK_DATA, ANY }, NULL },
	{ "bpf_user_ringbuf_drain", BPF_FUNC_user_ringbuf_drain, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_INTEGER, NULL, { MAP, FUNC, CALLBACK_DATA, ANY }, NULL },
};

RQ_FUNC_TABLE(rq_callback_funcs, rows);
