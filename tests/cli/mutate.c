/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mutate RQSPIN COUNT SEED OBJECT...: objects that are truncated and corrupted, in turn, through
 * `rqspin check`.
 *
 * It must end by itself, with status 0, 1 or 2, in bounded time and memory, and say so in a line
 * when it could not check. What does not is kept as /tmp/rqspin-mutation-SEED-NUMBER.o. Exit 1
 * then. A build with sanitizers reports through its exit code.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECONDS_MAX    20   /* of processor time; sanitizers take their share */
#define MEGABYTES_MAX  1500 /* at its peak; 300 without sanitizers */
#define SANITIZER_EXIT 99

static uint64_t state;

static uint64_t random_next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static uint64_t below(uint64_t limit)
{
	return limit ? random_next() % limit : 0;
}

struct object {
	const char *path;
	uint8_t *bytes;
	size_t size;
};

static bool read_object(struct object *object)
{
	FILE *file = fopen(object->path, "rb");
	struct stat status;
	bool done;

	if (!file || fstat(fileno(file), &status))
		return false;
	object->size = (size_t)status.st_size;
	object->bytes = malloc(object->size + 1);
	done = object->bytes && fread(object->bytes, 1, object->size, file) == object->size;
	fclose(file);
	return done;
}

/* A part of the file where damage is of interest: a section, the headers, or anywhere. */
static void choose_part(const struct object *object, size_t *start, size_t *length)
{
	Elf64_Ehdr header;
	Elf64_Shdr section;

	*start = 0;
	*length = object->size;
	memcpy(&header, object->bytes, sizeof(header));
	switch (below(8)) {
	case 0: *length = sizeof(header); return;
	case 1:
		*start = header.e_shoff;
		*length = (size_t)header.e_shnum * sizeof(section);
		return;
	case 2: return;
	default:
		memcpy(&section,
		       object->bytes + header.e_shoff + below(header.e_shnum) * sizeof(section),
		       sizeof(section));
		if (section.sh_type != SHT_NOBITS && section.sh_size) {
			*start = section.sh_offset;
			*length = section.sh_size;
		}
	}
}

static void put_value(uint8_t *at, size_t room)
{
	static const uint64_t values[] = {0,	      1,	  0xffffffff,	      0x7fffffff,
					  0x80000000, UINT64_MAX, 0x7fffffffffffffff, 0x10000,
					  0xff};
	uint64_t value =
		below(4) ? values[below(sizeof(values) / sizeof(values[0]))] : random_next();
	size_t width = (size_t)1 << below(4);

	memcpy(at, &value, width < room ? width : room);
}

/* The new size. */
static size_t mutate(const struct object *object, uint8_t *bytes)
{
	unsigned int changes = 1 + (unsigned int)below(4);
	size_t start, length, at;

	memcpy(bytes, object->bytes, object->size);
	if (!below(8))
		return below(object->size);
	while (changes--) {
		choose_part(object, &start, &length);
		at = start + below(length);
		switch (below(5)) {
		case 0: bytes[at] ^= (uint8_t)(1u << below(8)); break;
		case 1: bytes[at] = (uint8_t)random_next(); break;
		case 2: /* a block of one thing */
			memset(bytes + at, (int)below(256),
			       below(object->size - at < 64 ? object->size - at : 64));
			break;
		case 3: { /* something from elsewhere */
			size_t from = below(object->size), count = below(64);

			if (from + count <= object->size && at + count <= object->size)
				memmove(bytes + at, object->bytes + from, count);
			break;
		}
		default: at &= ~(size_t)3; put_value(bytes + at, object->size - at);
		}
	}
	return object->size;
}

static bool write_file(const char *path, const uint8_t *bytes, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool done = fd >= 0 && write(fd, bytes, size) == (ssize_t)size;

	if (fd >= 0)
		close(fd);
	return done;
}

static void __attribute__((noreturn))
run_check(const char *command, const char *path, const char *errors)
{
	const struct rlimit cpu = {SECONDS_MAX, SECONDS_MAX + 1}, no_core = {0, 0};
	int null = open("/dev/null", O_RDWR),
	    err = open(errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_CORE, &no_core);
	execl(command, command, "check", path, (char *)NULL);
	_exit(127);
}

static bool says_why(const char *errors)
{
	char line[256] = "";
	FILE *file = fopen(errors, "r");

	if (file) {
		if (!fgets(line, sizeof(line), file))
			line[0] = '\0';
		fclose(file);
	}
	return !strncmp(line, "rqspin: ", 8);
}

/* NULL: as it should be. */
static const char *fault(int status, const struct rusage *usage, const char *errors)
{
	static char text[64];

	if (WIFSIGNALED(status)) {
		snprintf(text, sizeof(text), "ended by signal %d", WTERMSIG(status));
		return text;
	}
	if (WEXITSTATUS(status) == SANITIZER_EXIT)
		return "a sanitizer complained";
	if (WEXITSTATUS(status) > 2)
		return "an exit status that there is not";
	if (WEXITSTATUS(status) == 2 && !says_why(errors))
		return "status 2 without a word";
	if (usage->ru_maxrss > MEGABYTES_MAX * 1024L)
		return "too much memory";
	return NULL;
}

int main(int argc, char **argv)
{
	static const char *const sanitizers[] = {"ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"};
	unsigned long count, seed, failed = 0, accepted = 0, rejected = 0;
	char path[64], errors[64], keep[96];
	int objects = argc - 4;
	long memory = 0;
	double slowest = 0;

	if (argc < 5) {
		fputs("usage: mutate RQSPIN COUNT SEED OBJECT...\n", stderr);
		return 2;
	}
	count = strtoul(argv[2], NULL, 0);
	seed = strtoul(argv[3], NULL, 0);
	state = seed * 0x9e3779b97f4a7c15 + 1;
	snprintf(path, sizeof(path), "/tmp/rqspin-mutation-%d.o", (int)getpid());
	snprintf(errors, sizeof(errors), "/tmp/rqspin-mutation-%d.err", (int)getpid());
	for (size_t i = 0; i < sizeof(sanitizers) / sizeof(sanitizers[0]); i++) {
		const char *old = getenv(sanitizers[i]);
		char options[512];

		snprintf(options, sizeof(options), "%s%sexitcode=%d", old ? old : "",
			 old ? ":" : "", SANITIZER_EXIT);
		setenv(sanitizers[i], options, 1);
	}
	for (unsigned long i = 0; i < count; i++) {
		struct object object = {.path = argv[4 + i % (unsigned long)objects]};
		const char *what = NULL;
		struct rusage usage;
		uint8_t *bytes;
		size_t size;
		int status;
		pid_t child;

		if (!read_object(&object) || !(bytes = malloc(object.size))) {
			fprintf(stderr, "mutate: %s: %s\n", object.path, strerror(errno));
			return 2;
		}
		size = mutate(&object, bytes);
		if (!write_file(path, bytes, size)) {
			fprintf(stderr, "mutate: %s: %s\n", path, strerror(errno));
			return 2;
		}
		child = fork();
		if (!child)
			run_check(argv[1], path, errors);
		if (child < 0 || wait4(child, &status, 0, &usage) != child) {
			fprintf(stderr, "mutate: mutation %lu: %s\n", i, strerror(errno));
			return 2;
		}
		double seconds =
			(double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec * 1e-6 +
			(double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec * 1e-6;

		slowest = seconds > slowest ? seconds : slowest;
		memory = usage.ru_maxrss > memory ? usage.ru_maxrss : memory;
		what = fault(status, &usage, errors);
		if (what) {
			snprintf(keep, sizeof(keep), "/tmp/rqspin-mutation-%lu-%lu.o", seed, i);
			rename(path, keep);
			printf("mutation %lu of %s: %s; kept as %s\n", i, object.path, what, keep);
			failed++;
		} else {
			accepted += WEXITSTATUS(status) == 0;
			rejected += WEXITSTATUS(status) == 1;
		}
		free(bytes);
		free(object.bytes);
	}
	unlink(path);
	unlink(errors);
	printf("%lu mutations, seed %lu: %lu accepted, %lu rejected, %lu not checked, %lu failed; at most %.2f s and %ld MiB each\n",
	       count, seed, accepted, rejected, count - accepted - rejected - failed, failed,
	       slowest, memory / 1024);
	return failed != 0;
}
