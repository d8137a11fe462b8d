/* SPDX-License-Identifier: BSD-2-Clause */
#include "judge.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/memory.h"
#include "map/map.h"
#include "prog/prog.h"

#define FDS_MAX 1024
#define LOG_SIZE (32 << 20)

static int object_by_fd(struct rq_machine *machine, int fd, enum rq_object_kind kind, struct rq_object **object);
static struct rq_btf *kernel_types;
static struct rq_map_host host = { .cpus = 2, .object_by_fd = object_by_fd, .system_call = PTHREAD_MUTEX_INITIALIZER };
static struct rq_object *objects[FDS_MAX];
static enum rq_kernel profile;
static const char *wanted;     /* the program that is judged; others load unseen */
static bool log_all;
static struct judgement *result;
static char *log_text;

static int publish(struct rq_object *object)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fd >= FDS_MAX)
		return -1;
	objects[fd] = object;
	return fd;
}

static struct rq_object *object_at(int fd, enum rq_object_kind kind)
{
	if (fd < 0 || fd >= FDS_MAX || !objects[fd] || objects[fd]->kind != kind)
		return NULL;
	return objects[fd];
}

static long fail(int error)
{
	errno = -error;
	return -1;
}

static int object_by_fd(struct rq_machine *machine, int fd, enum rq_object_kind kind, struct rq_object **object)
{
	*object = object_at(fd, kind);
	if (!*object)
		return -EBADF;
	rq_object_get(*object);
	return 0;
}

static long load_types(const union bpf_attr *attr)
{
	struct rq_btf *btf;
	int error = rq_btf_load((const void *)(uintptr_t)attr->btf, attr->btf_size, kernel_types, NULL, &btf);

	return error ? fail(error) : publish(&btf->object);
}

static long create_map(const union bpf_attr *attr)
{
	struct rq_map *map;
	int error;

	if (!rq_map_type(attr->map_type)) {
		struct rq_map_ops *ops = rq_alloc(1, sizeof(*ops));

		ops->type = attr->map_type;
		if (attr->map_type != BPF_MAP_TYPE_RINGBUF)
			ops->for_each = (void *)1;
		map = rq_alloc(1, sizeof(*map));
		rq_object_init(&map->object, RQ_OBJECT_MAP, NULL);
		map->ops = ops;
		map->key_size = attr->key_size;
		map->value_size = attr->value_size;
		map->max_entries = attr->max_entries;
		map->map_flags = attr->map_flags;
		memcpy(map->name, attr->map_name, 16);
		map->btf = attr->btf_fd ? (struct rq_btf *)object_at(attr->btf_fd, RQ_OBJECT_BTF) : NULL;
		if (map->btf)
			rq_btf_parse_record(map->btf, kernel_types, attr->btf_value_type_id, attr->value_size, ~0u, &map->record);
		if (attr->inner_map_fd)
			map->inner = (struct rq_map *)object_at(attr->inner_map_fd, RQ_OBJECT_MAP);
		return publish(&map->object);
	}
	error = rq_map_create(attr, &host, &map);

	return error ? fail(error) : publish(&map->object);
}

/* The programs under test are not freed before the end: their maps and types live as long as the process. */
static struct rq_prog *new_prog(const union bpf_attr *attr)
{
	struct rq_prog *prog = rq_alloc(1, sizeof(*prog));
	uint32_t count = attr->insn_cnt;

	rq_object_init(&prog->object, RQ_OBJECT_PROG, NULL);
	prog->type = rq_prog_type(attr->prog_type);
	prog->expected_attach_type = attr->expected_attach_type;
	memcpy(prog->name, attr->prog_name, sizeof(prog->name));
	prog->gpl = !strcmp((const char *)(uintptr_t)attr->license, "GPL");
	prog->sleepable = (attr->prog_flags & BPF_F_SLEEPABLE) || (prog->type && prog->type->always_sleepable);
	prog->attach_btf_id = attr->attach_btf_id;
	prog->attach_btf = kernel_types;
	prog->kernel_btf = kernel_types;
	prog->insns = rq_memdup((const void *)(uintptr_t)attr->insns, count * sizeof(struct bpf_insn));
	prog->insn_count = count;
	prog->btf = (struct rq_btf *)object_at(attr->prog_btf_fd, RQ_OBJECT_BTF);
	if (prog->btf && attr->func_info_rec_size == sizeof(struct bpf_func_info)) {
		prog->func_info_count = attr->func_info_cnt;
		prog->func_info = rq_memdup((const void *)(uintptr_t)attr->func_info,
					    attr->func_info_cnt * sizeof(struct bpf_func_info));
	}
	if (prog->btf && attr->line_info_rec_size == sizeof(struct bpf_line_info)) {
		prog->line_info_count = attr->line_info_cnt;
		prog->line_info = rq_memdup((const void *)(uintptr_t)attr->line_info,
					    attr->line_info_cnt * sizeof(struct bpf_line_info));
	}
	prog->maps = rq_alloc(count + 1, sizeof(*prog->maps));
	prog->insn_map = rq_alloc(count + 1, sizeof(*prog->insn_map));
	for (uint32_t i = 0; i < count; i++) {
		const struct bpf_insn *insn = &prog->insns[i];
		struct rq_map *map;
		uint32_t at = 0;

		prog->insn_map[i] = UINT32_MAX;
		if (!rq_insn_is_wide(insn))
			continue;
		if (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE) {
			map = (struct rq_map *)object_at(insn->imm, RQ_OBJECT_MAP);
			while (at < prog->map_count && prog->maps[at] != map)
				at++;
			prog->maps[at] = map;
			if (at == prog->map_count)
				prog->map_count++;
			prog->insn_map[i] = at;
		}
		i++;
		prog->insn_map[i] = UINT32_MAX;
	}
	return prog;
}

static bool is_statistics(const char *line)
{
	return !strncmp(line, "processed ", 10) || !strncmp(line, "mark_precise", 12);
}

static void keep_reason(struct judgement *judgement, const char *log)
{
	char *copy = strdup(log), *save;

	judgement->reason[0] = '\0';
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (*line && !is_statistics(line))
			snprintf(judgement->reason, sizeof(judgement->reason), "%s", line);
	for (char *c = judgement->reason; *c; c++)
		if (*c == '\t')
			*c = ' ';
	free(copy);
}

static long load_prog(const union bpf_attr *attr)
{
	struct rq_verify_options options = { .kernel = profile, .cpus = 2 };
	struct rq_prog *prog;
	struct rq_log log;
	int error;

	/* libbpf's own probes, and programs beside the one that is judged. */
	if (!wanted || strncmp(attr->prog_name, wanted, 15))
		return publish(NULL);
	prog = new_prog(attr);
	rq_log_init(&log, log_all ? 2 : 1, log_text, LOG_SIZE);
	error = prog->type ? rq_verify(prog, &options, &log, &result->rejection) : -EINVAL;
	rq_log_finish(&log, NULL);
	result->error = error;
	result->log = log_text;
	result->processed = prog->verified_insns;
	keep_reason(result, error ? log_text : "");
	return error ? fail(error) : publish(&prog->object);
}

/* libbpf calls these through its PLT, so the definitions of the program come first. */
long syscall(long number, ...)
{
	long a[6];
	va_list args;
	union bpf_attr *attr;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	if (number != __NR_bpf) {
		register long r10 __asm__("r10") = a[3];
		register long r8 __asm__("r8") = a[4];
		register long r9 __asm__("r9") = a[5];
		long ret;

		__asm__ volatile("syscall"
				 : "=a"(ret)
				 : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
				 : "rcx", "r11", "memory");
		return ret < 0 ? fail((int)ret) : ret;
	}
	attr = (union bpf_attr *)a[1];
	switch ((int)a[0]) {
	case BPF_BTF_LOAD:
		return load_types(attr);
	case BPF_MAP_CREATE:
		return create_map(attr);
	case BPF_PROG_LOAD:
		return load_prog(attr);
	case BPF_MAP_UPDATE_ELEM: {
		struct rq_map *map = (struct rq_map *)object_at(attr->map_fd, RQ_OBJECT_MAP);
		uint64_t address;

		if (map && map->ops->direct_value && !map->ops->direct_value(map, 0, &address))
			memcpy((void *)(uintptr_t)address, (const void *)(uintptr_t)attr->value, map->value_size);
		return 0;
	}
	case BPF_MAP_FREEZE:
		if (object_at(attr->map_fd, RQ_OBJECT_MAP))
			((struct rq_map *)objects[attr->map_fd])->frozen = true;
		return 0;
	default:
		return fail(-EINVAL);
	}
}

struct btf *btf__load_vmlinux_btf(void)
{
	return btf__new(kernel_types->bytes, kernel_types->size);
}

static int silence(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

int judge_begin(const char *kernel_btf)
{
	int error;

	log_text = malloc(LOG_SIZE);
	if (!getenv("JUDGE_LIBBPF"))
		libbpf_set_print(silence);
	error = kernel_btf ? rq_btf_kernel_from_file(kernel_btf, &kernel_types) : rq_btf_kernel_builtin(&kernel_types);
	host.kernel_btf = kernel_types;
	return error;
}

void judge_end(void)
{
	rq_object_put(&kernel_types->object);
	free(log_text);
}

static void close_all(void)
{
	for (int fd = 0; fd < FDS_MAX; fd++)
		objects[fd] = NULL;
}

static void judge_one(const char *path, const char *name, struct judgement *judgement)
{
	struct bpf_object *object = bpf_object__open(path);
	struct bpf_program *program;
	int error;

	result = judgement;
	snprintf(judgement->reason, sizeof(judgement->reason), "libbpf can't load the object");
	judgement->error = -ENOENT;
	if (!object)
		return;
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, !strcmp(bpf_program__name(program), name));
	wanted = name;
	error = bpf_object__load(object);
	wanted = NULL;
	if (error && !judgement->error)
		judgement->error = error;
	bpf_object__close(object);
	close_all();
}

int judge_object(const char *path, const char *only, enum rq_kernel kernel, bool verbose,
		 void (*each)(void *arg, const struct judgement *judgement), void *arg)
{
	struct bpf_object *object = bpf_object__open(path);
	struct bpf_program *program;

	if (!object)
		return -1;
	profile = kernel;
	log_all = verbose;
	bpf_object__for_each_program(program, object) {
		struct judgement judgement = { 0 };

		if (only && strcmp(only, bpf_program__name(program)))
			continue;
		snprintf(judgement.section, sizeof(judgement.section), "%s", bpf_program__section_name(program));
		snprintf(judgement.name, sizeof(judgement.name), "%s", bpf_program__name(program));
		judge_one(path, judgement.name, &judgement);
		each(arg, &judgement);
	}
	bpf_object__close(object);
	return 0;
}
