# SPDX-License-Identifier: BSD-2-Clause
# What the command says to those who don't know it yet, or mistype.
. "$(dirname "$0")/lib.sh"

run "$rqspin"
expect_status 2
expect_no_out
expect_err '^usage: rqspin COMMAND'

run "$rqspin" --help
expect_status 0
expect_no_err
for command in check run stress symbolize kfuncs vm; do
	expect_out "^  $command "
done

run "$rqspin" --version
expect_status 0
expect_out '^rqspin [0-9]+\.[0-9]+\.[0-9]+$'

run "$rqspin" chekc x.o
expect_refusal "unknown command 'chekc' \(did you mean 'check'\?\)"
run "$rqspin" --wrong
expect_refusal "unknown option '--wrong'"
run "$rqspin" zzzzzzzz
expect_refusal "unknown command 'zzzzzzzz'; .rqspin --help. lists them"

for command in check run stress symbolize kfuncs vm; do
	run "$rqspin" $command --help
	expect_status 0
	expect_no_err
	expect_out "^usage: rqspin $command "
	expect_out '^Exit status: '
done
for command in check run stress; do
	run "$rqspin" $command
	expect_refusal "$command"
	run "$rqspin" $command --kernl 6.18 x.o
	expect_refusal "unknown option '--kernl' \(did you mean '--kernel'\?\)"
	run "$rqspin" $command x.o --kernel
	expect_refusal "option '--kernel' needs a value"
	run "$rqspin" $command --kernel 5.4 x.o
	expect_refusal "--kernel '5.4': not a kernel whose rules are known: .*6\.18.*relaxed"
	run "$rqspin" $command -x x.o
	expect_refusal "unknown option '-x'"
	run "$rqspin" $command --help=yes
	expect_refusal "option '--help' takes no value"
done

# What --help lists, the man page and the completion know too.
top=$(dirname "$0")/../..
for command in check run stress kfuncs; do
	run "$rqspin" $command --help
	for option in $(grep -oE '^  (-., )?--[a-z-]+' "$work/out" | grep -oE -- '--[a-z-]+'); do
		grep -qe "$option" "$top/src/cli/completion.bash" || complain "$option in the completion"
		sed 's/\\-/-/g' "$top/docs/man/rqspin.1" | grep -qe "$option" || [ "$option" = --help ] ||
			complain "$option in the man page"
	done
done

counter=$examples/counter.bpf.o
run "$rqspin" check --format tvs "$counter"
expect_refusal "--format 'tvs': .*did you mean 'tsv'.*; text, tsv, json or sarif"
run "$rqspin" run "$counter"
expect_refusal "takes an object and a program's name"
run "$rqspin" run --repeat 0 "$counter" count_packet
expect_refusal "--repeat '0': not a number from 1"
run "$rqspin" stress --cpus 0 "$counter"
expect_refusal "--cpus '0': not a number from 1 to 1024"
run "$rqspin" stress --cpus 4x "$counter"
expect_refusal "--cpus '4x'"
run "$rqspin" stress --duration soon "$counter"
expect_refusal "--duration 'soon': not a time"
run "$rqspin" stress --duration -1s "$counter"
expect_refusal "--duration '-1s': not a time"
run "$rqspin" stress --policy kernal "$counter"
expect_refusal "--policy 'kernal': .*did you mean 'kernel'"
run "$rqspin" stress --fail-on deadlocks "$counter"
expect_refusal "--fail-on 'deadlocks': .*did you mean 'deadlock'"
run "$rqspin" stress "$counter" "$counter"
expect_refusal "takes one object"
finish
