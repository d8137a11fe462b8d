// SPDX-License-Identifier: BSD-2-Clause
/* Reading a program's streams (BPF_PROG_STREAM_READ_BY_FD), and what a failed lock looks like in them. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "func/stream.h"
#include "sys/command.h"
#include "sys/machine_locks.h"

#define NAME_LENGTH 128

static void say(struct rq_stream_rest *rest, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct rq_stream_rest *rest, const char *format, ...)
{
	size_t room = sizeof(rest->text) - rest->end;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(rest->text + rest->end, room, format, args);
	va_end(args);
	if (length > 0)
		rest->end += (size_t)length < room ? (size_t)length : room - 1;
}

/* As Linux words it, so that what reads reports of Linux reads these; the names are ours. */
static void say_failure(struct rq_stream_rest *rest, struct rq_machine *machine, const struct rq_prog *prog,
			const struct rq_stream_failure *failure)
{
	uint32_t kept = failure->held_count < RQ_HELD_MAX ? failure->held_count : RQ_HELD_MAX, line;
	const char *file, *text, *what = failure->error == -ETIMEDOUT ? "Timeout" : "AA or ABBA deadlock";
	char name[NAME_LENGTH];

	say(rest, "ERROR: %s detected for bpf_res_spin_lock%s\n", what, failure->irqsave ? "_irqsave" : "");
	say(rest, "Attempted lock   = 0x%016llx\n", (unsigned long long)(uintptr_t)failure->lock);
	say(rest, "Total held locks = %u\n", failure->held_count);
	for (uint32_t i = 0; i < kept; i++)
		say(rest, "Held lock[%2u] = 0x%016llx\n", i, (unsigned long long)(uintptr_t)failure->held[i]);
	rq_machine_lock_name(machine, failure->lock, name, sizeof(name));
	say(rest, "Lock names: attempted %s", name);
	for (uint32_t i = 0; i < kept; i++) {
		rq_machine_lock_name(machine, failure->held[i], name, sizeof(name));
		say(rest, "%s%s", i ? ", " : "; held ", name);
	}
	say(rest, "\nCPU: %u UID: 0 PID: %u Comm: rqspin\nCall trace:\n", failure->cpu, failure->cpu + 1);
	if (rq_prog_source(prog, failure->insn, &file, &text, &line))
		say(rest, "%s\n%s @ %s:%u\n", prog->name, text + strspn(text, " \t"), file, line);
	else
		say(rest, "%s instruction %u\n", prog->name, failure->insn);
}

/* The next message as text; false: there is none. */
static bool next_text(struct rq_machine *machine, const struct rq_prog *prog, uint32_t id)
{
	struct rq_stream_rest *rest = rq_stream_rest(prog->streams, id);
	struct rq_stream_message message;

	if (!rq_stream_take(prog->streams, id, &message))
		return false;
	rest->begin = 0;
	rest->end = 0;
	if (message.is_failure) {
		say_failure(rest, machine, prog, &message.failure);
	} else {
		memcpy(rest->text, message.text, message.length);
		rest->end = message.length;
	}
	return true;
}

static int read_stream(struct rq_machine *machine, const struct rq_prog *prog, uint32_t id, uint64_t buffer, uint32_t size)
{
	struct rq_stream_rest *rest = rq_stream_rest(prog->streams, id);
	uint32_t done = 0;
	int error = 0;

	rq_stream_read_begin(prog->streams, id);
	while (done < size && (rest->begin < rest->end || next_text(machine, prog, id))) {
		uint32_t bytes = rest->end - rest->begin;

		if (bytes > size - done)
			bytes = size - done;
		error = rq_user_write(buffer + done, rest->text + rest->begin, bytes);
		if (error)
			break;
		rest->begin += bytes;
		done += bytes;
	}
	rq_stream_read_end(prog->streams, id);
	return done ? (int)done : error;
}

int rq_stream_read_command(struct rq_call *call)
{
	struct rq_prog *prog;
	uint32_t id = call->attr.stream_read.stream;
	int result = rq_machine_prog(call->machine, (int)call->attr.stream_read.prog_fd, &prog);

	if (result)
		return result;
	if (id != RQ_STREAM_OUT && id != RQ_STREAM_ERR)
		result = -ENOENT;
	else if (prog->streams)
		result = read_stream(call->machine, prog, id, call->attr.stream_read.buffer,
				     call->attr.stream_read.size);
	rq_object_put(&prog->object);
	return result;
}
