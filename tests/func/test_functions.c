// SPDX-License-Identifier: BSD-2-Clause
/* Helpers and kfuncs called as the VM calls them. Results were asked of Linux 6.18 where it could be asked. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "func/runtime.h"
#include "vm/vm.h"

static const struct rq_prog_type type = { .type = BPF_PROG_TYPE_SCHED_CLS, .may_write_packet = true };
static struct rq_prog prog = { .type = &type };
static struct rq_runtime *runtime;

static char printed_text[256];

static void printed(struct rq_exec *exec, const char *text, uint32_t length)
{
	memcpy(printed_text, text, length);
	printed_text[length] = '\0';
}

static const struct rq_exec_observer observer = { .printed = printed };

static int64_t call(const struct rq_func *func, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	struct rq_exec exec = { .prog = &prog, .runtime = runtime, .observer = &observer };

	assert_non_null(func);
	assert_non_null(func->call);
	return (int64_t)func->call(&exec, r1, r2, r3, r4, r5);
}

#define P(pointer) ((uint64_t)(uintptr_t)(pointer))
#define HELPER(name, ...) call(rq_func_helper(BPF_FUNC_##name), __VA_ARGS__)
#define KFUNC(name, ...) call(rq_func_kfunc(name), __VA_ARGS__)

/* ---- The tables ---- */

static void every_row_is_found_and_complete(void **state)
{
	const struct rq_func *row;
	uint32_t count = 0;

	for (; (row = rq_func_at(count)); count++) {
		assert_ptr_equal(row->helper ? rq_func_helper(row->helper) : rq_func_kfunc(row->name), row);
		assert_true(row->helper || !row->args[0].kind); /* a kfunc's arguments are in its BTF prototype */
		assert_true(!row->helper || row->groups);
	}
	assert_in_range(count, 150, 1000);
	assert_null(rq_func_helper(0));
	assert_null(rq_func_helper(100000));
	assert_null(rq_func_kfunc("bpf_no_such_kfunc"));
}

/* ---- Printing ---- */

static void assert_formats(const char *format, const uint64_t *values, unsigned int count, const char *text)
{
	char to[64] = "";

	assert_int_equal(HELPER(snprintf, P(to), sizeof(to), P(format), P(values), count * 8), strlen(text) + 1);
	assert_string_equal(to, text);
}

static void formats(void **state)
{
	const uint64_t minus_five[] = { -5 }, big[] = { 0xbeefcafe12345678 }, word[] = { P("word") }, letter[] = { 'x' };
	const uint64_t three[] = { 1, 2, P("three") };

	assert_formats("plain %%", NULL, 0, "plain %");
	assert_formats("%d", minus_five, 1, "-5");
	assert_formats("%u", minus_five, 1, "4294967291");
	assert_formats("%lld", minus_five, 1, "-5");
	assert_formats("%lx", big, 1, "beefcafe12345678");
	assert_formats("%x", big, 1, "12345678");
	assert_formats("%6d|", minus_five, 1, "    -5|");
	assert_formats("%-6d|", minus_five, 1, "-5    |");
	assert_formats("%06d|", minus_five, 1, "-00005|");
	assert_formats("%s.", word, 1, "word.");
	assert_formats("%pks.", word, 1, "word.");
	assert_formats("%c", letter, 1, "x");
	assert_formats("%d-%x-%s", three, 3, "1-2-three");
}

static void formats_that_are_refused(void **state)
{
	const uint64_t one[] = { 1 };
	char to[16];

	assert_int_equal(HELPER(snprintf, P(to), 16, P("%d %d"), P(one), 8), -EINVAL); /* too few values */
	assert_int_equal(HELPER(snprintf, P(to), 16, P("%q"), P(one), 8), -EINVAL);
	assert_int_equal(HELPER(snprintf, P(to), 16, P("%#x"), P(one), 8), -EINVAL);
	assert_int_equal(HELPER(snprintf, P(to), 16, P("%.2d"), P(one), 8), -EINVAL);
	assert_int_equal(HELPER(snprintf, P(to), 16, P("%lc"), P(one), 8), -EINVAL);
	assert_int_equal(HELPER(snprintf, P(to), 16, P("%d"), P(one), 7), -EINVAL);
	assert_int_equal(HELPER(trace_printk, P("abc"), 3, 0, 0, 0), -EINVAL); /* no NUL within the size */
}

static void snprintf_cuts_and_tells_the_whole_length(void **state)
{
	char to[4] = "zzz";

	assert_int_equal(HELPER(snprintf, P(to), 4, P("abcdef"), 0, 0), 7);
	assert_string_equal(to, "abc");
	assert_int_equal(HELPER(snprintf, 0, 0, P("abcdef"), 0, 0), 7);
}

static void trace_printk_reaches_the_observer(void **state)
{
	assert_int_equal(HELPER(trace_printk, P("cpu %d of %d"), 13, 3, 4, 0), 10);
	assert_string_equal(printed_text, "cpu 3 of 4");
}

/* ---- Strings ---- */

static void numbers_from_text(void **state)
{
	static const struct {
		const char *text;
		uint64_t base;
		int64_t consumed, value;
	} rows[] = {
		{ "42", 0, 2, 42 },	  { " -42x", 0, 4, -42 },  { "0x1f", 0, 4, 31 },       { "017", 0, 3, 15 },
		{ "017", 10, 3, 17 },	  { "1f", 16, 2, 31 },	   { "8", 8, -EINVAL, 0 },     { "", 0, -EINVAL, 0 },
		{ "-", 0, -EINVAL, 0 },	  { "5", 7, -EINVAL, 0 },  { "9223372036854775807", 10, 19, INT64_MAX },
		{ "9223372036854775808", 10, -ERANGE, 0 },	   { "-9223372036854775808", 10, 20, INT64_MIN },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t value = 0;

		assert_int_equal(HELPER(strtol, P(rows[i].text), strlen(rows[i].text), rows[i].base, P(&value), 0),
				 rows[i].consumed);
		assert_int_equal(value, rows[i].value);
	}
}

static void string_kfuncs(void **state)
{
	const char *text = "hello";

	assert_int_equal(KFUNC("bpf_strlen", P(text), 0, 0, 0, 0), 5);
	assert_int_equal(KFUNC("bpf_strnlen", P(text), 3, 0, 0, 0), 3);
	assert_int_equal(KFUNC("bpf_strlen", 8, 0, 0, 0, 0), -ERANGE);
	assert_int_equal(KFUNC("bpf_strcmp", P(text), P("hellp"), 0, 0, 0), -1);
	assert_int_equal(KFUNC("bpf_strcmp", P(text), P("hello"), 0, 0, 0), 0);
	assert_int_equal(KFUNC("bpf_strcasecmp", P(text), P("HELLO"), 0, 0, 0), 0);
	assert_int_equal(KFUNC("bpf_strchr", P(text), 'l', 0, 0, 0), 2);
	assert_int_equal(KFUNC("bpf_strrchr", P(text), 'l', 0, 0, 0), 3);
	assert_int_equal(KFUNC("bpf_strchr", P(text), 'z', 0, 0, 0), -ENOENT);
	assert_int_equal(KFUNC("bpf_strchr", P(text), 0, 0, 0, 0), 5);
	assert_int_equal(KFUNC("bpf_strchrnul", P(text), 'z', 0, 0, 0), 5);
	assert_int_equal(KFUNC("bpf_strspn", P(text), P("hel"), 0, 0, 0), 4);
	assert_int_equal(KFUNC("bpf_strcspn", P(text), P("lo"), 0, 0, 0), 2);
	assert_int_equal(KFUNC("bpf_strstr", P(text), P("ll"), 0, 0, 0), 2);
	assert_int_equal(KFUNC("bpf_strnstr", P(text), P("lo"), 4, 0, 0), -ENOENT);
	assert_int_equal(HELPER(strncmp, P(text), 3, P("help"), 0, 0), 0);
	assert_int_equal(HELPER(strncmp, P(text), 4, P("help"), 0, 0), -1);
}

/* ---- Iterators ---- */

static void numbers_are_iterated(void **state)
{
	uint64_t iterator[1];
	int64_t sum = 0, address;

	assert_int_equal(KFUNC("bpf_iter_num_new", P(iterator), -2, 4, 0, 0), 0);
	while ((address = KFUNC("bpf_iter_num_next", P(iterator), 0, 0, 0, 0)))
		sum = sum * 10 + *(int32_t *)(uintptr_t)address;
	assert_int_equal(sum, -209877); /* -2 -1 0 1 2 3 */
	assert_int_equal(KFUNC("bpf_iter_num_new", P(iterator), 4, 3, 0, 0), -EINVAL);
	assert_int_equal(KFUNC("bpf_iter_num_next", P(iterator), 0, 0, 0, 0), 0);
	assert_int_equal(KFUNC("bpf_iter_num_new", P(iterator), INT32_MIN, INT32_MAX, 0, 0), -E2BIG);
	assert_int_equal(KFUNC("bpf_iter_num_new", P(iterator), INT32_MIN, INT32_MIN + 1, 0, 0), 0);
	address = KFUNC("bpf_iter_num_next", P(iterator), 0, 0, 0, 0);
	assert_int_equal(*(int32_t *)(uintptr_t)address, INT32_MIN);
	assert_int_equal(KFUNC("bpf_iter_num_next", P(iterator), 0, 0, 0, 0), 0);
}

static void bits_are_iterated(void **state)
{
	uint64_t iterator[2], one[] = { 1ULL << 5 | 1ULL << 63 }, three[] = { 0, 1, 1ULL << 1 };
	int64_t address;

	assert_int_equal(KFUNC("bpf_iter_bits_new", P(iterator), P(one), 1, 0, 0), 0);
	address = KFUNC("bpf_iter_bits_next", P(iterator), 0, 0, 0, 0);
	assert_int_equal(*(int32_t *)(uintptr_t)address, 5);
	address = KFUNC("bpf_iter_bits_next", P(iterator), 0, 0, 0, 0);
	assert_int_equal(*(int32_t *)(uintptr_t)address, 63);
	assert_int_equal(KFUNC("bpf_iter_bits_next", P(iterator), 0, 0, 0, 0), 0);
	KFUNC("bpf_iter_bits_destroy", P(iterator), 0, 0, 0, 0);

	assert_int_equal(KFUNC("bpf_iter_bits_new", P(iterator), P(three), 3, 0, 0), 0);
	address = KFUNC("bpf_iter_bits_next", P(iterator), 0, 0, 0, 0);
	assert_int_equal(*(int32_t *)(uintptr_t)address, 64);
	address = KFUNC("bpf_iter_bits_next", P(iterator), 0, 0, 0, 0);
	assert_int_equal(*(int32_t *)(uintptr_t)address, 129);
	assert_int_equal(KFUNC("bpf_iter_bits_next", P(iterator), 0, 0, 0, 0), 0);
	KFUNC("bpf_iter_bits_destroy", P(iterator), 0, 0, 0, 0);

	assert_int_equal(KFUNC("bpf_iter_bits_new", P(iterator), 8, 1, 0, 0), -EFAULT);
	assert_int_equal(KFUNC("bpf_iter_bits_next", P(iterator), 0, 0, 0, 0), 0);
}

/* ---- Dynptrs and packets ---- */

static void dynptrs_of_memory(void **state)
{
	char memory[16] = "0123456789abcde", out[16] = "";
	uint64_t dynptr[2], copy[2];

	assert_int_equal(HELPER(dynptr_from_mem, P(memory), 16, 0, P(dynptr), 0), 0);
	assert_int_equal(KFUNC("bpf_dynptr_size", P(dynptr), 0, 0, 0, 0), 16);
	assert_int_equal(HELPER(dynptr_read, P(out), 4, P(dynptr), 10, 0), 0);
	assert_memory_equal(out, "abcd", 4);
	assert_int_equal(HELPER(dynptr_read, P(out), 4, P(dynptr), 13, 0), -E2BIG);
	assert_int_equal(HELPER(dynptr_write, P(dynptr), 1, P("XY"), 2, 0), 0);
	assert_memory_equal(memory, "0XY3", 4);
	assert_int_equal(KFUNC("bpf_dynptr_clone", P(dynptr), P(copy), 0, 0, 0), 0);
	assert_int_equal(KFUNC("bpf_dynptr_adjust", P(copy), 4, 8, 0, 0), 0);
	assert_int_equal(KFUNC("bpf_dynptr_adjust", P(copy), 0, 5, 0, 0), -ERANGE);
	assert_int_equal(KFUNC("bpf_dynptr_adjust", P(copy), 3, 2, 0, 0), -EINVAL);
	assert_int_equal(KFUNC("bpf_dynptr_size", P(copy), 0, 0, 0, 0), 4);
	assert_int_equal(HELPER(dynptr_data, P(copy), 1, 3, 0, 0), P(memory + 5));
	assert_int_equal(HELPER(dynptr_data, P(copy), 1, 4, 0, 0), 0);
	assert_int_equal(KFUNC("bpf_dynptr_memset", P(copy), 0, 4, 'z', 0), 0);
	assert_int_equal(KFUNC("bpf_dynptr_copy", P(dynptr), 0, P(copy), 0, 4), 0);
	assert_memory_equal(memory, "zzzzzzzz89", 9);
	assert_int_equal(HELPER(dynptr_from_mem, P(memory), 16, 1, P(dynptr), 0), -EINVAL);
	assert_int_equal(KFUNC("bpf_dynptr_is_null", P(dynptr), 0, 0, 0, 0), 1);
	assert_int_equal(KFUNC("bpf_dynptr_size", P(dynptr), 0, 0, 0, 0), -EINVAL);
}

/* 64 bytes of packet, numbered, with room for 64 before and 64 behind. */
static struct rq_host_ctx *packet(void)
{
	static unsigned char room[192];
	static struct rq_host_ctx host;

	memset(room, 0xee, sizeof(room));
	for (int i = 0; i < 64; i++)
		room[64 + i] = i;
	host.room_begin = room;
	host.data_meta = host.data = room + 64;
	host.data_end = host.data + 64;
	host.room_end = room + 192;
	return &host;
}

static void packet_bytes(void **state)
{
	struct rq_host_ctx *host = packet();
	unsigned char bytes[4] = { 1, 1, 1, 1 };

	assert_int_equal(HELPER(skb_load_bytes, P(host), 60, P(bytes), 4, 0), 0);
	assert_memory_equal(bytes, "\x3c\x3d\x3e\x3f", 4);
	assert_int_equal(HELPER(skb_load_bytes, P(host), 61, P(bytes), 4, 0), -EFAULT);
	assert_memory_equal(bytes, "\0\0\0\0", 4);
	assert_int_equal(HELPER(skb_store_bytes, P(host), 2, P("ab"), 2, 0), 0);
	assert_memory_equal(host->data, "\0\1ab\4", 5);
	assert_int_equal(HELPER(skb_store_bytes, P(host), 2, P("ab"), 2, 0x10), -EINVAL);
	assert_int_equal(HELPER(skb_pull_data, P(host), 64, 0, 0, 0), 0);
	assert_int_equal(HELPER(skb_pull_data, P(host), 65, 0, 0, 0), -ENOMEM);
	assert_int_equal(HELPER(xdp_load_bytes, P(host), 61, P(bytes), 4, 0), -EINVAL);
}

static void packets_grow_and_shrink(void **state)
{
	struct rq_host_ctx *host = packet();

	assert_int_equal(HELPER(xdp_adjust_head, P(host), -16, 0, 0, 0), 0);
	assert_int_equal(host->data_end - host->data, 80);
	assert_int_equal(HELPER(xdp_adjust_head, P(host), -64, 0, 0, 0), -EINVAL);
	assert_int_equal(HELPER(xdp_adjust_head, P(host), 67, 0, 0, 0), -EINVAL); /* an Ethernet header must be left */
	assert_int_equal(HELPER(xdp_adjust_tail, P(host), 8, 0, 0, 0), 0);
	assert_memory_equal(host->data_end - 9, "\x3f\0\0\0\0\0\0\0\0", 9);
	assert_int_equal(HELPER(xdp_adjust_tail, P(host), 1000, 0, 0, 0), -EINVAL);
	assert_int_equal(HELPER(xdp_adjust_meta, P(host), -8, 0, 0, 0), 0);
	assert_int_equal(host->data - host->data_meta, 8);
	assert_int_equal(HELPER(xdp_adjust_meta, P(host), 2, 0, 0, 0), -EACCES);
	assert_int_equal(HELPER(skb_change_tail, P(host), 20, 0, 0, 0), 0);
	assert_int_equal(((struct __sk_buff *)host->uapi)->len, 20);
}

static void checksum_difference(void **state)
{
	const uint32_t from[] = { 0x01020304, 0xffff0000 }, to[] = { 0x11223344, 0x0000ffff };

	/* Adding what was taken out and taking out what was added gives back the sum. */
	int64_t sum = HELPER(csum_diff, P(from), 8, P(to), 8, 5);

	assert_int_equal(HELPER(csum_diff, P(to), 8, P(from), 8, sum), 5);
	assert_int_equal(HELPER(csum_diff, P(from), 6, 0, 0, 0), HELPER(csum_diff, P(from), 8, 0, 0, 0)); /* the rest is zeros */
}

static int setup(void **state)
{
	return rq_runtime_create(1, 1, &runtime);
}

static int teardown(void **state)
{
	rq_runtime_destroy(runtime);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_found_and_complete),
		cmocka_unit_test(formats),
		cmocka_unit_test(formats_that_are_refused),
		cmocka_unit_test(snprintf_cuts_and_tells_the_whole_length),
		cmocka_unit_test(trace_printk_reaches_the_observer),
		cmocka_unit_test(numbers_from_text),
		cmocka_unit_test(string_kfuncs),
		cmocka_unit_test(numbers_are_iterated),
		cmocka_unit_test(bits_are_iterated),
		cmocka_unit_test(dynptrs_of_memory),
		cmocka_unit_test(packet_bytes),
		cmocka_unit_test(packets_grow_and_shrink),
		cmocka_unit_test(checksum_difference),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
