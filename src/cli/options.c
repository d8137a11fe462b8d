/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "prog/prog.h"

static char last_error[1024];

static void print_line(const char *prefix, const char *format, va_list args)
{
	fflush(stdout); /* so that results and errors come in order where both go to one file */
	fputs(prefix, stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

const char *cli_last_error(void)
{
	return last_error;
}

int cli_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(last_error, sizeof(last_error), format, args);
	va_end(args);
	va_start(args, format);
	print_line("rqspin: ", format, args);
	va_end(args);
	return CLI_CANNOT;
}

void cli_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line("rqspin: note: ", format, args);
	va_end(args);
}

#define NAME_MAX_LENGTH 63

/* Edit distance: insertions, deletions, changes and swaps of neighbours count 1 each. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][NAME_MAX_LENGTH + 1];
	size_t a_length = strlen(a), b_length = strlen(b);

	if (a_length > NAME_MAX_LENGTH || b_length > NAME_MAX_LENGTH)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < best)
				best = above[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    two_above[j - 2] + 1 < best)
				best = two_above[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[a_length % 3][b_length];
}

const char *cli_nearest(const char *wrong, const char *const *names, size_t count)
{
	size_t limit = strlen(wrong) / 3 + 1, best = SIZE_MAX;
	const char *nearest = NULL;

	for (size_t i = 0; i < count; i++) {
		size_t d = distance(wrong, names[i]);

		if (d <= limit && d < best) {
			best = d;
			nearest = names[i];
		}
	}
	return nearest;
}

const char *cli_suggestion(const char *wrong, const char *const *names, size_t count)
{
	static char text[NAME_MAX_LENGTH + 32];
	const char *nearest = cli_nearest(wrong, names, count);

	text[0] = '\0';
	if (nearest)
		snprintf(text, sizeof(text), " (did you mean '%s'?)", nearest);
	return text;
}

static void say_unknown_option(const char *word, const struct option *longs)
{
	const char *names[32];
	char name[NAME_MAX_LENGTH + 1];
	size_t count = 0, length = strcspn(word, "=");

	for (; longs[count].name && count < sizeof(names) / sizeof(names[0]); count++)
		names[count] = longs[count].name;
	snprintf(name, sizeof(name), "%.*s", (int)length, word);
	const char *nearest = cli_nearest(name + strspn(name, "-"), names, count);

	if (nearest)
		cli_error("unknown option '%s' (did you mean '--%s'?)", name, nearest);
	else
		cli_error("unknown option '%s'; --help lists them", name);
}

int cli_next_option(int argc, char **argv, const char *shorts, const struct option *longs)
{
	int at = optind;
	int option;

	opterr = 0;
	option = getopt_long(argc, argv, shorts, longs, NULL);
	if (option != '?' && option != ':')
		return option;

	/* getopt permutes its arguments, so the culprit is the word that it has just stepped over. */
	const char *word = argv[optind > at ? optind - 1 : optind];
	bool is_long = !strncmp(word, "--", 2);

	if (option == ':' && is_long)
		cli_error("option '%s' needs a value", word);
	else if (option == ':')
		cli_error("option '-%c' needs a value", optopt);
	else if (is_long && optopt)
		cli_error("option '%.*s' takes no value", (int)strcspn(word, "="), word);
	else if (is_long)
		say_unknown_option(word, longs);
	else
		cli_error("unknown option '-%c'; --help lists them", optopt);
	return '?';
}

bool cli_parse_time(const char *option, const char *text, uint64_t *ns)
{
	static const struct {
		const char *suffix;
		double ns;
	} units[] = { { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { "m", 60e9 }, { "", 1e9 } };
	char *end;
	double number = strtod(text, &end);

	if (end != text && isfinite(number) && number >= 0)
		for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (!strcmp(end, units[i].suffix) && number * units[i].ns < 1e18) {
				*ns = (uint64_t)(number * units[i].ns);
				return true;
			}
	cli_error("%s '%s': not a time; write 500us, 250ms, 2s or 3m", option, text);
	return false;
}

bool cli_parse_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	if (!errno && end != text && !*end && text[0] != '-' && *value >= min && *value <= max)
		return true;
	cli_error("%s '%s': not a number from %llu to %llu", option, text, (unsigned long long)min,
		  (unsigned long long)max);
	return false;
}

bool cli_parse_kernel(const char *text)
{
	enum rq_kernel kernel;
	char names[64] = "";
	size_t length = 0;

	if (!rq_kernel_parse(text, &kernel))
		return true;
	for (int k = 0; k < RQ_KERNELS && length < sizeof(names); k++)
		length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s", k ? ", " : "",
					   rq_kernel_name((enum rq_kernel)k));
	cli_error("--kernel '%s': not a kernel whose rules are known: %s", text, names);
	return false;
}

#define FILE_BYTES_MAX (256u << 20)

bool cli_read_file(const char *path, void **bytes, size_t *size)
{
	FILE *file = fopen(path, "rb");
	char *content = NULL;
	size_t length = 0, room = 0;
	int err = file ? 0 : errno;

	while (file && !err) {
		if (length >= FILE_BYTES_MAX) { /* also /dev/zero */
			err = EFBIG;
			break;
		}
		if (length == room) {
			char *grown = realloc(content, room = room ? room * 2 : 4096);

			if (!grown) {
				err = ENOMEM;
				break;
			}
			content = grown;
		}
		size_t got = fread(content + length, 1, room - length, file);

		if (!got) {
			err = ferror(file) ? errno : 0;
			break;
		}
		length += got;
	}
	if (file)
		fclose(file);
	if (err) {
		free(content);
		cli_error("%s: %s", path, strerror(err));
		return false;
	}
	*bytes = content;
	*size = length;
	return true;
}

bool cli_write_file(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "wb");
	bool done = file && fwrite(bytes, 1, size, file) == size;

	if (file && fclose(file))
		done = false;
	if (!done)
		cli_error("%s: %s", path, strerror(errno));
	return done;
}
