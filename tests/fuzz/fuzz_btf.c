/* SPDX-License-Identifier: BSD-2-Clause */
/* libFuzzer: any bytes as type information. Refused or taken, nothing is read or written outside, nothing is left behind. */
#include <rqspin/bpf.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char log[4096];
	union bpf_attr attr = { .btf = (uintptr_t)data, .btf_size = (uint32_t)size, .btf_log_level = size & 1,
				.btf_log_buf = size & 1 ? (uintptr_t)log : 0, .btf_log_size = size & 1 ? sizeof(log) : 0 };
	long fd = rq_bpf(BPF_BTF_LOAD, &attr, sizeof(attr));

	if (fd >= 0)
		close((int)fd);
	return 0;
}
