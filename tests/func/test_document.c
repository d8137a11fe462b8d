// SPDX-License-Identifier: BSD-2-Clause
/* The reference is whole: every kfunc of the tables is documented once, has a prototype, and nothing else is documented. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "btf/btf.h"
#include "func/document.h"

static unsigned int documents_of(const char *name)
{
	const struct rq_func_document *document;
	const struct rq_func_family *family;
	unsigned int count = 0;

	for (uint32_t f = 0; (family = rq_func_family_at(f)); f++)
		for (uint32_t i = 0; (document = rq_func_document_at(family, i)); i++)
			count += !strcmp(document->name, name);
	return count;
}

static void every_kfunc_is_documented_once(void **state)
{
	const struct rq_func *func;
	unsigned int wrong = 0;

	for (uint32_t i = 0; (func = rq_func_at(i)); i++) {
		if (func->helper || documents_of(func->name) == 1)
			continue;
		print_error("%s: %u rows in src/func/document.c\n", func->name, documents_of(func->name));
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void what_is_documented_exists(void **state)
{
	const struct rq_func_document *document;
	const struct rq_func_family *family;

	for (uint32_t f = 0; (family = rq_func_family_at(f)); f++) {
		assert_non_null(rq_func_document_at(family, 0));
		for (uint32_t i = 0; (document = rq_func_document_at(family, i)); i++)
			if (!rq_func_kfunc(document->name))
				fail_msg("%s is documented, but there is no such kfunc", document->name);
	}
}

/* libbpf finds a kfunc by its type: one without can't be called. */
static void every_kfunc_has_a_prototype(void **state)
{
	const struct rq_func *func;
	struct rq_btf *btf;

	assert_int_equal(rq_btf_kernel_builtin(&btf), 0);
	for (uint32_t i = 0; (func = rq_func_at(i)); i++)
		if (!func->helper && rq_btf_find(btf, func->name, BTF_KIND_FUNC) <= 0)
			fail_msg("%s is not in src/btf/kernel/kfuncs.h", func->name);
	rq_object_put(&btf->object);
}

static void what_needs_a_lock_is_for_types_that_may_have_one(void **state)
{
	const struct rq_prog_type *filter = rq_prog_type(BPF_PROG_TYPE_SOCKET_FILTER);
	const struct rq_prog_type *probe = rq_prog_type(BPF_PROG_TYPE_KPROBE);
	const struct rq_func *lock = rq_func_kfunc("bpf_res_spin_lock");
	const struct rq_func *irq = rq_func_kfunc("bpf_local_irq_save");

	assert_true(rq_func_callable(irq, filter, RQ_KERNEL_6_15));
	assert_false(rq_func_callable(lock, filter, RQ_KERNEL_7_3));
	assert_true(rq_func_callable(lock, filter, RQ_KERNEL_RELAXED));
	assert_false(rq_func_callable(lock, probe, RQ_KERNEL_6_18));
	assert_true(rq_func_callable(lock, probe, RQ_KERNEL_7_3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kfunc_is_documented_once),
		cmocka_unit_test(what_is_documented_exists),
		cmocka_unit_test(every_kfunc_has_a_prototype),
		cmocka_unit_test(what_needs_a_lock_is_for_types_that_may_have_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
