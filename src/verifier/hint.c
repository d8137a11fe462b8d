/* SPDX-License-Identifier: BSD-2-Clause */
/* What a user can do about a rejection, where the reason alone does not say it. */
#include <stdio.h>
#include <string.h>

#include "verifier/internal.h"

static const struct {
	const char *pattern; /* a part of the reason */
	const char *hint;
} hints[] = {
	{ "res_spin_unlock without taking a lock",
	  "the lock may not have been taken here: test the result of bpf_res_spin_lock() first" },
	{ "_unlock without taking a lock", "no lock is held on this path: each unlock needs its own lock before it" },
	{ "_unlock of different lock",
	  "unlock what was locked last: the same element of the same lookup, with the matching call (_irqsave with "
	  "_irqrestore)" },
	{ "_unlock cannot be out of order", "release locks in the reverse order of taking them" },
	{ "AA deadlock detected", "this lock is already held here: release it first, or take another one" },
	{ "function calls are not allowed while holding a lock",
	  "make the call before the lock is taken or after it is released; a static function of the program may be called" },
	{ "cannot use bpf_spin_lock yet",
	  "this kernel lets no program of this type use a map with a lock; `rqspin run` and `stress` do (--kernel relaxed)" },
	{ "use static function instead", "make the function static, or call it outside the critical section" },
	{ "cannot be used inside bpf_spin_lock-ed region",
	  "a path leaves here with the lock held: release it on every path, also where something fails" },
	{ "cannot be used inside bpf_local_irq_save-ed region",
	  "a path leaves here with interrupts off: restore the flags on every path" },
	{ "cannot be used inside bpf_rcu_read_lock-ed region", "call bpf_rcu_read_unlock() on every path" },
	{ "cannot be used inside bpf_preempt_disable-ed region", "call bpf_preempt_enable() on every path" },
	{ "would lead to reference leak",
	  "something acquired is not released on this path; the lines above say where it was acquired" },
	{ "doesn't point to map value or allocated object",
	  "a lock lives in a map value, a global of its own section, or an object of bpf_obj_new(); test the pointer for NULL" },
	{ "has no valid bpf_res_spin_lock",
	  "the value needs exactly one struct bpf_res_spin_lock, named so directly, 4-byte aligned; of globals, one a section" },
	{ "has no valid bpf_spin_lock", "the value needs exactly one struct bpf_spin_lock, named so directly, 4-byte aligned" },
	{ "doesn't point to 'struct bpf_", "pass the address of the lock field itself" },
	{ "cannot be accessed directly by load/store", "the field is the kernel's: leave its bytes alone" },
	{ "direct access to bpf_res_spin_lock is disallowed", "the field is the kernel's: leave its bytes alone" },
	{ "cannot restore irq state out of order", "restore saved flags in the reverse order of saving them" },
	{ "expected an initialized irq flag", "restore what was saved into this very variable, once, and don't write to it" },
	{ "expected uninitialized irq flag", "these flags are in use: take another variable for each save" },
	{ "irq flag acquired by", "flags of bpf_local_irq_save() are for bpf_local_irq_restore(), those of a lock for its unlock" },
	{ "doesn't point to an irq flag on stack", "flags are a local variable: unsigned long flags;" },
	{ "irq_flag has to be at a constant offset", "flags are a local variable: unsigned long flags;" },
	{ "nested rcu read lock", "this kernel does not nest RCU read sections: use the one that is open" },
	{ "unmatched rcu read unlock", "no RCU read section is open on this path" },
	{ "unmatched attempt to enable preemption", "preemption is not disabled on this path" },
	{ "progs cannot use bpf_spin_lock yet",
	  "this kernel refuses maps with locks to this program type; `rqspin run` and `stress` allow them" },
	{ "a non-sleepable BPF program context", "the global function may sleep: call it outside such regions" },
	{ " is sleepable within ", "call it before the region is entered or after it is left" },
	{ "sleepable helper ", "call it before the region is entered or after it is left" },
	{ "must be held for ", "take the lock that lies beside the list or tree, in the same value or section" },
	{ "Possibly NULL pointer passed to", "test the pointer for NULL first" },
	{ "_or_null'", "test the pointer for NULL first" },
	{ "ptr_or_null_ prohibited, null-check it first", "test the pointer for NULL before adding to it" },
	{ "infinite loop detected", "the loop may never end: bound it, for example by bpf_for() or a counter" },
	{ "from non-GPL compatible program", "kernel functions need char _license[] SEC(\"license\") = \"GPL\";" },
	{ "missing from the kernel BTF", "give the kernel's types with --kernel-btf" },
};

void rq_find_hint(struct rq_rejection *rejection)
{
	for (unsigned int i = 0; !*rejection->hint && i < sizeof(hints) / sizeof(*hints); i++)
		if (strstr(rejection->reason, hints[i].pattern))
			snprintf(rejection->hint, sizeof(rejection->hint), "%s", hints[i].hint);
}
