/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks, saved irq flags, preemption and RCU regions: docs/verifier.md, "Locks", "Irq flags", "Regions".
 */
#include <errno.h>

#include "base/memory.h"
#include "verifier/calls.h"

/* What the four duties on a lock have in common and where they differ. */
struct lock_kind {
	enum rq_duty lock, unlock;
	enum rq_reference_kind reference;
	enum rq_field_kind field;
	const char *name;
};

static const struct lock_kind lock_kinds[] = {
	{ RQ_DUTY_LOCK, RQ_DUTY_UNLOCK, RQ_REF_LOCK, RQ_FIELD_SPIN_LOCK, "bpf_spin" },
	{ RQ_DUTY_RES_LOCK, RQ_DUTY_RES_UNLOCK, RQ_REF_RES_LOCK, RQ_FIELD_RES_SPIN_LOCK, "bpf_res_spin" },
	{ RQ_DUTY_RES_LOCK_IRQSAVE, RQ_DUTY_RES_UNLOCK_IRQRESTORE, RQ_REF_RES_LOCK_IRQ, RQ_FIELD_RES_SPIN_LOCK,
	  "bpf_res_spin" },
};

/* docs/verifier.md, profiles: which kernel first has a rule. */
static const enum rq_kernel rule_since[RQ_RULES] = {
	[RQ_RULE_RCU_NESTS] = RQ_KERNEL_7_3,
};

bool rq_rule_holds(struct rq_verifier *v, enum rq_rule rule)
{
	return rq_since(v, rule_since[rule]);
}

/* A lock is known by its allocation: the map (or, of objects, the types) and the id of the lookup. */
static const void *lock_owner(const struct rq_reg *reg)
{
	if (reg->type == RQ_PTR_TO_MAP_VALUE)
		return reg->map;
	return reg->btf;
}

/* docs/verifier.md, locks 2-4: the argument points exactly at the one lock of its allocation. */
static int check_place(struct rq_verifier *v, uint32_t regno, const struct lock_kind *kind)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	const struct rq_record *record = rq_reg_record(reg);
	const struct rq_map *map = reg->type == RQ_PTR_TO_MAP_VALUE ? reg->map : NULL;
	int64_t offset = (int64_t)reg->value.bits.value + reg->off;
	int32_t lock_offset;

	if (!rq_value_is_const(&reg->value))
		return rq_reject(v, -EINVAL, "R%u doesn't have constant offset. %s_lock has to be at the constant offset",
				 regno, kind->name);
	if (map && !map->btf)
		return rq_reject(v, -EINVAL, "map '%s' has to have BTF in order to use %s_lock", map->name, kind->name);
	if (!record || !(record->kinds & 1u << kind->field))
		return rq_reject(v, -EINVAL, "%s '%s' has no valid %s_lock", map ? "map" : "local",
				 map ? map->name : "kptr", kind->name);
	lock_offset = kind->field == RQ_FIELD_SPIN_LOCK ? record->spin_lock_offset : record->res_spin_lock_offset;
	if (offset != lock_offset)
		return rq_reject(v, -EINVAL, "off %lld doesn't point to 'struct %s_lock' that is at %d",
				 (long long)offset, kind->name, lock_offset);
	return 0;
}

/* For lock-order analysis: what is taken here, and what is held then. */
static int tell_listener(struct rq_verifier *v, const struct rq_verify_lock *lock)
{
	const struct rq_verify_listener *listener = v->options->listener;
	const struct rq_state *state = v->state;
	struct rq_verify_lock *held;
	uint32_t count = 0;

	if (!listener || !listener->lock_taken)
		return 0;
	held = rq_alloc(state->ref_count + 1, sizeof(*held));
	if (!held)
		return -ENOMEM;
	for (uint32_t i = 0; i < state->ref_count; i++)
		if (state->refs[i].kind & RQ_REF_ANY_LOCK)
			held[count++] = state->refs[i].lock;
	listener->lock_taken(listener->arg, v->prog, lock, held, count);
	rq_free(held);
	return 0;
}

static int take(struct rq_verifier *v, const struct rq_reg *reg, const struct lock_kind *kind)
{
	const struct rq_verify_lock lock = { .map = reg->type == RQ_PTR_TO_MAP_VALUE ? reg->map : NULL,
					     .offset = (int32_t)reg->value.bits.value + reg->off, .insn = v->insn };
	const void *owner = lock_owner(reg);
	int error;

	/* locks 5: what is certain to fail at run time is refused here. */
	if (kind->reference == RQ_REF_LOCK) {
		if (v->state->active_locks)
			return rq_reject(v, -EINVAL, "Locking two bpf_spin_locks are not allowed");
	} else if (rq_state_lock_held(v->state, RQ_REF_RES_LOCK | RQ_REF_RES_LOCK_IRQ, reg->id, owner)) {
		return rq_reject(v, -EINVAL, "Acquiring the same lock again, AA deadlock detected");
	}
	error = tell_listener(v, &lock);
	if (!error)
		error = rq_reference_acquire(v, kind->reference, reg->id, owner);
	if (!error)
		v->state->refs[v->state->ref_count - 1].lock = lock;
	return error;
}

static int release(struct rq_verifier *v, const struct rq_reg *reg, const struct lock_kind *kind)
{
	struct rq_state *state = v->state;
	const void *owner = lock_owner(reg);
	int error;

	/* locks 6 */
	if (!state->active_locks)
		return rq_reject(v, -EINVAL, "%s_unlock without taking a lock", kind->name);
	if (!rq_state_lock_held(state, kind->reference, reg->id, owner))
		return rq_reject(v, -EINVAL, "%s_unlock of different lock", kind->name);
	/* locks 7: in the reverse order of acquisition. */
	if (reg->id != state->active_lock_id || owner != state->active_lock_ptr)
		return rq_reject(v, -EINVAL, "%s_unlock cannot be out of order", kind->name);
	error = rq_state_lock_release(state, kind->reference, reg->id, owner);
	if (error)
		return rq_reject(v, error, "%s_unlock of different lock", kind->name);
	rq_invalidate_non_owning(v);
	return 0;
}

int rq_check_lock_argument(struct rq_verifier *v, uint32_t regno, enum rq_duty duty)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	int error;

	for (unsigned int i = 0; i < sizeof(lock_kinds) / sizeof(*lock_kinds); i++) {
		const struct lock_kind *kind = &lock_kinds[i];

		if (duty != kind->lock && duty != kind->unlock)
			continue;
		error = check_place(v, regno, kind);
		if (error)
			return error;
		return duty == kind->lock ? take(v, reg, kind) : release(v, reg, kind);
	}
	return rq_unsupported(v, "lock argument of this function");
}

/*
 * docs/verifier.md, locks 8: the failure of a lock kfunc is a path of its own, walked after success: R0 is -4095 .. -1
 * and nothing else has changed. So the verifier knows for each test of the result what was taken.
 */
int rq_fork_lock_failure(struct rq_verifier *v)
{
	struct rq_state *branch;
	struct rq_reg *regs;
	int error;

	v->state->lock_failures <<= 1;
	error = rq_push_branch(v, v->insn + 1, &branch);
	if (error)
		return error;
	branch->lock_failures |= 1;
	regs = branch->frames[branch->current]->regs;
	for (unsigned int i = 0; i <= 5; i++)
		rq_reg_set_not_init(&regs[i]);
	rq_reg_set_unknown(&regs[0]);
	regs[0].value = rq_value_srange(-4095, -1);
	return 0;
}

/* ---- Irq flags ---- */

static enum rq_irq_class irq_class_of(enum rq_duty duty)
{
	return duty == RQ_DUTY_IRQ_SAVE || duty == RQ_DUTY_IRQ_RESTORE ? RQ_IRQ_NATIVE : RQ_IRQ_LOCK;
}

static const char *irq_class_name(enum rq_irq_class class)
{
	return class == RQ_IRQ_NATIVE ? "native" : "lock";
}

static bool slot_has(const struct rq_slot *slot, enum rq_stack_byte kind, bool all)
{
	for (unsigned int i = 0; i < 8; i++)
		if ((slot->bytes[i] == kind) != all)
			return !all;
	return all;
}

/* irq flags 2: a live flag must not be saved over. */
static int save_flag(struct rq_verifier *v, uint32_t regno, enum rq_irq_class class)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	struct rq_frame *frame;
	struct rq_slot *slot;
	uint32_t index, id;
	int error;

	error = rq_stack_object_slots(v, reg, "irq_flag", 1, &frame, &index);
	if ((error && error != -ERANGE) || (!error && slot_has(&frame->slots[index], RQ_STACK_IRQ_FLAG, false)))
		return rq_reject(v, -EINVAL, "expected uninitialized irq flag as arg#%u", regno - 1);
	error = rq_check_mem_access(v, regno, 0, 8, RQ_WRITE, -1, false);
	if (error)
		return error;
	error = rq_stack_object_slots(v, reg, "irq_flag", 1, &frame, &index);
	if (error)
		return error;
	id = rq_new_id(v);
	error = rq_reference_acquire(v, RQ_REF_IRQ, id, NULL);
	if (error)
		return error;
	slot = &frame->slots[index];
	rq_slot_fill(slot, RQ_STACK_IRQ_FLAG);
	rq_reg_set_const(&slot->spill, 0);
	slot->spill.type = RQ_PTR_TO_STACK;
	slot->spill.ref_id = id;
	slot->irq_class = class;
	rq_stack_mark_written(v, frame, index, 1);
	return 0;
}

/* irq flags 3-5 */
static int restore_flag(struct rq_verifier *v, uint32_t regno, enum rq_irq_class class)
{
	const struct rq_reg *reg = &rq_regs(v)[regno];
	struct rq_state *state = v->state;
	struct rq_frame *frame;
	struct rq_slot *slot;
	uint32_t index;
	int error;

	error = rq_stack_object_slots(v, reg, "irq_flag", 1, &frame, &index);
	if (error || !slot_has(&frame->slots[index], RQ_STACK_IRQ_FLAG, true))
		return rq_reject(v, -EINVAL, "expected an initialized irq flag as arg#%u", regno - 1);
	slot = &frame->slots[index];
	rq_stack_mark_read(v, frame, index, 1);
	if (slot->irq_class != class)
		return rq_reject(v, -EINVAL, "irq flag acquired by %s kfuncs cannot be restored with %s kfuncs",
				 irq_class_name(slot->irq_class), irq_class_name(class));
	error = rq_state_irq_release(state, slot->spill.ref_id);
	if (error) {
		uint32_t insn = 0;

		for (uint32_t i = 0; i < state->ref_count; i++)
			if (state->refs[i].id == state->active_irq_id && state->refs[i].kind == RQ_REF_IRQ)
				insn = state->refs[i].insn;
		return rq_reject(v, error, "cannot restore irq state out of order, expected id=%u acquired at insn_idx=%u",
				 state->active_irq_id, insn);
	}
	rq_slot_fill(slot, RQ_STACK_INVALID);
	rq_reg_set_not_init(&slot->spill);
	rq_stack_mark_written(v, frame, index, 1);
	return 0;
}

int rq_check_irq_flag(struct rq_verifier *v, uint32_t regno, enum rq_duty duty)
{
	if (rq_regs(v)[regno].type != RQ_PTR_TO_STACK)
		return rq_reject(v, -EINVAL, "arg#%u doesn't point to an irq flag on stack", regno - 1);
	if (duty == RQ_DUTY_IRQ_SAVE || duty == RQ_DUTY_RES_LOCK_IRQSAVE)
		return save_flag(v, regno, irq_class_of(duty));
	return restore_flag(v, regno, irq_class_of(duty));
}

/* ---- Regions ---- */

/* regions 2: pointers that RCU kept valid are untrusted after the outermost unlock. */
static void end_rcu(struct rq_verifier *v)
{
	struct rq_reg *reg;

	RQ_EACH_REG(v->state, reg) {
		if (reg->flags & RQ_PTR_RCU && rq_reg_is_pointer(reg)) {
			reg->flags &= ~(RQ_PTR_RCU | RQ_PTR_MAYBE_NULL);
			reg->flags |= RQ_PTR_UNTRUSTED;
		}
	}
	rq_distrust_iterators(v);
}

static int check_rcu(struct rq_verifier *v, const struct rq_func *func)
{
	struct rq_state *state = v->state;
	bool lock = func->duty == RQ_DUTY_RCU_LOCK, unlock = func->duty == RQ_DUTY_RCU_UNLOCK;

	if ((lock || unlock) && state->active_rcu_locks && rq_in_graph_callback(v))
		return rq_reject(v, -EACCES, "Calling bpf_rcu_read_{lock,unlock} in unnecessary rbtree callback");
	if (lock) {
		if (state->active_rcu_locks && !rq_rule_holds(v, RQ_RULE_RCU_NESTS))
			return rq_reject(v, -EINVAL, "nested rcu read lock (kernel function %s)", func->name);
		state->active_rcu_locks++;
	} else if (unlock) {
		if (!state->active_rcu_locks)
			return rq_reject(v, -EINVAL, "unmatched rcu read unlock (kernel function %s)", func->name);
		if (!--state->active_rcu_locks)
			end_rcu(v);
	} else if (state->active_rcu_locks && (func->flags & RQ_KF_SLEEPABLE)) {
		return rq_reject(v, -EACCES, "kernel func %s is sleepable within rcu_read_lock region", func->name);
	}
	return 0;
}

/* regions 3 */
static int check_preempt(struct rq_verifier *v, const struct rq_func *func)
{
	struct rq_state *state = v->state;

	if (func->duty == RQ_DUTY_PREEMPT_DISABLE) {
		state->active_preempt_locks++;
	} else if (func->duty == RQ_DUTY_PREEMPT_ENABLE) {
		if (!state->active_preempt_locks)
			return rq_reject(v, -EINVAL, "unmatched attempt to enable preemption (kernel function %s)",
					 func->name);
		state->active_preempt_locks--;
	} else if (state->active_preempt_locks && (func->flags & RQ_KF_SLEEPABLE)) {
		return rq_reject(v, -EACCES, "kernel func %s is sleepable within non-preemptible region", func->name);
	}
	return 0;
}

int rq_check_kfunc_regions(struct rq_verifier *v, const struct rq_func *func)
{
	int error = check_rcu(v, func);

	if (!error)
		error = check_preempt(v, func);
	if (!error && v->state->active_irq_id && (func->flags & RQ_KF_SLEEPABLE))
		return rq_reject(v, -EACCES, "kernel func %s is sleepable within IRQ-disabled region", func->name);
	return error;
}

/* regions 4 */
int rq_check_helper_regions(struct rq_verifier *v, const struct rq_func *func)
{
	const struct rq_state *state = v->state;
	const char *region = NULL;

	if (!(func->flags & RQ_KF_SLEEPABLE))
		return 0;
	if (state->active_rcu_locks)
		region = "rcu_read_lock";
	else if (state->active_preempt_locks)
		region = "non-preemptible";
	else if (state->active_irq_id)
		region = "IRQ-disabled";
	if (region)
		return rq_reject(v, -EINVAL, "sleepable helper %s#%u in %s region", func->name, func->helper, region);
	return 0;
}

/* regions 1: in this order. Inside a callback or subprogram only references are looked at, and only by bpf_throw(). */
int rq_check_leaving(struct rq_verifier *v, const char *how, bool exception, bool check_locks)
{
	const struct rq_state *state = v->state;
	bool leak = false;

	if (check_locks && state->active_locks)
		return rq_reject(v, -EINVAL, "%s cannot be used inside bpf_spin_lock-ed region", how);
	if (exception || !state->current) {
		for (uint32_t i = 0; i < state->ref_count; i++) {
			if (state->refs[i].kind != RQ_REF_POINTER)
				continue;
			rq_say(v, "Unreleased reference id=%u alloc_insn=%u", state->refs[i].id, state->refs[i].insn);
			leak = true;
		}
	}
	if (leak)
		return rq_reject(v, -EINVAL, "%s would lead to reference leak", how);
	if (check_locks && state->active_irq_id)
		return rq_reject(v, -EINVAL, "%s cannot be used inside bpf_local_irq_save-ed region", how);
	if (check_locks && state->active_rcu_locks)
		return rq_reject(v, -EINVAL, "%s cannot be used inside bpf_rcu_read_lock-ed region", how);
	if (check_locks && state->active_preempt_locks)
		return rq_reject(v, -EINVAL, "%s cannot be used inside bpf_preempt_disable-ed region", how);
	return 0;
}
