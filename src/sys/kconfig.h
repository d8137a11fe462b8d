/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `extern ... __kconfig` variables of programs get: the version of the machine's profile, and options of a kernel like
 * ours, whatever the host is. libbpf reads the options as text; the version it asks of the host, so that is put right when
 * the map of these variables is filled.
 */
#ifndef RQ_SYS_KCONFIG_H
#define RQ_SYS_KCONFIG_H

#include "sys/machine.h"

/* A file that reads as /proc/config.gz of the machine would; close it. Negative errno. */
int rq_kconfig_open(const struct rq_machine *machine);
/* LINUX_KERNEL_VERSION of the profile; the newest that is known, for "relaxed". */
uint32_t rq_kconfig_version(const struct rq_machine *machine);
/* Is it the map of Kconfig variables? */
bool rq_kconfig_is(const struct rq_map *map);
/* Puts the version right in what is about to be that map's value. */
void rq_kconfig_correct(const struct rq_machine *machine, const struct rq_map *map, void *value);

#endif
