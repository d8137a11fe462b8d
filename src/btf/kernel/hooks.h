/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where tracing programs attach: libbpf looks for bpf_iter_NAME, bpf_lsm_NAME and, for fentry and fexit, a function. Their
 * arguments are what such a program gets.
 */
#ifndef RQ_KERNEL_HOOKS_H
#define RQ_KERNEL_HOOKS_H

int bpf_iter_task(struct bpf_iter_meta *meta, struct task_struct *task) { return 0; }

int bpf_iter_task_file(struct bpf_iter_meta *meta, struct task_struct *task, u32 fd, struct file *file) { return 0; }

int bpf_iter_task_vma(struct bpf_iter_meta *meta, struct task_struct *task, struct vm_area_struct *vma) { return 0; }

int bpf_iter_bpf_map(struct bpf_iter_meta *meta, struct bpf_map *map) { return 0; }

int bpf_iter_bpf_map_elem(struct bpf_iter_meta *meta, struct bpf_map *map, void *key, void *value) { return 0; }

int bpf_iter_cgroup(struct bpf_iter_meta *meta, struct cgroup *cgroup) { return 0; }

int bpf_fentry_test1(int a) { return 0; }

int bpf_fentry_test2(int a, u64 b) { return 0; }

int bpf_fentry_test3(char a, int b, u64 c) { return 0; }

int bpf_fentry_test4(void *a, char b, int c, u64 d) { return 0; }

int bpf_fentry_test5(u64 a, void *b, short c, int d, u64 e) { return 0; }

struct bpf_fentry_test_t {
	struct bpf_fentry_test_t *a;
};

int bpf_fentry_test7(struct bpf_fentry_test_t *arg) { return 0; }

int bpf_fentry_test8(struct bpf_fentry_test_t *arg) { return 0; }

int bpf_fentry_test10(const void *a) { return 0; }

int bpf_modify_return_test(int a, int *b) { return 0; }

int bpf_lsm_file_open(struct file *file) { return 0; }

int bpf_lsm_file_permission(struct file *file, int mask) { return 0; }

int bpf_lsm_file_mprotect(struct vm_area_struct *vma, unsigned long reqprot, unsigned long prot) { return 0; }

int bpf_lsm_bprm_check_security(struct linux_binprm *bprm) { return 0; }

void bpf_lsm_bprm_committed_creds(const struct linux_binprm *bprm) {}

int bpf_lsm_inode_permission(struct inode *inode, int mask) { return 0; }

int bpf_lsm_inode_create(struct inode *dir, struct dentry *dentry, umode_t mode) { return 0; }

int bpf_lsm_inode_unlink(struct inode *dir, struct dentry *dentry) { return 0; }

int bpf_lsm_inode_rename(struct inode *old_dir, struct dentry *old_dentry, struct inode *new_dir,
	struct dentry *new_dentry) { return 0; }

int bpf_lsm_inode_getattr(const struct path *path) { return 0; }

int bpf_lsm_path_mkdir(const struct path *dir, struct dentry *dentry, umode_t mode) { return 0; }

int bpf_lsm_task_alloc(struct task_struct *task, u64 clone_flags) { return 0; }

void bpf_lsm_task_free(struct task_struct *task) {}

int bpf_lsm_task_kill(struct task_struct *p, struct kernel_siginfo *info, int sig, const struct cred *cred) { return 0; }

int bpf_lsm_task_setnice(struct task_struct *p, int nice) { return 0; }

int bpf_lsm_cred_prepare(struct cred *new, const struct cred *old, gfp_t gfp) { return 0; }

int bpf_lsm_socket_create(int family, int type, int protocol, int kern) { return 0; }

int bpf_lsm_socket_bind(struct socket *sock, struct sockaddr *address, int addrlen) { return 0; }

int bpf_lsm_socket_connect(struct socket *sock, struct sockaddr *address, int addrlen) { return 0; }

int bpf_lsm_socket_listen(struct socket *sock, int backlog) { return 0; }

int bpf_lsm_socket_sendmsg(struct socket *sock, struct msghdr *msg, int size) { return 0; }

int bpf_lsm_socket_post_create(struct socket *sock, int family, int type, int protocol, int kern) { return 0; }

int bpf_lsm_socket_getpeername(struct socket *sock) { return 0; }

int bpf_lsm_mmap_file(struct file *file, unsigned long reqprot, unsigned long prot, unsigned long flags) { return 0; }

int bpf_lsm_bpf(int cmd, union bpf_attr *attr, unsigned int size, bool kernel) { return 0; }

int bpf_lsm_ptrace_access_check(struct task_struct *child, unsigned int mode) { return 0; }

int bpf_lsm_capable(const struct cred *cred, struct user_namespace *ns, int cap, unsigned int opts) { return 0; }

ssize_t vfs_read(struct file *file, char *buf, size_t count, loff_t *pos) { return 0; }

ssize_t vfs_write(struct file *file, const char *buf, size_t count, loff_t *pos) { return 0; }

int vfs_open(const struct path *path, struct file *file) { return 0; }

int vfs_unlink(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry,
	struct inode **delegated_inode) { return 0; }

struct dentry *vfs_mkdir(struct mnt_idmap *idmap, struct inode *dir, struct dentry *dentry, umode_t mode) { return 0; }

int vfs_rename(struct renamedata *rd) { return 0; }

int vfs_fsync(struct file *file, int datasync) { return 0; }

int do_unlinkat(int dfd, struct filename *name) { return 0; }

int tcp_connect(struct sock *sk) { return 0; }

void tcp_close(struct sock *sk, long timeout) {}

int tcp_sendmsg(struct sock *sk, struct msghdr *msg, size_t size) { return 0; }

int tcp_recvmsg(struct sock *sk, struct msghdr *msg, size_t len, int flags) { return 0; }

int tcp_v4_connect(struct sock *sk, struct sockaddr *uaddr, int addr_len) { return 0; }

void tcp_set_state(struct sock *sk, int state) {}

void tcp_rcv_established(struct sock *sk, struct sk_buff *skb) {}

int ip_rcv(struct sk_buff *skb, struct net_device *dev, struct packet_type *pt, struct net_device *orig_dev) { return 0; }

int __netif_receive_skb(struct sk_buff *skb) { return 0; }

int dev_queue_xmit(struct sk_buff *skb) { return 0; }

void schedule(void) {}

void wake_up_new_task(struct task_struct *p) {}

int try_to_wake_up(struct task_struct *p, unsigned int state, int wake_flags) { return 0; }

void do_exit(long code) {}

pid_t kernel_clone(struct kernel_clone_args *args) { return 0; }

int security_file_open(struct file *file) { return 0; }

int filp_close(struct file *filp, fl_owner_t id) { return 0; }

int do_sys_openat2(int dfd, const char *filename, struct open_how *how) { return 0; }

#endif
