# SPDX-License-Identifier: BSD-2-Clause
# Sourced by each test here, which is called with: the command, the folder of the compiled examples, the folder of helpers.
# A test calls `run COMMAND...` and then says what it expects; `finish` ends it.
rqspin=$(readlink -f "$1")
examples=$2
helpers=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

run()
{
	what="$*"
	"$@" >"$work/out" 2>"$work/err" </dev/null
	status=$?
}

complain()
{
	failed=1
	printf 'FAILED: %s\n  expected %s\n  status %s\n  stdout: %s\n  stderr: %s\n' \
		"$what" "$1" "$status" "$(head -c 2000 "$work/out")" "$(head -c 2000 "$work/err")"
}

expect_status() { [ "$status" = "$1" ] || complain "status $1"; }
expect_out() { grep -Eq -- "$1" "$work/out" || complain "on stdout: $1"; }
# These lines, in a row.
expect_lines() { case $(cat "$work/out") in *"$1"*) ;; *) complain "on stdout: $1" ;; esac; }
expect_err() { grep -Eq -- "$1" "$work/err" || complain "on stderr: $1"; }
expect_no_out() { [ ! -s "$work/out" ] || complain "nothing on stdout"; }
expect_no_err() { [ ! -s "$work/err" ] || complain "nothing on stderr"; }
expect_one_line_err() { [ "$(wc -l <"$work/err")" = 1 ] || complain "one line on stderr"; }
refuse_out() { ! grep -Eq -- "$1" "$work/out" || complain "not on stdout: $1"; }

# One clear line on stderr, nothing on stdout, status 2.
expect_refusal()
{
	expect_status 2
	expect_no_out
	expect_one_line_err
	expect_err "^rqspin: .*$1"
}

finish() { exit $failed; }
