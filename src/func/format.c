// SPDX-License-Identifier: BSD-2-Clause
/* Printing. Formats are the kernel's, without stdio: a program may print in an NMI. */
#include <errno.h>
#include <string.h>

#include "func/args.h"
#include "func/format.h"
#include "func/memory.h"
#include "func/tables.h"
#include "vm/vm.h"

#define PRINT_BYTES   1024 /* of one bpf_trace_printk() */
#define FORMAT_BYTES  1024
#define WIDTH_MAX     1000

struct text {
	char *to;
	size_t room;   /* bytes at @to */
	size_t length; /* as if there were room */
};

/* One conversion: "%-08llx". */
struct conversion {
	bool left, zero_padded, plus, space;
	unsigned int width;
	unsigned int bytes; /* of an integer: 4 or 8 */
	char type;	    /* d, u, x, X, c, s; i, I: an address of the Internet, of @bytes */
};

static void put(struct text *text, char c)
{
	if (text->length < text->room)
		text->to[text->length] = c;
	text->length++;
}

static void put_padded(struct text *text, const struct conversion *c, const char *prefix, const char *body, size_t length)
{
	size_t all = strlen(prefix) + length, padding = c->width > all ? c->width - all : 0;

	if (!c->left && !c->zero_padded)
		for (; padding; padding--)
			put(text, ' ');
	for (; *prefix; prefix++)
		put(text, *prefix);
	if (!c->left)
		for (; padding; padding--)
			put(text, '0');
	while (length--)
		put(text, *body++);
	for (; padding; padding--)
		put(text, ' ');
}

static void put_integer(struct text *text, const struct conversion *c, uint64_t value)
{
	bool is_signed = c->type == 'd', capital = c->type == 'X';
	unsigned int base = c->type == 'x' || c->type == 'X' ? 16 : 10;
	const char *digits = capital ? "0123456789ABCDEF" : "0123456789abcdef", *prefix = "";
	char reversed[24], body[24];
	size_t length = 0;

	if (c->bytes == 4)
		value = is_signed ? (uint64_t)(int64_t)(int32_t)value : (uint32_t)value;
	if (is_signed && (int64_t)value < 0) {
		prefix = "-";
		value = -value;
	} else if (is_signed && c->plus) {
		prefix = "+";
	} else if (is_signed && c->space) {
		prefix = " ";
	}
	do
		reversed[length++] = digits[value % base];
	while ((value /= base));
	for (size_t i = 0; i < length; i++)
		body[i] = reversed[length - 1 - i];
	put_padded(text, c, prefix, body, length);
}

static void put_string(struct text *text, const struct conversion *c, uint64_t address)
{
	char string[PRINT_BYTES];
	struct conversion padded = *c;
	size_t length;

	padded.zero_padded = false;
	if (rq_probe_read_string(string, address, sizeof(string)) < 0)
		strcpy(string, "");
	length = strlen(string);
	put_padded(text, &padded, "", string, length);
}

/* 127.0.0.1 and 0001:0203:...; in small letters the bytes have leading zeros, the words no colons. */
static void put_address(struct text *text, const struct conversion *c, uint64_t address)
{
	static const struct conversion byte = { .bytes = 4, .type = 'u' };
	static const struct conversion three_digits = { .bytes = 4, .type = 'u', .width = 3, .zero_padded = true };
	static const struct conversion hex = { .bytes = 4, .type = 'x', .width = 2, .zero_padded = true };
	struct conversion padded = *c;
	unsigned char bytes[16] = { 0 };
	char body[40];
	struct text into = { body, sizeof(body), 0 };

	(void)!rq_probe_read(bytes, address, c->bytes); /* zeros, if it can't be read */
	for (unsigned int i = 0; i < c->bytes; i++) {
		if (i && (c->bytes == 4 || (i % 2 == 0 && c->type == 'I')))
			put(&into, c->bytes == 4 ? '.' : ':');
		put_integer(&into, c->bytes == 16 ? &hex : c->type == 'I' ? &byte : &three_digits, bytes[i]);
	}
	padded.zero_padded = false;
	put_padded(text, &padded, "", body, into.length);
}

/* Reads the letters after "%p": addresses, strings, or what stands at an address. */
static const char *parse_pointer(const char *format, struct conversion *c)
{
	if ((format[0] == 'k' || format[0] == 'u') && format[1] == 's') { /* strings of the kernel and of user space */
		c->type = 's';
		return format + 2;
	}
	if ((format[0] == 'i' || format[0] == 'I') && (format[1] == '4' || format[1] == '6')) {
		c->type = format[0];
		c->bytes = format[1] == '4' ? 4 : 16;
		return format + 2;
	}
	c->type = 'x';
	c->bytes = 8;
	if (!c->width) {
		c->width = 2 * sizeof(void *);
		c->zero_padded = true;
	}
	return *format && strchr("KxsSB", *format) ? format + 1 : format;
}

/* Reads the conversion after a '%'. NULL: the kernel knows none like it. */
static const char *parse(const char *format, struct conversion *c)
{
	*c = (struct conversion){ .bytes = 4 };
	for (;; format++) {
		if (*format == '-')
			c->left = true;
		else if (*format == '0')
			c->zero_padded = true;
		else if (*format == '+')
			c->plus = true;
		else if (*format == ' ')
			c->space = true;
		else
			break;
	}
	for (; *format >= '0' && *format <= '9'; format++)
		c->width = c->width < WIDTH_MAX ? c->width * 10 + (*format - '0') : c->width;
	if (*format == 'p')
		return parse_pointer(format + 1, c);
	if (*format == 'l') {
		c->bytes = 8;
		format += format[1] == 'l' ? 2 : 1;
		c->type = *format && strchr("diuxX", *format) ? *format : '\0';
	} else {
		c->type = *format && strchr("diuxXcs", *format) ? *format : '\0';
	}
	if (c->type == 'i')
		c->type = 'd';
	return c->type ? format + 1 : NULL;
}

bool rq_format_fits(const char *format, uint32_t count)
{
	uint32_t used = 0;

	while (*format) {
		struct conversion c;

		if ((unsigned char)*format < ' ' && !strchr("\n\t\r", *format))
			return false;
		if (*format++ != '%')
			continue;
		if (*format == '%') {
			format++;
			continue;
		}
		format = parse(format, &c);
		if (!format || used++ >= count)
			return false;
	}
	return true;
}

int64_t rq_format(char *to, size_t room, const char *format, const uint64_t *values, uint32_t count)
{
	struct text text = { to, room, 0 };

	if (!rq_format_fits(format, count))
		return -EINVAL;
	while (*format) {
		struct conversion c;

		if (*format != '%' || format[1] == '%') {
			put(&text, *format);
			format += *format == '%' ? 2 : 1;
			continue;
		}
		format = parse(format + 1, &c);
		if (c.type == 's')
			put_string(&text, &c, *values++);
		else if (c.type == 'c')
			put_padded(&text, &c, "", &(char){ *values++ }, 1);
		else if (c.type == 'i' || c.type == 'I')
			put_address(&text, &c, *values++);
		else
			put_integer(&text, &c, *values++);
	}
	return text.length;
}

static uint64_t trace(struct rq_exec *exec, const char *format, uint32_t size, const uint64_t *values, unsigned int count)
{
	char buffer[PRINT_BYTES], safe_format[FORMAT_BYTES];
	int64_t length;

	if (!size || size > sizeof(safe_format) || format[size - 1])
		return -EINVAL;
	memcpy(safe_format, format, size);
	length = rq_format(buffer, sizeof(buffer), safe_format, values, count);
	if (length < 0)
		return length;
	if ((size_t)length > sizeof(buffer))
		length = sizeof(buffer);
	if (exec->observer && exec->observer->printed)
		exec->observer->printed(exec, buffer, length);
	return length;
}

static uint64_t trace_printk(struct rq_exec *exec, uint64_t format, uint64_t size, uint64_t r3, uint64_t r4, uint64_t r5)
{
	const uint64_t values[] = { r3, r4, r5 };

	return trace(exec, (const char *)(uintptr_t)format, (uint32_t)size, values, 3);
}

static uint64_t trace_vprintk(struct rq_exec *exec, uint64_t format, uint64_t size, uint64_t data, uint64_t bytes, uint64_t r5)
{
	if (bytes % 8 || bytes / 8 > RQ_FORMAT_VALUES_MAX || (bytes && !data))
		return -EINVAL;
	return trace(exec, (const char *)(uintptr_t)format, (uint32_t)size, (const uint64_t *)(uintptr_t)data, bytes / 8);
}

/* The length includes the NUL, and is what would have been written, as of snprintf() in C plus one. */
static uint64_t snprintf_values(struct rq_exec *exec, uint64_t to, uint64_t size, uint64_t format, uint64_t data, uint64_t bytes)
{
	char *text = (char *)(uintptr_t)to;
	int64_t length;

	if (bytes % 8 || bytes / 8 > RQ_FORMAT_VALUES_MAX || (bytes && !data))
		return -EINVAL;
	length = rq_format(text, size ? size - 1 : 0, (const char *)(uintptr_t)format, (const uint64_t *)(uintptr_t)data,
			   bytes / 8);
	if (length < 0)
		return length;
	if (size)
		text[(uint64_t)length < size - 1 ? (uint64_t)length : size - 1] = '\0';
	return length + 1;
}

static uint64_t nothing_printed(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5)
{
	return 0;
}

/* Files here have no names: the text is empty. */
static uint64_t no_path(struct rq_exec *exec, uint64_t path, uint64_t to, uint64_t size, uint64_t r4, uint64_t r5)
{
	if (!(uint32_t)size)
		return 0;
	memset((char *)(uintptr_t)to, 0, (uint32_t)size);
	return 1;
}

static const struct rq_func rows[] = {
	{ "bpf_trace_printk", BPF_FUNC_trace_printk, GPL, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER,
	  NULL, { MEM, SIZE }, trace_printk },
	/* What an iterator's program prints goes nowhere: there is nobody who reads it. */
	{ "bpf_seq_printf", BPF_FUNC_seq_printf, GPL | RQ_FUNC_ITERATORS_ONLY, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BTF_TRACING,
	  RQ_RET_INTEGER, NULL, { BTF("seq_file"), MEM, SIZE, MEM_OR_NULL, SIZE_OR_0 }, nothing_printed },
	{ "bpf_seq_write", BPF_FUNC_seq_write, GPL | RQ_FUNC_ITERATORS_ONLY, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BTF_TRACING,
	  RQ_RET_INTEGER, NULL, { BTF("seq_file"), MEM, SIZE_OR_0 }, nothing_printed },
	{ "bpf_d_path", BPF_FUNC_d_path, RQ_FUNC_NOT_IN_PROBES, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BTF_TRACING,
	  RQ_RET_INTEGER, NULL, { BTF("path"), OUT, SIZE_OR_0 }, no_path },
	{ "bpf_trace_vprintk", BPF_FUNC_trace_vprintk, GPL, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_INTEGER, NULL, { MEM, SIZE, MEM_OR_NULL, SIZE_OR_0 }, trace_vprintk },
	{ "bpf_snprintf", BPF_FUNC_snprintf, GPL, RQ_DUTY_SNPRINTF, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER, NULL,
	  { OUT_OR_NULL, SIZE_OR_0, STRING, MEM_OR_NULL, SIZE_OR_0 }, snprintf_values },
};

RQ_FUNC_TABLE(rq_format_funcs, rows);
