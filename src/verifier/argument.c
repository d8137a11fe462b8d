/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments of helpers: docs/verifier.md, "Arguments of helpers". */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "verifier/calls.h"

/* A register that an argument takes: its type with exactly these flags. */
struct accepted {
	uint8_t type;
	uint16_t flags;
};

#define ACCEPTED_MAX 10

struct argument_kind {
	struct accepted accepts[ACCEPTED_MAX]; /* up to RQ_NOT_INIT; none: anything */
	bool memory;   /* also read through a BTF pointer, never written */
};

#define MEMORY                                                                                              \
	.memory = true, .accepts = { { RQ_PTR_TO_STACK, 0 },	     { RQ_PTR_TO_PACKET, 0 },                \
				     { RQ_PTR_TO_PACKET_META, 0 },   { RQ_PTR_TO_MAP_KEY, 0 },               \
				     { RQ_PTR_TO_MAP_VALUE, 0 },     { RQ_PTR_TO_MEM, 0 },                   \
				     { RQ_PTR_TO_MEM, RQ_PTR_RINGBUF }, { RQ_PTR_TO_BUF, 0 },                \
				     { RQ_PTR_TO_BTF_ID, RQ_PTR_TRUSTED } }
#define NUMBER .accepts = { { RQ_SCALAR, 0 } }
#define BTF_POINTER                                                                                         \
	.accepts = { { RQ_PTR_TO_BTF_ID, 0 }, { RQ_PTR_TO_BTF_ID, RQ_PTR_TRUSTED }, { RQ_PTR_TO_BTF_ID, RQ_PTR_RCU } }
#define SOCKETS                                                                                             \
	{ RQ_PTR_TO_SOCK_COMMON, 0 }, { RQ_PTR_TO_SOCKET, 0 }, { RQ_PTR_TO_TCP_SOCK, 0 }, { RQ_PTR_TO_XDP_SOCK, 0 }
#define DYNPTR .accepts = { { RQ_PTR_TO_STACK, 0 }, { RQ_CONST_PTR_TO_DYNPTR, 0 } }

/* arguments 2, and the order in which a message lists what was expected */
static const struct argument_kind kinds[] = {
	[RQ_ARG_CONST_MAP] = { .accepts = { { RQ_CONST_PTR_TO_MAP, 0 } } },
	[RQ_ARG_MAP_KEY] = { MEMORY },
	[RQ_ARG_MAP_VALUE] = { MEMORY },
	[RQ_ARG_MAP_VALUE_UNINIT] = { MEMORY },
	[RQ_ARG_MEM] = { MEMORY },
	[RQ_ARG_MEM_UNINIT] = { MEMORY },
	[RQ_ARG_MEM_FIXED] = { MEMORY },
	[RQ_ARG_MEM_FIXED_UNINIT] = { MEMORY },
	[RQ_ARG_SIZE] = { NUMBER },
	[RQ_ARG_SIZE_OR_ZERO] = { NUMBER },
	[RQ_ARG_CONST_ALLOC_SIZE] = { NUMBER },
	[RQ_ARG_CTX] = { .accepts = { { RQ_PTR_TO_CTX, 0 } } },
	[RQ_ARG_SPIN_LOCK] = { .accepts = { { RQ_PTR_TO_MAP_VALUE, 0 }, { RQ_PTR_TO_BTF_ID, RQ_PTR_ALLOC } } },
	[RQ_ARG_TIMER] = { .accepts = { { RQ_PTR_TO_MAP_VALUE, 0 } } },
	[RQ_ARG_FUNC] = { .accepts = { { RQ_PTR_TO_FUNC, 0 } } },
	[RQ_ARG_STACK] = { .accepts = { { RQ_PTR_TO_STACK, 0 } } },
	[RQ_ARG_STACK_OR_NULL] = { .accepts = { { RQ_PTR_TO_STACK, 0 } } },
	[RQ_ARG_BTF_ID] = { BTF_POINTER },
	[RQ_ARG_BTF_ID_OR_NULL] = { BTF_POINTER },
	[RQ_ARG_KPTR_SLOT] = { .accepts = { { RQ_PTR_TO_MAP_VALUE, 0 }, { RQ_PTR_TO_BTF_ID, RQ_PTR_ALLOC },
					    { RQ_PTR_TO_BTF_ID, RQ_PTR_ALLOC | RQ_PTR_NON_OWNING },
					    { RQ_PTR_TO_BTF_ID, RQ_PTR_ALLOC | RQ_PTR_NON_OWNING | RQ_PTR_RCU } } },
	[RQ_ARG_DYNPTR] = { DYNPTR },
	[RQ_ARG_DYNPTR_UNINIT] = { DYNPTR },
	[RQ_ARG_RINGBUF_MEM] = { .accepts = { { RQ_PTR_TO_MEM, RQ_PTR_RINGBUF } } },
	[RQ_ARG_PERCPU_BTF_ID] = { .accepts = { { RQ_PTR_TO_BTF_ID, RQ_PTR_PERCPU },
						{ RQ_PTR_TO_BTF_ID, RQ_PTR_PERCPU | RQ_PTR_RCU },
						{ RQ_PTR_TO_BTF_ID, RQ_PTR_PERCPU | RQ_PTR_TRUSTED } } },
	[RQ_ARG_CONST_STR] = { .accepts = { { RQ_PTR_TO_MAP_VALUE, 0 } } },
	[RQ_ARG_SOCKET] = { .accepts = { { RQ_PTR_TO_SOCKET, 0 } } },
	[RQ_ARG_SOCK_COMMON] = { .accepts = { SOCKETS } },
	[RQ_ARG_BTF_ID_SOCK_COMMON] = { .accepts = { SOCKETS, { RQ_PTR_TO_BTF_ID, 0 },
						     { RQ_PTR_TO_BTF_ID, RQ_PTR_TRUSTED } } },
};

static bool nullable(const struct rq_func_arg *arg)
{
	return (arg->flags & RQ_ARG_NULLABLE) || arg->kind == RQ_ARG_STACK_OR_NULL || arg->kind == RQ_ARG_BTF_ID_OR_NULL;
}

static bool only_read(const struct rq_func_arg *arg)
{
	return (arg->kind == RQ_ARG_MEM || arg->kind == RQ_ARG_MEM_FIXED) && !(arg->flags & RQ_ARG_WRITES);
}

static uint16_t flags_of(const struct rq_reg *reg)
{
	return rq_reg_is_pointer(reg) ? reg->flags : 0;
}

static int reject_type(struct rq_verifier *v, uint32_t regno, const struct argument_kind *kind)
{
	char expected[256] = "";
	size_t length = 0;

	for (unsigned int i = 0; i < ACCEPTED_MAX && kind->accepts[i].type != RQ_NOT_INIT; i++)
		length += snprintf(expected + length, sizeof(expected) - length, "%s%s", i ? ", " : "",
				   rq_type_name(v, kind->accepts[i].type, kind->accepts[i].flags));
	return rq_reject(v, -EACCES, "R%u type=%s expected=%s", regno, rq_reg_name(v, &rq_regs(v)[regno]), expected);
}

/* arguments 4: the struct that a BTF pointer points to. */
static int check_struct(struct rq_verifier *v, const struct rq_func_arg *arg, const struct rq_call *call,
			uint32_t regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	bool releases = arg->flags & RQ_ARG_RELEASES;
	const char *wanted = arg->kind == RQ_ARG_BTF_ID_SOCK_COMMON ? "sock_common" : arg->type_name;
	int32_t id;

	if (call->func->duty == RQ_DUTY_KPTR_XCHG && (reg->flags & RQ_PTR_ALLOC)) {
		if (reg->flags & ~(RQ_PTR_ALLOC | RQ_PTR_PERCPU))
			return rq_reject(v, -EFAULT, "verifier bug: invalid PTR_TO_BTF_ID register for type match");
		return rq_check_kptr_type(v, call->kptr, regno);
	}
	if ((reg->flags & RQ_PTR_MAYBE_NULL) && (!nullable(arg) || releases))
		return rq_reject(v, -EACCES, "Possibly NULL pointer passed to helper arg%u", regno);
	if (call->func->duty == RQ_DUTY_KPTR_XCHG)
		return rq_check_kptr_type(v, call->kptr, regno);
	id = wanted ? rq_kernel_struct(v, wanted) : -1;
	if (id < 0)
		return rq_unsupported(v, "type of this argument");
	if (!rq_struct_at(reg->btf, reg->btf_id, reg->off, v->prog->kernel_btf, id, false))
		return rq_reject(v, -EACCES, "R%u is of type %s but %s is expected", regno,
				 rq_btf_name(reg->btf, reg->btf_id), wanted);
	return 0;
}

static int check_type(struct rq_verifier *v, const struct rq_func_arg *arg, const struct rq_call *call, uint32_t regno)
{
	const struct argument_kind *kind = &kinds[arg->kind];
	const struct rq_reg *reg = &rq_regs(v)[regno];
	uint16_t flags = flags_of(reg);
	bool matches = false;

	if (kind->accepts[0].type == RQ_NOT_INIT)
		return 0;
	/* An argument that is only read takes read-only memory too; one that may be NULL, a pointer that may be. */
	if (only_read(arg))
		flags &= ~RQ_PTR_RDONLY;
	if (nullable(arg))
		flags &= ~RQ_PTR_MAYBE_NULL;
	if (kind->memory)
		flags &= ~RQ_PTR_DYNPTR_SLICE;
	if (call->func->duty == RQ_DUTY_KPTR_XCHG && regno == 2)
		flags &= ~(RQ_PTR_ALLOC | RQ_PTR_PERCPU);
	for (unsigned int i = 0; i < ACCEPTED_MAX && !matches && kind->accepts[i].type != RQ_NOT_INIT; i++)
		matches = kind->accepts[i].type == reg->type && kind->accepts[i].flags == flags;
	if (!matches)
		return reject_type(v, regno, kind);
	if (reg->type != RQ_PTR_TO_BTF_ID)
		return 0;
	if (kind->memory) {
		if (!only_read(arg))
			return rq_reject(v, -EACCES, "%s() may write into memory pointed by R%u type=%s",
					 call->func->name, regno, rq_reg_name(v, reg));
		return 0;
	}
	if (arg->kind == RQ_ARG_BTF_ID || arg->kind == RQ_ARG_BTF_ID_OR_NULL || arg->kind == RQ_ARG_BTF_ID_SOCK_COMMON)
		return check_struct(v, arg, call, regno);
	return 0;
}

int rq_check_argument_offset(struct rq_verifier *v, const struct rq_reg *reg, uint32_t regno, bool releases, bool dynptr)
{
	uint16_t flags = flags_of(reg);

	/* arguments 3 */
	if (releases) {
		if (dynptr && reg->type == RQ_PTR_TO_STACK)
			return 0;
		if (reg->off && rq_reg_record(reg)) {
			const uint32_t graph = 1u << RQ_FIELD_LIST_HEAD | 1u << RQ_FIELD_LIST_NODE |
					       1u << RQ_FIELD_RB_ROOT | 1u << RQ_FIELD_RB_NODE;

			if (rq_record_find(rq_reg_record(reg), reg->off, graph))
				return rq_check_ptr_offset(v, reg, regno, true);
		}
		if (reg->off)
			return rq_reject(v, -EINVAL,
					 "R%u must have zero offset when passed to release func or trusted arg to kfunc",
					 regno);
		return rq_check_ptr_offset(v, reg, regno, false);
	}
	switch (reg->type) {
	case RQ_NOT_INIT:
	case RQ_SCALAR:
	case RQ_PTR_TO_STACK:
	case RQ_PTR_TO_PACKET:
	case RQ_PTR_TO_PACKET_META:
	case RQ_PTR_TO_MAP_KEY:
	case RQ_PTR_TO_MAP_VALUE:
	case RQ_PTR_TO_ARENA:
		return 0;
	case RQ_PTR_TO_MEM:
	case RQ_PTR_TO_BUF:
		if (!(flags & RQ_PTR_MAYBE_NULL))
			return 0;
		return rq_check_ptr_offset(v, reg, regno, false);
	case RQ_PTR_TO_BTF_ID:
		return rq_check_ptr_offset(v, reg, regno, !(flags & RQ_PTR_MAYBE_NULL));
	default:
		return rq_check_ptr_offset(v, reg, regno, false);
	}
}

/* arguments 6: a constant key of an array tells whether the element exists. */
static bool constant_key(struct rq_verifier *v, struct rq_call *call, const struct rq_reg *reg)
{
	uint32_t size = call->map->key_size, index;
	int64_t off = (int64_t)reg->value.bits.value + reg->off;
	const struct rq_frame *frame;
	const struct rq_slot *slot;
	unsigned int byte;
	bool zero = true;

	if (reg->type != RQ_PTR_TO_STACK || !rq_value_is_const(&reg->value) || off >= 0 || off < -RQ_STACK_BYTES ||
	    size != 4)
		return false;
	frame = v->state->frames[reg->frame];
	index = rq_slot_index((int32_t)off);
	byte = (uint64_t)off & 7;
	if (index >= frame->slot_count || byte + size > 8)
		return false;
	slot = &frame->slots[index];
	for (unsigned int i = byte; i < byte + size; i++)
		zero &= slot->bytes[i] == RQ_STACK_ZERO;
	if (zero) {
		call->key = 0;
		return true;
	}
	for (unsigned int i = 0; i < 8; i++)
		if ((slot->bytes[i] == RQ_STACK_SPILL) != (i >= byte && i < byte + size))
			return false;
	if (slot->spill.type != RQ_SCALAR || !rq_value_is_const(&slot->spill.value))
		return false;
	if (rq_mark_slot_precise(v, frame, index))
		return false;
	call->key = (int64_t)slot->spill.value.bits.value;
	return true;
}

static bool lookup_is_array(const struct rq_map *map)
{
	return map->ops->type == BPF_MAP_TYPE_ARRAY || map->ops->type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

/* docs/verifier.md, timers 1 */
static int check_timer(struct rq_verifier *v, struct rq_call *call, uint32_t regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	const struct rq_record *record = reg->map->record;
	int64_t offset = (int64_t)reg->value.bits.value + reg->off;

	if (!rq_value_is_const(&reg->value))
		return rq_reject(v, -EINVAL, "R%u doesn't have constant offset. bpf_timer has to be at the constant offset",
				 regno);
	if (!reg->map->btf)
		return rq_reject(v, -EINVAL, "map '%s' has to have BTF in order to use bpf_timer", reg->map->name);
	if (!record || !(record->kinds & 1u << RQ_FIELD_TIMER))
		return rq_reject(v, -EINVAL, "map '%s' has no valid bpf_timer", reg->map->name);
	if (record->timer_offset != offset)
		return rq_reject(v, -EINVAL, "off %lld doesn't point to 'struct bpf_timer' that is at %d",
				 (long long)offset, record->timer_offset);
	call->map = reg->map;
	call->map_uid = reg->map_uid;
	return 0;
}

/* arguments 8: text in frozen, read-only data, so that it can't change after it was looked at. */
int rq_check_const_string(struct rq_verifier *v, uint32_t regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	const struct rq_map *map = reg->map;
	int64_t offset = (int64_t)reg->value.bits.value + reg->off;
	uint64_t address;
	int error;

	if (reg->type != RQ_PTR_TO_MAP_VALUE)
		return rq_reject(v, -EINVAL, "R%u doesn't point to a const string", regno);
	if (!(map->map_flags & BPF_F_RDONLY_PROG) || !map->frozen)
		return rq_reject(v, -EACCES, "R%u does not point to a readonly map'", regno);
	if (!rq_value_is_const(&reg->value))
		return rq_reject(v, -EACCES, "R%u is not a constant address'", regno);
	if (!map->ops->direct_value)
		return rq_reject(v, -EACCES, "no direct value access support for this map type");
	error = rq_check_mem_access(v, regno, 0, 1, RQ_READ, -1, false);
	if (error)
		return error;
	error = map->ops->direct_value((struct rq_map *)map, 0, &address);
	if (error)
		return rq_reject(v, error, "no direct value access support for this map type");
	if (!memchr((const char *)(uintptr_t)address + offset, '\0', map->value_size - (size_t)offset))
		return rq_reject(v, -EINVAL, "string is not zero-terminated");
	return 0;
}

static int check_map_argument(struct rq_verifier *v, struct rq_call *call, const struct rq_reg *reg)
{
	if (call->map && (call->map != reg->map || call->map_uid != reg->map_uid))
		return rq_reject(v, -EINVAL, "timer pointer in R1 map_uid=%u doesn't match map pointer in R2 map_uid=%u",
				 call->map_uid, reg->map_uid);
	call->map = reg->map;
	call->map_uid = reg->map_uid;
	return 0;
}

static int check_memory(struct rq_verifier *v, const struct rq_func_arg *arg, uint32_t regno)
{
	switch (arg->kind) {
	case RQ_ARG_MEM_FIXED:
		return rq_check_call_mem(v, regno, arg->size, arg->flags & RQ_ARG_WRITES ? RQ_WRITE : RQ_READ, false);
	default:
		return rq_check_call_mem(v, regno, arg->size, RQ_WRITE_UNINIT, false);
	}
}

static int check_size(struct rq_verifier *v, struct rq_call *call, uint32_t regno)
{
	const struct rq_func_arg *size = &call->func->args[regno - 1], *memory = &call->func->args[regno - 2];
	int access = RQ_READ;

	if (memory->kind == RQ_ARG_MEM_UNINIT)
		access = RQ_WRITE_UNINIT;
	else if (memory->flags & RQ_ARG_WRITES)
		access = RQ_WRITE;
	call->length_max = rq_regs(v)[regno].value.umax;
	return rq_check_call_mem_size(v, regno - 1, regno, access, size->kind == RQ_ARG_SIZE_OR_ZERO);
}

static int check_value(struct rq_verifier *v, const struct rq_func_arg *arg, struct rq_call *call, uint32_t regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	unsigned int flags = 0;

	switch (arg->kind) {
	case RQ_ARG_CONST_MAP:
		return check_map_argument(v, call, reg);
	case RQ_ARG_MAP_KEY:
		if (!call->map)
			return rq_reject(v, -EACCES, "invalid map_ptr to access map->key");
		if (lookup_is_array(call->map) && call->func->duty == RQ_DUTY_MAP_LOOKUP)
			call->key_constant = constant_key(v, call, reg);
		return rq_check_call_mem(v, regno, call->map->key_size, RQ_READ, false);
	case RQ_ARG_MAP_VALUE:
	case RQ_ARG_MAP_VALUE_UNINIT:
		if (rq_reg_is_null(reg))
			return 0;
		if (!call->map)
			return rq_reject(v, -EACCES, "invalid map_ptr to access map->value");
		return rq_check_call_mem(v, regno, call->map->value_size,
					 arg->kind == RQ_ARG_MAP_VALUE ? RQ_READ : RQ_WRITE_UNINIT, false);
	case RQ_ARG_MEM_FIXED:
	case RQ_ARG_MEM_FIXED_UNINIT:
		if (rq_reg_is_null(reg))
			return 0;
		return check_memory(v, arg, regno);
	case RQ_ARG_SIZE:
	case RQ_ARG_SIZE_OR_ZERO:
		return check_size(v, call, regno);
	case RQ_ARG_CONST_ALLOC_SIZE:
		if (!rq_value_is_const(&reg->value))
			return rq_reject(v, -EACCES, "R%u is not a known constant'", regno);
		call->mem_size = (uint32_t)reg->value.bits.value;
		call->mem_size_known = true;
		return rq_mark_precise(v, regno);
	case RQ_ARG_SPIN_LOCK:
		if (rq_in_graph_callback(v))
			return rq_reject(v, -EACCES, "can't spin_{lock,unlock} in rbtree cb");
		return rq_check_lock_argument(v, regno, call->func->duty);
	case RQ_ARG_TIMER:
		return check_timer(v, call, regno);
	case RQ_ARG_FUNC:
		call->subprog = reg->subprog;
		call->has_subprog = true;
		return 0;
	case RQ_ARG_KPTR_SLOT:
		return rq_check_kptr_slot(v, call, regno);
	case RQ_ARG_DYNPTR_UNINIT:
		flags = RQ_DYNPTR_ARG_UNINIT;
		break;
	case RQ_ARG_DYNPTR:
		/* Helpers read through a dynptr that a caller lent; only giving it back changes it. */
		flags = RQ_DYNPTR_ARG_RDONLY;
		if (arg->flags & RQ_ARG_DYNPTR_RINGBUF)
			flags |= RQ_DYNPTR_ARG_RINGBUF;
		if (arg->flags & RQ_ARG_RELEASES)
			flags = (flags & ~RQ_DYNPTR_ARG_RDONLY) | RQ_DYNPTR_ARG_RELEASE;
		break;
	case RQ_ARG_CONST_STR:
		return rq_check_const_string(v, regno);
	default:
		return 0;
	}
	return rq_check_dynptr_argument(v, call, regno, flags);
}

int rq_check_helper_argument(struct rq_verifier *v, struct rq_call *call, uint32_t index)
{
	const struct rq_func_arg *arg = &call->func->args[index];
	uint32_t regno = index + 1;
	const struct rq_reg *reg = &rq_regs(v)[regno];
	bool releases = arg->flags & RQ_ARG_RELEASES, null;
	bool dynptr = arg->kind == RQ_ARG_DYNPTR || arg->kind == RQ_ARG_DYNPTR_UNINIT;
	int error;

	if (arg->kind == RQ_ARG_NONE)
		return 0;
	error = rq_check_reg_read(v, regno);
	if (error || arg->kind == RQ_ARG_ANYTHING)
		return error;
	/* arguments 1 */
	if (rq_reg_is_packet(reg) && !(call->func->flags & RQ_FUNC_PKT_ACCESS))
		return rq_reject(v, -EACCES, "helper access to the packet is not allowed");
	null = rq_reg_is_null(reg) && nullable(arg);
	if (!null) {
		error = check_type(v, arg, call, regno);
		if (!error)
			error = rq_check_argument_offset(v, reg, regno, releases, dynptr);
		if (error)
			return error;
	}
	/* arguments 5 */
	if (releases) {
		if (!dynptr && !reg->ref_id && !rq_reg_is_null(reg))
			return rq_reject(v, -EINVAL, "R%u must be referenced when passed to release function", regno);
		call->release_regno = regno;
	}
	if (rq_reg_is_pointer(reg) && reg->ref_id && arg->kind != RQ_ARG_KPTR_SLOT)
		call->ref_id = reg->ref_id;
	return check_value(v, arg, call, regno);
}

static bool trusted(const struct rq_reg *reg)
{
	const uint16_t unsafe = RQ_PTR_UNTRUSTED | RQ_PTR_RCU | RQ_PTR_MAYBE_NULL | RQ_PTR_PERCPU;

	if (reg->ref_id)
		return true;
	return (reg->flags & (RQ_PTR_TRUSTED | RQ_PTR_ALLOC | RQ_PTR_NON_OWNING)) && !(reg->flags & unsafe);
}

int rq_check_btf_argument(struct rq_verifier *v, uint32_t regno, uint32_t btf_id, bool may_be_null, bool must_be_trusted)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	const struct rq_btf *kernel = v->prog->kernel_btf;

	if (reg->type != RQ_PTR_TO_BTF_ID || (must_be_trusted && !trusted(reg) && !(reg->flags & RQ_PTR_MAYBE_NULL)))
		return reject_type(v, regno, &kinds[RQ_ARG_BTF_ID]);
	if ((reg->flags & RQ_PTR_MAYBE_NULL) && !may_be_null)
		return rq_reject(v, -EACCES, "Possibly NULL pointer passed to helper arg%u", regno);
	if (!rq_struct_at(reg->btf, reg->btf_id, reg->off, kernel, btf_id, false))
		return rq_reject(v, -EACCES, "R%u is of type %s but %s is expected", regno,
				 rq_btf_name(reg->btf, reg->btf_id), rq_btf_name(kernel, btf_id));
	return rq_check_ptr_offset(v, reg, regno, true);
}
