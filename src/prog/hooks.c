/* SPDX-License-Identifier: BSD-2-Clause */
#include "prog/hooks.h"

#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define ARG(number)  (1u << (number))

static bool is_listed(const char *name, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] && !strcmp(name, list[i]))
			return true;
	return false;
}

static bool in_list(const char *name, const char *const *list)
{
	for (; list && *list; list++)
		if (!strcmp(name, *list))
			return true;
	return false;
}

/* ---- Iterators ---- */

#define NULLABLE     (RQ_ARGUMENT_MAYBE_NULL | RQ_ARGUMENT_QUIET)
#define OBJECT	     (RQ_ARGUMENT_TRUSTED | NULLABLE)
#define BUFFER	     (RQ_ARGUMENT_BUFFER | NULLABLE)
#define CONST_BUFFER (BUFFER | RQ_ARGUMENT_RDONLY)

/* What an iterator is at is NULL after the last one; objects that nothing keeps alive are not trusted. */
static const struct {
	const char *function;
	struct {
		uint8_t index, flags;
	} arguments[2];
} iterators[] = {
	{ "bpf_iter_bpf_link", { { 1, NULLABLE } } },
	{ "bpf_iter_bpf_map", { { 1, OBJECT } } },
	{ "bpf_iter_bpf_map_elem", { { 2, CONST_BUFFER }, { 3, BUFFER } } },
	{ "bpf_iter_bpf_prog", { { 1, NULLABLE } } },
	{ "bpf_iter_bpf_sk_storage_map", { { 2, NULLABLE }, { 3, BUFFER } } },
	{ "bpf_iter_cgroup", { { 1, OBJECT } } },
	{ "bpf_iter_dmabuf", { { 1, NULLABLE } } },
	{ "bpf_iter_ipv6_route", { { 1, NULLABLE } } },
	{ "bpf_iter_kmem_cache", { { 1, OBJECT } } },
	{ "bpf_iter_ksym", { { 1, NULLABLE } } },
	{ "bpf_iter_netlink", { { 1, NULLABLE } } },
	{ "bpf_iter_sockmap", { { 2, CONST_BUFFER }, { 3, NULLABLE } } },
	{ "bpf_iter_task", { { 1, OBJECT } } },
	{ "bpf_iter_task_file", { { 1, NULLABLE }, { 3, NULLABLE } } },
	{ "bpf_iter_task_vma", { { 1, NULLABLE }, { 2, NULLABLE } } },
	{ "bpf_iter_tcp", { { 1, OBJECT } } },
	{ "bpf_iter_udp", { { 1, OBJECT } } },
	{ "bpf_iter_unix", { { 1, NULLABLE } } },
};

bool rq_hook_is_iterator(const char *function)
{
	for (size_t i = 0; i < COUNT(iterators); i++)
		if (!strcmp(function, iterators[i].function))
			return true;
	return false;
}

static uint32_t iterator_argument(const char *function, uint32_t index)
{
	for (size_t i = 0; i < COUNT(iterators); i++) {
		if (strcmp(function, iterators[i].function))
			continue;
		for (size_t j = 0; j < COUNT(iterators[i].arguments); j++)
			if (index && iterators[i].arguments[j].index == index)
				return iterators[i].arguments[j].flags;
	}
	return RQ_ARGUMENT_TRUSTED;
}

/* ---- Tracepoints ---- */

/* Arguments that may be NULL although their types do not say so. */
static const struct {
	const char *name;
	uint32_t arguments;
} tracepoints[] = {
	{ "break_lease_block", ARG(1) }, { "break_lease_noblock", ARG(1) },
	{ "break_lease_unblock", ARG(1) }, { "ext4_mballoc_discard", ARG(1) },
	{ "ext4_mballoc_free", ARG(1) }, { "fcntl_setlk", ARG(1) }, { "fib_table_lookup", ARG(2) },
	{ "flock_lock_inode", ARG(1) }, { "folio_wait_writeback", ARG(1) },
	{ "generic_delete_lease", ARG(1) }, { "hugetlbfs_alloc_inode", ARG(1) },
	{ "kfree_skb", ARG(3) }, { "locks_remove_posix", ARG(1) },
	{ "mm_collapse_huge_page_isolate", ARG(0) }, { "mm_khugepaged_collapse_file", ARG(1) },
	{ "mm_khugepaged_scan_file", ARG(1) }, { "mm_khugepaged_scan_pmd", ARG(1) },
	{ "mm_page_alloc", ARG(0) }, { "mm_page_alloc_zone_locked", ARG(0) },
	{ "mm_page_pcpu_drain", ARG(0) }, { "posix_lock_inode", ARG(1) },
	{ "qdisc_dequeue", ARG(3) }, { "sched_pi_setprio", ARG(1) },
	{ "sched_stick_numa", ARG(2) }, { "sched_swap_numa", ARG(2) },
	{ "tcp_send_reset", ARG(0) | ARG(1) }, { "tcp_sendmsg_locked", ARG(2) },
	{ "time_out_leases", ARG(1) }, { "tmigr_update_events", ARG(0) },
	{ "writeback_dirty_folio", ARG(1) }, { "xfs_blockgc_flush_all", ARG(0) },
	{ "xfs_blockgc_free_space", ARG(1) }, { "xfs_blockgc_start", ARG(0) },
	{ "xfs_blockgc_stop", ARG(0) }, { "xfs_blockgc_worker", ARG(0) },
	{ "xfs_btree_overlapped_query_range", ARG(2) }, { "xfs_btree_updkeys", ARG(2) },
	{ "xfs_defer_add_item", ARG(0) }, { "xfs_defer_cancel_item", ARG(0) },
	{ "xfs_defer_cancel_list", ARG(0) }, { "xfs_defer_create_intent", ARG(0) },
	{ "xfs_defer_finish_item", ARG(0) }, { "xfs_defer_isolate_paused", ARG(0) },
	{ "xfs_defer_item_pause", ARG(0) }, { "xfs_defer_item_unpause", ARG(0) },
	{ "xfs_defer_pending_abort", ARG(0) }, { "xfs_defer_pending_finish", ARG(0) },
	{ "xfs_defer_relog_intent", ARG(0) }, { "xfs_fs_sync_fs", ARG(0) },
	{ "xfs_inodegc_flush", ARG(0) }, { "xfs_inodegc_push", ARG(0) },
	{ "xfs_inodegc_queue", ARG(0) }, { "xfs_inodegc_start", ARG(0) },
	{ "xfs_inodegc_stop", ARG(0) }, { "xfs_inodegc_throttle", ARG(0) },
	{ "xfs_ioc_free_eofblocks", ARG(1) }, { "xfs_map_blocks_alloc", ARG(4) },
	{ "xfs_map_blocks_found", ARG(4) },
};

static uint32_t tracepoint_argument(const char *name, uint32_t number)
{
	for (size_t i = 0; i < COUNT(tracepoints); i++)
		if (!strcmp(tracepoints[i].name, name) && tracepoints[i].arguments & ARG(number))
			return RQ_ARGUMENT_TRUSTED | RQ_ARGUMENT_MAYBE_NULL;
	return RQ_ARGUMENT_TRUSTED;
}

/* ---- LSM hooks ---- */

#define HOOK(name) "bpf_lsm_" #name

static const char *const sleepable_hooks[] = {
	HOOK(bpf), HOOK(bpf_map), HOOK(bpf_map_create), HOOK(bpf_map_free), HOOK(bpf_prog), HOOK(bpf_prog_load),
	HOOK(bpf_prog_free), HOOK(bpf_token_create), HOOK(bpf_token_free), HOOK(bpf_token_cmd), HOOK(bpf_token_capable),
	HOOK(bprm_check_security), HOOK(bprm_committed_creds), HOOK(bprm_committing_creds), HOOK(bprm_creds_for_exec),
	HOOK(bprm_creds_from_file), HOOK(capget), HOOK(capset), HOOK(cred_prepare), HOOK(file_ioctl), HOOK(file_lock),
	HOOK(file_open), HOOK(file_post_open), HOOK(file_receive), HOOK(inode_create), HOOK(inode_free_security),
	HOOK(inode_getattr), HOOK(inode_getxattr), HOOK(inode_mknod), HOOK(inode_need_killpriv),
	HOOK(inode_post_setxattr), HOOK(inode_post_removexattr), HOOK(inode_readlink), HOOK(inode_removexattr),
	HOOK(inode_rename), HOOK(inode_rmdir), HOOK(inode_setattr), HOOK(inode_setxattr), HOOK(inode_set_acl),
	HOOK(inode_remove_acl), HOOK(inode_symlink), HOOK(inode_unlink), HOOK(kernel_module_request),
	HOOK(kernel_read_file), HOOK(kernfs_init_security), HOOK(path_unlink), HOOK(path_mkdir), HOOK(path_rmdir),
	HOOK(path_truncate), HOOK(path_symlink), HOOK(path_link), HOOK(path_rename), HOOK(path_chmod), HOOK(path_chown),
	HOOK(mmap_file), HOOK(netlink_send), HOOK(path_notify), HOOK(release_secctx), HOOK(sb_alloc_security),
	HOOK(sb_eat_lsm_opts), HOOK(sb_kern_mount), HOOK(sb_mount), HOOK(sb_remount), HOOK(sb_set_mnt_opts),
	HOOK(sb_show_options), HOOK(sb_statfs), HOOK(sb_umount), HOOK(settime), HOOK(socket_accept), HOOK(socket_bind),
	HOOK(socket_connect), HOOK(socket_create), HOOK(socket_getpeername), HOOK(socket_getpeersec_dgram),
	HOOK(socket_getsockname), HOOK(socket_getsockopt), HOOK(socket_listen), HOOK(socket_post_create),
	HOOK(socket_recvmsg), HOOK(socket_sendmsg), HOOK(socket_shutdown), HOOK(socket_socketpair), HOOK(syslog),
	HOOK(task_alloc), HOOK(task_prctl), HOOK(task_setscheduler), HOOK(task_to_inode), HOOK(userns_create),
};

/* Nothing may be attached to these: what they return is more than a verdict. */
static const char *const disabled_hooks[] = {
	HOOK(vm_enough_memory), HOOK(inode_need_killpriv), HOOK(inode_getsecurity), HOOK(inode_listsecurity),
	HOOK(inode_copy_up_xattr), HOOK(getselfattr), HOOK(getprocattr), HOOK(setprocattr), HOOK(quota_on),
	HOOK(ismaclabel), HOOK(key_getsecurity), HOOK(secid_to_secctx), HOOK(secctx_to_secid), HOOK(xfrm_decode_session),
};

/* The object that these are called for does not exist yet, or no longer. */
static const char *const untrusted_hooks[] = {
	HOOK(bpf_map_free), HOOK(bpf_prog_free), HOOK(file_alloc_security), HOOK(file_free_security),
	HOOK(sk_alloc_security), HOOK(sk_free_security), HOOK(task_free),
};

bool rq_hook_may_sleep(const char *hook)
{
	return is_listed(hook, sleepable_hooks, COUNT(sleepable_hooks));
}

bool rq_hook_is_disabled(const char *hook)
{
	return is_listed(hook, disabled_hooks, COUNT(disabled_hooks));
}

/* ---- Functions ---- */

/* Where errors may be injected, and system calls: what they return may be changed, and they may sleep. */
static const char *const injectable_prefixes[] = { "__x64_sys_", "__ia32_sys_", "__arm64_sys_" };
static const char *const injectable_functions[] = {
	"bpf_modify_return_test", "bpf_modify_return_test2", "bpf_modify_return_test_tp", "bpf_fentry_test1",
	"should_fail_bio", "should_fail_usercopy",
};
static const char *const injectable_atomic_functions[] = { "should_failslab", "should_fail_alloc_page" };

static bool is_injectable(const char *function)
{
	for (size_t i = 0; i < COUNT(injectable_prefixes); i++)
		if (!strncmp(function, injectable_prefixes[i], strlen(injectable_prefixes[i])))
			return true;
	return is_listed(function, injectable_functions, COUNT(injectable_functions));
}

/* Functions that hold no lock of the file system's. */
static const char *const path_functions[] = {
	"security_file_permission", "security_inode_getattr", "security_file_open", "security_path_truncate", "vfs_truncate",
	"vfs_fallocate", "dentry_open", "vfs_getattr", "filp_close",
};

bool rq_hook_has_paths(const struct rq_prog *prog)
{
	const char *name = prog->attach_btf ? rq_btf_name(prog->attach_btf, prog->attach_btf_id) : "";

	if (prog->type->type == BPF_PROG_TYPE_LSM)
		return rq_hook_may_sleep(name);
	if (prog->type->type != BPF_PROG_TYPE_TRACING)
		return false;
	return prog->expected_attach_type == BPF_TRACE_ITER || is_listed(name, path_functions, COUNT(path_functions));
}

bool rq_function_is_modifiable(const char *function)
{
	return is_injectable(function) || !strncmp(function, "security_", strlen("security_")) ||
	       is_listed(function, injectable_atomic_functions, COUNT(injectable_atomic_functions));
}

bool rq_function_may_sleep(const char *function)
{
	return is_injectable(function);
}

/* ---- Tables of functions ---- */

static const char *const tcp_unsupported[] = { "get_info", NULL };
static const struct rq_ops_member tcp_writable[] = {
	{ "sock", "sk_pacing_status" },
	{ "sock", "sk_pacing_rate" },
	{ "", "pending" }, /* of inet_connection_sock.icsk_ack, which has no name */
	{ "inet_connection_sock", "icsk_ca_priv" },
	{ "tcp_sock", "snd_cwnd" },
	{ "tcp_sock", "snd_ssthresh" },
	{ "tcp_sock", "ecn_flags" },
	{ "tcp_sock", "app_limited" },
	{ "tcp_sock", "snd_cwnd_cnt" },
	{ "tcp_sock", "snd_cwnd_stamp" },
};

static const char *const scx_sleepable[] = { "init_task", "cgroup_init", "cgroup_exit", "cgroup_prep_move",
					     "cpu_online", "cpu_offline", "init", "exit", NULL };
static const struct rq_ops_nullable scx_nullable[] = { { "dispatch", 1 }, { "yield", 1 }, {} };
static const struct rq_ops_member scx_writable[] = {
	{ "sched_ext_entity", "slice" },
	{ "sched_ext_entity", "dsq_vtime" },
	{ "sched_ext_entity", "disallow" },
};

static const char *const dummy_sleepable[] = { "test_sleepable", NULL };
static const struct rq_ops_nullable dummy_nullable[] = { { "test_1", 0 }, {} };
static const struct rq_ops_member dummy_writable[] = { { "bpf_dummy_ops_state", "val" } };

static const struct rq_ops_table ops_tables[] = {
	{ "tcp_congestion_ops", .unsupported = tcp_unsupported, .from = "sock", .to = "tcp_sock",
	  .written = "tcp_sock", .writable = tcp_writable,
	  .writable_count = COUNT(tcp_writable) },
	{ "sched_ext_ops", .sleepable = scx_sleepable, .nullable = scx_nullable, .written = "task_struct",
	  .writable = scx_writable,
	  .writable_count = COUNT(scx_writable) },
	{ "bpf_dummy_ops", .sleepable = dummy_sleepable, .nullable = dummy_nullable,
	  .written = "bpf_dummy_ops_state", .writable = dummy_writable,
	  .writable_count = COUNT(dummy_writable) },
};

const struct rq_ops_table *rq_ops_table(const char *struct_name)
{
	for (size_t i = 0; i < COUNT(ops_tables); i++)
		if (!strcmp(ops_tables[i].name, struct_name))
			return &ops_tables[i];
	return NULL;
}

static uint32_t member_argument(const struct rq_prog *prog, const struct rq_prog_target *target, uint32_t index)
{
	const struct rq_ops_table *table = rq_ops_table(rq_btf_name(prog->attach_btf, prog->attach_btf_id));

	for (const struct rq_ops_nullable *row = table ? table->nullable : NULL; row && row->member; row++)
		if (!strcmp(row->member, target->name) && row->index == index)
			return OBJECT;
	return RQ_ARGUMENT_TRUSTED;
}

bool rq_ops_may_sleep(const struct rq_ops_table *table, const char *member)
{
	return !table->sleepable || in_list(member, table->sleepable);
}

bool rq_ops_is_supported(const struct rq_ops_table *table, const char *member)
{
	return !in_list(member, table->unsupported);
}

/* ---- Any of them ---- */

uint32_t rq_hook_argument(const struct rq_prog *prog, const struct rq_prog_target *target, uint32_t index)
{
	switch (prog->type->type) {
	case BPF_PROG_TYPE_STRUCT_OPS:
		return member_argument(prog, target, index);
	case BPF_PROG_TYPE_LSM:
		return is_listed(target->name, untrusted_hooks, COUNT(untrusted_hooks)) ? 0 : RQ_ARGUMENT_TRUSTED;
	default:
		break;
	}
	switch (prog->expected_attach_type) {
	case BPF_TRACE_ITER:
		return iterator_argument(target->name, index);
	case BPF_TRACE_RAW_TP:
		return tracepoint_argument(target->name, index - target->first);
	default:
		return 0; /* what a function gets may be anything */
	}
}
