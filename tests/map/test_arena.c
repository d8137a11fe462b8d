/* SPDX-License-Identifier: BSD-2-Clause */
/* Arenas: pages, who has them, and what an access finds. */
#include "fixture.h"

#include <sys/mman.h>

#include "map/arena.h"

#define PAGE  4096u
#define START 0x30000000ull
#define PAGES 16u

static struct rq_map *make_arena(uint64_t start, uint32_t pages)
{
	union bpf_attr attr = { .map_type = RQ_MAP_TYPE_ARENA, .max_entries = pages, .map_flags = BPF_F_MMAPABLE,
				.map_extra = start };
	struct rq_map *map = NULL;

	assert_int_equal(rq_map_create(&attr, &host, &map), 0);
	return map;
}

static void pages_are_given_out_once_and_zeroed(void **state)
{
	struct rq_map *map = make_arena(START, PAGES);
	uint64_t first = rq_arena_alloc(map, 0, PAGES - 1), last = rq_arena_alloc(map, 0, 1);
	uint64_t *memory = rq_arena_memory(map, (uint32_t)first, 8);

	assert_int_equal(first, START);
	assert_int_equal(last, START + (PAGES - 1) * PAGE);
	assert_int_equal(rq_arena_alloc(map, 0, 1), 0);
	assert_int_equal(*memory, 0);
	*memory = 5;
	rq_arena_free(map, first, 1);
	assert_int_equal(rq_arena_alloc(map, 0, 2), 0);
	assert_int_equal(rq_arena_alloc(map, 0, 1), first);
	assert_int_equal(*(uint64_t *)rq_arena_memory(map, (uint32_t)first, 8), 0);
	end_map(map);
}

static void a_missing_page_has_no_memory(void **state)
{
	struct rq_map *map = make_arena(START, PAGES);
	uint64_t page = rq_arena_alloc(map, START + 2 * PAGE, 1);

	assert_int_equal(page, START + 2 * PAGE);
	assert_non_null(rq_arena_memory(map, (uint32_t)page, 8));
	assert_non_null(rq_arena_memory(map, (uint32_t)page + PAGE - 8, 8));
	assert_null(rq_arena_memory(map, (uint32_t)page + PAGE - 4, 8)); /* half of it */
	assert_null(rq_arena_memory(map, (uint32_t)page - 1, 2));
	assert_null(rq_arena_memory(map, 0, 1));
	assert_null(rq_arena_memory(map, (uint32_t)START + PAGES * PAGE, 1));
	assert_null(rq_arena_memory(map, UINT32_MAX, 8));
	rq_arena_free(map, page, 1);
	assert_null(rq_arena_memory(map, (uint32_t)page, 8));
	end_map(map);
}

static void what_can_not_be_had_is_refused(void **state)
{
	struct rq_map *map = make_arena(START, PAGES);

	assert_int_equal(rq_arena_alloc(map, 0, 0), 0);
	assert_int_equal(rq_arena_alloc(map, 0, PAGES + 1), 0);
	assert_int_equal(rq_arena_alloc(map, START + 1, 1), 0);
	assert_int_equal(rq_arena_alloc(map, START + PAGES * PAGE, 1), 0);
	assert_int_equal(rq_arena_alloc(map, START + (PAGES - 1) * PAGE, 2), 0);
	assert_int_equal(rq_arena_alloc(map, START + PAGE, 2), START + PAGE);
	assert_int_equal(rq_arena_alloc(map, START, 2), 0);
	rq_arena_free(map, START - PAGE, 1); /* nothing there */
	rq_arena_free(map, START, UINT32_MAX);
	assert_int_equal(rq_arena_alloc(map, START, PAGES), START);
	end_map(map);
}

static void reserved_pages_are_not_given_out(void **state)
{
	struct rq_map *map = make_arena(START, PAGES);

	assert_int_equal(rq_arena_reserve(map, START, 2), 0);
	assert_int_equal(rq_arena_reserve(map, START + PAGE, 2), -EBUSY);
	assert_int_equal(rq_arena_reserve(map, START + (PAGES - 1) * PAGE, 2), -EINVAL);
	assert_int_equal(rq_arena_reserve(map, START + 1, 1), -EBUSY); /* the page that it lies in */
	assert_int_equal(rq_arena_alloc(map, 0, 1), START + 2 * PAGE);
	assert_null(rq_arena_memory(map, (uint32_t)START, 1));
	rq_arena_free(map, START, 2);
	assert_int_equal(rq_arena_alloc(map, 0, 2), START);
	end_map(map);
}

/* What a user writes into a page that no program asked for makes it his: programs read it, and it is not given out. */
static void a_user_makes_pages_by_touching_them(void **state)
{
	struct rq_map *map = make_arena(START, PAGES);
	uint64_t *user = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, map->memory_fd, 0), *seen;

	assert_ptr_not_equal(user, MAP_FAILED);
	assert_null(rq_arena_memory(map, (uint32_t)START + PAGE, 8));
	user[PAGE / 8] = 99;
	seen = rq_arena_memory(map, (uint32_t)START + PAGE, 8);
	assert_non_null(seen);
	assert_int_equal(*seen, 99);
	user[3 * PAGE / 8] = 98;
	assert_int_equal(rq_arena_alloc(map, START, 4), 0);
	assert_int_equal(rq_arena_alloc(map, 0, 2), START + 4 * PAGE);
	assert_int_equal(rq_arena_alloc(map, 0, 1), START);
	munmap(user, PAGES * PAGE);
	end_map(map);
}

static void the_first_mapping_says_where_an_arena_is(void **state)
{
	struct rq_map *map = make_arena(0, PAGES);

	assert_int_equal(rq_arena_start(map), 0);
	assert_int_equal(rq_arena_alloc(map, 0, 1), 0);
	assert_int_equal(rq_arena_check_place(map, 0, PAGES * PAGE), 0);
	assert_int_equal(rq_arena_check_place(map, 0, (1ull << 32) + PAGE), -E2BIG);
	assert_int_equal(rq_arena_placed(map, (7ull << 32) - PAGE, 2 * PAGE), -ERANGE);
	assert_int_equal(rq_arena_placed(map, 7ull << 32 | START, PAGES * PAGE), 0);
	assert_int_equal(rq_arena_start(map), 7ull << 32 | START);
	assert_int_equal(rq_arena_check_place(map, START, PAGES * PAGE), -EINVAL);
	assert_int_equal(rq_arena_check_place(map, 7ull << 32 | START, (PAGES + 1) * PAGE), -E2BIG);
	assert_int_equal(rq_arena_check_place(map, 7ull << 32 | START, PAGES * PAGE), 0);
	assert_int_equal(rq_arena_alloc(map, 0, 1), 7ull << 32 | START);
	end_map(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_given_out_once_and_zeroed),
		cmocka_unit_test(a_missing_page_has_no_memory),
		cmocka_unit_test(what_can_not_be_had_is_refused),
		cmocka_unit_test(reserved_pages_are_not_given_out),
		cmocka_unit_test(a_user_makes_pages_by_touching_them),
		cmocka_unit_test(the_first_mapping_says_where_an_arena_is),
	};

	return cmocka_run_group_tests(tests, begin_two_cpus, end_cpus);
}
