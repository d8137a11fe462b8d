/* SPDX-License-Identifier: BSD-2-Clause */
/* A report as text. */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rqspin/lock.h"

#define PLACE_ROOM 1024 /* of a path */

static const char *const kind_text[] = {
	[RQSPIN_REPORT_AA] = "AA deadlock",
	[RQSPIN_REPORT_ABBA] = "ABBA deadlock",
	[RQSPIN_REPORT_CYCLE] = "deadlock",
	[RQSPIN_REPORT_BUSY] = "lock taken, and this context may not wait",
	[RQSPIN_REPORT_TIMEOUT] = "timeout",
	[RQSPIN_REPORT_NOT_HELD] = "unlock of a lock that this thread does not hold",
	[RQSPIN_REPORT_EXIT_HOLDING] = "thread ended with locks held",
	[RQSPIN_REPORT_FORK_HOLDING] = "fork with locks held",
	[RQSPIN_REPORT_FLAGS_ORDER] = "irq flags restored out of order",
	[RQSPIN_REPORT_PREEMPT_ON] = "preemption enabled that was not disabled",
};

static int write_all(int fd, const char *text, size_t length)
{
	while (length) {
		ssize_t written = write(fd, text, length);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			text += written;
			length -= written;
		}
	}
	return 0;
}

__attribute__((format(printf, 2, 3))) static int print(int fd, const char *format, ...)
{
	char line[PLACE_ROOM + 200];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (length < 0)
		return -EINVAL;
	return write_all(fd, line, (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1);
}

/* The dynamic linker knows the program only by the name that it was called by: that may be no path. */
static const char *module_path(const char *name, char *path, size_t room)
{
	ssize_t length;

	if (strcmp(name, program_invocation_name))
		return name;
	length = readlink("/proc/self/exe", path, room - 1);
	if (length <= 0)
		return name;
	path[length] = '\0';
	return path;
}

/* "module+0x123": what `rqspin symbolize` turns into a function and a line. */
static const char *place(uintptr_t site, char *text, size_t room)
{
	char path[PLACE_ROOM];
	Dl_info info;

	if (!site)
		snprintf(text, room, "an unknown place");
	else if (dladdr((void *)site, &info) && info.dli_fname)
		snprintf(text, room, "%s+0x%zx", module_path(info.dli_fname, path, sizeof(path)),
			 (size_t)(site - (uintptr_t)info.dli_fbase));
	else
		snprintf(text, room, "0x%zx", (size_t)site);
	return text;
}

static int print_party(int fd, const struct rqspin_party *party)
{
	char at[PLACE_ROOM + 24];
	int err;

	err = party->waits_for ? print(fd, "  thread %d (cpu %u) waits for %p at %s\n", party->thread, party->cpu,
				       (const void *)party->waits_for, place(party->site, at, sizeof(at))) :
				 print(fd, "  thread %d (cpu %u) does not wait\n", party->thread, party->cpu);
	for (unsigned int i = 0; !err && i < party->held_count; i++)
		err = print(fd, "    holds %p taken at %s\n", (const void *)party->held[i].lock,
			    place(party->held[i].site, at, sizeof(at)));
	if (!err && party->held_unrecorded)
		err = print(fd, "    and %u more\n", party->held_unrecorded);
	return err;
}

int rqspin_report_print(const struct rqspin_report *report, int fd)
{
	char at[PLACE_ROOM + 24];
	int err;

	if ((size_t)report->kind >= sizeof(kind_text) / sizeof(kind_text[0]))
		return -EINVAL;
	err = print(fd, "rqspin: %s", kind_text[report->kind]);
	if (!err && report->kind == RQSPIN_REPORT_CYCLE)
		err = print(fd, " of %u", report->cycle);
	if (!err && report->lock)
		err = print(fd, ": lock %p at %s", (const void *)report->lock, place(report->site, at, sizeof(at)));
	if (!err && report->waited_ns)
		err = print(fd, " after %llu us", (unsigned long long)report->waited_ns / 1000);
	if (!err && report->left_out_ns)
		err = print(fd, ", %llu us of them not counted", (unsigned long long)report->left_out_ns / 1000);
	if (!err)
		err = print(fd, "\n");
	for (unsigned int i = 0; !err && i < report->parties; i++)
		err = print_party(fd, &report->party[i]);
	return err;
}
