// SPDX-License-Identifier: BSD-2-Clause
#include "rqspin-bpf.h"

/* A string of the process, which may have to be read from disk: only programs that may sleep can.
 */
extern int bpf_copy_from_user_str(void *to, __u32 size, const void *user_string,
				  __u64 flags) __ksym;

struct arguments {
	__u64 string; /* an address in the process */
	__s64 length; /* out: with the NUL, or a negative error */
};

char copy[64];

SEC("syscall")
int read_string(struct arguments *arguments)
{
	arguments->length = bpf_copy_from_user_str(
		copy, sizeof(copy), (const void *)arguments->string, 1 /* pad with zeroes */);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
