#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# examples/embed.c does what its comment says: an NMI inside the critical section, an interrupt behind it, a waiter.
out=$("$1") || exit 1
echo "$out"
echo "$out" | grep -q '^NMI inside the critical section: ran 1 time(s), lock: Resource deadlock avoided$' || exit 1
echo "$out" | grep -q '^interrupt, held back until the end of it: ran 1 time(s), lock: taken$' || exit 1
echo "$out" | grep -q '^lock: 3 acquisitions, [12] contended, 1 deadlocks, longest wait [0-9]* ms$'
