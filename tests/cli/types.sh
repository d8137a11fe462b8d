# SPDX-License-Identifier: BSD-2-Clause
# examples/types: a program of each type that may take the lock. The verdict of each profile; a run; a second of stress in its
# default role, counters exact; and what the running kernel says, where it may be asked.
. "$(dirname "$0")/lib.sh"

# The first profile that gives the type a map with a lock, and what the ones before say.
gate()
{
	case $1 in
	socket-filter) echo relaxed 'socket filter progs cannot use bpf_spin_lock yet' ;;
	kprobe | tracepoint | perf-event | raw-tracepoint) echo 7.3 'tracing progs cannot use bpf_spin_lock yet' ;;
	*) echo 6.15 ;;
	esac
}

default_role()
{
	case $1 in
	kprobe | tracepoint | raw-tracepoint | tracing | lsm) echo irq ;;
	perf-event) echo nmi ;;
	*) echo task ;;
	esac
}

checked=0
for object in "$examples"/types/*.bpf.o; do
	kind=$(basename "$object" .bpf.o)
	read -r since reason <<<"$(gate "$kind")"
	accepts=''
	for kernel in 6.15 6.18 7.3 relaxed; do
		[ $kernel != "$since" ] || accepts=yes
		run "$rqspin" check --kernel $kernel --format tsv "$object"
		programs=$(cut -f1 "$work/out" | cut -d: -f2)
		if [ -n "$accepts" ]; then
			expect_status 0
			expect_out '	ACCEPT	$'
		else
			expect_status 1
			expect_out "	REJECT	$reason\$"
		fi
	done
	for program in $programs; do
		run "$rqspin" run "$object" "$program"
		expect_status 0
		expect_out '^return value: -?[0-9]+$'
	done

	run "$rqspin" stress --duration 1s --fail-on timeout "$object"
	expect_status 0
	for program in $programs; do
		expect_out "^$program +$(default_role "$kind") +[1-9]"
	done
	expect_out '^[a-z]+ = [1-9][0-9,]*: exact$'
	refuse_out DIFFERS
	checked=$((checked + 1))
done
[ $checked -ge 29 ] || complain "at least 29 kinds, not $checked"

run "$helpers/ask-kernel" "$examples"/types/*.bpf.o
if [ "$status" = 77 ]; then
	echo 'the kernel was not asked'
else
	expect_status 0
	asked=$(grep -cv '	EPERM$' "$work/out")
	refused=$(grep -c '	EPERM$' "$work/out")
	grep -v '	EPERM$' "$work/out" | sort >"$work/kernel"
	"$rqspin" check --kernel 6.18 --format tsv "$examples"/types/*.bpf.o | awk -F '\t' '{
		sub(/:/, "\t", $1); print $1 "\t" $3 }' | sort >"$work/ours"
	missing=$(comm -23 "$work/kernel" "$work/ours")
	[ -z "$missing" ] || complain "the kernel's verdicts: $missing"
	echo "compared with the kernel: $asked; not permitted: $refused"
fi
finish
