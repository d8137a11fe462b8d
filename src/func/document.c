// SPDX-License-Identifier: BSD-2-Clause
#include "func/document.h"

struct family {
	struct rq_func_family family;
	const struct rq_func_document *rows;
	uint32_t count;
};

#define ROWS(table) table, sizeof(table) / sizeof((table)[0])

static const struct rq_func_document res_spin_lock[] = {
	{ "bpf_res_spin_lock", "6.15",
	 "Takes the lock, or says why not. Waits in turn while another CPU holds it. Preemption goes off first, and is back on "
	 "after a failure.",
	 "0: the lock is held. -EDEADLK: this CPU holds it already (AA), or a CPU that it waits for waits for a lock of this "
	 "one (ABBA), or a nested context may not wait. -ETIMEDOUT: 250 ms passed. Public documentation speaks of a pointer "
	 "that is NULL on success; it is an int, 0 or a negative errno.",
	 "The result must be tested: only on the path where it is 0 is the lock held. (The kernel marks the function "
	 "KF_RET_NULL for that; nothing is a pointer here.)" },
	{ "bpf_res_spin_unlock", "6.15", "Releases the lock. Preemption is as it was before.", NULL,
	 NULL },
};

static const struct rq_func_document res_spin_lock_irqsave[] = {
	{ "bpf_res_spin_lock_irqsave", "6.15",
	 "Turns interrupts off on this CPU, keeps in *flags whether they were on, and takes the lock, or says why not. After a "
	 "failure interrupts and preemption are as they were, and *flags was not written.",
	 "0: the lock is held. -EDEADLK, -ETIMEDOUT: it is not, as bpf_res_spin_lock() says. An int, never a pointer.",
	 "The result must be tested. The flags are a variable on the stack, 8 bytes, which the program does not touch until the "
	 "unlock." },
	{ "bpf_res_spin_unlock_irqrestore", "6.15",
	 "Releases the lock and restores interrupts as *flags says, then preemption.", NULL,
	 "With the flags of this lock, and not those of bpf_local_irq_save()." },
};

static const struct rq_func_document local_irq[] = {
	{ "bpf_local_irq_save", "6.14",
	 "Turns interrupts off on this CPU and keeps in *flags whether they were on. An interrupt that comes then waits for "
	 "the restore. An NMI does not.",
	 NULL, "The flags are 8 bytes on the stack that hold no other flags." },
	{ "bpf_local_irq_restore", "6.14", "Interrupts are again as they were at the save.", NULL,
	 "Saves nest, and are restored in reverse order." },
};

static const struct rq_func_document preempt[] = {
	{ "bpf_preempt_disable", "6.10",
	 "No other task runs on this CPU until the matching enable. Calls nest.", NULL, NULL },
	{ "bpf_preempt_enable", "6.10", "Undoes one disable.", NULL, NULL },
};

static const struct rq_func_document rcu[] = {
	{ "bpf_rcu_read_lock", "6.2",
	 "Begins a read section: what a pointer protected by RCU leads to is not freed before its end. Programs that may not "
	 "sleep are in one anyway.",
	 NULL, "Sections may nest." },
	{ "bpf_rcu_read_unlock", "6.2",
	 "Ends it. Pointers that were read inside are untrusted from here on.", NULL, NULL },
};

static const struct rq_func_document throw[] = {
	{ "bpf_throw", "6.7",
	 "Ends the program at once, in whatever function it is. An exception callback of the program decides what it returns; "
	 "without one that is the cookie.",
	 "It does not return.", NULL },
};

static const struct rq_func_document objects[] = {
	{ "bpf_obj_new_impl", "6.2",
	 "A zeroed object of a struct of the program's own. `bpf_obj_new(type)` is the usual macro around it.",
	 "The object, or NULL when there is no memory.",
	 "The result must be tested for NULL. The type is a constant." },
	{ "bpf_obj_drop_impl", "6.2",
	 "Gives an object back; what its lists, trees and kptrs own goes with it.", NULL, NULL },
	{ "bpf_percpu_obj_new_impl", "6.7",
	 "One zeroed object for each CPU, of at most 512 bytes, without special fields. Used through a kptr in a map and "
	 "bpf_this_cpu_ptr() or bpf_per_cpu_ptr().",
	 "The objects, or NULL.", "The result must be tested for NULL. The type is a constant." },
	{ "bpf_percpu_obj_drop_impl", "6.7", "Gives them back.", NULL, NULL },
	{ "bpf_refcount_acquire_impl", "6.4",
	 "A second owner of an object that has a struct bpf_refcount. It is freed when the last one has dropped it.",
	 "The object, or NULL when the last owner is just gone.",
	 "The result must be tested for NULL, unless the argument "
	 "is owned by this program." },
};

static const struct rq_func_document lists[] = {
	{ "bpf_list_push_front_impl", "6.2",
	 "Puts a node first. `bpf_list_push_front(head, node)` is the usual macro.",
	 "0, or -EINVAL: the node is in a list "
	 "already; then the object was dropped.",
	 NULL },
	{ "bpf_list_push_back_impl", "6.2", "Puts a node last.",
	 "0, or -EINVAL as bpf_list_push_front_impl().", NULL },
	{ "bpf_list_pop_front", "6.2", "Takes the first node out; the program owns it then.",
	 "The node, or NULL: the list is empty.", NULL },
	{ "bpf_list_pop_back", "6.2", "Takes the last node out; the program owns it then.",
	 "The node, or NULL: the list is empty.", NULL },
	{ "bpf_list_front", "6.16", "The first node, which stays in the list.", "The node, or NULL.",
	 "It may be read and written until the unlock." },
	{ "bpf_list_back", "6.16", "The last node, which stays in the list.", "The node, or NULL.",
	 "It may be read and written until the unlock." },
};

static const struct rq_func_document trees[] = {
	{ "bpf_rbtree_add_impl", "6.3",
	 "Puts a node where less() says: behind those that it is not less than. `bpf_rbtree_add(root, node, less)` is the usual macro.",
	 "0, or -EINVAL: the node is in a tree already; then the object was dropped.",
	 "less() may read both nodes, and calls nothing." },
	{ "bpf_rbtree_remove", "6.3", "Takes a node out; the program owns it then.",
	 "The node, or NULL: it is not in this tree.", NULL },
	{ "bpf_rbtree_first", "6.3", "The smallest node, which stays in the tree.",
	 "The node, or NULL: the tree is empty.", NULL },
	{ "bpf_rbtree_root", "6.16", "The node at the top, which stays in the tree.",
	 "The node, or NULL: the tree is empty.", NULL },
	{ "bpf_rbtree_left", "6.16", "The node below to the left, which stays in the tree.",
	 "The node, or NULL.", NULL },
	{ "bpf_rbtree_right", "6.16", "The node below to the right, which stays in the tree.",
	 "The node, or NULL.", NULL },
};

static const struct rq_func_document casts[] = {
	{ "bpf_rdonly_cast", "6.2",
	 "The address as a pointer to a kernel struct, of which nobody knows whether it is true.",
	 "The same address. A load through it that fails gives 0.",
	 "The type's id is a constant; it is a struct, or void." },
	{ "bpf_cast_to_kern_ctx", "6.2",
	 "The kernel's struct behind the program's context: sk_buff for __sk_buff, and so on.",
	 "It, to be read.", "The argument is the context as it was given." },
};

static const struct rq_func_document iter_num[] = {
	{ "bpf_iter_num_new", "6.4", "Begins: numbers from start up to, not including, end.",
	 "0. -EINVAL: end lies before start; -E2BIG: more than 8,388,608. Then next gives none.",
	 NULL },
	{ "bpf_iter_num_next", "6.4", "The next number.", "A pointer to it, or NULL at the end.",
	 NULL },
	{ "bpf_iter_num_destroy", "6.4", "Ends the iteration.", NULL, NULL },
};

static const struct rq_func_document iter_bits[] = {
	{ "bpf_iter_bits_new", "6.11",
	 "Begins: the bits that are set in an array of 64-bit words, which is copied.",
	 "0. -EINVAL: no words; -E2BIG: more than 511; -ENOMEM; -EFAULT: the words can't be read. Then next gives none.",
	 NULL },
	{ "bpf_iter_bits_next", "6.11", "The number of the next bit that is set.",
	 "A pointer to it, or NULL at the end.", NULL },
	{ "bpf_iter_bits_destroy", "6.11", "Ends the iteration.", NULL, NULL },
};

static const struct rq_func_document iter_task[] = {
	{ "bpf_iter_task_new", "6.7",
	 "Begins: all processes (flags 0), all threads (1), or the threads of `task` (2). Here: the task of each virtual CPU.",
	 "0, or -EINVAL: unknown flags, or no task where one is needed.",
	 "In an RCU read section." },
	{ "bpf_iter_task_next", "6.7", "The next task.", "It, or NULL at the end.", NULL },
	{ "bpf_iter_task_destroy", "6.7", "Ends the iteration.", NULL, NULL },
};

static const struct rq_func_document iter_task_vma[] = {
	{ "bpf_iter_task_vma_new", "6.7",
	 "Begins: the pieces of the task's memory from an address on. Here a task has none, like a kernel thread.",
	 "0. -ENOENT: the task has no memory of its own; -EBUSY: it is being changed. Then next gives none.",
	 NULL },
	{ "bpf_iter_task_vma_next", "6.7", "The next piece.", "It, or NULL at the end.", NULL },
	{ "bpf_iter_task_vma_destroy", "6.7", "Ends the iteration.", NULL, NULL },
};

static const struct rq_func_document tasks[] = {
	{ "bpf_task_acquire", "6.2", "A reference to a task, which may be kept in a map.",
	 "The task, or NULL: it is just being freed.", NULL },
	{ "bpf_task_release", "6.2", "Gives the reference back.", NULL, NULL },
	{ "bpf_task_from_pid", "6.2", "The task with this number, as the first namespace counts.",
	 "It with a reference, or NULL.", NULL },
	{ "bpf_task_from_vpid", "6.14",
	 "The task with this number, as the current task's namespace counts.",
	 "It with a reference, or NULL.", NULL },
	{ "bpf_task_under_cgroup", "6.5", "Is the task in this cgroup, or below it?", "1 or 0.",
	 NULL },
	{ "bpf_task_get_cgroup1", "6.8", "The task's cgroup in a hierarchy of version 1.",
	 "It with a reference, or NULL. Here there are no such hierarchies.", NULL },
};

static const struct rq_func_document cgroups[] = {
	{ "bpf_cgroup_acquire", "6.2", "A reference to a cgroup, which may be kept in a map.",
	 "The cgroup, or NULL.", NULL },
	{ "bpf_cgroup_release", "6.2", "Gives the reference back.", NULL, NULL },
	{ "bpf_cgroup_ancestor", "6.2", "The ancestor at a level; the root is level 0.",
	 "It with a reference, or NULL.", NULL },
	{ "bpf_cgroup_from_id", "6.4", "The cgroup with this id. Here: the root, whose id is 1.",
	 "It with a reference, or NULL.", NULL },
};

static const struct rq_func_document cpumasks[] = {
	{ "bpf_cpumask_create", "6.3", "An empty set of CPUs.",
	 "It with a reference, or NULL when there is no memory.", NULL },
	{ "bpf_cpumask_acquire", "6.3", "One more reference.", "The same set.", NULL },
	{ "bpf_cpumask_release", "6.3", "Gives a reference back; the last one frees it.", NULL,
	 NULL },
	{ "bpf_cpumask_set_cpu", "6.3", "Adds a CPU.", NULL, NULL },
	{ "bpf_cpumask_clear_cpu", "6.3", "Takes a CPU out.", NULL, NULL },
	{ "bpf_cpumask_test_cpu", "6.3", "Is the CPU in it?",
	 "true or false; false for numbers that no CPU has.", NULL },
	{ "bpf_cpumask_weight", "6.8", "How many CPUs are in it?", "Their number.", NULL },
	{ "bpf_cpumask_first", "6.3", "The lowest CPU in it.", "Its number; when there is none, the number of CPUs.", NULL },
	{ "bpf_cpumask_first_zero", "6.3", "The lowest CPU that is not in it.",
	 "Its number; when there is none, the number of CPUs.", NULL },
	{ "bpf_cpumask_first_and", "6.5", "The lowest CPU that is in both.",
	 "Its number; when there is none, the number of CPUs.", NULL },
	{ "bpf_cpumask_test_and_set_cpu", "6.3", "Adds a CPU.", "Was it in it before?", NULL },
	{ "bpf_cpumask_test_and_clear_cpu", "6.3", "Takes a CPU out.", "Was it in it before?", NULL },
	{ "bpf_cpumask_setall", "6.3", "Adds all CPUs.", NULL, NULL },
	{ "bpf_cpumask_clear", "6.3", "Takes all CPUs out.", NULL, NULL },
	{ "bpf_cpumask_and", "6.3", "The CPUs that are in both.", "Are there any?", NULL },
	{ "bpf_cpumask_or", "6.3", "The CPUs that are in one or both.", NULL, NULL },
	{ "bpf_cpumask_xor", "6.3", "The CPUs that are in one, but not in both.", NULL, NULL },
	{ "bpf_cpumask_equal", "6.3", "Have they the same CPUs?", "true or false.", NULL },
	{ "bpf_cpumask_intersects", "6.3", "Is any CPU in both?", "true or false.", NULL },
	{ "bpf_cpumask_subset", "6.3", "Is every CPU of the first in the second?", "true or false.", NULL },
	{ "bpf_cpumask_empty", "6.3", "Is no CPU in it?", "true or false.", NULL },
	{ "bpf_cpumask_full", "6.3", "Are all CPUs in it?", "true or false.", NULL },
	{ "bpf_cpumask_copy", "6.3", "Copies the second into the first.", NULL, NULL },
	{ "bpf_cpumask_any_distribute", "6.5", "A CPU that is in it, another each time.",
	 "Its number; when there is none, the number of CPUs.", NULL },
	{ "bpf_cpumask_any_and_distribute", "6.5", "A CPU that is in both, another each time.",
	 "Its number; when there is none, the number of CPUs.", NULL },
	{ "bpf_cpumask_populate", "6.15", "Fills it from the bits in memory.",
	 "0, or -EACCES: fewer bits than there are CPUs.", NULL },
};

static const struct rq_func_document dynptrs[] = {
	{ "bpf_dynptr_from_skb", "6.4", "The packet of an sk_buff, also what lies beyond data_end.",
	 "0, or -EINVAL: unknown flags.", NULL },
	{ "bpf_dynptr_from_xdp", "6.4", "The packet of an XDP program.",
	 "0, or -EINVAL: unknown flags.", NULL },
	{ "bpf_dynptr_slice", "6.4",
	 "Bytes to read: where they lie, or copied to the buffer when they lie in pieces.",
	 "A pointer, or NULL: out of bounds, or no buffer where one is needed.",
	 "The size is a constant." },
	{ "bpf_dynptr_slice_rdwr", "6.4",
	 "As bpf_dynptr_slice(), to be written too. When it gave the buffer, write that back with bpf_dynptr_write().",
	 "A pointer, or NULL: out of bounds, or read-only.",
	 "The size is a constant; the program may write packets." },
	{ "bpf_dynptr_adjust", "6.5", "Narrows the view to the bytes from start to end.",
	 "0. -EINVAL: a null dynptr, or end before start; -ERANGE: beyond its size.", NULL },
	{ "bpf_dynptr_is_null", "6.5", "Was it not made, or its memory given up?", "true or false.",
	 NULL },
	{ "bpf_dynptr_is_rdonly", "6.5", "May it only be read?", "true or false.", NULL },
	{ "bpf_dynptr_size", "6.5", "How many bytes it covers.",
	 "Their number, or -EINVAL: a null dynptr.", NULL },
	{ "bpf_dynptr_clone", "6.5", "A second view of the same memory, with bounds of its own.",
	 "0, or -EINVAL: a null dynptr.", NULL },
	{ "bpf_dynptr_copy", "6.17", "Copies bytes from one to another.",
	 "0. -E2BIG: out of bounds; -EINVAL: null or read-only.", NULL },
	{ "bpf_dynptr_memset", "6.17", "Sets bytes to a value.",
	 "0. -E2BIG: out of bounds; -EINVAL: null or read-only.", NULL },
};

#define STRING_ERRORS                                                                              \
	" -EFAULT: memory that can't be read; -E2BIG: longer than 4096; -ERANGE: an address of user space."
#define STRING_SEARCH "Its index. -ENOENT: it is not there." STRING_ERRORS
#define STRING_LENGTH "The length." STRING_ERRORS

static const struct rq_func_document strings[] = {
	{ "bpf_strcmp", "6.17", "Compares.",
	 "0 when equal, -1 when the first is less, 1 when it is more." STRING_ERRORS, NULL },
	{ "bpf_strcasecmp", "6.18", "Compares; small letters equal capitals.", "As bpf_strcmp().",
	 NULL },
	{ "bpf_strlen", "6.17", "How long is it?", STRING_LENGTH, NULL },
	{ "bpf_strnlen", "6.17", "How long is it, at most count?", STRING_LENGTH, NULL },
	{ "bpf_strchr", "6.17", "Where is the first such character? The NUL counts.", STRING_SEARCH,
	 NULL },
	{ "bpf_strchrnul", "6.17", "Where is it, or else the end?", STRING_LENGTH, NULL },
	{ "bpf_strnchr", "6.17", "Where is it, among the first count?", STRING_SEARCH, NULL },
	{ "bpf_strrchr", "6.17", "Where is the last such character?", STRING_SEARCH, NULL },
	{ "bpf_strspn", "6.17", "How long is the beginning that has only these characters?",
	 STRING_LENGTH, NULL },
	{ "bpf_strcspn", "6.17", "How long is the beginning that has none of these?", STRING_LENGTH,
	 NULL },
	{ "bpf_strstr", "6.17", "Where does this part begin?", STRING_SEARCH, NULL },
	{ "bpf_strnstr", "6.17", "Where does it begin, looking at the first length characters?",
	 STRING_SEARCH, NULL },
};

static const struct rq_func_document streams[] = {
	{ "bpf_stream_vprintk_impl", "6.18",
	  "Prints to the program's stream 1 (stdout) or 2 (stderr), in any context. In stderr are also the reports of locks that "
	  "this program could not have. `bpf_stream_printk(stream, format, ...)` is the usual macro. Linux 6.17 calls it "
	  "bpf_stream_vprintk().",
	  "0. -ENOENT: no such stream; -EINVAL: the format and the values don't fit; -ENOSPC: 100,000 bytes wait to be read. In "
	  "Linux also -ENOMEM.",
	  "The format is constant read-only data; the values are numbers of 8 bytes, at most 12, and not NULL." },
};

static const struct rq_func_document user_strings[] = {
	{ "bpf_copy_from_user_str", "6.12",
	 "Copies a string of the process, with its NUL, and at most `dst__sz` bytes. Flag 1 (BPF_F_PAD_ZEROS) fills the rest with "
	 "zeroes.",
	 "The bytes copied, with the NUL. -EFAULT: memory that can't be read; -EINVAL: unknown flags.",
	 NULL },
};

#define LOCK_DUTIES                                                                                                          \
	"The lock is a struct bpf_res_spin_lock in a map value, in a section of global data of its own, or in an object of " \
	"bpf_obj_new(), at most one in each. It is held on no path twice, and released on every path, in the reverse order " \
	"of acquisition, by the call that belongs to the one that took it. While it is held, only functions that need no "   \
	"other context may be called: these four, lists and trees, number iterators, other functions of the program."
#define GRAPH_DUTIES                                                                                                          \
	"The lock that lies beside the head or root is held. Nodes are members of objects of bpf_obj_new(); which member is " \
	"said by a `contains` tag. What is taken out is dropped or put back on every path."
#define ITER_DUTIES                                                                                                             \
	"The iterator is on the stack, begun before and ended on every path; the program does not touch it. What next gave is " \
	"tested for NULL."
#define REFERENCE_DUTIES                                                                           \
	"What was acquired is tested for NULL and released, or put into a map, on every path."

static const struct rq_func_document arenas[] = {
	{ "bpf_arena_alloc_pages", "6.9",
	 "Gives pages of the arena that nobody has, zeroed: at the address, or anywhere when it is NULL. The node is -1, flags are "
	 "0.",
	 "The first page's address, as the user sees it, or NULL.",
	 "The arena's address is known when the program is loaded: by map_extra, or because the user has mapped it." },
	{ "bpf_arena_free_pages", "6.9",
	 "Takes pages back, from the user too. Loads from them read 0 then, and stores are dropped.", NULL, NULL },
	{ "bpf_arena_reserve_pages", "6.17", "Keeps pages that nobody has from being given out.",
	 "0, -EINVAL: not pages of the arena. -EBUSY: somebody has them.", NULL },
};

static const struct family families[] = {
	{{ "res-spin-lock", "The lock",
	  "A lock that cannot hang the machine, among tasks. Where an interrupt wants it too, take the irqsave form.",
	  "Preemption on this CPU.", LOCK_DUTIES},
	 ROWS(res_spin_lock)},
	{{ "res-spin-lock-irqsave", "The lock, with interrupts off",
	  "The same lock, for what interrupts use too: none lands on this CPU while it is held. NMIs still do, and get -EDEADLK.",
	  "Preemption and interrupts on this CPU.", LOCK_DUTIES},
	 ROWS(res_spin_lock_irqsave)},
	{{ "local-irq", "Interrupts off", "For data of one CPU, which needs no lock.",
	  "Interrupts on this CPU.",
	  "Restored on every path, in reverse order. No function that may sleep is called in between." },
	 ROWS(local_irq)},
	{{ "preempt", "Preemption off", "For data of one CPU that no interrupt touches.",
	  "Preemption on this CPU.",
	  "Enabled again on every path. No function that may sleep is called in between." },
	 ROWS(preempt)},
	{{ "rcu", "RCU read sections", "For pointers whose target others may replace and free.",
	  "Nothing is off; what is protected by RCU is kept.",
	  "Ended on every path. No function that may sleep is called in between." },
	 ROWS(rcu)},
	{{ "throw", "Exceptions", "For what can't happen.", NULL,
	  "No lock, reference, irq flag or read section is held when it is called." },
	 ROWS(throw)},
	{{ "objects", "Objects of the program", "Memory of the program's own types.", NULL,
	  "What was made is dropped, or put into a map, list or tree, on every path." },
	 ROWS(objects)},
	{{ "lists", "Lists", "Doubly linked lists of objects, each under the lock beside its head.",
	  NULL, GRAPH_DUTIES},
	 ROWS(lists)},
	{{ "trees", "Trees", "Red-black trees of objects, each under the lock beside its root.",
	  NULL, GRAPH_DUTIES},
	 ROWS(trees)},
	{{ "arenas", "Arenas", "Pages that programs and a user share, with pointers that both can follow.", NULL,
	  "A pointer into the arena may be anything: accesses are checked at run time." },
	 ROWS(arenas)},
	{{ "casts", "Kernel structs", "From a context or an address to a kernel struct, to be read.",
	  NULL, "The program only reads through the result." },
	 ROWS(casts)},
	{{ "iter-num", "Loops over numbers",
	  "A loop that the verifier need not walk round by round. Also under a lock.", NULL,
	  ITER_DUTIES},
	 ROWS(iter_num)},
	{{ "iter-bits", "Loops over bits", "The bits that are set.", NULL, ITER_DUTIES},
	 ROWS(iter_bits)},
	{{ "iter-task", "Loops over tasks", "All tasks, or the threads of one.", NULL, ITER_DUTIES},
	 ROWS(iter_task)},
	{{ "iter-task-vma", "Loops over a task's memory", "Its mappings, in order.", NULL,
	  ITER_DUTIES},
	 ROWS(iter_task_vma)},
	{{ "tasks", "Tasks", "Finding tasks, and keeping them.", NULL, REFERENCE_DUTIES},
	 ROWS(tasks)},
	{{ "cgroups", "Cgroups", "Finding cgroups, and keeping them.", NULL, REFERENCE_DUTIES},
	 ROWS(cgroups)},
	{{ "cpumasks", "Sets of CPUs", "Sets that a program makes itself.", NULL, REFERENCE_DUTIES},
	 ROWS(cpumasks)},
	{{ "dynptrs", "Dynptrs", "Memory with bounds that are checked at run time.", NULL,
	  "A dynptr is on the stack, and the program does not touch it. What a slice gave is tested for NULL, and is gone once "
	  "the packet changes." },
	 ROWS(dynptrs)},
	{{ "strings", "Strings", "Strings that end with a NUL, of at most 4095 characters.", NULL,
	  "None: the kernel reads through any pointer without a fault." },
	 ROWS(strings)},
	{{ "streams", "Output streams", "Text of a program, which bpf(2) reads: BPF_PROG_STREAM_READ_BY_FD.", NULL,
	  "No lock is held." },
	 ROWS(streams) },
	{{ "user-strings", "Strings of the process",
	  "What the process that called has in its memory.", NULL,
	  "The program may sleep, and holds nothing that forbids it." },
	 ROWS(user_strings)},
};

const struct rq_func_family *rq_func_family_at(uint32_t index)
{
	return index < sizeof(families) / sizeof(families[0]) ? &families[index].family : NULL;
}

const struct rq_func_document *rq_func_document_at(const struct rq_func_family *family,
						   uint32_t index)
{
	const struct family *whole = (const struct family *)family; /* its first member */

	return index < whole->count ? &whole->rows[index] : NULL;
}

/* Where no lock is held by itself, there is none that lies beside a list or tree. */
static bool needs_lock(const struct rq_func *func)
{
	switch (func->duty) {
	case RQ_DUTY_RES_LOCK:
	case RQ_DUTY_RES_UNLOCK:
	case RQ_DUTY_RES_LOCK_IRQSAVE:
	case RQ_DUTY_RES_UNLOCK_IRQRESTORE:
	case RQ_DUTY_LIST_PUSH:
	case RQ_DUTY_LIST_POP:
	case RQ_DUTY_LIST_FRONT:
	case RQ_DUTY_RBTREE_ADD:
	case RQ_DUTY_RBTREE_REMOVE:
	case RQ_DUTY_RBTREE_FIRST:
	case RQ_DUTY_RBTREE_ROOT:
	case RQ_DUTY_RBTREE_CHILD: return true;
	default: return false;
	}
}

bool rq_func_callable(const struct rq_func *func, const struct rq_prog_type *type,
		      enum rq_kernel kernel)
{
	if (func->since > kernel || (func->groups && !(func->groups & type->helper_groups)))
		return false;
	return !needs_lock(func) || type->locks_since <= kernel;
}
