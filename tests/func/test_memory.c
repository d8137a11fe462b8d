// SPDX-License-Identifier: BSD-2-Clause
/* Memory that helpers give and read: objects of the runtime, trees, addresses that may be bad. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <cmocka.h>

#include "func/memory.h"
#include "func/runtime.h"
#include "func/tree.h"

#define PAGE 4096

/* ---- Reading at any address ---- */

static unsigned char *page_before_a_hole(void)
{
	unsigned char *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(pages, MAP_FAILED);
	assert_int_equal(mprotect(pages + PAGE, PAGE, PROT_NONE), 0);
	return pages;
}

static void bad_addresses_are_errors(void **state)
{
	unsigned char *pages = page_before_a_hole(), byte;
	uint64_t end = (uintptr_t)pages + PAGE, word;

	assert_int_equal(rq_probe_read(&word, end - 8, 8), 0);
	assert_int_equal(rq_probe_read(&word, end - 7, 8), -EFAULT);
	assert_int_equal(rq_probe_read(&byte, end, 1), -EFAULT);
	assert_int_equal(rq_probe_read(&byte, UINT64_MAX, 1), -EFAULT); /* the kernel's half */
	assert_int_equal(rq_probe_read(&byte, 0, 1), -ERANGE);
	assert_int_equal(rq_probe_read(&byte, 0, 0), -ERANGE); /* as Linux: before it looks at the size */
	assert_int_equal(rq_probe_read(&byte, 1ULL << 55, 1), -ERANGE);
	munmap(pages, 2 * PAGE);
}

static void a_string_ends_at_its_nul_or_at_the_size(void **state)
{
	unsigned char *pages = page_before_a_hole();
	uint64_t end = (uintptr_t)pages + PAGE;
	char text[600];

	strcpy((char *)pages + PAGE - 6, "hello"); /* what follows can't be read */
	assert_int_equal(rq_probe_read_string(text, end - 6, sizeof(text)), 6);
	assert_string_equal(text, "hello");
	assert_int_equal(rq_probe_read_string(text, end - 6, 4), 4);
	assert_string_equal(text, "hel");
	memset(pages + PAGE - 600, 'x', 600);
	assert_int_equal(rq_probe_read_string(text, end - 600, 600), 600);
	assert_int_equal(rq_probe_read_string(text, end - 500, 600), -EFAULT);
	munmap(pages, 2 * PAGE);
}

/* ---- Objects ---- */

static void objects_are_zeroed_and_used_again(void **state)
{
	struct rq_runtime *runtime;
	unsigned char *object, *again, zeroes[100] = { 0 };

	assert_int_equal(rq_runtime_create(2, 1, &runtime), 0);
	object = rq_runtime_alloc(runtime, 100);
	memset(object, 0xff, 100);
	rq_runtime_free(runtime, object);
	again = rq_runtime_alloc(runtime, 100);
	assert_ptr_equal(again, object);
	assert_memory_equal(again, zeroes, 100);
	assert_ptr_not_equal(rq_runtime_alloc(runtime, 100), again);
	assert_null(rq_runtime_alloc(runtime, 64 << 20));
	rq_runtime_free(runtime, NULL);
	rq_runtime_destroy(runtime);
}

static bool runs_have_ended;
static int graces_begun;

static void begin_grace(void *arg, uint64_t *marks)
{
	graces_begun++;
	marks[0] = marks[1] = 7;
}

static bool grace_is_over(void *arg, const uint64_t *marks)
{
	assert_int_equal(marks[0], 7);
	assert_int_equal(marks[1], 7);
	return runs_have_ended;
}

/* What another run may still read keeps its bytes until all runs that there were have ended, and so does what came later. */
static void what_others_may_use_is_kept_for_a_grace_period(void **state)
{
	const struct rq_grace grace = { begin_grace, grace_is_over, NULL };
	struct rq_runtime *runtime;
	uint64_t *first, *later, *large;

	assert_int_equal(rq_runtime_create(2, 1, &runtime), 0);
	rq_runtime_set_grace(runtime, &grace);
	first = rq_runtime_alloc(runtime, 100);
	later = rq_runtime_alloc(runtime, 100);
	large = rq_runtime_alloc(runtime, 5000);
	*first = *later = 42;
	graces_begun = 0;
	runs_have_ended = false;
	rq_runtime_free_later(runtime, NULL);
	rq_runtime_reclaim(runtime);
	assert_int_equal(graces_begun, 0);
	rq_runtime_free_later(runtime, first);
	rq_runtime_free_later(runtime, large);
	rq_runtime_reclaim(runtime);
	assert_int_equal(graces_begun, 1);
	rq_runtime_free_later(runtime, later);
	rq_runtime_reclaim(runtime);
	assert_int_equal(graces_begun, 1);
	assert_ptr_not_equal(rq_runtime_alloc(runtime, 100), first);
	assert_int_equal(*first, 42);
	runs_have_ended = true;
	rq_runtime_reclaim(runtime); /* the first batch is free, the next one waits */
	runs_have_ended = false;
	assert_int_equal(graces_begun, 2);
	assert_ptr_equal(rq_runtime_alloc(runtime, 100), first);
	assert_ptr_equal(rq_runtime_alloc(runtime, 5000), large);
	assert_ptr_not_equal(rq_runtime_alloc(runtime, 100), later);
	assert_int_equal(*later, 42);
	runs_have_ended = true;
	rq_runtime_reclaim(runtime);
	assert_ptr_equal(rq_runtime_alloc(runtime, 100), later);
	rq_runtime_destroy(runtime);
}

static void percpu_objects_are_apart(void **state)
{
	struct rq_runtime *runtime;
	unsigned char *object;

	assert_int_equal(rq_runtime_create(3, 1, &runtime), 0);
	object = rq_runtime_alloc_percpu(runtime, 20);
	for (unsigned int cpu = 0; cpu < 3; cpu++)
		memset(rq_runtime_on_cpu(runtime, object, cpu), cpu + 1, 20);
	for (unsigned int cpu = 0; cpu < 3; cpu++)
		for (int i = 0; i < 20; i++)
			assert_int_equal(((unsigned char *)rq_runtime_on_cpu(runtime, object, cpu))[i], cpu + 1);
	rq_runtime_destroy(runtime);
}

static void memory_ends_with_null(void **state)
{
	struct rq_runtime *runtime;
	int given = 0;

	assert_int_equal(rq_runtime_create(1, 1, &runtime), 0);
	while (rq_runtime_alloc(runtime, 1 << 20))
		given++;
	assert_in_range(given, 100, 256);
	rq_runtime_destroy(runtime);
}

#define THREADS 4
#define ROUNDS	20000

static void *churn(void *arg)
{
	struct rq_runtime *runtime = arg;
	uint64_t *mine[8] = { 0 };

	for (uint64_t i = 0; i < ROUNDS; i++) {
		uint64_t **slot = &mine[i % 8];

		/* Nobody else writes to what is ours. */
		if (*slot && (*slot)[0] != (uintptr_t)slot)
			return (void *)1;
		rq_runtime_free(runtime, *slot);
		*slot = rq_runtime_alloc(runtime, 48);
		if (!*slot || (*slot)[0])
			return (void *)1;
		(*slot)[0] = (uintptr_t)slot;
	}
	return NULL;
}

static void threads_never_get_the_same_object(void **state)
{
	struct rq_runtime *runtime;
	pthread_t threads[THREADS];
	void *failed;

	assert_int_equal(rq_runtime_create(THREADS, 1, &runtime), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, churn, runtime), 0);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	rq_runtime_destroy(runtime);
}

/* ---- Trees ---- */

struct element {
	struct rq_tree_node node;
	uint32_t key;
	bool in;
};

static void insert(struct rq_tree *tree, struct element *element)
{
	struct rq_tree_node *parent = NULL, *next = tree->root;
	bool left = false;

	while (next) {
		parent = next;
		left = element->key < ((struct element *)parent)->key;
		next = left ? parent->left : parent->right;
	}
	element->node.owner_and_color = (uintptr_t)tree;
	rq_tree_insert(tree, &element->node, parent, left);
}

/* Black nodes on each path down; the rules hold below @node, and keys are in order. */
static int check(const struct rq_tree_node *node, const struct rq_tree_node *parent, uint32_t low, uint32_t high)
{
	const struct element *element = (const struct element *)node;
	int left, right;
	bool red;

	if (!node)
		return 1;
	red = node->owner_and_color & RQ_TREE_RED;
	assert_ptr_equal(node->parent, parent);
	assert_in_range(element->key, low, high);
	assert_false(red && parent && parent->owner_and_color & RQ_TREE_RED);
	left = check(node->left, node, low, element->key);
	right = check(node->right, node, element->key, high);
	assert_int_equal(left, right);
	return left + !red;
}

static void trees_stay_balanced(void **state)
{
	static struct element elements[300];
	struct rq_tree tree = { 0 };
	uint64_t random = 88172645463325252;

	for (int i = 0; i < 300; i++)
		elements[i].key = (i * 7919) % 307;
	for (int round = 0; round < 20000; round++) {
		struct element *element;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		element = &elements[random % 300];
		if (element->in)
			rq_tree_remove(&tree, &element->node);
		else
			insert(&tree, element);
		element->in = !element->in;
		if (round % 16 == 0) {
			assert_false(tree.root && tree.root->owner_and_color & RQ_TREE_RED);
			check(tree.root, NULL, 0, UINT32_MAX);
		}
	}
	for (uint32_t last = 0; tree.root;) {
		struct element *first = (struct element *)rq_tree_first(&tree);

		assert_true(first->key >= last);
		last = first->key;
		rq_tree_remove(&tree, &first->node);
		assert_null(rq_tree_owner(&first->node));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_addresses_are_errors),
		cmocka_unit_test(a_string_ends_at_its_nul_or_at_the_size),
		cmocka_unit_test(objects_are_zeroed_and_used_again),
		cmocka_unit_test(what_others_may_use_is_kept_for_a_grace_period),
		cmocka_unit_test(percpu_objects_are_apart),
		cmocka_unit_test(memory_ends_with_null),
		cmocka_unit_test(threads_never_get_the_same_object),
		cmocka_unit_test(trees_stay_balanced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
