/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Helpers and kfuncs: one table row each, in one file a family. The row says what the verifier must know and holds the
 * implementation. A kfunc's argument rules come from its prototype in the kernel BTF (parameter types and the suffixes
 * __sz, __szk, __k, __ign, __nullable, __opt, __str, __map, __uninit, __irq_flag); a helper's are in the row.
 */
#ifndef RQ_FUNC_FUNC_H
#define RQ_FUNC_FUNC_H

#include <stdbool.h>
#include <stdint.h>

#include "prog/prog.h"

struct rq_exec; /* vm/vm.h: one run of a program */

typedef uint64_t (*rq_func_call)(struct rq_exec *exec, uint64_t r1, uint64_t r2, uint64_t r3, uint64_t r4, uint64_t r5);

/* Which program types may call a helper or kfunc: exactly as Linux 6.18 answers, asked for each pair of them. */
enum rq_func_group {
	RQ_GROUP_BASE = 1 << 0,	    /* every type */
	RQ_GROUP_TRACING = 1 << 1,  /* kprobes, tracepoints, perf events, tracing, syscall */
	RQ_GROUP_NET = 1 << 2,	    /* what the network calls, whichever way */
	RQ_GROUP_SKB = 1 << 3,	    /* reads packets of sk_buffs */
	RQ_GROUP_SKB_PULL = 1 << 4,
	RQ_GROUP_SKB_WRITE = 1 << 5,
	RQ_GROUP_SKB_EDIT = 1 << 6, /* checksums, tunnels, clones */
	RQ_GROUP_SKB_HASH = 1 << 7,
	RQ_GROUP_SKB_ROOM = 1 << 8,
	RQ_GROUP_SKB_RELATIVE = 1 << 9,
	RQ_GROUP_SCHED = 1 << 10,   /* tc classifiers and actions */
	RQ_GROUP_CSUM = 1 << 11,
	RQ_GROUP_REDIRECT = 1 << 12,
	RQ_GROUP_XDP = 1 << 13,
	RQ_GROUP_XDP_LENGTH = 1 << 14,
	RQ_GROUP_SYSCALL = 1 << 15,
	RQ_GROUP_SK_LOOKUP = 1 << 16, /* finds sockets */
	RQ_GROUP_SK_RELEASE = 1 << 17,
	RQ_GROUP_SK_FULLSOCK = 1 << 18,
	RQ_GROUP_TCP_SOCK = 1 << 19,
	RQ_GROUP_SK_STORAGE = 1 << 20,
	RQ_GROUP_COOKIE = 1 << 21,
	RQ_GROUP_OUTPUT = 1 << 22,  /* perf_event_output */
	RQ_GROUP_CGROUP = 1 << 23,  /* has cgroup storage */
	RQ_GROUP_RETVAL = 1 << 24,
	RQ_GROUP_PERF_EVENT = 1 << 25,
	RQ_GROUP_SOCK_OPS = 1 << 26,
	RQ_GROUP_ATTACHED = 1 << 27, /* has an attach cookie */
	RQ_GROUP_GENERIC = 1 << 28,  /* kfuncs on objects, lists, trees, tasks, cgroups */
	RQ_GROUP_CPUMASK = 1 << 29,
	RQ_GROUP_SKB_DYNPTR = 1 << 30,
	RQ_GROUP_LSM = 1u << 31,     /* has inodes */
};

/* More of them than an enum has bits for. */
#define RQ_GROUP_SK_CAST     (1ULL << 32) /* takes a socket for one of its protocol */
#define RQ_GROUP_BTF_TRACING (1ULL << 33) /* attached by types: functions, tracepoints, iterators, LSM hooks */

/* The groups of each program type, for its row in src/prog. */
#define RQ_GROUPS_SOCKET_FILTER                                                                                        \
	(RQ_GROUP_SK_CAST | RQ_GROUP_BASE | RQ_GROUP_NET | RQ_GROUP_SKB | RQ_GROUP_SKB_RELATIVE | RQ_GROUP_COOKIE | RQ_GROUP_OUTPUT |     \
	 RQ_GROUP_SKB_DYNPTR)
#define RQ_GROUPS_SCHED_ACT                                                                                            \
	(RQ_GROUP_SK_CAST | RQ_GROUP_BASE | RQ_GROUP_NET | RQ_GROUP_SKB | RQ_GROUP_SKB_PULL | RQ_GROUP_SKB_WRITE | RQ_GROUP_SKB_EDIT |    \
	 RQ_GROUP_SKB_HASH | RQ_GROUP_SKB_ROOM | RQ_GROUP_SKB_RELATIVE | RQ_GROUP_SCHED | RQ_GROUP_CSUM |              \
	 RQ_GROUP_REDIRECT | RQ_GROUP_SK_LOOKUP | RQ_GROUP_SK_RELEASE | RQ_GROUP_SK_FULLSOCK | RQ_GROUP_TCP_SOCK |     \
	 RQ_GROUP_SK_STORAGE | RQ_GROUP_COOKIE | RQ_GROUP_OUTPUT | RQ_GROUP_SKB_DYNPTR)
#define RQ_GROUPS_SCHED_CLS (RQ_GROUPS_SCHED_ACT | RQ_GROUP_GENERIC)
#define RQ_GROUPS_XDP                                                                                                  \
	(RQ_GROUP_SK_CAST | RQ_GROUP_BASE | RQ_GROUP_NET | RQ_GROUP_XDP | RQ_GROUP_XDP_LENGTH | RQ_GROUP_CSUM | RQ_GROUP_REDIRECT |       \
	 RQ_GROUP_SK_LOOKUP | RQ_GROUP_SK_RELEASE | RQ_GROUP_OUTPUT | RQ_GROUP_GENERIC)
#define RQ_GROUPS_KPROBE (RQ_GROUP_BASE | RQ_GROUP_TRACING | RQ_GROUP_OUTPUT | RQ_GROUP_ATTACHED) /* raw tracepoints too */
#define RQ_GROUPS_TRACEPOINT (RQ_GROUPS_KPROBE | RQ_GROUP_GENERIC | RQ_GROUP_CPUMASK | RQ_GROUP_SKB_DYNPTR)
#define RQ_GROUPS_PERF_EVENT (RQ_GROUPS_TRACEPOINT | RQ_GROUP_PERF_EVENT)
#define RQ_GROUPS_TRACING (RQ_GROUP_BTF_TRACING | RQ_GROUP_SK_CAST | RQ_GROUPS_TRACEPOINT | RQ_GROUP_XDP_LENGTH | RQ_GROUP_SK_STORAGE | RQ_GROUP_COOKIE)
#define RQ_GROUPS_LSM (RQ_GROUPS_TRACING | RQ_GROUP_LSM)
#define RQ_GROUPS_SYSCALL                                                                                              \
	(RQ_GROUP_BTF_TRACING | RQ_GROUP_SK_CAST | RQ_GROUP_BASE | RQ_GROUP_TRACING | RQ_GROUP_SYSCALL | RQ_GROUP_XDP_LENGTH | RQ_GROUP_COOKIE |                 \
	 RQ_GROUP_OUTPUT | RQ_GROUP_GENERIC | RQ_GROUP_CPUMASK)
#define RQ_GROUPS_CGROUP_DEVICE                                                                                        \
	(RQ_GROUP_BASE | RQ_GROUP_OUTPUT | RQ_GROUP_CGROUP | RQ_GROUP_RETVAL | RQ_GROUP_GENERIC | RQ_GROUP_SKB_DYNPTR)
#define RQ_GROUPS_CGROUP_SYSCTL (RQ_GROUPS_CGROUP_DEVICE | RQ_GROUP_NET)
#define RQ_GROUPS_CGROUP_SOCKOPT (RQ_GROUPS_CGROUP_DEVICE | RQ_GROUP_TCP_SOCK | RQ_GROUP_SK_STORAGE)
#define RQ_GROUPS_CGROUP_SOCK (RQ_GROUPS_CGROUP_DEVICE | RQ_GROUP_NET | RQ_GROUP_SK_STORAGE | RQ_GROUP_COOKIE)
#define RQ_GROUPS_CGROUP_SOCK_ADDR (RQ_GROUP_SK_CAST | RQ_GROUPS_CGROUP_SOCK | RQ_GROUP_SK_LOOKUP | RQ_GROUP_SK_RELEASE)
#define RQ_GROUPS_CGROUP_SKB                                                                                           \
	(RQ_GROUP_SK_CAST | RQ_GROUP_BASE | RQ_GROUP_NET | RQ_GROUP_SKB | RQ_GROUP_SKB_RELATIVE | RQ_GROUP_SK_LOOKUP |                    \
	 RQ_GROUP_SK_RELEASE | RQ_GROUP_SK_FULLSOCK | RQ_GROUP_TCP_SOCK | RQ_GROUP_SK_STORAGE | RQ_GROUP_COOKIE |      \
	 RQ_GROUP_OUTPUT | RQ_GROUP_CGROUP | RQ_GROUP_GENERIC | RQ_GROUP_SKB_DYNPTR)
#define RQ_GROUPS_LWT /* in, out, seg6local */                                                                         \
	(RQ_GROUP_SK_CAST | RQ_GROUP_BASE | RQ_GROUP_NET | RQ_GROUP_SKB | RQ_GROUP_SKB_PULL | RQ_GROUP_SKB_HASH | RQ_GROUP_CSUM |         \
	 RQ_GROUP_OUTPUT | RQ_GROUP_SKB_DYNPTR)
#define RQ_GROUPS_LWT_XMIT (RQ_GROUPS_LWT | RQ_GROUP_SKB_WRITE | RQ_GROUP_SKB_EDIT | RQ_GROUP_REDIRECT)
#define RQ_GROUPS_SOCK_OPS                                                                                             \
	(RQ_GROUP_SK_CAST | RQ_GROUP_BASE | RQ_GROUP_NET | RQ_GROUP_SOCK_OPS | RQ_GROUP_TCP_SOCK | RQ_GROUP_SK_STORAGE |                  \
	 RQ_GROUP_COOKIE | RQ_GROUP_OUTPUT | RQ_GROUP_CGROUP | RQ_GROUP_GENERIC | RQ_GROUP_SKB_DYNPTR)
#define RQ_GROUPS_SK_SKB                                                                                               \
	(RQ_GROUP_SK_CAST | RQ_GROUP_BASE | RQ_GROUP_NET | RQ_GROUP_SKB | RQ_GROUP_SKB_PULL | RQ_GROUP_SKB_WRITE | RQ_GROUP_SKB_ROOM |    \
	 RQ_GROUP_SK_LOOKUP | RQ_GROUP_SK_RELEASE | RQ_GROUP_COOKIE | RQ_GROUP_OUTPUT | RQ_GROUP_SKB_DYNPTR)
#define RQ_GROUPS_SK_MSG (RQ_GROUP_SK_CAST | RQ_GROUP_BASE | RQ_GROUP_NET | RQ_GROUP_SK_STORAGE | RQ_GROUP_OUTPUT)
#define RQ_GROUPS_SK_REUSEPORT (RQ_GROUP_BASE | RQ_GROUP_NET | RQ_GROUP_SKB | RQ_GROUP_SKB_RELATIVE | RQ_GROUP_COOKIE)
#define RQ_GROUPS_SK_LOOKUP (RQ_GROUP_SK_CAST | RQ_GROUP_BASE | RQ_GROUP_NET | RQ_GROUP_SK_RELEASE | RQ_GROUP_OUTPUT)
#define RQ_GROUPS_FLOW_DISSECTOR (RQ_GROUP_SK_CAST | RQ_GROUP_BASE | RQ_GROUP_NET | RQ_GROUP_SKB)
#define RQ_GROUPS_STRUCT_OPS                                                                                           \
	(RQ_GROUP_BASE | RQ_GROUP_NET | RQ_GROUP_SK_STORAGE | RQ_GROUP_GENERIC | RQ_GROUP_CPUMASK)
#define RQ_GROUPS_NETFILTER (RQ_GROUP_BASE | RQ_GROUP_SKB_DYNPTR)

/* Helper arguments. */
enum rq_arg {
	RQ_ARG_NONE,
	RQ_ARG_ANYTHING,
	RQ_ARG_CONST_MAP,
	RQ_ARG_MAP_KEY,
	RQ_ARG_MAP_VALUE,
	RQ_ARG_MAP_VALUE_UNINIT, /* written by the helper */
	RQ_ARG_MEM,             /* readable memory; the next argument is its size */
	RQ_ARG_MEM_UNINIT,      /* written by the helper */
	RQ_ARG_MEM_FIXED,       /* readable, .size bytes */
	RQ_ARG_MEM_FIXED_UNINIT,
	RQ_ARG_SIZE,            /* > 0 */
	RQ_ARG_SIZE_OR_ZERO,
	RQ_ARG_CONST_ALLOC_SIZE, /* a known constant */
	RQ_ARG_CTX,
	RQ_ARG_SPIN_LOCK,
	RQ_ARG_TIMER,
	RQ_ARG_FUNC,            /* a callback */
	RQ_ARG_STACK,
	RQ_ARG_STACK_OR_NULL,
	RQ_ARG_BTF_ID,
	RQ_ARG_BTF_ID_OR_NULL,
	RQ_ARG_KPTR_SLOT,
	RQ_ARG_DYNPTR,
	RQ_ARG_DYNPTR_UNINIT,
	RQ_ARG_RINGBUF_MEM,
	RQ_ARG_PERCPU_BTF_ID,
	RQ_ARG_CONST_STR,
	RQ_ARG_SOCKET,
	RQ_ARG_SOCK_COMMON,
	RQ_ARG_BTF_ID_SOCK_COMMON, /* any socket, also as a kernel struct */
};

/* How an argument of a helper departs from its kind. */
enum rq_arg_flag {
	RQ_ARG_NULLABLE = 1 << 0,
	RQ_ARG_RELEASES = 1 << 1,    /* gives up the reference that the argument owns */
	RQ_ARG_WRITES = 1 << 2,      /* RQ_ARG_MEM, RQ_ARG_MEM_FIXED: initialised memory that the helper also writes */
	RQ_ARG_DYNPTR_RINGBUF = 1 << 3, /* RQ_ARG_DYNPTR: must be of this type */
};

enum rq_ret {
	RQ_RET_INTEGER,
	RQ_RET_VOID,
	RQ_RET_MAP_VALUE_OR_NULL,
	RQ_RET_MEM_OR_NULL,      /* size from the RQ_ARG_CONST_ALLOC_SIZE argument */
	RQ_RET_RINGBUF_MEM_OR_NULL,
	RQ_RET_BTF_ID_OR_NULL,
	RQ_RET_TRUSTED_BTF_ID,
	RQ_RET_MEM_OR_BTF_ID,
	RQ_RET_SOCKET_OR_NULL,
	RQ_RET_DYNPTR_MEM_OR_NULL,
	RQ_RET_SOCK_COMMON_OR_NULL,
	RQ_RET_TCP_SOCK_OR_NULL,
	RQ_RET_MAP_VALUE,
};

/* Flags; the KF_ ones are the kernel's kfunc flags. */
enum rq_func_flag {
	RQ_KF_ACQUIRE = 1 << 0,
	RQ_KF_RELEASE = 1 << 1,
	RQ_KF_RET_NULL = 1 << 2,
	RQ_KF_TRUSTED_ARGS = 1 << 3,
	RQ_KF_SLEEPABLE = 1 << 4,
	RQ_KF_DESTRUCTIVE = 1 << 5,
	RQ_KF_RCU = 1 << 6,
	RQ_KF_ITER_NEW = 1 << 7,
	RQ_KF_ITER_NEXT = 1 << 8,
	RQ_KF_ITER_DESTROY = 1 << 9,
	RQ_KF_RCU_PROTECTED = 1 << 10,
	RQ_KF_FASTCALL = 1 << 11,
	RQ_FUNC_GPL_ONLY = 1 << 12,
	RQ_FUNC_CHANGES_PACKET = 1 << 13,
	RQ_FUNC_PKT_ACCESS = 1 << 14,  /* memory arguments may be packet data */
	RQ_FUNC_UNDER_LOCK = 1 << 15,  /* may be called while a lock is held */
	RQ_FUNC_NO_RETURN = 1 << 16,   /* bpf_throw */
	RQ_FUNC_SAME_REFERENCE = 1 << 17, /* the result borrows the argument's reference: bpf_tcp_sock, bpf_sk_fullsock */
	RQ_FUNC_RETURNS_LENGTH = 1 << 18, /* R0 is -4095 .. the size argument */
	RQ_FUNC_RETURNS_CPU = 1 << 19,    /* R0 is below the number of CPUs */
	RQ_FUNC_NOT_IN_PROBES = 1 << 20,  /* where paths may be walked: else "helper call is not allowed in probe" */
	RQ_FUNC_ITERATORS_ONLY = 1 << 21,  /* of tracing programs, those of iterators */
};

/* Duties that the verifier has for one function alone; each has one handler in src/verifier. */
enum rq_duty {
	RQ_DUTY_NONE,
	RQ_DUTY_LOCK,            /* bpf_spin_lock */
	RQ_DUTY_UNLOCK,
	RQ_DUTY_RES_LOCK,
	RQ_DUTY_RES_UNLOCK,
	RQ_DUTY_RES_LOCK_IRQSAVE,
	RQ_DUTY_RES_UNLOCK_IRQRESTORE,
	RQ_DUTY_IRQ_SAVE,
	RQ_DUTY_IRQ_RESTORE,
	RQ_DUTY_PREEMPT_DISABLE,
	RQ_DUTY_PREEMPT_ENABLE,
	RQ_DUTY_RCU_LOCK,
	RQ_DUTY_RCU_UNLOCK,
	RQ_DUTY_OBJ_NEW,
	RQ_DUTY_PERCPU_OBJ_NEW,
	RQ_DUTY_OBJ_DROP,
	RQ_DUTY_PERCPU_OBJ_DROP,
	RQ_DUTY_REFCOUNT_ACQUIRE,
	RQ_DUTY_LIST_PUSH,
	RQ_DUTY_LIST_POP,
	RQ_DUTY_RBTREE_ADD,
	RQ_DUTY_RBTREE_REMOVE,
	RQ_DUTY_RBTREE_FIRST,
	RQ_DUTY_RDONLY_CAST,
	RQ_DUTY_CAST_TO_KERN_CTX,
	RQ_DUTY_THROW,
	RQ_DUTY_TAIL_CALL,
	RQ_DUTY_LOOP,
	RQ_DUTY_FOR_EACH_MAP_ELEM,
	RQ_DUTY_USER_RINGBUF_DRAIN,
	RQ_DUTY_TIMER_SET_CALLBACK,
	RQ_DUTY_DYNPTR_DATA,
	RQ_DUTY_DYNPTR_SLICE,
	RQ_DUTY_KPTR_XCHG,
	RQ_DUTY_MAP_LOOKUP,
	RQ_DUTY_FIND_VMA,
	RQ_DUTY_PER_CPU_PTR,
	RQ_DUTY_DYNPTR_FROM_MEM,
	RQ_DUTY_DYNPTR_RESERVE,  /* bpf_ringbuf_reserve_dynptr */
	RQ_DUTY_DYNPTR_FROM_SKB,
	RQ_DUTY_DYNPTR_FROM_XDP,
	RQ_DUTY_DYNPTR_CLONE,
	RQ_DUTY_DYNPTR_WRITE,
	RQ_DUTY_LIST_FRONT,      /* bpf_list_front, bpf_list_back */
	RQ_DUTY_RBTREE_ROOT,
	RQ_DUTY_RBTREE_CHILD,    /* bpf_rbtree_left, bpf_rbtree_right */
	RQ_DUTY_SNPRINTF,        /* bpf_snprintf, bpf_trace_vprintk, bpf_seq_printf: format and data agree */
	RQ_DUTY_MAP_UPDATE,
	RQ_DUTY_MAP_DELETE,
	RQ_DUTY_WQ_SET_CALLBACK,
};

struct rq_func_arg {
	enum rq_arg kind;
	uint32_t size;          /* RQ_ARG_MEM_FIXED* */
	const char *type_name;  /* RQ_ARG_BTF_ID: struct of the kernel BTF */
	uint32_t flags;         /* enum rq_arg_flag */
};

struct rq_func {
	const char *name;
	uint32_t helper;        /* BPF_FUNC_* number; 0: a kfunc */
	uint32_t flags;
	enum rq_duty duty;
	enum rq_kernel since;   /* first profile that has it; every later one has it too */
	uint64_t groups;        /* program types that may call it: any common bit. kfuncs: 0 is every type */
	enum rq_ret returns;
	const char *returns_type; /* BTF_ID results of helpers: struct name */
	struct rq_func_arg args[5];
	/* NULL: checked, not run here. The verifier judges calls of it; rq_vm_prepare() refuses programs that reach one. */
	rq_func_call call;
};

/* May the program's own code run inside a call of it, or the program end there? */
static inline bool rq_func_calls_back(const struct rq_func *func)
{
	return (func->flags & RQ_FUNC_NO_RETURN) || func->args[1].kind == RQ_ARG_FUNC || func->args[2].kind == RQ_ARG_FUNC ||
	       func->duty == RQ_DUTY_RBTREE_ADD || func->duty == RQ_DUTY_LOCK;
}

const struct rq_func *rq_func_helper(uint32_t id);
const struct rq_func *rq_func_kfunc(const char *name);
/* All rows, for `rqspin kfuncs` and tests. */
const struct rq_func *rq_func_at(uint32_t index);

/* Tables, one a file. The list of tables is in func.c. */
struct rq_func_table {
	const struct rq_func *rows;
	uint32_t count;
};

#endif
