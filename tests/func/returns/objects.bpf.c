// SPDX-License-Identifier: BSD-2-Clause
/* What functions on objects, lists, trees, CPU masks, iterators and dynptrs return. */
#include "common.h"

extern void *bpf_obj_new_impl(__u64 local_type_id, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *object, void *meta) __ksym;
extern void *bpf_refcount_acquire_impl(void *object, void *meta) __ksym;
extern int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, __u64 off) __ksym;
extern int bpf_list_push_back_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, __u64 off) __ksym;
extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) __ksym;
extern struct bpf_list_node *bpf_list_pop_back(struct bpf_list_head *head) __ksym;
extern int bpf_rbtree_add_impl(struct bpf_rb_root *root, struct bpf_rb_node *node,
			       bool (less)(struct bpf_rb_node *a, const struct bpf_rb_node *b), void *meta, __u64 off) __ksym;
extern struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *root, struct bpf_rb_node *node) __ksym;
extern struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root) __ksym;

#define NEW(type) ((type *)bpf_obj_new_impl(bpf_core_type_id_local(type), 0))
#define bpf_core_type_id_local(type) __builtin_btf_type_id(*(typeof(type) *)0, 0)
#define DROP(object) bpf_obj_drop_impl(object, 0)
#define contains(type, member) __attribute__((btf_decl_tag("contains:" #type ":" #member)))
#define private(name) SEC(".data." #name) __attribute__((aligned(8))) __hidden
#define container_of(pointer, type, member) ((type *)((void *)(pointer) - __builtin_offsetof(type, member)))

struct item {
	int number;
	struct bpf_list_node link;
	struct bpf_rb_node node;
	struct bpf_refcount references;
};

private(A) struct bpf_spin_lock lock;
private(A) struct bpf_list_head list contains(item, link);
private(A) struct bpf_rb_root tree contains(item, node);

static bool is_less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct item, node)->number < container_of(b, struct item, node)->number;
}

static __always_inline int push(int number, bool front)
{
	struct item *item = NEW(struct item);
	int result;

	if (!item)
		return -1;
	item->number = number;
	bpf_spin_lock(&lock);
	result = front ? bpf_list_push_front_impl(&list, &item->link, 0, 0) : bpf_list_push_back_impl(&list, &item->link, 0, 0);
	bpf_spin_unlock(&lock);
	return result;
}

static __always_inline int pop(bool front)
{
	struct bpf_list_node *link;
	struct item *item;
	int number;

	bpf_spin_lock(&lock);
	link = front ? bpf_list_pop_front(&list) : bpf_list_pop_back(&list);
	bpf_spin_unlock(&lock);
	if (!link)
		return 9;
	item = container_of(link, struct item, link);
	number = item->number;
	DROP(item);
	return number;
}

SEC("tc") int list_order(struct __sk_buff *ctx)
{
	int result = 0;

	push(1, 1);
	push(2, 1);
	push(3, 0);
	push(4, 0);
	result = result * 10 + pop(1);
	result = result * 10 + pop(0);
	result = result * 10 + pop(1);
	result = result * 10 + pop(1);
	return result * 10 + pop(1);
}

SEC("tc") int list_push_twice(struct __sk_buff *ctx)
{
	struct item *item = NEW(struct item), *same;
	int first, second;

	if (!item)
		return -1;
	same = bpf_refcount_acquire_impl(item, 0);
	bpf_spin_lock(&lock);
	first = bpf_list_push_front_impl(&list, &item->link, 0, 0);
	second = bpf_list_push_front_impl(&list, &same->link, 0, 0);
	bpf_spin_unlock(&lock);
	return first * 1000 + second;
}

static __always_inline int add(int number)
{
	struct item *item = NEW(struct item);
	int result;

	if (!item)
		return -1;
	item->number = number;
	bpf_spin_lock(&lock);
	result = bpf_rbtree_add_impl(&tree, &item->node, is_less, 0, 0);
	bpf_spin_unlock(&lock);
	return result;
}

static __always_inline int take_first(void)
{
	struct bpf_rb_node *node;
	struct item *item;
	int number;

	bpf_spin_lock(&lock);
	node = bpf_rbtree_first(&tree);
	if (!node) {
		bpf_spin_unlock(&lock);
		return 9;
	}
	node = bpf_rbtree_remove(&tree, node);
	bpf_spin_unlock(&lock);
	if (!node)
		return 8;
	item = container_of(node, struct item, node);
	number = item->number;
	DROP(item);
	return number;
}

SEC("tc") int tree_order(struct __sk_buff *ctx)
{
	int result = 0;

	add(3);
	add(1);
	add(4);
	add(2);
	result = result * 10 + take_first();
	result = result * 10 + take_first();
	result = result * 10 + take_first();
	result = result * 10 + take_first();
	return result * 10 + take_first();
}

SEC("tc") int tree_add_twice(struct __sk_buff *ctx)
{
	struct item *item = NEW(struct item), *same;
	int first, second;

	if (!item)
		return -1;
	same = bpf_refcount_acquire_impl(item, 0);
	bpf_spin_lock(&lock);
	first = bpf_rbtree_add_impl(&tree, &item->node, is_less, 0, 0);
	second = bpf_rbtree_add_impl(&tree, &same->node, is_less, 0, 0);
	bpf_spin_unlock(&lock);
	return first * 1000 + second;
}

struct plain {
	int number;
};

struct slot {
	struct plain __attribute__((btf_type_tag("kptr"))) *kept;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps");

SEC("tc") int kptr_exchange(struct __sk_buff *ctx)
{
	struct slot *slot = bpf_map_lookup_elem(&slots, &(__u32){ 0 });
	struct plain *first = NEW(struct plain), *second, *old;
	int result;

	if (!slot || !first) {
		if (first)
			DROP(first);
		return -1;
	}
	first->number = 5;
	old = bpf_kptr_xchg(&slot->kept, first);
	result = old ? 1 : 2;
	if (old)
		DROP(old);
	second = bpf_kptr_xchg(&slot->kept, 0);
	if (!second)
		return -2;
	result = result * 10 + second->number;
	DROP(second);
	return result;
}

/* ---- CPU masks ---- */

extern struct bpf_cpumask *bpf_cpumask_create(void) __ksym;
extern void bpf_cpumask_release(struct bpf_cpumask *cpumask) __ksym;
extern struct bpf_cpumask *bpf_cpumask_acquire(struct bpf_cpumask *cpumask) __ksym;
extern u32 bpf_cpumask_first(const struct cpumask *cpumask) __ksym;
extern u32 bpf_cpumask_first_zero(const struct cpumask *cpumask) __ksym;
extern u32 bpf_cpumask_first_and(const struct cpumask *src1, const struct cpumask *src2) __ksym;
extern void bpf_cpumask_set_cpu(u32 cpu, struct bpf_cpumask *cpumask) __ksym;
extern void bpf_cpumask_clear_cpu(u32 cpu, struct bpf_cpumask *cpumask) __ksym;
extern bool bpf_cpumask_test_cpu(u32 cpu, const struct cpumask *cpumask) __ksym;
extern bool bpf_cpumask_test_and_set_cpu(u32 cpu, struct bpf_cpumask *cpumask) __ksym;
extern bool bpf_cpumask_test_and_clear_cpu(u32 cpu, struct bpf_cpumask *cpumask) __ksym;
extern void bpf_cpumask_setall(struct bpf_cpumask *cpumask) __ksym;
extern void bpf_cpumask_clear(struct bpf_cpumask *cpumask) __ksym;
extern bool bpf_cpumask_and(struct bpf_cpumask *dst, const struct cpumask *src1, const struct cpumask *src2) __ksym;
extern void bpf_cpumask_or(struct bpf_cpumask *dst, const struct cpumask *src1, const struct cpumask *src2) __ksym;
extern void bpf_cpumask_xor(struct bpf_cpumask *dst, const struct cpumask *src1, const struct cpumask *src2) __ksym;
extern bool bpf_cpumask_equal(const struct cpumask *src1, const struct cpumask *src2) __ksym;
extern bool bpf_cpumask_intersects(const struct cpumask *src1, const struct cpumask *src2) __ksym;
extern bool bpf_cpumask_subset(const struct cpumask *src1, const struct cpumask *src2) __ksym;
extern bool bpf_cpumask_empty(const struct cpumask *cpumask) __ksym;
extern bool bpf_cpumask_full(const struct cpumask *cpumask) __ksym;
extern void bpf_cpumask_copy(struct bpf_cpumask *dst, const struct cpumask *src) __ksym;
extern u32 bpf_cpumask_any_distribute(const struct cpumask *src) __ksym;
extern u32 bpf_cpumask_any_and_distribute(const struct cpumask *src1, const struct cpumask *src2) __ksym;
extern u32 bpf_cpumask_weight(const struct cpumask *cpumask) __ksym;
extern int bpf_cpumask_populate(struct cpumask *cpumask, void *src, size_t src__sz) __ksym;

#define MASK(pointer) ((const struct cpumask *)(pointer))

/* A machine of two CPUs or more: 0 and 1 exist. */
#define MASK_PROGRAM(name, ...)                                                                                        \
	SEC("syscall") int name(void *ctx)                                                                \
	{                                                                                                              \
		struct bpf_cpumask *one = bpf_cpumask_create(), *two;                                                  \
		__u32 hash = 7;                                                                                        \
                                                                                                                       \
		if (!one)                                                                                              \
			return -1;                                                                                     \
		two = bpf_cpumask_create();                                                                            \
		if (!two) {                                                                                            \
			bpf_cpumask_release(one);                                                                      \
			return -1;                                                                                     \
		}                                                                                                      \
		__VA_ARGS__                                                                                            \
		bpf_cpumask_release(one);                                                                              \
		bpf_cpumask_release(two);                                                                              \
		return hash;                                                                                           \
	}
#define NOTE(value) hash = mix(hash, value)

MASK_PROGRAM(mask_bits,
	bpf_cpumask_set_cpu(1, one);
	NOTE(bpf_cpumask_test_cpu(1, MASK(one)));
	NOTE(bpf_cpumask_test_cpu(0, MASK(one)));
	NOTE(bpf_cpumask_test_and_set_cpu(1, one));
	NOTE(bpf_cpumask_test_and_set_cpu(0, one));
	NOTE(bpf_cpumask_weight(MASK(one)));
	NOTE(bpf_cpumask_test_and_clear_cpu(1, one));
	NOTE(bpf_cpumask_test_and_clear_cpu(1, one));
	NOTE(bpf_cpumask_weight(MASK(one)));
	bpf_cpumask_set_cpu(5000, one);
	NOTE(bpf_cpumask_test_cpu(5000, MASK(one)));
	NOTE(bpf_cpumask_weight(MASK(one)));)

MASK_PROGRAM(mask_first,
	bpf_cpumask_set_cpu(1, one);
	NOTE(bpf_cpumask_first(MASK(one)));
	NOTE(bpf_cpumask_first_zero(MASK(one)));
	bpf_cpumask_set_cpu(0, two);
	bpf_cpumask_set_cpu(1, two);
	NOTE(bpf_cpumask_first_and(MASK(one), MASK(two)));
	NOTE(bpf_cpumask_any_distribute(MASK(one)));
	NOTE(bpf_cpumask_any_and_distribute(MASK(one), MASK(two)));)

MASK_PROGRAM(mask_empty,
	NOTE(bpf_cpumask_empty(MASK(one)));
	NOTE(bpf_cpumask_full(MASK(one)));
	bpf_cpumask_set_cpu(0, one);
	NOTE(bpf_cpumask_empty(MASK(one)));
	bpf_cpumask_clear(one);
	NOTE(bpf_cpumask_empty(MASK(one)));
	bpf_cpumask_setall(one);
	NOTE(bpf_cpumask_full(MASK(one)));
	NOTE(bpf_cpumask_empty(MASK(one)));
	NOTE(bpf_cpumask_first(MASK(one)));)

MASK_PROGRAM(mask_sets,
	bpf_cpumask_set_cpu(0, one);
	NOTE(bpf_cpumask_and(one, MASK(one), MASK(two)));
	NOTE(bpf_cpumask_empty(MASK(one)));
	bpf_cpumask_set_cpu(0, one);
	bpf_cpumask_set_cpu(1, two);
	NOTE(bpf_cpumask_intersects(MASK(one), MASK(two)));
	NOTE(bpf_cpumask_subset(MASK(one), MASK(two)));
	NOTE(bpf_cpumask_equal(MASK(one), MASK(two)));
	bpf_cpumask_or(one, MASK(one), MASK(two));
	NOTE(bpf_cpumask_weight(MASK(one)));
	NOTE(bpf_cpumask_subset(MASK(two), MASK(one)));
	NOTE(bpf_cpumask_intersects(MASK(one), MASK(two)));
	bpf_cpumask_xor(one, MASK(one), MASK(two));
	NOTE(bpf_cpumask_first(MASK(one)));
	bpf_cpumask_copy(two, MASK(one));
	NOTE(bpf_cpumask_equal(MASK(one), MASK(two)));
	NOTE(bpf_cpumask_and(one, MASK(one), MASK(two)));)

MASK_PROGRAM(mask_populate, {
	__u64 bits[4] = { 2, 1 };
	NOTE(bpf_cpumask_populate((struct cpumask *)one, bits, 8));
	NOTE(bpf_cpumask_first(MASK(one)));
	NOTE(bpf_cpumask_populate((struct cpumask *)one, bits, 4));
	NOTE(bpf_cpumask_populate((struct cpumask *)one, bits, 12));
	NOTE(bpf_cpumask_populate((struct cpumask *)one, (char *)bits + 1, 8));
	NOTE(bpf_cpumask_weight(MASK(one))); })

/* ---- Iterators ---- */

extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;
extern int bpf_iter_bits_new(struct bpf_iter_bits *it, const u64 *unsafe_ptr__ign, u32 nr_words) __ksym;
extern int *bpf_iter_bits_next(struct bpf_iter_bits *it) __ksym;
extern void bpf_iter_bits_destroy(struct bpf_iter_bits *it) __ksym;

#define NUMBERS(name, start, end)                                                                                      \
	SEC("tc") int name(struct __sk_buff *ctx)                                                                      \
	{                                                                                                              \
		struct bpf_iter_num iterator;                                                                          \
		int result = bpf_iter_num_new(&iterator, start, end), *number;                                         \
		__u32 hash = mix(7, result);                                                                           \
                                                                                                                       \
		while ((number = bpf_iter_num_next(&iterator)))                                                        \
			hash = mix(hash, *number);                                                                     \
		bpf_iter_num_destroy(&iterator);                                                                       \
		return hash;                                                                                           \
	}

NUMBERS(numbers, -2, 4)
NUMBERS(numbers_none, 4, 4)
NUMBERS(numbers_backwards, 4, 3)
NUMBERS(numbers_too_many, -2147483647, 2147483647)
NUMBERS(numbers_edge, 2147483640, 2147483647)

const __u64 words[3] = { 1ull << 5 | 1ull << 63, 1, 1ull << 40 };

#define BITS(name, from, count)                                                                                        \
	SEC("syscall") int name(void *ctx)                                                                             \
	{                                                                                                              \
		struct bpf_iter_bits iterator;                                                                         \
		int result = bpf_iter_bits_new(&iterator, from, count), *number;                                       \
		__u32 hash = mix(7, result);                                                                           \
                                                                                                                       \
		while ((number = bpf_iter_bits_next(&iterator)))                                                       \
			hash = mix(hash, *number);                                                                     \
		bpf_iter_bits_destroy(&iterator);                                                                      \
		return hash;                                                                                           \
	}

BITS(bits_of_one_word, words, 1)
BITS(bits_of_three_words, words, 3)
BITS(bits_of_nothing, words, 0)
BITS(bits_of_null, 0, 1)
BITS(bits_of_bad, (const __u64 *)8, 1)
BITS(bits_of_bad_words, (const __u64 *)8, 2)
BITS(bits_of_too_many, words, 512)

/* ---- Dynptrs ---- */

extern int bpf_dynptr_adjust(const struct bpf_dynptr *p, u32 start, u32 end) __ksym;
extern bool bpf_dynptr_is_null(const struct bpf_dynptr *p) __ksym;
extern bool bpf_dynptr_is_rdonly(const struct bpf_dynptr *p) __ksym;
extern __u32 bpf_dynptr_size(const struct bpf_dynptr *p) __ksym;
extern int bpf_dynptr_clone(const struct bpf_dynptr *p, struct bpf_dynptr *clone__uninit) __ksym;
extern int bpf_dynptr_copy(struct bpf_dynptr *dst_ptr, u32 dst_off, struct bpf_dynptr *src_ptr, u32 src_off, u32 size) __ksym;
extern int bpf_dynptr_memset(struct bpf_dynptr *p, u32 offset, u32 size, u8 val) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *p, u32 offset, void *buffer__opt, u32 buffer__szk) __ksym;
extern void *bpf_dynptr_slice_rdwr(const struct bpf_dynptr *p, u32 offset, void *buffer__opt, u32 buffer__szk) __ksym;
extern int bpf_dynptr_from_skb(struct __sk_buff *skb, u64 flags, struct bpf_dynptr *ptr__uninit) __ksym;
extern int bpf_dynptr_from_xdp(struct xdp_md *xdp, u64 flags, struct bpf_dynptr *ptr__uninit) __ksym;

char memory[32] = "0123456789abcdefghijklmnopqrstu";

#define DYNPTR(name, ...)                                                                                              \
	SEC("tc") int name(struct __sk_buff *ctx)                                                                      \
	{                                                                                                              \
		struct bpf_dynptr whole, part;                                                                         \
		char to[8] = "";                                                                                       \
		__u32 hash = 7;                                                                                        \
                                                                                                                       \
		NOTE(bpf_dynptr_from_mem(memory, 32, 0, &whole));                                                      \
		NOTE(bpf_dynptr_clone(&whole, &part));                                                                 \
		__VA_ARGS__                                                                                            \
		return hash;                                                                                           \
	}

DYNPTR(dynptr_read,
	NOTE(bpf_dynptr_read(to, 4, &whole, 28, 0)); NOTE(hash_of(to, 8));
	NOTE(bpf_dynptr_read(to, 4, &whole, 29, 0)); NOTE(hash_of(to, 8));
	NOTE(bpf_dynptr_read(to, 4, &whole, 0, 1));
	NOTE(bpf_dynptr_read(to, 0, &whole, 32, 0));
	NOTE(bpf_dynptr_read(to, 0, &whole, 33, 0));
	NOTE(bpf_dynptr_read(to, 8, &whole, -4, 0));)
DYNPTR(dynptr_write,
	NOTE(bpf_dynptr_write(&whole, 30, "XY", 2, 0));
	NOTE(bpf_dynptr_write(&whole, 31, "XY", 2, 0));
	NOTE(bpf_dynptr_write(&whole, 0, "XY", 2, 1));
	NOTE(hash_of(memory, 32));)
DYNPTR(dynptr_adjust,
	NOTE(bpf_dynptr_adjust(&part, 4, 20)); NOTE(bpf_dynptr_size(&part));
	NOTE(bpf_dynptr_adjust(&part, 0, 17)); NOTE(bpf_dynptr_adjust(&part, 5, 4));
	NOTE(bpf_dynptr_adjust(&part, 16, 16)); NOTE(bpf_dynptr_size(&part));
	NOTE(bpf_dynptr_read(to, 1, &part, 0, 0)); NOTE(bpf_dynptr_is_null(&part)); NOTE(bpf_dynptr_is_rdonly(&part));)
DYNPTR(dynptr_copy,
	NOTE(bpf_dynptr_copy(&whole, 8, &part, 0, 16)); NOTE(hash_of(memory, 32));
	NOTE(bpf_dynptr_copy(&whole, 20, &part, 0, 16)); NOTE(bpf_dynptr_copy(&whole, 0, &part, 20, 16));
	NOTE(hash_of(memory, 32));)
DYNPTR(dynptr_memset,
	NOTE(bpf_dynptr_memset(&whole, 2, 5, 'z')); NOTE(bpf_dynptr_memset(&whole, 30, 5, 'y'));
	NOTE(bpf_dynptr_memset(&whole, 40, 0, 'y')); NOTE(hash_of(memory, 32));)
DYNPTR(dynptr_data, {
	char *data = bpf_dynptr_data(&whole, 28, 4);
	NOTE(data ? data[3] : 0);
	NOTE(!bpf_dynptr_data(&whole, 29, 4));
	data = bpf_dynptr_slice(&whole, 4, to, 8);
	NOTE(data ? data[0] : 0);
	NOTE(!bpf_dynptr_slice(&whole, 25, to, 8));
	data = bpf_dynptr_slice_rdwr(&whole, 4, to, 8);
	if (data)
		data[1] = '!';
	NOTE(memory[5]); })
DYNPTR(dynptr_null, {
	struct bpf_dynptr none;
	NOTE(bpf_dynptr_from_mem(memory, 32, 1, &none));
	NOTE(bpf_dynptr_is_null(&none)); NOTE(bpf_dynptr_size(&none)); NOTE(bpf_dynptr_is_rdonly(&none));
	NOTE(bpf_dynptr_read(to, 1, &none, 0, 0)); NOTE(bpf_dynptr_write(&none, 0, to, 1, 0));
	NOTE(bpf_dynptr_adjust(&none, 0, 0)); NOTE(!bpf_dynptr_data(&none, 0, 1)); NOTE(!bpf_dynptr_slice(&none, 0, to, 8));
	NOTE(bpf_dynptr_clone(&none, &part)); NOTE(bpf_dynptr_is_null(&part));
	NOTE(bpf_dynptr_memset(&none, 0, 0, 0)); NOTE(bpf_dynptr_copy(&none, 0, &whole, 0, 0)); })
DYNPTR(dynptr_skb, {
	struct bpf_dynptr packet;
	NOTE(bpf_dynptr_from_skb(ctx, 1, &packet)); NOTE(bpf_dynptr_is_null(&packet));
	NOTE(bpf_dynptr_from_skb(ctx, 0, &packet)); NOTE(bpf_dynptr_size(&packet)); NOTE(bpf_dynptr_is_rdonly(&packet));
	NOTE(bpf_dynptr_write(&packet, 60, "abcd", 4, 0)); NOTE(bpf_dynptr_write(&packet, 61, "abcd", 4, 0));
	NOTE(bpf_dynptr_write(&packet, 60, "abcd", 4, 4)); NOTE(bpf_dynptr_write(&packet, 60, "abcd", 4, 1));
	NOTE(bpf_dynptr_read(to, 4, &packet, 60, 0)); NOTE(hash_of(to, 8)); NOTE(bpf_dynptr_read(to, 4, &packet, 61, 0)); })

SEC("xdp") int dynptr_xdp(struct xdp_md *ctx)
{
	struct bpf_dynptr packet;
	char to[8] = "";
	__u32 hash = 7;

	NOTE(bpf_dynptr_from_xdp(ctx, 0, &packet));
	NOTE(bpf_dynptr_size(&packet));
	NOTE(bpf_dynptr_is_rdonly(&packet));
	NOTE(bpf_dynptr_write(&packet, 60, "abcd", 4, 0));
	NOTE(bpf_dynptr_write(&packet, 60, "abcd", 4, 1));
	NOTE(bpf_dynptr_write(&packet, 61, "abcd", 4, 0));
	NOTE(bpf_dynptr_read(to, 4, &packet, 60, 0));
	NOTE(bpf_dynptr_read(to, 4, &packet, 61, 0));
	return hash;
}

/* ---- Leaving ---- */

static long throws(__u32 index, void *unused)
{
	if (index == 3)
		bpf_throw(44);
	return 0;
}

RETURNS(throw_from_a_callback, bpf_loop(7, throws, 0, 0))

static __noinline int deep(struct __sk_buff *ctx)
{
	if (ctx->len)
		bpf_throw(33);
	return 1;
}

RETURNS(throw_from_a_subprogram, deep(ctx) + 5)
