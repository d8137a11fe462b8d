/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The context: which loads and stores its program type allows, and what a load gives. Sockets too, which are read by fields
 * in the same way. Rules: docs/verifier.md, "context".
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "prog/hooks.h"
#include "verifier/memory.h"

#define SYSCALL_CONTEXT_MAX 0xffff

static int bad_access(struct rq_verifier *v, int32_t off, uint32_t size)
{
	return rq_reject(v, -EACCES, "invalid bpf_context access off=%d size=%u", off, size);
}

/* ---- Typed arguments of tracing programs ---- */

/* NULL: void */
static const struct btf_type *kernel_type(const struct rq_verifier *v, uint32_t id)
{
	const struct rq_btf *btf = v->prog->attach_btf;

	id = id <= btf->type_count ? rq_btf_skip_modifiers(btf, id) : 0;
	return id ? btf__type_by_id(btf->types, id) : NULL;
}

static const char *const kind_names[] = {
	[BTF_KIND_UNKN] = "UNKNOWN",   [BTF_KIND_INT] = "INT",		   [BTF_KIND_PTR] = "PTR",
	[BTF_KIND_ARRAY] = "ARRAY",    [BTF_KIND_STRUCT] = "STRUCT",	   [BTF_KIND_UNION] = "UNION",
	[BTF_KIND_ENUM] = "ENUM",      [BTF_KIND_FWD] = "FWD",		   [BTF_KIND_FUNC] = "FUNC",
	[BTF_KIND_FLOAT] = "FLOAT",    [BTF_KIND_FUNC_PROTO] = "FUNC_PROTO", [BTF_KIND_ENUM64] = "ENUM64",
};

static const char *kind_name(const struct btf_type *type)
{
	uint32_t kind = type ? btf_kind(type) : BTF_KIND_UNKN;

	return kind < sizeof(kind_names) / sizeof(kind_names[0]) && kind_names[kind] ? kind_names[kind] : "UNKNOWN";
}

static bool is_number(const struct btf_type *type)
{
	return type && (btf_is_int(type) || btf_is_any_enum(type));
}

static void set_flags(struct rq_verifier *v, struct rq_reg *to, uint32_t flags)
{
	if (flags & RQ_ARGUMENT_RDONLY)
		to->flags |= RQ_PTR_RDONLY;
	if (flags & RQ_ARGUMENT_MAYBE_NULL) {
		to->flags |= RQ_PTR_MAYBE_NULL;
		to->id = rq_new_id(v);
	}
}

/* The argument at @place is a pointer: to an object, or one that only bpf_probe_read_kernel() follows. */
static int pointer_argument(struct rq_verifier *v, const struct rq_prog_target *target, uint32_t place, uint32_t index,
			    uint32_t type_id, int32_t value_regno)
{
	uint32_t declared, object = rq_prog_object(v->prog, type_id), flags = 0;
	struct rq_reg unwanted, *to = value_regno < 0 ? &unwanted : &rq_regs(v)[value_regno];
	const struct btf_type *pointed;

	if (index < btf_vlen(target->prototype))
		flags = rq_hook_argument(v->prog, target, index);
	declared = kernel_type(v, type_id)->type;
	pointed = kernel_type(v, declared);
	declared = pointed ? rq_btf_skip_modifiers(v->prog->attach_btf, declared) : 0;
	if (flags & RQ_ARGUMENT_BUFFER) {
		rq_reg_set_pointer(to, RQ_PTR_TO_BUF, 0);
		set_flags(v, to, flags);
		return 0;
	}
	if (!pointed || btf_is_int(pointed)) {
		rq_reg_set_unknown(to);
		return 0;
	}
	if (!object) {
		rq_say(v, "func '%s' arg%u type %s is not a struct", target->name, place, kind_name(pointed));
		return -EACCES;
	}
	if (!(flags & RQ_ARGUMENT_QUIET))
		rq_say(v, "func '%s' arg%u has btf_id %u type %s '%s'", target->name, place, declared, kind_name(pointed),
		       rq_btf_name(v->prog->attach_btf, declared));
	rq_reg_set_btf(to, flags & RQ_ARGUMENT_TRUSTED ? RQ_PTR_TRUSTED : 0, v->prog->attach_btf, object);
	set_flags(v, to, flags);
	return 0;
}

/* docs/verifier.md, context 4. */
static int typed_argument(struct rq_verifier *v, int32_t off, uint32_t size, int32_t value_regno)
{
	uint32_t type_id, place = (uint32_t)off / 8;
	struct rq_prog_target target;
	const struct btf_type *type;
	int index;

	if (!rq_prog_target(v->prog, &target))
		return rq_unsupported(v, "an argument of an unknown function is");
	if (off % 8) {
		rq_say(v, "func '%s' offset %d is not multiple of 8", target.name, off);
		return -EACCES;
	}
	index = rq_prog_argument(v->prog, &target, place, &type_id);
	if (index < 0) {
		rq_say(v, "func '%s' doesn't have %u-th argument", target.name, place + 1);
		return -EACCES;
	}
	type = kernel_type(v, type_id);
	if (!type || is_number(type) || btf_is_composite(type)) {
		if (value_regno >= 0)
			rq_reg_set_unknown(&rq_regs(v)[value_regno]);
		return 0;
	}
	if (!btf_is_ptr(type)) {
		rq_say(v, "func '%s' arg%u '%s' has type %s. Only pointer access is allowed", target.name, place,
		       rq_btf_name(v->prog->attach_btf, type_id), kind_name(type));
		return -EACCES;
	}
	if (size != 8) {
		rq_say(v, "func '%s' size %u must be 8", target.name, size);
		return -EACCES;
	}
	return pointer_argument(v, &target, place, (uint32_t)index, type_id, value_regno);
}

/* Contexts that are an array of u64. */
static int raw_argument(struct rq_verifier *v, int32_t off, uint32_t size, enum rq_access access, int32_t value_regno)
{
	int err;

	if (access != RQ_READ || off < 0 || off >= RQ_ARGUMENTS_MAX * 8 || off % (int32_t)size)
		return bad_access(v, off, size);
	err = typed_argument(v, off, size, value_regno);
	return err == -EACCES ? bad_access(v, off, size) : err;
}

/* ---- Fields ---- */

static int load_field(struct rq_verifier *v, const struct rq_ctx_field *field, int32_t off, uint32_t size, int32_t value_regno)
{
	struct rq_reg *to = &rq_regs(v)[value_regno];
	int32_t id;

	switch (field->kind) {
	case RQ_CTX_SCALAR:
		rq_reg_set_unknown(to);
		return 0;
	case RQ_CTX_PACKET:
		rq_reg_set_pointer(to, RQ_PTR_TO_PACKET, 0);
		return 0;
	case RQ_CTX_PACKET_META:
		rq_reg_set_pointer(to, RQ_PTR_TO_PACKET_META, 0);
		return 0;
	case RQ_CTX_PACKET_END:
		rq_reg_set_pointer(to, RQ_PTR_TO_PACKET_END, 0);
		return 0;
	case RQ_CTX_SOCK_COMMON_OR_NULL:
		rq_reg_set_pointer(to, RQ_PTR_TO_SOCK_COMMON, RQ_PTR_MAYBE_NULL);
		to->id = rq_new_id(v);
		return 0;
	case RQ_CTX_SOCKET_OR_NULL:
		rq_reg_set_pointer(to, RQ_PTR_TO_SOCKET, RQ_PTR_MAYBE_NULL);
		to->id = rq_new_id(v);
		return 0;
	case RQ_CTX_SOCKET:
		rq_reg_set_pointer(to, RQ_PTR_TO_SOCKET, 0);
		return 0;
	case RQ_CTX_FLOW_KEYS:
		rq_reg_set_pointer(to, RQ_PTR_TO_FLOW_KEYS, 0);
		return 0;
	case RQ_CTX_BTF_POINTER:
		id = rq_kernel_struct(v, field->type_name);
		if (id < 0)
			return bad_access(v, off, size);
		rq_reg_set_btf(to, RQ_PTR_TRUSTED, v->prog->kernel_btf, (uint32_t)id);
		return 0;
	default:
		return rq_unsupported(v, "this field of the context is");
	}
}

/* How much of a large context the program can reach: that much is made ready before a run. */
static void note_reach(struct rq_verifier *v, int32_t off, uint32_t size)
{
	if ((uint32_t)off + size > v->prog->max_ctx_offset)
		v->prog->max_ctx_offset = (uint32_t)off + size;
}

int rq_context_access(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, enum rq_access access,
		      int32_t value_regno, bool sign_extend)
{
	const struct rq_prog *prog = v->prog;
	const struct rq_ctx_field *field;
	int err;

	/* docs/verifier.md, context 1: the context is accessed through the pointer as it was given. */
	err = rq_check_ptr_offset(v, &rq_regs(v)[regno], regno, false);
	if (err)
		return err;
	if (prog->type->type == BPF_PROG_TYPE_SYSCALL) {
		if (off < 0 || off >= SYSCALL_CONTEXT_MAX || off % (int32_t)size)
			return bad_access(v, off, size);
		note_reach(v, off, size);
		if (access == RQ_READ && value_regno >= 0)
			rq_reg_set_unknown(&rq_regs(v)[value_regno]);
		return 0;
	}
	if (prog->type->raw_args)
		return raw_argument(v, off, size, access, value_regno);
	field = off < 0 ? NULL :
			  rq_prog_ctx_field(prog->type, prog->expected_attach_type, (uint32_t)off, size, access != RQ_READ);
	if (!field)
		return bad_access(v, off, size);
	/* A pointer's sign can't be extended. */
	if (sign_extend && field->kind != RQ_CTX_SCALAR)
		return bad_access(v, off, size);
	if (rq_prog_context_is_large(prog->type))
		note_reach(v, off, size);
	if (access != RQ_READ || value_regno < 0)
		return 0;
	return load_field(v, field, off, size, value_regno);
}

int rq_context_call_mem(struct rq_verifier *v, uint32_t regno, uint32_t size, int access, bool zero_allowed)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];

	/* Only where the context is plain memory: elsewhere its fields are not where a helper would find them. */
	if (v->prog->type->type != BPF_PROG_TYPE_SYSCALL)
		return rq_reject(v, -EACCES, "R%u type=%s expected=fp", regno, rq_reg_name(v, reg));
	if (!size)
		return zero_allowed ? 0 : -EACCES;
	return rq_context_access(v, regno, reg->off, size, access & RQ_READ ? RQ_READ : RQ_WRITE, -1, false);
}

/* ---- Sockets ---- */

/* docs/verifier.md, context 5: fields of struct bpf_sock and bpf_tcp_sock are loaded, never stored. */
static bool socket_load_allowed(uint32_t off, uint32_t size)
{
	bool whole_only = off < offsetof(struct bpf_sock, family) ||
			  (off >= offsetof(struct bpf_sock, mark) && off < offsetof(struct bpf_sock, src_ip4));

	if (off + size > sizeof(struct bpf_sock) || off % size || size > 4)
		return false;
	if (whole_only)
		return size == 4;
	/* A 16-bit field in a 32-bit place. */
	if (off >= offsetof(struct bpf_sock, dst_port) + 2 && off < offsetof(struct bpf_sock, dst_ip4))
		return false;
	return true;
}

static bool tcp_load_allowed(uint32_t off, uint32_t size)
{
	if (off + size > sizeof(struct bpf_tcp_sock) || off % size)
		return false;
	if (off == offsetof(struct bpf_tcp_sock, bytes_received) || off == offsetof(struct bpf_tcp_sock, bytes_acked))
		return size == 8;
	return size == 4;
}

int rq_socket_access(struct rq_verifier *v, uint32_t regno, int32_t off, uint32_t size, enum rq_access access,
		     int32_t value_regno)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	bool allowed = false;

	if (access != RQ_READ)
		return rq_reject(v, -EACCES, "R%u cannot write into %s", regno, rq_reg_name(v, reg));
	if (reg->value.smin < 0)
		return rq_reject(v, -EACCES,
				 "R%u min value is negative, either use unsigned index or do a if (index >=0) check.",
				 regno);
	if (off >= 0 && rq_value_is_const(&reg->value)) {
		if (reg->type == RQ_PTR_TO_TCP_SOCK)
			allowed = tcp_load_allowed((uint32_t)off, size);
		else if (reg->type == RQ_PTR_TO_SOCK_COMMON)
			allowed = (uint32_t)off < offsetof(struct bpf_sock, type) &&
				  socket_load_allowed((uint32_t)off, size);
		else if (reg->type == RQ_PTR_TO_SOCKET)
			allowed = socket_load_allowed((uint32_t)off, size);
		else
			allowed = off == 0 && size == 4; /* the queue of an XDP socket */
	}
	if (!allowed)
		return rq_reject(v, -EACCES, "R%u invalid %s access off=%d size=%u", regno, rq_reg_name(v, reg), off,
				 size);
	if (value_regno >= 0)
		rq_reg_set_unknown(&rq_regs(v)[value_regno]);
	return 0;
}
