/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks, memory, credentials, files, control groups. */
#ifndef RQ_KERNEL_TASKS_H
#define RQ_KERNEL_TASKS_H

struct address_space;
struct block_device;
struct bpf_crypto_type;
struct bpf_local_storage;
struct bpf_mem_cache;
struct bpf_mem_caches;
struct bpf_run_ctx;
struct cgroup;
struct cgroup_namespace;
struct cgroup_root;
struct completion;
struct cred;
struct css_set;
struct fdtable;
struct file;
struct file_operations;
struct file_system_type;
struct files_struct;
struct fs_struct;
struct inode;
struct ipc_namespace;
struct kernfs_node;
struct kernfs_root;
struct key;
struct mm_struct;
struct mnt_namespace;
struct module;
struct net;
struct nsproxy;
struct obj_cgroup;
struct pid;
struct pid_namespace;
struct sighand_struct;
struct signal_struct;
struct super_block;
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

struct fs_struct {
	int users;
	int umask;
	struct path root;
	struct path pwd;
};

struct files_struct {
	atomic_t count;
	struct fdtable *fdt;
	unsigned int next_fd;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct qstr {
	union {
		struct {
			u32 hash;
			u32 len;
		};
		u64 hash_len;
	};
	const unsigned char *name;
};

struct dentry {
	unsigned int d_flags;
	struct dentry *d_parent;
	union {
		const struct qstr d_name;
	};
	struct inode *d_inode;
	struct super_block *d_sb;
	u64 d_time;
	void *d_fsdata;
	struct wait_queue_head *d_wait;
};

typedef u64 blkcnt_t;
enum inode_state_flags_t {
	I_NEW = 1,
	I_SYNC = 2,
	I_LRU_ISOLATING = 4,
	I_DIRTY_SYNC = 16,
	I_DIRTY_DATASYNC = 32,
	I_DIRTY_PAGES = 64,
	I_WILL_FREE = 128,
	I_FREEING = 256,
	I_CLEAR = 512,
	I_REFERENCED = 1024,
	I_LINKABLE = 2048,
	I_DIRTY_TIME = 4096,
	I_WB_SWITCH = 8192,
	I_OVL_INUSE = 16384,
	I_CREATING = 32768,
	I_DONTCACHE = 65536,
	I_SYNC_QUEUED = 131072,
	I_PINNING_NETFS_WB = 262144,
};

struct inode {
	umode_t i_mode;
	unsigned short i_opflags;
	kuid_t i_uid;
	kgid_t i_gid;
	unsigned int i_flags;
	struct super_block *i_sb;
	struct address_space *i_mapping;
	void *i_security;
	unsigned long i_ino;
	union {
		const unsigned int i_nlink;
	};
	dev_t i_rdev;
	loff_t i_size;
	u32 i_generation;
	u8 i_blkbits;
	blkcnt_t i_blocks;
	enum inode_state_flags_t i_state;
	atomic64_t i_version;
	atomic_t i_count;
	u32 __i_nlink;
	long i_atime_sec;
	long i_mtime_sec;
	long i_ctime_sec;
	u32 i_atime_nsec;
	u32 i_mtime_nsec;
	u32 i_ctime_nsec;
	u16 i_bytes;
	u32 i_write_hint;
	u64 dirtied_when;
	u64 dirtied_time_when;
	int i_wb_frn_winner;
	u16 i_wb_frn_avg_time;
	u16 i_wb_frn_history;
	struct file_operations *i_fop;
	int i_linklen;
	char *i_link;
	u32 i_dir_seq;
	u32 i_fsnotify_mask;
	void *i_private;
};

typedef struct {
	__u8 b[16];
} uuid_t;
struct super_block {
	dev_t s_dev;
	unsigned long s_blocksize;
	struct file_system_type *s_type;
	unsigned long s_flags;
	unsigned long s_magic;
	struct dentry *s_root;
	char s_id[32];
	uuid_t s_uuid;
	u8 s_blocksize_bits;
	long s_maxbytes;
	u64 s_iflags;
	int s_count;
	void *s_security;
	struct file *s_bdev_file;
	u32 s_quota_types;
	void *s_fs_info;
	u32 s_time_gran;
	long s_time_min;
	long s_time_max;
	u32 s_fsnotify_mask;
	u8 s_uuid_len;
	char s_sysfs_name[37];
	u32 s_max_links;
	u32 s_d_flags;
	char *s_subtype;
	int s_readonly_remount;
	u32 s_wb_err;
	struct user_namespace *s_user_ns;
	int s_stack_depth;
};

struct file_system_type {
	const char *name;
	int fs_flags;
};

typedef unsigned int fmode_t;
struct file {
	fmode_t f_mode;
	const struct file_operations *f_op;
	struct address_space *f_mapping;
	void *private_data;
	struct inode *f_inode;
	unsigned int f_flags;
	const struct cred *f_cred;
	union {
		const struct path f_path;
	};
	loff_t f_pos;
	u32 f_iocb_flags;
	u64 f_pipe;
	void *f_security;
	u32 f_wb_err;
	u32 f_sb_err;
	struct hlist_head *f_ep;
};

struct file_operations {
	struct module *owner;
};

struct address_space {
	struct inode *host;
	unsigned long nrpages;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
	int mnt_flags;
};

struct linux_binprm {
	struct mm_struct *mm;
	unsigned long p;
	struct file *executable;
	struct file *interpreter;
	struct file *file;
	struct cred *cred;
	int unsafe;
	int argc;
	int envc;
	const char *filename;
	const char *interp;
	struct vm_area_struct *vma;
	u64 vma_pages;
	u64 argmin;
	u32 per_clear;
	char *fdpath;
	u32 interp_flags;
	int execfd;
	u64 exec;
	char buf[256];
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

struct bpf_local_storage {
	void *owner;
};

struct work_struct {
	atomic_long_t data;
};

struct bpf_mem_alloc {
	struct bpf_mem_caches *caches;
	struct bpf_mem_cache *cache;
	struct obj_cgroup *objcg;
	bool percpu;
	struct work_struct work;
};

enum perf_event_state {
	PERF_EVENT_STATE_DEAD = -5,
	PERF_EVENT_STATE_REVOKED = -4,
	PERF_EVENT_STATE_EXIT = -3,
	PERF_EVENT_STATE_ERROR = -2,
	PERF_EVENT_STATE_OFF = -1,
	PERF_EVENT_STATE_INACTIVE = 0,
	PERF_EVENT_STATE_ACTIVE = 1,
};

typedef struct {
	atomic_long_t a;
} local_t;
typedef struct {
	local_t a;
} local64_t;
struct hw_perf_event_extra {
	u64 config;
	unsigned int reg;
	int alloc;
	int idx;
};

struct hrtimer {
	u8 is_rel;
	u8 is_soft;
};

struct arch_hw_breakpoint {
	unsigned long address;
	unsigned long mask;
	u8 len;
	u8 type;
};

struct rhash_head {
	struct rhash_head *next;
};

struct rhlist_head {
	struct rhash_head rhead;
	struct rhlist_head *next;
};

struct hw_perf_event {
	union {
		struct {
			u64 config;
			u64 config1;
			u64 last_tag;
			u64 dyn_constraint;
			unsigned long config_base;
			unsigned long event_base;
			int event_base_rdpmc;
			int idx;
			int last_cpu;
			int flags;
			struct hw_perf_event_extra extra_reg;
			struct hw_perf_event_extra branch_reg;
		};
		struct {
			u64 aux_config;
			unsigned int aux_paused;
		};
		struct {
			struct hrtimer hrtimer;
		};
		struct {
			struct list_head tp_list;
		};
		struct {
			u64 pwr_acc;
			u64 ptsc;
		};
		struct {
			struct arch_hw_breakpoint info;
			struct rhlist_head bp_list;
		};
		struct {
			u8 iommu_bank;
			u8 iommu_cntr;
			u16 padding;
			u64 conf;
			u64 conf1;
		};
	};
	struct task_struct *target;
	void *addr_filters;
	unsigned long addr_filters_gen;
	int state;
	local64_t prev_count;
	u64 sample_period;
	union {
		struct {
			u64 last_period;
			local64_t period_left;
		};
		struct {
			u64 saved_metric;
			u64 saved_slots;
		};
	};
	u64 interrupts_seq;
	u64 interrupts;
	u64 freq_time_stamp;
	u64 freq_count_stamp;
};

struct perf_event {
	enum perf_event_state state;
	local64_t count;
	struct hw_perf_event hw;
	int cpu;
};

typedef struct {
	unsigned long f;
} memdesc_flags_t;
struct page {
	memdesc_flags_t flags;
	atomic_t _refcount;
};

struct module {
	char name[56];
};

struct rq {
	unsigned int nr_running;
	union {
		struct task_struct *curr;
	};
	u64 clock;
	int cpu;
};

struct msghdr {
	void *msg_name;
	int msg_namelen;
	unsigned int msg_flags;
};

struct kiocb {
	struct file *ki_filp;
	loff_t ki_pos;
	int ki_flags;
};

typedef __u32 blk_opf_t;
typedef u8 blk_status_t;
struct bvec_iter {
	sector_t bi_sector;
	unsigned int bi_size;
	unsigned int bi_idx;
	unsigned int bi_bvec_done;
};

struct bio {
	struct block_device *bi_bdev;
	blk_opf_t bi_opf;
	blk_status_t bi_status;
	struct bvec_iter bi_iter;
};

struct request {
	blk_opf_t cmd_flags;
	int tag;
	unsigned int __data_len;
	sector_t __sector;
};

struct bpf_crypto_ctx {
	const struct bpf_crypto_type *type;
	void *tfm;
	u32 siv_len;
	struct callback_head rcu;
	refcount_t usage;
};

struct bpf_key {
	struct key *key;
};

typedef s32 int32_t;
typedef int32_t key_serial_t;
struct key {
	key_serial_t serial;
	kuid_t uid;
};

struct kmem_cache {
	unsigned int size;
	const char *name;
};

struct bpf_iter_kmem_cache {
	__u64 __opaque[1];
};

struct iattr {
	unsigned int ia_valid;
	umode_t ia_mode;
	loff_t ia_size;
};

#endif
