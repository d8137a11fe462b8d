# SPDX-License-Identifier: BSD-2-Clause
# rqspin run prints two lines, exactly, and says by its status whether the program ran.
. "$(dirname "$0")/lib.sh"
returns=$helpers/returns.bpf.o

expect_value()
{
	expect_status 0
	expect_no_err
	expect_out "^return value: $1$"
	expect_out '^duration: [0-9]+ ns$'
	[ "$(wc -l <"$work/out")" = 2 ] || complain 'two lines'
	[ "$(head -n 1 "$work/out")" = "return value: $1" ] || complain 'the value first'
}

run "$rqspin" run "$returns" minus_seven
expect_value -7
run "$rqspin" run "$returns" length
expect_value 64
run "$rqspin" run "$returns" first_byte
expect_value 0
run "$rqspin" run --repeat 5 "$returns" count_calls
expect_value 5
run "$rqspin" run --cpu 2 "$returns" cpu
expect_value 2

printf 'abcdefghijklmnopqrst' >"$work/packet"
run "$rqspin" run --data-in "$work/packet" --data-out "$work/changed" "$returns" first_byte
expect_value 97
[ "$(od -An -tx1 -N2 "$work/changed" | tr -d ' \n')" = ab62 ] || complain 'the changed packet'
[ "$(stat -c %s "$work/changed")" = 20 ] || complain '20 bytes'

run "$rqspin" run --data-in "$work/none" "$returns" length
expect_refusal 'none: No such file'
run "$rqspin" run --data-out "$work/no/such/folder" "$returns" length
expect_status 2
expect_err 'no/such/folder'

run "$rqspin" run "$helpers/broken.bpf.o" ignores_result
expect_status 1
expect_no_out
expect_err "program 'ignores_result': line [0-9]+: bpf_res_spin_unlock without taking a lock"
run "$rqspin" run "$helpers/broken.bpf.o" good
expect_value 0

# Tail calls reach the object's other programs; one that is rejected is left out, and told. Alone each has its own verdict.
run "$rqspin" run "$helpers/tail.bpf.o" first
expect_status 0
expect_out '^return value: 42$'
expect_one_line_err
expect_err "note: without program 'broken', which may not be tail called: R1 invalid mem access 'scalar'"
run "$rqspin" check "$helpers/tail.bpf.o"
expect_status 1
expect_out "program 'first' \(tc\): accepted"
expect_out '3 programs by the rules of Linux 6.18: 2 accepted, 1 rejected'
# What a program writes to its own streams.
run "$rqspin" run "$examples/kfuncs/streams.bpf.o" log_packet
expect_status 0
expect_out '^return value: 0$'
expect_err "^rqspin: note: program 'log_packet' wrote to stdout:$"
expect_err '^packet of 64 bytes, mark 0$'

# What 6.18 would not load runs here, with a note.
run "$rqspin" run "$examples/nmi-sampler.bpf.o" sample
expect_status 0
expect_one_line_err
expect_err "note: Linux 6.18 would reject program 'sample': tracing progs cannot use bpf_spin_lock yet"
run "$rqspin" run --kernel 6.18 "$examples/nmi-sampler.bpf.o" sample
expect_status 1
finish
