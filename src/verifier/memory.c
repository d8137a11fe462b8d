/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads, stores and atomics through each kind of pointer, and memory that calls touch. Rules: docs/verifier.md, "memory".
 */
#include "verifier/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#ifndef BPF_F_RDONLY_PROG
#define BPF_F_RDONLY_PROG (1U << 7)
#define BPF_F_WRONLY_PROG (1U << 8)
#endif

#define VARIABLE_OFFSET_MAX (1 << 29)
#define NET_IP_ALIGNMENT    2

const char *const rq_field_names[RQ_FIELD_KINDS] = {
	[RQ_FIELD_SPIN_LOCK] = "bpf_spin_lock",
	[RQ_FIELD_RES_SPIN_LOCK] = "bpf_res_spin_lock",
	[RQ_FIELD_TIMER] = "bpf_timer",
	[RQ_FIELD_WORKQUEUE] = "bpf_wq",
	[RQ_FIELD_TASK_WORK] = "bpf_task_work",
	[RQ_FIELD_KPTR_UNTRUSTED] = "kptr",
	[RQ_FIELD_KPTR_REF] = "kptr",
	[RQ_FIELD_KPTR_PERCPU] = "percpu_kptr",
	[RQ_FIELD_UPTR] = "uptr",
	[RQ_FIELD_LIST_HEAD] = "bpf_list_head",
	[RQ_FIELD_LIST_NODE] = "bpf_list_node",
	[RQ_FIELD_RB_ROOT] = "bpf_rb_root",
	[RQ_FIELD_RB_NODE] = "bpf_rb_node",
	[RQ_FIELD_REFCOUNT] = "bpf_refcount",
};

#define KPTR_KINDS                                                                                         \
	(1U << RQ_FIELD_KPTR_UNTRUSTED | 1U << RQ_FIELD_KPTR_REF | 1U << RQ_FIELD_KPTR_PERCPU | 1U << RQ_FIELD_UPTR)

/* ---- Checks that several kinds share ---- */

/* docs/verifier.md, memory 1: [off, off + size) lies in an object of @room bytes. */
static int check_fixed_range(struct rq_verifier *v, uint32_t regno, int64_t off, uint32_t size, uint32_t room,
			     bool zero_allowed)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];

	if (off >= 0 && (size || zero_allowed) && (uint64_t)off + size <= room)
		return 0;
	switch (reg->type) {
	case RQ_PTR_TO_MAP_KEY:
		return rq_reject(v, -EACCES, "invalid access to map key, key_size=%u off=%" PRId64 " size=%u", room, off,
				 size);
	case RQ_PTR_TO_MAP_VALUE:
		return rq_reject(v, -EACCES, "invalid access to map value, value_size=%u off=%" PRId64 " size=%u", room,
				 off, size);
	case RQ_PTR_TO_PACKET:
	case RQ_PTR_TO_PACKET_META:
	case RQ_PTR_TO_PACKET_END:
		return rq_reject(v, -EACCES, "invalid access to packet, off=%" PRId64 " size=%u, R%u(id=%u,off=%d,r=%u)",
				 off, size, regno, reg->id, reg->off, reg->range);
	default:
		return rq_reject(v, -EACCES, "invalid access to memory, mem_size=%u off=%" PRId64 " size=%u", room, off,
				 size);
	}
}

static int negative_min(struct rq_verifier *v, uint32_t regno)
{
	rq_hint(v, "the index may be negative on this path: make it unsigned, or test it with >= 0 first");
	return rq_reject(v, -EACCES,
			 "R%u min value is negative, either use unsigned index or do a if (index >=0) check.", regno);
}

/* docs/verifier.md, memory 2: both ends of a variable offset are checked. */
static int check_region(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, uint32_t room,
			bool zero_allowed)
{
	const struct rq_value *value = &rq_regs(v)[regno].value;
	int64_t low = value->smin + off;

	if (value->smin < 0 && (value->smin == INT64_MIN || low != (int32_t)low || low < 0))
		return negative_min(v, regno);
	if (check_fixed_range(v, regno, low, size, room, zero_allowed))
		return rq_reject(v, -EACCES, "R%u min value is outside of the allowed memory range", regno);
	if (value->umax >= VARIABLE_OFFSET_MAX) {
		rq_hint(v, "compare the offset with the size of the memory before it is used");
		return rq_reject(v, -EACCES,
				 "R%u unbounded memory access, make sure to bounds check any such access", regno);
	}
	if (check_fixed_range(v, regno, (int64_t)value->umax + off, size, room, zero_allowed))
		return rq_reject(v, -EACCES, "R%u max value is outside of the allowed memory range", regno);
	return 0;
}

int rq_check_ptr_offset(struct rq_verifier *v, const struct rq_reg *reg, uint32_t regno, bool fixed_offset_allowed)
{
	char text[64];

	if (!fixed_offset_allowed && reg->off < 0)
		return rq_reject(v, -EACCES, "negative offset %s ptr R%u off=%d disallowed", rq_reg_name(v, reg), regno,
				 reg->off);
	if (!fixed_offset_allowed && reg->off)
		return rq_reject(v, -EACCES, "dereference of modified %s ptr R%u off=%d disallowed", rq_reg_name(v, reg),
				 regno, reg->off);
	if (!rq_value_is_zero(&reg->value))
		return rq_reject(v, -EACCES, "variable %s access var_off=%s disallowed", rq_reg_name(v, reg),
				 rq_bits_text(reg->value.bits, text, sizeof(text)));
	return 0;
}

/* docs/verifier.md, memory 3: stack always, and everything with BPF_F_STRICT_ALIGNMENT or in an atomic, is aligned. */
static int check_alignment(struct rq_verifier *v, const struct rq_reg *reg, int32_t off, uint32_t size, bool strict)
{
	static const char *const names[RQ_REG_TYPES] = {
		[RQ_PTR_TO_FLOW_KEYS] = "flow keys ", [RQ_PTR_TO_MAP_KEY] = "key ",
		[RQ_PTR_TO_MAP_VALUE] = "value ",     [RQ_PTR_TO_CTX] = "context ",
		[RQ_PTR_TO_STACK] = "stack ",         [RQ_PTR_TO_SOCKET] = "sock ",
		[RQ_PTR_TO_SOCK_COMMON] = "sock_common ", [RQ_PTR_TO_TCP_SOCK] = "tcp_sock ",
		[RQ_PTR_TO_XDP_SOCK] = "xdp_sock ",
	};
	const char *name = names[reg->type] ? names[reg->type] : "";
	int32_t fixed = (int32_t)((uint32_t)reg->off + (uint32_t)off);
	bool packet = rq_reg_is_packet(reg);
	char text[64];

	if (reg->type == RQ_PTR_TO_STACK)
		strict = true;
	if (!strict || size == 1 || reg->type == RQ_PTR_TO_ARENA)
		return 0;
	if (rq_bits_is_aligned(rq_bits_add(reg->value.bits,
					   rq_bits_const((uint64_t)(int64_t)(fixed + (packet ? NET_IP_ALIGNMENT : 0)))),
			       size))
		return 0;
	/* Here a known offset is a plain number. */
	if (rq_value_is_const(&reg->value))
		snprintf(text, sizeof(text), "%" PRId64, (int64_t)reg->value.bits.value);
	else
		rq_bits_text(reg->value.bits, text, sizeof(text));
	if (packet)
		return rq_reject(v, -EACCES, "misaligned packet access off %d+%s+%d+%d size %u", NET_IP_ALIGNMENT, text,
				 reg->off, off, size);
	return rq_reject(v, -EACCES, "misaligned %saccess off %s+%d+%d size %u", name, text, reg->off, off, size);
}

/* ---- Map values ---- */

int rq_check_special_fields(struct rq_verifier *v, const struct rq_record *record, const struct rq_reg *reg, int32_t off,
			    uint32_t size, enum rq_access access, bool by_helper)
{
	int64_t low = reg->value.smin + off;
	uint64_t high = reg->value.umax + (uint64_t)(int64_t)off + size;

	for (uint32_t i = 0; record && i < record->count; i++) {
		const struct rq_field *field = &record->fields[i];
		const char *name = rq_field_names[field->kind];

		if (low >= (int64_t)field->offset + field->size || (uint64_t)field->offset >= high)
			continue;
		if (!(1U << field->kind & KPTR_KINDS))
			return rq_reject(v, -EACCES, "%s cannot be accessed directly by load/store", name);
		if (by_helper)
			return rq_reject(v, -EACCES, "%s cannot be accessed indirectly by helper", name);
		if (!rq_value_is_const(&reg->value))
			return rq_reject(v, -EACCES, "%s access cannot have variable offset", name);
		if (field->offset != (uint64_t)low)
			return rq_reject(v, -EACCES, "%s access misaligned expected=%u off=%" PRIu64, name,
					 field->offset, (uint64_t)low);
		if (size != 8)
			return rq_reject(v, -EACCES, "%s access size must be BPF_DW", name);
	}
	return 0;
}

/* docs/verifier.md, memory 5: flags of the map. */
static int check_map_flags(struct rq_verifier *v, const struct rq_reg *reg, int32_t off, uint32_t size, int access)
{
	const struct rq_map *map = reg->map;

	if (access & (RQ_WRITE | RQ_WRITE_UNINIT) && map->map_flags & BPF_F_RDONLY_PROG)
		return rq_reject(v, -EACCES, "write into map forbidden, value_size=%u off=%" PRId64 " size=%u",
				 map->value_size, reg->value.smin + off, size);
	if (access & RQ_READ && map->map_flags & BPF_F_WRONLY_PROG)
		return rq_reject(v, -EACCES, "read from map forbidden, value_size=%u off=%" PRId64 " size=%u",
				 map->value_size, reg->value.smin + off, size);
	return 0;
}

/* docs/verifier.md, memory 6: what is read from a frozen read-only map never changes, so it is known. */
static bool load_constant(struct rq_verifier *v, const struct rq_reg *ptr, int32_t off, uint32_t size, bool sign_extend,
			  struct rq_reg *to)
{
	struct rq_map *map = (struct rq_map *)ptr->map;
	uint64_t address, bytes = 0, at = ptr->value.bits.value + (uint64_t)(int64_t)off;

	if (!(map->map_flags & BPF_F_RDONLY_PROG) || !map->frozen || !rq_value_is_const(&ptr->value) ||
	    !map->ops->direct_value || map->ops->direct_value(map, 0, &address))
		return false;
	__builtin_memcpy(&bytes, (const uint8_t *)(uintptr_t)address + at, size);
	rq_reg_set_const(to, bytes);
	if (sign_extend)
		to->value = rq_value_sign_extend(to->value, size, 64);
	return true;
}

static int map_value_access(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, enum rq_access access,
			    int32_t value_regno, bool sign_extend)
{
	const struct rq_reg reg = rq_regs(v)[regno];
	const struct rq_field *field = NULL;
	int err = check_map_flags(v, &reg, off, size, access);

	if (!err)
		err = check_region(v, regno, off, size, reg.map->value_size, false);
	if (!err)
		err = rq_check_special_fields(v, reg.map->record, &reg, off, size, access, false);
	if (err)
		return err;
	if (rq_value_is_const(&reg.value) && reg.map->record)
		field = rq_record_find(reg.map->record, (uint32_t)(off + reg.value.bits.value), KPTR_KINDS);
	if (field)
		return rq_kptr_access(v, regno, field, access, value_regno);
	if (access != RQ_READ || value_regno < 0)
		return 0;
	if (!load_constant(v, &reg, off, size, sign_extend, &rq_regs(v)[value_regno]))
		rq_reg_set_unknown(&rq_regs(v)[value_regno]);
	return 0;
}

/* ---- Packets ---- */

bool rq_may_access_packet(const struct rq_verifier *v, enum rq_access access)
{
	const struct rq_prog_type *type = v->prog->type;

	return type->packet && (access == RQ_READ || type->may_write_packet);
}

/* docs/verifier.md, memory 7: only bytes that a test against the packet's end has shown. */
static int check_packet(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, bool zero_allowed)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	int64_t at = off;

	if (reg->value.smin < 0)
		return negative_min(v, regno);
	if (at < 0 || (!size && !zero_allowed) || (uint64_t)at + size > reg->range) {
		check_fixed_range(v, regno, at, size, reg->range, zero_allowed);
		rq_hint(v, "compare data + offset + size with data_end on the way to this access");
		return rq_reject(v, -EACCES, "R%u offset is outside of the packet", regno);
	}
	return 0;
}

/* ---- One access ---- */

static int unknown_result(struct rq_verifier *v, enum rq_access access, int32_t value_regno)
{
	if (access == RQ_READ && value_regno >= 0)
		rq_reg_set_unknown(&rq_regs(v)[value_regno]);
	return 0;
}

static int memory_access(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, enum rq_access access,
			 int32_t value_regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	int err;

	if (rq_reg_may_be_null(reg))
		return rq_reject(v, -EACCES, "R%u invalid mem access '%s'", regno, rq_reg_name(v, reg));
	if (access == RQ_WRITE && reg->flags & RQ_PTR_RDONLY)
		return rq_reject(v, -EACCES, "R%u cannot write into %s", regno, rq_reg_name(v, reg));
	/* An untrusted pointer's loads can't fault: they give zero instead. */
	err = reg->flags & RQ_PTR_UNTRUSTED ? 0 : check_region(v, regno, off, size, reg->mem_size, false);
	return err ? err : unknown_result(v, access, value_regno);
}

static int buffer_access(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, enum rq_access access,
			 int32_t value_regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	const char *what = reg->flags & RQ_PTR_RDONLY ? "rdonly" : "rdwr";
	char text[64];

	if (access == RQ_WRITE && reg->flags & RQ_PTR_RDONLY)
		return rq_reject(v, -EACCES, "R%u cannot write into %s", regno, rq_reg_name(v, reg));
	if (off < 0)
		return rq_reject(v, -EACCES, "R%u invalid %s buffer access: off=%d, size=%u", regno, what, off, size);
	if (!rq_value_is_zero(&reg->value))
		return rq_reject(v, -EACCES, "R%u invalid variable buffer offset: off=%d, var_off=%s", regno, off,
				 rq_bits_text(reg->value.bits, text, sizeof(text)));
	if (reg->mem_size && (uint64_t)off + size > reg->mem_size)
		return rq_reject(v, -EACCES, "R%u invalid %s buffer access: off=%d, size=%u", regno, what, off, size);
	return unknown_result(v, access, value_regno);
}

static int packet_access(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, enum rq_access access,
			 int32_t value_regno)
{
	int err;

	if (access == RQ_WRITE && !rq_may_access_packet(v, RQ_WRITE))
		return rq_reject(v, -EACCES, "cannot write into packet");
	err = check_packet(v, regno, off, size, false);
	return err ? err : unknown_result(v, access, value_regno);
}

static int key_access(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, enum rq_access access,
		      int32_t value_regno)
{
	int err;

	if (access == RQ_WRITE)
		return rq_reject(v, -EACCES, "write to change key R%u not allowed", regno);
	err = check_region(v, regno, off, size, rq_regs(v)[regno].map->key_size, false);
	return err ? err : unknown_result(v, access, value_regno);
}

static int flow_keys_access(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, enum rq_access access,
			    int32_t value_regno)
{
	if (off < 0 || (uint64_t)off + size > sizeof(struct bpf_flow_keys))
		return rq_reject(v, -EACCES, "invalid access to flow keys off=%d size=%u", off, size);
	return unknown_result(v, access, value_regno);
}

/* docs/verifier.md, memory 11: a map's own fields are the kernel's, and those of its type's struct. */
static int map_pointer_access(struct rq_verifier *v, uint32_t regno, int32_t off, enum rq_access access)
{
	static const struct {
		enum bpf_map_type type;
		const char *name;
	} structs[] = {
		{ BPF_MAP_TYPE_ARRAY, "bpf_array" },
		{ BPF_MAP_TYPE_PERCPU_ARRAY, "bpf_array" },
		{ BPF_MAP_TYPE_PROG_ARRAY, "bpf_array" },
		{ BPF_MAP_TYPE_ARRAY_OF_MAPS, "bpf_array" },
		{ BPF_MAP_TYPE_HASH, "bpf_htab" },
		{ BPF_MAP_TYPE_LRU_HASH, "bpf_htab" },
		{ BPF_MAP_TYPE_PERCPU_HASH, "bpf_htab" },
		{ BPF_MAP_TYPE_LRU_PERCPU_HASH, "bpf_htab" },
		{ BPF_MAP_TYPE_HASH_OF_MAPS, "bpf_htab" },
		{ BPF_MAP_TYPE_RINGBUF, "bpf_ringbuf_map" },
		{ BPF_MAP_TYPE_USER_RINGBUF, "bpf_ringbuf_map" },
		{ BPF_MAP_TYPE_LPM_TRIE, "lpm_trie" },
		{ BPF_MAP_TYPE_QUEUE, "bpf_queue_stack" },
		{ BPF_MAP_TYPE_STACK, "bpf_queue_stack" },
		{ BPF_MAP_TYPE_BLOOM_FILTER, "bpf_bloom_filter" },
	};
	const struct rq_reg *reg = &rq_regs(v)[regno];

	for (size_t i = 0; i < sizeof(structs) / sizeof(structs[0]); i++) {
		if (structs[i].type != reg->map->ops->type)
			continue;
		if (off < 0)
			return rq_reject(v, -EACCES, "R%u is %s invalid negative access: off=%d", regno, structs[i].name, off);
		if (access != RQ_READ)
			return rq_reject(v, -EACCES, "only read from %s is supported", structs[i].name);
	}
	return rq_unsupported(v, "reading a map's own fields is");
}

static int access_by_type(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, enum rq_access access,
			  int32_t value_regno, bool sign_extend)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	uint16_t null = reg->flags & RQ_PTR_MAYBE_NULL;

	switch (null ? RQ_NOT_INIT : (enum rq_reg_type)reg->type) {
	case RQ_CONST_PTR_TO_MAP:
		return map_pointer_access(v, regno, off, access);
	case RQ_PTR_TO_MAP_KEY:
		return key_access(v, regno, off, size, access, value_regno);
	case RQ_PTR_TO_MAP_VALUE:
		return map_value_access(v, regno, off, size, access, value_regno, sign_extend);
	case RQ_PTR_TO_MEM:
		return memory_access(v, regno, off, size, access, value_regno);
	case RQ_PTR_TO_BUF:
		return buffer_access(v, regno, off, size, access, value_regno);
	case RQ_PTR_TO_CTX:
		return rq_context_access(v, regno, off, size, access, value_regno, sign_extend);
	case RQ_PTR_TO_STACK:
		return access == RQ_WRITE ? rq_stack_write(v, regno, off, size, value_regno) :
					    rq_stack_read(v, regno, off, size, value_regno);
	case RQ_PTR_TO_PACKET:
	case RQ_PTR_TO_PACKET_META:
		return packet_access(v, regno, off, size, access, value_regno);
	case RQ_PTR_TO_FLOW_KEYS:
		return flow_keys_access(v, regno, off, size, access, value_regno);
	case RQ_PTR_TO_BTF_ID:
		return rq_btf_access(v, regno, off, size, access, value_regno);
	case RQ_PTR_TO_ARENA:
		return unknown_result(v, access, value_regno);
	case RQ_PTR_TO_SOCKET:
	case RQ_PTR_TO_SOCK_COMMON:
	case RQ_PTR_TO_TCP_SOCK:
	case RQ_PTR_TO_XDP_SOCK:
		return rq_socket_access(v, regno, off, size, access, value_regno);
	default:
		return rq_reject(v, -EACCES, "R%u invalid mem access '%s'", regno, rq_reg_name(v, reg));
	}
}

static int check_access(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, enum rq_access access,
			int32_t value_regno, bool sign_extend, bool strict)
{
	struct rq_reg *reg = &rq_regs(v)[regno], *to;
	int err;

	err = check_alignment(v, reg, off, size, strict || v->prog->strict_alignment);
	if (err)
		return err;
	err = access_by_type(v, regno, reg->off + off, size, access, value_regno, sign_extend);
	if (err || access != RQ_READ || value_regno < 0)
		return err;
	to = &rq_regs(v)[value_regno];
	if (size < 8 && to->type == RQ_SCALAR)
		to->value = sign_extend ? rq_value_sign_extend(to->value, size, 64) : rq_value_truncate(to->value, size);
	return 0;
}

int rq_check_mem_access(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, enum rq_access access,
			int32_t value_regno, bool sign_extend)
{
	return check_access(v, regno, off, size, access, value_regno, sign_extend, false);
}

/* ---- Instructions ---- */

/* docs/verifier.md, memory 9: one instruction is rewritten for one kind of pointer. */
static int note_pointer_type(struct rq_verifier *v, const struct rq_reg *reg)
{
	static const bool rewritten[RQ_REG_TYPES] = {
		[RQ_PTR_TO_CTX] = true,	     [RQ_PTR_TO_SOCKET] = true,	  [RQ_PTR_TO_SOCK_COMMON] = true,
		[RQ_PTR_TO_TCP_SOCK] = true, [RQ_PTR_TO_XDP_SOCK] = true, [RQ_PTR_TO_BTF_ID] = true,
		[RQ_PTR_TO_ARENA] = true,
	};
	struct rq_insn_aux *aux = &v->aux[v->insn];
	bool safe = reg->type != RQ_PTR_TO_BTF_ID || reg->flags & (RQ_PTR_ALLOC);

	if (aux->pointer_type == RQ_NOT_INIT) {
		aux->pointer_type = reg->type;
	} else if (aux->pointer_type != reg->type && (rewritten[aux->pointer_type] || rewritten[reg->type])) {
		return rq_reject(v, -EINVAL, "same insn cannot be used with different pointers");
	}
	if (!safe || reg->flags & RQ_PTR_UNTRUSTED)
		aux->pointer_untrusted = true;
	return 0;
}

static int check_load(struct rq_verifier *v, const struct bpf_insn *insn, bool sign_extend, bool strict)
{
	struct rq_reg pointer;
	int err = rq_check_reg_read(v, insn->src_reg);

	if (!err)
		err = rq_check_reg_write(v, insn->dst_reg);
	if (err)
		return err;
	pointer = rq_regs(v)[insn->src_reg];
	err = check_access(v, insn->src_reg, insn->off, rq_insn_size(insn), RQ_READ, insn->dst_reg, sign_extend, strict);
	return err ? err : note_pointer_type(v, &pointer);
}

static int check_store(struct rq_verifier *v, const struct bpf_insn *insn, int32_t value_regno, bool strict)
{
	struct rq_reg pointer;
	int err = value_regno >= 0 ? rq_check_reg_read(v, (uint32_t)value_regno) : 0;

	if (!err)
		err = rq_check_reg_read(v, insn->dst_reg);
	if (err)
		return err;
	pointer = rq_regs(v)[insn->dst_reg];
	err = check_access(v, insn->dst_reg, insn->off, rq_insn_size(insn), RQ_WRITE, value_regno, false, strict);
	return err ? err : note_pointer_type(v, &pointer);
}

/* docs/verifier.md, memory 8: where an atomic may not work. */
static int check_atomic_pointer(struct rq_verifier *v, uint32_t regno, const char *how)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];

	switch (reg->type) {
	case RQ_PTR_TO_CTX:
	case RQ_PTR_TO_PACKET:
	case RQ_PTR_TO_PACKET_META:
	case RQ_PTR_TO_FLOW_KEYS:
	case RQ_PTR_TO_SOCKET:
	case RQ_PTR_TO_SOCK_COMMON:
	case RQ_PTR_TO_TCP_SOCK:
	case RQ_PTR_TO_XDP_SOCK:
		return rq_reject(v, -EACCES, "BPF_ATOMIC %s R%u %s is not allowed", how, regno, rq_reg_name(v, reg));
	default:
		return 0;
	}
}

static int check_read_modify_write(struct rq_verifier *v, const struct bpf_insn *insn)
{
	uint32_t size = rq_insn_size(insn);
	bool exchange = insn->imm == BPF_CMPXCHG;
	int32_t result = exchange ? BPF_REG_0 : insn->imm & BPF_FETCH ? insn->src_reg : -1;
	struct rq_reg pointer;
	int err = rq_check_reg_read(v, insn->src_reg);

	if (!err)
		err = rq_check_reg_read(v, insn->dst_reg);
	if (!err && exchange)
		err = rq_check_reg_read(v, BPF_REG_0);
	if (!err)
		err = check_atomic_pointer(v, insn->dst_reg, "stores into");
	if (!err && result >= 0)
		err = rq_check_reg_write(v, (uint32_t)result);
	if (err)
		return err;
	pointer = rq_regs(v)[insn->dst_reg];
	err = check_access(v, insn->dst_reg, insn->off, size, RQ_READ, result, false, true);
	if (!err)
		err = check_access(v, insn->dst_reg, insn->off, size, RQ_WRITE, -1, false, true);
	if (err)
		return err;
	return note_pointer_type(v, &pointer);
}

static int check_atomic(struct rq_verifier *v, const struct bpf_insn *insn)
{
	int err;

	if (insn->imm == BPF_LOAD_ACQ) {
		err = rq_check_reg_read(v, insn->src_reg);
		if (!err)
			err = check_atomic_pointer(v, insn->src_reg, "loads from");
		return err ? err : check_load(v, insn, false, true);
	}
	if (insn->imm == BPF_STORE_REL) {
		err = rq_check_reg_read(v, insn->dst_reg);
		if (!err)
			err = check_atomic_pointer(v, insn->dst_reg, "stores into");
		return err ? err : check_store(v, insn, insn->src_reg, true);
	}
	return check_read_modify_write(v, insn);
}

/* docs/verifier.md, memory 10: the old packet loads, which leave the program when they fail. */
static int check_packet_load(struct rq_verifier *v, const struct bpf_insn *insn)
{
	enum bpf_prog_type type = v->prog->type->type;
	struct rq_reg *regs = rq_regs(v);
	int err;

	if (type != BPF_PROG_TYPE_SOCKET_FILTER && type != BPF_PROG_TYPE_SCHED_CLS && type != BPF_PROG_TYPE_SCHED_ACT)
		return rq_reject(v, -EINVAL, "BPF_LD_[ABS|IND] instructions not allowed for this program type");
	err = rq_check_reg_read(v, BPF_REG_6);
	if (!err)
		err = rq_check_leaving(v, "BPF_LD_[ABS|IND]", false, true);
	if (err)
		return err;
	if (regs[BPF_REG_6].type != RQ_PTR_TO_CTX)
		return rq_reject(v, -EINVAL, "at the time of BPF_LD_ABS|IND R6 != pointer to skb");
	if (BPF_MODE(insn->code) == BPF_IND) {
		err = rq_check_reg_read(v, insn->src_reg);
		if (err)
			return err;
	}
	err = rq_check_ptr_offset(v, &regs[BPF_REG_6], BPF_REG_6, false);
	if (err)
		return err;
	rq_clobber_args(v);
	rq_reg_set_unknown(&regs[BPF_REG_0]);
	return 0;
}

int rq_check_memory_insn(struct rq_verifier *v, const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_LDX:
		return check_load(v, insn, BPF_MODE(insn->code) == BPF_MEMSX, false);
	case BPF_STX:
		if (BPF_MODE(insn->code) == BPF_ATOMIC)
			return check_atomic(v, insn);
		return check_store(v, insn, insn->src_reg, false);
	case BPF_ST:
		return check_store(v, insn, -1, false);
	default:
		return check_packet_load(v, insn);
	}
}

int rq_check_wide_load(struct rq_verifier *v, const struct bpf_insn *insn)
{
	struct rq_reg *dst = &rq_regs(v)[insn->dst_reg];
	const struct rq_map *map;
	int err = rq_check_reg_write(v, insn->dst_reg);
	int subprog;

	if (err)
		return err;
	v->next = v->insn + 2;
	switch (insn->src_reg) {
	case 0:
		rq_reg_set_const(dst, (uint64_t)(uint32_t)insn[1].imm << 32 | (uint32_t)insn[0].imm);
		return 0;
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_IDX:
	case BPF_PSEUDO_MAP_VALUE:
	case BPF_PSEUDO_MAP_IDX_VALUE:
		if (!v->prog->insn_map || v->prog->insn_map[v->insn] >= v->prog->map_count)
			return rq_reject(v, -EINVAL, "fd %d is not pointing to valid bpf_map", insn->imm);
		map = v->prog->maps[v->prog->insn_map[v->insn]];
		if (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_IDX) {
			rq_reg_set_pointer(dst, RQ_CONST_PTR_TO_MAP, 0);
			dst->map = map;
			return 0;
		}
		if ((int)map->ops->type == RQ_MAP_TYPE_ARENA) {
			rq_reg_set_unknown(dst);
			return 0;
		}
		rq_reg_set_pointer(dst, RQ_PTR_TO_MAP_VALUE, 0);
		dst->map = map;
		dst->off = insn[1].imm;
		return 0;
	case BPF_PSEUDO_FUNC:
		subprog = rq_subprog_starting_at(v, v->insn + 1 + (uint32_t)insn->imm);
		if (subprog < 0)
			return rq_reject(v, -EINVAL, "callback function at insn %d is unknown", insn->imm);
		if (v->subprogs[subprog].global)
			return rq_reject(v, -EINVAL, "callback function not static");
		rq_reg_set_pointer(dst, RQ_PTR_TO_FUNC, 0);
		dst->subprog = (uint32_t)subprog;
		return 0;
	case BPF_PSEUDO_BTF_ID:
		return rq_btf_wide_load(v, insn, dst);
	default:
		return rq_unsupported(v, "this kind of wide load");
	}
}

/* ---- Memory of calls ---- */

int rq_check_call_mem(struct rq_verifier *v, uint32_t regno, uint32_t size, int access, bool zero_allowed)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	bool write = access & (RQ_WRITE | RQ_WRITE_UNINIT);
	int err;

	switch (rq_reg_may_be_null(reg) ? RQ_NOT_INIT : (enum rq_reg_type)reg->type) {
	case RQ_PTR_TO_PACKET:
	case RQ_PTR_TO_PACKET_META:
		if (write && !rq_may_access_packet(v, RQ_WRITE))
			return rq_reject(v, -EACCES, "cannot write into packet");
		return check_packet(v, regno, reg->off, size, zero_allowed);
	case RQ_PTR_TO_MAP_KEY:
		if (write)
			return rq_reject(v, -EACCES, "R%u cannot write into %s", regno, rq_reg_name(v, reg));
		return check_region(v, regno, reg->off, size, reg->map->key_size, zero_allowed);
	case RQ_PTR_TO_MAP_VALUE:
		err = check_map_flags(v, reg, reg->off, size, access);
		if (!err)
			err = check_region(v, regno, reg->off, size, reg->map->value_size, zero_allowed);
		if (!err)
			err = rq_check_special_fields(v, reg->map->record, reg, reg->off, size, access, true);
		return err;
	case RQ_PTR_TO_MEM:
		if (write && reg->flags & RQ_PTR_RDONLY)
			return rq_reject(v, -EACCES, "R%u cannot write into %s", regno, rq_reg_name(v, reg));
		return check_region(v, regno, reg->off, size, reg->mem_size, zero_allowed);
	case RQ_PTR_TO_BUF:
		return buffer_access(v, regno, reg->off, size, write ? RQ_WRITE : RQ_READ, -1);
	case RQ_PTR_TO_STACK:
		return rq_stack_call_range(v, regno, size, access, zero_allowed);
	case RQ_PTR_TO_BTF_ID:
		return rq_btf_access(v, regno, reg->off, size, write ? RQ_WRITE : RQ_READ, -1);
	case RQ_PTR_TO_CTX:
		return rq_context_call_mem(v, regno, size, access, zero_allowed);
	default:
		/* NULL with size 0, or an optional NULL, is for the caller to allow. */
		if (zero_allowed && !size && rq_reg_is_null(reg))
			return 0;
		return rq_reject(v, -EACCES, "R%u type=%s expected=%s", regno, rq_reg_name(v, reg), "fp");
	}
}

int rq_check_call_mem_size(struct rq_verifier *v, uint32_t mem_regno, uint32_t size_regno, int access, bool zero_allowed)
{
	const struct rq_reg *size = &rq_regs(v)[size_regno];
	int err;

	/* With a size that varies the helper may write less, so the rest of the memory must be initialised before. */
	if (!rq_value_is_const(&size->value) && access & RQ_WRITE_UNINIT)
		access = (access & ~RQ_WRITE_UNINIT) | RQ_WRITE;
	if (size->value.smin < 0)
		return rq_reject(v, -EACCES,
				 "R%u min value is negative, either use unsigned or 'var &= const'", size_regno);
	if (!size->value.umin && !zero_allowed)
		return rq_reject(v, -EACCES, "R%u invalid zero-sized read: u64=[%" PRIu64 ",%" PRIu64 "]", size_regno,
				 size->value.umin, size->value.umax);
	if (size->value.umax >= VARIABLE_OFFSET_MAX)
		return rq_reject(v, -EACCES,
				 "R%u unbounded memory access, use 'var &= const' or 'if (var < const)'", size_regno);
	err = rq_check_call_mem(v, mem_regno, (uint32_t)size->value.umax, access, zero_allowed);
	return err ? err : rq_mark_precise(v, size_regno);
}
