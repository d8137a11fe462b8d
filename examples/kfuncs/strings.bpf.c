// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* Strings of any length up to 4095 bytes, also in memory that may be bad: then -EFAULT. */
extern int bpf_strcmp(const char *a, const char *b) __ksym;
extern int bpf_strcasecmp(const char *a, const char *b) __ksym;
extern int bpf_strlen(const char *s) __ksym;
extern int bpf_strnlen(const char *s, __u64 count) __ksym;
extern int bpf_strchr(const char *s, char c) __ksym;
extern int bpf_strchrnul(const char *s, char c) __ksym;
extern int bpf_strnchr(const char *s, __u64 count, char c) __ksym;
extern int bpf_strrchr(const char *s, int c) __ksym;
extern int bpf_strspn(const char *s, const char *accept) __ksym;
extern int bpf_strcspn(const char *s, const char *reject) __ksym;
extern int bpf_strstr(const char *s, const char *part) __ksym;
extern int bpf_strnstr(const char *s, const char *part, __u64 length) __ksym;

const char path[] = "/usr/lib/modules";

SEC("syscall")
int lengths(void *context)
{
	return bpf_strlen(path) == 16 && bpf_strnlen(path, 4) == 4 &&
			       bpf_strspn(path, "/usr") == 5 && bpf_strcspn(path, "lm") == 5
		       ? 0
		       : 1;
}

/* Where: an index, or -ENOENT. */
SEC("syscall")
int searches(void *context)
{
	return bpf_strchr(path, 'l') == 5 && bpf_strrchr(path, '/') == 8 &&
			       bpf_strchrnul(path, 'x') == 16 && bpf_strnchr(path, 4, 'l') < 0 &&
			       bpf_strstr(path, "lib") == 5 && bpf_strnstr(path, "lib", 6) < 0
		       ? 0
		       : 1;
}

SEC("syscall")
int comparisons(void *context)
{
	return bpf_strcmp(path, "/usr") == 1 && bpf_strcmp(path, path) == 0 &&
			       bpf_strcasecmp("LIB", "lib") == 0
		       ? 0
		       : 1;
}

char LICENSE[] SEC("license") = "GPL";
