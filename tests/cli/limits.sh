# SPDX-License-Identifier: BSD-2-Clause
# Where the output can't be written, descriptors or memory run out, files never end, or somebody presses Ctrl-C.
. "$(dirname "$0")/lib.sh"
counter=$examples/counter.bpf.o

# Results that could not be written were not given.
for arguments in "check $counter" "check --format json $counter" "run $counter count_packet" "stress --duration 50ms $counter" \
	"stress --duration 50ms --json $counter" 'kfuncs' 'kfuncs --format json' --help --version 'check --help'; do
	# shellcheck disable=SC2086
	run sh -c '"$@" >/dev/full' sh "$rqspin" $arguments
	expect_refusal 'standard output: No space left on device'
	# shellcheck disable=SC2086
	run sh -c '"$@" >&-' sh "$rqspin" $arguments
	expect_refusal 'standard output: Bad file descriptor'
done
# A reader that has seen enough.
"$rqspin" check -vv "$counter" 2>"$work/err" | head -n 1 >"$work/out"
what='| head -n 1'
expect_no_err
expect_out "program 'count_packet'"

run "$rqspin" check /dev/zero
expect_refusal '/dev/zero: File too large'
run "$rqspin" run --data-out /dev/full "$counter" count_packet
expect_status 2
expect_err '^rqspin: /dev/full: No space left on device$'
run "$rqspin" run --data-in "$work" "$counter" count_packet
expect_refusal 'Is a directory'

run sh -c 'ulimit -n 20; "$@"' sh "$rqspin" check "$counter"
expect_status 0
run sh -c 'ulimit -n 8; "$@"' sh "$rqspin" stress --duration 50ms "$counter"
[ "$status" = 0 ] || expect_refusal 'Too many open files'
# Sanitizers reserve more than all that.
if sh -c 'ulimit -v 60000; "$@"' sh "$rqspin" --version >/dev/null 2>&1; then
	for arguments in "check $counter" "run $counter count_packet" "stress --duration 50ms $counter"; do
		# shellcheck disable=SC2086
		run sh -c 'ulimit -v 60000; "$@"' sh "$rqspin" $arguments
		expect_status 2
		expect_no_out
		expect_err '^rqspin: .*([Cc]annot allocate memory|out of memory)$'
	done
fi

# Ctrl-C ends what runs long; nothing stays behind.
for arguments in "run --repeat 4000000000 $counter count_packet" "check $counter $counter $counter $counter $counter"; do
	what=$arguments
	# shellcheck disable=SC2086
	"$rqspin" $arguments >"$work/out" 2>"$work/err" &
	sleep 0.3
	kill -TERM $! 2>/dev/null
	wait $!
	status=$?
	[ "$status" = 143 ] || [ "$status" = 0 ] || complain 'the end by SIGTERM, or an end before'
done
# A terminal of 40 columns: progress stays on its line.
if command -v script >/dev/null; then
	script -qc "stty cols 40; '$rqspin' stress --duration 400ms '$counter' >/dev/null" /dev/null </dev/null | tr '\r' '\n' |
		sed 's/\x1b\[K//g' >"$work/out"
	what='progress in 40 columns'
	expect_out '^0\.[0-9] of 0\.4 s: '
	! grep -E '.{40}' "$work/out" >/dev/null || complain 'no line of 40 columns'
fi
finish
