/* SPDX-License-Identifier: BSD-2-Clause */
/* The built-in kernel BTF has what programs meet; and a file's BTF serves too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "btf/btf.h"

static struct rq_btf *kernel(void)
{
	struct rq_btf *btf;

	assert_int_equal(rq_btf_kernel_builtin(&btf), 0);
	return btf;
}

static void it_is_one_for_the_process(void **state)
{
	struct rq_btf *a = kernel(), *b = kernel();

	assert_ptr_equal(a, b);
	rq_object_put(&a->object);
	rq_object_put(&b->object);
}

static void kfuncs_have_the_kernels_parameter_names(void **state)
{
	struct rq_btf *btf = kernel();
	int32_t id = rq_btf_find(btf, "bpf_res_spin_lock_irqsave", BTF_KIND_FUNC);
	const struct btf_type *proto;

	assert_true(id > 0);
	assert_true(rq_btf_has_decl_tag(btf, id, -1, "bpf_kfunc"));
	proto = btf__type_by_id(btf->types, btf__type_by_id(btf->types, id)->type);
	assert_int_equal(btf_vlen(proto), 2);
	assert_string_equal(btf__name_by_offset(btf->types, btf_params(proto)[1].name_off), "flags__irq_flag");
	rq_object_put(&btf->object);
}

static void structs_have_the_sizes_that_programs_rely_on(void **state)
{
	static const struct {
		const char *name;
		int64_t size;
	} structs[] = {
		{ "bpf_res_spin_lock", 4 }, { "bpf_spin_lock", 4 }, { "bpf_timer", 16 }, { "bpf_list_head", 16 },
		{ "bpf_list_node", 24 }, { "bpf_rb_root", 16 }, { "bpf_rb_node", 32 }, { "bpf_refcount", 4 },
		{ "bpf_iter_num", 8 }, { "bpf_dynptr", 16 }, { "__sk_buff", 192 }, { "xdp_md", 24 },
		{ "bpf_perf_event_data", 184 }, { "pt_regs", 168 },
	};
	struct rq_btf *btf = kernel();

	for (size_t i = 0; i < sizeof(structs) / sizeof(structs[0]); i++) {
		int32_t id = rq_btf_find(btf, structs[i].name, BTF_KIND_STRUCT);

		if (id < 0)
			fail_msg("no struct %s", structs[i].name);
		assert_int_equal(rq_btf_size_of(btf, id), structs[i].size);
	}
	rq_object_put(&btf->object);
}

static void what_libbpf_looks_for_is_there(void **state)
{
	struct rq_btf *btf = kernel();

	assert_true(rq_btf_find(btf, "btf_trace_task_newtask", BTF_KIND_TYPEDEF) > 0);
	assert_true(rq_btf_find(btf, "bpf_iter_task", BTF_KIND_FUNC) > 0);
	assert_true(rq_btf_find(btf, "bpf_lsm_file_open", BTF_KIND_FUNC) > 0);
	assert_true(rq_btf_find(btf, "bpf_struct_ops_tcp_congestion_ops", BTF_KIND_STRUCT) > 0);
	rq_object_put(&btf->object);
}

/* A kernel without resilient locks: its BTF has no such kfunc. */
static void a_file_gets_the_kfuncs_that_it_lacks(void **state)
{
	char path[] = "/tmp/rqspin-btf-XXXXXX";
	struct btf *old = btf__new_empty();
	struct rq_btf *btf;
	const void *bytes;
	uint32_t size;
	int fd = mkstemp(path);

	btf__add_int(old, "int", 4, BTF_INT_SIGNED);
	btf__add_struct(old, "task_struct", 0);
	bytes = btf__raw_data(old, &size);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
	btf__free(old);

	assert_int_equal(rq_btf_kernel_from_file(path, &btf), 0);
	assert_true(btf->kernel);
	assert_true(rq_btf_find(btf, "task_struct", BTF_KIND_STRUCT) > 0);
	assert_true(rq_btf_find(btf, "bpf_res_spin_lock", BTF_KIND_FUNC) > 0);
	rq_object_put(&btf->object);
	unlink(path);
}

static void a_missing_or_broken_file_is_refused(void **state)
{
	struct rq_btf *btf;

	assert_int_equal(rq_btf_kernel_from_file("/nonexistent", &btf), -ENOENT);
	assert_int_equal(rq_btf_kernel_from_file("/proc/self/status", &btf), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_one_for_the_process),
		cmocka_unit_test(kfuncs_have_the_kernels_parameter_names),
		cmocka_unit_test(structs_have_the_sizes_that_programs_rely_on),
		cmocka_unit_test(what_libbpf_looks_for_is_there),
		cmocka_unit_test(a_file_gets_the_kfuncs_that_it_lacks),
		cmocka_unit_test(a_missing_or_broken_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
