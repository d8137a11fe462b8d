// SPDX-License-Identifier: BSD-2-Clause
/*
 * libbpf finds a program's type by the name of its section. Names that are newer than the system's libbpf (Debian 12 has 1.1)
 * are registered with it; those that it knows stay its own.
 */
#include "sys/sections.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "prog/prog.h"

/* Attach types that Debian 12's linux/bpf.h lacks. */
enum {
	TCX_INGRESS = 46,
	TCX_EGRESS = 47,
	UPROBE_MULTI = 48,
	UNIX_CONNECT = 49,
	UNIX_SENDMSG = 50,
	UNIX_RECVMSG = 51,
	UNIX_GETPEERNAME = 52,
	UNIX_GETSOCKNAME = 53,
	NETKIT_PRIMARY = 54,
	NETKIT_PEER = 55,
	KPROBE_SESSION = 56,
	UPROBE_SESSION = 57,
};

static const struct section {
	const char *name; /* "+" at the end: alone, or with "/" and anything behind it */
	uint32_t type, attach;
	bool sleepable;
} sections[] = {
	{ "netfilter", RQ_PROG_TYPE_NETFILTER, RQ_ATTACH_NETFILTER },
	{ "tcx/ingress", BPF_PROG_TYPE_SCHED_CLS, TCX_INGRESS },
	{ "tcx/egress", BPF_PROG_TYPE_SCHED_CLS, TCX_EGRESS },
	{ "tc/ingress", BPF_PROG_TYPE_SCHED_CLS, TCX_INGRESS },
	{ "tc/egress", BPF_PROG_TYPE_SCHED_CLS, TCX_EGRESS },
	{ "netkit/primary", BPF_PROG_TYPE_SCHED_CLS, NETKIT_PRIMARY },
	{ "netkit/peer", BPF_PROG_TYPE_SCHED_CLS, NETKIT_PEER },
	{ "kprobe.session+", BPF_PROG_TYPE_KPROBE, KPROBE_SESSION },
	{ "uprobe.multi+", BPF_PROG_TYPE_KPROBE, UPROBE_MULTI },
	{ "uretprobe.multi+", BPF_PROG_TYPE_KPROBE, UPROBE_MULTI },
	{ "uprobe.multi.s+", BPF_PROG_TYPE_KPROBE, UPROBE_MULTI, true },
	{ "uretprobe.multi.s+", BPF_PROG_TYPE_KPROBE, UPROBE_MULTI, true },
	{ "uprobe.session+", BPF_PROG_TYPE_KPROBE, UPROBE_SESSION },
	{ "uprobe.session.s+", BPF_PROG_TYPE_KPROBE, UPROBE_SESSION, true },
	{ "cgroup/connect_unix", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, UNIX_CONNECT },
	{ "cgroup/sendmsg_unix", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, UNIX_SENDMSG },
	{ "cgroup/recvmsg_unix", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, UNIX_RECVMSG },
	{ "cgroup/getpeername_unix", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, UNIX_GETPEERNAME },
	{ "cgroup/getsockname_unix", BPF_PROG_TYPE_CGROUP_SOCK_ADDR, UNIX_GETSOCKNAME },
	{ "sk_skb/verdict", BPF_PROG_TYPE_SK_SKB, BPF_SK_SKB_VERDICT },
};

static pthread_once_t registered = PTHREAD_ONCE_INIT;
static int result;

static int make_sleepable(struct bpf_program *program, long cookie)
{
	return bpf_program__set_flags(program, bpf_program__flags(program) | BPF_F_SLEEPABLE);
}

static bool is_known(const char *name)
{
	enum bpf_attach_type attach;
	enum bpf_prog_type type;
	char plain[64];

	strncpy(plain, name, sizeof(plain) - 1);
	plain[sizeof(plain) - 1] = '\0';
	plain[strcspn(plain, "+")] = '\0';
	return !libbpf_prog_type_by_name(plain, &type, &attach);
}

static int be_silent(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

static void register_sections(void)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, sleepable, .prog_setup_fn = make_sleepable);
	libbpf_print_fn_t print = libbpf_set_print(be_silent); /* it says so when it does not know a name */

	for (size_t i = 0; !result && i < sizeof(sections) / sizeof(sections[0]); i++) {
		const struct section *row = &sections[i];

		if (is_known(row->name))
			continue;
		if (libbpf_register_prog_handler(row->name, (enum bpf_prog_type)row->type, (enum bpf_attach_type)row->attach,
						 row->sleepable ? &sleepable : NULL) < 0)
			result = -errno;
	}
	libbpf_set_print(print);
}

int rq_sections_register(void)
{
	pthread_once(&registered, register_sections);
	return result;
}
