/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a lock may live: map-types.tsv has what Linux 6.18.44 said of each map type and each layout of a value, of taking a lock
 * at each place, and of what update, lookup and BPF_F_LOCK do to its bytes. Each line is done again with the calls that users make.
 */
#include "../sys/machine.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>


#define CGRP_STORAGE 32
#define NO_PREALLOC  BPF_F_NO_PREALLOC

static const char *table_path;

/* ---- Types ---- */

/* The first types of every BTF: 1 int, 2 struct bpf_res_spin_lock, 3 struct bpf_spin_lock, 4 struct bpf_timer, 5 __u64. */
enum { INT = 1, RES, SPIN, TIMER, LONG, FIRST };

static struct btf *common_types(void)
{
	struct btf *types = btf__new_empty();

	btf__add_int(types, "int", 4, BTF_INT_SIGNED);
	btf__add_struct(types, "bpf_res_spin_lock", 4);
	btf__add_field(types, "val", INT, 0, 0);
	btf__add_struct(types, "bpf_spin_lock", 4);
	btf__add_field(types, "val", INT, 0, 0);
	btf__add_struct(types, "bpf_timer", 16);
	btf__add_field(types, "opaque0", LONG, 0, 0);
	btf__add_field(types, "opaque1", LONG, 64, 0);
	btf__add_int(types, "long", 8, 0);
	return types;
}

/* A struct of @size bytes with up to two fields, the rest an int at its end. */
static int plain(struct btf *types, uint32_t size, int first, uint32_t first_at, int second, uint32_t second_at)
{
	int id = btf__add_struct(types, "value", size);

	if (first)
		btf__add_field(types, "first", first, first_at * 8, 0);
	if (second)
		btf__add_field(types, "second", second, second_at * 8, 0);
	btf__add_field(types, "data", INT, (size - 4) * 8, 0);
	return id;
}

static int res_only(struct btf *t) { return plain(t, 8, RES, 0, 0, 0); }
static int spin_only(struct btf *t) { return plain(t, 8, SPIN, 0, 0, 0); }
static int no_lock(struct btf *t) { return plain(t, 8, INT, 0, 0, 0); }
static int two_res(struct btf *t) { return plain(t, 12, RES, 0, RES, 4); }
static int two_spin(struct btf *t) { return plain(t, 12, SPIN, 0, SPIN, 4); }
static int both(struct btf *t) { return plain(t, 12, RES, 0, SPIN, 4); }
static int arr2(struct btf *t) { return plain(t, 12, btf__add_array(t, INT, RES, 2), 0, 0, 0); }
static int arr1(struct btf *t) { return plain(t, 8, btf__add_array(t, INT, RES, 1), 0, 0, 0); }
static int misaligned_off2(struct btf *t) { return plain(t, 12, RES, 2, 0, 0); }
static int misaligned_off1(struct btf *t) { return plain(t, 12, RES, 1, 0, 0); }
static int typedef_lock(struct btf *t) { return plain(t, 8, btf__add_typedef(t, "lock_t", RES), 0, 0, 0); }
static int volatile_lock(struct btf *t) { return plain(t, 8, btf__add_volatile(t, RES), 0, 0, 0); }
static int with_timer(struct btf *t) { return plain(t, 32, RES, 0, TIMER, 8); }
static int ptr_to_lock(struct btf *t) { return plain(t, 16, btf__add_ptr(t, RES), 0, 0, 0); }
static int bare_lock(struct btf *t) { return RES; }
static int array_of_locks(struct btf *t) { return btf__add_array(t, INT, RES, 2); }

static int badsize_named(struct btf *t)
{
	int id = btf__add_struct(t, "bpf_res_spin_lock", 8);

	btf__add_field(t, "val", INT, 0, 0);
	btf__add_field(t, "more", INT, 32, 0);
	return plain(t, 12, id, 0, 0, 0);
}

static int union_named(struct btf *t)
{
	int id = btf__add_union(t, "bpf_res_spin_lock", 4);

	btf__add_field(t, "val", INT, 0, 0);
	return plain(t, 8, id, 0, 0, 0);
}

static int in_union(struct btf *t)
{
	int id = btf__add_union(t, NULL, 4);

	btf__add_field(t, "lock", RES, 0, 0);
	btf__add_field(t, "number", INT, 0, 0);
	return plain(t, 8, id, 0, 0, 0);
}

/* Number, number, then { number, lock }: the lock is at 12. */
static int inner(struct btf *t)
{
	int id = btf__add_struct(t, "inner", 8);

	btf__add_field(t, "number", INT, 0, 0);
	btf__add_field(t, "lock", RES, 32, 0);
	return id;
}

static int nested_struct(struct btf *t) { return plain(t, 20, inner(t), 8, 0, 0); }
static int nested_struct_twice(struct btf *t) { int id = inner(t); return plain(t, 28, id, 8, id, 16); }
static int nested_struct_array2(struct btf *t) { return plain(t, 28, btf__add_array(t, INT, inner(t), 2), 8, 0, 0); }

static int two_res_with_refcount(struct btf *t)
{
	int id = btf__add_struct(t, "bpf_refcount", 4);

	btf__add_field(t, "opaque", INT, 0, 0);
	plain(t, 12, RES, 0, RES, 4);
	btf__add_field(t, "count", id, 64, 0);
	return FIRST + 2;
}


static const struct layout {
	const char *name;
	int (*make)(struct btf *types);
} layouts[] = {
	{ "res", res_only }, { "spin", spin_only }, { "nolock", no_lock }, { "res_only", res_only }, { "two_res", two_res },
	{ "two_spin", two_spin }, { "both", both }, { "arr2", arr2 }, { "arr1", arr1 },
	{ "misaligned_off2", misaligned_off2 }, { "misaligned_off1", misaligned_off1 }, { "nested_struct", nested_struct },
	{ "nested_struct_array2", nested_struct_array2 }, { "nested_struct_twice", nested_struct_twice },
	{ "typedef_lock", typedef_lock }, { "volatile_lock", volatile_lock }, { "badsize_named", badsize_named },
	{ "union_named", union_named }, { "in_union", in_union }, { "with_timer", with_timer }, { "ptr_to_lock", ptr_to_lock },
	{ "bare_lock", bare_lock }, { "array_of_locks", array_of_locks }, { "two_res_with_refcount", two_res_with_refcount },
};

/* ---- Maps ---- */

struct shape {
	const char *name;
	uint32_t type, key, key_type, entries, flags;
};

static const struct shape shapes[] = {
	{ "HASH", BPF_MAP_TYPE_HASH, 4, INT, 4, 0 },
	{ "HASH(NO_PREALLOC)", BPF_MAP_TYPE_HASH, 4, INT, 4, NO_PREALLOC },
	{ "ARRAY", BPF_MAP_TYPE_ARRAY, 4, INT, 4, 0 },
	{ "ARRAY(MMAPABLE)", BPF_MAP_TYPE_ARRAY, 4, INT, 4, BPF_F_MMAPABLE },
	{ "PERCPU_HASH", BPF_MAP_TYPE_PERCPU_HASH, 4, INT, 4, 0 },
	{ "PERCPU_ARRAY", BPF_MAP_TYPE_PERCPU_ARRAY, 4, INT, 4, 0 },
	{ "LRU_HASH", BPF_MAP_TYPE_LRU_HASH, 4, INT, 4, 0 },
	{ "LRU_PERCPU_HASH", BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, INT, 4, 0 },
	{ "LPM_TRIE", BPF_MAP_TYPE_LPM_TRIE, 8, LONG, 4, NO_PREALLOC },
	{ "CGROUP_STORAGE", BPF_MAP_TYPE_CGROUP_STORAGE, 8, LONG, 0, 0 },
	{ "PERCPU_CGROUP_STORAGE", BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, 8, LONG, 0, 0 },
	{ "QUEUE", BPF_MAP_TYPE_QUEUE, 0, 0, 4, 0 },
	{ "STACK", BPF_MAP_TYPE_STACK, 0, 0, 4, 0 },
	{ "SK_STORAGE", BPF_MAP_TYPE_SK_STORAGE, 4, INT, 0, NO_PREALLOC },
	{ "INODE_STORAGE", BPF_MAP_TYPE_INODE_STORAGE, 4, INT, 0, NO_PREALLOC },
	{ "TASK_STORAGE", BPF_MAP_TYPE_TASK_STORAGE, 4, INT, 0, NO_PREALLOC },
	{ "BLOOM_FILTER", BPF_MAP_TYPE_BLOOM_FILTER, 0, 0, 4, 0 },
	{ "CGRP_STORAGE", CGRP_STORAGE, 4, INT, 0, NO_PREALLOC },
};

static const struct layout *layout_of(const char *name)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (!strcmp(layouts[i].name, name))
			return &layouts[i];
	return NULL;
}

static const struct shape *shape_of(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (strlen(shapes[i].name) == length && !strncmp(shapes[i].name, name, length))
			return &shapes[i];
	return NULL;
}

/* A map, or a negative errno with words of what went wrong. */
static int make(const struct shape *shape, const struct layout *layout, uint32_t flags, char *words)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = shape->flags | flags, .btf_key_type_id = shape->key_type);
	struct btf *types = common_types();
	uint32_t size;
	const void *bytes;
	int fd, value = layout->make(types);

	bytes = btf__raw_data(types, &size);
	options.btf_fd = bpf_btf_load(bytes, size, NULL);
	if ((int)options.btf_fd < 0) {
		sprintf(words, "BTF load failed: %s", strerror(errno));
		btf__free(types);
		return -1;
	}
	options.btf_value_type_id = value;
	fd = bpf_map_create(shape->type, "m", shape->key, (uint32_t)btf__resolve_size(types, value), shape->entries, &options);
	if (fd < 0)
		strcpy(words, strerror(errno));
	close(options.btf_fd);
	btf__free(types);
	return fd;
}

static int judged(int fd)
{
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* ---- Programs ---- */

#define INSN(c, d, s, o, i) { .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) }

static int kfunc(const char *name)
{
	struct btf *kernel = btf__load_vmlinux_btf();
	int id = btf__find_by_name_kind(kernel, name, BTF_KIND_FUNC);

	btf__free(kernel);
	return id;
}

static int load(const struct bpf_insn *insns, uint32_t count, char *words)
{
	static char log[65536];
	LIBBPF_OPTS(bpf_prog_load_opts, options, .log_level = 1, .log_buf = log, .log_size = sizeof(log));
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "p", "GPL", insns, count, &options);
	char *end = strstr(log, "processed "), *line;

	if (fd >= 0)
		return fd;
	if (end) {
		end[-1] = 0;
		line = strrchr(log, '\n');
		strcpy(words, line ? line + 1 : log);
	}
	return fd;
}

static int use(int map, bool direct, int at, char *words)
{
	const struct bpf_insn lookup[] = {
		INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_FD, 0, map),
		INSN(0, 0, 0, 0, 0),
		INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
		INSN(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 1, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	const struct bpf_insn store[] = {
		INSN(BPF_ST | BPF_MEM | BPF_W, 0, 0, at, 1),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	const struct bpf_insn lock[] = {
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 6, 0, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, 6, 0, 0, at),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0),
		INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, kfunc("bpf_res_spin_lock")),
		INSN(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 2, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0),
		INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, kfunc("bpf_res_spin_unlock")),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	struct bpf_insn insns[32];
	uint32_t count = sizeof(lookup) / sizeof(lookup[0]), more = direct ? 3 : sizeof(lock) / sizeof(lock[0]);

	memcpy(insns, lookup, sizeof(lookup));
	memcpy(insns + count, direct ? store : lock, more * sizeof(insns[0]));
	return load(insns, count + more, words);
}

/* ---- Lines: 1 accepted or done, 0 refused, with words ---- */

static int judge_map(const char *what, char *words)
{
	const struct shape *array = shape_of("ARRAY", 5);
	const char *plus = strrchr(what, '+');
	int inner, outer;

	if (!strncmp(what, "ARRAY value ", 12))
		return judged(make(array, layout_of(what + 12), 0, words));
	if (!strcmp(what, "HASH key contains lock")) {
		const struct shape keyed = { "", BPF_MAP_TYPE_HASH, 4, RES, 4, 0 };

		return judged(make(&keyed, layout_of("nolock"), 0, words));
	}
	if (!strcmp(what, "ARRAY res + BPF_F_RDONLY_PROG"))
		return judged(make(array, layout_of("res"), BPF_F_RDONLY_PROG, words));
	if (!strcmp(what, "ARRAY res + BPF_F_WRONLY_PROG"))
		return judged(make(array, layout_of("res"), BPF_F_WRONLY_PROG, words));
	if (!strcmp(what, "ARRAY res + BPF_F_RDONLY(user)"))
		return judged(make(array, layout_of("res"), BPF_F_RDONLY, words));
	if (!strcmp(what, "mmap() of MMAPABLE ARRAY+res")) {
		int fd = make(array, layout_of("res"), BPF_F_MMAPABLE, words);
		void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		strcpy(words, strerror(errno));
		close(fd);
		return memory != MAP_FAILED;
	}
	if (!strcmp(what, "ARRAY_OF_MAPS inner ARRAY+res") || !strcmp(what, "HASH_OF_MAPS inner ARRAY+res")) {
		LIBBPF_OPTS(bpf_map_create_opts, options);

		inner = options.inner_map_fd = make(array, layout_of("res"), 0, words);
		outer = bpf_map_create(*what == 'A' ? BPF_MAP_TYPE_ARRAY_OF_MAPS : BPF_MAP_TYPE_HASH_OF_MAPS, "o", 4, 4, 2, &options);
		close(inner);
		return judged(outer);
	}
	assert_non_null(plus);
	assert_non_null(shape_of(what, plus - what));
	return judged(make(shape_of(what, plus - what), layout_of(plus + 1), 0, words));
}

/* "LAYOUT lock at +N", "LAYOUT direct store at +N" */
static int judge_use(const char *what, char *words)
{
	char name[64], how[32] = "", number[32];
	int map, prog;

	assert_true(sscanf(what, "%63s %31s", name, how) == 2);
	strcpy(number, strrchr(what, '+') + 1);
	map = make(shape_of("ARRAY", 5), layout_of(name), 0, words);
	assert_true(map >= 0);
	prog = use(map, !strcmp(how, "direct"), atoi(number), words);
	close(map);
	return judged(prog);
}

/* What the bytes of a lock go through: the lines of one map are one history. */
static int semantics(const char *map_name, const char *what, char *words)
{
	static int map = -1;
	const char *slash = strchr(map_name, '/');
	uint32_t keys[4], out, count = 4, key = 0, value[8] = { 0x11111111, 0x22222222 };
	bool lock = strstr(what, "BPF_F_LOCK");
	LIBBPF_OPTS(bpf_map_batch_opts, options, .elem_flags = lock ? BPF_F_LOCK : 0);
	int err;

	if (!strcmp(what, "create") || !strncmp(what, "update(0)", 9)) {
		map = make(shape_of(map_name, slash - map_name), layout_of(slash + 1), 0, words);
		if (map < 0)
			return 0;
		return !bpf_map_update_elem(map, &key, value, 0);
	}
	if (!strcmp(what, "lookup(0)")) {
		err = bpf_map_lookup_elem(map, &key, value);
		sprintf(words, "got lock=%#x data=%#x", value[0], value[1]);
		return !err;
	}
	if (!strcmp(what, "update(EXIST) + lookup")) {
		value[0] = 0x33333333;
		value[1] = 0x44444444;
		err = bpf_map_update_elem(map, &key, value, BPF_EXIST);
		bpf_map_lookup_elem(map, &key, value);
		sprintf(words, "got lock=%#x data=%#x", value[0], value[1]);
		return !err;
	}
	if (!strcmp(what, "update(BPF_F_LOCK)")) {
		value[0] = value[1] = 0x55;
		err = bpf_map_update_elem(map, &key, value, BPF_F_LOCK);
		strcpy(words, err ? strerror(errno) : "");
		return !err;
	}
	if (!strcmp(what, "lookup(BPF_F_LOCK)")) {
		value[0] = value[1] = 9;
		err = bpf_map_lookup_elem_flags(map, &key, value, BPF_F_LOCK);
		sprintf(words, "%s lock=%#x data=%#x", err ? strerror(errno) : "", value[0], value[1]);
		return !err;
	}
	if (!strncmp(what, "lookup_batch", 12)) {
		err = bpf_map_lookup_batch(map, NULL, &out, keys, value, &count, &options) ? errno : 0;
		if (lock)
			sprintf(words, "%s", err ? strerror(err) : "");
		else
			sprintf(words, "%s cnt=%u lock=%#x data=%#x", err ? strerror(err) : "", count, value[0], value[1]);
		return !err || err == ENOENT;
	}
	assert_string_equal(what, "freeze");
	err = bpf_map_freeze(map);
	strcpy(words, strerror(errno));
	close(map);
	return !err;
}

/* Without blanks at either end. */
static char *trimmed(char *text)
{
	text += strspn(text, " ");
	for (size_t length = strlen(text); length && strchr(" \n", text[length - 1]); length--)
		text[length - 1] = 0;
	return text;
}

static void every_line_of_the_table_is_as_in_linux(void **state)
{
	FILE *table = fopen(table_path, "r");
	char line[512];
	int lines = 0, wrong = 0;

	assert_non_null(table);
	while (fgets(line, sizeof(line), table)) {
		char words[1024] = "", *rest = line, *name, *what, *verdict, *expected;
		int result;

		if (*line == '#')
			continue;
		name = strsep(&rest, "\t");
		what = strsep(&rest, "\t");
		verdict = strsep(&rest, "\t");
		expected = trimmed(rest ? rest : line + strlen(line));
		assert_non_null(verdict);
		if (!strncmp(name, "map:mmap()", 10) && !(CALLS_ARE_OURS))
			continue;
		if (!strncmp(name, "map:", 4))
			result = judge_map(name + 4, words);
		else if (!strncmp(name, "use:", 4))
			result = judge_use(name + 4, words);
		else
			result = semantics(name + 4, what, words);
		lines++;
		if (result != (!strcmp(verdict, "ACCEPT") || !strcmp(verdict, "OK")) || strcmp(trimmed(words), expected)) {
			print_error("%s %s: Linux: %s '%s'; rqspin: %d '%s'\n", name, what, verdict, expected, result, words);
			wrong++;
		}
	}
	fclose(table);
	assert_true(lines > 100);
	assert_int_equal(wrong, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_line_of_the_table_is_as_in_linux, make_machine, end_machine),
	};

	if (argc != 2)
		return 2;
	table_path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
