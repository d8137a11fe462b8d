# SPDX-License-Identifier: BSD-2-Clause
# A short stress of each example: counters exact, deadlocks found and told with both parties' lines, Ctrl-C. JSON: formats.sh.
. "$(dirname "$0")/lib.sh"

run "$rqspin" stress --duration 1s --rate 5000 --irq on_interrupt --nmi on_interrupt "$examples/counter.bpf.o"
expect_status 0
expect_no_err
expect_out '^counter.bpf.o: 4 CPUs, [0-9.]+ s'
expect_out '^count_packet +task +[1-9]'
expect_out '^on_interrupt +irq,nmi +[1-9]'
expect_out '^counter_lock +[1-9]'
expect_out '^irq +[1-9]'
expect_out '^nmi +[1-9]'
expect_out '^counter = [1-9][0-9,]*: exact$'
expect_out '^  it interrupted (count_packet|on_interrupt) on this CPU, which was (taking|releasing) that very lock at counter.bpf.c:[0-9]+$'
refuse_out 'DIFFERS'

run "$rqspin" stress --duration 2s "$examples/transfer.bpf.o"
expect_status 0
expect_out '^accounts\[0\]\.lock +[1-9]'
expect_out '^accounts\[1\]\.lock +[1-9]'
expect_out '^total = 0: exact$'
expect_out '^transfers = [1-9][0-9,]*: exact$'
expect_out '^[0-9,]+ x -EDEADLK, ABBA: accounts\[[01]\]\.lock in transfer_'
expect_out '^  CPU [0-9] in transfer_a_to_b holds accounts\[0\]\.lock \(taken at transfer.bpf.c:[0-9]+\) and wants accounts\[1\]\.lock at transfer.bpf.c:[0-9]+$'
expect_out '^  CPU [0-9] in transfer_b_to_a holds accounts\[1\]\.lock \(taken at transfer.bpf.c:[0-9]+\) and wants accounts\[0\]\.lock at transfer.bpf.c:[0-9]+$'
expect_out '^ +[0-9]+ \| err = bpf_res_spin_lock\(&to->lock\);$'

run "$rqspin" stress --duration 1s --fail-on deadlock "$examples/transfer.bpf.o"
expect_status 1
expect_out '^failed on: abba$'
run "$rqspin" stress --duration 500ms --fail-on timeout "$examples/transfer.bpf.o"
expect_status 0

run "$rqspin" stress --duration 1s --rate 5000 "$examples/nmi-sampler.bpf.o"
expect_status 0
expect_err "note: Linux 6.18 would reject program 'sample'"
expect_out '^sample +nmi +[1-9]'
expect_out '^packets = [1-9][0-9,]*: exact$'
expect_out '^samples = [1-9][0-9,]*: exact$'
expect_out '^torn = 0: exact$'

# A counter that nothing protects: the report says that it differs, or it was lucky; never that it can't tell.
run "$rqspin" stress --duration 500ms --cpus 1 "$helpers/returns.bpf.o"
expect_status 0
expect_out '^No lock was taken\.$'

# The seed is also that of the programs' random numbers.
drawn() { "$rqspin" stress --cpus 1 --duration 20ms --seed "$1" "$helpers/seed.bpf.o" | grep '^first = '; }
what='random numbers by seed'
[ -n "$(drawn 1)" ] && [ "$(drawn 1)" = "$(drawn 1)" ] || complain 'the same for the same seed'
[ "$(drawn 1)" != "$(drawn 2)" ] || complain 'others for another seed'

# Ctrl-C ends it as the duration would.
"$rqspin" stress --duration 10m "$examples/transfer.bpf.o" >"$work/out" 2>"$work/err" &
sleep 1
kill -INT $!
wait $!
status=$?
what='Ctrl-C'
expect_status 0
expect_out ' \(interrupted\)'
expect_out '^total = 0: exact$'
finish
