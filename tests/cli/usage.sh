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

# Each command takes, lists in --help, completes and documents in its part of the man page the same options.
top=$(dirname "$(readlink -f "$0")")/../..
sorted() { sort -u | tr '\n' ' '; }
taken() { grep -oE '"[a-z-]+", (required|no)_argument' "$top/src/cli/$1.c" | sed 's/^"/--/; s/".*//' | sorted; }
listed() { "$rqspin" "$1" --help | grep -oE '^  (-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sorted; }
documented() { sed 's/\\-/-/g' "$top/docs/man/rqspin.1" | sed -n "/^\.SS $1\$/,/^\.S[SH] /p" | grep '^\.B' | grep -oE -- '--[a-z-]+' | sorted; }
completed()
{
	bash -c '. "$1/src/cli/completion.bash"; COMP_WORDS=(rqspin "$2" --) COMP_CWORD=2; _rqspin; printf "%s\n" "${COMPREPLY[@]}"' \
		bash "$top" "$1" | sorted
}
commands=$("$rqspin" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
status=0
for command in $commands; do
	what="rqspin $command"
	options=$(taken "$command")
	[ -n "$options" ] || complain 'options'
	[ "$(listed "$command")" = "$options" ] || complain "--help to list $options"
	[ "$(completed "$command")" = "$options" ] || complain "the completion to have $options"
	[ "$(printf '%s\n' $(documented "$command") --help | sorted)" = "$options" ] ||
		complain "the man page to have $options, not $(documented "$command")"
	grep -q "^\.B rqspin $command\$" "$top/docs/man/rqspin.1" || complain 'a synopsis in the man page'
done
words=$(bash -c '. "$1/src/cli/completion.bash"; COMP_WORDS=(rqspin "") COMP_CWORD=1; _rqspin; echo "${COMPREPLY[@]}"' bash "$top")
[ "$words" = "$(echo $commands) --help --version" ] || complain "the completion to have the commands $commands, not $words"

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
