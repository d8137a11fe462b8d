// SPDX-License-Identifier: BSD-2-Clause
/* Strings: kfuncs that read them through pointers that may be bad, and the two helpers that turn text into numbers. */
#include <errno.h>
#include <string.h>

#include "func/args.h"
#include "func/memory.h"
#include "func/tables.h"
#include "vm/vm.h"

#define STRING_MAX 4096 /* longer strings are -E2BIG */

/* Position of a character, or -E2BIG, -EFAULT, -ERANGE. At most @limit characters. */
struct string {
	char text[STRING_MAX];
	int64_t length; /* without the NUL; or an error */
	bool ended;     /* a NUL was found within the limit */
};

static void read_string(struct string *string, uint64_t address, uint64_t limit)
{
	size_t most = limit < STRING_MAX ? limit : STRING_MAX;
	size_t done = 0;

	string->ended = false;
	while (done < most) {
		size_t chunk = 64 - (address + done) % 64;
		char *nul;
		int err;

		if (chunk > most - done)
			chunk = most - done;
		err = rq_probe_read(string->text + done, address + done, chunk);
		if (err) {
			string->length = err;
			return;
		}
		nul = memchr(string->text + done, '\0', chunk);
		if (nul) {
			string->ended = true;
			string->length = nul - string->text;
			return;
		}
		done += chunk;
	}
	string->length = limit > STRING_MAX ? -E2BIG : (int64_t)done;
}

static int fold(int c)
{
	return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c;
}

static uint64_t compare(uint64_t a, uint64_t b, bool ignore_case)
{
	struct string left, right;

	read_string(&left, a, UINT64_MAX);
	read_string(&right, b, UINT64_MAX);
	for (int64_t i = 0; i < STRING_MAX; i++) {
		int l, r;

		/* Characters before an unreadable one still decide. */
		if ((left.length < 0 && left.length != -E2BIG) || (right.length < 0 && right.length != -E2BIG))
			return left.length < 0 && left.length != -E2BIG ? left.length : right.length;
		l = (unsigned char)left.text[i];
		r = (unsigned char)right.text[i];
		if (ignore_case) {
			l = fold(l);
			r = fold(r);
		}
		if (l != r)
			return (int64_t)(l < r ? -1 : 1);
		if (!l)
			return 0;
	}
	return -E2BIG;
}

static uint64_t str_cmp(struct rq_exec *exec, uint64_t a, uint64_t b, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return compare(a, b, false);
}

static uint64_t str_case_cmp(struct rq_exec *exec, uint64_t a, uint64_t b, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return compare(a, b, true);
}

static uint64_t str_nlen(struct rq_exec *exec, uint64_t s, uint64_t limit, uint64_t r3, uint64_t r4, uint64_t r5)
{
	struct string string;

	read_string(&string, s, limit);
	return string.length;
}

static uint64_t str_len(struct rq_exec *exec, uint64_t s, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return str_nlen(exec, s, UINT64_MAX, r3, r4, r5);
}

static uint64_t find_char(uint64_t s, uint64_t limit, char c, bool end_counts)
{
	struct string string;
	int64_t readable;

	read_string(&string, s, limit);
	readable = string.length < 0 ? (string.length == -E2BIG ? STRING_MAX : 0) : string.length;
	for (int64_t i = 0; i < readable; i++)
		if (string.text[i] == c)
			return i;
	if (string.length < 0)
		return string.length;
	if (string.ended && (!c || end_counts))
		return string.length;
	return -ENOENT;
}

static uint64_t str_chr(struct rq_exec *exec, uint64_t s, uint64_t c, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return find_char(s, UINT64_MAX, (char)c, false);
}

static uint64_t str_chrnul(struct rq_exec *exec, uint64_t s, uint64_t c, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return find_char(s, UINT64_MAX, (char)c, true);
}

static uint64_t str_nchr(struct rq_exec *exec, uint64_t s, uint64_t limit, uint64_t c, uint64_t r4, uint64_t r5)
{
	return find_char(s, limit, (char)c, false);
}

static uint64_t str_rchr(struct rq_exec *exec, uint64_t s, uint64_t c, uint64_t r3, uint64_t r4, uint64_t r5)
{
	struct string string;

	read_string(&string, s, UINT64_MAX);
	if (string.length < 0)
		return string.length;
	for (int64_t i = string.length; i >= 0; i--)
		if (string.text[i] == (char)c)
			return i;
	return -ENOENT;
}

/* How many characters at the start of @s are (or are not) among those of @set. */
static uint64_t span(uint64_t s, uint64_t set, bool wanted)
{
	struct string string, among;

	read_string(&string, s, UINT64_MAX);
	read_string(&among, set, UINT64_MAX);
	if (string.length < 0)
		return string.length;
	if (among.length < 0)
		return among.length;
	for (int64_t i = 0; i < string.length; i++)
		if ((memchr(among.text, string.text[i], among.length) != NULL) != wanted)
			return i;
	return string.length;
}

static uint64_t str_spn(struct rq_exec *exec, uint64_t s, uint64_t set, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return span(s, set, true);
}

static uint64_t str_cspn(struct rq_exec *exec, uint64_t s, uint64_t set, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return span(s, set, false);
}

static uint64_t str_nstr(struct rq_exec *exec, uint64_t s, uint64_t sub, uint64_t limit, uint64_t r4, uint64_t r5)
{
	struct string string, wanted;

	read_string(&string, s, limit);
	read_string(&wanted, sub, UINT64_MAX);
	if (string.length < 0)
		return string.length;
	if (wanted.length < 0)
		return wanted.length;
	for (int64_t i = 0; i + wanted.length <= string.length; i++)
		if (!memcmp(string.text + i, wanted.text, wanted.length))
			return i;
	return -ENOENT;
}

static uint64_t str_str(struct rq_exec *exec, uint64_t s, uint64_t sub, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return str_nstr(exec, s, sub, UINT64_MAX, r4, r5);
}

/* bpf_strncmp(): @a has @size bytes and may lack a NUL, @b is constant. */
static uint64_t strncmp_constant(struct rq_exec *exec, uint64_t a, uint64_t size, uint64_t b, uint64_t r4, uint64_t r5)
{
	const unsigned char *left = (const unsigned char *)(uintptr_t)a, *right = (const unsigned char *)(uintptr_t)b;

	for (uint32_t i = 0; i < (uint32_t)size; i++) {
		if (left[i] != right[i])
			return (int64_t)(left[i] < right[i] ? -1 : 1);
		if (!left[i])
			break;
	}
	return 0;
}

#define BASE_MASK 0x1f /* of the flags: 0 (by prefix), 8, 10, 16 */

/* How many characters were a number, or an error. */
static int64_t parse_number(const char *text, uint32_t size, uint64_t flags, bool *negative, uint64_t *value)
{
	unsigned int base = flags & BASE_MASK;
	uint32_t i = 0, first;

	if ((base != 0 && base != 8 && base != 10 && base != 16) || flags & ~(uint64_t)BASE_MASK || !size)
		return -EINVAL;
	while (i < size && (text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r')))
		i++;
	*negative = i < size && text[i] == '-';
	if (*negative)
		i++;
	if (!base) {
		base = 10;
		if (i < size && text[i] == '0') {
			base = 8;
			if (i + 2 < size && (text[i + 1] | 0x20) == 'x')
				base = 16;
		}
	}
	if (base == 16 && i + 2 < size && text[i] == '0' && (text[i + 1] | 0x20) == 'x')
		i += 2;
	*value = 0;
	for (first = i; i < size; i++) {
		unsigned int digit = text[i] >= '0' && text[i] <= '9' ? text[i] - '0' :
				     (text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'f' ? (text[i] | 0x20) - 'a' + 10 : 16;

		if (digit >= base)
			break;
		if (__builtin_mul_overflow(*value, base, value) || __builtin_add_overflow(*value, digit, value))
			return -ERANGE;
	}
	return i == first ? -EINVAL : (int64_t)i;
}

static uint64_t to_signed(struct rq_exec *exec, uint64_t text, uint64_t size, uint64_t flags, uint64_t result, uint64_t r5)
{
	uint64_t value;
	bool negative;
	int64_t consumed = parse_number((const char *)(uintptr_t)text, (uint32_t)size, flags, &negative, &value);

	*(int64_t *)(uintptr_t)result = 0;
	if (consumed < 0)
		return consumed;
	if (value > (uint64_t)INT64_MAX + negative)
		return -ERANGE;
	*(int64_t *)(uintptr_t)result = negative ? -value : value;
	return consumed;
}

static uint64_t to_unsigned(struct rq_exec *exec, uint64_t text, uint64_t size, uint64_t flags, uint64_t result, uint64_t r5)
{
	uint64_t value;
	bool negative;
	int64_t consumed = parse_number((const char *)(uintptr_t)text, (uint32_t)size, flags, &negative, &value);

	*(uint64_t *)(uintptr_t)result = 0;
	if (consumed < 0)
		return consumed;
	if (negative)
		return -EINVAL;
	*(uint64_t *)(uintptr_t)result = value;
	return consumed;
}

#define KFUNC(kfunc, function)                                                                                          \
	{ .name = kfunc, .since = RQ_KERNEL_6_18, .call = (function) }

static const struct rq_func rows[] = {
	KFUNC("bpf_strcmp", str_cmp),
	KFUNC("bpf_strcasecmp", str_case_cmp),
	KFUNC("bpf_strlen", str_len),
	KFUNC("bpf_strnlen", str_nlen),
	KFUNC("bpf_strchr", str_chr),
	KFUNC("bpf_strchrnul", str_chrnul),
	KFUNC("bpf_strnchr", str_nchr),
	KFUNC("bpf_strrchr", str_rchr),
	KFUNC("bpf_strspn", str_spn),
	KFUNC("bpf_strcspn", str_cspn),
	KFUNC("bpf_strstr", str_str),
	KFUNC("bpf_strnstr", str_nstr),
	{ "bpf_strncmp", BPF_FUNC_strncmp, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER, NULL,
	  { MEM, SIZE, STRING }, strncmp_constant },
	{ "bpf_strtol", BPF_FUNC_strtol, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER, NULL,
	  { MEM, SIZE, ANY, FIXED_OUT(8) }, to_signed },
	{ "bpf_strtoul", BPF_FUNC_strtoul, 0, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER, NULL,
	  { MEM, SIZE, ANY, FIXED_OUT(8) }, to_unsigned },
};

RQ_FUNC_TABLE(rq_string_funcs, rows);
