/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bpf(2), one function a command. command.c copies the attributes and finds the row; the functions get a copy, check what
 * the kernel checks in its order, and write results through rq_call_write().
 *
 *   command_map.c     maps and their elements       command_batch.c  many elements at once
 *   command_prog.c    loading and running programs  prog_load.c      attributes -> struct rq_prog
 *   command_object.c  BTF, ids, descriptors, pins   command_info.c   what BPF_OBJ_GET_INFO_BY_FD tells
 *   command_link.c    attachments
 *   command_stream.c  what programs wrote to their streams
 */
#ifndef RQ_SYS_COMMAND_H
#define RQ_SYS_COMMAND_H

#include <linux/bpf.h>
#include <stddef.h>

#include "base/log.h"
#include "sys/machine.h"
#include "sys/user_memory.h"

#define RQ_ATTR_BYTES 192
#define PAGE_BYTES    4096

/* Commands that are later than linux/bpf.h of Debian 12. */
#define RQ_PROG_STREAM_READ_BY_FD 37

/* The attributes of bpf(2); behind linux/bpf.h's of Debian 12, fields that later kernels have. */
union rq_attr {
	union bpf_attr bpf;
	struct {
		uint8_t before[140];
		uint32_t log_true_size;
		int32_t token_fd;
		uint32_t fd_array_count;
		uint64_t signature;
		uint32_t signature_size, keyring_id;
	} prog_load;
	struct {
		uint8_t before[28];
		uint32_t log_true_size;
		uint32_t flags;
		int32_t token_fd;
	} btf_load;
	struct {
		uint64_t name;
		uint32_t prog_fd, pad;
		uint64_t cookie;
	} raw_tracepoint;
	struct {
		uint8_t before[16];
		uint32_t pf, hooknum;
		int32_t priority;
		uint32_t flags;
	} netfilter_link;
	struct {
		uint8_t before[16];
		uint64_t paths[4];
		uint32_t count, flags, pid;
	} uprobe_multi_link;
	struct {
		uint8_t before[20];
		int32_t relative_fd;
		uint64_t expected_revision;
	} prog_attach;
	struct {
		uint8_t before[56];
		uint64_t revision;
	} query;
	struct {
		uint8_t before[16];
		int32_t path_fd;
	} object;
	struct {
		uint32_t flags;
		int32_t bpffs_fd;
	} token;
	struct {
		uint8_t before[12];
		int32_t token_fd;
	} fd_by_id;
	struct {
		uint64_t buffer;
		uint32_t size, stream, prog_fd;
	} stream_read;
	struct {
		uint8_t before[72];
		int32_t value_type_btf_fd;
		int32_t token_fd;
		uint64_t exclusive_hash;
		uint32_t exclusive_hash_size;
	} map_create;
	uint8_t bytes[RQ_ATTR_BYTES];
};

/* One bpf(2) call. */
struct rq_call {
	struct rq_machine *machine;
	union rq_attr attr; /* a copy, zeros behind what was given */
	void *user;         /* what was given */
	uint32_t size;
};

/* Bytes @offset .. of the caller's attributes, as far as it has them. */
void rq_call_write(struct rq_call *call, size_t offset, const void *bytes, size_t size);

/* Letters, digits, '_' and '.', ended by a NUL; -EINVAL. */
int rq_take_name(char name[16], const char *given);

/* A log as the attributes ask for it. -EINVAL. */
int rq_call_log(struct rq_log *log, uint32_t level, uint64_t buffer, uint32_t size);

/* Publish @object and make a descriptor for it; takes the caller's reference, also on failure. */
int rq_publish(struct rq_machine *machine, struct rq_object *object, int memory_fd);

/* The map behind @fd, with a reference. */
int rq_machine_map(struct rq_machine *machine, int fd, struct rq_map **map);

/*
 * A name with its NUL, to @address where there is room for *length bytes (0, 0: not wanted); *length becomes its length. What
 * does not fit is cut, -ENOSPC. -EFAULT; -EINVAL: room without an address, or the other way round.
 */
int rq_give_name(uint64_t address, uint32_t *length, const char *name);

/* prog_load.c: all of BPF_PROG_LOAD but the descriptor. */
int rq_prog_load(struct rq_call *call, struct rq_prog **prog);

int rq_map_create_command(struct rq_call *call);
int rq_map_lookup_command(struct rq_call *call);
int rq_map_update_command(struct rq_call *call);
int rq_map_delete_command(struct rq_call *call);
int rq_map_take_command(struct rq_call *call);
int rq_map_next_key_command(struct rq_call *call);
int rq_map_freeze_command(struct rq_call *call);
int rq_map_lookup_batch_command(struct rq_call *call);
int rq_map_take_batch_command(struct rq_call *call);
int rq_map_update_batch_command(struct rq_call *call);
int rq_map_delete_batch_command(struct rq_call *call);
int rq_prog_load_command(struct rq_call *call);
int rq_prog_run_command(struct rq_call *call);
int rq_prog_bind_map_command(struct rq_call *call);
int rq_btf_load_command(struct rq_call *call);
int rq_next_id_command(struct rq_call *call, enum rq_object_kind kind);
int rq_fd_by_id_command(struct rq_call *call, enum rq_object_kind kind);
int rq_info_command(struct rq_call *call);
int rq_object_pin_command(struct rq_call *call);
int rq_object_get_command(struct rq_call *call);
int rq_stats_command(struct rq_call *call);
int rq_token_command(struct rq_call *call);
int rq_task_fd_query_command(struct rq_call *call);
int rq_link_create_command(struct rq_call *call);
int rq_link_update_command(struct rq_call *call);
int rq_link_detach_command(struct rq_call *call);
int rq_iter_create_command(struct rq_call *call);
int rq_raw_tracepoint_open_command(struct rq_call *call);
int rq_prog_attach_command(struct rq_call *call);
int rq_prog_detach_command(struct rq_call *call);
int rq_prog_query_command(struct rq_call *call);
int rq_stream_read_command(struct rq_call *call);

#endif
