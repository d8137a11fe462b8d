/* SPDX-License-Identifier: BSD-2-Clause */
/* Section names that came after the system's libbpf. */
#ifndef RQ_SYS_SECTIONS_H
#define RQ_SYS_SECTIONS_H

/* Make libbpf know them, once: before an object is opened. 0 or negative errno. */
int rq_sections_register(void);

#endif
