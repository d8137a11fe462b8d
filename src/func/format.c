// SPDX-License-Identifier: BSD-2-Clause
/* Printing. Formats are the kernel's, without stdio: a program may print in an NMI. */
#include <errno.h>
#include <string.h>

#include "func/args.h"
#include "func/memory.h"
#include "func/tables.h"
#include "vm/vm.h"

#define PRINT_BYTES   1024 /* of one bpf_trace_printk() */
#define FORMAT_BYTES  1024
#define VALUES_MAX    12

struct text {
	char *to;
	size_t room;   /* bytes at @to */
	size_t length; /* as if there were room */
};

/* One conversion: "%-08llx". */
struct conversion {
	bool left, zero_padded, alternative, plus, space;
	unsigned int width;
	int precision; /* -1: none */
	unsigned int bytes; /* of an integer: 4 or 8; 'h' and 'hh' are refused by the kernel */
	char type;
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
	bool is_signed = c->type == 'd' || c->type == 'i', capital = c->type == 'X';
	unsigned int base = c->type == 'o' ? 8 : c->type == 'x' || c->type == 'X' || c->type == 'p' ? 16 : 10;
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
	} else if (c->alternative && base == 16 && value) {
		prefix = capital ? "0X" : "0x";
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
	if (c->precision >= 0 && (size_t)c->precision < length)
		length = c->precision;
	put_padded(text, &padded, "", string, length);
}

/* Reads the conversion after a '%'. NULL: the kernel knows none like it. */
static const char *parse(const char *format, struct conversion *c)
{
	*c = (struct conversion){ .precision = -1, .bytes = 4 };
	for (;; format++) {
		if (*format == '-')
			c->left = true;
		else if (*format == '0')
			c->zero_padded = true;
		else if (*format == '#')
			c->alternative = true;
		else if (*format == '+')
			c->plus = true;
		else if (*format == ' ')
			c->space = true;
		else
			break;
	}
	for (; *format >= '0' && *format <= '9' && c->width < 1000; format++)
		c->width = c->width * 10 + (*format - '0');
	if (*format == '.')
		for (c->precision = 0, format++; *format >= '0' && *format <= '9' && c->precision < 1000; format++)
			c->precision = c->precision * 10 + (*format - '0');
	if (*format == 'l') {
		c->bytes = 8;
		format += format[1] == 'l' ? 2 : 1;
	}
	c->type = *format;
	if (!c->type || !strchr("diuxXcsp", c->type))
		return NULL;
	format++;
	if (c->type == 'p') {
		c->bytes = 8;
		if (*format == 'k' || *format == 'u') { /* %pks, %pus: strings of the kernel and of user space */
			if (format[1] != 's')
				return NULL;
			c->type = 's';
			format += 2;
		} else if (*format == 'x' || *format == 'K' || *format == 's' || *format == 'S' || *format == 'B') {
			format++;
		}
	}
	return format;
}

/* The length of the text, which may be more than was kept; -EINVAL: a format that the kernel refuses, too few values. */
static int64_t print(struct text *text, const char *format, const uint64_t *values, unsigned int count)
{
	unsigned int used = 0;

	while (*format) {
		struct conversion c;

		if (*format != '%') {
			put(text, *format++);
			continue;
		}
		if (format[1] == '%') {
			put(text, '%');
			format += 2;
			continue;
		}
		format = parse(format + 1, &c);
		if (!format || used == count)
			return -EINVAL;
		if (c.type == 's')
			put_string(text, &c, values[used++]);
		else if (c.type == 'c')
			put_padded(text, &c, "", &(char){ values[used++] }, 1);
		else
			put_integer(text, &c, values[used++]);
	}
	return text->length;
}

static uint64_t trace(struct rq_exec *exec, const char *format, uint32_t size, const uint64_t *values, unsigned int count)
{
	char buffer[PRINT_BYTES], safe_format[FORMAT_BYTES];
	struct text text = { buffer, sizeof(buffer), 0 };
	int64_t length;

	if (!size || size > sizeof(safe_format) || format[size - 1])
		return -EINVAL;
	memcpy(safe_format, format, size);
	length = print(&text, safe_format, values, count);
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
	if (bytes % 8 || bytes / 8 > VALUES_MAX || (bytes && !data))
		return -EINVAL;
	return trace(exec, (const char *)(uintptr_t)format, (uint32_t)size, (const uint64_t *)(uintptr_t)data, bytes / 8);
}

/* The length includes the NUL, and is what would have been written, as of snprintf() in C plus one. */
static uint64_t snprintf_values(struct rq_exec *exec, uint64_t to, uint64_t size, uint64_t format, uint64_t data, uint64_t bytes)
{
	struct text text = { (char *)(uintptr_t)to, size ? size - 1 : 0, 0 };
	int64_t length;

	if (bytes % 8 || bytes / 8 > VALUES_MAX || (bytes && !data))
		return -EINVAL;
	length = print(&text, (const char *)(uintptr_t)format, (const uint64_t *)(uintptr_t)data, bytes / 8);
	if (length < 0)
		return length;
	if (size)
		text.to[text.length < size - 1 ? text.length : size - 1] = '\0';
	return length + 1;
}

static const struct rq_func rows[] = {
	{ "bpf_trace_printk", BPF_FUNC_trace_printk, GPL, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER,
	  NULL, { MEM, SIZE }, trace_printk },
	{ "bpf_trace_vprintk", BPF_FUNC_trace_vprintk, GPL, RQ_DUTY_NONE, RQ_KERNEL_6_15, RQ_GROUP_BASE,
	  RQ_RET_INTEGER, NULL, { MEM, SIZE, MEM_OR_NULL, SIZE_OR_0 }, trace_vprintk },
	{ "bpf_snprintf", BPF_FUNC_snprintf, GPL, RQ_DUTY_SNPRINTF, RQ_KERNEL_6_15, RQ_GROUP_BASE, RQ_RET_INTEGER, NULL,
	  { OUT_OR_NULL, SIZE_OR_0, STRING, MEM_OR_NULL, SIZE_OR_0 }, snprintf_values },
};

RQ_FUNC_TABLE(rq_format_funcs, rows);
