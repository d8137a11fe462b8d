/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the running kernel says of each program of an object, each loaded alone, nothing attached:
 *	ask-kernel OBJECT...    prints: object<TAB>program<TAB>ACCEPT, REJECT or EPERM
 * EPERM: the kernel refused without looking at the program. Exit status 77 when bpf(2) is not permitted at all, or the kernel
 * is another one than the 6.18 whose rules we compare.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#define EXIT_SKIP 77

static char log_text[1 << 20];

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

static const char *verdict_on(const char *path, unsigned int index)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	const char *verdict;
	unsigned int i = 0;
	int err;

	if (!object)
		return "no object";
	bpf_object__for_each_program(program, object) {
		bpf_program__set_autoload(program, i == index);
		if (i++ == index) {
			bpf_program__set_log_buf(program, log_text, sizeof(log_text));
			bpf_program__set_log_level(program, 1);
		}
	}
	log_text[0] = '\0';
	err = bpf_object__load(object);
	verdict = !err ? "ACCEPT" : err == -EPERM && !log_text[0] ? "EPERM" : "REJECT";
	bpf_object__close(object);
	return verdict;
}

static int may_ask(void)
{
	struct utsname host;
	int map;

	if (uname(&host) || strncmp(host.release, "6.18.", 5))
		return 0;
	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 4, 1, NULL);
	return map >= 0;
}

/* libbpf 1.1 does not know the name: BPF_PROG_TYPE_NETFILTER, BPF_NETFILTER. */
static void know_netfilter(void)
{
	libbpf_register_prog_handler("netfilter", (enum bpf_prog_type)32, (enum bpf_attach_type)45, NULL);
}

int main(int argc, char **argv)
{
	libbpf_set_print(quiet);
	know_netfilter();
	if (!may_ask())
		return EXIT_SKIP;
	for (int i = 1; i < argc; i++) {
		struct bpf_object *object = bpf_object__open_file(argv[i], NULL);
		const char *name = strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 : argv[i];
		struct bpf_program *program;
		unsigned int index = 0;

		if (!object) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(errno));
			return 1;
		}
		bpf_object__for_each_program(program, object)
			printf("%s\t%s\t%s\n", name, bpf_program__name(program), verdict_on(argv[i], index++));
		bpf_object__close(object);
	}
	return 0;
}
