/* SPDX-License-Identifier: BSD-2-Clause */
/* Files: descriptors, directory entries, inodes, superblocks, requests to disks. */
#ifndef RQ_KERNEL_FILES_H
#define RQ_KERNEL_FILES_H

struct address_space;
struct block_device;
struct cred;
struct fdtable;
struct file;
struct file_operations;
struct file_system_type;
struct inode;
struct mm_struct;
struct module;
struct super_block;
struct vfsmount;
struct user_namespace;

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
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

enum rw_hint {
	WRITE_LIFE_NOT_SET = 0,
	WRITE_LIFE_NONE = 1,
	WRITE_LIFE_SHORT = 2,
	WRITE_LIFE_MEDIUM = 3,
	WRITE_LIFE_LONG = 4,
	WRITE_LIFE_EXTREME = 5,
	WRITE_LIFE_HINT_NR = 6,
} __attribute__((packed));

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
	enum rw_hint i_write_hint;
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

struct iattr {
	unsigned int ia_valid;
	umode_t ia_mode;
	loff_t ia_size;
};

#endif
