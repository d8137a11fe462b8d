/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a value holds a lock: layouts and outcomes as measured on Linux 6.18 (docs/verifier.md, "where a lock may live"). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "base/memory.h"
#include "btf/btf.h"

#define LOCKS (1 << RQ_FIELD_SPIN_LOCK | 1 << RQ_FIELD_RES_SPIN_LOCK)
#define ALL   UINT32_MAX

struct program {
	struct btf *types;
	int u32, res_lock, spin_lock, refcount;
};

static int lock_struct(struct program *p, const char *name)
{
	int id = btf__add_struct(p->types, name, 4);

	assert_int_equal(btf__add_field(p->types, "val", p->u32, 0, 0), 0);
	return id;
}

static struct program program(void)
{
	struct program p = { .types = btf__new_empty() };

	assert_non_null(p.types);
	p.u32 = btf__add_int(p.types, "unsigned int", 4, 0);
	p.res_lock = lock_struct(&p, "bpf_res_spin_lock");
	p.spin_lock = lock_struct(&p, "bpf_spin_lock");
	p.refcount = lock_struct(&p, "bpf_refcount");
	return p;
}

/* A value of @size with members of the given types at the given bytes. */
static int value_of(struct program *p, uint32_t size, int type1, int at1, int type2, int at2)
{
	int id = btf__add_struct(p->types, "value", size);

	btf__add_field(p->types, "a", type1, at1 * 8, 0);
	if (type2)
		btf__add_field(p->types, "b", type2, at2 * 8, 0);
	return id;
}

static int load(struct program *p, struct rq_btf **btf)
{
	uint32_t size;
	const void *bytes = btf__raw_data(p->types, &size);
	int error = rq_btf_load(bytes, size, NULL, NULL, btf);

	btf__free(p->types);
	return error;
}

/* The record of type @id of @p, which this frees; *record is NULL when the value has no special fields. */
static int record_of(struct program *p, int id, uint32_t size, uint32_t allowed, struct rq_record **record)
{
	struct rq_btf *btf;
	int error;

	assert_int_equal(load(p, &btf), 0);
	error = rq_btf_parse_record(btf, NULL, id, size, allowed, record);
	rq_object_put(&btf->object);
	return error;
}

static void lock_at(struct program *p, int id, uint32_t size, int32_t offset)
{
	struct rq_record *record;

	assert_int_equal(record_of(p, id, size, LOCKS, &record), 0);
	if (offset < 0) {
		assert_null(record);
		return;
	}
	assert_non_null(record);
	assert_int_equal(record->res_spin_lock_offset, offset);
	rq_free(record);
}

static void a_lock_is_found_at_its_offset(void **state)
{
	struct program p = program();
	int id = value_of(&p, 16, p.u32, 0, p.res_lock, 8);

	lock_at(&p, id, 16, 8);
}

static void a_lock_in_a_nested_struct_is_found(void **state)
{
	struct program p = program();
	int inner = value_of(&p, 8, p.u32, 0, p.res_lock, 4);
	int id = value_of(&p, 16, p.u32, 0, inner, 8);

	lock_at(&p, id, 16, 12);
}

/* Two nested structs with a lock each: both are protected, the last one works. */
static void of_two_nested_locks_the_last_works(void **state)
{
	struct program p = program();
	int inner = value_of(&p, 8, p.u32, 0, p.res_lock, 4);
	int id = value_of(&p, 16, inner, 0, inner, 8);
	struct rq_record *record;

	assert_int_equal(record_of(&p, id, 16, LOCKS, &record), 0);
	assert_int_equal(record->count, 2);
	assert_int_equal(record->res_spin_lock_offset, 12);
	assert_non_null(rq_record_find(record, 4, LOCKS));
	rq_free(record);
}

static void two_locks_side_by_side_are_too_many(void **state)
{
	struct program p = program();
	int id = value_of(&p, 8, p.res_lock, 0, p.res_lock, 4);
	struct rq_record *record;

	assert_int_equal(record_of(&p, id, 8, LOCKS, &record), -E2BIG);
}

static void an_array_of_two_locks_is_too_many(void **state)
{
	struct program p = program();
	int array = btf__add_array(p.types, p.u32, p.res_lock, 2);
	int id = value_of(&p, 8, array, 0, 0, 0);
	struct rq_record *record;

	assert_int_equal(record_of(&p, id, 8, LOCKS, &record), -E2BIG);
}

static void an_array_of_one_lock_is_a_lock(void **state)
{
	struct program p = program();
	int array = btf__add_array(p.types, p.u32, p.res_lock, 1);
	int id = value_of(&p, 8, array, 4, 0, 0);

	lock_at(&p, id, 8, 4);
}

static void a_typedef_of_a_lock_is_no_lock(void **state)
{
	struct program p = program();
	int name = btf__add_typedef(p.types, "my_lock", p.res_lock);
	int id = value_of(&p, 4, name, 0, 0, 0);

	lock_at(&p, id, 4, -1);
}

static void a_volatile_lock_is_no_lock(void **state)
{
	struct program p = program();
	int qualified = btf__add_volatile(p.types, p.res_lock);
	int id = value_of(&p, 4, qualified, 0, 0, 0);

	lock_at(&p, id, 4, -1);
}

static void a_lock_in_a_union_is_no_lock(void **state)
{
	struct program p = program();
	int either = btf__add_union(p.types, "either", 4);
	int id;

	btf__add_field(p.types, "lock", p.res_lock, 0, 0);
	id = value_of(&p, 4, either, 0, 0, 0);
	lock_at(&p, id, 4, -1);
}

static void a_struct_of_that_name_and_another_size_is_no_lock(void **state)
{
	struct program p = program();
	int other = btf__add_struct(p.types, "bpf_res_spin_lock", 8);
	int id = value_of(&p, 8, other, 0, 0, 0);

	lock_at(&p, id, 8, -1);
}

static void a_misaligned_lock_is_refused(void **state)
{
	struct program p = program();
	int id = value_of(&p, 8, p.res_lock, 2, 0, 0);
	struct rq_record *record;

	assert_int_equal(record_of(&p, id, 8, LOCKS, &record), -EINVAL);
}

static void a_value_that_is_a_lock_is_no_value_with_a_lock(void **state)
{
	struct program p = program();

	lock_at(&p, p.res_lock, 4, -1);
}

/* One lock of each kind: refused when the types are loaded, since bpf_spin_lock makes the struct allocatable. */
static void both_kinds_in_one_struct_fail_the_load(void **state)
{
	struct program p = program();
	struct rq_btf *btf;

	value_of(&p, 8, p.spin_lock, 0, p.res_lock, 4);
	assert_int_equal(load(&p, &btf), -EINVAL);
}

static void two_old_locks_fail_the_load(void **state)
{
	struct program p = program();
	struct rq_btf *btf;

	value_of(&p, 8, p.spin_lock, 0, p.spin_lock, 4);
	assert_int_equal(load(&p, &btf), -E2BIG);
}

/* bpf_obj_new() knows of a resilient lock only beside another special field. */
static void a_lock_alone_makes_no_struct_meta(void **state)
{
	struct program p = program();
	int alone = value_of(&p, 4, p.res_lock, 0, 0, 0);
	int beside = value_of(&p, 8, p.res_lock, 0, p.refcount, 4);
	struct rq_btf *btf;

	assert_int_equal(load(&p, &btf), 0);
	assert_null(rq_btf_struct_meta(btf, alone));
	assert_non_null(rq_btf_struct_meta(btf, beside));
	assert_int_equal(rq_btf_struct_meta(btf, beside)->record->res_spin_lock_offset, 0);
	rq_object_put(&btf->object);
}

static int kptr_to(struct program *p, int target)
{
	return btf__add_ptr(p->types, btf__add_type_tag(p->types, "kptr", target));
}

static void a_kptr_to_a_forward_declaration_fails_the_load(void **state)
{
	struct program p = program();
	struct rq_btf *btf;

	value_of(&p, 8, kptr_to(&p, btf__add_fwd(p.types, "elsewhere", BTF_FWD_STRUCT)), 0, 0, 0);
	assert_int_equal(load(&p, &btf), -EINVAL);
}

static void a_kptr_to_a_struct_of_the_program_is_local(void **state)
{
	struct program p = program();
	int target = btf__add_struct(p.types, "mine", 4), id;
	struct rq_record *record;

	btf__add_field(p.types, "x", p.u32, 0, 0);
	id = value_of(&p, 8, kptr_to(&p, target), 0, 0, 0);
	assert_int_equal(record_of(&p, id, 8, ALL, &record), 0);
	assert_int_equal(record->fields[0].kind, RQ_FIELD_KPTR_REF);
	assert_int_equal(record->fields[0].target_id, target);
	rq_free(record);
}

static void more_than_eleven_fields_are_too_many(void **state)
{
	struct program p = program();
	int target = btf__add_struct(p.types, "mine", 4), id;
	struct rq_record *record;

	btf__add_field(p.types, "x", p.u32, 0, 0);
	id = value_of(&p, 96, btf__add_array(p.types, p.u32, kptr_to(&p, target), 12), 0, 0, 0);
	/* As a local type it fails already when the types are loaded: the element of an array makes no meta. */
	assert_int_equal(record_of(&p, id, 96, ALL, &record), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lock_is_found_at_its_offset),
		cmocka_unit_test(a_lock_in_a_nested_struct_is_found),
		cmocka_unit_test(of_two_nested_locks_the_last_works),
		cmocka_unit_test(two_locks_side_by_side_are_too_many),
		cmocka_unit_test(an_array_of_two_locks_is_too_many),
		cmocka_unit_test(an_array_of_one_lock_is_a_lock),
		cmocka_unit_test(a_typedef_of_a_lock_is_no_lock),
		cmocka_unit_test(a_volatile_lock_is_no_lock),
		cmocka_unit_test(a_lock_in_a_union_is_no_lock),
		cmocka_unit_test(a_struct_of_that_name_and_another_size_is_no_lock),
		cmocka_unit_test(a_misaligned_lock_is_refused),
		cmocka_unit_test(a_value_that_is_a_lock_is_no_value_with_a_lock),
		cmocka_unit_test(both_kinds_in_one_struct_fail_the_load),
		cmocka_unit_test(two_old_locks_fail_the_load),
		cmocka_unit_test(a_lock_alone_makes_no_struct_meta),
		cmocka_unit_test(a_kptr_to_a_forward_declaration_fails_the_load),
		cmocka_unit_test(a_kptr_to_a_struct_of_the_program_is_local),
		cmocka_unit_test(more_than_eleven_fields_are_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
