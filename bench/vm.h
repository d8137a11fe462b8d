/* SPDX-License-Identifier: BSD-2-Clause */
/* What bench-vm and its BPF programs agree on. */
#ifndef BENCH_VM_H
#define BENCH_VM_H

#define OPERATIONS 32
#define TURNS	   20000
#define ENTRIES	   1024 /* of the maps */

#endif
