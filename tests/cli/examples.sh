# SPDX-License-Identifier: BSD-2-Clause
# Every example: the verdict of each profile, a run of each program, a second of stress with exact counters.
. "$(dirname "$0")/lib.sh"

# What the profiles before 7.3 refuse, and why.
tracing='tracing progs cannot use bpf_spin_lock yet'
# program<TAB>reason, for each program of the object that @2 refuses
refused()
{
	run "$rqspin" check --kernel "$2" --format tsv "$examples/$1.bpf.o"
	awk -F '\t' '$3 == "REJECT" { sub(/.*:/, "", $1); printf "%s: %s\n", $1, $4 }' "$work/out"
}

# example, what 6.15 and 6.18 refuse of it (nothing: "")
verdicts()
{
	for kernel in 6.15 6.18; do
		[ "$(refused "$1" $kernel)" = "$2" ] || complain "for $kernel: $2"
	done
	for kernel in 7.3 relaxed; do
		[ -z "$(refused "$1" $kernel)" ] || complain "all accepted for $kernel"
	done
	run "$rqspin" check --kernel relaxed --format tsv "$examples/$1.bpf.o"
	for program in $(sed 's/^[^:]*:\([^	]*\).*/\1/' "$work/out"); do
		run "$rqspin" run "$examples/$1.bpf.o" "$program"
		expect_status 0
		expect_out '^return value: 0$'
	done
}

# example, counters that the report must call exact, options
stress()
{
	object=$examples/$1.bpf.o counters=$2
	shift 2
	run "$rqspin" stress --duration 1s --rate 5000 --fail-on timeout "$@" "$object"
	expect_status 0
	for counter in $counters; do
		expect_out "^$counter = -?[0-9,]+: exact\$"
	done
	refuse_out DIFFERS
}

verdicts counter ''
verdicts transfer ''
verdicts nmi-sampler "sample: $tracing"
verdicts lru ''
verdicts queue ''
verdicts percpu-cache "look: $tracing"
verdicts chain ''
verdicts embed ''

stress counter counter --task count_packet,on_interrupt --irq on_interrupt --nmi on_interrupt
stress transfer 'total transfers' --irq transfer_b_to_a --nmi transfer_a_to_b
stress nmi-sampler 'packets samples torn' --irq count_packet --nmi sample
stress lru 'clock length out_of_order' --task use_new,rescue --irq rescue --nmi use_new
expect_out '^length = (64|6[0-3]|[1-5]?[0-9]): exact$'
stress queue 'pending served out_of_order' --task serve,submit --irq submit --nmi submit
expect_out '^served = [1-9]'
stress percpu-cache 'batches taken_twice' --task use_one,use_many --irq use_one --nmi look
expect_out '^taken_twice = 0: exact$'
stress chain 'visits_a visits_b visits_c' --policy full --irq a_then_b --nmi c_then_a
expect_out ' x -EDEADLK, longer cycle: '

# Linux sees no cycle of three: a wait of 250 ms ends it.
run "$rqspin" stress --duration 1s --fail-on timeout "$examples/chain.bpf.o"
expect_status 1
expect_out '^failed on: timeout$'
expect_out ' x -ETIMEDOUT, timeout: [abc] in [abc]_then_[abc], after at most 2[5-9][0-9]\.[0-9] ms$'
expect_out '^visits_[abc] = [0-9,]+: exact$'
refuse_out DIFFERS
refuse_out 'longer cycle'
finish
