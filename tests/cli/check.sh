# SPDX-License-Identifier: BSD-2-Clause
# Verdicts as text and as tsv, and exit statuses.
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

# A rejection: reason, source lines, what to do.
run "$rqspin" check "$helpers/broken.bpf.o"
expect_status 1
expect_out "^broken.bpf.o: program 'ignores_result': line [0-9]+: bpf_res_spin_unlock without taking a lock$"
expect_out '^ +[0-9]+ \| *bpf_res_spin_unlock\(&lock\);'
expect_out "program 'forgets_unlock': .*BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region"
expect_out "program 'takes_twice': .*Acquiring the same lock again, AA deadlock detected"
expect_out "program 'out_of_order': .*bpf_res_spin_unlock cannot be out of order"
expect_out "program 'good' \(tc\): accepted"
expect_out '^5 programs by the rules of Linux 6.18: 1 accepted, 4 rejected$'

run "$rqspin" check -v "$examples/counter.bpf.o"
expect_status 0
expect_out '^processed [0-9]+ insns'
finish
