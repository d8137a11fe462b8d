// SPDX-License-Identifier: BSD-2-Clause
/*
 * What the running kernel returns for each program of OBJECT: "program<TAB>value" lines, or "program<TAB>-" when it refuses it.
 * Each program is loaded alone; packets are 64 zero bytes. Exit 77 where bpf(2) is not permitted.
 * usage: kernel_returns OBJECT
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SKIPPED 77

static int run(const char *path, const char *name)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	unsigned char packet[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = sizeof(packet));
	LIBBPF_OPTS(bpf_test_run_opts, context, .ctx_in = packet, .ctx_size_in = sizeof(packet));
	struct bpf_program *program, *chosen = NULL;
	struct bpf_test_run_opts *chosen_options = &options;
	int err;

	if (!object)
		return -errno;
	bpf_object__for_each_program(program, object) {
		/* Programs named as what is tail-called come along. */
		bool wanted = !strcmp(bpf_program__name(program), name);

		bpf_program__set_autoload(program, wanted || !strncmp(bpf_program__name(program), "target_", 7));
		if (wanted)
			chosen = program;
	}
	err = bpf_object__load(object);
	if (!err && bpf_program__type(chosen) == BPF_PROG_TYPE_SYSCALL)
		chosen_options = &context;
	if (!err)
		err = bpf_prog_test_run_opts(bpf_program__fd(chosen), chosen_options);
	if (err)
		printf("%s\t-\n", name);
	else
		printf("%s\t%d\n", name, (int)chosen_options->retval);
	bpf_object__close(object);
	return err;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options);
	/* r0 = 0; exit */
	const struct bpf_insn nothing[] = { { .code = 0xb7 }, { .code = 0x95 } };
	struct bpf_program *program;
	struct bpf_object *object;

	if (argc != 2) {
		fprintf(stderr, "usage: kernel_returns OBJECT\n");
		return 2;
	}
	libbpf_set_print(NULL);
	if (bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, NULL, "GPL", nothing, 2, &options) < 0) {
		fprintf(stderr, "kernel_returns: skipped: bpf(2) is not permitted here\n");
		return SKIPPED;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object) {
		fprintf(stderr, "kernel_returns: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	bpf_object__for_each_program(program, object)
		if (strncmp(bpf_program__name(program), "target_", 7))
			run(argv[1], bpf_program__name(program));
	bpf_object__close(object);
	return 0;
}
