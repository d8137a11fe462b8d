# SPDX-License-Identifier: BSD-2-Clause
# Verdicts as text and as tsv, explanations, kernels, and exit statuses. JSON and sarif: formats.sh.
. "$(dirname "$0")/lib.sh"
tab=$(printf '\t')

run "$rqspin" check "$examples/counter.bpf.o"
expect_status 0
expect_no_err
expect_out "^counter.bpf.o: program 'count_packet' \(tc\): accepted$"
expect_out "^counter.bpf.o: program 'on_interrupt' \(tc\): accepted$"
expect_out '^2 programs by the rules of Linux 6.18: 2 accepted, 0 rejected$'

run "$rqspin" check --format tsv "$examples/transfer.bpf.o"
expect_status 0
expect_no_err
expect_out "^transfer.bpf.o:transfer_a_to_b${tab}tc${tab}ACCEPT${tab}$"
expect_out "^transfer.bpf.o:transfer_b_to_a${tab}tc${tab}ACCEPT${tab}$"
[ "$(wc -l <"$work/out")" = 2 ] || complain 'two lines'

# 6.18 gives no map with a lock to perf_event programs; we do.
run "$rqspin" check --format tsv "$examples/nmi-sampler.bpf.o"
expect_status 1
expect_out "^nmi-sampler.bpf.o:sample${tab}perf_event${tab}REJECT${tab}tracing progs cannot use bpf_spin_lock yet$"
run "$rqspin" check --kernel relaxed "$examples/nmi-sampler.bpf.o"
expect_status 0

# A rejection: the reason, the way there, the line between its neighbours, registers, what is held, what to do.
run "$rqspin" check "$helpers/broken.bpf.o"
expect_status 1
expect_out "^broken.bpf.o: program 'ignores_result': line 12: bpf_res_spin_unlock without taking a lock$"
expect_lines '    11 | bpf_res_spin_lock(&lock);
       |     -> returned -4095..-1: the lock was not taken
    12 | bpf_res_spin_unlock(&lock);
       | ^ here
    13 | return 0;
   R1: a value of map '"'.data.lock'"' (4 bytes)
   held here: nothing
   hint: the lock may not have been taken here: test the result of bpf_res_spin_lock() first'
expect_out "program 'forgets_unlock': .*BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region"
expect_out '-> returned 0: the lock is held from here on$'
expect_out '^   held here: bpf_res_spin_lock \(line 19\)$'
expect_out "program 'takes_twice': .*Acquiring the same lock again, AA deadlock detected"
expect_out '-> bpf_res_spin_lock\(\) == 0: on to line 27$'
expect_out "program 'out_of_order': .*bpf_res_spin_unlock cannot be out of order"
expect_out "program 'good' \(tc\): accepted"
expect_out '^5 programs by the rules of Linux 6.18: 1 accepted, 4 rejected$'

run "$rqspin" check -v "$examples/counter.bpf.o"
expect_status 0
expect_out '^processed [0-9]+ insns'

# All kernels: a row a program, the reason once, a mark where nobody asked that kernel.
run "$rqspin" check --kernel all "$examples/nmi-sampler.bpf.o"
expect_status 1
expect_out '^program +6\.15 +6\.18 +7\.3 +relaxed$'
expect_out '^nmi-sampler.bpf.o:count_packet +accept +accept +accept +accept$'
expect_out '^nmi-sampler.bpf.o:sample +REJECT +REJECT +accept \* +accept$'
expect_out '^   6\.15, 6\.18: tracing progs cannot use bpf_spin_lock yet$'
expect_out '^\* unmeasured: '
run "$rqspin" check --kernel all --format tsv "$examples/nmi-sampler.bpf.o"
expect_out "^nmi-sampler.bpf.o:sample${tab}perf_event${tab}REJECT${tab}tracing progs cannot use bpf_spin_lock yet${tab}6.18${tab}$"
expect_out "^nmi-sampler.bpf.o:sample${tab}perf_event${tab}ACCEPT${tab}${tab}7.3${tab}unmeasured$"
[ "$(wc -l <"$work/out")" = 8 ] || complain 'eight lines'
run "$rqspin" check --kernel 7.3 "$examples/nmi-sampler.bpf.o"
expect_status 0
expect_out "program 'sample' \(perf_event\): accepted \(unmeasured\)$"
run "$rqspin" check --kernel 7.3 --format tsv "$examples/nmi-sampler.bpf.o"
expect_out "^nmi-sampler.bpf.o:sample${tab}perf_event${tab}ACCEPT${tab}$"
expect_one_line_err
expect_err 'note: 1 of these verdicts for 7.3 rest on documentation and are unmeasured'
run "$rqspin" check --kernel all "$examples/counter.bpf.o"
expect_status 0
refuse_out unmeasured

# The running kernel's verdict, where it may be asked. In another process: ours is untouched by it.
run "$rqspin" check --against-kernel "$examples/counter.bpf.o"
if [ "$status" = 2 ]; then
	expect_refusal '--against-kernel: bpf\(2\) is not permitted here \(.*\); it needs root'
elif "$helpers/kernel-has-locks"; then
	expect_status 0
	expect_out '^the running Linux .*: 2 agree, 0 agree in other words, 0 disagree, 0 it would not judge$'
	run "$rqspin" check --against-kernel --kernel 7.3 --format tsv "$helpers/broken.bpf.o"
	expect_status 1
	refuse_out 'kernel:'
fi
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && setpriv --reuid=65534 --clear-groups "$rqspin" --version >/dev/null 2>&1; then
	run setpriv --reuid=65534 --clear-groups --bounding-set=-all "$rqspin" check "$examples/counter.bpf.o"
	expect_status 0
	run setpriv --reuid=65534 --clear-groups --bounding-set=-all "$rqspin" check --against-kernel "$examples/counter.bpf.o"
	[ "$(cat /proc/sys/kernel/unprivileged_bpf_disabled 2>/dev/null)" = 0 ] ||
		expect_refusal '--against-kernel: bpf\(2\) is not permitted here'
fi
run "$rqspin" check --against-kernel --kernel all "$examples/counter.bpf.o"
expect_refusal '--against-kernel .*leave out --kernel all'
finish
