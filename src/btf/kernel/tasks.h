/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks, memory, credentials, namespaces, signals, control groups. */
#ifndef RQ_KERNEL_TASKS_H
#define RQ_KERNEL_TASKS_H

struct address_space;
struct bpf_local_storage;
struct bpf_run_ctx;
struct cgroup;
struct cgroup_namespace;
struct cgroup_root;
struct completion;
struct cred;
struct css_set;
struct file;
struct files_struct;
struct fs_struct;
struct ipc_namespace;
struct kernfs_node;
struct kernfs_root;
struct key;
struct mm_struct;
struct mnt_namespace;
struct net;
struct nsproxy;
struct pid;
struct pid_namespace;
struct sighand_struct;
struct signal_struct;
struct time_namespace;
struct tty_struct;
struct user_namespace;
struct user_struct;
struct uts_namespace;

struct thread_info {
	unsigned long flags;
	unsigned long syscall_work;
	u32 status;
	u32 cpu;
};

struct load_weight {
	unsigned long weight;
	u32 inv_weight;
};

struct sched_entity {
	struct load_weight load;
	unsigned char on_rq;
	u64 exec_start;
	u64 sum_exec_runtime;
	u64 prev_sum_exec_runtime;
	u64 vruntime;
	union {
		s64 vlag;
	};
	u64 slice;
	int depth;
};

typedef struct {
	unsigned long sig[1];
} sigset_t;
struct sigpending {
	struct list_head list;
	sigset_t signal;
};

struct thread_struct {
	unsigned long sp;
	unsigned long cr2;
	unsigned long trap_nr;
	unsigned long error_code;
};

/* What schedulers in programs (sched_ext) have in each task. */
struct sched_ext_entity {
	u32 flags;
	u32 weight;
	s32 sticky_cpu;
	s32 holding_cpu;
	s32 selected_cpu;
	u64 ddsp_dsq_id;
	u64 ddsp_enq_flags;
	u64 slice;
	u64 dsq_vtime;
	bool disallow;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int __state;
	void *stack;
	refcount_t usage;
	unsigned int flags;
	unsigned int ptrace;
	int on_cpu;
	int wake_cpu;
	int on_rq;
	int prio;
	int static_prio;
	int normal_prio;
	unsigned int rt_priority;
	struct sched_entity se;
	unsigned int policy;
	unsigned long max_allowed_capacity;
	int nr_cpus_allowed;
	const cpumask_t *cpus_ptr;
	cpumask_t cpus_mask;
	u8 rcu_tasks_holdout;
	struct list_head tasks;
	struct mm_struct *mm;
	struct mm_struct *active_mm;
	int exit_state;
	int exit_code;
	int exit_signal;
	int pdeath_signal;
	unsigned long jobctl;
	unsigned int personality;
	unsigned int in_execve:1;
	unsigned int in_iowait:1;
	unsigned long atomic_flags;
	pid_t pid;
	pid_t tgid;
	unsigned long stack_canary;
	struct task_struct *real_parent;
	struct task_struct *parent;
	struct list_head children;
	struct list_head sibling;
	struct task_struct *group_leader;
	struct pid *thread_pid;
	struct list_head thread_node;
	struct completion *vfork_done;
	u64 utime;
	u64 stime;
	u64 gtime;
	unsigned long nvcsw;
	unsigned long nivcsw;
	u64 start_time;
	u64 start_boottime;
	unsigned long min_flt;
	unsigned long maj_flt;
	const struct cred *ptracer_cred;
	const struct cred *real_cred;
	const struct cred *cred;
	char comm[16];
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct sighand_struct *sighand;
	struct sigpending pending;
	kuid_t loginuid;
	unsigned int sessionid;
	u64 parent_exec_id;
	u64 self_exec_id;
	struct css_set *cgroups;
	refcount_t rcu_users;
	struct bpf_local_storage *bpf_storage;
	struct bpf_run_ctx *bpf_ctx;
	struct thread_struct thread;
	u32 saved_state;
	u32 wakee_flips;
	u64 wakee_flip_decay_ts;
	struct task_struct *last_wakee;
	int recent_used_cpu;
	bool throttled;
	u32 btrace_seq;
	struct cpumask *user_cpus_ptr;
	void *migration_pending;
	u16 migration_disabled;
	u16 migration_flags;
	int rcu_read_lock_nesting;
	u64 rcu_tasks_nvcsw;
	u8 rcu_tasks_idx;
	int rcu_tasks_idle_cpu;
	int rcu_tasks_exit_cpu;
	int trc_reader_nesting;
	int trc_ipi_to_cpu;
	int trc_blkd_cpu;
	struct address_space *faults_disabled_mapping;
	void *worker_private;
	struct key *cached_requested_key;
	u64 last_switch_count;
	u64 last_switch_time;
	u64 sas_ss_sp;
	u64 sas_ss_size;
	u32 sas_ss_flags;
	struct callback_head *task_works;
	struct task_struct *pi_top_task;
	struct mutex *blocked_on;
	u64 blocker;
	void *journal_info;
	u64 ptrace_message;
	struct kernel_siginfo *last_siginfo;
	u32 psi_flags;
	u64 acct_rss_mem1;
	u64 acct_vm_mem1;
	u64 acct_timexpd;
	int cpuset_mem_spread_rotor;
	u32 futex_state;
	s16 il_prev;
	u8 il_weight;
	s16 pref_node_fork;
	int numa_scan_seq;
	u32 numa_scan_period;
	u32 numa_scan_period_max;
	int numa_preferred_nid;
	u64 numa_migrate_retry;
	u64 node_stamp;
	u64 last_task_numa_placement;
	u64 last_sum_exec_runtime;
	u64 total_numa_faults;
	u64 numa_pages_migrated;
	u32 rseq_len;
	u32 rseq_sig;
	u64 rseq_event_mask;
	int mm_cid;
	int last_mm_cid;
	int migrate_from_cpu;
	int mm_cid_active;
	int nr_dirtied;
	int nr_dirtied_pause;
	u64 dirty_paused_when;
	u64 timer_slack_ns;
	u64 default_timer_slack_ns;
	u64 trace_recursion;
	u32 memcg_nr_pages_over_high;
	int pagefault_disabled;
	struct task_struct *oom_reaper_list;
	void *security;
	u32 kstack_offset;
	struct sched_ext_entity scx;
};

struct prev_cputime {
	u64 utime;
	u64 stime;
	raw_spinlock_t lock;
};

typedef unsigned long pgdval_t;
typedef struct {
	pgdval_t pgd;
} pgd_t;
struct mm_struct {
	struct {
		struct {
			atomic_t mm_count;
		};
		unsigned long mmap_base;
		unsigned long task_size;
		pgd_t *pgd;
		atomic_t mm_users;
		int map_count;
		unsigned long total_vm;
		unsigned long locked_vm;
		unsigned long data_vm;
		unsigned long exec_vm;
		unsigned long stack_vm;
		unsigned long start_code;
		unsigned long end_code;
		unsigned long start_data;
		unsigned long end_data;
		unsigned long start_brk;
		unsigned long brk;
		unsigned long start_stack;
		unsigned long arg_start;
		unsigned long arg_end;
		unsigned long env_start;
		unsigned long env_end;
		struct task_struct *owner;
		struct file *exe_file;
	};
	u64 mmap_legacy_base;
	u64 mmap_compat_base;
	u64 mmap_compat_legacy_base;
	u64 mm_cid_next_scan;
	u32 nr_cpus_allowed;
	u64 futex_batches;
	u64 hiwater_rss;
	u64 hiwater_vm;
	u64 def_flags;
	struct user_namespace *user_ns;
	u64 numa_next_scan;
	u64 numa_scan_offset;
	int numa_scan_seq;
	u64 ksm_merging_pages;
	u64 ksm_rmap_items;
	u32 mm_id;
};

typedef unsigned long vm_flags_t;
struct vm_area_struct {
	union {
		struct {
			unsigned long vm_start;
			unsigned long vm_end;
		};
	};
	struct mm_struct *vm_mm;
	union {
		const vm_flags_t vm_flags;
	};
	unsigned long vm_pgoff;
	struct file *vm_file;
	u64 __vm_flags;
	u32 vm_lock_seq;
	void *vm_private_data;
};

typedef struct {
	u64 val;
} kernel_cap_t;
struct cred {
	atomic_long_t usage;
	kuid_t uid;
	kgid_t gid;
	kuid_t suid;
	kgid_t sgid;
	kuid_t euid;
	kgid_t egid;
	kuid_t fsuid;
	kgid_t fsgid;
	unsigned int securebits;
	kernel_cap_t cap_inheritable;
	kernel_cap_t cap_permitted;
	kernel_cap_t cap_effective;
	kernel_cap_t cap_bset;
	kernel_cap_t cap_ambient;
	struct user_struct *user;
	struct user_namespace *user_ns;
	u8 jit_keyring;
	struct key *session_keyring;
	struct key *process_keyring;
	struct key *thread_keyring;
	struct key *request_key_auth;
	void *security;
	int non_rcu;
};

struct ns_common {
	unsigned int inum;
};

struct user_namespace {
	struct user_namespace *parent;
	int level;
	kuid_t owner;
	kgid_t group;
	struct ns_common ns;
};

struct user_struct {
	kuid_t uid;
};

struct nsproxy {
	refcount_t count;
	struct uts_namespace *uts_ns;
	struct ipc_namespace *ipc_ns;
	struct mnt_namespace *mnt_ns;
	struct pid_namespace *pid_ns_for_children;
	struct net *net_ns;
	struct time_namespace *time_ns;
	struct cgroup_namespace *cgroup_ns;
};

struct new_utsname {
	char sysname[65];
	char nodename[65];
	char release[65];
	char version[65];
	char machine[65];
	char domainname[65];
};

struct uts_namespace {
	struct new_utsname name;
	struct ns_common ns;
};

struct pid_namespace {
	unsigned int pid_allocated;
	struct task_struct *child_reaper;
	unsigned int level;
	struct pid_namespace *parent;
	struct ns_common ns;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct cgroup_namespace {
	struct ns_common ns;
	struct css_set *root_cset;
};

struct rlimit {
	__kernel_ulong_t rlim_cur;
	__kernel_ulong_t rlim_max;
};

struct signal_struct {
	refcount_t sigcnt;
	atomic_t live;
	int nr_threads;
	int group_exit_code;
	unsigned int flags;
	struct pid *pids[4];
	struct tty_struct *tty;
	u64 utime;
	u64 stime;
	u64 cutime;
	u64 cstime;
	struct rlimit rlim[16];
	short oom_score_adj;
	short oom_score_adj_min;
	int quick_threads;
	struct task_struct *curr_target;
	int notify_count;
	struct task_struct *group_exec_task;
	int group_stop_count;
	long it_real_incr;
	struct pid *tty_old_pgrp;
	int leader;
	u64 gtime;
	u64 cgtime;
	u64 nvcsw;
	u64 nivcsw;
	u64 cnvcsw;
	u64 cnivcsw;
	u64 min_flt;
	u64 maj_flt;
	u64 cmin_flt;
	u64 cmaj_flt;
	u64 inblock;
	u64 oublock;
	u64 cinblock;
	u64 coublock;
	u64 maxrss;
	u64 cmaxrss;
	u64 sum_sched_runtime;
	u32 audit_tty;
	bool oom_flag_origin;
	struct mm_struct *oom_mm;
};

struct sighand_struct {
	refcount_t count;
};

struct tty_struct {
	int index;
	char name[64];
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	refcount_t count;
	unsigned int level;
	struct upid numbers[0];
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	int id;
	unsigned int flags;
	u64 serial_nr;
};

struct cgroup {
	struct cgroup_subsys_state self;
	unsigned long flags;
	int level;
	int max_depth;
	struct kernfs_node *kn;
	struct cgroup_root *root;
	struct cgroup *dom_cgrp;
	struct bpf_local_storage *bpf_cgrp_storage;
	struct cgroup *ancestors[0];
	int nr_descendants;
	int nr_dying_descendants;
	int max_descendants;
	int nr_populated_csets;
	int nr_populated_domain_children;
	int nr_populated_threaded_children;
	int nr_threaded_children;
	u32 kill_seq;
	u16 subtree_control;
	u16 subtree_ss_mask;
	u16 old_subtree_control;
	u16 old_subtree_ss_mask;
	struct cgroup *old_dom_cgrp;
};

struct kernfs_node {
	atomic_t count;
	struct kernfs_node *__parent;
	const char *name;
	unsigned int hash;
	unsigned short flags;
	umode_t mode;
	u64 id;
	void *ns;
	void *priv;
};

struct cgroup_root {
	struct kernfs_root *kf_root;
	int hierarchy_id;
	struct cgroup cgrp;
	unsigned int flags;
	char name[64];
};

struct css_set {
	refcount_t refcount;
	struct cgroup *dfl_cgrp;
};

struct rq {
	unsigned int nr_running;
	union {
		struct task_struct *curr;
	};
	u64 clock;
	int cpu;
};

#endif
