/* SPDX-License-Identifier: BSD-2-Clause */
/* rqspin run: one program, once or a few times, on one virtual CPU. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "func/stream.h"
#include "prog/prog.h"
#include "rqspin/bpf.h"
#include "sys/command.h"
#include "sys/machine.h"

#define LOG_BYTES     (1 << 20)
#define DATA_OUT_ROOM (1 << 20) /* a program may make its packet longer */
#define PACKET_BYTES  64	/* zeros, when no packet is given */

struct run_options {
	const char *data_in, *data_out, *ctx_in, *ctx_out;
	uint64_t repeat, cpu;
	const char *kernel, *kernel_btf;
};

static void print_help(void)
{
	fputs("usage: rqspin run [OPTION]... OBJ PROG\n\n"
	      "Runs one program and prints its return value and how long it took.\n\n"
	      "  --data-in FILE     the packet; kinds that take one get 64 zero bytes without it\n"
	      "  --data-out FILE    where the packet goes afterwards\n"
	      "  --ctx-in FILE      the context\n"
	      "  --ctx-out FILE     where the context goes afterwards\n"
	      "  --repeat N         run it N times; the time is the average, the value the last one\n"
	      "  --cpu K            on which CPU (default 0)\n"
	      "  --kernel V         whose rules it must pass: 6.15, 6.18, 7.3, relaxed (default)\n"
	      "  --kernel-btf FILE  the kernel's types, for example a copy of /sys/kernel/btf/vmlinux\n"
	      "  -h, --help\n\n"
	      "Exit status: 0 it ran, 1 the verifier rejected it, 2 it could not run.\n",
	      stdout);
}

static bool takes_packet(enum bpf_prog_type type)
{
	switch ((uint32_t)type) {
	case BPF_PROG_TYPE_SCHED_CLS:
	case BPF_PROG_TYPE_SCHED_ACT:
	case BPF_PROG_TYPE_XDP:
	case BPF_PROG_TYPE_SOCKET_FILTER:
	case BPF_PROG_TYPE_CGROUP_SKB:
	case BPF_PROG_TYPE_LWT_IN:
	case BPF_PROG_TYPE_LWT_OUT:
	case BPF_PROG_TYPE_LWT_XMIT:
	case BPF_PROG_TYPE_LWT_SEG6LOCAL:
	case BPF_PROG_TYPE_SK_SKB:
	case BPF_PROG_TYPE_FLOW_DISSECTOR:
	case RQ_PROG_TYPE_NETFILTER:
		return true;
	default:
		return false;
	}
}

/* What it wrote to a stream of its own (1: stdout, 2: stderr), and what was reported of its locks. */
static void show_stream(int prog_fd, const char *name, uint32_t stream)
{
	static char text[RQ_STREAM_CAPACITY];
	union {
		union bpf_attr bpf;
		struct {
			uint64_t buffer;
			uint32_t size, stream, prog_fd;
		} read;
	} attr = { .read = { (uintptr_t)text, sizeof(text), stream, (uint32_t)prog_fd } };
	long bytes = rq_bpf(RQ_PROG_STREAM_READ_BY_FD, &attr.bpf, sizeof(attr));

	if (bytes <= 0)
		return;
	cli_note("program '%s' wrote to %s:", name, stream == RQ_STREAM_ERR ? "stderr" : "stdout");
	fwrite(text, 1, (size_t)bytes, stderr);
}

/* Run it, print the result, write the outputs. */
static int run_loaded(const struct run_options *options, struct rq_machine *machine, struct bpf_program *program,
		      const char *path, struct rq_run *run)
{
	const char *name = bpf_program__name(program);
	int err;

	run->prog_fd = bpf_program__fd(program);
	err = rq_machine_run(machine, run);
	show_stream(run->prog_fd, name, RQ_STREAM_OUT);
	show_stream(run->prog_fd, name, RQ_STREAM_ERR);
	if (err == -EOPNOTSUPP)
		return cli_error("%s: program '%s': cannot run: %s() is checked, but not run here", path, name,
				 rq_machine_missing(machine, run->prog_fd));
	if (err == -ENOTRECOVERABLE)
		return cli_error("%s: program '%s': " CLI_DEFECT, path, name);
	if (err)
		return cli_error("%s: program '%s': cannot run: %s%s", path, name, strerror(-err),
				 err == -EINVAL ? "; does the size of --data-in or --ctx-in fit this kind of program?"
						: "");
	if (options->data_out && !cli_write_file(options->data_out, run->data_out, run->data_size_out))
		return CLI_CANNOT;
	if (options->ctx_out && !cli_write_file(options->ctx_out, run->ctx_out, run->ctx_size_out))
		return CLI_CANNOT;
	printf("return value: %" PRId32 "\nduration: %" PRIu64 " ns\n", (int32_t)run->retval, run->duration_ns);
	return CLI_OK;
}

/*
 * The program, and what it may tail call: programs of its type, when the object has a table of programs. @left_out: those
 * that could not be loaded.
 */
static void choose_programs(struct bpf_object *object, const struct bpf_program *chosen, const char *left_out, char *log)
{
	struct bpf_program *each;
	struct bpf_map *map;
	bool tables = false;

	bpf_object__for_each_map(map, object)
		tables |= bpf_map__type(map) == BPF_MAP_TYPE_PROG_ARRAY;
	bpf_object__for_each_program(each, object) {
		bool callee = tables && bpf_program__type(each) == bpf_program__type(chosen) &&
			      !cli_is_named(left_out, bpf_program__name(each));

		bpf_program__set_autoload(each, each == chosen || callee);
		bpf_program__set_log_buf(each, log, LOG_BYTES);
		bpf_program__set_log_level(each, 1);
	}
}

/* Open and load; NULL, and *status, after a message. */
static struct bpf_object *load_object(struct rq_machine *machine, const char *path, const char *name,
				      struct bpf_program **program, int *status)
{
	static char log[LOG_BYTES];
	char left_out[2048] = "";

	for (;;) {
		struct bpf_object *object = cli_object_open(path);
		struct cli_rejection why;

		*status = CLI_CANNOT;
		*program = object ? cli_object_program(object, path, name) : NULL;
		if (!*program) {
			bpf_object__close(object);
			return NULL;
		}
		choose_programs(object, *program, left_out, log);
		log[0] = '\0';
		if (!cli_load_explained(machine, object, log, &why))
			return object;
		bpf_object__close(object);
		if (!why.program[0] || !strcmp(why.program, name) || cli_is_named(left_out, why.program) ||
		    strlen(left_out) + strlen(why.program) + 2 > sizeof(left_out)) {
			fputs("rqspin: ", stderr);
			cli_explain(stderr, path, name, &why);
			*status = log[0] ? CLI_FOUND : CLI_CANNOT;
			return NULL;
		}
		cli_note("without program '%s', which may not be tail called: %s", why.program, why.cause);
		snprintf(left_out + strlen(left_out), sizeof(left_out) - strlen(left_out), "%s,", why.program);
	}
}

static int run_object(const struct run_options *options, struct rq_machine *machine, const char *path,
		      const char *name, struct rq_run *run)
{
	static const char packet[PACKET_BYTES];
	struct bpf_program *program;
	int status;
	struct bpf_object *object = load_object(machine, path, name, &program, &status);

	if (!object)
		return status;
	if (takes_packet(bpf_program__type(program)) && !run->data_in) {
		run->data_in = packet;
		run->data_size_in = sizeof(packet);
	}
	status = run_loaded(options, machine, program, path, run);
	bpf_object__close(object);
	return status;
}

static int run_with_input(const struct run_options *options, const char *path, const char *name)
{
	struct rq_machine_options machine_options = { .size = sizeof(machine_options),
						      .cpus = (unsigned int)options->cpu + 1,
						      .policy = RQSPIN_POLICY_KERNEL,
						      .kernel = options->kernel,
						      .kernel_btf = options->kernel_btf };
	struct rq_run run = { .size = sizeof(run),
			      .cpu = (unsigned int)options->cpu,
			      .repeat = (unsigned int)options->repeat };
	struct rq_machine *machine = NULL;
	void *data = NULL, *ctx = NULL;
	int status = CLI_CANNOT;
	size_t size;

	if (options->data_in) {
		if (!cli_read_file(options->data_in, &data, &size))
			goto out;
		run.data_in = data;
		run.data_size_in = (uint32_t)size;
	}
	if (options->ctx_in) {
		if (!cli_read_file(options->ctx_in, &ctx, &size))
			goto out;
		run.ctx_in = ctx;
		run.ctx_size_in = (uint32_t)size;
	}
	if (options->data_out) {
		run.data_out = malloc(DATA_OUT_ROOM);
		run.data_size_out = DATA_OUT_ROOM;
	}
	if (options->ctx_out) {
		run.ctx_out = malloc(DATA_OUT_ROOM);
		run.ctx_size_out = DATA_OUT_ROOM;
	}
	if ((options->data_out && !run.data_out) || (options->ctx_out && !run.ctx_out)) {
		cli_error("out of memory");
		goto out;
	}
	if (!cli_note_rejections(path, name, options->kernel))
		goto out;
	machine = cli_machine(&machine_options);
	if (machine) {
		status = run_object(options, machine, path, name, &run);
		rq_machine_destroy(machine);
	}
out:
	free(run.data_out);
	free(run.ctx_out);
	free(data);
	free(ctx);
	return status;
}

int cli_run(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "data-in", required_argument, NULL, 'i' }, { "data-out", required_argument, NULL, 'o' },
		{ "ctx-in", required_argument, NULL, 'I' },  { "ctx-out", required_argument, NULL, 'O' },
		{ "repeat", required_argument, NULL, 'r' },  { "cpu", required_argument, NULL, 'c' },
		{ "kernel", required_argument, NULL, 'k' },  { "kernel-btf", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },	     {},
	};
	struct run_options options = { .repeat = 1, .kernel = "relaxed" };
	int option;

	while ((option = cli_next_option(argc, argv, ":h", longs)) != -1) {
		bool fine = true;

		switch (option) {
		case 'i': options.data_in = optarg; break;
		case 'o': options.data_out = optarg; break;
		case 'I': options.ctx_in = optarg; break;
		case 'O': options.ctx_out = optarg; break;
		case 'r': fine = cli_parse_number("--repeat", optarg, 1, UINT32_MAX, &options.repeat); break;
		case 'c': fine = cli_parse_number("--cpu", optarg, 0, 1023, &options.cpu); break;
		case 'k':
			fine = cli_parse_kernel(optarg);
			options.kernel = optarg;
			break;
		case 'b': options.kernel_btf = optarg; break;
		case 'h': print_help(); return CLI_OK;
		default: return CLI_CANNOT;
		}
		if (!fine)
			return CLI_CANNOT;
	}
	if (argc - optind != 2)
		return cli_error("run: takes an object and a program's name; `rqspin run --help`");
	return run_with_input(&options, argv[optind], argv[optind + 1]);
}
