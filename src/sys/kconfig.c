// SPDX-License-Identifier: BSD-2-Clause
#include "sys/kconfig.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char options[] = "CONFIG_64BIT=y\n"
			      "CONFIG_X86_64=y\n"
			      "CONFIG_SMP=y\n"
			      "CONFIG_HZ=1000\n"
			      "CONFIG_HZ_1000=y\n"
			      "CONFIG_PREEMPT=y\n"
			      "CONFIG_PREEMPTION=y\n"
			      "CONFIG_PREEMPT_COUNT=y\n"
			      "CONFIG_PREEMPT_RCU=y\n"
			      "CONFIG_PAGE_SHIFT=12\n"
			      "CONFIG_ARCH_HAS_SYSCALL_WRAPPER=y\n"
			      "CONFIG_BPF=y\n"
			      "CONFIG_BPF_SYSCALL=y\n"
			      "CONFIG_BPF_EVENTS=y\n"
			      "CONFIG_BPF_LSM=y\n"
			      "CONFIG_CGROUPS=y\n"
			      "CONFIG_CGROUP_BPF=y\n"
			      "CONFIG_NET=y\n"
			      "CONFIG_INET=y\n"
			      "CONFIG_IPV6=y\n"
			      "CONFIG_NET_CLS_BPF=y\n"
			      "CONFIG_NET_SCH_INGRESS=y\n"
			      "CONFIG_XDP_SOCKETS=y\n"
			      "CONFIG_PERF_EVENTS=y\n"
			      "CONFIG_KPROBES=y\n"
			      "CONFIG_KPROBE_EVENTS=y\n"
			      "CONFIG_UPROBE_EVENTS=y\n"
			      "CONFIG_TRACEPOINTS=y\n"
			      "CONFIG_FUNCTION_TRACER=y\n"
			      "CONFIG_DEBUG_INFO_BTF=y\n"
			      "CONFIG_DEBUG_INFO_BTF_MODULES=y\n";

int rq_kconfig_open(const struct rq_machine *machine)
{
	char cpus[64];
	int fd = memfd_create("kconfig", MFD_CLOEXEC), length;

	if (fd < 0)
		return -errno;
	length = snprintf(cpus, sizeof(cpus), "CONFIG_NR_CPUS=%u\n", machine->cpus);
	if (write(fd, options, sizeof(options) - 1) != sizeof(options) - 1 || write(fd, cpus, (size_t)length) != length ||
	    lseek(fd, 0, SEEK_SET)) {
		close(fd);
		return -EIO;
	}
	return fd;
}

uint32_t rq_kconfig_version(const struct rq_machine *machine)
{
	enum rq_kernel kernel = machine->kernel == RQ_KERNEL_RELAXED ? RQ_KERNEL_RELAXED - 1 : machine->kernel;
	unsigned int major = 0, minor = 0;

	sscanf(rq_kernel_name(kernel), "%u.%u", &major, &minor);
	return major << 16 | minor << 8;
}

static const struct btf_type *section_of(const struct rq_map *map)
{
	const struct btf_type *type = map->btf ? btf__type_by_id(map->btf->types, map->btf_value_type_id) : NULL;

	return type && btf_is_datasec(type) && !strcmp(rq_btf_name(map->btf, map->btf_value_type_id), ".kconfig") ? type : NULL;
}

bool rq_kconfig_is(const struct rq_map *map)
{
	return section_of(map);
}

void rq_kconfig_correct(const struct rq_machine *machine, const struct rq_map *map, void *value)
{
	const struct btf_type *section = section_of(map);
	const struct btf_var_secinfo *variable = btf_var_secinfos(section);
	uint32_t version = rq_kconfig_version(machine);

	for (uint32_t i = 0; i < btf_vlen(section); i++, variable++)
		if (!strcmp(rq_btf_name(map->btf, variable->type), "LINUX_KERNEL_VERSION") &&
		    variable->size == sizeof(version) && variable->offset + sizeof(version) <= map->value_size)
			memcpy((uint8_t *)value + variable->offset, &version, sizeof(version));
}
